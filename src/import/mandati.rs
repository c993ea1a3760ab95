// SPDX-License-Identifier: EUPL-1.2
//! Lists of mandati as accounting programs export them, for bodies whose orders of payment do not come as OPI files: a header in
//! Italian somewhere on top, a row for each part of a mandato, totals and repeated headers between them. Every row ends as
//! taken or as rejected with its reasons, and with a rejected row goes every other row of its mandato: no sum is made of half
//! an order.

use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::NaiveDate;

use super::error::{ImportError, both};
use super::layout;
use super::sheet::SheetRow;
use super::spelling::words;
use crate::domain::cig::CigOrExclusion;
use crate::domain::cup::Cup;
use crate::domain::found::Found;
use crate::domain::money::Money;
use crate::domain::payment::{DebtKind, InvoicePart, Payee};
use crate::domain::text::Text;

mod columns;
mod orders;
mod row;
mod words_of_cells;

use columns::{Columns, Field};

/// The most rows of one mandato: each is compared with all the others.
const ROWS: usize = 1_000;

/// A list that could be read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MandatiList {
    /// Rows taken, in the order of the file. Of each mandato all rows are here, or none.
    pub taken: Vec<MandatoRow>,
    /// Rows rejected, by sheet and row.
    pub rejected: Vec<RejectedRow>,
    /// How many rows are no data: headers again, totals, notes.
    pub skipped: u32,
    /// Sheets that have no header, and of which nothing was read.
    pub unread_sheets: Vec<String>,
}

/// A row that says what was ordered to be paid, to whom and for what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MandatoRow {
    /// Name of the sheet; of a CSV file its name without extension.
    pub sheet: Arc<str>,
    /// Number of the row as a spreadsheet shows it, from 1.
    pub row: u32,
    /// Budget year (`esercizio`, `anno`); the year of the date when no column gives it.
    pub exercise: u16,
    /// Number of the mandato.
    pub number: u64,
    /// Date of the mandato.
    pub date: NaiveDate,
    /// How much of the mandato this row is; below zero for a credit note.
    pub amount: Money,
    /// Who is paid.
    pub payee: Payee,
    /// The account paid to, as written.
    pub iban: Option<String>,
    /// Why.
    pub cause: String,
    /// The CUP.
    pub cup: Option<Found<Cup>>,
    /// The CIG, or why there is none.
    pub cig: Option<Found<CigOrExclusion>>,
    /// Kind of the debt; commercial when only an invoice is named.
    pub debt: DebtKind,
    /// The invoice, of which the whole amount of the row is paid.
    pub invoice: Option<InvoicePart>,
    /// What became of the order.
    pub state: MandatoState,
}

/// What became of an order, as a list tells it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum MandatoState {
    /// Given or on its way; no money went out yet.
    Issued,
    /// The money went out on that day.
    Paid(NaiveDate),
    /// The order covers money that had gone out before; covered on that day.
    Settled(NaiveDate),
    /// The money went out and came back; on that day.
    Reversed(NaiveDate),
    /// Taken back before it was paid.
    Void,
}

/// A row that was not taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RejectedRow {
    /// Name of the sheet.
    pub sheet: Arc<str>,
    /// Number of the row as a spreadsheet shows it, from 1.
    pub row: u32,
    /// Exercise and number of the mandato, when at least they could be read.
    pub mandato: Option<(u16, u64)>,
    /// Why; at least one.
    pub faults: Vec<RowFault>,
}

/// What is wrong in a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowFault {
    /// Header of the column, or what the column should hold when there is none.
    pub column: String,
    /// What stands there, shortened.
    pub value: String,
    /// Why that is wrong.
    pub reason: Text,
}

/// Reads the rows of a file.
///
/// # Errors
/// When no sheet has a header with at least number, date and amount of the mandato, or more than one column could be the amount,
/// or there is no row below the header.
pub fn read_mandati(rows: &[SheetRow]) -> Result<MandatiList, ImportError> {
    let mut list = MandatiList::default();
    let mut nearest = None;
    let mut has_header = false;
    for sheet in rows.chunk_by(|one, other| one.sheet == other.sheet) {
        match columns::find(sheet) {
            Ok((columns, body)) => {
                has_header = true;
                list.read_sheet(columns, sheet.get(body..).unwrap_or_default());
            }
            Err(error @ ImportError::Ambiguous { .. }) => return Err(error),
            Err(error) => {
                list.unread_sheets.extend(sheet.first().map(|row| row.sheet.to_string()));
                nearest.get_or_insert(error);
            }
        }
    }
    if !has_header {
        return Err(nearest.unwrap_or(ImportError::Empty));
    }
    if list.taken.is_empty() && list.rejected.is_empty() {
        return Err(ImportError::NoRows);
    }
    list.keep_whole();
    Ok(list)
}

impl MandatiList {
    fn read_sheet(&mut self, mut columns: Columns, rows: &[SheetRow]) {
        for row in rows {
            if let Ok(again) = Columns::recognise(row)
                && again.missing().is_empty()
            {
                columns = again;
                self.skipped = self.skipped.saturating_add(1);
            } else if is_no_data(row, &columns) {
                self.skipped = self.skipped.saturating_add(1);
            } else {
                match row::read(row, &columns) {
                    Ok(taken) => self.taken.push(taken),
                    Err(rejected) => self.rejected.push(rejected),
                }
            }
        }
    }

