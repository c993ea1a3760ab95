// SPDX-License-Identifier: EUPL-1.2
//! Invoices over HTTP and from SdI: judged against their order, kept once whichever way they come, seen only by whose they are.

use base64::Engine;
use mepa_gateway::app::App;
use mepa_gateway::domain::role::Role;
use mepa_gateway::domain::sdi::{BuyerOutcome, RefusalCause};
use mepa_gateway::error::Error;
use mepa_gateway::flows::answer_invoice::answer;
use mepa_gateway::flows::import_invoices::import_file;
use mepa_gateway::flows::receive_invoices::take_in_left;
use mepa_gateway::flows::watch_inbox::Inbox;
use mepa_gateway::http;
use mepa_gateway::store::invoices::InvoiceFilter;
use mepa_gateway_mocks::{Azione, InvoiceFile, Receiver};
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{ALMESE, ALPIGNANO, TestApp, deliver_example, good_order, token};

const EXAMPLE: &str = include_str!("../../docs/examples/fattura.xml");

async fn get(test: &TestApp, role: Role, path: &str) -> Value {
    test.get(&token(role), path).await.json().await.unwrap()
}

async fn post(test: &TestApp, key: &str, document: impl Into<Vec<u8>>) -> (StatusCode, Value) {
    let response =
        test.post(&token(Role::Ragioneria), "/invoices", key, "application/xml", document.into()).await;
    (response.status(), response.json().await.unwrap())
}

fn rules(invoice: &Value) -> Vec<(&str, &str)> {
    let findings = invoice["findings"].as_array().unwrap();
    findings
        .iter()
        .map(|finding| (finding["rule"].as_str().unwrap(), finding["action"].as_str().unwrap_or("-")))
        .collect()
}

/// The first line of the example delivered alone: twelve chairs of a partial delivery.
fn partial(number: &str) -> String {
    let second = EXAMPLE.find("<DettaglioLinee>").map(|first| {
        let from = first + EXAMPLE[first..].find("</DettaglioLinee>").unwrap() + "</DettaglioLinee>".len();
        let to = EXAMPLE.find("<DatiRiepilogo>").unwrap();
        (from, to)
    });
    let (from, to) = second.unwrap();
    format!("{}{}", &EXAMPLE[..from], &EXAMPLE[to..])
        .replace("2026/15", number)
        .replace(">12169.74<", ">2715.72<")
        .replace(">9975.20<", ">2226.00<")
        .replace(">2194.54<", ">489.72<")
}

#[tokio::test]
async fn an_invoice_of_an_order_is_accepted_and_kept_with_its_order() {
    let (test, order) = TestApp::with_sent_order().await;
    let (status, answer) = post(&test, "k1", EXAMPLE).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    let invoice = &answer["invoices"][0];
    assert_eq!((invoice["verdict"].as_str(), rules(invoice)), (Some("accepted"), vec![]), "{answer}");
    assert!(invoice["order"].as_str().unwrap().ends_with(&format!("/orders/{order}")));
    assert_eq!(invoice["gross"], json!({ "amount": "12169.74", "currency": "EUR" }));
    assert_eq!(invoice["payable"], json!({ "amount": "9975.20", "currency": "EUR" }));
    let id = invoice["id"].as_str().unwrap();
    let shown = get(&test, Role::Lettore, &format!("/invoices/{id}")).await;
    assert_eq!(&shown, invoice);
    let list = get(&test, Role::Programma, &format!("/invoices?order={order}")).await;
    assert_eq!(list["items"], json!([invoice]));
    test.assert_whole().await;
}

#[tokio::test]
async fn an_invoice_that_names_more_orders_than_there_are_is_answered_like_any_other() {
    let (test, order) = TestApp::with_sent_order().await;
    let named = |n: u32| format!("<DatiOrdineAcquisto><IdDocumento>{n}</IdDocumento></DatiOrdineAcquisto>");
    let first = EXAMPLE.find("<DatiOrdineAcquisto>").unwrap();
    let with = |many: &str| format!("{}{many}{}", &EXAMPLE[..first], &EXAMPLE[first..]);
    let same: String = (0..300).map(|_| named(7)).collect();
    let (status, answer) = post(&test, "k1", with(&same)).await;
    assert_eq!(status, StatusCode::CREATED, "{answer}");
    assert!(answer["invoices"][0]["order"].as_str().unwrap().ends_with(&order), "one number, however often");
    let hostile: String = (0..40_000).map(named).collect();
    let (status, answer) = post(&test, "k2", with(&hostile)).await;
    assert_eq!(status, StatusCode::CREATED, "{}", answer["detail"]);
    test.assert_whole().await;
}

