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
                code::shape(raw, &LETTERED, "10")?;
                Err(CigError::Start(char::from(raw.as_bytes()[0])))
            }
            _ => simog(raw),
        }
    }
}

fn simog(raw: &str) -> Result<Cig, CigError> {
    let bytes = code::shape(raw, &DECIMAL, "10")?;
    let number = value(&bytes[..7], 10);
    if number == 0 {
        return Err(CigError::Zero);
    }
    compare(&bytes, 7..10, number * 211 % 4091)
}

fn pcp(raw: &str) -> Result<Cig, CigError> {
    let bytes = code::shape(raw, &LETTERED, "10")?;
    let place = u64::from(bytes[0] - b'A') + 1;
    compare(&bytes, 7..10, (value(&bytes[1..7], 16) + place) * 211 % 4091)
}

fn smart(raw: &str) -> Result<Cig, CigError> {
    let bytes = code::shape(raw, &LETTERED, "10")?;
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
