// SPDX-License-Identifier: EUPL-1.2
//! `INV-002`: a signature on the file fits its content.
//!
//! # What it does
//! Tells a file whose signature does not fit, and one whose signature could not be verified.
//! # Why
//! A signed document that was changed proves nothing; the original is at SdI and at the supplier.
//! # Source
//! Reg. (UE) 910/2014, art. 26 letter d: any later change of the data is detectable.

use crate::domain::finding::Severity;
use crate::domain::invoice::InvoiceField;
use crate::domain::text::Text;
use crate::rules::{ALWAYS, Check, Fault, LegalSource, Outcome, Rule};

use super::InvoiceCase;
use super::facts::SignatureFacts;

pub(crate) const RULE: Rule = Rule {
    id: "INV-002",
    severity: Severity::Blocks,
    source: LegalSource::official("Reg. (UE) 910/2014 (eIDAS)", "art. 26 lett. d"),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new("La firma corrisponde al contenuto", "The signature fits the content"),
    why: Text::new(
        "Una firma che non corrisponde dice che il contenuto è stato cambiato dopo.",
        "A signature that does not fit says that the content was changed afterwards.",
    ),
    remedy: Text::new(
        "Riprendere il file originale da SdI o dal fornitore: questo non si può conservare come prova.",
        "Take the original file from SdI or from the supplier: this one cannot be kept as evidence.",
    ),
    check: Check::Invoice(check),
};

fn check(case: &InvoiceCase<'_>) -> Outcome {
    match case.facts.signature {
        SignatureFacts::Absent => Outcome::NotApplicable,
        SignatureFacts::Intact => Outcome::Pass,
        SignatureFacts::Tampered => Fault::new(
            InvoiceField::Document,
            "La firma del file non corrisponde al contenuto: il contenuto è stato modificato dopo la firma.",
            "The signature of the file does not fit its content: the content was changed after signing.",
        )
        .into(),
        SignatureFacts::NotVerified => Outcome::NotVerifiable(Text::new(
            "la firma usa mezzi che qui non si possono verificare",
            "the signature uses means that cannot be verified here",
        )),
    }
}
