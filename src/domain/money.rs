// SPDX-License-Identifier: EUPL-1.2
//! Money: whole cents of euro, exact, never a float. Sums that would not fit are `None`, never a wrapped number.

use std::fmt;
use std::str::FromStr;

use thiserror::Error;

use super::money_italian;
use super::text::Bilingual;

/// An amount in euro, kept as cents. In text and JSON a decimal string, never a JSON number.
///
/// ```
/// use mepa_gateway::domain::money::Money;
/// let amount: Money = "1234.5".parse()?;
/// assert_eq!((amount.cents(), amount.to_string()), (123_450, "1234.50".to_owned()));
/// assert_eq!(amount.italian(), "1.234,50 €");
/// # Ok::<(), mepa_gateway::domain::money::MoneyError>(())
/// ```
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Money(i64);

/// Why a text is not an amount.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum MoneyError {
    /// There is nothing to read.
    #[error("not an amount: it is empty")]
    Empty,
    /// A character that may not stand there: a comma, a blank, an exponent, a second point.
    #[error("not an amount: character {position} is {found:?}")]
    Character {
        /// Position, counted from 1.
        position: usize,
        /// The character found there.
        found: char,
    },
    /// No digit before the point, or none after it.
    #[error("not an amount: a digit is missing beside the decimal point")]
    DigitMissing,
    /// More than two decimals: there is nothing smaller than a cent.
    #[error("not an amount: {0} decimals, at most 2 are possible")]
    Decimals(usize),
    /// More than twelve digits before the point.
    #[error("not an amount: {0} digits before the decimals, at most 12 are possible")]
    TooLarge(usize),
    /// Separators that are neither Italian nor plain, or that can be read in two ways.
    #[error("not an amount: the separators in {0:?} have no sure reading")]
    Separators(String),
}

impl Bilingual for MoneyError {
    fn italian(&self) -> String {
        let cause = match self {
            Self::Empty => "è vuoto".to_owned(),
            Self::Character { position, found } => {
                format!("il carattere {position} non può essere {found:?}")
            }
            Self::DigitMissing => "manca una cifra prima o dopo il punto decimale".to_owned(),
            Self::Decimals(digits) => format!("{digits} decimali, al massimo 2"),
            Self::TooLarge(digits) => format!("{digits} cifre prima dei decimali, al massimo 12"),
            Self::Separators(text) => format!("i separatori in {text:?} non hanno una lettura certa"),
        };
        format!("non è un importo: {cause}")
    }
}

/// The most digits an amount may have before its decimals.
pub(super) const INTEGER_DIGITS: usize = 12;

impl Money {
    /// Nothing.
    pub const ZERO: Self = Self(0);

    /// An amount of so many cents.
    #[must_use]
    pub const fn from_cents(cents: i64) -> Self {
        Self(cents)
    }

    /// The amount in cents.
    #[must_use]
    pub const fn cents(self) -> i64 {
        self.0
    }

    /// The sum, unless it does not fit.
    #[must_use]
    pub fn checked_add(self, other: Self) -> Option<Self> {
        self.0.checked_add(other.0).map(Self)
    }

