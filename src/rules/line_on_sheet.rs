// SPDX-License-Identifier: EUPL-1.2
//! `ORD-032`: every line is of a catalogue sheet of the programme.
//!
//! # What it does
//! Demands the programme's suffix at the end of the line's name, and a sheet of the loaded catalogue by name
//! or by CPV.
//! # Why
//! Only what is bought on the sheets made for the programme is funded.
//! # Source
//! FAQ of the avviso: purchases only on the sheets of Allegato 2, recognisable by the suffix. The list of
//! sheets that the gateway works with may be unofficial; then the finding says where it comes from.

use super::{ALWAYS, Case, Check, Fault, LegalSource, Outcome, Rule};
use crate::domain::finding::Severity;
use crate::domain::order::{Field, Line};
use crate::domain::text::Text;
use crate::programme::{Programme, SheetMatch};

pub(crate) const RULE: Rule = Rule {
    id: "ORD-032",
    severity: Severity::Blocks,
    source: LegalSource::official("Avviso del programma", "Allegato 2, schede di catalogo"),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new(
        "Ogni riga è di una scheda di catalogo del programma",
        "Every line is of a catalogue sheet of the programme",
    ),
    why: Text::new(
        "Sono finanziati solo gli acquisti dalle schede predisposte per il programma.",
        "Only purchases from the sheets made for the programme are funded.",
    ),
    remedy: Text::new(
        "Scegliere sul Catalogo MePA un articolo di una scheda del programma, riconoscibile dal suffisso.",
        "Choose an article of a sheet of the programme on the MePA catalogue, recognisable by the suffix.",
    ),
    check: Check::Order(check),
};

fn check(case: &Case<'_>) -> Outcome {
    Outcome::of(case.lines().filter_map(|(n, line, sheet)| match sheet {
        SheetMatch::Found(_) | SheetMatch::CpvDisagrees { .. } => None,
        SheetMatch::NoSuffix => Some(no_suffix(n, line, &case.programme.suffix.value)),
        SheetMatch::NoSheet => Some(no_sheet(n, line, case.programme)),
    }))
}

fn no_suffix(n: usize, line: &Line, suffix: &str) -> Fault {
    let it = format!("Riga {}: il nome «{}» non termina con «{suffix}».", line.id, line.name);
    let en = format!("Line {}: the name \"{}\" does not end with \"{suffix}\".", line.id, line.name);
    Fault::new(Field::LineName(n), it, en).with("name", &line.name).with("suffix", suffix)
}

fn no_sheet(n: usize, line: &Line, programme: &Programme) -> Fault {
    let it = format!(
        "Riga {}: «{}» non è di alcuna scheda del catalogo, né per nome né per CPV.",
        line.id, line.name
    );
    let en =
        format!("Line {}: \"{}\" is of no catalogue sheet, neither by name nor by CPV.", line.id, line.name);
    let fault = Fault::new(Field::LineName(n), it, en).with("name", &line.name);
    if programme.catalogue.official { fault } else { fault.with("basis", &programme.catalogue.source) }
}
