// SPDX-License-Identifier: EUPL-1.2
//! Bytes to text: UTF-8 with or without a mark, ISO-8859-1 and windows-1252 when declared, nothing else.

use std::borrow::Cow;

use crate::documents::fault::{Broken, ReadErrorKind};
use crate::domain::text::Text;
use crate::domain::windows_1252;

/// Bytes of the document in which an XML declaration must be found whole.
const DECLARATION_BYTES: usize = 200;

/// A character set that is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Charset {
    /// UTF-8 or ASCII.
    Utf8,
    /// ISO-8859-1, read as windows-1252: of the two only the latter has characters from 0x80 to 0x9F.
    Western,
}

impl Charset {
    /// How many characters these bytes are.
    pub(crate) fn characters(self, bytes: &[u8]) -> u32 {
        let count = match self {
            Self::Utf8 => bytes.iter().filter(|byte| !matches!(byte, 0x80..=0xBF)).count(),
            Self::Western => bytes.len(),
        };
        u32::try_from(count).unwrap_or(u32::MAX)
    }

    /// How many bytes a text was before it was read as one.
    pub(crate) fn bytes_of(self, text: &str) -> usize {
        match self {
            Self::Utf8 => text.len(),
            Self::Western => text.chars().count(),
        }
    }

    /// The bytes as far as they are text, to show where they are not.
    pub(crate) fn lossy(self, bytes: &[u8]) -> Cow<'_, str> {
        let western = |byte: &u8| windows_1252::character(*byte).unwrap_or(char::REPLACEMENT_CHARACTER);
        match self {
            Self::Utf8 => String::from_utf8_lossy(bytes),
            Self::Western => bytes.iter().map(western).collect(),
        }
    }
}

/// The text of an XML document, borrowed whenever it is UTF-8. Offsets of faults count in this text.
///
/// # Errors
/// An unknown or contradicted character set, bytes that are not of it, and control characters that XML forbids.
pub(crate) fn xml_text(bytes: &[u8]) -> Result<Cow<'_, str>, Box<Broken>> {
    text_in(charset_of(bytes)?, without_mark(bytes))
}

/// A document as far as it is text, to show where it is not.
pub(crate) fn lossy_text(bytes: &[u8]) -> Cow<'_, str> {
    charset_of(bytes).unwrap_or(Charset::Utf8).lossy(without_mark(bytes))
}

/// The character set of a document, by its first bytes.
///
/// # Errors
/// One that is not read.
pub(crate) fn charset_of(bytes: &[u8]) -> Result<Charset, Box<Broken>> {
    if matches!(bytes, [0xFE, 0xFF, ..] | [0xFF, 0xFE, ..] | [0, ..] | [_, 0, ..]) {
        return Err(unknown_charset("UTF-16/UTF-32"));
    }
    declared(without_mark(bytes))
}

/// The text of a part of a document.
///
/// # Errors
/// Bytes that are not of the character set, and control characters that XML forbids.
pub(crate) fn text_in(charset: Charset, bytes: &[u8]) -> Result<Cow<'_, str>, Box<Broken>> {
    let text = match charset {
        Charset::Utf8 => Cow::Borrowed(utf8(bytes)?),
        Charset::Western => Cow::Owned(western(bytes)?),
    };
    no_control_characters(&text)?;
    Ok(text)
}

/// The bytes without a UTF-8 mark.
pub(crate) fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(bytes)
}

/// UTF-8 bytes as text.
pub(crate) fn utf8(bytes: &[u8]) -> Result<&str, Box<Broken>> {
    std::str::from_utf8(bytes).map_err(|error| {
        let offset = error.valid_up_to();
        let byte = bytes.get(offset).map_or_else(String::new, |byte| format!("0x{byte:02X}"));
        Broken::new(
            ReadErrorKind::Malformed,
            offset,
            &byte,
            Text { it: "un byte qui non è UTF-8".into(), en: "a byte here is not UTF-8".into() },
        )
    })
}

