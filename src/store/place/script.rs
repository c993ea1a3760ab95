// SPDX-License-Identifier: EUPL-1.2
//! What is written of a decided order: one script of statements an order.

use std::collections::HashMap;

use crate::domain::budget::EntryKind;
use crate::domain::money::Money;
use crate::domain::participation::ParticipationState;
use crate::store::audit::{self, Appended, Head};
use crate::store::idempotency::{self, IdempotencyKey};
use crate::store::orders::{OrderRow, findings_json};
use crate::store::outbox::HAND_OVER;
use crate::store::script::{Script, Value};
use crate::store::{StoreError, Tx};

use super::NewOrder;

/// What is stored of every order, whatever its verdict.
const STORE: &[&str] = &[
    "INSERT INTO orders (id, programme, comune, number, order_date, sent_at, supplier, supplier_name, cup, cig, net, vat,
     gross, own_funds, reserved, categories, verdict, state, live, oda_number, findings, document, media_type, version,
     received_at, updated_at) VALUES (:id, :programme, :comune, :number, :order_date, :sent_at, :supplier, :supplier_name, :cup, :cig,
     :net, :vat, :gross, :own_funds, :reserved, :categories, :verdict, :state, :live, :oda_number, :findings, :sha256,
     :media_type, :version, :at, :at)",
    "INSERT INTO document (order_id, bytes, received_at) VALUES (:id, :document, :at)",
    idempotency::KEEP,
    audit::APPEND,
    audit::END,
];

/// What an accepted order adds: the conditional update that holds its money, the entry that says so, the call that is
/// owed.
const ACCEPT: &[&str] = &[
    "UPDATE participation SET reserved = reserved + :reserved, updated_at = :at
     WHERE programme = :programme AND comune = :comune AND state = :confirmed AND :reserved >= 0
     AND assigned - reserved - committed - invoiced - paid >= :reserved",
    "INSERT INTO outbox (event_key, kind, programme, comune, order_id, state, attempt, fence, lease_until, not_before,
     created_at, updated_at)
     VALUES (:hand_over || ':' || :id, :hand_over, :programme, :comune, :id, :owed, 0, 0, 0, :at, :at, :at)",
];

/// The entry of an accepted order that holds anything.
const HOLD: &str = "INSERT INTO journal (programme, comune, kind, amount, order_id, event_key, booked_at)
     VALUES (:programme, :comune, :reservation, :reserved, :id, :reservation || ':' || :id, :at)";

/// Adds an order to the sum of its supplier in one of its categories.
const COUNT: &str =
    "INSERT INTO purchase_total (programme, comune, supplier, category, orders, net, last_order)
     VALUES (:programme, :comune, :supplier, :category, 1, :category_net, :order_date)
     ON CONFLICT (programme, comune, supplier, category) DO UPDATE SET
     orders = purchase_total.orders + 1, net = purchase_total.net + excluded.net,
     last_order = CASE WHEN excluded.last_order > purchase_total.last_order
     THEN excluded.last_order ELSE purchase_total.last_order END";

/// Takes an order that is no longer live out of that sum, whose date is then that of the last one left.
const UNCOUNT: &str = r#"UPDATE purchase_total SET orders = orders - 1, net = net - :category_net,
     last_order = COALESCE((SELECT MAX(held.order_date) FROM orders AS held WHERE held.live = 1
     AND held.programme = :programme AND held.comune = :comune AND held.supplier = :supplier
     AND held.categories LIKE '%"' || :category || '":%'), last_order)
     WHERE programme = :programme AND comune = :comune AND supplier = :supplier AND category = :category"#;

/// An order with its place in the audit chain of its Comune.
pub(super) struct Decided<'k> {
    key: &'k IdempotencyKey,
    order: NewOrder,
    /// The findings as they are stored, and as the record's digest covers them.
    findings: String,
    record: Appended,
}

impl<'k> Decided<'k> {
    /// Appends the order's record to the chain.
    pub(super) fn new(key: &'k IdempotencyKey, order: NewOrder, heads: &mut HashMap<String, Head>) -> Self {
        let findings = findings_json(&order.row.findings);
        let record = order.record(key, &findings);
        let record = heads.entry(record.chain.clone()).or_default().append(record);
        Self { key, order, findings, record }
    }

    pub(super) fn order(&self) -> &NewOrder {
        &self.order
    }

    /// What is written of it. A budget that lacks the money updates no row: the rules have said that it is there, in this very
    /// transaction, so that is a fault of the program and undoes the writing.
    pub(super) fn script(&self) -> Script {
        let row = &self.order.row;
        let mut script = Script::default();
        if self.order.is_accepted() {
            script.run(ACCEPT.iter().copied());
            if !row.reserved.is_zero() {
                script.run([HOLD]);
            }
        }
        script.run(STORE.iter().copied());
        script.give(self.values());
        script.give(self.key.kept(&self.order.reply));
        script.give(self.record.values());
        if self.order.is_accepted() {
            for (nth, (category, net)) in row.categories.iter().enumerate() {
                script.run_nth(COUNT, nth);
                script.give(counted(category, *net));
            }
        }
        script
    }

