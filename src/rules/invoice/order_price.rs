// SPDX-License-Identifier: EUPL-1.2
//! `INV-072`: no line is invoiced at a higher price than was ordered.
//!
//! # What it does
//! Compares the price of a unit, discounts applied, with that of its line of the order.
//! # Why
//! The price is fixed by the order.
//! # Source
//! Condizioni generali di contratto del MePA; D.lgs. 36/2023, art. 120; domain check R7.

use crate::domain::decimal::Exact;
use crate::domain::finding::Severity;
use crate::domain::invoice::InvoiceField;
use crate::domain::remedy::Remedy;
use crate::domain::text::Text;
use crate::rules::{ALWAYS, Check, Fault, LegalSource, Outcome, Rule};

use super::{InvoiceCase, by_order};

pub(crate) const RULE: Rule = Rule {
    id: "INV-072",
    severity: Severity::Blocks,
    source: LegalSource::inferred("D.lgs. 36/2023; condizioni generali MePA", "art. 120"),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new("I prezzi non superano l'ordine", "The prices do not exceed the order"),
    why: Text::new("Il prezzo è quello dell'ordine.", "The price is that of the order."),
    remedy: Text::new(
        "Chiedere una nota di credito per la differenza.",
        "Ask for a credit note for the difference.",
    ),
    check: Check::Invoice(check),
};

fn check(case: &InvoiceCase<'_>) -> Outcome {
    if case.is_credit_note() {
        return Outcome::NotApplicable;
    }
    by_order(case, |order| {
        let lines = case.matched_lines(order).into_iter();
        Outcome::of(lines.filter_map(|(n, line, ordered)| {
            let (price, expected) = (line.discounted_price()?, Exact::from(ordered.unit_price?));
            // A price on paper is rounded to the cent: what differs by less is not another price.
            if price <= expected.checked_add(Exact::HALF_CENT)? {
                return None;
            }
            let name = &ordered.name;
            let it =
                format!("Riga {} ({name}): prezzo unitario {price}, nell'ordine {expected}.", line.number);
            let en = format!("Line {} ({name}): unit price {price}, in the order {expected}.", line.number);
            let fault = Fault::new(InvoiceField::LineUnitPrice(n), it, en).with("unit_price", price);
            Some(fault.with("expected", expected).cured_by(Remedy::CreditNote))
        }))
    })
}
