// SPDX-License-Identifier: EUPL-1.2
//! CIG, *codice identificativo gara*, with the check digits of the algorithm published by ANAC.
//!
//! | kind | shape | check digits |
//! | --- | --- | --- |
//! | SIMOG, first version | seven decimal digits `N`, three hex `K` | `K = N * 211 mod 4091` |
//! | SIMOG second version, PCP | letter `A`-`U`, six hex `N`, three hex `K` | `K = (N + place of the letter) * 211 mod 4091` |
//! | SmartCIG | letter `X`-`Z`, two hex `K`, seven hex `C` | `K = C * 211 mod 251` |
//!
//! The letter of a SmartCIG is not covered by its check digits, and in the second shape the pairs
//! (`A`, N+1) and (`B`, N) share theirs.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

pub use super::cig_exclusion::{CigExclusion, CigExclusionError};
use super::code::{self, Class, ShapeError};
use super::text::Bilingual;

/// A CIG whose check digits are right; whether it exists is for ANAC to say.
///
/// ```
/// use mepa_gateway::domain::cig::{Cig, CigKind};
/// let cig: Cig = "B1A5544327".parse()?;
/// assert_eq!(cig.kind(), CigKind::Pcp);
/// assert!("B1A5544328".parse::<Cig>().is_err());
/// # Ok::<(), mepa_gateway::domain::cig::CigError>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cig([u8; 10]);

/// Which system gave a CIG.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CigKind {
    /// First version of SIMOG: seven decimal digits and three check digits.
    Simog,
    /// The contract platform PCP (since 2024) and, with the same shape, the second version of SIMOG.
    Pcp,
    /// SmartCIG: not given since 2024, still found in older papers.
    Smart,
}

/// Why a text is not a CIG.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CigError {
    /// Wrong length, or a character that cannot stand where it stands.
    #[error("not a CIG: {0}")]
    Shape(#[from] ShapeError),
    /// No kind of CIG begins with this character: V and W have no published check.
    #[error("not a CIG: no CIG begins with {0:?}")]
    Start(char),
    /// The progressive number is zero: a placeholder, not a code.
    #[error("not a CIG: its number is zero, a placeholder")]
    Zero,
    /// The check digits do not fit the number.
    #[error("not a CIG: check digits {found:?}, {expected:?} expected")]
    Check {
        /// The digits the algorithm gives.
        expected: String,
        /// The digits written.
        found: String,
    },
}

impl Bilingual for CigError {
    fn italian(&self) -> String {
        let cause = match self {
            Self::Shape(error) => error.italian(),
            Self::Start(first) => format!("nessun CIG comincia per {first:?}"),
            Self::Zero => "il numero progressivo è zero".to_owned(),
            Self::Check { expected, found } => format!("cifre di controllo {found:?}, attese {expected:?}"),
        };
        format!("non è un CIG: {cause}")
    }
}

const DECIMAL: [Class; 10] = {
    let mut classes = [Class::Digit; 10];
    classes[7] = Class::Hex;
    classes[8] = Class::Hex;
    classes[9] = Class::Hex;
    classes
};
const LETTERED: [Class; 10] = {
    let mut classes = [Class::Hex; 10];
    classes[0] = Class::Letter;
    classes
};

impl Cig {
    /// Parses a CIG as people write it: blanks, lower case and a leading `CIG:` are forgiven.
    ///
    /// # Errors
    /// Says which character, length or check digit is wrong.
    pub fn parse_lenient(raw: &str) -> Result<Self, CigError> {
        raw.parse().or_else(|_| code::compact_without_label(raw, "CIG").parse())
    }

    /// The ten characters.
    #[must_use]
    pub fn as_str(&self) -> &str {
        code::ascii(&self.0)
    }

    /// Which system gave the code.
    #[must_use]
    pub fn kind(&self) -> CigKind {
        match self.0[0] {
            b'0'..=b'9' => CigKind::Simog,
            b'X'..=b'Z' => CigKind::Smart,
            _ => CigKind::Pcp,
        }
    }
}

impl FromStr for Cig {
    type Err = CigError;

    fn from_str(raw: &str) -> Result<Self, CigError> {
        match raw.bytes().next() {
            Some(b'A'..=b'U') => pcp(raw),
            Some(b'X'..=b'Z') => smart(raw),
            Some(b'V' | b'W') if raw.len() == 10 => {
                code::shape(raw, &LETTERED)?;
                Err(CigError::Start(char::from(raw.as_bytes()[0])))
            }
            _ => simog(raw),
        }
    }
}

