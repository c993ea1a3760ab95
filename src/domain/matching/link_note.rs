// SPDX-License-Identifier: EUPL-1.2
//! Credit notes to the invoices they correct: what a person decided, else number and date, or number and
//! year.

use super::difference::Kind;
use super::fact::{Doc, InvoiceRef};
use super::group::{Bond, Group, Only, key};
use super::outcome::{By, Key};
use super::seen::Invoice;
use super::sums::fill_up;

impl Group<'_> {
    pub(super) fn link_notes(&mut self) {
        let linked = self.buys.len();
        for place in 0..self.invoices.len() {
            if self.counts(place) && self.invoices[place].is_note() {
                self.link_note(place);
            }
        }
        if self.buys.len() > linked {
            self.buys.sort_by_key(|bond| bond.from);
            self.index_buys();
        }
    }

    /// A note that corrects nothing we have still takes away from its order, when that is sure.
    fn link_note(&mut self, place: usize) {
        let note = self.invoices[place];
        let mut bonds = self.corrected(place);
        if bonds.is_empty() {
            self.link_to_orders(place);
            if self.is_full() {
                self.differ(Kind::NoInvoiceToCredit, note.gross.into(), vec![Doc::Invoice(note.id)]);
            }
            return;
        }
        fill_up(&mut bonds, note.gross);
        self.marks.invoices[place].linked = true;
        self.credits.extend(bonds);
    }

    fn corrected(&self, place: usize) -> Vec<Bond> {
        let note = self.invoices[place];
        let mut bonds: Vec<Bond> = Vec::new();
        for (doc, amount) in self.decided(Doc::Invoice(note.id)) {
            let Doc::Invoice(id) = doc else { continue };
            let Some(invoice) = self.invoice_place(id) else { continue };
            if self.counts(invoice) && !self.invoices[invoice].is_note() {
                let share = amount.unwrap_or(self.invoices[invoice].gross);
                bonds.push(Bond::new(place, invoice, share, By::Person));
            }
        }
        if self.is_decided(Doc::Invoice(note.id)) {
            return bonds;
        }
        for reference in note.rest().extra.corrects.iter() {
            let Some(invoice) = Only::of(self.corrected_by(note, *reference)) else { continue };
            if !bonds.iter().any(|bond| bond.to as usize == invoice) {
                let by = By::Strong(Key::Identity);
                bonds.push(Bond::new(place, invoice, self.invoices[invoice].gross, by));
            }
        }
        bonds
    }

    fn corrected_by(&self, note: Invoice<'_>, reference: InvoiceRef) -> impl Iterator<Item = usize> {
        let walk = self.invoice_numbers.of(key(note.parties(), reference.number));
        walk.map(|first| self.twins[first] as usize).filter(move |place| {
            let invoice = self.invoices[*place];
            reference.number.is_some()
                && invoice.number == reference.number
                && invoice.parties() == note.parties()
                && !invoice.is_note()
                && !self.is_refused(*place)
                && is_dated(invoice, reference)
                && !self.forbids(Doc::Invoice(note.id), Doc::Invoice(invoice.id))
        })
    }
}

/// The number alone is not enough: suppliers begin again each year.
fn is_dated(invoice: Invoice<'_>, reference: InvoiceRef) -> bool {
    if reference.day.0 != 0 && invoice.day.0 != 0 {
        return reference.day == invoice.day;
    }
    reference.year != 0 && reference.year == invoice.year
}
