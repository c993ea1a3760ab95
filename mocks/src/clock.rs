// SPDX-License-Identifier: EUPL-1.2
//! The clock of the stand-ins: programme time, so that a deadline can be met or missed at will.
//! It is the only place that asks the operating system for the time.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use chrono::{DateTime, Datelike, SubsecRound, TimeDelta, Utc};
use serde::Deserialize;

use crate::locked;

/// A clock shared by all stand-ins. Copies show the same time.
#[derive(Clone, Default)]
pub struct Clock(Arc<Mutex<Hand>>);

#[derive(Clone, Copy, Default)]
enum Hand {
    #[default]
    System,
    Stopped(DateTime<Utc>),
    Running {
        from: DateTime<Utc>,
        since: Instant,
    },
}

/// What `PUT /__admin/clock` takes.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClockSetting {
    /// RFC 3339; `null` goes back to the time of the machine.
    now: Option<DateTime<Utc>>,
    /// Whether time goes on from `now`, or stands still.
    #[serde(default)]
    running: bool,
}

impl Clock {
    /// The present moment, cut to whole seconds.
    #[must_use]
    pub fn now(&self) -> DateTime<Utc> {
        let now = match *locked(&self.0) {
            Hand::System => system_now(),
            Hand::Stopped(at) => at,
            Hand::Running { from, since } => later(from, since),
        };
        now.trunc_subsecs(0)
    }

    /// Stops the clock at `at`.
    pub fn stop_at(&self, at: DateTime<Utc>) {
        *locked(&self.0) = Hand::Stopped(at);
    }

    /// Lets time go on from `from`.
    pub fn run_from(&self, from: DateTime<Utc>) {
        *locked(&self.0) = Hand::Running { from, since: Instant::now() };
    }

    /// Goes back to the time of the machine.
    pub fn follow_system(&self) {
        *locked(&self.0) = Hand::System;
    }

    pub(crate) fn set(&self, setting: &ClockSetting) -> Result<(), String> {
        match (setting.now, setting.running) {
            (Some(at), _) if !(1970..=9000).contains(&at.year()) => {
                return Err("the year must be between 1970 and 9000".to_owned());
            }
            (None, _) => self.follow_system(),
            (Some(from), true) => self.run_from(from),
            (Some(at), false) => self.stop_at(at),
        }
        Ok(())
    }
}

fn later(from: DateTime<Utc>, since: Instant) -> DateTime<Utc> {
    let gone = TimeDelta::from_std(since.elapsed()).unwrap_or_default();
    from.checked_add_signed(gone).unwrap_or(from)
}

#[expect(clippy::disallowed_methods, reason = "this is the clock of the stand-ins")]
fn system_now() -> DateTime<Utc> {
    Utc::now()
}

/// A moment as the platforms write it.
pub(crate) fn rfc3339(at: DateTime<Utc>) -> String {
    at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stopped_clock_shows_whole_seconds_and_stays() {
        let clock = Clock::default();
        clock.stop_at("2026-01-20T09:00:00.987Z".parse().unwrap());
        assert_eq!(rfc3339(clock.clone().now()), "2026-01-20T09:00:00Z");
    }

    #[test]
    fn running_clock_does_not_go_back() {
        let clock = Clock::default();
        let from = "2026-01-20T09:00:00Z".parse().unwrap();
        clock.run_from(from);
        assert!(clock.now() >= from);
    }
}
