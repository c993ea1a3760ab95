// SPDX-License-Identifier: EUPL-1.2
//! Canonical XML 1.0 and 1.1 and Exclusive Canonical XML 1.0, of a whole document without its signatures or
//! of one element inside a signature. Streams: nothing is kept but the namespaces in force. What the three
//! standards treat differently in rare cases, and is not handled, is an obstacle.

use std::ops::Range;

use quick_xml::events::{BytesStart, Event};

use super::super::trouble::Obstacle;
use super::text::{lines, referred, write_text, write_value};
use super::walk::{Attribute, Binding, Scope, XML, split_name, start_tag, walk};

/// Bytes collected before they are handed on.
const BUFFER: usize = 16 * 1024;
/// How much longer than the document its canonical form may be: exclusive canonicalisation repeats
/// declarations.
const GROWTH: usize = 8;
/// What a short document may grow by in any case.
const ALLOWANCE: usize = 64 * 1024;

/// How to write XML canonically.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Method {
    pub(super) is_exclusive: bool,
    pub(super) is_1_1: bool,
    pub(super) keeps_comments: bool,
    /// Leaves out text that is nothing but blanks between two tags. No standard does so.
    pub(super) drops_blanks: bool,
    /// Prefixes that the exclusive method treats as the inclusive one does; the default namespace is the
    /// empty one.
    pub(super) listed: Vec<String>,
}

/// What to write.
#[derive(Debug, Clone)]
pub(super) enum Extent {
    /// All but these elements.
    DocumentWithout(Vec<Range<usize>>),
    /// One element, which stands inside a child of the root.
    Element {
        /// Start tag of the root.
        root: Range<usize>,
        /// That child.
        child: Range<usize>,
        /// The element.
        element: Range<usize>,
    },
}

/// Writes canonical XML, piece by piece.
pub(super) fn canonical(
    xml: &str,
    extent: &Extent,
    method: &Method,
    sink: &mut dyn FnMut(&[u8]),
) -> Result<(), Obstacle> {
    let limit = xml.len().saturating_mul(GROWTH).saturating_add(ALLOWANCE);
    let mut writer = Writer {
        xml,
        method,
        extent,
        scope: Scope::default(),
        rendered: Vec::new(),
        inherited: Vec::new(),
        has_begun: false,
        is_behind_root: false,
        out: Vec::with_capacity(BUFFER),
        left: limit,
        sink,
    };
    let part = match extent {
        Extent::DocumentWithout(_) => 0..xml.len(),
        Extent::Element { root, child, .. } => {
            let attributes = writer.scope.enter(&start_tag(xml, root.clone())?)?;
            writer.inherit(&attributes);
            child.clone()
        }
    };
    walk(xml, part, |event, place| writer.event(&event, &place))?;
    writer.flush()
}

struct Writer<'a> {
    xml: &'a str,
    method: &'a Method,
    extent: &'a Extent,
    scope: Scope,
    /// Declarations written so far on elements that are still open.
    rendered: Vec<Binding>,
    /// Attributes of the prefix `xml` on ancestors of the element to write, the nearest last.
    inherited: Vec<Attribute>,
    has_begun: bool,
    is_behind_root: bool,
    out: Vec<u8>,
    left: usize,
    sink: &'a mut dyn FnMut(&[u8]),
}

