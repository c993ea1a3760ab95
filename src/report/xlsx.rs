// SPDX-License-Identifier: EUPL-1.2
//! Tables as a workbook: typed cells in Italian formats, frozen heads, filters, print set-up, a sheet that says what every column
//! means. A total is a formula over the rows above it, with the sum as its value. Rows go to the disk as they come.

use std::io::{Seek, Write};

use chrono::{DateTime, Datelike, Timelike, Utc};
use rust_xlsxwriter::{
    Color, DocProperties, ExcelDateTime, Format, FormatAlign, FormatBorder, Formula, Workbook, Worksheet,
    XlsxError,
};

use super::Report;
use super::show::{plain, shown};
use super::table::{Cell, Column, Kind, Shape, Table, Totals};
use crate::domain::rome::rome_naive;

/// Rows that a sheet can hold, its head and its totals among them.
const ROWS_MAX: u32 = 1_048_576;
/// Bytes from which on a text may pass the letters that a cell can hold, with some room for the words that tell of a cut.
const TEXT_MAX: usize = 32_000;
/// Cents up to which a spreadsheet's number is exact.
const EXACT_CENTS: u64 = 1 << 53;
/// Level of deflate: a large sheet comes out no larger than at the usual 6, in a sixth less time.
const COMPRESSION: u8 = 5;
/// A4.
const PAPER: u8 = 9;

/// How cells look.
struct Formats {
    head: Format,
    text: Format,
    money: Format,
    date: Format,
    moment: Format,
    count: Format,
    number: Format,
    decimal: Format,
    total: Format,
    total_money: Format,
}

impl Formats {
    fn new() -> Self {
        let bold = Format::new().set_bold().set_border_top(FormatBorder::Thin);
        Self {
            head: Format::new()
                .set_bold()
                .set_text_wrap()
                .set_align(FormatAlign::VerticalCenter)
                .set_font_color(Color::White)
                .set_background_color(Color::RGB(0x00_33_66)),
            text: Format::new().set_text_wrap().set_align(FormatAlign::Top),
            money: Format::new().set_num_format(r"#,##0.00\ [$€-410]").set_align(FormatAlign::Top),
            date: Format::new().set_num_format("dd/mm/yyyy").set_align(FormatAlign::Top),
            moment: Format::new().set_num_format("dd/mm/yyyy hh:mm").set_align(FormatAlign::Top),
            number: Format::new().set_num_format("0").set_align(FormatAlign::Top),
            count: Format::new().set_num_format("#,##0").set_align(FormatAlign::Top),
            decimal: Format::new().set_num_format("#,##0.########").set_align(FormatAlign::Top),
            total: bold.clone().set_num_format("#,##0"),
            total_money: bold.set_num_format(r"#,##0.00\ [$€-410]"),
        }
    }
}

impl Formats {
    /// How the cells of a column look.
    const fn of(&self, kind: Kind) -> &Format {
        match kind {
            Kind::Text => &self.text,
            Kind::Money => &self.money,
            Kind::Date => &self.date,
            Kind::Moment => &self.moment,
            Kind::Count => &self.count,
            Kind::Number => &self.number,
            Kind::Decimal => &self.decimal,
        }
    }
}

/// A workbook being written.
pub struct XlsxWriter {
    book: Workbook,
    formats: Formats,
}

/// A sheet being written: rows of one table.
pub struct SheetWriter<'w> {
    sheet: &'w mut Worksheet,
    formats: &'w Formats,
    columns: &'static [Column],
    totals: Totals,
    row: u32,
}

