// SPDX-License-Identifier: EUPL-1.2
//! Digests and signature checks, as `ring` does them. Separates "does not fit" from "cannot be told": `ring`
//! says the same to both, so everything it would refuse for another reason is sorted out before it is asked.

use ring::digest;
use ring::signature::{self, RsaPublicKeyComponents, UnparsedPublicKey};

use super::ber::{self, BerError, Elements};
use super::trouble::Obstacle;

/// Lengths of RSA keys, in bytes, that are judged.
const RSA_BYTES: std::ops::RangeInclusive<usize> = 256..=1024;
/// Bytes of an RSA exponent that `ring` takes.
const EXPONENT_BYTES: usize = 4;

/// A digest algorithm.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Hash {
    Sha1,
    Sha256,
    Sha384,
    Sha512,
}

impl Hash {
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Sha1 => "SHA-1",
            Self::Sha256 => "SHA-256",
            Self::Sha384 => "SHA-384",
            Self::Sha512 => "SHA-512",
        }
    }

    /// Bytes of the digest.
    pub(super) const fn length(self) -> usize {
        match self {
            Self::Sha1 => 20,
            Self::Sha256 => 32,
            Self::Sha384 => 48,
            Self::Sha512 => 64,
        }
    }

    /// A digest in the making.
    pub(super) fn start(self) -> digest::Context {
        digest::Context::new(match self {
            Self::Sha1 => &digest::SHA1_FOR_LEGACY_USE_ONLY,
            Self::Sha256 => &digest::SHA256,
            Self::Sha384 => &digest::SHA384,
            Self::Sha512 => &digest::SHA512,
        })
    }

    pub(super) fn of(self, bytes: &[u8]) -> Vec<u8> {
        let mut context = self.start();
        context.update(bytes);
        context.finish().as_ref().to_vec()
    }
}

/// How a signature is computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Family {
    RsaPkcs1,
    /// With a salt as long as the digest, and the same digest in the mask.
    RsaPss,
    /// The two numbers in a DER sequence.
    Ecdsa,
}

/// Signature algorithm and the digest it is made with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Scheme {
    pub(super) family: Family,
    pub(super) hash: Hash,
}

impl Scheme {
    pub(super) fn name(self) -> String {
        let family = match self.family {
            Family::RsaPkcs1 => "RSA",
            Family::RsaPss => "RSA-PSS",
            Family::Ecdsa => "ECDSA",
        };
        format!("{family} {}", self.hash.name())
    }
}

/// The public key of a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Key<'a> {
    /// Modulus and exponent, without zeros in front.
    Rsa { modulus: &'a [u8], exponent: &'a [u8] },
    /// A point, not compressed.
    P256(&'a [u8]),
    /// A point, not compressed.
    P384(&'a [u8]),
}

impl<'a> Key<'a> {
    /// Reads a PKCS #1 key; only one that `ring` takes, so that a refusal later means the signature.
    pub(super) fn rsa(der: &'a [u8]) -> Result<Self, Obstacle> {
        let number = |mut fields: Elements<'a>, skipped: bool| -> Result<&'a [u8], BerError> {
            if skipped {
                fields.expect(ber::INTEGER)?;
            }
            Ok(without_zeros(fields.expect(ber::INTEGER)?.body))
        };
        let fields = Elements::of(der).expect(ber::SEQUENCE).map_err(|_| Obstacle::Key)?.children();
        let modulus = number(fields, false).map_err(|_| Obstacle::Key)?;
        let exponent = number(fields, true).map_err(|_| Obstacle::Key)?;
        let is_odd = |number: &[u8]| number.last().is_some_and(|byte| byte % 2 == 1);
        let is_usable = RSA_BYTES.contains(&modulus.len())
            && is_odd(modulus)
            && is_odd(exponent)
            && exponent != [1]
            && exponent.len() <= EXPONENT_BYTES;
        if is_usable { Ok(Self::Rsa { modulus, exponent }) } else { Err(Obstacle::Key) }
    }

    /// A point of one of the two curves, by its length.
    pub(super) fn point(point: &'a [u8]) -> Result<Self, Obstacle> {
        match (point.first(), point.len()) {
            (Some(4), 65) => Ok(Self::P256(point)),
            (Some(4), 97) => Ok(Self::P384(point)),
            _ => Err(Obstacle::Key),
        }
    }

    /// Bytes of each of the two numbers of an ECDSA signature.
    pub(super) const fn number_bytes(self) -> Option<usize> {
        match self {
            Self::Rsa { .. } => None,
            Self::P256(_) => Some(32),
            Self::P384(_) => Some(48),
        }
    }

    /// Whether this is the signature of `message`. An error where that cannot be told.
    pub(super) fn fits(self, scheme: Scheme, message: &[u8], sealed: &[u8]) -> Result<bool, Obstacle> {
        match self {
            Self::Rsa { modulus, exponent } => {
                let parameters = rsa_parameters(scheme)?;
                let key = RsaPublicKeyComponents { n: modulus, e: exponent };
                let sealed = padded(sealed, modulus.len());
                Ok(key.verify(parameters, message, &sealed).is_ok())
            }
            Self::P256(point) | Self::P384(point) => {
                let algorithm = ecdsa_algorithm(self, scheme)?;
                let sealed = strict_pair(sealed).ok_or(Obstacle::Malformed)?;
                Ok(UnparsedPublicKey::new(algorithm, point).verify(message, &sealed).is_ok())
            }
        }
    }
}

fn rsa_parameters(scheme: Scheme) -> Result<&'static signature::RsaParameters, Obstacle> {
    match (scheme.family, scheme.hash) {
        (Family::RsaPkcs1, Hash::Sha1) => Ok(&signature::RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY),
        (Family::RsaPkcs1, Hash::Sha256) => Ok(&signature::RSA_PKCS1_2048_8192_SHA256),
        (Family::RsaPkcs1, Hash::Sha384) => Ok(&signature::RSA_PKCS1_2048_8192_SHA384),
        (Family::RsaPkcs1, Hash::Sha512) => Ok(&signature::RSA_PKCS1_2048_8192_SHA512),
        (Family::RsaPss, Hash::Sha256) => Ok(&signature::RSA_PSS_2048_8192_SHA256),
        (Family::RsaPss, Hash::Sha384) => Ok(&signature::RSA_PSS_2048_8192_SHA384),
        (Family::RsaPss, Hash::Sha512) => Ok(&signature::RSA_PSS_2048_8192_SHA512),
        (Family::RsaPss, Hash::Sha1) => Err(Obstacle::Sha1),
        (Family::Ecdsa, _) => Err(Obstacle::Key),
    }
}

