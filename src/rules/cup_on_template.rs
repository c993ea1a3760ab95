// SPDX-License-Identifier: EUPL-1.2
//! `ORD-012`: the Comune's CUP was generated on the programme's template.
//!
//! # What it does
//! Compares the template read back from Sistema CUP with the one the programme prescribes.
//! # Why
//! The template fixes measure, nature and kind of the project; a CUP made without it does not show the PNRR
//! measure.
//! # Source
//! The programme's page: the CUP is generated on the template named there.

use super::{ALWAYS, Case, Check, Fault, LegalSource, Outcome, Rule};
use crate::domain::finding::Severity;
use crate::domain::order::Field;
use crate::domain::text::Text;

pub(crate) const RULE: Rule = Rule {
    id: "ORD-012",
    severity: Severity::Blocks,
    source: LegalSource::official("Avviso del programma", "generazione del CUP su template"),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new(
        "Il CUP è generato sul template del programma",
        "The CUP was made on the programme's template",
    ),
    why: Text::new(
        "Il template lega il CUP alla misura PNRR; un CUP generato senza template non vale per il programma.",
        "The template ties the CUP to the PNRR measure; a CUP made without it does not count for the programme.",
    ),
    remedy: Text::new(
        "Verificare il CUP su Sistema CUP; se il template è sbagliato, chiedere assistenza al DIPE e al Dipartimento.",
        "Check the CUP on Sistema CUP; if the template is wrong, ask DIPE and the Dipartimento for help.",
    ),
    check: Check::Order(check),
};

fn check(case: &Case<'_>) -> Outcome {
    let expected = &case.programme.cup_template.value;
    case.for_comune(|participation| match (&participation.cup, &participation.cup_template) {
        (None, _) => Outcome::NotApplicable,
        (Some(_), None) => Outcome::NotVerifiable(Text::new(
            "il template del CUP non è stato letto da Sistema CUP",
            "the template of the CUP has not been read back from Sistema CUP",
        )),
        (Some(cup), Some(template)) => Outcome::demand(template == expected, || {
            Fault::new(
                Field::Cup,
                format!("Il CUP {cup} è stato generato sul template {template}, non sul {expected}."),
                format!("The CUP {cup} was generated on template {template}, not on {expected}."),
            )
            .with("template", template)
            .with("expected", expected)
        }),
    })
}
