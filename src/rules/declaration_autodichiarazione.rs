// SPDX-License-Identifier: EUPL-1.2
//! `ORD-101`: the supplier's self-declaration is on file.
//!
//! # What it does
//! Demands declaration n. 2 of the purchase kit for each capacity and scope the programme's matrix asks of
//! this order.
//! # Why
//! It states the requirements, the titolare effettivo and the dedicated account; below 40,000 euro it
//! replaces the proof on documents.
//! # Source
//! The purchase kit; D.lgs. 36/2023 art. 52 and DPR 445/2000. Who signs it and when is our reading.

use super::{ALWAYS, Case, Check, LegalSource, Outcome, Rule, declarations};
use crate::domain::declaration::DeclarationKind;
use crate::domain::finding::Severity;
use crate::domain::text::Text;

pub(crate) const RULE: Rule = Rule {
    id: "ORD-101",
    severity: Severity::Curable,
    source: LegalSource::inferred(
        "Kit d'acquisto PNRR",
        "dichiarazione n. 2; D.lgs. 36/2023, art. 52; DPR 445/2000, art. 46-47",
    ),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new("C'è l'autodichiarazione del fornitore", "The supplier's self-declaration is there"),
    why: Text::new(
        "Attesta requisiti, titolare effettivo e conto dedicato; sotto 40.000 euro sostituisce la prova documentale.",
        "It states requirements, titolare effettivo and dedicated account; below 40,000 euro it replaces the proof on documents.",
    ),
    remedy: Text::new(
        "Chiedere al fornitore l'autodichiarazione n. 2 del kit d'acquisto, firmata, e allegarla all'ordine.",
        "Ask the supplier for the signed self-declaration n. 2 of the purchase kit and attach it to the order.",
    ),
    check: Check::Order(check),
};

fn check(case: &Case<'_>) -> Outcome {
    declarations::missing(case, DeclarationKind::Autodichiarazione)
}