fn ecdsa_algorithm(
    key: Key<'_>,
    scheme: Scheme,
) -> Result<&'static signature::EcdsaVerificationAlgorithm, Obstacle> {
    match (key, scheme.family, scheme.hash) {
        (Key::P256(_), Family::Ecdsa, Hash::Sha256) => Ok(&signature::ECDSA_P256_SHA256_ASN1),
        (Key::P256(_), Family::Ecdsa, Hash::Sha384) => Ok(&signature::ECDSA_P256_SHA384_ASN1),
        (Key::P384(_), Family::Ecdsa, Hash::Sha256) => Ok(&signature::ECDSA_P384_SHA256_ASN1),
        (Key::P384(_), Family::Ecdsa, Hash::Sha384) => Ok(&signature::ECDSA_P384_SHA384_ASN1),
        (_, Family::Ecdsa, Hash::Sha1) => Err(Obstacle::Sha1),
        (_, Family::Ecdsa, _) => Err(Obstacle::Algorithm(scheme.name())),
        (_, Family::RsaPkcs1 | Family::RsaPss, _) => Err(Obstacle::Key),
    }
}

/// An RSA signature at full length: some programs drop the zeros in front.
fn padded(sealed: &[u8], length: usize) -> Vec<u8> {
    let missing = length.saturating_sub(sealed.len());
    [vec![0; missing].as_slice(), sealed].concat()
}

/// The two numbers of an ECDSA signature, written once more as DER wants them.
fn strict_pair(sealed: &[u8]) -> Option<Vec<u8>> {
    let mut numbers = Elements::of(sealed).expect(ber::SEQUENCE).ok()?.children();
    let first = numbers.expect(ber::INTEGER).ok()?.body;
    let second = numbers.expect(ber::INTEGER).ok()?.body;
    Some(der_pair(first, second))
}

/// Two unsigned numbers as a DER sequence.
pub(super) fn der_pair(first: &[u8], second: &[u8]) -> Vec<u8> {
    let both = [der_unsigned(first), der_unsigned(second)].concat();
    [ber::der_header(ber::SEQUENCE, both.len()), both].concat()
}

fn der_unsigned(number: &[u8]) -> Vec<u8> {
    let number = without_zeros(number);
    let needs_zero = number.first().is_none_or(|byte| byte & 0x80 != 0);
    let sign: &[u8] = if needs_zero { &[0] } else { &[] };
    [ber::der_header(ber::INTEGER, sign.len() + number.len()).as_slice(), sign, number].concat()
}

/// A big-endian number without the zeros in front.
fn without_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|&&byte| byte == 0).count();
    number.get(zeros..).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_that_cannot_be_judged_are_told_from_signatures_that_do_not_fit() {
        let key = |modulus: &[u8], exponent: &[u8]| der_pair(modulus, exponent);
        let odd = [0xff; 256];
        assert!(Key::rsa(&key(&odd, &[1, 0, 1])).is_ok());
        for weak in [key(&[0xff; 128], &[3]), key(&[0xfe; 256], &[3]), key(&odd, &[1]), key(&odd, &[2])] {
            assert_eq!(Key::rsa(&weak), Err(Obstacle::Key));
        }
        assert_eq!(Key::rsa(b"\x30\x01"), Err(Obstacle::Key));
        assert_eq!(Key::point(&[2; 33]), Err(Obstacle::Key));
    }

    #[test]
    fn zeros_that_were_dropped_are_put_back() {
        assert_eq!(padded(&[7], 3), [0, 0, 7]);
        assert_eq!(padded(&[7, 8], 1), [7, 8]);
    }

    #[test]
    fn pairs_are_written_as_der_wants_them() {
        assert_eq!(der_pair(&[0, 0x80], &[0, 0]), [0x30, 7, 2, 2, 0, 0x80, 2, 1, 0]);
        assert_eq!(strict_pair(&[0x30, 8, 2, 3, 0, 0, 5, 2, 1, 7]).unwrap(), [0x30, 6, 2, 1, 5, 2, 1, 7]);
        assert_eq!(strict_pair(&[1, 2]), None);
    }
}
