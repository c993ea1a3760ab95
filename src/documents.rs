// SPDX-License-Identifier: EUPL-1.2
//! Readers that turn foreign bytes into domain values. Bytes in, values or faults out: no I/O, no store, no rule of the
//! programme. Nothing here may panic, whatever it is given.

use crate::domain::finding::Finding;
use crate::domain::order::Order;

pub mod fault;
pub mod guard;
pub mod ubl;

pub use fault::{DocumentFault, ReadError, ReadErrorKind};
pub use guard::Limits;

/// By what habit a document was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Profile {
    /// The gateway's own JSON.
    Json,
    /// UBL as downloaded from Acquistinretepa, or any UBL order that names no network.
    MepaDownload,
    /// Peppol BIS Order 3.
    Peppol,
    /// Peppol with the AgID restriction, as NSO takes it.
    Nso,
}

/// An order that could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadOrder {
    /// What the document says.
    pub order: Order,
    /// What the rules of its format found.
    pub format_findings: Vec<Finding>,
    /// By what habit it was written.
    pub profile: Profile,
}

/// Reads an order of any language.
///
/// # Errors
/// Every fault found, with its place.
pub fn read_order(bytes: &[u8], _media_type: Option<&str>, limits: &Limits) -> Result<ReadOrder, ReadError> {
    let text = ubl::text_of(bytes, limits)?;
    ubl::read_order(&text, limits)
}
