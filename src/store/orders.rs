// SPDX-License-Identifier: EUPL-1.2
//! Orders as stored: reading them, moving them through their states, judging them again.

use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, QueryBuilder, Row, Sqlite, SqliteExecutor};

use crate::domain::budget::EntryKind;
use crate::domain::declaration::Declaration;
use crate::domain::finding::{Finding, Verdict};
use crate::domain::istat::IstatCode;
use crate::domain::money::Money;
use crate::domain::order_state::OrderState;
use crate::domain::spending::Spending;

use super::audit::{Actor, Record};
use super::declarations::to_body;
use super::facts::OrderKeys;
use super::journal::{NewEntry, event_key};
use super::participation::instant;
use super::{Store, StoreError, Tx};

/// An order as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderRow {
    /// Random id.
    pub id: String,
    /// Programme.
    pub programme: String,
    /// The Comune it belongs to.
    pub comune: IstatCode,
    /// ODA number of the document.
    pub number: String,
    /// Date of the order.
    pub order_date: NaiveDate,
    /// When it was sent, where known.
    pub sent_at: Option<DateTime<Utc>>,
    /// Key of the supplier.
    pub supplier: String,
    /// Name of the supplier as written.
    pub supplier_name: Option<String>,
    /// CUP.
    pub cup: Option<String>,
    /// CIG.
    pub cig: Option<String>,
    /// Net total.
    pub net: Option<Money>,
    /// VAT total.
    pub vat: Option<Money>,
    /// Gross total.
    pub gross: Option<Money>,
    /// Gross part the Comune pays itself.
    pub own_funds: Money,
    /// Held of the grant while live; what was held when it was.
    pub reserved: Money,
    /// What became of what it holds.
    pub spending: Spending,
    /// Net per catalogue category.
    pub categories: Vec<(String, Money)>,
    /// Latest verdict.
    pub verdict: Verdict,
    /// Where it stands.
    pub state: OrderState,
    /// Number of the ODA on the platform.
    pub oda_number: Option<String>,
    /// Latest findings.
    pub findings: Vec<Finding>,
    /// SHA-256 of the document.
    pub document: String,
    /// Media type of the document.
    pub media_type: String,
    /// Grows by one at each change.
    pub version: i64,
    /// When it arrived.
    pub received_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// When it died, if it ever was live.
    pub ended_at: Option<DateTime<Utc>>,
}

impl<'r> FromRow<'r, SqliteRow> for OrderRow {
    fn from_row(row: &'r SqliteRow) -> Result<Self, sqlx::Error> {
        let id: String = row.try_get("id")?;
        let bad = |column: &'static str, value: String| {
            let error = StoreError::Inconsistent { table: "orders", column, row: id.clone(), value };
            sqlx::Error::Decode(error.into())
        };
        let text = |column: &str| row.try_get::<String, _>(column);
        let maybe_money =
            |column: &str| row.try_get::<Option<i64>, _>(column).map(|cents| cents.map(Money::from_cents));
        let at = |column: &'static str| -> Result<DateTime<Utc>, sqlx::Error> {
            let micros: i64 = row.try_get(column)?;
            instant(Some(micros)).ok_or_else(|| bad(column, micros.to_string()))
        };
        let (comune, order_date, categories) = (text("comune")?, text("order_date")?, text("categories")?);
        let (verdict, state, findings) = (text("verdict")?, text("state")?, text("findings")?);
        let net_cents: BTreeMap<String, i64> =
            serde_json::from_str(&categories).map_err(|_| bad("categories", categories.clone()))?;
        Ok(Self {
            programme: text("programme")?,
            comune: comune.parse().map_err(|_| bad("comune", comune.clone()))?,
            number: text("number")?,
            order_date: order_date.parse().map_err(|_| bad("order_date", order_date.clone()))?,
            sent_at: instant(row.try_get("sent_at")?),
            supplier: text("supplier")?,
            supplier_name: row.try_get("supplier_name")?,
            cup: row.try_get("cup")?,
            cig: row.try_get("cig")?,
            net: maybe_money("net")?,
            vat: maybe_money("vat")?,
            gross: maybe_money("gross")?,
            own_funds: Money::from_cents(row.try_get("own_funds")?),
            reserved: Money::from_cents(row.try_get("reserved")?),
            spending: Spending {
                invoiced: Money::from_cents(row.try_get("invoiced")?),
                paid: Money::from_cents(row.try_get("paid")?),
            },
            categories: net_cents
                .into_iter()
                .map(|(category, net)| (category, Money::from_cents(net)))
                .collect(),
            verdict: serde_json::from_value(verdict.clone().into()).map_err(|_| bad("verdict", verdict))?,
            state: OrderState::from_name(&state).ok_or_else(|| bad("state", state))?,
            oda_number: row.try_get("oda_number")?,
            findings: serde_json::from_str(&findings).map_err(|_| bad("findings", findings.clone()))?,
            document: text("document")?,
            media_type: text("media_type")?,
            version: row.try_get("version")?,
            received_at: at("received_at")?,
            updated_at: at("updated_at")?,
            ended_at: instant(row.try_get("ended_at")?),
            id,
        })
    }
}

