// SPDX-License-Identifier: EUPL-1.2
//! Calls that are owed: what had no effect is tried again for ever, what is in doubt is asked about, nothing is done twice,
//! and people see what is not going well.

use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use chrono::TimeDelta;
use mepa_gateway::app::App;
use mepa_gateway::flows::deliver::deliver;
use mepa_gateway::store::StoreError;
use mepa_gateway::store::outbox::{Claimed, Delivery, FOLLOW, GENERATE_CUP, HAND_OVER, Trouble};
use mepa_gateway::worker::{run, work_until_idle};
use mepa_gateway_mocks::{Azione, Fault, Operation, Platform};
use serde_json::Value;
use sqlx::{Connection, SqliteConnection};
use tokio::sync::watch;

use crate::support::{ALMESE, TestApp, good_order, nth_order, order_of};

/// Time goes by on all clocks, then the worker does what is due.
async fn after(test: &TestApp, pause: TimeDelta) {
    let now = test.app.clock.now() + pause;
    test.app.clock.set(now);
    test.stand_ins.clock().stop_at(now);
    test.work().await;
}

async fn hours(test: &TestApp, count: u32) {
    for _ in 0..count {
        after(test, TimeDelta::hours(1)).await;
    }
}

/// Submits an order that is accepted; gives its id.
async fn accepted(test: &TestApp, key: &str, order: &Value) -> String {
    let (_, answer) = test.submit(key, order).await;
    assert_eq!(answer["verdict"], "accepted", "{answer}");
    answer["id"].as_str().unwrap().to_owned()
}

async fn state(test: &TestApp, id: &str) -> String {
    let order: Value = test.get("token-rup", &format!("/orders/{id}")).await.json().await.unwrap();
    order["state"].as_str().unwrap().to_owned()
}

async fn cancel(test: &TestApp, id: &str, key: &str) -> u16 {
    let path = format!("/orders/{id}/cancellation");
    test.post("token-rup", &path, key, "application/json", vec![]).await.status().as_u16()
}

/// The one lot of calls that is not going well.
async fn trouble(test: &TestApp) -> Trouble {
    let mut troubles = test.troubles().await;
    assert_eq!(troubles.len(), 1, "{troubles:?}");
    troubles.remove(0)
}

async fn claim(test: &TestApp, limit: u32) -> Vec<Claimed> {
    let (now, lease) = (test.app.clock.now(), TimeDelta::seconds(240));
    let claimed = test.app.store.write(move |tx| Box::pin(async move { tx.claim(limit, now, lease).await }));
    claimed.await.unwrap()
}

/// Marks that a message of a call goes out, as a worker does right before.
async fn mark(test: &TestApp, call: &Claimed) -> Result<(), StoreError> {
    let (event_key, fence, now) = (call.event_key.clone(), call.fence, test.app.clock.now());
    let marked = test
        .app
        .store
        .write(move |tx| Box::pin(async move { tx.mark_sending(&event_key, fence, now).await }));
    marked.await
}

