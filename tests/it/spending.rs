// SPDX-License-Identifier: EUPL-1.2
//! What became of the money of orders: committed, invoiced, paid, and back, as documents come, in whatever order.

use mepa_gateway::domain::money::Money;
use mepa_gateway::domain::role::Role;
use mepa_gateway_mocks::Azione;
use serde_json::{Value, json};

use crate::support::{TestApp, deliver_example, pay, token};

const SPLIT: &str = include_str!("../../mocks/fixtures/siope/flusso-split-payment.xml");
const PAID: &str = include_str!("../../mocks/fixtures/siope/esito-pagato.xml");
const TAKEN_BACK: &str = include_str!("../../mocks/fixtures/siope/esito-stornato.xml");

/// The order of the examples, gross.
const ORDERED: i64 = 1_216_974;
const ASSIGNED: i64 = 3_547_147;

/// What the balances of Almese and its order are by now: committed, invoiced, paid, in cents, and how far the order is.
async fn spent(test: &TestApp, order: &str) -> (i64, i64, i64, String) {
    test.work().await;
    test.assert_whole().await;
    let comune: Value = test.get(&token(Role::Lettore), "/comuni/c_a218").await.json().await.unwrap();
    let order: Value =
        test.get(&token(Role::Lettore), &format!("/orders/{order}")).await.json().await.unwrap();
    let cents =
        |of: &Value, name: &str| of[name]["amount"].as_str().unwrap().parse::<Money>().unwrap().cents();
    let balance = |name: &str| cents(&comune["balances"], name);
    let (committed, invoiced, paid) = (balance("committed"), balance("invoiced"), balance("paid"));
    assert_eq!(balance("available"), ASSIGNED - committed - invoiced - paid);
    assert_eq!((cents(&order, "invoiced"), cents(&order, "paid")), (invoiced, paid), "{order:#}");
    (committed, invoiced, paid, order["spending"].as_str().unwrap().to_owned())
}

/// The flow of the examples, which pays the invoice that SdI gave a number.
fn flow(sdi: &str) -> String {
    SPLIT.replace("7000000012", sdi)
}

/// The bank takes the payment back.
fn taken_back() -> String {
    let now = TAKEN_BACK.replace("<numero_mandato>104<", "<numero_mandato>101<");
    now.replace("1525.00", "12169.74").replace("FLUSSO-2026-0043", "FLUSSO-2026-0041")
}

/// A credit note on the invoice of the examples, for all of it.
fn note(text: &str) -> String {
    let linked = "<DatiFattureCollegate><IdDocumento>FPA 12/26</IdDocumento><Data>2026-04-20</Data></DatiFattureCollegate></DatiGenerali>";
    text.replace("TD01", "TD04").replace("</DatiGenerali>", linked)
}

/// The same for its last line and a part of it: 100.00 without VAT.
fn partial_note(text: &str) -> String {
    let text = note(text).replace("<ImportoTotaleDocumento>12169.74<", "<ImportoTotaleDocumento>122.00<");
    let (before, rest) = text.split_once("<DatiBeniServizi>").unwrap();
    let (_, after) = rest.split_once("</DatiBeniServizi>").unwrap();
    let lines = "<DatiBeniServizi><DettaglioLinee><NumeroLinea>1</NumeroLinea><Descrizione>Altri beni dell'ordine</Descrizione>
        <Quantita>1.00</Quantita><PrezzoUnitario>100.00</PrezzoUnitario><PrezzoTotale>100.00</PrezzoTotale>
        <AliquotaIVA>22.00</AliquotaIVA></DettaglioLinee><DatiRiepilogo><AliquotaIVA>22.00</AliquotaIVA>
        <ImponibileImporto>100.00</ImponibileImporto><Imposta>22.00</Imposta><EsigibilitaIVA>S</EsigibilitaIVA>
        </DatiRiepilogo></DatiBeniServizi>";
    format!("{before}{lines}{after}")
}

async fn act(test: &TestApp, order: &str, steps: &[Azione]) {
    let order: Value =
        test.get(&token(Role::Lettore), &format!("/orders/{order}")).await.json().await.unwrap();
    for step in steps {
        test.stand_ins.act(order["oda_number"].as_str().unwrap(), *step, None).unwrap();
    }
    test.move_to("2026-04-23T08:00:00Z");
}

