// SPDX-License-Identifier: EUPL-1.2
//! Members of JSON objects, taken one by one, with the place of each and what is wrong there.

use serde::de::Deserialize;
use serde_json::value::RawValue;

use super::placed;
use super::scan::{self, Content, Member, Members, Value};
use crate::documents::fault::{DocumentFault, RawFault, ReadError, ReadErrorKind};
use crate::documents::guard::Limits;
use crate::domain::text::Text;

/// Characters of a pointer that are shown.
const POINTER_LONGEST: usize = 300;
/// Room for most pointers.
const POINTER_USUAL: usize = 24;

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

    /// As a JSON pointer (RFC 6901).
    pub(super) fn pointer(&self) -> String {
        let mut pointer = String::with_capacity(POINTER_USUAL);
        self.push_to(&mut pointer);
        pointer
    }

    fn push_to(&self, pointer: &mut String) {
        if let Some(parent) = self.parent {
            parent.push_to(pointer);
        }
        match self.step {
            Step::Root => {}
            Step::Key(key) => {
                pointer.push('/');
                match key.contains(['~', '/']) {
                    true => pointer.push_str(&key.replace('~', "~0").replace('/', "~1")),
                    false => pointer.push_str(key),
                }
            }
            Step::Index(index) => {
                pointer.push('/');
                pointer.push_str(&index.to_string());
            }
        }
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
    pub(super) fn document(&mut self, known: &'static [Member]) -> Option<Members<'a>> {
        match scan::document(self.source, known, self.limits.lines) {
            Ok(members) => {
                self.tell_surplus(&members, &Path::root());
                return Some(members);
            }
            Err(error) if error.is_eof() => {
                self.malformed(0, &error);
                return None;
            }
            // A value that its table does not expect is no fault of the whole document.
            Err(_) => {}
        }
        match serde_json::from_str::<&RawValue>(self.source) {
            Ok(raw) => self.object(self.value(raw), &Path::root(), known),
            Err(error) => {
                self.malformed(0, &error);
                None
            }
        }
    }

    /// Tells what is not well formed in the piece of the document that begins there.
    fn malformed(&mut self, offset: usize, error: &serde_json::Error) {
        let rows = self.source.get(offset..).unwrap_or_default().split_inclusive('\n');
        let before: usize = rows.take(error.line().saturating_sub(1)).map(str::len).sum();
        let offset = self.source.floor_char_boundary(offset + before + error.column().saturating_sub(1));
        let told = error.to_string();
        let what = told.split(" at line ").next().unwrap_or_default();
        self.kind = ReadErrorKind::Malformed;
        let reason =
            Text { it: format!("JSON non valido: {what}").into(), en: format!("not JSON: {what}").into() };
        self.push(String::new(), RawFault::new(offset, "", reason));
    }

    fn value(&self, raw: &'a RawValue) -> Value<'a> {
        Value { offset: scan::offset_in(self.source, raw.get()), content: Content::Raw(raw) }
    }

    /// The members of an object that may have the `known` ones.
    pub(super) fn object(
        &mut self,
        value: Value<'a>,
        path: &Path<'_>,
        known: &'static [Member],
    ) -> Option<Members<'a>> {
        let members = match value.content {
            Content::Object(members) => Some(*members),
            Content::Raw(raw) => match scan::object(self.source, raw, known) {
                Ok(members) => Some(members),
                // Half of a surrogate pair in a name: that a name is no text is noticed only when it is read.
                Err(error) if !error.is_data() => {
                    self.malformed(value.offset, &error);
                    return None;
                }
                Err(_) => None,
            },
            Content::Null | Content::Text(_) | Content::Items(_) => None,
        };
        match &members {
            Some(members) => self.tell_surplus(members, path),
            None => self.fault(value.offset, path, Text::new("deve essere un oggetto", "must be an object")),
        }
        members
    }

    /// Reads each object of an array that may hold `most` of them, each with the `known` members. `None` when one of them
    /// cannot be read; all are tried.
    pub(super) fn objects<T>(
        &mut self,
        value: Value<'a>,
        path: &Path<'_>,
        most: usize,
        known: &'static [Member],
        mut read: impl FnMut(&mut Self, Members<'a>, &Path<'_>) -> Option<T>,
    ) -> Option<Vec<T>> {
        let items = match value.content {
            Content::Items(items) => Some(items),
            Content::Raw(raw) => serde_json::from_str(raw.get())
                .ok()
                .map(|items: Vec<&'a RawValue>| items.into_iter().map(|item| self.value(item)).collect()),
            Content::Null | Content::Text(_) | Content::Object(_) => None,
        };
        let Some(items) = items else {
            self.fault(value.offset, path, Text::new("deve essere una lista", "must be an array"));
            return None;
        };
        if items.len() > most {
            self.kind = ReadErrorKind::TooBig;
            let reason = Text {
                it: format!("{} elementi, il massimo è {most}", items.len()).into(),
                en: format!("{} items, at most {most} are read", items.len()).into(),
            };
            self.fault(value.offset, path, reason);
            return None;
        }
        let one = |(n, item)| {
            let path = path.index(n);
            let members = self.object(item, &path, known)?;
            read(self, members, &path)
        };
        let all: Vec<Option<T>> = items.into_iter().enumerate().map(one).collect();
        all.into_iter().collect()
    }

    fn tell_surplus(&mut self, members: &Members<'a>, path: &Path<'_>) {
        for (name, offset) in &members.surplus {
            let reason = if members.knows(name) {
                Text::new("membro ripetuto", "member given twice")
            } else {
                Text::new("membro sconosciuto", "unknown member")
            };
            self.fault(*offset, &path.key(name), reason);
        }
    }

    /// Reads a member that must be there. A missing one is told at the object that lacks it.
    pub(super) fn required<T>(
        &mut self,
        members: &mut Members<'a>,
        path: &Path<'_>,
        name: &str,
        read: impl FnOnce(&mut Self, Value<'a>, &Path<'_>) -> Option<T>,
    ) -> Option<T> {
        let path = path.key(name);
        match members.take(name) {
            Some(value) => read(self, value, &path),
            None => {
                let reason = Text::new("manca", "is missing");
                self.push(path.pointer(), RawFault::new(members.offset, "", reason));
                None
            }
        }
    }

    /// Reads a member that may be absent.
    pub(super) fn optional<T>(
        &mut self,
        members: &mut Members<'a>,
        path: &Path<'_>,
        name: &str,
        read: impl FnOnce(&mut Self, Value<'a>, &Path<'_>) -> Option<T>,
    ) -> Option<T> {
        members.take(name).and_then(|value| read(self, value, &path.key(name)))
    }

    /// Notes what is wrong with the value that begins there.
    pub(super) fn fault(&mut self, offset: usize, path: &Path<'_>, reason: Text) {
        if self.is_full() {
            return;
        }
        let rest = self.source.get(offset..).unwrap_or_default();
        let written = <&RawValue>::deserialize(&mut serde_json::Deserializer::from_str(rest));
        let written = written.map_or("", RawValue::get);
        let shown = written.strip_prefix('"').and_then(|text| text.strip_suffix('"')).unwrap_or(written);
        self.push(path.pointer(), RawFault::new(offset, shown, reason));
    }

    fn push(&mut self, pointer: String, fault: RawFault) {
        if !self.is_full() {
            // Names of members are foreign too: one may be a megabyte long.
            let pointer = pointer.chars().take(POINTER_LONGEST).collect();
            self.faults.push(placed(self.source, pointer, fault));
        }
    }

    const fn is_full(&self) -> bool {
        self.faults.len() >= self.limits.faults
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
