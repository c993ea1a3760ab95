// SPDX-License-Identifier: EUPL-1.2
//! The quota of calls a day. National platforms count from midnight in Rome, failed calls included, so the count must
//! outlive this process and be shared with others: calls are taken from a durable count, a block at a time so that not
//! every call waits for the disk. What a process that dies had taken and not used counts as used.
//!
//! A part of the quota is kept for calls that somebody waits for; following and reading in the background stops earlier.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use chrono::{DateTime, NaiveDate, Utc};
use tokio::sync::Mutex;

use crate::domain::rome::{day_bounds, rome_date};

use super::answer::Failure;
use super::error::{Kind, Platform};
use super::settings::CallSettings;

/// Takes up to so many calls of a platform and day while fewer than `ceiling` are taken; gives how many were.
pub type TakeCalls = Arc<
    dyn Fn(Platform, NaiveDate, u32, u32) -> Pin<Box<dyn Future<Output = Result<u32, String>> + Send>>
        + Send
        + Sync,
>;

/// Most calls taken at a time.
const BLOCK_MAX: u32 = 50;

pub(super) struct DailyQuota {
    platform: Platform,
    /// None when no limit is set.
    per_day: Option<u32>,
    kept: u32,
    take: TakeCalls,
    blocks: Mutex<Blocks>,
}

/// Calls taken and not yet made, for those that somebody waits for and for the others.
#[derive(Debug, Default)]
struct Blocks {
    day: NaiveDate,
    awaited: u32,
    background: u32,
}

impl fmt::Debug for DailyQuota {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("DailyQuota")
            .field("per_day", &self.per_day)
            .field("kept", &self.kept)
            .finish_non_exhaustive()
    }
}

impl DailyQuota {
    pub(super) fn new(platform: Platform, settings: &CallSettings, take: TakeCalls) -> Self {
        let per_day = Some(settings.calls_per_day).filter(|limit| *limit > 0);
        let kept = per_day.map_or(0, |limit| {
            limit / 100 * settings.calls_kept_percent + limit % 100 * settings.calls_kept_percent / 100
        });
        Self { platform, per_day, kept, take, blocks: Mutex::default() }
    }

    /// Lets one call pass, or says that the day's are spent.
    pub(super) async fn spend(&self, awaited: bool, now: DateTime<Utc>) -> Result<(), Failure> {
        let Some(per_day) = self.per_day else { return Ok(()) };
        let day = rome_date(now);
        let mut blocks = self.blocks.lock().await;
        if blocks.day != day {
            *blocks = Blocks { day, ..Blocks::default() };
        }
        let (left, ceiling) = if awaited {
            (&mut blocks.awaited, per_day)
        } else {
            (&mut blocks.background, per_day.saturating_sub(self.kept))
        };
        if *left == 0 {
            let block = (per_day / 100).clamp(1, BLOCK_MAX);
            // Nobody knows how many are left: better not to call than to call too often.
            *left = (self.take)(self.platform, day, block, ceiling).await.map_err(|why| {
                tracing::error!(platform.name = self.platform.as_str(), error = %why, "the calls of the day cannot be counted");
                Failure::not_done(Kind::Queue)
            })?;
        }
        match left.checked_sub(1) {
            Some(rest) => {
                *left = rest;
                Ok(())
            }
            None => Err(spent(day, now)),
        }
    }
}

fn spent(day: NaiveDate, now: DateTime<Utc>) -> Failure {
    let midnight = day_bounds(day, day).1;
    let wait = midnight.signed_duration_since(now).to_std().unwrap_or(Duration::from_secs(60));
    Failure::not_done(Kind::DaySpent { until: midnight }).after(Some(wait))
}

/// Takes without counting: for one who asks a question or two and is gone.
#[must_use]
pub fn uncounted() -> TakeCalls {
    Arc::new(|_, _, want, _| Box::pin(async move { Ok(want) }))
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex as StdMutex;

    use super::*;

    fn counted(limit: u32, kept: u32, count: &Arc<StdMutex<u32>>) -> DailyQuota {
        let settings =
            CallSettings { calls_per_day: limit, calls_kept_percent: kept, ..CallSettings::default() };
        let count = Arc::clone(count);
        let take: TakeCalls = Arc::new(move |_, _, want, ceiling| {
            let mut taken = count.lock().unwrap();
            let granted = want.min(ceiling.saturating_sub(*taken));
            *taken += granted;
            Box::pin(async move { Ok(granted) })
        });
        DailyQuota::new(Platform::SistemaCup, &settings, take)
    }

    fn at(text: &str) -> DateTime<Utc> {
        text.parse().unwrap()
    }

    async fn passed(quota: &DailyQuota, awaited: bool, now: DateTime<Utc>) -> usize {
        let mut passed = 0;
        while quota.spend(awaited, now).await.is_ok() {
            passed += 1;
        }
        passed
    }

    #[tokio::test]
    async fn the_background_leaves_a_part_for_those_who_wait() {
        let now = at("2026-03-12T15:00:00Z");
        let quota = counted(10, 20, &Arc::default());
        assert_eq!(passed(&quota, false, now).await, 8);
        assert_eq!(passed(&quota, true, now).await, 2);
    }

    #[tokio::test]
    async fn two_processes_share_one_count_and_never_pass_more_than_the_day_has() {
        let (now, count) = (at("2026-03-12T15:00:00Z"), Arc::default());
        let (one, other) = (counted(1000, 0, &count), counted(1000, 0, &count));
        let mut all = 0;
        loop {
            let before = all;
            all += usize::from(one.spend(true, now).await.is_ok());
            all += usize::from(other.spend(false, now).await.is_ok());
            if all == before {
                break;
            }
        }
        assert_eq!(all, 1000);
    }

    #[tokio::test]
    async fn the_day_ends_at_midnight_in_rome() {
        let count = Arc::default();
        let quota = counted(1, 0, &count);
        assert!(quota.spend(true, at("2026-03-29T21:59:59Z")).await.is_ok());
        let failure = quota.spend(true, at("2026-03-29T21:59:59Z")).await.unwrap_err();
        assert_eq!(failure.after, Some(Duration::from_secs(1)), "summer time began that day");
        *count.lock().unwrap() = 0;
        assert!(quota.spend(true, at("2026-03-29T22:00:00Z")).await.is_ok());
    }

    #[tokio::test]
    async fn without_a_limit_nothing_is_counted() {
        let quota = counted(0, 0, &Arc::default());
        for _ in 0..1000 {
            quota.spend(true, at("2026-03-12T15:00:00Z")).await.unwrap();
        }
    }
}
