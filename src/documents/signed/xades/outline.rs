// SPDX-License-Identifier: EUPL-1.2
//! Finds the signatures of a document in one pass: where they stand, what is in them, and which names (`Id`)
//! the whole document uses. Of everything else only the places are kept.

use std::collections::HashMap;
use std::ops::Range;

use quick_xml::events::{BytesStart, Event};

use super::super::trouble::Obstacle;
use super::text::referred;
use super::walk::{Attribute, Scope, split_name, walk};

/// Namespace of XML signatures.
pub(super) const DSIG: &str = "http://www.w3.org/2000/09/xmldsig#";
/// What the namespaces of all versions of XAdES begin with.
pub(super) const XADES: &str = "http://uri.etsi.org/01903/";
/// Elements of all signatures together.
const NODES: usize = 5_000;
/// Signature elements anywhere in a document.
const SIGNATURES: usize = 64;

/// What a document has of signatures.
#[derive(Debug, Default)]
pub(super) struct Outline {
    /// Start tag of the root.
    pub(super) root: Range<usize>,
    /// Signatures that are children of the root.
    pub(super) signatures: Vec<Tree>,
    /// All signatures, wherever they stand; those inside another are part of it.
    pub(super) everywhere: Vec<Range<usize>>,
    /// How often each `Id` is used.
    pub(super) names: HashMap<String, usize>,
}

/// The elements of one signature; the signature itself is the first.
#[derive(Debug, Default)]
pub(super) struct Tree {
    pub(super) nodes: Vec<Node>,
}

/// One element.
#[derive(Debug)]
pub(super) struct Node {
    parent: usize,
    space: String,
    local: String,
    attributes: Vec<Attribute>,
    /// Prefixes that mean XML signatures here.
    pub(super) dsig_prefixes: Vec<String>,
    /// Its own text, without that of its children.
    pub(super) text: String,
    pub(super) place: Range<usize>,
}

impl Node {
    /// An attribute without prefix.
    pub(super) fn attribute(&self, local: &str) -> Option<&str> {
        let mut attributes = self.attributes.iter();
        let found = attributes.find(|attribute| attribute.prefix.is_empty() && attribute.local == local);
        found.map(|attribute| attribute.value.as_str())
    }

    /// Local name, if the element is in a namespace that begins so.
    pub(super) fn name_in(&self, space: &str) -> Option<&str> {
        self.space.starts_with(space).then_some(self.local.as_str())
    }

    pub(super) fn space(&self) -> &str {
        &self.space
    }
}

impl Tree {
    pub(super) fn node(&self, index: usize) -> Option<&Node> {
        self.nodes.get(index)
    }

    /// The children of an element.
    pub(super) fn children(&self, parent: usize) -> impl Iterator<Item = (usize, &Node)> {
        // The signature is its own parent.
        self.nodes.iter().enumerate().skip(parent + 1).filter(move |(_, node)| node.parent == parent)
    }

    /// The children with this name, in a namespace that begins so.
    pub(super) fn named(&self, parent: usize, space: &str, local: &str) -> impl Iterator<Item = usize> {
        self.children(parent)
            .filter(move |(_, node)| node.name_in(space) == Some(local))
            .map(|(index, _)| index)
    }

    /// The only child with this name; none if there are two.
    pub(super) fn only(&self, parent: usize, space: &str, local: &str) -> Option<usize> {
        let mut children = self.named(parent, space, local);
        let child = children.next();
        if children.next().is_none() { child } else { None }
    }

    /// The only descendant along these names.
    pub(super) fn descend(&self, from: usize, space: &str, path: &[&str]) -> Option<usize> {
        path.iter().try_fold(from, |parent, local| self.only(parent, space, local))
    }

    /// The text of the only descendant along these names.
    pub(super) fn text(&self, from: usize, space: &str, path: &[&str]) -> Option<&str> {
        self.node(self.descend(from, space, path)?).map(|node| node.text.as_str())
    }
}

