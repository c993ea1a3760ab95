// SPDX-License-Identifier: EUPL-1.2
//! What belongs to what, looked up once for all tables: a Comune may have ten thousand orders.

use std::collections::HashMap;

use crate::answer::Reconciliation;
use crate::domain::matching::{Doc, Kind, OrderTotals, State};

/// The links of a reconciliation, by their ends.
#[derive(Debug, Default)]
pub struct Ties {
    forth: HashMap<Doc, Vec<Doc>>,
    back: HashMap<Doc, Vec<Doc>>,
    /// What of an invoice or a note counts for live orders, in cents.
    counted: HashMap<u32, i64>,
    /// The live orders that an invoice belongs to.
    live: HashMap<u32, Vec<u32>>,
    orders: HashMap<String, u32>,
    judged: HashMap<u32, (State, OrderTotals)>,
    differences: HashMap<Doc, Vec<Kind>>,
}

impl Ties {
    /// Looks everything up.
    #[must_use]
    pub fn new(found: &Reconciliation) -> Self {
        let mut ties = Self::default();
        for link in &found.outcome.links {
            ties.forth.entry(link.from).or_default().push(link.to);
            ties.back.entry(link.to).or_default().push(link.from);
        }
        for (n, row) in (0u32..).zip(&found.orders) {
            ties.orders.insert(row.id.clone(), n);
        }
        let is_live = |n: u32| found.orders.get(n as usize).is_some_and(|row| row.state.is_live());
        let links = &found.outcome.links;
        for link in links {
            if let (Doc::Invoice(from), Doc::Order(order)) = (link.from, link.to)
                && is_live(order)
            {
                ties.count(from, link.amount);
                ties.live.entry(from).or_default().push(order);
            }
        }
        for link in links {
            if let (Doc::Invoice(note), Doc::Invoice(invoice)) = (link.from, link.to)
                && let Some(orders) = ties.live.get(&invoice).cloned()
            {
                ties.count(note, link.amount);
                ties.live.entry(note).or_default().extend(orders);
            }
        }
        ties.judged = found.outcome.orders.iter().map(|one| (one.id, (one.state, one.totals))).collect();
        for one in &found.outcome.differences {
            for doc in &one.documents {
                ties.differences.entry(*doc).or_default().push(one.kind);
            }
        }
        ties
    }

    /// What a document belongs to.
    pub fn to(&self, doc: Doc) -> &[Doc] {
        self.forth.get(&doc).map(Vec::as_slice).unwrap_or_default()
    }

    /// Invoices and notes of an order, and notes on those invoices.
    #[must_use]
    pub fn invoices_of(&self, order: u32) -> Vec<u32> {
        let from = |doc: Doc| self.back.get(&doc).into_iter().flatten().filter_map(|doc| invoice(*doc));
        let own: Vec<u32> = from(Doc::Order(order)).collect();
        let notes: Vec<u32> = own.iter().flat_map(|n| from(Doc::Invoice(*n))).collect();
        own.into_iter().chain(notes).collect()
    }

    fn count(&mut self, invoice: u32, cents: i64) {
        let sum = self.counted.entry(invoice).or_default();
        *sum = sum.saturating_add(cents);
    }

    /// The live orders that an invoice belongs to, or the invoice that a note takes away from.
    pub fn live_orders_of(&self, invoice: u32) -> &[u32] {
        self.live.get(&invoice).map(Vec::as_slice).unwrap_or_default()
    }

    /// The payments of an invoice.
    pub fn payments_of(&self, invoice: u32) -> impl Iterator<Item = u32> {
        self.back.get(&Doc::Invoice(invoice)).into_iter().flatten().filter_map(|doc| match doc {
            Doc::Payment(n) => Some(*n),
            Doc::Order(_) | Doc::Invoice(_) => None,
        })
    }

    /// What of an invoice or a note counts for live orders, in cents; none when nothing does.
    #[must_use]
    pub fn counts(&self, invoice: u32) -> Option<i64> {
        self.counted.get(&invoice).copied()
    }

    /// The place of the order of that id.
    #[must_use]
    pub fn order(&self, id: &str) -> Option<u32> {
        self.orders.get(id).copied()
    }

    /// What does not agree about a document.
    #[must_use]
    pub fn differences(&self, doc: Doc) -> &[Kind] {
        self.differences.get(&doc).map(Vec::as_slice).unwrap_or_default()
    }

    /// How an order stands in the reconciliation.
    #[must_use]
    pub fn judged(&self, order: u32) -> Option<(State, OrderTotals)> {
        self.judged.get(&order).copied()
    }
}

/// The place of an invoice.
pub(super) const fn invoice(doc: Doc) -> Option<u32> {
    match doc {
        Doc::Invoice(n) => Some(n),
        Doc::Order(_) | Doc::Payment(_) => None,
    }
}
