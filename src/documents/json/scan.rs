// SPDX-License-Identifier: EUPL-1.2
//! JSON taken apart in one look at each byte. Tables say which members an object may have and what each of them is; what
//! agrees with its table is taken apart along with the document. A document in which something does not agree is taken apart
//! object by object instead, so that everything wrong with it can be told.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

/// A member that an object may have.
#[derive(Debug)]
pub(super) struct Member {
    name: &'static str,
    shape: Shape,
}

/// What the value of a member should be.
#[derive(Debug, Clone, Copy)]
enum Shape {
    Text,
    Raw,
    Object(&'static [Member]),
    Objects(Most, &'static [Member]),
}

/// How many objects a list may hold: a longer one is given up before it fills the memory, and counted by whoever tells of it.
#[derive(Debug, Clone, Copy)]
pub(super) enum Most {
    /// As many as an order may have lines.
    Lines,
    Of(usize),
}

impl Member {
    pub(super) const fn text(name: &'static str) -> Self {
        Self { name, shape: Shape::Text }
    }

    /// A number, or a string with a number in it. It keeps its digits.
    pub(super) const fn number(name: &'static str) -> Self {
        Self { name, shape: Shape::Raw }
    }

    pub(super) const fn object(name: &'static str, members: &'static [Self]) -> Self {
        Self { name, shape: Shape::Object(members) }
    }

    pub(super) const fn objects(name: &'static str, most: Most, members: &'static [Self]) -> Self {
        Self { name, shape: Shape::Objects(most, members) }
    }
}

/// A value, and where it begins.
#[derive(Debug)]
pub(super) struct Value<'a> {
    pub(super) offset: usize,
    pub(super) content: Content<'a>,
}

#[derive(Debug)]
pub(super) enum Content<'a> {
    Null,
    Text(Cow<'a, str>),
    /// As it is written, whatever it is.
    Raw(&'a RawValue),
    Object(Box<Members<'a>>),
    Items(Vec<Value<'a>>),
}

impl Content<'_> {
    fn is_null(&self) -> bool {
        match self {
            Self::Null => true,
            Self::Raw(raw) => raw.get() == "null",
            Self::Text(_) | Self::Object(_) | Self::Items(_) => false,
        }
    }
}

/// The members of one object.
#[derive(Debug)]
pub(super) struct Members<'a> {
    /// Where the object begins.
    pub(super) offset: usize,
    known: &'static [Member],
    /// Of each known member the value, until somebody takes it.
    values: Vec<Option<Value<'a>>>,
    /// The known member that is likely to be taken next: readers go along their tables.
    next: usize,
    /// Unknown members, and known ones from the second time on, with where their values begin.
    pub(super) surplus: Vec<(Cow<'a, str>, usize)>,
}

impl<'a> Members<'a> {
    /// Takes the value of a member; `null` is as good as absent.
    pub(super) fn take(&mut self, name: &str) -> Option<Value<'a>> {
        debug_assert!(self.knows(name), "a member that no table has: {name}");
        let place = match self.known.get(self.next) {
            Some(member) if member.name == name => self.next,
            _ => place(self.known, name)?,
        };
        self.next = place + 1;
        let value = self.values.get_mut(place)?.take()?;
        (!value.content.is_null()).then_some(value)
    }

    pub(super) fn knows(&self, name: &str) -> bool {
        place(self.known, name).is_some()
    }
}

fn place(known: &[Member], name: &str) -> Option<usize> {
    known.iter().position(|member| member.name == name)
}

/// Takes apart the object that a document is, and all in it that its table knows. An order may have so many `lines`.
///
/// # Errors
/// When the document is not well formed, or something in it does not agree with its table.
pub(super) fn document<'a>(
    source: &'a str,
    known: &'static [Member],
    lines: usize,
) -> serde_json::Result<Members<'a>> {
    let mut json = serde_json::Deserializer::from_str(source);
    let object = Object { scan: Scan { source, depth: Depth::All { lines } }, known, offset: None };
    let members = json.deserialize_map(object)?;
    json.end()?;
    Ok(members)
}

/// Takes apart one object of a document; the values of its members stay as they are written.
///
/// # Errors
/// When the value is no object.
pub(super) fn object<'a>(
    source: &'a str,
    raw: &'a RawValue,
    known: &'static [Member],
) -> serde_json::Result<Members<'a>> {
    let offset = Some(offset_in(source, raw.get()));
    let object = Object { scan: Scan { source, depth: Depth::One }, known, offset };
    serde_json::Deserializer::from_str(raw.get()).deserialize_map(object)
}

/// Where a piece of the document begins in it.
pub(super) fn offset_in(source: &str, piece: &str) -> usize {
    piece.as_ptr().addr().saturating_sub(source.as_ptr().addr())
}

#[derive(Clone, Copy)]
struct Scan<'a> {
    source: &'a str,
    depth: Depth,
}

/// How much is taken apart.
#[derive(Clone, Copy)]
enum Depth {
    /// The object alone.
    One,
    /// What is in it as well.
    All { lines: usize },
}

