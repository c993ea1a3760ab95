// SPDX-License-Identifier: EUPL-1.2
//! `ORD-021`: every CIG in the order is well formed and its check digits are right.
//!
//! # What it does
//! Reports each place where the text is neither a CIG nor an exclusion code, with what is wrong in it.
//! # Why
//! A CIG copied with one wrong character makes order, invoice and payment untraceable; the check digits catch
//! every such error.
//! # Source
//! ANAC, "Algoritmo validazione CIG" (public repository of the PCP).

use super::{ALWAYS, Case, Check, Fault, LegalSource, Outcome, Rule};
use crate::domain::finding::Severity;
use crate::domain::order::Field;
use crate::domain::text::Text;

pub(crate) const RULE: Rule = Rule {
    id: "ORD-021",
    severity: Severity::Blocks,
    source: LegalSource::official("ANAC", "algoritmo di validazione del CIG"),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new("Le cifre di controllo del CIG sono giuste", "The check digits of the CIG are right"),
    why: Text::new(
        "Un CIG trascritto male rende non tracciabili ordine, fattura e pagamento.",
        "A CIG copied wrongly makes order, invoice and payment untraceable.",
    ),
    remedy: Text::new(
        "Ricopiare il CIG dalla piattaforma ANAC o dal MePA.",
        "Copy the CIG again from ANAC's platform or MePA.",
    ),
    check: Check::Order(check),
};

fn check(case: &Case<'_>) -> Outcome {
    Outcome::of(case.order.cigs.iter().filter_map(|code| {
        let reason = code.value.as_ref().err()?;
        let it = format!("«{}» {}.", code.raw, reason.it);
        let en = format!("\"{}\": {}.", code.raw, reason.en);
        Some(Fault::new(Field::Cig, it, en).at(code.at.as_ref()).with("cig", &code.raw))
    }))
}
