// SPDX-License-Identifier: EUPL-1.2
//! Calls to platforms that are owed. A row is written in the transaction of the event it belongs to; the worker claims
//! it under a lease, calls, and writes the outcome back with the fence it claimed it under.
//!
//! A row found in flight with its lease over means that a process died in the middle. Right before a message with the effect
//! goes out, that is marked on the row: with the mark it is unknown whether the call was made, and the platform is asked
//! before anything is repeated; without it nothing was sent, and the claim was no attempt.

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::SqlitePool;

use crate::domain::istat::IstatCode;

use super::orders::OrderRow;
use super::participation::instant;
use super::{Store, StoreError, Tx};

pub mod people;

/// Generate the CUP of a Comune.
pub const GENERATE_CUP: &str = "cup.generate";
/// Communicate the CUP of a Comune.
pub const COMMUNICATE_CUP: &str = "cup.communicate";
/// Close the CUP of a Comune.
pub const CLOSE_CUP: &str = "cup.close";
/// Revoke the CUP of a Comune.
pub const REVOKE_CUP: &str = "cup.revoke";
/// Hand an order over as a draft ODA.
pub const HAND_OVER: &str = "oda.hand_over";
/// Ask where an ODA stands.
pub const FOLLOW: &str = "oda.follow";
/// Ask ANAC about the CIG of an order.
pub const VERIFY_CIG: &str = "cig.verify";
/// Withdraw a draft ODA.
pub const CANCEL: &str = "oda.cancel";
/// Tell SdI the outcome of an invoice.
pub const SDI_OUTCOME: &str = "sdi.outcome";

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
    /// How many times in a row it was claimed without doing what it is for, this one included.
    pub attempt: i64,
    /// How many of these count against the most that are made: those that certainly had no effect do not.
    pub counted: i64,
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
    /// Certainly nothing was done, by this attempt or an earlier one: try again then. Does not count as an attempt.
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
    /// An earlier attempt may have done it and the platform could not be asked: ask then. Does not count as an attempt.
    AskLater {
        /// Not before.
        at: DateTime<Utc>,
        /// Why it could not be asked, for people.
        why: String,
    },
    /// The platform said no for good: nothing was done.
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

/// Calls of one kind and state that did not go well.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trouble {
    /// One of the kinds above.
    pub kind: String,
    /// Their state.
    pub state: String,
    /// How many there are.
    pub count: i64,
    /// The one that was written last.
    pub event_key: String,
    /// What was said about it, for people.
    pub last_error: String,
}

/// How many times in a row a process may die with a call, whatever it was doing: beyond it the call itself is to blame.
const LOST_MAX: i64 = 100;

/// Whether calls of that kind only read: they do no harm, are made after all others and never end with a person.
#[must_use]
pub fn only_reads(kind: &str) -> bool {
    matches!(kind, FOLLOW | VERIFY_CIG)
}

/// A row that was claimed: event, kind, programme, Comune, order, attempts, those of them that do not count, fence, the fence
/// under which it was last sent.
type ClaimedRow = (String, String, String, String, Option<String>, i64, i64, i64, i64);

fn claimed(row: ClaimedRow) -> Result<Claimed, StoreError> {
    let (event_key, kind, programme, comune, order_id, attempt, uncounted, fence, sent_fence) = row;
    let comune = comune.parse().map_err(|_| StoreError::Inconsistent {
        table: "outbox",
        column: "comune",
        row: event_key.clone(),
        value: comune,
    })?;
    Ok(Claimed {
        event_key,
        kind,
        programme,
        comune,
        order_id,
        attempt,
        counted: attempt - uncounted,
        fence,
        uncertain: sent_fence > 0,
    })
}

impl Store {
    /// Rows per (kind, state).
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn outbox_counts(&self) -> Result<Vec<OutboxCount>, StoreError> {
        Ok(counts(self.reads()).await?)
    }

