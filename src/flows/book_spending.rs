// SPDX-License-Identifier: EUPL-1.2
//! Booking what documents make of the money of orders: committed, invoiced, paid, and back. It follows from the reconciliation
//! alone, so the journal comes to the same in whatever order documents arrive.

use std::sync::Arc;

use crate::answer::Reconciliation;
use crate::app::App;
use crate::domain::matching::OrderTotals;
use crate::domain::money::Money;
use crate::domain::spending::Spending;
use crate::error::Error;
use crate::flows::reconcile::reconcile;
use crate::store::StoreError;
use crate::store::audit::Actor;
use crate::store::orders::OrderRow;
use crate::store::spending::Unbooked;

/// Books every Comune in which something has happened since it was last booked; returns how many.
///
/// # Errors
/// When the store cannot be reached. What one Comune comes to stops no other.
pub async fn book_due(app: &Arc<App>) -> Result<usize, StoreError> {
    let mut booked = 0usize;
    for due in app.store.unbooked(&app.programme.id).await? {
        match book(app, &due).await {
            Ok(()) => booked += 1,
            // It is due still: something happened there meanwhile.
            Err(Error::Store(StoreError::Changed)) if has_moved(app, &due).await? => {}
            Err(Error::Store(error @ (StoreError::Full | StoreError::Overloaded | StoreError::Stopped))) => {
                return Err(error);
            }
            Err(error) => tracing::error!(comune = %due.comune, %error, "its spending cannot be booked"),
        }
    }
    Ok(booked)
}

/// Whether something has happened in a Comune since it was found due.
async fn has_moved(app: &App, due: &Unbooked) -> Result<bool, StoreError> {
    let heads = app.store.audit_heads().await?;
    Ok(heads.iter().any(|(chain, seq)| chain == due.comune.as_str() && *seq != due.audit_seq))
}

async fn book(app: &Arc<App>, due: &Unbooked) -> Result<(), Error> {
    let found = reconcile(app, &due.comune, None).await?;
    let changes = changes(&found);
    let (programme, at, due) = (app.programme.id.clone(), app.clock.now(), due.clone());
    let written = app.store.write(move |tx| {
        Box::pin(async move {
            if tx.audit_seq(&due.comune).await? != due.audit_seq {
                return Err(StoreError::Changed);
            }
            for (order, next) in &changes {
                tx.book_spending(order, *next, &Actor::worker(), at).await?;
            }
            tx.all_booked(&programme, &due.comune).await
        })
    });
    Ok(written.await?)
}

/// The orders whose spending is not what their documents make it.
pub(crate) fn changes(found: &Reconciliation) -> Vec<(OrderRow, Spending)> {
    let judged = found.outcome.orders.iter();
    judged
        .filter_map(|judged| {
            let order = found.orders.get(judged.id as usize)?;
            let next = spending(order, &judged.totals)?;
            (next != order.spending).then(|| (order.clone(), next))
        })
        .collect()
}

/// What the documents make of the money of an order; none while it is not sent.
fn spending(order: &OrderRow, totals: &OrderTotals) -> Option<Spending> {
    let cents = Money::from_cents;
    order.state.is_sent().then(|| Spending::of(order.reserved, cents(totals.covered), cents(totals.settled)))
}
