// SPDX-License-Identifier: EUPL-1.2
//! The streaming pass: goes along the tables of a schema and the document together, checks each text against its form, and
//! hands what matters to the draft. What breaks the schema is a fault; reading goes on, so that every fault is told and no
//! value lost.

use std::borrow::Cow;
use std::ops::Range;

use super::form::Form;
use super::{Content, Draft, Element};
use crate::documents::fault::RawFault;
use crate::documents::guard::Limits;
use crate::documents::guard::content;
use crate::documents::guard::tokens::{NO_SPACE, Step, Tag, Tokens, Vocabulary};
use crate::domain::text::Text;

/// A document being walked along.
pub(crate) struct Walk<'a, D> {
    pub(crate) tokens: Tokens<'a>,
    pub(crate) draft: D,
    faults: Vec<RawFault>,
    faults_max: usize,
    /// What ended a run, read already: an element, or the end of the one around it.
    ahead: Option<Option<Tag<'a>>>,
}

/// How far the elements of a table have come.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Row {
    /// Everything before it has passed; it is the first of its alternatives.
    next: usize,
    /// One of its alternatives stood; it may come again when they are repeated.
    seen: bool,
}

impl<'a, D: Draft> Walk<'a, D> {
    pub(crate) fn new(source: &'a str, vocabulary: &'static Vocabulary, limits: &Limits, draft: D) -> Self {
        Self {
            tokens: Tokens::new(source, vocabulary, limits),
            draft,
            faults: Vec::new(),
            faults_max: limits.faults,
            ahead: None,
        }
    }

    /// The draft and what is wrong with the document, once nothing but comments follows its root.
    pub(crate) fn finish(mut self) -> Step<(D, Vec<RawFault>)> {
        self.tokens.finish()?;
        for offset in self.tokens.take_misplaced() {
            let (it, en) = ("testo o elemento dove non può stare", "text or element where it cannot stand");
            self.fault(offset, "", Text::new(it, en));
        }
        Ok((self.draft, self.faults))
    }

