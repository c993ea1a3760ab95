// SPDX-License-Identifier: EUPL-1.2
//! The streaming pass: walks the tables of the schema along the document, checks each text against its form, and hands what
//! matters to the draft. What breaks the schema is a fault; reading goes on, so that every fault is told and no value lost.

use std::ops::Range;

use super::build::Draft;
use super::shape::{Content, Element, Slot};
use super::{FATTURA_SPACES, SIGNATURE, VOCABULARY, ordinary, simplified};
use crate::documents::fault::{Broken, RawFault, ReadErrorKind};
use crate::documents::guard::Limits;
use crate::documents::guard::content;
use crate::documents::guard::tokens::{NO_SPACE, Tag, Tokens};
use crate::domain::invoice::{FormatVersion, Invoice};
use crate::domain::text::Text;

type Step<T> = Result<T, Box<Broken>>;

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
    let mut reading = Reading {
        tokens: Tokens::new(source, &VOCABULARY, limits),
        faults: Vec::new(),
        faults_max: limits.faults,
        draft: std::mem::take(&mut progress.draft),
        invoices: Vec::new(),
    };
    let root = reading.tokens.root()?;
    let is_first = !progress.has_header && progress.bodies == 0;
    let tables = reading.root(&root, is_first)?;
    reading.document(tables, progress)?;
    reading.tokens.finish()?;
    for offset in reading.tokens.take_misplaced() {
        let (it, en) = ("testo o elemento dove non può stare", "text or element where it cannot stand");
        reading.fault(offset, "", Text::new(it, en));
    }
    if is_last {
        reading.missing_in_document(&root, progress);
    }
    progress.draft = reading.draft;
    Ok(Piece { invoices: reading.invoices, faults: reading.faults })
}

struct Reading<'a> {
    tokens: Tokens<'a>,
    faults: Vec<RawFault>,
    faults_max: usize,
    draft: Draft,
    invoices: Vec<Invoice>,
}

impl<'a> Reading<'a> {
    /// Which tables hold, by the root and its version.
    fn root(&mut self, root: &Tag<'a>, is_first: bool) -> Step<&'static [Element]> {
        let version =
            self.tokens.attributes_of(root).find(|(name, _)| *name == "versione").map(|(_, value)| value);
        let version = version.and_then(FormatVersion::from_name);
        let expected = FATTURA_SPACES.iter().find(|(space, _, _)| *space == root.space);
        let Some((_, name, versions)) = expected.filter(|(_, name, _)| *name == root.local) else {
            return Err(not_an_invoice(root));
        };
        if is_first {
            self.attributes(root, version.is_some_and(|version| versions.contains(&version)));
            self.draft.version(version.filter(|version| versions.contains(version)).unwrap_or(versions[0]));
        }
        Ok(if *name == "FatturaElettronica" { ordinary::DOCUMENT } else { simplified::DOCUMENT })
    }

    fn attributes(&mut self, root: &Tag<'a>, is_known_version: bool) {
        if !is_known_version {
            self.fault(root.at, root.local, Text::new("versione sconosciuta", "unknown version"));
        }
        let odd: Vec<String> = self
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
            self.fault(root.at, &name, reason);
        }
    }

    fn document(&mut self, tables: &'static [Element], progress: &mut Progress) -> Step<()> {
        while let Some(tag) = self.tokens.child()? {
            match (tables.iter().find(|element| element.name == tag.local), tag.space) {
                (Some(element), NO_SPACE) => self.part(element, &tag, progress)?,
                (None, SIGNATURE) if tag.local == "Signature" => {
                    progress.is_signed = true;
                    self.tokens.skip()?;
                }
                _ => self.unknown(&tag)?,
            }
        }
        Ok(())
    }

    /// The header or a body.
    fn part(&mut self, element: &'static Element, tag: &Tag<'a>, progress: &mut Progress) -> Step<()> {
        if element.slot == Slot::Body {
            if !progress.has_header && progress.bodies == 0 {
                self.missing(tag.at, "FatturaElettronicaHeader");
            }
            progress.bodies += 1;
            self.draft.begin(progress.bodies);
            self.element(element, tag)?;
            if let Some(invoice) = self.draft.finish() {
                self.invoices.push(invoice);
            }
            return Ok(());
        }
        if progress.has_header || progress.bodies > 0 {
            self.out_of_place(tag);
        }
        progress.has_header = true;
        self.element(element, tag)
    }

