// SPDX-License-Identifier: EUPL-1.2
//! A person says to what an ODA of the portal belongs, that it does not belong here, or takes a link back. Each needs a
//! reason, which is kept with the name of who gave it.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::app::App;
use crate::documents::read_order;
use crate::domain::istat::IstatCode;
use crate::domain::linking::{Join, Waiting};
use crate::domain::order_state::OrderState;
use crate::domain::reason::Reason;
use crate::domain::role::Act;
use crate::domain::text::Text;
use crate::error::Error;
use crate::flows::link_oda::Linker;
use crate::flows::{Change, Principal, once};
use crate::store::audit::Actor;
use crate::store::idempotency::Reply;
use crate::store::portal::{LinkStatus, PortalOda};
use crate::store::{StoreError, Tx};

/// What a person decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LinkDecision {
    /// It is this order.
    IsOrder(String),
    /// It is a new order of this Comune.
    IsOfComune(IstatCode),
    /// It does not belong to the programme.
    Dismiss,
    /// The link was wrong: the order ends, its money is given back, the ODA waits again.
    TakeBack,
}

/// Who decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decider {
    /// As written into the audit chain.
    pub actor: Actor,
    /// The Comune in whose name they act; none for whoever runs the machine.
    pub comune: Option<IstatCode>,
}

impl Decider {
    /// Whoever runs commands on the machine: may decide for every Comune.
    #[must_use]
    pub fn operator() -> Self {
        Self { actor: Actor::operator(), comune: None }
    }
}

/// Carries a decision out for a caller of the API.
///
/// # Errors
/// [`Error::NotFound`] when there is no such ODA for the caller, [`Error::Conflict`] when it cannot be done, with why.
pub async fn decide(
    app: &Arc<App>,
    principal: &Principal,
    number: &str,
    decision: LinkDecision,
    reason: Reason,
    change: Change,
) -> Result<Reply, Error> {
    principal.must(Act::LinkOda)?;
    let comune = *principal.own_comune()?;
    let decider = Decider { actor: principal.actor(), comune: Some(comune) };
    let (gateway, number, at, lang) = (Arc::clone(app), number.to_owned(), change.at, change.lang);
    let deciding = once(app, &change, move |tx| {
        Box::pin(async move {
            let oda = carry_out(&gateway, tx, &decider, &number, decision, reason, at).await?;
            let body = crate::answer::portal_oda(&gateway, &oda, Some(comune), lang);
            Ok(Reply { status: 200, location: None, body })
        })
    });
    let reply = deciding.await?;
    app.call_queued.notify_one();
    Ok(reply)
}

/// Carries a decision out for whoever runs the machine.
///
/// # Errors
/// As [`decide`].
pub async fn decide_on_machine(
    app: &Arc<App>,
    number: &str,
    decision: LinkDecision,
    reason: Reason,
) -> Result<PortalOda, Error> {
    let (gateway, number, at) = (Arc::clone(app), number.to_owned(), app.clock.now());
    let decided = app.store.write(move |tx| {
        Box::pin(async move {
            match carry_out(&gateway, tx, &Decider::operator(), &number, decision, reason, at).await {
                Err(Error::Store(error)) => Err(error),
                done => Ok(done),
            }
        })
    });
    decided.await?
}

async fn carry_out(
    app: &Arc<App>,
    tx: &mut Tx,
    decider: &Decider,
    number: &str,
    decision: LinkDecision,
    reason: Reason,
    at: DateTime<Utc>,
) -> Result<PortalOda, Error> {
    let known = tx.portal_oda(&app.programme.id, number).await?.ok_or(Error::NotFound)?;
    if decider.comune.is_some_and(|own| !known.concerns(&own)) {
        return Err(Error::NotFound);
    }
    let linker = Linker { app, actor: decider.actor.clone(), at };
    let mut oda = PortalOda {
        decided_by: Some(decider.actor.id.clone()),
        reason: Some(reason.to_string()),
        version: known.version + 1,
        updated_at: at,
        ..known.clone()
    };
    match decision {
        LinkDecision::TakeBack => take_back(tx, &linker, &mut oda).await?,
        _ if known.status == LinkStatus::Linked => return Err(already_linked()),
        LinkDecision::Dismiss => {
            oda.status = LinkStatus::Dismissed;
            oda.waiting = None;
        }
        LinkDecision::IsOrder(id) => {
            let order = tx.order(&id).await?.filter(|order| order.programme == app.programme.id);
            let order = order.filter(|order| decider.comune.is_none_or(|own| own == order.comune));
            order.ok_or(Error::NotFound)?;
            link(tx, &linker, &mut oda, Join::Order(id)).await?;
        }
        LinkDecision::IsOfComune(comune) => {
            if decider.comune.is_some_and(|own| own != comune) {
                return Err(Error::NotFound);
            }
            link(tx, &linker, &mut oda, Join::Comune(comune)).await?;
        }
    }
    linker.keep(tx, oda.clone(), Some(&known), None).await?;
    Ok(oda)
}

async fn link(tx: &mut Tx, linker: &Linker<'_>, oda: &mut PortalOda, join: Join) -> Result<(), Error> {
    let document: Arc<[u8]> =
        tx.portal_document(&oda.programme, &oda.number).await?.unwrap_or_default().into();
    let Ok(read) = read_order(&document, None, &linker.app.limits) else {
        return Err(Error::Conflict(Waiting::Unreadable.text()));
    };
    match linker.carry_out(tx, oda, &document, &read, join).await? {
        Ok(()) => {
            oda.waiting = None;
            Ok(())
        }
        Err(Waiting::UnderWay) => Err(Error::NotYet(Waiting::UnderWay.text())),
        Err(waiting) => Err(Error::Conflict(waiting.text())),
    }
}

async fn take_back(tx: &mut Tx, linker: &Linker<'_>, oda: &mut PortalOda) -> Result<(), Error> {
    let Some(id) = oda.order_id.take() else { return Err(Error::Conflict(NOT_LINKED)) };
    let order = tx.order(&id).await?.ok_or(StoreError::Changed)?;
    if order.state.step(OrderState::Unlinked).is_err() {
        return Err(Error::Conflict(Text {
            it: format!("l'ordine è nello stato {}: non c'è più nulla da sciogliere", order.state.as_str())
                .into(),
            en: format!("the order is {}: there is nothing left to take back", order.state.as_str()).into(),
        }));
    }
    tx.step_order(&order, OrderState::Unlinked, &linker.actor, linker.at).await?;
    oda.status = LinkStatus::Unlinked;
    oda.waiting = Some(Waiting::TakenBack);
    Ok(())
}

const NOT_LINKED: Text =
    Text::new("l'ODA non è collegato ad alcun ordine", "the ODA is not linked to any order");

fn already_linked() -> Error {
    Error::Conflict(Text::new(
        "l'ODA è già collegato: sciogliere prima il collegamento",
        "the ODA is linked already: take the link back first",
    ))
}