    /// Calls owed for an order that are not going well.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn troubles_of_order(&self, order_id: &str) -> Result<Vec<Trouble>, StoreError> {
        let keys = [HAND_OVER, FOLLOW, CANCEL].map(|kind| format!("{kind}:{order_id}"));
        let rows: Vec<TroubleRow> = sqlx::query_as(
            "SELECT kind, state, 1, event_key, last_error FROM outbox WHERE event_key IN ($1, $2, $3)
             AND last_error IS NOT NULL
             AND state IN ('pending', 'uncertain', 'in_flight', 'refused', 'to_verify') ORDER BY event_key",
        )
        .bind(&keys[0])
        .bind(&keys[1])
        .bind(&keys[2])
        .fetch_all(self.reads())
        .await?;
        Ok(rows.into_iter().map(Trouble::from).collect())
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
}

/// Rows per (kind, state).
pub(super) async fn counts(reads: &SqlitePool) -> Result<Vec<OutboxCount>, sqlx::Error> {
    let query =
        sqlx::query_as("SELECT kind, state, COUNT(*) FROM outbox GROUP BY kind, state ORDER BY kind, state");
    query.fetch_all(reads).await
}

/// Calls that are not going well, per (kind, state), each with what was said last: those that wait after a failure, were
/// refused, or are for a person to look at.
pub(super) async fn troubles(reads: &SqlitePool) -> Result<Vec<Trouble>, sqlx::Error> {
    let rows: Vec<TroubleRow> = sqlx::query_as(
        "SELECT kind, state, count, event_key, last_error FROM (
             SELECT kind, state, event_key, last_error, COUNT(*) OVER (PARTITION BY kind, state) AS count,
             ROW_NUMBER() OVER (PARTITION BY kind, state ORDER BY updated_at DESC, event_key) AS place
             FROM outbox WHERE last_error IS NOT NULL
             AND state IN ('pending', 'uncertain', 'in_flight', 'refused', 'to_verify')) AS told
         WHERE place = 1 ORDER BY kind, state",
    )
    .fetch_all(reads)
    .await?;
    Ok(rows.into_iter().map(Trouble::from).collect())
}

type TroubleRow = (String, String, i64, String, String);

impl From<TroubleRow> for Trouble {
    fn from((kind, state, count, event_key, last_error): TroubleRow) -> Self {
        Self { kind, state, count, event_key, last_error }
    }
}

