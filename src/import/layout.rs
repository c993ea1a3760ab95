// SPDX-License-Identifier: EUPL-1.2
//! Where the header of a sheet is, also on two lines, and what each row below it is.

use super::columns::{Columns, Doubt, Field, Heading, says_granted};
use super::error::{Column, ImportError};
use super::sheet::{Cell, SheetRow};
use super::spelling::{any_of, words};

/// How many rows with content are searched for a header.
const SEARCHED: usize = 200;

/// The header of a sheet.
#[derive(Debug)]
pub(super) struct Layout {
    pub(super) columns: Columns,
    /// Position of the first row below the header.
    pub(super) body: usize,
    /// The lines of the header as they are compared, to know them again on the next page.
    lines: Vec<Vec<String>>,
}

/// What a row below the header is.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A line of the header again.
    Header,
    /// A total or subtotal; the position tells what it is a total of.
    Total(Level),
    /// Carried over from page to page.
    Carried,
    /// One text and no amount: the name of a region, or a note.
    Lone,
    /// Anything else.
    Data,
}

/// What a total sums up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Level {
    /// A part of a region: a province, a page.
    Part,
    /// A region, or whatever stands above.
    Region,
    /// Everything.
    Grand,
}

/// Why a sheet has no usable header: the likeliest row, and how many fields were recognised there.
#[derive(Debug)]
pub(super) struct NoHeader {
    pub(super) recognised: usize,
    pub(super) error: ImportError,
}

/// Finds the header of a sheet: the first row, or pair of rows, that names both the Comune and the amount.
pub(super) fn find(rows: &[SheetRow]) -> Result<Layout, NoHeader> {
    let mut nearest: Option<NoHeader> = None;
    for index in 0..rows.len().min(SEARCHED) {
        match header_at(rows, index) {
            Ok(layout) => return Ok(layout),
            Err(none) if nearest.as_ref().is_none_or(|nearest| nearest.recognised < none.recognised) => {
                nearest = Some(none);
            }
            Err(_) => {}
        }
    }
    Err(nearest.unwrap_or(NoHeader { recognised: 0, error: ImportError::Empty }))
}

/// The header that begins at a row, or what that row lacks to be one.
fn header_at(rows: &[SheetRow], index: usize) -> Result<Layout, NoHeader> {
    let row = &rows[index];
    let alone = match recognise(row, None) {
        Ok(columns) if columns.is_complete() => return Ok(lengthen(rows, index, columns)),
        alone => alone,
    };
    // A lone text is a title, and so is any row above one that suffices alone.
    let next = rows.get(index + 1).filter(|next| {
        next.row.saturating_sub(row.row) <= 2
            && row.own_cells().count() > 1
            && recognise(next, None).is_ok_and(|columns| !columns.is_complete())
    });
    let pair = next.map(|next| recognise(next, Some(row)).map(|pair| (next, pair))).transpose()?;
    match (pair, alone) {
        (Some((next, pair)), _) if pair.is_complete() => {
            Ok(Layout { columns: pair, body: index + 2, lines: vec![line(row), line(next)] })
        }
        (_, Err(none)) => Err(none),
        (Some((next, pair)), Ok(alone)) if pair.count() > alone.count() => Err(no_header(next, &pair)),
        (_, Ok(alone)) => Err(no_header(row, &alone)),
    }
}

/// Takes the row below into a header that suffices alone, when that row only completes it.
fn lengthen(rows: &[SheetRow], index: usize, alone: Columns) -> Layout {
    let row = &rows[index];
    let mut layout = Layout { columns: alone, body: index + 1, lines: vec![line(row)] };
    let Some(next) = rows.get(index + 1) else { return layout };
    if next.own_cells().any(|(_, text)| text.bytes().any(|byte| byte.is_ascii_digit())) {
        return layout;
    }
    let Ok(both) = recognise(next, Some(row)) else { return layout };
    let name = layout.columns.of(Field::Name);
    let names_again =
        name.is_some() && recognise(next, None).is_ok_and(|columns| columns.of(Field::Name) == name);
    let beside_comune =
        layout.own(next, Field::Amount).is_some() && (layout.own(next, Field::Name).is_none() || names_again);
    if both.is_complete() && (both.count() > layout.columns.count() || beside_comune) {
        layout.lines.push(line(next));
        layout.body = index + 2;
        layout.columns = both;
    }
    layout
}

impl Layout {
    /// What a row below the header is. A header with other columns takes the place of the first one.
    pub(super) fn kind(&mut self, row: &SheetRow) -> Kind {
        let line = line(row);
        if self.lines.contains(&line) {
            return Kind::Header;
        }
        if let Ok(columns) = recognise(row, None)
            && columns.is_complete()
        {
            self.columns = columns;
            self.lines.push(line);
            return Kind::Header;
        }
        if let Some(kind) = self.total(row) {
            return kind;
        }
        let amount = self.own(row, Field::Amount);
        if amount.is_none() && row.own_cells().count() == 1 { Kind::Lone } else { Kind::Data }
    }

