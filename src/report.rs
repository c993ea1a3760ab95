// SPDX-License-Identifier: EUPL-1.2
//! Reports: read through the store and the flows on one snapshot, shaped purely into tables, written in every format. A report
//! decides nothing and stores nothing.

use chrono::{DateTime, Utc};

use crate::domain::rome::rome_string;
use table::{Column, Shape, Table, text};

pub mod csv;
pub mod json;
pub mod pdf;
pub mod show;
pub mod table;
pub mod xlsx;

/// Tables that belong together, with what has to be said before them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Report {
    /// What kind of report it is: `dossier`, `programme`, `puc`.
    pub kind: &'static str,
    /// Title for people.
    pub title: String,
    /// Of what and whom it tells: name and value.
    pub facts: Vec<(&'static str, String)>,
    /// What has to be known before any figure is trusted, the gravest first.
    pub warnings: Vec<String>,
    /// The moment at which the figures stood so.
    pub as_of: DateTime<Utc>,
    /// The tables.
    pub tables: Vec<Table>,
}

static FRONT: Shape = Shape {
    name: "copertina",
    title: "Copertina",
    about: "Che cosa è questo documento, a quale momento si riferisce, che cosa bisogna sapere prima di leggerlo.",
    columns: &[
        Column::text("item", "Voce", "Che cosa si dice.").wide(28),
        Column::text("value", "Valore", "Quello che si dice.").wide(110),
    ],
};

static DICTIONARY: Shape = Shape {
    name: "legenda",
    title: "Legenda delle colonne",
    about: "Il significato di ogni colonna di ogni tabella.",
    columns: &[
        Column::text("table", "Tabella", "Nome della tabella: del foglio, del file CSV, del membro JSON.")
            .wide(20),
        Column::text("column", "Colonna", "Intestazione della colonna.").wide(28),
        Column::text("key", "Nome JSON", "Nome della colonna nel file JSON.").wide(24),
        Column::text("about", "Significato", "Che cosa contiene la colonna.").wide(90),
    ],
};

impl Report {
    /// What the report is, as a table.
    #[must_use]
    pub fn front(&self) -> Table {
        let mut rows = vec![
            vec![text("Documento"), text(self.title.clone())],
            vec![text("Situazione al"), text(rome_string(self.as_of))],
        ];
        rows.extend(self.facts.iter().map(|(name, value)| vec![text(*name), text(value.clone())]));
        rows.extend(self.warnings.iter().map(|warning| vec![text("Avvertenza"), text(warning.clone())]));
        Table::new(&FRONT, rows)
    }

    /// What the columns of its tables mean.
    #[must_use]
    pub fn dictionary(&self) -> Table {
        let columns = self
            .tables
            .iter()
            .flat_map(|table| table.shape.columns.iter().map(|column| (table.shape, column)));
        let row = |(shape, column): (&'static Shape, &'static Column)| {
            [shape.name, column.title, column.key, column.about].map(|words| text(words)).to_vec()
        };
        Table::new(&DICTIONARY, columns.map(row).collect())
    }

    /// One of its tables.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.shape.name == name)
    }
}
