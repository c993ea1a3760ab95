// SPDX-License-Identifier: EUPL-1.2
//! The story of an ODA on the portal, told as steps of an order here: each state that passed is walked, so that each is
//! written down and books what it means for the money.

use chrono::{DateTime, SecondsFormat, TimeDelta, Utc};

use crate::app::App;
use crate::domain::oda::OdaState;
use crate::domain::order_state::OrderState;
use crate::programme::WindowEvent;
use crate::store::audit::{Actor, Record};
use crate::store::orders::OrderRow;
use crate::store::outbox::{FOLLOW, VERIFY_CIG};
use crate::store::portal::Story;
use crate::store::{StoreError, Tx};

/// The steps from where the order stands to where the story ends. `None` when no such walk exists.
pub(super) fn steps_to(from: OrderState, story: &Story) -> Option<Vec<OrderState>> {
    let story: Vec<OrderState> = story.iter().map(|(state, _)| order_state(*state)).collect();
    // The last time the story stood where the order stands; what comes after is new.
    let known = story.iter().rposition(|state| *state == from)?;
    let mut at = from;
    let mut steps = Vec::new();
    for &next in &story[known..] {
        if next == at {
            continue;
        }
        at.step(next).ok()?;
        steps.push(next);
        at = next;
    }
    Some(steps)
}

const fn order_state(state: OdaState) -> OrderState {
    match state {
        OdaState::Bozza => OrderState::Submitted,
        OdaState::Inviato => OrderState::Sent,
        OdaState::Accettato => OrderState::SupplierAccepted,
        OdaState::Rifiutato => OrderState::SupplierRefused,
        OdaState::PropostaRevoca => OrderState::RevocationProposed,
        OdaState::Revocato => OrderState::Revoked,
        OdaState::Annullato => OrderState::Cancelled,
    }
}

/// Sees to it that an order with an ODA is followed, and that ANAC is asked about its CIG.
pub(super) async fn look_after(
    app: &App,
    tx: &mut Tx,
    order: &OrderRow,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let next = at + TimeDelta::seconds(i64::from(app.settings.worker.follow_every_s));
    tx.enqueue_for_order(FOLLOW, order, next, at).await?;
    let asks = app.settings.platforms.anac.as_ref().is_some_and(|anac| anac.verify_orders);
    if asks && order.cig.is_some() {
        tx.enqueue_for_order(VERIFY_CIG, order, at, at).await?;
    }
    Ok(())
}

/// When the order was last sent, if it was: from then on the contract binds.
pub(super) fn sent_at(story: &Story) -> Option<DateTime<Utc>> {
    story.iter().rfind(|(state, _)| *state == OdaState::Inviato).map(|(_, at)| *at)
}

/// Takes the steps.
pub(super) async fn walk(
    tx: &mut Tx,
    mut order: OrderRow,
    steps: Vec<OrderState>,
    now: DateTime<Utc>,
) -> Result<(), StoreError> {
    for next in steps {
        tx.step_order(&order, next, &Actor::worker(), now).await?;
        order.state = next;
    }
    Ok(())
}

/// What to write down when the portal says that the order was sent on a day outside the purchase window: the contract
/// stands and its money is committed, but whether the grant pays it is for people to clear up.
pub(super) fn sent_outside_window(
    app: &App,
    order: &OrderRow,
    steps: &[OrderState],
    story: &Story,
    now: DateTime<Utc>,
) -> Option<Record> {
    let counts = app.programme.window_event.value == WindowEvent::Sent && steps.contains(&OrderState::Sent);
    let sent = sent_at(story).filter(|_| counts)?;
    (!app.programme.windows.current().contains(sent)).then(|| Record {
        chain: order.comune.to_string(),
        at: now,
        actor: Actor::worker(),
        action: "oda.sent_outside_window",
        subject: order.id.clone(),
        detail: format!("sent_at={}", sent.to_rfc3339_opts(SecondsFormat::Secs, true)),
    })
}
