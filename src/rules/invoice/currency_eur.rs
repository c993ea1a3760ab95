// SPDX-License-Identifier: EUPL-1.2
//! `INV-047`: the invoice is in euro.
//!
//! # What it does
//! Compares the currency.
//! # Why
//! The grant, the order and the payment are in euro.
//! # Source
//! D.P.R. 633/1972, art. 21 c. 2; the programme's amounts are in euro.

use crate::domain::finding::Severity;
use crate::domain::invoice::InvoiceField;
use crate::domain::text::Text;
use crate::rules::{ALWAYS, Check, Fault, LegalSource, Outcome, Rule};

use super::InvoiceCase;

pub(crate) const RULE: Rule = Rule {
    id: "INV-047",
    severity: Severity::Blocks,
    source: LegalSource::inferred("D.P.R. 633/1972", "art. 21"),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new("La fattura è in euro", "The invoice is in euro"),
    why: Text::new(
        "Finanziamento, ordine e pagamento sono in euro.",
        "Grant, order and payment are in euro.",
    ),
    remedy: Text::new(
        "Chiedere al fornitore una fattura in euro.",
        "Ask the supplier for an invoice in euro.",
    ),
    check: Check::Invoice(check),
};

fn check(case: &InvoiceCase<'_>) -> Outcome {
    let currency = &case.invoice.currency;
    Outcome::demand(currency == "EUR", || {
        let it = format!("La divisa è {currency}.");
        let en = format!("The currency is {currency}.");
        Fault::new(InvoiceField::Currency, it, en).with("currency", currency)
    })
}
