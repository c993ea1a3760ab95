// SPDX-License-Identifier: EUPL-1.2
//! ODA that were made on the portal: joined to the right Comune or order, judged by the same rules, counted once; the rest
//! waits for a person.

use chrono::TimeDelta;
use mepa_gateway::documents::{HandOver, Limits, read_order, write_ubl};
use mepa_gateway::flows::pull_portal;
use mepa_gateway::store::feeds::Pull;
use mepa_gateway_mocks::{Azione, Fault, Operation};
use serde_json::{Value, json};

use crate::support::{ALMESE, CUP_ALMESE, TestApp, bytes, good_order, nth_cig, nth_order};

const GROSS: i64 = 1_216_974;
const GRANT: i64 = 3_547_147;

/// The order as somebody would make it on the portal: UBL in the habits of the download, without declarations.
fn on_portal(test: &TestApp, order: &Value) -> String {
    let read = read_order(&bytes(order), Some("application/json"), &Limits::default()).unwrap();
    let comune = test.app.reference.comuni.by_istat(&ALMESE.parse().unwrap()).unwrap();
    let with = HandOver { comune, programme: &test.app.programme, reference: &test.app.reference };
    String::from_utf8(write_ubl(&read.order, &with)).unwrap()
}

/// Somebody makes the order on the portal; gives the ODA's number.
fn make(test: &TestApp, order: &Value) -> String {
    test.stand_ins.draft_on_portal(&on_portal(test, order)).unwrap()
}

fn sign(test: &TestApp, number: &str) {
    test.stand_ins.act(number, Azione::FirmaEInvia, None).unwrap();
}

/// The next reading of the portal falls due and is done.
async fn read_portal(test: &TestApp) {
    let now = test.app.clock.now() + TimeDelta::minutes(10);
    test.app.clock.set(now);
    test.stand_ins.clock().stop_at(now);
    test.work().await;
}

async fn oda(test: &TestApp, number: &str) -> Value {
    test.get("token-rup", &format!("/portal-orders/{number}")).await.json().await.unwrap()
}

async fn listed(test: &TestApp, token: &str, status: &str) -> Vec<String> {
    let page: Value = test.get(token, &format!("/portal-orders?status={status}")).await.json().await.unwrap();
    let items = page["items"].as_array().unwrap();
    items.iter().map(|item| item["oda_number"].as_str().unwrap().to_owned()).collect()
}

async fn orders(test: &TestApp) -> Vec<Value> {
    let page: Value = test.get("token-rup", "/orders").await.json().await.unwrap();
    page["items"].as_array().unwrap().clone()
}

async fn order(test: &TestApp, id: &str) -> Value {
    test.get("token-rup", &format!("/orders/{id}")).await.json().await.unwrap()
}

async fn decide(test: &TestApp, token: &str, number: &str, verb: &str, body: Value) -> (u16, Value) {
    let path = format!("/portal-orders/{number}/{verb}");
    let key = format!("{verb} {number} {body}");
    let response = test.post(token, &path, &key, "application/json", bytes(&body)).await;
    (response.status().as_u16(), response.json().await.unwrap())
}

async fn events(test: &TestApp) -> Vec<String> {
    let page: Value = test.get("token-rup", "/events?limit=500").await.json().await.unwrap();
    page["items"].as_array().unwrap().iter().map(|item| item["event"].as_str().unwrap().to_owned()).collect()
}

/// Claims the reading of the portal, as the worker does.
async fn claim(test: &TestApp) -> Option<Pull> {
    let (name, begin) = (pull_portal::feed(&test.app), pull_portal::begin(&test.app));
    let (now, lease) = (test.app.clock.now(), TimeDelta::seconds(240));
    let claimed = test
        .app
        .store
        .write(move |tx| Box::pin(async move { tx.claim_pull(&name, begin, now, lease).await }));
    claimed.await.unwrap()
}

#[tokio::test]
async fn an_oda_made_on_the_portal_becomes_an_order_of_its_comune() {
    let test = TestApp::purchasing().await;
    let number = make(&test, &good_order());
    read_portal(&test).await;
    let told = oda(&test, &number).await;
    assert_eq!(
        (&told["status"], &told["comune"]["istat_code"]),
        (&json!("linked"), &json!(ALMESE)),
        "{told}"
    );
    let found = orders(&test).await.remove(0);
    assert_eq!(told["order"].as_str().unwrap().rsplit('/').next(), found["id"].as_str());
    assert_eq!((&found["oda_number"], &found["verdict"]), (&json!(number), &json!("incomplete")), "{found}");
    assert!(events(&test).await.contains(&"oda.linked".to_owned()));
    read_portal(&test).await;
    assert_eq!(orders(&test).await, [found], "seen again, nothing changes");
    let ledger = test.stand_ins.ledger();
    assert!(ledger.calls(Operation::ListChanges) >= 2);
    assert_eq!(ledger.calls(Operation::ReadDocument), 1, "what has not changed is not read again");
    test.assert_whole().await;
}