    /// The next element inside the one that is open, or nothing when that one ends.
    #[inline]
    pub(crate) fn child(&mut self) -> Step<Option<Tag<'a>>> {
        match self.ahead.take() {
            Some(ahead) => Ok(ahead),
            None => self.tokens.child(),
        }
    }

    /// Reads an element.
    pub(crate) fn element(&mut self, element: &'static Element<D::Slot>, tag: &Tag<'a>) -> Step<()> {
        match element.content {
            Content::Group(inside) => {
                self.draft.enter(element.slot);
                self.group(inside, tag)?;
                self.leave(element.slot, tag);
            }
            Content::Value(form) => self.value(element.slot, form, tag)?,
            Content::Run(form, behind) => {
                self.value(element.slot, form, tag)?;
                self.run(behind, tag)?;
            }
            Content::Anything => {
                self.draft.enter(element.slot);
                self.tokens.skip()?;
                self.leave(element.slot, tag);
            }
        }
        Ok(())
    }

    fn leave(&mut self, slot: D::Slot, tag: &Tag<'a>) {
        if let Err(reason) = self.draft.leave(slot) {
            self.fault(tag.at, "", reason);
        }
    }

    fn value(&mut self, slot: D::Slot, form: Form, tag: &Tag<'a>) -> Step<()> {
        let text = match self.tokens.literal()? {
            Some(text) => Cow::Borrowed(text),
            None => content::whole(self.tokens.written(tag)?),
        };
        match form.fault(&text) {
            Some(reason) => {
                self.fault(tag.at, &text, reason);
                // What can still be understood is kept: the fault says that it is not written as it should be.
                let _told = self.draft.value(slot, content::trimmed(&text));
            }
            None => {
                if let Err(reason) = self.draft.value(slot, content::trimmed(&text)) {
                    self.fault(tag.at, &text, reason);
                }
            }
        }
        Ok(())
    }

    /// The elements inside one, in the order of the table.
    fn group(&mut self, inside: &'static [Element<D::Slot>], outer: &Tag<'a>) -> Step<()> {
        let mut row = Row::default();
        loop {
            let from = row.from(inside);
            let names = inside.iter().skip(from).map(|element| element.name);
            if self.ahead.is_none()
                && let Some((place, tag)) = self.tokens.plain_child(names)
            {
                self.found(inside, &mut row, from + place, &tag, outer)?;
            } else if let Some(tag) = self.child()? {
                self.place(inside, &mut row, &tag, outer)?;
            } else {
                self.end(inside, row, outer, "");
                return Ok(());
            }
        }
    }

    /// The elements that follow one as its siblings: they end with the first that the table does not know.
    fn run(&mut self, behind: &'static [Element<D::Slot>], head: &Tag<'a>) -> Step<()> {
        let mut row = Row::default();
        loop {
            match self.child()? {
                Some(tag) if tag.space == NO_SPACE && behind.iter().any(|one| one.name == tag.local) => {
                    self.place(behind, &mut row, &tag, head)?;
                }
                other => {
                    self.end(behind, row, head, other.map_or("", |tag| tag.local));
                    self.ahead = Some(other);
                    return Ok(());
                }
            }
        }
    }

    /// Reads the next element by a table that has come so far.
    pub(crate) fn place(
        &mut self,
        inside: &'static [Element<D::Slot>],
        row: &mut Row,
        tag: &Tag<'a>,
        outer: &Tag<'a>,
    ) -> Step<()> {
        if tag.space != NO_SPACE {
            return self.unknown(tag);
        }
        let from = row.from(inside);
        let found = inside.iter().skip(from).position(|element| element.name == tag.local);
        if let Some(place) = found {
            return self.found(inside, row, from + place, tag, outer);
        }
        match inside.iter().find(|element| element.name == tag.local) {
            Some(element) => {
                self.out_of_place(tag);
                self.element(element, tag)
            }
            None => self.unknown(tag),
        }
    }

    /// Reads the next element, which stands in the table where one is expected.
    fn found(
        &mut self,
        inside: &'static [Element<D::Slot>],
        row: &mut Row,
        index: usize,
        tag: &Tag<'a>,
        outer: &Tag<'a>,
    ) -> Step<()> {
        let first = first_of(inside, index);
        let passed = row.passed(inside)..first;
        if !passed.is_empty() {
            self.missing_between(inside, passed, outer, tag.local);
        }
        *row = Row { next: first, seen: true };
        self.element(&inside[index], tag)
    }

    /// Tells what is missing at the end of a table, before an element that follows it.
    pub(crate) fn end(
        &mut self,
        inside: &'static [Element<D::Slot>],
        row: Row,
        outer: &Tag<'a>,
        before: &str,
    ) {
        self.missing_between(inside, row.passed(inside)..inside.len(), outer, before);
    }

    fn missing_between(
        &mut self,
        inside: &[Element<D::Slot>],
        passed: Range<usize>,
        outer: &Tag<'a>,
        before: &str,
    ) {
        let (start, passed) = (passed.start, inside.get(passed).unwrap_or_default());
        for (index, element) in (start..).zip(passed) {
            if element.is_required && first_of(inside, index) == index {
                let it = names(inside, index, ", oppure ", " e ");
                let en = names(inside, index, ", or ", " and ");
                self.missing_before(outer.at, Text { it: it.into(), en: en.into() }, before);
            }
        }
    }

    #[cold]
    fn missing_before(&mut self, at: usize, name: Text, before: &str) {
        let Text { it, en } = name;
        let (behind_it, behind_en) = match before {
            "" => (String::new(), String::new()),
            _ => (format!(" prima di {before}"), format!(" before {before}")),
        };
        let reason = Text {
            it: format!("manca {it}{behind_it}").into(),
            en: format!("{en} is missing{behind_en}").into(),
        };
        self.fault(at, "", reason);
    }

    #[cold]
    pub(crate) fn missing(&mut self, at: usize, name: &'static str) {
        self.missing_before(at, Text::new(name, name), "");
    }

    #[cold]
    pub(crate) fn out_of_place(&mut self, tag: &Tag<'a>) {
        let reason = Text {
            it: format!("{} non può stare qui: è ripetuto o fuori ordine", tag.local).into(),
            en: format!("{} cannot stand here: it is repeated or out of order", tag.local).into(),
        };
        self.fault(tag.at, tag.local, reason);
    }

    #[cold]
    pub(crate) fn unknown(&mut self, tag: &Tag<'a>) -> Step<()> {
        let reason = Text {
            it: format!("{} non è previsto qui", tag.local).into(),
            en: format!("{} is not expected here", tag.local).into(),
        };
        self.fault(tag.at, tag.local, reason);
        self.draft.passed_over(tag.local);
        self.tokens.skip()
    }

    #[cold]
    pub(crate) fn fault(&mut self, at: usize, value: &str, reason: Text) {
        if self.faults.len() < self.faults_max {
            self.faults.push(RawFault::new(at, value, reason));
        }
    }
}

impl Row {
    /// Where in the table the next element is looked for: what stood last may come again when it is repeated.
    #[inline]
    fn from<S>(self, inside: &[Element<S>]) -> usize {
        let is_repeated = self.seen && inside.get(self.next).is_some_and(|element| element.is_repeated);
        if is_repeated { self.next } else { self.passed(inside) }
    }

    /// Everything before it has passed.
    #[inline]
    fn passed<S>(self, inside: &[Element<S>]) -> usize {
        let mut next = self.next;
        if self.seen {
            while inside.get(next).is_some_and(|element| element.or_next) {
                next += 1;
            }
            next += 1;
        }
        next
    }
}

/// The first of the alternatives that one belongs to.
#[inline]
fn first_of<S>(inside: &[Element<S>], mut index: usize) -> usize {
    while index > 0 && inside.get(index - 1).is_some_and(|element| element.or_next) {
        index -= 1;
    }
    index
}

/// The alternatives that begin here, by name: `Denominazione, oppure Nome e Cognome`.
#[cold]
fn names<S>(inside: &[Element<S>], first: usize, or: &str, and: &str) -> String {
    let mut names = String::new();
    for element in inside.iter().skip(first) {
        names.push_str(element.name);
        if let Content::Run(_, behind) = element.content {
            let is_alone = |index: usize| !behind[index].or_next && first_of(behind, index) == index;
            for (_, follower) in
                behind.iter().enumerate().filter(|(index, one)| one.is_required && is_alone(*index))
            {
                names.push_str(and);
                names.push_str(follower.name);
            }
        }
        if !element.or_next {
            break;
        }
        names.push_str(or);
    }
    names
}
