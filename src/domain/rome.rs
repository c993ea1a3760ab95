// SPDX-License-Identifier: EUPL-1.2
//! Italian time. Laws name days and minutes of Europe/Rome; the program counts in UTC.

use std::fmt;
use std::str::FromStr;

use chrono::{DateTime, Datelike, LocalResult, NaiveDate, NaiveDateTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Europe::Rome;
use thiserror::Error;

/// A deadline such as `2026-01-23T23:59`: it lasts until the **end** of that minute in Italy.
///
/// ```
/// use mepa_gateway::domain::rome::RomeDeadline;
/// let deadline: RomeDeadline = "2026-01-23T23:59".parse()?;
/// assert_eq!(deadline.end_exclusive().to_rfc3339(), "2026-01-23T23:00:00+00:00");
/// # Ok::<(), mepa_gateway::domain::rome::RomeDeadlineError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RomeDeadline {
    local: NaiveDateTime,
}

/// Why a text is not a deadline.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum RomeDeadlineError {
    /// The only shape is `aaaa-mm-ggThh:mm`, without a zone.
    #[error("not a deadline: {raw:?} is not of the form 2026-01-23T23:59")]
    Form {
        /// The text given.
        raw: String,
    },
}

const FORM: &str = "%Y-%m-%dT%H:%M";

impl RomeDeadline {
    /// The last minute that is still in time, as clocks in Italy show it.
    #[must_use]
    pub const fn local(self) -> NaiveDateTime {
        self.local
    }

    /// The first instant that is too late. A minute that occurs twice is taken the second time; one that the change
    /// of clock skips ends with the skipped hour.
    #[must_use]
    pub fn end_exclusive(self) -> DateTime<Utc> {
        match Rome.from_local_datetime(&self.local) {
            LocalResult::Single(start) | LocalResult::Ambiguous(_, start) => {
                start.to_utc().checked_add_signed(TimeDelta::minutes(1)).unwrap_or(DateTime::<Utc>::MAX_UTC)
            }
            LocalResult::None => after_gap(self.local),
        }
    }

    /// Whether the deadline has passed at `now`.
    #[must_use]
    pub fn is_past(self, now: DateTime<Utc>) -> bool {
        now >= self.end_exclusive()
    }
}

impl FromStr for RomeDeadline {
    type Err = RomeDeadlineError;

    fn from_str(raw: &str) -> Result<Self, RomeDeadlineError> {
        let form = || RomeDeadlineError::Form { raw: raw.chars().take(40).collect() };
        let local = NaiveDateTime::parse_from_str(raw, FORM).map_err(|_| form())?;
        let deadline = Self { local };
        if deadline.to_string() == raw { Ok(deadline) } else { Err(form()) }
    }
}

impl fmt::Display for RomeDeadline {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.local.format(FORM).fmt(f)
    }
}

impl TryFrom<String> for RomeDeadline {
    type Error = RomeDeadlineError;

    fn try_from(raw: String) -> Result<Self, RomeDeadlineError> {
        raw.parse()
    }
}

impl From<RomeDeadline> for String {
    fn from(deadline: RomeDeadline) -> Self {
        deadline.to_string()
    }
}

super::code::text_serde!(RomeDeadline, "a deadline such as 2026-01-23T23:59, Italian time");

/// The instants that bound the days from `first` to `last` in Italy: start of the first (inclusive), end of the
/// last (exclusive).
#[must_use]
pub fn day_bounds(first: NaiveDate, last: NaiveDate) -> (DateTime<Utc>, DateTime<Utc>) {
    let end = last.succ_opt().map_or(DateTime::<Utc>::MAX_UTC, start_of_day);
    (start_of_day(first), end)
}

fn start_of_day(day: NaiveDate) -> DateTime<Utc> {
    let midnight = day.and_time(chrono::NaiveTime::MIN);
    match Rome.from_local_datetime(&midnight) {
        LocalResult::Single(start) | LocalResult::Ambiguous(start, _) => start.to_utc(),
        LocalResult::None => after_gap(midnight),
    }
}

/// The longest jump of a clock that is looked across, in minutes.
const LONGEST_GAP: i64 = 180;

/// The first instant after the jump of the clock that skips `local`.
fn after_gap(local: NaiveDateTime) -> DateTime<Utc> {
    (0..=LONGEST_GAP)
        .filter_map(|minutes| local.checked_add_signed(TimeDelta::minutes(minutes)))
        .find_map(|later| Rome.from_local_datetime(&later).earliest())
        .map_or_else(|| local.and_utc(), |instant| instant.to_utc())
}

/// The same time of day in Italy, so many days later; a time that the change of clock skips is the first one after it.
#[must_use]
pub fn days_later(instant: DateTime<Utc>, days: u32) -> DateTime<Utc> {
    let local = instant.with_timezone(&Rome).naive_local();
    let Some(later) = local.checked_add_days(chrono::Days::new(u64::from(days))) else {
        return DateTime::<Utc>::MAX_UTC;
    };
    Rome.from_local_datetime(&later).earliest().map_or_else(|| after_gap(later), |found| found.to_utc())
}

