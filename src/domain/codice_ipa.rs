// SPDX-License-Identifier: EUPL-1.2
//! Codice IPA: the code of a public body in the index of public administrations.

use std::ops::RangeInclusive;
use std::str::FromStr;

use thiserror::Error;

use super::code::{self, Class, ShapeError};
use super::text::Bilingual;

/// The IPA code of a body, such as `c_a218`. Kept in lower case, so comparison ignores case. It is not built from
/// the Belfiore code: for some three Comuni in a hundred the two differ.
///
/// ```
/// use mepa_gateway::domain::codice_ipa::CodiceIpa;
/// assert_eq!("C_L253".parse::<CodiceIpa>()?, "c_l253".parse()?);
/// # Ok::<(), mepa_gateway::domain::codice_ipa::CodiceIpaError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CodiceIpa(Box<str>);

/// Why a text is not an IPA code.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CodiceIpaError {
    /// Wrong length, or a character that does not occur in such codes.
    #[error("not a codice IPA: {0}")]
    Shape(#[from] ShapeError),
}

impl Bilingual for CodiceIpaError {
    fn italian(&self) -> String {
        match self {
            Self::Shape(error) => format!("non è un codice IPA: {}", error.italian()),
        }
    }
}

/// How many characters a code may have; the index itself uses far fewer than the most.
const LENGTHS: RangeInclusive<usize> = 2..=40;

impl CodiceIpa {
    /// Parses a code as people write it: blanks are forgiven.
    ///
    /// # Errors
    /// Says which character or length is wrong.
    pub fn parse_lenient(raw: &str) -> Result<Self, CodiceIpaError> {
        raw.parse().or_else(|_| code::compact(raw).parse())
    }

    /// The code in lower case.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CodiceIpa {
    type Err = CodiceIpaError;

    fn from_str(raw: &str) -> Result<Self, CodiceIpaError> {
        let found = raw.chars().count();
        if !LENGTHS.contains(&found) {
            return Err(ShapeError::Length { expected: LENGTHS, found }.into());
        }
        match raw.chars().enumerate().find(|(_, c)| !Class::Ipa.accepts_char(*c)) {
            Some((index, found)) => {
                Err(ShapeError::Character { position: index + 1, found, expected: Class::Ipa }.into())
            }
            None => Ok(Self(raw.to_ascii_lowercase().into_boxed_str())),
        }
    }
}

code::code_traits!(CodiceIpa, CodiceIpaError, "a codice IPA");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shapes() {
        for raw in ["c_a218", "C_KZ5N", "3bep4zax", "m_pi"] {
            assert_eq!(raw.parse::<CodiceIpa>().unwrap().as_str(), raw.to_lowercase());
        }
        for raw in ["", "c", "c a218", "c_a218\n", "città", &"x".repeat(41)] {
            assert!(raw.parse::<CodiceIpa>().is_err(), "{raw}");
        }
        assert_eq!(CodiceIpa::parse_lenient(" C_A218 ").unwrap(), "c_a218".parse().unwrap());
    }

    #[test]
    fn what_is_wrong_is_told_in_italian() {
        let told = |raw: &str| raw.parse::<CodiceIpa>().unwrap_err().italian();
        assert_eq!(told("c"), "non è un codice IPA: attesi da 2 a 40 caratteri, trovato 1");
        assert_eq!(
            told("c a218"),
            "non è un codice IPA: il carattere 2 è ' ' invece di una lettera, una cifra o uno tra _ - ."
        );
    }
}
