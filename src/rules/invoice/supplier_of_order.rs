// SPDX-License-Identifier: EUPL-1.2
//! `INV-021`: who invoices is who was ordered from.
//!
//! # What it does
//! Compares the key of the supplier with that of the order.
//! # Why
//! Another supplier's invoice on this order would be paid without a contract.
//! # Source
//! D.lgs. 36/2023, art. 120 (changes of the contractor); D.L. 66/2014, art. 25.

use crate::domain::finding::Severity;
use crate::domain::invoice::InvoiceField;
use crate::domain::remedy::Remedy;
use crate::domain::text::Text;
use crate::rules::{ALWAYS, Check, Fault, LegalSource, Outcome, Rule};

use super::{InvoiceCase, by_order};

pub(crate) const RULE: Rule = Rule {
    id: "INV-021",
    severity: Severity::Blocks,
    source: LegalSource::inferred("D.lgs. 36/2023", "art. 120"),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new("Il cedente è il fornitore dell'ordine", "The supplier is that of the order"),
    why: Text::new("Non si paga a chi non ha il contratto.", "Nobody is paid who has no contract."),
    remedy: Text::new(
        "Verificare il subentro del fornitore; altrimenti rifiutare o chiedere nota di credito.",
        "Check whether the supplier was lawfully replaced; otherwise refuse or ask for a credit note.",
    ),
    check: Check::Invoice(check),
};

fn check(case: &InvoiceCase<'_>) -> Outcome {
    by_order(case, |order| {
        let key = case.invoice.header.supplier.key().unwrap_or_default();
        Outcome::demand(key == order.supplier, || {
            let it = format!(
                "Il cedente ({key}) non è il fornitore dell'ordine {} ({}).",
                order.number, order.supplier
            );
            let en = format!(
                "The supplier ({key}) is not that of the order {} ({}).",
                order.number, order.supplier
            );
            let fault = Fault::new(InvoiceField::SupplierVat, it, en).with("supplier", &key);
            fault.with("expected", &order.supplier).cured_by(Remedy::CreditNote)
        })
    })
}
