// SPDX-License-Identifier: EUPL-1.2
//! A document, or a piece of one: its root with the version it follows, and the header and bodies in it.

use super::build::Draft;
use super::shape::{Element, Slot};
use super::{FATTURA_SPACES, SIGNATURE, VOCABULARY, ordinary, simplified};
use crate::documents::fault::{Broken, RawFault, ReadErrorKind};
use crate::documents::guard::Limits;
use crate::documents::guard::tokens::{NO_SPACE, Step, Tag};
use crate::documents::schema::walk::Walk;
use crate::domain::invoice::{FormatVersion, Invoice};
use crate::domain::text::Text;

/// What was read of the document so far; a large one is read in pieces.
#[derive(Debug, Default, Clone)]
pub(super) struct Progress {
    pub(super) draft: Draft,
    pub(super) has_header: bool,
    pub(super) bodies: u32,
    pub(super) is_signed: bool,
}

/// What one piece held.
pub(super) struct Piece {
    pub(super) invoices: Vec<Invoice>,
    pub(super) faults: Vec<RawFault>,
}

/// Reads a document, or a piece of it that has the root of the whole around it.
pub(super) fn piece(source: &str, limits: &Limits, progress: &mut Progress, is_last: bool) -> Step<Piece> {
    let draft = std::mem::take(&mut progress.draft);
    let mut reading = Reading { walk: Walk::new(source, &VOCABULARY, limits, draft), invoices: Vec::new() };
    let root = reading.walk.tokens.root()?;
    let is_first = !progress.has_header && progress.bodies == 0;
    let tables = reading.root(&root, is_first)?;
    reading.document(tables, progress)?;
    if is_last {
        reading.missing_in_document(&root, progress);
    }
    let (draft, faults) = reading.walk.finish()?;
    progress.draft = draft;
    Ok(Piece { invoices: reading.invoices, faults })
}

struct Reading<'a> {
    walk: Walk<'a, Draft>,
    invoices: Vec<Invoice>,
}

impl<'a> Reading<'a> {
    /// Which tables hold, by the root and its version.
    fn root(&mut self, root: &Tag<'a>, is_first: bool) -> Step<&'static [Element]> {
        let version = self
            .walk
            .tokens
            .attributes_of(root)
            .find(|(name, _)| *name == "versione")
            .map(|(_, value)| value);
        let version = version.and_then(FormatVersion::from_name);
        let expected = FATTURA_SPACES.iter().find(|(space, _, _)| *space == root.space);
        let Some((_, name, versions)) = expected.filter(|(_, name, _)| *name == root.local) else {
            return Err(not_an_invoice(root));
        };
        if is_first {
            self.attributes(root, version.is_some_and(|version| versions.contains(&version)));
            self.walk
                .draft
                .version(version.filter(|version| versions.contains(version)).unwrap_or(versions[0]));
        }
        Ok(if *name == "FatturaElettronica" { ordinary::DOCUMENT } else { simplified::DOCUMENT })
    }

    fn attributes(&mut self, root: &Tag<'a>, is_known_version: bool) {
        if !is_known_version {
            self.walk.fault(root.at, root.local, Text::new("versione sconosciuta", "unknown version"));
        }
        let odd: Vec<String> = self
            .walk
            .tokens
            .attributes_of(root)
            .filter(|(name, _)| {
                let is_sender = *name == "SistemaEmittente" && root.space != super::V1_1;
                !(is_sender || *name == "versione" || name.starts_with("xmlns") || name.starts_with("xsi:"))
            })
            .map(|(name, _)| name.to_owned())
            .collect();
        for name in odd {
            let reason = Text {
                it: format!("l'attributo {name} non è ammesso").into(),
                en: format!("the attribute {name} is not allowed").into(),
            };
            self.walk.fault(root.at, &name, reason);
        }
    }

    fn document(&mut self, tables: &'static [Element], progress: &mut Progress) -> Step<()> {
        while let Some(tag) = self.walk.child()? {
            match (tables.iter().find(|element| element.name == tag.local), tag.space) {
                (Some(element), NO_SPACE) => self.part(element, &tag, progress)?,
                (None, SIGNATURE) if tag.local == "Signature" => {
                    progress.is_signed = true;
                    self.walk.tokens.skip()?;
                }
                _ => self.walk.unknown(&tag)?,
            }
        }
        Ok(())
    }

    /// The header or a body.
    fn part(&mut self, element: &'static Element, tag: &Tag<'a>, progress: &mut Progress) -> Step<()> {
        if element.slot == Slot::Body {
            if !progress.has_header && progress.bodies == 0 {
                self.walk.missing(tag.at, "FatturaElettronicaHeader");
            }
            progress.bodies += 1;
            self.walk.draft.begin(progress.bodies);
            self.walk.element(element, tag)?;
            if let Some(invoice) = self.walk.draft.finish() {
                self.invoices.push(invoice);
            }
            return Ok(());
        }
        if progress.has_header || progress.bodies > 0 {
            self.walk.out_of_place(tag);
        }
        progress.has_header = true;
        self.walk.element(element, tag)
    }

    fn missing_in_document(&mut self, root: &Tag<'a>, progress: &Progress) {
        if !progress.has_header && progress.bodies == 0 {
            self.walk.missing(root.at, "FatturaElettronicaHeader");
        }
        if progress.bodies == 0 {
            self.walk.missing(root.at, "FatturaElettronicaBody");
        }
    }
}

#[cold]
fn not_an_invoice(root: &Tag<'_>) -> Box<Broken> {
    let is_named_so = FATTURA_SPACES.iter().any(|(_, name, _)| *name == root.local);
    let reason = if is_named_so {
        Text::new(
            "il namespace della radice non è quello di una FatturaElettronica (1.2, 1.1 o semplificata)",
            "the namespace of the root is not that of a FatturaElettronica (1.2, 1.1 or simplified)",
        )
    } else {
        Text::new(
            "l'elemento radice non è una FatturaElettronica (1.2, 1.1 o semplificata)",
            "the root element is not a FatturaElettronica (1.2, 1.1 or simplified)",
        )
    };
    Broken::new(ReadErrorKind::NotThisKind, root.at, root.local, reason)
}
