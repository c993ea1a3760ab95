// SPDX-License-Identifier: EUPL-1.2
//! A CIG as ANAC knows it: looked up under a voucher and a tracking token of ours, and judged point by point.

use chrono::TimeDelta;
use mepa_gateway::domain::cig::Cig;
use mepa_gateway::domain::cig_check::Point;
use mepa_gateway::domain::cup::Cup;
use mepa_gateway::flows::verify_cig::verify_cig;
use mepa_gateway::platforms::error::{Kind, PlatformError};
use mepa_gateway::platforms::sending::BeforeSending;
use mepa_gateway_mocks::{EsitoConferma, Fault, Operation, RegisteredCig, Scheda};

use serde_json::Value;

use crate::support::{ALMESE, CUP_ALMESE, TestApp, good_order};

const CIG: &str = "BFA0B1C51C";

/// The CIG as it should be.
fn good() -> RegisteredCig {
    RegisteredCig {
        cig: CIG.into(),
        codice_fiscale: "01817670019".into(),
        cup: vec![CUP_ALMESE.into()],
        pnrr: true,
        scheda: Scheda::Ad3,
        importo: "9975.20".into(),
        quota: Some("30".into()),
        accessibilita: Some("inc".into()),
        ..RegisteredCig::default()
    }
}

async fn verify(test: &TestApp, cup: &str) -> Result<Vec<Point>, PlatformError> {
    let (cig, cup): (Cig, Cup) = (CIG.parse().unwrap(), cup.parse().unwrap());
    let comune = test.app.reference.comuni.by_istat(&ALMESE.parse().unwrap()).unwrap();
    verify_cig(&test.app, test.app.platforms.anac.as_ref().unwrap(), comune, Some(&cup), &cig).await
}

/// What speaks against the CIG, in Italian.
async fn against(test: &TestApp, registered: RegisteredCig) -> Vec<String> {
    test.stand_ins.register_cig(registered).unwrap();
    let points = verify(test, CUP_ALMESE).await.unwrap();
    let bad = points.into_iter().filter(|point| point.well == Some(false));
    bad.map(|point| format!("{}: {}", point.what.it, point.found.it)).collect()
}

#[tokio::test]
async fn a_good_cig_passes_every_point_under_one_voucher() {
    let test = TestApp::purchasing().await;
    assert_eq!(against(&test, good()).await, Vec::<String>::new());
    let points = verify(&test, CUP_ALMESE).await.unwrap();
    assert_eq!(points.len(), 8, "{points:?}");
    assert!(points.iter().all(|point| point.well == Some(true)), "{points:?}");
    let ledger = test.stand_ins.ledger();
    assert_eq!((ledger.calls(Operation::IssueVoucher), ledger.calls(Operation::FindProcurement)), (1, 2));
    test.app.clock.advance(TimeDelta::seconds(590));
    test.stand_ins.clock().stop_at(test.app.clock.now());
    verify(&test, CUP_ALMESE).await.unwrap();
    assert_eq!(test.stand_ins.ledger().calls(Operation::IssueVoucher), 2, "renewed before it expires");
    test.assert_whole().await;
}

#[tokio::test]
async fn each_fault_is_named_with_what_to_do() {
    let test = TestApp::purchasing().await;
    for (spoilt, expected) in [
        (RegisteredCig { codice_fiscale: "00509020013".into(), ..good() }, "è di questo Comune"),
        (RegisteredCig { cup: vec![], ..good() }, "correggere con la scheda CM1"),
        (RegisteredCig { pnrr: false, ..good() }, "investimento PNRR"),
        (RegisteredCig { importo: "4999.99".into(), ..good() }, "la scheda è adatta all'importo"),
        (RegisteredCig { quota: None, ..good() }, "pari opportunità"),
        (RegisteredCig { accessibilita: None, ..good() }, "accessibilità"),
    ] {
        let bad = against(&test, spoilt.clone()).await;
        assert!(bad.len() == 1 && bad[0].contains(expected), "{expected}: {bad:?} {spoilt:?}");
    }
    let small = RegisteredCig { scheda: Scheda::Ad5, importo: "4999.99".into(), ..good() };
    assert_eq!(against(&test, small).await, Vec::<String>::new(), "below 5,000 euro the form says less");
}

