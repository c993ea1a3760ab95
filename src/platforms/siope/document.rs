// SPDX-License-Identifier: EUPL-1.2
//! A document as SIOPE+ sends it: packed, one file in an archive. It is kept as it is; only its head is read here, to see
//! that it is the one asked for.

use std::io::{Cursor, Read};

use quick_xml::events::Event;
use quick_xml::reader::NsReader;
use zip::ZipArchive;

use crate::domain::codice_ufficio::CodiceUfficio;
use crate::domain::opi::OpiKind;
use crate::platforms::answer::{Answer, Failure};
use crate::platforms::error::said;

/// The largest document, unpacked.
const DOCUMENT_MAX: u64 = 64 << 20;
/// Where the head of a document must have ended.
const HEAD_MAX: usize = 64 << 10;

/// The document in an answer.
pub(super) fn unpacked(answer: &Answer) -> Result<Vec<u8>, Failure> {
    if answer.media_type != "application/zip" {
        return Err(Failure::garbled(format!("{} in place of an archive", said(&answer.media_type))));
    }
    let broken = |error: zip::result::ZipError| Failure::garbled(format!("archive: {error}"));
    let mut archive = ZipArchive::new(Cursor::new(&answer.body)).map_err(broken)?;
    if archive.len() != 1 {
        return Err(Failure::garbled(format!("an archive of {} files", archive.len())));
    }
    let mut document = Vec::new();
    let file = archive.by_index(0).map_err(broken)?;
    let read = file.take(DOCUMENT_MAX + 1).read_to_end(&mut document);
    read.map_err(|error| Failure::garbled(format!("archive: {error}")))?;
    if u64::try_from(document.len()).unwrap_or(u64::MAX) > DOCUMENT_MAX {
        return Err(Failure::garbled("a document of more than 64 MiB"));
    }
    Ok(document)
}

/// Sees that a document is of that kind, office and A2A code.
pub(super) fn must_be(
    document: &[u8],
    kind: OpiKind,
    office: &CodiceUfficio,
    a2a: &str,
) -> Result<(), Failure> {
    let head = Head::read(document).map_err(Failure::garbled)?;
    if head.root != kind.root() {
        return Err(Failure::garbled(format!("{} in place of {}", said(&head.root), kind.root())));
    }
    for (name, found, expected) in
        [("codice_ente", &head.office, office.as_str()), ("codice_tramite_ente", &head.a2a, a2a)]
    {
        if found.as_deref() != Some(expected) {
            let found = found.as_deref().unwrap_or("nothing");
            return Err(Failure::garbled(format!("{name} {} in place of {expected}", said(found))));
        }
    }
    Ok(())
}

/// What tells whose document it is.
#[derive(Default)]
struct Head {
    root: String,
    office: Option<String>,
    a2a: Option<String>,
}

impl Head {
    fn read(document: &[u8]) -> Result<Self, String> {
        let begin = &document[..document.len().min(HEAD_MAX)];
        let text = String::from_utf8_lossy(begin);
        let mut reader = NsReader::from_str(text.strip_prefix('\u{feff}').unwrap_or(&text));
        let mut head = Self::default();
        let mut path: Vec<String> = Vec::new();
        loop {
            match reader.read_event().map_err(|error| error.to_string())? {
                Event::Start(tag) => path.push(tag.local_name().into_inner().to_owned()),
                Event::End(tag) => {
                    path.pop();
                    if matches!(tag.local_name().into_inner(), "testata_flusso" | "testata_messaggio") {
                        return Ok(head);
                    }
                }
                Event::Text(text) => head.take(&path, text.xml10_content().trim()),
                Event::DocType(_) => return Err("a DOCTYPE, which is refused".into()),
                Event::Eof => return Err("no head where it should be".into()),
                _ => {}
            }
            if let Some(root) = path.first().filter(|_| head.root.is_empty()) {
                head.root.clone_from(root);
            }
        }
    }

    fn take(&mut self, path: &[String], text: &str) {
        let [_, head, name] = path else { return };
        if !matches!(&**head, "testata_flusso" | "testata_messaggio") || text.is_empty() {
            return;
        }
        match &**name {
            "codice_ente" => self.office = Some(text.to_owned()),
            "codice_tramite_ente" => self.a2a = Some(text.to_owned()),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLOW: &str = "<flusso_ordinativi><ds:Signature xmlns:ds='x'><ds:y>z</ds:y></ds:Signature><testata_flusso>\
        <codice_ente>UFTST1</codice_ente><codice_tramite_ente>A2A-00000001</codice_tramite_ente></testata_flusso>";

    fn check(document: &str, office: &str) -> Result<(), Failure> {
        must_be(document.as_bytes(), OpiKind::Flow, &office.parse().unwrap(), "A2A-00000001")
    }

    #[test]
    fn the_head_tells_whose_document_it_is_whatever_follows() {
        assert!(check(FLOW, "UFTST1").is_ok());
        assert!(check(&format!("\u{feff}{FLOW}<a><b"), "UFTST1").is_ok());
        assert!(check(FLOW, "UFTST2").is_err());
        for (from, to) in [
            ("flusso_ordinativi", "flusso_altro"),
            ("A2A-00000001", "A2A-00000002"),
            ("<flusso_ordinativi>", "<!DOCTYPE a><flusso_ordinativi>"),
            ("</testata_flusso>", ""),
            ("<codice_ente>UFTST1</codice_ente>", ""),
        ] {
            assert!(check(&FLOW.replace(from, to), "UFTST1").is_err(), "{from} -> {to}");
        }
    }
}
