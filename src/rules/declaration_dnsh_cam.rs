// SPDX-License-Identifier: EUPL-1.2
//! `ORD-103`: the DNSH/CAM declaration is on file where goods need it.
//!
//! # What it does
//! Demands declaration n. 4 of the purchase kit when a line falls under a green rule of the catalogue: for
//! the whole order, or for each such line.
//! # Why
//! "Do no significant harm" is a condition of every PNRR euro, and the minimum environmental criteria are due
//! by law.
//! # Source
//! D.lgs. 36/2023 art. 57 c. 2 (CAM); Regulation (EU) 2021/241 art. 5 (DNSH); RGS operating guide (circ.
//! 22/2024). Which sheets need it is our reading.

use super::{ALWAYS, Case, Check, LegalSource, Outcome, Rule, declarations};
use crate::domain::declaration::DeclarationKind;
use crate::domain::finding::Severity;
use crate::domain::text::Text;

pub(crate) const RULE: Rule = Rule {
    id: "ORD-103",
    severity: Severity::Curable,
    source: LegalSource::inferred(
        "D.lgs. 36/2023",
        "art. 57 c. 2; Reg. (UE) 2021/241, art. 5; circ. RGS 22/2024; kit d'acquisto, dichiarazione n. 4",
    ),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new("C'è la dichiarazione DNSH/CAM", "The DNSH/CAM declaration is there"),
    why: Text::new(
        "Il rispetto di DNSH e CAM è condizione del finanziamento per i beni che vi ricadono.",
        "Keeping DNSH and CAM is a condition of the funding for the goods under them.",
    ),
    remedy: Text::new(
        "Chiedere al fornitore la dichiarazione n. 4, per l'ordine o per ciascuna riga, e allegarla.",
        "Ask the supplier for declaration n. 4, for the order or for each line, and attach it.",
    ),
    check: Check::Order(check),
};

fn check(case: &Case<'_>) -> Outcome {
    declarations::missing(case, DeclarationKind::DnshCam)
}
