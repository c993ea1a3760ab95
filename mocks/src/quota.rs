// SPDX-License-Identifier: EUPL-1.2
//! Calls per day: counted from midnight in Rome, those that went wrong included.

use chrono::{DateTime, NaiveDate, NaiveTime, Utc};
use chrono_tz::Europe::Rome;
use serde::{Deserialize, Serialize};

use crate::reply::Reply;

/// The calls of a platform on the present day, and how many it takes.
#[derive(Debug, Default)]
pub(crate) struct Quota {
    per_day: Option<u64>,
    day: NaiveDate,
    used: u64,
}

/// What `GET /__admin/quota` shows.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct Standing {
    pub(crate) per_day: Option<u64>,
    pub(crate) used: u64,
}

/// What `PUT /__admin/quota` takes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct QuotaSetting {
    /// `null`: as many as one likes.
    pub(crate) per_day: Option<u64>,
}

impl Quota {
    /// Takes so many calls a day from now on. What was used of the day remains used.
    pub(crate) fn set(&mut self, per_day: Option<u64>) {
        self.per_day = per_day;
    }

    pub(crate) fn standing(&mut self, now: DateTime<Utc>) -> Standing {
        self.turn_to(now);
        Standing { per_day: self.per_day, used: self.used }
    }

    /// Counts a call. Gives the refusal when it is one too many.
    pub(crate) fn count(&mut self, now: DateTime<Utc>) -> Option<Reply> {
        self.turn_to(now);
        self.used = self.used.saturating_add(1);
        let per_day = self.per_day.filter(|per_day| self.used > *per_day)?;
        let reset = until_midnight(now).to_string();
        let page = "<html><body><h1>429</h1><p>Limite giornaliero di richieste raggiunto</p></body></html>";
        let refusal = Reply::new(429, "text/html; charset=utf-8", page)
            .header("x-ratelimit-limit", per_day.to_string())
            .header("x-ratelimit-remaining", "0")
            .header("x-ratelimit-reset", reset.clone())
            .header("retry-after", reset);
        Some(refusal)
    }

    fn turn_to(&mut self, now: DateTime<Utc>) {
        let day = now.with_timezone(&Rome).date_naive();
        if self.day != day {
            (self.day, self.used) = (day, 0);
        }
    }
}

/// Seconds until the next midnight in Rome.
fn until_midnight(now: DateTime<Utc>) -> i64 {
    let tomorrow = now.with_timezone(&Rome).date_naive().succ_opt();
    let midnight = tomorrow.and_then(|day| day.and_time(NaiveTime::MIN).and_local_timezone(Rome).earliest());
    midnight.map_or(0, |midnight| (midnight.to_utc() - now).num_seconds())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn moment(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn the_day_turns_at_midnight_in_rome() {
        let mut quota = Quota::default();
        quota.set(Some(2));
        let evening = moment("2026-07-01T21:59:50Z");
        assert!(quota.count(evening).is_none() && quota.count(evening).is_none());
        let refusal = quota.count(evening).unwrap();
        let told = |name: &str| refusal.headers.iter().find(|(n, _)| *n == name).unwrap().1.clone();
        let told =
            ["x-ratelimit-limit", "x-ratelimit-remaining", "x-ratelimit-reset", "retry-after"].map(told);
        assert_eq!((refusal.status, told.each_ref().map(String::as_str)), (429, ["2", "0", "10", "10"]));
        assert!(quota.count(moment("2026-07-01T22:00:00Z")).is_none());
        assert_eq!(quota.standing(moment("2026-07-01T22:00:00Z")), Standing { per_day: Some(2), used: 1 });
    }

    #[test]
    fn a_day_may_have_an_hour_more_or_less() {
        assert_eq!(until_midnight(moment("2026-03-28T23:00:00Z")), 23 * 3600);
        assert_eq!(until_midnight(moment("2026-10-24T22:00:00Z")), 25 * 3600);
    }
}
