// SPDX-License-Identifier: EUPL-1.2
//! Walks through the events of a document, and keeps track of its namespaces. Refuses DOCTYPE, XML 1.1, and
//! whatever is deeper or wider than real documents are.

use std::ops::Range;

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::super::trouble::Obstacle;
use super::text::attribute_value;

/// Namespace that the prefix `xml` always has.
pub(super) const XML: &str = "http://www.w3.org/XML/1998/namespace";
/// Levels of elements.
const DEPTH: usize = 128;
/// Attributes of one element, declarations of namespaces included.
const ATTRIBUTES: usize = 128;
/// Declarations in force at the same time.
const BINDINGS: usize = 128;

/// Calls `visit` for every event of `xml[part]`, with its place in `xml`. Empty elements come as start and
/// end.
pub(super) fn walk<'a>(
    xml: &'a str,
    part: Range<usize>,
    mut visit: impl FnMut(Event<'a>, Range<usize>) -> Result<(), Obstacle>,
) -> Result<(), Obstacle> {
    let base = part.start;
    let mut reader = Reader::from_str(xml.get(part).ok_or(Obstacle::Malformed)?);
    reader.config_mut().expand_empty_elements = true;
    reader.config_mut().check_comments = true;
    let place =
        |reader: &Reader<&[u8]>| usize::try_from(reader.buffer_position()).unwrap_or(usize::MAX) + base;
    let (mut depth, mut roots) = (0_usize, 0_usize);
    loop {
        let start = place(&reader);
        let event = reader.read_event().map_err(|_| Obstacle::Malformed)?;
        match &event {
            Event::Eof if depth == 0 && roots == 1 => return Ok(()),
            Event::Eof | Event::DocType(_) => return Err(Obstacle::Malformed),
            Event::Decl(declaration) if !is_version_1(declaration) => return Err(Obstacle::Malformed),
            Event::Start(_) => {
                roots += usize::from(depth == 0);
                depth += 1;
            }
            Event::End(_) => depth = depth.checked_sub(1).ok_or(Obstacle::Malformed)?,
            Event::Empty(_)
            | Event::Text(_)
            | Event::CData(_)
            | Event::Comment(_)
            | Event::Decl(_)
            | Event::PI(_)
            | Event::GeneralRef(_) => {}
        }
        if depth > DEPTH {
            return Err(Obstacle::TooComplex);
        }
        visit(event, start..place(&reader))?;
    }
}

fn is_version_1(declaration: &quick_xml::events::BytesDecl<'_>) -> bool {
    declaration.version().is_ok_and(|version| version == "1.0")
}

/// The start tag at this place.
pub(super) fn start_tag(xml: &str, place: Range<usize>) -> Result<BytesStart<'_>, Obstacle> {
    let mut reader = Reader::from_str(xml.get(place).ok_or(Obstacle::Malformed)?);
    match reader.read_event() {
        Ok(Event::Start(tag) | Event::Empty(tag)) => Ok(tag),
        _ => Err(Obstacle::Malformed),
    }
}

/// Prefix (empty if none) and local name.
pub(super) fn split_name(name: &str) -> (&str, &str) {
    name.split_once(':').unwrap_or(("", name))
}

/// An attribute that declares no namespace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Attribute {
    pub(super) prefix: String,
    pub(super) local: String,
    pub(super) value: String,
}

/// Prefix and namespace, one as empty as the other where there is none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Binding {
    pub(super) prefix: String,
    pub(super) space: String,
    pub(super) depth: usize,
}

/// The namespaces in force.
#[derive(Debug, Default)]
pub(super) struct Scope {
    pub(super) bindings: Vec<Binding>,
    pub(super) depth: usize,
}

impl Scope {
    /// Enters an element and gives its attributes. Its own declarations are the last of `bindings`.
    pub(super) fn enter(&mut self, tag: &BytesStart<'_>) -> Result<Vec<Attribute>, Obstacle> {
        self.depth += 1;
        let mut attributes = Vec::new();
        // Duplicates are looked for elsewhere: this check would take quadratic time.
        for (count, attribute) in tag.attributes().with_checks(false).enumerate() {
            let attribute = attribute.map_err(|_| Obstacle::Malformed)?;
            if count == ATTRIBUTES || self.bindings.len() == BINDINGS {
                return Err(Obstacle::TooComplex);
            }
            let value = attribute_value(&attribute.value)?;
            match split_name(attribute.key.0) {
                ("", "xmlns") => self.declare("", value)?,
                ("xmlns", prefix) => self.declare(prefix, value)?,
                (prefix, local) => {
                    attributes.push(Attribute { prefix: prefix.into(), local: local.into(), value })
                }
            }
        }
        Ok(attributes)
    }

    pub(super) fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
        let depth = self.depth;
        self.bindings.truncate(self.bindings.partition_point(|binding| binding.depth <= depth));
    }

    fn declare(&mut self, prefix: &str, space: String) -> Result<(), Obstacle> {
        let is_own = |binding: &&Binding| binding.depth == self.depth;
        let is_twice = self.bindings.iter().rev().take_while(is_own).any(|binding| binding.prefix == prefix);
        if is_twice
            || prefix == "xmlns"
            || (prefix == "xml") != (space == XML)
            || (space.is_empty() && !prefix.is_empty())
        {
            return Err(Obstacle::Malformed);
        }
        if prefix != "xml" {
            self.bindings.push(Binding { prefix: prefix.into(), space, depth: self.depth });
        }
        Ok(())
    }

    /// Prefixes declared on the element just entered.
    pub(super) fn own(&self) -> impl Iterator<Item = &Binding> {
        self.bindings.iter().filter(|binding| binding.depth == self.depth)
    }

    /// The namespace of a prefix; that of the empty prefix is empty unless declared.
    pub(super) fn space(&self, prefix: &str) -> Result<&str, Obstacle> {
        match self.bindings.iter().rev().find(|binding| binding.prefix == prefix) {
            Some(binding) => Ok(&binding.space),
            None if prefix.is_empty() => Ok(""),
            None if prefix == "xml" => Ok(XML),
            None => Err(Obstacle::Malformed),
        }
    }
}
