// SPDX-License-Identifier: EUPL-1.2
//! `INV-048`: the VAT is paid to the State, unless the law exempts.
//!
//! # What it does
//! Looks at each row with VAT; suppliers under withholding tax or a special regime are exempt.
//! # Why
//! With split payment the supplier gets the net only; paying it the VAT pays it twice.
//! # Source
//! D.P.R. 633/1972, art. 17-ter (c. 1-sexies for fees with withholding); domain check R9.

use crate::domain::finding::Severity;
use crate::domain::invoice::{Exigibility, InvoiceField};
use crate::domain::money::Money;
use crate::domain::remedy::Remedy;
use crate::domain::text::Text;
use crate::rules::{ALWAYS, Check, Fault, LegalSource, Outcome, Rule};

use super::InvoiceCase;

pub(crate) const RULE: Rule = Rule {
    id: "INV-048",
    severity: Severity::Warning,
    source: LegalSource::official("D.P.R. 633/1972", "art. 17-ter"),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new("L'IVA è in scissione dei pagamenti", "The VAT is under split payment"),
    why: Text::new(
        "Con la scissione dei pagamenti al fornitore va il netto e l'IVA allo Stato.",
        "Under split payment the supplier gets the net and the State the VAT.",
    ),
    remedy: Text::new(
        "Verificare il regime del fornitore; se non è esente chiedere nota di credito e fattura con esigibilità S.",
        "Check the regime of the supplier; if it is not exempt ask for a credit note and an invoice with exigibility S.",
    ),
    check: Check::Invoice(check),
};

/// Regimes in which no VAT is charged, or the VAT is inside the price (travel, used goods, publishing, smallest businesses).
const EXEMPT: [&str; 6] = ["RF02", "RF05", "RF10", "RF11", "RF12", "RF19"];

fn check(case: &InvoiceCase<'_>) -> Outcome {
    let supplier = &case.invoice.header.supplier;
    let is_exempt = supplier.regime.as_deref().is_some_and(|regime| EXEMPT.contains(&regime));
    if is_exempt || case.invoice.withheld > Money::ZERO {
        return Outcome::NotApplicable;
    }
    let rows = case.invoice.summaries.iter().enumerate();
    Outcome::of(rows.filter_map(|(n, row)| {
        if row.vat == Money::ZERO || row.exigibility == Some(Exigibility::SplitPayment) {
            return None;
        }
        let letter = row.exigibility.map_or("-", Exigibility::as_str);
        let it = format!("L'esigibilità dell'IVA è «{letter}», non «S» (scissione dei pagamenti).");
        let en = format!("The exigibility of the VAT is \"{letter}\", not \"S\" (split payment).");
        let fault = Fault::new(InvoiceField::SummaryExigibility(n), it, en).with("exigibility", letter);
        Some(fault.cured_by(Remedy::CreditNote))
    }))
}
