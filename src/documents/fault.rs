// SPDX-License-Identifier: EUPL-1.2
//! What is wrong with a document that cannot be read: where, what stands there, and why.

use std::fmt;

use serde::Serialize;

use crate::domain::text::Text;

/// Longest part of a foreign value that is ever shown back, in characters.
const SHOWN_CHARACTERS: usize = 80;

/// One thing that is wrong in a document.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct DocumentFault {
    /// Line, counted from 1.
    pub line: u32,
    /// Column in characters, counted from 1.
    pub column: u32,
    /// XPath or JSON pointer of the element.
    pub pointer: String,
    /// What stands there, shortened and with control characters escaped.
    pub value: String,
    /// Why that is wrong.
    pub reason: Text,
}

/// Why a document could not be read at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReadErrorKind {
    /// Well formed perhaps, but another kind of document than asked for.
    NotThisKind,
    /// Not well-formed XML or JSON, or in a forbidden form (DOCTYPE, unknown entity, foreign character set).
    Malformed,
    /// Beyond one of the [`Limits`](super::guard::Limits).
    TooBig,
    /// Well formed, and with values or a structure that an order cannot have.
    Invalid,
}

/// A document that could not be read, with everything that was found wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct ReadError {
    /// What sort of trouble.
    pub kind: ReadErrorKind,
    /// Every fault found, in document order; at least one.
    pub faults: Vec<DocumentFault>,
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            ReadErrorKind::NotThisKind => "another kind of document",
            ReadErrorKind::Malformed => "malformed document",
            ReadErrorKind::TooBig => "document beyond the limits",
            ReadErrorKind::Invalid => "invalid document",
        };
        f.write_str(kind)?;
        match self.faults.first() {
            Some(fault) => write!(f, ", line {}: {}", fault.line, fault.reason.en),
            None => Ok(()),
        }
    }
}

/// A fault whose place is still a byte offset: line, column and path are worked out only when it is reported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct RawFault {
    /// Byte offset into the decoded text.
    pub(crate) offset: usize,
    /// What stands there, as shown to people.
    pub(crate) value: String,
    /// Why that is wrong.
    pub(crate) reason: Text,
}

impl RawFault {
    pub(crate) fn new(offset: usize, value: &str, reason: Text) -> Self {
        Self { offset, value: shown(value), reason }
    }
}

/// The trouble that ends the reading of a document at once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Broken {
    pub(crate) kind: ReadErrorKind,
    pub(crate) fault: RawFault,
}

impl Broken {
    pub(crate) fn new(kind: ReadErrorKind, offset: usize, value: &str, reason: Text) -> Box<Self> {
        Box::new(Self { kind, fault: RawFault::new(offset, value, reason) })
    }
}

/// A foreign value made safe to show: shortened, blanks trimmed, control characters escaped.
pub(crate) fn shown(raw: &str) -> String {
    let mut safe = String::new();
    for (count, character) in raw.trim().chars().enumerate() {
        if count == SHOWN_CHARACTERS {
            safe.push('…');
            break;
        }
        if character.is_control() || is_invisible(character) {
            safe.extend(character.escape_unicode());
        } else {
            safe.push(character);
        }
    }
    safe
}

/// Characters that change how the text around them is displayed.
fn is_invisible(character: char) -> bool {
    matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// Line and column of a byte offset, both counted from 1, the column in characters.
pub(crate) fn line_and_column(text: &str, offset: usize) -> (u32, u32) {
    let before = text.get(..offset).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    let line = before.bytes().filter(|&byte| byte == b'\n').count();
    let column = before.get(line_start..).map_or(0, |line| line.chars().count());
    (counted_from_one(line), counted_from_one(column))
}

fn counted_from_one(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX).saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_values_are_shown_short_and_harmless() {
        assert_eq!(shown(" a\u{1b}[31mb\n"), "a\\u{1b}[31mb");
        assert_eq!(shown("a\u{202e}b"), "a\\u{202e}b");
        let long = shown(&"x".repeat(5_000));
        assert_eq!(long.chars().count(), SHOWN_CHARACTERS + 1);
    }

    #[test]
    fn columns_count_characters_and_lines_count_from_one() {
        let text = "abc\nèì<x";
        assert_eq!(line_and_column(text, 0), (1, 1));
        assert_eq!(line_and_column(text, text.find('<').unwrap()), (2, 3));
        assert_eq!(line_and_column(text, 10_000), (2, 5));
    }
}
