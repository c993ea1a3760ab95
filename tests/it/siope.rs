// SPDX-License-Identifier: EUPL-1.2
//! SIOPE+ is read office by office: every document once, byte for byte, whatever goes wrong on the way.

use chrono::TimeDelta;
use mepa_gateway::domain::opi::OpiKind;
use mepa_gateway::domain::sha256::sha256;
use mepa_gateway::flows::pull_opi;
use mepa_gateway::platforms::{Kind, PlatformError};
use mepa_gateway::store::ReadOnlyStore;
use mepa_gateway::store::opi::{OpiDocument, OpiFilter};
use mepa_gateway_mocks::{Fault, Operation, Platform};
use sqlx::Connection as _;

use crate::support::{ALPIGNANO, TestApp};

const FLOW: &str = include_str!("../../mocks/fixtures/siope/flusso-split-payment.xml");
const CREDIT: &str = include_str!("../../mocks/fixtures/siope/flusso-nota-di-credito.xml");
const ACK: &str = include_str!("../../mocks/fixtures/siope/ack-ok.xml");
const PAID: &str = include_str!("../../mocks/fixtures/siope/esito-pagato.xml");
const JOURNAL: [&str; 2] = [
    include_str!("../../mocks/fixtures/siope/giornale-pagina-1.xml"),
    include_str!("../../mocks/fixtures/siope/giornale-pagina-2.xml"),
];

/// Time goes by on all clocks, then the worker does what is due.
async fn later(test: &TestApp, minutes: i64) {
    let now = test.app.clock.now() + TimeDelta::minutes(minutes);
    test.app.clock.set(now);
    test.stand_ins.clock().stop_at(now);
    test.work().await;
}

async fn documents(test: &TestApp) -> Vec<OpiDocument> {
    test.app.store.opi_documents(&OpiFilter { limit: 100, ..OpiFilter::default() }).await.unwrap()
}

async fn bytes_of(test: &TestApp, document: &OpiDocument) -> Vec<u8> {
    test.app.store.opi_bytes(&document.office, document.kind, document.number).await.unwrap().unwrap()
}

/// What doctor tells of readings that broke off.
async fn broken_readings(test: &TestApp) -> Vec<(String, String)> {
    let store = ReadOnlyStore::open(&test.app.settings.store.path).await.unwrap();
    store.broken_readings().await.unwrap()
}

fn publish(test: &TestApp, texts: &[&str]) {
    for text in texts {
        test.stand_ins.siope_publish(text).unwrap();
    }
}

#[tokio::test]
async fn every_document_comes_once_and_byte_for_byte() {
    let test = TestApp::purchasing().await;
    publish(&test, &[FLOW, ACK, PAID, JOURNAL[0], JOURNAL[1]]);
    later(&test, 10).await;
    let first = documents(&test).await;
    assert_eq!(first.len(), 5);
    for (kind, number, text) in [
        (OpiKind::Flow, 1, FLOW),
        (OpiKind::Ack, 1, ACK),
        (OpiKind::Outcome, 1, PAID),
        (OpiKind::Journal, 1, JOURNAL[0]),
        (OpiKind::Journal, 2, JOURNAL[1]),
    ] {
        let found = first.iter().find(|found| (found.kind, found.number) == (kind, number)).unwrap();
        assert_eq!(bytes_of(&test, found).await, text.as_bytes(), "{kind:?}");
        assert_eq!((found.office.as_str(), &found.sha256), ("UFTST1", &sha256(text.as_bytes())));
    }
    publish(&test, &[CREDIT]);
    later(&test, 10).await;
    later(&test, 10).await;
    assert_eq!(documents(&test).await.len(), 6);
    assert_eq!(test.stand_ins.ledger().calls(Operation::ReadOpi), 6, "what is here is not fetched again");
    let events = test.app.store.events(None, 0, 100).await.unwrap();
    assert_eq!(events.iter().filter(|event| event.action == "opi.received").count(), 6);
    assert_eq!(test.stand_ins.ledger().broken_answers(), [""; 0]);
    test.assert_whole().await;
}

#[tokio::test]
async fn what_was_fetched_and_lost_is_fetched_again() {
    let test = TestApp::purchasing().await;
    publish(&test, &[PAID]);
    // The platform has noted that it was fetched, and the answer did not come.
    test.stand_ins.add_fault(Fault::on(Operation::ReadOpi).dropped().after_effect().times(3));
    later(&test, 10).await;
    assert_eq!(documents(&test).await.len(), 0);
    later(&test, 10).await;
    assert_eq!(documents(&test).await.len(), 1);
}

#[tokio::test]
async fn what_is_not_the_document_asked_for_is_not_kept() {
    let faults = [
        Fault::on(Operation::ReadOpi).truncated(),
        Fault::on(Operation::ReadOpi).status(200).body("application/zip", "PK"),
        Fault::on(Operation::ReadOpi).status(200).body("application/xml", FLOW),
        Fault::on(Operation::ReadOpi).status(502),
        Fault::on(Operation::ListOpi).status(200).body("application/json", "{}"),
        Fault::on(Operation::ListOpi).truncated(),
        Fault::anywhere(Platform::Siope).status(401),
        Fault::anywhere(Platform::Siope).status(301),
    ];
    for fault in faults {
        let test = TestApp::purchasing().await;
        publish(&test, &[FLOW]);
        test.stand_ins.add_fault(fault.clone().forever());
        later(&test, 10).await;
        assert_eq!(documents(&test).await.len(), 0, "{fault:?}");
        test.stand_ins.clear_faults(Platform::Siope);
        later(&test, 10).await;
        assert_eq!(documents(&test).await.len(), 1, "{fault:?}");
    }
}

