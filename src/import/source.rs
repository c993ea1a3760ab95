// SPDX-License-Identifier: EUPL-1.2
//! From a file to its rows: size first, then what the content is, then the reader of that kind.

use std::fs::File;
use std::io::Read;
use std::path::Path;

use super::archive::{self, Kind};
use super::budget::Budget;
use super::error::ImportError;
use super::sheet::SheetRow;
use super::{delimited, ods, xlsx};
use crate::domain::text::Text;

/// The largest file read, in MiB.
const LARGEST_MIB: u64 = 64;

/// The bytes of a file, and what the sheet of a CSV is called: like the file.
pub(super) fn read(path: &Path) -> Result<(Vec<u8>, String), ImportError> {
    let mut bytes = Vec::new();
    // The limit holds for what is read, not for what the file system says: the path may be a pipe.
    File::open(path)?.take((LARGEST_MIB << 20) + 1).read_to_end(&mut bytes)?;
    let name = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    Ok((bytes, name))
}

/// The rows in bytes: size first, then the reader of what they are.
pub(super) fn rows(bytes: &[u8], sheet: &str) -> Result<Vec<SheetRow>, ImportError> {
    const PACKED: [&[u8]; 3] = [b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08"];
    if bytes.len() as u64 > LARGEST_MIB << 20 {
        return Err(ImportError::TooLarge(LARGEST_MIB));
    }
    let mut budget = Budget::new();
    let rows = if PACKED.iter().any(|mark| bytes.starts_with(mark)) {
        match archive::inspect(bytes)? {
            Kind::Xlsx => xlsx::read(bytes, &mut budget)?,
            Kind::Ods => ods::read(bytes, &mut budget)?,
        }
    } else if let Some(found) = other_kind(bytes) {
        return Err(ImportError::Kind(found));
    } else {
        delimited::read(bytes, sheet, &mut budget)?
    };
    if rows.is_empty() { Err(ImportError::Empty) } else { Ok(rows) }
}

/// What a file is that is neither packed nor a text table.
fn other_kind(bytes: &[u8]) -> Option<Text> {
    const OLD: Text = Text::new(
        "un vecchio .xls oppure un file protetto da password: salvarlo come .xlsx senza password",
        "an old .xls or protected by a password: save it as .xlsx without password",
    );
    const PDF: Text = Text::new("un PDF", "a PDF");
    const MARKUP: Text = Text::new("una pagina HTML o un XML", "an HTML page or XML");
    const JSON: Text = Text::new("un JSON", "JSON");
    const RTF: Text = Text::new("un RTF", "RTF");
    const BINARY: Text = Text::new("un file binario", "a binary file");
    let start = bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes).trim_ascii_start();
    let utf_16 = bytes.starts_with(b"\xFF\xFE") || bytes.starts_with(b"\xFE\xFF");
    match start {
        _ if bytes.starts_with(b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1") => Some(OLD),
        _ if start.starts_with(b"%PDF") => Some(PDF),
        _ if start.starts_with(b"{\\rtf") => Some(RTF),
        [b'<', ..] => Some(MARKUP),
        [b'{' | b'[', ..] => Some(JSON),
        _ if !utf_16 && bytes.contains(&0) => Some(BINARY),
        _ => None,
    }
}