#[tokio::test]
async fn an_oda_that_was_sent_binds_even_while_declarations_are_missing() {
    let test = TestApp::purchasing().await;
    let number = make(&test, &good_order());
    sign(&test, &number);
    read_portal(&test).await;
    let found = orders(&test).await.remove(0);
    assert_eq!((&found["verdict"], &found["state"]), (&json!("incomplete"), &json!("sent")), "{found}");
    assert_eq!(test.balances(ALMESE).await, (0, GROSS, GRANT - GROSS));
    let id = found["id"].as_str().unwrap();
    let given = json!({"declarations": good_order()["declarations"]});
    let path = format!("/orders/{id}/declarations");
    let response = test.post("token-rup", &path, "d", "application/json", bytes(&given)).await;
    assert_eq!(response.status(), 201, "{}", response.text().await.unwrap());
    let path = format!("/orders/{id}/recheck");
    let checked = test.post("token-rup", &path, "r", "application/json", vec![]).await;
    let checked: Value = checked.json().await.unwrap();
    assert_eq!((&checked["verdict"], &checked["state"]), (&json!("accepted"), &json!("sent")), "{checked}");
    assert_eq!(test.balances(ALMESE).await, (0, GROSS, GRANT - GROSS), "its own money is not counted twice");
    test.assert_whole().await;
}

#[tokio::test]
async fn an_incomplete_draft_holds_nothing_until_it_is_cured_or_sent() {
    for cure in [true, false] {
        let test = TestApp::purchasing().await;
        let number = make(&test, &good_order());
        read_portal(&test).await;
        let found = orders(&test).await.remove(0);
        assert_eq!(found["state"], "incomplete", "{found}");
        assert_eq!(test.balances(ALMESE).await, (0, 0, GRANT));
        let id = found["id"].as_str().unwrap();
        if cure {
            let given = json!({"declarations": good_order()["declarations"]});
            let path = format!("/orders/{id}/declarations");
            test.post("token-rup", &path, "d", "application/json", bytes(&given)).await;
            test.post("token-rup", &format!("/orders/{id}/recheck"), "r", "application/json", vec![]).await;
            assert_eq!(order(&test, id).await["state"], "submitted");
            assert_eq!(test.balances(ALMESE).await, (GROSS, 0, GRANT - GROSS));
        }
        sign(&test, &number);
        read_portal(&test).await;
        assert_eq!(order(&test, id).await["state"], "sent");
        assert_eq!(test.balances(ALMESE).await, (0, GROSS, GRANT - GROSS));
        assert_eq!(test.stand_ins.ledger().effects_of(Operation::CreateDraft), 0);
        test.assert_whole().await;
    }
}

#[tokio::test]
async fn what_the_rules_refuse_is_linked_and_holds_nothing() {
    let test = TestApp::purchasing().await;
    let mut other_cup = good_order();
    other_cup["lines"][0]["name"] = "Seduta ergonomica".into();
    let number = make(&test, &other_cup);
    read_portal(&test).await;
    sign(&test, &number);
    read_portal(&test).await;
    let found = orders(&test).await.remove(0);
    assert_eq!((&found["verdict"], &found["state"]), (&json!("refused"), &json!("refused")), "{found}");
    assert_eq!(test.balances(ALMESE).await, (0, 0, GRANT));
    assert!(events(&test).await.contains(&"oda.sent_though_refused".to_owned()));
    test.assert_whole().await;
}

#[tokio::test]
async fn the_same_order_through_both_ways_is_one_order() {
    let test = TestApp::purchasing().await;
    // First here, then on the portal, before it was handed over.
    let (_, answer) = test.submit("k1", &good_order()).await;
    let id = answer["id"].as_str().unwrap();
    let number = make(&test, &good_order());
    // The reading of the portal comes first; only then the hand-over would be due.
    let reading = claim(&test).await.unwrap();
    mepa_gateway::flows::pull_portal::pull(&test.app, reading).await.unwrap();
    test.work().await;
    let found = orders(&test).await;
    assert_eq!(found.len(), 1, "{found:?}");
    assert_eq!(
        (&found[0]["id"], &found[0]["oda_number"], &found[0]["state"]),
        (&json!(id), &json!(number), &json!("submitted"))
    );
    assert_eq!(test.balances(ALMESE).await, (GROSS, 0, GRANT - GROSS));
    assert_eq!(
        test.stand_ins.ledger().effects_of(Operation::CreateDraft),
        0,
        "not handed over a second time"
    );
    // First on the portal, then here: the rules know it.
    let (_, again) = test.submit("k2", &good_order()).await;
    assert_eq!(again["verdict"], "refused", "{again}");
    assert_eq!(test.balances(ALMESE).await, (GROSS, 0, GRANT - GROSS));
    test.assert_whole().await;
}

