// SPDX-License-Identifier: EUPL-1.2
//! The algorithm identifiers of CMS that are known here. An unknown one is an obstacle, never a failure.

use super::super::ber::{self, BerError, Element};
use super::super::cms::dotted;
use super::super::crypto::{Family, Hash, Scheme};
use super::super::trouble::Obstacle;

const SHA_1: &[u8] = b"\x2b\x0e\x03\x02\x1a";
const SHA_256: &[u8] = b"\x60\x86\x48\x01\x65\x03\x04\x02\x01";
const SHA_384: &[u8] = b"\x60\x86\x48\x01\x65\x03\x04\x02\x02";
const SHA_512: &[u8] = b"\x60\x86\x48\x01\x65\x03\x04\x02\x03";
const MASK_1: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08";
/// What the identifiers of RSA begin with.
const PKCS_1: &[u8] = b"\x2a\x86\x48\x86\xf7\x0d\x01\x01";
/// What the identifiers of elliptic curves begin with.
const X9_62: &[u8] = b"\x2a\x86\x48\xce\x3d";
/// Salt of PSS where none is given.
const DEFAULT_SALT: &[u8] = &[20];

/// The digest algorithm.
pub(super) fn hash(identifier: Element<'_>) -> Result<Hash, Obstacle> {
    match identifier.children().expect(ber::OBJECT_IDENTIFIER).map_err(|_| Obstacle::Malformed)?.body {
        SHA_1 => Ok(Hash::Sha1),
        SHA_256 => Ok(Hash::Sha256),
        SHA_384 => Ok(Hash::Sha384),
        SHA_512 => Ok(Hash::Sha512),
        other => Err(Obstacle::Algorithm(dotted(other))),
    }
}

/// The signature algorithm. Where it names only the key, the digest algorithm of the signer completes it.
pub(super) fn scheme(identifier: Element<'_>, hash: Hash) -> Result<Scheme, Obstacle> {
    let kind = identifier.children().expect(ber::OBJECT_IDENTIFIER).map_err(|_| Obstacle::Malformed)?.body;
    let (family, hash) = match (kind.strip_prefix(PKCS_1), kind.strip_prefix(X9_62)) {
        (Some([1]), _) => (Family::RsaPkcs1, hash),
        (Some([5]), _) => (Family::RsaPkcs1, Hash::Sha1),
        (Some([11]), _) => (Family::RsaPkcs1, Hash::Sha256),
        (Some([12]), _) => (Family::RsaPkcs1, Hash::Sha384),
        (Some([13]), _) => (Family::RsaPkcs1, Hash::Sha512),
        (Some([10]), _) => (Family::RsaPss, pss_hash(identifier)?),
        (_, Some([2, 1])) => (Family::Ecdsa, hash),
        (_, Some([4, 1])) => (Family::Ecdsa, Hash::Sha1),
        (_, Some([4, 3, 2])) => (Family::Ecdsa, Hash::Sha256),
        (_, Some([4, 3, 3])) => (Family::Ecdsa, Hash::Sha384),
        (_, Some([4, 3, 4])) => (Family::Ecdsa, Hash::Sha512),
        _ => return Err(Obstacle::Algorithm(dotted(kind))),
    };
    Ok(Scheme { family, hash })
}

/// The digest of PSS, where mask and salt follow from it as everybody has them.
fn pss_hash(identifier: Element<'_>) -> Result<Hash, Obstacle> {
    let parts = pss_parts(identifier).map_err(|_| Obstacle::Malformed)?;
    let hash = parts.hash.map_or(Ok(Hash::Sha1), hash)?;
    let mask = parts.mask.map_or(Ok(Hash::Sha1), mask_hash)?;
    let is_usual = mask == hash && parts.salt.iter().eq([&u8::try_from(hash.length()).unwrap_or_default()]);
    if is_usual { Ok(hash) } else { Err(Obstacle::Algorithm("RSASSA-PSS with unusual parameters".into())) }
}

struct PssParts<'a> {
    hash: Option<Element<'a>>,
    mask: Option<Element<'a>>,
    salt: &'a [u8],
}

fn pss_parts(identifier: Element<'_>) -> Result<PssParts<'_>, BerError> {
    let mut fields = identifier.children();
    fields.expect(ber::OBJECT_IDENTIFIER)?;
    let mut fields = fields.expect(ber::SEQUENCE)?.children();
    let mut field = |tag| fields.optional(tag)?.map(|field| field.children().any()).transpose();
    let (hash, mask, salt) = (field(0xa0)?, field(0xa1)?, field(0xa2)?);
    Ok(PssParts { hash, mask, salt: salt.map_or(DEFAULT_SALT, |salt| salt.body) })
}

fn mask_hash(identifier: Element<'_>) -> Result<Hash, Obstacle> {
    let mut fields = identifier.children();
    let kind = fields.expect(ber::OBJECT_IDENTIFIER).map_err(|_| Obstacle::Malformed)?.body;
    if kind != MASK_1 {
        return Err(Obstacle::Algorithm(dotted(kind)));
    }
    hash(fields.expect(ber::SEQUENCE).map_err(|_| Obstacle::Malformed)?)
}
