// SPDX-License-Identifier: EUPL-1.2
//! Pulls elements out of a document one by one, with every limit of [`Limits`] held, names matched and namespaces
//! resolved. Everything borrowed; nothing is allocated per element. Readers descend with [`Tokens::child`],
//! [`Tokens::text`] and [`Tokens::skip`].

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use super::Limits;
use super::attributes::Attributes;
use super::content::referred;
use crate::documents::fault::{Broken, ReadErrorKind};
use crate::domain::text::Text;

/// Number of the namespace that is no namespace.
pub const NO_SPACE: u8 = u8::MAX - 1;
/// Number of every namespace that the vocabulary does not know.
pub const FOREIGN_SPACE: u8 = u8::MAX;

/// The names that a reader wants told apart.
#[derive(Debug)]
pub struct Vocabulary {
    /// Known namespaces; [`Tag::space`] is the index. The first member is the address, the second the prefix that
    /// paths are written with.
    pub spaces: &'static [(&'static str, &'static str)],
    /// Attributes of which [`Tag::attribute`] keeps the first that is present.
    pub attributes: &'static [&'static str],
    /// Local names of elements that may stand more than once: paths always give their position.
    pub repeated: &'static [&'static str],
}

/// One start tag.
#[derive(Debug, Clone, Copy)]
pub struct Tag<'a> {
    /// Index into [`Vocabulary::spaces`], or [`NO_SPACE`], or [`FOREIGN_SPACE`].
    pub space: u8,
    /// Name without prefix.
    pub local: &'a str,
    /// Value, as written, of the attribute asked for.
    pub attribute: Option<&'a str>,
    /// Everything between the name and the closing bracket.
    pub attributes: &'a str,
    /// Offset of the opening bracket.
    pub at: usize,
    /// Offset behind the closing bracket.
    pub end: usize,
}

#[derive(Debug)]
struct Binding<'a> {
    prefix: &'a str,
    space: u8,
    depth: u32,
}

/// A document being read.
#[derive(Debug)]
pub struct Tokens<'a> {
    reader: Reader<&'a [u8]>,
    source: &'a str,
    vocabulary: &'static Vocabulary,
    limits: Limits,
    position: usize,
    depth: u32,
    nodes: u32,
    bindings: Vec<Binding<'a>>,
    /// Offset of the element opened last, as long as nothing came after it.
    just_opened: Option<usize>,
    empty: Vec<usize>,
    misplaced: Vec<usize>,
}

type Step<T> = Result<T, Box<Broken>>;

impl<'a> Tokens<'a> {
    /// Starts at the beginning of a text.
    pub fn new(source: &'a str, vocabulary: &'static Vocabulary, limits: &Limits) -> Self {
        let mut reader = Reader::from_str(source);
        let config = reader.config_mut();
        config.expand_empty_elements = true;
        config.trim_text_start = true;
        config.check_comments = true;
        Self {
            reader,
            source,
            vocabulary,
            limits: *limits,
            position: 0,
            depth: 0,
            nodes: 0,
            bindings: Vec::with_capacity(8),
            just_opened: None,
            empty: Vec::new(),
            misplaced: Vec::new(),
        }
    }

