// SPDX-License-Identifier: EUPL-1.2
//! The attributes of one start tag, well-formedness checked.

use super::content::referred;

/// One attribute as written, its value not yet resolved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Attribute<'a> {
    /// Qualified name.
    pub name: &'a str,
    /// Raw value between the quotes.
    pub value: &'a str,
}

/// Walks over the part of a start tag that follows the element's name.
#[derive(Debug, Clone)]
pub struct Attributes<'a> {
    rest: &'a str,
}

impl<'a> Attributes<'a> {
    /// `raw` is everything between the name and the closing bracket.
    pub const fn new(raw: &'a str) -> Self {
        Self { rest: raw }
    }

    /// `None`: not well formed.
    fn step(&mut self) -> Option<Attribute<'a>> {
        let start = self.rest.trim_ascii_start();
        if start.len() == self.rest.len() {
            return None;
        }
        let name_end = start.bytes().position(|byte| matches!(byte, b'=' | b' ' | b'\t' | b'\n' | b'\r'))?;
        let (name, from) = start.split_at_checked(name_end)?;
        let quoted = from.trim_ascii_start().strip_prefix('=')?.trim_ascii_start();
        let quote = *quoted.as_bytes().first().filter(|&&byte| byte == b'"' || byte == b'\'')?;
        let inside = quoted.get(1..)?;
        let end = inside.bytes().position(|byte| byte == quote || byte == b'<')?;
        let (value, after) = inside.split_at_checked(end)?;
        if name.is_empty() || after.starts_with('<') || !references_known(value) {
            return None;
        }
        self.rest = after.get(1..)?;
        Some(Attribute { name, value })
    }
}

impl<'a> Iterator for Attributes<'a> {
    /// `None` inside marks what is not well formed; nothing follows it.
    type Item = Option<Attribute<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.trim_ascii_start().is_empty() {
            return None;
        }
        let attribute = self.step();
        if attribute.is_none() {
            self.rest = "";
        }
        Some(attribute)
    }
}

fn references_known(value: &str) -> bool {
    value
        .split('&')
        .skip(1)
        .all(|from| from.split_once(';').is_some_and(|(name, _)| referred(name).is_some()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(raw: &str) -> Vec<Option<Attribute<'_>>> {
        Attributes::new(raw).collect()
    }

    #[test]
    fn both_quotes_and_any_blanks_are_read() {
        let read = all(" a='1'\n b = \"x'&amp;\" ");
        assert_eq!(
            read,
            [Some(Attribute { name: "a", value: "1" }), Some(Attribute { name: "b", value: "x'&amp;" })]
        );
    }

    #[test]
    fn what_is_not_well_formed_ends_the_walk() {
        for raw in ["a='1'", " a", " a=1", " a='1'b='2'", " a='<'", " a='&x;'", " ='1'", " a='1", " a='&amp'", " à=&"] {
            assert_eq!(all(raw).last(), Some(&None), "{raw}");
        }
    }
}
