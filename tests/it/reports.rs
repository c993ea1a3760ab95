// SPDX-License-Identifier: EUPL-1.2
//! Dossiers and reports: they say what the ledger says, the same in every format, whatever stands in the store; the evidence is
//! there, and whoever changes a byte of it is found out.

use std::io::Cursor;
use std::sync::Arc;
use std::time::Instant;

use chrono::TimeDelta;
use mepa_gateway::domain::role::Role;
use mepa_gateway::report::Progress;
use mepa_gateway::report::dossier::SHAPES;
use mepa_gateway::report::dossier_file::write_dossier;
use mepa_gateway::report::verify::verify;
use reqwest::StatusCode;
use serde_json::{Value, json};
use sqlx::{Connection, SqliteConnection};
use tokio::task::JoinSet;

use crate::support::{ALMESE, TestApp, at, bytes, deliver_example, good_order, order_of, pay, token};

mod jobs;
mod opened;
mod puc;
mod random;

use opened::Opened;

const SPLIT: &str = include_str!("../../mocks/fixtures/siope/flusso-split-payment.xml");
const PAID: &str = include_str!("../../mocks/fixtures/siope/esito-pagato.xml");

/// Almese's order of 12,169.74 is invoiced and paid.
async fn paid() -> (TestApp, String) {
    let (test, order) = TestApp::with_sent_order().await;
    let sdi = deliver_example(&test, "FPA 12/26", |text| text).await;
    test.work().await;
    pay(&test, "p1", &SPLIT.replace("7000000012", &sdi)).await;
    pay(&test, "p2", PAID).await;
    test.work().await;
    (test, order)
}

/// Asks for a report as a client, has it made and opens it.
async fn asked(test: &TestApp, token: &str, key: &str, body: &Value) -> Opened {
    let answer = test.post(token, "/reports", key, "application/json", bytes(body)).await;
    assert_eq!(answer.status(), StatusCode::ACCEPTED);
    let place = answer.headers()["location"].to_str().unwrap().to_owned();
    test.work().await;
    let path = place.split("/v1").last().unwrap().to_owned();
    let row: Value = test.get(token, &path).await.json().await.unwrap();
    assert_eq!(row["state"], "done", "{row:#}");
    let file = test.get(token, &format!("{path}/file")).await;
    assert_eq!(file.headers()["content-type"], "application/zip");
    let file = file.bytes().await.unwrap();
    assert_eq!(row["file"]["size"], file.len());
    assert_eq!(row["file"]["sha256"], mepa_gateway::domain::sha256::sha256(&file));
    Opened::new(file.to_vec())
}

async fn dossier(test: &TestApp) -> Opened {
    let key = format!("d-{}", test.app.clock.now());
    asked(test, &token(Role::Ragioneria), &key, &json!({ "kind": "dossier", "comune": "c_a218" })).await
}

#[tokio::test]
async fn a_dossier_says_what_the_ledger_says_in_every_format() {
    let (test, _) = paid().await;
    let opened = dossier(&test).await;
    let found = verify(Cursor::new(&opened.zip)).unwrap();
    assert_eq!((found.faults, found.broken_before), (vec![], vec![]));
    let lists: Vec<&str> = opened.names().filter(|name| name.starts_with("csv/")).collect();
    let shapes = (1..).zip(SHAPES).map(|(n, shape)| format!("csv/{n:02}-{}.csv", shape.name));
    assert_eq!(lists, shapes.collect::<Vec<_>>(), "tables come in the order of their shapes");
    let balances = json!([
        ["Disponibile", "23301.73"],
        ["Prenotato", "0.00"],
        ["Impegnato da fatturare", "0.00"],
        ["Fatturato da pagare", "0.00"],
        ["Pagato", "12169.74"]
    ]);
    let told: Vec<Value> =
        opened.rows("saldi").iter().map(|row| json!([row["bucket"], row["amount"]])).collect();
    assert_eq!(Value::from(told), balances);
    assert_eq!(opened.json["tables"]["saldi"]["totals"]["amount"], "35471.47");
    let line = |item: &str| {
        let rows = opened.rows("prospetto");
        let row = rows.iter().find(|row| row["item"] == item).unwrap_or_else(|| panic!("no {item}")).clone();
        ["net", "vat", "gross", "of_grant"].map(|key| row[key].as_str().unwrap_or("-").to_owned())
    };
    assert_eq!(line("Impegnato (ordini inviati)"), ["9975.20", "2194.54", "12169.74", "12169.74"]);
    assert_eq!(line("Fatturato"), ["9975.20", "2194.54", "12169.74", "12169.74"]);
    assert_eq!(line("Liquidato (mandati emessi)"), ["-", "-", "12169.74", "-"]);
    assert_eq!(line("Pagato in tutto"), ["-", "-", "12169.74", "12169.74"]);
    assert_eq!(line("Disponibile"), ["-", "-", "-", "23301.73"]);
    opened.assert_formats_agree("03-dossier.xlsx", "02-dossier.pdf");
    opened.assert_schema("dossier");
}

