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
