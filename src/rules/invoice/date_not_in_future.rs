// SPDX-License-Identifier: EUPL-1.2
//! `INV-024`: the invoice is not dated in the future.
//!
//! # What it does
//! Compares the date with the day in Rome.
//! # Why
//! SdI refuses an invoice dated after its receipt; one that is here cannot have passed it.
//! # Source
//! SdI error 00403.

use crate::domain::finding::Severity;
use crate::domain::invoice::InvoiceField;
use crate::domain::text::Text;
use crate::rules::{ALWAYS, Check, Fault, LegalSource, Outcome, Rule};

use super::InvoiceCase;

pub(crate) const RULE: Rule = Rule {
    id: "INV-024",
    severity: Severity::Blocks,
    source: LegalSource::official("SdI, elenco controlli", "00403"),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new("La fattura non è datata nel futuro", "The invoice is not dated in the future"),
    why: Text::new(
        "SdI scarta le fatture con data successiva alla ricezione.",
        "SdI rejects invoices dated after their receipt.",
    ),
    remedy: Text::new(
        "Chiedere al fornitore una fattura con la data giusta.",
        "Ask the supplier for an invoice with the right date.",
    ),
    check: Check::Invoice(check),
};

fn check(case: &InvoiceCase<'_>) -> Outcome {
    let (date, today) = (case.invoice.date, case.today());
    Outcome::demand(date <= today, || {
        let it = format!("La data della fattura ({date}) è nel futuro [SdI 00403].");
        let en = format!("The date of the invoice ({date}) lies in the future [SdI 00403].");
        Fault::new(InvoiceField::Date, it, en).with("date", date).with("today", today)
    })
}
