// SPDX-License-Identifier: EUPL-1.2
//! `ORD-013`: the CUP is of the years in which the programme's CUPs were generated.
//!
//! # What it does
//! Warns when the year digits of the CUP lie outside the years from the programme's first decision to its
//! deadline for the CUP.
//! # Why
//! A CUP of another year was usually generated for another project.
//! # Source
//! The shape of the CUP (fifth and sixth character are the year). That they must fit the programme is our
//! reading.

use chrono::Datelike;

use super::{ALWAYS, Case, Check, Fault, LegalSource, Outcome, Rule};
use crate::domain::finding::Severity;
use crate::domain::order::Field;
use crate::domain::text::Text;

pub(crate) const RULE: Rule = Rule {
    id: "ORD-013",
    severity: Severity::Warning,
    source: LegalSource::inferred("Sistema CUP", "struttura del codice; termini del programma"),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new("L'anno del CUP è del programma", "The year of the CUP is the programme's"),
    why: Text::new(
        "Un CUP di un altro anno è di solito di un altro progetto.",
        "A CUP of another year is usually another project's.",
    ),
    remedy: Text::new(
        "Controllare che il CUP sia quello generato per questo programma.",
        "Check that the CUP is the one generated for this programme.",
    ),
    check: Check::Order(check),
};

fn check(case: &Case<'_>) -> Outcome {
    let programme = case.programme;
    let Some(cup) = case.order.cup() else { return Outcome::NotApplicable };
    let last = programme.acceptance_deadline.value.local().year();
    let first =
        programme.windows.history().map(|window| window.decided_on.year()).min().unwrap_or(last).min(last);
    let year = i32::from(cup.year());
    Outcome::demand((first..=last).contains(&year), || {
        Fault::new(
            Field::Cup,
            format!("Il CUP {cup} è del {year}; quelli del programma sono del {first}-{last}."),
            format!("The CUP {cup} is of {year}; those of the programme are of {first}-{last}."),
        )
        .with("year", year)
        .with("first", first)
        .with("last", last)
    })
}