    /// The own text of a field in a row.
    pub(super) fn own<'r>(&self, row: &'r SheetRow, field: Field) -> Option<&'r str> {
        self.columns.of(field).and_then(|column| row.cell(column)).and_then(Cell::own)
    }

    /// The text a field shows in a row, also when it comes from a merged area.
    pub(super) fn shown<'r>(&self, row: &'r SheetRow, field: Field) -> Option<&'r str> {
        self.columns.of(field).and_then(|column| row.cell(column)).map(Cell::shown)
    }

    fn total(&self, row: &SheetRow) -> Option<Kind> {
        const CODES: [Field; 4] = [Field::Istat, Field::TaxCode, Field::Ipa, Field::Belfiore];
        if CODES.iter().any(|field| {
            self.own(row, *field).is_some_and(|text| !words(text).iter().any(|word| is_total(word)))
        }) {
            return None;
        }
        row.own_cells().find_map(|(_, text)| label(&words(text)))
    }
}

fn is_total(word: &str) -> bool {
    ["totale", "totali", "subtotale", "subtotali", "total", "totals", "subtotal"].contains(&word)
}

/// The kind of a row by one of its texts, when that is the label of a total. No Comune begins with such a word.
pub(super) fn label(words: &[String]) -> Option<Kind> {
    let first = words.first()?;
    if first == "riporto" || words.starts_with(&["a".to_owned(), "riportare".to_owned()]) {
        return Some(Kind::Carried);
    }
    let second = words.get(1);
    let split = ["sub", "grand"].contains(&first.as_str()) && second.is_some_and(|word| is_total(word));
    if !is_total(first) && !split {
        return None;
    }
    let part =
        first.starts_with("sub") || any_of(words, &["provincia", "prov", "pagina", "page", "parziale"]);
    let grand = first == "grand" || any_of(words, &["complessivo", "generale", "complessiva", "overall"]);
    Some(Kind::Total(match (grand, part) {
        (true, _) => Level::Grand,
        (false, true) => Level::Part,
        (false, false) => Level::Region,
    }))
}

/// The texts of a row as they are compared.
fn line(row: &SheetRow) -> Vec<String> {
    row.own_cells().map(|(_, text)| words(text).join(" ")).collect()
}

/// The header texts of each column of a row, with the line above where there is one.
fn headings(row: &SheetRow, above: Option<&SheetRow>) -> Vec<Heading> {
    let mut columns: Vec<u32> = row.own_cells().map(|(column, _)| column).collect();
    if let Some(above) = above {
        columns.extend(above.own_cells().map(|(column, _)| column));
        columns.sort_unstable();
        columns.dedup();
    }
    let heading = |column: u32| {
        let upper = above.and_then(|above| above.cell(column)).map(Cell::shown);
        let lower = row.cell(column).and_then(Cell::own);
        // Without merged cells, "Importo" above stands only over the first of "richiesto" and "concesso".
        let left = above.and_then(|above| above.own_cells().take_while(|(other, _)| *other < column).last());
        let texts = match (upper, lower, left) {
            (Some(upper), Some(lower), _) => vec![lower.to_owned(), format!("{upper} {lower}")],
            (None, Some(lower), Some((_, left))) if says_granted(lower) => {
                vec![lower.to_owned(), format!("{left} {lower}")]
            }
            (Some(text), None, _) | (None, Some(text), _) => vec![text.to_owned()],
            (None, None, _) => Vec::new(),
        };
        Heading { column, texts }
    };
    columns.into_iter().map(heading).collect()
}

fn recognise(row: &SheetRow, above: Option<&SheetRow>) -> Result<Columns, NoHeader> {
    let headings = headings(row, above);
    Columns::recognise(&headings).map_err(|Doubt(columns)| {
        let text = |column: &u32| {
            let heading = headings.iter().find(|heading| heading.column == *column);
            heading.and_then(|heading| heading.texts.last()).cloned().unwrap_or_default()
        };
        let columns = columns.iter().map(text).collect();
        NoHeader { recognised: usize::MAX, error: ImportError::Ambiguous { place: place(row), columns } }
    })
}

fn no_header(row: &SheetRow, columns: &Columns) -> NoHeader {
    let mut missing = Vec::new();
    if !columns.has_comune() {
        missing.push(Column::Comune);
    }
    if columns.of(Field::Amount).is_none() {
        missing.push(Column::Amount);
    }
    let seen = row.own_cells().map(|(_, text)| text.to_owned()).collect();
    let error = ImportError::ColumnsMissing { place: place(row), missing, seen };
    NoHeader { recognised: columns.count(), error }
}

/// A row as messages name it.
pub(super) fn place(row: &SheetRow) -> String {
    format!("{} {}", row.sheet, row.row)
}