    fn missing_in_document(&mut self, root: &Tag<'a>, progress: &Progress) {
        if !progress.has_header && progress.bodies == 0 {
            self.missing(root.at, "FatturaElettronicaHeader");
        }
        if progress.bodies == 0 {
            self.missing(root.at, "FatturaElettronicaBody");
        }
    }

    fn element(&mut self, element: &'static Element, tag: &Tag<'a>) -> Step<()> {
        match element.content {
            Content::Group(inside) => {
                self.draft.enter(element.slot);
                self.group(inside, tag)?;
                self.draft.leave(element.slot);
            }
            Content::Named(inside) => {
                self.draft.enter(element.slot);
                let before = self.draft.names_seen();
                self.group(inside, tag)?;
                if !self.draft.is_named_once(before) {
                    self.missing(tag.at, "Denominazione, oppure Nome e Cognome");
                }
                self.draft.leave(element.slot);
            }
            Content::Value(form) => {
                let raw = self.tokens.text(tag)?;
                let text = content::whole(raw);
                match form.fault(&text) {
                    Some(reason) => {
                        self.fault(tag.at, &text, reason);
                        // What can still be understood is kept: the fault says that it is not written as it should be.
                        let _told = self.draft.value(element.slot, text.trim());
                    }
                    None => {
                        if let Err(reason) = self.draft.value(element.slot, text.trim()) {
                            self.fault(tag.at, &text, reason);
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// The elements inside one, in the order of the table.
    fn group(&mut self, inside: &'static [Element], outer: &Tag<'a>) -> Step<()> {
        // Everything before `next` has passed; `next` itself may come again when it is repeated.
        let (mut next, mut seen) = (0, false);
        while let Some(tag) = self.tokens.child()? {
            if tag.space != NO_SPACE {
                self.unknown(&tag)?;
                continue;
            }
            let from =
                next + usize::from(seen && !inside.get(next).is_some_and(|element| element.is_repeated));
            let found = inside.iter().skip(from).position(|element| element.name == tag.local);
            match found.map(|position| from + position) {
                Some(index) => {
                    let passed = if seen { next + 1 } else { next };
                    self.missing_between(inside, passed..index, outer, tag.local);
                    (next, seen) = (index, true);
                    self.element(&inside[index], &tag)?;
                }
                None => match inside.iter().find(|element| element.name == tag.local) {
                    Some(element) => {
                        self.out_of_place(&tag);
                        self.element(element, &tag)?;
                    }
                    None => self.unknown(&tag)?,
                },
            }
        }
        let passed = if seen { next + 1 } else { next };
        self.missing_between(inside, passed..inside.len(), outer, "");
        Ok(())
    }

    fn missing_between(&mut self, inside: &[Element], passed: Range<usize>, outer: &Tag<'a>, before: &str) {
        for element in inside.get(passed).unwrap_or_default() {
            if element.is_required {
                self.missing_before(outer.at, element.name, before);
            }
        }
    }

    #[cold]
    fn missing_before(&mut self, at: usize, name: &str, before: &str) {
        if before.is_empty() {
            return self.missing(at, name);
        }
        let reason = Text {
            it: format!("manca {name} prima di {before}").into(),
            en: format!("{name} is missing before {before}").into(),
        };
        self.fault(at, "", reason);
    }

    #[cold]
    fn missing(&mut self, at: usize, name: &str) {
        let reason = Text { it: format!("manca {name}").into(), en: format!("{name} is missing").into() };
        self.fault(at, "", reason);
    }

    #[cold]
    fn out_of_place(&mut self, tag: &Tag<'a>) {
        let reason = Text {
            it: format!("{} non può stare qui: è ripetuto o fuori ordine", tag.local).into(),
            en: format!("{} cannot stand here: it is repeated or out of order", tag.local).into(),
        };
        self.fault(tag.at, tag.local, reason);
    }

    #[cold]
    fn unknown(&mut self, tag: &Tag<'a>) -> Step<()> {
        let reason = Text {
            it: format!("{} non è previsto qui", tag.local).into(),
            en: format!("{} is not expected here", tag.local).into(),
        };
        self.fault(tag.at, tag.local, reason);
        self.tokens.skip()
    }

    #[cold]
    fn fault(&mut self, at: usize, value: &str, reason: Text) {
        if self.faults.len() < self.faults_max {
            self.faults.push(RawFault::new(at, value, reason));
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