impl XlsxWriter {
    /// An empty workbook of that title, made at that moment.
    ///
    /// # Errors
    /// When the moment is none that a workbook can say.
    pub fn new(title: &str, made_at: DateTime<Utc>) -> Result<Self, XlsxError> {
        let local = rome_naive(made_at);
        let hour = |n: u32| u16::try_from(n).unwrap_or(0);
        let part = |n: u32| u8::try_from(n).unwrap_or(1);
        let at = ExcelDateTime::from_ymd(
            u16::try_from(local.year()).unwrap_or(1900),
            part(local.month()),
            part(local.day()),
        )?
        .and_hms(hour(local.hour()), part(local.minute()), local.second())?;
        let mut book = Workbook::new();
        book.set_zip_compression_level(COMPRESSION);
        let about =
            DocProperties::new().set_title(title).set_author("mepa-gateway").set_creation_datetime(&at);
        book.set_properties(&about);
        Ok(Self { book, formats: Formats::new() })
    }

    /// Begins a sheet for a table.
    ///
    /// # Errors
    /// When the disk cannot hold it.
    pub fn sheet(&mut self, shape: &'static Shape, name: &str) -> Result<SheetWriter<'_>, XlsxError> {
        let sheet = self.book.add_worksheet_with_constant_memory()?;
        sheet.set_name(name)?;
        sheet.set_freeze_panes(1, 0)?;
        sheet.set_landscape().set_paper_size(PAPER).set_print_fit_to_pages(1, 0);
        sheet.set_repeat_rows(0, 0)?;
        sheet.set_header(format!("&L{}", shape.title.replace('&', "&&")));
        sheet.set_footer("&LFinanziato dall'Unione europea - NextGenerationEU&RPagina &P di &N");
        let columns = shape.columns;
        for (place, column) in (0u16..).zip(columns) {
            sheet.set_column_width(place, f64::from(column.width.saturating_add(2)))?;
            // Cells take the format of their column: looking one up for each cell costs as much as writing it.
            sheet.set_column_format(place, self.formats.of(column.kind))?;
            sheet.write_string_with_format(0, place, column.title, &self.formats.head)?;
        }
        Ok(SheetWriter { sheet, formats: &self.formats, columns, totals: Totals::new(columns), row: 1 })
    }

    /// Writes the file.
    ///
    /// # Errors
    /// When nothing can be written.
    pub fn finish(mut self, out: impl Write + Seek + Send) -> Result<(), XlsxError> {
        self.book.save_to_writer(out)
    }
}

impl SheetWriter<'_> {
    /// Whether no more rows fit.
    #[must_use]
    pub fn is_full(&self) -> bool {
        self.row + 1 >= ROWS_MAX
    }

