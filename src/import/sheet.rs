// SPDX-License-Identifier: EUPL-1.2
//! A sheet as people see it: rows counted from 1, cells with what they show. Cells without content are not kept.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::budget::Budget;
use super::error::ImportError;
use crate::domain::code::is_blank;

/// The content of a cell, never blank.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Cell {
    /// A text, without blanks at its ends.
    Text(Box<str>),
    /// A number, as the shortest decimal text that means it exactly: `35471.47`, never with an exponent.
    Number(Box<str>),
    /// What a merged area shows here; its own content stands in the first cell of the area.
    Merged(Box<str>),
}

impl Cell {
    /// A text cell, unless there are only blanks.
    pub(super) fn text(raw: &str) -> Option<Self> {
        let text = raw.trim_matches(is_blank);
        (!text.is_empty()).then(|| Self::Text(text.into()))
    }

    /// A number cell from the value a spreadsheet keeps.
    pub(super) fn number(value: f64) -> Self {
        let text = value.to_string().into_boxed_str();
        if value.is_finite() { Self::Number(text) } else { Self::Text(text) }
    }

    /// What the cell shows.
    #[must_use]
    pub fn shown(&self) -> &str {
        match self {
            Self::Text(text) | Self::Number(text) | Self::Merged(text) => text,
        }
    }

    /// What the cell itself holds: nothing when it only shows a merged area.
    #[must_use]
    pub fn own(&self) -> Option<&str> {
        match self {
            Self::Text(text) | Self::Number(text) => Some(text),
            Self::Merged(_) => None,
        }
    }
}

/// A row with at least one cell of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SheetRow {
    /// Name of the sheet; of a CSV file its name without extension.
    pub sheet: Arc<str>,
    /// Number of the row as the spreadsheet shows it, from 1.
    pub row: u32,
    cells: Vec<(u32, Cell)>,
}

impl SheetRow {
    /// The cell of a column, counted from 0.
    #[must_use]
    pub fn cell(&self, column: u32) -> Option<&Cell> {
        let position = self.cells.binary_search_by_key(&column, |(column, _)| *column).ok()?;
        self.cells.get(position).map(|(_, cell)| cell)
    }

    /// Every cell with its column, counted from 0.
    pub fn cells(&self) -> impl Iterator<Item = (u32, &Cell)> {
        self.cells.iter().map(|(column, cell)| (*column, cell))
    }

    /// Every cell with content of its own.
    pub(super) fn own_cells(&self) -> impl Iterator<Item = (u32, &str)> {
        self.cells().filter_map(|(column, cell)| cell.own().map(|text| (column, text)))
    }
}

/// A merged area: first and last row, first and last column, counted from 0.
#[derive(Debug, Clone, Copy)]
pub(super) struct Area {
    pub(super) rows: (u32, u32),
    pub(super) columns: (u32, u32),
}

/// A sheet while it is read, in any order of cells; rows and columns counted from 0.
#[derive(Debug, Default)]
pub(super) struct Grid {
    rows: BTreeMap<u32, Vec<(u32, Cell)>>,
    widest: u32,
}

impl Grid {
    /// Puts a cell in its place; of two in one place the first stays.
    pub(super) fn put(
        &mut self,
        row: u32,
        column: u32,
        cell: Cell,
        budget: &mut Budget,
    ) -> Result<(), ImportError> {
        budget.cell(cell.shown().len())?;
        if !self.rows.contains_key(&row) {
            budget.row()?;
        }
        self.widest = self.widest.max(column);
        insert(self.rows.entry(row).or_default(), column, cell);
        Ok(())
    }

    /// Shows the first cell of an area in all its other cells, as far as the sheet has rows and columns.
    pub(super) fn merge(&mut self, area: Area, budget: &mut Budget) -> Result<(), ImportError> {
        let Some(text) = self.shown(area.rows.0, area.columns.0) else { return Ok(()) };
        let last = area.columns.1.min(self.widest);
        if area.rows.1 < area.rows.0 {
            return Ok(());
        }
        for (_, row) in self.rows.range_mut(area.rows.0..=area.rows.1) {
            for column in area.columns.0..=last {
                budget.cell(text.len())?;
                insert(row, column, Cell::Merged(text.clone()));
            }
        }
        Ok(())
    }

    fn shown(&self, row: u32, column: u32) -> Option<Box<str>> {
        let cells = self.rows.get(&row)?;
        let position = cells.binary_search_by_key(&column, |(column, _)| *column).ok()?;
        cells.get(position).map(|(_, cell)| cell.shown().into())
    }

    /// The rows of the sheet, in order.
    pub(super) fn into_rows(self, sheet: &str) -> impl Iterator<Item = SheetRow> {
        let sheet: Arc<str> = sheet.into();
        self.rows.into_iter().map(move |(row, cells)| SheetRow {
            sheet: Arc::clone(&sheet),
            row: row.saturating_add(1),
            cells,
        })
    }
}

fn insert(cells: &mut Vec<(u32, Cell)>, column: u32, cell: Cell) {
    if let Err(position) = cells.binary_search_by_key(&column, |(column, _)| *column) {
        cells.insert(position, (column, cell));
    }
}
