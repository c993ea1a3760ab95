// SPDX-License-Identifier: EUPL-1.2
//! Tables as CSV for Italian spreadsheets: `;` between cells, `,` before decimals, `gg/mm/aaaa`, UTF-8 with a mark, lines that end
//! with CR LF. A cell that a spreadsheet would take for a formula gets an apostrophe before it.

use std::borrow::Cow;
use std::io::{self, Write};

use csv::{QuoteStyle, Terminator, Writer, WriterBuilder};

use super::show::plain;
use super::table::{Cell, Column, Table};

/// The mark by which spreadsheets know UTF-8.
pub const MARK: &str = "\u{feff}";

/// Writes rows as they come.
#[derive(Debug)]
pub struct CsvWriter<W: Write> {
    inner: Writer<W>,
}

impl<W: Write> CsvWriter<W> {
    /// Writes the mark and the heads of the columns.
    ///
    /// # Errors
    /// When nothing can be written.
    pub fn new<'h>(mut out: W, heads: impl IntoIterator<Item = &'h str>) -> io::Result<Self> {
        out.write_all(MARK.as_bytes())?;
        let mut inner = WriterBuilder::new()
            .delimiter(b';')
            .quote_style(QuoteStyle::Necessary)
            .terminator(Terminator::CRLF)
            .from_writer(out);
        for head in heads {
            inner.write_field(head)?;
        }
        inner.write_record(None::<&[u8]>)?;
        Ok(Self { inner })
    }

    /// Writes a row.
    ///
    /// # Errors
    /// When nothing can be written.
    pub fn row(&mut self, cells: &[Cell<'_>]) -> io::Result<()> {
        for cell in cells {
            match cell {
                Cell::Text(text) => self.inner.write_field(&*neutral(text))?,
                other => self.inner.write_field(&*plain(other))?,
            }
        }
        self.inner.write_record(None::<&[u8]>)?;
        Ok(())
    }

    /// Hands everything on.
    ///
    /// # Errors
    /// When nothing can be written.
    pub fn finish(mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

/// A text that no spreadsheet takes for a formula.
fn neutral(text: &str) -> Cow<'_, str> {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n']) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// A whole table. Its totals are left out: a reader of data sums for itself.
///
/// # Errors
/// When nothing can be written.
pub fn write_csv(table: &Table, out: impl Write) -> io::Result<()> {
    let mut csv = CsvWriter::new(out, table.shape.columns.iter().map(|column: &Column| column.title))?;
    table.rows.iter().try_for_each(|row| csv.row(row))?;
    csv.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::money::Money;
    use crate::report::table::{Shape, text};

    static SHAPE: Shape = Shape {
        name: "prova",
        title: "Prova",
        about: "-",
        columns: &[Column::text("name", "Nome", "-"), Column::money("amount", "Importo", "-")],
    };

    fn written(name: &str, cents: i64) -> String {
        let table = Table::new(&SHAPE, vec![vec![text(name), Money::from_cents(cents).into()]]);
        let mut out = Vec::new();
        write_csv(&table, &mut out).unwrap();
        let all = String::from_utf8(out).unwrap();
        all.strip_prefix("\u{feff}Nome;Importo\r\n").unwrap().to_owned()
    }

    #[test]
    fn cells_are_no_formulas_and_keep_their_separators() {
        assert_eq!(written("=1+1", -1_250), "'=1+1;-12,50\r\n");
        assert_eq!(written("-cmd|x", 0), "'-cmd|x;0,00\r\n");
        assert_eq!(written("a;b \"c\"", 100), "\"a;b \"\"c\"\"\";1,00\r\n");
        assert_eq!(written("Sant'Angelo\nd'Alife", 1), "\"Sant'Angelo\nd'Alife\";0,01\r\n");
        assert_eq!(written("", 123_456_789), ";1234567,89\r\n");
    }
}
