// SPDX-License-Identifier: EUPL-1.2
//! XML in and out as a small tree. Reading refuses a DOCTYPE and documents that are too deep or too big.

use std::borrow::Cow;

use quick_xml::events::{BytesRef, BytesStart, Event};
use quick_xml::name::ResolveResult;
use quick_xml::{NsReader, XmlVersion, escape};

const MAX_DEPTH: usize = 40;
const MAX_ELEMENTS: usize = 200_000;

/// An element: local name, namespace, attributes in order (those read have no prefix), children, text directly inside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) namespace: Option<String>,
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) children: Vec<Element>,
    pub(crate) text: String,
}

impl Element {
    /// An element to be written; a prefix is part of the name.
    pub(crate) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// An element with text.
    pub(crate) fn leaf(name: &str, text: impl Into<String>) -> Self {
        Self { text: text.into(), ..Self::new(name) }
    }

    pub(crate) fn with(mut self, name: &str, value: impl Into<String>) -> Self {
        self.attributes.push((name.to_owned(), value.into()));
        self
    }

    /// Adds the attribute when there is a value.
    pub(crate) fn with_some(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.with(name, value),
            None => self,
        }
    }

    pub(crate) fn child(mut self, child: Element) -> Self {
        self.children.push(child);
        self
    }

    pub(crate) fn children(mut self, children: impl IntoIterator<Item = Element>) -> Self {
        self.children.extend(children);
        self
    }

    /// The first child of that local name.
    pub(crate) fn get(&self, name: &str) -> Option<&Element> {
        self.children.iter().find(|child| child.name == name)
    }

    /// All children of that local name.
    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Element> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The element reached by a path of local names, first one at each step.
    pub(crate) fn at(&self, path: &[&str]) -> Option<&Element> {
        path.iter().try_fold(self, |here, name| here.get(name))
    }

    /// The text reached by a path, trimmed.
    pub(crate) fn text_at(&self, path: &[&str]) -> Option<&str> {
        self.at(path).map(|element| element.text.trim())
    }

    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// The document with this root.
    pub(crate) fn document(&self) -> String {
        let mut out = String::from(r#"<?xml version="1.0" encoding="UTF-8"?>"#);
        self.write(&mut out);
        out
    }

    fn write(&self, out: &mut String) {
        out.push('<');
        out.push_str(&self.name);
        for (name, value) in &self.attributes {
            out.push(' ');
            out.push_str(name);
            out.push_str("=\"");
            write_text(value, out);
            out.push('"');
        }
        if self.text.is_empty() && self.children.is_empty() {
            out.push_str("/>");
            return;
        }
        out.push('>');
        write_text(&self.text, out);
        for child in &self.children {
            child.write(out);
        }
        out.push_str("</");
        out.push_str(&self.name);
        out.push('>');
    }
}

/// Escapes; leaves out what no XML document may contain.
fn write_text(text: &str, out: &mut String) {
    let allowed = |c: &char| matches!(c, '\t' | '\n' | '\r' | ' '..='\u{FFFD}' | '\u{10000}'..);
    let clean: String = text.chars().filter(allowed).collect();
    out.push_str(&escape::escape(clean.as_str()));
}

/// Reads a document; the error says what is wrong, for the sender.
pub(crate) fn read(document: &str) -> Result<Element, String> {
    let mut reader = NsReader::from_str(document);
    let mut open: Vec<Element> = Vec::new();
    let mut root = None;
    let mut elements = 0;
    loop {
        let (namespace, event) = reader.read_resolved_event().map_err(|e| e.to_string())?;
        let closed = match event {
            Event::Start(start) => {
                open.push(element(&namespace, &start)?);
                None
            }
            Event::Empty(start) => Some(element(&namespace, &start)?),
            Event::End(_) => open.pop(),
            Event::DocType(_) => return Err("DOCTYPE non ammesso".to_owned()),
            Event::Eof => break,
            other => {
                add_text(&mut open, other)?;
                None
            }
        };
        if open.len() > MAX_DEPTH {
            return Err(format!("più di {MAX_DEPTH} livelli di elementi"));
        }
        let Some(closed) = closed else { continue };
        elements += 1;
        if elements > MAX_ELEMENTS {
            return Err(format!("più di {MAX_ELEMENTS} elementi"));
        }
        match open.last_mut() {
            Some(parent) => parent.children.push(closed),
            None if root.is_none() => root = Some(closed),
            None => return Err("più di un elemento radice".to_owned()),
        }
    }
    if open.is_empty() {
        root.ok_or_else(|| "nessun elemento".to_owned())
    } else {
        Err("documento incompleto".to_owned())
    }
}

