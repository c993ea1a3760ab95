// SPDX-License-Identifier: EUPL-1.2
//! From the admission list to confirmation, to the second of the deadline, with answers that get lost on the way.

use chrono::TimeDelta;
use mepa_gateway::domain::cup::Cup;
use mepa_gateway::domain::money::Money;
use mepa_gateway::domain::participation::ParticipationState;
use mepa_gateway::domain::sha256::sha256;
use mepa_gateway::error::Error;
use mepa_gateway::flows::end_cup::end_cup;
use mepa_gateway::flows::import_beneficiaries::{Changes, Grant, GrantList, ListKind, take_in};
use mepa_gateway::platforms::sending::BeforeSending;
use mepa_gateway::platforms::sistema_cup::{CupEnding, CupRequest, CupState};
use mepa_gateway_mocks::{Fault, Operation, Platform};
use serde_json::Value;

use crate::support::{ALMESE, ALPIGNANO, CUP_ALMESE, TestApp, at};

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

/// Time goes by on all clocks, then the worker does what is due.
async fn after(test: &TestApp, pause: TimeDelta) {
    let now = test.app.clock.now() + pause;
    test.app.clock.set(now);
    test.stand_ins.clock().stop_at(now);
    test.work().await;
}

/// The state, last error and count of the calls that are not going well.
async fn troubles(test: &TestApp) -> Vec<(String, String)> {
    let troubles = test.troubles().await;
    troubles.into_iter().map(|told| (told.state, told.last_error)).collect()
}

fn definitive_with_cup(comune: &str, cup: &str) -> GrantList {
    let mut list = list(ListKind::Definitive, &[comune]);
    list.grants[0].cup = Some(cup.parse().unwrap());
    list
}

#[tokio::test]
async fn a_question_that_fails_never_leads_to_a_second_cup() {
    for status in [401, 429] {
        let test = admitted("2026-01-12T09:00:00Z").await;
        test.stand_ins.add_fault(Fault::on(Operation::GenerateCup).dropped().after_effect());
        test.stand_ins.add_fault(Fault::on(Operation::CupList).status(status).times(30));
        assert_eq!(accept(&test, "a").await, 202);
        test.work().await;
        for _ in 0..40 {
            after(&test, TimeDelta::hours(1)).await;
        }
        assert_eq!(comune(&test).await["state"], "accepted", "{:?}", troubles(&test).await);
        assert_eq!(test.stand_ins.ledger().effects_of(Operation::GenerateCup), 1);
        test.assert_whole().await;
    }
}

#[tokio::test]
async fn a_cup_that_stays_in_doubt_ends_with_a_person_and_is_asked_about_when_opened_again() {
    let test = admitted("2026-01-12T09:00:00Z").await;
    test.stand_ins.add_fault(Fault::on(Operation::GenerateCup).status(500).forever());
    assert_eq!(accept(&test, "a").await, 202);
    test.work().await;
    for _ in 0..40 {
        after(&test, TimeDelta::hours(1)).await;
    }
    assert_eq!(troubles(&test).await[0].0, "to_verify");
    let tries = test.stand_ins.ledger().calls(Operation::GenerateCup);
    assert_eq!(tries, u64::from(test.app.settings.worker.attempts_max));

    test.stand_ins.clear_faults(Platform::SistemaCup);
    let asked = test.stand_ins.ledger().calls(Operation::CupList);
    assert_eq!(accept(&test, "b").await, 202);
    test.work().await;
    assert_eq!(
        test.stand_ins.ledger().calls(Operation::CupList),
        asked + 1,
        "asked before it is tried again"
    );
    assert_eq!(comune(&test).await["state"], "accepted");
    test.assert_whole().await;
}

#[tokio::test]
async fn a_cup_that_was_refused_is_asked_for_again_when_the_comune_does() {
    let fault = "<s:Envelope xmlns:s='http://schemas.xmlsoap.org/soap/envelope/'><s:Body><s:Fault>\
                 <faultcode>s:Client</faultcode><faultstring>no</faultstring></s:Fault></s:Body></s:Envelope>";
    let test = admitted("2026-01-12T09:00:00Z").await;
    test.stand_ins.add_fault(Fault::on(Operation::GenerateCup).status(500).body("text/xml", fault));
    assert_eq!(accept(&test, "a").await, 202);
    test.work().await;
    assert_eq!(troubles(&test).await[0].0, "refused");
    assert_eq!(accept(&test, "b").await, 202);
    test.work().await;
    let ledger = test.stand_ins.ledger();
    assert_eq!((ledger.calls(Operation::GenerateCup), ledger.calls(Operation::CupList)), (2, 0));
    assert_eq!(comune(&test).await["state"], "accepted");
    test.assert_whole().await;
}

