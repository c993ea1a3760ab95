// SPDX-License-Identifier: EUPL-1.2
//! `ORD-102`: whoever took part has declared to have no conflict of interest.
//!
//! # What it does
//! Demands declaration n. 3 of the purchase kit for each capacity the programme's matrix asks of this order:
//! RUP, Punto Ordinante and so on. One person in several capacities declares for each.
//! # Why
//! An expense decided in a conflict of interest is not eligible; the declaration is checked at every control.
//! # Source
//! D.lgs. 36/2023 art. 16; Regulation (EU) 2021/241 art. 22; circ. RGS 13/2024. Who signs it here is our
//! reading.

use super::{ALWAYS, Case, Check, LegalSource, Outcome, Rule, declarations};
use crate::domain::declaration::DeclarationKind;
use crate::domain::finding::Severity;
use crate::domain::text::Text;

pub(crate) const RULE: Rule = Rule {
    id: "ORD-102",
    severity: Severity::Curable,
    source: LegalSource::inferred(
        "D.lgs. 36/2023",
        "art. 16; Reg. (UE) 2021/241, art. 22; circ. RGS 13/2024; kit d'acquisto, dichiarazione n. 3",
    ),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new(
        "Ci sono le dichiarazioni di assenza di conflitto di interesse",
        "The declarations of no conflict of interest are there",
    ),
    why: Text::new(
        "Una spesa decisa in conflitto di interesse non è ammissibile.",
        "An expense decided in a conflict of interest is not eligible.",
    ),
    remedy: Text::new(
        "Far firmare la dichiarazione n. 3 a ciascuno nella qualità indicata e allegarla all'ordine.",
        "Have declaration n. 3 signed by each person in the capacity named and attach it to the order.",
    ),
    check: Check::Order(check),
};

fn check(case: &Case<'_>) -> Outcome {
    declarations::missing(case, DeclarationKind::AssenzaConflittoInteresse)
}
