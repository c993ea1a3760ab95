// SPDX-License-Identifier: EUPL-1.2
//! How much of a file is taken into memory: a small file can claim to hold a huge sheet.

use super::error::{ImportError, Limit};

/// The most rows with content, over all sheets.
const ROWS: u64 = 1_000_000;
/// The most cells with content.
const CELLS: u64 = 5_000_000;
/// The most text, in bytes.
const TEXT: u64 = 256 << 20;

/// What may still be taken.
#[derive(Debug)]
pub(super) struct Budget {
    rows: u64,
    cells: u64,
    text: u64,
}

impl Budget {
    /// The whole of what one file may hold.
    pub(super) const fn new() -> Self {
        Self { rows: ROWS, cells: CELLS, text: TEXT }
    }

    /// Takes a row.
    pub(super) fn row(&mut self) -> Result<(), ImportError> {
        self.rows = self.rows.checked_sub(1).ok_or(ImportError::TooMuch(Limit::Rows(ROWS)))?;
        Ok(())
    }

    /// Takes a cell with so many bytes of text.
    pub(super) fn cell(&mut self, bytes: usize) -> Result<(), ImportError> {
        self.cells = self.cells.checked_sub(1).ok_or(ImportError::TooMuch(Limit::Cells(CELLS)))?;
        let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
        self.text = self.text.checked_sub(bytes).ok_or(ImportError::TooMuch(Limit::Text(TEXT >> 20)))?;
        Ok(())
    }
}
