// SPDX-License-Identifier: EUPL-1.2
//! Codice Belfiore (or *catastale*): the land-registry code of a Comune.

use std::str::FromStr;

use thiserror::Error;

use super::code::{self, Class, ShapeError};

/// A letter from A to M and three digits.
///
/// ```
/// use mepa_gateway::domain::belfiore::BelfioreCode;
/// assert_eq!(BelfioreCode::parse_lenient("a218")?.as_str(), "A218");
/// assert!("Z218".parse::<BelfioreCode>().is_err());
/// # Ok::<(), mepa_gateway::domain::belfiore::BelfioreCodeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BelfioreCode([u8; 4]);

/// Why a text is not a Belfiore code.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum BelfioreCodeError {
    /// A letter and three digits is the only shape.
    #[error("not a codice Belfiore: {0}")]
    Shape(#[from] ShapeError),
}

const CLASSES: [Class; 4] = [Class::AtoM, Class::Digit, Class::Digit, Class::Digit];

impl BelfioreCode {
    /// Parses a code as people write it: blanks and lower case are forgiven.
    ///
    /// # Errors
    /// Says which character or length is wrong.
    pub fn parse_lenient(raw: &str) -> Result<Self, BelfioreCodeError> {
        raw.parse().or_else(|_| code::compact(raw).parse())
    }

    /// The four characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        code::ascii(&self.0)
    }
}

impl FromStr for BelfioreCode {
    type Err = BelfioreCodeError;

    fn from_str(raw: &str) -> Result<Self, BelfioreCodeError> {
        Ok(Self(code::shape(raw, &CLASSES)?))
    }
}

code::code_traits!(BelfioreCode, BelfioreCodeError, "a Belfiore code of 4 characters");