    /// The values of the order by the names that the statements call them by.
    fn values(&self) -> [(&'static str, Value); 30] {
        let row = &self.order.row;
        let cents = |amount: Option<Money>| Value::MaybeNumber(amount.map(Money::cents));
        [
            ("id", Value::of(&row.id)),
            ("programme", Value::of(&row.programme)),
            ("comune", Value::of(row.comune.as_str())),
            ("number", Value::of(&row.number)),
            ("order_date", Value::Text(row.order_date.to_string())),
            ("sent_at", Value::MaybeNumber(row.sent_at.map(|at| at.timestamp_micros()))),
            ("supplier", Value::of(&row.supplier)),
            ("supplier_name", Value::maybe(row.supplier_name.as_deref())),
            ("cup", Value::maybe(row.cup.as_deref())),
            ("cig", Value::maybe(row.cig.as_deref())),
            ("net", cents(row.net)),
            ("vat", cents(row.vat)),
            ("gross", cents(row.gross)),
            ("own_funds", Value::Number(row.own_funds.cents())),
            ("reserved", Value::Number(row.reserved.cents())),
            ("categories", Value::Text(categories_json(&row.categories))),
            ("verdict", Value::of(row.verdict.as_str())),
            ("state", Value::of(row.state.as_str())),
            ("live", Value::Number(i64::from(row.state.is_live()))),
            ("findings", Value::of(&self.findings)),
            ("sha256", Value::of(&row.document)),
            ("media_type", Value::of(&row.media_type)),
            ("version", Value::Number(row.version)),
            ("at", Value::Number(row.received_at.timestamp_micros())),
            ("document", Value::Bytes(self.order.document.to_vec())),
            ("confirmed", Value::of(ParticipationState::Confirmed.as_str())),
            ("reservation", Value::of(EntryKind::Reservation.as_str())),
            ("hand_over", Value::of(HAND_OVER)),
            ("oda_number", Value::maybe(row.oda_number.as_deref())),
            // What the portal holds already is not handed over.
            ("owed", Value::of(if row.oda_number.is_none() { "pending" } else { "withdrawn" })),
        ]
    }
}

fn counted(category: &str, net: Money) -> [(&'static str, Value); 2] {
    [("category", Value::of(category)), ("category_net", Value::Number(net.cents()))]
}

impl Tx {
    /// Adds a stored order to, or takes it out of, the sums per supplier and category. When it is taken out, the date of
    /// the last order is looked up again.
    pub(in crate::store) async fn count_purchase(
        &mut self,
        order: &OrderRow,
        counts: bool,
    ) -> Result<(), StoreError> {
        let scripts = order.categories.iter().map(|(category, net)| recount(order, category, *net, counts));
        self.write_all(scripts.collect()).await
    }
}

fn recount(order: &OrderRow, category: &str, net: Money, counts: bool) -> Script {
    let mut script = Script::default();
    script.run([if counts { COUNT } else { UNCOUNT }]);
    script.give([
        ("programme", Value::of(&order.programme)),
        ("comune", Value::of(order.comune.as_str())),
        ("supplier", Value::of(&order.supplier)),
        ("order_date", Value::Text(order.order_date.to_string())),
    ]);
    script.give(counted(category, net));
    script
}

/// Net cents per category as a JSON object, the form kept in `orders.categories`.
pub(super) fn categories_json(categories: &[(String, Money)]) -> String {
    let object: serde_json::Map<String, serde_json::Value> =
        categories.iter().map(|(category, net)| (category.clone(), net.cents().into())).collect();
    serde_json::Value::Object(object).to_string()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use chrono::DateTime;

    use crate::domain::finding::Verdict;
    use crate::domain::order_state::OrderState;
    use crate::domain::spending::Spending;
    use crate::store::audit::Actor;
    use crate::store::facts::STANDING;
    use crate::store::idempotency::Reply;
    use crate::store::script::tests::planned;

    use super::*;

    fn accepted_order() -> NewOrder {
        let (text, net) = (String::new, Money::from_cents(1));
        let row = OrderRow {
            id: text(),
            programme: text(),
            comune: "001006".parse().unwrap(),
            number: text(),
            order_date: chrono::NaiveDate::MIN,
            sent_at: None,
            supplier: text(),
            supplier_name: None,
            cup: None,
            cig: None,
            net: None,
            vat: None,
            gross: None,
            own_funds: Money::ZERO,
            reserved: net,
            spending: Spending::default(),
            categories: vec![("C1".into(), net), ("C2".into(), net)],
            verdict: Verdict::Accepted,
            state: OrderState::Accepted,
            oda_number: None,
            findings: Vec::new(),
            document: text(),
            media_type: text(),
            version: 1,
            received_at: DateTime::UNIX_EPOCH,
            updated_at: DateTime::UNIX_EPOCH,
            ended_at: None,
        };
        let reply = Reply { status: 201, location: None, body: text() };
        let document = Arc::from(&b""[..]);
        NewOrder { row, document, declarations: Vec::new(), reply, actor: Actor::worker() }
    }

    /// What an order costs must not grow with the number of orders stored.
    #[tokio::test]
    async fn no_statement_scans_a_table() {
        let key = IdempotencyKey { scope: String::new(), key: String::new(), body_sha256: String::new() };
        let order = Decided::new(&key, accepted_order(), &mut HashMap::new());
        let recount = recount(&order.order.row, "C1", Money::ZERO, false);
        let asked = "WITH asked (programme, comune, number, cig, supplier, scope, key) AS
            (VALUES ($1, $2, $3, $4, $5, $6, $7))";
        let load = format!("{asked} {STANDING}");
        let text = format!("{}{}{load}", order.script().text(2), recount.text(1));
        let planned = planned(&text, &["asked", "budget", "twin", "owner"]).await;
        assert_eq!(planned.statements, 2 * (STORE.len() + ACCEPT.len() + 1 + 2) + 2);
        assert_eq!(planned.searches, 7 + 2 + 2, "the plan no longer reads as this test expects");
    }
}
