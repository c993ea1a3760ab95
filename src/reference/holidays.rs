// SPDX-License-Identifier: EUPL-1.2
//! Italian national holidays. Patron saints of single Comuni are not among them.

use chrono::{Datelike, NaiveDate};

use crate::domain::text::Text;
use crate::fault::FaultLog;

use super::table::{Source, check_order, without_lines};

/// The table of holidays, sorted by day.
#[derive(Debug)]
pub struct Holidays(Vec<Holiday>);

/// One national holiday.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Holiday {
    /// The day.
    pub date: NaiveDate,
    /// What is celebrated.
    pub name: Text,
}

impl Holidays {
    /// How many holidays there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Every holiday, in order.
    pub fn iter(&self) -> impl Iterator<Item = &Holiday> {
        self.0.iter()
    }

    /// Whether the day is a national holiday. A common Sunday is none.
    #[must_use]
    pub fn is_holiday(&self, day: NaiveDate) -> bool {
        self.0.binary_search_by_key(&day, |holiday| holiday.date).is_ok()
    }

    /// Whether the table speaks of that day's year; of other years it knows nothing.
    #[must_use]
    pub fn knows(&self, day: NaiveDate) -> bool {
        let years = self.0.first().zip(self.0.last());
        years.is_some_and(|(first, last)| (first.date.year()..=last.date.year()).contains(&day.year()))
    }

    pub(super) fn read(source: &Source<'_>, log: &mut FaultLog) -> Self {
        let rows = source.rows(&["date", "name_it", "name_en"], log, |row| {
            let (date, it, en) = (row.value(0), row.text(1), row.text(2));
            Some(Holiday { date: date?, name: Text { it: it?, en: en? } })
        });
        check_order(&rows, "date", |holiday| holiday.date, log);
        Self(without_lines(rows))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn broken_days_are_told() {
        let text =
            "date;name_it;name_en\n2026-02-30;a;b\n2026-12-25;Natale;Christmas\n2026-01-01;;New Year\n";
        let mut log = FaultLog::new("holidays.csv");
        let holidays = Holidays::read(&Source::loaded(text), &mut log);
        assert_eq!(
            log.told(),
            ["holidays.csv:2: date: input is out of range", "holidays.csv:4: name_it: is empty"]
        );
        let day = |year, month, day| NaiveDate::from_ymd_opt(year, month, day).unwrap();
        assert!(holidays.is_holiday(day(2026, 12, 25)) && !holidays.is_holiday(day(2026, 12, 24)));
        assert!(holidays.knows(day(2026, 5, 5)) && !holidays.knows(day(2027, 1, 1)));
    }
}
