// SPDX-License-Identifier: EUPL-1.2
//! Codice IPA: the code of a public body in the index of public administrations.

use std::str::FromStr;

use thiserror::Error;

use super::code::{self, ShapeError};

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

/// The longest code taken; the index itself uses far fewer characters.
const LONGEST: usize = 40;

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
        let bad = |c: &char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.'));
        let length = raw.chars().count();
        if !(2..=LONGEST).contains(&length) {
            return Err(ShapeError::Length { expected: "2 to 40", found: length }.into());
        }
        match raw.chars().enumerate().find(|(_, c)| bad(c)) {
            Some((index, found)) => Err(ShapeError::Character {
                position: index + 1,
                found,
                expected: "a letter, a digit or one of _ - .",
            }
            .into()),
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
}
