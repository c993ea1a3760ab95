// SPDX-License-Identifier: EUPL-1.2
//! `ORD-010`: the order carries a CUP, and every CUP in it has the right shape.
//!
//! # What it does
//! Demands at least one CUP and reports each place where the text is not one. There is no public check digit:
//! shape only.
//! # Why
//! An act that authorises public investment without its CUP is null, and an invoice without it may not be
//! paid.
//! # Source
//! L. 3/2003 art. 11 c. 2-bis (nullity); Delibera CIPE 24/2004 (CUP on all papers); DL 66/2014 art. 25
//! (invoices).

use super::{ALWAYS, Case, Check, Fault, LegalSource, Outcome, Rule};
use crate::domain::finding::Severity;
use crate::domain::order::Field;
use crate::domain::text::Text;

pub(crate) const RULE: Rule = Rule {
    id: "ORD-010",
    severity: Severity::Blocks,
    source: LegalSource::official(
        "L. 3/2003",
        "art. 11 c. 2-bis; Delibera CIPE 24/2004; DL 66/2014, art. 25 c. 2",
    ),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new("Il CUP c'è ed è ben formato", "The CUP is there and well formed"),
    why: Text::new(
        "Senza CUP l'atto di spesa è nullo e la fattura non può essere pagata.",
        "Without the CUP the spending act is null and the invoice may not be paid.",
    ),
    remedy: Text::new(
        "Scrivere nell'ordine il CUP del Comune per questo programma: 15 caratteri, senza spazi.",
        "Write the Comune's CUP for this programme in the order: 15 characters, no blanks.",
    ),
    check: Check::Order(check),
};

fn check(case: &Case<'_>) -> Outcome {
    if case.order.cups.is_empty() {
        return Fault::new(Field::Cup, "L'ordine non riporta il CUP.", "The order carries no CUP.").into();
    }
    Outcome::of(case.order.cups.iter().filter_map(|code| {
        let reason = code.value.as_ref().err()?;
        let it = format!("«{}» {}.", code.raw, reason.it);
        let en = format!("\"{}\": {}.", code.raw, reason.en);
        Some(Fault::new(Field::Cup, it, en).at(code.at.as_ref()).with("cup", &code.raw))
    }))
}
