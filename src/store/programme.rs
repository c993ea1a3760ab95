// SPDX-License-Identifier: EUPL-1.2
//! What a report on the whole programme reads: every Comune, every order in few columns, the journal summed up.

use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::Row;
use sqlx::sqlite::SqliteRow;

use crate::domain::budget::EntryKind;
use crate::domain::istat::IstatCode;
use crate::domain::money::Money;
use crate::domain::order_state::OrderState;
use crate::domain::spending::Spending;

use super::participation::{ParticipationRow, instant};
use super::{Store, StoreError};

/// Rules about declarations of an order, by their place in [`OrderDigest::lacks`].
pub const DECLARATION_RULES: [&str; 8] =
    ["ORD-100", "ORD-101", "ORD-102", "ORD-103", "ORD-104", "ORD-105", "ORD-106", "ORD-107"];

/// An order in few columns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderDigest {
    /// The Comune.
    pub comune: IstatCode,
    /// Where it stands.
    pub state: OrderState,
    /// Date of the order.
    pub order_date: NaiveDate,
    /// When it arrived.
    pub received_at: DateTime<Utc>,
    /// When money was first held for it.
    pub reserved_at: Option<DateTime<Utc>>,
    /// When it was known to be sent.
    pub committed_at: Option<DateTime<Utc>>,
    /// When an invoice was first booked on it.
    pub invoiced_at: Option<DateTime<Utc>>,
    /// When it died, if it ever was live.
    pub ended_at: Option<DateTime<Utc>>,
    /// Key of the supplier.
    pub supplier: String,
    /// Name of the supplier as written.
    pub supplier_name: String,
    /// Net total.
    pub net: Money,
    /// Gross total.
    pub gross: Money,
    /// Gross part that the Comune pays itself.
    pub own_funds: Money,
    /// Held of the grant while live.
    pub reserved: Money,
    /// What became of what it holds.
    pub spending: Spending,
    /// Net per catalogue category.
    pub categories: Vec<(String, Money)>,
    /// Which of [`DECLARATION_RULES`] have found something.
    pub lacks: [bool; DECLARATION_RULES.len()],
}

fn digest(row: &SqliteRow) -> Result<OrderDigest, StoreError> {
    let id: String = row.try_get("id")?;
    let bad = |column: &'static str, value: &str| StoreError::Inconsistent {
        table: "orders",
        column,
        row: id.clone(),
        value: value.to_owned(),
    };
    let at = |column: &'static str| -> Result<DateTime<Utc>, StoreError> {
        let micros: i64 = row.try_get(column)?;
        instant(Some(micros)).ok_or_else(|| bad(column, &micros.to_string()))
    };
    let text = |column: &str| row.try_get::<String, _>(column);
    let money = |column: &str| {
        row.try_get::<Option<i64>, _>(column).map(|cents| Money::from_cents(cents.unwrap_or(0)))
    };
    let (comune, state, date, categories) =
        (text("comune")?, text("state")?, text("order_date")?, text("categories")?);
    let nets: std::collections::BTreeMap<String, i64> =
        serde_json::from_str(&categories).map_err(|_| bad("categories", &categories))?;
    let mask: i64 = row.try_get("lacks")?;
    Ok(OrderDigest {
        comune: comune.parse().map_err(|_| bad("comune", &comune))?,
        state: OrderState::from_name(&state).ok_or_else(|| bad("state", &state))?,
        order_date: date.parse().map_err(|_| bad("order_date", &date))?,
        received_at: at("received_at")?,
        reserved_at: instant(row.try_get("reserved_at")?),
        committed_at: instant(row.try_get("committed_at")?),
        invoiced_at: instant(row.try_get("invoiced_at")?),
        ended_at: instant(row.try_get("ended_at")?),
        supplier: text("supplier")?,
        supplier_name: row.try_get::<Option<String>, _>("supplier_name")?.unwrap_or_default(),
        net: money("net")?,
        gross: money("gross")?,
        own_funds: money("own_funds")?,
        reserved: money("reserved")?,
        spending: Spending { invoiced: money("invoiced")?, paid: money("paid")? },
        categories: nets.into_iter().map(|(code, cents)| (code, Money::from_cents(cents))).collect(),
        lacks: std::array::from_fn(|place| mask & (1 << place) != 0),
    })
}

