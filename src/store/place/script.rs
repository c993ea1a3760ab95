// SPDX-License-Identifier: EUPL-1.2
//! How decided orders are stored: one script of statements an order, sent for several orders at a time, because each
//! round trip to the database costs more than the rows it writes.

use std::borrow::Cow;
use std::collections::HashMap;
use std::sync::Arc;

use sqlx::AssertSqlSafe;
use sqlx::query::Query;
use sqlx::sqlite::{Sqlite, SqliteArguments};

use crate::domain::budget::EntryKind;
use crate::domain::money::Money;
use crate::domain::participation::ParticipationState;
use crate::store::audit::{Head, Record};
use crate::store::idempotency::IdempotencyKey;
use crate::store::orders::{OrderRow, findings_json};
use crate::store::outbox::HAND_OVER;
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
    "INSERT INTO idempotency (scope, key, body_sha256, status, location, body, created_at)
     VALUES (:scope, :key, :body_sha256, :status, :location, :reply, :at)",
    "INSERT INTO audit (chain, seq, at, actor, capacity, action, subject, detail, previous, hash)
     VALUES (:comune, :seq, :at, :actor, :capacity, :action, :id, :detail, :previous, :hash)",
    "INSERT INTO audit_head (chain, seq, hash) VALUES (:comune, :seq, :hash)
     ON CONFLICT (chain) DO UPDATE SET seq = excluded.seq, hash = excluded.hash",
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
    /// The findings as they are stored, and as the record's digest covers them.
    findings: String,
    record: Record,
    seq: i64,
    previous: String,
    hash: String,
}

impl<'k> Decided<'k> {
    /// Appends the order's record to the chain.
    pub(super) fn new(key: &'k IdempotencyKey, order: NewOrder, heads: &mut HashMap<String, Head>) -> Self {
        let findings = findings_json(&order.row.findings);
        let record = order.record(key, &findings);
        let head = heads.entry(record.chain.clone()).or_default();
        let previous = head.append(&record);
        let (seq, hash) = (head.seq, head.hash.clone());
        Self { key, order, findings, record, seq, previous, hash }
    }

    pub(super) fn order(&self) -> &NewOrder {
        &self.order
    }

    fn shape(&self) -> Shape {
        let accepted = self.order.is_accepted();
        Shape {
            accepted,
            holds: accepted && !self.order.row.reserved.is_zero(),
            categories: if accepted { self.order.row.categories.len() } else { 0 },
        }
    }

