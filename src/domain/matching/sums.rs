// SPDX-License-Identifier: EUPL-1.2
//! Sums of orders and invoices over their links. Kept wider than an amount, so that no sum can overflow on
//! its way.

use super::fact::{Debt, InvoiceStanding, PaymentStanding};
use super::group::{Bond, Group};

/// Sums of an order.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct OrderSums {
    pub(super) invoiced: i128,
    pub(super) credited: i128,
    pub(super) to_supplier: i128,
    pub(super) vat_paid: i128,
    pub(super) covered: i128,
    pub(super) settled: i128,
    pub(super) documents: u32,
}

/// Sums of an invoice.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct InvoiceSums {
    pub(super) credited: i128,
    pub(super) to_supplier: i128,
    pub(super) vat_paid: i128,
    pub(super) ordered: i128,
    pub(super) payments: u32,
}

impl OrderSums {
    /// Invoiced and not credited.
    pub(super) fn billed(&self) -> i128 {
        self.invoiced - self.credited
    }

    pub(super) fn paid(&self) -> i128 {
        self.to_supplier + self.vat_paid
    }
}

impl InvoiceSums {
    pub(super) fn paid(&self) -> i128 {
        self.to_supplier + self.vat_paid
    }
}

impl Group<'_> {
    pub(super) fn sum(&mut self) {
        self.sum_payments();
        self.sum_credits();
        self.sum_orders();
    }

    fn sum_payments(&mut self) {
        for bond in &self.pays {
            let payment = self.payments[bond.from as usize];
            let sums = &mut self.invoice_sums[bond.to as usize];
            let amount = i128::from(bond.amount);
            match (payment.standing, payment.debt) {
                (PaymentStanding::Undone, _) => {}
                (PaymentStanding::Ordered, _) => sums.ordered += amount,
                (PaymentStanding::Executed, Debt::Commercial) => sums.to_supplier += amount,
                (PaymentStanding::Executed, Debt::Vat) => sums.vat_paid += amount,
            }
            if payment.standing == PaymentStanding::Executed {
                sums.payments = sums.payments.saturating_add(1);
            }
        }
    }

    /// Money that went by way of a note belongs to the first invoice it corrects.
    fn sum_credits(&mut self) {
        let mut last = None;
        for bond in &self.credits {
            let note = self.invoice_sums[bond.from as usize];
            let sums = &mut self.invoice_sums[bond.to as usize];
            sums.credited += i128::from(bond.amount);
            if last != Some(bond.from) {
                sums.to_supplier += note.to_supplier;
                sums.vat_paid += note.vat_paid;
                sums.ordered += note.ordered;
            }
            last = Some(bond.from);
        }
    }

    fn sum_orders(&mut self) {
        for place in 0..self.invoices.len() {
            let bonds = self.buy_starts[place] as usize..self.buy_starts[place + 1] as usize;
            if bonds.is_empty() {
                continue;
            }
            let (is_note, standing) = (self.invoices[place].is_note(), self.invoices[place].standing);
            let stands = standing == InvoiceStanding::Received;
            let mut rest = self.invoice_sums[place];
            let gross = i128::from(self.invoices[place].gross);
            let mut settled = match is_note {
                true => rest.paid().clamp(-gross.max(0), 0),
                false => rest.paid().clamp(0, (gross - rest.credited).max(0)),
            };
            for bond in bonds.clone() {
                let (bond, is_last) = (self.buys[bond], bond + 1 == bonds.end);
                let sums = &mut self.order_sums[bond.to as usize];
                let amount = i128::from(bond.amount);
                let (invoiced, credited) = match is_note {
                    true => (0, amount),
                    false => (amount, pour(&mut rest.credited, amount, is_last)),
                };
                sums.invoiced += invoiced;
                sums.credited += credited;
                sums.to_supplier += pour(&mut rest.to_supplier, amount, is_last);
                sums.vat_paid += pour(&mut rest.vat_paid, amount, is_last);
                let settled = pour(&mut settled, amount, is_last);
                if stands {
                    sums.covered += invoiced - credited;
                    sums.settled += settled;
                }
                sums.documents = sums.documents.saturating_add(1);
            }
        }
    }
}

/// What of a rest falls to a share: at most the share, or all when it is the last.
pub(super) fn pour(rest: &mut i128, share: i128, is_last: bool) -> i128 {
    let taken = if is_last { *rest } else { (*rest).min(share) };
    *rest -= taken;
    taken
}

/// Divides an amount over bonds: each takes at most its share, the last the rest.
pub(super) fn fill_up(bonds: &mut [Bond], whole: i64) {
    let mut rest = i128::from(whole);
    let last = bonds.len().saturating_sub(1);
    for (place, bond) in bonds.iter_mut().enumerate() {
        let taken = pour(&mut rest, bond.amount.into(), place == last);
        bond.amount = i64::try_from(taken).unwrap_or(i64::MAX);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_use_up_the_whole() {
        let mut rest = 100;
        assert_eq!((pour(&mut rest, 60, false), pour(&mut rest, 60, false), rest), (60, 40, 0));
        assert_eq!(pour(&mut rest, 60, true), 0);
    }
}
