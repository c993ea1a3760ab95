// SPDX-License-Identifier: EUPL-1.2
//! `INV-062`: a credit note takes back no more than its invoice charged.
//!
//! # What it does
//! Compares its total with what is left of the invoice it names.
//! # Why
//! More taken back than was charged makes the sums of the CUP wrong.
//! # Source
//! D.P.R. 633/1972, art. 26; domain check R14.

use crate::domain::finding::Severity;
use crate::domain::invoice::{InvoiceField, TotalField};
use crate::domain::remedy::Remedy;
use crate::domain::text::Text;
use crate::rules::{ALWAYS, Check, Fault, LegalSource, Outcome, Rule};

use super::InvoiceCase;

pub(crate) const RULE: Rule = Rule {
    id: "INV-062",
    severity: Severity::Blocks,
    source: LegalSource::official("D.P.R. 633/1972", "art. 26"),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new("La nota di credito sta dentro la fattura", "The credit note fits its invoice"),
    why: Text::new(
        "Non si può togliere più di quanto fatturato.",
        "No more can be taken back than was charged.",
    ),
    remedy: Text::new(
        "Verificare quale fattura la nota corregge; chiedere una nota corretta.",
        "Check which invoice the note corrects; ask for a correct note.",
    ),
    check: Check::Invoice(check),
};

fn check(case: &InvoiceCase<'_>) -> Outcome {
    if !case.is_credit_note() {
        return Outcome::NotApplicable;
    }
    case.facts.corrected.judged(|corrected| {
        let (Some(corrected), Some(gross)) = (corrected, case.invoice.gross()) else {
            return Outcome::NotApplicable;
        };
        let left = corrected.gross.checked_sub(corrected.credited).unwrap_or_default();
        let over = gross.checked_sub(left).unwrap_or_default();
        Outcome::demand(over.cents() <= case.slack(), || {
            let it = format!(
                "La nota di {} supera quanto resta della fattura ({}).",
                gross.italian(),
                left.italian()
            );
            let en = format!("The note of {gross} exceeds what is left of the invoice ({left}).");
            let fault = Fault::new(InvoiceField::Total(TotalField::Stated), it, en).with("credit", gross);
            fault.with("left", left).with("over", over).cured_by(Remedy::CreditNote)
        })
    })
}
