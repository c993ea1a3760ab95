// SPDX-License-Identifier: EUPL-1.2
//! `INV-043`: the total, where one is stated, is what the rows come to.
//!
//! # What it does
//! Adds up taxable amounts, VAT and rounding; a stamp duty or a discount of the document may be in the stated total or not.
//! # Why
//! SdI does not check the total: who reads only it pays a wrong sum.
//! # Source
//! Specifiche tecniche FatturaPA 1.2.3, field 2.1.1.9; domain check R11.

use crate::domain::finding::Severity;
use crate::domain::invoice::{Invoice, InvoiceField, TotalField};
use crate::domain::money::Money;
use crate::domain::remedy::Remedy;
use crate::domain::text::Text;
use crate::rules::{ALWAYS, Check, Fault, LegalSource, Outcome, Rule};

use super::InvoiceCase;

pub(crate) const RULE: Rule = Rule {
    id: "INV-043",
    severity: Severity::Blocks,
    source: LegalSource::official("Specifiche tecniche FatturaPA 1.2.3", "2.1.1.9"),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new("Il totale torna", "The total adds up"),
    why: Text::new(
        "SdI non controlla il totale del documento.",
        "SdI does not check the total of the document.",
    ),
    remedy: Text::new(
        "Chiedere al fornitore una nota di credito e una fattura corretta.",
        "Ask the supplier for a credit note and a correct invoice.",
    ),
    check: Check::Invoice(check),
};

fn check(case: &InvoiceCase<'_>) -> Outcome {
    let Some(stated) = case.invoice.stated_total else { return Outcome::NotApplicable };
    let Some(computed) = case.invoice.gross() else {
        return Fault::new(
            InvoiceField::Total(TotalField::Stated),
            "La somma dei riepiloghi è troppo grande.",
            "The sum of the rows is too large.",
        )
        .into();
    };
    let is_it = |amount: Money| amount.abs_diff(stated) <= case.slack();
    Outcome::demand(lawful(case.invoice, computed).into_iter().flatten().any(is_it), || {
        let it = format!("Il totale indicato è {}, il calcolo dà {}.", stated.italian(), computed.italian());
        let en = format!("The stated total is {stated}, computed it is {computed}.");
        let fault = Fault::new(InvoiceField::Total(TotalField::Stated), it, en).with("stated", stated);
        fault.with("computed", computed).cured_by(Remedy::CreditNote)
    })
}

/// The totals that may be stated: with the stamp duty or without, with the discounts of the document or without.
fn lawful(invoice: &Invoice, computed: Money) -> [Option<Money>; 4] {
    let stamped = computed.checked_add(invoice.stamp.unwrap_or_default());
    let off = |amount: Money| amount.checked_add(invoice.document_allowance);
    [Some(computed), stamped, off(computed), stamped.and_then(off)]
}
