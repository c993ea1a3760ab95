// SPDX-License-Identifier: EUPL-1.2
//! `INV-049`: the VAT rate is the one that was ordered.
//!
//! # What it does
//! Compares the rate of each line with that of its line of the order.
//! # Why
//! The order reserved the total with its VAT: another rate is another sum.
//! # Source
//! D.P.R. 633/1972, art. 16; domain check R9.

use crate::domain::finding::Severity;
use crate::domain::invoice::InvoiceField;
use crate::domain::text::Text;
use crate::rules::{ALWAYS, Check, Fault, LegalSource, Outcome, Rule};

use super::case::rate;
use super::{InvoiceCase, by_order};

pub(crate) const RULE: Rule = Rule {
    id: "INV-049",
    severity: Severity::Warning,
    source: LegalSource::inferred("D.P.R. 633/1972", "art. 16"),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new("L'aliquota è quella dell'ordine", "The rate is that of the order"),
    why: Text::new(
        "L'ordine ha prenotato il totale con la sua IVA.",
        "The order reserved the total with its VAT.",
    ),
    remedy: Text::new(
        "Verificare quale aliquota è giusta con il fornitore.",
        "Check with the supplier which rate is right.",
    ),
    check: Check::Invoice(check),
};

fn check(case: &InvoiceCase<'_>) -> Outcome {
    by_order(case, |order| {
        let lines = case.matched_lines(order).into_iter();
        Outcome::of(lines.filter_map(|(n, line, ordered)| {
            let expected = ordered.vat_rate.filter(|expected| *expected != line.vat_rate)?;
            let (found, expected) = (rate(line.vat_rate), rate(expected));
            let it = format!("Riga {}: l'aliquota è {found}, nell'ordine {expected}.", line.number);
            let en = format!("Line {}: the rate is {found}, in the order {expected}.", line.number);
            let fault = Fault::new(InvoiceField::LineVatRate(n), it, en);
            Some(fault.with("vat_rate", found).with("expected", expected))
        }))
    })
}
