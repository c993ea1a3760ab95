// SPDX-License-Identifier: EUPL-1.2
//! SIOPE+: lists by pages and windows, packed documents, what was fetched, strangers kept out.

use std::io::Cursor;

use mepa_gateway_mocks::schema::Schema;
use mepa_gateway_mocks::{Fault, Messaggio, Operation, Options, Platform, StandIns};
use serde_json::Value;

use crate::client::{Answer, call, moment, send, start};

const OFFICE: &str = "/v1/A2A-00000001/PA/UFTST1";
const FLOW: &str = include_str!("../../fixtures/siope/flusso-split-payment.xml");
const ACK: &str = include_str!("../../fixtures/siope/ack-ok.xml");
const OUTCOME: &str = include_str!("../../fixtures/siope/esito-pagato.xml");
const JOURNAL: [&str; 2] = [
    include_str!("../../fixtures/siope/giornale-pagina-1.xml"),
    include_str!("../../fixtures/siope/giornale-pagina-2.xml"),
];

fn get(base: &str, path: &str) -> Answer {
    call(base, "GET", &format!("{OFFICE}/{path}"), "")
}

fn numbers(list: &Value, name: &str) -> Vec<u64> {
    list["risultati"].as_array().unwrap().iter().map(|line| line[name].as_u64().unwrap()).collect()
}

fn unpacked(answer: &Answer) -> String {
    let mut archive = zip::ZipArchive::new(Cursor::new(&answer.bytes)).unwrap();
    assert_eq!(archive.len(), 1);
    std::io::read_to_string(archive.by_index(0).unwrap()).unwrap()
}

/// What follows the host in the address of the only document of a list.
fn location(list: &Value, base: &str) -> String {
    list["risultati"][0]["location"].as_str().unwrap().strip_prefix(base).unwrap().to_owned()
}

#[tokio::test]
async fn each_kind_has_its_list_and_its_documents() {
    let stand_ins = start().await;
    let base = stand_ins.urls().siope;
    for (path, number, kind, document) in [
        ("flusso", "progFlusso", Messaggio::Flusso, FLOW),
        ("flusso/ack", "progFlusso", Messaggio::Ack, ACK),
        ("esitoapplicativo", "progEsitoApplicativo", Messaggio::Esito, OUTCOME),
        ("giornale", "progGiornale", Messaggio::Giornale, JOURNAL[0]),
    ] {
        let empty = get(&base, &format!("{path}/")).json();
        assert_eq!(
            (empty["numRisultati"].as_u64(), empty["numPagine"].as_u64()),
            (Some(0), Some(0)),
            "{path}"
        );
        let published = stand_ins.siope_publish(document).unwrap();
        assert_eq!((published.messaggio, published.numero), (kind, 1));
        let list = get(&base, &format!("{path}/")).json();
        assert_eq!(numbers(&list, number), [1], "{path}");
        let address = location(&list, &base);
        assert_eq!(address, format!("{OFFICE}/{path}/1"));
        let answer = call(&base, "GET", &address, "");
        assert!(answer.head.contains("content-type: application/zip"), "{}", answer.head);
        assert_eq!(unpacked(&answer), document, "{path}");
    }
    assert_eq!(stand_ins.ledger().broken_answers(), [""; 0]);
}

#[tokio::test]
async fn lists_come_by_pages() {
    let options =
        Options { siope_per_page: 2, now: Some(moment("2026-04-10T20:00:00Z")), ..Options::default() };
    let stand_ins = StandIns::start(options).await.unwrap();
    let base = stand_ins.urls().siope;
    for page in [0, 1, 0, 1, 0] {
        stand_ins.siope_publish(JOURNAL[page]).unwrap();
    }
    let page = |n: u32| get(&base, &format!("giornale?pagina={n}")).json();
    assert_eq!(numbers(&page(1), "progGiornale"), [1, 2]);
    assert_eq!(numbers(&page(2), "progGiornale"), [3, 4]);
    assert_eq!(numbers(&page(3), "progGiornale"), [5]);
    assert_eq!(numbers(&page(4), "progGiornale"), [0; 0]);
    assert_eq!((page(3)["numPagine"].as_u64(), page(3)["numRisultati"].as_u64()), (Some(3), Some(5)));
    for wrong in ["pagina=0", "pagina=x", "download=forse", "dataUploadDa=2026-04-10", "dataUploadA=ieri"] {
        let answer = get(&base, &format!("giornale?{wrong}"));
        assert_eq!((answer.status, answer.kind().as_str()), (400, "ricerca-non-valida"), "{wrong}");
    }
    assert_eq!(stand_ins.ledger().broken_answers(), [""; 0]);
}

