// SPDX-License-Identifier: EUPL-1.2
//! `ORD-091`: the Comune does not buy from itself.
//!
//! # What it does
//! Refuses an order whose supplier carries the buyer's own tax code, as tax code or as VAT number.
//! # Why
//! Buyer and seller swapped, or a form filled with the same code twice: either way the order is wrong.
//! # Source
//! A contract needs two parties (Codice civile art. 1321); the check is ours.

use super::{ALWAYS, Case, Check, Fault, LegalSource, Outcome, Rule};
use crate::domain::finding::Severity;
use crate::domain::found::Found;
use crate::domain::order::Field;
use crate::domain::text::Text;

pub(crate) const RULE: Rule = Rule {
    id: "ORD-091",
    severity: Severity::Blocks,
    source: LegalSource::inferred("Codice civile", "art. 1321"),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new("Il fornitore non è l'acquirente", "The supplier is not the buyer"),
    why: Text::new(
        "Un ordine a sé stessi indica parti scambiate o un codice copiato due volte.",
        "An order to oneself means parties swapped or a code copied twice.",
    ),
    remedy: Text::new("Correggere il codice del fornitore.", "Correct the supplier's code."),
    check: Check::Order(check),
};

fn check(case: &Case<'_>) -> Outcome {
    let (buyer, supplier) = (&case.order.buyer, &case.order.supplier);
    let Some(own) = buyer.tax_code.as_ref().and_then(Found::ok) else { return Outcome::NotApplicable };
    let vat_number = supplier.vat_number.as_ref().and_then(Found::ok).map(|code| code.as_str());
    let tax_code = supplier.tax_code.as_ref().and_then(Found::ok).map(|code| code.as_str());
    let same = |code: Option<&str>| code == Some(own.as_str());
    Outcome::demand(!same(vat_number) && !same(tax_code), || {
        Fault::new(
            if same(vat_number) { Field::SupplierVatNumber } else { Field::SupplierTaxCode },
            format!("Il fornitore ha lo stesso codice dell'acquirente ({own})."),
            format!("The supplier has the same code as the buyer ({own})."),
        )
        .with("buyer", own)
    })
}
