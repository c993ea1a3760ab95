// SPDX-License-Identifier: EUPL-1.2
//! Lists of beneficiaries as they really look: whatever is wrong with a row is told, and nothing else is lost.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use mepa_gateway::domain::money::Money;
use mepa_gateway::import::{BeneficiaryList, ImportError, RowReport, Status, read_file, resolve};
use mepa_gateway::reference::{Comuni, Reference};

mod delimited;
mod faults;
mod layouts;
mod names;
mod ods;
mod official;
mod xlsx;

static REFERENCE: LazyLock<Reference> = LazyLock::new(|| Reference::embedded().unwrap());

fn comuni() -> &'static Comuni {
    &REFERENCE.comuni
}

/// The most the programme of these tests grants.
const MINIMUM: Money = Money::ZERO;
const MAXIMUM: Money = Money::from_cents(51_240_000);

fn read(path: &Path, progress: &mut dyn FnMut(u64, u64)) -> Result<BeneficiaryList, ImportError> {
    resolve(&read_file(path)?.rows, comuni(), [MINIMUM, MAXIMUM], progress)
}

/// Reads bytes as a file of the given name.
fn import_as(name: &str, bytes: &[u8]) -> Result<BeneficiaryList, ImportError> {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join(name);
    std::fs::write(&path, bytes).unwrap();
    read(&path, &mut |_, _| {})
}

fn import(text: &str) -> BeneficiaryList {
    import_as("elenco.csv", text.as_bytes()).unwrap()
}

/// ISTAT code and amount of what was taken.
fn taken(list: &BeneficiaryList) -> Vec<(String, String)> {
    list.taken.iter().map(|taken| (taken.istat.to_string(), taken.amount.to_string())).collect()
}

/// The codes that a one-row CSV with these columns gives, or the Italian reason.
fn one(header: &str, row: &str) -> Result<String, String> {
    let list = import(&format!("{header};importo\n{row};35.471,47\n"));
    let [report] = list.rows.as_slice() else { panic!("{row}: {:?}", list.rows) };
    match report.status {
        Status::Taken => Ok(report.istat.unwrap().to_string()),
        Status::Rejected => Err(reason(report)),
    }
}

fn reason(report: &RowReport) -> String {
    report.reason.as_ref().unwrap().it.to_string()
}

fn warnings(list: &BeneficiaryList) -> Vec<String> {
    let place = |row: Option<u32>| row.map_or_else(|| "-".to_owned(), |row| row.to_string());
    list.warnings.iter().map(|warning| format!("{}: {}", place(warning.row), warning.text.it)).collect()
}
