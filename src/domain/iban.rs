// SPDX-License-Identifier: EUPL-1.2
//! IBAN: the account number of payments. ISO 7064 mod 97 for any country, and the CIN for Italian ones.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::code::{self, Class, ShapeError};
use super::codice_fiscale::check_letter;

/// An IBAN whose check digits are right, without blanks.
///
/// ```
/// use mepa_gateway::domain::iban::Iban;
/// let iban = Iban::parse_lenient("IT60 X054 2811 1010 0000 0123 456")?;
/// assert_eq!(iban.as_str(), "IT60X0542811101000000123456");
/// # Ok::<(), mepa_gateway::domain::iban::IbanError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Iban(Box<str>);

/// Why a text is not an IBAN.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum IbanError {
    /// Two letters, two digits, then 11 to 30 letters or digits; 27 characters in all for Italy.
    #[error("not an IBAN: {0}")]
    Shape(#[from] ShapeError),
    /// The two check digits after the country do not fit.
    #[error("not an IBAN: the check digits do not fit (mod 97 is {0}, 1 expected)")]
    Check(u32),
    /// The letter that checks an Italian account does not fit.
    #[error("not an IBAN: CIN {found}, {expected} expected")]
    Cin {
        /// The letter the algorithm gives.
        expected: char,
        /// The letter written.
        found: char,
    },
}

impl Iban {
    /// Parses an IBAN as people write it: blanks, lower case and a leading `IBAN` are forgiven.
    ///
    /// # Errors
    /// Says which character, length or check digit is wrong.
    pub fn parse_lenient(raw: &str) -> Result<Self, IbanError> {
        raw.parse().or_else(|_| code::compact_without_label(raw, "IBAN").parse())
    }

    /// The account without blanks.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The country of the account, two letters.
    #[must_use]
    pub fn country(&self) -> &str {
        &self.0[..2]
    }
}

impl FromStr for Iban {
    type Err = IbanError;

    fn from_str(raw: &str) -> Result<Self, IbanError> {
        check_shape(raw)?;
        let remainder = mod_97(raw.as_bytes());
        if remainder != 1 {
            return Err(IbanError::Check(remainder));
        }
        if raw.starts_with("IT") {
            check_cin(raw.as_bytes())?;
        }
        Ok(Self(raw.into()))
    }
}

fn check_shape(raw: &str) -> Result<(), ShapeError> {
    let italian = raw.starts_with("IT");
    let expected = if italian { 27..=27 } else { 15..=34 };
    let found = raw.chars().count();
    if !expected.contains(&found) {
        return Err(ShapeError::Length { expected, found });
    }
    let class = |index| match index {
        0 | 1 => Class::Letter,
        2 | 3 => Class::Digit,
        4 if italian => Class::Letter,
        5..=14 if italian => Class::Digit,
        _ => Class::Alphanumeric,
    };
    match raw.chars().enumerate().find(|(index, c)| !class(*index).accepts_char(*c)) {
        None => Ok(()),
        Some((index, found)) => {
            Err(ShapeError::Character { position: index + 1, found, expected: class(index) })
        }
    }
}

/// The remainder by 97 of the account, country and check digits moved to the end, letters counted from 10.
fn mod_97(bytes: &[u8]) -> u32 {
    let (head, account) = bytes.split_at(4);
    account.iter().chain(head).fold(0, |sum, byte| {
        let value = char::from(*byte).to_digit(36).unwrap_or_default();
        (sum * if value < 10 { 10 } else { 100 } + value) % 97
    })
}

fn check_cin(bytes: &[u8]) -> Result<(), IbanError> {
    let found = char::from(bytes[4]);
    let expected = check_letter(&bytes[5..]);
    if expected == found { Ok(()) } else { Err(IbanError::Cin { expected, found }) }
}

/// Masks the account: it may belong to a person.
impl fmt::Debug for Iban {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Iban({}**{})", &self.0[..4], &self.0[self.0.len() - 4..])
    }
}

code::code_traits!(Iban, IbanError, "an IBAN");

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_say_what_is_wrong() {
        let error = |raw: &str| raw.parse::<Iban>().unwrap_err();
        assert!(matches!(error("IT61X0542811101000000123456"), IbanError::Check(_)));
        assert_eq!(
            error("IT60X054281110100000012345").to_string(),
            "not an IBAN: 27 characters expected, 26 found"
        );
        assert_eq!(
            error("IT60X05428A1101000000123456").to_string(),
            "not an IBAN: character 11 is 'A', a digit expected"
        );
        assert!("DE89370400440532013000".parse::<Iban>().is_ok());
        assert!("GB82WEST12345698765432".parse::<Iban>().is_ok());
    }

    #[test]
    fn the_cin_is_checked_even_when_mod_97_fits() {
        let raw = |check: u8| format!("IT{check:02}A0542811101000000123456");
        let right = (0..97).map(raw).find(|raw| mod_97(raw.as_bytes()) == 1).unwrap();
        assert_eq!(right.parse::<Iban>(), Err(IbanError::Cin { expected: 'X', found: 'A' }));
    }

    #[test]
    fn accounts_stay_out_of_logs() {
        let iban = Iban::parse_lenient("iban: it60 x054 2811 1010 0000 0123 456").unwrap();
        assert_eq!(format!("{iban:?}"), "Iban(IT60**3456)");
        assert_eq!(iban.country(), "IT");
    }
}
