// SPDX-License-Identifier: EUPL-1.2
//! What all codes share: fixed shapes checked position by position, inline storage, text and serde forms.

use thiserror::Error;

/// A code does not have its published shape.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ShapeError {
    /// The number of characters is wrong.
    #[error("{expected} characters expected, {found} found")]
    Length {
        /// How many characters the code has, such as `15` or `15 to 34`.
        expected: &'static str,
        /// How many were given.
        found: usize,
    },
    /// One character is not of the kind its position asks for.
    #[error("character {position} is {found:?}, {expected} expected")]
    Character {
        /// Position, counted from 1.
        position: usize,
        /// The character found there.
        found: char,
        /// What may stand there, in words.
        expected: &'static str,
    },
}

/// What may stand at one position of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Class {
    /// `0` to `9`.
    Digit,
    /// `A` to `Z`.
    Letter,
    /// `0` to `9`, `A` to `F`.
    Hex,
    /// `0` to `9`, `A` to `Z`.
    Alphanumeric,
    /// `A` to `M`: first letter of a Belfiore code.
    AtoM,
    /// A digit, or the letter that replaces it in case of omocodia.
    Omocodia,
    /// The letter of a month in a personal tax code.
    Month,
    /// `-`.
    Hyphen,
}

impl Class {
    fn accepts(self, byte: u8) -> bool {
        match self {
            Self::Digit => byte.is_ascii_digit(),
            Self::Letter => byte.is_ascii_uppercase(),
            Self::Hex => byte.is_ascii_digit() || (b'A'..=b'F').contains(&byte),
            Self::Alphanumeric => byte.is_ascii_digit() || byte.is_ascii_uppercase(),
            Self::AtoM => (b'A'..=b'M').contains(&byte),
            Self::Omocodia => byte.is_ascii_digit() || b"LMNPQRSTUV".contains(&byte),
            Self::Month => b"ABCDEHLMPRST".contains(&byte),
            Self::Hyphen => byte == b'-',
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Digit => "a digit",
            Self::Letter => "a capital letter",
            Self::Hex => "a digit or a letter from A to F",
            Self::Alphanumeric => "a digit or a capital letter",
            Self::AtoM => "a letter from A to M",
            Self::Omocodia => "a digit or one of LMNPQRSTUV",
            Self::Month => "a month letter (one of ABCDEHLMPRST)",
            Self::Hyphen => "a hyphen",
        }
    }
}

/// Checks `raw` against one class per position and keeps its bytes.
pub(super) fn shape<const N: usize>(
    raw: &str,
    classes: &[Class; N],
    expected: &'static str,
) -> Result<[u8; N], ShapeError> {
    match <[u8; N]>::try_from(raw.as_bytes()) {
        Ok(bytes) if bytes.iter().zip(classes).all(|(byte, class)| class.accepts(*byte)) => Ok(bytes),
        _ => Err(shape_error(raw, classes, expected)),
    }
}

/// Says what is wrong with a text that failed its shape: the length first, then the first bad character.
#[cold]
fn shape_error(raw: &str, classes: &[Class], expected: &'static str) -> ShapeError {
    let found = raw.chars().count();
    if found != classes.len() {
        return ShapeError::Length { expected, found };
    }
    let bad = raw
        .chars()
        .zip(classes)
        .enumerate()
        .find(|(_, (c, class))| !u8::try_from(*c).is_ok_and(|byte| class.accepts(byte)));
    match bad {
        Some((index, (found, class))) => {
            ShapeError::Character { position: index + 1, found, expected: class.name() }
        }
        None => ShapeError::Length { expected, found },
    }
}

/// Drops every blank, also the invisible ones of spreadsheets and PDF, and upper-cases ASCII letters.
pub(super) fn compact(raw: &str) -> String {
    raw.chars().filter(|c| !is_blank(*c)).map(|c| c.to_ascii_uppercase()).collect()
}

/// White space in the wide sense: no-break, thin and zero-width blanks and the byte order mark too.
pub(crate) fn is_blank(c: char) -> bool {
    c.is_whitespace() || matches!(c, '\u{200B}' | '\u{200C}' | '\u{200D}' | '\u{2060}' | '\u{FEFF}')
}

/// `raw` without blanks, in capitals and without a leading label such as `CUP:`.
pub(super) fn compact_without_label(raw: &str, label: &str) -> String {
    let text = compact(raw);
    match text.strip_prefix(label) {
        Some(rest) => rest.trim_start_matches([':', '.', '=']).to_owned(),
        None => text,
    }
}

/// The text of bytes that passed a shape: always ASCII.
pub(super) fn ascii(bytes: &[u8]) -> &str {
    std::str::from_utf8(bytes).unwrap_or_default()
}

/// Text, conversion and serde impls of a code with `FromStr` and `as_str`: serde goes through the text only.
macro_rules! code_traits {
    ($ty:ident, $error:ident, $what:literal) => {
        impl std::fmt::Display for $ty {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl AsRef<str> for $ty {
            fn as_ref(&self) -> &str {
                self.as_str()
            }
        }

        impl TryFrom<String> for $ty {
            type Error = $error;

            fn try_from(raw: String) -> Result<Self, $error> {
                raw.parse()
            }
        }

        impl From<$ty> for String {
            fn from(code: $ty) -> Self {
                code.as_str().to_owned()
            }
        }

        crate::domain::code::text_serde!($ty, $what);
    };
}

/// Serde through `FromStr` and `Display`, without an owned copy of the text.
macro_rules! text_serde {
    ($ty:ident, $what:literal) => {
        impl serde::Serialize for $ty {
            fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $ty {
            fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                struct Text;

                impl serde::de::Visitor<'_> for Text {
                    type Value = $ty;

                    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                        f.write_str($what)
                    }

                    fn visit_str<E: serde::de::Error>(self, raw: &str) -> Result<$ty, E> {
                        raw.parse().map_err(E::custom)
                    }
                }

                deserializer.deserialize_str(Text)
            }
        }
    };
}

pub(super) use {code_traits, text_serde};

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_of_two_bytes_is_one_character() {
        let classes = [Class::Letter, Class::Digit];
        assert_eq!(
            shape("\u{c9}1", &classes, "2"),
            Err(ShapeError::Character { position: 1, found: '\u{c9}', expected: "a capital letter" })
        );
        assert_eq!(shape("\u{c9}", &classes, "2"), Err(ShapeError::Length { expected: "2", found: 1 }));
        assert_eq!(shape("A1", &classes, "2"), Ok(*b"A1"));
    }

    #[test]
    fn blanks_that_nobody_sees_are_dropped() {
        assert_eq!(compact("\u{feff}a\u{a0}b\u{200b}c\u{202f}\td"), "ABCD");
        assert_eq!(compact_without_label("cup: 1", "CUP"), "1");
    }
}
