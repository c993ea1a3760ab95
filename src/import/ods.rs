// SPDX-License-Identifier: EUPL-1.2
//! ODS, read from its `content.xml` directly: a cell or row may say that it repeats a million times, and the general
//! reader would lay all of them out. Here repeats count against the limits, and empty ones cost nothing.

use std::io::{BufRead, BufReader};

use quick_xml::Reader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesRef, BytesStart, Event};

use super::archive;
use super::budget::Budget;
use super::error::ImportError;
use super::sheet::{Area, Cell, Grid, SheetRow};

/// The widest sheet: what lies to the right of it is not looked at.
const COLUMNS: u32 = 16_384;

/// Reads all tables.
pub(super) fn read(bytes: &[u8], budget: &mut Budget) -> Result<Vec<SheetRow>, ImportError> {
    let mut archive = archive::open(bytes)?;
    let content = archive.by_name("content.xml").map_err(|error| archive::damaged(&error))?;
    let mut document = Document { xml: Reader::from_reader(BufReader::new(content)), buffer: Vec::new() };
    let mut rows = Vec::new();
    while let Some((start, empty)) = document.next_start()? {
        match start.local_name().as_ref() {
            "table" if !empty => {
                let name = attribute(&start, "name")?.unwrap_or_default();
                rows.extend(read_table(&mut document, budget)?.into_rows(&name));
            }
            "tracked-changes" | "shapes" if !empty => document.skip(&start)?,
            _ => {}
        }
    }
    Ok(rows)
}

/// The cells of one row while it is read, and how wide it is so far.
#[derive(Default)]
struct Line {
    cells: Vec<(u32, Cell)>,
    width: u32,
    repeated: u32,
}

fn read_table(document: &mut Document<impl BufRead>, budget: &mut Budget) -> Result<Grid, ImportError> {
    let mut grid = Grid::default();
    let mut areas = Vec::new();
    let mut row = 0_u32;
    let mut line = Line::default();
    loop {
        match document.next()? {
            Event::Start(start) => match start.local_name().as_ref() {
                "table-row" => {
                    line = Line { repeated: repeated(&start, "number-rows-repeated")?, ..Line::default() }
                }
                "table-cell" | "covered-table-cell" => {
                    let cell = cell_content(document, &start)?;
                    line.put(&start, cell, row, &mut areas, budget)?;
                }
                "tracked-changes" | "shapes" => document.skip(&start)?,
                _ => {}
            },
            Event::Empty(start) => match start.local_name().as_ref() {
                "table-row" => row = row.saturating_add(repeated(&start, "number-rows-repeated")?),
                "table-cell" | "covered-table-cell" => {
                    let cell = value_cell(&start)?;
                    line.put(&start, cell, row, &mut areas, budget)?;
                }
                _ => {}
            },
            Event::End(end) => match end.local_name().as_ref() {
                "table-row" => row = std::mem::take(&mut line).lay(&mut grid, row, budget)?,
                "table" => break,
                _ => {}
            },
            Event::Eof => return Err(ImportError::Corrupt("the table does not end".to_owned())),
            _ => {}
        }
    }
    for area in areas {
        grid.merge(area, budget)?;
    }
    Ok(grid)
}

impl Line {
    /// Adds a cell as often as it repeats, and notes the area it is merged over.
    fn put(
        &mut self,
        start: &BytesStart<'_>,
        cell: Option<Cell>,
        row: u32,
        areas: &mut Vec<Area>,
        budget: &mut Budget,
    ) -> Result<(), ImportError> {
        let first = self.width;
        self.width = first.saturating_add(repeated(start, "number-columns-repeated")?).min(COLUMNS);
        let Some(cell) = cell else { return Ok(()) };
        for column in first..self.width {
            budget.cell(cell.shown().len())?;
            self.cells.push((column, cell.clone()));
        }
        let rows = repeated(start, "number-rows-spanned")?;
        let columns = repeated(start, "number-columns-spanned")?;
        if rows > 1 || columns > 1 {
            let last = |first: u32, count: u32| first.saturating_add(count.saturating_sub(1));
            areas.push(Area { rows: (row, last(row, rows)), columns: (first, last(first, columns)) });
        }
        Ok(())
    }

    /// Puts the row into the sheet as often as it repeats; gives the number of the next row.
    fn lay(self, grid: &mut Grid, row: u32, budget: &mut Budget) -> Result<u32, ImportError> {
        let next = row.saturating_add(self.repeated);
        if !self.cells.is_empty() {
            for row in row..next {
                for (column, cell) in &self.cells {
                    grid.put(row, *column, cell.clone(), budget)?;
                }
            }
        }
        Ok(next)
    }
}