fn simog(raw: &str) -> Result<Cig, CigError> {
    let bytes = code::shape(raw, &DECIMAL)?;
    let number = value(&bytes[..7], 10);
    if number == 0 {
        return Err(CigError::Zero);
    }
    compare(&bytes, 7..10, number * 211 % 4091)
}

fn pcp(raw: &str) -> Result<Cig, CigError> {
    let bytes = code::shape(raw, &LETTERED)?;
    let place = u64::from(bytes[0] - b'A') + 1;
    compare(&bytes, 7..10, (value(&bytes[1..7], 16) + place) * 211 % 4091)
}

fn smart(raw: &str) -> Result<Cig, CigError> {
    let bytes = code::shape(raw, &LETTERED)?;
    let number = value(&bytes[3..], 16);
    if number == 0 {
        return Err(CigError::Zero);
    }
    compare(&bytes, 1..3, number * 211 % 251)
}

fn compare(bytes: &[u8; 10], place: std::ops::Range<usize>, check: u64) -> Result<Cig, CigError> {
    let written = &bytes[place];
    if value(written, 16) == check {
        return Ok(Cig(*bytes));
    }
    let width = written.len();
    Err(CigError::Check { expected: format!("{check:0width$X}"), found: code::ascii(written).to_owned() })
}

/// The number that checked digits write; at most seven hex digits are ever passed.
fn value(digits: &[u8], base: u32) -> u64 {
    digits.iter().fold(0, |sum, digit| {
        sum * u64::from(base) + u64::from(char::from(*digit).to_digit(base).unwrap_or_default())
    })
}

code::code_traits!(Cig, CigError, "a CIG of 10 characters");

/// What stands in the CIG field of an order: a code, or the reason why none is due.
///
/// ```
/// use mepa_gateway::domain::cig::CigOrExclusion;
/// assert!(matches!("ES25".parse(), Ok(CigOrExclusion::Exclusion(_))));
/// assert!(matches!("2902205F50".parse(), Ok(CigOrExclusion::Cig(_))));
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum CigOrExclusion {
    /// A CIG.
    Cig(Cig),
    /// A code of exclusion from the duty of a CIG.
    Exclusion(CigExclusion),
}

/// Why a text is neither a CIG nor an exclusion code.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum CigOrExclusionError {
    /// It does not begin with `ES`, so it was read as a CIG.
    #[error(transparent)]
    Cig(#[from] CigError),
    /// It begins with `ES`, which no CIG does.
    #[error(transparent)]
    Exclusion(#[from] CigExclusionError),
}

impl Bilingual for CigOrExclusionError {
    fn italian(&self) -> String {
        match self {
            Self::Cig(error) => error.italian(),
            Self::Exclusion(error) => error.italian(),
        }
    }
}

impl CigOrExclusion {
    /// Parses as [`Cig::parse_lenient`] and [`CigExclusion::parse_lenient`] do.
    ///
    /// # Errors
    /// That of the kind of code the text begins like.
    pub fn parse_lenient(raw: &str) -> Result<Self, CigOrExclusionError> {
        raw.parse().or_else(|_| code::compact_without_label(raw, "CIG").parse())
    }

    /// The code as written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        match self {
            Self::Cig(cig) => cig.as_str(),
            Self::Exclusion(exclusion) => exclusion.as_str(),
        }
    }

    /// The CIG, when there is one.
    #[must_use]
    pub fn cig(&self) -> Option<Cig> {
        match self {
            Self::Cig(cig) => Some(*cig),
            Self::Exclusion(_) => None,
        }
    }
}

impl FromStr for CigOrExclusion {
    type Err = CigOrExclusionError;

    fn from_str(raw: &str) -> Result<Self, CigOrExclusionError> {
        if raw.starts_with("ES") { Ok(Self::Exclusion(raw.parse()?)) } else { Ok(Self::Cig(raw.parse()?)) }
    }
}

impl fmt::Display for CigKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Simog => "SIMOG",
            Self::Pcp => "PCP",
            Self::Smart => "SmartCIG",
        })
    }
}