#[tokio::test]
async fn lists_are_bounded_in_time() {
    let stand_ins = start().await;
    let base = stand_ins.urls().siope;
    for at in ["2026-04-10T10:00:00Z", "2026-04-11T10:00:00Z", "2026-04-12T10:00:00Z"] {
        stand_ins.clock().stop_at(moment(at));
        stand_ins.siope_publish(OUTCOME).unwrap();
        stand_ins.siope_publish(ACK).unwrap();
    }
    let (day, next) = ("2026-04-11T10:00:00.000", "2026-04-12T09:59:59.999");
    let list = get(&base, &format!("esitoapplicativo/?dataUploadDa={day}&dataUploadA={next}")).json();
    assert_eq!(numbers(&list, "progEsitoApplicativo"), [2]);
    assert_eq!((list["dataUploadDa"].as_str(), list["dataUploadA"].as_str()), (Some(day), Some(next)));
    assert_eq!(list["risultati"][0]["dataUpload"], day);
    let acks = get(&base, &format!("flusso/ack/?dataProduzioneDa={day}")).json();
    assert_eq!(numbers(&acks, "progFlusso"), [2, 3]);
    assert_eq!(acks["risultati"][0]["dataProduzione"], day);
}

#[tokio::test]
async fn what_was_fetched_is_marked_once() {
    let stand_ins = start().await;
    let base = stand_ins.urls().siope;
    stand_ins.siope_publish(JOURNAL[0]).unwrap();
    stand_ins.siope_publish(JOURNAL[1]).unwrap();
    let open = |download: bool| {
        numbers(&get(&base, &format!("giornale/?download={download}")).json(), "progGiornale")
    };
    assert_eq!((open(false), open(true)), (vec![1, 2], vec![]));
    for _ in 0..2 {
        assert_eq!(unpacked(&get(&base, "giornale/2")), JOURNAL[1]);
        assert_eq!((open(false), open(true)), (vec![1], vec![2]));
    }
    let ledger = stand_ins.ledger();
    assert_eq!(ledger.effects_for(Operation::ReadOpi, "UFTST1/giornale/2"), 1);
    assert_eq!((ledger.calls(Operation::ReadOpi), ledger.effects_of(Operation::ReadOpi)), (2, 1));
    assert_eq!(ledger.doubles(), []);
}

#[tokio::test]
async fn a_document_lost_on_the_way_counts_as_fetched() {
    let stand_ins = start().await;
    let base = stand_ins.urls().siope;
    stand_ins.siope_publish(OUTCOME).unwrap();
    stand_ins.add_fault(Fault::on(Operation::ReadOpi).dropped().after_effect());
    let headers = [("Authorization", "Bearer prova")];
    let address = format!("{OFFICE}/esitoapplicativo/1");
    assert!(send(&base, "GET", &address, &headers, "").is_none());
    assert_eq!(
        numbers(&get(&base, "esitoapplicativo?download=false").json(), "progEsitoApplicativo"),
        [0; 0]
    );
    stand_ins.add_fault(Fault::on(Operation::ReadOpi).truncated());
    let cut = get(&base, "esitoapplicativo/1");
    assert!(zip::ZipArchive::new(Cursor::new(&cut.bytes)).is_err());
    stand_ins.add_fault(Fault::on(Operation::ListOpi).empty());
    let nothing = get(&base, "esitoapplicativo/");
    assert_eq!(nothing.json()["numRisultati"], 0);
    assert_eq!(Schema::SiopeLista.breaches(&nothing.body), []);
    assert_eq!(unpacked(&get(&base, "esitoapplicativo/1")), OUTCOME);
}

#[tokio::test]
async fn the_plain_document_comes_only_when_asked_for() {
    let stand_ins = start().await;
    let base = stand_ins.urls().siope;
    stand_ins.siope_publish(FLOW).unwrap();
    let ask = |accept: &str| {
        let headers = [("Authorization", "Bearer prova"), ("Accept", accept)];
        send(&base, "GET", &format!("{OFFICE}/flusso/1"), &headers, "").unwrap()
    };
    assert_eq!(ask("application/xml;q=0.9").body, FLOW);
    assert_eq!(unpacked(&ask("application/xml, application/zip")), FLOW);
    assert_eq!(unpacked(&ask("*/*")), FLOW);
    assert_eq!((ask("text/html").status, ask("text/html").kind().as_str()), (406, "formato-non-ammesso"));
}

