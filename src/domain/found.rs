// SPDX-License-Identifier: EUPL-1.2
//! A code as it stands in a document: what was written, where, and what parsing made of it. Nothing is lost when it is
//! malformed.

use std::borrow::Cow;

use super::text::Text;

/// A value that stands in the document: the text as written, where it stood, and what parsing made of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found<T> {
    /// The text as written, trimmed.
    pub raw: String,
    /// JSON pointer or XPath of the place.
    pub at: Cow<'static, str>,
    /// The parsed value, or why it is not one.
    pub value: Result<T, Text>,
}

impl<T> Found<T> {
    /// The parsed value when the text was a good one.
    pub fn ok(&self) -> Option<&T> {
        self.value.as_ref().ok()
    }
}

/// The one value of all: each is well formed and they are equal.
pub(super) fn sole<'a, T: PartialEq + 'a>(found: impl Iterator<Item = &'a Found<T>>) -> Option<&'a T> {
    let mut one = None;
    for code in found {
        let value = code.ok()?;
        match one {
            None => one = Some(value),
            Some(first) if first == value => {}
            Some(_) => return None,
        }
    }
    one
}
