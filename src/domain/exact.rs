// SPDX-License-Identifier: EUPL-1.2
//! Products of prices and quantities, kept exactly until the one rounding to cents.

use std::fmt;

use super::decimal::{self, Percent, Price, Quantity};
use super::money::Money;

/// An amount in euro with 16 decimals: what price times quantity gives, not yet rounded. Results that do not fit
/// are `None`.
///
/// ```
/// use mepa_gateway::domain::decimal::Exact;
/// let line = Exact::product("0.125".parse()?, "3".parse()?).ok_or("too large")?;
/// assert_eq!(line.to_string(), "0.375");
/// assert_eq!(line.round_to_cents().ok_or("too large")?.to_string(), "0.38");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Exact(i128);

/// How many decimals are kept.
const DECIMALS: usize = 16;
/// One cent, in units of 10^-16.
const CENT: i128 = 100_000_000_000_000;

impl Exact {
    /// Nothing.
    pub const ZERO: Self = Self(0);
    /// Half a cent: what rounding to the cent may hide.
    pub const HALF_CENT: Self = Self(CENT / 2);

    /// Price times quantity, with no rounding.
    #[must_use]
    pub fn product(price: Price, quantity: Quantity) -> Option<Self> {
        price.scaled().checked_mul(quantity.scaled()).map(Self)
    }

    /// The amount divided by the quantity a price is for; `None` when that is zero. What lies beyond 16 decimals
    /// is rounded, halves to the even neighbour.
    #[must_use]
    pub fn divided_by(self, base: Quantity) -> Option<Self> {
        if base.is_zero() {
            return None;
        }
        let divisor = base.scaled().unsigned_abs();
        let whole = self.0.unsigned_abs() / divisor;
        let rest = (self.0.unsigned_abs() % divisor) * decimal::SCALE.unsigned_abs();
        let fraction = rest / divisor;
        let left = rest % divisor;
        let cut = whole.checked_mul(decimal::SCALE.unsigned_abs())?.checked_add(fraction)?;
        let up = left > divisor - left || (left == divisor - left && cut % 2 == 1);
        let size = i128::try_from(cut.checked_add(u128::from(up))?).ok()?;
        Some(Self(if (self.0 < 0) == base.is_negative() { size } else { -size }))
    }

    /// The amount of money as it is.
    #[must_use]
    pub fn from_money(amount: Money) -> Self {
        Self(i128::from(amount.cents()) * CENT)
    }

    /// So many hundredths of the amount. What lies beyond 16 decimals is cut.
    #[must_use]
    pub fn hundredths(self, rate: Percent) -> Option<Self> {
        const HUNDRED: i128 = 100 * decimal::SCALE;
        self.0.checked_mul(rate.scaled()).map(|product| Self(product / HUNDRED))
    }

    /// So many times the amount. What lies beyond 16 decimals is cut.
    #[must_use]
    pub fn times(self, quantity: Quantity) -> Option<Self> {
        let (whole, rest) = (self.0 / decimal::SCALE, self.0 % decimal::SCALE);
        let fraction = rest.checked_mul(quantity.scaled())? / decimal::SCALE;
        whole.checked_mul(quantity.scaled())?.checked_add(fraction).map(Self)
    }

    /// So many hundredths of an amount, with no rounding: a tax, a discount.
    #[must_use]
    pub fn percent_of(base: Money, rate: Percent) -> Option<Self> {
        const STEP: i128 = 10_000;
        (i128::from(base.cents()) * STEP).checked_mul(rate.scaled()).map(Self)
    }

    /// The sum with another exact amount or with money.
    #[must_use]
    pub fn checked_add(self, other: impl Into<Self>) -> Option<Self> {
        self.0.checked_add(other.into().0).map(Self)
    }

    /// The difference to another exact amount or to money.
    #[must_use]
    pub fn checked_sub(self, other: impl Into<Self>) -> Option<Self> {
        self.0.checked_sub(other.into().0).map(Self)
    }

    /// Whether it is below zero.
    #[must_use]
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }

    /// The nearest cent; half a cent goes away from zero.
    #[must_use]
    pub fn round_to_cents(self) -> Option<Money> {
        let (cents, rest) = (self.0 / CENT, self.0 % CENT);
        let away = if rest.abs() * 2 >= CENT { self.0.signum() } else { 0 };
        i64::try_from(cents + away).ok().map(Money::from_cents)
    }

    /// Whether the amount lies within so many cents of `other`, compared before any rounding. A negative slack
    /// is never kept.
    #[must_use]
    pub fn abs_diff_cents_at_most(self, other: Money, slack_cents: i64) -> bool {
        let Ok(slack) = u128::try_from(slack_cents) else { return false };
        self.0.abs_diff(Self::from_money(other).0) <= slack * CENT.unsigned_abs()
    }
}

impl Exact {
    /// Whether two exact amounts lie within so many cents of each other. A negative slack is never kept.
    #[must_use]
    pub fn is_within(self, other: impl Into<Self>, slack_cents: i64) -> bool {
        let Ok(slack) = u128::try_from(slack_cents) else { return false };
        self.0.abs_diff(other.into().0) <= slack * CENT.unsigned_abs()
    }
}

impl From<Price> for Exact {
    /// A price has eight decimals and at most eleven digits before them: it always fits.
    fn from(price: Price) -> Self {
        Self(price.scaled() * decimal::SCALE)
    }
}

