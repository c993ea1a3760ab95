// SPDX-License-Identifier: EUPL-1.2
//! Orders, invoices and payments held against each other: the whole chain, over HTTP and from the platforms; what is weak is
//! only proposed; a person's word holds; the same documents come to the same in any order.

use mepa_gateway::domain::role::Role;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::support::{ALMESE, TestApp, bytes, deliver_example, pay, token};

const SPLIT: &str = include_str!("../../mocks/fixtures/siope/flusso-split-payment.xml");
const PAID: &str = include_str!("../../mocks/fixtures/siope/esito-pagato.xml");

async fn found(test: &TestApp) -> Value {
    let path = format!("/comuni/{ALMESE}/reconciliation");
    test.get(&token(Role::Ragioneria), &path).await.json().await.unwrap()
}

async fn say(test: &TestApp, key: &str, from: &Value, to: &Value, verdict: &str) -> StatusCode {
    let body =
        json!({ "from": from, "to": to, "verdict": verdict, "reason": "visto il documento di trasporto" });
    let path = format!("/comuni/{ALMESE}/reconciliation/decisions");
    test.post(&token(Role::Rup), &path, key, "application/json", bytes(&body)).await.status()
}

fn kinds(found: &Value) -> Vec<&str> {
    found["differences"].as_array().unwrap().iter().map(|one| one["kind"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn an_order_its_invoice_and_its_payment_agree_to_the_cent() {
    let (test, order) = TestApp::with_sent_order().await;
    let sdi = deliver_example(&test, "FPA 12/26", |text| text).await;
    let invoiced = found(&test).await;
    assert_eq!(
        (&invoiced["orders"][0]["state"], &invoiced["invoices"][0]["state"]),
        (&json!("partly"), &json!("waiting"))
    );
    let flow = SPLIT.replace("7000000012", &sdi);
    assert_eq!(pay(&test, "p1", &flow).await.0, StatusCode::CREATED);
    assert_eq!(pay(&test, "p2", &flow).await.0, StatusCode::OK, "the same document is one document");
    let before = found(&test).await;
    assert_eq!(before["payments"][0]["state"], "waiting", "an order of payment is no money out: {before}");
    test.move_to("2026-04-22T08:00:00Z");
    assert_eq!(pay(&test, "p3", PAID).await.0, StatusCode::CREATED);
    let now = found(&test).await;
    let row = &now["orders"][0];
    assert_eq!(row["document"], format!("order:{order}"));
    assert_eq!(
        (&row["state"], &row["invoiced"], &row["paid_to_supplier"], &row["vat_paid"], &row["left"]),
        (&json!("matched"), &json!("12169.74"), &json!("9975.20"), &json!("2194.54"), &json!("0.00")),
        "{now:#}"
    );
    assert_eq!(now["invoices"][0]["state"], "matched");
    assert_eq!((&now["cup"]["paid"], &now["cup"]["holds"]), (&json!("12169.74"), &json!(true)));
    assert_eq!(kinds(&now), Vec::<&str>::new(), "{now:#}");
    let by: Vec<_> =
        now["links"].as_array().unwrap().iter().map(|link| link["by"].as_str().unwrap()).collect();
    assert!(by.contains(&"order_number_and_date") && by.contains(&"sdi_and_number"), "{by:?}");
    // What stood the day before stands again when it is asked for.
    let path = format!("/comuni/{ALMESE}/reconciliation?as_of=2026-04-21");
    let then: Value = test.get(&token(Role::Ragioneria), &path).await.json().await.unwrap();
    assert_eq!((&then["orders"], &then["payments"]), (&before["orders"], &before["payments"]));
    test.assert_whole().await;
}

#[tokio::test]
async fn what_the_bank_paid_is_held_against_what_was_ordered() {
    let (test, _) = TestApp::with_sent_order().await;
    let sdi = deliver_example(&test, "FPA 12/26", |text| text).await;
    pay(&test, "p1", &SPLIT.replace("7000000012", &sdi)).await;
    let less = PAID.replacen("<importo>12169.74</importo>", "<importo>12000.00</importo>", 1);
    assert_eq!(pay(&test, "p2", &less).await.0, StatusCode::CREATED);
    let now = found(&test).await;
    assert_eq!(kinds(&now), ["bank_amount"], "{now:#}");
    let told = &now["differences"][0];
    assert_eq!(told["amount"], "169.74");
    assert_eq!(told["documents"], json!(["payment:2026/101/1/1", "payment:2026/101/1/2"]));
    // The rest follows.
    let rest = PAID
        .replacen("<importo>12169.74</importo>", "<importo>169.74</importo>", 1)
        .replace("<data_ora_esito_operazione>2026-04-1", "<data_ora_esito_operazione>2026-04-2");
    assert_ne!(rest, PAID);
    assert_eq!(pay(&test, "p3", &rest).await.0, StatusCode::CREATED);
    let now = found(&test).await;
    assert_eq!(kinds(&now), Vec::<&str>::new(), "{now:#}");
    test.assert_whole().await;
}

#[tokio::test]
async fn the_documents_may_come_in_any_order() {
    let (first, _) = TestApp::with_sent_order().await;
    let sdi = deliver_example(&first, "FPA 12/26", |text| text).await;
    let flow = SPLIT.replace("7000000012", &sdi);
    pay(&first, "p1", &flow).await;
    pay(&first, "p2", PAID).await;
    let (second, _) = TestApp::with_sent_order().await;
    pay(&second, "p2", PAID).await;
    pay(&second, "p1", &flow).await;
    let early = found(&second).await;
    assert_eq!(early["payments"][0]["state"], "missing_counterpart", "{early}");
    assert_eq!(deliver_example(&second, "FPA 12/26", |text| text).await, sdi);
    let (one, other) = (found(&first).await, found(&second).await);
    for key in ["payments", "cup", "candidates"] {
        assert_eq!(one[key], other[key], "{key}");
    }
    let states = |found: &Value| (found["orders"][0]["state"].clone(), found["invoices"][0]["state"].clone());
    assert_eq!(states(&one), states(&other));
}

#[tokio::test]
async fn what_is_weak_is_proposed_confirmed_by_a_person_and_taken_back() {
    let (test, order) = TestApp::with_sent_order().await;
    // No CUP, no date of the order: only CIG, number and supplier speak for it.
    let weak = |text: String| {
        text.replace("<CodiceCUP>J51B26000010006</CodiceCUP>", "").replace("<Data>2026-03-12</Data>", "")
    };
    deliver_example(&test, "FPA 13/26", weak).await;
    let proposed = found(&test).await;
    assert_eq!(proposed["invoices"][0]["state"], "waiting", "{proposed:#}");
    assert_eq!(proposed["links"], json!([]), "nothing weak is linked silently");
    let pair = &proposed["candidates"][0];
    assert_eq!(pair["to"], format!("order:{order}"));
    assert!(
        pair["score"].as_u64().unwrap() >= 50 && !pair["reasons"].as_array().unwrap().is_empty(),
        "{pair}"
    );
    assert_eq!(say(&test, "d1", &pair["from"], &pair["to"], "link").await, StatusCode::CREATED);
    let linked = found(&test).await;
    assert_eq!(linked["links"][0]["by"], "person");
    // A person's word counts for the rules too.
    test.work().await;
    let invoices: Value = test.get(&token(Role::Rup), "/invoices").await.json().await.unwrap();
    assert!(invoices["items"][0]["order"].as_str().unwrap().ends_with(&order), "{invoices:#}");
    assert_eq!(say(&test, "d2", &pair["from"], &pair["to"], "unlink").await, StatusCode::CREATED);
    let unlinked = found(&test).await;
    assert_eq!((&unlinked["links"], &unlinked["candidates"]), (&json!([]), &json!([])), "{unlinked:#}");
    assert_eq!(say(&test, "d3", &pair["from"], &pair["to"], "undecided").await, StatusCode::CREATED);
    assert_eq!(found(&test).await["candidates"], proposed["candidates"]);
    test.assert_whole().await;
}

#[tokio::test]
async fn a_person_decides_only_about_documents_of_the_town_that_can_belong_together() {
    let (test, order) = TestApp::with_sent_order().await;
    deliver_example(&test, "FPA 12/26", |text| text).await;
    let invoice = found(&test).await["invoices"][0]["document"].clone();
    let order = json!(format!("order:{order}"));
    assert_eq!(say(&test, "d1", &order, &invoice, "link").await, StatusCode::CONFLICT);
    assert_eq!(say(&test, "d2", &json!("invoice:absent"), &order, "link").await, StatusCode::NOT_FOUND);
    let path = format!("/comuni/{ALMESE}/reconciliation");
    assert_eq!(test.get("other-town", &path).await.status(), StatusCode::NOT_FOUND);
    let posted = test.post("other-town", "/payments", "k", "application/xml", SPLIT.into()).await;
    assert_eq!(posted.status(), StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn what_a_person_says_of_an_amount_is_a_part_of_the_document() {
    let (test, order) = TestApp::with_sent_order().await;
    deliver_example(&test, "FPA 12/26", |text| text).await;
    let invoice = found(&test).await["invoices"][0]["document"].clone();
    let said = async |key: &str, amount: &str| {
        let body = json!({ "from": invoice, "to": format!("order:{order}"), "verdict": "link", "amount": amount,
            "reason": "visto il documento di trasporto" });
        let path = format!("/comuni/{ALMESE}/reconciliation/decisions");
        test.post(&token(Role::Rup), &path, key, "application/json", bytes(&body)).await.status()
    };
    for (n, amount) in ["12169.75", "-1.00", "0.00", "99999999999.99"].into_iter().enumerate() {
        assert_eq!(said(&n.to_string(), amount).await, StatusCode::BAD_REQUEST, "{amount}");
    }
    assert_eq!(said("good", "12169.74").await, StatusCode::CREATED);
    test.assert_whole().await;
}

#[tokio::test]
async fn the_parts_a_person_says_come_to_no_more_than_the_document() {
    let (test, _) = TestApp::with_sent_order().await;
    let sdi = deliver_example(&test, "FPA 12/26", |text| text).await;
    deliver_example(&test, "FPA 13/26", |text| text.replace("Seduta", "Sedia")).await;
    pay(&test, "p1", &SPLIT.replace("7000000012", &sdi)).await;
    pay(&test, "p2", PAID).await;
    let now = found(&test).await;
    let invoices: Vec<&Value> =
        now["invoices"].as_array().unwrap().iter().map(|one| &one["document"]).collect();
    let payment = &now["payments"][0]["document"];
    let said = async |key: &str, to: &Value, amount: &str| {
        let body = json!({ "from": payment, "to": to, "verdict": "link", "amount": amount, "reason": "visto l'estratto conto" });
        let path = format!("/comuni/{ALMESE}/reconciliation/decisions");
        test.post(&token(Role::Rup), &path, key, "application/json", bytes(&body)).await.status()
    };
    assert_eq!(said("1", invoices[0], "9000.00").await, StatusCode::CREATED);
    assert_eq!(said("2", invoices[1], "975.21").await, StatusCode::BAD_REQUEST);
    assert_eq!(said("3", invoices[1], "975.20").await, StatusCode::CREATED);
    assert_eq!(
        said("4", invoices[0], "9000.00").await,
        StatusCode::CREATED,
        "said again, it is the same part"
    );
    // Said at once of the other payment, for two invoices: one of them is too late.
    let other = &now["payments"][1];
    let at_once = async |key: &str, to: &Value| {
        let body = json!({ "from": other["document"], "to": to, "verdict": "link", "amount": other["amount"], "reason": "visto l'estratto conto" });
        let path = format!("/comuni/{ALMESE}/reconciliation/decisions");
        test.post(&token(Role::Rup), &path, key, "application/json", bytes(&body)).await.status().as_u16()
    };
    let (one, two) = tokio::join!(at_once("7", invoices[0]), at_once("8", invoices[1]));
    assert_eq!([one.min(two), one.max(two)], [201, 400]);
    // An invoice is no pair of an invoice, nor of itself.
    assert_eq!(say(&test, "5", invoices[0], invoices[1], "link").await, StatusCode::CONFLICT);
    assert_eq!(say(&test, "6", invoices[0], invoices[0], "link").await, StatusCode::CONFLICT);
}

#[tokio::test]
async fn a_later_document_of_the_same_number_takes_nothing_from_the_one_that_sdi_brought() {
    let (test, order) = TestApp::with_sent_order().await;
    deliver_example(&test, "FPA 12/26", |text| text).await;
    let forged = include_str!("../../docs/examples/fattura.xml").replace("2026/15", "FPA 12/26");
    // Earlier by its date, and of another amount.
    let forged = forged.replace("<Data>2026-04-20<", "<Data>2026-04-01<").replace("12169.74", "1.22");
    let posted =
        test.post(&token(Role::Ragioneria), "/invoices", "k1", "application/xml", forged.into()).await;
    let posted: Value = posted.json().await.unwrap();
    assert_eq!(posted["invoices"][0]["verdict"], "refused", "{posted:#}");
    test.work().await;
    let now = found(&test).await;
    let state = |date: &str| {
        let mut invoices = now["invoices"].as_array().unwrap().iter();
        invoices.find(|one| one["date"] == date).unwrap_or_else(|| panic!("{now:#}"))["state"].clone()
    };
    assert_eq!((state("2026-04-20"), state("2026-04-01")), (json!("waiting"), json!("duplicate")));
    let order: Value =
        test.get(&token(Role::Lettore), &format!("/orders/{order}")).await.json().await.unwrap();
    assert_eq!(order["invoiced"]["amount"], "12169.74");
}

#[tokio::test]
async fn a_document_with_the_tax_code_of_another_body_is_not_the_towns() {
    let (test, _) = TestApp::with_sent_order().await;
    let foreign = PAID.replace("01817670019", "80185250588");
    assert_eq!(pay(&test, "p1", &foreign).await.0, StatusCode::CONFLICT);
}

#[tokio::test]
async fn a_credit_note_takes_away_whatever_sign_its_supplier_wrote() {
    let (test, _) = TestApp::with_sent_order().await;
    deliver_example(&test, "FPA 12/26", |text| text).await;
    let linked = "<DatiFattureCollegate><IdDocumento>FPA 12/26</IdDocumento><Data>2026-04-20</Data></DatiFattureCollegate></DatiGenerali>";
    let negative = |text: String| {
        let text = text.replace("TD01", "TD04").replace("</DatiGenerali>", linked);
        let text = text.replace(">9975.20<", ">-9975.20<").replace(">2194.54<", ">-2194.54<");
        text.replace(">12169.74<", ">-12169.74<")
    };
    deliver_example(&test, "NC 1/26", negative).await;
    let now = found(&test).await;
    assert_eq!(
        (&now["orders"][0]["invoiced"], &now["orders"][0]["credited"]),
        (&json!("12169.74"), &json!("12169.74"))
    );
    let note = now["invoices"].as_array().unwrap().iter().find(|one| one["number"] == "NC 1/26").unwrap();
    assert_eq!(note["verdict"], "refused", "{now:#}");
}

#[tokio::test]
async fn an_over_invoice_and_a_credit_note_are_told_with_amounts_and_remedies() {
    let (test, _) = TestApp::with_sent_order().await;
    deliver_example(&test, "FPA 12/26", |text| text).await;
    deliver_example(&test, "FPA 14/26", |text| text.replace("Seduta", "Sedia")).await;
    let over = found(&test).await;
    let differences = over["differences"].as_array().unwrap();
    let one =
        differences.iter().find(|one| one["kind"] == "over_invoiced").unwrap_or_else(|| panic!("{over:#}"));
    assert_eq!(one["amount"], "12169.74");
    assert!(!one["remedy"].as_str().unwrap().is_empty());
    assert_eq!(over["cup"]["holds"], false);
    let linked = "<DatiFattureCollegate><IdDocumento>FPA 14/26</IdDocumento><Data>2026-04-20</Data></DatiFattureCollegate></DatiGenerali>";
    deliver_example(&test, "NC 1/26", |text| text.replace("TD01", "TD04").replace("</DatiGenerali>", linked))
        .await;
    let credited = found(&test).await;
    assert!(!kinds(&credited).contains(&"over_invoiced"), "{credited:#}");
    assert_eq!(
        (&credited["orders"][0]["credited"], &credited["cup"]["holds"]),
        (&json!("12169.74"), &json!(true))
    );
    test.assert_whole().await;
}

const HEADER: &str = "Esercizio;Numero mandato;Data mandato;Beneficiario;Partita IVA;Importo;CUP;CIG;Numero fattura;Data fattura;Tipo debito;Stato;Data pagamento\n";

async fn post_list(test: &TestApp, key: &str, media_type: &str, list: Vec<u8>) -> (StatusCode, Value) {
    let answer = test.post(&token(Role::Ragioneria), "/payments", key, media_type, list).await;
    (answer.status(), answer.json().await.unwrap())
}

#[tokio::test]
async fn a_list_of_mandati_is_posted_whole_or_not_at_all() {
    let (test, _) = TestApp::with_sent_order().await;
    deliver_example(&test, "FPA 12/26", |text| text).await;
    let row = |number: u32, amount: &str, debt: &str| {
        format!(
            "2026;{number};21/04/2026;Forniture di Prova S.r.l.;76543211007;{amount};J51B26000010006;BFA0B1C51C;FPA 12/26;20/04/2026;{debt};pagato;21/04/2026\n"
        )
    };
    let good = row(7, "9.975,20", "COMMERCIALE") + &row(8, "2.194,54", "IVA");
    let bad = format!("{HEADER}{good}{}", row(9, "dieci", "BOH"));
    let (status, problem) = post_list(&test, "l1", "text/csv", bad.into()).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY, "{problem}");
    let errors = problem["errors"].as_array().unwrap();
    assert_eq!(errors.len(), 2, "{problem:#}");
    assert!(
        errors
            .iter()
            .all(|error| error["line"] == 4 && error["pointer"].as_str().unwrap().starts_with("mandati.csv/")),
        "{problem:#}"
    );
    assert_eq!(found(&test).await["payments"], json!([]), "nothing is half taken");
    let list = format!("{HEADER}{good}").into_bytes();
    let (status, taken) = post_list(&test, "l2", "text/csv; charset=utf-8", list.clone()).await;
    assert_eq!((status, &taken["orders"], &taken["outcomes"]), (StatusCode::CREATED, &json!(2), &json!(2)));
    assert_eq!(
        post_list(&test, "l2", "text/csv", list.clone()).await.0,
        StatusCode::CREATED,
        "the same answer"
    );
    assert_eq!(post_list(&test, "l3", "text/csv", list.clone()).await.0, StatusCode::OK, "the same list");
    let now = found(&test).await;
    assert_eq!((&now["orders"][0]["state"], kinds(&now)), (&json!("matched"), vec![]), "{now:#}");
    let (status, _) = post_list(&test, "l4", "application/pdf", list.clone()).await;
    assert_eq!(status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
    let (status, _) = post_list(&test, "l5", sheet, b"PK\x03\x04 no sheet".to_vec()).await;
    assert_eq!(status, StatusCode::UNPROCESSABLE_ENTITY);
    test.assert_whole().await;
}

#[tokio::test]
async fn a_later_list_takes_back_what_an_earlier_one_said_was_paid() {
    let (test, _) = TestApp::with_sent_order().await;
    deliver_example(&test, "FPA 12/26", |text| text).await;
    let row = |number: u32, amount: &str, debt: &str, state: &str| {
        format!(
            "2026;{number};21/04/2026;Forniture di Prova S.r.l.;76543211007;{amount};J51B26000010006;BFA0B1C51C;FPA 12/26;20/04/2026;{debt};{state}\n"
        )
    };
    let list = |net: &str, vat: &str| {
        format!("{HEADER}{}{}", row(7, "9.975,20", "COMMERCIALE", net), row(8, "2.194,54", "IVA", vat))
    };
    let (paid, issued, void) = ("pagato;21/04/2026", "emesso;", "annullato;");
    let mut seen = Vec::new();
    for (key, text) in
        [("a", list(paid, paid)), ("b", list(paid, issued)), ("c", list(void, paid)), ("d", list(paid, paid))]
    {
        assert_eq!(post_list(&test, key, "text/csv", text.into()).await.0, StatusCode::CREATED, "{key}");
        let now = found(&test).await;
        let standings = now["payments"].as_array().unwrap().iter();
        let standings: Vec<String> =
            standings.map(|one| one["standing"].as_str().unwrap().to_owned()).collect();
        let order = &now["orders"][0];
        seen.push((key, standings.join(" "), order["paid_to_supplier"].clone(), order["vat_paid"].clone()));
        test.app.clock.advance(chrono::TimeDelta::minutes(1));
    }
    let told = |key, standings: &str, net, vat| (key, standings.to_owned(), json!(net), json!(vat));
    let expected = [
        told("a", "executed executed", "9975.20", "2194.54"),
        told("b", "executed ordered", "9975.20", "0.00"),
        told("c", "undone executed", "0.00", "2194.54"),
        told("d", "executed executed", "9975.20", "2194.54"),
    ];
    assert_eq!(seen, expected);
    test.assert_whole().await;
}

#[tokio::test]
async fn the_banks_journal_tells_of_payments_where_no_outcome_came() {
    const JOURNAL: &str = include_str!("../../mocks/fixtures/siope/giornale-pagina-1.xml");
    let mut answers = Vec::new();
    for documents in [vec![JOURNAL], vec![JOURNAL, PAID], vec![PAID, JOURNAL]] {
        let (test, _) = TestApp::with_sent_order().await;
        let sdi = deliver_example(&test, "FPA 12/26", |text| text).await;
        assert_eq!(pay(&test, "flow", &SPLIT.replace("7000000012", &sdi)).await.0, StatusCode::CREATED);
        for (n, document) in documents.iter().enumerate() {
            assert_eq!(pay(&test, &n.to_string(), document).await.0, StatusCode::CREATED);
        }
        let now = found(&test).await;
        answers.push((
            now["orders"][0]["state"].clone(),
            now["orders"][0]["vat_paid"].clone(),
            kinds(&now).len(),
        ));
        let back = JOURNAL.replace("ESEGUITO", "STORNATO").replace("2026-04-10", "2026-04-11");
        pay(&test, "back", &back).await;
        assert_eq!(found(&test).await["orders"][0]["paid_to_supplier"], "0.00", "taken back the day after");
        test.assert_whole().await;
    }
    assert!(answers.iter().all(|one| *one == (json!("matched"), json!("2194.54"), 0)), "{answers:?}");
}