#[tokio::test]
async fn a_comune_confirmed_by_the_list_gets_no_second_cup_and_keeps_its_grant() {
    for now in ["2026-01-12T09:05:00Z", "2026-02-05T09:00:00Z"] {
        let test = admitted("2026-01-12T09:00:00Z").await;
        assert_eq!(accept(&test, "a").await, 202);
        let list = definitive_with_cup(ALMESE, CUP_ALMESE);
        assert_eq!(take_in(&test.app, list, test.app.clock.now()).await.unwrap().confirmed, 1);
        test.move_to(now);
        test.work().await;
        let shown = comune(&test).await;
        assert_eq!((&shown["state"], &shown["cup"]), (&"confirmed".into(), &CUP_ALMESE.into()), "{shown}");
        assert_eq!(shown["balances"]["assigned"]["amount"], "35471.47");
        assert_eq!(test.stand_ins.ledger().calls(Operation::GenerateCup), 0);
        assert_eq!(test.app.store.next_due().await.unwrap(), None, "the call is done with");
        test.assert_whole().await;
    }
}

#[tokio::test]
async fn a_cup_that_a_list_told_is_read_back_and_communicated() {
    for (holder, state) in [(ALMESE, "accepted"), (ALPIGNANO, "cup_generated")] {
        let test = TestApp::empty(at("2026-01-12T09:00:00Z")).await;
        let app = &test.app;
        let holder = app.reference.comuni.by_istat(&holder.parse().unwrap()).unwrap();
        let request = CupRequest {
            event_key: "by-hand".into(),
            holder_tax_code: holder.tax_code,
            comune: holder.istat,
            comune_name: holder.name.to_string(),
            decision_year: 2026,
            title: app.programme.name.it.to_string(),
            template: app.programme.cup_template.value.clone(),
            codes: app.programme.cup_codes.value.clone(),
            cost: Money::from_cents(3_547_147),
        };
        let cup = app.platforms.sistema_cup.generate(&request, &BeforeSending::untold()).await.unwrap();
        let told = GrantList { kind: ListKind::Admission, ..definitive_with_cup(ALMESE, cup.as_str()) };
        take_in(app, told, at("2026-01-12T09:00:00Z")).await.unwrap();
        assert_eq!(accept(&test, "a").await, 202);
        test.work().await;
        let shown = comune(&test).await;
        assert_eq!(
            (&shown["state"], &shown["cup"]),
            (&state.into(), &cup.as_str().into()),
            "{:?}",
            troubles(&test).await
        );
        let communicated = usize::from(state == "accepted");
        assert_eq!(test.stand_ins.ledger().effects_of(Operation::CommunicateCup), communicated);
        assert_eq!(test.stand_ins.ledger().effects_of(Operation::GenerateCup), 1, "none but that by hand");
        test.assert_whole().await;
    }
}

#[tokio::test]
async fn a_cup_of_a_comune_confirmed_meanwhile_is_not_communicated_and_its_grant_stays() {
    for now in ["2026-01-12T11:00:00Z", "2026-02-05T09:00:00Z"] {
        let test = admitted("2026-01-12T09:00:00Z").await;
        test.stand_ins.add_fault(Fault::on(Operation::CommunicateCup).status(401));
        assert_eq!(accept(&test, "a").await, 202);
        test.work().await;
        let cup = comune(&test).await["cup"].as_str().unwrap().to_owned();
        let list = definitive_with_cup(ALMESE, &cup);
        assert_eq!(take_in(&test.app, list, test.app.clock.now()).await.unwrap().confirmed, 1);
        test.move_to(now);
        test.work().await;
        let shown = comune(&test).await;
        assert_eq!(shown["state"], "confirmed", "{shown}");
        assert_eq!(shown["balances"]["assigned"]["amount"], "35471.47");
        assert_eq!(test.stand_ins.ledger().calls(Operation::CommunicateCup), 1);
        assert_eq!(test.app.store.next_due().await.unwrap(), None, "the call is done with");
        test.assert_whole().await;
    }
}

#[tokio::test]
async fn after_the_deadline_a_cup_in_doubt_is_looked_for_and_none_is_generated() {
    let test = admitted("2026-01-23T22:59:00Z").await;
    test.stand_ins.add_fault(Fault::on(Operation::GenerateCup).dropped());
    assert_eq!(accept(&test, "a").await, 202);
    test.work().await;
    test.move_to("2026-01-23T23:10:00Z");
    test.work().await;
    let ledger = test.stand_ins.ledger();
    assert_eq!((ledger.calls(Operation::GenerateCup), ledger.calls(Operation::CupList)), (1, 1));
    assert_eq!(comune(&test).await["state"], "excluded");
    test.assert_whole().await;
}

