// SPDX-License-Identifier: EUPL-1.2
//! Documents that are settled together: all that any key between a supplier and a buyer, the
//! file of an invoice or a decision can join.
//! A group may be larger than needed and nothing changes, because every comparison names both. What reaches
//! further ([`super::reach`]) touches only the document that looks.

use std::collections::BTreeMap;

use super::chains::{Chains, mix, narrow};
use super::code::{Code, Codes};
use super::decision::Decisions;
use super::difference::{Difference, Kind};
use super::fact::{Doc, InvoiceFact, OrderFact, PaymentFact};
use super::link_invoice::Hit;
use super::outcome::{By, Outcome};
use super::policy::{Depth, Policy};
use super::reach::Reach;
use super::seen::{Invoice, Order, Parted, Parties, Payment, Seen};
use super::sums::{InvoiceSums, OrderSums};

/// What all groups share.
#[derive(Clone, Copy)]
pub(super) struct World<'a> {
    pub(super) policy: Policy,
    pub(super) decisions: &'a Decisions,
    pub(super) grants: &'a BTreeMap<Code, i64>,
    pub(super) codes: &'a Codes,
    pub(super) reach: Option<Reach<'a>>,
}

/// A link between two places in the group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Bond {
    pub(super) from: u32,
    pub(super) to: u32,
    pub(super) amount: i64,
    pub(super) by: By,
    /// Which of the references of the invoice, counted from 1; 0 for none.
    pub(super) reference: u16,
}

/// The documents, what was found of them, and room that is used again for the next group.
pub(super) struct Group<'a> {
    pub(super) world: World<'a>,
    pub(super) orders: Vec<Order<'a>>,
    pub(super) invoices: Vec<Invoice<'a>>,
    pub(super) payments: Vec<Payment<'a>>,
    order_ids: Arrivals<'a, OrderFact>,
    invoice_ids: Arrivals<'a, InvoiceFact>,
    payment_ids: Arrivals<'a, PaymentFact>,
    /// Orders by supplier and CIG.
    pub(super) order_cigs: Chains,
    /// Orders by supplier and number.
    pub(super) order_numbers: Chains,
    /// Invoices that stand for their identity, by supplier and number.
    pub(super) invoice_numbers: Chains,
    /// Invoices by file and number.
    pub(super) invoice_files: Chains,
    /// For a person's sake: keys that prove nothing.
    pub(super) weak: Chains,
    /// For each invoice the one that stands for its identity: mostly itself.
    pub(super) twins: Vec<u32>,
    /// Invoices (and notes without invoice) to orders, by invoice.
    pub(super) buys: Vec<Bond>,
    /// Where in `buys` each invoice begins.
    pub(super) buy_starts: Vec<u32>,
    /// Notes to invoices.
    pub(super) credits: Vec<Bond>,
    /// Payments to invoices, by payment.
    pub(super) pays: Vec<Bond>,
    pub(super) order_sums: Vec<OrderSums>,
    pub(super) invoice_sums: Vec<InvoiceSums>,
    pub(super) marks: Marks,
    /// Orders that one invoice may be for.
    pub(super) hits: Vec<Hit>,
    pub(super) out: Outcome,
}

/// What is known of each document beside its sums.
#[derive(Debug, Default)]
pub(super) struct Marks {
    pub(super) orders: Vec<Mark>,
    pub(super) invoices: Vec<Mark>,
    pub(super) payments: Vec<Mark>,
}

/// What is known of a document beside its sums.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Mark {
    /// Its codes contradict.
    pub(super) conflict: bool,
    /// A person must say.
    pub(super) proposed: bool,
    /// It is linked: an invoice to an order, a note to an invoice, a payment to an invoice.
    pub(super) linked: bool,
}

impl<'a> Group<'a> {
    pub(super) fn new(world: World<'a>) -> Self {
        Self {
            world,
            orders: Vec::new(),
            invoices: Vec::new(),
            payments: Vec::new(),
            order_ids: Arrivals::default(),
            invoice_ids: Arrivals::default(),
            payment_ids: Arrivals::default(),
            order_cigs: Chains::default(),
            order_numbers: Chains::default(),
            invoice_numbers: Chains::default(),
            invoice_files: Chains::default(),
            weak: Chains::default(),
            twins: Vec::new(),
            buys: Vec::new(),
            buy_starts: Vec::new(),
            credits: Vec::new(),
            pays: Vec::new(),
            order_sums: Vec::new(),
            invoice_sums: Vec::new(),
            marks: Marks::default(),
            hits: Vec::new(),
            out: Outcome::default(),
        }
    }