/// The content of a cell: the value it declares, else the text of its paragraphs. Reads up to the end of the cell.
fn cell_content(
    document: &mut Document<impl BufRead>,
    start: &BytesStart<'static>,
) -> Result<Option<Cell>, ImportError> {
    let value = value_cell(start)?;
    let mut text = String::new();
    loop {
        match document.next()? {
            Event::Start(inner) => match inner.local_name().as_ref() {
                "annotation" | "frame" | "table" => document.skip(&inner)?,
                "p" if !text.is_empty() => text.push(' '),
                _ => {}
            },
            Event::Empty(inner) if matches!(inner.local_name().as_ref(), "s" | "tab" | "line-break") => {
                text.push(' ')
            }
            Event::Text(piece) => text.push_str(&piece.xml10_content()),
            Event::CData(piece) => text.push_str(&piece.xml10_content()),
            Event::GeneralRef(reference) => text.push_str(&resolve(&reference)?),
            Event::End(end) if end.name() == start.name() => return Ok(value.or_else(|| Cell::text(&text))),
            Event::Eof => return Err(ImportError::Corrupt("a cell does not end".to_owned())),
            _ => {}
        }
    }
}

/// The value a cell declares in its attributes.
fn value_cell(start: &BytesStart<'_>) -> Result<Option<Cell>, ImportError> {
    let kind = attribute(start, "value-type")?.unwrap_or_default();
    Ok(match kind.as_str() {
        "float" | "currency" | "percentage" => attribute(start, "value")?.and_then(|value| number(&value)),
        "date" => attribute(start, "date-value")?.and_then(|value| Cell::text(&value)),
        "string" => attribute(start, "string-value")?.and_then(|value| Cell::text(&value)),
        _ => None,
    })
}

/// A plain decimal stays as it is; only one with an exponent is taken through a float.
fn number(raw: &str) -> Option<Cell> {
    let plain = raw.bytes().all(|byte| byte.is_ascii_digit() || matches!(byte, b'.' | b'-'));
    match raw.parse::<f64>() {
        Ok(_) if plain => Some(Cell::Number(raw.into())),
        Ok(value) => Some(Cell::number(value)),
        Err(_) => Cell::text(raw),
    }
}

fn repeated(start: &BytesStart<'_>, name: &str) -> Result<u32, ImportError> {
    Ok(attribute(start, name)?.and_then(|count| count.parse().ok()).unwrap_or(1).max(1))
}

/// An attribute by its local name: the prefixes of OpenDocument are fixed in practice and unique here.
fn attribute(start: &BytesStart<'_>, name: &str) -> Result<Option<String>, ImportError> {
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|error| ImportError::Corrupt(error.to_string()))?;
        let local = attribute.key.local_name();
        // `calcext:value-type` repeats `office:value-type` and may say otherwise.
        if local.as_ref() == name && !attribute.key.as_ref().starts_with("calcext:") {
            let value = attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0);
            return Ok(Some(value.map_err(|error| ImportError::Corrupt(error.to_string()))?.into_owned()));
        }
    }
    Ok(None)
}

/// What a reference in the text stands for. A document cannot define its own: that would be a DTD, and it is refused.
fn resolve(reference: &BytesRef<'_>) -> Result<String, ImportError> {
    let character = reference.resolve_char_ref().map_err(|error| ImportError::Corrupt(error.to_string()))?;
    match character {
        Some(character) => Ok(character.to_string()),
        None => {
            let name = reference.xml10_content();
            let text = resolve_predefined_entity(&name).map(str::to_owned);
            text.ok_or_else(|| ImportError::Corrupt(format!("unknown reference &{name};")))
        }
    }
}

/// The XML of the sheet.
struct Document<R> {
    xml: Reader<R>,
    buffer: Vec<u8>,
}

impl<R: BufRead> Document<R> {
    fn next(&mut self) -> Result<Event<'static>, ImportError> {
        self.buffer.clear();
        match self.xml.read_event_into(&mut self.buffer) {
            Ok(Event::DocType(_)) => {
                Err(ImportError::Corrupt("document type declarations are refused".to_owned()))
            }
            Ok(event) => Ok(event.into_owned()),
            Err(error) => Err(ImportError::Corrupt(error.to_string())),
        }
    }

    /// The next start of an element, and whether it is already its end.
    fn next_start(&mut self) -> Result<Option<(BytesStart<'static>, bool)>, ImportError> {
        loop {
            match self.next()? {
                Event::Start(start) => return Ok(Some((start, false))),
                Event::Empty(start) => return Ok(Some((start, true))),
                Event::Eof => return Ok(None),
                _ => {}
            }
        }
    }

    /// Reads on to the end of an element.
    fn skip(&mut self, start: &BytesStart<'_>) -> Result<(), ImportError> {
        self.buffer.clear();
        let end = start.to_end();
        self.xml
            .read_to_end_into(end.name(), &mut self.buffer)
            .map(|_| ())
            .map_err(|error| ImportError::Corrupt(error.to_string()))
    }
}
