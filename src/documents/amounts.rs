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
    fn vat_is_found_inside_a_gross_amount() {
        let vat =
            |cents, rate: &str| vat_inside(Money::from_cents(cents), rate.parse().unwrap()).unwrap().cents();
        assert_eq!(vat(12_200, "22.00"), 2_200);
        assert_eq!(vat(12_000, "22.00"), 2_164);
        assert_eq!(vat(-12_200, "22.00"), -2_200);
        assert_eq!(vat(100, "0.00"), 0);
    }
}
