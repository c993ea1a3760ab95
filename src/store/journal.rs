// SPDX-License-Identifier: EUPL-1.2
//! The append-only journal of each budget, and the stored balances that must equal its fold. A balance changes only by a
//! conditional update in the transaction that appends the entry.

use chrono::{DateTime, Utc};

use crate::domain::budget::{Bucket, EntryKind};
use crate::domain::istat::IstatCode;
use crate::domain::money::Money;

use super::{StoreError, Tx};

/// One entry to be booked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewEntry {
    /// Programme of the budget.
    pub programme: String,
    /// Comune of the budget.
    pub comune: IstatCode,
    /// Why money moves.
    pub kind: EntryKind,
    /// How much, gross; positive.
    pub amount: Money,
    /// The order it is about, if any.
    pub order_id: Option<String>,
    /// Unique name of the event: the same event is never booked twice.
    pub event_key: String,
    /// When.
    pub at: DateTime<Utc>,
}

/// How an entry changes the stored balances, in cents: (assigned, reserved, committed), and what must be available.
pub(super) fn deltas(kind: EntryKind, amount: Money) -> (i64, i64, i64, i64) {
    let (from, to) = kind.buckets();
    let change = |bucket: Bucket| match bucket {
        _ if bucket == to => amount.cents(),
        _ if bucket == from => -amount.cents(),
        _ => 0,
    };
    let needed = if from == Bucket::Available { amount.cents() } else { 0 };
    (-change(Bucket::Outside), change(Bucket::Reserved), change(Bucket::Committed), needed)
}

impl Tx {
    /// Books one entry: the balance by a conditional update, the journal by an insert. Moves of zero book nothing.
    ///
    /// # Errors
    /// [`StoreError::Changed`] when the budget does not hold the amount, or the event is already booked.
    pub async fn book(&mut self, entry: &NewEntry) -> Result<(), StoreError> {
        if entry.amount.is_zero() {
            return Ok(());
        }
        let (assigned, reserved, committed, needed) = deltas(entry.kind, entry.amount);
        let updated = sqlx::query(
            "UPDATE participation SET assigned = assigned + $1, reserved = reserved + $2, committed = committed + $3,
             updated_at = $4 WHERE programme = $5 AND comune = $6
             AND assigned - reserved - committed - invoiced - paid >= $7
             AND reserved + $2 >= 0 AND committed + $3 >= 0",
        )
        .bind(assigned)
        .bind(reserved)
        .bind(committed)
        .bind(entry.at.timestamp_micros())
        .bind(&entry.programme)
        .bind(entry.comune.as_str())
        .bind(needed)
        .execute(&mut self.connection)
        .await?;
        if updated.rows_affected() != 1 {
            return Err(StoreError::Changed);
        }
        let inserted = sqlx::query(
            "INSERT INTO journal (programme, comune, kind, amount, order_id, event_key, booked_at)
             VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT DO NOTHING",
        )
        .bind(&entry.programme)
        .bind(entry.comune.as_str())
        .bind(entry.kind.as_str())
        .bind(entry.amount.cents())
        .bind(&entry.order_id)
        .bind(&entry.event_key)
        .bind(entry.at.timestamp_micros())
        .execute(&mut self.connection)
        .await?;
        if inserted.rows_affected() != 1 {
            return Err(StoreError::Changed);
        }
        Ok(())
    }
}
