// SPDX-License-Identifier: EUPL-1.2
//! What a file is, by its content: the first element and its namespace, or the brace of a JSON object.

use quick_xml::Reader;
use quick_xml::events::Event;

use crate::domain::text::Text;

/// Bytes looked at: a root element stands near the beginning, or there is none worth looking for.
const LOOKED_AT: usize = 64 * 1024;

/// A kind of document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DocumentKind {
    /// An order in the gateway's JSON.
    OrderJson,
    /// A UBL order.
    OrderUbl,
    /// A FatturaPA invoice.
    InvoiceFatturaPa,
    /// A UBL invoice or credit note.
    InvoiceUbl,
    /// What SdI says of a file of invoices.
    SdiMetadata,
    /// Payment orders, outcomes or a cash journal of OPI.
    Opi,
    /// Anything else, with the name of its root element when it has one.
    Unknown(String),
}

/// The kind of a document. Nothing is checked beyond its first element.
pub fn sniff(bytes: &[u8]) -> DocumentKind {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let looked_at = bytes.get(..LOOKED_AT).unwrap_or(bytes);
    match looked_at.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'{') => DocumentKind::OrderJson,
        Some(b'<') => by_root(looked_at),
        _ => DocumentKind::Unknown(String::new()),
    }
}

/// What a document is that is no XML at all, told by its first bytes; none for XML and for what is not known.
pub(super) fn foreign_kind(bytes: &[u8]) -> Option<Text> {
    const KINDS: [(&[u8], Text); 9] = [
        (b"%PDF-", Text::new("un PDF, non un documento XML", "a PDF, not an XML document")),
        (
            b"PK\x03\x04",
            Text::new("un archivio ZIP o un file di Office", "a ZIP archive or a file of an office suite"),
        ),
        (
            b"\xd0\xcf\x11\xe0",
            Text::new(
                "un vecchio file di Office o un messaggio .msg",
                "an old file of an office suite or a .msg message",
            ),
        ),
        (b"\x89PNG", Text::new("un'immagine PNG", "a PNG picture")),
        (b"\xff\xd8\xff", Text::new("un'immagine JPEG", "a JPEG picture")),
        (b"GIF8", Text::new("un'immagine GIF", "a GIF picture")),
        (b"\x1f\x8b", Text::new("un file compresso gzip", "a file packed by gzip")),
        (b"Rar!", Text::new("un archivio RAR", "a RAR archive")),
        (b"{", Text::new("un documento JSON", "a JSON document")),
    ];
    if bytes.iter().all(u8::is_ascii_whitespace) {
        return Some(Text::new("un file vuoto", "an empty file"));
    }
    KINDS.iter().find(|(begin, _)| bytes.starts_with(begin)).map(|(_, kind)| kind.clone())
}

fn by_root(bytes: &[u8]) -> DocumentKind {
    let mut reader = Reader::from_reader(bytes);
    loop {
        match reader.read_event() {
            Ok(Event::Start(root) | Event::Empty(root)) => {
                return of_name(root.local_name().as_ref());
            }
            Ok(Event::Eof) | Err(_) => return DocumentKind::Unknown(String::new()),
            Ok(_) => {}
        }
    }
}

fn of_name(root: &str) -> DocumentKind {
    match root {
        "Order" => DocumentKind::OrderUbl,
        "FatturaElettronica" | "FatturaElettronicaSemplificata" => DocumentKind::InvoiceFatturaPa,
        "Invoice" | "CreditNote" => DocumentKind::InvoiceUbl,
        super::sdi_metadata::ROOT => DocumentKind::SdiMetadata,
        "flusso_ordinativi"
        | "messaggi_esito_applicativo"
        | "flusso_giornale_di_cassa"
        | "messaggio_ack_siope" => DocumentKind::Opi,
        other => DocumentKind::Unknown(other.to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_are_known_by_their_first_element() {
        assert_eq!(sniff(b"\xef\xbb\xbf \n{\"order_number\":1}"), DocumentKind::OrderJson);
        assert_eq!(sniff(b"<?xml version='1.0'?><!-- x --><u:Order xmlns:u='a'/>"), DocumentKind::OrderUbl);
        assert_eq!(sniff(b"<p:FatturaElettronica versione='FPA12'>"), DocumentKind::InvoiceFatturaPa);
        assert_eq!(sniff(b"<html>"), DocumentKind::Unknown("html".into()));
        assert_eq!(sniff(b""), DocumentKind::Unknown(String::new()));
        assert_eq!(sniff(b"%PDF-1.7"), DocumentKind::Unknown(String::new()));
    }
}
