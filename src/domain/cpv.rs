// SPDX-License-Identifier: EUPL-1.2
//! CPV, the common procurement vocabulary: what is bought.

use std::str::FromStr;

use thiserror::Error;

use super::code::{self, Class, ShapeError};
use super::text::Bilingual;

/// Eight digits and, when given, the check digit. The check digit is kept as given and never computed: the usual
/// formula fits only part of the official list, so right and wrong are for the list to say.
///
/// ```
/// use mepa_gateway::domain::cpv::Cpv;
/// let chair: Cpv = "39112000-0".parse()?;
/// assert_eq!((chair.code(), chair.check()), ("39112000", Some(0)));
/// assert!(chair.starts_with_significant(&"39100000".parse()?));
/// # Ok::<(), mepa_gateway::domain::cpv::CpvError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cpv(Form);

/// `Bare` without, `Checked` with `-N`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Form {
    Bare([u8; 8]),
    Checked([u8; 10]),
}

/// Why a text is not a CPV code.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CpvError {
    /// Neither eight nor ten characters.
    #[error("not a CPV code: 8 characters, or 10 with the check digit, expected, {0} found")]
    Length(usize),
    /// Eight digits, or eight digits, a hyphen and one digit.
    #[error("not a CPV code: {0}")]
    Shape(#[from] ShapeError),
}

impl Bilingual for CpvError {
    fn italian(&self) -> String {
        match self {
            Self::Length(found) => {
                let found = code::found_it(*found);
                format!("non è un CPV: attesi 8 caratteri, o 10 con la cifra di controllo, {found}")
            }
            Self::Shape(error) => format!("non è un CPV: {}", error.italian()),
        }
    }
}

const BARE: [Class; 8] = [Class::Digit; 8];
const CHECKED: [Class; 10] = {
    let mut classes = [Class::Digit; 10];
    classes[8] = Class::Hyphen;
    classes
};

impl Cpv {
    /// Parses a code as people write it: blanks are forgiven.
    ///
    /// # Errors
    /// Says which character or length is wrong.
    pub fn parse_lenient(raw: &str) -> Result<Self, CpvError> {
        raw.parse().or_else(|_| code::compact(raw).parse())
    }

    /// The code as given, with the check digit if it had one.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Form::Bare(bytes) => code::ascii(bytes),
            Form::Checked(bytes) => code::ascii(bytes),
        }
    }

    /// The eight digits.
    #[must_use]
    pub fn code(&self) -> &str {
        &self.as_str()[..8]
    }

    /// The eight digits as a number: in the order of the codes, and quicker to compare than text.
    #[must_use]
    pub fn number(&self) -> u32 {
        let digits = match &self.0 {
            Form::Bare(bytes) => bytes.iter(),
            Form::Checked(bytes) => bytes[..8].iter(),
        };
        digits.fold(0, |number, digit| number * 10 + u32::from(digit - b'0'))
    }

    /// The check digit, if given.
    #[must_use]
    pub fn check(&self) -> Option<u8> {
        match &self.0 {
            Form::Bare(_) => None,
            Form::Checked(bytes) => Some(bytes[9] - b'0'),
        }
    }

    /// Whether this code is `parent` or lies under it. The zeros at the end of `parent` are open places: two digits
    /// make a division, three a group, four a class, five a category, and each further one narrows the category.
    #[must_use]
    pub fn starts_with_significant(&self, parent: &Cpv) -> bool {
        let significant = parent.code().trim_end_matches('0').len().max(2);
        self.code().starts_with(&parent.code()[..significant])
    }
}

impl FromStr for Cpv {
    type Err = CpvError;

    fn from_str(raw: &str) -> Result<Self, CpvError> {
        match raw.chars().count() {
            8 => Ok(Self(Form::Bare(code::shape(raw, &BARE)?))),
            10 => Ok(Self(Form::Checked(code::shape(raw, &CHECKED)?))),
            found => Err(CpvError::Length(found)),
        }
    }
}

code::code_traits!(Cpv, CpvError, "a CPV code of 8 digits");

#[cfg(test)]
mod tests {
    use super::*;

    fn cpv(raw: &str) -> Cpv {
        raw.parse().unwrap()
    }

    #[test]
    fn the_hierarchy_is_in_the_zeros() {
        for (code, parent, under) in [
            ("39112000-0", "39000000-2", true),
            ("39112000", "39100000", true),
            ("39112000", "39110000", true),
            ("39112000", "39112000-0", true),
            ("39112100", "39112000", true),
            ("39110000", "39112000", false),
            ("38112000", "39000000", false),
            ("30213100", "30000000", true),
            ("31213100", "30000000", false),
            ("33141111", "33141110", true),
            ("33141120", "33141110", false),
        ] {
            assert_eq!(cpv(code).starts_with_significant(&cpv(parent)), under, "{code} under {parent}");
        }
    }

    #[test]
    fn shapes() {
        assert_eq!(cpv("39112000").check(), None);
        assert_eq!(cpv("39112000-7").check(), Some(7));
        assert_eq!(Cpv::parse_lenient(" 39112000 - 0").unwrap().as_str(), "39112000-0");
        for raw in ["3911200", "39112000-", "39112000-00", "3911200A", "39112000 0", "-", "39112-000"] {
            assert!(raw.parse::<Cpv>().is_err(), "{raw}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_in_italian() {
        let told = |raw: &str| raw.parse::<Cpv>().unwrap_err().italian();
        assert_eq!(
            told("3911200"),
            "non è un CPV: attesi 8 caratteri, o 10 con la cifra di controllo, trovati 7"
        );
        assert_eq!(told("39112000 0"), "non è un CPV: il carattere 9 è ' ' invece di un trattino");
    }
}
