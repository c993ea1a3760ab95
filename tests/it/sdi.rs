// SPDX-License-Identifier: EUPL-1.2
//! SdI delivers files of invoices, and takes the outcome of each once: nothing that came in is lost, no outcome is sent twice.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::TimeDelta;
use mepa_gateway::domain::codice_ufficio::CodiceUfficio;
use mepa_gateway::domain::reason::Reason;
use mepa_gateway::domain::sdi::{BuyerOutcome, InvoiceReference, RefusalCause, SdiId};
use mepa_gateway::error::Error;
use mepa_gateway::flows::answer_invoice::answer;
use mepa_gateway::flows::resolve_call::{Resolution, resolve};
use mepa_gateway::flows::support_text::support_text;
use mepa_gateway::http;
use mepa_gateway::store::sdi::{SdiFilter, SdiOutcome};
use mepa_gateway_mocks::{Fault, InvoiceFile, Operation, Receiver, Undelivered};
use reqwest::StatusCode;

use crate::support::TestApp;

const INVOICE: &[u8] = include_bytes!("../../docs/examples/fattura.xml");
const NOTIFY: Operation = Operation::NotifyOutcome;

fn receiver(test: &TestApp) -> Receiver {
    let root = test.base.strip_suffix(http::BASE).unwrap();
    Receiver { url: format!("{root}/sdi/ricezione-fatture"), token: "sdi-token".into() }
}

fn file(office: &str) -> InvoiceFile {
    InvoiceFile {
        name: "IT76543211007_00001.xml".into(),
        content: INVOICE.to_vec(),
        office: office.into(),
        format: "FPA12".into(),
    }
}

/// A file that was delivered to Almese.
async fn delivered() -> (TestApp, SdiId) {
    let test = TestApp::purchasing().await;
    let (id, taken) = test.stand_ins.deliver_invoices(file("UFTST1"), &receiver(&test)).await.unwrap();
    assert_eq!(taken, Ok(()));
    (test, sdi_id(id))
}

/// Files that still need an outcome.
fn open(test: &TestApp) -> SdiFilter {
    SdiFilter { open_at: Some(test.app.clock.now()), after: 0, limit: 10 }
}

async fn is_open(test: &TestApp) -> bool {
    !test.app.store.sdi_files(&open(test)).await.unwrap().is_empty()
}

fn sdi_id(id: u64) -> SdiId {
    id.to_string().parse().unwrap()
}

fn refused(note: &str) -> BuyerOutcome {
    let note: Reason = note.parse().unwrap();
    BuyerOutcome::refused(RefusalCause::CigCup, Some(&note)).unwrap()
}

async fn outcomes(test: &TestApp, id: SdiId) -> Vec<SdiOutcome> {
    test.app.store.sdi_outcomes(id).await.unwrap()
}

async fn state(test: &TestApp, id: SdiId) -> &'static str {
    outcomes(test, id).await[0].state.as_str()
}

/// Posts to where SdI does.
async fn post(
    test: &TestApp,
    token: &str,
    kind: &str,
    body: impl Into<reqwest::Body>,
) -> (StatusCode, String) {
    let client = reqwest::Client::builder().build().unwrap();
    let request = client.post(receiver(test).url).bearer_auth(token);
    let answer = request.header("content-type", kind).body(body).send().await.unwrap();
    (answer.status(), answer.text().await.unwrap())
}

