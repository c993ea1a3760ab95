// SPDX-License-Identifier: EUPL-1.2
//! SHA-256 fingerprints: of files, tokens, requests and audit records.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use sha2::Digest;
use thiserror::Error;

use super::code::found_it;
use super::text::Bilingual;

/// SHA-256 of bytes, in lower-case hexadecimal.
#[must_use]
pub fn sha256(bytes: &[u8]) -> String {
    Sha256::of(bytes).to_string()
}

/// A SHA-256 fingerprint: 64 hexadecimal digits, kept in lower case.
///
/// ```
/// use mepa_gateway::domain::sha256::Sha256;
/// let print: Sha256 = "E3B0C44298FC1C149AFBF4C8996FB92427AE41E4649B934CA495991B7852B855".parse()?;
/// assert!(print.to_string().starts_with("e3b0c442"));
/// # Ok::<(), mepa_gateway::domain::sha256::Sha256Error>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Sha256([u8; 32]);

/// Why a text is not a SHA-256 fingerprint.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub enum Sha256Error {
    /// The number of characters is wrong.
    #[error("not a SHA-256: 64 hexadecimal digits expected, {0} characters found")]
    Length(usize),
    /// A character is no hexadecimal digit.
    #[error("not a SHA-256: character {position} is {found:?}, a hexadecimal digit expected")]
    Character {
        /// Position, counted from 1.
        position: usize,
        /// The character found there.
        found: char,
    },
}

impl Bilingual for Sha256Error {
    fn italian(&self) -> String {
        let cause = match self {
            Self::Length(found) => format!("attesi 64 caratteri esadecimali, {}", found_it(*found)),
            Self::Character { position, found } => {
                format!("il carattere {position} è {found:?} invece di una cifra esadecimale")
            }
        };
        format!("non è un'impronta SHA-256: {cause}")
    }
}

impl Sha256 {
    /// The fingerprint of bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Self {
        Self(sha2::Sha256::digest(bytes).into())
    }

    /// The fingerprint of texts in their order. Each is preceded by its length, so no other texts hash the same bytes.
    #[must_use]
    pub fn of_fields<'f>(fields: impl IntoIterator<Item = &'f str>) -> Self {
        let mut hash = sha2::Sha256::new();
        for field in fields {
            hash.update((field.len() as u64).to_le_bytes());
            hash.update(field.as_bytes());
        }
        Self(hash.finalize().into())
    }

    /// A fingerprint from its bytes.
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// The 32 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl FromStr for Sha256 {
    type Err = Sha256Error;

    fn from_str(raw: &str) -> Result<Self, Sha256Error> {
        let mut bytes = [0_u8; 32];
        let (pairs, rest) = raw.as_bytes().as_chunks::<2>();
        if pairs.len() != bytes.len() || !rest.is_empty() {
            return Err(wrong(raw));
        }
        for (byte, [high, low]) in bytes.iter_mut().zip(pairs) {
            let digits = nibble(*high).zip(nibble(*low));
            let (high, low) = digits.ok_or_else(|| wrong(raw))?;
            *byte = (high << 4) | low;
        }
        Ok(Self(bytes))
    }
}

const fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// Why these are not 64 hexadecimal digits.
#[cold]
fn wrong(raw: &str) -> Sha256Error {
    let wrong = raw.chars().enumerate().find(|(_, found)| !found.is_ascii_hexdigit());
    match (raw.chars().count(), wrong) {
        (64, Some((index, found))) => Sha256Error::Character { position: index + 1, found },
        (length, _) => Sha256Error::Length(length),
    }
}

impl fmt::Display for Sha256 {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        let mut text = [0; 64];
        for (pair, byte) in text.chunks_exact_mut(2).zip(self.0) {
            pair.copy_from_slice(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
        }
        // Hexadecimal digits are ASCII.
        f.write_str(std::str::from_utf8(&text).unwrap_or_default())
    }
}

impl TryFrom<String> for Sha256 {
    type Error = Sha256Error;

    fn try_from(raw: String) -> Result<Self, Sha256Error> {
        raw.parse()
    }
}

impl From<Sha256> for String {
    fn from(print: Sha256) -> Self {
        print.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_published_examples_come_out() {
        assert_eq!(sha256(b""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        assert_eq!(sha256(b"abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(sha256(b"abc").parse(), Ok(Sha256::of(b"abc")));
    }

    #[test]
    fn texts_that_only_join_alike_have_other_fingerprints() {
        assert_ne!(Sha256::of_fields(["ab", "c"]), Sha256::of_fields(["a", "bc"]));
        assert_eq!(Sha256::of_fields(["a"]), Sha256::of(b"\x01\0\0\0\0\0\0\0a"));
    }

    #[test]
    fn a_broken_fingerprint_says_where() {
        assert_eq!("ab".parse::<Sha256>(), Err(Sha256Error::Length(2)));
        let broken = format!("{}g{}", "a".repeat(10), "a".repeat(53));
        assert_eq!(broken.parse::<Sha256>(), Err(Sha256Error::Character { position: 11, found: 'g' }));
        assert_eq!(
            broken.parse::<Sha256>().unwrap_err().italian(),
            "non è un'impronta SHA-256: il carattere 11 è 'g' invece di una cifra esadecimale"
        );
        assert_eq!(
            Sha256Error::Length(2).italian(),
            "non è un'impronta SHA-256: attesi 64 caratteri esadecimali, trovati 2"
        );
    }
}
