// SPDX-License-Identifier: EUPL-1.2
//! How every outgoing call is made: wait for the rate limit, try within a time limit, let the service classify, repeat
//! what may be repeated, give up in time. This is the only loop that repeats a call; it makes three tries at most, and
//! what is left over is the worker's business.
//!
//! A call that only reads is repeated after a failure of the transport or of the platform. A call with an effect is
//! repeated only when the answer proves that nothing was done.

use std::borrow::Cow;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use backoff::ExponentialBackoff;
use governor::{DefaultDirectRateLimiter, Quota, RateLimiter};
use reqwest::{Client, Url};

use crate::clock::Clock;
use crate::domain::sha256::sha256;

use super::answer::{Answer, Failure, Outcome};
use super::breaker::{Breaker, PlatformHealth, Sign};
use super::error::{Exchange, Kind, Platform, PlatformError, Repeat, said};
use super::quota::{DailyQuota, TakeCalls};
use super::sending::{BeforeSending, Sending};
use super::settings::{ATTEMPTS_MAX, CallSettings, SettingsError};
use super::transport::{self, Request};

mod fit;

use fit::{check_numbers, parse_base};

/// What a call does to the platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Effect {
    /// Nothing: repeat at will.
    Reads,
    /// Something that must happen once.
    Acts,
}

/// An operation of a platform, as its client declares it.
#[derive(Debug)]
pub(super) struct Operation {
    pub(super) name: &'static str,
    /// Whether somebody waits for it, or for what it decides: the rest leaves them a part of the calls of the day.
    pub(super) awaited: bool,
    pub(super) effect: Effect,
    /// The most bytes its answer can have.
    pub(super) answer_max: usize,
}

/// What every client is given.
#[derive(Clone)]
pub(super) struct Around {
    pub(super) clock: Clock,
    pub(super) take_calls: TakeCalls,
}

/// The way to one platform.
#[derive(Debug)]
pub(super) struct Policy {
    platform: Platform,
    http: Client,
    base: Url,
    limiter: DefaultDirectRateLimiter,
    breaker: Breaker,
    quota: DailyQuota,
    settings: CallSettings,
    clock: Clock,
    /// Whether answers may be kept for auditors.
    keeps_answers: bool,
}

/// Most bytes kept of an answer.
const KEPT_MAX: usize = 64 << 10;

impl Policy {
    pub(super) fn new(
        platform: Platform,
        base_url: &str,
        settings: &CallSettings,
        around: &Around,
    ) -> Result<Self, SettingsError> {
        check_numbers(platform, settings)?;
        let base = parse_base(base_url).map_err(|why| SettingsError::BaseUrl { platform, why })?;
        let http = transport::client(settings.connect_timeout())
            .map_err(|source| SettingsError::Client { platform, source })?;
        let failures = settings.breaker_failures.get();
        Ok(Self {
            platform,
            http,
            base,
            limiter: limiter(settings),
            breaker: Breaker::new(platform, failures, settings.breaker_interval(), around.clock.clone()),
            quota: DailyQuota::new(platform, settings, Arc::clone(&around.take_calls)),
            settings: settings.clone(),
            clock: around.clock.clone(),
            keeps_answers: true,
        })
    }

    /// The same for a platform that may quote our credentials back at us.
    pub(super) fn without_answers(self) -> Self {
        Self { keeps_answers: false, ..self }
    }

    pub(super) fn clock(&self) -> &Clock {
        &self.clock
    }

    pub(super) fn health(&self) -> PlatformHealth {
        self.breaker.health()
    }

