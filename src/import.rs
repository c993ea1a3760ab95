// SPDX-License-Identifier: EUPL-1.2
//! Reads the list of beneficiaries as ministries publish it: CSV, XLSX or ODS with titles, merged cells, subtotals,
//! repeated headers and codes that lost their zeros. Every row ends as taken or as rejected with its reason. Nothing is
//! stored here.

use std::path::Path;

mod amounts;
mod archive;
mod beneficiaries;
mod budget;
mod columns;
mod delimited;
mod error;
mod layout;
mod names;
mod ods;
mod places;
mod sheet;
mod source;
mod spelling;
mod totals;
mod xlsx;

pub use beneficiaries::{Beneficiary, BeneficiaryList, RowReport, Status, Warning, resolve};
pub use error::{Column, ImportError, Limit};
pub use sheet::{Cell, SheetRow};

use crate::domain::money::Money;
use crate::reference::Comuni;

/// Reads every row of a file that is not blank: of all sheets, in their order. What the file is, its content says.
///
/// # Errors
/// When the file cannot be read, is of another kind, is damaged or exceeds the limits.
pub fn read_rows(path: &Path) -> Result<Vec<SheetRow>, ImportError> {
    source::read(path)
}

/// Reads every row of bytes that are already in memory; `sheet` names the one sheet of a CSV.
///
/// # Errors
/// Those of [`read_rows`], save that nothing can fail to open.
pub fn read_rows_of(bytes: &[u8], sheet: &str) -> Result<Vec<SheetRow>, ImportError> {
    source::read_bytes(bytes, sheet)
}

/// Reads a list of beneficiaries and finds the Comune and the amount of every row. `maximum` is the largest amount the
/// programme grants; `progress` is told rows done and rows in all.
///
/// # Errors
/// Those of [`read_rows`], and when no sheet has columns for the Comune and for the amount.
pub fn read_beneficiaries(
    path: &Path,
    comuni: &Comuni,
    maximum: Money,
    progress: &mut dyn FnMut(u64, u64),
) -> Result<BeneficiaryList, ImportError> {
    resolve(&read_rows(path)?, comuni, maximum, progress)
}
