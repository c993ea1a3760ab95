// SPDX-License-Identifier: EUPL-1.2
//! Pulls elements out of a document one by one, with every limit of [`Limits`] held, tags matched and namespaces resolved.
//! Everything is borrowed and nothing is allocated per element. Readers descend with [`Tokens::child`], [`Tokens::text`]
//! and [`Tokens::skip`].
//!
//! The scanner is our own because it does in one pass what a general one leaves to a second: names and attributes are
//! checked, prefixes resolved, references restricted. Tests hold it against quick-xml on whole and mutilated documents.

use super::Limits;
use super::scan::Bytes;
use crate::documents::fault::Broken;

#[cfg(test)]
mod oracle;
#[cfg(test)]
mod shortcuts;
mod tags;
mod trouble;

/// Number of the namespace that is no namespace.
pub(crate) const NO_SPACE: u8 = u8::MAX - 1;
/// Number of every namespace that the vocabulary does not know.
pub(crate) const FOREIGN_SPACE: u8 = u8::MAX;

/// The names that a reader wants told apart.
#[derive(Debug)]
pub(crate) struct Vocabulary {
    /// Known namespaces; [`Tag::space`] is the index. The first member is the address, the second the prefix that
    /// paths are written with.
    pub(crate) spaces: &'static [(&'static str, &'static str)],
    /// Attributes of which [`Tokens::attribute`] gives the first that is present.
    pub(crate) attributes: &'static [&'static str],
    /// Local names of elements that may stand more than once: paths always give their position.
    pub(crate) repeated: &'static [&'static str],
}

/// One start tag.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Tag<'a> {
    /// Index into [`Vocabulary::spaces`], or [`NO_SPACE`], or [`FOREIGN_SPACE`].
    pub(crate) space: u8,
    /// Name without prefix.
    pub(crate) local: &'a str,
    /// Offset of the opening bracket.
    pub(crate) at: usize,
    /// Offset behind the closing bracket.
    pub(crate) end: usize,
}

#[derive(Debug)]
#[cfg_attr(test, derive(Clone))]
struct Binding<'a> {
    prefix: &'a str,
    key: u64,
    space: u8,
    depth: usize,
}

/// A document being read.
#[derive(Debug)]
#[cfg_attr(test, derive(Clone))]
pub(crate) struct Tokens<'a> {
    source: &'a str,
    bytes: Bytes<'a>,
    vocabulary: &'static Vocabulary,
    limits: Limits,
    position: usize,
    nodes: u32,
    /// Start and end of the names of the elements that are open.
    open: Vec<(usize, usize)>,
    bindings: Vec<Binding<'a>>,
    /// Names of the attributes of one tag, to find one that stands twice.
    attribute_names: Vec<(usize, usize)>,
    /// Value of the attribute asked for, of the element opened last.
    attribute: Option<&'a str>,
    /// The element opened last was written as one tag: it ends before anything is read.
    ends_at_once: bool,
    /// Offset of the element opened last, as long as nothing came after it.
    just_opened: Option<usize>,
    empty: Vec<usize>,
    misplaced: Vec<usize>,
}

/// What stands at a position that is no tag.
enum Markup {
    /// A start tag.
    Start,
    /// An end tag, matched, or the end of an element written as one tag.
    End,
    /// Text, CDATA or a reference.
    Text,
    /// A comment or a processing instruction.
    Aside,
}

pub(crate) type Step<T> = Result<T, Box<Broken>>;

impl<'a> Tokens<'a> {
    /// Starts at the beginning of a text.
    pub(crate) fn new(source: &'a str, vocabulary: &'static Vocabulary, limits: &Limits) -> Self {
        Self {
            source,
            bytes: Bytes(source.as_bytes()),
            vocabulary,
            limits: *limits,
            position: 0,
            nodes: 0,
            open: Vec::with_capacity(16),
            bindings: Vec::with_capacity(8),
            attribute_names: Vec::with_capacity(8),
            attribute: None,
            ends_at_once: false,
            just_opened: None,
            empty: Vec::new(),
            misplaced: Vec::new(),
        }
    }

