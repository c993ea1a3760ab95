// SPDX-License-Identifier: EUPL-1.2
//! Payments to invoices: what a person decided, else file and number, else supplier, number and year.

use super::chains::mix;
use super::difference::Kind;
use super::fact::{Doc, PaymentStanding};
use super::group::{Bond, Group, Only, key};
use super::outcome::{By, Key};
use super::seen::{Invoice, Payment};

impl Group<'_> {
    pub(super) fn link_payments(&mut self) {
        for place in 0..self.payments.len() {
            let first = self.pays.len();
            if self.is_full() {
                self.link_payment(place);
            } else if let Some(invoice) = Only::of(self.paid_exactly(self.payments[place])) {
                self.pay(place, invoice, By::Strong(Key::Identity));
            }
            self.marks.payments[place].linked = self.pays.len() > first;
        }
    }

    fn pay(&mut self, place: usize, invoice: usize, by: By) {
        self.pays.push(Bond::new(place, invoice, self.payments[place].amount, by));
    }

    fn link_payment(&mut self, place: usize) {
        let payment = self.payments[place];
        let first = self.pays.len();
        if self.is_decided(Doc::Payment(payment.id)) {
            self.pay_decided(place);
        } else {
            // Once the file is known it alone counts: what else looks like the invoice may be with another
            // supplier.
            let (mut found, mut by) = (sole(payment, &self.invoices, self.in_file(payment)), Key::SdiNumber);
            if !found.any {
                let allowed = |place: &usize| {
                    !self.forbids(Doc::Payment(payment.id), Doc::Invoice(self.invoices[*place].id))
                };
                let with_identity = self.with_identity(payment).filter(allowed);
                (found, by) = (sole(payment, &self.invoices, with_identity), Key::Identity);
            }
            if let Some(invoice) = found.one {
                self.pay(place, invoice, By::Strong(by));
            }
        }
        for index in first..self.pays.len() {
            self.compare_payment(payment, self.pays[index].to as usize);
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
        let mut named = self.named_in_file(payment);
        let (one, other) = (named.next(), named.next());
        let several = other.is_some().then(|| self.nearest_in_file(payment)).into_iter().flatten();
        let one = one.filter(|_| other.is_none()).into_iter();
        one.chain(several).map(|place| self.twins[place] as usize)
    }

    fn nearest_in_file(&self, payment: Payment<'_>) -> impl Iterator<Item = usize> {
        let nearest = |place: &usize| (self.invoices[*place].parties() != payment.parties(), *place);
        let first =
            self.named_in_file(payment).min_by_key(nearest).map(|place| self.invoices[place].parties());
        self.named_in_file(payment).filter(move |place| Some(self.invoices[*place].parties()) == first)
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

    /// Each invoice what the person said; the last without an amount takes the rest.
    fn pay_decided(&mut self, place: usize) {
        let payment = self.payments[place];
        let mut rest = i128::from(payment.amount);
        let mut silent = None;
        for (doc, amount) in self.decided(Doc::Payment(payment.id)) {
            let Doc::Invoice(id) = doc else { continue };
            let Some(invoice) = self.invoice_place(id) else { continue };
            if amount.is_none() {
                silent = Some(self.pays.len());
            }
            rest -= i128::from(amount.unwrap_or(0));
            let to = self.twins[invoice] as usize;
            self.pays.push(Bond::new(place, to, amount.unwrap_or(0), By::Person));
        }
        if let Some(silent) = silent {
            self.pays[silent].amount = i64::try_from(rest).unwrap_or(i64::MAX);
        }
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
        let kind = || if self.world.grants.contains_key(&cup) { Kind::DoubleFunding } else { Kind::OtherCup };
        differs.then(kind)
    }
}

/// What was found for a payment: whether anything, and the one, if it is one.
struct Found {
    any: bool,
    one: Option<usize>,
}

/// Of an invoice and a note with one number, a negative payment is for the note.
fn sole(payment: Payment<'_>, invoices: &[Invoice<'_>], places: impl Iterator<Item = usize>) -> Found {
    let (mut all, mut fit) = (Only::default(), Only::default());
    for place in places {
        all.add(place);
        if invoices[place].is_note() == (payment.amount < 0) {
            fit.add(place);
        }
    }
    let one = if fit.is_empty() { all.get() } else { fit.get() };
    Found { any: !all.is_empty(), one }
}
