// SPDX-License-Identifier: EUPL-1.2
//! Partita IVA: 11 digits, the last of which checks the others.

use std::str::FromStr;

use thiserror::Error;

use super::code::{self, Class, ShapeError};
use super::text::Bilingual;

/// An Italian VAT number with a right check digit.
///
/// ```
/// use mepa_gateway::domain::partita_iva::PartitaIva;
/// assert_eq!(PartitaIva::parse_lenient("IT 02313821007")?.as_str(), "02313821007");
/// assert!("01234567890".parse::<PartitaIva>().is_err());
/// # Ok::<(), mepa_gateway::domain::partita_iva::PartitaIvaError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartitaIva([u8; 11]);

/// Why a text is not a partita IVA.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum PartitaIvaError {
    /// Eleven digits is the only shape.
    #[error("not a partita IVA: {0}")]
    Shape(#[from] ShapeError),
    /// Eleven zeros pass the check but are no number.
    #[error("not a partita IVA: all zeros")]
    Zero,
    /// The last digit does not fit the others.
    #[error("not a partita IVA: check digit {found}, {expected} expected")]
    Check {
        /// The digit the algorithm gives.
        expected: char,
        /// The digit written.
        found: char,
    },
}

impl PartitaIvaError {
    /// What is wrong, in Italian and without the name of the code: the tax code of a body breaks in the same ways.
    pub(super) fn cause_it(&self) -> String {
        match self {
            Self::Shape(error) => error.italian(),
            Self::Zero => "tutte le cifre sono zero".to_owned(),
            Self::Check { expected, found } => format!("cifra di controllo {found}, attesa {expected}"),
        }
    }
}

impl Bilingual for PartitaIvaError {
    fn italian(&self) -> String {
        format!("non è una partita IVA: {}", self.cause_it())
    }
}

impl PartitaIva {
    /// Parses a number as people write it: blanks, lower case and the prefix `IT` are forgiven.
    ///
    /// # Errors
    /// Says which character, length or check digit is wrong.
    pub fn parse_lenient(raw: &str) -> Result<Self, PartitaIvaError> {
        raw.parse().or_else(|_| {
            let text = code::compact(raw);
            text.strip_prefix("IT").unwrap_or(&text).parse()
        })
    }

    /// The eleven digits, without the country.
    #[must_use]
    pub fn as_str(&self) -> &str {
        code::ascii(&self.0)
    }
}

impl FromStr for PartitaIva {
    type Err = PartitaIvaError;

    fn from_str(raw: &str) -> Result<Self, PartitaIvaError> {
        eleven_digits(raw).map(Self)
    }
}

/// Eleven digits with a right check digit: a partita IVA, or the codice fiscale of a body.
pub(super) fn eleven_digits(raw: &str) -> Result<[u8; 11], PartitaIvaError> {
    let bytes = code::shape(raw, &[Class::Digit; 11])?;
    if bytes.iter().all(|digit| *digit == b'0') {
        return Err(PartitaIvaError::Zero);
    }
    let expected = char::from(check_digit(&bytes));
    let found = char::from(bytes[10]);
    if expected == found { Ok(bytes) } else { Err(PartitaIvaError::Check { expected, found }) }
}

/// Doubles the digits at even positions, takes 9 off what exceeds 9, and completes the sum to a ten.
fn check_digit(digits: &[u8; 11]) -> u8 {
    let sum: u8 = digits[..10]
        .iter()
        .enumerate()
        .map(|(index, digit)| match (index % 2, digit - b'0') {
            (0, value) => value,
            (_, value) if value > 4 => 2 * value - 9,
            (_, value) => 2 * value,
        })
        .sum();
    b'0' + (10 - sum % 10) % 10
}

code::code_traits!(PartitaIva, PartitaIvaError, "a partita IVA of 11 digits");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_change_of_one_digit_is_refused() {
        for code in ["02313821007", "12345678903"] {
            for index in 0..11 {
                for digit in '0'..='9' {
                    let other = format!("{}{digit}{}", &code[..index], &code[index + 1..]);
                    assert_eq!(other.parse::<PartitaIva>().is_ok(), other == code, "{other}");
                }
            }
        }
        assert_eq!("00000000000".parse::<PartitaIva>(), Err(PartitaIvaError::Zero));
        assert!("IT02313821007".parse::<PartitaIva>().is_err());
    }

    #[test]
    fn what_is_wrong_is_told_in_italian() {
        let told = |raw: &str| raw.parse::<PartitaIva>().unwrap_err().italian();
        assert_eq!(told("02313821008"), "non è una partita IVA: cifra di controllo 8, attesa 7");
        assert_eq!(told("00000000000"), "non è una partita IVA: tutte le cifre sono zero");
        assert_eq!(told("0231382100"), "non è una partita IVA: attesi 11 caratteri, trovati 10");
    }
}
