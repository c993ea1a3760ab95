// SPDX-License-Identifier: EUPL-1.2
//! Withdrawing an order before it is sent. What is not yet on the platform is withdrawn at once; a draft that is there is
//! withdrawn by the worker, and the money comes back when the platform has said so.

use std::sync::Arc;

use crate::app::App;
use crate::domain::order_state::OrderState;
use crate::domain::role::Act;
use crate::domain::text::Text;
use crate::error::Error;
use crate::flows::declare::{Change, repeated};
use crate::flows::{Principal, visible_order};
use crate::http::view;
use crate::store::StoreError;
use crate::store::idempotency::Reply;
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
    let order = visible_order(app, principal, order_id).await?;
    if let Some(reply) = repeated(app, &change).await? {
        return Ok(reply);
    }
    let on_platform = match order.state {
        OrderState::Accepted | OrderState::Incomplete => false,
        OrderState::Submitted => true,
        state => return Err(too_late(state)),
    };
    let mut after = order.clone();
    if !on_platform {
        after.state = OrderState::Cancelled;
        after.version = after.version.saturating_add(1);
        after.updated_at = change.at;
    }
    let reply = Reply {
        status: if on_platform { 202 } else { 200 },
        location: Some(view::order_url(app, order_id)),
        body: view::order(app, &after, change.lang),
    };
    let (actor, kept) = (principal.actor(), reply.clone());
    let written = app.store.write(move |tx| {
        Box::pin(async move {
            match order.state {
                OrderState::Submitted => tx.enqueue_for_order(CANCEL, &order, change.at, change.at).await?,
                OrderState::Accepted if !tx.withdraw(HAND_OVER, &order.id, change.at).await? => {
                    return Err(StoreError::Changed);
                }
                _ => tx.step_order(&order, OrderState::Cancelled, &actor, change.at).await?,
            }
            tx.keep_reply(&change.idempotency, &kept, change.at).await
        })
    });
    match written.await {
        Ok(()) => {
            app.call_queued.notify_one();
            Ok(reply)
        }
        Err(StoreError::Changed) => Err(Error::NotYet(Text::new(
            "la consegna dell'ordine ad Acquistinretepa è in corso: riprovare tra poco",
            "the order is just being handed over to Acquistinretepa: try again shortly",
        ))),
        Err(error) => Err(error.into()),
    }
}

fn too_late(state: OrderState) -> Error {
    Error::Conflict(Text {
        it: format!("l'ordine è nello stato {}: non può più essere annullato dal Comune", state.as_str())
            .into(),
        en: format!("the order is {}: the Comune can no longer withdraw it", state.as_str()).into(),
    })
}
