// SPDX-License-Identifier: EUPL-1.2
//! Documents of the OPI as they pass through SIOPE+: orders of payment, what became of them, the bank's journal. One reader
//! for versions 1.7.1 and 1.6.1: what only one of them has is taken. `shape` and the tables in `flow`, `messages` and
//! `journal` are the schema, `build` puts together what is read.
//!
//! What breaks the schema is told, and what could be read is kept all the same. But an order, an outcome or a movement of which
//! something that matters cannot be read is left out whole and counted: no sum is made of half an order.

use super::fault::{Broken, DocumentFault, ReadError, ReadErrorKind};
use super::guard::place::placed;
use super::guard::tokens::{FOREIGN_SPACE, NO_SPACE, Step, Tag, Tokens, Vocabulary};
use super::guard::{Limits, body_within, charset};
use super::schema::Draft;
use super::schema::walk::{Row, Walk};
use crate::domain::opi::OpiKind;
use crate::domain::payment::{AckMessage, JournalPage, OutcomeMessage, PaymentFlow};
use crate::domain::text::Text;

mod build;
mod flow;
mod journal;
mod messages;
mod shape;

use build::{AckDraft, FlowDraft, JournalDraft, OutcomeDraft};
use shape::{Element, Slot};

/// Namespace of signatures; nothing else has one.
const SIGNATURE: u8 = 0;

const _: () = assert!(SIGNATURE < FOREIGN_SPACE);

/// A flow of hundreds of orders has more nodes than an order of goods.
const NODES: u32 = 4;

/// The names that matter. Paths are written without prefixes.
static VOCABULARY: Vocabulary = Vocabulary {
    spaces: &[("http://www.w3.org/2000/09/xmldsig#", "ds")],
    attributes: &[],
    repeated: &[
        "mandato",
        "reversale",
        "informazioni_beneficiario",
        "classificazione",
        "codice_cig_siope",
        "motivo_esclusione_cig_siope",
        "fattura_siope",
        "ritenute",
        "esito_mandati",
        "esito_reversali",
        "lista_errori",
        "errore",
        "warning",
        "informazioni_conto_evidenza",
        "movimento_conto_evidenza",
    ],
};

/// A document that could be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpiFile {
    /// What it says.
    pub document: OpiDocument,
    /// Where it breaks its schema, in document order. What is passed over (budget, stamps, addresses, reversali, the inside of
    /// signatures) is not looked at.
    pub faults: Vec<DocumentFault>,
    /// How many signatures it carries. None is no fault: who fetched it knows from whom.
    pub signatures: u32,
}

/// What a document says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum OpiDocument {
    /// Orders (`flusso_ordinativi`).
    Flow(PaymentFlow),
    /// What the bank did with orders (`messaggi_esito_applicativo`).
    Outcomes(OutcomeMessage),
    /// A page of the bank's journal (`flusso_giornale_di_cassa`).
    Journal(JournalPage),
    /// What SIOPE+ found of a flow (`messaggio_ack_siope`).
    Ack(AckMessage),
}

/// Reads a document of any of the four kinds.
///
/// # Errors
/// What is not well formed, another kind of document, beyond the limits, or without what tells whose it is and of when. What
/// only breaks the schema is among the faults.
pub fn read_opi(bytes: &[u8], limits: &Limits) -> Result<OpiFile, ReadError> {
    super::must_be_xml(bytes, limits)?;
    let limits = Limits { nodes: limits.nodes.saturating_mul(NODES), ..*limits };
    let told = |broken: Box<Broken>| told(&String::from_utf8_lossy(bytes), &limits, *broken);
    body_within(bytes, limits.xml_bytes).map_err(told)?;
    let text = charset::xml_text(bytes).map_err(told)?;
    read_text(&text, &limits)
}

fn read_text(text: &str, limits: &Limits) -> Result<OpiFile, ReadError> {
    let kind = kind(text, limits).map_err(|broken| told(text, limits, *broken))?;
    match kind {
        OpiKind::Flow => read(text, limits, kind, flow::DOCUMENT, FlowDraft::finish, OpiDocument::Flow),
        OpiKind::Outcome => {
            read(text, limits, kind, messages::OUTCOME, OutcomeDraft::finish, OpiDocument::Outcomes)
        }
        OpiKind::Journal => {
            read(text, limits, kind, journal::DOCUMENT, JournalDraft::finish, OpiDocument::Journal)
        }
        OpiKind::Ack => read(text, limits, kind, messages::ACK, AckDraft::finish, OpiDocument::Ack),
    }
}

