// SPDX-License-Identifier: EUPL-1.2
//! FatturaPA invoices: 1.2.x, 1.1 and simplified, one invoice or a *lotto* of many, in one streaming pass. `shape` and its
//! tables are the schema, `read` goes along the document, `build` puts invoices together, `pieces` cuts what is large.
//!
//! What breaks the schema is told and what could be read is kept all the same: archives are full of documents that a strict
//! reader would lose, and a person has to see what an invoice says before it is refused.

use std::io::{self, Read};
use std::sync::Arc;

use super::fault::{Broken, DocumentFault, ReadError, ReadErrorKind};
use super::guard::place::placed;
use super::guard::tokens::{FOREIGN_SPACE, Vocabulary};
use super::guard::{Limits, charset};
use crate::domain::invoice::{FormatVersion, Header, Invoice};
use crate::domain::text::Text;

mod build;
mod ordinary;
mod pieces;
mod read;
mod shape;
mod simplified;

/// Namespace of the ordinary invoice, 1.2.x.
const V1_2: u8 = 0;
/// Namespace of the ordinary invoice, 1.1.
const V1_1: u8 = 1;
/// Namespace of the simplified invoice.
const SIMPLIFIED: u8 = 2;
/// Namespace of signatures.
const SIGNATURE: u8 = 3;

const _: () = assert!(SIGNATURE < FOREIGN_SPACE);

/// The root of each namespace, and the versions it may have.
const FATTURA_SPACES: &[(u8, &str, &[FormatVersion])] = &[
    (V1_2, "FatturaElettronica", &[FormatVersion::Fpa12, FormatVersion::Fpr12]),
    (V1_1, "FatturaElettronica", &[FormatVersion::V11]),
    (SIMPLIFIED, "FatturaElettronicaSemplificata", &[FormatVersion::Fsm10]),
];

/// The names that matter in an invoice. Paths are written without prefixes.
static VOCABULARY: Vocabulary = Vocabulary {
    spaces: &[
        ("http://ivaservizi.agenziaentrate.gov.it/docs/xsd/fatture/v1.2", ""),
        ("http://www.fatturapa.gov.it/sdi/fatturapa/v1.1", ""),
        ("http://ivaservizi.agenziaentrate.gov.it/docs/xsd/fatture/v1.0", ""),
        ("http://www.w3.org/2000/09/xmldsig#", "ds"),
    ],
    attributes: &[],
    repeated: &[
        "FatturaElettronicaBody",
        "DatiOrdineAcquisto",
        "DatiContratto",
        "DatiConvenzione",
        "DatiRicezione",
        "DatiFattureCollegate",
        "DettaglioLinee",
        "DatiRiepilogo",
        "DettaglioPagamento",
        "CodiceArticolo",
        "ScontoMaggiorazione",
        "AltriDatiGestionali",
        "Allegati",
    ],
};

/// A file of invoices that could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct InvoiceFile {
    /// What all of them share.
    pub header: Arc<Header>,
    /// The invoices, in document order. One that has no kind, date or number is left out, and a fault tells it.
    pub invoices: Vec<Invoice>,
    /// Where the document breaks its schema, in document order.
    pub faults: Vec<DocumentFault>,
    /// How many bodies the document has.
    pub bodies: u32,
    /// Whether it carries a signature inside (XAdES).
    pub is_signed: bool,
}

/// Why a stream could not be read to its end.
#[derive(Debug, thiserror::Error)]
pub enum StreamError {
    /// The source gave up.
    #[error("the document cannot be read")]
    Io(#[from] io::Error),
    /// The document is no invoice, or not well formed.
    #[error(transparent)]
    Document(#[from] ReadError),
}

/// Reads a whole document.
///
/// # Errors
/// What is not well formed, not an invoice, or beyond the limits. What only breaks the schema is among the faults.
pub fn read_invoices(bytes: &[u8], limits: &Limits) -> Result<InvoiceFile, ReadError> {
    if bytes.len() <= pieces::PIECE.min(limits.xml_bytes) {
        return read_whole(bytes, &widened(limits));
    }
    let mut invoices = Vec::new();
    match stream_invoices(bytes, limits, |invoice| invoices.push(invoice)) {
        Ok(file) => Ok(InvoiceFile { invoices, ..file }),
        Err(StreamError::Document(error)) => Err(error),
        Err(StreamError::Io(error)) => unreachable_io(&error),
    }
}

/// Reads a document that is one piece, where it lies.
fn read_whole(bytes: &[u8], limits: &Limits) -> Result<InvoiceFile, ReadError> {
    let text =
        charset::xml_text(bytes).map_err(|broken| told(&charset::lossy_text(bytes), limits, *broken))?;
    let mut progress = read::Progress::default();
    let piece = read::piece(&text, limits, &mut progress, true);
    let piece = piece.map_err(|broken| told(&text, limits, *broken))?;
    Ok(InvoiceFile {
        header: progress.draft.shared(),
        invoices: piece.invoices,
        faults: placed(&text, &VOCABULARY, limits, piece.faults),
        bodies: progress.bodies,
        is_signed: progress.is_signed,
    })
}

/// A lot of thousands of lines has more nodes than an order, and an attachment is one long text.
fn widened(limits: &Limits) -> Limits {
    Limits { nodes: limits.nodes.saturating_mul(8), text_bytes: limits.xml_bytes, ..*limits }
}

/// Reading from memory cannot fail.
#[cold]
fn unreachable_io(error: &io::Error) -> Result<InvoiceFile, ReadError> {
    let reason = Text { it: error.to_string().into(), en: error.to_string().into() };
    let fault = DocumentFault { line: 1, column: 1, pointer: String::new(), value: String::new(), reason };
    Err(ReadError { kind: ReadErrorKind::Malformed, faults: vec![fault] })
}

/// Reads a document from a stream, holding a few of its invoices at a time; each is handed over as soon as it is read. The
/// answer has none of them.
///
/// # Errors
/// As [`read_invoices`], and when the source fails. Invoices handed over before stay read.
pub fn stream_invoices(
    source: impl Read,
    limits: &Limits,
    mut take: impl FnMut(Invoice),
) -> Result<InvoiceFile, StreamError> {
    let limits = widened(limits);
    let mut pieces = pieces::Pieces::new(source, &limits);
    let mut faults = Vec::new();
    while let Some(piece) = pieces.next_piece()? {
        piece.invoices.into_iter().for_each(&mut take);
        faults.extend(piece.faults.into_iter().take(limits.faults - faults.len()));
    }
    let mut progress = pieces.into_progress();
    Ok(InvoiceFile {
        header: progress.draft.shared(),
        invoices: Vec::new(),
        faults,
        bodies: progress.bodies,
        is_signed: progress.is_signed,
    })
}

fn told(source: &str, limits: &Limits, broken: Broken) -> ReadError {
    ReadError { kind: broken.kind, faults: placed(source, &VOCABULARY, limits, vec![broken.fault]) }
}
