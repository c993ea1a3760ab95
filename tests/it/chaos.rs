// SPDX-License-Identifier: EUPL-1.2
//! Thirty of a hundred calls go wrong, in sixteen ways, and the worker dies again and again: every CUP and every order ends
//! in a definite state, and by the stand-ins' own ledger every effect happened at most once, exactly once where it is
//! said to be done.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use mepa_gateway::app::App;
use mepa_gateway::config::Settings;
use mepa_gateway::domain::money::Money;
use mepa_gateway::domain::order_state::OrderState;
use mepa_gateway::domain::role::Role;
use mepa_gateway::flows::import_beneficiaries::{Grant, GrantList, ListKind, take_in};
use mepa_gateway::store::orders::OrderFilter;
use mepa_gateway::store::outbox::people::CallFilter;
use mepa_gateway::worker::work_until_idle;
use mepa_gateway_mocks::{Chaos, ChaosKind, Ledger, Operation, Platform};

use crate::support::{ALMESE, ALPIGNANO, CUP_ALMESE, TestApp, nth_order, order_of};

const SEED: u64 = 20_260_331;
const RATE_PERCENT: u8 = 30;
const DEATHS: u32 = 50;
const COMUNI: usize = 120;
const ORDERS: u32 = 480;
const PLATFORMS: [Platform; 3] = [Platform::SistemaCup, Platform::LavoroPubblico, Platform::Acquistinretepa];

/// Everything quick, so that time-outs and pauses take no time.
fn hurried(settings: &mut Settings) {
    settings.worker.concurrency = 16;
    // Following what is handed over would be most of the work, and has no effect.
    settings.worker.follow_every_s = 1_000_000;
    let platforms = &mut settings.platforms;
    for call in [
        &mut platforms.sistema_cup.call,
        &mut platforms.lavoro_pubblico.call,
        &mut platforms.acquistinretepa.call,
    ] {
        call.read_timeout_ms = 150;
        call.write_timeout_ms = 150;
        call.breaker_failures = NonZeroU32::MIN.saturating_add(4);
        call.breaker_interval_ms = 20;
    }
}

/// Of all the calls so many go wrong, in the ways named; with none named, in the sixteen of a server that misbehaves.
fn go_wrong(test: &TestApp, rate_percent: u8, kinds: &[ChaosKind]) {
    for (n, platform) in (0..).zip(PLATFORMS) {
        let chaos = Chaos { seed: SEED + n * 1_000_003, rate_percent, slow_ms: 200, kinds: kinds.to_vec() };
        test.stand_ins.set_chaos(platform, Some(chaos));
    }
}

/// Time goes by, then the worker works; it dies in the middle when `dies_after` says so.
async fn work(test: &TestApp, dies_after: Option<Duration>) {
    let now = test.app.clock.now() + TimeDelta::minutes(7);
    test.app.clock.set(now);
    test.stand_ins.clock().stop_at(now);
    let app = Arc::clone(&test.app);
    let worker = tokio::spawn(async move { work_until_idle(&app).await });
    let Some(life) = dies_after else {
        worker.await.unwrap().unwrap();
        return;
    };
    let handle = worker.abort_handle();
    // Dropping the task drops every call under way, wherever it is: nothing of it is written back any more.
    let killer = tokio::spawn(async move {
        tokio::time::sleep(life).await;
        handle.abort();
    });
    drop(worker.await);
    killer.await.unwrap();
}

