// SPDX-License-Identifier: EUPL-1.2
//! Which documents are settled together. Supplier and buyer fall into buckets by their hash; a bucket is a
//! group. A payment that names the file of an invoice falls where that invoice does, whoever was paid.

use std::collections::HashMap;
use std::ops::RangeInclusive;

use super::batch::Batch;
use super::chains::mix;
use super::decision::Decisions;
use super::fact::Doc;
use super::files::{Filed, Files};
use super::reach::Reach;
use super::rows::{Rows, both, hash};
use super::seen::{Parted, Parties, Payment, Seen};

/// About so many documents fall into a bucket, unless their supplier has more.
const BUCKET: usize = 16;
const BITS: RangeInclusive<u32> = 6..=20;

/// The buckets of one kind of document.
#[derive(Debug, Default)]
pub(super) struct Side {
    /// The bucket of each address.
    buckets: Vec<u32>,
    /// Where in `addresses` each bucket begins.
    starts: Vec<u32>,
    addresses: Vec<u32>,
    /// What came to a bucket later.
    added: HashMap<u32, Vec<u32>>,
    /// How many came later.
    later: usize,
}

impl Side {
    /// From the hash of each address.
    fn new<T: Parted>(facts: &Rows<T>, bits: u32, hashes: Vec<u32>) -> Self {
        let mut side = Self { buckets: hashes, starts: vec![0; (1 << bits) + 1], ..Self::default() };
        for address in facts.addresses() {
            let bucket = &mut side.buckets[address as usize];
            *bucket = bucket_of(*bucket, bits);
            side.starts[*bucket as usize] += 1;
        }
        let mut end = 0;
        for start in &mut side.starts {
            end += *start;
            *start = end;
        }
        side.addresses = vec![0; facts.len()];
        // From the last to the first, so that each bucket keeps the order of the addresses.
        for address in facts.addresses().rev() {
            let start = &mut side.starts[side.buckets[address as usize] as usize];
            *start -= 1;
            side.addresses[*start as usize] = address;
        }
        side
    }

    /// The addresses in a bucket; the later ones last.
    pub(super) fn of(&self, bucket: u32) -> impl Iterator<Item = u32> + '_ {
        let (start, end) = (self.starts[bucket as usize], self.starts[bucket as usize + 1]);
        let first = self.addresses[start as usize..end as usize].iter();
        let added = if self.later > 0 { self.added.get(&bucket) } else { None };
        let all = first.chain(added.into_iter().flatten()).copied();
        all.filter(move |address| self.later == 0 || self.buckets[*address as usize] == bucket)
    }

    /// Puts an address into a bucket, out of the one it was in.
    pub(super) fn put(&mut self, address: u32, bucket: u32) {
        let place = address as usize;
        if place >= self.buckets.len() {
            self.buckets.resize(place + 1, u32::MAX);
        }
        if self.buckets[place] != bucket {
            self.buckets[place] = bucket;
            self.added.entry(bucket).or_default().push(address);
            self.later += 1;
        }
    }

    /// The bucket of an address.
    pub(super) fn bucket(&self, address: u32) -> u32 {
        self.buckets[address as usize]
    }
}

/// Parties that decisions of people join, and payments that they send to others.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Merged {
    roots: HashMap<Parties, Parties>,
    payments: HashMap<u32, Parties>,
}

impl Merged {
    /// Joins the parties of all pairs that a person linked. A payment goes where its invoice is: whoever was
    /// paid (a bank that bought the claims of many suppliers) joins none of them.
    pub(super) fn new(decisions: &Decisions, batch: &Batch) -> Self {
        let pairs: Vec<(Doc, Doc)> = decisions.linked().collect();
        let mut known: HashMap<Doc, Option<Parties>> =
            pairs.iter().flat_map(|(from, to)| [*from, *to]).map(|doc| (doc, None)).collect();
        if known.is_empty() {
            return Self::default();
        }
        let mut tell = |doc, parties| {
            known.entry(doc).and_modify(|known| *known = Some(parties));
        };
        batch.orders.iter().for_each(|(_, order)| tell(Doc::Order(order.id), order.parties()));
        batch.invoices.iter().for_each(|(_, invoice)| tell(Doc::Invoice(invoice.id), invoice.parties()));
        let mut merged = Self::default();
        for (from, to) in pairs {
            match (from, known[&from], known[&to]) {
                (Doc::Payment(id), _, Some(to)) => {
                    let first = *merged.payments.entry(id).or_insert(to);
                    merged.join(first, to);
                }
                (Doc::Invoice(_) | Doc::Order(_), Some(from), Some(to)) => merged.join(from, to),
                (Doc::Payment(_) | Doc::Invoice(_) | Doc::Order(_), _, _) => {}
            }
        }
        merged
    }

    /// Whether parties are joined as in another.
    pub(super) fn joins_as(&self, other: &Self) -> bool {
        self.roots == other.roots
    }

    fn join(&mut self, one: Parties, other: Parties) {
        let (one, other) = (self.root(one), self.root(other));
        if one != other {
            self.roots.values_mut().filter(|root| **root == other).for_each(|root| *root = one);
            self.roots.insert(other, one);
        }
    }

    fn root(&self, parties: Parties) -> Parties {
        if self.roots.is_empty() { parties } else { self.roots.get(&parties).copied().unwrap_or(parties) }
    }
}

