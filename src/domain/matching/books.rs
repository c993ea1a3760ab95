// SPDX-License-Identifier: EUPL-1.2
//! The books: all documents, what people decided, what was assigned. They settle everything at once, or only
//! what an arriving document touches; both say the same.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};

use super::batch::Batch;
use super::charge::CupSums;
use super::code::{Code, Codes};
use super::decision::{Decision, Decisions};
use super::fact::Fact;
use super::group::{Group, World};
use super::index::{Homes, Index, Merged};
use super::outcome::{Charge, Outcome};
use super::parts::ByPart;
use super::policy::{Depth, Policy};
use super::reach::{Asked, Reach, Tokens};
use super::rows::{both, share};
use super::strays::AtHome;

/// How many buckets a thread takes at a time.
const BUCKETS: u32 = 64;
/// All documents that are matched together: those of a Comune, or of many. Comuni share no orders, so that a
/// large install may keep books for each.
#[derive(Debug, Default)]
pub struct Books {
    pub(super) batch: Batch,
    policy: Policy,
    pub(super) decisions: Decisions,
    grants: BTreeMap<Code, i64>,
    codes: Arc<Codes>,
    pub(super) merged: Merged,
    pub(super) tokens: Tokens,
    pub(super) index: Option<Index>,
    pub(super) charges: HashMap<u32, Vec<Charge>>,
}

impl Books {
    /// Empty books. All codes of their facts come from `codes`, or from [`Code::pack`].
    #[must_use]
    pub fn new(codes: Arc<Codes>, policy: Policy) -> Self {
        Self { codes, policy, ..Self::default() }
    }

    /// Adds a fact; nothing is settled.
    pub fn insert(&mut self, fact: Fact) {
        self.index = None;
        self.batch.extend([fact]);
    }

    /// Adds a heap of facts; nothing is settled.
    pub fn absorb(&mut self, batch: Batch) {
        self.index = None;
        self.batch.absorb(batch);
    }

    /// Adds a decision; nothing is settled. An exact match knows no decisions.
    pub fn remember(&mut self, decision: Decision) {
        if self.is_full() {
            self.index = None;
            self.decisions.add(decision);
        }
    }

    /// Says what was assigned to a CUP of ours, in cents; nothing is settled.
    pub fn grant(&mut self, cup: Code, assigned: i64) {
        self.index = None;
        self.grants.insert(cup, assigned);
    }

    /// Settles everything and says all of it, in one order whatever the order of arrival and the number of
    /// threads.
    pub fn settle(&mut self, threads: usize) -> Outcome {
        let empty = || (Outcome::default(), Vec::new());
        let parts = self.fold_buckets(threads, empty, |(all, charges), bucket, outcome| {
            all.extend(outcome);
            keep(charges, bucket, outcome);
        });
        let mut all = Outcome::default();
        self.charges.clear();
        for (part, charges) in parts {
            all.extend(&part);
            self.charges.extend(charges);
        }
        all.sort();
        all
    }

    /// Orders everything anew; what documents count for their CUP is kept by bucket, and buckets have
    /// changed.
    pub(super) fn reorder(&mut self) {
        self.index = None;
        self.prepare(1);
        let parts = if self.is_full() { self.fold_buckets(1, Vec::new, keep) } else { Vec::new() };
        self.charges = parts.into_iter().flatten().collect();
    }

    /// Settles everything and hands over the outcome of one group after another, in no order: what is not
    /// kept costs no memory. Each thread has its own `A`.
    pub fn fold<A: Send>(
        &mut self,
        threads: usize,
        init: impl Fn() -> A + Sync,
        step: impl Fn(&mut A, &Outcome) + Sync,
    ) -> Vec<A> {
        if self.index.is_some() || !self.decisions.is_empty() {
            return self.fold_buckets(threads, init, |all, _, outcome| step(all, outcome));
        }
        let threads = threads.max(1);
        let payments = self.make_ready(threads);
        let parts = ByPart::new(&self.batch, payments.as_deref());
        let (world, next) = (self.world(), AtomicUsize::new(0));
        share(threads, |_| {
            let (mut group, mut all) = (Group::new(world), init());
            loop {
                let part = next.fetch_add(1, Ordering::Relaxed);
                if part >= parts.count() {
                    return all;
                }
                if parts.fill(&mut group, part) {
                    step(&mut all, group.settle());
                }
            }
        })
    }