    /// Every value of the order by the name that the statements call it by, then those of each category it counts in.
    fn values(&self) -> impl Iterator<Item = (&'static str, Value<'_>)> {
        let (row, key, record) = (&self.order.row, self.key, &self.record);
        let cents = |amount: Option<Money>| Value::MaybeNumber(amount.map(Money::cents));
        let text = |text: String| Value::Text(Cow::Owned(text));
        let of_order = [
            ("id", Value::of(&row.id)),
            ("programme", Value::of(&row.programme)),
            ("comune", Value::of(row.comune.as_str())),
            ("number", Value::of(&row.number)),
            ("order_date", text(row.order_date.to_string())),
            ("sent_at", Value::MaybeNumber(row.sent_at.map(|at| at.timestamp_micros()))),
            ("supplier", Value::of(&row.supplier)),
            ("supplier_name", Value::MaybeText(row.supplier_name.as_deref())),
            ("cup", Value::MaybeText(row.cup.as_deref())),
            ("cig", Value::MaybeText(row.cig.as_deref())),
            ("net", cents(row.net)),
            ("vat", cents(row.vat)),
            ("gross", cents(row.gross)),
            ("own_funds", Value::Number(row.own_funds.cents())),
            ("reserved", Value::Number(row.reserved.cents())),
            ("categories", text(categories_json(&row.categories))),
            ("verdict", Value::of(row.verdict.as_str())),
            ("state", Value::of(row.state.as_str())),
            ("live", Value::Number(i64::from(row.state.is_live()))),
            ("findings", Value::of(&self.findings)),
            ("sha256", Value::of(&row.document)),
            ("media_type", Value::of(&row.media_type)),
            ("version", Value::Number(row.version)),
            ("at", Value::Number(row.received_at.timestamp_micros())),
            ("document", Value::Bytes(&self.order.document)),
            ("confirmed", Value::of(ParticipationState::Confirmed.as_str())),
            ("reservation", Value::of(EntryKind::Reservation.as_str())),
            ("hand_over", Value::of(HAND_OVER)),
            ("oda_number", Value::MaybeText(row.oda_number.as_deref())),
            // What the portal holds already is not handed over.
            ("owed", Value::of(if row.oda_number.is_none() { "pending" } else { "withdrawn" })),
            ("scope", Value::of(&key.scope)),
            ("key", Value::of(&key.key)),
            ("body_sha256", Value::of(&key.body_sha256)),
            ("status", Value::Number(i64::from(self.order.reply.status))),
            ("location", Value::MaybeText(self.order.reply.location.as_deref())),
            ("reply", Value::of(&self.order.reply.body)),
            ("actor", Value::of(&record.actor.id)),
            ("capacity", Value::of(&record.actor.capacity)),
            ("action", Value::of(record.action)),
            ("detail", Value::of(&record.detail)),
            ("seq", Value::Number(self.seq)),
            ("previous", Value::of(&self.previous)),
            ("hash", Value::of(&self.hash)),
        ];
        let counted = &row.categories[..self.shape().categories];
        let of_categories = counted.iter().flat_map(|(category, net)| {
            [("category", Value::of(category)), ("category_net", Value::Number(net.cents()))]
        });
        of_order.into_iter().chain(of_categories)
    }
}

/// A value to be bound.
enum Value<'a> {
    Text(Cow<'a, str>),
    MaybeText(Option<&'a str>),
    Number(i64),
    MaybeNumber(Option<i64>),
    Bytes(&'a [u8]),
}

impl<'a> Value<'a> {
    fn of(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }

    fn bind<'q>(self, query: Query<'q, Sqlite, SqliteArguments>) -> Query<'q, Sqlite, SqliteArguments> {
        match self {
            Self::Text(text) => query.bind(text.into_owned()),
            Self::MaybeText(text) => query.bind(text.map(str::to_owned)),
            Self::Number(number) => query.bind(number),
            Self::MaybeNumber(number) => query.bind(number),
            Self::Bytes(bytes) => query.bind(bytes.to_vec()),
        }
    }
}

impl Shape {
    /// How many rows one order of this shape writes: each statement writes one.
    fn rows(self) -> usize {
        let accepted = if self.accepted { ACCEPT.len() + self.categories } else { 0 };
        STORE.len() + accepted + usize::from(self.holds)
    }

    /// The script for so many orders, whose values bear these names: those of the order, then those of its categories.
    fn text(self, names: &[&str], copies: usize) -> String {
        let mut text = String::new();
        for base in (0..copies).map(|copy| copy * names.len()) {
            let accept = if self.accepted { ACCEPT } else { &[] };
            let hold = self.holds.then_some(HOLD);
            for statement in accept.iter().copied().chain(hold).chain(STORE.iter().copied()) {
                render(statement, |name| Some(base + nth(names, name, 0)?), &mut text);
            }
            for category in 0..self.categories {
                let place =
                    |name: &str| Some(base + nth(names, name, category).or_else(|| nth(names, name, 0))?);
                render(COUNT, place, &mut text);
            }
        }
        text
    }
}

