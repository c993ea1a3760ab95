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
    Objects(&'static [Member]),
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

    pub(super) const fn objects(name: &'static str, members: &'static [Self]) -> Self {
        Self { name, shape: Shape::Objects(members) }
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
    /// Unknown members, and known ones from the second time on.
    pub(super) surplus: Vec<(Cow<'a, str>, Value<'a>)>,
}

impl<'a> Members<'a> {
    /// Takes the value of a member; `null` is as good as absent.
    pub(super) fn take(&mut self, name: &str) -> Option<Value<'a>> {
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

/// Takes apart the object that a document is, and all in it that its table knows. A list may hold `most` objects.
///
/// # Errors
/// When the document is not well formed, or something in it does not agree with its table.
pub(super) fn document<'a>(
    source: &'a str,
    known: &'static [Member],
    most: usize,
) -> serde_json::Result<Members<'a>> {
    let mut json = serde_json::Deserializer::from_str(source);
    let object = Object { scan: Scan { source, most: Some(most) }, known, offset: None };
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
    let offset = Some(offset(source, raw.get()));
    let object = Object { scan: Scan { source, most: None }, known, offset };
    serde_json::Deserializer::from_str(raw.get()).deserialize_map(object)
}

/// Where a piece of the document begins in it.
pub(super) fn offset(source: &str, piece: &str) -> usize {
    piece.as_ptr().addr().saturating_sub(source.as_ptr().addr())
}

#[derive(Clone, Copy)]
struct Scan<'a> {
    source: &'a str,
    /// Objects that a list may hold; `None` when nothing inside an object is taken apart.
    most: Option<usize>,
}

impl<'a> Scan<'a> {
    /// Where the object begins whose first member has this name.
    fn beginning(&self, name: &str) -> Option<usize> {
        let before = self.source.get(..offset(self.source, name))?.strip_suffix('"')?.trim_end();
        before.ends_with('{').then(|| before.len() - 1)
    }

    /// Where the value begins of the member with this name.
    fn value_offset(&self, name: &str) -> Option<usize> {
        let after = self.source.as_bytes().get(offset(self.source, name) + name.len()..)?;
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
            let place = place(known, &name);
            let member = place.and_then(|place| known.get(place)).filter(|_| scan.most.is_some());
            let shape = member.map_or(Shape::Raw, |member| member.shape);
            let content = map.next_value_seed(Expected { scan, shape })?;
            let offset = match &content {
                Content::Raw(raw) => Some(self::offset(scan.source, raw.get())),
                _ => written.and_then(|name| scan.value_offset(name)),
            };
            let value = Value { offset: offset.ok_or_else(nowhere)?, content };
            match place.and_then(|place| values.get_mut(place)) {
                Some(slot @ None) => *slot = Some(value),
                Some(Some(_)) | None => surplus.push((name, value)),
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
                let members = deserializer.deserialize_map(Object { scan, known, offset: None })?;
                Ok(Content::Object(Box::new(members)))
            }
            Shape::Objects(known) => deserializer.deserialize_seq(Objects { scan, known }),
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
    known: &'static [Member],
}

impl<'a> Visitor<'a> for Objects<'a> {
    type Value = Content<'a>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an array of objects, not too long")
    }

    fn visit_seq<A: SeqAccess<'a>>(self, mut seq: A) -> Result<Content<'a>, A::Error> {
        let Self { scan, known } = self;
        let mut items = Vec::new();
        while let Some(content) = seq.next_element_seed(Expected { scan, shape: Shape::Object(known) })? {
            // Given up before it fills the memory: whoever counts it to its end takes none of it apart.
            if scan.most.is_some_and(|most| items.len() == most) {
                return Err(A::Error::invalid_length(items.len() + 1, &self));
            }
            let Content::Object(members) = content else { return Err(A::Error::custom("no object")) };
            items.push(Value { offset: members.offset, content: Content::Object(members) });
        }
        Ok(Content::Items(items))
    }
}
