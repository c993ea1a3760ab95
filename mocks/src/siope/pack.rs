// SPDX-License-Identifier: EUPL-1.2
//! Documents travel as a ZIP archive with one file in it.

use std::io::{Cursor, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, DateTime, ZipWriter};

/// The archive; the same bytes for the same text.
pub(crate) fn packed(file: &str, text: &str) -> Result<Vec<u8>, String> {
    let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default()
        .compression_method(CompressionMethod::Deflated)
        .last_modified_time(DateTime::default());
    archive.start_file(file, options).map_err(|e| e.to_string())?;
    archive.write_all(text.as_bytes()).map_err(|e| e.to_string())?;
    Ok(archive.finish().map_err(|e| e.to_string())?.into_inner())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_packed_is_found_again() {
        let bytes = packed("a.xml", "<a>à</a>").unwrap();
        let mut archive = zip::ZipArchive::new(Cursor::new(bytes.as_slice())).unwrap();
        assert_eq!(archive.len(), 1);
        let text = std::io::read_to_string(archive.by_name("a.xml").unwrap()).unwrap();
        assert_eq!(text, "<a>à</a>");
        assert_eq!(packed("a.xml", "<a>à</a>").unwrap(), bytes);
    }
}
