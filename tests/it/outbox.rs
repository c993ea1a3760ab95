// SPDX-License-Identifier: EUPL-1.2
//! A call that the gateway cannot clear up by itself is given to a person, with everything needed to decide; the decision
//! has the consequences that the platform's own answer would have had.

use std::process::{Command, Output};

use chrono::TimeDelta;
use mepa_gateway::config::Settings;
use mepa_gateway::domain::sha256::sha256;
use mepa_gateway::error::Error;
use mepa_gateway::flows::resolve_call::{Resolution, resolve};
use mepa_gateway::flows::support_text::support_text;
use mepa_gateway::store::outbox::people::OwedCall;
use mepa_gateway_mocks::{Azione, Fault, Operation, Platform};
use serde_json::Value;

use crate::support::{ALMESE, TestApp, good_order};

const GROSS: i64 = 1_216_974;

/// One attempt in doubt is enough for a person to be called.
fn one_attempt(settings: &mut Settings) {
    settings.worker.attempts_max = 1;
}

/// An order whose hand-over is in doubt and left to a person; `fault` decides what really happened.
async fn stuck(fault: Fault) -> (TestApp, String, String) {
    let test = TestApp::purchasing_with(one_attempt).await;
    test.stand_ins.add_fault(fault);
    let (_, answer) = test.submit("k1", &good_order()).await;
    let id = answer["id"].as_str().unwrap().to_owned();
    test.work().await;
    let event = format!("oda.hand_over:{id}");
    assert_eq!(call(&test, &event).await.state.as_str(), "to_verify");
    (test, id, event)
}

async fn call(test: &TestApp, event: &str) -> OwedCall {
    test.app.store.owed_call(event).await.unwrap().unwrap()
}

async fn decide(test: &TestApp, event: &str, resolution: Resolution) -> Result<OwedCall, Error> {
    resolve(&test.app, event, resolution, "visto sul portale".parse().unwrap()).await
}

fn done(outcome: &str) -> Resolution {
    Resolution::Done(Some(outcome.into()))
}

async fn state(test: &TestApp, id: &str) -> String {
    test.app.store.order(id).await.unwrap().unwrap().state.as_str().to_owned()
}

async fn later(test: &TestApp) {
    let now = test.app.clock.now() + TimeDelta::minutes(10);
    test.app.clock.set(now);
    test.stand_ins.clock().stop_at(now);
    test.work().await;
}

#[tokio::test]
async fn what_is_done_is_told_with_its_number_and_followed_from_then_on() {
    let (test, id, event) = stuck(Fault::on(Operation::CreateDraft).dropped().after_effect()).await;
    let number = test.stand_ins.ledger().effects()[0].result.clone();
    assert_eq!(decide(&test, &event, done(&number)).await.unwrap().state.as_str(), "confirmed");
    assert_eq!(state(&test, &id).await, "submitted");
    test.stand_ins.act(&number, Azione::FirmaEInvia, None).unwrap();
    later(&test).await;
    assert_eq!(state(&test, &id).await, "sent");
    assert_eq!(test.balances(ALMESE).await.1, GROSS);
    assert_eq!(test.stand_ins.ledger().calls(Operation::CreateDraft), 1, "never sent again");
    test.assert_whole().await;
}

#[tokio::test]
async fn what_was_not_done_is_sent_once_more() {
    let (test, id, event) = stuck(Fault::on(Operation::CreateDraft).dropped()).await;
    assert_eq!(decide(&test, &event, Resolution::NotDone).await.unwrap().state.as_str(), "pending");
    test.work().await;
    assert_eq!(state(&test, &id).await, "submitted");
    let ledger = test.stand_ins.ledger();
    assert_eq!((ledger.calls(Operation::CreateDraft), ledger.calls(Operation::FindOrders)), (2, 0));
    assert_eq!(ledger.effects_for(Operation::CreateDraft, &id), 1);
    test.assert_whole().await;
}

#[tokio::test]
async fn asking_again_finds_what_was_done() {
    let (test, id, event) = stuck(Fault::on(Operation::CreateDraft).dropped().after_effect()).await;
    assert_eq!(decide(&test, &event, Resolution::Ask).await.unwrap().state.as_str(), "uncertain");
    test.work().await;
    assert_eq!(state(&test, &id).await, "submitted");
    assert_eq!(test.stand_ins.ledger().calls(Operation::CreateDraft), 1);
    test.assert_whole().await;
}

