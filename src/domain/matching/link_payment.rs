// SPDX-License-Identifier: EUPL-1.2
//! Payments to invoices: what a person decided, else file and number, else supplier, number and year.

use super::chains::mix;
use super::difference::Kind;
use super::fact::{Doc, PaymentStanding};
use super::few::Few;
use super::group::{Bond, Group, Only, key};
use super::outcome::{By, Key};
use super::seen::{Invoice, Payment};

impl Group<'_> {
    pub(super) fn link_payments(&mut self) {
        for place in 0..self.payments.len() {
            let payment = self.payments[place];
            if self.is_full() {
                let bonds = self.paid_invoices(place);
                for bond in bonds.iter() {
                    self.compare_payment(payment, bond.to as usize);
                }
                self.marks.payments[place].linked = !bonds.is_empty();
                self.pays.extend(bonds.iter());
            } else if let Some(invoice) = Only::of(self.paid_exactly(payment)) {
                let by = By::Strong(Key::Identity);
                self.pays.push(Bond::new(place, invoice, payment.amount, by));
                self.marks.payments[place].linked = true;
            }
        }
    }

    fn paid_exactly(&self, payment: Payment<'_>) -> impl Iterator<Item = usize> {
        self.with_identity(payment).filter(move |place| self.invoices[*place].cig == payment.cig)
    }

    /// Invoices that stand for the number a payment names.
    fn with_identity(&self, payment: Payment<'_>) -> impl Iterator<Item = usize> {
        let walk = self.invoice_numbers.of(key(payment.parties(), payment.number));
        walk.map(|first| self.twins[first] as usize).filter(move |place| {
            let invoice = self.invoices[*place];
            payment.number.is_some()
                && invoice.number == payment.number
                && invoice.parties() == payment.parties()
                && (payment.year == 0 || payment.year == invoice.year)
        })
    }

    /// Invoices that stand for the file and number a payment names, and that no person refused; between
    /// the same parties.
    pub(super) fn in_file(&self, payment: Payment<'_>) -> impl Iterator<Item = usize> {
        let nearest = |place: &usize| (self.invoices[*place].parties() != payment.parties(), *place);
        let first =
            self.named_in_file(payment).min_by_key(nearest).map(|place| self.invoices[place].parties());
        let same = move |place: &usize| Some(self.invoices[*place].parties()) == first;
        self.named_in_file(payment).filter(same).map(|place| self.twins[place] as usize)
    }

    fn named_in_file(&self, payment: Payment<'_>) -> impl Iterator<Item = usize> {
        let (id, sdi, number) = (payment.id, payment.rest().sdi, payment.number);
        let walk = (sdi != 0).then(|| self.invoice_files.of(mix(sdi, number.bits())));
        walk.into_iter().flatten().filter(move |place| {
            let invoice = self.invoices[*place];
            invoice.rest().sdi == sdi
                && invoice.number == number
                && !self.forbids(Doc::Payment(id), Doc::Invoice(invoice.id))
        })
    }

    fn paid_invoices(&self, place: usize) -> Few<Bond> {
        let payment = self.payments[place];
        if self.is_decided(Doc::Payment(payment.id)) {
            return self.decided_invoices(place);
        }
        // Once the file is known it alone counts: what else looks like the invoice may be with another supplier.
        let in_file: Few<usize> = self.in_file(payment).collect();
        let (found, by) = if !in_file.is_empty() {
            (self.sole(payment, in_file.iter().copied()), Key::SdiNumber)
        } else {
            (self.sole(payment, self.with_identity(payment)), Key::Identity)
        };
        found.map(|invoice| Bond::new(place, invoice, payment.amount, By::Strong(by))).into_iter().collect()
    }

    /// Of an invoice and a note with one number, a negative payment is for the note.
    fn sole(&self, payment: Payment<'_>, places: impl Iterator<Item = usize>) -> Option<usize> {
        let allowed =
            |place: &usize| !self.forbids(Doc::Payment(payment.id), Doc::Invoice(self.invoices[*place].id));
        let all: Few<usize> = places.filter(allowed).collect();
        let is_fit = |place: &usize| self.invoices[*place].is_note() == (payment.amount < 0);
        if all.iter().any(is_fit) {
            Only::of(all.iter().copied().filter(is_fit))
        } else {
            Only::of(all.iter().copied())
        }
    }

    /// Each invoice what the person said; the last without an amount takes the rest.
    fn decided_invoices(&self, place: usize) -> Few<Bond> {
        let payment = self.payments[place];
        let mut rest = i128::from(payment.amount);
        let mut bonds = Few::Nothing;
        let mut silent = None;
        for (doc, amount) in self.decided(Doc::Payment(payment.id)) {
            let Doc::Invoice(id) = doc else { continue };
            let Some(invoice) = self.invoice_place(id) else { continue };
            if amount.is_none() {
                silent = Some(bonds.len());
            }
            rest -= i128::from(amount.unwrap_or(0));
            bonds.push(Bond::new(place, self.twins[invoice] as usize, amount.unwrap_or(0), By::Person));
        }
        if let Some(silent) = silent {
            bonds[silent].amount = i64::try_from(rest).unwrap_or(i64::MAX);
        }
        bonds
    }

    fn compare_payment(&mut self, payment: Payment<'_>, invoice: usize) {
        if payment.standing == PaymentStanding::Undone {
            return;
        }
        let is_refused = self.is_refused(invoice);
        let invoice = self.invoices[invoice];
        let documents = || vec![Doc::Payment(payment.id), Doc::Invoice(invoice.id)];
        if is_refused {
            self.differ(Kind::RefusedPaid, payment.amount.into(), documents());
            self.differ(
                Kind::RefusedPaid,
                payment.amount.into(),
                vec![Doc::Invoice(invoice.id), Doc::Payment(payment.id)],
            );
        }
        if payment.cig.is_some() && invoice.cigs().next().is_some() && !invoice.names_cig(payment.cig) {
            self.differ(Kind::OtherCig, payment.amount.into(), documents());
        }
        if let Some(kind) = self.other_cup(payment, invoice) {
            self.differ(kind, payment.amount.into(), documents());
        }
    }

    fn other_cup(&self, payment: Payment<'_>, invoice: Invoice<'_>) -> Option<Kind> {
        let cup = payment.rest().cup;
        let differs = cup.is_some() && !invoice.rest().cups.is_empty() && !invoice.names_cup(cup);
        let is_ours = self.world.grants.contains_key(&cup);
        differs.then_some(if is_ours { Kind::DoubleFunding } else { Kind::OtherCup })
    }
}
