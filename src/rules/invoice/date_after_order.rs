// SPDX-License-Identifier: EUPL-1.2
//! `INV-023`: the invoice is not dated before its order.
//!
//! # What it does
//! Compares the two dates; advances too follow the order.
//! # Why
//! An invoice older than the order speaks of a purchase made before it was allowed.
//! # Source
//! D.lgs. 36/2023, art. 17; DPR 22/2018 on the period of eligibility; domain check R10.

use crate::domain::finding::Severity;
use crate::domain::invoice::InvoiceField;
use crate::domain::text::Text;
use crate::rules::{ALWAYS, Check, Fault, LegalSource, Outcome, Rule};

use super::{InvoiceCase, by_order};

pub(crate) const RULE: Rule = Rule {
    id: "INV-023",
    severity: Severity::Warning,
    source: LegalSource::inferred("D.lgs. 36/2023; DPR 22/2018", "art. 17"),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new("La fattura non precede l'ordine", "The invoice does not precede its order"),
    why: Text::new(
        "Una fattura anteriore all'ordine fa pensare a un acquisto fatto prima di poterlo fare.",
        "An invoice older than the order hints at a purchase made before it was allowed.",
    ),
    remedy: Text::new(
        "Chiarire con il fornitore e documentare il perché nel fascicolo.",
        "Clear it up with the supplier and document the reason in the file.",
    ),
    check: Check::Invoice(check),
};

fn check(case: &InvoiceCase<'_>) -> Outcome {
    by_order(case, |order| {
        Outcome::demand(case.invoice.date >= order.date, || {
            let (date, ordered) = (case.invoice.date, order.date);
            let it = format!("La fattura è del {date}, l'ordine {} del {ordered}.", order.number);
            let en = format!("The invoice is of {date}, the order {} of {ordered}.", order.number);
            Fault::new(InvoiceField::Date, it, en).with("date", date).with("order_date", ordered)
        })
    })
}