impl From<Money> for Exact {
    fn from(amount: Money) -> Self {
        Self::from_money(amount)
    }
}

impl fmt::Display for Exact {
    /// Plain form without zeros at the end.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        decimal::write(f, self.0, DECIMALS)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn exact(price: &str, quantity: &str) -> Exact {
        Exact::product(price.parse().unwrap(), quantity.parse().unwrap()).unwrap()
    }

    fn cents(value: Exact) -> i64 {
        value.round_to_cents().unwrap().cents()
    }

    #[test]
    fn half_a_cent_goes_away_from_zero() {
        for (price, rounded) in [
            ("0.005", 1),
            ("0.00499999", 0),
            ("1.015", 102),
            ("-0.005", -1),
            ("-0.00499999", 0),
            ("-1.015", -102),
            ("2.675", 268),
        ] {
            assert_eq!(cents(exact(price, "1")), rounded, "{price}");
        }
    }

    #[test]
    fn discounts_come_off_one_after_the_other() {
        let price = Exact::from("100.00".parse::<Price>().unwrap());
        let rate = |rate: &str| rate.parse().unwrap();
        let less =
            |price: Exact, percent| price.checked_sub(price.hundredths(rate(percent)).unwrap()).unwrap();
        let twice = less(less(price, "10.00"), "50.00");
        assert_eq!(twice.to_string(), "45");
        assert_eq!(twice.times("1.5".parse().unwrap()).unwrap().to_string(), "67.5");
        assert!(
            twice.is_within(Money::from_cents(4_501), 1) && !twice.is_within(Money::from_cents(4_502), 1)
        );
        assert!(!twice.is_within(twice, -1));
    }

    #[test]
    fn the_largest_product_fits_but_not_as_money() {
        let largest = exact("99999999999.99999999", "99999999999.99999999");
        assert_eq!(largest.to_string(), "9999999999999999998000.0000000000000001");
        assert_eq!(largest.round_to_cents(), None);
        assert_eq!(largest.checked_add(largest), None);
        assert_eq!(largest.divided_by("0.00000001".parse().unwrap()), None);
    }

    #[test]
    fn a_price_for_several_pieces() {
        let by = |value: Exact, base: &str| value.divided_by(base.parse().unwrap()).unwrap().to_string();
        let smallest = exact("0.00000001", "0.00000001");
        assert_eq!(by(exact("10", "1"), "3"), "3.3333333333333333");
        assert_eq!(by(smallest, "2"), "0");
        assert_eq!(by(exact("0.00000003", "0.00000001"), "2"), "0.0000000000000002");
        assert_eq!(by(exact("-7", "1"), "-2"), "3.5");
        assert_eq!(by(exact("-7", "1"), "2"), "-3.5");
        assert_eq!(smallest.divided_by(Quantity::ZERO), None);
    }

    #[test]
    fn the_slack_is_compared_before_rounding() {
        let total = Money::from_cents(100);
        assert!(exact("1.01", "1").abs_diff_cents_at_most(total, 1));
        assert!(!exact("1.01000001", "1").abs_diff_cents_at_most(total, 1));
        assert!(exact("0.99", "1").abs_diff_cents_at_most(total, 1));
        assert!(!exact("0.98999999", "1").abs_diff_cents_at_most(total, 1));
        assert!(!exact("1", "1").abs_diff_cents_at_most(total, -1));
    }

    #[test]
    fn a_tax_is_exact() {
        let tax = Exact::percent_of(Money::from_cents(997_520), "22".parse().unwrap()).unwrap();
        assert_eq!(tax.to_string(), "2194.544");
        assert_eq!(cents(tax), 219_454);
        assert_eq!(tax.checked_sub(Money::from_cents(219_454)).unwrap().to_string(), "0.004");
    }

    /// Nearest integer to `numerator / denominator`, halves away from zero.
    fn oracle(numerator: i128, denominator: i128) -> i128 {
        let floor = numerator.div_euclid(denominator);
        let rest = numerator.rem_euclid(denominator);
        let up = rest * 2 > denominator || (rest * 2 == denominator && numerator > 0);
        floor + i128::from(up)
    }

    fn decimal_text(scaled: i64) -> String {
        let size = scaled.unsigned_abs();
        let sign = if scaled < 0 { "-" } else { "" };
        format!("{sign}{}.{:08}", size / 100_000_000, size % 100_000_000)
    }

    proptest! {
        #[test]
        fn products_round_like_the_oracle(a in -1_000_000_000_000_i64..1_000_000_000_000, b in 0_i64..100_000_000_000) {
            let value = exact(&decimal_text(a), &decimal_text(b));
            prop_assert_eq!(i128::from(cents(value)), oracle(i128::from(a) * i128::from(b), CENT));
        }

        #[test]
        fn division_undoes_multiplication(a in 0_i64..1_000_000_000, b in 1_i64..1_000_000) {
            let product = exact(&a.to_string(), &b.to_string());
            prop_assert_eq!(product.divided_by(b.to_string().parse().unwrap()), Some(exact(&a.to_string(), "1")));
        }

        #[test]
        fn division_is_off_by_half_a_unit_at_most(a in any::<i64>(), b in 1_i64..10_000_000_000_000) {
            let quotient = Exact(i128::from(a)).divided_by(decimal_text(b).parse().unwrap()).unwrap();
            let off = quotient.0 * i128::from(b) - i128::from(a) * decimal::SCALE;
            prop_assert!(off.abs() * 2 <= i128::from(b));
        }
    }
}
