// SPDX-License-Identifier: EUPL-1.2
//! To which order of its Comune an invoice belongs: what matching says of it and of the orders it may mean. Only what names one
//! order beyond doubt links, or a person's word; the rest is for people.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::app::App;
use crate::domain::invoice::Invoice;
use crate::domain::matching::{Books, Codes, Doc, InvoiceStanding, Outcome};
use crate::flows::reconcile::{Numbered, ReadDocuments, policy};
use crate::store::invoices::InvoiceRow;
use crate::store::orders::OrderRow;
use crate::store::payments::MatchDecision;

/// What is known of the order of an invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Belongs {
    /// To this one, beyond doubt or by a person's word.
    To(OrderRow),
    /// It may mean this one, but something speaks against it: it is judged by it and not linked.
    Doubtful(OrderRow),
    /// To none that is known.
    Nowhere,
}

/// Decides among the orders of the Comune that an invoice may mean.
pub(super) fn belongs(
    app: &App,
    (row, invoice): (&InvoiceRow, &Invoice),
    candidates: &[OrderRow],
    decisions: &[MatchDecision],
    now: DateTime<Utc>,
) -> Belongs {
    let codes = Arc::new(Codes::default());
    let mut books = Books::new(Arc::clone(&codes), policy(app));
    let rows = std::slice::from_ref(row);
    let numbered = Numbered { codes: &codes, orders: candidates, invoices: rows, payments: &[] };
    let lines = ReadDocuments::of_one(candidates.len(), invoice);
    numbered.insert_into(
        &mut books,
        codes.code(row.comune.as_str()),
        now,
        &lines,
        &[InvoiceStanding::Received],
    );
    numbered.decide(&mut books, decisions);
    let outcome = books.settle(1);
    let order = |doc: Doc| match doc {
        Doc::Order(n) => candidates.get(n as usize).cloned(),
        Doc::Invoice(_) | Doc::Payment(_) => None,
    };
    let linked = outcome.links.iter().find_map(|link| order(link.to));
    match (linked, meant(&outcome).and_then(order)) {
        (Some(order), _) => Belongs::To(order),
        (None, Some(order)) => Belongs::Doubtful(order),
        (None, None) => Belongs::Nowhere,
    }
}

/// The order that speaks against the invoice, or the likeliest of those proposed.
fn meant(outcome: &Outcome) -> Option<Doc> {
    let is_order = |doc: &Doc| matches!(doc, Doc::Order(_));
    let is_about = |documents: &[Doc]| documents.contains(&Doc::Invoice(0));
    let against = outcome.differences.iter().filter(|difference| is_about(&difference.documents));
    let against = against.flat_map(|difference| &difference.documents).find(|doc| is_order(doc)).copied();
    let likeliest = || outcome.candidates.iter().max_by_key(|pair| pair.score).map(|pair| pair.to);
    against.or_else(likeliest)
}
