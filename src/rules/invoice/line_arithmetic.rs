// SPDX-License-Identifier: EUPL-1.2
//! `INV-040`: each line adds up.
//!
//! # What it does
//! Recomputes quantity times unit price, discounts and surcharges applied one after the other.
//! # Why
//! SdI checks it too; what came another way was checked by nobody.
//! # Source
//! SdI error 00423; the tolerance is the programme's, since the official figure is not published.

use crate::domain::finding::Severity;
use crate::domain::invoice::InvoiceField;
use crate::domain::text::Text;
use crate::rules::{ALWAYS, Check, Fault, LegalSource, Outcome, Rule};

use super::InvoiceCase;

pub(crate) const RULE: Rule = Rule {
    id: "INV-040",
    severity: Severity::Warning,
    source: LegalSource::official("SdI, elenco controlli", "00423"),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new("Le righe tornano", "The lines add up"),
    why: Text::new(
        "Il prezzo totale di riga è quantità per prezzo unitario, con sconti e maggiorazioni.",
        "The amount of a line is quantity times unit price, with discounts and surcharges.",
    ),
    remedy: Text::new("Verificare la riga con il fornitore.", "Check the line with the supplier."),
    check: Check::Invoice(check),
};

fn check(case: &InvoiceCase<'_>) -> Outcome {
    let lines = case.invoice.lines.iter().enumerate();
    Outcome::of(lines.filter_map(|(n, line)| {
        let computed = line.computed_net();
        if computed.is_some_and(|computed| computed.is_within(line.net, case.slack())) {
            return None;
        }
        let shown = computed.map_or_else(|| "?".to_owned(), |computed| computed.to_string());
        let it = format!(
            "Riga {}: il prezzo totale è {}, il calcolo dà {shown} [SdI 00423].",
            line.number, line.net
        );
        let en =
            format!("Line {}: the amount is {}, computed it is {shown} [SdI 00423].", line.number, line.net);
        let fault = Fault::new(InvoiceField::LineNet(n), it, en);
        Some(fault.with("stated", line.net).with("computed", shown))
    }))
}
