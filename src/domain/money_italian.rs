// SPDX-License-Identifier: EUPL-1.2
//! How Italians write amounts, in both directions. The rules are told at `Money::parse_italian`.

use super::code::is_blank;
use super::money::{Money, MoneyError};

/// `1.234,56 €`.
pub(super) fn write(amount: Money) -> String {
    let cents = amount.cents().unsigned_abs();
    let digits = (cents / 100).to_string();
    let mut grouped = String::with_capacity(digits.len() + 8);
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            grouped.push('.');
        }
        grouped.push(digit);
    }
    let sign = if amount.is_negative() { "-" } else { "" };
    format!("{sign}{grouped},{:02} €", cents % 100)
}

/// The longest text looked at: anything longer is not an amount.
const LONGEST: usize = 64;

pub(super) fn read(raw: &str) -> Result<Money, MoneyError> {
    let text = without_currency(raw);
    if text.len() > LONGEST {
        return Err(MoneyError::TooLarge(text.len()));
    }
    let (negative, text) = match text.strip_prefix(['-', '\u{2212}']) {
        Some(rest) => (true, without_currency(rest)),
        None => (false, text),
    };
    if text.is_empty() {
        return Err(MoneyError::Empty);
    }
    if let Some((index, found)) = text.chars().enumerate().find(|(_, c)| !may_stand(*c)) {
        return Err(MoneyError::Character { position: index + 1, found });
    }
    let unsure = || MoneyError::Separators(text.to_owned());
    let (integer, decimals) = split(text).ok_or_else(unsure)?;
    let digits = ungroup(integer).ok_or_else(unsure)?;
    Money::from_digits(negative, &digits, decimals)
}

/// The text without blanks and the euro sign or word at either end.
fn without_currency(raw: &str) -> &str {
    let mut text = raw.trim_matches(is_blank);
    for mark in ["€", "EUR", "euro", "Euro", "EURO"] {
        let start = text.strip_prefix(mark);
        text = start.or_else(|| text.strip_suffix(mark)).unwrap_or(text).trim_matches(is_blank);
    }
    text
}

fn may_stand(c: char) -> bool {
    c.is_ascii_digit() || matches!(c, '.' | ',' | '\'' | '\u{2019}') || is_blank(c)
}

/// Integer part (still grouped) and decimals. A lone point with one or two digits after it is a decimal point; more
/// than two digits after a mark that can only be decimal are left for the caller to refuse.
fn split(text: &str) -> Option<(&str, &str)> {
    if let Some((integer, decimals)) = text.split_once(',') {
        return is_digits(decimals).then_some((integer, decimals));
    }
    match text.rsplit_once('.') {
        Some((integer, decimals)) if !integer.contains('.') && decimals.len() != 3 => {
            is_digits(decimals).then_some((integer, decimals))
        }
        _ => Some((text, "")),
    }
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// The digits of an integer part: plain, or in groups of three parted by one and the same mark.
fn ungroup(integer: &str) -> Option<String> {
    if is_digits(integer) {
        return Some(integer.to_owned());
    }
    let mark = integer.chars().find(|c| !c.is_ascii_digit())?;
    let mut groups = integer.split(mark);
    let first = groups.next()?;
    let first_is_right = is_digits(first) && first.len() <= 3 && !first.starts_with('0');
    let rest_is_right = groups.all(|group| is_digits(group) && group.len() == 3);
    (first_is_right && rest_is_right).then(|| integer.split(mark).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_italians_write() {
        for (raw, cents) in [
            ("1.234,56", 123_456),
            ("1234,56", 123_456),
            ("1234,5", 123_450),
            ("€ 1.234,56", 123_456),
            ("1.234,56 €", 123_456),
            ("EUR 1.234,56", 123_456),
            ("1.234,56 euro", 123_456),
            ("€\u{a0}35.471,47", 3_547_147),
            ("35\u{202f}471,47", 3_547_147),
            ("1\u{2009}234\u{2009}567,8", 123_456_780),
            ("1'234.56", 123_456),
            ("1\u{2019}234,56", 123_456),
            ("1234.56", 123_456),
            ("1234.5", 123_450),
            ("1.234", 123_400),
            ("1.234.567", 123_456_700),
            ("1234", 123_400),
            ("0,50", 50),
            ("-1.234,56", -123_456),
            ("\u{2212} 1,00", -100),
            ("-€ 1,00", -100),
            ("€ -1,00", -100),
            ("512.400,00\u{a0}€ ", 51_240_000),
        ] {
            assert_eq!(read(raw).map(Money::cents), Ok(cents), "{raw}");
        }
    }

    #[test]
    fn what_has_no_sure_reading() {
        for raw in [
            "1,234.56",
            "0.500",
            "12.34.56",
            "1.23.456",
            "1.2345,00",
            "1'23,00",
            "1.234'567,00",
            ",50",
            "5,",
            "1..234",
            "1 2",
            "1,2,3",
            "0.123.456",
            ".5",
            "1.",
            "1234.567",
        ] {
            assert!(matches!(read(raw), Err(MoneyError::Separators(_))), "{raw}: {:?}", read(raw));
        }
        for raw in ["1e5", "--1", "abc", "1,5 $", "(100,00)", "+5", "12%"] {
            assert!(matches!(read(raw), Err(MoneyError::Character { .. })), "{raw}: {:?}", read(raw));
        }
        assert_eq!(read(" € "), Err(MoneyError::Empty));
        assert_eq!(read("1,234"), Err(MoneyError::Decimals(3)));
        assert_eq!(read("1.000.000.000.000"), Err(MoneyError::TooLarge(13)));
        assert_eq!(read(&"1".repeat(10_000)), Err(MoneyError::TooLarge(10_000)));
    }

    #[test]
    fn written_with_points_every_three_digits() {
        for (cents, shown) in [
            (0, "0,00 €"),
            (5, "0,05 €"),
            (12_345, "123,45 €"),
            (123_456, "1.234,56 €"),
            (-51_240_000, "-512.400,00 €"),
            (9_992_904_698, "99.929.046,98 €"),
            (100_000_000, "1.000.000,00 €"),
        ] {
            assert_eq!(write(Money::from_cents(cents)), shown);
        }
    }
}