fn delivery(id: u64, content: &[u8]) -> String {
    let text = include_str!("../../mocks/fixtures/sdi/delivery.request.xml");
    let (head, rest) = text.split_once("<File>").unwrap();
    let (_, tail) = rest.split_once("</File>").unwrap();
    format!("{head}<File>{}</File>{tail}", STANDARD.encode(content))
        .replace(">100000001<", &format!(">{id}<"))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_delivered_twice_is_one_file() {
    let (test, id) = delivered().await;
    assert_eq!(test.stand_ins.deliver_again(100_000_001, &receiver(&test)).await, Ok(()));
    let files = test.app.store.sdi_files(&open(&test)).await.unwrap();
    assert_eq!(files.len(), 1);
    assert_eq!(
        (files[0].sdi_id, files[0].office.clone()),
        (id, Ok("UFTST1".parse::<CodiceUfficio>().unwrap()))
    );
    assert_eq!(files[0].term_end() - files[0].received_at, TimeDelta::days(15));
    assert_eq!(test.app.store.sdi_file_bytes(id).await.unwrap().unwrap(), INVOICE);
    test.assert_whole().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outcome_reaches_sdi_once_and_is_not_given_twice() {
    let (test, id) = delivered().await;
    assert!(is_open(&test).await);
    answer(&test.app, id, None, refused("manca il CIG BFA0B1C51C")).await.unwrap();
    test.work().await;
    assert_eq!(state(&test, id).await, "confirmed");
    assert!(!is_open(&test).await);
    let ledger = test.stand_ins.ledger();
    assert_eq!((ledger.calls(NOTIFY), ledger.effects_for(NOTIFY, &id.to_string())), (1, 1));
    assert_eq!(ledger.effects().iter().find(|e| e.operation == NOTIFY).unwrap().result, "EC02");
    let one = Some(InvoiceReference::new("2026/15", 2026).unwrap());
    for invoice in [None, one] {
        let again = answer(&test.app, id, invoice, BuyerOutcome::Accepted).await;
        assert!(matches!(again, Err(Error::Conflict(_))), "{again:?}");
    }
    assert!(matches!(answer(&test.app, sdi_id(7), None, BuyerOutcome::Accepted).await, Err(Error::NotFound)));
    assert_eq!(ledger.broken_answers(), [""; 0]);
    test.assert_whole().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn each_invoice_of_a_file_has_its_own_outcome() {
    let (test, id) = delivered().await;
    let invoice = |number: &str| Some(InvoiceReference::new(number, 2026).unwrap());
    answer(&test.app, id, invoice("2026/15"), BuyerOutcome::Accepted).await.unwrap();
    answer(&test.app, id, invoice("2026/16"), refused("CUP assente")).await.unwrap();
    assert!(answer(&test.app, id, None, BuyerOutcome::Accepted).await.is_err(), "one is answered already");
    test.work().await;
    let given = outcomes(&test, id).await;
    assert!(is_open(&test).await, "there may be more invoices in it");
    let told: Vec<_> =
        given.iter().map(|given| (given.progressive, given.outcome.code(), given.state.as_str())).collect();
    assert_eq!(told, [(1, "EC01", "confirmed"), (2, "EC02", "confirmed")]);
    assert_eq!(test.stand_ins.ledger().effects_of(NOTIFY), 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lost_answer_is_for_a_person_and_nothing_is_sent_again() {
    let (test, id) = delivered().await;
    test.stand_ins.add_fault(Fault::on(NOTIFY).dropped().after_effect());
    let event = answer(&test.app, id, None, BuyerOutcome::Accepted).await.unwrap().event_key;
    test.work().await;
    assert_eq!(state(&test, id).await, "to_verify");
    let call = test.app.store.owed_call(&event).await.unwrap().unwrap();
    let text = support_text(&test.app, &call).await.unwrap();
    for part in ["SdI", "IdentificativoSdI: 100000001", "Esito: EC01", "Impronta SHA-256"] {
        assert!(text.contains(part), "{part}: {text}");
    }
    resolve(&test.app, &event, Resolution::Ask, "forse".parse().unwrap()).await.unwrap();
    test.work().await;
    assert_eq!(state(&test, id).await, "to_verify", "SdI cannot be asked");
    let call = resolve(
        &test.app,
        &event,
        Resolution::Done(None),
        "visto su Fatture e Corrispettivi".parse().unwrap(),
    );
    assert_eq!(call.await.unwrap().state.as_str(), "confirmed");
    test.work().await;
    let ledger = test.stand_ins.ledger();
    assert_eq!((ledger.calls(NOTIFY), ledger.effects_of(NOTIFY)), (1, 1));
    test.assert_whole().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_died_under_way_is_for_a_person() {
    let (test, id) = delivered().await;
    answer(&test.app, id, None, BuyerOutcome::Accepted).await.unwrap();
    let now = test.app.clock.now();
    let claimed = test
        .app
        .store
        .write(move |tx| Box::pin(async move { tx.claim(1, now, TimeDelta::seconds(60)).await }));
    let claimed = claimed.await.unwrap().remove(0);
    let marked = test.app.store.write(move |tx| {
        Box::pin(async move { tx.mark_sending(&claimed.event_key, claimed.fence, now).await })
    });
    marked.await.unwrap();
    test.app.clock.set(now + TimeDelta::minutes(2));
    test.work().await;
    assert_eq!((state(&test, id).await, test.stand_ins.ledger().calls(NOTIFY)), ("to_verify", 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_sdi_surely_did_not_take_is_sent_again_by_itself() {
    let (test, id) = delivered().await;
    let unavailable =
        include_str!("../../mocks/fixtures/sdi/outcome-taken.answer.xml").replace("ES01", "ES02");
    test.stand_ins.add_fault(Fault::on(NOTIFY).status(200).body("text/xml", &unavailable).times(3));
    answer(&test.app, id, None, BuyerOutcome::Accepted).await.unwrap();
    test.work().await;
    assert_eq!(state(&test, id).await, "pending");
    let later = test.app.clock.now() + TimeDelta::minutes(1);
    test.app.clock.set(later);
    test.work().await;
    assert_eq!((state(&test, id).await, test.stand_ins.ledger().effects_of(NOTIFY)), ("confirmed", 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_sdi_refuses_can_be_given_anew() {
    let (test, id) = delivered().await;
    let no = include_str!("../../mocks/fixtures/sdi/outcome-not-taken.answer.xml");
    test.stand_ins.add_fault(Fault::on(NOTIFY).status(200).body("text/xml", no));
    answer(&test.app, id, None, refused("CUP assente")).await.unwrap();
    test.work().await;
    assert_eq!(state(&test, id).await, "refused");
    assert!(is_open(&test).await, "the term runs on");
    let trouble = &test.troubles().await[0];
    assert!(
        trouble.last_error.contains("EN01") && trouble.last_error.contains("già notificato"),
        "{trouble:?}"
    );
    answer(&test.app, id, None, BuyerOutcome::Accepted).await.unwrap();
    test.work().await;
    let given = outcomes(&test, id).await;
    assert_eq!((given.len(), given[0].outcome.code(), given[0].progressive), (1, "EC01", 2));
    assert_eq!(given[0].state.as_str(), "confirmed");
}

#[tokio::test(flavor = "multi_thread")]
async fn after_the_term_no_outcome_is_given() {
    let (test, id) = delivered().await;
    assert_eq!(test.stand_ins.notify_lapse(100_000_001, &receiver(&test)).await, Ok(()));
    assert_eq!(test.stand_ins.notify_lapse(100_000_001, &receiver(&test)).await, Ok(()), "told twice");
    assert!(test.app.store.sdi_file(id).await.unwrap().unwrap().lapsed_at.is_some());
    let late = answer(&test.app, id, None, BuyerOutcome::Accepted).await;
    assert!(matches!(&late, Err(Error::Conflict(why)) if why.it.contains("nota di credito")), "{late:?}");
    assert!(test.app.store.sdi_files(&open(&test)).await.unwrap().is_empty());
    assert_eq!(test.stand_ins.ledger().calls(NOTIFY), 0);
    test.assert_whole().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_for_an_office_nobody_named_is_kept_and_said() {
    let test = TestApp::purchasing().await;
    let (id, taken) = test.stand_ins.deliver_invoices(file("ZZZZZ9"), &receiver(&test)).await.unwrap();
    assert_eq!(taken, Ok(()));
    let unknown = answer(&test.app, sdi_id(id), None, BuyerOutcome::Accepted).await;
    assert!(matches!(&unknown, Err(Error::Conflict(why)) if why.it.contains("[offices]")), "{unknown:?}");
    let metadata = delivery(55, INVOICE);
    let start = metadata.find("<Metadati>").unwrap();
    let end = metadata.find("</Metadati>").unwrap();
    let broken = format!("{}<Metadati>AAAA{}", &metadata[..start], &metadata[end..]);
    assert_eq!(post(&test, "sdi-token", "text/xml", broken).await.0, StatusCode::OK);
    let file = test.app.store.sdi_file(sdi_id(55)).await.unwrap().unwrap();
    assert!(file.office.is_err(), "{file:?}");
    // SdI delivers it again, and this time says whose it is.
    let packed = metadata[start + 10..end].to_owned();
    let about = String::from_utf8(STANDARD.decode(&packed).unwrap()).unwrap();
    let about = STANDARD.encode(about.replace(">100000001<", ">55<"));
    assert_eq!(
        post(&test, "sdi-token", "text/xml", metadata.replace(&packed, &about)).await.0,
        StatusCode::OK
    );
    let file = test.app.store.sdi_file(sdi_id(55)).await.unwrap().unwrap();
    assert_eq!(file.office, Ok("UFTST1".parse().unwrap()));
    test.assert_whole().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn another_file_under_the_same_identifier_is_not_taken() {
    let (test, id) = delivered().await;
    let (status, answer) = post(&test, "sdi-token", "text/xml", delivery(100_000_001, b"<altra/>")).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(answer.contains("soapenv:Client") && answer.contains("another file"), "{answer}");
    assert_eq!(test.app.store.sdi_file_bytes(id).await.unwrap().unwrap(), INVOICE);
}

#[tokio::test(flavor = "multi_thread")]
async fn only_sdi_is_let_in_and_only_its_messages_are_taken() {
    let test = TestApp::purchasing().await;
    assert_eq!(post(&test, "altro", "text/xml", delivery(1, b"x")).await.0, StatusCode::UNAUTHORIZED);
    let wrong = Receiver { token: "sdi-toke".into(), ..receiver(&test) };
    let (_, taken) = test.stand_ins.deliver_invoices(file("UFTST1"), &wrong).await.unwrap();
    assert!(matches!(taken, Err(Undelivered::NotTaken { status: 401, .. })), "{taken:?}");
    let bomb = "<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>";
    let wide = format!("<a {}/>", (0..100).map(|n| format!("a{n}='' ")).collect::<String>());
    for garbage in [
        "",
        "<a/>",
        "{}",
        bomb,
        &wide,
        &delivery(1, b"x")[..300],
        include_str!("../../mocks/fixtures/sdi/outcome-taken.answer.xml"),
    ] {
        let (status, answer) = post(&test, "sdi-token", "text/xml", garbage.to_owned()).await;
        assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR, "{garbage}");
        assert!(answer.contains("<faultcode>soapenv:Client</faultcode>"), "{answer}");
    }
    let five_megabytes = vec![b'x'; 5_000_000];
    assert_eq!(post(&test, "sdi-token", "text/xml", delivery(2, &five_megabytes)).await.0, StatusCode::OK);
    assert_eq!(
        test.app.store.sdi_files(&SdiFilter { open_at: None, after: 0, limit: 9 }).await.unwrap().len(),
        1
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn a_file_may_travel_beside_the_envelope() {
    let test = TestApp::purchasing().await;
    let plain = delivery(9, INVOICE);
    let (head, rest) = plain.split_once("<File>").unwrap();
    let (_, tail) = rest.split_once("</File>").unwrap();
    let include = "<xop:Include xmlns:xop='http://www.w3.org/2004/08/xop/include' href='cid:fattura%40sdi'/>";
    let mut body = format!(
        "--sdi\r\nContent-Type: application/xop+xml; type=\"text/xml\"\r\nContent-ID: <busta@sdi>\r\n\r\n\
         {head}<File>{include}</File>{tail}\r\n--sdi\r\nContent-ID: <fattura@sdi>\r\nContent-Transfer-Encoding: binary\r\n\r\n"
    )
    .into_bytes();
    body.extend(INVOICE);
    body.extend(b"\r\n--sdi--\r\n");
    let kind = "multipart/related; type=\"application/xop+xml\"; start=\"<busta@sdi>\"; boundary=\"sdi\"";
    let (status, answer) = post(&test, "sdi-token", kind, body.clone()).await;
    assert_eq!((status, answer.contains("ER01")), (StatusCode::OK, true), "{answer}");
    assert_eq!(test.app.store.sdi_file_bytes(sdi_id(9)).await.unwrap().unwrap(), INVOICE);
    body.truncate(body.len() - 12);
    assert_eq!(post(&test, "sdi-token", kind, body).await.0, StatusCode::INTERNAL_SERVER_ERROR);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_channel_there_is_no_such_address() {
    let test = TestApp::purchasing_with(|settings| settings.platforms.sdi = None).await;
    assert_eq!(post(&test, "sdi-token", "text/xml", delivery(1, b"x")).await.0, StatusCode::NOT_FOUND);
    let no = answer(&test.app, sdi_id(1), None, BuyerOutcome::Accepted).await;
    assert!(matches!(&no, Err(Error::Conflict(why)) if why.en.contains("[platforms.sdi]")), "{no:?}");
}

/// A notice that the term is over, of a file or of one invoice of it.
fn lapse(id: u64, invoice: &str) -> String {
    let reference = match invoice {
        "" => String::new(),
        number => format!(
            "<RiferimentoFattura><NumeroFattura>{number}</NumeroFattura><AnnoFattura>2026</AnnoFattura></RiferimentoFattura>"
        ),
    };
    let message = format!(
        "<t:NotificaDecorrenzaTermini xmlns:t='http://www.fatturapa.gov.it/sdi/messaggi/v1.0' versione='1.0'>\
         <IdentificativoSdI>{id}</IdentificativoSdI>{reference}<NomeFile>IT76543211007_00001.xml</NomeFile>\
         <MessageId>1</MessageId></t:NotificaDecorrenzaTermini>"
    );
    let text = include_str!("../../mocks/fixtures/sdi/lapse.request.xml");
    let (head, rest) = text.split_once("<File>").unwrap();
    let (_, tail) = rest.split_once("</File>").unwrap();
    format!("{head}<File>{}</File>{tail}", STANDARD.encode(message))
        .replace(">100000001<", &format!(">{id}<"))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_term_of_one_invoice_is_not_that_of_the_others() {
    let (test, id) = delivered().await;
    assert_eq!(post(&test, "sdi-token", "text/xml", lapse(100_000_001, "7")).await.0, StatusCode::OK);
    let invoice = |number: &str| Some(InvoiceReference::new(number, 2026).unwrap());
    for over in [invoice("7"), None] {
        let late = answer(&test.app, id, over, BuyerOutcome::Accepted).await;
        assert!(matches!(late, Err(Error::Conflict(_))), "{late:?}");
    }
    answer(&test.app, id, invoice("8"), BuyerOutcome::Accepted).await.unwrap();
    assert!(is_open(&test).await);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_lapse_that_comes_before_its_file_holds() {
    let test = TestApp::purchasing().await;
    assert_eq!(post(&test, "sdi-token", "text/xml", lapse(100_000_001, "")).await.0, StatusCode::OK);
    let (_, taken) = test.stand_ins.deliver_invoices(file("UFTST1"), &receiver(&test)).await.unwrap();
    assert_eq!((taken, is_open(&test).await), (Ok(()), false));
    let late = answer(&test.app, sdi_id(100_000_001), None, BuyerOutcome::Accepted).await;
    assert!(matches!(late, Err(Error::Conflict(_))), "{late:?}");
    test.assert_whole().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_outcome_that_only_waits_is_not_made_doubtful_by_asking() {
    let (test, id) = delivered().await;
    test.stand_ins.add_fault(Fault::on(NOTIFY).status(429).times(3));
    let event = answer(&test.app, id, None, BuyerOutcome::Accepted).await.unwrap().event_key;
    test.work().await;
    assert_eq!(state(&test, id).await, "pending");
    resolve(&test.app, &event, Resolution::Ask, "di nuovo attivo".parse().unwrap()).await.unwrap();
    test.work().await;
    assert_eq!(state(&test, id).await, "confirmed");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hostile_answer_ends_with_a_person_and_is_kept() {
    let taken = include_str!("../../mocks/fixtures/sdi/outcome-taken.answer.xml");
    let not_taken = include_str!("../../mocks/fixtures/sdi/outcome-not-taken.answer.xml");
    let (head, rest) = not_taken.split_once("<File>").unwrap();
    let (packed, tail) = rest.split_once("</File>").unwrap();
    let message = String::from_utf8(STANDARD.decode(packed.trim()).unwrap()).unwrap();
    let foreign = STANDARD.encode(message.replace(">100000001<", ">100000002<"));
    let wide: String = (0..200_000).map(|n| format!(" a{n}=''")).collect();
    for answer in [
        String::new(),
        "{}".to_owned(),
        "<a/>".to_owned(),
        taken[..taken.len() - 20].to_owned(),
        taken.replace("<?xml", "<!DOCTYPE a [<!ENTITY b 'c'>]><?xml"),
        taken.replace("UTF-8", "windows-1252"),
        taken.replace("v1.0/types", "v9/types"),
        taken.replace("ES01", "ES77"),
        format!("<a{wide}/>"),
        format!("{head}<File>{foreign}</File>{tail}"),
        format!("{head}<File>non è base64</File>{tail}"),
    ] {
        let (test, id) = delivered().await;
        test.stand_ins.add_fault(Fault::on(NOTIFY).status(200).body("text/xml", &answer));
        let event = answer_of(&test, id).await;
        test.work().await;
        let call = test.app.store.owed_call(&event).await.unwrap().unwrap();
        let shown: String = answer.chars().take(60).collect();
        assert_eq!(call.state.as_str(), "to_verify", "{shown}");
        let evidence = call.evidence.unwrap();
        assert_eq!(evidence.sent_operation.as_deref(), Some("notify_outcome"), "{shown}");
        assert!(evidence.request_sha256.is_some() && evidence.sent_at.is_some(), "{shown}");
        // What is larger than any answer of SdI is not read to its end.
        if let Some(kept) = evidence.answer {
            assert!(kept.len() <= 64 << 10 && answer.as_bytes().starts_with(&kept), "{shown}");
        }
        assert_eq!(test.stand_ins.ledger().calls(NOTIFY), 1, "{shown}");
    }
}

/// Accepts a file; gives the event that owes the call.
async fn answer_of(test: &TestApp, id: SdiId) -> String {
    answer(&test.app, id, None, BuyerOutcome::Accepted).await.unwrap().event_key
}
