// SPDX-License-Identifier: EUPL-1.2
//! A report on paper: PDF/A-2a for archives, PDF/UA-1 for screen readers. A file that would not conform is not written.

use thiserror::Error;

use super::Report;
use super::table::Table;
use crate::domain::rome::rome_string;
use font::{Fonts, Weight};
use page::{MARGIN, Meaning, Node, Pages, Stroke, WIDTH};

mod draw;
mod font;
mod grid;
mod page;

/// Rows of a table that are printed in a dossier or report: nobody reads more on paper, and what nobody can open is no document.
const ROWS_MAX: usize = 5_000;
/// Letters of a title: an archive bars long strings outside the text.
const TITLE_MAX: usize = 250;

/// Why a report cannot be printed.
#[derive(Debug, Error)]
pub enum PdfError {
    /// The fonts that are built in cannot be used.
    #[error("the built-in fonts cannot be used")]
    Font,
    /// The file would not conform.
    #[error("the PDF does not conform to PDF/A-2a and PDF/UA-1: {0}")]
    Refused(String),
}

/// Prints a report with all its tables; of a long one, so many rows that it can be opened, and how many are left to other files.
///
/// # Errors
/// When the file would not conform; nothing that stands in a table makes it so.
pub fn write_pdf(report: &Report) -> Result<Vec<u8>, PdfError> {
    print(report, report.tables.iter(), ROWS_MAX)
}

/// Prints a report with some tables only.
///
/// # Errors
/// As [`write_pdf`].
pub fn write_tables<'t>(
    report: &Report,
    tables: impl Iterator<Item = &'t Table>,
) -> Result<Vec<u8>, PdfError> {
    print(report, tables, ROWS_MAX)
}

/// Prints a report with every row: what is to be signed stands by itself.
///
/// # Errors
/// As [`write_pdf`].
pub fn write_in_full(report: &Report) -> Result<Vec<u8>, PdfError> {
    print(report, report.tables.iter(), usize::MAX)
}

fn print<'t>(
    report: &Report,
    tables: impl Iterator<Item = &'t Table>,
    rows_max: usize,
) -> Result<Vec<u8>, PdfError> {
    let fonts = Fonts::new()?;
    let mut pages = Pages::new(&fonts);
    emblem(&mut pages);
    let title: String = report.title.chars().take(TITLE_MAX).collect();
    pages.heading(1, &title);
    pages.paragraph(&format!("Situazione al {}", rome_string(report.as_of)), Weight::Bold, 800);
    let facts: Vec<String> = report.facts.iter().map(|(name, value)| format!("{name}: {value}")).collect();
    facts.iter().for_each(|fact| pages.paragraph(fact, Weight::Regular, 750));
    for warning in &report.warnings {
        pages.paragraph(&format!("Attenzione: {warning}"), Weight::Bold, 750);
    }
    for table in tables {
        pages.heading(2, table.shape.title);
        pages.paragraph(table.shape.about, Weight::Regular, 750);
        grid::print(&mut pages, table, rows_max);
    }
    pages.number(&format!("{title} · situazione al {}", rome_string(report.as_of)));
    draw::draw(&pages, &title, report.as_of)
}

/// The emblem of the Union in the upper right corner.
fn emblem(pages: &mut Pages<'_>) {
    let leaf = pages.put(Stroke::Emblem { left: WIDTH - MARGIN - draw::EMBLEM.0, top: MARGIN });
    let alt = "Emblema dell'Unione europea: dodici stelle dorate in cerchio su fondo blu".to_owned();
    pages.tree.push(Node::Branch(Meaning::Figure { alt }, vec![leaf]));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::money::Money;
    use crate::report::table::{Cell, Column, Shape, text};

    static SHAPE: Shape = Shape {
        name: "prova",
        title: "Ordini",
        about: "Ogni riga è un ordine.",
        columns: &[
            Column::text("name", "Nome", "-").wide(40),
            Column::date("day", "Data", "-"),
            Column::money("amount", "Importo", "-"),
        ],
    };

    fn report(rows: usize, name: &str) -> Report {
        let day = chrono::NaiveDate::from_ymd_opt(2026, 3, 12).unwrap();
        let row =
            |n: usize| vec![text(format!("{name} {n}")), day.into(), Money::from_cents(1 << (n % 62)).into()];
        Report {
            kind: "dossier",
            title: format!("Prospetto di {name}"),
            facts: vec![("CUP", "J51B26000010006".into())],
            warnings: vec!["dati non ufficiali".into()],
            as_of: chrono::DateTime::UNIX_EPOCH,
            tables: vec![Table::new(&SHAPE, (0..rows).map(row).collect())],
        }
    }

    #[test]
    fn whatever_stands_in_cells_the_file_conforms() {
        for name in [
            "Almese",
            "",
            "Žabnica d'Ü\u{e000}\u{feff}\u{0}\t\n",
            &"a".repeat(5_000),
            &"parola ".repeat(4_000),
            "مرحبا",
            "👍",
        ] {
            for rows in [0, 1, 3, 200] {
                let pdf = write_pdf(&report(rows, name))
                    .unwrap_or_else(|error| panic!("{name:.20} {rows}: {error}"));
                assert!(pdf.starts_with(b"%PDF-1.7"));
            }
        }
    }

    fn printed(rows: usize, rows_max: usize) -> String {
        let fonts = Fonts::new().unwrap();
        let mut pages = Pages::new(&fonts);
        grid::print(&mut pages, &report(rows, "riga").tables[0], rows_max);
        let texts = pages.sheets.iter().flatten().filter_map(|mark| match &mark.stroke {
            Stroke::Text { text, .. } => Some(text.trim()),
            Stroke::Fill { .. } | Stroke::Emblem { .. } => None,
        });
        texts.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_long_table_ends_on_paper_with_the_sums_of_all_its_rows() {
        let rows = "Nome Data Importo riga 0 12/03/2026 0,01 € riga 1 12/03/2026 0,02 €";
        assert_eq!(printed(2, 2), format!("{rows} Totale – 0,03 €"));
        let cut = "Stampate le prime 2 righe su 20: tutte sono nei file XLSX, CSV e JSON.";
        assert_eq!(printed(20, 2), format!("{cut} {rows} Totale di tutte le 20 righe – 10.485,75 €"));
    }

    #[test]
    fn the_same_report_is_the_same_file() {
        let (one, two) =
            (write_pdf(&report(40, "Almese")).unwrap(), write_pdf(&report(40, "Almese")).unwrap());
        assert!(one == two);
        assert_ne!(one, write_pdf(&report(41, "Almese")).unwrap());
        assert_eq!(Cell::from(""), Cell::Empty);
    }
}
