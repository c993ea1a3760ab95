// SPDX-License-Identifier: EUPL-1.2
//! A platform is away for a day: orders are taken in as fast as ever, the platform is left in peace, nothing is lost. And
//! whoever counts at the other end never sees the rate exceeded.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::TimeDelta;
use mepa_gateway::platforms::BreakerState;
use mepa_gateway::store::orders::OrderFilter;
use mepa_gateway::worker;
use mepa_gateway_mocks::{Fault, Ledger, Operation, Platform};
use tokio::sync::watch;

use crate::support::{ALMESE, ALPIGNANO, CUP_ALMESE, TestApp, order_of};

const PORTAL: Platform = Platform::Acquistinretepa;
const INTERVAL: Duration = Duration::from_millis(250);
/// What the way to the stand-in may add to or take from the time between two calls.
const JITTER: Duration = Duration::from_millis(25);
/// A day in steps of five minutes.
const STEPS: u32 = 24 * 12;
const ORDERS: u32 = STEPS;

async fn at_work(change: impl FnOnce(&mut mepa_gateway::config::Settings)) -> (TestApp, watch::Sender<bool>) {
    let test = TestApp::empty_with("2026-03-12T15:00:00Z".parse().unwrap(), |settings| {
        settings.worker.concurrency = 16;
        settings.worker.poll_ms = 5;
        settings.worker.follow_every_s = 10_000_000;
        settings.worker.pull_every_s = 10_000_000;
        // Nobody dies here, and a day goes by in seconds.
        settings.worker.lease_s = 10_000_000;
        change(settings);
    });
    let test = test.await;
    test.confirm(&[(ALMESE, CUP_ALMESE, 900_000_000_000), (ALPIGNANO, "J51B26000020006", 1)]).await;
    let (stop, stopped) = watch::channel(false);
    tokio::spawn(worker::run(Arc::clone(&test.app), stopped));
    (test, stop)
}

/// Submits an order that must be accepted; gives how long the answer took.
async fn submit(test: &TestApp, n: u32) -> Duration {
    let begun = Instant::now();
    let (_, answer) = test.submit(&format!("k{n}"), &order_of(n, 1)).await;
    assert_eq!(answer["verdict"], "accepted", "{answer}");
    begun.elapsed()
}

fn p99(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() * 99 / 100]
}

fn calls(ledger: &Ledger) -> u64 {
    ledger.calls(Operation::CreateDraft) + ledger.calls(Operation::FindOrders)
}

async fn until(what: &str, mut so: impl AsyncFnMut() -> bool) {
    let give_up = Instant::now() + Duration::from_secs(60);
    while !so().await {
        assert!(Instant::now() < give_up, "{what}");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_day_without_the_portal_is_borne_in_peace_and_nothing_is_lost() {
    let (test, _stop) = at_work(|settings| {
        settings.platforms.acquistinretepa.call.breaker_interval_ms = INTERVAL.as_millis() as u64;
        settings.platforms.acquistinretepa.call.deadline_ms = 5_000;
    })
    .await;
    let mut normal = Vec::new();
    for n in 0..ORDERS {
        normal.push(submit(&test, n).await);
    }
    until("the normal orders are handed over", async || {
        test.stand_ins.ledger().effects_of(Operation::CreateDraft) == ORDERS as usize
    })
    .await;

    test.stand_ins.add_fault(Fault::anywhere(PORTAL).status(503).forever());
    let before = calls(&test.stand_ins.ledger());
    submit(&test, ORDERS).await;
    until("the breaker opens", async || {
        test.app.clock.advance(TimeDelta::minutes(5));
        let health = test.app.platforms.health();
        health.iter().any(|health| health.name == "acquistinretepa" && health.breaker != BreakerState::Closed)
    })
    .await;
    // What was let through before the breaker opened has arrived by then.
    tokio::time::sleep(JITTER).await;
    let (opened, told) = (Instant::now(), calls(&test.stand_ins.ledger()));
    let mut away = Vec::new();
    for n in 0..STEPS {
        away.push(submit(&test, ORDERS + 1 + n).await);
        let now = test.app.clock.now() + TimeDelta::minutes(5);
        test.app.clock.set(now);
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    let lasted = opened.elapsed();
    let ledger = test.stand_ins.ledger();
    let probes = calls(&ledger) - told;
    let most = ledger.most_calls_within_since(PORTAL, INTERVAL - JITTER, opened);

    test.stand_ins.clear_faults(PORTAL);
    let all = (ORDERS + 1 + STEPS) as usize;
    until("all is handed over", async || {
        test.app.clock.advance(TimeDelta::minutes(5));
        test.stand_ins.ledger().effects_of(Operation::CreateDraft) == all
    })
    .await;
    let ledger = test.stand_ins.ledger();
    let filter = OrderFilter { limit: 10_000, ..OrderFilter::default() };
    let orders = test.app.store.orders(&test.app.programme.id, &filter).await.unwrap();
    assert_eq!((orders.len(), ledger.doubles()), (all, vec![]));
    let repeats = calls(&ledger) - all as u64;
    let (normal, away) = (p99(normal), p99(away));
    println!(
        "outage: a day of {STEPS} steps in {lasted:?}: {probes} probes, at most {most} within an interval; {} calls for {all} orders, \
         {repeats} more than one each; {} calls until the breaker opened; intake p99 {normal:?} before, {away:?} during",
        calls(&ledger),
        told - before,
    );
    assert!(probes > 0 && most == 1, "at most one probe per interval");
    assert!(repeats * 5 <= calls(&ledger), "retries are a fifth of all calls at most");
    assert!(away <= (2 * normal).max(Duration::from_millis(50)), "{away:?} is more than twice {normal:?}");
    test.assert_whole().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_rate_is_never_exceeded_as_seen_from_the_other_end() {
    const RATE: u32 = 20;
    let (test, _stop) = at_work(|settings| {
        settings.platforms.acquistinretepa.call.rate_per_second = NonZeroU32::new(RATE).unwrap();
        settings.platforms.acquistinretepa.call.deadline_ms = 30_000;
    })
    .await;
    let begun = Instant::now();
    for n in 0..5 * RATE {
        submit(&test, n).await;
    }
    until("all is handed over", async || {
        test.stand_ins.ledger().effects_of(Operation::CreateDraft) == 5 * RATE as usize
    })
    .await;
    let ledger = test.stand_ins.ledger();
    let most = ledger.most_calls_within(PORTAL, Duration::from_secs(1));
    println!(
        "outage: {} calls at {RATE} a second in {:?}: at most {most} in any second",
        5 * RATE,
        begun.elapsed()
    );
    assert!(most <= u64::from(RATE), "{most} calls in a second");
}
