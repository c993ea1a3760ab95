// SPDX-License-Identifier: EUPL-1.2
//! `ORD-022`: the CIG is of the kind issued today.
//!
//! # What it does
//! Warns of a CIG whose layout is not among the programme's datum `cig_kinds`: an old Simog one, a SmartCIG.
//! # Why
//! Since 1 January 2024 CIG come from the PCP and begin with a letter A to U; an old one usually belongs to
//! another, older purchase. It stays a warning: that no old CIG can be meant is our reading.
//! # Source
//! D.lgs. 36/2023 art. 25 and 225 (digital platforms from 1 January 2024); ANAC, validation algorithm (kinds
//! of CIG).

use super::{Case, Check, Fault, LegalSource, Outcome, Rule, day};
use crate::domain::finding::Severity;
use crate::domain::order::Field;
use crate::domain::text::Text;

pub(crate) const RULE: Rule = Rule {
    id: "ORD-022",
    severity: Severity::Warning,
    source: LegalSource::inferred(
        "ANAC",
        "algoritmo di validazione del CIG; SmartCIG non più rilasciati dal 2024",
    ),
    in_force_from: day(2024, 1, 1),
    in_force_to: None,
    title: Text::new("Il CIG è del tipo rilasciato oggi", "The CIG is of the kind issued today"),
    why: Text::new(
        "Dal 1° gennaio 2024 i CIG nascono sulla piattaforma PCP: uno vecchio appartiene di solito a un altro acquisto.",
        "Since 1 January 2024 CIG come from the PCP platform: an old one usually belongs to another purchase.",
    ),
    remedy: Text::new(
        "Controllare che il CIG sia stato acquisito per questo ordine.",
        "Check that the CIG was obtained for this order.",
    ),
    check: Check::Order(check),
};

fn check(case: &Case<'_>) -> Outcome {
    let Some(cig) = case.order.cig() else { return Outcome::NotApplicable };
    let kind = cig.kind();
    Outcome::demand(case.programme.cig_kinds.value.contains(&kind), || {
        Fault::new(
            Field::Cig,
            format!("Il CIG {cig} è di tipo {kind}, non più rilasciato alla data dell'ordine."),
            format!("The CIG {cig} is of kind {kind}, no longer issued on the date of the order."),
        )
        .with("cig", cig)
        .with("kind", kind)
    })
}