/// Works through until nothing is owed any more but the following of orders.
async fn work_through(test: &TestApp) {
    let mut deaths = DEATHS;
    for round in 0..600u32 {
        let owed = test.app.store.outbox_counts().await.unwrap().into_iter().any(|(kind, state, _)| {
            kind != "oda.follow" && matches!(&*state, "pending" | "in_flight" | "uncertain")
        });
        if !owed {
            println!("chaos: through after {round} rounds, {} deaths", DEATHS - deaths);
            return;
        }
        let life = (deaths > 0).then(|| Duration::from_millis(u64::from(5 + round * 13 % 90)));
        deaths = deaths.saturating_sub(1);
        work(test, life).await;
    }
    panic!("still owed: {:?}", test.app.store.outbox_counts().await.unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn cups_are_generated_and_communicated_once_whatever_goes_wrong() {
    let test = TestApp::empty_with("2026-01-12T09:00:00Z".parse().unwrap(), hurried).await;
    let comuni: Vec<_> = test
        .app
        .reference
        .comuni
        .iter()
        .filter(|comune| comune.ceased.is_none())
        .take(COMUNI)
        .cloned()
        .collect();
    let grant = |istat| Grant { comune: istat, amount: Money::from_cents(3_547_147), cup: None };
    let grants = comuni.iter().map(|comune| grant(comune.istat)).collect();
    let list = GrantList { kind: ListKind::Admission, digest: "list".into(), synthetic: true, grants };
    take_in(&test.app, list, test.app.clock.now()).await.unwrap();
    for comune in &comuni {
        let token = format!("rup {}", comune.istat);
        test.add_client(&token, Role::Rup, Some(comune.istat.as_str())).await;
        let path = format!("/comuni/{}/acceptance", comune.istat);
        assert_eq!(test.post(&token, &path, "a", "application/json", vec![]).await.status(), 202);
    }
    go_wrong(&test, RATE_PERCENT, &[]);
    work_through(&test).await;
    let ledger = test.stand_ins.ledger();
    assert_eq!(ledger.doubles(), [], "an effect happened twice");
    assert_eq!(blind_repeats(&ledger), 0);
    let mut states = std::collections::BTreeMap::<&str, u32>::new();
    for comune in &comuni {
        let programme = &test.app.programme.id;
        let row = test.app.store.participation(programme, &comune.istat).await.unwrap().unwrap();
        let generated = ledger.effects_for(Operation::GenerateCup, &format!("{programme}-{}", comune.istat));
        let communicated = ledger.effects_for(Operation::CommunicateCup, comune.tax_code.as_str());
        match row.state.as_str() {
            "accepted" => assert_eq!((generated, communicated), (1, 1), "{}", comune.name),
            "cup_generated" => assert_eq!(generated, 1, "{}", comune.name),
            _ => {}
        }
        *states.entry(row.state.as_str()).or_default() += 1;
    }
    let filter = CallFilter { limit: 1_000, ..CallFilter::default() };
    for call in test.app.store.owed_calls(&filter).await.unwrap() {
        let why = call.last_error.unwrap_or_default();
        println!(
            "chaos: for a person: {} {} after {}: {why}",
            call.event_key,
            call.state.as_str(),
            call.attempt
        );
    }
    println!("chaos: {COMUNI} Comuni {states:?}, {}", test.stand_ins.ledger().told());
    assert!(states.get("accepted").copied().unwrap_or_default() >= 110, "{states:?}");
    test.assert_whole().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn orders_are_handed_over_once_whatever_goes_wrong() {
    let test = TestApp::empty_with("2026-03-12T15:00:00Z".parse().unwrap(), hurried).await;
    test.confirm(&[(ALMESE, CUP_ALMESE, 900_000_000_000), (ALPIGNANO, "J51B26000020006", 1)]).await;
    for n in 1..=ORDERS {
        let order = if n % 7 == 0 { nth_order(n) } else { order_of(n, 1) };
        let (_, answer) = test.submit(&format!("k{n}"), &order).await;
        assert_eq!(answer["verdict"], "accepted", "{answer}");
    }
    go_wrong(&test, RATE_PERCENT, &[]);
    work_through(&test).await;
    let ledger = test.stand_ins.ledger();
    assert_eq!(ledger.doubles(), [], "an effect happened twice");
    assert_eq!(blind_repeats(&ledger), 0);
    let filter = OrderFilter { limit: ORDERS, ..OrderFilter::default() };
    let orders = test.app.store.orders(&test.app.programme.id, &filter).await.unwrap();
    let mut handed_over = 0;
    for order in &orders {
        let effects = ledger.effects_for(Operation::CreateDraft, &order.id);
        match order.state {
            OrderState::Submitted => {
                assert_eq!(effects, 1, "{}", order.id);
                handed_over += 1;
            }
            OrderState::Accepted => assert!(effects <= 1, "{}", order.id),
            state => panic!("{} is {state:?}", order.id),
        }
    }
    println!("chaos: {} orders, {handed_over} handed over, {}", orders.len(), test.stand_ins.ledger().told());
    assert_eq!(orders.len(), ORDERS as usize);
    assert!(handed_over >= 400, "{handed_over}");
    test.assert_whole().await;
}

/// What breaks on the way, whatever the server does.
const ON_THE_WIRE: [ChaosKind; 12] = [
    ChaosKind::ResetBefore,
    ChaosKind::ResetAfter,
    ChaosKind::HangBefore,
    ChaosKind::HangAfter,
    ChaosKind::Drip,
    ChaosKind::Cut,
    ChaosKind::BrokenChunkBefore,
    ChaosKind::BrokenChunkAfter,
    ChaosKind::RubbishBefore,
    ChaosKind::RubbishAfter,
    ChaosKind::RefuseBefore,
    ChaosKind::RefuseAfter,
];

#[tokio::test(flavor = "multi_thread")]
async fn orders_are_handed_over_once_whatever_breaks_on_the_wire() {
    let test = TestApp::empty_with("2026-03-12T15:00:00Z".parse().unwrap(), hurried).await;
    test.confirm(&[(ALMESE, CUP_ALMESE, 900_000_000_000), (ALPIGNANO, "J51B26000020006", 1)]).await;
    const COUNT: u32 = 120;
    for n in 1..=COUNT {
        let (_, answer) = test.submit(&format!("k{n}"), &order_of(n, 1)).await;
        assert_eq!(answer["verdict"], "accepted", "{answer}");
    }
    go_wrong(&test, RATE_PERCENT, &ON_THE_WIRE);
    work_through(&test).await;
    let ledger = test.stand_ins.ledger();
    assert_eq!(ledger.doubles(), []);
    assert_eq!(blind_repeats(&ledger), 0);
    let filter = OrderFilter { limit: COUNT, ..OrderFilter::default() };
    let orders = test.app.store.orders(&test.app.programme.id, &filter).await.unwrap();
    let submitted = orders.iter().filter(|order| order.state == OrderState::Submitted).count();
    for order in &orders {
        let effects = ledger.effects_for(Operation::CreateDraft, &order.id);
        assert!(effects == 1 || (effects == 0 && order.state == OrderState::Accepted), "{}", order.id);
    }
    println!("chaos: on the wire, {submitted} of {COUNT} handed over, {}", test.stand_ins.ledger().told());
    assert!(submitted >= 100, "{submitted}");
    test.assert_whole().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn two_processes_on_one_store_send_nothing_twice() {
    let test = TestApp::empty_with("2026-03-12T15:00:00Z".parse().unwrap(), hurried).await;
    test.confirm(&[(ALMESE, CUP_ALMESE, 900_000_000_000), (ALPIGNANO, "J51B26000020006", 1)]).await;
    let other = App::open(test.app.settings.clone(), test.app.clock.clone()).await.unwrap();
    for n in 1..=120 {
        let (_, answer) = test.submit(&format!("k{n}"), &order_of(n, 1)).await;
        assert_eq!(answer["verdict"], "accepted", "{answer}");
    }
    go_wrong(&test, RATE_PERCENT, &[]);
    for _ in 0..60 {
        let now = test.app.clock.now() + TimeDelta::minutes(7);
        test.app.clock.set(now);
        other.clock.set(now);
        test.stand_ins.clock().stop_at(now);
        let (one, two) = tokio::join!(work_until_idle(&test.app), work_until_idle(&other));
        one.unwrap();
        two.unwrap();
    }
    let ledger = test.stand_ins.ledger();
    assert_eq!(ledger.doubles(), []);
    assert_eq!(blind_repeats(&ledger), 0);
    let filter = OrderFilter { limit: 200, ..OrderFilter::default() };
    for order in test.app.store.orders(&test.app.programme.id, &filter).await.unwrap() {
        assert_eq!(
            (order.state, ledger.effects_for(Operation::CreateDraft, &order.id)),
            (OrderState::Submitted, 1)
        );
    }
    println!("chaos: two processes, {}", test.stand_ins.ledger().told());
    test.assert_whole().await;
}

/// How often something was sent again without having been asked for.
fn blind_repeats(ledger: &Ledger) -> u64 {
    [Operation::CommunicateCup, Operation::CreateDraft].map(|sent| ledger.blind_repeats(sent)).iter().sum()
}