impl<'a> Scan<'a> {
    /// What the value of a member is read as; of one that the object should not have only its place matters.
    fn shape(&self, member: Option<&Member>) -> Shape {
        match self.depth {
            Depth::One => Shape::Raw,
            Depth::All { .. } => member.map_or(Shape::Raw, |member| member.shape),
        }
    }

    fn most(&self, most: Most) -> usize {
        match (most, self.depth) {
            (Most::Of(most), _) => most,
            (Most::Lines, Depth::All { lines }) => lines,
            (Most::Lines, Depth::One) => 0,
        }
    }

    /// Where the object begins whose first member has this name.
    fn beginning(&self, name: &str) -> Option<usize> {
        let before = self.source.get(..offset_in(self.source, name))?.strip_suffix('"')?.trim_end();
        before.ends_with('{').then(|| before.len() - 1)
    }

    /// Where the value begins of the member with this name; of a name with an escape in it only that of a raw value is known.
    fn value_offset(&self, name: Option<&str>, content: &Content<'a>) -> Option<usize> {
        if let Content::Raw(raw) = content {
            return Some(offset_in(self.source, raw.get()));
        }
        let name = name?;
        let after = self.source.as_bytes().get(offset_in(self.source, name) + name.len()..)?;
        let value = after.strip_prefix(b"\"")?.trim_ascii_start().strip_prefix(b":")?.trim_ascii_start();
        Some(self.source.len() - value.len())
    }
}

struct Object<'a> {
    scan: Scan<'a>,
    known: &'static [Member],
    /// Where it begins; `None` when that has to be seen from its first name.
    offset: Option<usize>,
}

impl<'a> DeserializeSeed<'a> for Object<'a> {
    type Value = Members<'a>;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<Members<'a>, D::Error> {
        deserializer.deserialize_map(self)
    }
}

impl<'a> Visitor<'a> for Object<'a> {
    type Value = Members<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'a>>(self, mut map: A) -> Result<Members<'a>, A::Error> {
        let Self { scan, known, mut offset } = self;
        let nowhere = || A::Error::custom("an object or value whose place in the document is not plain");
        let mut values: Vec<Option<Value<'a>>> = known.iter().map(|_| None).collect();
        let mut surplus = Vec::new();
        while let Some(Name(name)) = map.next_key()? {
            // A name with an escape in it is no piece of the source.
            let written = if let Cow::Borrowed(name) = name { Some(name) } else { None };
            offset = offset.or_else(|| scan.beginning(written?));
            let place = place(known, &name).filter(|place| values.get(*place).is_some_and(Option::is_none));
            let shape = scan.shape(place.and_then(|place| known.get(place)));
            let content = map.next_value_seed(Expected { scan, shape })?;
            let offset = scan.value_offset(written, &content).ok_or_else(nowhere)?;
            match place.and_then(|place| values.get_mut(place)) {
                Some(slot) => *slot = Some(Value { offset, content }),
                None => surplus.push((name, offset)),
            }
        }
        Ok(Members { offset: offset.ok_or_else(nowhere)?, known, values, next: 0, surplus })
    }
}

/// The name of a member, borrowed when nothing in it is escaped.
struct Name<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match deserializer.deserialize_str(Text)? {
            Content::Text(name) => Ok(Self(name)),
            _ => Err(D::Error::custom("a name must be a string")),
        }
    }
}

struct Expected<'a> {
    scan: Scan<'a>,
    shape: Shape,
}

impl<'a> DeserializeSeed<'a> for Expected<'a> {
    type Value = Content<'a>;

    fn deserialize<D: Deserializer<'a>>(self, deserializer: D) -> Result<Content<'a>, D::Error> {
        let Self { scan, shape } = self;
        match shape {
            Shape::Text => deserializer.deserialize_any(Text),
            Shape::Raw => <&RawValue>::deserialize(deserializer).map(Content::Raw),
            Shape::Object(known) => {
                let members = Object { scan, known, offset: None }.deserialize(deserializer)?;
                Ok(Content::Object(Box::new(members)))
            }
            Shape::Objects(most, known) => {
                deserializer.deserialize_seq(Objects { scan, most: scan.most(most), known })
            }
        }
    }
}

/// A string, or `null`.
struct Text;

impl<'a> Visitor<'a> for Text {
    type Value = Content<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a string")
    }

    fn visit_borrowed_str<E>(self, text: &'a str) -> Result<Content<'a>, E> {
        Ok(Content::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Content<'a>, E> {
        Ok(Content::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_unit<E>(self) -> Result<Content<'a>, E> {
        Ok(Content::Null)
    }
}

struct Objects<'a> {
    scan: Scan<'a>,
    most: usize,
    known: &'static [Member],
}

impl<'a> Visitor<'a> for Objects<'a> {
    type Value = Content<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of objects, not too long")
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut seq: A) -> Result<Content<'a>, A::Error> {
        let Self { scan, most, known } = self;
        let mut items = Vec::new();
        while let Some(members) = seq.next_element_seed(Object { scan, known, offset: None })? {
            if items.len() == most {
                return Err(A::Error::invalid_length(most + 1, &self));
            }
            items.push(Value { offset: members.offset, content: Content::Object(Box::new(members)) });
        }
        Ok(Content::Items(items))
    }
}