#[tokio::test]
async fn the_same_document_is_one_document_whichever_way_it_comes() {
    let (test, _) = TestApp::with_sent_order().await;
    let (first, answer) = post(&test, "k1", EXAMPLE).await;
    let (repeated, same) = post(&test, "k1", EXAMPLE).await;
    let (again, other_key) = post(&test, "k2", EXAMPLE).await;
    assert_eq!((first, repeated, again), (StatusCode::CREATED, StatusCode::CREATED, StatusCode::OK));
    assert_eq!((&same, &other_key), (&answer, &answer));
    let wrapped = base64::engine::general_purpose::STANDARD.encode(EXAMPLE);
    assert_eq!(post(&test, "k3", wrapped).await, (StatusCode::OK, answer));
    let file = InvoiceFile {
        name: "IT76543211007_00001.xml".into(),
        content: EXAMPLE.into(),
        office: "UFTST1".into(),
        format: "FPA12".into(),
    };
    let root = test.base.strip_suffix(http::BASE).unwrap();
    let receiver = Receiver { url: format!("{root}/sdi/ricezione-fatture"), token: "sdi-token".into() };
    let (sdi_id, taken) = test.stand_ins.deliver_invoices(file, &receiver).await.unwrap();
    assert_eq!(taken, Ok(()));
    let list = get(&test, Role::Lettore, "/invoices").await;
    let items = list["items"].as_array().unwrap();
    assert_eq!((items.len(), items[0]["sdi_id"].as_str()), (1, Some(sdi_id.to_string().as_str())));
    test.assert_whole().await;
}

#[tokio::test]
async fn what_sdi_delivers_is_judged_and_its_term_is_told() {
    let (test, _) = TestApp::with_sent_order().await;
    let without_cup = EXAMPLE.replace("<CodiceCUP>J51B26000010006</CodiceCUP>", "");
    let file = InvoiceFile {
        name: "IT76543211007_00002.xml".into(),
        content: without_cup.into(),
        office: "UFTST1".into(),
        format: "FPA12".into(),
    };
    let root = test.base.strip_suffix(http::BASE).unwrap();
    let receiver = Receiver { url: format!("{root}/sdi/ricezione-fatture"), token: "sdi-token".into() };
    test.stand_ins.deliver_invoices(file, &receiver).await.unwrap().1.unwrap();
    let list = get(&test, Role::Lettore, "/invoices?verdict=refused").await;
    let found = rules(&list["items"][0]);
    assert!(found.contains(&("INV-030", "ec02_b")), "{found:?}");
    assert!(found.contains(&("INV-080", "-")), "{found:?}");
    test.assert_whole().await;
}

#[tokio::test]
async fn partial_invoices_add_up_and_what_is_over_is_refused() {
    let (test, _) = TestApp::with_sent_order().await;
    let (_, first) = post(&test, "k1", partial("2026/15")).await;
    assert_eq!(first["invoices"][0]["verdict"], "accepted", "{first}");
    let (_, whole) = post(&test, "k2", EXAMPLE.replace("2026/15", "2026/16")).await;
    let invoice = &whole["invoices"][0];
    assert_eq!(invoice["verdict"], "refused");
    assert_eq!(rules(invoice), [("INV-070", "credit_note")], "{invoice}");
    // A credit note of the first makes room for the whole.
    let linked = "<DatiFattureCollegate><IdDocumento>2026/15</IdDocumento><Data>2026-04-20</Data></DatiFattureCollegate></DatiGenerali>";
    let credit = partial("2026/17").replace("TD01", "TD04").replace("</DatiGenerali>", linked);
    let (_, credited) = post(&test, "k3", credit).await;
    assert_eq!(credited["invoices"][0]["verdict"], "accepted", "{credited}");
    assert!(credited["invoices"][0]["corrects"].is_string());
    let (_, whole) = post(&test, "k4", EXAMPLE.replace("2026/15", "2026/18")).await;
    assert_eq!(whole["invoices"][0]["verdict"], "accepted", "{whole}");
    test.assert_whole().await;
}

