// SPDX-License-Identifier: EUPL-1.2
//! `ORD-030`: the document is a purchase order.
//!
//! # What it does
//! Refuses messages that revoke, replace, confirm or validate another order, and types other than a purchase.
//! # Why
//! Only a purchase commits money of the grant by itself; the others change an order that has to be found
//! first.
//! # Source
//! NSO technical rules: `OrderTypeCode` (UNCL1001) and `OrderDocumentReference`.

use super::{ALWAYS, Case, Check, Fault, LegalSource, Outcome, Rule};
use crate::domain::finding::Severity;
use crate::domain::order::{Field, OrderKind};
use crate::domain::text::Text;

pub(crate) const RULE: Rule = Rule {
    id: "ORD-030",
    severity: Severity::Blocks,
    source: LegalSource::official("Regole tecniche NSO", "tipo di ordine e ordine collegato"),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new("Il documento è un ordine di acquisto", "The document is a purchase order"),
    why: Text::new(
        "Revoche, sostituzioni e conferme non impegnano da sole una spesa.",
        "Revocations, replacements and confirmations do not commit an expense by themselves.",
    ),
    remedy: Text::new(
        "Trasmettere l'ordine di acquisto; le modifiche seguono l'ordine già registrato.",
        "Submit the purchase order; changes follow the order already recorded.",
    ),
    check: Check::Order(check),
};

fn check(case: &Case<'_>) -> Outcome {
    match &case.order.kind {
        OrderKind::Purchase => Outcome::Pass,
        OrderKind::Other(found) => Fault::new(
            Field::Kind,
            format!("Il documento non è un ordine di acquisto: {found}."),
            format!("The document is not a purchase order: {found}."),
        )
        .with("kind", found)
        .into(),
    }
}
