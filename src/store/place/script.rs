// SPDX-License-Identifier: EUPL-1.2
//! How decided orders are stored: one script of statements an order, sent for several orders at a time, because each
//! round trip to the database costs more than the rows it writes.

use std::collections::HashMap;
use std::sync::Arc;

use sqlx::AssertSqlSafe;
use sqlx::query::Query;
use sqlx::sqlite::{Sqlite, SqliteArguments};

use crate::domain::money::Money;
use crate::domain::order_state::OrderState;
use crate::store::audit::{Head, Record};
use crate::store::idempotency::IdempotencyKey;
use crate::store::orders::OrderRow;
use crate::store::{StoreError, Tx};

use super::NewOrder;

/// Values of one order, in the order in which they are bound.
const VALUES: [&str; 36] = [
    "id",
    "programme",
    "comune",
    "number",
    "order_date",
    "sent_at",
    "supplier",
    "supplier_name",
    "cup",
    "cig",
    "net",
    "vat",
    "gross",
    "own_funds",
    "reserved",
    "categories",
    "verdict",
    "state",
    "live",
    "findings",
    "sha256",
    "media_type",
    "at",
    "document",
    "scope",
    "key",
    "status",
    "location",
    "reply",
    "actor",
    "capacity",
    "action",
    "detail",
    "seq",
    "previous",
    "hash",
];

/// What is stored of every order, whatever its verdict.
const STORE: &[&str] = &[
    "INSERT INTO orders (id, programme, comune, number, order_date, sent_at, supplier, supplier_name, cup, cig, net, vat,
     gross, own_funds, reserved, categories, verdict, state, live, findings, document, media_type, version, received_at,
     updated_at) VALUES (:id, :programme, :comune, :number, :order_date, :sent_at, :supplier, :supplier_name, :cup, :cig,
     :net, :vat, :gross, :own_funds, :reserved, :categories, :verdict, :state, :live, :findings, :sha256, :media_type, 1,
     :at, :at)",
    "INSERT INTO document (order_id, bytes, received_at) VALUES (:id, :document, :at)",
    "INSERT INTO idempotency (scope, key, body_sha256, status, location, body, created_at)
     VALUES (:scope, :key, :sha256, :status, :location, :reply, :at)",
    "INSERT INTO audit (chain, seq, at, actor, capacity, action, subject, detail, previous, hash)
     VALUES (:comune, :seq, :at, :actor, :capacity, :action, :id, :detail, :previous, :hash)",
    "INSERT INTO audit_head (chain, seq, hash) VALUES (:comune, :seq, :hash)
     ON CONFLICT (chain) DO UPDATE SET seq = excluded.seq, hash = excluded.hash",
];

/// What an accepted order adds: the conditional update that holds its money, the entry that says so, the call that is
/// owed.
const ACCEPT: &[&str] = &[
    "UPDATE participation SET reserved = reserved + :reserved, updated_at = :at
     WHERE programme = :programme AND comune = :comune AND state = 'confirmed' AND :reserved >= 0
     AND assigned - reserved - committed - invoiced - paid >= :reserved",
    "INSERT INTO outbox (event_key, kind, programme, comune, order_id, state, attempt, fence, lease_until, not_before,
     created_at, updated_at)
     VALUES ('oda.hand_over:' || :id, 'oda.hand_over', :programme, :comune, :id, 'pending', 0, 0, 0, :at, :at, :at)",
];

/// The entry of an accepted order that holds anything.
const HOLD: &str = "INSERT INTO journal (programme, comune, kind, amount, order_id, event_key, booked_at)
     VALUES (:programme, :comune, 'reservation', :reserved, :id, 'reservation:' || :id, :at)";

/// Adds an order to, or with `sign` -1 takes it out of, the sums per supplier and category.
const COUNT: &str =
    "INSERT INTO purchase_total (programme, comune, supplier, category, orders, net, last_order)
     VALUES (:programme, :comune, :supplier, :category, :sign, :category_net, :order_date)
     ON CONFLICT (programme, comune, supplier, category) DO UPDATE SET
     orders = purchase_total.orders + excluded.orders, net = purchase_total.net + excluded.net,
     last_order = CASE WHEN excluded.last_order > purchase_total.last_order
     THEN excluded.last_order ELSE purchase_total.last_order END";

/// How many orders of one shape share a round trip, tried from the left: few texts, each prepared once.
const COPIES: [usize; 3] = [16, 4, 1];

/// What decides which statements an order needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
struct Shape {
    accepted: bool,
    holds: bool,
    categories: usize,
}

/// The texts made so far, by shape and number of orders.
#[derive(Debug, Default)]
pub(in crate::store) struct Scripts(HashMap<(Shape, usize), Arc<str>>);

