// SPDX-License-Identifier: EUPL-1.2
//! The breaker of one platform, and what people may see of it. It opens after so many failures in a row; while it is open
//! one call per interval goes through as a probe, and the first answer closes it. It also keeps the pause that a platform
//! asked for with `Retry-After`.

use std::borrow::Cow;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use serde::{Deserialize, Serialize};

use crate::clock::Clock;
use crate::domain::text::Text;

use super::error::{Platform, PlatformError};

/// Whether calls go through.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum BreakerState {
    /// They do.
    Closed,
    /// They do not, but for a probe now and then.
    Open {
        /// When the next probe may go.
        probe_at: DateTime<Utc>,
    },
}

/// Something that went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LastError {
    /// When.
    pub at: DateTime<Utc>,
    /// What.
    pub text: Text,
    /// What to do.
    pub remedy: Text,
}

/// How a platform does, for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlatformHealth {
    /// Name of the platform, e.g. `sistema_cup`.
    pub name: Cow<'static, str>,
    /// Whether calls go through.
    pub breaker: BreakerState,
    /// The last thing that went wrong.
    pub last_error: Option<LastError>,
    /// When it last gave an answer that was understood.
    pub last_ok_at: Option<DateTime<Utc>>,
    /// Since when the breaker has been as it is.
    pub since: DateTime<Utc>,
}

/// What an attempt says about the platform's health.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Sign {
    /// It answered and was understood.
    Well,
    /// It answered, but not as agreed: it is reachable all the same.
    Odd,
    /// No connection, no answer, or trouble of its own.
    Ill,
}

#[derive(Debug)]
pub(super) struct Breaker {
    platform: Platform,
    failures_to_open: u32,
    interval: Duration,
    clock: Clock,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    failures: u32,
    probe_at: Option<Instant>,
    hold_until: Option<Instant>,
    last_error: Option<LastError>,
    last_ok_at: Option<DateTime<Utc>>,
    since: DateTime<Utc>,
}

impl Breaker {
    pub(super) fn new(platform: Platform, failures_to_open: u32, interval: Duration, clock: Clock) -> Self {
        let state = State {
            failures: 0,
            probe_at: None,
            hold_until: None,
            last_error: None,
            last_ok_at: None,
            since: clock.now(),
        };
        Self { platform, failures_to_open, interval, clock, state: Mutex::new(state) }
    }

    /// How long until the next probe, when the breaker is open and none is due.
    pub(super) fn shut_for(&self, now: Instant) -> Option<Duration> {
        let left = self.lock().probe_at?.saturating_duration_since(now);
        (!left.is_zero()).then_some(left)
    }

    /// Lets a call through, or says how long to wait. Through an open breaker one call per interval passes; should it
    /// never report back, the next one passes an interval later.
    pub(super) fn admit(&self, now: Instant) -> Result<(), Duration> {
        let mut state = self.lock();
        let Some(probe_at) = state.probe_at else { return Ok(()) };
        let left = probe_at.saturating_duration_since(now);
        if left.is_zero() {
            state.probe_at = now.checked_add(self.interval);
            Ok(())
        } else {
            Err(left)
        }
    }

    /// Whether calls are kept back.
    pub(super) fn is_open(&self) -> bool {
        self.lock().probe_at.is_some()
    }

    /// How much of the pause that the platform asked for is left.
    pub(super) fn held_for(&self, now: Instant) -> Duration {
        self.lock().hold_until.map_or(Duration::ZERO, |until| until.saturating_duration_since(now))
    }

    /// The platform asked for a pause; a shorter one does not cut a longer one.
    pub(super) fn hold(&self, now: Instant, pause: Duration) {
        let until = now.checked_add(pause);
        let mut state = self.lock();
        state.hold_until = state.hold_until.max(until);
    }

