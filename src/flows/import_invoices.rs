// SPDX-License-Identifier: EUPL-1.2
//! Taking in one file of invoices on behalf of whoever runs the machine: whose it is, its buyer says.

use std::sync::Arc;

use crate::app::App;
use crate::domain::sdi::SdiId;
use crate::domain::sha256::sha256;
use crate::domain::text::Text;
use crate::error::Error;
use crate::flows::take_invoices::{Arrival, Delivery, TakenIn, take_in};
use crate::store::audit::Actor;
use crate::store::invoices::Origin;

const NOT_OURS: Text =
    Text::new("il committente non è un Comune del programma", "the buyer is not a Comune of the programme");

/// Takes a file in.
///
/// # Errors
/// [`Error::Unreadable`] when it is no file of invoices or breaks its schema; [`Error::Conflict`] when its buyer is not a
/// Comune of the programme, or another Comune took it in; the store's.
pub async fn import_file(
    app: &Arc<App>,
    name: String,
    bytes: &[u8],
    sdi_id: Option<SdiId>,
) -> Result<TakenIn, Error> {
    let (sha256, origin) = (sha256(bytes), Origin::Import);
    let delivery =
        Delivery::read(app, Arrival { bytes, sha256, file_name: Some(name), origin, sdi_id })?.valid()?;
    let comune = delivery.comune(app).ok_or(Error::Conflict(NOT_OURS))?;
    let (shared, at) = (Arc::clone(app), app.clock.now());
    let written = app.store.write(move |tx| {
        Box::pin(async move {
            if tx.participation(&shared.programme.id, &comune).await?.is_none() {
                return Ok(Err(Error::Conflict(NOT_OURS)));
            }
            match take_in(&shared, tx, delivery, &comune, Actor::operator(), at).await {
                Err(Error::Store(error)) => Err(error),
                done => Ok(done),
            }
        })
    });
    written.await?
}