/// Which orders to list.
#[derive(Debug, Clone, Default)]
pub struct OrderFilter {
    /// Only this Comune's.
    pub comune: Option<IstatCode>,
    /// Only those in this state.
    pub state: Option<OrderState>,
    /// Only those after this one, in the order of arrival: (received_at in microseconds, id).
    pub after: Option<(i64, String)>,
    /// At most this many.
    pub limit: u32,
}

async fn find(executor: impl SqliteExecutor<'_>, id: &str) -> Result<Option<OrderRow>, StoreError> {
    Ok(sqlx::query_as("SELECT * FROM orders WHERE id = $1").bind(id).fetch_optional(executor).await?)
}

impl OrderRow {
    /// By what it is found.
    pub fn keys(&self) -> OrderKeys {
        OrderKeys {
            programme: self.programme.clone(),
            comune: self.comune,
            number: self.number.clone(),
            cig: self.cig.clone(),
            supplier: self.supplier.clone(),
        }
    }
}

impl Store {
    /// The order of that id.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn order(&self, id: &str) -> Result<Option<OrderRow>, StoreError> {
        find(self.reads(), id).await
    }

    /// Orders in the order of arrival.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn orders(&self, programme: &str, filter: &OrderFilter) -> Result<Vec<OrderRow>, StoreError> {
        let mut select = QueryBuilder::<Sqlite>::new("SELECT * FROM orders WHERE programme = ");
        select.push_bind(programme);
        if let Some(comune) = &filter.comune {
            select.push(" AND comune = ").push_bind(comune.as_str());
        }
        if let Some(state) = filter.state {
            select.push(" AND state = ").push_bind(state.as_str());
        }
        if let Some((at, id)) = &filter.after {
            select.push(" AND (received_at, id) > (").push_bind(*at).push(", ").push_bind(id).push(")");
        }
        select.push(" ORDER BY received_at, id LIMIT ").push_bind(i64::from(filter.limit));
        Ok(select.build_query_as().fetch_all(self.reads()).await?)
    }

    /// The document of an order, as received.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn document(&self, order_id: &str) -> Result<Option<Vec<u8>>, StoreError> {
        document(self.reads(), order_id).await
    }
}

async fn document(executor: impl SqliteExecutor<'_>, order_id: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let query = sqlx::query_scalar("SELECT bytes FROM document WHERE order_id = $1");
    Ok(query.bind(order_id).fetch_optional(executor).await?)
}

impl Tx {
    /// The document of an order, as received.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn document(&mut self, order_id: &str) -> Result<Option<Vec<u8>>, StoreError> {
        document(&mut self.connection, order_id).await
    }

    /// Declarations given for an order after it was received, in the order of arrival.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn declarations(&mut self, order_id: &str) -> Result<Vec<Declaration>, StoreError> {
        let rows: Vec<(String, String)> =
            sqlx::query_as("SELECT id, body FROM declaration WHERE order_id = $1 ORDER BY received_at, id")
                .bind(order_id)
                .fetch_all(&mut self.connection)
                .await?;
        rows.into_iter()
            .map(|(id, body)| {
                serde_json::from_str(&body).map_err(|_| StoreError::Inconsistent {
                    table: "declaration",
                    column: "body",
                    row: id,
                    value: body,
                })
            })
            .collect()
    }
}