/// The day it is in Italy at an instant.
#[must_use]
pub fn rome_date(instant: DateTime<Utc>) -> NaiveDate {
    instant.with_timezone(&Rome).date_naive()
}

/// Day and time in Italy at an instant.
#[must_use]
pub fn rome_naive(instant: DateTime<Utc>) -> NaiveDateTime {
    instant.with_timezone(&Rome).naive_local()
}

/// An instant as clocks and calendars in Italy show it: `gg/mm/aaaa HH:MM`.
#[must_use]
pub fn rome_string(instant: DateTime<Utc>) -> String {
    let local = instant.with_timezone(&Rome);
    format!("{:02}/{:02}/{:04} {}", local.day(), local.month(), local.year(), local.format("%H:%M"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn end(raw: &str) -> String {
        raw.parse::<RomeDeadline>().unwrap().end_exclusive().format("%FT%TZ").to_string()
    }

    fn utc(raw: &str) -> DateTime<Utc> {
        raw.parse().unwrap()
    }

    #[test]
    fn deadlines_of_the_programme_end_with_their_minute() {
        for (raw, last, late) in [
            ("2026-01-23T23:59", "2026-01-23T22:59:59.999999Z", "2026-01-23T23:00:00Z"),
            ("2026-02-20T23:59", "2026-02-20T22:59:59.999999Z", "2026-02-20T23:00:00Z"),
            ("2026-03-31T23:59", "2026-03-31T21:59:59.999999Z", "2026-03-31T22:00:00Z"),
        ] {
            let deadline: RomeDeadline = raw.parse().unwrap();
            assert!(!deadline.is_past(utc(last)), "{raw}");
            assert!(deadline.is_past(utc(late)), "{raw}");
            assert_eq!(deadline.to_string(), raw);
        }
    }

    /// The Sundays on which clocks change, 2025 to 2030: to summer time, and back.
    const CHANGES: [(&str, &str); 6] = [
        ("2025-03-30", "2025-10-26"),
        ("2026-03-29", "2026-10-25"),
        ("2027-03-28", "2027-10-31"),
        ("2028-03-26", "2028-10-29"),
        ("2029-03-25", "2029-10-28"),
        ("2030-03-31", "2030-10-27"),
    ];

    #[test]
    fn the_twelve_changes_of_clock() {
        for (spring, autumn) in CHANGES {
            assert_eq!(end(&format!("{spring}T01:58")), format!("{spring}T00:59:00Z"));
            for skipped in ["01:59", "02:00", "02:30", "02:59"] {
                assert_eq!(end(&format!("{spring}T{skipped}")), format!("{spring}T01:00:00Z"), "{skipped}");
            }
            assert_eq!(end(&format!("{spring}T03:00")), format!("{spring}T01:01:00Z"));
            assert_eq!(end(&format!("{autumn}T01:59")), format!("{autumn}T00:00:00Z"));
            assert_eq!(end(&format!("{autumn}T02:00")), format!("{autumn}T01:01:00Z"));
            assert_eq!(end(&format!("{autumn}T02:59")), format!("{autumn}T02:00:00Z"));
            assert_eq!(end(&format!("{autumn}T03:00")), format!("{autumn}T02:01:00Z"));
        }
    }

    #[test]
    fn days_have_23_24_or_25_hours() {
        let hours = |raw: &str| {
            let day: NaiveDate = raw.parse().unwrap();
            let (start, end) = day_bounds(day, day);
            (end - start).num_hours()
        };
        for (spring, autumn) in CHANGES {
            assert_eq!((hours(spring), hours(autumn)), (23, 25));
        }
        assert_eq!(hours("2026-01-23"), 24);
        let _ = day_bounds(NaiveDate::MIN, NaiveDate::MAX);
    }

    #[test]
    fn instants_as_italians_see_them() {
        assert_eq!(rome_string(utc("2026-03-31T21:59:59Z")), "31/03/2026 23:59");
        assert_eq!(rome_date(utc("2026-03-31T22:00:00Z")).to_string(), "2026-04-01");
        assert_eq!(rome_string(utc("2026-01-23T22:59:00Z")), "23/01/2026 23:59");
    }

    #[test]
    fn only_one_form() {
        for raw in [
            "",
            "2026-01-23",
            "2026-01-23T23:59:00",
            "2026-01-23T23:59Z",
            "2026-1-23T23:59",
            "2026-01-23 23:59",
            "2026-02-30T10:00",
            "2026-01-23T24:00",
            " 2026-01-23T23:59",
        ] {
            assert!(raw.parse::<RomeDeadline>().is_err(), "{raw}");
        }
    }
}
