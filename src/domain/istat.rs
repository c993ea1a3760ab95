// SPDX-License-Identifier: EUPL-1.2
//! ISTAT code of a Comune: three digits of the province, three of the Comune in it.

use std::str::FromStr;

use thiserror::Error;

use super::code::{self, Class, ShapeError};

/// Six digits. Sardinian Comuni have two: the one of 2025 and the one in force since 2026.
///
/// ```
/// use mepa_gateway::domain::istat::IstatCode;
/// assert_eq!(IstatCode::parse_lenient("1006")?.as_str(), "001006");
/// assert_eq!(IstatCode::parse_lenient("012058091")?.as_str(), "058091");
/// assert!("1006".parse::<IstatCode>().is_err());
/// # Ok::<(), mepa_gateway::domain::istat::IstatCodeError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct IstatCode([u8; 6]);

/// Why a text is not an ISTAT code of a Comune.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum IstatCodeError {
    /// Six digits is the only shape.
    #[error("not an ISTAT code of a Comune: {0}")]
    Shape(#[from] ShapeError),
    /// The long form of ANAC begins with a region that does not exist.
    #[error("not an ISTAT code of a Comune: there is no region {0:?}")]
    Region(String),
}

impl IstatCode {
    /// Parses a code as files carry it: zeros lost at the left come back (a Comune has at least four digits then),
    /// and the nine digits of ANAC (three of the region before the six) are cut to six.
    ///
    /// # Errors
    /// Says which character, length or region is wrong.
    pub fn parse_lenient(raw: &str) -> Result<Self, IstatCodeError> {
        let text = code::compact(raw);
        if !text.bytes().all(|byte| byte.is_ascii_digit()) {
            return text.parse();
        }
        match text.len() {
            4..=6 => format!("{text:0>6}").parse(),
            7..=9 => from_nine_digits(&format!("{text:0>9}")),
            _ => text.parse(),
        }
    }

    /// The six digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        code::ascii(&self.0)
    }
}

fn from_nine_digits(text: &str) -> Result<IstatCode, IstatCodeError> {
    let (region, comune) = text.split_at(3);
    if ("001"..="020").contains(&region) {
        comune.parse()
    } else {
        Err(IstatCodeError::Region(region.to_owned()))
    }
}

impl FromStr for IstatCode {
    type Err = IstatCodeError;

    fn from_str(raw: &str) -> Result<Self, IstatCodeError> {
        Ok(Self(code::shape(raw, &[Class::Digit; 6])?))
    }
}

code::code_traits!(IstatCode, IstatCodeError, "an ISTAT code of 6 digits");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lost_zeros_come_back() {
        for (raw, code) in [
            ("1006", "001006"),
            ("58091", "058091"),
            ("108033", "108033"),
            ("12058091", "058091"),
            ("012058091", "058091"),
            ("1001006", "001006"),
            (" 001 006", "001006"),
        ] {
            assert_eq!(IstatCode::parse_lenient(raw).unwrap().as_str(), code, "{raw}");
        }
        assert_eq!(IstatCode::parse_lenient("021058091"), Err(IstatCodeError::Region("021".into())));
        for raw in ["", "6", "123", "1234567890", "58091A", "5809,1"] {
            assert!(IstatCode::parse_lenient(raw).is_err(), "{raw}");
        }
    }
}
