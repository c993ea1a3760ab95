// SPDX-License-Identifier: EUPL-1.2
//! Reports: read through the store and the flows on one snapshot, shaped purely into tables, written in every format. A report
//! decides nothing and stores nothing.

use std::io;

use chrono::{DateTime, Utc};
use thiserror::Error;

use crate::domain::rome::rome_string;
use table::{Column, Shape, Table, text};

pub mod bundle;
pub mod csv;
pub mod dossier;
pub mod dossier_file;
pub mod evidence;
pub mod hashed;
pub mod html;
pub mod jobs;
pub mod json;
pub mod making;
pub mod pdf;
pub mod programme;
pub mod programme_file;
pub mod puc;
pub mod show;
pub mod svg;
pub mod table;
pub mod verify;
pub mod xlsx;

/// Why a report was not made.
#[derive(Debug, Error)]
pub enum ReportError {
    /// What it needs cannot be read.
    #[error(transparent)]
    Flow(#[from] crate::error::Error),
    /// A file of it cannot be read or written.
    #[error("a file of the report cannot be read or written")]
    Io(#[from] io::Error),
    /// The workbook cannot be written.
    #[error("the workbook cannot be written")]
    Xlsx(#[from] rust_xlsxwriter::XlsxError),
    /// The PDF cannot be written.
    #[error("the PDF cannot be written")]
    Pdf(#[from] pdf::PdfError),
    /// The ZIP cannot be read or written.
    #[error("the ZIP cannot be read or written")]
    Zip(#[from] zip::result::ZipError),
    /// The JSON cannot be read or written.
    #[error("the JSON cannot be read or written")]
    Json(#[from] serde_json::Error),
    /// Somebody asked to stop.
    #[error("cancelled")]
    Cancelled,
}

impl From<crate::store::StoreError> for ReportError {
    fn from(error: crate::store::StoreError) -> Self {
        Self::Flow(error.into())
    }
}

/// Tells how far a long work is, and hears when it is to stop.
pub struct Progress<'a> {
    tell: &'a (dyn Fn(usize, usize) -> bool + Send + Sync),
}

impl<'a> Progress<'a> {
    /// `tell` is given what is done of how much, and says whether to go on.
    pub fn new(tell: &'a (dyn Fn(usize, usize) -> bool + Send + Sync)) -> Self {
        Self { tell }
    }

    /// So much is done.
    ///
    /// # Errors
    /// [`ReportError::Cancelled`] when it is to stop.
    pub fn tell(&self, done: usize, total: usize) -> Result<(), ReportError> {
        if (self.tell)(done, total) { Ok(()) } else { Err(ReportError::Cancelled) }
    }
}

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
            [shape.name, column.title, column.key, column.about].map(text).to_vec()
        };
        Table::new(&DICTIONARY, columns.map(row).collect())
    }

    /// One of its tables.
    #[must_use]
    pub fn table(&self, name: &str) -> Option<&Table> {
        self.tables.iter().find(|table| table.shape.name == name)
    }
}