    /// Writes a row.
    ///
    /// # Errors
    /// When the disk cannot hold it.
    pub fn row(&mut self, cells: &[Cell<'_>]) -> Result<(), XlsxError> {
        let (row, formats) = (self.row, self.formats);
        for (place, cell) in (0u16..).zip(cells) {
            match cell {
                Cell::Empty => {}
                Cell::Text(text) => {
                    let is_at_home =
                        self.columns.get(usize::from(place)).is_some_and(|column| column.kind == Kind::Text);
                    match is_at_home {
                        true => self.sheet.write_string(row, place, cut(text))?,
                        false => self.sheet.write_string_with_format(row, place, cut(text), &formats.text)?,
                    };
                }
                Cell::Money(amount) if amount.cents().unsigned_abs() <= EXACT_CENTS => {
                    let euro = euro(amount.cents());
                    self.sheet.write_number(row, place, euro)?;
                }
                Cell::Date(day) if day.year() >= 1900 => {
                    self.sheet.write_datetime(row, place, day)?;
                }
                Cell::Moment(at) if at.year() >= 1900 => {
                    self.sheet.write_datetime(row, place, rome_naive(*at))?;
                }
                Cell::Count(count) | Cell::Number(count) if count.unsigned_abs() <= EXACT_CENTS => {
                    self.sheet.write_number(row, place, whole(*count))?;
                }
                Cell::Decimal(_) => {
                    let number = plain(cell).replace(',', ".").parse::<f64>();
                    self.sheet.write_number(row, place, number.unwrap_or(0.0))?;
                }
                // What no number of a spreadsheet holds exactly stays a text.
                Cell::Money(_) | Cell::Date(_) | Cell::Moment(_) | Cell::Count(_) | Cell::Number(_) => {
                    self.sheet.write_string_with_format(row, place, &*shown(cell), &formats.text)?;
                }
            }
        }
        self.totals.add(cells);
        self.row += 1;
        Ok(())
    }

    /// Ends the sheet: filters over its rows, sums below them.
    ///
    /// # Errors
    /// When the disk cannot hold it.
    pub fn finish(self) -> Result<(), XlsxError> {
        let last = u16::try_from(self.columns.len()).unwrap_or(1).saturating_sub(1);
        let printed = self.columns.iter().take_while(|column| column.is_printed).count();
        let printed = u16::try_from(printed).unwrap_or(1).saturating_sub(1).min(last);
        self.sheet.set_print_area(0, 0, self.row, printed)?;
        if self.row == 1 {
            return Ok(());
        }
        self.sheet.autofilter(0, 0, self.row - 1, last)?;
        if self.totals.is_empty() {
            return Ok(());
        }
        for (place, (column, sum)) in (0u16..).zip(self.columns.iter().zip(self.totals.row())) {
            let is_money = column.kind == Kind::Money;
            let format = if is_money { &self.formats.total_money } else { &self.formats.total };
            match sum {
                Cell::Money(_) | Cell::Count(_) => {
                    let letter = rust_xlsxwriter::column_number_to_name(place);
                    let sum = plain(&sum).replace(',', ".");
                    let formula =
                        Formula::new(format!("SUM({letter}2:{letter}{})", self.row)).set_result(sum);
                    self.sheet.write_formula_with_format(self.row, place, formula, format)?;
                }
                Cell::Text(words) => {
                    self.sheet.write_string_with_format(self.row, place, &*words, format)?;
                }
                _ if place == 0 => {
                    self.sheet.write_string_with_format(self.row, 0, "Totale del foglio", format)?;
                }
                _ => {
                    self.sheet.write_blank(self.row, place, format)?;
                }
            }
        }
        Ok(())
    }
}

/// Euro as the nearest number of a spreadsheet: exact division of whole cents, rounded once.
#[expect(
    clippy::float_arithmetic,
    clippy::cast_precision_loss,
    reason = "a spreadsheet knows no other numbers"
)]
fn euro(cents: i64) -> f64 {
    cents as f64 / 100.0
}

#[expect(clippy::cast_precision_loss, reason = "called for numbers that are exact")]
fn whole(count: i64) -> f64 {
    count as f64
}

/// A text that fits into a cell.
fn cut(text: &str) -> String {
    if text.len() <= TEXT_MAX {
        return text.to_owned();
    }
    let kept: String = text.chars().take(TEXT_MAX / 4).collect();
    format!("{kept}… (il testo intero è nel CSV e nel JSON)")
}

/// A whole report: what it is, its tables, what their columns mean.
///
/// # Errors
/// When nothing can be written.
pub fn write_xlsx(report: &Report, out: impl Write + Seek + Send) -> Result<(), XlsxError> {
    let mut book = XlsxWriter::new(&report.title, report.as_of)?;
    write_table(&mut book, &report.front())?;
    for table in &report.tables {
        write_table(&mut book, table)?;
    }
    write_table(&mut book, &report.dictionary())?;
    book.finish(out)
}

/// A table, on as many sheets as it needs.
fn write_table(book: &mut XlsxWriter, table: &Table) -> Result<(), XlsxError> {
    let mut rows = table.rows.iter().peekable();
    for part in 1u32.. {
        let name =
            if part == 1 { table.shape.name.to_owned() } else { format!("{} ({part})", table.shape.name) };
        let mut sheet = book.sheet(table.shape, &name)?;
        while !sheet.is_full()
            && let Some(row) = rows.next()
        {
            sheet.row(row)?;
        }
        sheet.finish()?;
        if rows.peek().is_none() {
            break;
        }
    }
    Ok(())
}
