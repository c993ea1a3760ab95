// SPDX-License-Identifier: EUPL-1.2
//! Members of JSON objects, taken one by one, with the place of each. Values stay raw text until a reader asks for them,
//! so that numbers keep the digits they were written with. Raw text that is asked for is scanned again, so objects are taken
//! apart together with the list, or the document, that they are in.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserialize, DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde_json::value::RawValue;

use super::placed;
use crate::documents::fault::{DocumentFault, RawFault, ReadError, ReadErrorKind};
use crate::documents::guard::Limits;
use crate::domain::text::Text;

/// Characters of a pointer that are shown.
const POINTER_LONGEST: usize = 300;

/// The way to a value; written out only when something has to be told about it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Path<'p> {
    parent: Option<&'p Path<'p>>,
    step: Step<'p>,
}

#[derive(Debug, Clone, Copy)]
enum Step<'p> {
    Root,
    Key(&'p str),
    Index(usize),
}

impl<'p> Path<'p> {
    pub(super) const fn root() -> Self {
        Path { parent: None, step: Step::Root }
    }

    pub(super) const fn key<'c>(&'c self, key: &'c str) -> Path<'c>
    where
        'p: 'c,
    {
        Path { parent: Some(self), step: Step::Key(key) }
    }

    pub(super) const fn index(&self, index: usize) -> Path<'_> {
        Path { parent: Some(self), step: Step::Index(index) }
    }
}

/// A JSON pointer (RFC 6901).
impl fmt::Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            parent.fmt(f)?;
        }
        match self.step {
            Step::Root => Ok(()),
            Step::Key(key) if key.contains(['~', '/']) => {
                write!(f, "/{}", key.replace('~', "~0").replace('/', "~1"))
            }
            Step::Key(key) => write!(f, "/{key}"),
            Step::Index(index) => write!(f, "/{index}"),
        }
    }
}

/// The members of one object that nobody has asked for yet.
pub(super) struct Members<'a> {
    /// Where the object begins.
    offset: usize,
    left: Vec<Pair<'a>>,
}

/// The name of a member and its value.
type Pair<'a> = (Cow<'a, str>, &'a RawValue);

impl<'a> Members<'a> {
    /// Takes a member; `null` is as good as absent.
    pub(super) fn take(&mut self, key: &str) -> Option<&'a RawValue> {
        let position = self.left.iter().position(|(name, _)| name == key)?;
        let (_, raw) = self.left.swap_remove(position);
        (raw.get() != "null").then_some(raw)
    }
}

/// A document being read, with what was found wrong so far.
pub(super) struct Reader<'a> {
    source: &'a str,
    limits: &'a Limits,
    kind: ReadErrorKind,
    pub(super) faults: Vec<DocumentFault>,
}

impl<'a> Reader<'a> {
    pub(super) const fn new(source: &'a str, limits: &'a Limits) -> Self {
        Self { source, limits, kind: ReadErrorKind::Invalid, faults: Vec::new() }
    }

