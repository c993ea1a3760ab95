// SPDX-License-Identifier: EUPL-1.2
//! Reads from an X.509 certificate whose it is, its dates and its key. Judges nothing: neither who issued it
//! nor whether that signature holds.

use chrono::{DateTime, NaiveDateTime, Utc};

use super::ber::{self, BerError, Element, Elements};
use super::crypto::{Hash, Key};
use super::trouble::Obstacle;

const COMMON_NAME: &[u8] = b"\x55\x04\x03";
const ORGANISATION: &[u8] = b"\x55\x04\x0a";
const SUBJECT_KEY_IDENTIFIER: &[u8] = b"\x55\x1d\x0e";
const RSA: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01";
const RSA_PSS: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a";
const ELLIPTIC: &[u8] = b"\x2a\x86\x48\xce\x3d\x02\x01";
const CURVE_P256: &[u8] = b"\x2a\x86\x48\xce\x3d\x03\x01\x07";
const CURVE_P384: &[u8] = b"\x2b\x81\x04\x00\x22";

const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;
/// Field `[0]`, made of others: the version of a certificate.
const VERSION: u8 = 0xa0;
/// Field `[3]`, made of others: the extensions of a certificate.
const EXTENSIONS: u8 = 0xa3;
/// Characters of a name that are kept.
const NAME_CHARACTERS: usize = 200;

/// The parts of a certificate that matter here.
#[derive(Debug, Clone, Copy)]
pub(super) struct Certificate<'a> {
    /// All of it, as its fingerprint is computed.
    pub(super) der: &'a [u8],
    /// Serial number as written.
    pub(super) serial: &'a [u8],
    /// Name of the issuer as written, with its header.
    pub(super) issuer: &'a [u8],
    /// Identifier of the key, if the certificate gives one.
    pub(super) key_identifier: Option<&'a [u8]>,
    subject: Element<'a>,
    validity: Element<'a>,
    key: Element<'a>,
}

impl<'a> Certificate<'a> {
    /// Reads a certificate.
    pub(super) fn read(certificate: Element<'a>) -> Result<Self, BerError> {
        let mut fields = certificate.children().expect(ber::SEQUENCE)?.children();
        fields.optional(VERSION)?;
        let serial = fields.expect(ber::INTEGER)?.body;
        fields.expect(ber::SEQUENCE)?;
        let issuer = fields.expect(ber::SEQUENCE)?.whole;
        let validity = fields.expect(ber::SEQUENCE)?;
        let subject = fields.expect(ber::SEQUENCE)?;
        let key = fields.expect(ber::SEQUENCE)?;
        let key_identifier = key_identifier(fields).unwrap_or_default();
        Ok(Self { der: certificate.whole, serial, issuer, key_identifier, subject, validity, key })
    }

    /// Common name, or else organisation, of the holder.
    pub(super) fn subject_name(&self) -> Option<String> {
        name(self.subject)
    }

    /// Common name, or else organisation, of the issuer.
    pub(super) fn issuer_name(&self) -> Option<String> {
        name(Elements::of(self.issuer).any().ok()?)
    }

    /// Serial number in hexadecimal, without the zero that only says it is positive.
    pub(super) fn serial_text(&self) -> String {
        let digits = match self.serial {
            [0, rest @ ..] if !rest.is_empty() => rest,
            all => all,
        };
        digits.iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// First and last moment of validity.
    pub(super) fn validity(&self) -> (Option<DateTime<Utc>>, Option<DateTime<Utc>>) {
        let mut dates = self.validity.children();
        let mut date = || dates.any().ok().and_then(time);
        (date(), date())
    }

    /// The key, if it is of a kind that is used here.
    pub(super) fn key(&self) -> Result<Key<'a>, Obstacle> {
        let (algorithm, bits) = key_parts(self.key).map_err(|_| Obstacle::Key)?;
        let (kind, curve) = algorithm;
        match (kind, curve) {
            (RSA | RSA_PSS, _) => Key::rsa(bits),
            (ELLIPTIC, Some(CURVE_P256 | CURVE_P384)) => Key::point(bits),
            _ => Err(Obstacle::Key),
        }
    }

    pub(super) fn fingerprint(&self, hash: Hash) -> Vec<u8> {
        hash.of(self.der)
    }
}

type Algorithm<'a> = (&'a [u8], Option<&'a [u8]>);

/// Algorithm, curve and bits of a public key.
fn key_parts(key: Element<'_>) -> Result<(Algorithm<'_>, &[u8]), BerError> {
    let mut fields = key.children();
    let mut algorithm = fields.expect(ber::SEQUENCE)?.children();
    let kind = algorithm.expect(ber::OBJECT_IDENTIFIER)?.body;
    let curve = algorithm.optional(ber::OBJECT_IDENTIFIER)?.map(|curve| curve.body);
    match fields.expect(ber::BIT_STRING)?.body {
        [0, bits @ ..] => Ok(((kind, curve), bits)),
        _ => Err(BerError::Malformed),
    }
}

