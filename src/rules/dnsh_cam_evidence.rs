// SPDX-License-Identifier: EUPL-1.2
//! `ORD-106`: every green rule the goods fall under has its evidence, or a reason why it does not concern
//! them.
//!
//! # What it does
//! For each green rule of the lines' sheets looks, in the DNSH/CAM declarations, for evidence: a document, or
//! a `not_applicable` with a reason. A blank reason does not count.
//! # Why
//! The declaration alone is a promise; ecolabel, RoHS, RAEE registration or the guarantee of the furniture
//! are the proof.
//! # Source
//! RGS operating guide on DNSH (circ. 22/2024); DM 254 of 23 June 2022 and DM 17 October 2019 (CAM). Which
//! sheet falls under which is our reading.

use super::{ALWAYS, Case, Check, Fault, LegalSource, Outcome, Rule, declarations};
use crate::domain::declaration::{DeclarationKind, GreenEvidence, GreenRule};
use crate::domain::finding::Severity;
use crate::domain::order::Field;
use crate::domain::text::Text;
use crate::programme::SheetMatch;

pub(crate) const RULE: Rule = Rule {
    id: "ORD-106",
    severity: Severity::Curable,
    source: LegalSource::inferred(
        "Guida operativa DNSH (circ. RGS 22/2024)",
        "schede 3 e 6; DM 254 del 23/06/2022; DM 17/10/2019",
    ),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new("Ogni requisito DNSH/CAM è documentato", "Every DNSH/CAM requirement is documented"),
    why: Text::new(
        "La dichiarazione è una promessa; etichette, conformità e garanzie ne sono la prova.",
        "The declaration is a promise; labels, conformity and guarantees are its proof.",
    ),
    remedy: Text::new(
        "Allegare la documentazione tecnica del requisito, oppure dichiararlo non applicabile con il motivo.",
        "Attach the technical documents of the requirement, or declare it not applicable with the reason.",
    ),
    check: Check::Order(check),
};

fn check(case: &Case<'_>) -> Outcome {
    let mut due = GreenRule::ALL.iter().filter(|rule| is_due(case, **rule)).peekable();
    if due.peek().is_none() {
        return Outcome::NotApplicable;
    }
    Outcome::of(due.filter(|rule| !is_shown(case, **rule)).map(|rule| missing(case, *rule)))
}

fn is_due(case: &Case<'_>, rule: GreenRule) -> bool {
    rule.asks_evidence() && case.lines().any(|(_, _, sheet)| is_under(sheet, rule))
}

fn is_under(sheet: SheetMatch<'_>, rule: GreenRule) -> bool {
    sheet.sheet().is_some_and(|found| found.sheet.green == rule)
}

fn is_shown(case: &Case<'_>, rule: GreenRule) -> bool {
    declarations::counting(case)
        .filter(|declaration| declaration.kind == DeclarationKind::DnshCam)
        .flat_map(|declaration| &declaration.evidence)
        .any(|evidence| evidence.green_rule == rule && counts(evidence))
}

fn counts(evidence: &GreenEvidence) -> bool {
    let reasoned = evidence.not_applicable.as_ref().is_some_and(|reason| !reason.trim().is_empty());
    evidence.document.is_some() || reasoned
}

fn missing(case: &Case<'_>, rule: GreenRule) -> Fault {
    let of_rule = case.lines().filter(|(_, _, sheet)| is_under(*sheet, rule));
    let lines = of_rule.map(|(_, line, _)| line.id.as_str()).collect::<Vec<_>>().join(", ");
    let it = format!("Manca la prova per «{}» (righe: {lines}).", rule.label_it());
    let en = format!("The evidence for {rule} is missing (lines: {lines}).");
    Fault::new(Field::Declarations, it, en).with("green_rule", rule).with("lines", lines)
}