    /// The members of the one object that the document is; nothing may follow it.
    pub(super) fn document(&mut self, known: &[&str]) -> Option<Members<'a>> {
        let error = match serde_json::from_str(self.source) {
            Ok(Pairs(pairs)) => {
                let offset = self.source.len() - self.source.trim_start().len();
                return Some(self.members(offset, pairs, &Path::root(), known));
            }
            // Something else than an object, if it is JSON at all.
            Err(error) if error.is_data() => match serde_json::from_str(self.source) {
                Ok(other) => return self.object(other, &Path::root(), known),
                Err(error) => error,
            },
            Err(error) => error,
        };
        self.kind = ReadErrorKind::Malformed;
        self.faults.push(DocumentFault {
            line: u32::try_from(error.line()).unwrap_or(u32::MAX).max(1),
            column: u32::try_from(error.column()).unwrap_or(u32::MAX).max(1),
            pointer: String::new(),
            value: String::new(),
            reason: Text {
                it: format!("JSON non valido: {error}").into(),
                en: format!("not JSON: {error}").into(),
            },
        });
        None
    }

    /// The members of an object that may have the `known` ones.
    pub(super) fn object(
        &mut self,
        raw: &'a RawValue,
        path: &Path<'_>,
        known: &[&str],
    ) -> Option<Members<'a>> {
        let Ok(Pairs(pairs)) = serde_json::from_str(raw.get()) else {
            self.fault(raw, path, Text::new("deve essere un oggetto", "must be an object"));
            return None;
        };
        Some(self.members(self.offset(raw), pairs, path, known))
    }

    /// The objects of an array that may hold `most` of them, each with the `known` members; what is no object is told and
    /// `None`.
    pub(super) fn objects(
        &mut self,
        raw: &'a RawValue,
        path: &Path<'_>,
        most: usize,
        known: &[&str],
    ) -> Option<Vec<Option<Members<'a>>>> {
        if let Some(objects) = self.placed_objects(raw, most) {
            let objects = objects.into_iter().enumerate();
            let members = |(n, (offset, pairs))| Some(self.members(offset, pairs, &path.index(n), known));
            return Some(objects.map(members).collect());
        }
        let Ok(items) = serde_json::from_str::<Vec<&'a RawValue>>(raw.get()) else {
            self.fault(raw, path, Text::new("deve essere una lista", "must be an array"));
            return None;
        };
        if items.len() > most {
            self.kind = ReadErrorKind::TooBig;
            let reason = Text {
                it: format!("{} elementi, il massimo è {most}", items.len()).into(),
                en: format!("{} items, at most {most} are read", items.len()).into(),
            };
            self.fault(raw, path, reason);
            return None;
        }
        let items = items.into_iter().enumerate();
        Some(items.map(|(n, item)| self.object(item, &path.index(n), known)).collect())
    }

    /// The objects of an array and where each begins; `None` when it has more or other things in it, or not all of this can be
    /// told from their members.
    fn placed_objects(&self, raw: &'a RawValue, most: usize) -> Option<Vec<(usize, Vec<Pair<'a>>)>> {
        let objects = AtMost(most).deserialize(&mut serde_json::Deserializer::from_str(raw.get())).ok()?;
        objects.into_iter().map(|Pairs(pairs)| Some((self.beginning(&pairs)?, pairs))).collect()
    }

    /// Where the object begins whose first member is the first of these.
    fn beginning(&self, pairs: &[Pair<'a>]) -> Option<usize> {
        // A name with an escape in it is no slice of the source.
        let (Cow::Borrowed(name), _) = pairs.first()? else { return None };
        let name = name.as_ptr().addr().checked_sub(self.source.as_ptr().addr())?;
        let before = self.source.get(..name)?.strip_suffix('"')?.trim_end();
        before.ends_with('{').then(|| before.len() - 1)
    }

    fn members(
        &mut self,
        offset: usize,
        pairs: Vec<Pair<'a>>,
        path: &Path<'_>,
        known: &[&str],
    ) -> Members<'a> {
        debug_assert!(known.len() <= 32, "a bit for each");
        let mut seen = 0_u32;
        for (name, value) in &pairs {
            let bit = known.iter().position(|known| known == name).map_or(0, |place| 1 << place);
            if bit == 0 {
                self.fault(value, &path.key(name), Text::new("membro sconosciuto", "unknown member"));
            } else if seen & bit != 0 {
                self.fault(value, &path.key(name), Text::new("membro ripetuto", "member given twice"));
            }
            seen |= bit;
        }
        Members { offset, left: pairs }
    }

    /// Takes a member that must be there. A missing one is told at the object that lacks it.
    pub(super) fn required(&mut self, members: &mut Members<'a>, key: &str) -> Option<&'a RawValue> {
        self.required_at(members, &Path::root(), key)
    }

    /// As [`Self::required`], for an object inside the document.
    pub(super) fn required_at(
        &mut self,
        members: &mut Members<'a>,
        path: &Path<'_>,
        key: &str,
    ) -> Option<&'a RawValue> {
        let found = members.take(key);
        if found.is_none() {
            self.push(members.offset, "", path.key(key).to_string(), Text::new("manca", "is missing"));
        }
        found
    }

    /// Notes what is wrong with a value.
    pub(super) fn fault(&mut self, raw: &RawValue, path: &Path<'_>, reason: Text) {
        let value = raw.get();
        let shown = value.strip_prefix('"').and_then(|value| value.strip_suffix('"')).unwrap_or(value);
        self.push(self.offset(raw), shown, path.to_string(), reason);
    }

    fn push(&mut self, offset: usize, value: &str, pointer: String, reason: Text) {
        if self.faults.len() < self.limits.faults {
            // Names of members are foreign too: one may be a megabyte long.
            let pointer = pointer.chars().take(POINTER_LONGEST).collect();
            self.faults.push(placed(self.source, pointer, RawFault::new(offset, value, reason)));
        }
    }

    /// Raw values are slices of the source: their distance from its start is where they stand.
    fn offset(&self, raw: &RawValue) -> usize {
        raw.get().as_ptr().addr().saturating_sub(self.source.as_ptr().addr())
    }

    pub(super) const fn limits(&self) -> &'a Limits {
        self.limits
    }

    /// What was found wrong, in document order.
    pub(super) fn into_error(mut self) -> ReadError {
        self.faults.sort_by_key(|fault| (fault.line, fault.column));
        ReadError { kind: self.kind, faults: self.faults }
    }
}

struct Pairs<'a>(Vec<Pair<'a>>);

struct Key<'a>(Cow<'a, str>);

impl<'de> Deserialize<'de> for Key<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KeyVisitor;
        impl<'de> Visitor<'de> for KeyVisitor {
            type Value = Key<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }
            fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Borrowed(name)))
            }
            fn visit_str<E>(self, name: &str) -> Result<Self::Value, E> {
                Ok(Key(Cow::Owned(name.to_owned())))
            }
        }
        deserializer.deserialize_str(KeyVisitor)
    }
}

impl<'de> Deserialize<'de> for Pairs<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct PairsVisitor;
        impl<'de> Visitor<'de> for PairsVisitor {
            type Value = Pairs<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::with_capacity(16);
                while let Some((Key(name), value)) = map.next_entry::<Key<'de>, &'de RawValue>()? {
                    pairs.push((name, value));
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(PairsVisitor)
    }
}

/// A list of that many objects at most: what is too long is given up before it fills the memory.
struct AtMost(usize);

impl<'de> DeserializeSeed<'de> for AtMost {
    type Value = Vec<Pairs<'de>>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
        deserializer.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for AtMost {
    type Value = Vec<Pairs<'de>>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an array of {} objects at most", self.0)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
        let mut objects = Vec::new();
        while let Some(object) = seq.next_element()? {
            if objects.len() == self.0 {
                return Err(A::Error::invalid_length(objects.len() + 1, &self));
            }
            objects.push(object);
        }
        Ok(objects)
    }
}