    /// An address under the base, each segment escaped.
    pub(super) fn url(&self, segments: &[&str]) -> Url {
        let mut url = self.base.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().extend(segments);
        }
        url
    }

    /// Makes a call that only reads. `read` turns a complete answer into a value, or says what is wrong with it; it is not
    /// asked about redirects and throttling.
    pub(super) async fn call<T>(
        &self,
        operation: &Operation,
        request: &Request,
        read: impl Fn(&Answer) -> Result<T, Failure>,
    ) -> Result<T, PlatformError> {
        self.make(operation, || Ok(Cow::Borrowed(request)), None, read).await
    }

    /// Makes a call with an effect. `before` is told right before each try goes out, after everything that it waits for.
    pub(super) async fn act<T>(
        &self,
        operation: &Operation,
        request: &Request,
        before: &BeforeSending,
        read: impl Fn(&Answer) -> Result<T, Failure>,
    ) -> Result<T, PlatformError> {
        self.make(operation, || Ok(Cow::Borrowed(request)), Some(before), read).await
    }

    /// A call that only reads, of a platform that wants each try to be a new request: a token that was used is not taken again.
    pub(super) async fn call_anew<T>(
        &self,
        operation: &Operation,
        request: impl Fn() -> Result<Request, Failure>,
        read: impl Fn(&Answer) -> Result<T, Failure>,
    ) -> Result<T, PlatformError> {
        self.make(operation, || request().map(Cow::Owned), None, read).await
    }

    async fn make<'r, T>(
        &self,
        operation: &Operation,
        request: impl Fn() -> Result<Cow<'r, Request>, Failure>,
        before: Option<&BeforeSending>,
        read: impl Fn(&Answer) -> Result<T, Failure>,
    ) -> Result<T, PlatformError> {
        debug_assert_eq!(before.is_some(), operation.effect == Effect::Acts, "{}", operation.name);
        let started = Instant::now();
        let tries = AtomicU32::new(0);
        let attempt = || async {
            let done_before = tries.fetch_add(1, Ordering::Relaxed);
            self.attempt(operation, &request, before, &read, started).await.map_err(|failure| {
                let more = done_before.saturating_add(1) < self.settings.attempts_max.min(ATTEMPTS_MAX).get();
                let wait = failure.after;
                let again = more
                    && worth_repeating(&failure, operation.effect)
                    && !self.breaker.is_open()
                    && wait.is_none_or(|wait| wait < self.left(started));
                let error = self.error(operation, failure);
                if again {
                    backoff::Error::Transient { err: error, retry_after: wait }
                } else {
                    backoff::Error::Permanent(error)
                }
            })
        };
        backoff::future::retry(self.backoff(), attempt).await
    }

    /// A failure told to the outside: this is where it is decided whether the call may be repeated.
    pub(super) fn error(&self, operation: &Operation, failure: Failure) -> PlatformError {
        let Failure { kind, outcome, after, exchange } = failure;
        let repeat = match (outcome, operation.effect) {
            (Outcome::Final, _) => Repeat::Never,
            (Outcome::Unknown, Effect::Acts) => Repeat::AskFirst,
            (Outcome::Unknown, Effect::Reads) if matches!(kind, Kind::TooBig { .. }) => Repeat::Never,
            (Outcome::NotDone, _) | (Outcome::Unknown, Effect::Reads) => Repeat::Safe { after },
        };
        PlatformError { platform: self.platform, operation: operation.name, kind, repeat, exchange }
    }

    async fn attempt<'r, T>(
        &self,
        operation: &Operation,
        request: &impl Fn() -> Result<Cow<'r, Request>, Failure>,
        before: Option<&BeforeSending>,
        read: &impl Fn(&Answer) -> Result<T, Failure>,
        started: Instant,
    ) -> Result<T, Failure> {
        self.wait_for_turn(operation.awaited, started).await?;
        let request = &*request()?;
        let sent_at = self.clock.now();
        if let Some(before) = before {
            let sending = Sending { operation: operation.name, sha256: sha256(&request.body), at: sent_at };
            before
                .tell(sending)
                .await
                .map_err(|why| Failure::not_done(Kind::Withheld { why: said(&why) }))?;
        }
        let begun = Instant::now();
        let wait = self.timeout(operation.effect).min(self.left(started));
        let sent = transport::send(&self.http, request, operation.answer_max, wait, sent_at).await;
        let (mut result, answer) = match sent {
            Ok(answer) if matches!(answer.status, 300..=399 | 429) => (Err(answer.trouble()), Some(answer)),
            Ok(answer) => (read(&answer), Some(answer)),
            Err(failure) => (Err(failure), None),
        };
        if let Some(pause) = answer.as_ref().and_then(|answer| answer.spent_for) {
            self.breaker.hold(Instant::now(), pause);
        }
        self.take_note(operation, &result, begun);
        if let Err(failure) = &mut result {
            failure.exchange = Some(Box::new(self.exchange(answer)));
        }
        result
    }

    /// What is kept of a try that failed.
    fn exchange(&self, answer: Option<Answer>) -> Exchange {
        let Some(answer) = answer else {
            return Exchange { status: None, media_type: None, answer: None };
        };
        let mut body = answer.body;
        body.truncate(KEPT_MAX);
        let answer_kept = Some(body).filter(|_| self.keeps_answers);
        Exchange { status: Some(answer.status), media_type: Some(answer.media_type), answer: answer_kept }
    }

    /// Waits for the pause the platform asked for, then for the rate limit; takes a call of the day's; passes the breaker
    /// last, so that a probe is not spent in the queue.
    async fn wait_for_turn(&self, awaited: bool, started: Instant) -> Result<(), Failure> {
        if let Some(probe_in) = self.breaker.shut_for(Instant::now()) {
            return Err(shut(probe_in));
        }
        let held = self.breaker.held_for(Instant::now());
        if held >= self.left(started) {
            return Err(Failure::not_done(Kind::Quota { retry_after: Some(held) }).after(Some(held)));
        }
        if !held.is_zero() {
            // Even a sleep of nothing waits for the next tick of the timer, a millisecond.
            tokio::time::sleep(held).await;
        }
        let turn = tokio::time::timeout(self.left(started), self.limiter.until_ready()).await;
        if turn.is_err() || self.left(started).is_zero() {
            return Err(Failure::not_done(Kind::Queue));
        }
        self.quota.spend(awaited, self.clock.now()).await?;
        self.breaker.admit(Instant::now()).map_err(shut)
    }

    fn take_note<T>(&self, operation: &Operation, result: &Result<T, Failure>, begun: Instant) {
        let took = begun.elapsed().as_millis();
        let (sign, error) = match result {
            Ok(_) => (Some(Sign::Well), None),
            Err(failure) => {
                if let Some(pause) = failure.after {
                    self.breaker.hold(Instant::now(), pause);
                }
                let sign = failure.sign();
                (sign, sign.filter(|_| failure.is_trouble()).map(|_| self.error(operation, failure.told())))
            }
        };
        tracing::debug!(
            platform.name = self.platform.as_str(),
            platform.operation = operation.name,
            duration_ms = u64::try_from(took).unwrap_or(u64::MAX),
            error = error.as_ref().map(tracing::field::display),
            "attempt"
        );
        if let Some(sign) = sign {
            self.breaker.record(Instant::now(), sign, error.as_ref());
        }
    }

    fn timeout(&self, effect: Effect) -> Duration {
        Duration::from_millis(match effect {
            Effect::Reads => self.settings.read_timeout_ms,
            Effect::Acts => self.settings.write_timeout_ms,
        })
    }

    fn left(&self, started: Instant) -> Duration {
        self.settings.deadline().saturating_sub(started.elapsed())
    }

    /// Full jitter: a random wait between nothing and twice the interval, which doubles.
    fn backoff(&self) -> ExponentialBackoff {
        let interval = Duration::from_millis(self.settings.backoff_ms);
        ExponentialBackoff {
            current_interval: interval,
            initial_interval: interval,
            randomization_factor: 1.0,
            multiplier: 2.0,
            max_interval: self.settings.deadline(),
            max_elapsed_time: Some(self.settings.deadline()),
            ..ExponentialBackoff::default()
        }
    }
}

