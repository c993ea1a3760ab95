// SPDX-License-Identifier: EUPL-1.2
//! What documents count for their CUP, and whether the sums of a CUP hold: assigned >= committed >= invoiced
//! less credited >= paid.

use std::collections::BTreeMap;

use super::code::Code;
use super::fact::PaymentStanding;
use super::group::Group;
use super::outcome::Charge;

/// Sums of a CUP, in cents.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CupSums {
    /// The CUP.
    pub cup: Code,
    /// What was assigned to it, when it is one of ours.
    pub assigned: Option<i64>,
    /// Live orders.
    pub committed: i128,
    /// Invoices that stand.
    pub invoiced: i128,
    /// Credit notes on them.
    pub credited: i128,
    /// Money out.
    pub paid: i128,
}

/// Where the sums of a CUP do not hold. The differences of its orders and invoices say by which documents.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Gap {
    /// Orders exceed what was assigned, by so much.
    OverCommitted(i128),
    /// Invoices exceed the orders.
    OverInvoiced(i128),
    /// Payments exceed the invoices.
    OverPaid(i128),
}

impl CupSums {
    /// Every place where the sums do not hold.
    pub fn gaps(&self) -> impl Iterator<Item = Gap> {
        let billed = self.invoiced - self.credited;
        let assigned = self.assigned.map(i128::from).unwrap_or(i128::MAX);
        let over = |more: i128, less: i128| (more > less).then(|| more - less);
        [
            over(self.committed, assigned).map(Gap::OverCommitted),
            over(billed, self.committed).map(Gap::OverInvoiced),
            over(self.paid, billed).map(Gap::OverPaid),
        ]
        .into_iter()
        .flatten()
    }

    pub(super) fn add(&mut self, charge: &Charge) {
        self.committed += i128::from(charge.committed);
        self.invoiced += i128::from(charge.invoiced);
        self.credited += i128::from(charge.credited);
        self.paid += i128::from(charge.paid);
    }
}

/// Part of the sums of a CUP: committed, invoiced, credited, paid.
#[derive(Debug, Clone, Copy, Default)]
struct Part([i128; 4]);

#[derive(Default)]
struct Parts(BTreeMap<Code, Part>);

impl Parts {
    fn add(&mut self, cup: Code, amounts: [i128; 4]) {
        if cup.is_some() {
            let part = self.0.entry(cup).or_default();
            part.0.iter_mut().zip(amounts).for_each(|(sum, amount)| *sum += amount);
        }
    }
}

impl Group<'_> {
    /// Linked documents count for the CUP of their order; others for the one CUP they name.
    pub(super) fn charge(&mut self) {
        let mut parts = Parts::default();
        for (order, sums) in self.orders.iter().zip(&self.order_sums) {
            let committed = if order.is_live() { order.gross.into() } else { 0 };
            parts.add(order.cup, [committed, sums.invoiced, sums.credited, sums.paid()]);
        }
        for place in 0..self.invoices.len() {
            self.charge_invoice(place, &mut parts);
        }
        for (payment, mark) in self.payments.iter().zip(&self.marks.payments) {
            if !mark.linked && payment.standing == PaymentStanding::Executed {
                parts.add(payment.rest().cup, [0, 0, 0, payment.amount.into()]);
            }
        }
        let cut = |sum: i128| i64::try_from(sum).unwrap_or(if sum < 0 { i64::MIN } else { i64::MAX });
        self.out.charges.extend(parts.0.into_iter().map(|(cup, Part(sums))| {
            let [committed, invoiced, credited, paid] = sums.map(cut);
            Charge { cup, committed, invoiced, credited, paid }
        }));
    }

    fn charge_invoice(&self, place: usize, parts: &mut Parts) {
        let (invoice, sums) = (self.invoices[place], self.invoice_sums[place]);
        let [cup] = invoice.rest().cups[..] else { return };
        if !self.buys_of(place).is_empty() {
            return;
        }
        let amount = i128::from(invoice.gross);
        match (self.counts(place), invoice.is_note()) {
            // What a note takes away, and the money by way of it, is in the sums of its invoice.
            (true, true) if self.marks.invoices[place].linked => {}
            (true, true) => parts.add(cup, [0, 0, amount, sums.paid()]),
            (true, false) => parts.add(cup, [0, amount, sums.credited, sums.paid()]),
            (false, _) => parts.add(cup, [0, 0, 0, sums.paid()]),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sums_of_a_cup_hold_or_a_gap_says_where() {
        let sums = CupSums {
            assigned: Some(100),
            committed: 110,
            invoiced: 130,
            credited: 15,
            paid: 116,
            ..CupSums::default()
        };
        let gaps: Vec<Gap> = sums.gaps().collect();
        assert_eq!(gaps, [Gap::OverCommitted(10), Gap::OverInvoiced(5), Gap::OverPaid(1)]);
        assert_eq!(CupSums { committed: 5, invoiced: 5, paid: 5, ..CupSums::default() }.gaps().count(), 0);
    }
}
