// SPDX-License-Identifier: EUPL-1.2
//! Which of several documents with the same supplier, year and number stands.

use super::chains::{mix, narrow};
use super::difference::Kind;
use super::fact::Doc;
use super::group::{Group, key};
use super::seen::Invoice;

impl Group<'_> {
    /// One that was found good stands before one that was found wanting, and that before one that was refused; then what SdI
    /// brought, then the first by date, file and position.
    pub(super) fn find_twins(&mut self) {
        self.invoice_numbers.reset(self.invoices.len());
        self.twins.clear();
        for (place, invoice) in self.invoices.iter().enumerate() {
            let hash = key(invoice.parties(), invoice.number);
            let mut alike = self.invoice_numbers.of(hash);
            let known = if invoice.number.is_some() {
                alike.find(|other| same(*invoice, self.invoices[*other]))
            } else {
                None
            };
            match known {
                // Every twin points at the first that came; that one points at the best so far.
                Some(first) => {
                    self.twins.push(narrow(first));
                    if rank(*invoice) < rank(self.invoices[self.twins[first] as usize]) {
                        self.twins[first] = narrow(place);
                    }
                }
                None => {
                    self.invoice_numbers.add(hash, place);
                    self.twins.push(narrow(place));
                }
            }
        }
        self.point_at_best();
        if self.is_full() {
            self.index_files();
            self.tell_twins();
        }
    }

    /// The twins of a first one come after it, so they are corrected while the first still points at the
    /// best.
    fn point_at_best(&mut self) {
        for place in (0..self.twins.len()).rev() {
            let first = self.twins[place] as usize;
            if first < place {
                self.twins[place] = self.twins[first];
            }
        }
    }

    fn index_files(&mut self) {
        self.invoice_files.reset(self.invoices.len());
        for (place, invoice) in self.invoices.iter().enumerate().rev() {
            let sdi = invoice.rest().sdi;
            if sdi != 0 {
                self.invoice_files.add(mix(sdi, invoice.number.bits()), place);
            }
        }
    }

    fn tell_twins(&mut self) {
        for place in 0..self.invoices.len() {
            let best = self.twins[place] as usize;
            if best == place || self.is_refused(place) {
                continue;
            }
            let (twin, stands) = (self.invoices[place], self.invoices[best]);
            let documents = || vec![Doc::Invoice(twin.id), Doc::Invoice(stands.id)];
            let (mine, theirs) = (twin.rest(), stands.rest());
            if mine.extra.hash == 0 || mine.extra.hash != theirs.extra.hash {
                self.differ(Kind::Duplicate, twin.gross.into(), documents());
            }
            let elsewhere =
                mine.cups.iter().any(|cup| self.world.grants.contains_key(cup) && !theirs.cups.contains(cup));
            if elsewhere && !theirs.cups.is_empty() {
                self.differ(Kind::DoubleFunding, twin.gross.into(), documents());
            }
        }
    }
}

fn same(one: Invoice<'_>, other: Invoice<'_>) -> bool {
    one.number == other.number
        && one.parties() == other.parties()
        && one.year == other.year
        && one.is_note() == other.is_note()
}

fn rank(invoice: Invoice<'_>) -> impl Ord + use<> {
    let rest = invoice.rest();
    (invoice.standing, rest.sdi == 0, invoice.day, rest.sdi, rest.position, invoice.id)
}
