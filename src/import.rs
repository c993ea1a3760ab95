// SPDX-License-Identifier: EUPL-1.2
//! Reads the list of beneficiaries as ministries publish it: CSV, XLSX or ODS with titles, merged cells, subtotals,
//! repeated headers and codes that lost their zeros. Every row ends as taken or as rejected with its reason. Nothing is
//! stored here. `mandati` reads lists of orders of payment. `files` finds documents in folders and archives.

use std::path::Path;

mod amounts;
mod archive;
mod beneficiaries;
mod budget;
mod columns;
mod delimited;
mod error;
mod files;
mod layout;
mod mandati;
mod ods;
mod places;
mod sheet;
mod source;
mod spelling;
mod totals;
mod xlsx;

pub use beneficiaries::{Beneficiary, BeneficiaryList, RowReport, Status, Warning, resolve};
pub use error::{Column, ImportError, Limit};
pub use files::{Document, documents_of, each_document};
pub use mandati::{MandatiList, MandatoRow, MandatoState, RejectedRow, RowFault, read_mandati};
pub use sheet::{Cell, SheetRow};

use crate::domain::sha256::sha256;

/// A file as it was read, once: its rows and its fingerprint are of the same bytes, whatever becomes of the file.
#[derive(Debug, Clone)]
pub struct ReadFile {
    /// Every row that is not blank: of all sheets, in their order.
    pub rows: Vec<SheetRow>,
    /// SHA-256 of the bytes, in lower-case hexadecimal.
    pub sha256: String,
}

/// Reads a file. What it is, its content says.
///
/// # Errors
/// When the file cannot be read, is of another kind, is damaged or exceeds the limits.
pub fn read_file(path: &Path) -> Result<ReadFile, ImportError> {
    let (bytes, sheet) = source::read(path)?;
    read_bytes(&bytes, &sheet)
}

/// Reads a file that is at hand already; a CSV has one sheet of that name.
///
/// # Errors
/// As [`read_file`].
pub fn read_bytes(bytes: &[u8], sheet: &str) -> Result<ReadFile, ImportError> {
    Ok(ReadFile { rows: source::rows(bytes, sheet)?, sha256: sha256(bytes) })
}