fn key_identifier(mut fields: Elements<'_>) -> Result<Option<&[u8]>, BerError> {
    while let Some(field) = fields.next()? {
        if field.tag != EXTENSIONS {
            continue;
        }
        let mut extensions = field.children().expect(ber::SEQUENCE)?.children();
        while let Some(extension) = extensions.next()? {
            let mut parts = extension.children();
            let kind = parts.expect(ber::OBJECT_IDENTIFIER)?.body;
            parts.optional(ber::BOOLEAN)?;
            let value = parts.expect(ber::OCTET_STRING)?;
            if kind == SUBJECT_KEY_IDENTIFIER {
                return Ok(Some(value.children().expect(ber::OCTET_STRING)?.body));
            }
        }
    }
    Ok(None)
}

/// The name that people would use for a distinguished name.
fn name(distinguished: Element<'_>) -> Option<String> {
    attribute(distinguished, COMMON_NAME).or_else(|| attribute(distinguished, ORGANISATION))
}

fn attribute(distinguished: Element<'_>, wanted: &[u8]) -> Option<String> {
    let mut sets = distinguished.children();
    while let Some(set) = sets.next().ok()? {
        let mut pairs = set.children();
        while let Some(pair) = pairs.next().ok()? {
            let mut parts = pair.children();
            if parts.expect(ber::OBJECT_IDENTIFIER).ok()?.body == wanted {
                return text(parts.any().ok()?);
            }
        }
    }
    None
}

/// A directory string, shortened; control characters are dropped.
fn text(string: Element<'_>) -> Option<String> {
    let text: String = match string.tag {
        // UTF-8, numeric, printable, IA5.
        0x0c | 0x12 | 0x13 | 0x16 => String::from_utf8_lossy(string.body).into_owned(),
        // T.61, which everybody fills with Latin-1.
        0x14 => string.body.iter().map(|&byte| char::from(byte)).collect(),
        // UTF-16, big-endian.
        0x1e => {
            let units = string.body.as_chunks::<2>().0.iter().map(|&pair| u16::from_be_bytes(pair));
            char::decode_utf16(units).map(|unit| unit.unwrap_or(char::REPLACEMENT_CHARACTER)).collect()
        }
        _ => return None,
    };
    Some(text.chars().filter(|character| !character.is_control()).take(NAME_CHARACTERS).collect())
}

/// A moment, in either of the two ways ASN.1 writes it, always in UTC.
pub(super) fn time(element: Element<'_>) -> Option<DateTime<Utc>> {
    let digits = str::from_utf8(element.body).ok()?.strip_suffix('Z')?;
    let digits = digits.split('.').next()?;
    let full = match element.tag {
        UTC_TIME => {
            // Two digits of a year: from 50 on they mean the last century.
            let century = if digits.get(..2)?.parse::<u8>().ok()? < 50 { "20" } else { "19" };
            format!("{century}{digits}")
        }
        GENERALIZED_TIME => digits.to_owned(),
        _ => return None,
    };
    let seconds = if full.len() == 12 { "00" } else { "" };
    NaiveDateTime::parse_from_str(&format!("{full}{seconds}"), "%Y%m%d%H%M%S").ok().map(|time| time.and_utc())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn element(tag: u8, body: &[u8]) -> Element<'_> {
        Element { tag, body, whole: body }
    }

    #[test]
    fn moments_are_read_in_both_notations() {
        let read =
            |tag, digits: &'static str| time(element(tag, digits.as_bytes())).map(|time| time.to_string());
        assert_eq!(read(UTC_TIME, "260131235959Z").unwrap(), "2026-01-31 23:59:59 UTC");
        assert_eq!(read(UTC_TIME, "5001010000Z").unwrap(), "1950-01-01 00:00:00 UTC");
        assert_eq!(read(GENERALIZED_TIME, "20510101000000.5Z").unwrap(), "2051-01-01 00:00:00 UTC");
        assert_eq!(read(UTC_TIME, "260131235959+0100"), None);
        assert_eq!(read(UTC_TIME, "è"), None);
        assert_eq!(read(ber::INTEGER, "260131235959Z"), None);
    }

    #[test]
    fn names_are_read_in_every_alphabet_and_without_control_characters() {
        let read = |tag, bytes: &'static [u8]| text(element(tag, bytes));
        assert_eq!(read(0x0c, "Nicolò\u{7}".as_bytes()).unwrap(), "Nicolò");
        assert_eq!(read(0x14, b"Nicol\xf2").unwrap(), "Nicolò");
        assert_eq!(read(0x1e, b"\0N\0\xf2\0").unwrap(), "Nò");
        assert_eq!(read(ber::INTEGER, b"1"), None);
    }
}
