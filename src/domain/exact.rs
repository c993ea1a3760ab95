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
