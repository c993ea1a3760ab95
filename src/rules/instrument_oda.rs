// SPDX-License-Identifier: EUPL-1.2
//! `ORD-031`: the purchase is an ordine diretto di acquisto.
//!
//! # What it does
//! Accepts the instruments of the programme's datum `instruments`: `ODA` only.
//! # Why
//! The avviso speaks of purchases "sul Catalogo MePA". Trattativa diretta, confronto di preventivi and RdO
//! are negotiations, not purchases from the catalogue; whether the programme admits them is not known.
//! # Source
//! FAQ of the avviso (purchases on the Catalogo MePA); that only the ODA counts is our reading.

use super::{ALWAYS, Case, Check, Fault, LegalSource, Outcome, Rule};
use crate::domain::finding::Severity;
use crate::domain::order::{Field, Instrument};
use crate::domain::text::Text;

pub(crate) const RULE: Rule = Rule {
    id: "ORD-031",
    severity: Severity::Blocks,
    source: LegalSource::inferred("Avviso del programma", "acquisti sul Catalogo MePA"),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new("L'acquisto è un ordine diretto (ODA)", "The purchase is a direct order (ODA)"),
    why: Text::new(
        "Il programma finanzia acquisti dal Catalogo MePA; gli altri strumenti sono negoziazioni.",
        "The programme funds purchases from the MePA catalogue; the other instruments are negotiations.",
    ),
    remedy: Text::new(
        "Acquistare con un ODA dalle schede di catalogo del programma.",
        "Buy by an ODA from the programme's catalogue sheets.",
    ),
    check: Check::Order(check),
};

fn check(case: &Case<'_>) -> Outcome {
    let admitted = &case.programme.instruments.value;
    let name = match &case.order.instrument {
        Instrument::Oda => "ODA",
        Instrument::Other(name) => name,
    };
    Outcome::demand(admitted.iter().any(|known| known == name), || {
        let expected = admitted.join(", ");
        Fault::new(
            Field::Instrument,
            format!("Strumento di acquisto «{name}»: strumenti ammessi: {expected}."),
            format!("Instrument of purchase \"{name}\": instruments admitted: {expected}."),
        )
        .with("instrument", name)
        .with("expected", expected)
    })
}