#[tokio::test]
async fn an_invoice_without_an_order_waits_and_one_of_another_identity_is_refused() {
    let (test, _) = TestApp::with_sent_order().await;
    let (_, unknown) =
        post(&test, "k1", EXAMPLE.replace("BFA0B1C51C", "B1A5544327").replace("8127453", "999")).await;
    let found = rules(&unknown["invoices"][0]);
    assert_eq!(
        (unknown["invoices"][0]["verdict"].as_str(), found),
        (Some("incomplete"), vec![("INV-020", "wait")])
    );
    // The same number again, with another content.
    let (_, twin) = post(&test, "k2", EXAMPLE.replace("Seduta", "Sedia")).await;
    assert_eq!(rules(&twin["invoices"][0]), [("INV-060", "credit_note")], "{twin}");
    test.assert_whole().await;
}

#[tokio::test]
async fn bad_documents_are_told_fault_by_fault() {
    let test = TestApp::purchasing().await;
    let broken = EXAMPLE
        .replace("<Divisa>EUR<", "<Divisa>Euro<")
        .replace("<Numero>2026/15</Numero>", "<Numero></Numero>");
    let (status, problem) = post(&test, "k1", broken).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    for (body, expected) in [
        (&b"%PDF-1.7 not an invoice"[..], 422),
        (b"<!DOCTYPE x><x/>", 422),
        (b"0\x80\x06\x09*\x86H\x86\xf7\x0d\x01\x07\x03", 422),
        (b"", 422),
    ] {
        let (status, problem) = post(&test, &format!("bad-{expected}-{}", body.len()), body).await;
        assert_eq!(status.as_u16(), expected, "{problem}");
    }
    let json =
        test.post(&token(Role::Ragioneria), "/invoices", "k9", "application/json", b"{}".to_vec()).await;
    assert_eq!(json.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let reader = test.post(&token(Role::Lettore), "/invoices", "k9", "application/xml", EXAMPLE.into()).await;
    assert_eq!(reader.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_town_sees_its_own_invoices_only() {
    let (test, _) = TestApp::with_sent_order().await;
    let (_, answer) = post(&test, "k1", EXAMPLE).await;
    let id = answer["invoices"][0]["id"].as_str().unwrap();
    let foreign = test.get("other-town", &format!("/invoices/{id}")).await;
    assert_eq!(foreign.status(), StatusCode::NOT_FOUND);
    let list: Value = test.get("other-town", "/invoices").await.json().await.unwrap();
    assert_eq!(list["items"], json!([]));
    let ragioneria = "other-ragioneria";
    test.add_client(ragioneria, Role::Ragioneria, Some(ALPIGNANO)).await;
    let posted = test.post(ragioneria, "/invoices", "k1", "application/xml", EXAMPLE.into()).await;
    assert_eq!(posted.status(), StatusCode::CONFLICT);
}

#[tokio::test]
async fn a_town_cannot_take_the_invoice_of_another_town_before_it() {
    let (test, _) = TestApp::with_sent_order().await;
    test.add_client("other-ragioneria", Role::Ragioneria, Some(ALPIGNANO)).await;
    let posted = test.post("other-ragioneria", "/invoices", "k1", "application/xml", EXAMPLE.into()).await;
    assert_eq!(posted.status(), StatusCode::CONFLICT);
    let (status, answer) = post(&test, "k1", EXAMPLE).await;
    assert_eq!((status, &answer["invoices"][0]["verdict"]), (StatusCode::CREATED, &json!("accepted")));
    test.assert_whole().await;
}

#[tokio::test]
async fn one_number_at_sdi_is_of_one_content() {
    let (test, _) = TestApp::with_sent_order().await;
    let number = Some("4711".parse().unwrap());
    import_file(&test.app, "IT1_a.xml".into(), EXAMPLE.as_bytes(), number).await.unwrap();
    let other = EXAMPLE.replace("2026/15", "2026/16");
    let other = import_file(&test.app, "IT1_a.xml".into(), other.as_bytes(), number).await.unwrap_err();
    assert!(matches!(other, Error::Conflict(_)), "{other}");
    test.assert_whole().await;
}

/// SdI is told what the Comune thinks of a file.
async fn say(test: &TestApp, sdi: &str, outcome: BuyerOutcome) {
    answer(&test.app, sdi.parse().unwrap(), None, outcome).await.unwrap();
    test.work().await;
}

#[tokio::test]
async fn what_the_comune_refused_through_sdi_stands_in_nobodys_way() {
    let (test, _) = TestApp::with_sent_order().await;
    let sdi = deliver_example(&test, "FPA 12/26", |text| text).await;
    say(&test, &sdi, BuyerOutcome::refused(RefusalCause::Determina, None).unwrap()).await;
    // The same number again, mended: the order is not invoiced twice.
    let mended = EXAMPLE.replace("2026/15", "FPA 12/26").replace("n. 112", "n. 113");
    let (_, answer) = post(&test, "k1", mended).await;
    assert_eq!(rules(&answer["invoices"][0]), [], "{answer:#}");
}

#[tokio::test]
async fn what_the_comune_accepted_counts_whatever_the_rules_said_of_it() {
    let (test, _) = TestApp::with_sent_order().await;
    // Without CUP it is refused by the rules; the Comune accepts it all the same.
    let sdi = deliver_example(&test, "FPA 12/26", |text| {
        text.replace("<CodiceCUP>J51B26000010006</CodiceCUP>", "")
    })
    .await;
    let second = EXAMPLE.replace("2026/15", "FPA 13/26");
    let (_, before) = post(&test, "k1", second.clone()).await;
    assert_eq!(rules(&before["invoices"][0]), [], "{before:#}");
    say(&test, &sdi, BuyerOutcome::Accepted).await;
    let (_, after) = post(&test, "k2", second.replace("FPA 13/26", "FPA 14/26")).await;
    assert!(rules(&after["invoices"][0]).iter().any(|(rule, _)| *rule == "INV-070"), "{after:#}");
}

#[tokio::test]
async fn an_accepted_invoice_is_left_alone_until_its_order_dies() {
    let (test, order) = TestApp::with_sent_order().await;
    let (_, taken) = post(&test, "k1", EXAMPLE).await;
    assert_eq!(taken["invoices"][0]["verdict"], "accepted");
    let open = InvoiceFilter { is_open: true, limit: 10, ..InvoiceFilter::default() };
    let programme = &test.app.programme.id;
    assert_eq!(test.app.store.invoices(programme, &open).await.unwrap(), []);
    let order = get(&test, Role::Lettore, &format!("/orders/{order}")).await;
    for step in [Azione::ProponiRevoca, Azione::AccettaRevoca] {
        test.stand_ins.act(order["oda_number"].as_str().unwrap(), step, None).unwrap();
    }
    test.move_to("2026-04-22T08:00:00Z");
    test.work().await;
    let id = taken["invoices"][0]["id"].as_str().unwrap();
    let now = get(&test, Role::Lettore, &format!("/invoices/{id}")).await;
    assert_eq!(now["verdict"], "refused", "{now:#}");
}

#[tokio::test]
async fn an_invoice_that_came_before_its_order_is_judged_again_when_the_order_comes() {
    let test = TestApp::purchasing().await;
    test.move_to("2026-04-21T08:00:00Z");
    let (_, early) = post(&test, "k1", EXAMPLE).await;
    let id = early["invoices"][0]["id"].as_str().unwrap().to_owned();
    assert_eq!(rules(&early["invoices"][0]), [("INV-020", "wait")]);
    test.move_to("2026-03-12T15:00:00Z");
    let (_, order) = test.submit("order", &good_order()).await;
    assert_eq!(order["verdict"], "accepted", "{order}");
    let path = format!("/invoices/{id}");
    let (ragioneria, recheck) = (token(Role::Ragioneria), format!("{path}/recheck"));
    let asked = test.post(&ragioneria, &recheck, "r1", "application/json", Vec::new()).await;
    let asked: Value = asked.json().await.unwrap();
    assert!(asked["order"].as_str().unwrap().ends_with(order["id"].as_str().unwrap()), "{asked}");
    assert_eq!(rules(&asked), [("INV-024", "-"), ("INV-022", "wait")], "a draft is no contract yet: {asked}");
    test.work().await;
    let sent = get(&test, Role::Lettore, &format!("/orders/{}", order["id"].as_str().unwrap())).await;
    test.stand_ins.act(sent["oda_number"].as_str().unwrap(), Azione::FirmaEInvia, None).unwrap();
    test.move_to("2026-03-12T16:00:00Z");
    test.work().await;
    test.move_to("2026-04-21T09:00:00Z");
    // The worker looks by itself.
    test.work().await;
    let invoice = get(&test, Role::Lettore, &path).await;
    assert_eq!((invoice["verdict"].as_str(), rules(&invoice)), (Some("accepted"), vec![]), "{invoice}");
    test.assert_whole().await;
}

#[tokio::test]
async fn what_lies_in_the_inbox_is_taken_once_it_stands_still() {
    let folder = tempfile::tempdir().unwrap();
    let inbox = folder.path().to_owned();
    let test = TestApp::purchasing_with(|settings| settings.worker.inbox = Some(inbox.clone())).await;
    test.move_to("2026-04-21T08:00:00Z");
    let metadata = "<t:MetadatiInvioFile xmlns:t='http://www.fatturapa.gov.it/sdi/messaggi/v1.0'>\
        <IdentificativoSdI>4711</IdentificativoSdI><NomeFile>IT1_a.xml</NomeFile></t:MetadatiInvioFile>";
    std::fs::write(inbox.join("IT1_a.xml"), &EXAMPLE[..1_000]).unwrap();
    std::fs::write(inbox.join("IT1_a_MT_001.xml"), metadata).unwrap();
    std::fs::write(inbox.join("letter.pdf"), "%PDF-1.7").unwrap();
    std::fs::write(inbox.join("opi.xml"), include_str!("../../mocks/fixtures/siope/esito-pagato.xml"))
        .unwrap();
    let mut watch = Inbox::default();
    assert_eq!(watch.look(&test.app).await.unwrap(), 0, "nothing is taken at the first look");
    // Written on: it has not stood still.
    std::fs::write(inbox.join("IT1_a.xml"), EXAMPLE).unwrap();
    assert_eq!(watch.look(&test.app).await.unwrap(), 3);
    assert!(inbox.join("IT1_a.xml").exists());
    assert_eq!(watch.look(&test.app).await.unwrap(), 1);
    for taken in ["taken/IT1_a.xml", "taken/IT1_a_MT_001.xml", "taken/opi.xml", "rejected/letter.pdf"] {
        assert!(inbox.join(taken).exists(), "{taken}");
    }
    let why = std::fs::read_to_string(inbox.join("rejected/letter.pdf.txt")).unwrap();
    assert!(why.contains("un PDF"), "{why}");
    let list = get(&test, Role::Lettore, "/invoices").await;
    assert_eq!((list["items"].as_array().unwrap().len(), &list["items"][0]["sdi_id"]), (1, &json!("4711")));
    // Another file of the same name takes nothing away.
    std::fs::write(inbox.join("letter.pdf"), "%PDF-1.4").unwrap();
    watch.look(&test.app).await.unwrap();
    watch.look(&test.app).await.unwrap();
    assert_eq!(std::fs::read_dir(inbox.join("rejected")).unwrap().count(), 4);
    test.assert_whole().await;
}

#[tokio::test]
async fn what_came_before_its_office_was_known_is_taken_in_later() {
    let (test, _) = TestApp::with_sent_order().await;
    // Neither the office nor the buyer's code says whose it is.
    let lost = |text: String| {
        text.replace(
            "<CodiceFiscale>01817670019</CodiceFiscale>",
            "<CodiceFiscale>00000000000</CodiceFiscale>",
        )
    };
    let file = InvoiceFile {
        name: "IT76543211007_00009.xml".into(),
        content: lost(EXAMPLE.to_owned()).into(),
        office: "UFNEW1".into(),
        format: "FPA12".into(),
    };
    let root = test.base.strip_suffix(http::BASE).unwrap();
    let receiver = Receiver { url: format!("{root}{}", http::sdi::PATH), token: "sdi-token".into() };
    test.stand_ins.deliver_invoices(file, &receiver).await.unwrap().1.unwrap();
    assert_eq!(get(&test, Role::Lettore, "/invoices").await["items"], json!([]));
    assert_eq!(take_in_left(&test.app).await.unwrap(), 0, "nobody knows whose it is");
    let mut settings = test.app.settings.clone();
    settings.offices.insert("UFNEW1".parse().unwrap(), ALMESE.parse().unwrap());
    let later = App::open(settings, test.app.clock.clone()).await.unwrap();
    assert_eq!(take_in_left(&later).await.unwrap(), 1);
    assert_eq!(take_in_left(&later).await.unwrap(), 0);
    assert_eq!(get(&test, Role::Lettore, "/invoices").await["items"].as_array().unwrap().len(), 1);
}