    fn fold_buckets<A: Send>(
        &mut self,
        threads: usize,
        init: impl Fn() -> A + Sync,
        step: impl Fn(&mut A, u32, &Outcome) + Sync,
    ) -> Vec<A> {
        self.prepare(threads.max(1));
        let Some(index) = &self.index else { return Vec::new() };
        let (world, batch, next) = (self.world(), &self.batch, AtomicU32::new(0));
        share(threads.max(1), |_| {
            let (mut group, mut all) = (Group::new(world), init());
            loop {
                let first = next.fetch_add(BUCKETS, Ordering::Relaxed);
                if first >= index.buckets() {
                    return all;
                }
                for bucket in first..index.buckets().min(first + BUCKETS) {
                    if group.fill_from(batch, index, bucket) {
                        step(&mut all, bucket, group.settle());
                    }
                }
            }
        })
    }

    /// The sums of every CUP that documents name or that is ours, as of the last settlement.
    #[must_use]
    pub fn cups(&self) -> Vec<CupSums> {
        let own = |(cup, assigned): (&Code, &i64)| {
            (*cup, CupSums { cup: *cup, assigned: Some(*assigned), ..CupSums::default() })
        };
        let mut sums: BTreeMap<Code, CupSums> = self.grants.iter().map(own).collect();
        for charge in self.charges.values().flatten() {
            sums.entry(charge.cup).or_insert(CupSums { cup: charge.cup, ..CupSums::default() }).add(charge);
        }
        sums.into_values().collect()
    }

    /// Orders everything anew unless it is in order.
    fn prepare(&mut self, threads: usize) {
        if self.index.is_none() {
            let payments = self.make_ready(threads);
            let payments = payments
                .unwrap_or_else(|| self.batch.payments.map(threads, |payment| self.homes().of(payment)));
            self.index = Some(Index::new(&self.batch, self.homes(), threads, payments));
        }
    }

    /// Makes everything ready that reaches between groups, and says where each payment falls; `None` when all
    /// fall where their own parties are.
    fn make_ready(&mut self, threads: usize) -> Option<Vec<u32>> {
        self.merged = Merged::new(&self.decisions, &self.batch);
        self.tokens = Tokens::default();
        if !self.is_full() {
            return None;
        }
        let home = || AtHome::new(&self.batch, self.homes(), threads);
        let (mut home, tokens) = both(self.batch.len(), home, || Tokens::new(&self.batch));
        self.tokens = tokens;
        let mut found = Asked::find(&self.batch, threads, &home.asked());
        self.tokens.add_files(&found);
        if let Some(asked) = home.place(&self.batch, self.homes(), threads) {
            found.extend(Asked::find(&self.batch, threads, &asked));
        }
        self.tokens.add_invoices(&found);
        Some(home.hashes)
    }

    pub(super) fn is_full(&self) -> bool {
        self.policy.depth == Depth::Full
    }

    fn reach(&self) -> Option<Reach<'_>> {
        self.is_full().then_some(Reach { batch: &self.batch, tokens: &self.tokens })
    }

    pub(super) fn homes(&self) -> Homes<'_> {
        Homes { merged: &self.merged, decisions: &self.decisions, reach: self.reach() }
    }

    pub(super) fn world(&self) -> World<'_> {
        World {
            policy: self.policy,
            decisions: &self.decisions,
            grants: &self.grants,
            codes: &self.codes,
            reach: self.reach(),
        }
    }
}

impl<'a> Group<'a> {
    /// Takes the documents of a bucket; `false` when there are none.
    pub(super) fn fill_from(&mut self, batch: &'a Batch, index: &Index, bucket: u32) -> bool {
        self.fill(
            index.orders.of(bucket).map(|address| batch.orders.at(address)),
            index.invoices.of(bucket).map(|address| batch.invoices.at(address)),
            index.payments.of(bucket).map(|address| batch.payments.at(address)),
        );
        !self.is_empty()
    }
}

fn keep(charges: &mut Vec<(u32, Vec<Charge>)>, bucket: u32, outcome: &Outcome) {
    if !outcome.charges.is_empty() {
        charges.push((bucket, outcome.charges.clone()));
    }
}
