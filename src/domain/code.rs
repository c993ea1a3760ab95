// SPDX-License-Identifier: EUPL-1.2
//! What all codes share: fixed shapes checked position by position, inline storage, text and serde forms.

use std::ops::RangeInclusive;

use thiserror::Error;

use super::text::{Bilingual, Text};

/// A code does not have its published shape.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum ShapeError {
    /// The number of characters is wrong.
    #[error("{} characters expected, {found} found", span(.expected, "to"))]
    Length {
        /// How many characters the code has: at least and at most.
        expected: RangeInclusive<usize>,
        /// How many were given.
        found: usize,
    },
    /// One character is not of the kind its position asks for.
    #[error("character {position} is {found:?}, {} expected", .expected.name().en)]
    Character {
        /// Position, counted from 1.
        position: usize,
        /// The character found there.
        found: char,
        /// What may stand there.
        expected: Class,
    },
}

impl Bilingual for ShapeError {
    fn italian(&self) -> String {
        match self {
            Self::Length { expected, found } => {
                let from = if expected.start() == expected.end() { "" } else { "da " };
                format!("attesi {from}{} caratteri, {}", span(expected, "a"), found_it(*found))
            }
            Self::Character { position, found, expected } => {
                format!("il carattere {position} è {found:?} invece di {}", expected.name().it)
            }
        }
    }
}

/// `15`, or `15 to 34` with the word between the two.
fn span(lengths: &RangeInclusive<usize>, to: &str) -> String {
    let (least, most) = (lengths.start(), lengths.end());
    if least == most { least.to_string() } else { format!("{least} {to} {most}") }
}

/// How many characters were found, in Italian: the verb follows the number.
pub(super) fn found_it(count: usize) -> String {
    if count == 1 { "trovato 1".to_owned() } else { format!("trovati {count}") }
}

/// What may stand at one position of a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
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
    /// A letter, a digit, or one of `_`, `-`, `.`: the characters of IPA codes.
    Ipa,
}

impl Class {
    pub(super) fn accepts(self, byte: u8) -> bool {
        match self {
            Self::Digit => byte.is_ascii_digit(),
            Self::Letter => byte.is_ascii_uppercase(),
            Self::Hex => byte.is_ascii_digit() || (b'A'..=b'F').contains(&byte),
            Self::Alphanumeric => byte.is_ascii_digit() || byte.is_ascii_uppercase(),
            Self::AtoM => (b'A'..=b'M').contains(&byte),
            Self::Omocodia => byte.is_ascii_digit() || b"LMNPQRSTUV".contains(&byte),
            Self::Month => b"ABCDEHLMPRST".contains(&byte),
            Self::Hyphen => byte == b'-',
            Self::Ipa => byte.is_ascii_alphanumeric() || b"_-.".contains(&byte),
        }
    }

    pub(super) fn accepts_char(self, character: char) -> bool {
        u8::try_from(character).is_ok_and(|byte| self.accepts(byte))
    }

    const fn name(self) -> Text {
        match self {
            Self::Digit => Text::new("una cifra", "a digit"),
            Self::Letter => Text::new("una lettera maiuscola", "a capital letter"),
            Self::Hex => Text::new("una cifra o una lettera da A a F", "a digit or a letter from A to F"),
            Self::Alphanumeric => {
                Text::new("una cifra o una lettera maiuscola", "a digit or a capital letter")
            }
            Self::AtoM => Text::new("una lettera da A a M", "a letter from A to M"),
            Self::Omocodia => {
                Text::new("una cifra o una lettera tra LMNPQRSTUV", "a digit or one of LMNPQRSTUV")
            }
            Self::Month => Text::new(
                "una lettera di mese (una tra ABCDEHLMPRST)",
                "a month letter (one of ABCDEHLMPRST)",
            ),
            Self::Hyphen => Text::new("un trattino", "a hyphen"),
            Self::Ipa => {
                Text::new("una lettera, una cifra o uno tra _ - .", "a letter, a digit or one of _ - .")
            }
        }
    }
}

/// Checks `raw` against one class per position and keeps its bytes.
pub(super) fn shape<const N: usize>(raw: &str, classes: &[Class; N]) -> Result<[u8; N], ShapeError> {
    match <[u8; N]>::try_from(raw.as_bytes()) {
        Ok(bytes) if bytes.iter().zip(classes).all(|(byte, class)| class.accepts(*byte)) => Ok(bytes),
        _ => Err(shape_error(raw, classes)),
    }
}

/// Says what is wrong with a text that failed its shape: the length first, then the first bad character.
#[cold]
fn shape_error(raw: &str, classes: &[Class]) -> ShapeError {
    let found = raw.chars().count();
    let length = ShapeError::Length { expected: classes.len()..=classes.len(), found };
    if found != classes.len() {
        return length;
    }
    let bad = raw.chars().zip(classes).enumerate().find(|(_, (c, class))| !class.accepts_char(*c));
    match bad {
        Some((index, (found, class))) => {
            ShapeError::Character { position: index + 1, found, expected: *class }
        }
        None => length,
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
            shape("\u{c9}1", &classes),
            Err(ShapeError::Character { position: 1, found: '\u{c9}', expected: Class::Letter })
        );
        assert_eq!(shape("\u{c9}", &classes), Err(ShapeError::Length { expected: 2..=2, found: 1 }));
        assert_eq!(shape("A1", &classes), Ok(*b"A1"));
    }

    #[test]
    fn faults_of_shape_are_told_in_both_languages() {
        let length = |expected, found| ShapeError::Length { expected, found }.text();
        assert_eq!(length(15..=15, 14).it, "attesi 15 caratteri, trovati 14");
        assert_eq!(length(15..=34, 1).it, "attesi da 15 a 34 caratteri, trovato 1");
        assert_eq!(length(15..=34, 1).en, "15 to 34 characters expected, 1 found");
        let character = ShapeError::Character { position: 3, found: 'O', expected: Class::Hyphen }.text();
        assert_eq!(character.it, "il carattere 3 è 'O' invece di un trattino");
        assert_eq!(character.en, "character 3 is 'O', a hyphen expected");
    }

    #[test]
    fn blanks_that_nobody_sees_are_dropped() {
        assert_eq!(compact("\u{feff}a\u{a0}b\u{200b}c\u{202f}\td"), "ABCD");
        assert_eq!(compact_without_label("cup: 1", "CUP"), "1");
    }
}
