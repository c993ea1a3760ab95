// SPDX-License-Identifier: EUPL-1.2
//! `INV-011`: the supplier's Italian VAT number has its check digit.
//!
//! # What it does
//! Recomputes the check digit of an Italian VAT number.
//! # Why
//! A number that cannot exist is nobody's: the order, the CIG and the payment will not find it.
//! # Source
//! D.M. 23 December 1976, check digit of the VAT number; SdI error 00301.

use crate::domain::finding::Severity;
use crate::domain::invoice::InvoiceField;
use crate::domain::text::Text;
use crate::rules::{ALWAYS, Check, Fault, LegalSource, Outcome, Rule};

use super::InvoiceCase;

pub(crate) const RULE: Rule = Rule {
    id: "INV-011",
    severity: Severity::Warning,
    source: LegalSource::official("D.M. 23/12/1976; SdI", "00301"),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new(
        "La partita IVA del cedente esiste nella forma",
        "The supplier's VAT number is well formed",
    ),
    why: Text::new(
        "Una partita IVA impossibile non si ritrova nell'ordine né nel pagamento.",
        "A VAT number that cannot exist is found neither in the order nor in the payment.",
    ),
    remedy: Text::new(
        "Verificare la partita IVA del fornitore; se è sbagliata serve una nota di credito e una nuova fattura.",
        "Check the VAT number of the supplier; if it is wrong a credit note and a new invoice are needed.",
    ),
    check: Check::Invoice(check),
};

fn check(case: &InvoiceCase<'_>) -> Outcome {
    let Some(vat) = &case.invoice.header.supplier.vat else { return Outcome::NotApplicable };
    if vat.country != "IT" {
        return Outcome::NotApplicable;
    }
    Outcome::demand(vat.partita_iva().is_some(), || {
        let it = format!("La partita IVA {vat} non ha la cifra di controllo giusta.");
        let en = format!("The VAT number {vat} does not have the right check digit.");
        Fault::new(InvoiceField::SupplierVat, it, en).with("vat_number", vat)
    })
}
