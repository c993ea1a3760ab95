// SPDX-License-Identifier: EUPL-1.2
//! The two ways to a sheet, made ready once: names without suffix in the form they are compared in, and CPV roots as
//! ranges of numbers. A look-up allocates nothing.

use crate::domain::cpv::Cpv;

use super::Sheet;
use super::suffix::{each_folded, folded, stem};

/// Names and CPV ranges of all sheets; a position is that of the sheet in the catalogue.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Lookup {
    suffix: String,
    /// Fingerprint of a name, the name, its sheet.
    stems: Vec<(u64, String, usize)>,
    roots: Vec<Root>,
}

/// All CPV codes under a root are the numbers from `first` to `last`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Root {
    first: u32,
    last: u32,
    sheet: usize,
}

impl Lookup {
    pub(super) fn new(suffix: &str, sheets: &[Sheet]) -> Self {
        let named = sheets.iter().enumerate().filter_map(|(position, sheet)| {
            stem(&sheet.name.it, suffix).map(|stem| (fingerprint(stem), folded(stem).collect(), position))
        });
        let rooted = sheets
            .iter()
            .enumerate()
            .flat_map(|(position, sheet)| sheet.cpv.iter().filter_map(move |cpv| Root::new(cpv, position)));
        let mut roots: Vec<_> = rooted.collect();
        roots.sort_by_key(|root| root.last - root.first);
        Self { suffix: suffix.to_owned(), stems: named.collect(), roots }
    }

    /// What stands before the suffix of a name.
    pub(super) fn stem<'n>(&self, name: &'n str) -> Option<&'n str> {
        stem(name, &self.suffix)
    }

    /// The sheet of a name without suffix.
    pub(super) fn by_stem(&self, stem: &str) -> Option<usize> {
        let print = fingerprint(stem);
        let mut alike = self.stems.iter().filter(|(known, ..)| *known == print);
        alike.find(|(_, known, _)| is_folded(stem, known)).map(|(.., position)| *position)
    }

    /// The sheet with the most specific root over a code: roots are sorted, the narrowest first.
    pub(super) fn by_cpv(&self, cpv: &Cpv) -> Option<usize> {
        let number = cpv.number();
        self.roots.iter().find(|root| (root.first..=root.last).contains(&number)).map(|root| root.sheet)
    }
}

/// True when `known` holds the letters of the name as they are compared.
fn is_folded(stem: &str, known: &str) -> bool {
    let (mut letters, mut same) = (known.chars(), true);
    each_folded(stem, |c| same &= letters.next() == Some(c));
    same && letters.next().is_none()
}

/// FNV-1a over the letters of a name as they are compared: tells most different names apart in one pass.
fn fingerprint(stem: &str) -> u64 {
    let mut print: u64 = 0xcbf2_9ce4_8422_2325;
    each_folded(stem, |c| print = (print ^ u64::from(c)).wrapping_mul(0x100_0000_01b3));
    print
}

impl Root {
    /// The zeros at the end of a root are open places, but at most six: two digits make a division.
    fn new(cpv: &Cpv, sheet: usize) -> Option<Self> {
        let first = cpv.number();
        let open = cpv.code().len() - cpv.code().trim_end_matches('0').len().max(2);
        let last = first.checked_add(10_u32.checked_pow(u32::try_from(open).ok()?)?)?.checked_sub(1)?;
        Some(Self { first, last, sheet })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference::CpvTable;

    #[test]
    fn a_range_is_the_hierarchy_of_the_code() {
        let table = CpvTable::embedded().unwrap();
        for root in ["48000000", "30000000", "48820000", "39112000", "30232110", "32342411"] {
            let root: Cpv = root.parse().unwrap();
            let range = Root::new(&root, 0).unwrap();
            for entry in table.iter() {
                let number: u32 = entry.code.code().parse().unwrap();
                let inside = (range.first..=range.last).contains(&number);
                assert_eq!(inside, entry.code.starts_with_significant(&root), "{} under {root}", entry.code);
            }
        }
    }
}
