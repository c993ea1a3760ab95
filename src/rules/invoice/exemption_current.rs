// SPDX-License-Identifier: EUPL-1.2
//! `INV-045`: an exemption is said by its own code, not by a general one.
//!
//! # What it does
//! Tells N2, N3 and N6 without a number behind the point.
//! # Why
//! The general codes ended with 2020: SdI has refused them since.
//! # Source
//! SdI error 00448; Provvedimento AdE 99922/2020.

use crate::domain::finding::Severity;
use crate::domain::invoice::InvoiceField;
use crate::domain::text::Text;
use crate::rules::{Check, Fault, LegalSource, Outcome, Rule, day};

use super::InvoiceCase;

pub(crate) const RULE: Rule = Rule {
    id: "INV-045",
    severity: Severity::Warning,
    source: LegalSource::official("Provv. AdE 99922/2020; SdI", "00448"),
    in_force_from: day(2021, 1, 1),
    in_force_to: None,
    title: Text::new("La natura è quella di dettaglio", "The exemption is a detailed one"),
    why: Text::new(
        "I codici generici N2, N3 e N6 non sono più ammessi dal 2021.",
        "The general codes N2, N3 and N6 have not been allowed since 2021.",
    ),
    remedy: Text::new("Verificare la natura con il fornitore.", "Check the exemption with the supplier."),
    check: Check::Invoice(check),
};

fn check(case: &InvoiceCase<'_>) -> Outcome {
    let rows = case.invoice.summaries.iter().enumerate();
    Outcome::of(rows.filter_map(|(n, row)| {
        let general = row.exemption.as_deref().filter(|code| matches!(*code, "N2" | "N3" | "N6"))?;
        let it = format!("Natura generica {general}: dal 2021 serve quella di dettaglio [SdI 00448].");
        let en = format!("General exemption {general}: since 2021 the detailed one is needed [SdI 00448].");
        Some(Fault::new(InvoiceField::Summary(n), it, en).with("exemption", general))
    }))
}
