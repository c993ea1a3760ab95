// SPDX-License-Identifier: EUPL-1.2
//! `INV-042`: the VAT of each row is its rate of the taxable amount.
//!
//! # What it does
//! Recomputes the tax of each row.
//! # Why
//! The VAT is what the Comune pays to the State under split payment.
//! # Source
//! SdI error 00421; the tolerance is the programme's, since the official figure is not published.

use crate::domain::decimal::Exact;
use crate::domain::finding::Severity;
use crate::domain::invoice::InvoiceField;
use crate::domain::remedy::Remedy;
use crate::domain::text::Text;
use crate::rules::{ALWAYS, Check, Fault, LegalSource, Outcome, Rule};

use super::InvoiceCase;
use super::case::rate;

pub(crate) const RULE: Rule = Rule {
    id: "INV-042",
    severity: Severity::Blocks,
    source: LegalSource::official("SdI, elenco controlli", "00421"),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new("L'IVA torna", "The VAT adds up"),
    why: Text::new(
        "L'IVA è quanto il Comune versa allo Stato con la scissione dei pagamenti.",
        "The VAT is what the Comune pays to the State under split payment.",
    ),
    remedy: Text::new(
        "Chiedere al fornitore una nota di credito e una fattura corretta.",
        "Ask the supplier for a credit note and a correct invoice.",
    ),
    check: Check::Invoice(check),
};

fn check(case: &InvoiceCase<'_>) -> Outcome {
    let rows = case.invoice.summaries.iter().enumerate();
    Outcome::of(rows.filter_map(|(n, row)| {
        let computed = Exact::percent_of(row.net, row.vat_rate)?;
        if computed.abs_diff_cents_at_most(row.vat, case.slack()) {
            return None;
        }
        let (stated, percent) = (row.vat, rate(row.vat_rate));
        let it = format!(
            "L'imposta è {}, il {percent} di {} è {computed} [SdI 00421].",
            stated.italian(),
            row.net.italian()
        );
        let en = format!("The tax is {stated}, {percent} of {} is {computed} [SdI 00421].", row.net);
        let fault = Fault::new(InvoiceField::SummaryVat(n), it, en).with("stated", stated);
        Some(fault.with("computed", computed).cured_by(Remedy::CreditNote))
    }))
}