#[tokio::test]
async fn money_moves_with_its_documents_and_back() {
    let (test, order) = TestApp::with_sent_order().await;
    let at = |committed, invoiced, paid, stage: &str| (committed, invoiced, paid, stage.to_owned());
    assert_eq!(spent(&test, &order).await, at(ORDERED, 0, 0, "open"));
    let sdi = deliver_example(&test, "FPA 12/26", |text| text).await;
    assert_eq!(spent(&test, &order).await, at(0, ORDERED, 0, "invoiced"));
    pay(&test, "p1", &flow(&sdi)).await;
    assert_eq!(spent(&test, &order).await, at(0, ORDERED, 0, "invoiced"), "ordered is not paid");
    pay(&test, "p2", PAID).await;
    assert_eq!(spent(&test, &order).await, at(0, 0, ORDERED, "paid"));
    pay(&test, "p3", &taken_back()).await;
    assert_eq!(spent(&test, &order).await, at(0, ORDERED, 0, "invoiced"));
    deliver_example(&test, "NC 1/26", |text| note(&text)).await;
    assert_eq!(spent(&test, &order).await, at(ORDERED, 0, 0, "open"));
    let events: Value = test.get(&token(Role::Lettore), "/events?limit=500").await.json().await.unwrap();
    let booked = |event: &&Value| event["event"] == "order.spending_booked";
    assert_eq!(events["items"].as_array().unwrap().iter().filter(booked).count(), 4, "{events:#}");
}

#[tokio::test]
async fn what_is_invoiced_above_the_order_is_no_spending_of_the_grant() {
    let (test, order) = TestApp::with_sent_order().await;
    deliver_example(&test, "FPA 12/26", |text| text).await;
    deliver_example(&test, "FPA 14/26", |text| text.replace("Seduta", "Sedia")).await;
    assert_eq!(spent(&test, &order).await, (0, ORDERED, 0, "invoiced".to_owned()));
}

#[tokio::test]
async fn an_invoice_paid_twice_does_not_pay_another_one() {
    let (test, order) = TestApp::with_sent_order().await;
    let half = |text: String| {
        let text = text.replace("<Quantita>12.00<", "<Quantita>6.00<").replace("2226.00", "1113.00");
        let text = text.replace("7749.20", "3874.60").replace("9975.20", "4987.60");
        text.replace("2194.54", "1097.27").replace("12169.74", "6084.87")
    };
    let sdi = deliver_example(&test, "FPA 12/26", half).await;
    deliver_example(&test, "FPA 13/26", half).await;
    assert_eq!(spent(&test, &order).await, (0, ORDERED, 0, "invoiced".to_owned()));
    // The mandato pays the whole order, and names the first invoice alone.
    pay(&test, "p1", &flow(&sdi)).await;
    pay(&test, "p2", PAID).await;
    assert_eq!(spent(&test, &order).await, (0, ORDERED / 2, ORDERED / 2, "invoiced".to_owned()));
}

#[tokio::test]
async fn documents_in_any_order_come_to_the_same_books() {
    let orders = [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2], [2, 0, 3, 1]];
    let mut books = Vec::new();
    for steps in orders {
        let (test, order) = TestApp::with_sent_order().await;
        // SdI gives the number that the flow names to what it delivers first; notes come from elsewhere.
        for step in steps {
            match step {
                0 => drop(deliver_example(&test, "FPA 12/26", |text| text).await),
                1 => drop(pay(&test, "p1", SPLIT).await),
                2 => drop(pay(&test, "p2", PAID).await),
                _ => drop(deliver_example(&test, "NC 1/26", |text| partial_note(&text)).await),
            }
            test.work().await;
        }
        books.push(spent(&test, &order).await);
    }
    assert!(books.iter().all(|one| *one == books[0]), "{books:?}");
    assert_eq!(books[0], (12_200, 0, ORDERED - 12_200, "open".to_owned()));
}

#[tokio::test]
async fn an_order_that_is_revoked_after_it_was_paid_is_free_again_and_the_payment_is_told() {
    let (test, order) = TestApp::with_sent_order().await;
    let sdi = deliver_example(&test, "FPA 12/26", |text| text).await;
    pay(&test, "p1", &flow(&sdi)).await;
    pay(&test, "p2", PAID).await;
    assert_eq!(spent(&test, &order).await.2, ORDERED);
    act(&test, &order, &[Azione::ProponiRevoca, Azione::AccettaRevoca]).await;
    assert_eq!(spent(&test, &order).await, (0, 0, 0, "open".to_owned()));
    let now = test.get(&token(Role::Ragioneria), "/comuni/c_a218/reconciliation").await;
    let now: Value = now.json().await.unwrap();
    assert_eq!(now["orders"][0]["state"], json!("conflict"), "{now:#}");
    let then = test.get(&token(Role::Ragioneria), "/comuni/c_a218/reconciliation?as_of=2026-04-22").await;
    let then: Value = then.json().await.unwrap();
    assert_eq!(then["orders"][0]["state"], json!("matched"), "on that day it stood: {then:#}");
}

#[tokio::test]
async fn what_nothing_has_happened_to_is_not_booked_again() {
    let (test, _) = TestApp::with_sent_order().await;
    deliver_example(&test, "FPA 12/26", |text| text).await;
    test.work().await;
    assert_eq!(test.app.store.unbooked(&test.app.programme.id).await.unwrap(), []);
    assert_eq!(mepa_gateway::flows::book_spending::book_due(&test.app).await.unwrap(), 0);
    deliver_example(&test, "FPA 13/26", |text| text.replace("Seduta", "Sedia")).await;
    assert_eq!(test.app.store.unbooked(&test.app.programme.id).await.unwrap().len(), 1);
}
