// SPDX-License-Identifier: EUPL-1.2
//! `INV-071`: no line is invoiced in a larger quantity than was ordered.
//!
//! # What it does
//! Adds the quantity of each line to what other invoices have taken of its line of the order.
//! # Why
//! What was not ordered is not owed, even when the total still fits.
//! # Source
//! D.lgs. 36/2023, art. 120; domain check R7.

use crate::domain::finding::Severity;
use crate::domain::invoice::InvoiceField;
use crate::domain::remedy::Remedy;
use crate::domain::text::Text;
use crate::rules::{ALWAYS, Check, Fault, LegalSource, Outcome, Rule};

use super::{InvoiceCase, by_order};

pub(crate) const RULE: Rule = Rule {
    id: "INV-071",
    severity: Severity::Blocks,
    source: LegalSource::inferred("D.lgs. 36/2023", "art. 120"),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new("Le quantità non superano l'ordine", "The quantities do not exceed the order"),
    why: Text::new("Ciò che non è ordinato non è dovuto.", "What was not ordered is not owed."),
    remedy: Text::new(
        "Chiedere una nota di credito per la quantità in più.",
        "Ask for a credit note for the quantity that is over.",
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
            let invoiced = line.quantity?.checked_add(ordered.invoiced)?;
            if invoiced <= ordered.quantity {
                return None;
            }
            let (name, quantity) = (&ordered.name, ordered.quantity);
            let it = format!("Riga {} ({name}): fatturati {invoiced}, ordinati {quantity}.", line.number);
            let en = format!("Line {} ({name}): {invoiced} invoiced, {quantity} ordered.", line.number);
            let fault = Fault::new(InvoiceField::LineQuantity(n), it, en).with("ordered", quantity);
            Some(fault.with("invoiced", invoiced).cured_by(Remedy::CreditNote))
        }))
    })
}