impl Outline {
    pub(super) fn read(xml: &str) -> Result<Self, Obstacle> {
        let mut reading = Reading::default();
        walk(xml, 0..xml.len(), |event, place| reading.event(&event, place))?;
        Ok(reading.outline)
    }
}

#[derive(Debug, Default)]
struct Reading {
    outline: Outline,
    scope: Scope,
    /// Depth and place of the signature that is being passed, wherever it stands.
    passing: Option<(usize, usize)>,
    /// Open elements of the signature that is being kept.
    open: Vec<usize>,
    kept: usize,
}

impl Reading {
    fn event(&mut self, event: &Event<'_>, place: Range<usize>) -> Result<(), Obstacle> {
        match event {
            Event::Start(tag) => return self.start(tag, place),
            Event::End(_) => return self.end(place.end),
            Event::Text(text) => self.text(text),
            Event::CData(text) => self.text(text),
            Event::GeneralRef(name) => self.text(referred(name)?.encode_utf8(&mut [0; 4])),
            _ => {}
        }
        Ok(())
    }

    fn start(&mut self, tag: &BytesStart<'_>, place: Range<usize>) -> Result<(), Obstacle> {
        let attributes = self.scope.enter(tag)?;
        self.count_names(&attributes);
        if self.scope.depth == 1 {
            self.outline.root = place.clone();
        }
        let (prefix, local) = split_name(tag.name().0);
        let space = self.scope.space(prefix)?;
        if self.passing.is_none() && local == "Signature" && space == DSIG {
            self.passing = Some((self.scope.depth, place.start));
            if self.scope.depth == 2 {
                self.outline.signatures.push(Tree::default());
            }
        }
        if self.passing.is_some_and(|(depth, _)| depth == 2) {
            let (space, local) = (space.to_owned(), local.to_owned());
            self.keep(space, local, attributes, place)?;
        }
        Ok(())
    }

    fn keep(
        &mut self,
        space: String,
        local: String,
        attributes: Vec<Attribute>,
        place: Range<usize>,
    ) -> Result<(), Obstacle> {
        self.kept += 1;
        if self.kept > NODES {
            return Err(Obstacle::TooComplex);
        }
        let is_dsig = |prefix: &&str| self.scope.space(prefix) == Ok(DSIG);
        let prefixes = self.scope.bindings.iter().map(|binding| binding.prefix.as_str()).filter(is_dsig);
        let dsig_prefixes = if local == "XPath" { prefixes.map(str::to_owned).collect() } else { Vec::new() };
        let parent = self.open.last().copied().unwrap_or_default();
        let Some(tree) = self.outline.signatures.last_mut() else { return Ok(()) };
        self.open.push(tree.nodes.len());
        let text = String::new();
        tree.nodes.push(Node { parent, space, local, attributes, dsig_prefixes, text, place });
        Ok(())
    }

    fn end(&mut self, end: usize) -> Result<(), Obstacle> {
        if let Some(index) = self.open.pop()
            && let Some(node) = self.current(index)
        {
            node.place.end = end;
        }
        if let Some((depth, start)) = self.passing
            && depth == self.scope.depth
        {
            self.outline.everywhere.push(start..end);
            self.passing = None;
        }
        self.scope.leave();
        if self.outline.everywhere.len() > SIGNATURES { Err(Obstacle::TooComplex) } else { Ok(()) }
    }

    fn text(&mut self, text: &str) {
        if let Some(&index) = self.open.last()
            && let Some(node) = self.current(index)
        {
            node.text.push_str(text);
        }
    }

    fn current(&mut self, index: usize) -> Option<&mut Node> {
        self.outline.signatures.last_mut()?.nodes.get_mut(index)
    }

    fn count_names(&mut self, attributes: &[Attribute]) {
        for attribute in attributes {
            let is_name = match attribute.prefix.as_str() {
                "" => attribute.local.eq_ignore_ascii_case("id"),
                prefix => prefix == "xml" && attribute.local == "id",
            };
            if is_name {
                *self.outline.names.entry(attribute.value.clone()).or_default() += 1;
            }
        }
    }
}
