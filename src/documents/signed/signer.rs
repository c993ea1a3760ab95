// SPDX-License-Identifier: EUPL-1.2
//! Judges one signer of a CMS envelope (RFC 5652, section 5.4 to 5.6; CAdES attributes). Never says
//! `Tampered` of something that it merely does not understand.

use chrono::{DateTime, Utc};

use super::ber::{self, BerError, Element, Elements};
use super::certificate::{self, Certificate};
use super::crypto::{Hash, Scheme};
use super::trouble::Obstacle;
use super::{Signature, Standing};

mod algorithm;

const DATA: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01";
const CONTENT_TYPE: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03";
const MESSAGE_DIGEST: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04";
const SIGNING_TIME: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x05";
const SIGNING_CERTIFICATE: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x0c";
const SIGNING_CERTIFICATE_V2: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x09\x10\x02\x2f";
/// Field `[0]`, made of others: the signed attributes.
const SIGNED_ATTRIBUTES: u8 = 0xa0;
/// Field `[0]`, in one piece: the identifier of the signer's key.
const KEY_IDENTIFIER: u8 = 0x80;

/// What is signed; each digest of it is computed once.
#[derive(Debug)]
pub(super) struct Content<'a> {
    kind: &'a [u8],
    bytes: &'a [u8],
    digests: Vec<(Hash, Vec<u8>)>,
}

impl<'a> Content<'a> {
    pub(super) const fn new(kind: &'a [u8], bytes: &'a [u8]) -> Self {
        Self { kind, bytes, digests: Vec::new() }
    }

    fn has_digest(&mut self, hash: Hash, expected: &[u8]) -> bool {
        if let Some((_, digest)) = self.digests.iter().find(|(known, _)| *known == hash) {
            return digest == expected;
        }
        let digest = hash.of(self.bytes);
        let is_equal = digest == expected;
        self.digests.push((hash, digest));
        is_equal
    }
}

/// A signer as written.
#[derive(Debug)]
struct Signer<'a> {
    identity: Element<'a>,
    digest: Element<'a>,
    attributes: Option<Element<'a>>,
    algorithm: Element<'a>,
    sealed: std::borrow::Cow<'a, [u8]>,
}

impl<'a> Signer<'a> {
    fn read(signer: Element<'a>) -> Result<Self, BerError> {
        let mut fields = signer.children();
        fields.expect(ber::INTEGER)?;
        Ok(Self {
            identity: fields.any()?,
            digest: fields.expect(ber::SEQUENCE)?,
            attributes: fields.optional(SIGNED_ATTRIBUTES)?,
            algorithm: fields.expect(ber::SEQUENCE)?,
            sealed: fields.any()?.octets()?,
        })
    }

    /// The certificate this signer means: by issuer and serial number, or by its key.
    fn certificate<'c>(&self, certificates: &[Certificate<'c>]) -> Option<Certificate<'c>> {
        if self.identity.tag == KEY_IDENTIFIER {
            let is_meant = |one: &&Certificate<'_>| one.key_identifier == Some(self.identity.body);
            return certificates.iter().find(is_meant).copied();
        }
        let mut fields = self.identity.children();
        let issuer = fields.expect(ber::SEQUENCE).ok()?.whole;
        let serial = fields.expect(ber::INTEGER).ok()?.body;
        certificates.iter().find(|one| one.issuer == issuer && one.serial == serial).copied()
    }
}