fn element(namespace: &ResolveResult<'_>, start: &BytesStart<'_>) -> Result<Element, String> {
    let namespace = match namespace {
        ResolveResult::Bound(namespace) => Some(namespace.0.to_owned()),
        ResolveResult::Unbound => None,
        ResolveResult::Unknown(_) => return Err("prefisso di namespace non dichiarato".to_owned()),
    };
    let mut attributes = Vec::new();
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|e| e.to_string())?;
        let key = attribute.key.as_ref();
        if key == "xmlns" || key.contains(':') {
            continue;
        }
        let value = attribute.normalized_value(XmlVersion::Explicit1_0).map_err(|e| e.to_string())?;
        attributes.push((key.to_owned(), value.into_owned()));
    }
    Ok(Element { name: start.local_name().as_ref().to_owned(), namespace, attributes, ..Element::default() })
}

fn add_text(open: &mut [Element], event: Event<'_>) -> Result<(), String> {
    let text: Cow<'_, str> = match event {
        Event::Text(text) => text.xml10_content(),
        Event::CData(text) => text.xml10_content(),
        Event::GeneralRef(reference) => resolve(&reference)?,
        _ => return Ok(()),
    };
    match open.last_mut() {
        Some(parent) => parent.text.push_str(&text),
        None if text.trim().is_empty() => {}
        None => return Err("testo fuori dall'elemento radice".to_owned()),
    }
    Ok(())
}

fn resolve(reference: &BytesRef<'_>) -> Result<Cow<'static, str>, String> {
    if let Some(character) = reference.resolve_char_ref().map_err(|e| e.to_string())? {
        return Ok(character.to_string().into());
    }
    let name = reference.xml10_content();
    escape::resolve_predefined_entity(&name)
        .map(Cow::Borrowed)
        .ok_or_else(|| format!("entità sconosciuta: {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_reads_back() {
        let tree = Element::new("A").with("a", "<\"&'>").child(Element::leaf("B", "x < y & z"));
        assert_eq!(read(&tree.document()).unwrap(), tree);
    }

    #[test]
    fn what_no_document_may_contain_is_left_out() {
        let tree = Element::leaf("A", "a\u{1}\u{FFFE}b\n");
        assert_eq!(read(&tree.document()).unwrap().text, "ab\n");
    }

    #[test]
    fn doctype_depth_and_fragments_are_refused() {
        assert!(read("<!DOCTYPE a [<!ENTITY b 'c'>]><a>&b;</a>").unwrap_err().contains("DOCTYPE"));
        assert!(read(&"<a>".repeat(50)).is_err());
        for broken in ["", "<a>", "<a/><b/>", "<a></b>", "x<a/>", "<a>&b;</a>", "<p:a/>", "<a b='1' b='2'/>"]
        {
            assert!(read(broken).is_err(), "{broken}");
        }
    }

    #[test]
    fn namespaces_and_references_are_resolved() {
        let tree = read("<p:a xmlns:p='urn:x'><b>&#65;&amp;<![CDATA[<]]></b></p:a>").unwrap();
        assert_eq!(tree.namespace.as_deref(), Some("urn:x"));
        assert_eq!(tree.text_at(&["b"]), Some("A&<"));
    }
}