#[tokio::test]
async fn lists_are_read_to_their_last_page() {
    let test = TestApp::purchasing().await;
    for n in 0..120 {
        publish(&test, &[&PAID.replace("ESITO-2026-0002", &format!("ESITO-2026-1{n:03}"))]);
    }
    later(&test, 10).await;
    assert_eq!(documents(&test).await.len(), 100, "the limit of what is shown");
    let office = "UFTST1".parse().unwrap();
    let since = pull_opi::begin(&test.app);
    assert_eq!(test.app.store.opi_numbers(&office, OpiKind::Outcome, since).await.unwrap().len(), 120);
}

#[tokio::test]
async fn each_office_is_read_on_its_own() {
    let test = TestApp::purchasing_with(|settings| {
        settings.offices.insert("UFTST2".parse().unwrap(), ALPIGNANO.parse().unwrap());
    })
    .await;
    publish(&test, &[FLOW, &FLOW.replace("UFTST1", "UFTST2")]);
    later(&test, 10).await;
    let mut offices: Vec<_> =
        documents(&test).await.iter().map(|document| document.office.to_string()).collect();
    offices.sort();
    assert_eq!(offices, ["UFTST1", "UFTST2"]);
    let events = test.app.store.events(Some(&ALPIGNANO.parse().unwrap()), 0, 100).await.unwrap();
    assert!(events.iter().any(|event| event.action == "opi.received"), "in the chain of its Comune");
}

#[tokio::test]
async fn a_document_that_is_not_there_is_told() {
    let test = TestApp::purchasing().await;
    let client = test.app.platforms.siope.as_ref().unwrap();
    let office = "UFTST1".parse().unwrap();
    let error: PlatformError = client.fetch(&office, OpiKind::Flow, 7).await.unwrap_err();
    assert!(matches!(error.kind, Kind::NotFound { .. }), "{error:?}");
    let page = client.list(&office, OpiKind::Flow, pull_opi::begin(&test.app), 1).await.unwrap();
    assert_eq!((page.items, page.pages), (vec![], 0));
}

#[tokio::test]
async fn what_cannot_be_had_holds_up_no_other() {
    let test = TestApp::purchasing().await;
    publish(&test, &[FLOW, CREDIT, PAID]);
    // One document comes broken, and the others are read all the same.
    test.stand_ins.add_fault(Fault::on(Operation::ReadOpi).status(200).body("application/xml", "<a/>"));
    later(&test, 10).await;
    assert_eq!(documents(&test).await.len(), 2);
    let broken = broken_readings(&test).await;
    assert!(broken.len() == 1 && broken[0].0.starts_with("siope:UFTST1:"), "{broken:?}");
    later(&test, 10).await;
    assert_eq!((documents(&test).await.len(), broken_readings(&test).await.len()), (3, 0), "asked for again");
}

#[tokio::test]
async fn a_list_that_is_not_served_holds_up_no_other() {
    let test = TestApp::purchasing().await;
    publish(&test, &[FLOW, PAID]);
    let refused = include_str!("../../mocks/fixtures/siope/documento-inesistente.problem.json");
    let fault = Fault::on(Operation::ListOpi).status(404).body("application/problem+json", refused);
    test.stand_ins.add_fault(fault);
    later(&test, 10).await;
    assert_eq!(broken_readings(&test).await.len(), 1);
    assert!(!documents(&test).await.is_empty(), "the other kinds were read");
}

/// A list of one flow.
fn listed(at: &str) -> Fault {
    let list = format!(
        r#"{{"numRisultati": 1, "numPagine": 1, "risultatiPerPagina": 50, "pagina": 1, "risultati": [
            {{"progFlusso": 1, "dataUpload": "{at}", "download": false, "location": "http://x/1", "nuovo": 1}}]}}"#
    );
    Fault::on(Operation::ListOpi).status(200).body("application/json", &list).forever()
}

#[tokio::test]
async fn a_moment_that_has_not_come_leaves_out_nothing() {
    let test = TestApp::purchasing().await;
    publish(&test, &[FLOW]);
    test.stand_ins.add_fault(listed("2062-04-08T10:16:00.000"));
    later(&test, 10).await;
    test.stand_ins.clear_faults(Platform::Siope);
    publish(&test, &[CREDIT]);
    later(&test, 10).await;
    let flows = OpiFilter { kind: Some(OpiKind::Flow), limit: 10, ..OpiFilter::default() };
    assert_eq!(test.app.store.opi_documents(&flows).await.unwrap().len(), 2);
}

#[tokio::test]
async fn another_document_under_a_known_number_is_told() {
    let test = TestApp::purchasing().await;
    publish(&test, &[FLOW]);
    later(&test, 10).await;
    let url = format!("sqlite:{}", test.app.settings.store.path.display());
    let mut connection = sqlx::SqliteConnection::connect(&url).await.unwrap();
    let edit =
        "DROP TRIGGER opi_documents_stay_as_they_came; UPDATE opi_documents SET listed_at = 0, sha256 = 'x'";
    sqlx::raw_sql(edit).execute(&mut connection).await.unwrap();
    test.stand_ins.add_fault(listed("2026-03-12T15:30:00.000"));
    later(&test, 10).await;
    let told = broken_readings(&test).await;
    assert!(told.iter().any(|(_, why)| why.contains("another document")), "{told:?}");
}