#[tokio::test]
async fn a_second_oda_for_an_order_that_was_handed_over_waits() {
    let test = TestApp::purchasing().await;
    test.submit("k1", &good_order()).await;
    test.work().await;
    let number = make(&test, &good_order());
    read_portal(&test).await;
    let told = oda(&test, &number).await;
    assert_eq!(
        (&told["status"], &told["waiting"]["code"]),
        (&json!("unlinked"), &json!("second_oda")),
        "{told}"
    );
    assert_eq!(test.balances(ALMESE).await, (GROSS, 0, GRANT - GROSS));
    test.stand_ins.act(&number, Azione::Annulla, None).unwrap();
    read_portal(&test).await;
    assert_eq!(listed(&test, "token-rup", "dismissed").await, [number], "its end on the portal settles it");
    assert!(events(&test).await.contains(&"oda.dismissed".to_owned()), "and is told");
    test.assert_whole().await;
}

#[tokio::test]
async fn an_order_that_is_just_being_handed_over_is_looked_at_again() {
    let test = TestApp::purchasing().await;
    let (_, answer) = test.submit("k1", &good_order()).await;
    let id = answer["id"].as_str().unwrap();
    test.stand_ins.add_fault(Fault::on(Operation::CreateDraft).status(500).times(1));
    test.stand_ins.add_fault(Fault::on(Operation::FindOrders).status(500).forever());
    let number = make(&test, &good_order());
    test.work().await;
    assert_eq!(oda(&test, &number).await["waiting"]["code"], "under_way");
    test.stand_ins.clear_faults(mepa_gateway_mocks::Platform::Acquistinretepa);
    for _ in 0..8 {
        read_portal(&test).await;
    }
    // Nothing had been done, so it was handed over: the ODA of the portal is one too many.
    assert_eq!(order(&test, id).await["state"], "submitted");
    assert_eq!(oda(&test, &number).await["waiting"]["code"], "second_oda");
    assert_eq!(test.stand_ins.ledger().effects_for(Operation::CreateDraft, id), 1);
    test.assert_whole().await;
}

#[tokio::test]
async fn what_cannot_be_joined_waits_and_a_person_decides() {
    let test = TestApp::purchasing().await;
    // The tax code of Almese with the CUP of Alpignano.
    let document = on_portal(&test, &good_order()).replace(CUP_ALMESE, "J51B26000020006");
    let number = test.stand_ins.draft_on_portal(&document).unwrap();
    read_portal(&test).await;
    let told = oda(&test, &number).await;
    assert_eq!(told["waiting"]["code"], "contradiction", "{told}");
    assert_eq!(told["candidates"].as_array().unwrap().len(), 2);
    assert_eq!(told["candidates"][1]["agrees"], json!(["tax_code"]));
    assert_eq!(listed(&test, "other-town", "unlinked").await, [&*number], "it could be theirs");
    assert_eq!(listed(&test, "token-programma", "unlinked").await, [&*number]);
    assert!(orders(&test).await.is_empty() || test.balances(ALMESE).await.0 == 0);

    let body = json!({"comune": ALMESE, "reason": "CUP scritto male sul portale"});
    for (token, expected) in [("token-programma", 403), ("token-ordinante", 403), ("other-town", 404)] {
        assert_eq!(decide(&test, token, &number, "link", body.clone()).await.0, expected, "{token}");
    }
    let unreasoned = json!({"comune": ALMESE, "reason": " "});
    assert_eq!(decide(&test, "token-rup", &number, "link", unreasoned).await.0, 422);
    let (status, linked) = decide(&test, "token-rup", &number, "link", body).await;
    assert_eq!((status, &linked["status"]), (200, &json!("linked")), "{linked}");
    let id = linked["order"].as_str().unwrap().rsplit('/').next().unwrap().to_owned();
    assert_eq!(order(&test, &id).await["verdict"], "refused", "the CUP is that of another Comune");
    let reason = json!({"reason": "era davvero di Alpignano"});
    let (status, back) = decide(&test, "token-rup", &number, "unlink", reason.clone()).await;
    assert_eq!((status, &back["waiting"]["code"]), (200, &json!("taken_back")), "{back}");
    assert_eq!(order(&test, &id).await["state"], "unlinked");
    sign(&test, &number);
    read_portal(&test).await;
    assert_eq!(oda(&test, &number).await["status"], "unlinked", "what a person decided, a person changes");
    assert_eq!(decide(&test, "token-rup", &number, "unlink", json!({"reason": "x"})).await.0, 409);
    assert_eq!(decide(&test, "token-rup", &number, "dismissal", reason).await.1["status"], "dismissed");
    test.assert_whole().await;
}

