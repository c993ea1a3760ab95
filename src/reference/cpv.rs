// SPDX-License-Identifier: EUPL-1.2
//! The common procurement vocabulary (CPV 2008): which codes exist, with which check digit and Italian label.

use std::borrow::Cow;

use crate::domain::cpv::Cpv;
use crate::fault::{ConfigFaults, FaultLog, settle};

use super::table::{Source, check_order, without_lines};

/// The CPV table, sorted by code.
#[derive(Debug)]
pub struct CpvTable {
    entries: Vec<CpvEntry>,
    /// The codes as numbers, in the same order: what a look-up runs over.
    numbers: Vec<u32>,
}

/// One code of the vocabulary.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CpvEntry {
    /// The eight digits, without check digit.
    pub code: Cpv,
    /// The published check digit. It is looked up, never computed: the known formula is wrong on 532 codes.
    pub check: u8,
    /// Italian label.
    pub label: Cow<'static, str>,
}

impl CpvTable {
    /// The table the program was built with.
    ///
    /// # Errors
    /// Every fault of the table.
    pub fn embedded() -> Result<Self, ConfigFaults> {
        let mut log = FaultLog::new("config/reference/cpv.csv");
        let table = Self::read(&Source::embedded(super::CPV), &mut log);
        settle(Some(table), [log])
    }

    /// How many codes there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Every code, ascending.
    pub fn iter(&self) -> impl Iterator<Item = &CpvEntry> {
        self.entries.iter()
    }

    /// The entry of the eight digits, whatever check digit `cpv` was given with: comparing it is the caller's.
    #[must_use]
    pub fn get(&self, cpv: &Cpv) -> Option<&CpvEntry> {
        let found = self.numbers.binary_search(&cpv.number()).ok()?;
        self.entries.get(found)
    }

    pub(super) fn read(source: &Source<'_>, log: &mut FaultLog) -> Self {
        let rows = source.rows(&["code", "check", "label"], log, |row| {
            let (code, check, label) = (row.value::<Cpv>(0), row.value::<u8>(1), row.text(2));
            if code.is_some_and(|code| code.check().is_some()) {
                row.fault(0, "8 digits without check digit expected");
            }
            if check.is_some_and(|check| check > 9) {
                row.fault(1, "one digit expected");
            }
            Some(CpvEntry { code: code?, check: check?, label: label? })
        });
        check_order(&rows, "code", |entry| entry.code, log);
        let entries = without_lines(rows);
        Self { numbers: entries.iter().map(|entry| entry.code.number()).collect(), entries }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_found_with_and_without_check_digit() {
        let table = CpvTable::embedded().unwrap();
        let chair = table.get(&"39112000".parse().unwrap()).unwrap();
        assert_eq!((chair.check, &*chair.label), (0, "Sedie"));
        assert_eq!(
            table.get(&"39112000-7".parse().unwrap()),
            Some(chair),
            "the caller compares the check digit"
        );
        assert_eq!(table.get(&"39112001".parse().unwrap()), None);
    }

    #[test]
    fn broken_codes_are_told() {
        let text = "code;check;label\n0300000;1;a\n03000000;11;b\n03000000-1;1;c\n";
        let mut log = FaultLog::new("cpv.csv");
        CpvTable::read(&Source::loaded(text), &mut log);
        assert_eq!(
            log.told(),
            [
                "cpv.csv:2: code: not a CPV code: 8 characters, or 10 with the check digit, expected, 7 found",
                "cpv.csv:3: check: one digit expected",
                "cpv.csv:4: code: 8 digits without check digit expected",
            ]
        );
    }
}
