// SPDX-License-Identifier: EUPL-1.2
//! Members of JSON objects, taken one by one, with the place of each. Values stay raw text until a reader asks for them,
//! so that numbers keep the digits they were written with.

use std::borrow::Cow;
use std::collections::HashSet;
use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
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
    whole: &'a RawValue,
    left: Vec<(Cow<'a, str>, &'a RawValue)>,
}

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

    /// The one value that the document is; nothing may follow it.
    pub(super) fn whole(&mut self) -> Option<&'a RawValue> {
        match serde_json::from_str(self.source) {
            Ok(raw) => Some(raw),
            Err(error) => {
                self.kind = ReadErrorKind::Malformed;
                let column = u32::try_from(error.column()).unwrap_or(u32::MAX).max(1);
                let line = u32::try_from(error.line()).unwrap_or(u32::MAX).max(1);
                let reason = Text {
                    it: format!("JSON non valido: {error}").into(),
                    en: format!("not JSON: {error}").into(),
                };
                self.faults.push(DocumentFault {
                    line,
                    column,
                    pointer: String::new(),
                    value: String::new(),
                    reason,
                });
                None
            }
        }
    }

    /// The members of an object that may have the `known` ones.
    pub(super) fn object(
        &mut self,
        raw: &'a RawValue,
        path: &Path<'_>,
        known: &[&str],
    ) -> Option<Members<'a>> {
        let Ok(Pairs(left)) = serde_json::from_str::<Pairs<'a>>(raw.get()) else {
            self.fault(raw, path, Text::new("deve essere un oggetto", "must be an object"));
            return None;
        };
        let mut seen = HashSet::with_capacity(left.len());
        for (name, value) in &left {
            if !seen.insert(name) {
                self.fault(value, &path.key(name), Text::new("membro ripetuto", "member given twice"));
            } else if !known.contains(&&**name) {
                self.fault(value, &path.key(name), Text::new("membro sconosciuto", "unknown member"));
            }
        }
        Some(Members { whole: raw, left })
    }

    /// The items of an array that may hold so many.
    pub(super) fn array(
        &mut self,
        raw: &'a RawValue,
        path: &Path<'_>,
        most: usize,
    ) -> Option<Vec<&'a RawValue>> {
        let Ok(Items(items)) = serde_json::from_str::<Items<'a>>(raw.get()) else {
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
        Some(items)
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
            let offset = self.offset(members.whole);
            self.push(offset, "", path.key(key).to_string(), Text::new("manca", "is missing"));
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

struct Pairs<'a>(Vec<(Cow<'a, str>, &'a RawValue)>);

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

struct Items<'a>(Vec<&'a RawValue>);

impl<'de> Deserialize<'de> for Items<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct ItemsVisitor;
        impl<'de> Visitor<'de> for ItemsVisitor {
            type Value = Items<'de>;
            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an array")
            }
            fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Self::Value, A::Error> {
                let mut items = Vec::new();
                while let Some(item) = seq.next_element::<&'de RawValue>()? {
                    items.push(item);
                }
                Ok(Items(items))
            }
        }
        deserializer.deserialize_seq(ItemsVisitor)
    }
}