#[tokio::test]
async fn an_unknown_cig_is_said_to_be_unknown() {
    let test = TestApp::purchasing().await;
    let points = verify(&test, CUP_ALMESE).await.unwrap();
    assert!(points.len() == 1 && points[0].found.it.contains("sconosciuto ad ANAC"), "{points:?}");
}

#[tokio::test]
async fn an_empty_outcome_is_overdue_and_never_failed() {
    let test = TestApp::purchasing().await;
    test.stand_ins.register_cig(RegisteredCig { esito_dopo: 1, ..good() }).unwrap();
    let overdue = verify(&test, CUP_ALMESE).await.unwrap().pop().unwrap();
    assert_eq!((overdue.well, &*overdue.found.en), (None, "no outcome yet: try again"));
    assert_eq!(verify(&test, CUP_ALMESE).await.unwrap().pop().unwrap().well, Some(true));
}

#[tokio::test]
async fn err132_is_their_side_or_a_wrong_cup_as_sistema_cup_bears_witness() {
    let test = TestApp::empty("2026-01-12T09:00:00Z".parse().unwrap()).await;
    let ko = |cup: &str| RegisteredCig {
        esito: EsitoConferma::Ko,
        errori: vec!["ERR132".into()],
        cup: vec![cup.into()],
        ..good()
    };
    test.stand_ins.register_cig(ko(CUP_ALMESE)).unwrap();
    let wrong = verify(&test, CUP_ALMESE).await.unwrap().pop().unwrap();
    assert!(wrong.found.it.contains("ERR132") && wrong.found.it.contains("correggere il CUP"), "{wrong:?}");
    let wanted = mepa_gateway::platforms::sistema_cup::CupRequest {
        event_key: "k".into(),
        holder_tax_code: "01817670019".parse().unwrap(),
        comune: ALMESE.parse().unwrap(),
        comune_name: "Almese".into(),
        decision_year: 2026,
        title: test.app.programme.name.it.to_string(),
        template: test.app.programme.cup_template.value.clone(),
        codes: test.app.programme.cup_codes.value.clone(),
        cost: mepa_gateway::domain::money::Money::from_cents(3_547_147),
    };
    let cup =
        test.app.platforms.sistema_cup.generate(&wanted, &BeforeSending::untold()).await.unwrap().to_string();
    test.stand_ins.register_cig(ko(&cup)).unwrap();
    let theirs = verify(&test, &cup).await.unwrap().pop().unwrap();
    assert!(theirs.found.it.contains("il problema è dalla loro parte"), "{theirs:?}");
}

#[tokio::test]
async fn a_voucher_that_expired_early_is_renewed_once_and_refused_credentials_are_told() {
    let test = TestApp::purchasing().await;
    test.stand_ins.register_cig(good()).unwrap();
    verify(&test, CUP_ALMESE).await.unwrap();
    let expired = include_str!("../../mocks/fixtures/anac/voucher-scaduto.problem.json");
    let fault = Fault::on(Operation::FindProcurement).status(401).body("application/problem+json", expired);
    test.stand_ins.add_fault(fault.clone());
    verify(&test, CUP_ALMESE).await.unwrap();
    assert_eq!(test.stand_ins.ledger().calls(Operation::IssueVoucher), 2);
    test.stand_ins.add_fault(fault.forever());
    let refused = verify(&test, CUP_ALMESE).await.unwrap_err();
    assert!(matches!(refused.kind, Kind::Denied { .. }), "{refused:?}");
    assert_eq!(test.stand_ins.ledger().calls(Operation::IssueVoucher), 3, "once, not for ever");
}

