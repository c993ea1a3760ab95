// SPDX-License-Identifier: EUPL-1.2
//! How a cell reads: for people, in plain data, in JSON.

use std::borrow::Cow;

use chrono::SecondsFormat;
use serde::{Serialize, Serializer};

use super::table::Cell;
use crate::domain::rome::rome_string;

/// One, as decimals are scaled.
const SCALE: u128 = 100_000_000;

/// For people: `1.234,56 €`, `12/03/2026`, `12/03/2026 11:42`.
#[must_use]
pub fn shown<'c>(cell: &'c Cell<'_>) -> Cow<'c, str> {
    match cell {
        Cell::Money(amount) => amount.italian().into(),
        Cell::Count(count) => grouped(*count).into(),
        other => plain(other),
    }
}

/// For Italian spreadsheets: `1234,56`, `12/03/2026`.
#[must_use]
pub fn plain<'c>(cell: &'c Cell<'_>) -> Cow<'c, str> {
    match cell {
        Cell::Empty => "".into(),
        Cell::Text(text) => Cow::Borrowed(text),
        Cell::Money(amount) => amount.to_string().replace('.', ",").into(),
        Cell::Date(day) => day.format("%d/%m/%Y").to_string().into(),
        Cell::Moment(at) => rome_string(*at).into(),
        Cell::Count(count) | Cell::Number(count) => count.to_string().into(),
        Cell::Decimal(scaled) => decimal(*scaled).replace('.', ",").into(),
    }
}

/// For programs: amounts and decimals as exact decimal strings, instants in UTC.
impl Serialize for Cell<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Empty => serializer.serialize_none(),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Money(amount) => serializer.collect_str(amount),
            Self::Date(day) => serializer.collect_str(day),
            Self::Moment(at) => serializer.serialize_str(&at.to_rfc3339_opts(SecondsFormat::AutoSi, true)),
            Self::Count(count) | Self::Number(count) => serializer.serialize_i64(*count),
            Self::Decimal(scaled) => serializer.serialize_str(&decimal(*scaled)),
        }
    }
}

/// A scaled number with no more decimals than it has.
#[must_use]
pub fn decimal(scaled: i128) -> String {
    let (whole, rest) = (scaled.unsigned_abs() / SCALE, scaled.unsigned_abs() % SCALE);
    let sign = if scaled < 0 { "-" } else { "" };
    if rest == 0 {
        return format!("{sign}{whole}");
    }
    let digits = format!("{rest:08}");
    format!("{sign}{whole}.{}", digits.trim_end_matches('0'))
}

/// A whole number with points between thousands.
fn grouped(count: i64) -> String {
    let digits = count.unsigned_abs().to_string();
    let mut shown = String::from(if count < 0 { "-" } else { "" });
    for (place, digit) in digits.char_indices() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            shown.push('.');
        }
        shown.push(digit);
    }
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::{DateTime, Utc};

    #[test]
    fn numbers_read_as_people_write_them() {
        assert_eq!(decimal(12_50000000), "12.5");
        assert_eq!(decimal(-1), "-0.00000001");
        assert_eq!(decimal(300_000_000), "3");
        assert_eq!(grouped(1_234_567), "1.234.567");
        assert_eq!(grouped(-999), "-999");
        assert_eq!(grouped(-1_000), "-1.000");
    }

    #[test]
    fn an_instant_shows_the_hour_of_rome() {
        let at = "2026-03-29T01:30:00Z".parse::<DateTime<Utc>>().unwrap();
        assert_eq!(shown(&Cell::Moment(at)), "29/03/2026 03:30");
    }
}