    /// The text being read.
    pub(crate) const fn source(&self) -> &'a str {
        self.source
    }

    /// Value, as written, of the attribute asked for, of the element opened last.
    pub(crate) const fn attribute(&self) -> Option<&'a str> {
        self.attribute
    }

    /// Offset behind what was read last.
    pub(crate) const fn position(&self) -> usize {
        self.position
    }

    /// Offsets of elements with neither text nor elements inside, so far.
    pub(crate) fn take_empty(&mut self) -> Vec<usize> {
        std::mem::take(&mut self.empty)
    }

    /// Offsets of texts where only elements may stand and of elements where only text may stand, so far.
    pub(crate) fn take_misplaced(&mut self) -> Vec<usize> {
        std::mem::take(&mut self.misplaced)
    }

    /// The attributes of a tag: name and raw value.
    pub(crate) fn attributes_of(&self, tag: &Tag<'a>) -> impl Iterator<Item = (&'a str, &'a str)> {
        let (source, bytes, end) = (self.source, self.bytes, tag.end);
        let mut position = bytes.name(tag.at + 1).map_or(end, |name| name.end);
        std::iter::from_fn(move || {
            position = bytes.after_blanks(position);
            let (found, next) = bytes.attribute(position).filter(|_| position < end)?;
            position = next;
            Some((source.get(found.name.0..found.name.1)?, source.get(found.value.0..found.value.1)?))
        })
    }

    /// The outermost element.
    pub(crate) fn root(&mut self) -> Step<Tag<'a>> {
        if self.bytes.starts_with(0, b"<?xml") && matches!(self.bytes.at(5), b' ' | b'\t' | b'\n' | b'\r') {
            self.position = self.bytes.behind(5, b"?>").ok_or_else(|| self.unfinished())?;
        }
        loop {
            self.position = self.bytes.after_blanks(self.position);
            match self.bytes.at(self.position) {
                b'<' => {}
                0 => {
                    return Err(
                        self.malformed("il documento non contiene elementi", "no element in the document")
                    );
                }
                _ => {
                    return Err(
                        self.malformed("testo fuori dall'elemento radice", "text outside the root element")
                    );
                }
            }
            match self.markup()? {
                Markup::Start => {
                    if let Some(root) = self.start_tag()? {
                        return Ok(root);
                    }
                }
                Markup::Aside => {}
                Markup::End | Markup::Text => {
                    return Err(
                        self.malformed("testo fuori dall'elemento radice", "text outside the root element")
                    );
                }
            }
        }
    }

    /// The next element inside the one that is open, or nothing when that one ends.
    #[inline]
    pub(crate) fn child(&mut self) -> Step<Option<Tag<'a>>> {
        loop {
            self.position = self.bytes.after_blanks(self.position);
            let before = self.position;
            match self.markup()? {
                Markup::Start => return self.start_tag(),
                Markup::End => return Ok(None),
                Markup::Text => self.misplaced(before),
                Markup::Aside => {}
            }
        }
    }

    /// The next element, when it is one of these in no namespace and its tag holds nothing but the name, as nearly always, and
    /// which of them; else nothing, and it is still to be read.
    #[inline]
    pub(crate) fn plain_child(
        &mut self,
        names: impl Iterator<Item = &'static str>,
    ) -> Option<(usize, Tag<'a>)> {
        let at = self.bytes.after_blanks(self.position);
        let rest = self.bytes.0.get(at..)?.strip_prefix(b"<")?;
        let is_it = |name: &str| rest.get(name.len()) == Some(&b'>') && rest.starts_with(name.as_bytes());
        let (place, local) = names.enumerate().find(|(_, name)| is_it(name))?;
        let is_in_no_space = self.bindings.iter().all(|binding| !binding.prefix.is_empty());
        let has_room = self.nodes < self.limits.nodes && self.open.len() < self.limits.depth;
        if self.ends_at_once || !is_in_no_space || !has_room {
            return None;
        }
        let (name, end) = ((at + 1, at + 1 + local.len()), at + local.len() + 2);
        self.nodes += 1;
        self.open.push(name);
        self.attribute = None;
        self.position = end;
        self.just_opened = Some(at);
        Some((place, Tag { space: NO_SPACE, local, at, end }))
    }

    /// The content of the element opened last, when it is text that has nothing in it to resolve, as nearly always; else
    /// nothing, and it is still to be read.
    #[inline]
    pub(crate) fn literal(&mut self) -> Step<Option<&'a str>> {
        let start = self.position;
        if self.ends_at_once || matches!(self.bytes.at(start), b' ' | b'\n' | b'\t') {
            return Ok(None);
        }
        let end = self.bytes.after(start, |byte| !matches!(byte, b'<' | b'&' | b'\r' | 0));
        let has_room = self.nodes.saturating_add(2) <= self.limits.nodes;
        if end == start || !has_room || !self.bytes.starts_with(end, b"</") {
            return Ok(None);
        }
        self.nodes += 2;
        self.just_opened = None;
        self.position = end;
        self.end_tag()?;
        self.inside(start, end).map(Some)
    }

    /// The content of the element opened last, as written. Elements inside are noted as misplaced.
    #[inline]
    pub(crate) fn text(&mut self, tag: &Tag<'a>) -> Step<&'a str> {
        match self.literal()? {
            Some(text) => Ok(text),
            None => self.written(tag),
        }
    }

    /// The same, when it is no [`Self::literal`].
    pub(crate) fn written(&mut self, tag: &Tag<'a>) -> Step<&'a str> {
        if self.ends_at_once {
            self.markup()?;
            // The (empty) content of an element written as one tag is where the tag begins: its place is its own.
            return Ok(self.source.get(tag.at..tag.at).unwrap_or_default());
        }
        loop {
            let before = self.position;
            match self.markup()? {
                Markup::End => return self.inside(tag.end, before),
                Markup::Text | Markup::Aside => {}
                Markup::Start => {
                    self.start_tag()?;
                    self.misplaced(before);
                    self.skip()?;
                }
            }
        }
    }

    /// The next element inside one of which nothing is known: text beside elements is nobody's business there.
    pub(crate) fn child_of_unknown(&mut self) -> Step<Option<Tag<'a>>> {
        loop {
            self.position = self.bytes.after_blanks(self.position);
            match self.markup()? {
                Markup::Start => return self.start_tag(),
                Markup::End => return Ok(None),
                Markup::Text | Markup::Aside => {}
            }
        }
    }

    /// Passes over everything inside the element opened last.
    pub(crate) fn skip(&mut self) -> Step<()> {
        while self.child_of_unknown()?.is_some() {
            self.skip()?;
        }
        Ok(())
    }

    /// Checks that nothing but comments follows the root element.
    pub(crate) fn finish(&mut self) -> Step<()> {
        loop {
            self.position = self.bytes.after_blanks(self.position);
            if self.position >= self.source.len() {
                return Ok(());
            }
            let is_aside = self.bytes.starts_with(self.position, b"<?")
                || self.bytes.starts_with(self.position, b"<!--");
            if !is_aside {
                return Err(
                    self.malformed("contenuto dopo l'elemento radice", "content after the root element")
                );
            }
            self.markup()?;
        }
    }

    /// Reads what stands here, all but a start tag, which is left to [`Self::start_tag`].
    #[inline]
    fn markup(&mut self) -> Step<Markup> {
        if self.ends_at_once {
            self.ends_at_once = false;
            self.close();
            return Ok(Markup::End);
        }
        self.nodes += 1;
        if self.nodes > self.limits.nodes {
            return Err(self.too_big("nodi", "nodes", u64::from(self.limits.nodes)));
        }
        if self.bytes.at(self.position) != b'<' {
            self.just_opened = self.just_opened.filter(|_| self.blanks_only());
            return self.pass_text().map(|()| Markup::Text);
        }
        match self.bytes.at(self.position + 1) {
            b'/' => self.end_tag().map(|()| Markup::End),
            b'!' => self.declaration(),
            b'?' => self.instruction().map(|()| Markup::Aside),
            _ => Ok(Markup::Start),
        }
    }

    /// Whether only blanks stand here up to the next markup.
    fn blanks_only(&self) -> bool {
        matches!(self.bytes.at(self.bytes.after_blanks(self.position)), b'<')
    }

    #[inline]
    fn pass_text(&mut self) -> Step<()> {
        loop {
            self.position = self.bytes.after(self.position, |byte| !matches!(byte, b'<' | b'&' | 0));
            match self.bytes.at(self.position) {
                b'<' => return Ok(()),
                b'&' => match self.bytes.after_reference(self.position) {
                    Some(behind) => self.position = behind,
                    None => return Err(self.unknown_reference()),
                },
                _ => {
                    self.position = self.source.len();
                    return Err(self.unfinished());
                }
            }
        }
    }

    #[inline]
    fn end_tag(&mut self) -> Step<()> {
        let start = self.position + 2;
        let matched = self.open.last().and_then(|&(from, to)| {
            let end = start + (to - from);
            let same = self.bytes.0.get(start..end)? == self.bytes.0.get(from..to)?;
            let closing = self.bytes.after_blanks(end);
            (same && self.bytes.at(closing) == b'>').then_some(closing + 1)
        });
        let Some(end) = matched else {
            return Err(self.malformed("tag di chiusura che non corrisponde", "end tag that does not match"));
        };
        self.position = end;
        self.close();
        Ok(())
    }

    #[inline]
    fn close(&mut self) {
        if let Some(at) = self.just_opened.take()
            && self.empty.len() < self.limits.faults
        {
            self.empty.push(at);
        }
        self.open.pop();
        while self.bindings.last().is_some_and(|binding| binding.depth > self.open.len()) {
            self.bindings.pop();
        }
    }

    /// The raw content between two offsets.
    #[inline]
    fn inside(&self, from: usize, to: usize) -> Step<&'a str> {
        if to.saturating_sub(from) > self.limits.text_bytes {
            return Err(self.too_big("byte di testo", "bytes of text", self.limits.text_bytes as u64));
        }
        Ok(self.source.get(from..to).unwrap_or_default())
    }

    fn misplaced(&mut self, offset: usize) {
        if self.misplaced.len() < self.limits.faults {
            self.misplaced.push(offset);
        }
    }
}
