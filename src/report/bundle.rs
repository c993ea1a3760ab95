// SPDX-License-Identifier: EUPL-1.2
//! A ZIP of files with an index of all of them: name, size, SHA-256, where each came from and when. The same files at the same
//! moment make the same ZIP, byte for byte.

use std::collections::HashSet;
use std::io::{Seek, Write};

use chrono::{DateTime, Datelike, Timelike, Utc};
use serde::{Deserialize, Serialize};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::ReportError;
use super::csv::CsvWriter;
use super::hashed::Hashed;
use super::json::FORM;
use super::table::{Cell, text};
use crate::domain::rome::rome_naive;

/// Name of the index for programs.
pub const INDEX_JSON: &str = "index.json";
/// Name of the index for people.
pub const INDEX_CSV: &str = "index.csv";

/// A file of the bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Its path in the ZIP.
    pub path: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// How many bytes it has.
    pub size: u64,
    /// Where it came from: `report` for what the gateway made.
    pub origin: String,
    /// When it came to the gateway; none for what the gateway made.
    pub dated: Option<DateTime<Utc>>,
    /// Whether its bytes are those that were recorded when it came.
    pub intact: bool,
}

/// The index of a bundle.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Index {
    /// Version of the form.
    pub form: String,
    /// What the bundle is.
    pub title: String,
    /// The moment at which the figures stood so.
    pub as_of: DateTime<Utc>,
    /// Every file but the two indexes.
    pub files: Vec<Entry>,
}

/// Where a file came from.
#[derive(Debug, Clone, Copy)]
pub struct Provenance<'a> {
    /// By which way it came.
    pub origin: &'a str,
    /// When it came; none for what the gateway made.
    pub dated: Option<DateTime<Utc>>,
    /// The digest that was recorded when it came; none for what the gateway made.
    pub recorded: Option<&'a str>,
}

/// What the gateway made.
pub const MADE: Provenance<'static> = Provenance { origin: "report", dated: None, recorded: None };

/// A bundle being written.
pub struct Bundle<W: Write + Seek> {
    zip: ZipWriter<W>,
    title: String,
    as_of: DateTime<Utc>,
    files: Vec<Entry>,
    paths: HashSet<String>,
}

impl<W: Write + Seek> Bundle<W> {
    /// An empty bundle.
    pub fn new(out: W, title: &str, as_of: DateTime<Utc>) -> Self {
        Self {
            zip: ZipWriter::new(out),
            title: title.to_owned(),
            as_of,
            files: Vec::new(),
            paths: HashSet::new(),
        }
    }

    /// Adds a file; says whether its bytes are those that were recorded. A path that is taken gets a number.
    ///
    /// # Errors
    /// When nothing can be written.
    pub fn add(&mut self, path: &str, bytes: &[u8], from: Provenance<'_>) -> Result<bool, ReportError> {
        self.write(path, from, |out| out.write_all(bytes))
    }

    /// Adds a file that the gateway makes, as it is made.
    ///
    /// # Errors
    /// When it cannot be made, or nothing can be written.
    pub fn make(
        &mut self,
        path: &str,
        make: impl FnOnce(&mut dyn Write) -> std::io::Result<()>,
    ) -> Result<(), ReportError> {
        self.write(path, MADE, make).map(drop)
    }

    fn write(
        &mut self,
        path: &str,
        from: Provenance<'_>,
        write: impl FnOnce(&mut dyn Write) -> std::io::Result<()>,
    ) -> Result<bool, ReportError> {
        let path = self.free(path);
        self.zip.start_file(&*path, self.options(&path))?;
        let mut hashed = Hashed::new(&mut self.zip);
        write(&mut hashed)?;
        let (sha256, size) = hashed.finish();
        let intact = from.recorded.is_none_or(|recorded| recorded == sha256);
        let (origin, dated) = (from.origin.to_owned(), from.dated);
        self.files.push(Entry { sha256, size, origin, dated, intact, path });
        Ok(intact)
    }

    /// The path, or the first of its kind that nobody has.
    fn free(&mut self, path: &str) -> String {
        let (stem, ending) = path.rsplit_once('.').unwrap_or((path, ""));
        let numbered = (2u32..).map(|n| format!("{stem}-{n}.{ending}"));
        let free = std::iter::once(path.to_owned()).chain(numbered).find(|path| !self.paths.contains(path));
        let free = free.unwrap_or_else(|| path.to_owned());
        self.paths.insert(free.clone());
        free
    }

