// SPDX-License-Identifier: EUPL-1.2
//! Sums of the rows read so far, to compare with the totals that a list gives.

use super::error::{both, short};
use super::layout::Level;
use crate::domain::money::Money;
use crate::domain::text::Text;

/// Sums since the last total of each level; `None` once a sum did not fit.
#[derive(Debug)]
pub(super) struct Sums {
    part: Option<Money>,
    region: Option<Money>,
    sheet: Option<Money>,
    file: Option<Money>,
}

impl Sums {
    /// Nothing read yet.
    pub(super) const fn new() -> Self {
        let nothing = Some(Money::ZERO);
        Self { part: nothing, region: nothing, sheet: nothing, file: nothing }
    }

    /// Begins a sheet.
    pub(super) fn begin_sheet(&mut self) {
        *self = Self { file: self.file, ..Self::new() };
    }

    /// Adds the amount of a row.
    pub(super) fn add(&mut self, amount: Money) {
        for sum in [&mut self.part, &mut self.region, &mut self.sheet, &mut self.file] {
            *sum = sum.and_then(|sum| sum.checked_add(amount));
        }
    }

    /// Whether an amount without label is a total of what stands above it.
    pub(super) fn is_total(&self, amount: Money) -> bool {
        [self.part, self.region, self.sheet, self.file].contains(&Some(amount))
    }

    /// Compares a total with the rows above, and begins the next part. Lists nest their totals as they like, so a total
    /// is right when it is the sum of any level; what it is told to be, the label says.
    pub(super) fn compare(&mut self, level: Level, label: &str, total: Option<Money>) -> Option<Text> {
        let expected = match level {
            Level::Part => self.part,
            Level::Region => self.region,
            Level::Grand => self.sheet,
        };
        let right = total.is_none_or(|total| self.is_total(total));
        self.part = Some(Money::ZERO);
        if level != Level::Part {
            self.region = Some(Money::ZERO);
        }
        if right {
            return None;
        }
        let (total, expected) = (total?, expected?);
        let label = short(label);
        let (given, sum) = (total.italian(), expected.italian());
        let difference = total.checked_sub(expected)?.italian();
        Some(both(
            format!("{label}: il file dice {given}, le righe sopra fanno {sum} (differenza {difference})"),
            format!(
                "{label}: the file says {given}, the rows above add up to {sum} (difference {difference})"
            ),
        ))
    }
}