    /// Takes in how an attempt went; `error` is kept for people.
    pub(super) fn record(&self, now: Instant, sign: Sign, error: Option<&PlatformError>) {
        let at = self.clock.now();
        let mut state = self.lock();
        if let Some(error) = error {
            state.last_error = Some(LastError { at, text: error.message(), remedy: error.remedy() });
        }
        if sign == Sign::Ill {
            state.failures = state.failures.saturating_add(1);
            if state.failures >= self.failures_to_open {
                if state.probe_at.is_none() {
                    state.since = at;
                }
                state.probe_at = now.checked_add(self.interval);
            }
        } else {
            if sign == Sign::Well {
                state.last_ok_at = Some(at);
            }
            state.failures = 0;
            if state.probe_at.take().is_some() {
                state.since = at;
            }
        }
    }

    pub(super) fn health(&self) -> PlatformHealth {
        let now = self.clock.now();
        let state = self.lock();
        let breaker = state.probe_at.map_or(BreakerState::Closed, |at| {
            let left =
                TimeDelta::from_std(at.saturating_duration_since(Instant::now())).unwrap_or(TimeDelta::MAX);
            BreakerState::Open { probe_at: now.checked_add_signed(left).unwrap_or(DateTime::<Utc>::MAX_UTC) }
        });
        PlatformHealth {
            name: self.platform.as_str().into(),
            breaker,
            last_error: state.last_error.clone(),
            last_ok_at: state.last_ok_at,
            since: state.since,
        }
    }

    /// A panic elsewhere does not make the counters wrong enough to give up on them.
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platforms::error::{Kind, Repeat};

    const INTERVAL: Duration = Duration::from_secs(30);

    fn breaker() -> Breaker {
        Breaker::new(Platform::SistemaCup, 3, INTERVAL, Clock::fixed("2026-01-20T09:00:00Z".parse().unwrap()))
    }

    #[test]
    fn opens_after_failures_in_a_row_only() {
        let (breaker, now) = (breaker(), Instant::now());
        for sign in [Sign::Ill, Sign::Ill, Sign::Odd, Sign::Ill, Sign::Ill] {
            breaker.record(now, sign, None);
        }
        assert!(!breaker.is_open());
        let error = PlatformError {
            platform: Platform::SistemaCup,
            operation: "read",
            kind: Kind::TimedOut { waited: INTERVAL },
            repeat: Repeat::Safe { after: None },
            exchange: None,
        };
        breaker.record(now, Sign::Ill, Some(&error));
        assert!(breaker.is_open());
        assert_eq!(breaker.admit(now), Err(INTERVAL));
        let told = breaker.health().last_error.unwrap();
        assert_eq!(told.text.it, "Sistema CUP: nessuna risposta entro 30000 ms");
        assert!(told.remedy.it.contains("riproverà da solo"), "{}", told.remedy.it);
    }

    #[test]
    fn one_probe_per_interval_until_one_is_answered() {
        let (breaker, start) = (breaker(), Instant::now());
        (0..3).for_each(|_| breaker.record(start, Sign::Ill, None));
        assert_eq!(breaker.shut_for(start + INTERVAL / 2), Some(INTERVAL / 2));
        let now = start + INTERVAL;
        assert_eq!(breaker.shut_for(now), None);
        assert_eq!(breaker.admit(now), Ok(()));
        assert_eq!(breaker.admit(now), Err(INTERVAL), "the second waits for the next interval");
        let now = now + INTERVAL;
        assert_eq!(breaker.admit(now), Ok(()), "a probe that never came back does not shut it for ever");
        breaker.record(now, Sign::Well, None);
        assert_eq!(breaker.health().breaker, BreakerState::Closed);
        assert_eq!(breaker.admit(now), Ok(()));
    }

    #[test]
    fn a_pause_holds_and_a_shorter_one_does_not_cut_it() {
        let (breaker, now) = (breaker(), Instant::now());
        breaker.hold(now, Duration::from_secs(20));
        breaker.hold(now, Duration::from_secs(2));
        assert_eq!(breaker.held_for(now), Duration::from_secs(20));
        assert_eq!(breaker.held_for(now + Duration::from_secs(21)), Duration::ZERO);
    }
}
