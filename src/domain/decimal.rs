// SPDX-License-Identifier: EUPL-1.2
//! Prices, quantities and percentages: exact decimals with up to 11 integer digits and 8 decimals, as the
//! national invoice and order formats allow. Their products are [`Exact`].

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::text::Bilingual;

/// How many decimals are kept.
const DECIMALS: usize = 8;
/// The most digits before the point.
const INTEGER_DIGITS: usize = 11;
/// What stands for so many decimals not written.
const PADDING: [u64; DECIMALS + 1] = [1, 10, 100, 1_000, 10_000, 100_000, 1_000_000, 10_000_000, 100_000_000];
/// One, in units of 10^-8.
pub(super) const SCALE: i128 = 100_000_000;

/// Why a text is not a decimal number.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum DecimalError {
    /// There is no digit at all.
    #[error("not a number: no digit in it")]
    Empty,
    /// A character that may not stand there: a comma, a blank, an exponent, a second point.
    #[error("not a number: character {position} is {found:?}")]
    Character {
        /// Position in bytes, counted from 1.
        position: usize,
        /// The character found there.
        found: char,
    },
    /// Too many digits before the point.
    #[error("number too large: {0} digits before the point, at most 11 are possible")]
    TooLarge(usize),
    /// A ninth decimal, or a later one, is not zero.
    #[error("number too fine: at most 8 decimals are possible")]
    TooFine,
}

impl Bilingual for DecimalError {
    fn italian(&self) -> String {
        match self {
            Self::Empty => "non è un numero: non contiene cifre".to_owned(),
            Self::Character { position, found } => {
                format!("non è un numero: il carattere {position} non può essere {found:?}")
            }
            Self::TooLarge(digits) => {
                format!("numero troppo grande: {digits} cifre prima del punto, al massimo 11")
            }
            Self::TooFine => "numero con troppi decimali: al massimo 8".to_owned(),
        }
    }
}

/// Reads an `xs:decimal` into units of 10^-8: optional sign, digits, optional point; no exponent and no blanks.
fn parse(raw: &[u8]) -> Result<i128, DecimalError> {
    let (negative, start) = match raw.first() {
        Some(b'-') => (true, 1),
        Some(b'+') => (false, 1),
        _ => (false, 0),
    };
    let unsigned = &raw[start..];
    let point = unsigned.iter().position(|byte| *byte == b'.').unwrap_or(unsigned.len());
    let integer = &unsigned[..point];
    let decimals = unsigned.get(point + 1..).unwrap_or_default();
    if let Some(index) = first_bad(integer).or_else(|| first_bad(decimals).map(|index| point + 1 + index)) {
        return Err(bad_character(raw, start + index));
    }
    if integer.is_empty() && decimals.is_empty() {
        return Err(DecimalError::Empty);
    }
    let zeros = integer.iter().take_while(|digit| **digit == b'0').count();
    let integer = &integer[zeros..];
    if integer.len() > INTEGER_DIGITS {
        return Err(DecimalError::TooLarge(integer.len()));
    }
    let (kept, cut) = decimals.split_at(decimals.len().min(DECIMALS));
    if cut.iter().any(|digit| *digit != b'0') {
        return Err(DecimalError::TooFine);
    }
    // At most 19 digits: below 2^64.
    let digits = |sum: u64, digit: &u8| sum * 10 + u64::from(digit - b'0');
    let value = kept.iter().fold(integer.iter().fold(0, digits), digits) * PADDING[DECIMALS - kept.len()];
    let value = i128::from(value);
    Ok(if negative { -value } else { value })
}

fn first_bad(digits: &[u8]) -> Option<usize> {
    digits.iter().position(|byte| !byte.is_ascii_digit())
}

/// Names the character at a byte, also when it has several bytes or is not UTF-8 at all.
#[cold]
fn bad_character(raw: &[u8], index: usize) -> DecimalError {
    let text = String::from_utf8_lossy(&raw[index..raw.len().min(index + 4)]);
    DecimalError::Character { position: index + 1, found: text.chars().next().unwrap_or_default() }
}

/// Writes a number kept in units of 10^-`decimals` without zeros at the end.
pub(super) fn write(f: &mut fmt::Formatter<'_>, value: i128, decimals: usize) -> fmt::Result {
    let digits = format!("{:0>width$}", value.unsigned_abs(), width = decimals + 1);
    let (integer, fraction) = digits.split_at(digits.len() - decimals);
    let fraction = fraction.trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    f.pad_integral(value >= 0, "", &format!("{integer}{point}{fraction}"))
}

macro_rules! decimal {
    ($(#[$doc:meta])* $ty:ident, $what:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $ty(i128);

        impl $ty {
            /// Zero.
            pub const ZERO: Self = Self(0);

            /// Reads an `xs:decimal` from raw bytes: sign allowed, no exponent, no blanks, at most 11 digits before
            /// the point and 8 after it (more only if zero).
            ///
            /// # Errors
            /// Says what is wrong and where.
            pub fn from_bytes(raw: &[u8]) -> Result<Self, DecimalError> {
                parse(raw).map(Self)
            }

            /// The value in units of 10^-8.
            #[must_use]
            pub const fn scaled(self) -> i128 {
                self.0
            }

            /// Whether it is below zero.
            #[must_use]
            pub const fn is_negative(self) -> bool {
                self.0 < 0
            }

            /// Whether it is zero.
            #[must_use]
            pub const fn is_zero(self) -> bool {
                self.0 == 0
            }

            /// The number with the other sign.
            #[must_use]
            pub const fn negated(self) -> Self {
                Self(-self.0)
            }

            /// The sum, unless it does not fit.
            #[must_use]
            pub fn checked_add(self, other: Self) -> Option<Self> {
                self.0.checked_add(other.0).map(Self)
            }
        }

        impl FromStr for $ty {
            type Err = DecimalError;

            fn from_str(raw: &str) -> Result<Self, DecimalError> {
                Self::from_bytes(raw.as_bytes())
            }
        }

        impl fmt::Display for $ty {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write(f, self.0, DECIMALS)
            }
        }

        impl TryFrom<String> for $ty {
            type Error = DecimalError;

            fn try_from(raw: String) -> Result<Self, DecimalError> {
                raw.parse()
            }
        }

        impl From<$ty> for String {
            fn from(value: $ty) -> Self {
                value.to_string()
            }
        }

        super::code::text_serde!($ty, $what);
    };
}

