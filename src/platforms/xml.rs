// SPDX-License-Identifier: EUPL-1.2
//! Small XML documents as trees, for the platforms that speak XML: read within limits, written escaped. Every limit is
//! checked while the text streams by, before anything is built of it; a DOCTYPE is refused, so there are no entities but
//! the five of XML.

use quick_xml::XmlVersion;
use quick_xml::escape::{escape, resolve_predefined_entity};
use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::reader::NsReader;
use thiserror::Error;

const DEPTH_MAX: usize = 64;
const ATTRIBUTES_MAX: usize = 64;
const ELEMENTS_MAX: usize = 200_000;

/// Why a document is not read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum XmlError {
    #[error("not UTF-8")]
    Encoding,
    #[error("a DOCTYPE, which is refused")]
    Doctype,
    #[error("more than {0}")]
    Limit(&'static str),
    #[error("not well formed: {0}")]
    Malformed(String),
    #[error("{0}")]
    Unexpected(String),
}

/// An element with all that is in it. Comments and processing instructions are dropped.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Element {
    pub(super) namespace: Option<String>,
    pub(super) name: String,
    attributes: Vec<(String, String)>,
    children: Vec<Self>,
    text: String,
}

impl Element {
    pub(super) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    pub(super) fn with_attribute(mut self, name: &str, value: impl Into<String>) -> Self {
        self.attributes.push((name.to_owned(), value.into()));
        self
    }

    pub(super) fn with_text(mut self, text: impl Into<String>) -> Self {
        self.text = text.into();
        self
    }

    pub(super) fn with_child(mut self, child: Self) -> Self {
        self.children.push(child);
        self
    }

    /// A child with nothing but text.
    pub(super) fn with_value(self, name: &str, text: impl Into<String>) -> Self {
        self.with_child(Self::new(name).with_text(text))
    }

    /// The text, without blanks around it.
    pub(super) fn text(&self) -> &str {
        self.text.trim()
    }

    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The attribute, which must be there.
    pub(super) fn required(&self, name: &str) -> Result<&str, XmlError> {
        self.attribute(name).ok_or_else(|| XmlError::Unexpected(format!("{}@{name} is missing", self.name)))
    }

    pub(super) fn children(&self) -> &[Self] {
        &self.children
    }

    /// The children of that name, outside any namespace.
    pub(super) fn named<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.namespace.is_none() && child.name == name)
    }

    /// The one child of that name, if there is any; two are an error.
    pub(super) fn optional<'a>(&'a self, name: &'a str) -> Result<Option<&'a Self>, XmlError> {
        let mut found = self.named(name);
        let first = found.next();
        match found.next() {
            Some(_) => Err(XmlError::Unexpected(format!("{}/{name} stands there twice", self.name))),
            None => Ok(first),
        }
    }

    /// The one child of that name, which must be there.
    pub(super) fn only<'a>(&'a self, name: &'a str) -> Result<&'a Self, XmlError> {
        self.optional(name)?.ok_or_else(|| XmlError::Unexpected(format!("{}/{name} is missing", self.name)))
    }

    /// The element as text, without a declaration.
    pub(super) fn write(&self, to: &mut String) {
        to.push('<');
        to.push_str(&self.name);
        for (name, value) in &self.attributes {
            to.push_str(&format!(" {name}=\"{}\"", escape(value.as_str())));
        }
        to.push('>');
        to.push_str(&escape(self.text.as_str()));
        self.children.iter().for_each(|child| child.write(to));
        to.push_str(&format!("</{}>", self.name));
    }

    /// The element as a whole document.
    pub(super) fn document(&self) -> String {
        let mut document = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>");
        self.write(&mut document);
        document
    }
}

/// Reads a document.
pub(super) fn parse(bytes: &[u8]) -> Result<Element, XmlError> {
    let text = std::str::from_utf8(bytes).map_err(|_| XmlError::Encoding)?;
    let mut reader = NsReader::from_str(text.strip_prefix('\u{feff}').unwrap_or(text));
    let mut tree = Tree::default();
    loop {
        let (namespace, event) = reader.read_resolved_event().map_err(malformed)?;
        match event {
            Event::Start(tag) => tree.open(element(&namespace, &tag)?)?,
            Event::Empty(tag) => {
                tree.open(element(&namespace, &tag)?)?;
                tree.close()?;
            }
            Event::End(_) => tree.close()?,
            Event::Text(text) => tree.text(&text.xml10_content())?,
            Event::CData(text) => tree.text(&text.xml10_content())?,
            Event::GeneralRef(reference) => tree.reference(&reference)?,
            Event::Decl(declaration) => {
                let utf8 = match declaration.encoding() {
                    None => true,
                    Some(name) => name.is_ok_and(|name| name.eq_ignore_ascii_case("utf-8")),
                };
                if !utf8 {
                    return Err(XmlError::Encoding);
                }
            }
            Event::DocType(_) => return Err(XmlError::Doctype),
            Event::Comment(_) | Event::PI(_) => {}
            Event::Eof => return tree.finish(),
        }
    }
}

fn malformed(error: impl ToString) -> XmlError {
    XmlError::Malformed(error.to_string())
}

