// SPDX-License-Identifier: EUPL-1.2
//! Whoever edits the store leaves traces: every kind of tampering is found, and by the check that is meant to find it.

use std::path::{Path, PathBuf};

use mepa_gateway::domain::money::Money;
use mepa_gateway::domain::role::Role;
use mepa_gateway::domain::sdi::{BuyerOutcome, RefusalCause};
use mepa_gateway::domain::sha256::sha256;
use mepa_gateway::flows::answer_invoice::answer;
use mepa_gateway::flows::import_beneficiaries::{Grant, GrantList, ListKind, take_in};
use mepa_gateway::flows::verify::verify_read_only;
use mepa_gateway::store::ReadOnlyStore;
use mepa_gateway::store::audit::Actor;
use mepa_gateway::store::verify::Verified;
use mepa_gateway_mocks::{Azione, InvoiceFile, Receiver};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};

use crate::support::{ALMESE, ALPIGNANO, TestApp, at, bytes, deliver_example, order_of, pay, token};

/// A Comune that does not accept in time.
const ALA: &str = "022001";

/// Names of the checks.
const CHAIN: &str = "audit_chain";
const SCHEMA: &str = "schema_equals_migrations";
const ORDERS: &str = "orders_equal_audit";
const JOURNAL: &str = "journal_equals_audit";
const GIVEN: &str = "declarations_equal_audit";
const DIGESTS: &str = "documents_equal_digests";
const DOCUMENTS: &str = "orders_equal_documents";
const ON_FILE: &str = "declarations_on_file_equal_orders";
const GRANTS: &str = "participations_equal_audit";
const CLIENTS: &str = "clients_equal_audit";
const ANSWERS: &str = "kept_answers_equal_audit";
const BALANCES: &str = "balances_equal_journal";
const HOLDINGS: &str = "holdings_equal_live_orders";
const OWED: &str = "every_accepted_order_is_handed_over_once";
const PURCHASES: &str = "purchase_sums_equal_live_orders";
const INVOICES: &str = "files_of_sdi_equal_audit";
const TAKEN_IN: &str = "files_of_invoices_equal_audit";
const JUDGED: &str = "invoices_equal_audit";
const PAID: &str = "payments_equal_audit";
const DECIDED: &str = "decisions_equal_audit";
const CIG_CHECKS: &str = "cig_checks_equal_audit";
const ACTS: &str = "grant_acts_equal_audit";
const PAYMENTS: &str = "documents_of_siope_equal_audit";