decimal! {
    /// A unit price in euro.
    ///
    /// ```
    /// use mepa_gateway::domain::decimal::Price;
    /// assert_eq!("0.12340000".parse::<Price>()?.to_string(), "0.1234");
    /// # Ok::<(), mepa_gateway::domain::decimal::DecimalError>(())
    /// ```
    Price, "a price as a decimal string"
}

decimal! {
    /// A quantity, in the unit its line names.
    ///
    /// ```
    /// use mepa_gateway::domain::decimal::Quantity;
    /// assert_eq!("12.00".parse::<Quantity>()?.to_string(), "12");
    /// # Ok::<(), mepa_gateway::domain::decimal::DecimalError>(())
    /// ```
    Quantity, "a quantity as a decimal string"
}

decimal! {
    /// A percentage, such as a VAT rate: `22` is twenty-two in a hundred.
    ///
    /// ```
    /// use mepa_gateway::domain::decimal::Percent;
    /// assert_eq!("22.00".parse::<Percent>()?, "22".parse()?);
    /// # Ok::<(), mepa_gateway::domain::decimal::DecimalError>(())
    /// ```
    Percent, "a percentage as a decimal string"
}

impl Quantity {
    /// One.
    pub const ONE: Self = Self(SCALE);
}

pub use super::exact::Exact;

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn price(raw: &str) -> Result<Price, DecimalError> {
        raw.parse()
    }

    #[test]
    fn the_largest_and_the_finest_fit() {
        let largest = "99999999999.99999999";
        assert_eq!(price(largest).unwrap().to_string(), largest);
        assert_eq!(price(largest).unwrap().scaled(), 9_999_999_999_999_999_999);
        assert_eq!(price("-0.00000001").unwrap().to_string(), "-0.00000001");
        assert_eq!(price("100000000000"), Err(DecimalError::TooLarge(12)));
        assert_eq!(price("0.000000001"), Err(DecimalError::TooFine));
    }

    #[test]
    fn lexical_forms_of_xs_decimal() {
        for (raw, shown) in [
            ("12.50", "12.5"),
            ("+3", "3"),
            (".5", "0.5"),
            ("5.", "5"),
            ("0000000000000012.0", "12"),
            ("1.123456780000", "1.12345678"),
            ("-0.0", "0"),
        ] {
            assert_eq!(price(raw).unwrap().to_string(), shown, "{raw}");
        }
        assert_eq!(Quantity::ONE.to_string(), "1");
    }

    #[test]
    fn what_is_not_a_decimal_says_where() {
        for raw in ["", "-", ".", "+."] {
            assert_eq!(price(raw), Err(DecimalError::Empty), "{raw}");
        }
        for (raw, position, found) in [
            ("1e3", 2, 'e'),
            ("1,5", 2, ','),
            (" 1", 1, ' '),
            ("1.2.3", 4, '.'),
            ("--1", 2, '-'),
            ("12\u{20ac}", 3, '\u{20ac}'),
            ("1.5\u{0661}", 4, '\u{0661}'),
            ("NaN", 1, 'N'),
        ] {
            assert_eq!(price(raw), Err(DecimalError::Character { position, found }), "{raw}");
        }
        assert_eq!(
            Price::from_bytes(b"1\xff"),
            Err(DecimalError::Character { position: 2, found: '\u{fffd}' })
        );
    }

    #[test]
    fn what_is_wrong_is_told_in_italian() {
        let told = |raw: &str| price(raw).unwrap_err().italian();
        assert_eq!(told("1,5"), "non è un numero: il carattere 2 non può essere ','");
        assert_eq!(told("-"), "non è un numero: non contiene cifre");
        assert_eq!(told("100000000000"), "numero troppo grande: 12 cifre prima del punto, al massimo 11");
        assert_eq!(told("0.000000001"), "numero con troppi decimali: al massimo 8");
    }

    #[test]
    fn json_takes_text_only() {
        assert_eq!(serde_json::from_str::<Percent>("\"22.00\"").unwrap().to_string(), "22");
        assert!(serde_json::from_str::<Percent>("22.0").is_err());
    }

    proptest! {
        #[test]
        fn printed_and_read_again(scaled in -9_999_999_999_999_999_999_i128..=9_999_999_999_999_999_999) {
            let value = Price(scaled);
            prop_assert_eq!(value.to_string().parse::<Price>(), Ok(value));
        }

        #[test]
        fn any_bytes_are_read_or_refused(raw in proptest::collection::vec(any::<u8>(), 0..40)) {
            let _ = Price::from_bytes(&raw);
        }
    }
}
