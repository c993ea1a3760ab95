// SPDX-License-Identifier: EUPL-1.2
//! The 27 codes that say why an order bears no CIG (`ES01` to `ES27` of the national order rules).

use std::str::FromStr;

use thiserror::Error;

use super::code::{self, Class, ShapeError};
use super::text::Bilingual;

/// A reason for having no CIG.
///
/// ```
/// use mepa_gateway::domain::cig::CigExclusion;
/// assert_eq!("ES07".parse::<CigExclusion>()?.number(), 7);
/// assert!("ES28".parse::<CigExclusion>().is_err());
/// # Ok::<(), mepa_gateway::domain::cig::CigExclusionError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CigExclusion([u8; 4]);

/// Why a text is not a code of exclusion.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CigExclusionError {
    /// `ES` and two digits is the only shape.
    #[error("not a code of CIG exclusion: {0}")]
    Shape(#[from] ShapeError),
    /// The shape is right, but the list has no such code.
    #[error("not a code of CIG exclusion: {0:?} is not in the list ES01 to ES27")]
    Unknown(String),
}

impl Bilingual for CigExclusionError {
    fn italian(&self) -> String {
        let cause = match self {
            Self::Shape(error) => error.italian(),
            Self::Unknown(code) => format!("{code:?} non è nell'elenco da ES01 a ES27"),
        };
        format!("non è un codice di esclusione dal CIG: {cause}")
    }
}

const CLASSES: [Class; 4] = [Class::Letter, Class::Letter, Class::Digit, Class::Digit];

impl CigExclusion {
    /// Parses the code; blanks and lower case are forgiven.
    ///
    /// # Errors
    /// Says what is wrong with the shape, or that the list has no such code.
    pub fn parse_lenient(raw: &str) -> Result<Self, CigExclusionError> {
        raw.parse().or_else(|_| code::compact(raw).parse())
    }

    /// The four characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        code::ascii(&self.0)
    }

    /// Its number, 1 to 27.
    #[must_use]
    pub fn number(&self) -> u8 {
        (self.0[2] - b'0') * 10 + (self.0[3] - b'0')
    }
}

impl FromStr for CigExclusion {
    type Err = CigExclusionError;

    fn from_str(raw: &str) -> Result<Self, CigExclusionError> {
        let exclusion = Self(code::shape(raw, &CLASSES)?);
        if raw.starts_with("ES") && (1..=27).contains(&exclusion.number()) {
            Ok(exclusion)
        } else {
            Err(CigExclusionError::Unknown(raw.to_owned()))
        }
    }
}

code::code_traits!(CigExclusion, CigExclusionError, "a code ES01 to ES27");