/// (which checks must find it, what is done to the file, with the append-only triggers out of the way).
const TAMPERINGS: &[(&[&str], &str)] = &[
    // The chains themselves.
    (&[CHAIN], "UPDATE audit SET detail = 'nothing' WHERE id = (SELECT MAX(id) FROM audit)"),
    (&[CHAIN], "UPDATE audit SET actor = 'somebody' WHERE seq = 1"),
    (&[CHAIN], "UPDATE audit SET at = at + 1 WHERE seq = 2"),
    (&[CHAIN], "DELETE FROM audit WHERE id = (SELECT MAX(id) FROM audit)"),
    (&[CHAIN], "DELETE FROM audit WHERE seq = 1"),
    (&[CHAIN], "DELETE FROM audit_head"),
    (&[ORDERS, GRANTS, CLIENTS], "DELETE FROM audit; DELETE FROM audit_head"),
    (
        &[ORDERS, GRANTS, CLIENTS],
        "DELETE FROM audit WHERE chain = '001006'; DELETE FROM audit_head WHERE chain = '001006'",
    ),
    (&[GRANTS], "DELETE FROM audit WHERE chain = '022001'; DELETE FROM audit_head WHERE chain = '022001'"),
    (&[CLIENTS], "DELETE FROM audit WHERE chain = '-'; DELETE FROM audit_head WHERE chain = '-'"),
    (
        // The end of a chain is cut off, and its head set to where it then ends.
        &[ORDERS],
        "DELETE FROM audit WHERE id = (SELECT MAX(id) FROM audit WHERE chain = '001006');
         UPDATE audit_head SET (seq, hash) = (SELECT seq, hash FROM audit WHERE chain = '001006' ORDER BY seq DESC LIMIT 1)
         WHERE chain = '001006'",
    ),
    // What guards the tables.
    (&[SCHEMA], "DROP TRIGGER audit_is_append_only_delete"),
    (&[SCHEMA], "DROP TRIGGER journal_is_append_only_update; CREATE TRIGGER journal_is_append_only_update BEFORE UPDATE ON journal BEGIN SELECT 1; END"),
    (&[SCHEMA], "DROP INDEX orders_live_cig"),
    (&[SCHEMA], "DROP INDEX orders_live_cig; CREATE INDEX orders_live_cig ON orders (programme, cig) WHERE live = 1 AND cig IS NOT NULL"),
    (&[SCHEMA], "CREATE TRIGGER gift AFTER INSERT ON orders BEGIN UPDATE participation SET assigned = assigned + 1; END"),
    (&[SCHEMA], "ALTER TABLE client ADD COLUMN note TEXT"),
    (&[ORDERS], "ALTER TABLE orders RENAME COLUMN oda_number TO oda"),
    // Grants.
    (
        &[GRANTS],
        "UPDATE participation SET assigned = assigned + 100 WHERE comune = '001006';
         INSERT INTO journal (programme, comune, kind, amount, event_key, booked_at)
         SELECT programme, comune, 'allocation', 100, 'allocation:more', booked_at FROM journal WHERE comune = '001006' LIMIT 1",
    ),
    (
        &[GRANTS],
        "INSERT INTO journal (programme, comune, kind, amount, event_key, booked_at)
         SELECT programme, comune, 'allocation', 100, 'allocation:more', booked_at FROM journal LIMIT 1;
         INSERT INTO journal (programme, comune, kind, amount, event_key, booked_at)
         SELECT programme, comune, 'allocation_cut', 100, 'allocation_cut:more', booked_at FROM journal LIMIT 1",
    ),
    (&[GRANTS], "UPDATE journal SET booked_at = booked_at - 1 WHERE kind = 'allocation'"),
    (&[GRANTS, BALANCES], "DELETE FROM journal WHERE kind = 'allocation'"),
    (&[GRANTS], "UPDATE participation SET cup = 'J51B26000019999' WHERE comune = '001006'"),
    (&[GRANTS], "UPDATE participation SET cup_template = '1' WHERE comune = '001006'"),
    (&[GRANTS], "UPDATE participation SET cup_generated_on = '2026-01-02' WHERE comune = '001006'"),
    (&[GRANTS], "UPDATE participation SET receipt = 'another' WHERE comune = '001006'"),
    (&[GRANTS], "UPDATE participation SET receipt_at = receipt_at - 1 WHERE comune = '001006'"),
    (&[GRANTS], "UPDATE participation SET state = 'confirmed', reason = NULL WHERE state = 'excluded'"),
    (&[GRANTS], "UPDATE participation SET reason = 'another' WHERE state = 'excluded'"),
    (&[GRANTS], "UPDATE participation SET synthetic = 0 WHERE comune = '001006'"),
    (&[GRANTS], "DELETE FROM participation WHERE state = 'excluded'; DELETE FROM journal WHERE comune = '022001'"),
    (
        &[GRANTS],
        "INSERT INTO participation SELECT programme, '001002', state, reason, NULL, cup_template, cup_generated_on, receipt,
         receipt_at, 0, 0, 0, 0, 0, synthetic, updated_at FROM participation WHERE comune = '001006'",
    ),
    (&[GRANTS], "UPDATE outbox SET comune = '022001' WHERE kind = 'cup.generate'"),
    // Orders.
    (&[ORDERS, DOCUMENTS], "UPDATE orders SET gross = gross + 1 WHERE verdict = 'accepted'"),
    (&[ORDERS, DOCUMENTS], "UPDATE orders SET net = net - 1 WHERE state = 'refused'"),
    (&[ORDERS, DOCUMENTS], "UPDATE orders SET vat = NULL WHERE state = 'refused'"),
    (&[ORDERS, DOCUMENTS], "UPDATE orders SET own_funds = own_funds + 1 WHERE state = 'cancelled'"),
    (&[ORDERS, DOCUMENTS], "UPDATE orders SET cig = 'B000000000' WHERE state = 'submitted'"),
    (&[ORDERS, DOCUMENTS], "UPDATE orders SET cup = NULL WHERE state = 'submitted'"),
    (&[ORDERS, DOCUMENTS], "UPDATE orders SET order_date = '2026-03-01' WHERE state = 'refused'"),
    (&[ORDERS, DOCUMENTS], "UPDATE orders SET sent_at = sent_at + 1 WHERE sent_at IS NOT NULL"),
    (&[ORDERS, DOCUMENTS], "UPDATE orders SET number = number || '1' WHERE state = 'refused'"),
    (&[ORDERS, DOCUMENTS], "UPDATE orders SET supplier = '12345670017' WHERE state = 'refused'"),
    (&[DOCUMENTS], "UPDATE orders SET supplier_name = 'Amici S.r.l.' WHERE state = 'submitted'"),
    (&[ORDERS], "UPDATE orders SET findings = '[]' WHERE state = 'refused'"),
    (&[ORDERS], "UPDATE orders SET verdict = 'accepted' WHERE state = 'refused'"),
    (&[ORDERS], "UPDATE orders SET verdict = 'accepted', state = 'accepted', live = 1 WHERE state = 'refused'"),
    (&[ORDERS], "UPDATE orders SET live = 0 WHERE state = 'submitted'"),
    (&[ORDERS], "UPDATE orders SET state = 'sent' WHERE state = 'submitted'"),
    (&[ORDERS], "UPDATE orders SET categories = '{}' WHERE state = 'refused'"),
    (&[ORDERS], "UPDATE orders SET comune = '001008' WHERE state = 'refused'"),
    (&[ORDERS], "UPDATE orders SET oda_number = '1' WHERE state = 'submitted'"),
    (&[ORDERS], "UPDATE orders SET received_at = received_at - 1 WHERE state = 'refused'"),
    (&[ORDERS], "UPDATE orders SET version = version + 1 WHERE state = 'incomplete'"),
    (&[ORDERS], "UPDATE orders SET net = 'a lot' WHERE state = 'refused'"),
    (&[ORDERS, HOLDINGS], "UPDATE orders SET reserved = reserved + 1 WHERE live = 1"),
    (&[ORDERS, HOLDINGS], "UPDATE orders SET paid = paid - 1, invoiced = invoiced + 1 WHERE paid > 0"),
    (&[ORDERS], "UPDATE orders SET ended_at = ended_at - 1 WHERE state = 'cancelled'"),
    (&[ORDERS], "UPDATE orders SET ended_at = NULL WHERE state = 'cancelled'"),
    (&[JOURNAL, BALANCES], "DELETE FROM journal WHERE kind = 'payment'"),
    (&[JOURNAL], "UPDATE journal SET event_key = event_key || '1' WHERE kind = 'invoicing'"),
    (
        &[JOURNAL],
        "INSERT INTO journal (programme, comune, kind, amount, order_id, event_key, booked_at)
         SELECT programme, comune, 'payment_reversal', 100, order_id, 'payment_reversal:' || order_id || ':99', booked_at
         FROM journal WHERE kind = 'payment';
         UPDATE participation SET paid = paid - 100, invoiced = invoiced + 100 WHERE comune = '001006'",
    ),
    (&[BALANCES], "UPDATE participation SET paid = paid - 1 WHERE paid > 0"),
    (
        &[ORDERS, ANSWERS],
        "DELETE FROM document WHERE order_id IN (SELECT id FROM orders WHERE state = 'refused');
         DELETE FROM orders WHERE state = 'refused'",
    ),
    (&[ORDERS], "DELETE FROM document; DELETE FROM declaration; DELETE FROM declaration_on_file; DELETE FROM idempotency;
                 DELETE FROM outbox; DELETE FROM purchase_total; DELETE FROM orders"),
    (
        &[ORDERS],
        "INSERT INTO orders SELECT 'forged', programme, comune, number, order_date, sent_at, supplier, supplier_name, cup, cig,
         net, vat, gross, own_funds, reserved, categories, verdict, state, live, oda_number, findings, document, media_type,
         version, received_at, updated_at, invoiced, paid, ended_at FROM orders WHERE state = 'refused'",
    ),
    (&[ORDERS], "UPDATE orders SET id = NULL WHERE state = 'refused'"),
    // Documents and declarations.
    (&[DIGESTS], "UPDATE document SET bytes = x'7b7d'"),
    (&[DIGESTS], "UPDATE document SET bytes = 'text'"),
    (&[DIGESTS], "DELETE FROM document WHERE order_id IN (SELECT id FROM orders WHERE state = 'refused')"),
    (
        // Two documents change places, with their digests in the rows.
        &[ORDERS, DOCUMENTS],
        "UPDATE document SET bytes = (SELECT bytes FROM document JOIN orders ON orders.id = order_id WHERE state = 'submitted')
         WHERE order_id IN (SELECT id FROM orders WHERE state = 'refused');
         UPDATE orders SET document = (SELECT document FROM orders WHERE state = 'submitted') WHERE state = 'refused'",
    ),
    (&[DOCUMENTS], "UPDATE orders SET media_type = 'application/xml' WHERE state = 'refused'"),
    (&[GIVEN], "UPDATE declaration SET body = replace(body, 'rup', 'altro')"),
    (&[GIVEN], "UPDATE declaration SET body = replace(body, '2026', '2025')"),
    (&[GIVEN], "DELETE FROM declaration"),
    (&[GIVEN], "DELETE FROM declaration WHERE id = (SELECT MIN(id) FROM declaration)"),
    (&[GIVEN], "UPDATE declaration SET received_at = 'then'"),
    (
        &[GIVEN],
        "INSERT INTO declaration SELECT 'more', orders.id, body, declaration.received_at FROM declaration, orders
         WHERE orders.state = 'refused' LIMIT 1",
    ),
    (&[ON_FILE], "DELETE FROM declaration_on_file"),
    (&[ON_FILE], "UPDATE declaration_on_file SET supplier = '12345670017' WHERE supplier <> ''"),
    (&[ON_FILE], "UPDATE declaration_on_file SET comune = '001008'"),
    (&[ON_FILE], "UPDATE declaration_on_file SET body = replace(body, '2026', '2027')"),
    (
        &[ON_FILE],
        "INSERT INTO declaration_on_file SELECT programme, '001008', '', body, order_id, received_at
         FROM declaration_on_file LIMIT 1",
    ),
    // Clients.
    (&[CLIENTS], "UPDATE client SET role = 'operatore', comune = NULL WHERE id = 'token-lettore'"),
    (&[CLIENTS], "UPDATE client SET role = 'rup' WHERE id = 'token-lettore'"),
    (&[CLIENTS], "UPDATE client SET comune = '001008' WHERE id = 'token-rup'"),
    (&[CLIENTS], "UPDATE client SET token_sha256 = 'another' WHERE id = 'token-rup'"),
    (&[CLIENTS], "UPDATE client SET revoked_at = NULL"),
    (&[CLIENTS], "UPDATE client SET revoked_at = 1 WHERE id = 'token-rup'"),
    (&[CLIENTS], "DELETE FROM client WHERE id = 'token-programma'"),
    (&[CLIENTS], "INSERT INTO client VALUES ('more', 'more', 'operatore', 'risorse-in-comune', NULL, 'digest', 1, NULL)"),
    // Kept answers.
    (&[ANSWERS], "DELETE FROM idempotency WHERE location LIKE '%/orders/%'"),
    (&[ANSWERS], "UPDATE idempotency SET body = replace(body, 'refused', 'accepted')"),
    (&[ANSWERS], "UPDATE idempotency SET key = key || '1' WHERE scope LIKE '% POST /orders'"),
    (&[ANSWERS], "UPDATE idempotency SET location = location || '1' WHERE scope LIKE '%cancellation'"),
    // Money, calls, sums.
    (&[JOURNAL, BALANCES], "UPDATE journal SET amount = amount + 1 WHERE kind = 'reservation'"),
    (&[JOURNAL, BALANCES], "DELETE FROM journal WHERE kind = 'reservation'"),
    (&[JOURNAL], "UPDATE journal SET booked_at = booked_at - 1 WHERE kind = 'reservation'"),
    (&[JOURNAL], "UPDATE journal SET event_key = event_key || '1' WHERE kind = 'reservation'"),
    (&[JOURNAL], "UPDATE journal SET order_id = NULL WHERE kind = 'reservation'"),
    (
        &[JOURNAL],
        "INSERT INTO journal (programme, comune, kind, amount, order_id, event_key, booked_at)
         SELECT programme, comune, 'reservation', 100, id, 'reservation:' || id, 1 FROM orders WHERE state = 'refused';
         UPDATE participation SET reserved = reserved + 100 WHERE comune = '001006'",
    ),
    (&[BALANCES], "UPDATE participation SET reserved = reserved - 1 WHERE reserved > 0"),
    (&[OWED], "DELETE FROM outbox WHERE kind = 'oda.hand_over'"),
    (&[OWED], "UPDATE outbox SET state = 'pending' WHERE kind = 'oda.hand_over' AND state = 'confirmed'"),
    (&[OWED], "UPDATE outbox SET state = 'confirmed' WHERE kind = 'oda.hand_over'"),
    (&[PURCHASES], "UPDATE purchase_total SET net = net + 1"),
    // Payments, and what people decided.
    (&[PAID], "UPDATE payment_parts SET amount = amount + 1"),
    (&[PAID], "UPDATE payment_parts SET cup = NULL"),
    (
        &[PAID],
        "PRAGMA foreign_keys = off; UPDATE payment_files SET comune = '001008'; UPDATE payment_parts SET comune = '001008';
         UPDATE payment_outcomes SET comune = '001008'",
    ),
    (&[PAID], "UPDATE payment_outcomes SET kind = 'STORNATO'"),
    (&[PAID], "UPDATE payment_outcomes SET amount = amount - 1"),
    (&[PAID], "UPDATE payment_outcomes SET amount = NULL"),
    (&[PAID], "UPDATE payment_parts SET withheld = 0, position_amount = position_amount + 1"),
    (&[PAID], "UPDATE payment_files SET kind = 'giornale' WHERE kind = 'esito'"),
    (&[PAID], "UPDATE payment_files SET kind = 'mandati' WHERE kind = 'esito'"),
    (&[PAID], "PRAGMA foreign_keys = off; DELETE FROM payment_files"),
    (&[PAID], "DELETE FROM payment_outcomes"),
    (&[PAID], "INSERT INTO payment_listings (programme, comune, sha256, listed_at) SELECT programme, comune, sha256, 1 FROM payment_files"),
    (&[PAID], "PRAGMA foreign_keys = off; DELETE FROM payment_parts; DELETE FROM payment_outcomes; DELETE FROM payment_files"),
    (&[ACTS], "UPDATE grant_acts SET amount = amount + 1"),
    (&[ACTS], "UPDATE grant_acts SET kind = 'rendicontazione'"),
    (&[ACTS], "UPDATE grant_acts SET reference = 'another'"),
    (&[ACTS], "UPDATE grant_acts SET acted_on = '2026-01-01'"),
    (&[ACTS], "UPDATE grant_acts SET recorded_by = 'another'"),
    (&[ACTS], "DELETE FROM grant_acts"),
    (&[DECIDED], "UPDATE match_decisions SET verdict = 'link'"),
    (&[DECIDED], "PRAGMA ignore_check_constraints = on; UPDATE match_decisions SET verdict = 'another'"),
    (&[DECIDED], "UPDATE match_decisions SET reason = 'another'"),
    (&[DECIDED], "UPDATE match_decisions SET comune = '001008'"),
    (&[DECIDED], "UPDATE match_decisions SET decided_by = 'another'"),
    (&[DECIDED], "UPDATE match_decisions SET decided_at = decided_at - 1"),
    (&[DECIDED], "DELETE FROM match_decisions"),
    // Invoices that were taken in.
    (&[TAKEN_IN], "UPDATE invoice_files SET file = x'00'"),
    (&[TAKEN_IN], "UPDATE invoice_files SET content_sha256 = content_sha256 || '1'"),
    (&[JUDGED], "UPDATE invoices SET gross = gross + 1"),
    (&[JUDGED], "UPDATE invoices SET class = 'credit_note'"),
    (&[JUDGED], "UPDATE invoices SET verdict = 'accepted', findings = '[]'"),
    (&[JUDGED], "UPDATE invoices SET supplier = '12345678903'"),
    (&[JUDGED], "DELETE FROM invoices"),
    // What SdI and SIOPE+ sent, and what was answered.
    (&[INVOICES], "UPDATE sdi_files SET file = x'00'"),
    (&[INVOICES], "UPDATE sdi_files SET sha256 = 'another'"),
    (&[INVOICES], "PRAGMA foreign_keys = off; DELETE FROM sdi_outcomes; DELETE FROM sdi_files"),
    (&[INVOICES], "INSERT INTO sdi_files SELECT 7, file_name, sha256, metadata_name, office, format, metadata_error,
         received_at, metadata, file FROM sdi_files LIMIT 1"),
    (&[INVOICES], "UPDATE sdi_outcomes SET cause = NULL, description = NULL"),
    (&[INVOICES], "UPDATE sdi_outcomes SET description = description || '!'"),
    (&[CIG_CHECKS], "UPDATE cig_checks SET points = replace(points, 'false', 'true')"),
    (&[CIG_CHECKS], "UPDATE cig_checks SET cig = 'B000000000'"),
    (&[CIG_CHECKS], "DELETE FROM cig_checks"),
    (&[PAYMENTS], "UPDATE opi_documents SET document = x'00'"),
    (&[PAYMENTS], "DELETE FROM opi_documents"),
    (&[PAYMENTS], "UPDATE opi_documents SET number = number + 1"),
];

/// The file of a store with something of everything: a grant accepted, one given by the list, one lost; an order handed
/// over, one accepted after its declarations came, one still incomplete, one refused, one withdrawn; a client revoked.
async fn store(test: &TestApp) -> PathBuf {
    take_in(&test.app, list(ListKind::Admission, &[(ALMESE, None), (ALA, None)]), test.app.clock.now())
        .await
        .unwrap();
    post(test, "/comuni/c_a218/acceptance", &Value::Null, 202).await;
    test.work().await;
    test.move_to("2026-02-05T09:00:00Z");
    let definitive = [(ALMESE, None), (ALPIGNANO, Some("J51B26000020006"))];
    take_in(&test.app, list(ListKind::Definitive, &definitive), test.app.clock.now()).await.unwrap();

    test.move_to("2026-03-12T15:00:00Z");
    let almese = test.get(&token(Role::Rup), "/comuni/c_a218").await.json::<Value>().await.unwrap();
    let order = |n| {
        let mut order = order_of(n, 10);
        order["cup"] = almese["cup"].clone();
        for declaration in order["declarations"].as_array_mut().unwrap() {
            match declaration["kind"].as_str() {
                Some("assenza_conflitto_interesse") => declaration["scope"] = "comune".into(),
                Some("autodichiarazione") => declaration["scope"] = "fornitore".into(),
                _ => {}
            }
        }
        order
    };
    test.stand_ins.siope_publish(include_str!("../../mocks/fixtures/siope/esito-pagato.xml")).unwrap();
    refused_invoice(test).await;
    let paid = order(6);
    let id = submit(test, &paid, "accepted").await;
    test.work().await;
    sign_and_send(test, &id).await;
    paid_and_decided(test, &paid).await;
    test.work().await;
    submit(test, &order(1), "accepted").await;
    test.work().await;
    let withdrawn = submit(test, &order(2), "accepted").await;
    post(test, &format!("/orders/{withdrawn}/cancellation"), &Value::Null, 200).await;
    let mut refused = order(3);
    refused["currency"] = "USD".into();
    submit(test, &refused, "refused").await;
    for (n, recheck) in [(4, true), (5, false)] {
        let mut lean = order(n);
        let declarations = lean["declarations"].take();
        lean.as_object_mut().unwrap().remove("declarations");
        let id = submit(test, &lean, "incomplete").await;
        let given = json!({ "declarations": declarations });
        post(test, &format!("/orders/{id}/declarations"), &given, 201).await;
        if recheck {
            post(test, &format!("/orders/{id}/recheck"), &Value::Null, 200).await;
        }
    }
    let at = test.app.clock.now();
    let revoked = test.app.store.write(move |tx| {
        Box::pin(async move { tx.revoke_client("other-town", &Actor::operator(), at).await })
    });
    assert!(revoked.await.unwrap());
    test.app.settings.store.path.clone()
}

/// An invoice that SdI brought and that was refused.
async fn refused_invoice(test: &TestApp) {
    let root = test.base.strip_suffix(mepa_gateway::http::BASE).unwrap();
    let receiver =
        Receiver { url: format!("{root}{}", mepa_gateway::http::sdi::PATH), token: "sdi-token".into() };
    let file = InvoiceFile {
        name: "IT76543211007_00001.xml".into(),
        content: include_bytes!("../../docs/examples/fattura.xml").to_vec(),
        office: "UFTST1".into(),
        format: "FPA12".into(),
    };
    let (id, taken) = test.stand_ins.deliver_invoices(file, &receiver).await.unwrap();
    taken.unwrap();
    let outcome = BuyerOutcome::refused(RefusalCause::Determina, None).unwrap();
    answer(&test.app, id.to_string().parse().unwrap(), None, outcome).await.unwrap();
    test.work().await;
}

/// The Punto Ordinante signs and sends the ODA.
async fn sign_and_send(test: &TestApp, id: &str) {
    let order: Value = test.get(&token(Role::Rup), &format!("/orders/{id}")).await.json().await.unwrap();
    test.stand_ins.act(order["oda_number"].as_str().unwrap(), Azione::FirmaEInvia, None).unwrap();
    test.move_to("2026-03-12T16:00:00Z");
    test.work().await;
}

/// An invoice of the order, a payment of it, and a person's word that it does not pay the invoice that was refused.
async fn paid_and_decided(test: &TestApp, order: &Value) {
    let text = |of: &Value| of.as_str().unwrap().to_owned();
    let of_order = |invoice: String| {
        let invoice = invoice.replace("8127453", &text(&order["order_number"]));
        invoice.replace("BFA0B1C51C", &text(&order["cig"])).replace("J51B26000010006", &text(&order["cup"]))
    };
    let sdi = deliver_example(test, "FPA 12/26", of_order).await;
    // It is above the order, and accepted all the same.
    answer(&test.app, sdi.parse().unwrap(), None, BuyerOutcome::Accepted).await.unwrap();
    let flow =
        include_str!("../../mocks/fixtures/siope/flusso-split-payment.xml").replace("7000000012", &sdi);
    assert_eq!(pay(test, "flow", &flow).await.0.as_u16(), 201);
    let invoices: Value = test.get(&token(Role::Rup), "/invoices").await.json().await.unwrap();
    let to = format!("invoice:{}", invoices["items"][0]["id"].as_str().unwrap());
    let body = json!({ "from": "payment:2026/101/1/1", "to": to, "verdict": "unlink", "reason": "di un altro ordine" });
    post(test, "/comuni/c_a218/reconciliation/decisions", &body, 201).await;
    let act = json!({ "kind": "accertamento", "amount": "35471.47", "acted_on": "2026-02-10", "reference": "n. 45" });
    post(test, "/comuni/c_a218/grant-acts", &act, 201).await;
}

fn list(kind: ListKind, comuni: &[(&str, Option<&str>)]) -> GrantList {
    let grant = |(comune, cup): &(&str, Option<&str>)| Grant {
        comune: comune.parse().unwrap(),
        amount: Money::from_cents(3_547_147),
        cup: cup.map(|cup| cup.parse().unwrap()),
    };
    GrantList { kind, digest: "list".into(), synthetic: true, grants: comuni.iter().map(grant).collect() }
}

async fn post(test: &TestApp, path: &str, body: &Value, status: u16) {
    let body = if body.is_null() { Vec::new() } else { bytes(body) };
    let response = test.post(&token(Role::Rup), path, path, "application/json", body).await;
    assert_eq!(response.status().as_u16(), status, "{path}: {}", response.text().await.unwrap());
}

async fn submit(test: &TestApp, order: &Value, verdict: &str) -> String {
    let (_, answer) = test.submit(order["order_number"].as_str().unwrap(), order).await;
    assert_eq!(answer["verdict"], verdict, "{answer}");
    answer["id"].as_str().unwrap().to_owned()
}

async fn connect(file: &Path) -> SqliteConnection {
    let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file).foreign_keys(false);
    SqliteConnection::connect_with(&options).await.unwrap()
}

async fn copy(original: &Path, name: &str) -> PathBuf {
    let copy = original.with_file_name(name);
    let mut connection = connect(original).await;
    let into = format!("VACUUM INTO '{}'", copy.display());
    sqlx::query(AssertSqlSafe(into)).execute(&mut connection).await.unwrap();
    copy
}

/// Edits a file as somebody would who knows the triggers: they are dropped before and made again after.
async fn tamper(file: &Path, tampering: &'static str) {
    let mut connection = connect(file).await;
    let triggers: Vec<(String, String)> =
        sqlx::query_as("SELECT name, sql FROM sqlite_schema WHERE type = 'trigger'")
            .fetch_all(&mut connection)
            .await
            .unwrap();
    let guards = tampering.contains("TRIGGER");
    if !guards {
        for (name, _) in &triggers {
            run(&mut connection, &format!("DROP TRIGGER {name}")).await;
        }
    }
    run(&mut connection, tampering).await;
    if !guards {
        for (_, text) in &triggers {
            run(&mut connection, text).await;
        }
    }
    connection.close().await.unwrap();
}

async fn run(connection: &mut SqliteConnection, text: &str) {
    sqlx::raw_sql(AssertSqlSafe(text))
        .execute(connection)
        .await
        .unwrap_or_else(|error| panic!("{text}: {error}"));
}

async fn verified(file: &Path) -> Verified {
    verify_read_only(&ReadOnlyStore::open(file).await.unwrap()).await.unwrap()
}

#[tokio::test]
async fn every_tampering_is_found() {
    let test = TestApp::empty_with(at("2026-01-12T09:00:00Z"), |settings| {
        settings.platforms.anac.as_mut().unwrap().verify_orders = true;
    })
    .await;
    let original = store(&test).await;
    test.assert_whole().await;
    let whole = copy(&original, "whole.db").await;
    let untouched = verified(&whole).await;
    assert!(untouched.is_ok(), "{untouched:?}");
    for check in &untouched.checks {
        assert!(check.seen > 0, "{} has nothing to look at: this store proves nothing about it", check.name);
    }
    let mut missed = Vec::new();
    for (meant, tampering) in TAMPERINGS {
        let file = whole.with_file_name("tampered.db");
        std::fs::copy(&whole, &file).unwrap();
        tamper(&file, tampering).await;
        let found = verified(&file).await;
        let bad: Vec<_> =
            found.checks.iter().filter(|check| !check.is_ok()).map(|check| check.name).collect();
        // Only what changes the schema may be found by the schema.
        let by_schema = bad.contains(&SCHEMA) && !meant.contains(&SCHEMA) && !tampering.contains("ALTER");
        if by_schema || !meant.iter().all(|name| bad.contains(name)) {
            missed.push(format!("{tampering}\n  meant {meant:?}, found by {bad:?}"));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[tokio::test]
async fn append_only_tables_refuse_to_be_edited() {
    let test = TestApp::purchasing().await;
    let mut connection = connect(&test.app.settings.store.path).await;
    for edit in [
        "UPDATE audit SET at = 1",
        "DELETE FROM audit",
        "UPDATE journal SET amount = 1",
        "DELETE FROM journal",
    ] {
        let refused = sqlx::query(edit).execute(&mut connection).await.unwrap_err();
        assert!(refused.to_string().contains("append-only"), "{edit}: {refused}");
    }
}

/// An older copy put back in place is whole in itself. Only the heads kept elsewhere tell, and they can be recomputed for
/// any moment from what came later.
#[tokio::test]
async fn an_older_copy_is_told_by_the_heads_that_were_kept() {
    let test = TestApp::purchasing().await;
    let original = test.app.settings.store.path.clone();
    submit(&test, &order_of(1, 10), "accepted").await;
    let older = verified(&copy(&original, "older.db").await).await;
    submit(&test, &order_of(2, 10), "accepted").await;
    let newer = verified(&copy(&original, "newer.db").await).await;
    assert!(older.is_ok() && newer.is_ok());
    assert_ne!(older.heads.digest, newer.heads.digest);

    let mut connection = connect(&original).await;
    for heads in [older.heads, newer.heads] {
        let lines: String = sqlx::query_scalar(
            "SELECT group_concat(chain || ' ' || seq || ' ' || hash || char(10), '' ORDER BY chain)
             FROM (SELECT chain, MAX(seq) AS seq, hash FROM audit WHERE id <= $1 GROUP BY chain)",
        )
        .bind(heads.last_record)
        .fetch_one(&mut connection)
        .await
        .unwrap();
        assert_eq!(sha256(lines.as_bytes()), heads.digest);
    }
}
