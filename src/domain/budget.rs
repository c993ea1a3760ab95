// SPDX-License-Identifier: EUPL-1.2
//! The budget of one CUP: buckets, entries, and the fold that turns entries into balances. All amounts are gross cents.
//!
//! An entry moves a positive amount between two buckets, and its kind fixes the pair. Entries are never changed: a
//! correction is one more entry. The stored balances must equal this fold (`audit verify`).

use super::money::Money;

/// Where money of a grant can lie.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Bucket {
    /// Not in the grant.
    Outside,
    /// Assigned and free.
    Available,
    /// Held for an accepted order that is not yet sent.
    Reserved,
    /// Held for an order that is sent: the contract is perfected.
    Committed,
    /// Covered by invoices and not paid.
    Invoiced,
    /// Covered by invoices and paid.
    Paid,
}

/// Why money moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum EntryKind {
    /// Stanziamento: the decree assigns money.
    Allocation,
    /// The decree takes assigned money back.
    AllocationCut,
    /// Prenotazione: an order was accepted.
    Reservation,
    /// Economia on a reservation: the order died before it was sent.
    ReservationRelease,
    /// Impegno: the order was sent.
    Commitment,
    /// Disimpegno: a sent order was refused by the supplier or revoked.
    CommitmentRelease,
    /// Fatturazione: invoices less credit notes cover a part of a sent order.
    Invoicing,
    /// Storno of an invoicing: a credit note came, an invoice was refused, a link was undone, the order died.
    InvoicingReversal,
    /// Pagamento: the bank says that an invoice is paid.
    Payment,
    /// Storno of a payment: the bank took it back, or what it paid for is covered no more.
    PaymentReversal,
}

impl EntryKind {
    /// Every kind, for reading names back.
    pub const ALL: [Self; 10] = [
        Self::Allocation,
        Self::AllocationCut,
        Self::Reservation,
        Self::ReservationRelease,
        Self::Commitment,
        Self::CommitmentRelease,
        Self::Invoicing,
        Self::InvoicingReversal,
        Self::Payment,
        Self::PaymentReversal,
    ];

    /// The buckets this kind moves money between: (from, to).
    pub const fn buckets(self) -> (Bucket, Bucket) {
        match self {
            Self::Allocation => (Bucket::Outside, Bucket::Available),
            Self::AllocationCut => (Bucket::Available, Bucket::Outside),
            Self::Reservation => (Bucket::Available, Bucket::Reserved),
            Self::ReservationRelease => (Bucket::Reserved, Bucket::Available),
            Self::Commitment => (Bucket::Reserved, Bucket::Committed),
            Self::CommitmentRelease => (Bucket::Committed, Bucket::Available),
            Self::Invoicing => (Bucket::Committed, Bucket::Invoiced),
            Self::InvoicingReversal => (Bucket::Invoiced, Bucket::Committed),
            Self::Payment => (Bucket::Invoiced, Bucket::Paid),
            Self::PaymentReversal => (Bucket::Paid, Bucket::Invoiced),
        }
    }

    /// Whether it may happen more than once to an order.
    pub const fn repeats(self) -> bool {
        match self {
            Self::Invoicing | Self::InvoicingReversal | Self::Payment | Self::PaymentReversal => true,
            Self::Allocation
            | Self::AllocationCut
            | Self::Reservation
            | Self::ReservationRelease
            | Self::Commitment
            | Self::CommitmentRelease => false,
        }
    }

    /// The name stored in the journal.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Allocation => "allocation",
            Self::AllocationCut => "allocation_cut",
            Self::Reservation => "reservation",
            Self::ReservationRelease => "reservation_release",
            Self::Commitment => "commitment",
            Self::CommitmentRelease => "commitment_release",
            Self::Invoicing => "invoicing",
            Self::InvoicingReversal => "invoicing_reversal",
            Self::Payment => "payment",
            Self::PaymentReversal => "payment_reversal",
        }
    }

    /// The kind of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }
}

/// The balances of one budget.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Balances {
    /// Given by decree.
    pub assigned: Money,
    /// Held for accepted orders.
    pub reserved: Money,
    /// Held for sent orders.
    pub committed: Money,
    /// Covered by invoices and not paid.
    pub invoiced: Money,
    /// Covered by invoices and paid.
    pub paid: Money,
}

/// Why an entry cannot be booked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LedgerError {
    /// The amount is zero or negative.
    #[error("an entry must move a positive amount")]
    NotPositive,
    /// The bucket the money would leave does not hold as much.
    #[error("{0:?} does not hold that much")]
    Insufficient(Bucket),
    /// The sum does not fit.
    #[error("the balance would not fit in 64 bits of cents")]
    Overflow,
}

