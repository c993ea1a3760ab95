// SPDX-License-Identifier: EUPL-1.2
//! `ORD-044`: the order is in euro.
//!
//! # What it does
//! Refuses any other currency.
//! # Why
//! Grant and reservations are in euro; an amount in another currency would be reserved as if it were euro.
//! # Source
//! The avviso and the decrees give every amount in euro.

use super::{ALWAYS, Case, Check, Fault, LegalSource, Outcome, Rule};
use crate::domain::finding::Severity;
use crate::domain::order::Field;
use crate::domain::text::Text;

pub(crate) const RULE: Rule = Rule {
    id: "ORD-044",
    severity: Severity::Blocks,
    source: LegalSource::official("Avviso del programma", "importi in euro"),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new("L'ordine è in euro", "The order is in euro"),
    why: Text::new(
        "Il finanziamento è in euro e così ogni somma prenotata.",
        "The grant is in euro, and so is every amount reserved.",
    ),
    remedy: Text::new("Riportare gli importi in euro (EUR).", "State the amounts in euro (EUR)."),
    check: Check::Order(check),
};

fn check(case: &Case<'_>) -> Outcome {
    let currency = &case.order.currency;
    Outcome::demand(currency == "EUR", || {
        Fault::new(
            Field::Currency,
            format!("L'ordine è in «{currency}» invece che in EUR."),
            format!("The order is in \"{currency}\" instead of EUR."),
        )
        .with("currency", currency)
        .with("expected", "EUR")
    })
}