/// Which kind of document it is, by its root.
fn kind(text: &str, limits: &Limits) -> Step<OpiKind> {
    let root = Tokens::new(text, &VOCABULARY, limits).root()?;
    let named = OpiKind::ALL.into_iter().find(|kind| kind.root() == root.local);
    named.filter(|_| root.space == NO_SPACE).ok_or_else(|| {
        let reason = if named.is_some() {
            Text::new(
                "la radice di un documento OPI non ha namespace",
                "the root of an OPI document has no namespace",
            )
        } else {
            Text::new(
                "l'elemento radice non è di un documento OPI (flusso, esito, giornale di cassa, ack)",
                "the root element is not of an OPI document (flow, outcome, journal, ack)",
            )
        };
        Broken::new(ReadErrorKind::NotThisKind, root.at, root.local, reason)
    })
}

fn read<D: Draft<Slot = Slot> + Default, T>(
    text: &str,
    limits: &Limits,
    kind: OpiKind,
    tables: &'static [Element],
    finish: fn(D) -> Option<T>,
    wrap: fn(T) -> OpiDocument,
) -> Result<OpiFile, ReadError> {
    let mut walk = Walk::new(text, &VOCABULARY, limits, D::default());
    let read = document(&mut walk, kind, tables).and_then(|signatures| Ok((signatures, walk.finish()?)));
    let (signatures, (draft, faults)) = read.map_err(|broken| told(text, limits, *broken))?;
    let mut faults = placed(text, &VOCABULARY, limits, faults);
    match finish(draft) {
        Some(read) => Ok(OpiFile { document: wrap(read), faults, signatures }),
        None => {
            if faults.is_empty() {
                faults.push(super::whole_document(Text::new(
                    "il documento è incompleto",
                    "the document is incomplete",
                )));
            }
            Err(ReadError { kind: ReadErrorKind::Invalid, faults })
        }
    }
}

/// The root: what the table says, and signatures in front of it or behind it.
fn document<D: Draft<Slot = Slot>>(
    walk: &mut Walk<'_, D>,
    kind: OpiKind,
    tables: &'static [Element],
) -> Step<u32> {
    let root = walk.tokens.root()?;
    let (mut row, mut signatures, mut has_content) = (Row::default(), Signatures::default(), false);
    while let Some(tag) = walk.child()? {
        if tag.space == SIGNATURE && tag.local == "Signature" && kind != OpiKind::Ack {
            if let Some(wrong) = signatures.add(tag, has_content, kind == OpiKind::Flow) {
                walk.out_of_place(&wrong);
            }
            walk.tokens.skip()?;
        } else {
            if let Some(wrong) = signatures.behind.take() {
                walk.out_of_place(&wrong);
            }
            has_content = true;
            walk.place(tables, &mut row, &tag, &root)?;
        }
    }
    walk.end(tables, row, &root, "");
    Ok(signatures.count)
}

/// Where signatures stood so far.
#[derive(Default)]
struct Signatures<'a> {
    count: u32,
    is_in_front: bool,
    /// The first behind the content, as long as no content follows it.
    behind: Option<Tag<'a>>,
}

impl<'a> Signatures<'a> {
    /// Takes the next one; answers with it when it cannot stand there.
    fn add(&mut self, tag: Tag<'a>, has_content: bool, may_be_many: bool) -> Option<Tag<'a>> {
        self.count = self.count.saturating_add(1);
        let is_again = self.count > 1 && (!may_be_many || (has_content && self.is_in_front));
        if has_content {
            self.behind.get_or_insert(tag);
        } else {
            self.is_in_front = true;
        }
        is_again.then_some(tag)
    }
}

fn told(source: &str, limits: &Limits, broken: Broken) -> ReadError {
    ReadError { kind: broken.kind, faults: placed(source, &VOCABULARY, limits, vec![broken.fault]) }
}