/// Judges one signer.
pub(super) fn judge(
    signer: Element<'_>,
    content: &mut Content<'_>,
    certificates: &[Certificate<'_>],
) -> Signature {
    let Ok(signer) = Signer::read(signer) else { return Signature::unread(Obstacle::Malformed) };
    let certificate = signer.certificate(certificates);
    let attributes = signer.attributes.map(Attributes::read).transpose();
    let hash = algorithm::hash(signer.digest);
    let scheme = hash.clone().and_then(|hash| algorithm::scheme(signer.algorithm, hash));
    let signed_at = attributes.as_ref().ok().and_then(|found| found.as_ref()?.signed_at);
    let name = scheme.as_ref().map_or_else(|_| String::new(), |scheme| scheme.name());
    let standing = attributes
        .map_err(|_| Obstacle::Malformed)
        .and_then(|attributes| check(&signer, attributes.as_ref(), content, certificate, hash?, scheme));
    Signature::of(certificate.as_ref(), signed_at, name, Standing::of(standing))
}

/// Whether everything fits. The digest comes first: that it differs is certain even where the key is not
/// known.
fn check(
    signer: &Signer<'_>,
    attributes: Option<&Attributes<'_>>,
    content: &mut Content<'_>,
    certificate: Option<Certificate<'_>>,
    hash: Hash,
    scheme: Result<Scheme, Obstacle>,
) -> Result<bool, Obstacle> {
    if let Some(attributes) = attributes {
        if attributes.content_type != content.kind {
            return Err(Obstacle::Malformed);
        }
        if !content.has_digest(hash, attributes.digest) {
            return Ok(false);
        }
    } else if content.kind != DATA {
        // Otherwise attributes that were signed elsewhere could be passed off as content.
        return Err(Obstacle::Malformed);
    }
    let certificate = certificate.ok_or(Obstacle::NoCertificate)?;
    let (key, scheme) = (certificate.key()?, scheme?);
    let fits = match attributes {
        Some(attributes) => attributes.fit(|message| key.fits(scheme, message, &signer.sealed))?,
        None => key.fits(scheme, content.bytes, &signer.sealed)?,
    };
    match attributes.and_then(|attributes| attributes.certificate) {
        Some((hash, print)) if fits && certificate.fingerprint(hash) != print => {
            Err(Obstacle::OtherCertificate)
        }
        _ if fits && (hash == Hash::Sha1 || scheme.hash == Hash::Sha1) => Err(Obstacle::Sha1),
        _ => Ok(fits),
    }
}

/// The attributes that are signed together with the content.
#[derive(Debug)]
struct Attributes<'a> {
    field: Element<'a>,
    content_type: &'a [u8],
    digest: &'a [u8],
    signed_at: Option<DateTime<Utc>>,
    /// Fingerprint of the signer's certificate.
    certificate: Option<(Hash, &'a [u8])>,
}

impl<'a> Attributes<'a> {
    fn read(field: Element<'a>) -> Result<Self, BerError> {
        let fingerprint = match value(field, SIGNING_CERTIFICATE_V2)? {
            Some(value) => fingerprint(value, Hash::Sha256)?,
            None => match value(field, SIGNING_CERTIFICATE)? {
                Some(value) => fingerprint(value, Hash::Sha1)?,
                None => None,
            },
        };
        Ok(Self {
            field,
            content_type: of_tag(value(field, CONTENT_TYPE)?, ber::OBJECT_IDENTIFIER)?,
            digest: of_tag(value(field, MESSAGE_DIGEST)?, ber::OCTET_STRING)?,
            signed_at: value(field, SIGNING_TIME)?.and_then(certificate::time),
            certificate: fingerprint,
        })
    }

    /// Tries the attributes as written, and then in the order and lengths of DER if they are written
    /// otherwise: what is signed is their DER, and programs differ in who sorts them.
    fn fit(&self, fits: impl Fn(&[u8]) -> Result<bool, Obstacle>) -> Result<bool, Obstacle> {
        let as_set = |body: &[u8]| [ber::der_header(ber::SET, body.len()).as_slice(), body].concat();
        if fits(&as_set(self.field.body))? {
            return Ok(true);
        }
        let mut sorted = Vec::new();
        let mut attributes = self.field.children();
        while let Some(attribute) = attributes.next().map_err(|_| Obstacle::Malformed)? {
            sorted.push(attribute.whole);
        }
        sorted.sort_unstable();
        let sorted = sorted.concat();
        match sorted == self.field.body {
            true if self.is_der() => Ok(false),
            false if fits(&as_set(&sorted))? => Ok(true),
            // Not the bytes that were signed, and it cannot be told which were.
            true | false => Err(Obstacle::Malformed),
        }
    }

    /// Whether no length is indefinite, as far as tag and length of each attribute show.
    fn is_der(&self) -> bool {
        let mut attributes = self.field.children();
        while let Ok(Some(attribute)) = attributes.next() {
            let header = ber::der_header(attribute.tag, attribute.body.len());
            if attribute.whole != [header.as_slice(), attribute.body].concat() {
                return false;
            }
        }
        true
    }
}

/// The one value of the one attribute of this kind. Two of them, or two values, are refused: readers could
/// choose.
fn value<'a>(field: Element<'a>, wanted: &[u8]) -> Result<Option<Element<'a>>, BerError> {
    let mut found = None;
    let mut attributes = field.children();
    while let Some(attribute) = attributes.next()? {
        let mut parts = attribute.children();
        if parts.expect(ber::OBJECT_IDENTIFIER)?.body != wanted {
            continue;
        }
        let mut values = parts.expect(ber::SET)?.children();
        let value = values.any()?;
        if found.replace(value).is_some() || values.next()?.is_some() {
            return Err(BerError::Malformed);
        }
    }
    Ok(found)
}

fn of_tag(value: Option<Element<'_>>, tag: u8) -> Result<&[u8], BerError> {
    match value {
        Some(value) if value.tag == tag => Ok(value.body),
        _ => Err(BerError::Malformed),
    }
}

/// The first fingerprint of a `SigningCertificate` or `SigningCertificateV2`: that of the signer. None where
/// its algorithm is not known here.
fn fingerprint(value: Element<'_>, default: Hash) -> Result<Option<(Hash, &[u8])>, BerError> {
    let mut identifier: Elements<'_> =
        value.children().expect(ber::SEQUENCE)?.children().expect(ber::SEQUENCE)?.children();
    let hash = match identifier.optional(ber::SEQUENCE)? {
        Some(algorithm) => algorithm::hash(algorithm).ok(),
        None => Some(default),
    };
    let print = identifier.expect(ber::OCTET_STRING)?.body;
    Ok(hash.map(|hash| (hash, print)))
}