#[tokio::test]
async fn faults_of_the_wire_are_told_and_each_try_has_a_token_of_its_own() {
    let test = TestApp::purchasing().await;
    test.stand_ins.register_cig(good()).unwrap();
    test.stand_ins.add_fault(Fault::on(Operation::FindProcurement).status(500).times(2));
    verify(&test, CUP_ALMESE).await.unwrap();
    assert_eq!(
        test.stand_ins.ledger().calls(Operation::FindProcurement),
        3,
        "the third was answered, not refused"
    );
    for fault in [
        Fault::on(Operation::ReadProcurement).truncated(),
        Fault::on(Operation::FindProcurement)
            .status(200)
            .body("application/json", r#"{"result": [], "totRows": 7}"#),
        Fault::on(Operation::ReadOutcome).status(200).body("text/html", "<html/>"),
    ] {
        test.stand_ins.add_fault(fault.clone());
        let error = verify(&test, CUP_ALMESE).await.unwrap_err();
        assert!(matches!(error.kind, Kind::Garbled { .. }), "{fault:?}: {error:?}");
    }
}

/// A gateway that asks about the CIG of what it hands over; the order of the fixtures is handed over.
async fn handed_over(known: Option<RegisteredCig>) -> (TestApp, String) {
    let test = TestApp::purchasing_with(|settings| {
        settings.platforms.anac.as_mut().unwrap().verify_orders = true;
    })
    .await;
    known.into_iter().for_each(|cig| drop(test.stand_ins.register_cig(cig).unwrap()));
    let (_, answer) = test.submit("k", &good_order()).await;
    test.work().await;
    (test, answer["id"].as_str().unwrap().to_owned())
}

/// What the order shows of its CIG, and how many events there are of it.
async fn shown(test: &TestApp, id: &str) -> (Value, usize) {
    let order: Value = test.get("token-rup", &format!("/orders/{id}")).await.json().await.unwrap();
    let events = test.app.store.events(None, 0, 200).await.unwrap();
    let told = events.iter().filter(|event| event.action == "cig.checked").count();
    (order["cig_check"].clone(), told)
}

async fn a_day_later(test: &TestApp) {
    let now = test.app.clock.now() + TimeDelta::hours(25);
    test.app.clock.set(now);
    test.stand_ins.clock().stop_at(now);
    test.work().await;
}

#[tokio::test]
async fn the_cig_of_an_order_is_looked_up_by_itself_until_it_is_well() {
    let (test, id) = handed_over(None).await;
    let (check, told) = shown(&test, &id).await;
    assert_eq!((&check["result"], told), (&"against".into(), 1), "{check}");
    assert!(check["points"][0]["found"].as_str().unwrap().contains("sconosciuto ad ANAC"), "{check}");
    a_day_later(&test).await;
    assert_eq!(shown(&test, &id).await.1, 1, "the same again is no news");
    test.stand_ins.register_cig(RegisteredCig { esito_dopo: 1, ..good() }).unwrap();
    a_day_later(&test).await;
    assert_eq!(shown(&test, &id).await.0["result"], "open", "the confirmation is overdue");
    a_day_later(&test).await;
    let (check, told) = shown(&test, &id).await;
    assert_eq!((&check["result"], check["points"].as_array().unwrap().len(), told), (&"well".into(), 8, 3));
    let calls = test.stand_ins.ledger().calls(Operation::FindProcurement);
    a_day_later(&test).await;
    assert_eq!(test.stand_ins.ledger().calls(Operation::FindProcurement), calls, "then it is left alone");
    test.assert_whole().await;
}

#[tokio::test]
async fn anac_that_is_away_holds_up_nothing_and_is_asked_again() {
    let (test, id) = handed_over(Some(good())).await;
    assert_eq!(shown(&test, &id).await.0["result"], "well");
    let (test, id) = {
        let test = TestApp::purchasing_with(|settings| {
            settings.platforms.anac.as_mut().unwrap().verify_orders = true;
        })
        .await;
        test.stand_ins.register_cig(good()).unwrap();
        test.stand_ins.add_fault(Fault::on(Operation::FindProcurement).status(503).times(3));
        let (_, answer) = test.submit("k", &good_order()).await;
        test.work().await;
        (test, answer["id"].as_str().unwrap().to_owned())
    };
    let (check, _) = shown(&test, &id).await;
    assert!(check.is_null(), "{check}");
    assert_eq!(test.app.store.order(&id).await.unwrap().unwrap().state.as_str(), "submitted");
    a_day_later(&test).await;
    assert_eq!(shown(&test, &id).await.0["result"], "well");
}
