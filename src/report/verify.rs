// SPDX-License-Identifier: EUPL-1.2
//! Proves that a bundle is whole: every file of its index is there with its digest, no other file is, the two indexes say the
//! same, and every total in its JSON is the sum of the rows beside it.

use std::collections::BTreeSet;
use std::io::{Read, Seek};

use serde_json::Value;
use zip::ZipArchive;

use super::ReportError;
use super::bundle::{INDEX_CSV, INDEX_JSON, Index, index_csv};
use crate::domain::sha256::sha256;

/// Bytes of an index or a JSON report that are read into memory at most.
const WHOLE_MAX: u64 = 1 << 30;

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// What the bundle says it is.
    pub title: String,
    /// How many files were looked at.
    pub files: usize,
    /// What is wrong; empty when all is well.
    pub faults: Vec<String>,
    /// What was already wrong when the bundle was made: evidence that is not what had been recorded.
    pub broken_before: Vec<String>,
}

/// Looks at every file of a bundle.
///
/// # Errors
/// When it is no ZIP, or has no index.
pub fn verify(zip: impl Read + Seek) -> Result<Verified, ReportError> {
    let mut zip = ZipArchive::new(zip)?;
    let index: Index = serde_json::from_slice(&whole(&mut zip, INDEX_JSON)?)?;
    let mut verified =
        Verified { title: index.title.clone(), files: 0, faults: Vec::new(), broken_before: Vec::new() };
    let mut unlisted: BTreeSet<String> = (0..zip.len())
        .map(|place| Ok::<_, ReportError>(zip.by_index_raw(place)?.name()?.into_owned()))
        .collect::<Result<_, _>>()?;
    unlisted.remove(INDEX_JSON);
    unlisted.remove(INDEX_CSV);
    for file in &index.files {
        verified.files += 1;
        if !unlisted.remove(&file.path) {
            verified.faults.push(format!("{}: è nell'indice e non nel file ZIP", file.path));
            continue;
        }
        match digest(&mut zip, &file.path, file.size) {
            Ok(digest) if digest == file.sha256 => {}
            Ok(_) => verified.faults.push(format!("{}: il contenuto non è quello dell'indice", file.path)),
            Err(error) => verified.faults.push(format!("{}: non si può leggere ({error})", file.path)),
        }
        if !file.intact {
            verified.broken_before.push(file.path.clone());
        }
    }
    verified.faults.extend(unlisted.into_iter().map(|path| format!("{path}: non è nell'indice")));
    if whole(&mut zip, INDEX_CSV).ok() != Some(index_csv(&index)?) {
        verified.faults.push(format!("{INDEX_CSV} non dice lo stesso di {INDEX_JSON}"));
    }
    let reports: Vec<String> =
        index.files.iter().filter(|file| file.origin == "report").map(|file| file.path.clone()).collect();
    for path in reports.iter().filter(|path| path.ends_with(".json")) {
        let report: Value = serde_json::from_slice(&whole(&mut zip, path)?)?;
        verified.faults.extend(wrong_totals(&report).into_iter().map(|fault| format!("{path}: {fault}")));
    }
    Ok(verified)
}

fn whole<R: Read + Seek>(zip: &mut ZipArchive<R>, path: &str) -> Result<Vec<u8>, ReportError> {
    let mut bytes = Vec::new();
    zip.by_name(path)?.take(WHOLE_MAX).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The digest of a file; of one that is larger than its index says, no more is unpacked than that.
fn digest<R: Read + Seek>(zip: &mut ZipArchive<R>, path: &str, size: u64) -> Result<String, ReportError> {
    let mut bytes = Vec::new();
    zip.by_name(path)?.take(size.saturating_add(1).min(WHOLE_MAX)).read_to_end(&mut bytes)?;
    Ok(sha256(&bytes))
}

/// Totals of tables that are not the sums of their rows.
fn wrong_totals(report: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    for (name, table) in report["tables"].as_object().into_iter().flatten() {
        for (key, total) in table["totals"].as_object().into_iter().flatten() {
            let cells = table["rows"].as_array().into_iter().flatten().map(|row| number(&row[key]));
            let sum = cells.sum::<i128>();
            if number(total) != sum && i64::try_from(sum).is_ok() {
                wrong.push(format!("il totale di «{key}» in «{name}» non è la somma delle righe"));
            }
        }
    }
    wrong
}

/// A cell as a whole number: cents, or a count.
fn number(cell: &Value) -> i128 {
    match cell {
        // Two decimals, always: without the point it is cents.
        Value::String(text) => text.replace('.', "").parse().unwrap_or(0),
        other => other.as_i64().map_or(0, i128::from),
    }
}
