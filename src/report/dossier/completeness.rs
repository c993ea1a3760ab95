// SPDX-License-Identifier: EUPL-1.2
//! The completeness meter: which declarations each live order needs by the programme's matrix, which are there, who must give
//! the others, and by when.

use crate::programme::Moment;
use crate::report::table::{Column, Row, Shape, Table, text};

use super::{Need, Papers};

/// What is needed and what is there.
pub static COMPLETENESS: Shape = Shape {
    name: "completezza",
    title: "Completezza",
    about: "Per ogni ordine vivo, le dichiarazioni che la matrice del programma richiede: ci sono o mancano, chi deve darle ed entro quando.",
    columns: &[
        Column::text("order", "Ordine", "Numero dell'ODA.").wide(12),
        Column::text("requirement", "Serve", "La dichiarazione richiesta.").wide(42),
        Column::text("signers", "Chi la firma", "Qualifiche di chi può firmarla.").wide(44),
        Column::text("due", "Entro", "Entro quando.").wide(26),
        Column::text("standing", "C'è", "«sì», «in parte» o «manca».").wide(10),
        Column::text("file", "File", "Il file che la porta.").wide(30),
        Column::text("id", "Riga della matrice", "Riga della matrice del programma.").wide(34).not_printed(),
        Column::text("source", "Fonte", "Da dove viene la richiesta.").wide(60).not_printed(),
        Column::text("official", "Ufficiale", "Se la richiesta è tratta da un atto.").wide(9).not_printed(),
    ],
};

/// What is needed and what is there, order by order.
pub fn completeness(papers: &Papers<'_>) -> Table {
    let rows =
        papers.live().flat_map(|(_, order, paper)| paper.needs.iter().map(|need| row(&order.number, need)));
    Table::new(&COMPLETENESS, rows.collect())
}

fn row(number: &str, need: &Need) -> Row {
    let signers: Vec<&str> = need.row.signers.iter().map(|signer| signer.label_it()).collect();
    let due = match need.row.moment {
        Moment::BeforeOrder => "l'invio dell'ordine",
        Moment::BeforePayment => "il pagamento",
        Moment::BeforeReporting => "la rendicontazione",
    };
    let standing = match (need.is_met, &need.by) {
        (true, _) => "sì",
        (false, Some(_)) => "in parte",
        (false, None) => "manca",
    };
    vec![
        text(number),
        text(need.row.kind.label_it()),
        text(signers.join(" o ")),
        text(due),
        text(standing),
        need.by.as_ref().map(|declaration| declaration.document.file_name.clone()).into(),
        text(&need.row.id),
        text(&need.row.source),
        text(if need.row.official { "sì" } else { "no" }),
    ]
}

/// How many of the declarations that are needed are there.
pub(super) fn meter(papers: &Papers<'_>) -> String {
    let needs = || papers.live().flat_map(|(_, _, paper)| &paper.needs);
    let (met, all) = (needs().filter(|need| need.is_met).count(), needs().count());
    let percent = (met * 100).checked_div(all);
    percent.map_or_else(|| "nessuna richiesta".to_owned(), |percent| format!("{met} di {all} ({percent} %)"))
}

/// Whether every declaration that is needed is there.
pub(super) fn is_whole(papers: &Papers<'_>) -> bool {
    papers.live().all(|(_, _, paper)| paper.read.is_some() && paper.needs.iter().all(|need| need.is_met))
}
