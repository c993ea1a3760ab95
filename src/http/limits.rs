// SPDX-License-Identifier: EUPL-1.2
//! How many requests a client may make, and the headers that tell it (ModI, RAC_ROBUSTEZZA_001).

use std::collections::HashMap;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use governor::clock::{Clock, DefaultClock};
use governor::middleware::StateInformationMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

/// What a client has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Allowance {
    /// Requests a minute.
    pub limit: u32,
    /// Requests it could make at once now.
    pub remaining: u32,
    /// Seconds until it may make one more; zero when it may now.
    pub reset_s: u64,
}

/// Why a client must wait, and what it has left.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TooMany {
    /// Requests in a minute.
    InAMinute(Allowance),
    /// Requests under way.
    AtOnce(Allowance),
}

type Limiter = RateLimiter<String, HashMapStateStore<String>, DefaultClock, StateInformationMiddleware>;

/// A token bucket per client id.
pub struct RateLimits {
    limit: u32,
    buckets: Limiter,
}

impl std::fmt::Debug for RateLimits {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("RateLimits").field("limit", &self.limit).finish_non_exhaustive()
    }
}

impl RateLimits {
    /// Buckets of so many requests a minute (at least one).
    pub fn new(per_minute: u32) -> Self {
        let quota = Quota::per_minute(NonZeroU32::new(per_minute).unwrap_or(NonZeroU32::MIN));
        let buckets = RateLimiter::hashmap(quota).with_middleware::<StateInformationMiddleware>();
        Self { limit: per_minute, buckets }
    }

    /// Takes one request out of a client's bucket. `Err` when it is empty.
    ///
    /// # Errors
    /// The allowance, which says when to come back.
    pub fn take(&self, client: &String) -> Result<Allowance, Allowance> {
        match self.buckets.check_key(client) {
            Ok(snapshot) => Ok(self.allowance(snapshot.remaining_burst_capacity(), 0)),
            Err(refused) => {
                let wait = refused.wait_time_from(DefaultClock::default().now());
                Err(self.allowance(0, wait.as_secs().saturating_add(1)))
            }
        }
    }

    fn allowance(&self, remaining: u32, reset_s: u64) -> Allowance {
        Allowance { limit: self.limit, remaining, reset_s }
    }
}

/// Requests under way per client: a client with many slow ones must not take every place of the house.
#[derive(Debug)]
pub struct Turns {
    most: u32,
    under_way: Mutex<HashMap<String, u32>>,
}

/// One request under way; it ends when this is dropped.
#[derive(Debug)]
pub struct Turn {
    turns: Arc<Turns>,
    client: String,
}

impl Turns {
    /// So many at once for each client.
    pub fn new(most: u32) -> Self {
        Self { most, under_way: Mutex::default() }
    }

    /// Begins a request of the client, unless it has too many.
    pub fn begin(self: &Arc<Self>, client: &str) -> Option<Turn> {
        let mut under_way = self.lock();
        let count = under_way.entry(client.to_owned()).or_default();
        if *count >= self.most {
            return None;
        }
        *count += 1;
        Some(Turn { turns: Arc::clone(self), client: client.to_owned() })
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, u32>> {
        self.under_way.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        let mut under_way = self.turns.lock();
        if let Some(count) = under_way.get_mut(&self.client) {
            *count -= 1;
            if *count == 0 {
                under_way.remove(&self.client);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_has_so_many_requests_under_way_and_others_are_not_held_up() {
        let turns = Arc::new(Turns::new(2));
        let first = turns.begin("a").unwrap();
        let _second = turns.begin("a").unwrap();
        assert!(turns.begin("a").is_none() && turns.begin("b").is_some());
        drop(first);
        assert!(turns.begin("a").is_some());
    }

    #[test]
    fn a_client_that_floods_is_stopped_and_others_are_not() {
        let limits = RateLimits::new(3);
        let (flooder, other) = ("a".to_owned(), "b".to_owned());
        let left: Vec<u32> = (0..3).map(|_| limits.take(&flooder).unwrap().remaining).collect();
        assert_eq!(left, [2, 1, 0]);
        let refused = limits.take(&flooder).unwrap_err();
        assert!(refused.reset_s >= 1 && refused.reset_s <= 21, "{refused:?}");
        assert_eq!(limits.take(&other).unwrap().remaining, 2);
    }
}
