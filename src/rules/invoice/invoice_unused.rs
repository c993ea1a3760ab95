// SPDX-License-Identifier: EUPL-1.2
//! `INV-060`: the invoice is not already here, under this CUP or another.
//!
//! # What it does
//! Looks for another document of the same supplier, year, number and class.
//! # Why
//! The same cost may be paid and reported once only.
//! # Source
//! Reg. (UE) 2021/241, art. 9; circ. RGS 33/2021; SdI error 00404; domain check R13.

use crate::domain::cup::Cup;
use crate::domain::finding::Severity;
use crate::domain::invoice::InvoiceField;
use crate::domain::remedy::Remedy;
use crate::domain::text::Text;
use crate::rules::{ALWAYS, Check, Fault, LegalSource, Outcome, Rule};

use super::InvoiceCase;

pub(crate) const RULE: Rule = Rule {
    id: "INV-060",
    severity: Severity::Blocks,
    source: LegalSource::official("Reg. (UE) 2021/241; SdI", "art. 9; 00404"),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new("La fattura non è già stata usata", "The invoice was not used before"),
    why: Text::new(
        "Lo stesso costo si paga e si rendiconta una volta sola.",
        "The same cost is paid and reported once only.",
    ),
    remedy: Text::new(
        "Non pagare: verificare quale dei due documenti è quello vero.",
        "Do not pay: find out which of the two documents is the true one.",
    ),
    check: Check::Invoice(check),
};

fn check(case: &InvoiceCase<'_>) -> Outcome {
    case.facts.same_invoice.judged(|uses| {
        let own = case.invoice.cup().map(Cup::as_str);
        Outcome::of(uses.iter().map(|used| {
            let number = &case.invoice.number;
            let fault = match used.cup.as_deref().filter(|cup| own.is_some_and(|own| own != *cup)) {
                Some(cup) => Fault::new(
                    InvoiceField::Number,
                    format!("La fattura {number} è già stata usata sul CUP {cup}: doppio finanziamento [SdI 00404]."),
                    format!("The invoice {number} was already used on the CUP {cup}: double funding [SdI 00404]."),
                )
                .with("cup", cup),
                None if used.id.is_none() => Fault::new(
                    InvoiceField::Number,
                    format!("La fattura {number} è già presso un altro ente [SdI 00404]."),
                    format!("The invoice {number} is with another body already [SdI 00404]."),
                ),
                None => Fault::new(
                    InvoiceField::Number,
                    format!("Una fattura {number} dello stesso fornitore e anno c'è già, con altro contenuto [SdI 00404]."),
                    format!("An invoice {number} of the same supplier and year is here already, with other content [SdI 00404]."),
                ),
            };
            let fault = fault.cured_by(Remedy::CreditNote);
            match &used.id {
                Some(id) => fault.with("invoice", id),
                None => fault,
            }
        }))
    })
}
