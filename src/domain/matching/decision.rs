// SPDX-License-Identifier: EUPL-1.2
//! What people decided of pairs. Decisions override every key; of two on the same pair the later holds,
//! whatever the order they are told in.

use std::collections::BTreeMap;

use super::fact::Doc;

/// What a person decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    /// The two do not belong together, whatever their keys say.
    Unlink,
    /// They belong together; for so much, in cents, or for what no other link takes.
    Link(Option<i64>),
    /// As if nothing had been decided.
    Undecided,
}

/// A decision on a pair: invoice and order, note and invoice, payment and invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Decision {
    /// Later decisions have a higher number.
    pub sequence: u64,
    /// The later document: the invoice of an order, the note, the payment.
    pub from: Doc,
    /// The earlier document.
    pub to: Doc,
    /// What was decided.
    pub verdict: Verdict,
    /// The reason, by a number of the caller.
    pub reason: u32,
}

/// The decisions that hold.
#[derive(Debug, Clone, Default)]
pub(super) struct Decisions {
    pairs: BTreeMap<(Doc, Doc), Decision>,
}

impl Decisions {
    pub(super) fn add(&mut self, decision: Decision) {
        let kept = self.pairs.entry((decision.from, decision.to)).or_insert(decision);
        *kept = decision.max(*kept);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// What a person linked a document to.
    pub(super) fn links(&self, from: Doc) -> impl Iterator<Item = (Doc, Option<i64>)> + '_ {
        self.pairs.range((from, Doc::Order(0))..=(from, Doc::Payment(u32::MAX))).filter_map(
            |((_, to), decision)| match decision.verdict {
                Verdict::Link(amount) => Some((*to, amount)),
                Verdict::Unlink | Verdict::Undecided => None,
            },
        )
    }

    /// Whether a person said that two do not belong together.
    pub(super) fn forbids(&self, from: Doc, to: Doc) -> bool {
        self.pairs.get(&(from, to)).is_some_and(|decision| decision.verdict == Verdict::Unlink)
    }

    /// Every pair that a person linked.
    pub(super) fn linked(&self) -> impl Iterator<Item = (Doc, Doc)> + '_ {
        self.pairs
            .iter()
            .filter(|(_, decision)| matches!(decision.verdict, Verdict::Link(_)))
            .map(|(pair, _)| *pair)
    }

    /// Whether any decision is about this document.
    pub(super) fn concern(&self, doc: Doc) -> bool {
        self.pairs.keys().any(|(from, to)| *from == doc || *to == doc)
    }
}
