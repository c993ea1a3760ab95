// SPDX-License-Identifier: EUPL-1.2
//! `ORD-033`: every line has a CPV that exists and fits its sheet.
//!
//! # What it does
//! Demands a CPV on each line; its eight digits must be in the vocabulary, a check digit that is given must
//! be the published one, and the code must lie under those of the sheet the line is named after.
//! # Why
//! The CPV is reported with the expense; one that contradicts the sheet means that something else was bought.
//! # Source
//! Regulation (EC) 213/2008 (vocabulary and check digits). That it must fit the sheet is our reading of the
//! catalogue.

use super::{ALWAYS, Case, Check, Fault, LegalSource, Outcome, Rule};
use crate::domain::cpv::Cpv;
use crate::domain::finding::Severity;
use crate::domain::order::{Field, Line};
use crate::domain::text::Text;
use crate::programme::{FoundSheet, SheetMatch};
use crate::reference::CpvTable;

pub(crate) const RULE: Rule = Rule {
    id: "ORD-033",
    severity: Severity::Blocks,
    source: LegalSource::official("Reg. (CE) 213/2008", "vocabolario comune per gli appalti"),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new(
        "Ogni riga ha un CPV che esiste e fa per la sua scheda",
        "Every line has a CPV that exists and fits its sheet",
    ),
    why: Text::new(
        "Il CPV è rendicontato con la spesa: se contraddice la scheda, è stato acquistato altro.",
        "The CPV is reported with the expense: if it contradicts the sheet, something else was bought.",
    ),
    remedy: Text::new(
        "Riportare il CPV della scheda di catalogo, con la cifra di controllo pubblicata o senza.",
        "Put in the CPV of the catalogue sheet, with the published check digit or without.",
    ),
    check: Check::Order(check),
};

fn check(case: &Case<'_>) -> Outcome {
    Outcome::of(case.lines().filter_map(|(n, line, sheet)| fault(n, line, sheet, &case.reference.cpv)))
}

fn fault(n: usize, line: &Line, sheet: SheetMatch<'_>, table: &CpvTable) -> Option<Fault> {
    let id = &line.id;
    let Some(found) = &line.cpv else {
        let (it, en) = (format!("Riga {id}: manca il CPV."), format!("Line {id}: the CPV is missing."));
        return Some(Fault::new(Field::LineCpv(n), it, en));
    };
    let wrong = match &found.value {
        Err(reason) => Some((
            format!("Riga {id}: «{}» {}.", found.raw, reason.it),
            format!("Line {id}: \"{}\": {}.", found.raw, reason.en),
        )),
        Ok(cpv) => not_in_table(id, cpv, table).or_else(|| not_of_sheet(id, cpv, sheet)),
    };
    wrong.map(|(it, en)| Fault::new(Field::LineCpv(n), it, en).at(found.at.as_ref()).with("cpv", &found.raw))
}

fn not_in_table(id: &str, cpv: &Cpv, table: &CpvTable) -> Option<(String, String)> {
    let Some(entry) = table.get(cpv) else {
        let it = format!("Riga {id}: il CPV {cpv} non esiste nel vocabolario.");
        return Some((it, format!("Line {id}: the CPV {cpv} is not in the vocabulary.")));
    };
    cpv.check().filter(|check| *check != entry.check).map(|check| {
        let (code, right) = (cpv.code(), entry.check);
        (
            format!("Riga {id}: la cifra di controllo del CPV {code} è {right}, non {check}."),
            format!("Line {id}: the check digit of the CPV {code} is {right}, not {check}."),
        )
    })
}

fn not_of_sheet(id: &str, cpv: &Cpv, sheet: SheetMatch<'_>) -> Option<(String, String)> {
    match sheet {
        SheetMatch::NoSuffix | SheetMatch::NoSheet | SheetMatch::Found(_) => None,
        SheetMatch::CpvDisagrees { named, by_cpv } => {
            let (other_it, other) = by_cpv.map_or(("nessuna scheda", "no sheet"), |found| names(&found));
            let (name_it, name) = names(&named);
            Some((
                format!("Riga {id}: il nome è della scheda «{name_it}», ma il CPV {cpv} è di: {other_it}."),
                format!(
                    "Line {id}: the name is that of the sheet \"{name}\", but the CPV {cpv} is of: {other}."
                ),
            ))
        }
    }
}

fn names<'c>(found: &FoundSheet<'c>) -> (&'c str, &'c str) {
    (&found.sheet.name.it, &found.sheet.name.en)
}