impl Tx {
    /// The order of that id, as of this transaction.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn order(&mut self, id: &str) -> Result<Option<OrderRow>, StoreError> {
        find(&mut self.connection, id).await
    }

    /// Moves an order one step, books what the step means for the money, and writes it down.
    ///
    /// # Errors
    /// [`StoreError::Changed`] when the order stands elsewhere by now, or there is no such step.
    pub async fn step_order(
        &mut self,
        order: &OrderRow,
        next: OrderState,
        actor: &Actor,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let entry = order.state.step(next).map_err(|_| StoreError::Changed)?;
        let ends = order.state.is_live() && !next.is_live();
        let left = if ends { Spending::default() } else { order.spending };
        let updated = sqlx::query(
            "UPDATE orders SET state = $1, live = $2, invoiced = $3, paid = $4, ended_at = $5, version = version + 1,
             updated_at = $6 WHERE id = $7 AND state = $8 AND invoiced = $9 AND paid = $10",
        )
        .bind(next.as_str())
        .bind(i64::from(next.is_live()))
        .bind(left.invoiced.cents())
        .bind(left.paid.cents())
        .bind(ends.then(|| at.timestamp_micros()))
        .bind(at.timestamp_micros())
        .bind(&order.id)
        .bind(order.state.as_str())
        .bind(order.spending.invoiced.cents())
        .bind(order.spending.paid.cents())
        .execute(&mut self.connection)
        .await
        .map_err(taken)?;
        if updated.rows_affected() != 1 {
            return Err(StoreError::Changed);
        }
        self.book_moves(order, left, at).await?;
        if let Some(kind) = entry {
            self.book_order(order, kind, order.reserved, at).await?;
        }
        if order.state.is_live() != next.is_live() {
            self.count_purchase(order, next.is_live()).await?;
        }
        let detail = format!("from={} row={}", order.state.as_str(), self.order_seal(&order.id).await?);
        self.audit(&[order_record(order, action(next), detail, actor, at)]).await
    }

    /// Keeps the number that the platform gave to the order.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn set_oda_number(&mut self, order_id: &str, number: &str) -> Result<(), StoreError> {
        sqlx::query("UPDATE orders SET oda_number = $1 WHERE id = $2")
            .bind(number)
            .bind(order_id)
            .execute(&mut self.connection)
            .await?;
        Ok(())
    }

    /// Keeps declarations given for an order; the order's version grows, so that a judgement made before is not stored.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn add_declarations(
        &mut self,
        order: &OrderRow,
        declarations: &[(String, Declaration)],
        actor: &Actor,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut details = Vec::with_capacity(declarations.len());
        for (id, declaration) in declarations {
            let body = to_body(declaration)?;
            sqlx::query("INSERT INTO declaration (id, order_id, body, received_at) VALUES ($1, $2, $3, $4)")
                .bind(id)
                .bind(&order.id)
                .bind(&body)
                .bind(at.timestamp_micros())
                .execute(&mut self.connection)
                .await?;
            let document = declaration.document.sha256.to_string();
            details.push(format!("{}={document}", declaration.kind.as_str()));
        }
        let given: Vec<Declaration> =
            declarations.iter().map(|(_, declaration)| declaration.clone()).collect();
        self.keep_on_file(order, &given, at).await?;
        sqlx::query("UPDATE orders SET version = version + 1, updated_at = $1 WHERE id = $2")
            .bind(at.timestamp_micros())
            .bind(&order.id)
            .execute(&mut self.connection)
            .await?;
        let (given, row) = (self.declarations_seal(&order.id).await?, self.order_seal(&order.id).await?);
        details.push(format!("declarations={given} row={row}"));
        self.audit(&[order_record(order, "order.declarations_added", details.join(" "), actor, at)]).await
    }

    pub(super) async fn book_order(
        &mut self,
        order: &OrderRow,
        kind: EntryKind,
        amount: Money,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.book(&entry(order, kind, amount, order.version, at)).await
    }
}

pub(super) fn entry(
    order: &OrderRow,
    kind: EntryKind,
    amount: Money,
    version: i64,
    at: DateTime<Utc>,
) -> NewEntry {
    NewEntry {
        programme: order.programme.clone(),
        comune: order.comune,
        kind,
        amount,
        order_id: Some(order.id.clone()),
        event_key: event_key(kind, &order.id, version),
        at,
    }
}

/// Findings as they are stored, in both languages.
pub(super) fn findings_json(findings: &[Finding]) -> String {
    // Strings and lists cannot fail to serialise.
    serde_json::to_string(findings).unwrap_or_default()
}

/// A unique index of live orders refused the row: another order took the number or the CIG meanwhile.
pub(super) fn taken(error: sqlx::Error) -> StoreError {
    match &error {
        sqlx::Error::Database(inner) if inner.is_unique_violation() => StoreError::Changed,
        _ => error.into(),
    }
}

pub(super) fn action(state: OrderState) -> &'static str {
    match state {
        OrderState::Accepted => "order.accepted",
        OrderState::Incomplete => "order.incomplete",
        OrderState::Refused => "order.refused",
        OrderState::Submitted => "order.submitted",
        OrderState::Sent => "order.sent",
        OrderState::SupplierAccepted => "order.supplier_accepted",
        OrderState::SupplierRefused => "order.supplier_refused",
        OrderState::RevocationProposed => "order.revocation_proposed",
        OrderState::Revoked => "order.revoked",
        OrderState::Cancelled => "order.cancelled",
        OrderState::Unlinked => "order.unlinked",
    }
}

pub(super) fn order_record(
    order: &OrderRow,
    action: &'static str,
    detail: String,
    actor: &Actor,
    at: DateTime<Utc>,
) -> Record {
    Record {
        chain: order.comune.to_string(),
        at,
        actor: actor.clone(),
        action,
        subject: order.id.clone(),
        detail,
    }
}
