// SPDX-License-Identifier: EUPL-1.2
//! Proving what is stored: the store checks itself, and every document is read again as it was at its receipt.

use crate::documents::{Limits, read_order};
use crate::store::read_only::ReadOnlyError;
use crate::store::verify::{Contents, Verified};
use crate::store::{ReadOnlyStore, Store, StoreError};

/// Runs every check on one snapshot of the store.
///
/// # Errors
/// When the store cannot be read at all.
pub async fn verify(store: &Store) -> Result<Verified, StoreError> {
    store.verify(&contents).await
}

/// The same on a store that is only looked at.
///
/// # Errors
/// When the store cannot be read at all, or began to be used meanwhile.
pub async fn verify_read_only(store: &ReadOnlyStore) -> Result<Verified, ReadOnlyError> {
    store.verify(&contents).await
}

/// What a stored document says. Its length was measured when it was received, under the limits of that day. A later reader
/// that reads an old document otherwise is told here, as it should be: hand-over and recheck read stored documents too.
fn contents(bytes: &[u8], media_type: &str) -> Result<Contents, String> {
    let limits = Limits { json_bytes: usize::MAX, xml_bytes: usize::MAX, ..Limits::default() };
    let read = read_order(bytes, Some(media_type), &limits).map_err(|error| error.to_string())?;
    let order = read.order;
    Ok(Contents {
        cup: order.cup().map(ToString::to_string),
        cig: order.cig().map(ToString::to_string),
        supplier: order.supplier.key().unwrap_or_default(),
        number: order.number,
        order_date: order.order_date,
        sent_at: order.sent_at,
        supplier_name: order.supplier.name,
        totals: order.totals,
        own_funds: order.own_funds,
        declarations: order.declarations,
    })
}
