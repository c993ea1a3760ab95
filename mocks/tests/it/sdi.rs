// SPDX-License-Identifier: EUPL-1.2
//! SdI: files are delivered until they are taken in charge, an outcome is taken once and in time.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mepa_gateway_mocks::schema::Schema;
use mepa_gateway_mocks::{InvoiceFile, Operation, Receiver, StandIns, Undelivered};
use wiremock::matchers::{body_string_contains, header, method, path};
use wiremock::{Mock, MockServer, Request, ResponseTemplate};

use crate::client::{Answer, call, moment, send, start};

const ANSWER: &str = include_str!("../../fixtures/sdi/delivery.answer.xml");
const OUTCOME: &str = include_str!("../../fixtures/sdi/outcome.request.xml");
const ID: u64 = 100_000_001;

fn file() -> InvoiceFile {
    InvoiceFile {
        name: "IT76543211007_00001.xml".into(),
        content: b"<fattura/>".to_vec(),
        office: "UFTST1".into(),
        format: "FPA12".into(),
    }
}

async fn receiver(answer: ResponseTemplate) -> (MockServer, Receiver) {
    let server = MockServer::start().await;
    let given = Mock::given(method("POST")).and(path("/sdi/ricezione-fatture"));
    given.and(header("authorization", "Bearer prova")).respond_with(answer).mount(&server).await;
    let to = Receiver { url: format!("{}/sdi/ricezione-fatture", server.uri()), token: "prova".into() };
    (server, to)
}

fn well() -> ResponseTemplate {
    ResponseTemplate::new(200).set_body_raw(ANSWER, "text/xml")
}

async fn delivered() -> StandIns {
    let stand_ins = start().await;
    let (_server, to) = receiver(well()).await;
    assert_eq!(stand_ins.deliver_invoices(file(), &to).await, Ok((ID, Ok(()))));
    stand_ins
}

fn notify(stand_ins: &StandIns, envelope: &str) -> Answer {
    let headers = [("Content-Type", "text/xml"), ("SOAPAction", "\"x\"")];
    let answer = send(&stand_ins.urls().sdi, "POST", "/ricevi_notifica", &headers, envelope).unwrap();
    assert_eq!(Schema::SdiEnvelope.breaches(&answer.body), []);
    answer
}

/// An outcome about an invoice, or about the whole file.
fn outcome(id: u64, invoice: Option<&str>, esito: &str) -> String {
    let reference = invoice.map_or_else(String::new, |number| {
        format!(
            "<RiferimentoFattura><NumeroFattura>{number}</NumeroFattura><AnnoFattura>2026</AnnoFattura></RiferimentoFattura>"
        )
    });
    let message = format!(
        "<t:NotificaEsitoCommittente xmlns:t='http://www.fatturapa.gov.it/sdi/messaggi/v1.0' versione='1.0'>\
         <IdentificativoSdI>{id}</IdentificativoSdI>{reference}<Esito>{esito}</Esito></t:NotificaEsitoCommittente>"
    );
    let (head, rest) = OUTCOME.split_once("<File>").unwrap();
    let (_, tail) = rest.split_once("</File>").unwrap();
    format!("{head}<File>{}</File>{tail}", STANDARD.encode(message))
        .replace(&format!(">{ID}<"), &format!(">{id}<"))
}

