// SPDX-License-Identifier: EUPL-1.2
//! Units of measure: UN/ECE Recommendation 20, with the packages of Recommendation 21 prefixed `X`.

use std::borrow::Cow;

use crate::fault::FaultLog;

use super::table::{Source, check_order, without_lines};

/// The table of units, sorted by code.
#[derive(Debug)]
pub struct Units {
    units: Vec<Unit>,
    /// The codes as numbers, in the same order: what a look-up runs over.
    keys: Vec<u32>,
}

/// The characters of a code in one number, in the order of the texts; nothing when there are too many.
fn key(code: &str) -> Option<u32> {
    let mut bytes = [0; 4];
    bytes.get_mut(..code.len())?.copy_from_slice(code.as_bytes());
    Some(u32::from_be_bytes(bytes))
}

/// One unit of measure.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unit {
    /// Code, such as `H87`.
    pub code: Cow<'static, str>,
    /// English name, as published.
    pub name: Cow<'static, str>,
    /// Whether it is usual in orders of goods and services.
    pub common: bool,
}

impl Units {
    /// How many units there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.units.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.units.is_empty()
    }

    /// Every unit, by code.
    pub fn iter(&self) -> impl Iterator<Item = &Unit> {
        self.units.iter()
    }

    /// The unit of a code.
    #[must_use]
    pub fn get(&self, code: &str) -> Option<&Unit> {
        let found = self.keys.binary_search(&key(code)?).ok()?;
        self.units.get(found).filter(|unit| unit.code == code)
    }

    /// Whether the code exists.
    #[must_use]
    pub fn contains(&self, code: &str) -> bool {
        self.get(code).is_some()
    }

    pub(super) fn read(source: &Source<'_>, log: &mut FaultLog) -> Self {
        let rows = source.rows(&["code", "name", "common"], log, |row| {
            let (code, name, common) = (row.text(0), row.text(1), row.flag(2));
            let good = |code: &str| code.len() <= 3 && code.bytes().all(|byte| byte.is_ascii_alphanumeric());
            if code.as_deref().is_some_and(|code| !good(code)) {
                row.fault(0, "at most 3 letters and digits expected");
            }
            Some(Unit { code: code?, name: name?, common: common? })
        });
        check_order(&rows, "code", |unit| &*unit.code, log);
        let units = without_lines(rows);
        Self { keys: units.iter().map(|unit| key(&unit.code).unwrap_or(u32::MAX)).collect(), units }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_units_are_told() {
        let text = "code;name;common\nC6-2;one;1\nH87;piece;yes\nH87;piece;1\nEA;each;1\n";
        let mut log = FaultLog::new("units.csv");
        let units = Units::read(&Source::loaded(text), &mut log);
        assert!(!units.contains("C62"));
        assert_eq!(
            log.told(),
            [
                "units.csv:2: code: at most 3 letters and digits expected",
                "units.csv:3: common: 1 or 0 expected, \"yes\" found",
                "units.csv:5: code: EA comes after H87: rows must be sorted",
            ]
        );
    }
}
