// SPDX-License-Identifier: EUPL-1.2
//! `INV-051`: the document comes to no negative amount.
//!
//! # What it does
//! Looks at net, VAT and rounding together, of invoices and of notes.
//! # Why
//! A credit note takes away by its kind: with negative amounts it would add. An invoice that takes away is a credit note.
//! # Source
//! D.P.R. 633/1972, art. 26; the guide of the Agenzia delle Entrate to the kinds of document (TD04 bears positive amounts).

use crate::domain::finding::Severity;
use crate::domain::invoice::{InvoiceField, TotalField};
use crate::domain::money::Money;
use crate::domain::remedy::Remedy;
use crate::domain::text::Text;
use crate::rules::{ALWAYS, Check, Fault, LegalSource, Outcome, Rule};

use super::InvoiceCase;

pub(crate) const RULE: Rule = Rule {
    id: "INV-051",
    severity: Severity::Blocks,
    source: LegalSource::inferred("D.P.R. 633/1972", "art. 26"),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new("Il documento non ha importo negativo", "The document comes to no negative amount"),
    why: Text::new(
        "Una nota di credito riduce per sua natura: con importi negativi aumenterebbe il dovuto.",
        "A credit note takes away by its kind: with negative amounts it would add to what is due.",
    ),
    remedy: Text::new(
        "Chiedere al fornitore il documento con importi positivi: TD04 se riduce, TD01 o TD05 se aumenta.",
        "Ask the supplier for the document with positive amounts: TD04 if it takes away, TD01 or TD05 if it adds.",
    ),
    check: Check::Invoice(check),
};

fn check(case: &InvoiceCase<'_>) -> Outcome {
    let Some(gross) = case.invoice.gross() else { return Outcome::NotApplicable };
    Outcome::demand(gross >= Money::ZERO, || {
        let it = format!("Il documento è di {}: un importo negativo.", gross.italian());
        let en = format!("The document comes to {gross}: a negative amount.");
        Fault::new(InvoiceField::Total(TotalField::Stated), it, en)
            .with("gross", gross.to_string())
            .cured_by(Remedy::CreditNote)
    })
}
