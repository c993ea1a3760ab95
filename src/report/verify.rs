// SPDX-License-Identifier: EUPL-1.2
//! Proves that a bundle agrees with its own index and with itself: every file of the index is there with its digest, no other file
//! is hidden in the ZIP, the two indexes say the same, and what its JSON says is what each CSV says, with totals that are the sums
//! of the rows. Whether it is the bundle that the gateway made, only its SHA-256 in the audit chain tells.

use std::collections::BTreeSet;
use std::io::{Read, Seek, SeekFrom, copy, sink};

use zip::ZipArchive;

use super::ReportError;
use super::bundle::{INDEX_CSV, INDEX_JSON, Index, index_csv};
use super::hashed::Hashed;

mod contents;

/// Bytes of an index: larger ones are not looked into.
const READ_MAX: u64 = 64 << 20;
/// Files of a bundle.
const FILES_MAX: usize = 200_000;

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
pub fn verify(mut file: impl Read + Seek) -> Result<Verified, ReportError> {
    let hidden = hidden(&mut file)?;
    let mut zip = ZipArchive::new(&mut file)?;
    let index: Index = serde_json::from_slice(&whole(&mut zip, INDEX_JSON)?)?;
    let mut verified = Verified {
        title: index.title.clone(),
        files: index.files.len(),
        faults: hidden,
        broken_before: Vec::new(),
    };
    if zip.len() > FILES_MAX {
        verified.faults.push(format!("troppi file: {}", zip.len()));
        return Ok(verified);
    }
    files(&mut zip, &index, &mut verified)?;
    if whole(&mut zip, INDEX_CSV).ok() != Some(index_csv(&index)?) {
        verified.faults.push(format!("{INDEX_CSV} non dice lo stesso di {INDEX_JSON}"));
    }
    let reports: Vec<_> = index.files.iter().filter(|file| file.path.starts_with("04-")).collect();
    match *reports {
        [file] => match zip.by_name(&file.path) {
            Ok(json) => verified.faults.extend(contents::faults(json.take(file.size), &index)),
            Err(error) => verified.faults.push(format!("{}: {error}", file.path)),
        },
        _ => verified.faults.push("manca il file JSON del rapporto, o ce n'è più d'uno".to_owned()),
    }
    Ok(verified)
}

/// Every file of the index is there with its digest, and no other.
fn files<R: Read + Seek>(
    zip: &mut ZipArchive<R>,
    index: &Index,
    verified: &mut Verified,
) -> Result<(), ReportError> {
    let mut unlisted = BTreeSet::new();
    for place in 0..zip.len() {
        unlisted.insert(zip.by_index_raw(place)?.name()?.into_owned());
    }
    unlisted.remove(INDEX_JSON);
    unlisted.remove(INDEX_CSV);
    for file in &index.files {
        if !unlisted.remove(&file.path) {
            verified.faults.push(format!("{}: è nell'indice e non nel file ZIP", file.path));
            continue;
        }
        match digest(zip, &file.path, file.size) {
            Ok((digest, size)) if digest == file.sha256 && size == file.size => {}
            Ok(_) => verified.faults.push(format!("{}: il contenuto non è quello dell'indice", file.path)),
            Err(error) => verified.faults.push(format!("{}: non si può leggere ({error})", file.path)),
        }
        if !file.intact {
            verified.broken_before.push(file.path.clone());
        }
    }
    verified.faults.extend(unlisted.into_iter().map(|path| format!("{path}: non è nell'indice")));
    Ok(())
}

fn whole<R: Read + Seek>(zip: &mut ZipArchive<R>, path: &str) -> Result<Vec<u8>, ReportError> {
    let mut bytes = Vec::new();
    zip.by_name(path)?.take(READ_MAX).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// The digest of a file, piece by piece; of one that is larger than its index says, no more is unpacked than that.
fn digest<R: Read + Seek>(
    zip: &mut ZipArchive<R>,
    path: &str,
    size: u64,
) -> Result<(String, u64), ReportError> {
    let mut file = zip.by_name(path)?.take(size.saturating_add(1));
    let mut digest = Hashed::new(sink());
    copy(&mut file, &mut digest)?;
    Ok(digest.finish())
}

/// What other programs could find in the file, and readers of its directory do not: something before the first file or after
/// the last record, two files of one name, a file that calls itself otherwise than the directory does.
fn hidden(file: &mut (impl Read + Seek)) -> Result<Vec<String>, ReportError> {
    let length = file.seek(SeekFrom::End(0))?;
    let mut faults = Vec::new();
    let mut end = [0; 22];
    if length < 22
        || file.seek(SeekFrom::Start(length - 22)).is_err()
        || file.read_exact(&mut end).is_err()
        || end[..4] != *b"PK\x05\x06"
    {
        faults.push("il file ZIP ha un commento o altri dati in coda".to_owned());
    }
    let mut zip = ZipArchive::new(&mut *file)?;
    if zip.offset() != 0 {
        faults.push("il file ZIP ha altri dati in testa".to_owned());
    }
    let stated = usize::from(u16::from_le_bytes([end[10], end[11]]));
    if faults.is_empty() && stated != usize::from(u16::MAX) && stated != zip.len() {
        faults.push(format!("il file ZIP dichiara {stated} file e ne ha {} di nome diverso", zip.len()));
    }
    let mut starts = Vec::new();
    for place in 0..zip.len() {
        let entry = zip.by_index_raw(place)?;
        starts.push((entry.header_start(), entry.name()?.into_owned()));
    }
    drop(zip);
    for (start, name) in starts {
        if local_name(file, start).as_deref() != Some(name.as_bytes()) {
            faults.push(format!("{name}: nel file ZIP ha anche un altro nome"));
        }
    }
    Ok(faults)
}

/// The name in the header that stands before a file's bytes.
fn local_name(file: &mut (impl Read + Seek), start: u64) -> Option<Vec<u8>> {
    let mut header = [0; 30];
    file.seek(SeekFrom::Start(start)).ok()?;
    file.read_exact(&mut header).ok()?;
    let mut name = vec![0; usize::from(u16::from_le_bytes([header[26], header[27]]))];
    file.read_exact(&mut name).ok()?;
    Some(name)
}
