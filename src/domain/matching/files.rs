// SPDX-License-Identifier: EUPL-1.2
//! Invoices by the file that brought them and their number: what every payment asks first. All that is asked
//! stands in the entry, so that no invoice need be looked at.

use super::chains::{mix, narrow};
use super::code::Code;
use super::seen::{Invoice, Parties, Payment};

const END: u32 = u32::MAX;

/// An invoice in a file.
#[derive(Debug, Clone, Copy)]
pub(super) struct Filed {
    sdi: u64,
    number: Code,
    /// Who sent it, and to whom.
    pub(super) parties: Parties,
    /// The number the caller gave it.
    pub(super) id: u32,
    next: u32,
}

impl Filed {
    /// An invoice, if its file is known.
    pub(super) fn of(invoice: Invoice<'_>) -> Option<Self> {
        let (sdi, number, parties, id) = (invoice.rest().sdi, invoice.number, invoice.parties(), invoice.id);
        (sdi != 0).then_some(Self { sdi, number, parties, id, next: END })
    }

    /// What a payment asks for that names it.
    pub(super) fn token(&self) -> u64 {
        token(self.sdi, self.number)
    }
}

/// What a payment asks for that names a file and a number.
pub(super) fn token(sdi: u64, number: Code) -> u64 {
    mix(mix(sdi, 2), number.bits())
}

/// Invoices by file and number.
#[derive(Debug, Default)]
pub(super) struct Files {
    heads: Vec<u32>,
    entries: Vec<Filed>,
}

impl Files {
    /// Forgets everything and makes room for about so many invoices.
    pub(super) fn reset(&mut self, expected: usize) {
        self.heads.clear();
        self.heads.resize((expected + expected / 2).next_power_of_two(), END);
        self.entries.clear();
    }

    /// Adds an invoice, if its file is known.
    pub(super) fn add(&mut self, invoice: Invoice<'_>) {
        if let Some(filed) = Filed::of(invoice) {
            self.put(filed);
        }
    }

    /// Adds an invoice whose file is known.
    pub(super) fn put(&mut self, filed: Filed) {
        let slot = self.slot(filed.sdi, filed.number);
        let next = std::mem::replace(&mut self.heads[slot], narrow(self.entries.len()));
        self.entries.push(Filed { next, ..filed });
    }

    /// Takes out an invoice that is about to be replaced.
    pub(super) fn remove(&mut self, invoice: Invoice<'_>) {
        let sdi = invoice.rest().sdi;
        let mut next = self.heads.get(self.slot(sdi, invoice.number)).copied().unwrap_or(END);
        while let Some(entry) = self.entries.get_mut(next as usize) {
            if entry.id == invoice.id && entry.sdi == sdi {
                entry.sdi = 0;
            }
            next = entry.next;
        }
    }

    /// The invoice of the file and number that a payment names, of those a person allows: one between the
    /// parties of the payment before any other, then the first.
    pub(super) fn named(&self, payment: Payment<'_>, allows: impl Fn(u32) -> bool) -> Option<&Filed> {
        let sdi = payment.rest().sdi;
        let head =
            if sdi == 0 || self.heads.is_empty() { END } else { self.heads[self.slot(sdi, payment.number)] };
        let first = self.entries.get(head as usize);
        let all = std::iter::successors(first, |entry| self.entries.get(entry.next as usize));
        all.filter(|entry| entry.sdi == sdi && entry.number == payment.number && allows(entry.id))
            .min_by_key(|entry| (entry.parties != payment.parties(), entry.id))
    }

    fn slot(&self, sdi: u64, number: Code) -> usize {
        // The mask keeps the number inside the table, so nothing is lost in the conversion.
        (mix(sdi, number.bits()) >> 32) as usize & self.heads.len().saturating_sub(1)
    }
}