    /// Rejects what cannot be true together with the other rows of its mandato, and then every row of a mandato of which one is
    /// rejected.
    fn keep_whole(&mut self) {
        let mut mandates: BTreeMap<(u16, u64), Vec<usize>> = BTreeMap::new();
        for (index, row) in self.taken.iter().enumerate() {
            mandates.entry(row.mandato()).or_default().push(index);
        }
        let mut wrong: BTreeMap<usize, RowFault> = BTreeMap::new();
        let mut broken: BTreeMap<(u16, u64), u32> = BTreeMap::new();
        for row in &self.rejected {
            if let Some(mandato) = row.mandato {
                broken.entry(mandato).or_insert(row.row);
            }
        }
        for (mandato, indices) in mandates {
            let rows: Vec<&MandatoRow> = indices.iter().filter_map(|index| self.taken.get(*index)).collect();
            if let Some((position, fault)) = together(&rows)
                && let (Some(index), Some(row)) = (indices.get(position), rows.get(position))
            {
                wrong.insert(*index, fault);
                broken.entry(mandato).or_insert(row.row);
            }
        }
        self.drop_broken(&broken, wrong);
    }

    fn drop_broken(&mut self, broken: &BTreeMap<(u16, u64), u32>, mut wrong: BTreeMap<usize, RowFault>) {
        for (index, row) in std::mem::take(&mut self.taken).into_iter().enumerate() {
            let Some(culprit) = broken.get(&row.mandato()) else {
                self.taken.push(row);
                continue;
            };
            let fault = wrong.remove(&index).unwrap_or_else(|| RowFault {
                column: Field::Number.text().it.into_owned(),
                value: row.number.to_string(),
                reason: both(
                    format!("la riga {culprit} dello stesso mandato è respinta"),
                    format!("row {culprit} of the same mandato is rejected"),
                ),
            });
            self.rejected.push(RejectedRow {
                sheet: Arc::clone(&row.sheet),
                row: row.row,
                mandato: Some(row.mandato()),
                faults: vec![fault],
            });
        }
        self.rejected.sort_by(|one, other| (&one.sheet, one.row).cmp(&(&other.sheet, other.row)));
    }
}

impl MandatoRow {
    /// Exercise and number of its mandato.
    #[must_use]
    pub const fn mandato(&self) -> (u16, u64) {
        (self.exercise, self.number)
    }

    /// What cannot be true together with an earlier row of the same mandato.
    fn contradicts(&self, earlier: &Self) -> Option<RowFault> {
        let row = earlier.row;
        if self.date != earlier.date {
            return Some(RowFault {
                column: Field::Date.text().it.into_owned(),
                value: self.date.to_string(),
                reason: both(
                    format!("la riga {row} dello stesso mandato ha un'altra data, {}", earlier.date),
                    format!("row {row} of the same mandato has another date, {}", earlier.date),
                ),
            });
        }
        let is_again = self.invoice.is_some() && self.says_as(earlier);
        is_again.then(|| RowFault {
            column: Field::InvoiceNumber.text().it.into_owned(),
            value: self.invoice.as_ref().map(|part| part.number.clone()).unwrap_or_default(),
            reason: both(format!("la riga ripete la riga {row}"), format!("the row repeats row {row}")),
        })
    }

    /// Whether both say the same, wherever they stand.
    fn says_as(&self, other: &Self) -> bool {
        let raw = |row: &Self| {
            let document = row.invoice.as_ref().map(|part| (part.number.clone(), part.document.sdi()));
            (
                document,
                row.cup.as_ref().map(|cup| cup.raw.clone()),
                row.cig.as_ref().map(|cig| cig.raw.clone()),
            )
        };
        self.amount == other.amount
            && self.payee == other.payee
            && self.debt == other.debt
            && self.state == other.state
            && raw(self) == raw(other)
    }
}

/// What is wrong with the rows of a mandato together, and with which of them.
fn together(rows: &[&MandatoRow]) -> Option<(usize, RowFault)> {
    if rows.len() > ROWS {
        let fault = RowFault {
            column: Field::Number.text().it.into_owned(),
            value: rows.first()?.number.to_string(),
            reason: both(
                format!("{} righe per un mandato, al massimo {ROWS}", rows.len()),
                format!("{} rows for one mandato, at most {ROWS}", rows.len()),
            ),
        };
        return Some((0, fault));
    }
    for (position, row) in rows.iter().enumerate() {
        let earlier = rows.iter().take(position);
        if let Some(fault) = earlier.into_iter().find_map(|earlier| row.contradicts(earlier)) {
            return Some((position, fault));
        }
    }
    orders::not_positive(rows).map(|fault| (0, fault))
}

/// Whether a row is a total, a note, or a carry-over: nothing of it is the number of a mandato.
fn is_no_data(row: &SheetRow, columns: &Columns) -> bool {
    let shown = |field| columns.shown(row, field).is_some();
    if shown(Field::Number) {
        return false;
    }
    let is_total = row.own_cells().any(|(_, text)| layout::label(&words(text)).is_some());
    is_total || !(shown(Field::Date) || shown(Field::Amount))
}
