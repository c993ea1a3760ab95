// SPDX-License-Identifier: EUPL-1.2
//! `INV-061`: a credit note names the invoice it takes back.
//!
//! # What it does
//! Asks for the invoice that the credit note names, by number and date.
//! # Why
//! A credit note without its invoice takes back nobody knows what.
//! # Source
//! Specifiche tecniche FatturaPA 1.2.3, block 2.1.6; domain check R14.

use crate::domain::finding::Severity;
use crate::domain::invoice::InvoiceField;
use crate::domain::remedy::Remedy;
use crate::domain::text::Text;
use crate::rules::{ALWAYS, Check, Fault, LegalSource, Outcome, Rule};

use super::InvoiceCase;

pub(crate) const RULE: Rule = Rule {
    id: "INV-061",
    severity: Severity::Curable,
    source: LegalSource::inferred("Specifiche tecniche FatturaPA 1.2.3", "2.1.6"),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new(
        "La nota di credito è collegata alla sua fattura",
        "The credit note is tied to its invoice",
    ),
    why: Text::new(
        "Una nota di credito orfana non dice che cosa riduce.",
        "An orphan credit note does not say what it reduces.",
    ),
    remedy: Text::new(
        "Collegare la nota alla fattura che corregge, o attendere che la fattura arrivi.",
        "Link the note to the invoice it corrects, or wait until the invoice comes in.",
    ),
    check: Check::Invoice(check),
};

fn check(case: &InvoiceCase<'_>) -> Outcome {
    if !case.is_credit_note() {
        return Outcome::NotApplicable;
    }
    case.facts.corrected.judged(|corrected| {
        Outcome::demand(corrected.is_some(), || {
            Fault::new(
                InvoiceField::References,
                "La nota di credito non indica una fattura presente qui (DatiFattureCollegate).",
                "The credit note names no invoice that is here (DatiFattureCollegate).",
            )
            .cured_by(Remedy::Wait)
        })
    })
}