impl Balances {
    /// Assigned and not held, invoiced or paid. `None` only for balances that break the invariants.
    pub fn available(&self) -> Option<Money> {
        let held = Money::checked_sum([self.reserved, self.committed, self.invoiced, self.paid])?;
        self.assigned.checked_sub(held)
    }

    /// The balances after one more entry.
    ///
    /// # Errors
    /// When the amount is not positive, or the bucket it would leave holds less.
    pub fn after(mut self, kind: EntryKind, amount: Money) -> Result<Self, LedgerError> {
        if amount <= Money::ZERO {
            return Err(LedgerError::NotPositive);
        }
        let (from, to) = kind.buckets();
        if from != Bucket::Outside && self.holds(from)? < amount {
            return Err(LedgerError::Insufficient(from));
        }
        self.shift(from, amount.checked_neg().ok_or(LedgerError::Overflow)?)?;
        self.shift(to, amount)?;
        Ok(self)
    }

    /// Adds what all entries of a kind come to. In the middle of several such sums a balance may lack what another one brings.
    pub fn add_sum(&mut self, kind: EntryKind, amount: Money) {
        let (from, to) = kind.buckets();
        let negative = amount.checked_neg().unwrap_or_default();
        // Sums of a journal that was booked fit: each stood in a balance.
        let _ = self.shift(from, negative);
        let _ = self.shift(to, amount);
    }

    fn holds(&self, bucket: Bucket) -> Result<Money, LedgerError> {
        match bucket {
            Bucket::Outside => Ok(Money::ZERO),
            Bucket::Available => self.available().ok_or(LedgerError::Overflow),
            Bucket::Reserved => Ok(self.reserved),
            Bucket::Committed => Ok(self.committed),
            Bucket::Invoiced => Ok(self.invoiced),
            Bucket::Paid => Ok(self.paid),
        }
    }

    /// `Available` is what is left of `assigned`, so only crossing the grant's border changes `assigned`.
    fn shift(&mut self, bucket: Bucket, amount: Money) -> Result<(), LedgerError> {
        let balance = match bucket {
            Bucket::Available => return Ok(()),
            Bucket::Outside => {
                let change = amount.checked_neg().ok_or(LedgerError::Overflow)?;
                self.assigned = self.assigned.checked_add(change).ok_or(LedgerError::Overflow)?;
                return Ok(());
            }
            Bucket::Reserved => &mut self.reserved,
            Bucket::Committed => &mut self.committed,
            Bucket::Invoiced => &mut self.invoiced,
            Bucket::Paid => &mut self.paid,
        };
        *balance = balance.checked_add(amount).ok_or(LedgerError::Overflow)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn cents(cents: i64) -> Money {
        Money::from_cents(cents)
    }

    #[test]
    fn an_order_goes_through_reservation_commitment_and_release() {
        let start = Balances::default().after(EntryKind::Allocation, cents(100)).unwrap();
        let reserved = start.after(EntryKind::Reservation, cents(60)).unwrap();
        assert_eq!(reserved.available(), Some(cents(40)));
        let committed = reserved.after(EntryKind::Commitment, cents(60)).unwrap();
        assert_eq!((committed.reserved, committed.committed), (cents(0), cents(60)));
        assert_eq!(committed.after(EntryKind::CommitmentRelease, cents(60)).unwrap(), start);
    }

    #[test]
    fn more_than_is_there_is_refused_to_the_cent() {
        let start = Balances::default().after(EntryKind::Allocation, cents(100)).unwrap();
        assert_eq!(
            start.after(EntryKind::Reservation, cents(101)),
            Err(LedgerError::Insufficient(Bucket::Available))
        );
        assert_eq!(
            start.after(EntryKind::Commitment, cents(1)),
            Err(LedgerError::Insufficient(Bucket::Reserved))
        );
        assert_eq!(start.after(EntryKind::Reservation, cents(0)), Err(LedgerError::NotPositive));
    }

    proptest! {
        #[test]
        fn no_bucket_is_ever_negative_and_all_sum_to_what_was_assigned(moves in prop::collection::vec((0..EntryKind::ALL.len(), -5i64..500), 0..80)) {
            let mut balances = Balances::default();
            for (kind, amount) in moves {
                if let Ok(next) = balances.after(EntryKind::ALL[kind], cents(amount)) {
                    balances = next;
                }
                let available = balances.available().unwrap();
                let Balances { assigned, reserved, committed, invoiced, paid } = balances;
                for bucket in [assigned, reserved, committed, invoiced, paid, available] {
                    prop_assert!(!bucket.is_negative());
                }
                let held = Money::checked_sum([reserved, committed, invoiced, paid, available]).unwrap();
                prop_assert_eq!(held, assigned);
            }
        }
    }
}
