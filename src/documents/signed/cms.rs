// SPDX-License-Identifier: EUPL-1.2
//! Opens one CMS envelope: finds content, certificates and signers. Written on a reader of its own, because
//! the libraries refuse the whole file for one unknown algorithm, and here the content is wanted in any case.

use std::borrow::Cow;
use std::fmt::Write;

use super::ber::{self, BerError, Element, Elements};
use super::certificate::Certificate;
use super::signer::{Content, judge};
use super::trouble::EnvelopeError;
use super::{SIGNATURES, Signature};

const SIGNED_DATA: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02";
const TIME_STAMPED_DATA: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x1f";
/// Enveloped, signed and enveloped, encrypted, authenticated and enveloped.
const ENCRYPTED: [&[u8]; 4] = [
    b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03",
    b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x04",
    b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x06",
    b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x01\x17",
];
/// Field `[0]`, made of others.
const FIELD_0: u8 = 0xa0;
/// Field `[1]`, made of others.
const FIELD_1: u8 = 0xa1;
/// Certificates of one envelope that are looked at.
const CERTIFICATES: usize = 64;

impl From<BerError> for EnvelopeError {
    /// For what is inside an envelope that is whole: there nothing can be cut off, only wrong.
    fn from(error: BerError) -> Self {
        match error {
            BerError::Truncated | BerError::Malformed => Self::Malformed,
            BerError::TooDeep => Self::TooDeep,
        }
    }
}

/// Opens an envelope and adds its signatures. What follows the envelope is ignored: mail programs add line
/// ends.
pub(super) fn open<'a>(
    bytes: &'a [u8],
    signatures: &mut Vec<Signature>,
) -> Result<Cow<'a, [u8]>, EnvelopeError> {
    let envelope = Elements::of(bytes).any().map_err(|error| match error {
        BerError::Truncated => EnvelopeError::Truncated,
        BerError::Malformed => EnvelopeError::Malformed,
        BerError::TooDeep => EnvelopeError::TooDeep,
    })?;
    let mut fields = envelope.children();
    let kind = fields.expect(ber::OBJECT_IDENTIFIER)?.body;
    match kind {
        SIGNED_DATA => signed(explicit(&mut fields)?, signatures),
        TIME_STAMPED_DATA => time_stamped(explicit(&mut fields)?),
        _ if ENCRYPTED.contains(&kind) => Err(EnvelopeError::Encrypted),
        _ => Err(EnvelopeError::OtherKind(dotted(kind))),
    }
}

fn explicit<'a>(fields: &mut Elements<'a>) -> Result<Elements<'a>, BerError> {
    Ok(fields.expect(FIELD_0)?.children().expect(ber::SEQUENCE)?.children())
}

fn signed<'a>(
    mut fields: Elements<'a>,
    signatures: &mut Vec<Signature>,
) -> Result<Cow<'a, [u8]>, EnvelopeError> {
    fields.expect(ber::INTEGER)?;
    fields.expect(ber::SET)?;
    let mut holder = fields.expect(ber::SEQUENCE)?.children();
    let kind = holder.expect(ber::OBJECT_IDENTIFIER)?.body;
    let content = holder.optional(FIELD_0)?.ok_or(EnvelopeError::Detached)?.children().any()?.octets()?;
    if content.is_empty() {
        return Err(EnvelopeError::Detached);
    }
    let certificates = match fields.optional(FIELD_0)? {
        Some(field) => certificates(field)?,
        None => Vec::new(),
    };
    fields.optional(FIELD_1)?;
    let mut signers = fields.expect(ber::SET)?.children();
    let mut signed = Content::new(kind, &content);
    while let Some(signer) = signers.next()? {
        if signatures.len() == SIGNATURES {
            return Err(EnvelopeError::TooDeep);
        }
        signatures.push(judge(signer, &mut signed, &certificates));
    }
    Ok(content)
}

/// The X.509 certificates; the obsolete other kinds, and what cannot be read, are left out.
fn certificates(field: Element<'_>) -> Result<Vec<Certificate<'_>>, BerError> {
    let mut found = Vec::new();
    let mut certificates = field.children();
    while let Some(certificate) = certificates.next()? {
        if certificate.tag == ber::SEQUENCE && found.len() < CERTIFICATES {
            found.extend(Certificate::read(certificate).ok());
        }
    }
    Ok(found)
}

/// The document under a time stamp (`.tsd`). The stamp itself is not judged.
fn time_stamped(mut fields: Elements<'_>) -> Result<Cow<'_, [u8]>, EnvelopeError> {
    /// Where the document can be found.
    const ADDRESS: u8 = 0x16;
    fields.expect(ber::INTEGER)?;
    fields.optional(ADDRESS)?;
    fields.optional(ber::SEQUENCE)?;
    let content = fields.any()?;
    match content.tag {
        FIELD_0 | FIELD_1 => Err(EnvelopeError::Detached),
        _ => Ok(content.octets()?),
    }
}

/// An object identifier as people write it.
pub(super) fn dotted(identifier: &[u8]) -> String {
    let mut text = String::new();
    let mut arc = 0_u64;
    for byte in identifier.iter().take(32) {
        arc = arc << 7 | u64::from(byte & 0x7f);
        if byte & 0x80 != 0 {
            continue;
        }
        if text.is_empty() {
            let root = (arc / 40).min(2);
            text = format!("{root}.{}", arc - root * 40);
        } else {
            // Writing to a string cannot fail.
            let _ = write!(text, ".{arc}");
        }
        arc = 0;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_are_written_with_dots() {
        assert_eq!(dotted(SIGNED_DATA), "1.2.840.113549.1.7.2");
        assert_eq!(dotted(b"\x88\x37\x03"), "2.999.3");
        assert_eq!(dotted(b""), "");
        assert_eq!(dotted(&[0xff; 40]), "");
    }
}
