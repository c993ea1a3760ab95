// SPDX-License-Identifier: EUPL-1.2
//! `ORD-104`: the declarations of the order were signed in time and have not expired.
//!
//! # What it does
//! Demands of each declaration that came with the order a signature not after the day of sending (or of the
//! order) and a validity that reaches it. Declarations on file that are too late or too old do not count in
//! the first place.
//! # Why
//! A declaration made after the event does not show that the requirement was met at the event.
//! # Source
//! RGS guidelines on controls (circ. 30/2022, 13/2024); the exact moments are our reading.

use chrono::NaiveDate;

use super::declarations::{due_date, is_made_good};
use super::{ALWAYS, Case, Check, Fault, LegalSource, Outcome, Rule};
use crate::domain::declaration::Declaration;
use crate::domain::finding::Severity;
use crate::domain::order::Field;
use crate::domain::text::Text;

pub(crate) const RULE: Rule = Rule {
    id: "ORD-104",
    severity: Severity::Curable,
    source: LegalSource::inferred("RGS", "circ. 30/2022 e 13/2024, linee guida per i controlli"),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new(
        "Le dichiarazioni sono firmate in tempo e valide",
        "The declarations were signed in time and are valid",
    ),
    why: Text::new(
        "Una dichiarazione successiva all'ordine, o scaduta, non prova nulla alla data dell'ordine.",
        "A declaration made after the order, or expired, proves nothing at the date of the order.",
    ),
    remedy: Text::new(
        "Allegare una dichiarazione firmata entro la data dell'ordine e ancora valida a quella data.",
        "Attach a declaration signed by the date of the order and still valid on it.",
    ),
    check: Check::Order(check),
};

fn check(case: &Case<'_>) -> Outcome {
    let due = due_date(case);
    Outcome::of(
        case.order
            .declarations
            .iter()
            .enumerate()
            .filter(|(_, one)| !is_made_good(case, one, |one| is_in_time(one, due)))
            .filter_map(|(n, declaration)| {
                late(n, declaration, due).or_else(|| expired(n, declaration, due))
            }),
    )
}

fn is_in_time(declaration: &Declaration, due: NaiveDate) -> bool {
    declaration.signed_on <= due && declaration.valid_until.is_none_or(|last| due <= last)
}

fn late(n: usize, declaration: &Declaration, due: NaiveDate) -> Option<Fault> {
    let signed_on = declaration.signed_on;
    if signed_on <= due {
        return None;
    }
    let it = format!(
        "La «{}» è firmata il {}, dopo l'ordine ({}).",
        declaration.kind.label_it(),
        signed_on.format("%d/%m/%Y"),
        due.format("%d/%m/%Y")
    );
    let en =
        format!("The declaration {} was signed on {signed_on}, after the order ({due}).", declaration.kind);
    Some(Fault::new(Field::Declaration(n), it, en).with("signed_on", signed_on).with("due", due))
}

fn expired(n: usize, declaration: &Declaration, due: NaiveDate) -> Option<Fault> {
    let valid_until = declaration.valid_until.filter(|last| *last < due)?;
    let it = format!(
        "La «{}» era valida fino al {}, prima dell'ordine ({}).",
        declaration.kind.label_it(),
        valid_until.format("%d/%m/%Y"),
        due.format("%d/%m/%Y")
    );
    let en = format!(
        "The declaration {} was valid until {valid_until}, before the order ({due}).",
        declaration.kind
    );
    Some(Fault::new(Field::Declaration(n), it, en).with("valid_until", valid_until).with("due", due))
}