/// The place of the name when it stands there for the `n`th time, counted from 0.
fn nth(names: &[&str], name: &str, n: usize) -> Option<usize> {
    names.iter().enumerate().filter(|(_, known)| **known == name).nth(n).map(|(place, _)| place)
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
        let text = made.or_insert_with(|| {
            let names: Vec<&str> =
                orders.iter().take(1).flat_map(|order| order.values()).map(|value| value.0).collect();
            shape.text(&names, orders.len()).into()
        });
        let values = orders.iter().flat_map(Decided::values);
        let query = sqlx::query(AssertSqlSafe(Arc::clone(text)));
        let query = values.fold(query, |query, (_, value)| value.bind(query));
        let written = query.execute(&mut self.connection).await?;
        // A budget that lacks the money updates no row. The rules have said that it is there, in this very transaction,
        // so that is a fault of the program.
        match written.rows_affected() == (orders.len() * shape.rows()) as u64 {
            true => Ok(()),
            false => Err(StoreError::Changed),
        }
    }

    /// Adds a stored order to, or takes it out of, the sums per supplier and category. When it is taken out, the date of
    /// the last order is looked up again.
    pub(in crate::store) async fn count_purchase(
        &mut self,
        order: &OrderRow,
        counts: bool,
    ) -> Result<(), StoreError> {
        let names = ["programme", "comune", "supplier", "order_date", "category", "category_net"];
        let mut text = String::new();
        render(if counts { COUNT } else { UNCOUNT }, |name| nth(&names, name, 0), &mut text);
        for (category, net) in &order.categories {
            sqlx::query(AssertSqlSafe(&*text))
                .bind(&order.programme)
                .bind(order.comune.as_str())
                .bind(&order.supplier)
                .bind(order.order_date.to_string())
                .bind(category)
                .bind(net.cents())
                .execute(&mut self.connection)
                .await?;
        }
        Ok(())
    }
}

/// Net cents per category as a JSON object, the form kept in `orders.categories`.
pub(super) fn categories_json(categories: &[(String, Money)]) -> String {
    let object: serde_json::Map<String, serde_json::Value> =
        categories.iter().map(|(category, net)| (category.clone(), net.cents().into())).collect();
    serde_json::Value::Object(object).to_string()
}

#[cfg(test)]
mod tests {
    use chrono::DateTime;
    use sqlx::{Connection, SqliteConnection};

    use crate::domain::finding::Verdict;
    use crate::domain::order_state::OrderState;
    use crate::domain::spending::Spending;
    use crate::store::audit::Actor;
    use crate::store::facts::STANDING;
    use crate::store::idempotency::Reply;

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
        let key = IdempotencyKey { scope: String::new(), key: String::new(), body_sha256: String::new() };
        let order = Decided::new(&key, accepted_order(), &mut HashMap::new());
        let names: Vec<&str> = order.values().map(|value| value.0).collect();
        let script = order.shape().text(&names, 2);
        let asked = "WITH asked (programme, comune, number, cig, supplier, scope, key) AS
            (VALUES ($1, $2, $3, $4, $5, $6, $7))";
        let load = format!("{asked} {STANDING}");
        let mut uncount = String::new();
        render(UNCOUNT, |name| nth(&names, name, 0), &mut uncount);
        let statements: Vec<&str> = script.split_terminator(";\n").chain([&*load, &*uncount]).collect();
        assert_eq!(statements.len(), 2 * (STORE.len() + ACCEPT.len() + 1 + 2) + 2);
        let mut searched = 0;
        for statement in statements {
            assert!(
                !statement.contains(" :") && !statement.contains("(:"),
                "a value without a number: {statement}"
            );
            for step in plan(&mut connection, statement).await {
                let given = ["asked", "budget", "twin", "owner", "CONSTANT"];
                let is_given = step.split_whitespace().nth(1).is_some_and(|name| given.contains(&name))
                    || step.ends_with("CONSTANT ROW");
                assert!(is_given || !step.starts_with("SCAN"), "{step}\n{statement}");
                searched += usize::from(step.starts_with("SEARCH"));
            }
        }
        assert_eq!(searched, 7 + 2 + 2, "the plan no longer reads as this test expects");
    }
}