    /// Takes other documents in place of those it had; of those with the same number the last holds.
    pub(super) fn fill(
        &mut self,
        orders: impl Iterator<Item = Order<'a>>,
        invoices: impl Iterator<Item = Invoice<'a>>,
        payments: impl Iterator<Item = Payment<'a>>,
    ) {
        self.order_ids.sort_into(&mut self.orders, orders.map(|order| (order.id, order)));
        self.invoice_ids.sort_into(&mut self.invoices, invoices.map(|invoice| (invoice.id, invoice)));
        self.payment_ids.sort_into(&mut self.payments, payments.map(|payment| (payment.id, payment)));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.orders.is_empty() && self.invoices.is_empty() && self.payments.is_empty()
    }

    /// Says everything of the documents it has.
    pub(super) fn settle(&mut self) -> &Outcome {
        self.clear();
        self.index_orders();
        self.find_twins();
        self.link_invoices();
        self.link_notes();
        self.link_payments();
        self.sum();
        if self.is_full() {
            self.propose();
            self.compare_lines();
            self.charge();
        }
        self.judge();
        &self.out
    }

    pub(super) fn is_full(&self) -> bool {
        self.world.policy.depth == Depth::Full
    }

    fn clear(&mut self) {
        self.out.clear();
        self.buys.clear();
        self.credits.clear();
        self.pays.clear();
        self.order_sums.clear();
        self.order_sums.resize(self.orders.len(), OrderSums::default());
        self.invoice_sums.clear();
        self.invoice_sums.resize(self.invoices.len(), InvoiceSums::default());
        remark(&mut self.marks.orders, self.orders.len());
        remark(&mut self.marks.invoices, self.invoices.len());
        remark(&mut self.marks.payments, self.payments.len());
    }

    fn index_orders(&mut self) {
        self.order_cigs.reset(self.orders.len());
        let is_full = self.is_full();
        self.order_numbers.reset(if is_full { self.orders.len() } else { 0 });
        for (place, order) in self.orders.iter().enumerate().rev() {
            if order.cig.is_some() {
                self.order_cigs.add(key(order.parties(), order.cig), place);
            }
            if is_full && order.number.is_some() {
                self.order_numbers.add(key(order.parties(), order.number), place);
            }
        }
    }