/// The first bits of a hash.
fn bucket_of(hash: u32, bits: u32) -> u32 {
    hash.checked_shr(u32::BITS - bits).unwrap_or(0)
}

/// Where each document falls, by a hash: documents with one hash are settled together.
#[derive(Clone, Copy)]
pub(super) struct Homes<'a> {
    pub(super) merged: &'a Merged,
    pub(super) decisions: &'a Decisions,
    pub(super) reach: Option<Reach<'a>>,
}

impl Homes<'_> {
    fn between(&self, parties: Parties) -> u32 {
        hash(self.merged.root(parties))
    }

    /// Where an order or an invoice is.
    pub(super) fn of<T: Parted>(&self, fact: Seen<'_, T>) -> u32 {
        self.between(fact.parties())
    }

    /// Where a person linked it; else with the invoice whose file it names; else where its own supplier is.
    pub(super) fn payment(&self, payment: Payment<'_>) -> u32 {
        let decided = self.decided(payment).flatten().map(|parties| self.between(parties));
        decided.or_else(|| self.filed_anywhere(payment)).unwrap_or_else(|| self.unlinked(payment))
    }

    /// Where it is, when a person linked it, or its file is between its own parties, or it names none and is
    /// sure.
    pub(super) fn at_home(
        &self,
        payment: Payment<'_>,
        files: &Files,
        is_sure: impl FnOnce() -> bool,
    ) -> Option<u32> {
        if let Some(decided) = self.decided(payment) {
            return decided.map(|parties| self.between(parties));
        }
        let is_home = if payment.rest().sdi == 0 {
            self.decisions.is_empty() && is_sure()
        } else {
            self.filed(payment, files).is_some_and(|filed| filed.parties == payment.parties())
        };
        is_home.then(|| self.between(payment.parties()))
    }

    /// Where its file is, unless a person linked it.
    pub(super) fn filed_anywhere(&self, payment: Payment<'_>) -> Option<u32> {
        let files = self.reach.map(|reach| &reach.tokens.files)?;
        let filed = self.decided(payment).is_none().then(|| self.filed(payment, files)).flatten();
        filed.map(|filed| self.between(filed.parties))
    }

    fn filed<'f>(&self, payment: Payment<'_>, files: &'f Files) -> Option<&'f Filed> {
        let doc = Doc::Payment(payment.id);
        files.named(payment, |id| self.decisions.is_empty() || !self.decisions.forbids(doc, Doc::Invoice(id)))
    }

    /// Whether a person linked it, and between whom, if the invoice is there.
    fn decided(&self, payment: Payment<'_>) -> Option<Option<Parties>> {
        let doc = Doc::Payment(payment.id);
        let is_decided = !self.decisions.is_empty() && self.decisions.links(doc).next().is_some();
        is_decided.then(|| self.merged.payments.get(&payment.id).copied())
    }

    /// Where its supplier is. One who sends no invoices (the State, a bank) may be paid a great many times:
    /// nothing is near those payments, and each falls alone.
    pub(super) fn unlinked(&self, payment: Payment<'_>) -> u32 {
        let is_known = self.reach.is_none_or(|reach| reach.tokens.suppliers.contains(&payment.supplier));
        if is_known { self.between(payment.parties()) } else { hash_id(payment.id) }
    }

    /// Every place where a payment may have been put.
    pub(super) fn of_payment(&self, payment: Payment<'_>) -> [u32; 3] {
        let alone = hash_id(payment.id);
        [self.between(payment.parties()), alone, self.payment(payment)]
    }
}

/// Where a payment falls that is near nothing.
fn hash_id(id: u32) -> u32 {
    (mix(id.into(), 6) >> 32) as u32
}

/// All buckets.
#[derive(Debug, Default)]
pub(super) struct Index {
    bits: u32,
    pub(super) orders: Side,
    pub(super) invoices: Side,
    pub(super) payments: Side,
    expected: usize,
}

/// How many bits of the hash make the bucket of so many documents.
fn bits(documents: usize) -> u32 {
    (documents / BUCKET + 1).next_power_of_two().ilog2().clamp(*BITS.start(), *BITS.end())
}

impl Index {
    /// From the hashes of payments.
    pub(super) fn new(batch: &Batch, homes: Homes<'_>, threads: usize, payments: Vec<u32>) -> Self {
        let bits = bits(batch.len());
        let invoices = batch.invoices.map(threads, |invoice| homes.of(invoice));
        let orders = batch.orders.map(threads, |order| homes.of(order));
        let bought = || (Side::new(&batch.orders, bits, orders), Side::new(&batch.invoices, bits, invoices));
        let ((orders, invoices), payments) =
            both(batch.len(), bought, || Side::new(&batch.payments, bits, payments));
        Self { bits, orders, invoices, payments, expected: batch.len() }
    }

    /// The bucket of a hash.
    pub(super) fn bucket(&self, hash: u32) -> u32 {
        bucket_of(hash, self.bits)
    }

    pub(super) fn buckets(&self) -> u32 {
        1 << self.bits
    }

    /// So much came later that everything is better ordered again.
    pub(super) fn is_outgrown(&self) -> bool {
        let later = self.orders.later + self.invoices.later + self.payments.later;
        later > self.expected.max(64)
    }
}