/// The code of the message SE inside an answer.
fn scarto(answer: &Answer) -> String {
    let packed = answer.body.split("<File>").nth(1).unwrap().split("</File>").next().unwrap();
    let message = String::from_utf8(STANDARD.decode(packed).unwrap()).unwrap();
    assert_eq!(Schema::SdiMessage.breaches(&message), []);
    message.split("<Scarto>").nth(1).unwrap().split("</Scarto>").next().unwrap().to_owned()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_is_delivered_with_its_metadata_and_counted_once() {
    let stand_ins = start().await;
    let server = MockServer::start().await;
    let check = |request: &Request| {
        let body = std::str::from_utf8(&request.body).unwrap();
        assert_eq!(Schema::SdiEnvelope.breaches(body), []);
        assert_eq!(
            request.headers["soapaction"],
            "\"http://www.fatturapa.it/RicezioneFatture/RiceviFattureSdI\""
        );
        well()
    };
    Mock::given(body_string_contains("fileSdIConMetadati")).respond_with(check).mount(&server).await;
    let to = Receiver { url: server.uri(), token: "prova".into() };
    assert_eq!(stand_ins.deliver_invoices(file(), &to).await, Ok((ID, Ok(()))));
    assert_eq!(stand_ins.deliver_again(ID, &to).await, Ok(()));
    let ledger = stand_ins.ledger();
    assert_eq!(
        (ledger.calls(Operation::DeliverInvoices), ledger.effects_of(Operation::DeliverInvoices)),
        (2, 1)
    );
    let shown = call(&stand_ins.urls().sdi, "GET", "/__admin/deliveries", "").json();
    assert_eq!(
        (&shown["deliveries"][0]["attempts"], &shown["deliveries"][0]["delivered_at"]),
        (&2.into(), &"2026-01-20T09:00:00Z".into())
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn only_er01_takes_a_file_in_charge() {
    let stand_ins = start().await;
    let fault = ResponseTemplate::new(500).set_body_raw("<no/>", "text/xml");
    let (_server, to) = receiver(fault).await;
    let (_, delivered) = stand_ins.deliver_invoices(file(), &to).await.unwrap();
    assert_eq!(delivered, Err(Undelivered::NotTaken { status: 500, answer: "<no/>".into() }));
    assert_eq!(scarto(&notify(&stand_ins, &outcome(ID, None, "EC01"))), "EN01", "not delivered, no outcome");
    let nowhere = Receiver { url: "http://127.0.0.1:1/".into(), token: String::new() };
    assert!(matches!(stand_ins.deliver_again(ID, &nowhere).await, Err(Undelivered::Unreachable(_))));
    assert_eq!(stand_ins.deliver_again(7, &nowhere).await, Err(Undelivered::NoSuchFile));
    assert_eq!(stand_ins.ledger().effects().len(), 0);
    for bad in [
        InvoiceFile { name: "a/b.xml".into(), ..file() },
        InvoiceFile { office: "x".into(), ..file() },
        InvoiceFile { content: vec![], ..file() },
    ] {
        assert!(stand_ins.deliver_invoices(bad, &nowhere).await.is_err());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outcome_is_taken_once() {
    let stand_ins = delivered().await;
    assert!(notify(&stand_ins, &outcome(ID, Some("1"), "EC02")).body.contains("<Esito>ES01</Esito>"));
    assert!(notify(&stand_ins, &outcome(ID, Some("2"), "EC01")).body.contains("ES01"), "another of the lot");
    for again in [outcome(ID, Some("1"), "EC02"), outcome(ID, None, "EC01")] {
        assert_eq!(scarto(&notify(&stand_ins, &again)), "EN01");
    }
    let ledger = stand_ins.ledger();
    assert_eq!(ledger.effects_for(Operation::NotifyOutcome, &format!("{ID}/1/2026")), 1);
    assert_eq!((ledger.effects_of(Operation::NotifyOutcome), ledger.doubles()), (2, vec![]));
    assert_eq!(ledger.blind_repeats(Operation::NotifyOutcome), 2);
    assert_eq!(ledger.broken_answers(), [""; 0]);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outcome_comes_in_time_or_not_at_all() {
    let stand_ins = delivered().await;
    stand_ins.clock().stop_at(moment("2026-02-04T09:00:00Z"));
    assert_eq!(scarto(&notify(&stand_ins, &outcome(ID, None, "EC01"))), "EN01", "fifteen days later");
    stand_ins.clock().stop_at(moment("2026-02-04T08:59:59Z"));
    let (server, to) = receiver(ResponseTemplate::new(200)).await;
    assert_eq!(stand_ins.notify_lapse(ID, &to).await, Ok(()));
    let notice = &server.received_requests().await.unwrap()[0];
    assert_eq!(Schema::SdiEnvelope.breaches(std::str::from_utf8(&notice.body).unwrap()), []);
    assert_eq!(scarto(&notify(&stand_ins, &outcome(ID, None, "EC01"))), "EN01", "told that it lapsed");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_conform_is_told_apart() {
    let stand_ins = delivered().await;
    assert_eq!(scarto(&notify(&stand_ins, &outcome(ID, None, "EC09"))), "EN00");
    let other = outcome(7, None, "EC01").replace(">7<", &format!(">{ID}<"));
    assert_eq!(scarto(&notify(&stand_ins, &other)), "EN00", "one identifier outside, another inside");
    for (envelope, status) in [("<a/>", 500), ("", 500), (ANSWER, 500)] {
        assert_eq!(notify(&stand_ins, envelope).status, status);
    }
    let base = stand_ins.urls().sdi;
    let soap = [("Content-Type", "text/xml"), ("SOAPAction", "x")];
    for (method, path, headers, status) in [
        ("GET", "/ricevi_notifica", &soap[..], 405),
        ("POST", "/altrove", &soap, 404),
        ("POST", "/ricevi_notifica", &soap[1..], 415),
        ("POST", "/ricevi_notifica", &soap[..1], 500),
    ] {
        assert_eq!(send(&base, method, path, headers, OUTCOME).unwrap().status, status, "{method} {path}");
    }
    assert_eq!(stand_ins.ledger().effects_of(Operation::NotifyOutcome), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_messages_for_a_receiver_can_be_had_without_sending_them() {
    let stand_ins = start().await;
    let base = stand_ins.urls().sdi;
    let order = format!(
        r#"{{"name":"IT76543211007_00001.xml","content_base64":"{}","office":"UFTST1","format":"FPA12"}}"#,
        STANDARD.encode("<fattura/>")
    );
    assert_eq!(call(&base, "POST", "/__admin/deliveries", &order).json()["identificativo_sdi"], ID);
    for message in ["message", "lapse-message"] {
        let answer = call(&base, "GET", &format!("/__admin/deliveries/{ID}/{message}"), "");
        assert_eq!(Schema::SdiEnvelope.breaches(&answer.body), [], "{message}");
    }
    assert_eq!(call(&base, "GET", "/__admin/deliveries/7/message", "").status, 404);
    assert_eq!(call(&base, "POST", "/__admin/deliveries", &order.replace("UFTST1", "uf")).status, 422);
}