code::code_traits!(CigOrExclusion, CigOrExclusionError, "a CIG of 10 characters or a code ES01 to ES27");

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KNOWN: [&str; 9] = [
        "B10A9942A7",
        "B11EACF91D",
        "B82436559F",
        "A00EA1B173",
        "8527277397",
        "980329816F",
        "ZF233CF431",
        "Z7E2B398C5",
        "Z2E2044CB9",
    ];

    fn changed(code: &str, index: usize, to: u8) -> String {
        let mut bytes = code.as_bytes().to_vec();
        bytes[index] = to;
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn every_change_of_one_character_is_refused() {
        for code in KNOWN {
            assert!(code.parse::<Cig>().is_ok(), "{code}");
            for index in 0..10 {
                for to in b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ" {
                    let other = changed(code, index, *to);
                    let documented = code.starts_with('Z') && index == 0 && matches!(to, b'X'..=b'Z');
                    assert_eq!(
                        other.parse::<Cig>().is_ok(),
                        other == code || documented,
                        "{code} -> {other}"
                    );
                }
            }
        }
    }

    #[test]
    fn errors_say_what_is_wrong() {
        let error = |raw: &str| raw.parse::<Cig>().unwrap_err();
        assert_eq!(error("2902205F51"), CigError::Check { expected: "F50".into(), found: "F51".into() });
        assert_eq!(error("0000000000"), CigError::Zero);
        assert_eq!(error("Z000000000"), CigError::Zero);
        assert_eq!(error("V000000000"), CigError::Start('V'));
        assert_eq!(error("B1A554432").to_string(), "not a CIG: 10 characters expected, 9 found");
        assert_eq!(
            error("B1O2467C35").to_string(),
            "not a CIG: character 3 is 'O', a digit or a letter from A to F expected"
        );
        assert_eq!(error("b1a5544327").to_string(), "not a CIG: character 1 is 'b', a digit expected");
    }

    #[test]
    fn what_is_wrong_is_told_in_italian() {
        let told = |raw: &str| raw.parse::<CigOrExclusion>().unwrap_err().italian();
        assert_eq!(told("2902205F51"), "non è un CIG: cifre di controllo \"F51\", attese \"F50\"");
        assert_eq!(told("0000000000"), "non è un CIG: il numero progressivo è zero");
        assert_eq!(told("V000000000"), "non è un CIG: nessun CIG comincia per 'V'");
        assert_eq!(
            told("ES28"),
            "non è un codice di esclusione dal CIG: \"ES28\" non è nell'elenco da ES01 a ES27"
        );
        assert_eq!(told("ES1"), "non è un codice di esclusione dal CIG: attesi 4 caratteri, trovati 3");
    }

    #[test]
    fn written_by_people() {
        for raw in [
            "cig: b1a5544327",
            "CIG B1A 554 4327",
            " b1a5544327\u{a0}",
            "CIG:B1A5544327",
            "\u{feff}B1A5544327",
        ] {
            assert_eq!(Cig::parse_lenient(raw).unwrap().as_str(), "B1A5544327", "{raw}");
        }
        assert!(Cig::parse_lenient("NO CIG").is_err());
    }

    #[test]
    fn exclusion_or_code() {
        for number in 1..=27_u8 {
            let code = format!("ES{number:02}");
            assert!(
                matches!(code.parse(), Ok(CigOrExclusion::Exclusion(e)) if e.number() == number),
                "{code}"
            );
        }
        for raw in ["ES00", "ES28", "ES99", "ES1", "ES", "es01", "ESENTE"] {
            assert!(raw.parse::<CigOrExclusion>().is_err(), "{raw}");
        }
        assert_eq!(CigOrExclusion::parse_lenient("es 01").unwrap().as_str(), "ES01");
        assert_eq!(CigOrExclusion::parse_lenient("cig es01").unwrap().as_str(), "ES01");
    }

    proptest! {
        #[test]
        fn right_check_digits_only(number in 0_u64..0x100_0000, place in 0_u8..21) {
            let check = (number + u64::from(place) + 1) * 211 % 4091;
            let letter = char::from(b'A' + place);
            let code = format!("{letter}{number:06X}{check:03X}");
            let cig: Cig = code.parse().unwrap();
            prop_assert_eq!(cig.kind(), CigKind::Pcp);
            prop_assert_eq!(cig.to_string(), code);
            let wrong = format!("{letter}{number:06X}{:03X}", (check + 1) % 4096);
            prop_assert!(wrong.parse::<Cig>().is_err());
        }

        #[test]
        fn a_wrong_digit_after_the_first_is_refused(number in 1_u64..10_000_000, index in 1_usize..10, to in "[0-9A-F]") {
            let code = format!("{number:07}{:03X}", number * 211 % 4091);
            let other = changed(&code, index, to.as_bytes()[0]);
            prop_assert_eq!(other.parse::<Cig>().is_ok(), other == code);
        }

        #[test]
        fn any_text_is_read_or_refused(raw in "\\PC{0,14}") {
            let _ = Cig::parse_lenient(&raw);
            let _ = CigOrExclusion::parse_lenient(&raw);
        }
    }
}
