// SPDX-License-Identifier: EUPL-1.2
//! The smallest steps of tokenising: names, attributes, references, blanks. Positions are byte offsets; behind the end of
//! the text stands a NUL, which no well-formed document holds.

use super::content::referred;

/// What a byte may be part of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    /// Part of a name.
    Name,
    /// Between prefix and local name.
    Colon,
    /// Ends a name inside a tag.
    End,
    /// Not allowed in or behind a name.
    Other,
}

/// Class of every byte. Which letters beyond ASCII may be in a name is not looked at.
const CLASSES: [Class; 256] = {
    let mut classes = [Class::Other; 256];
    let mut byte = 0;
    while byte < 256 {
        #[expect(clippy::cast_possible_truncation, reason = "the loop ends at 255")]
        let class = match byte as u8 {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'_' | b'-' | b'.' | 0x80..=0xFF => Class::Name,
            b':' => Class::Colon,
            b' ' | b'\t' | b'\n' | b'\r' | b'>' | b'/' | b'=' => Class::End,
            _ => Class::Other,
        };
        classes[byte] = class;
        byte += 1;
    }
    classes
};

/// A text as bytes that can be asked for beyond its end.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bytes<'a>(pub(crate) &'a [u8]);

/// A qualified name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Name {
    /// Where it ends.
    pub(crate) end: usize,
    /// Where the local part begins.
    pub(crate) local: usize,
    /// The prefix for comparing, see [`key_of`]; 0 without a prefix.
    pub(crate) prefix_key: u64,
}

/// One attribute: where its name and its value stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Attribute {
    /// Start and end of the qualified name.
    pub(crate) name: (usize, usize),
    /// Start and end of the value between the quotes.
    pub(crate) value: (usize, usize),
}

impl Bytes<'_> {
    #[inline]
    pub(crate) fn at(&self, position: usize) -> u8 {
        self.0.get(position).copied().unwrap_or(0)
    }

    #[inline]
    pub(crate) fn starts_with(&self, position: usize, what: &[u8]) -> bool {
        self.0.get(position..).is_some_and(|rest| rest.starts_with(what))
    }

    /// Behind the bytes from here on that are part of something.
    #[inline]
    pub(crate) fn after(&self, start: usize, is_part: impl Fn(u8) -> bool) -> usize {
        let rest = self.0.get(start..).unwrap_or_default();
        start + rest.iter().position(|byte| !is_part(*byte)).unwrap_or(rest.len())
    }

    #[inline]
    pub(crate) fn after_blanks(&self, mut position: usize) -> usize {
        while matches!(self.at(position), b' ' | b'\n' | b'\t' | b'\r') {
            position += 1;
        }
        position
    }

    /// The name that begins here, when it is one.
    #[inline]
    pub(crate) fn name(&self, start: usize) -> Option<Name> {
        let mut name = Name { end: self.after_name_bytes(start), local: start, prefix_key: 0 };
        if self.class(name.end) == Class::Colon {
            name.prefix_key = key_of(self.0.get(start..name.end)?);
            name.local = name.end + 1;
            name.end = self.after_name_bytes(name.local);
        }
        let starts = |position: usize| !matches!(self.at(position), b'0'..=b'9' | b'-' | b'.');
        let is_name = self.class(name.end) == Class::End && name.end > name.local && name.local != start + 1;
        (is_name && starts(start) && starts(name.local)).then_some(name)
    }

    #[inline]
    fn class(&self, position: usize) -> Class {
        CLASSES[usize::from(self.at(position))]
    }

    #[inline]
    fn after_name_bytes(&self, start: usize) -> usize {
        self.after(start, |byte| CLASSES[usize::from(byte)] == Class::Name)
    }

    /// The target of a processing instruction that begins here: a name, then a blank or the end of the instruction.
    pub(crate) fn is_target(&self, start: usize) -> bool {
        let end = self.after_name_bytes(start);
        let named = end > start && !matches!(self.at(start), b'0'..=b'9' | b'-' | b'.');
        named && (self.after_blanks(end) > end || self.starts_with(end, b"?>"))
    }

    /// The attribute that begins behind these blanks, and where it ends; `None` when it is not well formed.
    #[inline]
    pub(crate) fn attribute(&self, start: usize) -> Option<(Attribute, usize)> {
        let name = self.name(start)?;
        let equals = self.after_blanks(name.end);
        if self.at(equals) != b'=' {
            return None;
        }
        let open = self.after_blanks(equals + 1);
        let quote = self.at(open);
        if quote != b'"' && quote != b'\'' {
            return None;
        }
        let mut end = open + 1;
        loop {
            match self.at(end) {
                byte if byte == quote => break,
                b'&' => end = self.after_reference(end)?,
                b'<' | 0 => return None,
                _ => end += 1,
            }
        }
        Some((Attribute { name: (start, name.end), value: (open + 1, end) }, end + 1))
    }

    /// Behind the reference that begins here, when it is one that may be resolved.
    pub(crate) fn after_reference(&self, start: usize) -> Option<usize> {
        const LONGEST: usize = 12;
        let end = (start + 1..start + LONGEST).find(|&position| self.at(position) == b';')?;
        let name = std::str::from_utf8(self.0.get(start + 1..end)?).ok()?;
        referred(name).map(|_| end + 1)
    }

    /// Behind a text that ends with `what`.
    pub(crate) fn behind(&self, start: usize, what: &[u8]) -> Option<usize> {
        let rest = self.0.get(start..)?;
        let found = rest.windows(what.len()).position(|window| window == what)?;
        Some(start + found + what.len())
    }
}

/// The bytes of a prefix in one number, for comparing; the last eight of a longer one.
pub(crate) fn key_of(prefix: &[u8]) -> u64 {
    prefix.iter().fold(0, |key, byte| (key << 8) | u64::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> Option<(&str, u64)> {
        let name = Bytes(text.as_bytes()).name(0)?;
        Some((&text[name.local..name.end], name.prefix_key))
    }

    #[test]
    fn names_are_split_at_the_colon() {
        assert_eq!(name("cbc:ID>"), Some(("ID", 0x63_62_63)));
        assert_eq!(name("Order "), Some(("Order", 0)));
        assert_eq!(name("è:à/>").map(|(local, _)| local), Some("à"));
        for wrong in ["", ">", ":ID>", "cbc:>", "a:b:c>", "1a>", "a:1>", "a\"b>", "a<", "abc"] {
            assert_eq!(name(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn attributes_have_quoted_values_without_markup() {
        let value = |text: &str| {
            let (attribute, _) = Bytes(text.as_bytes()).attribute(0)?;
            Some(text[attribute.value.0..attribute.value.1].to_owned())
        };
        assert_eq!(value("a='1'").as_deref(), Some("1"));
        assert_eq!(value("b\n=\n\"x'&amp;\">").as_deref(), Some("x'&amp;"));
        for wrong in ["a", "a=1", "a='<'", "a='&x;'", "='1'", "a='1", "a='&amp'", "a=", "à=&", "a='&"] {
            assert_eq!(value(wrong), None, "{wrong}");
        }
    }
}