#[tokio::test]
async fn giving_up_withdraws_the_order_and_gives_its_money_back() {
    let (test, id, event) = stuck(Fault::on(Operation::CreateDraft).dropped()).await;
    assert_eq!(test.balances(ALMESE).await.0, GROSS);
    assert_eq!(decide(&test, &event, Resolution::GiveUp).await.unwrap().state.as_str(), "withdrawn");
    assert_eq!((&*state(&test, &id).await, test.balances(ALMESE).await.0), ("cancelled", 0));
    later(&test).await;
    assert_eq!(test.stand_ins.ledger().calls(Operation::CreateDraft), 1);
    test.assert_whole().await;
}

#[tokio::test]
async fn a_decision_that_does_not_fit_changes_nothing() {
    let (test, id, event) = stuck(Fault::on(Operation::CreateDraft).dropped().after_effect()).await;
    let before = call(&test, &event).await;
    for outcome in ["", "ODA 12", "1234567890123"] {
        assert!(matches!(decide(&test, &event, done(outcome)).await, Err(Error::Conflict(_))), "{outcome}");
    }
    assert!(matches!(decide(&test, &event, Resolution::Done(None)).await, Err(Error::Conflict(_))));
    assert!(matches!(decide(&test, "oda.hand_over:x", Resolution::Ask).await, Err(Error::NotFound)));
    assert_eq!((call(&test, &event).await, &*state(&test, &id).await), (before, "accepted"));
    let number = test.stand_ins.ledger().effects()[0].result.clone();
    decide(&test, &event, done(&number)).await.unwrap();
    assert!(
        matches!(decide(&test, &event, Resolution::NotDone).await, Err(Error::Conflict(_))),
        "it is over"
    );
    let follow = format!("oda.follow:{id}");
    assert!(
        matches!(decide(&test, &follow, Resolution::GiveUp).await, Err(Error::Conflict(_))),
        "it only reads"
    );
    test.assert_whole().await;
}

#[tokio::test]
async fn a_call_that_a_worker_has_is_left_alone() {
    let test = TestApp::purchasing().await;
    let (_, answer) = test.submit("k1", &good_order()).await;
    let event = format!("oda.hand_over:{}", answer["id"].as_str().unwrap());
    let (now, lease) = (test.app.clock.now(), TimeDelta::seconds(240));
    let claim = test.app.store.write(move |tx| Box::pin(async move { tx.claim(1, now, lease).await }));
    let claimed = claim.await.unwrap().remove(0);
    assert!(matches!(decide(&test, &event, Resolution::NotDone).await, Err(Error::NotYet(_))));
    test.app.clock.advance(TimeDelta::seconds(241));
    assert_eq!(
        decide(&test, &event, Resolution::Ask).await.unwrap().state.as_str(),
        "uncertain",
        "the worker is dead"
    );
    let late = test.app.store.write(move |tx| {
        Box::pin(async move { tx.deliver(&claimed, &mepa_gateway::store::outbox::Delivery::Done, now).await })
    });
    assert!(late.await.is_err(), "should it live after all, its fence is gone");
}

#[tokio::test]
async fn a_cup_and_a_receipt_that_people_know_go_on_as_if_told_by_the_platform() {
    let test = TestApp::empty("2026-01-12T09:00:00Z".parse().unwrap()).await;
    let list = mepa_gateway::flows::import_beneficiaries::GrantList {
        kind: mepa_gateway::flows::import_beneficiaries::ListKind::Admission,
        digest: "list".into(),
        synthetic: true,
        grants: vec![mepa_gateway::flows::import_beneficiaries::Grant {
            comune: ALMESE.parse().unwrap(),
            amount: mepa_gateway::domain::money::Money::from_cents(3_547_147),
            cup: None,
        }],
    };
    let now = test.app.clock.now();
    mepa_gateway::flows::import_beneficiaries::take_in(&test.app, list, now).await.unwrap();
    test.stand_ins.add_fault(Fault::on(Operation::GenerateCup).dropped().after_effect().forever());
    test.stand_ins.add_fault(Fault::on(Operation::CupList).status(200).body("text/xml", "<a/>").forever());
    test.stand_ins.add_fault(Fault::on(Operation::CommunicateCup).status(422).forever());
    test.post("token-rup", "/comuni/c_a218/acceptance", "a", "application/json", vec![]).await;
    let event = format!("cup.generate:risorse-in-comune:{ALMESE}");
    while call(&test, &event).await.state.as_str() != "to_verify" {
        later(&test).await;
        test.app.clock.advance(TimeDelta::hours(1));
    }
    let stuck = call(&test, &event).await;
    let evidence = stuck.evidence.clone().unwrap();
    assert_eq!(
        (evidence.answer, evidence.operation.as_str()),
        (None, "find_by_event_key"),
        "it may quote the password"
    );
    let cup = test.stand_ins.ledger().effects()[0].result.clone();
    assert!(matches!(decide(&test, &event, done("J5X")).await, Err(Error::Conflict(_))));
    decide(&test, &event, done(&cup)).await.unwrap();
    let comune: Value = test.get("token-rup", "/comuni/c_a218").await.json().await.unwrap();
    assert_eq!((&comune["state"], &comune["cup"]), (&"cup_generated".into(), &cup.clone().into()));
    later(&test).await;
    let event = format!("cup.communicate:risorse-in-comune:{ALMESE}");
    while !matches!(call(&test, &event).await.state.as_str(), "to_verify" | "refused") {
        test.app.clock.advance(TimeDelta::hours(1));
        later(&test).await;
    }
    decide(&test, &event, done("RIC/2026/0000042")).await.unwrap();
    let comune: Value = test.get("token-rup", "/comuni/c_a218").await.json().await.unwrap();
    assert_eq!(
        (&comune["state"], &comune["receipt"]),
        (&"accepted".into(), &"RIC/2026/0000042".into()),
        "{comune}"
    );
    test.assert_whole().await;
}

