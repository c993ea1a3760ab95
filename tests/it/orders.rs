// SPDX-License-Identifier: EUPL-1.2
//! Orders over HTTP: judged, reserved, repeated, completed, withdrawn, handed over, followed.

use std::sync::Arc;

use axum::body::Bytes;
use mepa_gateway::domain::role::Role;
use mepa_gateway_mocks::{Azione, Fault, Operation};
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::support::{ALMESE, TestApp, bytes, good_order, nth_order, token};

fn rules(answer: &Value, severity: &str) -> Vec<String> {
    let findings = answer["findings"].as_array().unwrap();
    let found = findings.iter().filter(|finding| finding["severity"] == severity);
    found.map(|finding| finding["rule"].as_str().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn a_good_order_is_accepted_reserved_and_handed_over_once() {
    let test = TestApp::purchasing().await;
    let (status, answer) = test.submit("k1", &good_order()).await;
    assert_eq!((status.as_u16(), answer["verdict"].as_str()), (201, Some("accepted")), "{answer}");
    assert_eq!(answer["reserved"], json!({ "amount": "12169.74", "currency": "EUR" }));
    assert_eq!(test.balances(ALMESE).await, (1_216_974, 0, 3_547_147 - 1_216_974));
    test.work().await;
    let id = answer["id"].as_str().unwrap();
    let order: Value = test.get(&token(Role::Lettore), &format!("/orders/{id}")).await.json().await.unwrap();
    assert_eq!(order["state"], "submitted");
    assert_eq!(test.stand_ins.ledger().effects_for(Operation::CreateDraft, id), 1);

    let number = order["oda_number"].as_str().unwrap();
    test.stand_ins.act(number, Azione::FirmaEInvia, None).unwrap();
    test.stand_ins.act(number, Azione::Accetta, None).unwrap();
    test.move_to("2026-03-12T16:00:00Z");
    test.work().await;
    let order: Value = test.get(&token(Role::Lettore), &format!("/orders/{id}")).await.json().await.unwrap();
    assert_eq!(order["state"], "supplier_accepted");
    assert_eq!(test.balances(ALMESE).await, (0, 1_216_974, 3_547_147 - 1_216_974));
    test.assert_whole().await;
}

#[tokio::test]
async fn the_same_request_gets_the_same_bytes_and_another_body_is_refused() {
    let test = TestApp::purchasing().await;
    let body = bytes(&good_order());
    let send = |body: Vec<u8>| test.post("token-rup", "/orders", "same", "application/json", body);
    let first = send(body.clone()).await;
    let location = first.headers()["location"].clone();
    let first = first.bytes().await.unwrap();
    for _ in 0..3 {
        let again = send(body.clone()).await;
        assert_eq!((again.status().as_u16(), &again.headers()["location"]), (201, &location));
        assert_eq!(again.bytes().await.unwrap(), first);
    }
    let other = send(bytes(&nth_order(2))).await;
    assert_eq!(other.status().as_u16(), 409);
    // The same key in another client's hands is another key.
    let other = test.post("other-town", "/orders", "same", "application/json", body).await;
    assert_eq!(other.status().as_u16(), 201);
    assert_eq!(test.balances(ALMESE).await.0, 1_216_974);
    test.assert_whole().await;
}

#[tokio::test]
async fn an_incomplete_order_reserves_nothing_until_its_declarations_are_given() {
    let test = TestApp::purchasing().await;
    let mut order = good_order();
    let declarations = order["declarations"].take();
    order.as_object_mut().unwrap().remove("declarations");
    let (status, answer) = test.submit("k1", &order).await;
    assert_eq!((status.as_u16(), answer["verdict"].as_str()), (201, Some("incomplete")), "{answer}");
    assert!(rules(&answer, "curable").contains(&"ORD-100".to_owned()));
    assert_eq!(test.balances(ALMESE).await.0, 0);

    let id = answer["id"].as_str().unwrap();
    let path = format!("/orders/{id}/declarations");
    let given = json!({ "declarations": declarations });
    let added = test.post("token-rup", &path, "d1", "application/json", bytes(&given)).await;
    assert_eq!(added.status().as_u16(), 201, "{}", added.text().await.unwrap());
    let recheck =
        test.post("token-rup", &format!("/orders/{id}/recheck"), "r1", "application/json", vec![]).await;
    let first = recheck.bytes().await.unwrap();
    let answer: Value = serde_json::from_slice(&first).unwrap();
    assert_eq!(answer["verdict"], "accepted", "{answer}");
    assert_eq!(test.balances(ALMESE).await.0, 1_216_974);
    let again =
        test.post("token-rup", &format!("/orders/{id}/recheck"), "r1", "application/json", vec![]).await;
    assert_eq!(again.bytes().await.unwrap(), first, "a repeated recheck is the same answer");
    let other =
        test.post("token-rup", &format!("/orders/{id}/recheck"), "r2", "application/json", vec![]).await;
    assert_eq!(other.status().as_u16(), 409, "it is not incomplete any more");
    test.assert_whole().await;
}

#[tokio::test]
async fn a_dry_run_judges_and_stores_nothing() {
    let test = TestApp::purchasing().await;
    let request =
        test.bare_post("/orders?dry_run=true").bearer_auth("token-lettore").body(bytes(&good_order()));
    let answer: Value = request.send().await.unwrap().json().await.unwrap();
    assert_eq!((&answer["verdict"], &answer["dry_run"]), (&json!("accepted"), &json!(true)));
    let orders: Value = test.get("token-rup", "/orders").await.json().await.unwrap();
    assert_eq!(orders["items"], json!([]));
}

#[tokio::test]
async fn a_withdrawn_order_leaves_the_sums_of_its_supplier() {
    let test = TestApp::purchasing().await;
    let mut ids = Vec::new();
    for (n, date) in [(1, "2026-03-02"), (2, "2026-03-10")] {
        let mut order = nth_order(n);
        order["order_date"] = date.into();
        order["declarations"]
            .as_array_mut()
            .unwrap()
            .iter_mut()
            .for_each(|one| one["signed_on"] = "2026-03-01".into());
        order.as_object_mut().unwrap().remove("sent_at");
        let (_, answer) = test.submit(&n.to_string(), &order).await;
        assert_eq!(answer["verdict"], "accepted", "{answer}");
        ids.push(answer["id"].as_str().unwrap().to_owned());
    }
    let path = format!("/orders/{}/cancellation", ids[1]);
    assert_eq!(test.post("token-rup", &path, "c", "application/json", vec![]).await.status().as_u16(), 200);
    let (_, third) = test.submit("3", &nth_order(3)).await;
    let rotation =
        third["findings"].as_array().unwrap().iter().find(|finding| finding["rule"] == "ORD-072").unwrap();
    assert!(rotation["message"].as_str().unwrap().contains("1 (ultimo del 02/03/2026)"), "{rotation}");
    test.assert_whole().await;
}

#[tokio::test]
async fn no_date_however_far_away_escapes_the_rules() {
    let test = TestApp::purchasing().await;
    for (n, date) in [(1, "0000-01-01"), (2, "0001-01-01"), (3, "1900-01-01"), (4, "9999-12-31")] {
        let mut order = nth_order(n);
        order["order_date"] = date.into();
        order["currency"] = "USD".into();
        order["own_funds"] = "-5000.00".into();
        order.as_object_mut().unwrap().remove("sent_at");
        let (status, answer) = test.submit(date, &order).await;
        assert_eq!((status.as_u16(), &answer["verdict"]), (201, &json!("refused")), "{answer}");
        let blocks = rules(&answer, "blocks");
        for rule in ["ORD-050", "ORD-044"] {
            assert!(blocks.contains(&rule.to_owned()), "{date}: {rule} in {blocks:?}");
        }
    }
    assert_eq!(test.balances(ALMESE).await.0, 0);
}

#[tokio::test]
async fn what_is_answered_first_is_what_is_read_afterwards() {
    let test = TestApp::purchasing().await;
    let mut lacking = nth_order(2);
    lacking["declarations"] = json!([]);
    for order in [nth_order(1), lacking] {
        let key = order["order_number"].as_str().unwrap();
        let posted =
            test.post("token-rup", "/orders", key, "application/json", bytes(&order)).await.bytes().await;
        let posted = posted.unwrap();
        let answer: Value = serde_json::from_slice(&posted).unwrap();
        let read = test.get("token-rup", &format!("/orders/{}", answer["id"].as_str().unwrap())).await;
        assert_eq!(read.bytes().await.unwrap(), posted);
    }
}

/// Sends the same POST many times at once, under one key or each under its own; the answers, sorted.
async fn crowd(test: &Arc<TestApp>, path: &str, one_key: bool) -> Vec<(u16, Bytes)> {
    let mut sent = JoinSet::new();
    for n in 0..20 {
        let (test, path) = (Arc::clone(test), path.to_owned());
        let key = if one_key { "one".to_owned() } else { format!("key-{n}") };
        sent.spawn(async move {
            let answer = test.post("token-rup", &path, &key, "application/json", vec![]).await;
            (answer.status().as_u16(), answer.bytes().await.unwrap())
        });
    }
    let mut answers = sent.join_all().await;
    answers.sort();
    answers
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn a_crowd_of_equal_changes_makes_one_and_gets_its_answer() {
    let test = Arc::new(TestApp::purchasing().await);
    for one_key in [true, false] {
        let mut order = nth_order(u32::from(one_key));
        let declarations = order["declarations"].take();
        order["declarations"] = json!([]);
        let (_, answer) = test.submit(&format!("submit {one_key}"), &order).await;
        let path = format!("/orders/{}", answer["id"].as_str().unwrap());
        let given = bytes(&json!({ "declarations": declarations }));
        let key = format!("declare {one_key}");
        test.post("token-rup", &format!("{path}/declarations"), &key, "application/json", given).await;
        for (change, done) in [("recheck", 200), ("cancellation", 200)] {
            let answers = crowd(&test, &format!("{path}/{change}"), one_key).await;
            assert_eq!(answers[0].0, done, "{change}: {answers:?}");
            let others = answers.iter().filter(|answer| **answer != answers[0]).count();
            let conflicts = answers.iter().filter(|(status, _)| *status == 409).count();
            let expected = if one_key { (0, 0) } else { (19, 19) };
            assert_eq!((others, conflicts), expected, "{change}: {answers:?}");
        }
    }
    test.assert_whole().await;
}

#[tokio::test]
async fn number_and_cig_can_be_used_once_while_the_order_lives() {
    let test = TestApp::purchasing().await;
    let (_, first) = test.submit("k1", &nth_order(1)).await;
    assert_eq!(first["verdict"], "accepted");
    let mut twin = nth_order(2);
    twin["order_number"] = nth_order(1)["order_number"].clone();
    let (_, answer) = test.submit("k2", &twin).await;
    assert_eq!(rules(&answer, "blocks"), ["ORD-110"]);
    let mut twin = nth_order(3);
    twin["cig"] = nth_order(1)["cig"].clone();
    let (_, answer) = test.submit("k3", &twin).await;
    assert_eq!(rules(&answer, "blocks"), ["ORD-023"]);

    let id = first["id"].as_str().unwrap();
    let cancelled =
        test.post("token-rup", &format!("/orders/{id}/cancellation"), "c1", "application/json", vec![]).await;
    assert_eq!(cancelled.status().as_u16(), 200);
    assert_eq!(test.balances(ALMESE).await.0, 0);
    let (_, answer) = test.submit("k4", &nth_order(1)).await;
    assert_eq!(answer["verdict"], "accepted", "the withdrawn order gave number and CIG back: {answer}");
    test.work().await;
    assert_eq!(
        test.stand_ins.ledger().effects_for(Operation::CreateDraft, id),
        0,
        "the withdrawn order was never sent"
    );
    test.assert_whole().await;
}

#[tokio::test]
async fn a_draft_is_withdrawn_on_the_platform_before_its_money_comes_back() {
    let test = TestApp::purchasing().await;
    let (_, answer) = test.submit("k1", &good_order()).await;
    test.work().await;
    let id = answer["id"].as_str().unwrap();
    let path = format!("/orders/{id}/cancellation");
    let asked = test.post("token-rup", &path, "c1", "application/json", vec![]).await;
    assert_eq!(asked.status().as_u16(), 202);
    assert_eq!(test.balances(ALMESE).await.0, 1_216_974, "the platform has not said so yet");
    test.work().await;
    assert_eq!(test.balances(ALMESE).await.0, 0);
    let again = test.post("token-rup", &path, "c2", "application/json", vec![]).await;
    assert_eq!(again.status().as_u16(), 409, "a dead order cannot be withdrawn again");
    test.assert_whole().await;
}

#[tokio::test]
async fn an_answer_lost_after_the_effect_leads_to_a_question_and_never_to_a_second_draft() {
    let test = TestApp::purchasing().await;
    test.stand_ins.add_fault(Fault::on(Operation::CreateDraft).dropped().after_effect());
    let (_, answer) = test.submit("k1", &good_order()).await;
    let id = answer["id"].as_str().unwrap();
    test.work().await;
    let order: Value = test.get("token-rup", &format!("/orders/{id}")).await.json().await.unwrap();
    assert_eq!(order["state"], "accepted", "nobody knows yet");
    let early =
        test.post("token-rup", &format!("/orders/{id}/cancellation"), "c1", "application/json", vec![]).await;
    assert_eq!(early.status().as_u16(), 409, "an order of unknown outcome is not withdrawn");
    test.move_to("2026-03-12T15:10:00Z");
    test.work().await;
    let order: Value = test.get("token-rup", &format!("/orders/{id}")).await.json().await.unwrap();
    assert_eq!(order["state"], "submitted");
    let ledger = test.stand_ins.ledger();
    assert_eq!(ledger.effects_for(Operation::CreateDraft, id), 1);
    assert_eq!(ledger.calls(Operation::CreateDraft), 1, "the draft was sent once");
    assert!(ledger.calls(Operation::FindOrders) >= 1, "and asked for");
    test.assert_whole().await;
}

#[tokio::test]
async fn a_worker_that_dies_in_the_middle_is_found_by_its_lease() {
    let test = TestApp::purchasing().await;
    let (_, answer) = test.submit("k1", &good_order()).await;
    let id = answer["id"].as_str().unwrap();
    // The call is claimed and nobody ever writes its outcome back.
    let (now, lease) = (test.app.clock.now(), chrono::TimeDelta::seconds(60));
    let claimed = test
        .app
        .store
        .write(move |tx| Box::pin(async move { tx.claim(10, now, lease).await }))
        .await
        .unwrap();
    assert_eq!(claimed.len(), 1);
    test.work().await;
    assert_eq!(test.stand_ins.ledger().calls(Operation::CreateDraft), 0, "the lease still runs");
    test.move_to("2026-03-12T15:02:00Z");
    test.work().await;
    let ledger = test.stand_ins.ledger();
    assert_eq!((ledger.calls(Operation::FindOrders), ledger.effects_for(Operation::CreateDraft, id)), (0, 1));
    // The first worker wakes up and tries to write its outcome: its fence is gone.
    let late = claimed.into_iter().next().unwrap();
    let written = test.app.store.write(move |tx| {
        Box::pin(async move { tx.deliver(&late, &mepa_gateway::store::outbox::Delivery::Done, now).await })
    });
    assert!(matches!(written.await, Err(mepa_gateway::store::StoreError::Changed)));
    test.assert_whole().await;
}

#[tokio::test]
async fn budgets_are_exact_to_the_cent() {
    let test = TestApp::empty(crate::support::at("2026-03-12T15:00:00Z")).await;
    test.confirm(&[(ALMESE, crate::support::CUP_ALMESE, 1_216_974)]).await;
    let mut over = good_order();
    over["lines"][1]["unit_price"] = "1012.41".into();
    over["lines"][1]["net_amount"] = "6074.46".into();
    over["totals"] = json!({ "net": "9975.26", "vat": "2194.56", "gross": "12169.82" });
    let (_, answer) = test.submit("k1", &over).await;
    assert_eq!(rules(&answer, "blocks"), ["ORD-080"], "{answer}");
    let (_, answer) = test.submit("k2", &good_order()).await;
    assert_eq!(answer["verdict"], "accepted");
    assert_eq!(test.balances(ALMESE).await, (1_216_974, 0, 0));
    over["own_funds"] = "12169.82".into();
    over["order_number"] = "1".into();
    over["cig"] = crate::support::nth_cig(77).into();
    let (_, answer) = test.submit("k3", &over).await;
    assert_eq!(
        answer["verdict"], "accepted",
        "an order paid by the Comune alone needs nothing of the grant: {answer}"
    );
    test.assert_whole().await;
}
