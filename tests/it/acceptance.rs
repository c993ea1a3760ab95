// SPDX-License-Identifier: EUPL-1.2
//! From the admission list to confirmation, to the second of the deadline, with answers that get lost on the way.

use mepa_gateway::domain::money::Money;
use mepa_gateway::domain::participation::ParticipationState;
use mepa_gateway::flows::import_beneficiaries::{Changes, Grant, GrantList, ListKind, take_in};
use mepa_gateway_mocks::{Fault, Operation};
use serde_json::Value;

use crate::support::{ALMESE, ALPIGNANO, TestApp, at};

fn list(kind: ListKind, comuni: &[&str]) -> GrantList {
    let grant = |comune: &&str| Grant {
        comune: comune.parse().unwrap(),
        amount: Money::from_cents(3_547_147),
        cup: None,
    };
    GrantList { kind, digest: "list".into(), synthetic: true, grants: comuni.iter().map(grant).collect() }
}

async fn admitted(now: &str) -> TestApp {
    let test = TestApp::empty(at(now)).await;
    take_in(&test.app, list(ListKind::Admission, &[ALMESE, ALPIGNANO]), at(now)).await.unwrap();
    test
}

async fn accept(test: &TestApp, key: &str) -> u16 {
    test.post("token-rup", "/comuni/c_a218/acceptance", key, "application/json", vec![])
        .await
        .status()
        .as_u16()
}

async fn comune(test: &TestApp) -> Value {
    test.get("token-rup", "/comuni/c_a218").await.json().await.unwrap()
}

#[tokio::test]
async fn a_comune_goes_from_admission_to_confirmation() {
    let test = admitted("2026-01-12T09:00:00Z").await;
    assert_eq!(accept(&test, "a").await, 202);
    assert_eq!(accept(&test, "b").await, 202, "asking again while it is under way changes nothing");
    test.work().await;
    let shown = comune(&test).await;
    assert_eq!((&shown["state"], &shown["cup_template"]), (&"accepted".into(), &"2510006".into()), "{shown}");
    assert!(shown["receipt"].is_string());
    let ledger = test.stand_ins.ledger();
    assert_eq!(
        (ledger.effects_of(Operation::GenerateCup), ledger.effects_of(Operation::CommunicateCup)),
        (1, 1)
    );

    let changes = take_in(&test.app, list(ListKind::Definitive, &[ALMESE, ALPIGNANO]), test.app.clock.now())
        .await
        .unwrap();
    assert_eq!(
        changes,
        Changes { confirmed: 1, without_cup: 1, ..Changes::default() },
        "Alpignano has no CUP yet"
    );
    assert_eq!(comune(&test).await["state"], "confirmed");
    let again = take_in(&test.app, list(ListKind::Definitive, &[ALMESE, ALPIGNANO]), test.app.clock.now())
        .await
        .unwrap();
    assert_eq!(again, Changes { without_cup: 1, ..Changes::default() });
    test.assert_whole().await;
}

#[tokio::test]
async fn the_deadline_counts_to_the_end_of_its_minute_in_rome() {
    let test = admitted("2026-01-23T22:59:59Z").await;
    assert_eq!(accept(&test, "a").await, 202, "23:59:59 in Rome is in time");
    test.move_to("2026-01-23T23:00:00Z");
    test.work().await;
    let shown = comune(&test).await;
    assert_eq!(
        shown["state"], "excluded",
        "asked in time, but the CUP was not communicated in time: {shown}"
    );
    assert_eq!(test.stand_ins.ledger().effects().len(), 0, "nothing is sent after the deadline");
    assert_eq!(shown["balances"]["assigned"]["amount"], "0.00", "its grant is given back");

    let test = admitted("2026-01-23T23:00:00Z").await;
    assert_eq!(accept(&test, "a").await, 409);
    assert_eq!(comune(&test).await["state"], "excluded");
    assert_eq!(accept(&test, "b").await, 409, "and stays so");
    test.assert_whole().await;
}

#[tokio::test]
async fn lost_answers_lead_to_questions_and_never_to_a_second_cup() {
    let test = admitted("2026-01-12T09:00:00Z").await;
    for operation in [Operation::GenerateCup, Operation::CommunicateCup] {
        test.stand_ins.add_fault(Fault::on(operation).dropped().after_effect());
    }
    test.stand_ins.add_fault(Fault::on(Operation::CupDetail).status(500).times(10));
    assert_eq!(accept(&test, "a").await, 202);
    for minute in 0..59 {
        test.move_to(&format!("2026-01-12T09:{minute:02}:00Z"));
        test.work().await;
    }
    let shown = comune(&test).await;
    assert_eq!(shown["state"], "accepted", "{shown}");
    let ledger = test.stand_ins.ledger();
    assert_eq!(
        (ledger.effects_of(Operation::GenerateCup), ledger.effects_of(Operation::CommunicateCup)),
        (1, 1)
    );
    assert_eq!(ledger.calls(Operation::GenerateCup), 1);
    test.assert_whole().await;
}

#[tokio::test]
async fn a_comune_that_is_not_in_the_definitive_list_is_out() {
    let test = admitted("2026-02-05T09:00:00Z").await;
    let changes =
        take_in(&test.app, list(ListKind::Definitive, &[ALPIGNANO]), test.app.clock.now()).await.unwrap();
    assert_eq!(changes.excluded, 1);
    let shown = comune(&test).await;
    assert_eq!(shown["state"].as_str(), Some(ParticipationState::Excluded.as_str()));
    assert!(shown["reason"].as_str().unwrap().contains("elenco definitivo"), "{shown}");
    test.assert_whole().await;
}
