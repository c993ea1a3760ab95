// SPDX-License-Identifier: EUPL-1.2
//! What became of the money of orders, as documents tell it: booked on the order, in the journal and in the balances.

use chrono::{DateTime, Utc};

use crate::domain::istat::IstatCode;
use crate::domain::spending::Spending;

use super::audit::Actor;
use super::orders::{OrderRow, entry, order_record};
use super::{Store, StoreError, Tx};

/// A Comune in which something has happened since its documents were last booked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unbooked {
    /// The Comune.
    pub comune: IstatCode,
    /// How long its audit chain is.
    pub audit_seq: i64,
}

impl Store {
    /// The Comuni with orders whose money documents may move, and where something has happened since that was last booked.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn unbooked(&self, programme: &str) -> Result<Vec<Unbooked>, StoreError> {
        let rows: Vec<(String, i64)> = sqlx::query_as(
            "SELECT head.chain, head.seq FROM audit_head AS head
             LEFT JOIN spending_booked AS booked ON booked.programme = $1 AND booked.comune = head.chain
             WHERE (booked.audit_seq IS NULL OR booked.audit_seq <> head.seq)
             AND EXISTS (SELECT 1 FROM orders WHERE programme = $1 AND comune = head.chain
             AND state IN ('sent', 'supplier_accepted', 'revocation_proposed'))",
        )
        .bind(programme)
        .fetch_all(self.reads())
        .await?;
        rows.into_iter()
            .map(|(comune, audit_seq)| match comune.parse() {
                Ok(comune) => Ok(Unbooked { comune, audit_seq }),
                Err(_) => Err(StoreError::Inconsistent {
                    table: "audit_head",
                    column: "chain",
                    row: comune.clone(),
                    value: comune,
                }),
            })
            .collect()
    }
}

impl Tx {
    /// How long the audit chain of a Comune is now.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn audit_seq(&mut self, comune: &IstatCode) -> Result<i64, StoreError> {
        let query = sqlx::query_scalar("SELECT seq FROM audit_head WHERE chain = $1").bind(comune.as_str());
        Ok(query.fetch_optional(&mut self.connection).await?.unwrap_or(0))
    }

    /// Notes that all that has happened in a Comune so far is booked.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn all_booked(&mut self, programme: &str, comune: &IstatCode) -> Result<(), StoreError> {
        let audit_seq = self.audit_seq(comune).await?;
        sqlx::query(
            "INSERT INTO spending_booked (programme, comune, audit_seq) VALUES ($1, $2, $3)
             ON CONFLICT (programme, comune) DO UPDATE SET audit_seq = excluded.audit_seq",
        )
        .bind(programme)
        .bind(comune.as_str())
        .bind(audit_seq)
        .execute(&mut self.connection)
        .await?;
        Ok(())
    }

    /// Books what became of the money of a sent order, and writes it down.
    ///
    /// # Errors
    /// [`StoreError::Changed`] when the order is no longer as it was read.
    pub async fn book_spending(
        &mut self,
        order: &OrderRow,
        next: Spending,
        actor: &Actor,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let updated = sqlx::query(
            "UPDATE orders SET invoiced = $1, paid = $2, version = version + 1, updated_at = $3
             WHERE id = $4 AND version = $5",
        )
        .bind(next.invoiced.cents())
        .bind(next.paid.cents())
        .bind(at.timestamp_micros())
        .bind(&order.id)
        .bind(order.version)
        .execute(&mut self.connection)
        .await?;
        if updated.rows_affected() != 1 {
            return Err(StoreError::Changed);
        }
        self.book_moves(order, next, at).await?;
        let row = self.order_seal(&order.id).await?;
        let detail = format!("invoiced={} paid={} row={row}", next.invoiced, next.paid);
        self.audit(&[order_record(order, "order.spending_booked", detail, actor, at)]).await
    }

    /// Books the entries of a change that has given the order its next version.
    pub(super) async fn book_moves(
        &mut self,
        order: &OrderRow,
        next: Spending,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let moves = order.spending.moves(next);
        if moves.is_empty() {
            return Ok(());
        }
        let version: i64 = sqlx::query_scalar("SELECT version FROM orders WHERE id = $1")
            .bind(&order.id)
            .fetch_one(&mut self.connection)
            .await?;
        for (kind, amount) in moves {
            self.book(&entry(order, kind, amount, version, at)).await?;
        }
        Ok(())
    }
}
