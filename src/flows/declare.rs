// SPDX-License-Identifier: EUPL-1.2
//! Giving declarations that were missing, and having an incomplete order judged again.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::app::App;
use crate::documents::read_order;
use crate::domain::declaration::Declaration;
use crate::domain::order_state::OrderState;
use crate::domain::role::Act;
use crate::domain::text::Text;
use crate::error::Error;
use crate::flows::judge::{Judged, judge_now, with_declarations};
use crate::flows::{Principal, visible_order};
use crate::http::view::{self, Lang};
use crate::store::StoreError;
use crate::store::idempotency::{IdempotencyKey, Known, Reply};
use crate::store::orders::{OrderRow, Rejudged};

/// How often a judgement is made again because the order or the facts changed under it.
const ROUNDS_MAX: usize = 16;

/// A change asked for, with its key.
#[derive(Debug, Clone)]
pub struct Change {
    /// The request's key.
    pub idempotency: IdempotencyKey,
    /// Language of the answer.
    pub lang: Lang,
    /// When the request arrived.
    pub at: DateTime<Utc>,
}

/// What a repeated request is answered.
///
/// # Errors
/// [`Error::KeyReused`] when the key belongs to another request.
pub async fn repeated(app: &App, change: &Change) -> Result<Option<Reply>, Error> {
    match app.store.known(&change.idempotency).await? {
        None => Ok(None),
        Some(Known::Repeat(reply)) => Ok(Some(reply)),
        Some(Known::Reused) => Err(Error::KeyReused),
    }
}

/// Keeps declarations for an order that is incomplete, or lives: some are due by payment or by reporting only.
///
/// # Errors
/// [`Error::Conflict`] when the order is refused or dead.
pub async fn add_declarations(
    app: &Arc<App>,
    principal: &Principal,
    order_id: &str,
    declarations: Vec<Declaration>,
    change: Change,
) -> Result<Reply, Error> {
    principal.must(Act::Declare)?;
    let order = visible_order(app, principal, order_id).await?;
    if let Some(reply) = repeated(app, &change).await? {
        return Ok(reply);
    }
    if order.state != OrderState::Incomplete && !order.state.is_live() {
        return Err(not_in(order.state));
    }
    let declarations: Vec<_> =
        declarations.into_iter().map(|declaration| (app.clock.new_id().to_string(), declaration)).collect();
    let reply = Reply {
        status: 201,
        location: Some(view::order_url(app, order_id)),
        body: view::declarations_added(app, order_id, declarations.len()),
    };
    let (actor, kept) = (principal.actor(), reply.clone());
    let written = app.store.write(move |tx| {
        Box::pin(async move {
            tx.add_declarations(&order, &declarations, &actor, change.at).await?;
            tx.keep_reply(&change.idempotency, &kept, change.at).await
        })
    });
    written.await?;
    Ok(reply)
}

/// Judges an incomplete order again, with every declaration given since.
///
/// # Errors
/// [`Error::Conflict`] when the order is not incomplete.
pub async fn recheck(
    app: &Arc<App>,
    principal: &Principal,
    order_id: &str,
    change: Change,
) -> Result<Reply, Error> {
    principal.must(Act::Declare)?;
    for _ in 0..ROUNDS_MAX {
        let order = visible_order(app, principal, order_id).await?;
        if let Some(reply) = repeated(app, &change).await? {
            return Ok(reply);
        }
        must_be_incomplete(&order)?;
        let judged = judge_again(app, &order, change.at).await?;
        match store_judgement(app, principal, &order, judged, &change).await {
            Ok(reply) => {
                app.call_queued.notify_one();
                return Ok(reply);
            }
            Err(Error::Store(StoreError::Changed)) => {}
            Err(error) => return Err(error),
        }
    }
    Err(Error::Store(StoreError::Overloaded))
}

async fn judge_again(app: &App, order: &OrderRow, now: DateTime<Utc>) -> Result<Judged, Error> {
    let missing = || StoreError::Inconsistent {
        table: "orders",
        column: "document",
        row: order.id.clone(),
        value: order.document.clone(),
    };
    let bytes = app.store.document(&order.id).await?.ok_or_else(missing)?;
    let read = read_order(&bytes, Some(&order.media_type), &app.limits)?;
    let read = with_declarations(read, app.store.declarations(&order.id).await?);
    judge_now(app, &order.comune, &read, now).await
}

async fn store_judgement(
    app: &Arc<App>,
    principal: &Principal,
    order: &OrderRow,
    judged: Judged,
    change: &Change,
) -> Result<Reply, Error> {
    let rejudged = Rejudged {
        verdict: judged.judgement.verdict,
        findings: view::stored_findings(&judged.judgement.findings),
        reserve: judged.reserve,
    };
    let mut after = order.clone();
    after.verdict = rejudged.verdict;
    after.state = OrderState::from_verdict(rejudged.verdict);
    after.reserved = if after.state.is_live() { judged.reserve } else { Default::default() };
    after.findings = judged.judgement.findings;
    after.version = order.version.saturating_add(1);
    after.updated_at = change.at;
    let reply = Reply { status: 200, location: None, body: view::order(app, &after, change.lang) };
    let (order, actor, change, kept) = (order.clone(), principal.actor(), change.clone(), reply.clone());
    let written = app.store.write(move |tx| {
        Box::pin(async move {
            tx.rejudge(&order, &rejudged, &actor, change.at).await?;
            tx.keep_reply(&change.idempotency, &kept, change.at).await
        })
    });
    written.await?;
    Ok(reply)
}

fn must_be_incomplete(order: &OrderRow) -> Result<(), Error> {
    if order.state == OrderState::Incomplete { Ok(()) } else { Err(not_in(order.state)) }
}

fn not_in(state: OrderState) -> Error {
    Error::Conflict(Text {
        it: format!("non è possibile per un ordine nello stato {}", state.as_str()).into(),
        en: format!("not possible for an order that is {}", state.as_str()).into(),
    })
}
