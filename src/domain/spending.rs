// SPDX-License-Identifier: EUPL-1.2
//! How much of the money that an order holds is covered by invoices, and how much of that is paid. All amounts are gross
//! cents of the grant: what the Comune pays itself comes after, so the grant's money counts as spent first.

use super::budget::EntryKind;
use super::money::Money;

/// What became of the money of a sent order; the rest of what it holds is committed. An order that died spends nothing: what
/// was paid for it is a claim on the supplier, told as a difference, and no spending of the grant.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Spending {
    /// Covered by invoices and not paid.
    pub invoiced: Money,
    /// Covered by invoices and paid.
    pub paid: Money,
}

/// How far the grant's money in an order has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SpendingStage {
    /// A part of what it holds is not invoiced.
    Open,
    /// All of it is invoiced.
    Invoiced,
    /// All of it is paid.
    Paid,
}

impl SpendingStage {
    /// The name shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Invoiced => "invoiced",
            Self::Paid => "paid",
        }
    }
}

impl Spending {
    /// What documents make of the money that a live order holds. What they bring above it is no spending of the grant: it is
    /// told as a difference. The same goes for what is paid above what is invoiced: that is a claim on the supplier.
    #[must_use]
    pub fn of(held: Money, covered: Money, paid: Money) -> Self {
        let covered = covered.clamp(Money::ZERO, held.max(Money::ZERO));
        let paid = paid.clamp(Money::ZERO, covered);
        Self { invoiced: less(covered, paid), paid }
    }

    /// What is covered by invoices, paid or not.
    #[must_use]
    pub fn covered(self) -> Money {
        self.invoiced.checked_add(self.paid).unwrap_or(self.invoiced)
    }

    /// What is left committed of what the order holds.
    #[must_use]
    pub fn committed(self, held: Money) -> Money {
        less(held, self.covered())
    }

    /// How far the grant's money in an order has come; its last cents, up to the tolerance, are rounding.
    #[must_use]
    pub fn stage(self, held: Money, tolerance: Money) -> SpendingStage {
        let reaches = |amount: Money| !amount.is_zero() && less(held, amount) <= tolerance;
        match (reaches(self.covered()), reaches(self.paid)) {
            (_, true) => SpendingStage::Paid,
            (true, false) => SpendingStage::Invoiced,
            (false, false) => SpendingStage::Open,
        }
    }

    /// The entries that lead from here to `next`. What is taken back comes first, so that no bucket ever lacks the money.
    #[must_use]
    pub fn moves(self, next: Self) -> Vec<(EntryKind, Money)> {
        let all = [
            (EntryKind::PaymentReversal, less(self.paid, next.paid)),
            (EntryKind::InvoicingReversal, less(self.covered(), next.covered())),
            (EntryKind::Invoicing, less(next.covered(), self.covered())),
            (EntryKind::Payment, less(next.paid, self.paid)),
        ];
        all.into_iter().filter(|(_, amount)| *amount > Money::ZERO).collect()
    }
}

/// By how much one amount is above another; nothing where it is not.
fn less(amount: Money, other: Money) -> Money {
    amount.checked_sub(other).unwrap_or(Money::ZERO).max(Money::ZERO)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::domain::budget::Balances;

    fn cents(cents: i64) -> Money {
        Money::from_cents(cents)
    }

    fn spending(invoiced: i64, paid: i64) -> Spending {
        Spending { invoiced: cents(invoiced), paid: cents(paid) }
    }

    /// The balances of a budget of 1,000 cents with one sent order that holds so much.
    fn sent(held: i64) -> Balances {
        let start = Balances::default().after(EntryKind::Allocation, cents(1_000)).unwrap();
        let reserved = start.after(EntryKind::Reservation, cents(held)).unwrap();
        reserved.after(EntryKind::Commitment, cents(held)).unwrap()
    }

    fn after(balances: Balances, moves: Vec<(EntryKind, Money)>) -> Balances {
        moves.into_iter().fold(balances, |balances, (kind, amount)| balances.after(kind, amount).unwrap())
    }

    #[test]
    fn documents_cover_no_more_than_the_order_holds_and_pay_no_more_than_they_cover() {
        let of = |covered, paid| Spending::of(cents(100), cents(covered), cents(paid));
        assert_eq!(of(60, 0), spending(60, 0));
        assert_eq!(of(60, 25), spending(35, 25));
        assert_eq!(of(150, 0), spending(100, 0));
        assert_eq!(of(150, 150), spending(0, 100));
        assert_eq!(of(70, 100), spending(0, 70));
        assert_eq!(of(-30, 10), spending(0, 0));
        assert_eq!(of(60, -10), spending(60, 0));
        assert_eq!(of(i64::MAX, i64::MIN), spending(100, 0));
    }

    #[test]
    fn a_credit_note_takes_back_what_an_invoice_covered() {
        let moves = spending(40, 60).moves(spending(0, 80));
        assert_eq!(moves, [(EntryKind::InvoicingReversal, cents(20)), (EntryKind::Payment, cents(20))]);
        let moves = spending(0, 60).moves(spending(10, 20));
        assert_eq!(
            moves,
            [(EntryKind::PaymentReversal, cents(40)), (EntryKind::InvoicingReversal, cents(30))]
        );
    }

    #[test]
    fn the_last_cents_are_rounding() {
        let stage = |spending: Spending| spending.stage(cents(100), cents(1)).as_str();
        assert_eq!(stage(spending(98, 0)), "open");
        assert_eq!(stage(spending(99, 0)), "invoiced");
        assert_eq!(stage(spending(2, 98)), "invoiced");
        assert_eq!(stage(spending(0, 99)), "paid");
        assert_eq!(Spending::default().stage(cents(1), cents(1)), SpendingStage::Open);
    }

    proptest! {
        #[test]
        fn any_walk_keeps_the_budget_whole(
            held in 1i64..1_000,
            walk in prop::collection::vec((-500i64..1_500, -50i64..1_500), 0..12),
        ) {
            let (mut balances, mut at) = (sent(held), Spending::default());
            for (covered, paid) in walk {
                let next = Spending::of(cents(held), cents(covered), cents(paid));
                balances = after(balances, at.moves(next));
                at = next;
                prop_assert_eq!((balances.invoiced, balances.paid), (at.invoiced, at.paid));
                prop_assert_eq!(balances.committed, at.committed(cents(held)));
                prop_assert_eq!(balances.available(), Some(cents(1_000 - held)));
            }
            balances = after(balances, at.moves(Spending::default()));
            prop_assert_eq!(balances, sent(held));
        }
    }
}
