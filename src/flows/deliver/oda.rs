// SPDX-License-Identifier: EUPL-1.2
//! The ODA of an order: handed over once as a draft, followed through its states, withdrawn as a draft on request.

use std::sync::Arc;

use chrono::TimeDelta;
use uuid::Uuid;

use crate::app::App;
use crate::documents::{HandOver, read_order, write_ubl};
use crate::domain::order_state::OrderState;
use crate::flows::oda_story::{look_after, sent_outside_window, steps_to, walk};
use crate::platforms::acquistinretepa::{OdaDraft, OdaStatus};
use crate::platforms::error::Repeat;
use crate::store::StoreError;
use crate::store::audit::Actor;
use crate::store::orders::OrderRow;
use crate::store::outbox::{Claimed, Delivery};

use super::{before_sending, dangling, failed, next_at, not_told, write_back, write_back_failure};

async fn order_of(app: &App, call: &Claimed) -> Result<Option<OrderRow>, StoreError> {
    match &call.order_id {
        Some(id) => app.store.order(id).await,
        None => Ok(None),
    }
}

/// The order with the number the platform gave it.
async fn order_with_number(app: &App, call: &Claimed) -> Result<Option<(OrderRow, String)>, StoreError> {
    let found = order_of(app, call).await?;
    Ok(found.and_then(|order| order.oda_number.clone().map(|number| (order, number))))
}

pub(super) async fn hand_over(app: &Arc<App>, call: Claimed) -> Result<(), StoreError> {
    let (order, reference) = match owed(&call, order_of(app, &call).await?) {
        Ok(owed) => owed,
        Err(delivery) => return write_back(app, call, delivery).await,
    };
    let client = &app.platforms.acquistinretepa;
    if call.uncertain {
        match client.find_by_reference(reference).await {
            Ok(Some(draft)) => return submitted(app, call, order, draft).await,
            Ok(None) => {}
            Err(error) => return not_told(app, call, &error).await,
        }
    }
    let Some(document) = draft(app, &order).await? else {
        let why = "the stored document can no longer be read as an order".to_owned();
        return write_back(app, call, Delivery::ToVerify { why }).await;
    };
    match client.hand_over(reference, document, &before_sending(app, &call)).await {
        Ok(draft) => submitted(app, call, order, draft).await,
        Err(error) => failed(app, call, &error).await,
    }
}

/// The order to hand over with the reference it goes under, or why there is none.
fn owed(call: &Claimed, order: Option<OrderRow>) -> Result<(OrderRow, Uuid), Delivery> {
    let order = order.ok_or_else(|| dangling(call))?;
    if order.state != OrderState::Accepted {
        let why = format!("the order is not accepted but {} by now", order.state.as_str());
        return Err(Delivery::ToVerify { why });
    }
    match order.id.parse() {
        Ok(reference) => Ok((order, reference)),
        Err(error) => {
            Err(Delivery::ToVerify { why: format!("the order's id {:?} is no UUID: {error}", order.id) })
        }
    }
}

/// The order as the platform takes it.
async fn draft(app: &App, order: &OrderRow) -> Result<Option<Vec<u8>>, StoreError> {
    let Some(bytes) = app.store.document(&order.id).await? else { return Ok(None) };
    let Ok(read) = read_order(&bytes, Some(&order.media_type), &app.limits) else { return Ok(None) };
    let Some(comune) = app.reference.comuni.by_istat(&order.comune) else { return Ok(None) };
    Ok(Some(write_ubl(
        &read.order,
        &HandOver { comune, programme: &app.programme, reference: &app.reference },
    )))
}

async fn submitted(
    app: &Arc<App>,
    call: Claimed,
    order: OrderRow,
    draft: OdaDraft,
) -> Result<(), StoreError> {
    let now = app.clock.now();
    let gateway = Arc::clone(app);
    let written = app.store.write(move |tx| {
        Box::pin(async move {
            tx.deliver(&call, &Delivery::Done, now).await?;
            tx.set_oda_number(&order.id, &draft.number).await?;
            tx.step_order(&order, OrderState::Submitted, &Actor::worker(), now).await?;
            look_after(&gateway, tx, &order, now).await
        })
    });
    written.await
}

pub(super) async fn follow(app: &Arc<App>, call: Claimed) -> Result<(), StoreError> {
    let Some((order, number)) = order_with_number(app, &call).await? else {
        let delivery = dangling(&call);
        return write_back(app, call, delivery).await;
    };
    match app.platforms.acquistinretepa.state(&number).await {
        Ok(status) => follow_to(app, call, order, &status).await,
        // To look again does no harm, and nobody else would: whatever the portal says, the row lives on.
        Err(error) => {
            let (at, why) =
                (next_at(&error, &call, &app.settings.worker, app.clock.now()), error.to_string());
            write_back_failure(app, call, &error, Delivery::Again { at, why }).await
        }
    }
}

async fn follow_to(
    app: &Arc<App>,
    call: Claimed,
    order: OrderRow,
    status: &OdaStatus,
) -> Result<(), StoreError> {
    let now = app.clock.now();
    let next_at = now + TimeDelta::seconds(i64::from(app.settings.worker.follow_every_s));
    let Some(steps) = steps_to(order.state, &status.history) else {
        let why = format!(
            "on the platform the ODA is {}, here the order is {}",
            status.state.as_str(),
            order.state.as_str()
        );
        return write_back(app, call, Delivery::ToVerify { why }).await;
    };
    let late = sent_outside_window(app, &order, &steps, &status.history, now);
    let written = app.store.write(move |tx| {
        Box::pin(async move {
            let last = steps.last().copied().unwrap_or(order.state);
            let delivery = if last.is_live() { Delivery::Next { at: next_at } } else { Delivery::Done };
            tx.deliver(&call, &delivery, now).await?;
            walk(tx, order, steps, now).await?;
            match late {
                Some(record) => tx.audit(&[record]).await,
                None => Ok(()),
            }
        })
    });
    written.await
}

pub(super) async fn cancel(app: &Arc<App>, call: Claimed) -> Result<(), StoreError> {
    let Some((order, number)) = order_with_number(app, &call).await? else {
        let delivery = dangling(&call);
        return write_back(app, call, delivery).await;
    };
    if order.state == OrderState::Cancelled {
        return write_back(app, call, Delivery::Done).await;
    }
    if order.state != OrderState::Submitted {
        let why = format!("the order is {} by now", order.state.as_str());
        return write_back(app, call, Delivery::Refused { why }).await;
    }
    match app.platforms.acquistinretepa.cancel(&number, &before_sending(app, &call)).await {
        Ok(_) => {
            let now = app.clock.now();
            let written = app.store.write(move |tx| {
                Box::pin(async move {
                    tx.deliver(&call, &Delivery::Done, now).await?;
                    tx.step_order(&order, OrderState::Cancelled, &Actor::worker(), now).await
                })
            });
            written.await
        }
        // A withdrawn draft stays withdrawn, so the same call serves as the question about an earlier one.
        Err(error) if call.uncertain && error.repeat != Repeat::Never => not_told(app, call, &error).await,
        Err(error) => failed(app, call, &error).await,
    }
}
