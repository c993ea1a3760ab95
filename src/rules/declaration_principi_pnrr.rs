// SPDX-License-Identifier: EUPL-1.2
//! `ORD-100`: the declaration on the PNRR principles is on file.
//!
//! # What it does
//! Demands declaration n. 1 of the purchase kit for each capacity and scope the programme's matrix asks of
//! this order.
//! # Why
//! The supplier undertakes tagging, equal opportunities, communication, DNSH and no double funding: without
//! it the expense is rejected when it is reported.
//! # Source
//! The purchase kit names the declaration; who signs it and when is a reading of the RGS guidelines (circ.
//! 30/2022).

use super::{ALWAYS, Case, Check, LegalSource, Outcome, Rule, declarations};
use crate::domain::declaration::DeclarationKind;
use crate::domain::finding::Severity;
use crate::domain::text::Text;

pub(crate) const RULE: Rule = Rule {
    id: "ORD-100",
    severity: Severity::Curable,
    source: LegalSource::inferred("Kit d'acquisto PNRR", "dichiarazione n. 1; circ. RGS 30/2022"),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new(
        "C'è la dichiarazione sul rispetto dei principi PNRR",
        "The declaration on the PNRR principles is there",
    ),
    why: Text::new(
        "Impegna il fornitore ai principi del PNRR; senza, la spesa è respinta in rendicontazione.",
        "It binds the supplier to the PNRR principles; without it the expense is rejected when reported.",
    ),
    remedy: Text::new(
        "Far firmare la dichiarazione n. 1 del kit d'acquisto e allegarla all'ordine.",
        "Have declaration n. 1 of the purchase kit signed and attach it to the order.",
    ),
    check: Check::Order(check),
};

fn check(case: &Case<'_>) -> Outcome {
    declarations::missing(case, DeclarationKind::PrincipiPnrr)
}