#[tokio::test]
async fn strangers_are_kept_out() {
    let office = Some(("A2A-00000001".to_owned(), "UFTST1".to_owned()));
    let options = Options { siope_office: office, bearer: Some("segreto".to_owned()), ..Options::default() };
    let stand_ins = StandIns::start(options).await.unwrap();
    let base = stand_ins.urls().siope;
    stand_ins.siope_publish(FLOW).unwrap();
    let ask = |method: &str, path: &str, token: &str| {
        let token = format!("Bearer {token}");
        send(&base, method, path, &[("Authorization", token.as_str())], "").unwrap()
    };
    let wrong = ask("GET", &format!("{OFFICE}/flusso/"), "altro");
    assert_eq!((wrong.status, wrong.kind().as_str()), (401, "non-autenticato"));
    for (method, path, status, kind) in [
        ("GET", "/v1/A2A-00000001/PA/ALTRO1/flusso/", 404, "ufficio-inesistente"),
        ("GET", "/v1/A2A-00000001/PA/ALTRO1/flusso/1", 404, "ufficio-inesistente"),
        ("GET", "/v1/A2A-00000009/PA/UFTST1/flusso/1", 404, "ufficio-inesistente"),
        ("GET", "/v1/A2A-00000001/PA/UFTST1/flusso/2", 404, "documento-inesistente"),
        ("GET", "/v1/A2A-00000001/PA/UFTST1/flusso/01", 404, "documento-inesistente"),
        ("GET", "/v1/A2A-00000001/PA/UFTST1/giornale/1", 404, "documento-inesistente"),
        ("POST", "/v1/A2A-00000001/PA/UFTST1/flusso/", 405, "metodo-non-ammesso"),
        ("GET", "/v1/A2A-00000001/BT/UFTST1/flusso/", 404, "risorsa-inesistente"),
        ("GET", "/v2/A2A-00000001/PA/UFTST1/flusso/", 404, "risorsa-inesistente"),
    ] {
        let answer = ask(method, path, "segreto");
        assert_eq!((answer.status, answer.kind().as_str()), (status, kind), "{method} {path}");
        assert_eq!(Schema::SiopeProblem.breaches(&answer.body), [], "{method} {path}");
    }
    assert_eq!(stand_ins.ledger().effects_of(Operation::ReadOpi), 0);
}

#[tokio::test]
async fn documents_of_another_office_are_not_seen() {
    let stand_ins = start().await;
    let base = stand_ins.urls().siope;
    let theirs = FLOW.replace(">UFTST1</codice_ente>", ">ALTRO1</codice_ente>");
    assert_eq!(stand_ins.siope_publish(&theirs).unwrap().ufficio, "ALTRO1");
    assert_eq!(get(&base, "flusso/1").status, 404);
    assert_eq!(get(&base, "flusso/").json()["numRisultati"], 0);
    assert_eq!(call(&base, "GET", "/v1/A2A-00000001/PA/ALTRO1/flusso/1", "").status, 200);
}

#[tokio::test]
async fn only_what_keeps_its_schema_is_published() {
    let stand_ins = start().await;
    let base = stand_ins.urls().siope;
    for document in [
        "",
        "<flusso_ordinativi/>",
        "<altro/>",
        "<!DOCTYPE a><a/>",
        &FLOW.replace("COMMERCIALE", "ALTRO"),
        &OUTCOME.replace("PAGATO", "FATTO"),
    ] {
        assert!(stand_ins.siope_publish(document).is_err(), "{document}");
        let refused = call(&base, "POST", "/__admin/siope/documenti", document);
        assert_eq!(refused.status, 422, "{document}");
    }
    assert_eq!(get(&base, "flusso").json()["numRisultati"], 0);
    let filed = call(&base, "POST", "/__admin/siope/documenti", FLOW).json();
    assert_eq!((filed["ufficio"].as_str(), filed["messaggio"].as_str()), (Some("UFTST1"), Some("flusso")));
    assert_eq!(filed["numero"], 1);
    assert_eq!(get(&base, "flusso").json()["numRisultati"], 1);
    assert_eq!(Operation::ListOpi.platform(), Platform::Siope);
}
