// SPDX-License-Identifier: EUPL-1.2
//! Use cases. A flow orders calls to readers, rules, store and outbox; each of these decides in its own room. No flow
//! calls a platform inside a request: it queues the call in the transaction of the event, and the worker delivers.

use std::sync::Arc;

use crate::app::App;
use crate::domain::istat::IstatCode;
use crate::domain::role::{Act, Role};
use crate::error::Error;
use crate::store::audit::Actor;

pub mod accept_grant;
pub mod cancel_order;
pub mod declare;
pub mod deliver;
pub mod import_beneficiaries;
pub mod judge;
pub mod place_order;
pub mod verify;

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

/// The order of that id, if the caller may see it; one of another Comune does not exist for the caller.
///
/// # Errors
/// [`Error::NotFound`], or the store's.
pub async fn visible_order(
    app: &Arc<App>,
    principal: &Principal,
    id: &str,
) -> Result<crate::store::orders::OrderRow, Error> {
    let order = app.store.order(id).await?.filter(|order| order.programme == app.programme.id);
    order.filter(|order| principal.reaches(&order.comune)).ok_or(Error::NotFound)
}
