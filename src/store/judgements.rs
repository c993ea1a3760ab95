// SPDX-License-Identifier: EUPL-1.2
//! New judgements of stored orders.

use chrono::{DateTime, Utc};

use crate::domain::budget::EntryKind;
use crate::domain::finding::{Finding, Verdict};
use crate::domain::money::Money;
use crate::domain::order_state::OrderState;
use crate::domain::sha256::sha256;

use super::audit::Actor;
use super::orders::{OrderRow, action, findings_json, order_record, taken};
use super::outbox::HAND_OVER;
use super::{StoreError, Tx};

/// A new judgement of a stored order.
#[derive(Debug, Clone)]
pub struct Rejudged {
    /// The verdict.
    pub verdict: Verdict,
    /// The findings.
    pub findings: Vec<Finding>,
    /// What to hold of the grant if the verdict is `accepted`.
    pub reserve: Money,
    /// Hold it all the same when the verdict is `incomplete`: the order binds the Comune already.
    pub binding: bool,
}

impl Rejudged {
    fn held(&self) -> Money {
        let holds = match self.verdict {
            Verdict::Accepted => true,
            Verdict::Incomplete => self.binding,
            Verdict::Refused => false,
        };
        if holds { self.reserve } else { Money::ZERO }
    }
}

impl Tx {
    /// Stores a new judgement of an incomplete order; an accepted one reserves and is queued for hand-over.
    ///
    /// # Errors
    /// [`StoreError::Changed`] when the order is no longer as it was read, or the facts no longer hold.
    pub async fn rejudge(
        &mut self,
        order: &OrderRow,
        judged: &Rejudged,
        actor: &Actor,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let next = OrderState::from_verdict(judged.verdict);
        let accepted = next == OrderState::Accepted;
        let findings = findings_json(&judged.findings);
        let updated = sqlx::query(
            "UPDATE orders SET verdict = $1, state = $2, live = $3, reserved = $4, findings = $5,
             version = version + 1, updated_at = $6 WHERE id = $7 AND version = $8 AND state = $9",
        )
        .bind(judged.verdict.as_str())
        .bind(next.as_str())
        .bind(i64::from(accepted))
        .bind(judged.held().cents())
        .bind(&findings)
        .bind(at.timestamp_micros())
        .bind(&order.id)
        .bind(order.version)
        .bind(OrderState::Incomplete.as_str())
        .execute(&mut self.connection)
        .await
        .map_err(taken)?;
        if updated.rows_affected() != 1 {
            return Err(StoreError::Changed);
        }
        if accepted {
            self.book_order(order, EntryKind::Reservation, judged.reserve, at).await?;
            self.count_purchase(order, true).await?;
            self.enqueue_for_order(HAND_OVER, order, at, at).await?;
        }
        let reserved = judged.held();
        let (findings, row) = (sha256(findings.as_bytes()), self.order_seal(&order.id).await?);
        let detail = format!("findings={findings} reserved={reserved} row={row}");
        self.audit(&[order_record(order, action(next), detail, actor, at)]).await
    }

    /// Stores a new judgement of an order that the portal holds already: the contract stands whatever is found, so state
    /// and money stay.
    ///
    /// # Errors
    /// [`StoreError::Changed`] when the order is no longer as it was read.
    pub async fn reassess(
        &mut self,
        order: &OrderRow,
        judged: &Rejudged,
        actor: &Actor,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let findings = findings_json(&judged.findings);
        let updated = sqlx::query(
            "UPDATE orders SET verdict = $1, findings = $2, version = version + 1, updated_at = $3
             WHERE id = $4 AND version = $5",
        )
        .bind(judged.verdict.as_str())
        .bind(&findings)
        .bind(at.timestamp_micros())
        .bind(&order.id)
        .bind(order.version)
        .execute(&mut self.connection)
        .await?;
        if updated.rows_affected() != 1 {
            return Err(StoreError::Changed);
        }
        let (findings, row) = (sha256(findings.as_bytes()), self.order_seal(&order.id).await?);
        let detail = format!("verdict={} findings={findings} row={row}", judged.verdict.as_str());
        self.audit(&[order_record(order, "order.reassessed", detail, actor, at)]).await
    }
}
