// SPDX-License-Identifier: EUPL-1.2
//! `INV-031`: every CUP on the invoice is the Comune's own for this programme.
//!
//! # What it does
//! Compares each CUP, wherever it stands, with that of the order, or else of the participation.
//! # Why
//! Another CUP ties the expense to another project: the same cost could be paid twice.
//! # Source
//! D.L. 66/2014, art. 25 c. 2 letter b; Reg. (UE) 2021/241, art. 9 (no double funding).

use crate::domain::cup::Cup;
use crate::domain::finding::Severity;
use crate::domain::found::Found;
use crate::domain::invoice::InvoiceField;
use crate::domain::remedy::Remedy;
use crate::domain::sdi::RefusalCause;
use crate::domain::text::Text;
use crate::rules::facts::Fact;
use crate::rules::{ALWAYS, Check, Fault, LegalSource, Outcome, Rule};

use super::{InvoiceCase, refuse_or};

pub(crate) const RULE: Rule = Rule {
    id: "INV-031",
    severity: Severity::Blocks,
    source: LegalSource::official("D.L. 66/2014; Reg. (UE) 2021/241", "art. 25 c. 2 lett. b; art. 9"),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new("Il CUP è quello dell'ordine", "The CUP is that of the order"),
    why: Text::new(
        "Un altro CUP lega la spesa a un altro progetto.",
        "Another CUP ties the expense to another project.",
    ),
    remedy: Text::new(
        "Nel termine SdI rifiutare con causa b; dopo, nota di credito e nuova fattura, o attestazione del dirigente.",
        "Within the SdI term refuse with cause b; afterwards a credit note and a new invoice, or the manager's attestation.",
    ),
    check: Check::Invoice(check),
};

fn check(case: &InvoiceCase<'_>) -> Outcome {
    if case.invoice.cups().next().is_none() {
        return Outcome::NotApplicable;
    }
    let by_participation = || {
        case.facts.participation.judged(|participation| {
            let own = participation.as_ref().and_then(|participation| participation.cup.as_ref());
            own.map_or(Outcome::NotApplicable, |own| compare(case, own))
        })
    };
    match &case.facts.order {
        Fact::Known(Some(order)) => match &order.cup {
            Some(own) => compare(case, own),
            None => by_participation(),
        },
        Fact::Known(None) | Fact::Unavailable(_) => by_participation(),
    }
}

fn compare(case: &InvoiceCase<'_>, own: &Cup) -> Outcome {
    Outcome::of(case.invoice.cups().filter(|code| code.ok() != Some(own)).map(|code| other(case, code, own)))
}

fn other(case: &InvoiceCase<'_>, code: &Found<Cup>, own: &Cup) -> Fault {
    let (it, en) = match &code.value {
        Ok(cup) => (
            format!("Il CUP {cup} non è quello del Comune per questo programma ({own})."),
            format!("The CUP {cup} is not the Comune's own for this programme ({own})."),
        ),
        Err(why) => (
            format!("Il CUP «{}» è errato: {}. È atteso {own}.", code.raw, why.it),
            format!("The CUP \"{}\" is wrong: {}. {own} is expected.", code.raw, why.en),
        ),
    };
    Fault::new(InvoiceField::References, it, en)
        .at(code.at.as_ref())
        .with("cup", &code.raw)
        .with("expected", own)
        .cured_by(refuse_or(case, RefusalCause::CigCup, Remedy::CreditNote))
}
