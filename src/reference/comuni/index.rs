// SPDX-License-Identifier: EUPL-1.2
//! Look-up by each code and by name: vectors of row positions sorted by the key, so that no key is stored twice.

use std::cmp::Ordering;
use std::fmt::Display;
use std::hash::{DefaultHasher, Hash, Hasher};

use crate::fault::FaultLog;

use super::Comune;
use super::name::normalise_name;

/// All indexes of the table.
#[derive(Debug)]
pub(super) struct Indexes {
    pub(super) istat_2026: Index,
    pub(super) tax_code: Index,
    pub(super) ipa: Index,
    pub(super) belfiore: Index,
    names: Vec<(u64, u32)>,
}

impl Indexes {
    /// Indexes the rows and notes every code that stands twice.
    pub(super) fn build(rows: &[(usize, Comune)], log: &mut FaultLog) -> Self {
        let istat_2026 = Index::build(rows, "istat_2026", |comune| comune.istat_2026, log);
        let tax_code = Index::build(rows, "tax_code", |comune| Some(comune.tax_code.as_str()), log);
        let ipa = Index::build(rows, "ipa", |comune| Some(comune.ipa.as_str()), log);
        let belfiore = Index::build(rows, "belfiore", |comune| Some(comune.belfiore), log);
        Self { istat_2026, tax_code, ipa, belfiore, names: index_names(rows) }
    }

    /// Positions of the rows with a name of that hash; a few may have another name.
    pub(super) fn named<'i>(&'i self, normalised: &str) -> impl Iterator<Item = usize> + use<'i> {
        let wanted = hash(normalised);
        let start = self.names.partition_point(|(hash, _)| *hash < wanted);
        let from_there = self.names.get(start..).unwrap_or_default();
        from_there.iter().take_while(move |(hash, _)| *hash == wanted).map(|(_, position)| *position as usize)
    }
}

fn index_names(rows: &[(usize, Comune)]) -> Vec<(u64, u32)> {
    let mut names: Vec<_> = (0_u32..)
        .zip(rows)
        .flat_map(|(position, (_, comune))| {
            comune.names().map(move |name| (hash(&normalise_name(name)), position))
        })
        .collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn hash(name: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    name.hash(&mut hasher);
    hasher.finish()
}

/// Positions of rows, sorted by one code of theirs.
#[derive(Debug)]
pub(super) struct Index(Vec<u32>);

impl Index {
    fn build<'c, K: Ord + Display>(
        rows: &'c [(usize, Comune)],
        column: &str,
        key: impl Fn(&'c Comune) -> Option<K>,
        log: &mut FaultLog,
    ) -> Self {
        let mut keyed: Vec<(K, u32, usize)> = (0_u32..)
            .zip(rows)
            .filter_map(|(position, (line, comune))| key(comune).map(|key| (key, position, *line)))
            .collect();
        keyed.sort_unstable();
        for pair in keyed.windows(2) {
            if let [(before, _, line_before), (found, _, line)] = pair
                && before == found
            {
                log.note(*line, column, format!("{found} stands already in line {line_before}"));
            }
        }
        Self(keyed.into_iter().map(|(_, position, _)| position).collect())
    }

    /// The row for which `compare` says equal; `compare` orders a row's key against the wanted one.
    pub(super) fn find<'c>(
        &self,
        rows: &'c [Comune],
        compare: impl Fn(&Comune) -> Ordering,
    ) -> Option<&'c Comune> {
        let row = |position: &u32| rows.get(*position as usize);
        let found =
            self.0.binary_search_by(|position| row(position).map_or(Ordering::Greater, &compare)).ok()?;
        self.0.get(found).and_then(row)
    }
}
