// SPDX-License-Identifier: EUPL-1.2
//! Recognises by their first bytes what is wrapped around a document, and undoes base64. Verifies nothing.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

use super::ber;
use super::trouble::EnvelopeError;

/// Base64 as it is found: with or without padding, with or without spare bits.
pub(super) const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Byte order mark of UTF-8.
const MARK: &[u8] = b"\xef\xbb\xbf";
/// Characters of base64 that are looked at to tell it from other text; a multiple of four.
const LOOKED_AT: usize = 64;
/// Begin of the armour line.
const ARMOUR: &[u8] = b"-----BEGIN ";
/// Begin of the line that closes the armour.
const ARMOUR_END: &[u8] = b"-----END ";

/// What is wrapped around a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Layer {
    /// A CMS envelope.
    Envelope,
    /// Base64, perhaps in lines.
    Base64,
    /// Base64 between lines that say what it is.
    Armour,
}

impl Layer {
    pub(super) const fn is_envelope(self) -> bool {
        matches!(self, Self::Envelope)
    }
}

/// The outermost layer; none if this is a document of its own.
pub(super) fn layer(bytes: &[u8]) -> Option<Layer> {
    if is_envelope(bytes) {
        return Some(Layer::Envelope);
    }
    let text = text_of(bytes);
    if text.starts_with(ARMOUR) {
        return Some(Layer::Armour);
    }
    let start: Vec<u8> = text.iter().copied().filter(|byte| !is_blank(*byte)).take(LOOKED_AT).collect();
    let start = LENIENT.decode(start.get(..start.len() - start.len() % 4)?).ok()?;
    (is_envelope(&start) || is_xml(&start)).then_some(Layer::Base64)
}

/// Undoes base64.
pub(super) fn decode(bytes: &[u8], layer: Layer) -> Result<Vec<u8>, EnvelopeError> {
    let mut text = text_of(bytes);
    if layer == Layer::Armour {
        text = between_armour(text)?;
    }
    let characters: Vec<u8> = text.iter().copied().filter(|byte| !is_blank(*byte)).collect();
    LENIENT.decode(characters).map_err(|_| EnvelopeError::Base64)
}

fn between_armour(text: &[u8]) -> Result<&[u8], EnvelopeError> {
    let start = text.iter().position(|&byte| byte == b'\n').ok_or(EnvelopeError::Truncated)?;
    let end = text.windows(ARMOUR_END.len()).position(|window| window == ARMOUR_END);
    text.get(start..end.ok_or(EnvelopeError::Truncated)?).ok_or(EnvelopeError::Base64)
}

/// A sequence that begins with an object identifier: nothing else that anybody sends looks so.
fn is_envelope(bytes: &[u8]) -> bool {
    let inside = match bytes {
        [ber::SEQUENCE, length @ 0x81..=0x84, ..] => bytes.get(2 + usize::from(length & 0x7f)..),
        [ber::SEQUENCE, _, ..] => bytes.get(2..),
        _ => None,
    };
    matches!(inside, Some([ber::OBJECT_IDENTIFIER, 1..=0x20, 0x2a, ..]))
}

/// A tag, a declaration or a comment at the start, and no control character near it.
fn is_xml(start: &[u8]) -> bool {
    let is_text = |byte: &u8| *byte >= b' ' || byte.is_ascii_whitespace();
    match text_of(start) {
        text @ [b'<', b'?' | b'!' | b'_' | b'A'..=b'Z' | b'a'..=b'z', ..] => text.iter().all(is_text),
        _ => false,
    }
}

/// The bytes without mark and blanks in front.
fn text_of(bytes: &[u8]) -> &[u8] {
    let bytes = bytes.strip_prefix(MARK).unwrap_or(bytes);
    bytes.trim_ascii_start()
}

/// Blanks, and the zero bytes that some programs leave behind.
const fn is_blank(byte: u8) -> bool {
    byte.is_ascii_whitespace() || byte == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layers_are_known_by_their_first_bytes() {
        assert_eq!(layer(b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02"), Some(Layer::Envelope));
        assert_eq!(layer(b"\xef\xbb\xbf\r\nMIAGCSqGSIb3DQEHAqCA"), Some(Layer::Base64));
        assert_eq!(layer(b"MIAGCSqG\r\nSIb3DQEHAqCA"), Some(Layer::Base64));
        assert_eq!(layer(b"PD94bWwgdmVyc2lvbj0iMS4wIj8+PGEvPg=="), Some(Layer::Base64));
        assert_eq!(layer(b"-----BEGIN PKCS7-----\nMIAG"), Some(Layer::Armour));
    }

    #[test]
    fn other_files_are_no_layer() {
        let others: [&[u8]; 9] = [
            b"",
            b"<a/>",
            b"\xef\xbb\xbf <a/>",
            b"%PDF-1.7",
            b"PK\x03\x04",
            b"{}",
            b"0;1;2",
            b"PHARMACY",
            b"\x30\x82",
        ];
        for other in others {
            assert_eq!(layer(other), None, "{other:?}");
        }
    }
}
