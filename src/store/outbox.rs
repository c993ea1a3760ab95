// SPDX-License-Identifier: EUPL-1.2
//! Calls to platforms that are owed. A row is written in the transaction of the event it belongs to; the worker claims
//! it under a lease, calls, and writes the outcome back with the fence it claimed it under.
//!
//! A row found in flight with its lease over means that a process died in the middle: whether the call was made is then
//! unknown, and the platform is asked before anything is repeated.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::{QueryBuilder, Sqlite};

use crate::domain::istat::IstatCode;

use super::orders::OrderRow;
use super::participation::instant;
use super::{Store, StoreError, Tx};

/// Generate the CUP of a Comune.
pub const GENERATE_CUP: &str = "cup.generate";
/// Communicate the CUP of a Comune.
pub const COMMUNICATE_CUP: &str = "cup.communicate";
/// Hand an order over as a draft ODA.
pub const HAND_OVER: &str = "oda.hand_over";
/// Ask where an ODA stands.
pub const FOLLOW: &str = "oda.follow";
/// Withdraw a draft ODA.
pub const CANCEL: &str = "oda.cancel";

/// A claimed call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    /// Name of the event that owes it.
    pub event_key: String,
    /// One of the kinds above.
    pub kind: String,
    /// Programme.
    pub programme: String,
    /// Comune.
    pub comune: IstatCode,
    /// Order, for the ODA kinds.
    pub order_id: Option<String>,
    /// How many times it was claimed, this one included.
    pub attempt: i64,
    /// Must still stand when the outcome is written back.
    pub fence: i64,
    /// True when an earlier attempt may have reached the platform: ask first.
    pub uncertain: bool,
}

/// What became of a claimed call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// The effect is there; the row is done.
    Done,
    /// Nothing was done: try again then.
    Again {
        /// Not before.
        at: DateTime<Utc>,
        /// What was answered, for people.
        why: String,
    },
    /// The call is one of a series that went well: the next one is due then.
    Next {
        /// Not before.
        at: DateTime<Utc>,
    },
    /// It may have been done: ask then.
    Ask {
        /// Not before.
        at: DateTime<Utc>,
        /// What happened, for people.
        why: String,
    },
    /// The platform said no for good.
    Refused {
        /// What it said.
        why: String,
    },
    /// A person must look.
    ToVerify {
        /// What happened.
        why: String,
    },
}

/// How many rows stand in a state.
pub type OutboxCount = (String, String, i64);

impl Store {
    /// Rows per (kind, state).
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn outbox_counts(&self) -> Result<Vec<OutboxCount>, StoreError> {
        let query = sqlx::query_as(
            "SELECT kind, state, COUNT(*) FROM outbox GROUP BY kind, state ORDER BY kind, state",
        );
        Ok(query.fetch_all(self.reads()).await?)
    }

    /// When the next row falls due, if any waits; a row in flight falls due when its lease ends.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn next_due(&self) -> Result<Option<DateTime<Utc>>, StoreError> {
        let due: Option<i64> = sqlx::query_scalar(
            "SELECT MIN(CASE WHEN state = 'in_flight' THEN lease_until ELSE not_before END) FROM outbox
             WHERE state IN ('pending', 'uncertain', 'in_flight')",
        )
        .fetch_one(self.reads())
        .await?;
        Ok(instant(due))
    }

    /// What the last attempt for an order or Comune said, for people: (kind, state, last error).
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn deliveries(
        &self,
        programme: &str,
        comune: &IstatCode,
        order_id: Option<&str>,
    ) -> Result<Vec<(String, String, Option<String>)>, StoreError> {
        let query = sqlx::query_as(
            "SELECT kind, state, last_error FROM outbox WHERE programme = $1 AND comune = $2
             AND (order_id = $3 OR ($3 IS NULL AND order_id IS NULL)) ORDER BY created_at, event_key",
        );
        Ok(query.bind(programme).bind(comune.as_str()).bind(order_id).fetch_all(self.reads()).await?)
    }
}

