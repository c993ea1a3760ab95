// SPDX-License-Identifier: EUPL-1.2
//! `INV-070`: the invoices of an order do not exceed it.
//!
//! # What it does
//! Adds the total to what other invoices, less their credit notes, have taken of the order.
//! # Why
//! What is over the order has no contract and no reserved money.
//! # Source
//! D.lgs. 36/2023, art. 120; D.lgs. 267/2000, art. 183 and 191; domain check R7.

use crate::domain::finding::Severity;
use crate::domain::invoice::{InvoiceField, TotalField};
use crate::domain::remedy::Remedy;
use crate::domain::text::Text;
use crate::rules::{ALWAYS, Check, Fault, LegalSource, Outcome, Rule};

use super::{InvoiceCase, by_order};

pub(crate) const RULE: Rule = Rule {
    id: "INV-070",
    severity: Severity::Blocks,
    source: LegalSource::official("D.lgs. 36/2023; D.lgs. 267/2000", "art. 120; art. 183 e 191"),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new("Le fatture non superano l'ordine", "The invoices do not exceed the order"),
    why: Text::new(
        "Ciò che supera l'ordine non ha contratto né impegno.",
        "What is over the order has neither contract nor committed money.",
    ),
    remedy: Text::new(
        "Chiedere una nota di credito per la parte in più, o variare l'ordine e l'impegno prima di pagare.",
        "Ask for a credit note for what is over, or change order and commitment before paying.",
    ),
    check: Check::Invoice(check),
};

fn check(case: &InvoiceCase<'_>) -> Outcome {
    if case.is_credit_note() {
        return Outcome::NotApplicable;
    }
    by_order(case, |order| {
        let sum = case.invoice.gross().and_then(|gross| gross.checked_add(order.invoiced));
        let over = sum.and_then(|sum| sum.checked_sub(order.gross)).unwrap_or_default();
        Outcome::demand(over.cents() <= case.slack(), || {
            let (sum, ordered) = (sum.unwrap_or_default(), order.gross);
            let it = format!(
                "Con questa fattura l'ordine {} ({}) è fatturato per {}: {} in più.",
                order.number,
                ordered.italian(),
                sum.italian(),
                over.italian()
            );
            let en = format!(
                "With this invoice {sum} is invoiced of the order {} ({ordered}): {over} over.",
                order.number
            );
            let fault = Fault::new(InvoiceField::Total(TotalField::Stated), it, en).with("ordered", ordered);
            fault.with("invoiced", sum).with("over", over).cured_by(Remedy::CreditNote)
        })
    })
}