#[tokio::test]
async fn every_breakdown_comes_to_the_orders() {
    let (test, _) = paid().await;
    let mut other = good_order();
    other["order_number"] = "9999999".into();
    other["cig"] = crate::support::nth_cig(77).into();
    other["order_date"] = "2026-03-12".into();
    other["own_funds"] = "169.74".into();
    test.move_to("2026-03-20T10:00:00Z");
    let (_, answer) = test.submit("other", &other).await;
    assert_eq!(answer["verdict"], "accepted", "{answer:#}");
    test.move_to("2026-04-24T10:00:00Z");
    let opened = dossier(&test).await;
    let totals = |table: &str| opened.json["tables"][table]["totals"].clone();
    let expected = json!({
        "net": "19950.40", "vat": "4389.08", "gross": "24339.48", "of_grant": "24169.74", "own_funds": "169.74",
        "invoiced": "12169.74", "paid": "12169.74",
    });
    for table in ["direttrici", "categorie", "titoli", "fornitori"] {
        assert_eq!(totals(table), expected, "{table}");
    }
    assert_eq!(totals("ordini")["held"], "24169.74");
    assert_eq!(totals("righe")["net"], "19950.40");
}

#[tokio::test]
async fn what_is_missing_is_told_with_who_must_give_it() {
    let test = TestApp::purchasing().await;
    let mut order = good_order();
    order["order_number"] = "7777777".into();
    let declarations = order["declarations"].as_array_mut().unwrap();
    declarations.retain(|one| one["signer_capacity"] != "titolare_effettivo");
    let (_, answer) = test.submit("order", &order).await;
    assert_eq!(answer["verdict"], "accepted", "{answer:#}");
    test.work().await;
    let opened = dossier(&test).await;
    let findings = opened.rows("rilievi");
    let titolare = findings.iter().find(|row| row["rule"] == "ORD-107").unwrap();
    assert_eq!(titolare["weight"], "blocca la rendicontazione");
    let weights: Vec<&str> = findings.iter().map(|row| row["weight"].as_str().unwrap()).collect();
    let rank = |weight: &&str| {
        ["blocca il pagamento", "blocca la rendicontazione", "consiglio"]
            .iter()
            .position(|known| known == weight)
    };
    assert!(weights.is_sorted_by_key(rank), "{weights:?}");
    let list = opened.rows("autocontrollo");
    let answer = |number: &str| list.iter().find(|row| row["number"] == number).unwrap()["answer"].clone();
    assert_eq!((answer("P1"), answer("P2"), answer("P13")), ("sì".into(), "manca".into(), "no".into()));
    assert_eq!((answer("R3"), answer("R9")), ("non applicabile".into(), "manca".into()));
    // Other awards of the Comune to this supplier would count too: what the gateway does not see is not attested.
    assert_eq!((answer("P8"), answer("P9")), ("da verificare".into(), "da verificare".into()));
    for row in &list {
        assert!(row["evidence"].as_str().is_some_and(|text| !text.is_empty()), "{row:#}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_comune_with_ten_thousand_orders_gets_a_whole_dossier() {
    const ORDERS: u32 = 10_000;
    let test = Arc::new(TestApp::purchasing().await);
    let mut senders = JoinSet::new();
    for first in 0..64 {
        let test = Arc::clone(&test);
        senders.spawn(async move {
            for n in (first..ORDERS).step_by(64) {
                let (_, answer) = test.submit(&n.to_string(), &order_of(n, 1)).await;
                assert_eq!(answer["verdict"], "accepted", "{answer:#}");
            }
        });
    }
    senders.join_all().await;
    let (began, almese) = (Instant::now(), ALMESE.parse().unwrap());
    let goes_on = |_: usize, _: usize| true;
    let made =
        write_dossier(&test.app, &almese, Cursor::new(Vec::new()), &Progress::new(&goes_on)).await.unwrap();
    println!("reports: a dossier of {ORDERS} orders took {:.1} s", began.elapsed().as_secs_f64());
    let zip = made.out.into_inner();
    let found = verify(Cursor::new(&zip)).unwrap();
    assert_eq!((found.faults, found.files), (vec![], made.index.files.len()));
    let opened = Opened::new(zip);
    let totals = |table: &str, column: &str| opened.json["tables"][table]["totals"][column].clone();
    assert_eq!((totals("righe", "net"), totals("ordini", "held")), ("10000.00".into(), "12200.00".into()));
    let reserved = opened.rows("saldi").into_iter().find(|row| row["bucket"] == "Prenotato").unwrap();
    assert_eq!(reserved["amount"], "12200.00");
    assert_eq!(opened.names().filter(|name| name.starts_with("prove/ordini/")).count(), ORDERS as usize);
    // Paper has an end, and says so.
    assert!(opened.pdf_text("02-dossier.pdf").contains("Stampate le prime 5.000 righe su 10.000"));
}

/// Rule, amount and weight of what is open under some rules.
fn open_under(opened: &Opened, rules: &[&str]) -> Vec<(String, String, String)> {
    let cell = |row: &Value, key: &str| row[key].as_str().unwrap_or_default().to_owned();
    let rows = opened.rows("rilievi").into_iter().filter(|row| rules.iter().any(|rule| row["rule"] == *rule));
    rows.map(|row| (cell(&row, "rule"), cell(&row, "amount"), cell(&row, "weight"))).collect()
}

#[tokio::test]
async fn what_the_accounts_say_and_nothing_bears_out_is_told() {
    let (test, _) = paid().await;
    let told = async |test: &TestApp| {
        test.app.clock.advance(TimeDelta::seconds(1));
        open_under(&dossier(test).await, &["conti dell'ente"])
    };
    assert_eq!(told(&test).await, []);
    for (key, kind, tranche, amount) in [
        ("a", "accertamento", None, "30000.00"),
        ("b", "accertamento", None, "5471.47"),
        ("c", "richiesta", Some("advance"), "1000.00"),
        ("d", "incasso", Some("advance"), "1000.00"),
        ("e", "rendicontazione", None, "12169.74"),
    ] {
        record(&test, key, kind, tranche, amount).await;
    }
    assert_eq!(told(&test).await, [], "each is just borne out");
    for (key, kind, tranche, amount) in [
        ("f", "accertamento", None, "0.01"),
        ("g", "incasso", Some("advance"), "0.02"),
        ("h", "rendicontazione", None, "0.03"),
    ] {
        record(&test, key, kind, tranche, amount).await;
    }
    let over = ["0.02", "0.03", "0.01"].map(|amount| {
        ("conti dell'ente".to_owned(), amount.to_owned(), "blocca la rendicontazione".to_owned())
    });
    assert_eq!(told(&test).await, over);
}

async fn record(test: &TestApp, key: &str, kind: &str, tranche: Option<&str>, amount: &str) {
    let mut act = json!({ "kind": kind, "amount": amount, "acted_on": "2026-04-21", "reference": "atto 1" });
    if let Some(tranche) = tranche {
        act["tranche"] = tranche.into();
    }
    let path = "/comuni/c_a218/grant-acts";
    let answer = test.post(&token(Role::Ragioneria), path, key, "application/json", bytes(&act)).await;
    assert_eq!(answer.status(), StatusCode::CREATED, "{key}");
}

#[tokio::test]
async fn a_payment_before_its_invoice_or_of_one_that_must_not_be_paid_is_told() {
    const EARLY: &str = "pagamento prima della fattura";
    const IRREGULAR: &str = "pagamento irregolare";
    let told = async |test: &TestApp| open_under(&dossier(test).await, &[EARLY, IRREGULAR]);
    let is = |rule: &str, amount: &str, weight: &str| (rule.to_owned(), amount.to_owned(), weight.to_owned());
    let early = [is(EARLY, "9975.20", "consiglio"), is(EARLY, "2194.54", "consiglio")];
    let invoiced = async |change: &dyn Fn(String) -> String| {
        let (test, _) = TestApp::with_sent_order().await;
        let sdi = deliver_example(&test, "FPA 12/26", change).await;
        test.work().await;
        pay(&test, "p1", &SPLIT.replace("7000000012", &sdi)).await;
        test.work().await;
        test
    };
    // The mandati are of 8 April, the invoice of the 20th; then of the same day.
    assert_eq!(told(&invoiced(&|text| text).await).await, early);
    let same_day = |text: String| text.replace("<Data>2026-04-20</Data>", "<Data>2026-04-08</Data>");
    assert_eq!(told(&invoiced(&same_day).await).await, []);
    // It lacks the CUP: such an invoice must not be paid.
    let without = |text: String| same_day(text).replace("<CodiceCUP>J51B26000010006</CodiceCUP>", "");
    assert_eq!(told(&invoiced(&without).await).await, [is(IRREGULAR, "", "blocca la rendicontazione")]);
}

#[tokio::test]
async fn changed_evidence_is_told_at_the_top_and_by_verify() {
    let (test, order) = paid().await;
    let path = &test.app.settings.store.path;
    let mut connection = SqliteConnection::connect(&format!("sqlite://{}", path.display())).await.unwrap();
    let change = "UPDATE document SET bytes = CAST(replace(CAST(bytes AS TEXT), '185.50', '185.51') AS BLOB) WHERE order_id = $1";
    let changed = sqlx::query(change).bind(&order).execute(&mut connection).await.unwrap();
    assert_eq!(changed.rows_affected(), 1);
    connection.close().await.unwrap();
    let opened = dossier(&test).await;
    let first = opened.json["warnings"][0].as_str().unwrap();
    assert!(first.contains("una prova è stata modificata: prove/ordini/8127453"), "{first}");
    assert!(opened.rows("rilievi").iter().any(|row| row["rule"] == "prova modificata"));
    let found = verify(Cursor::new(&opened.zip)).unwrap();
    assert_eq!((found.faults.len(), found.broken_before.len()), (0, 1));
    assert!(opened.pdf_text("01-prospetto.pdf").contains("una prova è stata modificata"));
}

#[tokio::test]
async fn whoever_changes_a_bundle_is_found_out() {
    let (test, _) = paid().await;
    let opened = dossier(&test).await;
    let csv = String::from_utf8(opened.file("csv/10-ordini.csv").to_vec()).unwrap();
    let json = String::from_utf8(opened.file("04-dossier.json").to_vec()).unwrap();
    let faults = |zip: Vec<u8>| verify(Cursor::new(zip)).unwrap().faults.join("\n");
    let touched =
        opened.with("csv/10-ordini.csv", Some(csv.replace("12169,74", "12169,75").as_bytes()), false);
    assert!(faults(touched).contains("csv/10-ordini.csv: il contenuto non è quello dell'indice"));
    assert!(
        faults(opened.with("csv/10-ordini.csv", None, false)).contains("è nell'indice e non nel file ZIP")
    );
    assert!(faults(opened.with("extra.txt", Some(b"x"), false)).contains("extra.txt: non è nell'indice"));
    // One who also makes a new index is found out by the index for people, and by the totals.
    let json = json.replacen("\"paid\": \"12169.74\"", "\"paid\": \"12169.75\"", 1);
    let json = json.replacen("\"amount\": \"23301.73\"", "\"amount\": \"23301.74\"", 1);
    let again = faults(opened.with("04-dossier.json", Some(json.as_bytes()), true));
    for found in [
        "index.csv non dice lo stesso",
        "non è la somma delle righe",
        "csv/02-saldi.csv non dice lo stesso del JSON",
    ] {
        assert!(again.contains(found), "{found}: {again}");
    }
    // What other programs would find in the file, and a reader of its directory would not.
    let before = [b"#!/bin/sh\n", &opened.zip[..]].concat();
    let after = [&opened.zip[..], b"more"].concat();
    for (zip, found) in [(before, "in testa"), (after, "in coda")] {
        // One that cannot be read at all is no whole bundle either.
        let told = verify(Cursor::new(zip)).map(|found| found.faults.join("\n"));
        assert!(told.as_ref().map_or(true, |told| told.contains(found)), "{found}: {told:?}");
    }
    assert!(
        faults(opened.renamed("01-prospetto.pdf", "../prospetto.pdf")).contains("ha anche un altro nome")
    );
}

#[tokio::test]
async fn a_json_that_readers_could_take_in_two_ways_is_found_out() {
    let (test, _) = paid().await;
    let opened = dossier(&test).await;
    let json = String::from_utf8(opened.file("04-dossier.json").to_vec()).unwrap();
    let faults = |zip: Vec<u8>| verify(Cursor::new(zip)).unwrap().faults.join("\n");
    let other = |from: &str, to: &str| {
        assert!(json.contains(from), "{from}");
        json.replacen(from, to, 1)
    };
    const TABLES: &str = "\"tables\": {";
    let good = "\"saldi\": {\"title\": \"\", \"rows\": [], \"totals\": {\"amount\": \"0.00\"}},";
    let long = format!("\"saldi\": {{\"title\": \"{}\",", "a".repeat(17 << 20));
    for (forged, found) in [
        (json.clone(), ""),
        ("{}".to_owned(), "non dice di che tipo è"),
        (format!("{{\"kind\": \"dossier\", {TABLES}}}}}"), "«saldi» manca"),
        (other("\"dossier\"", "\"poem\""), "non dice di che tipo è"),
        (other("\"kind\": \"dossier\",", ""), "non dice di che tipo è"),
        (other("\"form\"", "\"kind\": \"programme\", \"form\""), "«kind» due volte"),
        (other(TABLES, &format!("\"tables\": {{}}, {TABLES}")), "«tables» due volte"),
        (
            other(TABLES, &format!("{TABLES}{good}")),
            "«saldi» manca o non ha la sua forma, o è nel JSON più volte",
        ),
        (other(TABLES, &format!("{TABLES}\"altra\": {{}},")), "«altra» non è di questo rapporto"),
        (other("\"rows\": [", "\"rows\": [], \"rows\": ["), "«rows» due volte"),
        (other("\"amount\": ", "\"amount\": \"0.01\", \"amount\": "), "«amount» due volte"),
        (other("\"totals\": {", "\"totals\": {\"paid\": \"0.01\", \"paid\": \"0.02\","), "«paid» due volte"),
        (other("\"12169.74\"", "\"121697.4\""), "non ha la sua forma"),
        (other("\"12169.74\"", "\"1216974\""), "non ha la sua forma"),
        (other("\"12169.74\"", "12169.74"), "non ha la sua forma"),
        (other("\"saldi\": {", &long), "una parte è troppo grande"),
        (json[..json.len() / 2].to_owned(), "non si legge per intero"),
        (format!("{json} {{}}"), "non si legge per intero"),
    ] {
        let told = faults(opened.with("04-dossier.json", Some(forged.as_bytes()), true));
        let told = told.lines().filter(|line| !line.starts_with("index.csv")).collect::<Vec<_>>().join("\n");
        assert!(told.contains(found) && told.is_empty() == found.is_empty(), "{found}: {told}");
    }
    // A good one beside a forged one, and a size that is not that of the file.
    let beside = faults(opened.with("04-altro.json", Some(json.as_bytes()), true));
    assert!(beside.contains("o ce n'è più d'uno"), "{beside}");
    let index = String::from_utf8(opened.file("index.json").to_vec()).unwrap();
    let size = format!("\"size\": {}", json.len());
    assert!(index.contains(&size));
    for wrong in [json.len() - 1, json.len() + 1] {
        let forged = index.replacen(&size, &format!("\"size\": {wrong}"), 1);
        let told = faults(opened.with("index.json", Some(forged.as_bytes()), false));
        assert!(told.contains("04-dossier.json: il contenuto non è quello dell'indice"), "{told}");
    }
}

#[tokio::test]
async fn acts_on_the_grant_show_in_statement_and_instalments() {
    let (test, _) = paid().await;
    let post = async |key: &str, token: &str, body: Value| {
        let answer =
            test.post(token, "/comuni/c_a218/grant-acts", key, "application/json", bytes(&body)).await;
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
    };
    let act = |kind: &str, amount: &str, tranche: Option<&str>| json!({ "kind": kind, "amount": amount, "acted_on": "2026-04-20", "reference": "n. 12/2026", "tranche": tranche });
    let office = token(Role::Ragioneria);
    assert_eq!(post("a1", &office, act("accertamento", "35471.47", None)).await.0, 201);
    assert_eq!(post("a2", &office, act("richiesta", "10641.44", Some("advance"))).await.0, 201);
    let (status, received) = post("a3", &office, act("incasso", "10641.44", Some("advance"))).await;
    assert_eq!(status, 201, "{received:#}");
    // What cannot be is refused, with its place.
    for (key, body, pointer) in [
        ("b1", act("incasso", "0.00", Some("advance")), "/amount"),
        ("b2", act("incasso", "1.00", None), "/tranche"),
        ("b3", act("accertamento", "1.00", Some("advance")), "/tranche"),
        ("b4", act("incasso", "1.00", Some("other")), "/tranche"),
        (
            "b5",
            json!({ "kind": "incasso", "amount": "1.00", "acted_on": "2027-01-01", "reference": "x", "tranche": "advance" }),
            "/acted_on",
        ),
        ("b6", act("dono", "1.00", None), "/kind"),
    ] {
        let (status, answer) = post(key, &office, body).await;
        assert_eq!((status, answer["errors"][0]["pointer"].as_str()), (400, Some(pointer)), "{answer:#}");
    }
    assert_eq!(post("c1", &token(Role::Lettore), act("accertamento", "1.00", None)).await.0, 403);
    assert_eq!(post("c2", "other-town", act("accertamento", "1.00", None)).await.0, 404);
    assert_eq!(post("c3", &office, act("incasso", "10641.44", Some("advance"))).await.0, 409, "twice");
    let opened = dossier(&test).await;
    let gross = |item: &str| {
        opened.rows("prospetto").iter().find(|row| row["item"] == item).unwrap()["gross"].clone()
    };
    assert_eq!((gross("Accertato"), gross("Incassato")), ("35471.47".into(), "10641.44".into()));
    let advance = &opened.rows("quote")[0];
    assert_eq!(
        (&advance["ceiling"], &advance["asked"], &advance["can_ask"]),
        (&"10641.44".into(), &"10641.44".into(), &"0.00".into())
    );
    // Spending is 12,169.74: above the advance, 1,528.30 have matured.
    let (next, last) = (&opened.rows("quote")[1], &opened.rows("quote")[2]);
    assert_eq!(last["can_ask"], "0.00", "nothing is offered twice");
    assert_eq!(
        (&next["matured"], &next["can_ask"], &next["missing"]),
        (&"12169.74".into(), &"1528.30".into(), &Value::Null),
        "{next:#}"
    );
    // A record that was wrong is cancelled, once.
    let wrong = json!({ "cancels": received["id"], "reason": "reversale stornata" });
    assert_eq!(post("d1", &office, wrong.clone()).await.0, 201);
    assert_eq!(post("d2", &office, wrong).await.0, 409);
    test.move_to("2026-04-22T10:00:00Z");
    let opened = dossier(&test).await;
    let incassato =
        opened.rows("prospetto").iter().find(|row| row["item"] == "Incassato").unwrap()["gross"].clone();
    assert_eq!(incassato, "0.00");
    test.assert_whole().await;
}

#[tokio::test]
async fn a_comune_without_anything_gets_a_whole_dossier() {
    let now = at("2026-01-10T09:00:00Z");
    let test = TestApp::empty(now).await;
    // No CUP, no orders; names with accents, apostrophes, two languages.
    let names = ["Forlì", "L'Aquila", "Sant'Agata de' Goti", "Ortisei"];
    for (number, name) in names.into_iter().enumerate() {
        let comune = test.app.reference.comuni.iter().find(|comune| comune.name == name);
        let comune = comune.unwrap_or_else(|| panic!("no {name}")).istat;
        let admitted = test.app.store.write(move |tx| {
            Box::pin(async move { tx.admit("risorse-in-comune", &comune, false, now).await })
        });
        admitted.await.unwrap();
        let body = json!({ "kind": "dossier", "comune": comune.to_string() });
        let opened = asked(&test, &token(Role::Programma), &format!("d{number}"), &body).await;
        assert_eq!(verify(Cursor::new(&opened.zip)).unwrap().faults, [""; 0]);
        assert_eq!(opened.rows("ordini").len(), 0);
        assert!(opened.pdf_text("01-prospetto.pdf").contains(name), "{name}");
        opened.assert_formats_agree("03-dossier.xlsx", "02-dossier.pdf");
        opened.assert_schema("dossier");
    }
}

#[tokio::test]
async fn the_programme_adds_up_to_its_comuni() {
    let (test, _) = paid().await;
    let body = json!({ "kind": "programme", "compare": "2026-03-15" });
    let opened = asked(&test, &token(Role::Programma), "p", &body).await;
    assert_eq!(verify(Cursor::new(&opened.zip)).unwrap().faults, [""; 0]);
    let all = |table: &str, key: &str| opened.json["tables"][table]["totals"][key].clone();
    for table in ["regioni", "province", "mezzogiorno", "fasce", "stati_comuni", "comuni"] {
        let told = ["assigned", "available", "paid"].map(|key| all(table, key));
        assert_eq!(told, ["106414.42", "94244.68", "12169.74"].map(Value::from), "{table}");
    }
    assert_eq!(all("confronto", "used_then"), "12169.74", "committed by then");
    assert_eq!(
        (all("confronto", "paid_then"), all("confronto", "paid_now")),
        ("0.00".into(), "12169.74".into())
    );
    let stuck = opened.rows("comuni_fermi");
    assert_eq!(stuck.len(), 1, "{stuck:#?}");
    assert_eq!((&stuck[0]["name"], &stuck[0]["why"]), (&"Alpignano".into(), &"nessun ordine".into()));
    opened.assert_formats_agree("03-programma.xlsx", "02-programma.pdf");
    opened.assert_schema("programme");
    let page = String::from_utf8(opened.file("01-programma.html").to_vec()).unwrap();
    assert!(page.contains("<svg") && page.contains("12.169,74 €"));
    let pictures = opened.names().filter(|name| name.ends_with(".svg")).count();
    assert!(pictures >= 10, "{pictures}");
}

#[tokio::test]
async fn the_summary_shows_the_tables_that_are_asked_for() {
    let (test, _) = paid().await;
    let office = token(Role::Programma);
    let path = "/programmes/risorse-in-comune/summary?tables=regioni,confronto&compare=2026-03-15";
    let said: Value = test.get(&office, path).await.json().await.unwrap();
    let names: Vec<&String> = said["tables"].as_object().unwrap().keys().collect();
    assert_eq!(names, ["confronto", "regioni"]);
    assert_eq!(said["tables"]["regioni"]["totals"]["paid"], "12169.74");
    let wrong = "/programmes/risorse-in-comune/summary?tables=regioni,poesie";
    assert_eq!(test.get(&office, wrong).await.status(), 400);
    assert_eq!(test.get(&token(Role::Rup), path).await.status(), 403);
}

#[tokio::test]
async fn an_empty_programme_and_a_day_to_come_are_told() {
    let test = TestApp::empty(at("2026-01-10T09:00:00Z")).await;
    let office = token(Role::Programma);
    let opened = asked(&test, &office, "p", &json!({ "kind": "programme" })).await;
    assert!(opened.json["warnings"].to_string().contains("nessun Comune"));
    assert_eq!(verify(Cursor::new(&opened.zip)).unwrap().faults, [""; 0]);
    let late = json!({ "kind": "programme", "compare": "2026-01-10" });
    let answer = test.post(&office, "/reports", "late", "application/json", bytes(&late)).await;
    assert_eq!(answer.status(), 400);
    let answer: Value = answer.json().await.unwrap();
    assert_eq!(answer["errors"][0]["pointer"], "/compare");
}

#[test]
fn schemas_are_those_of_the_tables() {
    for kind in ["dossier", "programme"] {
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
            .join(format!("schemas/report/{kind}.schema.json"));
        let stored: Value = serde_json::from_slice(&std::fs::read(&path).unwrap()).unwrap();
        assert!(
            stored == opened::schema(kind),
            "{}: `mepa-gateway report schema {kind}` writes it",
            path.display()
        );
    }
}

#[tokio::test]
async fn the_protocol_gets_every_commitment_and_payment_with_its_sign_in_the_kind() {
    let (test, _) = paid().await;
    let opened = dossier(&test).await;
    let file = String::from_utf8(opened.file("puc/puc.txt").to_vec()).unwrap();
    let lines: Vec<&str> = file.split("\r\n").collect();
    assert_eq!((lines[0], *lines.last().unwrap()), ("HH#0#RISORSE-IN-COMUNE#PUC#", ""));
    let records = lines.len() - 3;
    assert_eq!(lines[lines.len() - 2], format!("FF#{}#{records}#", records + 1));
    let of = |code: &str| -> Vec<Vec<String>> {
        let own = lines.iter().filter(|line| line.starts_with(&format!("{code}#")));
        own.map(|line| line.split('#').nth(2).unwrap().split('|').map(str::to_owned).collect()).collect()
    };
    assert_eq!((of("AP00")[0][0].as_str(), of("AP00")[0].len()), ("J51B26000010006", 12));
    assert_eq!((of("PG00")[0][2].as_str(), of("PG00")[0].len()), ("BFA0B1C51C", 11));
    let commitment = &of("FN04")[0];
    assert_eq!((&*commitment[2], &*commitment[4], commitment.len()), ("I", "12169,74", 8));
    let paid: Vec<_> = of("FN06").iter().map(|fields| (fields[2].clone(), fields[4].clone())).collect();
    assert_eq!(paid, [("P".to_owned(), "9975,20".to_owned()), ("P".to_owned(), "2194,54".to_owned())]);
    assert_eq!((of("FN07").len(), of("FN07")[0].len()), (2, 12));
    for row in opened.rows("controlli_puc") {
        assert_ne!(row["outcome"], "non torna", "{row:#}");
    }
    assert!(opened.names().any(|name| name == "richieste/advance.pdf"));
    assert!(opened.pdf_text("richieste/advance.pdf").contains("10.641,44 €"));
}

#[tokio::test]
async fn payments_that_are_none_of_this_cup_stay_out() {
    let (test, _) = paid().await;
    let list = "Esercizio;Numero mandato;Data mandato;Beneficiario;Codice fiscale;Importo;Tipo debito;Stato;Data pagamento\n\
                2026;500;20/04/2026;Rossi Mario (assistenza);RSSMRA80A01H501U;350,00;NON_COMMERCIALE;pagato;21/04/2026\n";
    let path = "/payments?comune=c_a218";
    let answer = test.post(&token(Role::Ragioneria), path, "m", "text/csv", list.into()).await;
    assert_eq!(answer.status(), 201, "{}", answer.text().await.unwrap());
    test.work().await;
    let opened = dossier(&test).await;
    let everything = opened
        .names()
        .map(|name| String::from_utf8_lossy(opened.file(name)).into_owned())
        .collect::<String>();
    assert!(!everything.contains("Rossi Mario") && !everything.contains("RSSMRA80A01H501U"));
    assert!(!opened.pdf_text("02-dossier.pdf").contains("Rossi"));
    assert!(!opened.rows("rilievi").iter().any(|row| row["what"] == "pagamento senza fattura"));
}