impl Tx {
    /// Queues a call for a Comune. Queuing the same event again changes nothing.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn enqueue(
        &mut self,
        kind: &str,
        programme: &str,
        comune: &IstatCode,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.insert_call(&format!("{kind}:{programme}:{comune}"), kind, programme, comune, None, at, at).await
    }

    /// Queues a call for an order, due at `due`. Queuing the same event again changes nothing.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn enqueue_for_order(
        &mut self,
        kind: &str,
        order: &OrderRow,
        due: DateTime<Utc>,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let event = format!("{kind}:{}", order.id);
        self.insert_call(&event, kind, &order.programme, &order.comune, Some(&order.id), due, at).await
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "the columns of one row, named once, used by the two functions above"
    )]
    async fn insert_call(
        &mut self,
        event: &str,
        kind: &str,
        programme: &str,
        comune: &IstatCode,
        order_id: Option<&str>,
        due: DateTime<Utc>,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO outbox (event_key, kind, programme, comune, order_id, state, attempt, fence, lease_until,
             not_before, created_at, updated_at) VALUES ($1, $2, $3, $4, $5, 'pending', 0, 0, 0, $6, $7, $7)
             ON CONFLICT DO NOTHING",
        )
        .bind(event)
        .bind(kind)
        .bind(programme)
        .bind(comune.as_str())
        .bind(order_id)
        .bind(due.timestamp_micros())
        .bind(at.timestamp_micros())
        .execute(&mut self.connection)
        .await?;
        Ok(())
    }

    /// Takes a call back that was never attempted, or that the platform refused. False when it may have had its effect, or
    /// there is none.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn withdraw(
        &mut self,
        kind: &str,
        order_id: &str,
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let updated = sqlx::query(
            "UPDATE outbox SET state = 'withdrawn', updated_at = $1
             WHERE event_key = $2 AND ((state = 'pending' AND attempt = 0) OR state = 'refused')",
        )
        .bind(at.timestamp_micros())
        .bind(format!("{kind}:{order_id}"))
        .execute(&mut self.connection)
        .await?;
        Ok(updated.rows_affected() == 1)
    }

    /// Claims up to `limit` due calls until `now + lease`.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn claim(
        &mut self,
        limit: u32,
        now: DateTime<Utc>,
        lease: TimeDelta,
    ) -> Result<Vec<Claimed>, StoreError> {
        let now_micros = now.timestamp_micros();
        type DueRow = (String, String, String, String, Option<String>, i64, i64, String);
        let due: Vec<DueRow> = sqlx::query_as(
            "SELECT event_key, kind, programme, comune, order_id, attempt, fence, state FROM outbox
             WHERE (state IN ('pending', 'uncertain') AND not_before <= $1) OR (state = 'in_flight' AND lease_until <= $1)
             ORDER BY not_before, event_key LIMIT $2",
        )
        .bind(now_micros)
        .bind(i64::from(limit))
        .fetch_all(&mut self.connection)
        .await?;
        if due.is_empty() {
            return Ok(Vec::new());
        }
        let mut update = QueryBuilder::<Sqlite>::new(
            "UPDATE outbox SET state = 'in_flight', attempt = attempt + 1, fence = fence + 1, lease_until = ",
        );
        update.push_bind((now + lease).timestamp_micros()).push(", updated_at = ").push_bind(now_micros);
        let mut list = update.push(" WHERE event_key IN (").separated(", ");
        for row in &due {
            list.push_bind(&row.0);
        }
        list.push_unseparated(")");
        update.build().execute(&mut self.connection).await?;
        due.into_iter()
            .map(|(event_key, kind, programme, comune, order_id, attempt, fence, state)| {
                let comune = comune.parse().map_err(|_| StoreError::Inconsistent {
                    table: "outbox",
                    column: "comune",
                    row: event_key.clone(),
                    value: comune,
                })?;
                let (attempt, fence) = (attempt + 1, fence + 1);
                Ok(Claimed {
                    event_key,
                    kind,
                    programme,
                    comune,
                    order_id,
                    attempt,
                    fence,
                    uncertain: state != "pending",
                })
            })
            .collect()
    }

    /// Writes back what became of a claimed call.
    ///
    /// # Errors
    /// [`StoreError::Changed`] when somebody else claimed it meanwhile: then nothing of this transaction may stand.
    pub async fn deliver(
        &mut self,
        call: &Claimed,
        delivery: &Delivery,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let (state, not_before, why) = match delivery {
            Delivery::Done => ("confirmed", at, None),
            Delivery::Next { at } => ("pending", *at, None),
            Delivery::Again { at, why } => ("pending", *at, Some(why)),
            Delivery::Ask { at, why } => ("uncertain", *at, Some(why)),
            Delivery::Refused { why } => ("refused", at, Some(why)),
            Delivery::ToVerify { why } => ("to_verify", at, Some(why)),
        };
        let updated = sqlx::query(
            "UPDATE outbox SET state = $1, not_before = $2, last_error = $3, updated_at = $4,
             attempt = CASE WHEN $7 = 1 THEN 0 ELSE attempt END WHERE event_key = $5 AND fence = $6 AND state = 'in_flight'",
        )
        .bind(state)
        .bind(not_before.timestamp_micros())
        .bind(why)
        .bind(at.timestamp_micros())
        .bind(&call.event_key)
        .bind(call.fence)
        .bind(i64::from(matches!(delivery, Delivery::Next { .. })))
        .execute(&mut self.connection)
        .await?;
        if updated.rows_affected() != 1 {
            return Err(StoreError::Changed);
        }
        Ok(())
    }
}