    /// What is packed already is stored as it is.
    fn options(&self, path: &str) -> SimpleFileOptions {
        let local = rome_naive(self.as_of);
        let part = |n: u32| u8::try_from(n).unwrap_or(0);
        let (year, clock) = (u16::try_from(local.year()).unwrap_or(1980), local.time());
        let at = zip::DateTime::from_date_and_time(
            year,
            part(local.month()),
            part(local.day()),
            part(clock.hour()),
            part(clock.minute()),
            part(clock.second()),
        );
        let is_packed = [".xlsx", ".pdf", ".zip"].iter().any(|ending| path.ends_with(ending));
        let method = if is_packed { CompressionMethod::Stored } else { CompressionMethod::Deflated };
        SimpleFileOptions::default().compression_method(method).last_modified_time(at.unwrap_or_default())
    }

    /// Writes the two indexes and ends the ZIP.
    ///
    /// # Errors
    /// When nothing can be written.
    pub fn finish(mut self) -> Result<(W, Index), ReportError> {
        self.files.sort_by(|one, other| one.path.cmp(&other.path));
        let files = std::mem::take(&mut self.files);
        let index = Index { form: FORM.into(), title: self.title.clone(), as_of: self.as_of, files };
        let mut json = serde_json::to_vec_pretty(&index)?;
        json.push(b'\n');
        for (path, bytes) in [(INDEX_CSV, index_csv(&index)?), (INDEX_JSON, json)] {
            self.zip.start_file(path, self.options(path))?;
            self.zip.write_all(&bytes)?;
        }
        Ok((self.zip.finish()?, index))
    }
}

/// The index for people.
pub(super) fn index_csv(index: &Index) -> Result<Vec<u8>, ReportError> {
    let heads = ["File", "SHA-256", "Byte", "Origine", "Arrivato il", "Integro"];
    let mut bytes = Vec::new();
    let mut csv = CsvWriter::new(&mut bytes, heads)?;
    for file in &index.files {
        let size = Cell::Count(i64::try_from(file.size).unwrap_or(i64::MAX));
        let intact = text(if file.intact { "sì" } else { "NO" });
        let cells =
            [text(&file.path), text(&file.sha256), size, text(&file.origin), file.dated.into(), intact];
        csv.row(&cells)?;
    }
    csv.finish()?;
    Ok(bytes)
}

/// The moment of a bundle in its name, Rome time to the second: what was made a moment ago is not written over.
#[must_use]
pub fn stamp(as_of: DateTime<Utc>) -> String {
    rome_naive(as_of).format("%Y%m%d-%H%M%S").to_string()
}

/// A word that any system takes for a part of a file's name.
#[must_use]
pub fn name_part(word: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '.') { c } else { '_' };
    let name: String = word.chars().map(plain).take(60).collect();
    let name = name.trim_matches(['.', '_']);
    if name.is_empty() { "senza-nome".to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;
    use crate::domain::sha256::sha256;

    fn bundle(files: &[(&str, &[u8])]) -> (Vec<u8>, Index) {
        let mut bundle = Bundle::new(
            Cursor::new(Vec::new()),
            "prova",
            DateTime::UNIX_EPOCH + chrono::TimeDelta::days(20_000),
        );
        for (path, bytes) in files {
            bundle.add(path, bytes, MADE).unwrap();
        }
        let (out, index) = bundle.finish().unwrap();
        (out.into_inner(), index)
    }

    #[test]
    fn the_same_files_make_the_same_zip_and_no_path_is_taken_twice() {
        let files: [(&str, &[u8]); 3] = [("b/x.xml", b"one"), ("b/x.xml", b"two"), ("a.txt", b"")];
        let (one, index) = bundle(&files);
        assert_eq!(one, bundle(&files).0);
        let paths: Vec<_> = index.files.iter().map(|file| file.path.as_str()).collect();
        assert_eq!(paths, ["a.txt", "b/x-2.xml", "b/x.xml"]);
    }

    #[test]
    fn a_file_that_is_not_what_was_recorded_is_told() {
        let mut bundle = Bundle::new(Cursor::new(Vec::new()), "prova", DateTime::UNIX_EPOCH);
        let (one, two) = (sha256(b"one"), sha256(b"two"));
        let from = |recorded| Provenance { origin: "sdi", dated: None, recorded: Some(recorded) };
        assert!(bundle.add("a.xml", b"one", from(&one)).unwrap());
        assert!(!bundle.add("b.xml", b"one", from(&two)).unwrap());
        let (_, index) = bundle.finish().unwrap();
        assert_eq!(index.files.iter().map(|file| file.intact).collect::<Vec<_>>(), [true, false]);
    }

    #[test]
    fn names_of_files_are_plain() {
        assert_eq!(name_part("../FPA 2/26"), "FPA_2_26");
        assert_eq!(name_part("Sèn Jan"), "S_n_Jan");
        assert_eq!(name_part("///"), "senza-nome");
    }
}
