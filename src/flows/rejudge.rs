// SPDX-License-Identifier: EUPL-1.2
//! Judging a stored order again: the document as received, with every declaration given since, on the facts of the
//! transaction that stores the judgement.

use chrono::{DateTime, Utc};

use crate::app::App;
use crate::documents::{ReadOrder, read_order};
use crate::domain::finding::Verdict;
use crate::domain::order_state::OrderState;
use crate::error::Error;
use crate::flows::decision::sent;
use crate::flows::judge::{judge_stored, with_declarations};
use crate::store::audit::Actor;
use crate::store::judgements::Rejudged;
use crate::store::orders::OrderRow;
use crate::store::outbox::HAND_OVER;
use crate::store::{StoreError, Tx};

/// True when there is something to judge again: an order that is incomplete, or one that the portal holds and that did not
/// pass.
pub(super) fn is_open(order: &OrderRow) -> bool {
    order.state == OrderState::Incomplete || (order.state.is_live() && order.verdict != Verdict::Accepted)
}

/// Judges again and stores the judgement. `sent_at` is what the portal tells of an order made there: from then on it binds.
///
/// # Errors
/// When the document can no longer be read, or the store cannot be written.
pub(super) async fn rejudge(
    app: &App,
    tx: &mut Tx,
    order: &OrderRow,
    sent_at: Option<DateTime<Utc>>,
    (actor, at): (&Actor, DateTime<Utc>),
) -> Result<(), Error> {
    let read = read_again(app, tx, order).await?;
    let stored = tx.order_facts(&order.keys()).await?;
    let stored = if order.state.is_live() { stored.without(order) } else { stored };
    let judged = judge_stored(app, &order.comune, &sent(&read, sent_at), stored, at);
    let rejudged = Rejudged {
        verdict: judged.judgement.verdict,
        findings: judged.judgement.findings,
        reserve: judged.reserve,
        binding: sent_at.is_some(),
    };
    if order.state.is_live() {
        tx.reassess(order, &rejudged, actor, at).await?;
        return Ok(());
    }
    tx.rejudge(order, &rejudged, actor, at).await?;
    if order.oda_number.is_some() && rejudged.verdict == Verdict::Accepted {
        // What the portal holds already is not handed over.
        tx.withdraw(HAND_OVER, &order.id, at).await?;
    }
    Ok(())
}

/// The order's document with the declarations given since.
pub(super) async fn read_again(app: &App, tx: &mut Tx, order: &OrderRow) -> Result<ReadOrder, Error> {
    let missing = || StoreError::Inconsistent {
        table: "document",
        column: "order_id",
        row: order.id.clone(),
        value: order.document.clone(),
    };
    let bytes = tx.document(&order.id).await?.ok_or_else(missing)?;
    let read = read_order(&bytes, Some(&order.media_type), &app.limits)?;
    Ok(with_declarations(read, tx.declarations(&order.id).await?))
}
