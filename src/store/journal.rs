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

/// The unique name of an entry about an order. What may happen more than once bears the version of the order that it made.
pub(super) fn event_key(kind: EntryKind, order_id: &str, version: i64) -> String {
    match kind.repeats() {
        true => format!("{}:{order_id}:{version}", kind.as_str()),
        false => format!("{}:{order_id}", kind.as_str()),
    }
}

/// How an entry changes what a bucket of the stored balances holds, in cents.
const fn change(kind: EntryKind, amount: Money, bucket: Bucket) -> i64 {
    let (from, to) = kind.buckets();
    if to as u8 == bucket as u8 {
        amount.cents()
    } else if from as u8 == bucket as u8 {
        -amount.cents()
    } else {
        0
    }
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
        let change = |bucket| change(entry.kind, entry.amount, bucket);
        let updated = sqlx::query(
            "UPDATE participation SET assigned = assigned - $1, reserved = reserved + $2, committed = committed + $3,
             invoiced = invoiced + $4, paid = paid + $5, updated_at = $6 WHERE programme = $7 AND comune = $8
             AND assigned - reserved - committed - invoiced - paid + $9 >= 0
             AND reserved + $2 >= 0 AND committed + $3 >= 0 AND invoiced + $4 >= 0 AND paid + $5 >= 0",
        )
        .bind(change(Bucket::Outside))
        .bind(change(Bucket::Reserved))
        .bind(change(Bucket::Committed))
        .bind(change(Bucket::Invoiced))
        .bind(change(Bucket::Paid))
        .bind(entry.at.timestamp_micros())
        .bind(&entry.programme)
        .bind(entry.comune.as_str())
        .bind(change(Bucket::Available))
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
