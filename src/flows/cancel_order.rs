// SPDX-License-Identifier: EUPL-1.2
//! Withdrawing an order before it is sent. What is not yet on the platform is withdrawn at once; a draft that is there is
//! withdrawn by the worker, and the money comes back when the platform has said so.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::answer;
use crate::app::App;
use crate::domain::order_state::OrderState;
use crate::domain::role::Act;
use crate::domain::text::Text;
use crate::error::Error;
use crate::flows::{Change, Principal, once, reread, visible};
use crate::store::audit::{Actor, Record};
use crate::store::idempotency::Reply;
use crate::store::orders::OrderRow;
use crate::store::outbox::{CANCEL, HAND_OVER};

/// Withdraws an order.
///
/// # Errors
/// [`Error::Conflict`] when the order was sent or is dead; [`Error::NotYet`] while its hand-over is of unknown outcome.
pub async fn cancel_order(
    app: &Arc<App>,
    principal: &Principal,
    order_id: &str,
    change: Change,
) -> Result<Reply, Error> {
    principal.must(Act::CancelOrder)?;
    let (gateway, principal, id) = (Arc::clone(app), principal.clone(), order_id.to_owned());
    let (at, lang) = (change.at, change.lang);
    let cancelling = once(app, &change, move |tx| {
        Box::pin(async move {
            let order = visible(&gateway, &principal, tx.order(&id).await?)?;
            let on_platform = order.state == OrderState::Submitted;
            match order.state {
                OrderState::Submitted => {
                    tx.enqueue_for_order(CANCEL, &order, at, at).await?;
                    tx.audit(&[asked(&order, principal.actor(), at)]).await?;
                }
                OrderState::Accepted if !tx.withdraw(HAND_OVER, &id, at).await? => {
                    // Where it was left to a person, the platform is asked again what became of it.
                    tx.enqueue_for_order(HAND_OVER, &order, at, at).await?;
                    return Err(under_way());
                }
                OrderState::Accepted | OrderState::Incomplete => {
                    tx.step_order(&order, OrderState::Cancelled, &principal.actor(), at).await?
                }
                state => return Err(too_late(state)),
            }
            Ok(Reply {
                status: if on_platform { 202 } else { 200 },
                location: Some(answer::order_url(&gateway, &id)),
                body: answer::order(&gateway, &reread(tx, &id).await?, lang),
            })
        })
    });
    let reply = cancelling.await?;
    app.call_queued.notify_one();
    Ok(reply)
}

/// Who asked for the withdrawal: the worker writes down only when the platform has done it.
fn asked(order: &OrderRow, actor: Actor, at: DateTime<Utc>) -> Record {
    Record {
        chain: order.comune.to_string(),
        at,
        actor,
        action: "call.requested",
        subject: order.id.clone(),
        detail: format!("call={CANCEL}"),
    }
}

fn under_way() -> Error {
    Error::NotYet(Text::new(
        "la consegna dell'ordine ad Acquistinretepa è in corso: riprovare tra poco",
        "the order is just being handed over to Acquistinretepa: try again shortly",
    ))
}

fn too_late(state: OrderState) -> Error {
    Error::Conflict(Text {
        it: format!("l'ordine è nello stato {}: non può più essere annullato dal Comune", state.as_str())
            .into(),
        en: format!("the order is {}: the Comune can no longer withdraw it", state.as_str()).into(),
    })
}
