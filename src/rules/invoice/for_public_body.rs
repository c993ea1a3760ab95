// SPDX-License-Identifier: EUPL-1.2
//! `INV-001`: the invoice is one to a public administration.
//!
//! # What it does
//! Demands the format FPA12 (or the older 1.1), an office of six characters, and that format and version agree.
//! # Why
//! SdI delivers to a public body only the ordinary format for public administrations; anything else was never received through it.
//! # Source
//! Specifiche tecniche FatturaPA 1.2.3, fields 1.1.3 and 1.1.4; SdI error 00428.

use crate::domain::finding::Severity;
use crate::domain::invoice::{FormatVersion, InvoiceField};
use crate::domain::text::Text;
use crate::rules::{ALWAYS, Check, Fault, LegalSource, Outcome, Rule};

use super::InvoiceCase;

pub(crate) const RULE: Rule = Rule {
    id: "INV-001",
    severity: Severity::Blocks,
    source: LegalSource::official("Specifiche tecniche FatturaPA 1.2.3", "1.1.3, 1.1.4; SdI 00428"),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new(
        "La fattura è per una pubblica amministrazione",
        "The invoice is one to a public administration",
    ),
    why: Text::new(
        "Verso una pubblica amministrazione vale solo il formato FPA12, indirizzato a un ufficio di sei caratteri.",
        "To a public administration only the format FPA12 is valid, addressed to an office of six characters.",
    ),
    remedy: Text::new(
        "Chiedere al fornitore di emettere la fattura nel formato FPA12, indirizzata all'ufficio del Comune.",
        "Ask the supplier to issue the invoice in the format FPA12, addressed to the office of the Comune.",
    ),
    check: Check::Invoice(check),
};

fn check(case: &InvoiceCase<'_>) -> Outcome {
    let header = &case.invoice.header;
    let office = match header.version {
        FormatVersion::Fpa12 | FormatVersion::V11 => None,
        FormatVersion::Fpr12 | FormatVersion::Fsm10 => Some(Fault::new(
            InvoiceField::Version,
            format!("Il formato {} non è per una pubblica amministrazione.", header.version.as_str()),
            format!("The format {} is not one for a public administration.", header.version.as_str()),
        )),
    };
    let stated = header.stated_format.as_str();
    // The first national schema named its formats SDI10 and SDI11.
    let agrees = stated == header.version.as_str() || header.version == FormatVersion::V11;
    let format = (!agrees).then(|| {
        let version = header.version.as_str();
        let it = format!(
            "Il formato indicato ({stated}) non è la versione del documento ({version}) [SdI 00428]."
        );
        let en = format!(
            "The format stated ({stated}) is not the version of the document ({version}) [SdI 00428]."
        );
        Fault::new(InvoiceField::StatedFormat, it, en)
    });
    Outcome::of(office.into_iter().chain(format))
}