impl Tx {
    /// Queues a call for a Comune. Queuing the same event again opens it again when it was refused, taken back or left to
    /// a person, and else changes nothing.
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
        self.enqueue_event(&format!("{kind}:{programme}:{comune}"), kind, programme, comune, at).await
    }

    /// The same for an event that has a name of its own.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn enqueue_event(
        &mut self,
        event: &str,
        kind: &str,
        programme: &str,
        comune: &IstatCode,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        self.insert_call(event, kind, programme, comune, None, at, at).await
    }

    /// Queues a call for an order, due at `due`. Queuing the same event again opens it again when it was refused, taken
    /// back or left to a person, and else changes nothing.
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
             ON CONFLICT (event_key) DO UPDATE SET
             state = CASE WHEN outbox.state = 'to_verify' THEN 'uncertain' ELSE 'pending' END,
             sent_fence = CASE WHEN outbox.state = 'to_verify' THEN MAX(outbox.fence, 1) ELSE 0 END,
             attempt = 0, uncounted = 0, lost = 0, not_before = excluded.not_before, updated_at = excluded.updated_at
             WHERE outbox.state IN ('refused', 'to_verify', 'withdrawn')",
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

    /// Takes a call back that certainly had no effect: never attempted, attempted in vain, or refused. False when it may
    /// have had its effect, or there is none.
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
             WHERE event_key = $2 AND state IN ('pending', 'refused')",
        )
        .bind(at.timestamp_micros())
        .bind(format!("{kind}:{order_id}"))
        .execute(&mut self.connection)
        .await?;
        Ok(updated.rows_affected() == 1)
    }

    /// Ends calls with which processes die again and again: those that were sent `attempts_max` times without any outcome being
    /// written back, and those that are lost a hundred times in a row whatever was done. A person must look. A call that only
    /// follows an ODA does no harm and never ends: it is put off until `later`.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn end_lost_calls(
        &mut self,
        attempts_max: u32,
        now: DateTime<Utc>,
        later: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE outbox SET state = CASE WHEN kind IN ($1, $7) THEN 'pending' ELSE 'to_verify' END, not_before = $2,
             last_error = $3, updated_at = $4, lost = 0
             WHERE state = 'in_flight' AND lease_until <= $4
             AND ((sent_fence = fence AND attempt - uncounted >= $5) OR lost >= $6)",
        )
        .bind(FOLLOW)
        .bind(later.timestamp_micros())
        .bind("attempted again and again, and the outcome was never written back: see the log of the worker")
        .bind(now.timestamp_micros())
        .bind(i64::from(attempts_max))
        .bind(LOST_MAX)
        .bind(VERIFY_CIG)
        .execute(&mut self.connection)
        .await?;
        Ok(())
    }

    /// Claims up to `limit` due calls until `now + lease`; calls that only read come after all others.
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
        let due: Vec<String> = sqlx::query_scalar(
            "SELECT event_key FROM outbox
             WHERE (state IN ('pending', 'uncertain') AND not_before <= $1) OR (state = 'in_flight' AND lease_until <= $1)
             ORDER BY CASE WHEN kind IN ($3, $4) THEN 1 ELSE 0 END, not_before, event_key LIMIT $2",
        )
        .bind(now_micros)
        .bind(i64::from(limit))
        .bind(FOLLOW)
        .bind(VERIFY_CIG)
        .fetch_all(&mut self.connection)
        .await?;
        let mut taken = Vec::with_capacity(due.len());
        for event_key in due {
            // A claim that ended before anything was sent was no attempt.
            let row: ClaimedRow = sqlx::query_as(
                "UPDATE outbox SET state = 'in_flight', fence = fence + 1, lease_until = $1, updated_at = $2,
                 attempt = attempt + CASE WHEN state = 'in_flight' AND sent_fence <> fence THEN 0 ELSE 1 END,
                 lost = CASE WHEN state = 'in_flight' THEN lost + 1 ELSE 0 END WHERE event_key = $3
                 RETURNING event_key, kind, programme, comune, order_id, attempt, uncounted, fence, sent_fence",
            )
            .bind((now + lease).timestamp_micros())
            .bind(now_micros)
            .bind(event_key)
            .fetch_one(&mut self.connection)
            .await?;
            taken.push(claimed(row)?);
        }
        Ok(taken)
    }

    /// Marks that a message with the effect of a claimed call is about to go out.
    ///
    /// # Errors
    /// [`StoreError::Changed`] when somebody else claimed it meanwhile: then it must not go out.
    pub async fn mark_sending(
        &mut self,
        event_key: &str,
        fence: i64,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let updated = sqlx::query(
            "UPDATE outbox SET sent_fence = fence, updated_at = $1
             WHERE event_key = $2 AND fence = $3 AND state = 'in_flight'",
        )
        .bind(at.timestamp_micros())
        .bind(event_key)
        .bind(fence)
        .execute(&mut self.connection)
        .await?;
        if updated.rows_affected() == 1 { Ok(()) } else { Err(StoreError::Changed) }
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
            Delivery::Ask { at, why } | Delivery::AskLater { at, why } => ("uncertain", *at, Some(why)),
            Delivery::Refused { why } => ("refused", at, Some(why)),
            Delivery::ToVerify { why } => ("to_verify", at, Some(why)),
        };
        let begins_anew = matches!(delivery, Delivery::Next { .. });
        let uncounted = matches!(delivery, Delivery::Again { .. } | Delivery::AskLater { .. });
        let updated = sqlx::query(
            "UPDATE outbox SET state = $1, not_before = $2, last_error = $3, updated_at = $4, lost = 0,
             sent_fence = CASE WHEN $1 = 'uncertain' THEN MAX(sent_fence, 1) WHEN $1 = 'to_verify' THEN sent_fence ELSE 0 END,
             attempt = CASE WHEN $7 = 1 THEN 0 ELSE attempt END,
             uncounted = CASE WHEN $7 = 1 THEN 0 ELSE uncounted + $8 END
             WHERE event_key = $5 AND fence = $6 AND state = 'in_flight'",
        )
        .bind(state)
        .bind(not_before.timestamp_micros())
        .bind(why)
        .bind(at.timestamp_micros())
        .bind(&call.event_key)
        .bind(call.fence)
        .bind(i64::from(begins_anew))
        .bind(i64::from(uncounted))
        .execute(&mut self.connection)
        .await?;
        if updated.rows_affected() != 1 {
            return Err(StoreError::Changed);
        }
        Ok(())
    }
}