#[tokio::test]
async fn what_came_back_is_kept_and_the_help_desk_is_told_everything() {
    let page = "<html><body><h1>502 Bad Gateway</h1></body></html>";
    let fault = Fault::on(Operation::CreateDraft).status(502).body("text/html", page).after_effect();
    let (test, id, event) = stuck(fault).await;
    let stuck = call(&test, &event).await;
    let evidence = stuck.evidence.clone().unwrap();
    assert_eq!((evidence.status, evidence.answer.as_deref()), (Some(502), Some(page.as_bytes())));
    let digest = evidence.request_sha256.unwrap();
    assert_ne!(digest, sha256(b""));
    // A question that fails afterwards does not hide what was sent.
    test.stand_ins.add_fault(Fault::on(Operation::FindOrders).status(200).body("text/html", page).times(9));
    decide(&test, &event, Resolution::Ask).await.unwrap();
    later(&test).await;
    let stuck = call(&test, &event).await;
    assert_eq!(stuck.evidence.as_ref().unwrap().operation, "find_by_reference");
    assert_eq!(stuck.evidence.as_ref().unwrap().request_sha256.as_ref(), Some(&digest));
    let text = support_text(&test.app, &stuck).await.unwrap();
    for word in [
        "Oggetto: Acquistinretepa: consegna della bozza di ODA",
        "Comune di Almese, codice fiscale 01817670019",
        "CUP: J51B26000010006",
        "CIG: BFA0B1C51C",
        &format!("Nostro riferimento (X-Riferimento-Esterno): {id}"),
        "Operazione inviata: hand_over",
        "Ultima operazione: find_by_reference",
        &format!("Impronta SHA-256 del messaggio inviato: {digest}"),
        "Primo invio: 12/03/2026 16:00 (2026-03-12T15:00:00Z)",
        "Risposta: HTTP 200 text/html",
        "con quale numero di ODA",
    ] {
        assert!(text.contains(word), "{word}\n{text}");
    }
    // The same on the command line, by another process.
    let folder = test.app.settings.store.path.parent().unwrap().to_owned();
    let db = folder.join("mepa-gateway.db");
    std::os::unix::fs::symlink(&test.app.settings.store.path, &db).unwrap();
    let run = |arguments: &[&str]| -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_mepa-gateway"));
        command.args(arguments).args(["--data-dir", folder.to_str().unwrap()]).output().unwrap()
    };
    let said = |output: &Output| String::from_utf8(output.stdout.clone()).unwrap();
    let listed = run(&["outbox", "list", "--state", "to_verify"]);
    assert!(said(&listed).contains(&event) && said(&listed).lines().count() == 1, "{listed:?}");
    let file = folder.join("answer.html");
    let shown = run(&["outbox", "show", &event, "--answer", file.to_str().unwrap()]);
    assert!(said(&shown).contains(&text), "{shown:?}");
    assert_eq!(std::fs::read(file).unwrap(), page.as_bytes());
    let refused = run(&["outbox", "resolve", &event, "--done", "x", "--reason", "r"]);
    assert!(
        !refused.status.success() && String::from_utf8_lossy(&refused.stderr).contains("1 to 12 digits"),
        "{refused:?}"
    );
    assert!(!run(&["outbox", "resolve", &event, "--done", "1"]).status.success(), "without a reason");
    assert!(!run(&["outbox", "resolve", &event, "--ask", "--not-done", "--reason", "r"]).status.success());
    let resolved =
        run(&["outbox", "resolve", &event, "--ask", "--reason", "la piattaforma risponde di nuovo"]);
    assert!(said(&resolved).contains("uncertain"), "{resolved:?}");
    test.stand_ins.clear_faults(Platform::Acquistinretepa);
    // The command went by the true time.
    test.move_to("2100-01-01T00:00:00Z");
    test.work().await;
    assert_eq!(state(&test, &id).await, "submitted");
    let events: Value = test.get("token-rup", "/events?limit=500").await.json().await.unwrap();
    let told =
        events["items"].as_array().unwrap().iter().rfind(|item| item["event"] == "call.resolved").unwrap();
    assert!(told["detail"].as_str().unwrap().ends_with("reason=la piattaforma risponde di nuovo"), "{told}");
}

