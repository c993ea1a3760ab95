// SPDX-License-Identifier: EUPL-1.2
//! Dates and times of XML documents.

use chrono::{DateTime, NaiveDate, NaiveTime, TimeDelta, TimeZone, Utc};
use chrono_tz::Europe::Rome;

/// An `xs:date`; a zone behind it is allowed and not looked at.
pub(super) fn date(text: &str) -> Option<NaiveDate> {
    let (date, zone) = text.split_at_checked(10)?;
    let [y1, y2, y3, y4, b'-', m1, m2, b'-', d1, d2] = *date.as_bytes() else { return None };
    if !zone.is_empty() {
        offset_minutes(zone)?;
    }
    let year = number(&[y1, y2, y3, y4])?;
    NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, number(&[m1, m2])?, number(&[d1, d2])?)
}

fn number(digits: &[u8]) -> Option<u32> {
    digits
        .iter()
        .try_fold(0_u32, |sum, digit| digit.is_ascii_digit().then(|| sum * 10 + u32::from(digit - b'0')))
}

/// The instant of a date and a time of day; a time without a zone is one in Italy.
pub(super) fn instant(date: NaiveDate, text: &str) -> Option<DateTime<Utc>> {
    let zone_start = text.find(['Z', '+', '-']).unwrap_or(text.len());
    let (time, zone) = text.split_at_checked(zone_start)?;
    let local = date.and_time(NaiveTime::parse_from_str(time, "%H:%M:%S%.f").ok()?);
    if zone.is_empty() {
        // An hour that the clocks skip is read as if they had not been moved yet.
        let before_gap =
            || Rome.from_local_datetime(&local.checked_sub_signed(TimeDelta::hours(1))?).earliest();
        let skipped = || before_gap()?.checked_add_signed(TimeDelta::hours(1));
        return Some(Rome.from_local_datetime(&local).earliest().or_else(skipped)?.to_utc());
    }
    Some(local.checked_sub_signed(TimeDelta::minutes(offset_minutes(zone)?))?.and_utc())
}

/// `Z`, `+01:00`, `-05:30`.
fn offset_minutes(zone: &str) -> Option<i64> {
    if zone == "Z" {
        return Some(0);
    }
    let [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2] = *zone.as_bytes() else { return None };
    let (hours, minutes) = (number(&[h1, h2])?, number(&[m1, m2])?);
    if hours > 14 || minutes > 59 {
        return None;
    }
    let size = i64::from(hours * 60 + minutes);
    Some(if sign == b'-' { -size } else { size })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_read_strictly() {
        assert_eq!(date("2026-03-12"), NaiveDate::from_ymd_opt(2026, 3, 12));
        assert_eq!(date("2026-03-12+01:00"), NaiveDate::from_ymd_opt(2026, 3, 12));
        for wrong in ["2026-3-12", "12/03/2026", "2026-02-30", "2026-03-12T10:00", "", "2026-03-1à"] {
            assert_eq!(date(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn a_time_without_a_zone_is_italian() {
        let day = NaiveDate::from_ymd_opt(2026, 3, 12).unwrap();
        let at = |text| instant(day, text).map(|instant| instant.to_rfc3339());
        assert_eq!(at("11:42:07").unwrap(), "2026-03-12T10:42:07+00:00");
        assert_eq!(at("11:42:07Z").unwrap(), "2026-03-12T11:42:07+00:00");
        assert_eq!(at("11:42:07.500+02:00").unwrap(), "2026-03-12T09:42:07.500+00:00");
        assert_eq!(at("11:42"), None);
        assert_eq!(at("25:00:00"), None);
        let change = NaiveDate::from_ymd_opt(2026, 3, 29).unwrap();
        assert_eq!(instant(change, "02:30:00").unwrap().to_rfc3339(), "2026-03-29T01:30:00+00:00");
    }
}
