// SPDX-License-Identifier: EUPL-1.2
//! Amounts as documents write them, to money and back.

use crate::domain::decimal::{Percent, Price};
use crate::domain::money::Money;

/// Units of 10^-8 in a cent.
const SCALED_CENT: i128 = 1_000_000;

/// A price that is a whole number of cents, as money.
pub(super) fn whole_cents(amount: Price) -> Option<Money> {
    if amount.scaled() % SCALED_CENT != 0 {
        return None;
    }
    i64::try_from(amount.scaled() / SCALED_CENT).ok().map(Money::from_cents)
}

/// An `xs:decimal` with at most two decimals that count and 15 digits that count, as money.
pub(super) fn xml_money(text: &str) -> Option<Money> {
    const DIGITS: usize = 15;
    let (unsigned, is_negative) = match text.strip_prefix('-') {
        Some(rest) => (rest, true),
        None => (text.strip_prefix('+').unwrap_or(text), false),
    };
    let (integer, decimals) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let is_digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if integer.len() + decimals.len() == 0 || !is_digits(integer) || !is_digits(decimals) {
        return None;
    }
    let (integer, decimals) = (integer.trim_start_matches('0'), decimals.trim_end_matches('0'));
    if decimals.len() > 2 || integer.len() + decimals.len() > DIGITS {
        return None;
    }
    let cents: i64 = format!("0{integer}{decimals:0<2}").parse().ok()?;
    Some(Money::from_cents(if is_negative { -cents } else { cents }))
}

/// Money as a price.
pub(super) fn price(amount: Money) -> Price {
    amount.to_string().parse().unwrap_or_default()
}

/// The VAT that is part of a gross amount, rounded to the cent, halves away from zero.
pub(super) fn vat_inside(gross: Money, rate: Percent) -> Option<Money> {
    const HUNDRED: i128 = 100 * 100_000_000;
    let numerator = i128::from(gross.cents()).checked_mul(rate.scaled())?;
    let denominator = HUNDRED + rate.scaled();
    let (cents, rest) = (numerator / denominator, numerator % denominator);
    let away = if rest.abs() * 2 >= denominator { numerator.signum() } else { 0 };
    i64::try_from(cents + away).ok().map(Money::from_cents)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_cents_are_money() {
        let cents = |text: &str| whole_cents(text.parse().unwrap());
        assert_eq!(cents("52.00000"), Some(Money::from_cents(5200)));
        assert_eq!(cents("400"), Some(Money::from_cents(40_000)));
        assert_eq!(cents("0.125"), None);
        assert_eq!(price(Money::from_cents(-5)).to_string(), "-0.05");
    }

    #[test]
    fn amounts_of_a_schema_are_read_by_their_value() {
        for (text, cents) in [
            ("12.5", 1_250),
            ("12.500", 1_250),
            ("-0.01", -1),
            ("+7", 700),
            ("007", 700),
            (".5", 50),
            ("5.", 500),
            ("0", 0),
            ("999999999999999", 99_999_999_999_999_900),
            ("9999999999999.99", 999_999_999_999_999),
        ] {
            assert_eq!(xml_money(text), Some(Money::from_cents(cents)), "{text}");
        }
        for text in [
            "",
            ".",
            "-",
            "1,5",
            "1.234",
            "1e2",
            "1 0",
            "--1",
            "1.2.3",
            "99999999999999.99",
            "1000000000000000",
            "à",
        ] {
            assert_eq!(xml_money(text), None, "{text}");
        }
    }

    #[test]
    fn vat_is_found_inside_a_gross_amount() {
        let vat =
            |cents, rate: &str| vat_inside(Money::from_cents(cents), rate.parse().unwrap()).unwrap().cents();
        assert_eq!(vat(12_200, "22.00"), 2_200);
        assert_eq!(vat(12_000, "22.00"), 2_164);
        assert_eq!(vat(-12_200, "22.00"), -2_200);
        assert_eq!(vat(100, "0.00"), 0);
    }
}
