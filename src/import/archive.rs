// SPDX-License-Identifier: EUPL-1.2
//! Looks into a packed file before any reader does: what it is, and that it does not grow without bound.

use std::io::{self, Cursor, Read};

use zip::ZipArchive;
use zip::result::ZipError;

use super::error::{ImportError, Limit};
use crate::domain::text::Text;

/// The packed kinds that are read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Office Open XML workbook.
    Xlsx,
    /// OpenDocument spreadsheet.
    Ods,
}

/// The most that may come out of a packed file, in MiB.
const UNPACKED_MIB: u64 = 512;
/// The most files inside it.
const PARTS: usize = 10_000;

/// Opens the packed file.
pub(super) fn open(bytes: &[u8]) -> Result<ZipArchive<Cursor<&[u8]>>, ImportError> {
    ZipArchive::new(Cursor::new(bytes)).map_err(|error| damaged(&error))
}

pub(super) fn damaged(error: &ZipError) -> ImportError {
    ImportError::Corrupt(error.to_string())
}

/// Finds out what a packed file is, and unpacks it once to nowhere: declared sizes can lie.
pub(super) fn inspect(bytes: &[u8]) -> Result<Kind, ImportError> {
    let mut archive = open(bytes)?;
    if archive.len() > PARTS {
        return Err(ImportError::TooMuch(Limit::Parts(PARTS as u64)));
    }
    let kind = kind(&archive)?;
    let too_much = || ImportError::TooMuch(Limit::Unpacked(UNPACKED_MIB));
    let mut left = UNPACKED_MIB << 20;
    for index in 0..archive.len() {
        let part = archive.by_index(index).map_err(|error| damaged(&error))?;
        if part.size() > left {
            return Err(too_much());
        }
        let unpacked = io::copy(&mut part.take(left + 1), &mut io::sink())
            .map_err(|error| ImportError::Corrupt(error.to_string()))?;
        left = left.checked_sub(unpacked).ok_or_else(too_much)?;
    }
    Ok(kind)
}

fn kind(archive: &ZipArchive<Cursor<&[u8]>>) -> Result<Kind, ImportError> {
    const BINARY: Text = Text::new("un .xlsb: salvarlo come .xlsx", "an .xlsb: save it as .xlsx");
    const WORD: Text = Text::new("un documento Word", "a Word document");
    const SLIDES: Text = Text::new("una presentazione", "a slide show");
    const ZIP: Text =
        Text::new("un archivio ZIP: estrarre prima il foglio", "a ZIP archive: unpack the sheet first");
    // Some programs write the names with backslashes.
    let names: Vec<String> = archive.file_names().flatten().map(|name| name.replace('\\', "/")).collect();
    let has = |name: &str| names.iter().any(|other| other == name);
    let under = |folder: &str| names.iter().any(|name| name.starts_with(folder));
    if has("xl/workbook.bin") {
        Err(ImportError::Kind(BINARY))
    } else if has("[Content_Types].xml") && under("xl/") {
        Ok(Kind::Xlsx)
    } else if has("content.xml") {
        Ok(Kind::Ods)
    } else if under("word/") {
        Err(ImportError::Kind(WORD))
    } else if under("ppt/") {
        Err(ImportError::Kind(SLIDES))
    } else {
        Err(ImportError::Kind(ZIP))
    }
}