fn declared(bytes: &[u8]) -> Result<Charset, Box<Broken>> {
    if !bytes.starts_with(b"<?xml") {
        return Ok(Charset::Utf8);
    }
    let head = bytes.get(..DECLARATION_BYTES).unwrap_or(bytes);
    let end = head.windows(2).position(|pair| pair == b"?>").unwrap_or(head.len());
    let Some(name) = head.get(..end).and_then(encoding_name) else { return Ok(Charset::Utf8) };
    let known = |names: &[&str]| names.iter().any(|known| name.eq_ignore_ascii_case(known.as_bytes()));
    if known(&["utf-8", "utf8", "us-ascii", "ascii"]) {
        Ok(Charset::Utf8)
    } else if known(&["iso-8859-1", "iso8859-1", "latin1", "windows-1252", "cp1252"]) {
        Ok(Charset::Western)
    } else {
        Err(unknown_charset(&String::from_utf8_lossy(name)))
    }
}

fn encoding_name(declaration: &[u8]) -> Option<&[u8]> {
    let word = b"encoding";
    let start = declaration.windows(word.len()).position(|window| window == word)?;
    let rest =
        declaration.get(start + word.len()..)?.trim_ascii_start().strip_prefix(b"=")?.trim_ascii_start();
    let (&quote, rest) = rest.split_first()?;
    let end = rest.iter().position(|&byte| byte == quote)?;
    rest.get(..end)
}

fn western(bytes: &[u8]) -> Result<String, Box<Broken>> {
    let mut text = String::with_capacity(bytes.len() + bytes.len() / 8);
    for &byte in bytes {
        let Some(character) = windows_1252::character(byte) else {
            let reason = Text {
                it: format!("il byte 0x{byte:02X} non esiste in windows-1252").into(),
                en: format!("byte 0x{byte:02X} does not exist in windows-1252").into(),
            };
            return Err(Broken::new(ReadErrorKind::Malformed, text.len(), &format!("0x{byte:02X}"), reason));
        };
        text.push(character);
    }
    Ok(text)
}

fn no_control_characters(text: &str) -> Result<(), Box<Broken>> {
    let forbidden = |byte: u8| byte < 0x20 && byte != b'\t' && byte != b'\n' && byte != b'\r';
    // Without an early exit the compiler checks 16 bytes at a time.
    if !text.bytes().fold(false, |found, byte| found | forbidden(byte)) {
        return Ok(());
    }
    let offset = text.bytes().position(forbidden).unwrap_or_default();
    let reason = Text {
        it: "carattere di controllo non ammesso in XML".into(),
        en: "control character that XML forbids".into(),
    };
    Err(Broken::new(ReadErrorKind::Malformed, offset, text.get(offset..=offset).unwrap_or_default(), reason))
}

fn unknown_charset(name: &str) -> Box<Broken> {
    let reason = Text {
        it: "codifica non ammessa: servono UTF-8, ISO-8859-1 o windows-1252".into(),
        en: "character set not accepted: use UTF-8, ISO-8859-1 or windows-1252".into(),
    };
    Broken::new(ReadErrorKind::Malformed, 0, name, reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mark_and_declared_western_sets_are_understood() {
        assert_eq!(xml_text(b"\xEF\xBB\xBF<a/>").unwrap(), "<a/>");
        let latin = xml_text(b"<?xml version='1.0' encoding='ISO-8859-1'?><a>\xE0</a>").unwrap();
        assert!(latin.ends_with("<a>à</a>"));
        let windows = xml_text(b"<?xml version=\"1.0\" encoding = \"Windows-1252\" ?><a>\x80</a>").unwrap();
        assert!(windows.ends_with("<a>€</a>"));
    }

    #[test]
    fn everything_else_is_refused_with_its_place() {
        for bytes in [
            &b"\xFF\xFE<\0a\0"[..],
            b"\0<\0a",
            b"<?xml version='1.0' encoding='UTF-16'?><a/>",
            b"<?xml version='1.0' encoding='EBCDIC-CP-IT'?><a/>",
            b"<a>\x01</a>",
            b"<?xml version='1.0' encoding='cp1252'?><a>\x81</a>",
        ] {
            assert!(xml_text(bytes).is_err(), "{bytes:?}");
        }
        let broken = xml_text(b"<a>\xE0</a>").unwrap_err();
        assert_eq!(broken.fault.offset, 3);
    }
}
