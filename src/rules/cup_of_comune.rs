// SPDX-License-Identifier: EUPL-1.2
//! `ORD-011`: every CUP in the order is the Comune's own for this programme.
//!
//! # What it does
//! Compares each place where a CUP stands with the CUP registered for the Comune, so that all places also
//! agree.
//! # Why
//! The CUP ties the expense to the grant; a Comune has many CUPs, and an order on another one is not this
//! grant's.
//! # Source
//! Avviso: the CUP is generated for this avviso and its communication is the acceptance. Delibera CIPE
//! 24/2004.

use super::{ALWAYS, Case, Check, Fault, LegalSource, Outcome, Rule};
use crate::domain::cup::Cup;
use crate::domain::finding::Severity;
use crate::domain::found::Found;
use crate::domain::order::Field;
use crate::domain::text::Text;

pub(crate) const RULE: Rule = Rule {
    id: "ORD-011",
    severity: Severity::Blocks,
    source: LegalSource::official("Avviso del programma", "CUP relativo all'Avviso; Delibera CIPE 24/2004"),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new("Il CUP è quello del Comune", "The CUP is the Comune's own"),
    why: Text::new(
        "Il CUP lega la spesa al finanziamento: con un altro CUP la spesa non è rendicontabile.",
        "The CUP ties the expense to the grant: with another CUP the expense cannot be reported.",
    ),
    remedy: Text::new(
        "Riportare in ogni punto dell'ordine il CUP registrato per il Comune nel programma.",
        "Put the CUP registered for the Comune in the programme in every place of the order.",
    ),
    check: Check::Order(check),
};

fn check(case: &Case<'_>) -> Outcome {
    if case.order.cups.iter().all(|code| code.ok().is_none()) {
        return Outcome::NotApplicable;
    }
    case.for_comune(|participation| match &participation.cup {
        Some(own) => Outcome::of(case.order.cups.iter().filter_map(|code| other(code, own))),
        None => Fault::new(
            Field::Cup,
            "Per questo Comune non risulta registrato alcun CUP: l'ordine non può essere collegato al finanziamento.",
            "No CUP is registered for this Comune: the order cannot be tied to the grant.",
        )
        .into(),
    })
}

fn other(code: &Found<Cup>, own: &Cup) -> Option<Fault> {
    let cup = code.ok().filter(|cup| *cup != own)?;
    let it = format!("Il CUP {cup} non è quello del Comune per questo programma ({own}).");
    let en = format!("The CUP {cup} is not the Comune's own for this programme ({own}).");
    Some(Fault::new(Field::Cup, it, en).at(code.at.as_ref()).with("cup", cup).with("expected", own))
}