#[tokio::test]
async fn the_day_communicated_is_that_of_generation() {
    let test = admitted("2026-01-12T09:00:00Z").await;
    test.stand_ins.add_fault(Fault::on(Operation::CommunicateCup).status(401).times(10));
    assert_eq!(accept(&test, "a").await, 202);
    test.work().await;
    for _ in 0..10 {
        after(&test, TimeDelta::days(1)).await;
    }
    let shown = comune(&test).await;
    assert_eq!(shown["state"], "accepted", "{shown}");
    let sent = format!(
        r#"{{"codice_fiscale":"01817670019","codice_istat":"001006","cup":{},"template":"2510006","data_generazione":"2026-01-12"}}"#,
        shown["cup"]
    );
    let events = test.app.store.events(None, 0, 100).await.unwrap();
    let receipt = events.iter().find(|event| event.action == "grant.accepted").unwrap();
    let digest = format!("digest={}", sha256(sent.as_bytes()));
    assert!(receipt.detail.contains(&digest), "the receipt {} is not that of {sent}", receipt.detail);
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

/// A Comune with a CUP that Sistema CUP knows.
async fn with_cup() -> (TestApp, Cup) {
    let test = admitted("2026-01-12T09:00:00Z").await;
    assert_eq!(accept(&test, "a").await, 202);
    test.work().await;
    let row = test.app.store.participation(&test.app.programme.id, &ALMESE.parse().unwrap()).await.unwrap();
    let cup = row.unwrap().cup.unwrap();
    (test, cup)
}

#[tokio::test]
async fn a_cup_is_ended_once_and_in_one_way() {
    let end = async |test: &TestApp, ending| {
        end_cup(&test.app, ALMESE.parse().unwrap(), ending, "rinuncia".parse().unwrap()).await
    };
    for fault in [
        None,
        Some(Fault::on(Operation::EndCup).dropped().after_effect()),
        Some(Fault::on(Operation::EndCup).dropped()),
        Some(Fault::on(Operation::EndCup).status(503)),
    ] {
        let (test, cup) = with_cup().await;
        fault.clone().into_iter().for_each(|fault| test.stand_ins.add_fault(fault));
        assert_eq!(end(&test, CupEnding::Revoke).await.unwrap(), cup);
        test.work().await;
        test.move_to("2026-01-12T10:00:00Z");
        test.work().await;
        let ledger = test.stand_ins.ledger();
        assert_eq!(ledger.effects_for(Operation::EndCup, cup.as_str()), 1, "{fault:?}");
        assert_eq!(ledger.blind_repeats(Operation::EndCup), 0, "{fault:?}");
        assert_eq!(test.app.platforms.sistema_cup.read(&cup).await.unwrap().state, CupState::Revoked);
        for again in [CupEnding::Close, CupEnding::Revoke] {
            assert!(matches!(end(&test, again).await, Err(Error::Conflict(_))), "{again:?}");
        }
        let events = test.app.store.events(None, 0, 100).await.unwrap();
        assert_eq!(events.iter().filter(|event| event.action == "cup.ended").count(), 1, "{fault:?}");
        assert_eq!(ledger.broken_answers(), [""; 0]);
        test.assert_whole().await;
    }
}

#[tokio::test]
async fn an_ending_that_was_refused_bars_neither_way() {
    let (test, cup) = with_cup().await;
    let end = async |ending| {
        let ended = end_cup(&test.app, ALMESE.parse().unwrap(), ending, "fine".parse().unwrap());
        ended.await.map(|_| ())
    };
    let refused = mepa_gateway_mocks::Fault::on(Operation::EndCup).status(500).body(
        "text/xml",
        "<e:Envelope xmlns:e='http://schemas.xmlsoap.org/soap/envelope/'><e:Body><e:Fault><faultcode>e:Client</faultcode>\
         <faultstring>no</faultstring></e:Fault></e:Body></e:Envelope>",
    );
    test.stand_ins.add_fault(refused);
    end(CupEnding::Close).await.unwrap();
    test.work().await;
    assert_eq!(test.troubles().await[0].state, "refused");
    end(CupEnding::Revoke).await.unwrap();
    test.work().await;
    assert_eq!(test.app.platforms.sistema_cup.read(&cup).await.unwrap().state, CupState::Revoked);
}

#[tokio::test]
async fn a_comune_without_cup_has_none_to_end() {
    let test = TestApp::empty("2026-01-12T09:00:00Z".parse().unwrap()).await;
    let ended = end_cup(&test.app, ALMESE.parse().unwrap(), CupEnding::Close, "x".parse().unwrap()).await;
    assert!(matches!(ended, Err(Error::NotFound)), "{ended:?}");
}