impl Store {
    /// Every Comune of a programme, in the order of codes.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn all_participations(&self, programme: &str) -> Result<Vec<ParticipationRow>, StoreError> {
        let query = sqlx::query_as("SELECT * FROM participation WHERE programme = $1 ORDER BY comune");
        Ok(query.bind(programme).fetch_all(self.reads()).await?)
    }

    /// Every order of a programme, in the order of arrival.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn order_digests(&self, programme: &str) -> Result<Vec<OrderDigest>, StoreError> {
        let found = DECLARATION_RULES.iter().enumerate();
        let lacks: Vec<String> =
            found.map(|(place, rule)| format!("((instr(findings, '\"{rule}\"') > 0) << {place})")).collect();
        let select = format!(
            "SELECT id, comune, state, order_date, received_at, ended_at, supplier, supplier_name, net, gross, own_funds,
             reserved, invoiced, paid, categories, {} AS lacks,
             (SELECT booked_at FROM journal WHERE event_key = 'reservation:' || id) AS reserved_at,
             (SELECT booked_at FROM journal WHERE event_key = 'commitment:' || id) AS committed_at,
             (SELECT MIN(booked_at) FROM journal
              WHERE event_key >= 'invoicing:' || id || ':' AND event_key < 'invoicing:' || id || ';') AS invoiced_at
             FROM orders WHERE programme = $1 ORDER BY received_at, id",
            lacks.join(" | ")
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(select)).bind(programme).fetch_all(self.reads()).await?;
        rows.iter().map(digest).collect()
    }

    /// What was booked before a moment, summed up by Comune and kind.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn booked_before(
        &self,
        programme: &str,
        before: DateTime<Utc>,
    ) -> Result<Vec<(IstatCode, EntryKind, Money)>, StoreError> {
        let rows: Vec<(String, String, i64)> = sqlx::query_as(
            "SELECT comune, kind, CAST(SUM(amount) AS BIGINT) FROM journal WHERE programme = $1 AND booked_at < $2
             GROUP BY comune, kind ORDER BY comune, kind",
        )
        .bind(programme)
        .bind(before.timestamp_micros())
        .fetch_all(self.reads())
        .await?;
        let bad = |column: &'static str, value: &str| StoreError::Inconsistent {
            table: "journal",
            column,
            row: "-".into(),
            value: value.to_owned(),
        };
        let sum = |(comune, kind, cents): (String, String, i64)| {
            let code = comune.parse().map_err(|_| bad("comune", &comune))?;
            let kind = EntryKind::from_name(&kind).ok_or_else(|| bad("kind", &kind))?;
            Ok((code, kind, Money::from_cents(cents)))
        };
        rows.into_iter().map(sum).collect()
    }

    /// When the place of each Comune in a programme last changed.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn last_steps(&self, programme: &str) -> Result<HashMap<IstatCode, DateTime<Utc>>, StoreError> {
        let rows: Vec<(String, i64)> = sqlx::query_as(
            "SELECT chain, MAX(at) FROM audit INDEXED BY audit_of_grants
             WHERE action IN ('grant.listed', 'grant.cup_generated', 'grant.accepted', 'grant.excluded')
             AND instr(detail, 'programme=' || $1 || ' ') > 0 GROUP BY chain",
        )
        .bind(programme)
        .fetch_all(self.reads())
        .await?;
        Ok(rows
            .into_iter()
            .filter_map(|(comune, at)| Some((comune.parse().ok()?, instant(Some(at))?)))
            .collect())
    }
}