impl Writer<'_> {
    fn event(&mut self, event: &Event<'_>, place: &Range<usize>) -> Result<(), Obstacle> {
        let is_written = match self.extent {
            Extent::DocumentWithout(parts) => {
                if parts.iter().any(|part| is_within(place, part)) {
                    return Ok(());
                }
                true
            }
            Extent::Element { element, .. } => is_within(place, element),
        };
        match event {
            Event::Start(tag) => self.start(tag, is_written)?,
            Event::End(tag) => {
                if is_written {
                    self.put(&["</", tag.name().0, ">"]);
                }
                self.leave();
            }
            Event::Text(text) if self.method.drops_blanks && self.is_between_tags(text, place) => {}
            _ if is_written => self.inside(event)?,
            _ => {}
        }
        if self.out.len() >= BUFFER { self.flush() } else { Ok(()) }
    }

    fn leave(&mut self) {
        self.scope.leave();
        let depth = self.scope.depth;
        self.rendered.truncate(self.rendered.partition_point(|binding| binding.depth <= depth));
        self.is_behind_root = depth == 0;
    }

    fn is_between_tags(&self, text: &str, place: &Range<usize>) -> bool {
        let before = self.xml.get(..place.start).is_some_and(|before| before.ends_with('>'));
        let behind = self.xml.get(place.end..).is_some_and(|behind| behind.starts_with('<'));
        before && behind && text.bytes().all(|byte| byte.is_ascii_whitespace())
    }

    /// Whatever is no tag.
    fn inside(&mut self, event: &Event<'_>) -> Result<(), Obstacle> {
        let is_in_root = self.scope.depth > 0;
        match event {
            Event::Text(text) if is_in_root => write_text(&lines(text)?, &mut self.out),
            Event::CData(text) if is_in_root => write_text(&lines(text)?, &mut self.out),
            Event::GeneralRef(name) if is_in_root => {
                write_text(referred(name)?.encode_utf8(&mut [0; 4]), &mut self.out);
            }
            Event::Comment(text) if self.method.keeps_comments => self.aside(&["<!--", &lines(text)?, "-->"]),
            Event::PI(instruction) => {
                let data = lines(instruction.content())?;
                let data = data.trim_start_matches([' ', '\t', '\n']);
                let blank = if data.is_empty() { "" } else { " " };
                self.aside(&["<?", instruction.target(), blank, data, "?>"]);
            }
            _ => {}
        }
        Ok(())
    }

    /// A comment or instruction: outside the root it has a line of its own.
    fn aside(&mut self, parts: &[&str]) {
        let is_outside = self.scope.depth == 0;
        if is_outside && self.is_behind_root {
            self.put(&["\n"]);
        }
        self.put(parts);
        if is_outside && !self.is_behind_root {
            self.put(&["\n"]);
        }
    }

    fn start(&mut self, tag: &BytesStart<'_>, is_written: bool) -> Result<(), Obstacle> {
        let mut attributes = self.scope.enter(tag)?;
        self.scope.space(split_name(tag.name().0).0)?;
        if !is_written {
            self.inherit(&attributes);
            return Ok(());
        }
        let is_first = !std::mem::replace(&mut self.has_begun, true);
        if is_first && !self.method.is_exclusive && !self.inherited.is_empty() {
            self.add_inherited(&mut attributes)?;
        }
        self.put(&["<", tag.name().0]);
        self.declarations(split_name(tag.name().0).0, &attributes, is_first)?;
        self.attributes(attributes)?;
        self.put(&[">"]);
        Ok(())
    }

    /// Remembers what the element to write would have from its ancestors.
    fn inherit(&mut self, attributes: &[Attribute]) {
        self.inherited.extend(attributes.iter().filter(|attribute| attribute.prefix == "xml").cloned());
    }

    fn add_inherited(&self, attributes: &mut Vec<Attribute>) -> Result<(), Obstacle> {
        if self.method.is_1_1 {
            // Version 1.1 inherits some of them, and computes others.
            return Err(Obstacle::TooComplex);
        }
        for inherited in self.inherited.iter().rev() {
            let is_same = |one: &Attribute| one.prefix == "xml" && one.local == inherited.local;
            if !attributes.iter().any(is_same) {
                attributes.push(inherited.clone());
            }
        }
        Ok(())
    }

    /// Writes the declarations that this element needs and no element around it has written.
    fn declarations(
        &mut self,
        prefix: &str,
        attributes: &[Attribute],
        is_first: bool,
    ) -> Result<(), Obstacle> {
        let mut wanted: Vec<String> = if self.method.is_exclusive {
            let used =
                attributes.iter().map(|attribute| &attribute.prefix).filter(|prefix| !prefix.is_empty());
            let listed = self.method.listed.iter().filter(|prefix| self.scope.space(prefix).is_ok());
            used.chain(listed).cloned().chain([prefix.to_owned()]).collect()
        } else if is_first {
            self.scope.bindings.iter().map(|binding| binding.prefix.clone()).collect()
        } else {
            self.scope.own().map(|binding| binding.prefix.clone()).collect()
        };
        wanted.sort_unstable();
        wanted.dedup();
        for prefix in wanted {
            let space = self.scope.space(&prefix)?.to_owned();
            let rendered = self.rendered.iter().rev().find(|binding| binding.prefix == prefix);
            if prefix == "xml" || rendered.map_or("", |binding| &binding.space) == space {
                continue;
            }
            let colon = if prefix.is_empty() { "" } else { ":" };
            self.put(&[" xmlns", colon, &prefix, "=\""]);
            write_value(&space, &mut self.out);
            self.put(&["\""]);
            self.rendered.push(Binding { prefix, space, depth: self.scope.depth });
        }
        Ok(())
    }

    /// Writes attributes by namespace and local name; those without prefix have no namespace.
    fn attributes(&mut self, attributes: Vec<Attribute>) -> Result<(), Obstacle> {
        let mut sorted = Vec::with_capacity(attributes.len());
        for attribute in attributes {
            let space = match attribute.prefix.as_str() {
                "" => String::new(),
                "xml" => XML.to_owned(),
                prefix => self.scope.space(prefix)?.to_owned(),
            };
            sorted.push(((space, attribute.local), attribute.prefix, attribute.value));
        }
        sorted.sort_unstable_by(|one, other| one.0.cmp(&other.0));
        if sorted.windows(2).any(|pair| matches!(pair, [one, other] if one.0 == other.0)) {
            return Err(Obstacle::Malformed);
        }
        for ((_, local), prefix, value) in sorted {
            let colon = if prefix.is_empty() { "" } else { ":" };
            self.put(&[" ", &prefix, colon, &local, "=\""]);
            write_value(&value, &mut self.out);
            self.put(&["\""]);
        }
        Ok(())
    }

    fn put(&mut self, parts: &[&str]) {
        for part in parts {
            self.out.extend_from_slice(part.as_bytes());
        }
    }

    fn flush(&mut self) -> Result<(), Obstacle> {
        self.left = self.left.checked_sub(self.out.len()).ok_or(Obstacle::TooComplex)?;
        (self.sink)(&self.out);
        self.out.clear();
        Ok(())
    }
}

/// Whether an event stands inside a part. The end of an empty element has no length and belongs to what is
/// before it.
const fn is_within(place: &Range<usize>, part: &Range<usize>) -> bool {
    place.start >= part.start && place.end <= part.end && place.end > part.start
}

#[cfg(test)]
mod tests;