    /// The text being read.
    pub const fn source(&self) -> &'a str {
        self.source
    }

    /// Offset behind what was read last.
    pub const fn position(&self) -> usize {
        self.position
    }

    /// Offsets of elements with neither text nor elements inside, so far.
    pub fn take_empty(&mut self) -> Vec<usize> {
        std::mem::take(&mut self.empty)
    }

    /// Offsets of texts where only elements may stand and of elements where only text may stand, so far.
    pub fn take_misplaced(&mut self) -> Vec<usize> {
        std::mem::take(&mut self.misplaced)
    }

    /// The outermost element.
    pub fn root(&mut self) -> Step<Tag<'a>> {
        loop {
            match self.advance()? {
                Event::Start(start) => return self.open(&start),
                Event::Comment(_) | Event::PI(_) | Event::Decl(_) => {}
                Event::Eof => return Err(self.malformed("il documento non contiene elementi", "no element in the document")),
                _ => return Err(self.malformed("testo fuori dall'elemento radice", "text outside the root element")),
            }
        }
    }

    /// The next element inside the one that is open, or nothing when that one ends.
    #[inline]
    pub fn child(&mut self) -> Step<Option<Tag<'a>>> {
        loop {
            let before = self.position;
            match self.advance()? {
                Event::Start(start) => return self.open(&start).map(Some),
                Event::End(_) => {
                    self.close();
                    return Ok(None);
                }
                Event::Text(_) | Event::CData(_) | Event::GeneralRef(_) => self.misplaced(before),
                Event::Comment(_) | Event::PI(_) => {}
                Event::Eof => return Err(self.unfinished()),
                Event::Decl(_) | Event::DocType(_) => return Err(self.misplaced_declaration()),
            }
        }
    }

    /// The content of the element opened last, as written. Elements inside are noted as misplaced.
    #[inline]
    pub fn text(&mut self, tag: &Tag<'a>) -> Step<&'a str> {
        loop {
            let before = self.position;
            match self.advance()? {
                Event::End(_) => {
                    self.close();
                    return self.inside(tag, before);
                }
                Event::Text(_) | Event::CData(_) | Event::GeneralRef(_) => self.just_opened = None,
                Event::Start(start) => {
                    let inner = self.open(&start)?;
                    self.misplaced(inner.at);
                    self.skip(&inner)?;
                }
                Event::Comment(_) | Event::PI(_) => {}
                Event::Eof => return Err(self.unfinished()),
                Event::Decl(_) | Event::DocType(_) => return Err(self.misplaced_declaration()),
            }
        }
    }

    /// The next element inside one of which nothing is known: text beside elements is nobody's business there.
    pub fn child_of_unknown(&mut self) -> Step<Option<Tag<'a>>> {
        loop {
            match self.advance()? {
                Event::Start(start) => return self.open(&start).map(Some),
                Event::End(_) => {
                    self.close();
                    return Ok(None);
                }
                Event::Text(_) | Event::CData(_) | Event::GeneralRef(_) => self.just_opened = None,
                Event::Comment(_) | Event::PI(_) => {}
                Event::Eof => return Err(self.unfinished()),
                Event::Decl(_) | Event::DocType(_) => return Err(self.misplaced_declaration()),
            }
        }
    }

    /// Refuses what can never be the name of an element.
    pub fn check_name(&self, tag: &Tag<'a>) -> Step<()> {
        if is_name(tag.local) { Ok(()) } else { Err(self.malformed("nome di elemento non valido", "not a name of an element")) }
    }

    /// Passes over everything inside the element opened last.
    pub fn skip(&mut self, tag: &Tag<'a>) -> Step<()> {
        self.check_name(tag)?;
        while let Some(inner) = self.child_of_unknown()? {
            self.skip(&inner)?;
        }
        Ok(())
    }

    /// Checks that nothing but comments follows the root element.
    pub fn finish(&mut self) -> Step<()> {
        loop {
            match self.advance()? {
                Event::Eof => return Ok(()),
                Event::Comment(_) | Event::PI(_) => {}
                _ => return Err(self.malformed("contenuto dopo l'elemento radice", "content after the root element")),
            }
        }
    }

    #[inline]
    fn advance(&mut self) -> Step<Event<'a>> {
        let event = match self.reader.read_event() {
            Ok(event) => event,
            Err(error) => return Err(self.not_xml(&error)),
        };
        self.position = usize::try_from(self.reader.buffer_position()).unwrap_or(self.source.len());
        self.nodes += 1;
        if self.nodes > self.limits.nodes {
            return Err(self.too_big("nodi", "nodes", self.limits.nodes as usize));
        }
        match &event {
            Event::Start(_) | Event::End(_) | Event::Text(_) => {}
            Event::GeneralRef(name) if referred(name).is_none() => return Err(self.unknown_entity(name)),
            Event::DocType(_) => return Err(self.doctype()),
            Event::Decl(_) if self.nodes > 1 || !self.source.starts_with("<?xml") => return Err(self.misplaced_declaration()),
            _ => {}
        }
        Ok(event)
    }

    #[inline]
    fn open(&mut self, start: &BytesStart<'_>) -> Step<Tag<'a>> {
        let end = self.position;
        let closing = if self.source.as_bytes().get(end.wrapping_sub(2)) == Some(&b'/') { 2 } else { 1 };
        let name_length = start.name().as_ref().len();
        let from = end.saturating_sub(closing + start.len());
        let name = self.source.get(from..from + name_length).unwrap_or_default();
        let attributes = self.source.get(from + name_length..end.saturating_sub(closing)).unwrap_or_default();
        let at = from.saturating_sub(1);
        self.depth += 1;
        if self.depth > self.limits.depth {
            return Err(self.too_big("livelli di annidamento", "levels of nesting", self.limits.depth as usize));
        }
        let attribute = if attributes.is_empty() { None } else { self.attributes(attributes)? };
        let (prefix, local) = match name.bytes().position(|byte| byte == b':') {
            Some(colon) => (name.get(..colon).unwrap_or_default(), name.get(colon + 1..).unwrap_or_default()),
            None => ("", name),
        };
        let Some(space) = self.space_of(prefix) else {
            return Err(self.malformed("prefisso di namespace non dichiarato", "namespace prefix not declared"));
        };
        if local.is_empty() {
            return Err(self.malformed("elemento senza nome", "element without a name"));
        }
        self.just_opened = Some(at);
        Ok(Tag { space, local, attribute, attributes, at, end })
    }

    #[inline]
    fn close(&mut self) {
        if let Some(at) = self.just_opened.take()
            && self.empty.len() < self.limits.faults
        {
            self.empty.push(at);
        }
        while self.bindings.last().is_some_and(|binding| binding.depth >= self.depth) {
            self.bindings.pop();
        }
        self.depth = self.depth.saturating_sub(1);
    }

    #[inline]
    fn space_of(&self, prefix: &str) -> Option<u8> {
        match self.bindings.iter().rev().find(|binding| binding.prefix == prefix) {
            Some(binding) => Some(binding.space),
            None if prefix.is_empty() => Some(NO_SPACE),
            None => None,
        }
    }

    /// Checks the attributes, takes in namespace declarations, and gives back the value asked for.
    fn attributes(&mut self, raw: &'a str) -> Step<Option<&'a str>> {
        let mut wanted = None;
        let mut seen = Attributes::new(raw);
        let mut count = 0_usize;
        while let Some(attribute) = seen.next() {
            let Some(attribute) = attribute else {
                return Err(self.malformed("attributi non ben formati", "attributes that are not well formed"));
            };
            count += 1;
            if count > self.limits.attributes {
                return Err(self.too_big("attributi", "attributes", self.limits.attributes));
            }
            let repeated = seen.clone().take(self.limits.attributes).flatten().any(|other| other.name == attribute.name);
            if repeated {
                return Err(self.malformed("attributo ripetuto", "attribute given twice"));
            }
            if let Some(rest) = attribute.name.strip_prefix("xmlns") {
                self.declare(rest, attribute.value)?;
            } else if wanted.is_none() && self.vocabulary.attributes.contains(&attribute.name) {
                wanted = Some(attribute.value);
            }
        }
        Ok(wanted)
    }

    fn declare(&mut self, rest: &'a str, uri: &str) -> Step<()> {
        let prefix = match rest.strip_prefix(':') {
            Some("") => return Err(self.malformed("prefisso vuoto", "empty prefix")),
            Some(prefix) => prefix,
            None if rest.is_empty() => "",
            None => return Ok(()),
        };
        let known = self.vocabulary.spaces.iter().position(|&(known, _)| known == uri);
        let space = match known.and_then(|index| u8::try_from(index).ok()) {
            Some(index) => index,
            None if uri.is_empty() => NO_SPACE,
            None => FOREIGN_SPACE,
        };
        self.bindings.push(Binding { prefix, space, depth: self.depth });
        Ok(())
    }

    fn inside(&self, tag: &Tag<'a>, end: usize) -> Step<&'a str> {
        // An element written as one tag has its (empty) content where the tag begins, so that its place is its own.
        let from = if end > tag.end { tag.end } else { tag.at };
        let raw = self.source.get(from..end.max(from)).unwrap_or_default();
        let raw = if end > tag.end { raw } else { raw.get(..0).unwrap_or_default() };
        if raw.len() > self.limits.text_bytes {
            return Err(self.too_big("byte di testo", "bytes of text", self.limits.text_bytes));
        }
        Ok(raw)
    }

    fn misplaced(&mut self, offset: usize) {
        self.just_opened = None;
        if self.misplaced.len() < self.limits.faults {
            self.misplaced.push(offset);
        }
    }
}

/// The ways in which a document ends early.
impl Tokens<'_> {
    #[cold]
    fn broken(&self, kind: ReadErrorKind, offset: usize, reason: Text) -> Box<Broken> {
        let rest = self.source.get(offset..).unwrap_or_default();
        let value: String = rest.chars().take(40).collect();
        Broken::new(kind, offset, &value, reason)
    }

    #[cold]
    fn malformed(&self, it: &'static str, en: &'static str) -> Box<Broken> {
        self.broken(ReadErrorKind::Malformed, self.tag_start(), Text { it: it.into(), en: en.into() })
    }

    /// Start of the markup read last.
    fn tag_start(&self) -> usize {
        self.source.get(..self.position).and_then(|before| before.rfind('<')).unwrap_or(self.position)
    }

    #[cold]
    fn not_xml(&self, error: &quick_xml::Error) -> Box<Broken> {
        let offset = usize::try_from(self.reader.error_position()).unwrap_or_default().min(self.source.len());
        let reason = Text { it: format!("XML non ben formato: {error}").into(), en: format!("not well-formed XML: {error}").into() };
        self.broken(ReadErrorKind::Malformed, offset, reason)
    }

    #[cold]
    fn too_big(&self, it: &str, en: &str, limit: usize) -> Box<Broken> {
        let reason = Text { it: format!("più di {limit} {it}").into(), en: format!("more than {limit} {en}").into() };
        self.broken(ReadErrorKind::TooBig, self.tag_start(), reason)
    }

    #[cold]
    fn unknown_entity(&self, name: &str) -> Box<Broken> {
        let shown: String = name.chars().take(20).collect();
        let reason = Text {
            it: format!("riferimento non ammesso: &{shown};").into(),
            en: format!("reference not accepted: &{shown};").into(),
        };
        self.broken(ReadErrorKind::Malformed, self.position.saturating_sub(name.len() + 2), reason)
    }

    #[cold]
    fn doctype(&self) -> Box<Broken> {
        let start = self.source.find("<!D").or_else(|| self.source.find("<!d")).unwrap_or_default();
        let reason = Text { it: "DOCTYPE non ammesso".into(), en: "DOCTYPE is not accepted".into() };
        self.broken(ReadErrorKind::Malformed, start, reason)
    }

    #[cold]
    fn unfinished(&self) -> Box<Broken> {
        let reason = Text {
            it: "il documento finisce prima della fine degli elementi".into(),
            en: "the document ends before its elements do".into(),
        };
        self.broken(ReadErrorKind::Malformed, self.source.len(), reason)
    }

    #[cold]
    fn misplaced_declaration(&self) -> Box<Broken> {
        self.malformed("dichiarazione XML non all'inizio", "XML declaration not at the beginning")
    }
}

/// Loose check of an element's local name: what can never be one is refused.
fn is_name(name: &str) -> bool {
    let starts = |byte: u8| byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80;
    let goes_on = |byte: u8| starts(byte) || byte.is_ascii_digit() || byte == b'-' || byte == b'.';
    name.bytes().next().is_some_and(starts) && name.bytes().all(goes_on)
}
