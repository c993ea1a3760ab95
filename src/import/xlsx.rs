// SPDX-License-Identifier: EUPL-1.2
//! XLSX through calamine, cell by cell: its ranges are dense, and two cells in far corners would fill the memory.

use std::io::Cursor;
use std::panic;

use calamine::{DataRef, Reader, SheetType, Xlsx, XlsxError};

use super::budget::Budget;
use super::error::ImportError;
use super::sheet::{Area, Cell, Grid, SheetRow};

/// Reads all worksheets.
pub(super) fn read(bytes: &[u8], budget: &mut Budget) -> Result<Vec<SheetRow>, ImportError> {
    // The library takes some paths inside the file for granted; whoever forges them gets an error, not a crash.
    panic::catch_unwind(panic::AssertUnwindSafe(|| read_book(bytes, budget)))
        .unwrap_or_else(|_| Err(ImportError::Corrupt("the workbook contradicts itself".to_owned())))
}

fn read_book(bytes: &[u8], budget: &mut Budget) -> Result<Vec<SheetRow>, ImportError> {
    let mut book = Xlsx::new(Cursor::new(bytes)).map_err(|error| damaged(&error))?;
    let worksheets: Vec<String> = book
        .sheets_metadata()
        .iter()
        .filter(|sheet| sheet.typ == SheetType::WorkSheet)
        .map(|sheet| sheet.name.clone())
        .collect();
    let mut rows = Vec::new();
    for name in worksheets {
        let mut grid = read_cells(&mut book, &name, budget)?;
        for area in book.merge_cells_by_sheet_name(&name).map_err(|error| damaged(&error))? {
            let area = Area { rows: (area.start.0, area.end.0), columns: (area.start.1, area.end.1) };
            grid.merge(area, budget)?;
        }
        rows.extend(grid.into_rows(&name));
    }
    Ok(rows)
}

fn read_cells(book: &mut Xlsx<Cursor<&[u8]>>, name: &str, budget: &mut Budget) -> Result<Grid, ImportError> {
    let mut grid = Grid::default();
    let mut cells = book.worksheet_cells_reader(name).map_err(|error| damaged(&error))?;
    while let Some(cell) = cells.next_cell().map_err(|error| damaged(&error))? {
        let (row, column) = cell.get_position();
        if let Some(cell) = content(cell.get_value()) {
            grid.put(row, column, cell, budget)?;
        }
    }
    Ok(grid)
}

fn content(value: &DataRef<'_>) -> Option<Cell> {
    match value {
        DataRef::Empty => None,
        DataRef::Int(number) => Some(Cell::Number(number.to_string().into())),
        DataRef::Float(number) => Some(Cell::number(*number)),
        DataRef::String(text) | DataRef::DateTimeIso(text) | DataRef::DurationIso(text) => Cell::text(text),
        DataRef::SharedString(text) => Cell::text(text),
        DataRef::Bool(flag) => Cell::text(&flag.to_string()),
        DataRef::DateTime(date) => {
            let (year, month, day, ..) = date.to_ymd_hms_milli();
            Cell::text(&format!("{year:04}-{month:02}-{day:02}"))
        }
        DataRef::Error(error) => Cell::text(&error.to_string()),
    }
}

fn damaged(error: &XlsxError) -> ImportError {
    ImportError::Corrupt(error.to_string())
}
