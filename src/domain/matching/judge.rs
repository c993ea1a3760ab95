// SPDX-License-Identifier: EUPL-1.2
//! States, totals and differences of each document, once everything is linked and summed (see [`State`]).

use super::chains::{Chains, mix};
use super::difference::Kind;
use super::fact::{Class, Doc, PaymentStanding};
use super::group::{Bond, Group};
use super::outcome::{InvoiceTotals, Judged, Link, OrderTotals, State};

impl Group<'_> {
    pub(super) fn judge(&mut self) {
        self.list_links();
        let mut of_order = std::mem::take(&mut self.weak);
        of_order.reset(if self.is_full() { self.buys.len() } else { 0 });
        if self.is_full() {
            for (index, bond) in self.buys.iter().enumerate().rev() {
                of_order.add(mix(0, bond.to.into()), index);
            }
        }
        for place in 0..self.orders.len() {
            self.judge_order(place, &of_order);
        }
        self.weak = of_order;
        for place in 0..self.invoices.len() {
            self.judge_invoice(place);
        }
        for place in 0..self.payments.len() {
            self.judge_payment(place);
        }
    }

    fn list_links(&mut self) {
        let link = |from, to, bond: &Bond| Link { from, to, amount: bond.amount, by: bond.by };
        let invoice = |place: u32| Doc::Invoice(self.invoices[place as usize].id);
        let order = |place: u32| Doc::Order(self.orders[place as usize].id);
        let payment = |place: u32| Doc::Payment(self.payments[place as usize].id);
        let links = &mut self.out.links;
        links.extend(self.buys.iter().map(|bond| link(invoice(bond.from), order(bond.to), bond)));
        links.extend(self.credits.iter().map(|bond| link(invoice(bond.from), invoice(bond.to), bond)));
        links.extend(self.pays.iter().map(|bond| link(payment(bond.from), invoice(bond.to), bond)));
    }

    fn judge_order(&mut self, place: usize, of_order: &Chains) {
        let (order, sums, mark) = (self.orders[place], self.order_sums[place], self.marks.orders[place]);
        let tolerance = self.world.policy.tolerance;
        let excess = sums.billed() - i128::from(order.gross);
        let gap = sums.paid() - sums.billed();
        let state = match () {
            () if !order.is_live() && (mark.conflict || sums.documents > 0) => State::Conflict,
            () if !order.is_live() => State::Void,
            () if sums.documents == 0 && mark.proposed => State::Waiting,
            () if sums.documents == 0 => State::Missing,
            () if excess > i128::from(tolerance.order) => State::Over,
            () if excess < -i128::from(tolerance.order) => State::Under,
            () if gap.abs() <= i128::from(tolerance.payment) => State::Matched,
            () => State::Partly,
        };
        let doc = Doc::Order(order.id);
        if self.is_full() && order.is_live() && excess.abs() > i128::from(tolerance.order) {
            let bonds = of_order.of(mix(0, place as u64)).map(|index| self.buys[index]);
            let bonds: Vec<Bond> = bonds.filter(|bond| bond.to as usize == place).collect();
            let kind = if excess < 0 { Kind::NotInvoiced } else { self.excess_kind(&bonds, excess) };
            let documents = bonds.iter().map(|bond| Doc::Invoice(self.invoices[bond.from as usize].id));
            let documents = std::iter::once(doc).chain(documents).collect();
            self.differ(kind, excess, documents);
        }
        let totals = OrderTotals {
            invoiced: self.fit(sums.invoiced, doc),
            credited: self.fit(sums.credited, doc),
            to_supplier: self.fit(sums.to_supplier, doc),
            vat_paid: self.fit(sums.vat_paid, doc),
            covered: self.fit(sums.covered, doc),
            settled: self.fit(sums.settled, doc),
            left: self.fit(-excess, doc),
            documents: sums.documents,
        };
        self.out.orders.push(Judged { id: order.id, state, totals });
    }

    fn excess_kind(&self, bonds: &[Bond], excess: i128) -> Kind {
        let tolerance = i128::from(self.world.policy.tolerance.order);
        let advances = bonds.iter().filter(|bond| self.invoices[bond.from as usize].class == Class::Advance);
        let advanced: i128 = advances.map(|bond| i128::from(bond.amount)).sum();
        let is_advance = advanced > 0 && (advanced - excess).abs() <= tolerance;
        if is_advance { Kind::AdvanceNotDeducted } else { Kind::OverInvoiced }
    }

    fn judge_invoice(&mut self, place: usize) {
        let (invoice, sums) = (self.invoices[place], self.invoice_sums[place]);
        let due = if invoice.is_note() {
            -i128::from(invoice.gross)
        } else {
            i128::from(invoice.gross) - sums.credited
        };
        let gap = due - sums.paid();
        if self.is_full() && self.counts(place) {
            self.tell_invoice(place, gap);
        }
        let state = self.invoice_state(place, gap);
        let doc = Doc::Invoice(invoice.id);
        let counts = self.counts(place);
        let totals = InvoiceTotals {
            credited: self.fit(sums.credited, doc),
            to_supplier: self.fit(sums.to_supplier, doc),
            vat_paid: self.fit(sums.vat_paid, doc),
            ordered: self.fit(sums.ordered, doc),
            left: if counts { self.fit(gap, doc) } else { 0 },
            payments: sums.payments,
        };
        self.out.invoices.push(Judged { id: invoice.id, state, totals });
    }

    fn invoice_state(&self, place: usize, gap: i128) -> State {
        let (invoice, mark) = (self.invoices[place], self.marks.invoices[place]);
        let is_note = invoice.is_note();
        match () {
            () if self.twins[place] as usize != place => State::Duplicate,
            () if mark.conflict => State::Conflict,
            () if self.is_refused(place) => State::Void,
            () if is_note && self.credits_something(place) => State::Matched,
            () if (is_note || !mark.linked) && mark.proposed => State::Waiting,
            () if is_note || !mark.linked => State::Missing,
            () if self.is_settled(place, gap) => State::Matched,
            () if self.invoice_sums[place].payments == 0 => State::Waiting,
            () if gap < 0 => State::Over,
            () => State::Partly,
        }
    }

    fn credits_something(&self, note: usize) -> bool {
        self.marks.invoices[note].linked && self.buys_of(note).is_empty()
    }

    /// Paid, or short by just what was withheld.
    fn is_settled(&self, place: usize, gap: i128) -> bool {
        let tolerance = i128::from(self.world.policy.tolerance.payment);
        let withheld = i128::from(self.invoices[place].rest().extra.withheld);
        gap.abs() <= tolerance || (withheld > 0 && (gap - withheld).abs() <= tolerance)
    }

    fn tell_invoice(&mut self, place: usize, gap: i128) {
        let (invoice, sums) = (self.invoices[place], self.invoice_sums[place]);
        let tolerance = i128::from(self.world.policy.tolerance.payment);
        let documents = || vec![Doc::Invoice(invoice.id)];
        if invoice.is_note() {
            return;
        }
        let mark = self.marks.invoices[place];
        if !mark.linked && !mark.conflict {
            self.differ(Kind::NoOrder, invoice.gross.into(), documents());
        }
        let over_credited = sums.credited - i128::from(invoice.gross);
        if over_credited > 0 {
            self.differ(Kind::OverCredited, over_credited, documents());
        } else if gap < -tolerance {
            self.differ(Kind::OverPaid, gap, documents());
        } else if gap > tolerance {
            let kind = if self.is_settled(place, gap) { Kind::Withheld } else { Kind::NotPaid };
            self.differ(kind, gap, documents());
        }
        self.tell_split(place, tolerance);
        if let Some(gap) = super::lines::rounding_gap(invoice) {
            let rates = i128::from(self.world.policy.tolerance.rounding) * i128::from(gap.rates);
            if gap.cents.abs() > rates {
                self.differ(Kind::TotalNotLines, gap.cents, documents());
            }
        }
    }

    /// Under split payment the supplier gets no VAT, and the State no more than the VAT.
    fn tell_split(&mut self, place: usize, tolerance: i128) {
        let (invoice, sums) = (self.invoices[place], self.invoice_sums[place]);
        let rest = invoice.rest();
        let to_supplier = sums.to_supplier - (i128::from(invoice.gross) - i128::from(rest.vat));
        let to_state = sums.vat_paid - i128::from(rest.vat);
        if rest.split && to_supplier > tolerance {
            self.differ(Kind::VatToSupplier, to_supplier, vec![Doc::Invoice(invoice.id)]);
        }
        if sums.vat_paid > 0 && to_state > tolerance {
            self.differ(Kind::VatOverPaid, to_state, vec![Doc::Invoice(invoice.id)]);
        }
    }

    fn judge_payment(&mut self, place: usize) {
        let (payment, mark) = (self.payments[place], self.marks.payments[place]);
        let is_void = payment.standing == PaymentStanding::Undone;
        if self.is_full() && !is_void && !mark.linked {
            self.differ(Kind::NoInvoice, payment.amount.into(), vec![Doc::Payment(payment.id)]);
        }
        let state = match () {
            () if is_void => State::Void,
            () if mark.conflict => State::Conflict,
            () if !mark.linked && mark.proposed => State::Waiting,
            () if !mark.linked => State::Missing,
            () if payment.standing == PaymentStanding::Ordered => State::Waiting,
            () if self.pays_too_much(place) => State::Over,
            () => State::Matched,
        };
        self.out.payments.push(Judged { id: payment.id, state, totals: () });
    }

    fn pays_too_much(&self, payment: usize) -> bool {
        let first = self.pays.partition_point(|bond| (bond.from as usize) < payment);
        let bonds = self.pays[first..].iter().take_while(|bond| bond.from as usize == payment);
        bonds.map(|bond| bond.to as usize).any(|place| {
            let state = self.out.invoices[place].state;
            state == State::Over
        })
    }

    /// A sum as an amount; one that does not fit is cut and told.
    fn fit(&mut self, sum: i128, doc: Doc) -> i64 {
        if let Ok(cents) = i64::try_from(sum) {
            return cents;
        }
        self.differ(Kind::SumTooLarge, 0, vec![doc]);
        if sum < 0 { i64::MIN } else { i64::MAX }
    }
}