#[tokio::test]
async fn a_link_taken_back_gives_the_money_back_and_can_be_made_again() {
    let test = TestApp::purchasing().await;
    let number = make(&test, &good_order());
    sign(&test, &number);
    read_portal(&test).await;
    assert_eq!(test.balances(ALMESE).await, (0, GROSS, GRANT - GROSS));
    let (status, _) =
        decide(&test, "token-rup", &number, "unlink", json!({"reason": "altro finanziamento"})).await;
    assert_eq!((status, test.balances(ALMESE).await), (200, (0, 0, GRANT)));
    let body = json!({"comune": "c_a218", "reason": "era giusto"});
    let (status, linked) = decide(&test, "token-rup", &number, "link", body.clone()).await;
    assert_eq!((status, test.balances(ALMESE).await), (200, (0, GROSS, GRANT - GROSS)), "{linked}");
    assert_eq!(
        decide(&test, "token-rup", &number, "link", json!({"comune": ALMESE, "reason": "y"})).await.0,
        409
    );
    assert_eq!(orders(&test).await.iter().filter(|order| order["state"] == "sent").count(), 1);
    test.assert_whole().await;
}

#[tokio::test]
async fn other_purchases_of_the_comune_are_set_apart() {
    let test = TestApp::purchasing().await;
    let mut stationery = good_order();
    stationery["cig"] = nth_cig(7).into();
    for line in stationery["lines"].as_array_mut().unwrap() {
        line["name"] = "Risme di carta".into();
    }
    let document = on_portal(&test, &stationery).replace(CUP_ALMESE, "J51B26000990006");
    let number = test.stand_ins.draft_on_portal(&document).unwrap();
    read_portal(&test).await;
    assert_eq!(oda(&test, &number).await["waiting"]["code"], "not_of_programme");
    assert_eq!(orders(&test).await, Vec::<Value>::new());
}

#[tokio::test]
async fn nothing_is_skipped_when_the_portal_fails_in_the_middle() {
    let test = TestApp::purchasing().await;
    let numbers: Vec<String> = (1..=3).map(|n| make(&test, &nth_order(n))).collect();
    test.stand_ins.add_fault(Fault::on(Operation::ReadDocument).status(500).skip(1).times(9));
    test.work().await;
    assert_eq!(orders(&test).await.len(), 1);
    read_portal(&test).await;
    read_portal(&test).await;
    read_portal(&test).await;
    assert_eq!(listed(&test, "token-rup", "linked").await, numbers);
    assert_eq!(orders(&test).await.len(), 3);
    test.assert_whole().await;
}

#[tokio::test]
async fn a_document_that_cannot_be_read_waits_without_stopping_the_others() {
    let test = TestApp::purchasing().await;
    let bad = make(&test, &nth_order(1));
    let good = make(&test, &nth_order(2));
    let garbage = Fault::on(Operation::ReadDocument).status(200).body("application/xml", "<!DOCTYPE a><a/>");
    test.stand_ins.add_fault(garbage);
    test.work().await;
    assert_eq!(oda(&test, &good).await["status"], "linked");
    let hidden: Value =
        test.get("token-programma", &format!("/portal-orders/{bad}")).await.json().await.unwrap();
    assert_eq!(hidden["waiting"]["code"], "unreadable", "{hidden}");
    read_portal(&test).await;
    assert_eq!(oda(&test, &bad).await["status"], "linked", "it could be read the next time");
    test.assert_whole().await;
}

#[tokio::test]
async fn two_readers_never_read_at_once() {
    let test = TestApp::purchasing().await;
    let first = claim(&test).await;
    assert!(first.is_some());
    assert!(claim(&test).await.is_none());
    test.app.clock.advance(TimeDelta::seconds(241));
    let second = claim(&test).await;
    assert!(second.is_some(), "the first one died");
    let late = mepa_gateway::flows::pull_portal::pull(&test.app, first.unwrap()).await;
    assert!(matches!(late, Err(mepa_gateway::store::StoreError::Changed)), "its fence is gone");
}
