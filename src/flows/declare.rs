// SPDX-License-Identifier: EUPL-1.2
//! Giving declarations that were missing, and having an incomplete order judged again.

use std::sync::Arc;

use crate::answer;
use crate::app::App;
use crate::documents::{ReadOrder, read_order};
use crate::domain::declaration::Declaration;
use crate::domain::order_state::OrderState;
use crate::domain::role::Act;
use crate::domain::text::Text;
use crate::error::Error;
use crate::flows::judge::{judge_stored, with_declarations};
use crate::flows::{Change, Principal, once, reread, visible};
use crate::store::idempotency::Reply;
use crate::store::orders::{OrderRow, Rejudged};
use crate::store::{StoreError, Tx};

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
    let (gateway, principal, id, at) = (Arc::clone(app), principal.clone(), order_id.to_owned(), change.at);
    let declarations: Vec<_> =
        declarations.into_iter().map(|declaration| (app.clock.new_id().to_string(), declaration)).collect();
    let adding = once(app, &change, move |tx| {
        Box::pin(async move {
            let order = visible(&gateway, &principal, tx.order(&id).await?)?;
            if order.state != OrderState::Incomplete && !order.state.is_live() {
                return Err(not_in(order.state));
            }
            tx.add_declarations(&order, &declarations, &principal.actor(), at).await?;
            Ok(Reply {
                status: 201,
                location: Some(answer::order_url(&gateway, &id)),
                body: answer::declarations_added(&gateway, &id, declarations.len()),
            })
        })
    });
    adding.await
}

/// Judges an incomplete order again, with every declaration given since, on the facts of the transaction that stores the
/// judgement.
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
    let (gateway, principal, id) = (Arc::clone(app), principal.clone(), order_id.to_owned());
    let (at, lang) = (change.at, change.lang);
    let checking = once(app, &change, move |tx| {
        Box::pin(async move {
            let order = visible(&gateway, &principal, tx.order(&id).await?)?;
            if order.state != OrderState::Incomplete {
                return Err(not_in(order.state));
            }
            let read = read_again(&gateway, tx, &order).await?;
            let stored = tx.order_facts(&order.keys()).await?;
            let judged = judge_stored(&gateway, &order.comune, &read, stored, at);
            let rejudged = Rejudged {
                verdict: judged.judgement.verdict,
                findings: judged.judgement.findings,
                reserve: judged.reserve,
            };
            tx.rejudge(&order, &rejudged, &principal.actor(), at).await?;
            let body = answer::order(&gateway, &reread(tx, &id).await?, lang);
            Ok(Reply { status: 200, location: None, body })
        })
    });
    let reply = checking.await?;
    app.call_queued.notify_one();
    Ok(reply)
}

/// The order's document with the declarations given since.
async fn read_again(app: &App, tx: &mut Tx, order: &OrderRow) -> Result<ReadOrder, Error> {
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

fn not_in(state: OrderState) -> Error {
    Error::Conflict(Text {
        it: format!("non è possibile per un ordine nello stato {}", state.as_str()).into(),
        en: format!("not possible for an order that is {}", state.as_str()).into(),
    })
}