/// An order with its place in the audit chain of its Comune.
pub(super) struct Decided<'k> {
    key: &'k IdempotencyKey,
    order: NewOrder,
    record: Record,
    seq: i64,
    previous: String,
    hash: String,
}

impl<'k> Decided<'k> {
    /// Appends the order's record to the chain.
    pub(super) fn new(key: &'k IdempotencyKey, order: NewOrder, heads: &mut HashMap<String, Head>) -> Self {
        let record = order.record();
        let head = heads.entry(record.chain.clone()).or_default();
        let previous = head.append(&record);
        let (seq, hash) = (head.seq, head.hash.clone());
        Self { key, order, record, seq, previous, hash }
    }

    pub(super) fn order(&self) -> &NewOrder {
        &self.order
    }

    fn shape(&self) -> Shape {
        let accepted = self.order.is_accepted();
        Shape {
            accepted,
            holds: !self.order.held().is_zero(),
            categories: if accepted { self.order.categories.len() } else { 0 },
        }
    }

    /// Binds [`VALUES`], then what each category needs.
    fn bind<'q>(&self, query: Query<'q, Sqlite, SqliteArguments>) -> Query<'q, Sqlite, SqliteArguments> {
        let cents = |amount: Option<Money>| amount.map(Money::cents);
        let (order, key, record) = (&self.order, self.key, &self.record);
        let query = query
            .bind(order.id.clone())
            .bind(order.keys.programme.clone())
            .bind(order.keys.comune.to_string())
            .bind(order.keys.number.clone())
            .bind(order.order_date.to_string())
            .bind(order.sent_at.map(|at| at.timestamp_micros()))
            .bind(order.keys.supplier.clone())
            .bind(order.supplier_name.clone())
            .bind(order.cup.clone())
            .bind(order.keys.cig.clone())
            .bind(cents(order.totals.net))
            .bind(cents(order.totals.vat))
            .bind(cents(order.totals.gross))
            .bind(order.own_funds.cents())
            .bind(order.held().cents())
            .bind(categories_json(&order.categories))
            .bind(order.verdict.as_str())
            .bind(OrderState::from_verdict(order.verdict).as_str())
            .bind(i64::from(order.is_accepted()))
            .bind(order.findings.clone())
            .bind(order.document.sha256.clone())
            .bind(order.document.media_type)
            .bind(order.at.timestamp_micros())
            .bind(order.document.bytes.to_vec())
            .bind(key.scope.clone())
            .bind(key.key.clone())
            .bind(i64::from(order.reply.status))
            .bind(order.reply.location.clone())
            .bind(order.reply.body.clone())
            .bind(record.actor.id.clone())
            .bind(record.actor.capacity.clone())
            .bind(record.action)
            .bind(record.detail.clone())
            .bind(self.seq)
            .bind(self.previous.clone())
            .bind(self.hash.clone());
        let counted = &order.categories[..self.shape().categories];
        counted
            .iter()
            .fold(query, |query, (category, net)| query.bind(category.clone()).bind(net.cents()).bind(1i64))
    }
}

impl Shape {
    /// How many rows one order of this shape writes: each statement writes one.
    fn rows(self) -> usize {
        let accepted = if self.accepted { ACCEPT.len() + self.categories } else { 0 };
        STORE.len() + accepted + usize::from(self.holds)
    }

    fn text(self, copies: usize) -> String {
        let mut text = String::new();
        let values = VALUES.len() + COUNTED.len() * self.categories;
        for copy in 0..copies {
            let base = copy * values;
            let of_order = |name: &str| place(&VALUES, name).map(|n| base + n);
            let accept = if self.accepted { ACCEPT } else { &[] };
            let hold = self.holds.then_some(HOLD);
            for statement in accept.iter().copied().chain(hold).chain(STORE.iter().copied()) {
                render(statement, of_order, &mut text);
            }
            for category in 0..self.categories {
                let base_of_category = base + VALUES.len() + category * COUNTED.len();
                let of_category =
                    |name: &str| of_order(name).or_else(|| Some(base_of_category + place(&COUNTED, name)?));
                render(COUNT, of_category, &mut text);
            }
        }
        text
    }
}

/// What [`COUNT`] needs beside the values of the order.
const COUNTED: [&str; 3] = ["category", "category_net", "sign"];

fn place(names: &[&str], name: &str) -> Option<usize> {
    names.iter().position(|known| *known == name)
}

/// Writes a statement with its named values as numbered parameters.
fn render(statement: &str, place: impl Fn(&str) -> Option<usize>, into: &mut String) {
    for word in statement.split_whitespace() {
        let mut parts = word.split(':');
        into.push_str(parts.next().unwrap_or_default());
        for part in parts {
            let end = part.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(part.len());
            match place(&part[..end]) {
                Some(n) => into.push_str(&format!("${}{}", n + 1, &part[end..])),
                None => into.extend([":", part]),
            }
        }
        into.push(' ');
    }
    into.push_str(";\n");
}

