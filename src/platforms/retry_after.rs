// SPDX-License-Identifier: EUPL-1.2
//! `Retry-After` in both its forms (RFC 9110 10.2.3): seconds, or a date in any of the three formats of HTTP.

use std::time::Duration;

use chrono::{DateTime, NaiveDateTime, Utc};

const SHORTEST: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_secs(3600);

/// How long to wait, between one second and one hour; nothing when the header makes no sense. A date counts from the
/// answer's own `Date` where there is one, so that the two clocks need not agree.
pub(super) fn parse(header: &str, date: Option<&str>, now: DateTime<Utc>) -> Option<Duration> {
    let header = header.trim();
    let wait = if !header.is_empty() && header.bytes().all(|byte| byte.is_ascii_digit()) {
        header.parse().map_or(LONGEST, Duration::from_secs)
    } else {
        let from = date.and_then(http_date).unwrap_or(now);
        http_date(header)?.signed_duration_since(from).to_std().unwrap_or(Duration::ZERO)
    };
    Some(wait.clamp(SHORTEST, LONGEST))
}

fn http_date(text: &str) -> Option<DateTime<Utc>> {
    const FORMS: [&str; 3] =
        ["%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"];
    FORMS
        .iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text.trim(), form).ok())
        .map(|local| local.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wait(header: &str) -> Option<u64> {
        let now = "2026-01-20T09:00:00Z".parse().unwrap();
        parse(header, None, now).map(|wait| wait.as_secs())
    }

    #[test]
    fn seconds_are_clamped() {
        assert_eq!(wait("120"), Some(120));
        assert_eq!(wait("0"), Some(1));
        assert_eq!(wait("86400"), Some(3600));
        assert_eq!(wait("99999999999999999999999"), Some(3600));
    }

    #[test]
    fn dates_in_the_three_formats() {
        assert_eq!(wait("Tue, 20 Jan 2026 09:01:30 GMT"), Some(90));
        assert_eq!(wait("Tuesday, 20-Jan-26 09:01:30 GMT"), Some(90));
        assert_eq!(wait("Tue Jan 20 09:01:30 2026"), Some(90));
        assert_eq!(wait("Tue, 20 Jan 2026 08:00:00 GMT"), Some(1), "the past means soon");
    }

    #[test]
    fn a_date_counts_from_the_date_of_the_answer() {
        let now = "2020-01-01T00:00:00Z".parse().unwrap();
        let date = Some("Tue, 20 Jan 2026 09:00:00 GMT");
        assert_eq!(parse("Tue, 20 Jan 2026 09:00:20 GMT", date, now), Some(Duration::from_secs(20)));
    }

    #[test]
    fn nonsense_is_ignored() {
        for header in
            ["", "soon", "-5", "1.5", "Wed, 20 Jan 2026 09:01:30 GMT", "Tue, 20 Jan 2026 09:01:30 CET"]
        {
            assert_eq!(wait(header), None, "{header}");
        }
    }
}
