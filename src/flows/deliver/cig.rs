// SPDX-License-Identifier: EUPL-1.2
//! ANAC is asked about the CIG of an order that was handed over: before it is signed a wrong one can still be mended. While
//! something speaks against it, or ANAC has not made up its mind, it is asked again each day for as long as the order lives.

use std::sync::Arc;

use chrono::TimeDelta;

use crate::app::App;
use crate::domain::cig::Cig;
use crate::domain::cig_check::CigResult;
use crate::flows::verify_cig::verify_cig;
use crate::store::StoreError;
use crate::store::audit::{Actor, Record};
use crate::store::cig_checks::CigCheck;
use crate::store::orders::OrderRow;
use crate::store::outbox::{Claimed, Delivery};

use super::{dangling, next_at, write_back, write_back_failure};

/// How long until ANAC is asked again.
const AGAIN: TimeDelta = TimeDelta::days(1);

pub(super) async fn verify(app: &Arc<App>, call: Claimed) -> Result<(), StoreError> {
    let order = match &call.order_id {
        Some(id) => app.store.order(id).await?,
        None => None,
    };
    let (Some(order), Some(comune)) = (order, app.reference.comuni.by_istat(&call.comune)) else {
        let delivery = dangling(&call);
        return write_back(app, call, delivery).await;
    };
    let cig: Option<Cig> = order.cig.as_deref().and_then(|cig| cig.parse().ok());
    let Some(cig) = cig.filter(|_| order.state.is_live()) else {
        return write_back(app, call, Delivery::Done).await;
    };
    let Some(anac) = &app.platforms.anac else {
        let why = "ANAC is not connected: see [platforms.anac] in the settings".to_owned();
        let at = app.clock.now() + app.settings.worker.pause(call.attempt);
        return write_back(app, call, Delivery::Again { at, why }).await;
    };
    let cup = app.store.participation(&call.programme, &call.comune).await?.and_then(|row| row.cup);
    match verify_cig(app, anac, comune, cup.as_ref(), &cig).await {
        Ok(points) => {
            let check = CigCheck { cig: cig.to_string(), points, checked_at: app.clock.now() };
            checked(app, call, order, check).await
        }
        // To ask again does no harm.
        Err(error) => {
            let (at, why) =
                (next_at(&error, &call, &app.settings.worker, app.clock.now()), error.to_string());
            write_back_failure(app, call, &error, Delivery::Again { at, why }).await
        }
    }
}

/// Keeps what was said; what it comes to is an event when it is new.
async fn checked(app: &Arc<App>, call: Claimed, order: OrderRow, check: CigCheck) -> Result<(), StoreError> {
    let (now, result) = (check.checked_at, check.result());
    let record = Record {
        chain: order.comune.to_string(),
        at: now,
        actor: Actor::worker(),
        action: "cig.checked",
        subject: order.id.clone(),
        detail: format!("cig={} result={}", check.cig, result.as_str()),
    };
    let written = app.store.write(move |tx| {
        Box::pin(async move {
            let delivery = match result {
                CigResult::Well => Delivery::Done,
                CigResult::Against | CigResult::Open => Delivery::Next { at: now + AGAIN },
            };
            tx.deliver(&call, &delivery, now).await?;
            let before = tx.keep_cig_check(&order.id, &check).await?;
            if before == Some(result) { Ok(()) } else { tx.audit(&[record]).await }
        })
    });
    written.await
}
