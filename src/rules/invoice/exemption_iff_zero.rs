// SPDX-License-Identifier: EUPL-1.2
//! `INV-044`: an exemption stands where the rate is zero, and only there.
//!
//! # What it does
//! Looks at every line and row; split payment excludes reverse charge.
//! # Why
//! A rate of zero needs its reason, and a reason excludes a rate: otherwise the VAT is not what it should be.
//! # Source
//! SdI errors 00400, 00401, 00420, 00429, 00430.

use crate::domain::decimal::Percent;
use crate::domain::finding::Severity;
use crate::domain::invoice::{Exigibility, InvoiceField};
use crate::domain::remedy::Remedy;
use crate::domain::text::Text;
use crate::rules::{ALWAYS, Check, Fault, LegalSource, Outcome, Rule};

use super::InvoiceCase;

pub(crate) const RULE: Rule = Rule {
    id: "INV-044",
    severity: Severity::Blocks,
    source: LegalSource::official("SdI, elenco controlli", "00400, 00401, 00420, 00429, 00430"),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new(
        "La natura c'è se e solo se l'aliquota è zero",
        "An exemption stands if and only if the rate is zero",
    ),
    why: Text::new(
        "Un'aliquota zero vuole il suo perché, e un perché esclude l'aliquota.",
        "A rate of zero needs its reason, and a reason excludes a rate.",
    ),
    remedy: Text::new(
        "Chiedere al fornitore una nota di credito e una fattura corretta.",
        "Ask the supplier for a credit note and a correct invoice.",
    ),
    check: Check::Invoice(check),
};

fn check(case: &InvoiceCase<'_>) -> Outcome {
    let lines = case.invoice.lines.iter().enumerate().filter_map(|(n, line)| {
        let codes = ("00400", "00401");
        fault(InvoiceField::LineExemption(n), line.vat_rate, line.exemption.as_deref(), codes)
    });
    let rows = case.invoice.summaries.iter().enumerate().filter_map(|(n, row)| {
        let codes = ("00429", "00430");
        fault(InvoiceField::Summary(n), row.vat_rate, row.exemption.as_deref(), codes)
    });
    let reversed = case.invoice.summaries.iter().enumerate().filter_map(|(n, row)| {
        let is_reverse = row.exemption.as_deref().is_some_and(|code| code.starts_with("N6"));
        (is_reverse && row.exigibility == Some(Exigibility::SplitPayment)).then(|| {
            Fault::new(
                InvoiceField::SummaryExigibility(n),
                "Inversione contabile (N6) e scissione dei pagamenti insieme [SdI 00420].",
                "Reverse charge (N6) and split payment together [SdI 00420].",
            )
        })
    });
    Outcome::of(lines.chain(rows).chain(reversed).map(|fault| fault.cured_by(Remedy::CreditNote)))
}

fn fault(field: InvoiceField, rate: Percent, exemption: Option<&str>, codes: (&str, &str)) -> Option<Fault> {
    match (rate.is_zero(), exemption) {
        (true, None) => {
            let code = codes.0;
            let it = format!("Aliquota zero senza natura [SdI {code}].");
            let en = format!("A rate of zero without an exemption [SdI {code}].");
            Some(Fault::new(field, it, en))
        }
        (false, Some(exemption)) => {
            let code = codes.1;
            let it = format!("Natura {exemption} con un'aliquota [SdI {code}].");
            let en = format!("The exemption {exemption} together with a rate [SdI {code}].");
            Some(Fault::new(field, it, en))
        }
        (true, Some(_)) | (false, None) => None,
    }
}