fn shut(probe_in: Duration) -> Failure {
    Failure::not_done(Kind::Breaker { probe_in }).after(Some(probe_in))
}

/// Whether trying again at once may help and can do no harm.
fn worth_repeating(failure: &Failure, effect: Effect) -> bool {
    let harmless = match failure.outcome {
        Outcome::NotDone => true,
        Outcome::Unknown => effect == Effect::Reads,
        Outcome::Final => false,
    };
    harmless
        && match failure.kind {
            Kind::Unreachable { .. }
            | Kind::TimedOut { .. }
            | Kind::Cut { .. }
            | Kind::Unavailable { .. }
            | Kind::Quota { .. } => true,
            Kind::Refused { .. }
            | Kind::Denied { .. }
            | Kind::NotFound { .. }
            | Kind::Garbled { .. }
            | Kind::TooBig { .. }
            | Kind::Queue
            | Kind::DaySpent { .. }
            | Kind::Breaker { .. }
            | Kind::Withheld { .. }
            | Kind::Unwritable { .. }
            | Kind::Several { .. } => false,
        }
}

/// A limiter that never lets a burst pass, and starts empty: a process that restarts again and again does not get one
/// free call each time. It keeps a twentieth below the rate: calls that bunch up on their way are within it all the same, as
/// counted at the other end.
fn limiter(settings: &CallSettings) -> DefaultDirectRateLimiter {
    let apart = Duration::from_secs(1).mul_f64(1.05) / settings.rate_per_second.get();
    let quota = Quota::with_period(apart).unwrap_or(Quota::per_second(settings.rate_per_second));
    let limiter = RateLimiter::direct(quota.allow_burst(std::num::NonZeroU32::MIN));
    let _first = limiter.check();
    limiter
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_escaped_and_joined_to_any_base() {
        let around = Around { clock: Clock::system(), take_calls: crate::platforms::quota::uncounted() };
        for base in ["http://x/a", "http://x/a/"] {
            let policy = Policy::new(Platform::SistemaCup, base, &CallSettings::default(), &around).unwrap();
            assert_eq!(policy.url(&["b", "../c?d"]).as_str(), "http://x/a/b/..%2Fc%3Fd");
        }
    }
}
