// SPDX-License-Identifier: EUPL-1.2
//! `INV-030`: the invoice carries a CUP.
//!
//! # What it does
//! Looks for a CUP in all five blocks of related documents.
//! # Why
//! Without CUP the body may not pay.
//! # Source
//! D.L. 66/2014, art. 25 c. 2 letter b and c. 3.

use crate::domain::finding::Severity;
use crate::domain::invoice::InvoiceField;
use crate::domain::remedy::Remedy;
use crate::domain::sdi::RefusalCause;
use crate::domain::text::Text;
use crate::rules::{ALWAYS, Check, Fault, LegalSource, Outcome, Rule};

use super::{InvoiceCase, refuse_or};

pub(crate) const RULE: Rule = Rule {
    id: "INV-030",
    severity: Severity::Blocks,
    source: LegalSource::official("D.L. 66/2014", "art. 25 c. 2 e 3"),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new("Il CUP c'è", "The CUP is there"),
    why: Text::new(
        "Senza CUP la pubblica amministrazione non può pagare la fattura.",
        "Without a CUP the public body may not pay the invoice.",
    ),
    remedy: Text::new(
        "Nel termine SdI rifiutare con causa b; dopo, attestazione del dirigente o nota di credito e nuova fattura.",
        "Within the SdI term refuse with cause b; afterwards the manager's attestation, or a credit note and a new invoice.",
    ),
    check: Check::Invoice(check),
};

fn check(case: &InvoiceCase<'_>) -> Outcome {
    Outcome::demand(case.invoice.cups().next().is_some(), || {
        Fault::new(
            InvoiceField::References,
            "Manca il CUP: non c'è in nessuno dei cinque blocchi dei documenti correlati.",
            "The CUP is missing: it stands in none of the five blocks of related documents.",
        )
        .cured_by(refuse_or(case, RefusalCause::CigCup, Remedy::Attestation))
    })
}
