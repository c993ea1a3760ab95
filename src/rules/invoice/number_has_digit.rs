// SPDX-License-Identifier: EUPL-1.2
//! `INV-046`: the number of the invoice has a digit in it.
//!
//! # What it does
//! Looks for one.
//! # Why
//! SdI refuses a number without any digit; payment and credit note find an invoice by its number.
//! # Source
//! SdI error 00425.

use crate::domain::finding::Severity;
use crate::domain::invoice::InvoiceField;
use crate::domain::text::Text;
use crate::rules::{ALWAYS, Check, Fault, LegalSource, Outcome, Rule};

use super::InvoiceCase;

pub(crate) const RULE: Rule = Rule {
    id: "INV-046",
    severity: Severity::Warning,
    source: LegalSource::official("SdI, elenco controlli", "00425"),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new("Il numero contiene una cifra", "The number has a digit"),
    why: Text::new(
        "Fattura e pagamento si ritrovano dal numero.",
        "Invoice and payment are found by the number.",
    ),
    remedy: Text::new("Verificare il numero con il fornitore.", "Check the number with the supplier."),
    check: Check::Invoice(check),
};

fn check(case: &InvoiceCase<'_>) -> Outcome {
    let number = &case.invoice.number;
    Outcome::demand(number.bytes().any(|byte| byte.is_ascii_digit()), || {
        let it = format!("Il numero «{number}» non contiene cifre [SdI 00425].");
        let en = format!("The number \"{number}\" has no digit [SdI 00425].");
        Fault::new(InvoiceField::Number, it, en).with("number", number)
    })
}