/// Acquistinretepa as `GET /platforms` shows it.
async fn shown(test: &TestApp) -> Value {
    let body: Value = test.get("token-operatore", "/platforms").await.json().await.unwrap();
    body["items"].as_array().unwrap().iter().find(|item| item["name"] == "acquistinretepa").unwrap().clone()
}

#[tokio::test]
async fn people_see_how_a_platform_does_what_to_do_and_how_many_calls_are_left() {
    let test = TestApp::purchasing_with(|settings| {
        let call = &mut settings.platforms.acquistinretepa.call;
        (call.calls_per_day, call.calls_kept_percent) = (10, 50);
        (call.breaker_failures, call.attempts_max) = (std::num::NonZeroU32::MIN, std::num::NonZeroU32::MIN);
    })
    .await;
    test.work().await;
    let well = shown(&test).await;
    assert_eq!((&well["reachable"], &well["quota"]["left"]), (&true.into(), &9.into()), "{well}");
    test.stand_ins.add_fault(Fault::on(Operation::CreateDraft).status(503).forever());
    test.submit("k1", &good_order()).await;
    test.work().await;
    let ill = shown(&test).await;
    assert_eq!(
        (&ill["reachable"], &ill["breaker"]["state"], &ill["calls"]["in_doubt"]),
        (&false.into(), &"open".into(), &1.into()),
        "{ill}"
    );
    assert!(
        ill["last_error"]["text"].as_str().unwrap().starts_with("Acquistinretepa: servizio non disponibile")
    );
    assert!(ill["last_error"]["remedy"].as_str().unwrap().contains("Non ripetere a mano"));
}

#[tokio::test]
async fn a_spent_day_is_waited_out_until_midnight_in_rome_and_survives_a_restart() {
    let few = |settings: &mut Settings| {
        let call = &mut settings.platforms.acquistinretepa.call;
        (call.calls_per_day, call.calls_kept_percent) = (2, 50);
    };
    let test = TestApp::purchasing_with(few).await;
    // Another process has had the calls of the day.
    let today = mepa_gateway::domain::rome::rome_date(test.app.clock.now());
    assert_eq!(test.app.store.take_calls("acquistinretepa", today, 5, 2).await.unwrap(), 2);
    let (_, answer) = test.submit("k1", &good_order()).await;
    let event = format!("oda.hand_over:{}", answer["id"].as_str().unwrap());
    test.work().await;
    let waiting = call(&test, &event).await;
    assert_eq!(
        (waiting.state.as_str(), waiting.not_before.to_rfc3339()),
        ("pending", "2026-03-12T23:00:00+00:00".into())
    );
    assert_eq!(test.stand_ins.ledger().calls(Operation::CreateDraft), 0);
    test.move_to("2026-03-12T23:00:00Z");
    test.work().await;
    assert_eq!(call(&test, &event).await.state.as_str(), "confirmed");
}

#[tokio::test]
async fn the_question_that_decides_on_a_hand_over_is_asked_though_the_background_has_spent_its_part() {
    let test = TestApp::purchasing_with(|settings| {
        let call = &mut settings.platforms.acquistinretepa.call;
        (call.calls_per_day, call.calls_kept_percent) = (10, 50);
    })
    .await;
    let today = mepa_gateway::domain::rome::rome_date(test.app.clock.now());
    assert_eq!(test.app.store.take_calls("acquistinretepa", today, 5, 5).await.unwrap(), 5);
    test.stand_ins.add_fault(Fault::on(Operation::CreateDraft).dropped().after_effect());
    let (_, answer) = test.submit("k1", &good_order()).await;
    test.work().await;
    later(&test).await;
    assert_eq!(state(&test, answer["id"].as_str().unwrap()).await, "submitted");
    let ledger = test.stand_ins.ledger();
    assert_eq!((ledger.calls(Operation::FindOrders), ledger.calls(Operation::ListChanges)), (1, 0));
}