    /// Live orders between two parties with a CIG.
    pub(super) fn live_with_cig(&self, parties: Parties, cig: Code) -> impl Iterator<Item = usize> + '_ {
        self.order_cigs.of(key(parties, cig)).filter(move |place| {
            let order = self.orders[*place];
            order.cig == cig && order.parties() == parties && order.is_live()
        })
    }

    /// Whether the document stands: not refused, and no other stands for its identity.
    pub(super) fn counts(&self, place: usize) -> bool {
        self.twins[place] as usize == place && !self.is_refused(place)
    }

    pub(super) fn is_refused(&self, place: usize) -> bool {
        self.invoices[place].standing == super::fact::InvoiceStanding::Refused
    }

    /// Whether a person said that two do not belong together.
    pub(super) fn forbids(&self, from: Doc, to: Doc) -> bool {
        !self.world.decisions.is_empty() && self.world.decisions.forbids(from, to)
    }

    /// What a person linked a document to.
    pub(super) fn decided(&self, from: Doc) -> impl Iterator<Item = (Doc, Option<i64>)> + use<'a> {
        let decisions = self.world.decisions;
        (!decisions.is_empty()).then(|| decisions.links(from)).into_iter().flatten()
    }

    /// Whether a person linked a document: then no key is looked at.
    pub(super) fn is_decided(&self, from: Doc) -> bool {
        self.decided(from).next().is_some()
    }

    /// The links of an invoice to orders.
    pub(super) fn buys_of(&self, invoice: usize) -> &[Bond] {
        &self.buys[self.buy_starts[invoice] as usize..self.buy_starts[invoice + 1] as usize]
    }

    /// Notes a difference; in an exact match nobody asks for them.
    pub(super) fn differ(&mut self, kind: Kind, amount: i128, documents: Vec<Doc>) {
        let amount = i64::try_from(amount.unsigned_abs()).unwrap_or(i64::MAX);
        if kind.is_conflict() {
            match documents.first() {
                Some(Doc::Invoice(id)) => self.mark_invoice(*id),
                Some(Doc::Payment(id)) => self.mark_payment(*id),
                Some(Doc::Order(_)) | None => {}
            }
        }
        self.out.differences.push(Difference { kind, amount, documents });
    }

    fn mark_invoice(&mut self, id: u32) {
        if let Some(place) = self.invoice_place(id) {
            self.marks.invoices[place].conflict = true;
        }
    }

    fn mark_payment(&mut self, id: u32) {
        if let Ok(place) = self.payments.binary_search_by_key(&id, |payment| payment.id) {
            self.marks.payments[place].conflict = true;
        }
    }

    pub(super) fn order_place(&self, id: u32) -> Option<usize> {
        self.orders.binary_search_by_key(&id, |order| order.id).ok()
    }

    pub(super) fn invoice_place(&self, id: u32) -> Option<usize> {
        self.invoices.binary_search_by_key(&id, |invoice| invoice.id).ok()
    }

    /// Finds where each invoice begins in `buys`.
    pub(super) fn index_buys(&mut self) {
        self.buy_starts.clear();
        self.buy_starts.resize(self.invoices.len() + 1, 0);
        for bond in &self.buys {
            self.buy_starts[bond.from as usize + 1] += 1;
        }
        for place in 1..self.buy_starts.len() {
            self.buy_starts[place] += self.buy_starts[place - 1];
        }
    }
}

/// The facts as they came, and their numbers with the place they came at.
struct Arrivals<'a, T: Parted> {
    facts: Vec<Seen<'a, T>>,
    keys: Vec<u64>,
}

impl<T: Parted> Default for Arrivals<'_, T> {
    fn default() -> Self {
        Self { facts: Vec::new(), keys: Vec::new() }
    }
}

impl<'a, T: Parted> Arrivals<'a, T> {
    /// The numbers are read first, all facts at once: they lie far apart, and sorting would wait for each of
    /// them.
    fn sort_into(&mut self, facts: &mut Vec<Seen<'a, T>>, new: impl Iterator<Item = (u32, Seen<'a, T>)>) {
        self.keys.clear();
        self.facts.clear();
        for (place, (id, fact)) in new.enumerate() {
            std::hint::black_box(fact.glance());
            self.keys.push(u64::from(id) << 32 | place as u64);
            self.facts.push(fact);
        }
        self.keys.sort_unstable();
        facts.clear();
        let is_last = |(index, key): &(usize, &u64)| {
            self.keys.get(index + 1).is_none_or(|next| next >> 32 != **key >> 32)
        };
        let last = self.keys.iter().enumerate().filter(is_last);
        facts.extend(last.map(|(_, key)| self.facts[(key & 0xFFFF_FFFF) as usize]));
    }
}

fn remark(marks: &mut Vec<Mark>, length: usize) {
    marks.clear();
    marks.resize(length, Mark::default());
}

/// Hash of a code between two parties.
pub(super) fn key(parties: Parties, code: Code) -> u64 {
    mix(parties.bits(), code.bits())
}

/// The only one of several finds, when there is but one.
#[derive(Debug, Default)]
pub(super) struct Only {
    found: Option<usize>,
    several: bool,
}

impl Only {
    pub(super) fn of(places: impl Iterator<Item = usize>) -> Option<usize> {
        let mut only = Self::default();
        for place in places {
            only.add(place);
            if only.several {
                return None;
            }
        }
        only.found
    }

    pub(super) fn add(&mut self, place: usize) {
        self.several |= self.found.is_some_and(|found| found != place);
        self.found = Some(place);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.found.is_none()
    }

    pub(super) fn get(&self) -> Option<usize> {
        self.found.filter(|_| !self.several)
    }
}

impl Bond {
    pub(super) fn new(from: usize, to: usize, amount: i64, by: By) -> Self {
        Self { from: narrow(from), to: narrow(to), amount, by, reference: 0 }
    }
}
