// SPDX-License-Identifier: EUPL-1.2
//! The one source of time and of random ids. Everybody else is handed a [`Clock`]; a lint bans the system's own.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use chrono::{DateTime, SubsecRound, TimeDelta, Utc};
use uuid::{NoContext, Timestamp, Uuid};

/// Time as the gateway sees it, in UTC, cut to microseconds: no database keeps more, and equality must survive a round
/// trip. Cloning is cheap and the clones share one time, so that a test or a demonstration moves it for everybody.
///
/// ```
/// use chrono::{DateTime, TimeDelta, Utc};
/// use mepa_gateway::clock::Clock;
/// let start: DateTime<Utc> = "2026-02-20T22:59:00Z".parse()?;
/// let clock = Clock::fixed(start);
/// let other = clock.clone();
/// clock.advance(TimeDelta::seconds(60));
/// assert_eq!(other.now(), start + TimeDelta::seconds(60));
/// # Ok::<(), chrono::ParseError>(())
/// ```
#[derive(Debug, Clone)]
pub struct Clock(Arc<Source>);

#[derive(Debug)]
enum Source {
    System,
    Set(Mutex<Hand>),
}

/// A time that was set: what it showed, and since when it runs on; a fixed one does not run.
#[derive(Debug, Clone, Copy)]
struct Hand {
    shown: DateTime<Utc>,
    running_since: Option<Instant>,
}

impl Hand {
    fn now(&self) -> DateTime<Utc> {
        let gone = self.running_since.map_or(TimeDelta::zero(), |since| to_delta(since.elapsed()));
        self.shown.checked_add_signed(gone).unwrap_or(DateTime::<Utc>::MAX_UTC)
    }

    /// The same kind of hand, showing `at` from this moment on.
    fn moved_to(self, at: DateTime<Utc>) -> Self {
        Self { shown: at, running_since: self.running_since.map(|_| Instant::now()) }
    }
}

fn to_delta(gone: std::time::Duration) -> TimeDelta {
    TimeDelta::from_std(gone).unwrap_or(TimeDelta::MAX)
}

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn system() -> Self {
        Self(Arc::new(Source::System))
    }

    /// A clock that stands still until it is moved.
    #[must_use]
    pub fn fixed(at: DateTime<Utc>) -> Self {
        Self::showing(at, None)
    }

    /// A clock that shows `base` now and runs on in real time.
    #[must_use]
    pub fn shifted(base: DateTime<Utc>) -> Self {
        Self::showing(base, Some(Instant::now()))
    }

    fn showing(shown: DateTime<Utc>, running_since: Option<Instant>) -> Self {
        Self(Arc::new(Source::Set(Mutex::new(Hand { shown, running_since }))))
    }

    /// The present moment, cut to microseconds.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one place that may ask the machine for the time"
    )]
    pub fn now(&self) -> DateTime<Utc> {
        let now = match &*self.0 {
            Source::System => Utc::now(),
            Source::Set(hand) => lock(hand).now(),
        };
        now.trunc_subsecs(6)
    }

    /// Makes a fixed or shifted clock show `at`, for all its clones; a shifted one runs on from there. Answers whether
    /// it was moved: the machine's clock is not.
    pub fn set(&self, at: DateTime<Utc>) -> bool {
        match &*self.0 {
            Source::System => false,
            Source::Set(hand) => {
                let mut hand = lock(hand);
                *hand = hand.moved_to(at);
                true
            }
        }
    }

    /// [`Clock::set`] under the name that fits a running clock.
    pub fn jump_to(&self, at: DateTime<Utc>) -> bool {
        self.set(at)
    }

    /// Moves a fixed or shifted clock by `by`, backwards too. Answers whether it was moved.
    pub fn advance(&self, by: TimeDelta) -> bool {
        match &*self.0 {
            Source::System => false,
            Source::Set(hand) => {
                let mut hand = lock(hand);
                let to = hand.now().checked_add_signed(by);
                to.inspect(|to| *hand = hand.moved_to(*to)).is_some()
            }
        }
    }

    /// A new id (UUID version 7): random, but later ids sort after earlier ones, so that what is stored together is
    /// found together.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the one place that makes ids")]
    pub fn new_id(&self) -> Uuid {
        let now = self.now();
        // Before 1970 there is nothing to sort.
        let seconds = u64::try_from(now.timestamp()).unwrap_or_default();
        Uuid::new_v7(Timestamp::from_unix(NoContext, seconds, now.timestamp_subsec_nanos()))
    }

    /// 244 random bits in hexadecimal, for tokens: nothing in it can be guessed, not even when it was made.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the one place that makes ids")]
    pub fn new_secret(&self) -> String {
        format!("{}{}", Uuid::new_v4().simple(), Uuid::new_v4().simple())
    }
}

/// A panic elsewhere leaves the hand whole: it is written in one step.
fn lock(hand: &Mutex<Hand>) -> MutexGuard<'_, Hand> {
    hand.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    #[test]
    fn is_cut_to_microseconds() {
        assert_eq!(
            Clock::fixed(at("2026-01-20T09:00:00.123456789Z")).now(),
            at("2026-01-20T09:00:00.123456Z")
        );
        assert_eq!(Clock::system().now().timestamp_subsec_nanos() % 1000, 0);
    }

    #[test]
    fn a_fixed_clock_stands_still_and_is_moved_for_all_clones() {
        let clock = Clock::fixed(at("2026-01-20T09:00:00Z"));
        let other = clock.clone();
        assert_eq!(clock.now(), clock.now());
        assert!(clock.advance(TimeDelta::days(-1)));
        assert_eq!(other.now(), at("2026-01-19T09:00:00Z"));
        assert!(other.set(at("2026-03-31T21:59:00Z")));
        assert_eq!(clock.now(), at("2026-03-31T21:59:00Z"));
    }

    #[test]
    fn a_shifted_clock_runs_on_from_where_it_was_put() {
        let base = at("2026-01-20T09:00:00Z");
        let clock = Clock::shifted(base);
        std::thread::sleep(std::time::Duration::from_millis(2));
        assert!(clock.now() >= base + TimeDelta::milliseconds(2));
        assert!(clock.now() < base + TimeDelta::hours(1));
        assert!(clock.jump_to(at("2026-02-20T22:59:00Z")));
        let after = clock.now();
        assert!(after >= at("2026-02-20T22:59:00Z") && after < at("2026-02-20T23:59:00Z"));
    }

    #[test]
    fn the_machine_clock_cannot_be_moved() {
        assert!(!Clock::system().set(at("2026-01-20T09:00:00Z")));
        assert!(!Clock::system().advance(TimeDelta::days(1)));
    }

    #[test]
    fn the_end_of_time_does_not_overflow() {
        let clock = Clock::fixed(DateTime::<Utc>::MAX_UTC);
        assert!(!clock.advance(TimeDelta::seconds(1)));
        assert_eq!(clock.now().timestamp(), DateTime::<Utc>::MAX_UTC.timestamp());
    }

    #[test]
    fn ids_differ() {
        let clock = Clock::system();
        assert_ne!(clock.new_id(), clock.new_id());
        assert_eq!(clock.new_id().get_version_num(), 7);
        assert_ne!(
            clock.new_secret()[..16],
            clock.new_secret()[..16],
            "a secret must not begin with the time"
        );
    }
}
