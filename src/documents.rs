// SPDX-License-Identifier: EUPL-1.2
//! Readers that turn foreign bytes into domain values. Bytes in, values or faults out: no I/O, no store, no rule of the
//! programme. Nothing here may panic, whatever it is given.

use crate::domain::declaration::Declaration;
use crate::domain::finding::Finding;
use crate::domain::order::Order;
use crate::domain::text::{Bilingual, Text};

mod amounts;
mod dates;
pub mod fatturapa;
pub mod fault;
pub mod guard;
mod json;
pub mod opi;
mod schema;
mod sdi_metadata;
pub mod signed;
mod sniff;
pub mod ubl;

use fatturapa::InvoiceFile;
pub use fault::{DocumentFault, ReadError, ReadErrorKind};
pub use guard::Limits;
pub use sdi_metadata::{SdiMetadata, read_sdi_metadata};
use signed::{EnvelopeError, Opened, Signature};
pub use sniff::{DocumentKind, sniff};
pub use ubl::write::{HandOver, write_ubl};

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

/// Media type of the gateway's JSON.
const JSON: &str = "application/json";
/// Media type of XML.
const XML: &str = "application/xml";

impl ReadOrder {
    /// Media type of the document, as kept.
    pub const fn media_type(&self) -> &'static str {
        match self.profile {
            Profile::Json => JSON,
            Profile::MepaDownload | Profile::Peppol | Profile::Nso => XML,
        }
    }
}

/// Reads an order of any language. What it is, its content says; an announced media type must agree.
///
/// # Errors
/// Every fault found, with its place.
pub fn read_order(bytes: &[u8], media_type: Option<&str>, limits: &Limits) -> Result<ReadOrder, ReadError> {
    let is_json = matches!(sniff(bytes), DocumentKind::OrderJson);
    let agrees = media_type.is_none_or(|announced| (announced == JSON) == is_json);
    match (agrees, is_json) {
        (true, true) => json::read_order(bytes, limits),
        (true, false) => {
            must_be_xml(bytes, limits)?;
            let text = ubl::text_of(bytes, limits)?;
            ubl::read_order(&text, limits)
        }
        (false, _) => Err(another_kind(media_type.unwrap_or_default())),
    }
}

/// Reads the body of `POST /orders/{id}/declarations`.
///
/// # Errors
/// Every fault found, with its place.
pub fn read_declarations(bytes: &[u8], limits: &Limits) -> Result<Vec<Declaration>, ReadError> {
    json::read_declarations(bytes, limits)
}

/// A file of invoices as it was delivered, taken out of its signatures.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SignedInvoices {
    /// The invoices.
    pub file: InvoiceFile,
    /// Every signature, around the document and inside it.
    pub signatures: Vec<Signature>,
}

/// Reads a file of invoices, whatever was put around it: nothing, base64, one or more signed envelopes.
///
/// # Errors
/// An envelope that cannot be opened, and what [`fatturapa::read_invoices`] refuses.
pub fn read_invoices(bytes: &[u8], limits: &Limits) -> Result<SignedInvoices, ReadError> {
    read_opened_invoices(&opened(bytes, limits)?, limits)
}

/// The same, of what was taken out of its envelopes already.
///
/// # Errors
/// What [`fatturapa::read_invoices`] refuses.
pub fn read_opened_invoices(opened: &Opened<'_>, limits: &Limits) -> Result<SignedInvoices, ReadError> {
    let content = &*opened.content;
    must_be_xml(content, limits)?;
    let file = fatturapa::read_invoices(content, limits)?;
    let mut signatures = opened.signatures.clone();
    if file.is_signed {
        let text = guard::charset::xml_text(content);
        signatures.extend(text.map(|text| signed::xml_signatures(&text)).unwrap_or_default());
    }
    Ok(SignedInvoices { file, signatures })
}

/// Takes a document out of its envelopes.
///
/// # Errors
/// An envelope that cannot be opened, with the reason.
pub fn opened<'a>(bytes: &'a [u8], limits: &Limits) -> Result<Opened<'a>, ReadError> {
    signed::open(bytes, limits.xml_bytes).map_err(|error| {
        let kind = match error {
            EnvelopeError::TooBig { .. } | EnvelopeError::TooDeep => ReadErrorKind::TooBig,
            _ => ReadErrorKind::Malformed,
        };
        ReadError { kind, faults: vec![whole_document(error.text())] }
    })
}

/// Who hands in a PDF is told so, and not at which byte it breaks the grammar of XML. What is too big is not looked at: its
/// reader says so.
fn must_be_xml(bytes: &[u8], limits: &Limits) -> Result<(), ReadError> {
    let Some(kind) = sniff::foreign_kind(bytes).filter(|_| bytes.len() <= limits.xml_bytes) else {
        return Ok(());
    };
    let is_empty = bytes.iter().all(u8::is_ascii_whitespace);
    let error = if is_empty { ReadErrorKind::Malformed } else { ReadErrorKind::NotThisKind };
    Err(ReadError { kind: error, faults: vec![whole_document(kind)] })
}

/// A fault of the document as a whole.
fn whole_document(reason: Text) -> DocumentFault {
    DocumentFault { line: 1, column: 1, pointer: String::new(), value: String::new(), reason }
}

fn another_kind(announced: &str) -> ReadError {
    let reason = Text {
        it: format!("il contenuto non è {announced}").into(),
        en: format!("the content is not {announced}").into(),
    };
    ReadError { kind: ReadErrorKind::NotThisKind, faults: vec![whole_document(reason)] }
}