impl Tx {
    /// Stores decided orders with everything that belongs to them, in the order given.
    ///
    /// # Errors
    /// When a row was not written as decided: then the transaction must not be committed.
    pub(super) async fn store_orders(&mut self, orders: &[Decided<'_>]) -> Result<(), StoreError> {
        for alike in orders.chunk_by(|one, next| one.shape() == next.shape()) {
            let mut rest = alike;
            for copies in COPIES {
                while let Some((now, later)) = rest.split_at_checked(copies) {
                    self.run_script(now).await?;
                    rest = later;
                }
            }
        }
        Ok(())
    }

    /// Stores orders of one shape in one round trip.
    async fn run_script(&mut self, orders: &[Decided<'_>]) -> Result<(), StoreError> {
        let Some(shape) = orders.first().map(Decided::shape) else { return Ok(()) };
        let made = self.scripts.0.entry((shape, orders.len()));
        let text = Arc::clone(made.or_insert_with(|| shape.text(orders.len()).into()));
        let query = orders.iter().fold(sqlx::query(AssertSqlSafe(text)), |query, order| order.bind(query));
        let written = query.execute(&mut self.connection).await?;
        // A budget that lacks the money updates no row. The rules have said that it is there, in this very transaction,
        // so that is a fault of the program.
        match written.rows_affected() == (orders.len() * shape.rows()) as u64 {
            true => Ok(()),
            false => Err(StoreError::Changed),
        }
    }

    /// Adds a stored order to, or takes it out of, the sums per supplier and category.
    pub(in crate::store) async fn count_purchase(
        &mut self,
        order: &OrderRow,
        sign: i64,
    ) -> Result<(), StoreError> {
        let names = ["programme", "comune", "supplier", "order_date", "category", "category_net", "sign"];
        let mut text = String::new();
        render(COUNT, |name| place(&names, name), &mut text);
        for (category, net) in &order.categories {
            sqlx::query(AssertSqlSafe(&*text))
                .bind(&order.programme)
                .bind(order.comune.as_str())
                .bind(&order.supplier)
                .bind(order.order_date.to_string())
                .bind(category)
                .bind(net.cents().saturating_mul(sign))
                .bind(sign)
                .execute(&mut self.connection)
                .await?;
        }
        Ok(())
    }
}

/// Net cents per category as a JSON object, the form kept in `orders.categories`.
fn categories_json(categories: &[(String, Money)]) -> String {
    let object: serde_json::Map<String, serde_json::Value> =
        categories.iter().map(|(category, net)| (category.clone(), net.cents().into())).collect();
    serde_json::Value::Object(object).to_string()
}

#[cfg(test)]
mod tests {
    use sqlx::{Connection, SqliteConnection};

    use crate::store::facts::STANDING;

    use super::*;

    async fn plan(connection: &mut SqliteConnection, statement: &str) -> Vec<String> {
        let text = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
        let rows: Vec<(i64, i64, i64, String)> = sqlx::query_as(text).fetch_all(connection).await.unwrap();
        rows.into_iter().map(|row| row.3).collect()
    }

    /// What an order costs must not grow with the number of orders stored.
    #[tokio::test]
    async fn no_statement_scans_a_table() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("gateway.db");
        crate::store::migrate(&file).await.unwrap();
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        let script = Shape { accepted: true, holds: true, categories: 2 }.text(2);
        let asked = "WITH asked (programme, comune, number, cig, supplier, scope, key) AS (VALUES ($1, $2, $3, $4, $5, $6, $7))";
        let load = format!("{asked} {STANDING}");
        let statements: Vec<&str> = script.split_terminator(";\n").chain([&*load]).collect();
        assert_eq!(statements.len(), 2 * (STORE.len() + ACCEPT.len() + 1 + 2) + 1);
        let mut searched = 0;
        for statement in statements {
            assert!(!statement.contains(" :"), "a value without a number: {statement}");
            for step in plan(&mut connection, statement).await {
                let given = ["asked", "budget", "twin", "owner", "CONSTANT ROW"];
                let is_given = step.split_whitespace().nth(1).is_some_and(|name| given.contains(&name))
                    || step.ends_with("CONSTANT ROW");
                assert!(is_given || !step.starts_with("SCAN"), "{step}\n{statement}");
                searched += usize::from(step.starts_with("SEARCH"));
            }
        }
        assert_eq!(searched, 7 + 2, "the plan no longer reads as this test expects");
    }
}