    /// The difference, unless it does not fit.
    #[must_use]
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        self.0.checked_sub(other.0).map(Self)
    }

    /// The amount with the other sign, unless it does not fit.
    #[must_use]
    pub fn checked_neg(self) -> Option<Self> {
        self.0.checked_neg().map(Self)
    }

    /// The sum of all, unless it does not fit.
    #[must_use]
    pub fn checked_sum(amounts: impl IntoIterator<Item = Self>) -> Option<Self> {
        amounts.into_iter().try_fold(Self::ZERO, Self::checked_add)
    }

    /// The distance between two amounts in cents; `i64::MAX` when it is even larger.
    #[must_use]
    pub fn abs_diff(self, other: Self) -> i64 {
        i64::try_from(self.0.abs_diff(other.0)).unwrap_or(i64::MAX)
    }

    /// Whether it is below zero.
    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// Whether it is nothing.
    #[must_use]
    pub const fn is_zero(self) -> bool {
        self.0 == 0
    }

    /// As Italians write it: `1.234,56 €`.
    #[must_use]
    pub fn italian(self) -> String {
        money_italian::write(self)
    }

    /// Reads what Italians write: `1.234,56`, `1234,56`, `€ 1.234,56`, `1.234,56 €`, blanks (also no-break and
    /// thin) or apostrophes for the thousands, and the plain `1234.56`.
    ///
    /// A point followed by exactly three digits is read as a thousands mark when the whole number is grouped
    /// rightly, so `1.234` is one thousand two hundred thirty-four; `1234.567`, `0.500` and `1,234.56` are errors.
    ///
    /// # Errors
    /// Says what keeps the text from having one sure reading.
    pub fn parse_italian(raw: &str) -> Result<Self, MoneyError> {
        money_italian::read(raw)
    }

    /// The amount that checked ASCII digits write; `decimals` has at most two of them.
    pub(super) fn from_digits(negative: bool, integer: &str, decimals: &str) -> Result<Self, MoneyError> {
        if decimals.len() > 2 {
            return Err(MoneyError::Decimals(decimals.len()));
        }
        if integer.len() > INTEGER_DIGITS {
            return Err(MoneyError::TooLarge(integer.len()));
        }
        let digits =
            integer.bytes().chain(decimals.bytes()).chain(std::iter::repeat_n(b'0', 2 - decimals.len()));
        let cents = digits.fold(0_i64, |sum, digit| sum * 10 + i64::from(digit - b'0'));
        Ok(Self(if negative { -cents } else { cents }))
    }
}

impl FromStr for Money {
    type Err = MoneyError;

    /// Reads `-?\d{1,12}(\.\d{1,2})?` and nothing else.
    fn from_str(raw: &str) -> Result<Self, MoneyError> {
        let unsigned = raw.strip_prefix('-');
        let text = unsigned.unwrap_or(raw);
        if text.is_empty() {
            return Err(MoneyError::Empty);
        }
        let (integer, decimals) = match text.split_once('.') {
            None => (text, None),
            Some((integer, decimals)) => (integer, Some(decimals)),
        };
        let points = usize::from(decimals.is_some());
        let digits = integer.chars().chain(decimals.unwrap_or_default().chars());
        if let Some((index, found)) = digits.enumerate().find(|(_, c)| !c.is_ascii_digit()) {
            let shift =
                usize::from(unsigned.is_some()) + if index < integer.chars().count() { 0 } else { points };
            return Err(MoneyError::Character { position: index + shift + 1, found });
        }
        if integer.is_empty() || decimals.is_some_and(str::is_empty) {
            return Err(MoneyError::DigitMissing);
        }
        Self::from_digits(unsigned.is_some(), integer, decimals.unwrap_or_default())
    }
}

impl fmt::Display for Money {
    /// Plain form with two decimals: `1234.50`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cents = self.0.unsigned_abs();
        f.pad_integral(self.0 >= 0, "", &format!("{}.{:02}", cents / 100, cents % 100))
    }
}

impl TryFrom<String> for Money {
    type Error = MoneyError;

    fn try_from(raw: String) -> Result<Self, MoneyError> {
        raw.parse()
    }
}

impl From<Money> for String {
    fn from(amount: Money) -> Self {
        amount.to_string()
    }
}

