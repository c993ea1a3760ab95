// SPDX-License-Identifier: EUPL-1.2
//! Use cases. A flow orders calls to readers, rules, store and outbox; each of these decides in its own room. No flow
//! calls a platform inside a request: it queues the call in the transaction of the event, and the worker delivers.

use std::pin::Pin;

use chrono::{DateTime, Utc};

use crate::answer::Lang;
use crate::app::App;
use crate::domain::istat::IstatCode;
use crate::domain::role::{Act, Role};
use crate::error::Error;
use crate::store::Tx;
use crate::store::audit::Actor;
use crate::store::idempotency::{IdempotencyKey, Once, Reply};
use crate::store::orders::OrderRow;

pub mod accept_grant;
pub mod answer_invoice;
pub mod book_spending;
pub mod cancel_order;
mod decision;
pub mod declare;
pub mod deliver;
pub mod end_cup;
pub mod import_beneficiaries;
pub mod import_invoices;
mod invoice_standing;
pub mod judge;
pub mod judge_invoice;
pub mod link_by_hand;
mod link_oda;
mod oda_story;
pub mod place_order;
pub mod preview_list;
pub mod pull_opi;
pub mod pull_portal;
mod reading;
pub mod receive_invoices;
pub mod recheck_invoices;
pub mod reconcile;
pub mod record_act;
mod rejudge;
pub mod resolve_call;
pub mod support_text;
pub mod take_invoices;
pub mod take_mandati;
pub mod take_payments;
pub mod verify;
pub mod verify_cig;
pub mod watch_inbox;

/// Who calls: a client whose token was verified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Principal {
    /// Id of the client.
    pub client: String,
    /// Its role.
    pub role: Role,
    /// Its Comune, from the token and nowhere else.
    pub comune: Option<IstatCode>,
}

impl Principal {
    /// Lets the act pass, or not.
    ///
    /// # Errors
    /// [`Error::Forbidden`].
    pub fn must(&self, act: Act) -> Result<(), Error> {
        if self.role.may(act) { Ok(()) } else { Err(Error::Forbidden) }
    }

    /// The Comune in whose name the caller may write.
    ///
    /// # Errors
    /// [`Error::Forbidden`] for roles without one.
    pub fn own_comune(&self) -> Result<&IstatCode, Error> {
        self.comune.as_ref().ok_or(Error::Forbidden)
    }

    /// True when the Comune's things may be read.
    pub fn reaches(&self, comune: &IstatCode) -> bool {
        self.comune.as_ref().is_none_or(|own| own == comune)
    }

    /// As written into the audit chain.
    pub fn actor(&self) -> Actor {
        Actor { id: self.client.clone(), capacity: self.role.as_str().into() }
    }
}

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

/// What a change does in its transaction.
pub(crate) type Doing<'t> = Pin<Box<dyn Future<Output = Result<Reply, Error>> + Send + 't>>;

/// Makes a change once: looks, decides, writes and keeps the answer in one transaction. The same request again gets the
/// same answer.
pub(crate) async fn once<F>(app: &App, change: &Change, work: F) -> Result<Reply, Error>
where
    F: for<'t> FnOnce(&'t mut Tx) -> Doing<'t> + Send + 'static,
{
    let done = app.store.once(change.idempotency.clone(), change.at, move |tx| {
        Box::pin(async move {
            match work(&mut *tx).await {
                Err(Error::Store(error)) => Err(error),
                done => Ok(done),
            }
        })
    });
    match done.await? {
        Once::Reply(reply) => Ok(reply),
        Once::KeyReused => Err(Error::KeyReused),
        Once::Refused(error) => Err(error),
    }
}

/// The order of that id, if the caller may see it; one of another Comune does not exist for the caller.
///
/// # Errors
/// [`Error::NotFound`], or the store's.
pub async fn visible_order(app: &App, principal: &Principal, id: &str) -> Result<OrderRow, Error> {
    visible(app, principal, app.store.order(id).await?)
}

fn visible(app: &App, principal: &Principal, order: Option<OrderRow>) -> Result<OrderRow, Error> {
    let order = order.filter(|order| order.programme == app.programme.id);
    order.filter(|order| principal.reaches(&order.comune)).ok_or(Error::NotFound)
}

/// An order as it stands after a change, in the transaction that made it.
async fn reread(tx: &mut Tx, id: &str) -> Result<OrderRow, Error> {
    tx.order(id).await?.ok_or(Error::NotFound)
}