fn element(namespace: &ResolveResult<'_>, tag: &BytesStart<'_>) -> Result<Element, XmlError> {
    let namespace = match namespace {
        ResolveResult::Unbound => None,
        ResolveResult::Bound(namespace) => Some(namespace.0.to_owned()).filter(|name| !name.is_empty()),
        ResolveResult::Unknown(prefix) => return Err(malformed(format!("prefix {prefix} is not declared"))),
    };
    let mut attributes = Vec::new();
    for attribute in tag.attributes() {
        let attribute = attribute.map_err(malformed)?;
        if attributes.len() >= ATTRIBUTES_MAX {
            return Err(XmlError::Limit("64 attributes in an element"));
        }
        let value = attribute.normalized_value(XmlVersion::Explicit1_0).map_err(malformed)?;
        attributes.push((attribute.key.0.to_owned(), value.into_owned()));
    }
    let name = tag.local_name().into_inner().to_owned();
    Ok(Element { namespace, name, attributes, ..Element::default() })
}

#[derive(Default)]
struct Tree {
    opened: usize,
    path: Vec<Element>,
    root: Option<Element>,
}

impl Tree {
    fn open(&mut self, element: Element) -> Result<(), XmlError> {
        self.opened = self.opened.saturating_add(1);
        if self.root.is_some() {
            return Err(malformed("a second root element"));
        }
        if self.path.len() >= DEPTH_MAX {
            return Err(XmlError::Limit("64 levels"));
        }
        if self.opened > ELEMENTS_MAX {
            return Err(XmlError::Limit("200000 elements"));
        }
        self.path.push(element);
        Ok(())
    }

    fn close(&mut self) -> Result<(), XmlError> {
        let done = self.path.pop().ok_or_else(|| malformed("an end tag too many"))?;
        match self.path.last_mut() {
            Some(parent) => parent.children.push(done),
            None => self.root = Some(done),
        }
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), XmlError> {
        match self.path.last_mut() {
            Some(element) => element.text.push_str(text),
            None if text.trim().is_empty() => {}
            None => return Err(malformed("text outside the root element")),
        }
        Ok(())
    }

    fn reference(&mut self, reference: &BytesRef<'_>) -> Result<(), XmlError> {
        if let Some(character) = reference.resolve_char_ref().map_err(malformed)? {
            return self.text(character.encode_utf8(&mut [0; 4]));
        }
        match resolve_predefined_entity(reference) {
            Some(text) => self.text(text),
            None => Err(malformed("an entity that is not one of XML's own")),
        }
    }

    fn finish(self) -> Result<Element, XmlError> {
        if !self.path.is_empty() {
            return Err(malformed("it ends before its root element does"));
        }
        self.root.ok_or_else(|| malformed("no root element"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_it_writes() {
        let element = Element::new("A")
            .with_attribute("b", "1 < 2 & \"3\"")
            .with_value("C", "l'età > 5")
            .with_child(Element::new("C").with_child(Element::new("D")));
        assert_eq!(parse(element.document().as_bytes()), Ok(element));
    }

    #[test]
    fn knows_namespaces() {
        let root =
            parse(b"<s:E xmlns:s='urn:s'><a xmlns='urn:t'><b xmlns=''>x&#233;&amp;</b></a></s:E>").unwrap();
        assert_eq!((root.namespace.as_deref(), root.name.as_str()), (Some("urn:s"), "E"));
        let inner = &root.children()[0];
        assert_eq!(inner.namespace.as_deref(), Some("urn:t"));
        assert_eq!(inner.only("b").unwrap().text(), "xé&");
        assert!(root.only("a").is_err(), "it stands in a namespace");
    }

    #[test]
    fn refuses_what_is_not_whole() {
        for bad in [
            "",
            "  ",
            "text",
            "<a>",
            "<a><b></a>",
            "<a/><b/>",
            "<a/>x",
            "</a>",
            "<a b='1' b='2'/>",
            "<a>&x;</a>",
        ] {
            assert!(matches!(parse(bad.as_bytes()), Err(XmlError::Malformed(_))), "{bad}");
        }
        assert_eq!(parse(b"<a>\xff</a>"), Err(XmlError::Encoding));
        assert_eq!(parse(b"<?xml version='1.0' encoding='ISO-8859-1'?><a/>"), Err(XmlError::Encoding));
    }

    #[test]
    fn refuses_a_doctype_and_undeclared_prefixes() {
        assert_eq!(parse(b"<!DOCTYPE a [<!ENTITY x 'y'>]><a>&x;</a>"), Err(XmlError::Doctype));
        assert!(matches!(parse(b"<p:a/>"), Err(XmlError::Malformed(_))));
    }

    #[test]
    fn holds_its_limits() {
        let nested = |levels: usize| format!("{}{}", "<a>".repeat(levels), "</a>".repeat(levels));
        assert!(parse(nested(64).as_bytes()).is_ok());
        assert_eq!(parse(nested(65).as_bytes()), Err(XmlError::Limit("64 levels")));
        let attributes: String = (0..200_000).map(|n| format!(" a{n}=''")).collect();
        assert_eq!(
            parse(format!("<a{attributes}/>").as_bytes()),
            Err(XmlError::Limit("64 attributes in an element"))
        );
        let wide = format!("<a>{}</a>", "<b/>".repeat(ELEMENTS_MAX));
        assert_eq!(parse(wide.as_bytes()), Err(XmlError::Limit("200000 elements")));
    }

    #[test]
    fn one_means_one() {
        let root = parse(b"<a><b/><b/></a>").unwrap();
        assert_eq!(root.optional("b").unwrap_err().to_string(), "a/b stands there twice");
        assert_eq!(root.only("c").unwrap_err().to_string(), "a/c is missing");
    }
}