super::code::text_serde!(Money, "an amount as a decimal string such as \"1234.50\" (never a JSON number)");

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn read(raw: &str) -> Result<i64, MoneyError> {
        raw.parse::<Money>().map(Money::cents)
    }

    #[test]
    fn plain_form() {
        for (raw, cents) in [
            ("0", 0),
            ("1", 100),
            ("1.5", 150),
            ("1.05", 105),
            ("-0.01", -1),
            ("0012.30", 1230),
            ("999999999999.99", 99_999_999_999_999),
        ] {
            assert_eq!(read(raw), Ok(cents), "{raw}");
        }
    }

    #[test]
    fn nothing_but_the_plain_form() {
        let character = |position, found| Err(MoneyError::Character { position, found });
        for (raw, answer) in [
            ("", Err(MoneyError::Empty)),
            ("-", Err(MoneyError::Empty)),
            ("+1", character(1, '+')),
            ("1e3", character(2, 'e')),
            ("1,5", character(2, ',')),
            (" 1", character(1, ' ')),
            ("-1.2.3", character(5, '.')),
            ("--1", character(2, '-')),
            ("\u{0661}", character(1, '\u{0661}')),
            ("1.", Err(MoneyError::DigitMissing)),
            (".5", Err(MoneyError::DigitMissing)),
            ("1.234", Err(MoneyError::Decimals(3))),
            ("1000000000000", Err(MoneyError::TooLarge(13))),
        ] {
            assert_eq!(read(raw), answer, "{raw}");
        }
    }

    #[test]
    fn what_is_wrong_is_told_in_italian() {
        let told = |raw: &str| raw.parse::<Money>().unwrap_err().italian();
        assert_eq!(told(""), "non è un importo: è vuoto");
        assert_eq!(told("1,5"), "non è un importo: il carattere 2 non può essere ','");
        assert_eq!(told("1."), "non è un importo: manca una cifra prima o dopo il punto decimale");
        assert_eq!(told("1.234"), "non è un importo: 3 decimali, al massimo 2");
        assert_eq!(told("1000000000000"), "non è un importo: 13 cifre prima dei decimali, al massimo 12");
        let unsure = Money::parse_italian("1,234.56").unwrap_err().italian();
        assert_eq!(unsure, "non è un importo: i separatori in \"1,234.56\" non hanno una lettura certa");
    }

    #[test]
    fn sums_never_wrap() {
        let most = Money::from_cents(i64::MAX);
        assert_eq!(most.checked_add(Money::from_cents(1)), None);
        assert_eq!(Money::from_cents(i64::MIN).checked_neg(), None);
        assert_eq!(Money::checked_sum([most, most]), None);
        assert_eq!(Money::from_cents(i64::MIN).abs_diff(most), i64::MAX);
        assert_eq!(Money::from_cents(i64::MIN).to_string(), "-92233720368547758.08");
        assert_eq!(Money::from_cents(-5).to_string(), "-0.05");
    }

    #[test]
    fn json_is_text_and_says_so() {
        let amount: Money = serde_json::from_str("\"1234.50\"").unwrap();
        assert_eq!(serde_json::to_string(&amount).unwrap(), "\"1234.50\"");
        for number in ["1234.50", "1234", "-1"] {
            let error = serde_json::from_str::<Money>(number).unwrap_err().to_string();
            assert!(error.contains("never a JSON number"), "{error}");
        }
    }

    proptest! {
        #[test]
        fn printed_and_read_again(cents in -99_999_999_999_999_i64..=99_999_999_999_999) {
            let amount = Money::from_cents(cents);
            prop_assert_eq!(amount.to_string().parse(), Ok(amount));
            prop_assert_eq!(Money::parse_italian(&amount.italian()), Ok(amount));
            prop_assert_eq!(Money::parse_italian(&amount.to_string()), Ok(amount));
        }

        #[test]
        fn sums_agree_with_wide_numbers(amounts in proptest::collection::vec(any::<i64>(), 0..6)) {
            let mut wide = 0_i128;
            let fits = amounts.iter().all(|cents| {
                wide += i128::from(*cents);
                i64::try_from(wide).is_ok()
            });
            let sum = Money::checked_sum(amounts.iter().copied().map(Money::from_cents));
            prop_assert_eq!(sum.map(|sum| i128::from(sum.cents())), fits.then_some(wide));
        }

        #[test]
        fn any_text_is_read_or_refused(raw in "\\PC{0,30}") {
            let _ = raw.parse::<Money>();
            let _ = Money::parse_italian(&raw);
        }
    }
}
