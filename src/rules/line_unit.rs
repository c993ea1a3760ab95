// SPDX-License-Identifier: EUPL-1.2
//! `ORD-034`: every unit of measure is in UN/ECE Recommendation 20.
//!
//! # What it does
//! Warns of a line whose unit is not in the code list that UBL orders use.
//! # Why
//! The invoice will be compared by quantity; with an unknown unit nobody can tell whether 1 is a box or a
//! piece.
//! # Source
//! Peppol BIS Ordering 3, code list UNECERec20.

use super::{ALWAYS, Case, Check, Fault, LegalSource, Outcome, Rule};
use crate::domain::finding::Severity;
use crate::domain::order::{Field, Line};
use crate::domain::text::Text;

pub(crate) const RULE: Rule = Rule {
    id: "ORD-034",
    severity: Severity::Warning,
    source: LegalSource::official("Peppol BIS Ordering 3", "codici UN/ECE Rec. 20"),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new("Le unità di misura sono note", "The units of measure are known"),
    why: Text::new(
        "Con un'unità sconosciuta le quantità di ordine e fattura non si possono confrontare.",
        "With an unknown unit the quantities of order and invoice cannot be compared.",
    ),
    remedy: Text::new(
        "Usare un codice UN/ECE Rec. 20, per esempio C62 (pezzo), SET, HUR (ora).",
        "Use a UN/ECE Rec. 20 code, for example C62 (piece), SET, HUR (hour).",
    ),
    check: Check::Order(check),
};

fn check(case: &Case<'_>) -> Outcome {
    let unknown = |line: &Line| case.reference.units.get(&line.unit).is_none();
    let lines = case.order.lines.iter().enumerate().filter(|(_, line)| unknown(line));
    Outcome::of(lines.map(|(n, line)| {
        let it =
            format!("Riga {}: l'unità di misura «{}» non è un codice UN/ECE Rec. 20.", line.id, line.unit);
        let en = format!("Line {}: the unit \"{}\" is not a UN/ECE Rec. 20 code.", line.id, line.unit);
        Fault::new(Field::LineUnit(n), it, en).with("unit", &line.unit)
    }))
}
