// SPDX-License-Identifier: EUPL-1.2
//! Giving declarations that were missing, and having an incomplete order judged again.

use std::sync::Arc;

use crate::answer;
use crate::app::App;
use crate::domain::declaration::Declaration;
use crate::domain::order_state::OrderState;
use crate::domain::role::Act;
use crate::domain::text::Text;
use crate::error::Error;
use crate::flows::link_oda::Linker;
use crate::flows::oda_story::sent_at;
use crate::flows::rejudge::{is_open, rejudge};
use crate::flows::{Change, Principal, once, reread, visible};
use crate::store::idempotency::Reply;

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

/// Judges an incomplete order again, with every declaration given since; one that the portal holds goes where its ODA
/// stands.
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
            if !is_open(&order) {
                return Err(not_in(order.state));
            }
            let story = match &order.oda_number {
                Some(number) => tx.portal_oda(&gateway.programme.id, number).await?.map(|oda| oda.story),
                None => None,
            };
            let sent = story.as_ref().and_then(sent_at);
            let by = (&principal.actor(), at);
            rejudge(&gateway, tx, &order, sent, by).await?;
            if let Some(story) = story.filter(|_| order.state == OrderState::Incomplete) {
                let linker = Linker { app: &gateway, actor: principal.actor(), at };
                let order = reread(tx, &id).await?;
                linker.settle(tx, order, &story).await?;
            }
            let body = answer::order(&gateway, &reread(tx, &id).await?, lang);
            Ok(Reply { status: 200, location: None, body })
        })
    });
    let reply = checking.await?;
    app.call_queued.notify_one();
    Ok(reply)
}

fn not_in(state: OrderState) -> Error {
    Error::Conflict(Text {
        it: format!("non è possibile per un ordine nello stato {}", state.as_str()).into(),
        en: format!("not possible for an order that is {}", state.as_str()).into(),
    })
}
