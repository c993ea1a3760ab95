// SPDX-License-Identifier: EUPL-1.2
//! Codice univoco ufficio: the office of a body that receives its invoices and orders.

use std::str::FromStr;

use thiserror::Error;

use super::code::{self, Class, ShapeError};
use super::text::Bilingual;

/// Six capitals or digits. Another thing than the IPA code of the body.
///
/// ```
/// use mepa_gateway::domain::codice_ufficio::CodiceUfficio;
/// assert_eq!(CodiceUfficio::parse_lenient(" uftg41")?.as_str(), "UFTG41");
/// assert!("UFTG4".parse::<CodiceUfficio>().is_err());
/// # Ok::<(), mepa_gateway::domain::codice_ufficio::CodiceUfficioError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CodiceUfficio([u8; 6]);

/// Why a text is not an office code.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CodiceUfficioError {
    /// Six capitals or digits is the only shape.
    #[error("not a codice ufficio: {0}")]
    Shape(#[from] ShapeError),
}

impl Bilingual for CodiceUfficioError {
    fn italian(&self) -> String {
        match self {
            Self::Shape(error) => format!("non è un codice univoco ufficio: {}", error.italian()),
        }
    }
}

impl CodiceUfficio {
    /// Parses a code as people write it: blanks and lower case are forgiven.
    ///
    /// # Errors
    /// Says which character or length is wrong.
    pub fn parse_lenient(raw: &str) -> Result<Self, CodiceUfficioError> {
        raw.parse().or_else(|_| code::compact(raw).parse())
    }

    /// The six characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        code::ascii(&self.0)
    }
}

impl FromStr for CodiceUfficio {
    type Err = CodiceUfficioError;

    fn from_str(raw: &str) -> Result<Self, CodiceUfficioError> {
        Ok(Self(code::shape(raw, &[Class::Alphanumeric; 6])?))
    }
}

code::code_traits!(CodiceUfficio, CodiceUfficioError, "an office code of 6 characters");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_told_in_italian() {
        let told = |raw: &str| raw.parse::<CodiceUfficio>().unwrap_err().italian();
        assert_eq!(told("UFTG4"), "non è un codice univoco ufficio: attesi 6 caratteri, trovati 5");
        assert_eq!(
            told("UFTG-1"),
            "non è un codice univoco ufficio: il carattere 5 è '-' invece di una cifra o una lettera maiuscola"
        );
    }
}
