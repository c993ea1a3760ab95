// SPDX-License-Identifier: EUPL-1.2
//! CUP, *codice unico di progetto*. Only the shape can be checked: no check digit is published.

use std::str::FromStr;

use thiserror::Error;

use super::code::{self, Class, ShapeError};
use super::text::Bilingual;

/// A CUP of the right shape; whether it exists is for Sistema CUP to say.
///
/// ```
/// use mepa_gateway::domain::cup::Cup;
/// let cup = Cup::parse_lenient("cup: f81c 23000780006")?;
/// assert_eq!(cup.as_str(), "F81C23000780006");
/// assert_eq!(cup.year(), 2023);
/// # Ok::<(), mepa_gateway::domain::cup::CupError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cup([u8; 15]);

/// Why a text is not a CUP.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CupError {
    /// Letter, two digits, letter, eleven digits is the only shape.
    #[error("not a CUP: {0}")]
    Shape(#[from] ShapeError),
}

impl Bilingual for CupError {
    fn italian(&self) -> String {
        match self {
            Self::Shape(error) => format!("non è un CUP: {}", error.italian()),
        }
    }
}

const CLASSES: [Class; 15] = {
    let mut classes = [Class::Digit; 15];
    classes[0] = Class::Letter;
    classes[3] = Class::Letter;
    classes
};

impl Cup {
    /// Parses a CUP as people write it: blanks, lower case and a leading `CUP:` are forgiven.
    ///
    /// # Errors
    /// Says which character or length is wrong.
    pub fn parse_lenient(raw: &str) -> Result<Self, CupError> {
        raw.parse().or_else(|_| code::compact_without_label(raw, "CUP").parse())
    }

    /// The fifteen characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        code::ascii(&self.0)
    }

    /// The year of the decision, from characters 5 and 6 (two digits, taken as 2000 and later).
    #[must_use]
    pub fn year(&self) -> u16 {
        2000 + u16::from(self.0[4] - b'0') * 10 + u16::from(self.0[5] - b'0')
    }
}

impl FromStr for Cup {
    type Err = CupError;

    fn from_str(raw: &str) -> Result<Self, CupError> {
        Ok(Self(code::shape(raw, &CLASSES)?))
    }
}

code::code_traits!(Cup, CupError, "a CUP of 15 characters");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_position_has_its_kind() {
        let code = "F81C23000780006";
        for index in 0..15 {
            let other = if index == 0 || index == 3 { "7" } else { "O" };
            let wrong = format!("{}{other}{}", &code[..index], &code[index + 1..]);
            let CupError::Shape(error) = wrong.parse::<Cup>().unwrap_err();
            assert!(
                matches!(error, ShapeError::Character { position, .. } if position == index + 1),
                "{wrong}"
            );
        }
    }

    #[test]
    fn what_is_wrong_is_told_in_italian() {
        let told = |raw: &str| raw.parse::<Cup>().unwrap_err().italian();
        assert_eq!(told("F81C2300078000"), "non è un CUP: attesi 15 caratteri, trovati 14");
        assert_eq!(told("F81C2300078000O"), "non è un CUP: il carattere 15 è 'O' invece di una cifra");
    }

    #[test]
    fn written_by_people() {
        for raw in
            ["CUP: F81C23000780006", "cup F81C 2300 0780 006", "f81c23000780006", "CUP.F81C23000780006"]
        {
            assert_eq!(Cup::parse_lenient(raw).unwrap().as_str(), "F81C23000780006", "{raw}");
        }
        assert!(Cup::parse_lenient("CUP").is_err());
    }
}