async fn edit(test: &TestApp, sql: &'static str) {
    let url = format!("sqlite:{}", test.app.settings.store.path.display());
    let mut connection = SqliteConnection::connect(&url).await.unwrap();
    sqlx::query("PRAGMA foreign_keys = off").execute(&mut connection).await.unwrap();
    sqlx::query(sql).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

#[tokio::test]
async fn a_hand_over_outlives_two_days_of_expired_credentials_or_spent_quota() {
    for status in [401, 403, 429] {
        let test = TestApp::purchasing().await;
        test.stand_ins.add_fault(Fault::on(Operation::CreateDraft).status(status).forever());
        let id = accepted(&test, "k1", &good_order()).await;
        test.work().await;
        hours(&test, 48).await;
        assert_eq!(state(&test, &id).await, "accepted");
        let told = trouble(&test).await;
        assert_eq!((&*told.kind, &*told.state, told.count), (HAND_OVER, "pending", 1), "{told:?}");
        assert!(told.last_error.contains("acquistinretepa hand_over"), "{told:?}");
        assert!(test.stand_ins.ledger().calls(Operation::CreateDraft) >= 48, "an hour apart at most");
        test.stand_ins.clear_faults(Platform::Acquistinretepa);
        after(&test, TimeDelta::hours(1)).await;
        assert_eq!(state(&test, &id).await, "submitted");
        assert_eq!(test.stand_ins.ledger().effects_for(Operation::CreateDraft, &id), 1);
        assert_eq!(test.troubles().await, []);
        test.assert_whole().await;
    }
}

#[tokio::test]
async fn following_an_order_never_ends_because_of_a_failed_call() {
    let absent = r#"{"type": "urn:acquistinretepa:problema:ordine-inesistente", "title": "t", "status": 404, "detail": "d"}"#;
    for fault in [
        Fault::on(Operation::ReadOrder).status(401),
        Fault::on(Operation::ReadOrder).status(404).body("application/problem+json", absent),
        Fault::on(Operation::ReadOrder).status(200).body("application/json", "{}"),
    ] {
        let test = TestApp::purchasing().await;
        let id = accepted(&test, "k1", &good_order()).await;
        test.work().await;
        test.stand_ins.add_fault(fault.forever());
        hours(&test, 20).await;
        assert_eq!(&*trouble(&test).await.state, "pending");
        test.stand_ins.clear_faults(Platform::Acquistinretepa);
        let number = test.app.store.order(&id).await.unwrap().unwrap().oda_number.unwrap();
        test.stand_ins.act(&number, Azione::FirmaEInvia, None).unwrap();
        hours(&test, 1).await;
        assert_eq!(state(&test, &id).await, "sent");
    }
}

#[tokio::test]
async fn an_order_that_was_handed_over_in_vain_is_withdrawn_at_once() {
    let test = TestApp::purchasing().await;
    test.stand_ins.add_fault(Fault::on(Operation::CreateDraft).status(401));
    let id = accepted(&test, "k1", &good_order()).await;
    test.work().await;
    assert_eq!(cancel(&test, &id, "c1").await, 200, "certainly nothing is on the platform");
    assert_eq!(test.balances(ALMESE).await.0, 0);
    hours(&test, 2).await;
    assert_eq!(test.stand_ins.ledger().calls(Operation::CreateDraft), 1);
    assert_eq!(test.troubles().await, [], "what was withdrawn is no trouble");
    test.assert_whole().await;
}

#[tokio::test]
async fn a_hand_over_in_doubt_whose_question_fails_stays_in_doubt() {
    let test = TestApp::purchasing().await;
    test.stand_ins.add_fault(Fault::on(Operation::CreateDraft).dropped().after_effect());
    test.stand_ins.add_fault(Fault::on(Operation::FindOrders).status(401).times(20));
    let id = accepted(&test, "k1", &good_order()).await;
    test.work().await;
    hours(&test, 20).await;
    let told = trouble(&test).await;
    assert_eq!((&*told.state, told.count), ("uncertain", 1), "{told:?}");
    assert_eq!(cancel(&test, &id, "c1").await, 409, "the draft may be there");
    hours(&test, 1).await;
    assert_eq!(state(&test, &id).await, "submitted");
    assert_eq!(test.stand_ins.ledger().calls(Operation::CreateDraft), 1);
    test.assert_whole().await;
}

#[tokio::test]
async fn follows_wait_while_hand_overs_are_due() {
    let test = TestApp::purchasing().await;
    accepted(&test, "k1", &nth_order(1)).await;
    test.work().await;
    test.app.clock.advance(TimeDelta::minutes(10));
    accepted(&test, "k2", &nth_order(2)).await;
    let kinds: Vec<String> = claim(&test, 2).await.into_iter().map(|call| call.kind).collect();
    assert_eq!(kinds, [HAND_OVER, FOLLOW], "the follow fell due five minutes before");
}

/// Six orders, the first of which is slow to be handed over, and two slots: `work` hands the other five over meanwhile.
async fn assert_one_slow_call_holds_up_no_other<W>(work: impl FnOnce(Arc<App>) -> W)
where
    W: Future<Output = ()> + Send + 'static,
{
    let test = TestApp::purchasing_with(|settings| {
        settings.worker.concurrency = 2;
        settings.platforms.acquistinretepa.call.write_timeout_ms = 60_000;
    })
    .await;
    test.stand_ins.add_fault(Fault::on(Operation::CreateDraft).delay(Duration::from_secs(60)));
    let mut ids = Vec::new();
    for n in 0..6 {
        ids.push(accepted(&test, &format!("k{n}"), &order_of(n, 1)).await);
    }
    let worker = tokio::spawn(work(Arc::clone(&test.app)));
    let all_but_one = async {
        loop {
            let mut handed_over = 0;
            for id in &ids {
                handed_over += usize::from(state(&test, id).await == "submitted");
            }
            if handed_over == ids.len() - 1 {
                return;
            }
        }
    };
    tokio::time::timeout(Duration::from_secs(30), all_but_one)
        .await
        .expect("the others wait for the slow one");
    assert!(!worker.is_finished(), "the slow one is still under way");
    worker.abort();
}

#[tokio::test]
async fn one_slow_call_does_not_hold_up_the_others_of_a_worker_that_stays() {
    let (_stopping, stopped) = watch::channel(false);
    assert_one_slow_call_holds_up_no_other(|app| run(app, stopped)).await;
}

#[tokio::test]
async fn one_slow_call_does_not_hold_up_the_others_of_a_worker_that_ends() {
    assert_one_slow_call_holds_up_no_other(async |app| drop(work_until_idle(&app).await)).await;
}

#[tokio::test]
async fn a_worker_that_is_stopped_finishes_what_is_under_way() {
    let test = TestApp::purchasing().await;
    test.stand_ins.add_fault(Fault::on(Operation::CreateDraft).delay(Duration::from_millis(300)));
    let id = accepted(&test, "k1", &good_order()).await;
    let (stopping, stopped) = watch::channel(false);
    let worker = tokio::spawn(run(Arc::clone(&test.app), stopped));
    while test.stand_ins.ledger().calls(Operation::CreateDraft) == 0 {
        tokio::task::yield_now().await;
    }
    stopping.send_replace(true);
    worker.await.unwrap();
    assert_eq!(state(&test, &id).await, "submitted");
}

#[tokio::test]
async fn what_died_before_it_was_sent_is_no_attempt_and_leaves_no_doubt() {
    let test = TestApp::purchasing().await;
    let id = accepted(&test, "k1", &good_order()).await;
    for _ in 0..2 * test.app.settings.worker.attempts_max {
        let claimed = claim(&test, 10).await.remove(0);
        assert_eq!((claimed.attempt, claimed.counted, claimed.uncertain), (1, 1, false));
        test.app.clock.advance(TimeDelta::seconds(240));
    }
    test.work().await;
    assert_eq!(state(&test, &id).await, "submitted");
    let ledger = test.stand_ins.ledger();
    assert_eq!((ledger.calls(Operation::CreateDraft), ledger.calls(Operation::FindOrders)), (1, 0));
    test.assert_whole().await;
}

#[tokio::test]
async fn what_died_after_it_was_marked_as_sent_is_asked_about() {
    let test = TestApp::purchasing().await;
    let id = accepted(&test, "k1", &good_order()).await;
    let claimed = claim(&test, 10).await.remove(0);
    mark(&test, &claimed).await.unwrap();
    test.app.clock.advance(TimeDelta::seconds(240));
    let again = claim(&test, 10).await.remove(0);
    assert_eq!((again.attempt, again.counted, again.uncertain), (2, 2, true));
    assert!(matches!(mark(&test, &claimed).await, Err(StoreError::Changed)), "it was taken over");
    // The doubt outlives a death before anything more was sent.
    test.app.clock.advance(TimeDelta::seconds(240));
    let again = claim(&test, 10).await.remove(0);
    assert_eq!((again.attempt, again.counted, again.uncertain), (2, 2, true));
    test.app.clock.advance(TimeDelta::seconds(240));
    test.work().await;
    assert_eq!(state(&test, &id).await, "submitted");
    assert_eq!(test.stand_ins.ledger().calls(Operation::FindOrders), 1);
    test.assert_whole().await;
}

#[tokio::test]
async fn a_worker_that_lost_its_call_sends_nothing() {
    let test = TestApp::purchasing().await;
    let id = accepted(&test, "k1", &good_order()).await;
    // It asks first; until the answer comes, that nothing is there, another process has taken the call and handed it over.
    let claimed = claim(&test, 10).await.remove(0);
    mark(&test, &claimed).await.unwrap();
    test.app.clock.advance(TimeDelta::seconds(240));
    test.stand_ins.add_fault(Fault::on(Operation::FindOrders).delay(Duration::from_millis(1_500)));
    let slow = claim(&test, 10).await.remove(0);
    let app = Arc::clone(&test.app);
    let stale = tokio::spawn(async move { deliver(&app, slow).await });
    while test.stand_ins.ledger().calls(Operation::FindOrders) == 0 {
        tokio::task::yield_now().await;
    }
    test.app.clock.advance(TimeDelta::seconds(240));
    test.work().await;
    assert!(matches!(stale.await.unwrap(), Err(StoreError::Changed)));
    assert_eq!(state(&test, &id).await, "submitted");
    assert_eq!(test.stand_ins.ledger().calls(Operation::CreateDraft), 1, "sent by the one that has it");
}

#[tokio::test]
async fn a_call_that_is_sent_again_and_again_without_outcome_ends_with_a_person() {
    let test = TestApp::purchasing().await;
    let id = accepted(&test, "k1", &good_order()).await;
    for _ in 0..test.app.settings.worker.attempts_max {
        mark(&test, &claim(&test, 10).await[0]).await.unwrap();
        test.app.clock.advance(TimeDelta::seconds(240));
    }
    test.work().await;
    assert_eq!(test.stand_ins.ledger().calls(Operation::FindOrders), 0);
    let told = trouble(&test).await;
    assert_eq!((&*told.kind, &*told.state), (HAND_OVER, "to_verify"));
    assert!(told.last_error.contains("never written back"), "{told:?}");
    assert_eq!(cancel(&test, &id, "c1").await, 409);
}

#[tokio::test]
async fn a_follow_without_outcome_is_put_off_and_lives_on() {
    let test = TestApp::purchasing().await;
    let id = accepted(&test, "k1", &good_order()).await;
    test.work().await;
    test.app.clock.advance(TimeDelta::minutes(10));
    for _ in 0..=100 {
        assert_eq!(claim(&test, 10).await.len(), 1);
        test.app.clock.advance(TimeDelta::seconds(240));
    }
    test.work().await;
    assert_eq!(test.stand_ins.ledger().calls(Operation::ReadOrder), 0, "not every lease");
    assert_eq!(&*trouble(&test).await.state, "pending");
    let number = test.app.store.order(&id).await.unwrap().unwrap().oda_number.unwrap();
    test.stand_ins.act(&number, Azione::FirmaEInvia, None).unwrap();
    hours(&test, 1).await;
    assert_eq!(state(&test, &id).await, "sent");
}

#[tokio::test]
async fn an_order_that_cannot_be_handed_over_is_told_with_the_reason() {
    for (tampering, reason) in [
        (
            "UPDATE orders SET id = 'no-uuid'; UPDATE document SET order_id = 'no-uuid'; UPDATE outbox SET order_id = 'no-uuid'",
            "no UUID",
        ),
        ("UPDATE orders SET state = 'cancelled'", "not accepted but cancelled"),
        ("DELETE FROM orders", "not stored"),
    ] {
        let test = TestApp::purchasing().await;
        accepted(&test, "k1", &good_order()).await;
        edit(&test, tampering).await;
        test.work().await;
        let told = trouble(&test).await;
        assert_eq!(&*told.state, "to_verify");
        assert!(told.last_error.contains(reason), "{told:?}");
        assert_eq!(test.stand_ins.ledger().calls(Operation::CreateDraft), 0, "{tampering}");
    }
}

#[tokio::test]
async fn queuing_again_opens_what_was_ended_and_leaves_the_rest() {
    let test = TestApp::purchasing().await;
    let comune = ALMESE.parse().unwrap();
    let why = || "x".to_owned();
    let now = test.app.clock.now();
    for (delivery, then) in [
        (None, "pending"),
        (Some(Delivery::Refused { why: why() }), "pending"),
        (Some(Delivery::ToVerify { why: why() }), "uncertain"),
        (Some(Delivery::Ask { at: now, why: why() }), "uncertain"),
        (Some(Delivery::Done), "confirmed"),
    ] {
        let told = delivery.clone();
        let queued = test.app.store.write(move |tx| {
            Box::pin(async move {
                tx.enqueue(GENERATE_CUP, "programme", &comune, now).await?;
                if let Some(delivery) = delivery {
                    let claimed = tx.claim(1, now, TimeDelta::seconds(1)).await?;
                    tx.deliver(&claimed[0], &delivery, now).await?;
                }
                tx.enqueue(GENERATE_CUP, "programme", &comune, now).await
            })
        });
        queued.await.unwrap();
        let counts = test.app.store.outbox_counts().await.unwrap();
        assert_eq!(counts, [(GENERATE_CUP.to_owned(), then.to_owned(), 1)], "after {told:?}");
    }
}

#[tokio::test]
async fn only_attempts_that_may_have_done_something_count() {
    let test = TestApp::purchasing().await;
    let (comune, at, why) = (ALMESE.parse().unwrap(), test.app.clock.now(), || "x".to_owned());
    let claimed = test.app.store.write(move |tx| {
        Box::pin(async move {
            tx.enqueue(GENERATE_CUP, "programme", &comune, at).await?;
            for delivery in [
                Delivery::Again { at, why: why() },
                Delivery::Ask { at, why: why() },
                Delivery::AskLater { at, why: why() },
                Delivery::Ask { at, why: why() },
            ] {
                let claimed = tx.claim(1, at, TimeDelta::seconds(1)).await?;
                tx.deliver(&claimed[0], &delivery, at).await?;
            }
            tx.claim(1, at, TimeDelta::seconds(1)).await
        })
    });
    let claimed = claimed.await.unwrap().remove(0);
    assert_eq!((claimed.attempt, claimed.counted), (5, 3));
}

#[tokio::test]
async fn a_claim_opened_again_begins_to_count_anew() {
    let test = TestApp::purchasing().await;
    let (comune, now) = (ALMESE.parse().unwrap(), test.app.clock.now());
    let claimed = test.app.store.write(move |tx| {
        Box::pin(async move {
            tx.enqueue(GENERATE_CUP, "programme", &comune, now).await?;
            for _ in 0..3 {
                let claimed = tx.claim(1, now, TimeDelta::seconds(1)).await?;
                tx.deliver(&claimed[0], &Delivery::ToVerify { why: "x".into() }, now).await?;
                tx.enqueue(GENERATE_CUP, "programme", &comune, now).await?;
            }
            let last = tx.claim(1, now, TimeDelta::seconds(1)).await?;
            let stale = Claimed { fence: 1, ..last[0].clone() };
            assert!(matches!(tx.deliver(&stale, &Delivery::Done, now).await, Err(StoreError::Changed)));
            Ok(last)
        })
    });
    let claimed = claimed.await.unwrap().remove(0);
    assert_eq!((claimed.attempt, claimed.counted, claimed.fence, claimed.uncertain), (1, 1, 4, true));
}

#[tokio::test]
async fn doctor_shows_what_is_not_going_well() {
    let test = TestApp::purchasing().await;
    test.stand_ins.add_fault(Fault::on(Operation::CreateDraft).status(401));
    let id = accepted(&test, "k1", &good_order()).await;
    test.work().await;
    let (path, urls) = (test.app.settings.store.path.clone(), test.stand_ins.urls());
    let doctor = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mepa-gateway"));
        command.arg("doctor").env("MEPA__STORE__PATH", &path);
        command.env("MEPA__PLATFORMS__SISTEMA_CUP__BASE_URL", &urls.sistema_cup);
        command.env("MEPA__PLATFORMS__LAVORO_PUBBLICO__BASE_URL", &urls.lavoro_pubblico);
        command.env("MEPA__PLATFORMS__ACQUISTINRETEPA__BASE_URL", &urls.acquistinretepa);
        let output = command.output().unwrap();
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let (code, told) = doctor();
    assert_eq!(code, Some(1), "{told}");
    assert!(told.contains("ok   calls: oda.hand_over pending 1\n"), "{told}");
    let mend: Vec<&str> = told.lines().filter(|line| line.starts_with("MEND")).collect();
    assert!(mend.len() == 1 && mend[0].starts_with("MEND calls oda.hand_over pending: 1, last"), "{told}");
    assert!(mend[0].contains(&id) && mend[0].contains("credentials not accepted"), "{told}");
    hours(&test, 1).await;
    let (code, told) = doctor();
    assert_eq!(code, Some(0), "{told}");
}

#[tokio::test]
async fn a_refused_hand_over_is_seen_where_people_look() {
    let test = TestApp::purchasing().await;
    let refusal = r#"{"type": "urn:acquistinretepa:problema:regola-violata", "title": "t", "status": 422, "detail": "no"}"#;
    let refusing = Fault::on(Operation::CreateDraft).status(422).body("application/problem+json", refusal);
    test.stand_ins.add_fault(refusing.forever());
    let id = accepted(&test, "k1", &good_order()).await;
    test.work().await;
    let order: Value = test.get("token-rup", &format!("/orders/{id}")).await.json().await.unwrap();
    assert_eq!(order["platform_troubles"][0]["call"], "oda.hand_over", "{order}");
    assert_eq!(order["platform_troubles"][0]["state"], "refused", "{order}");
    let events: Value = test.get("token-rup", "/events?cursor=0").await.json().await.unwrap();
    let last = events["items"].as_array().unwrap().last().unwrap();
    assert_eq!(last["event"], "call.refused", "{last}");
    assert_eq!(cancel(&test, &id, "c1").await, 200);
    test.assert_whole().await;
}

#[tokio::test]
async fn an_order_sent_after_the_window_is_an_event_for_people() {
    let test = TestApp::purchasing().await;
    let ids =
        [accepted(&test, "k1", &order_of(1, 100)).await, accepted(&test, "k2", &order_of(2, 100)).await];
    test.work().await;
    for (id, at) in ids.iter().zip(["2026-03-31T21:59:59Z", "2026-03-31T22:00:00Z"]) {
        test.move_to(at);
        let number = test.app.store.order(id).await.unwrap().unwrap().oda_number.unwrap();
        test.stand_ins.act(&number, Azione::FirmaEInvia, None).unwrap();
    }
    hours(&test, 1).await;
    let events = test.app.store.events(None, 0, 200).await.unwrap();
    let late: Vec<_> = events.iter().filter(|event| event.action == "oda.sent_outside_window").collect();
    assert_eq!(late.len(), 1, "{events:?}");
    assert_eq!((&late[0].subject, &*late[0].detail), (&ids[1], "sent_at=2026-03-31T22:00:00Z"));
    assert_eq!(state(&test, &ids[1]).await, "sent", "the contract stands all the same");
    test.assert_whole().await;
}
