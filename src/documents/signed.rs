// SPDX-License-Identifier: EUPL-1.2
//! Takes a document out of its signatures: CMS (`.p7m`) in DER, BER or base64, one inside the other, and XML
//! with an enveloped `ds:Signature`. What a file is, its content says, never its name.
//!
//! Signatures are judged only as far as the file itself allows: are these the bytes that were signed with the
//! key of the enclosed certificate? **Whether that certificate can be trusted is not judged**: no chain, no
//! revocation, no qualified status. Anybody can make a certificate with somebody else's name, so
//! [`Standing::Intact`] means "not changed since it was signed", not "signed by".
//!
//! Reading goes on whatever a signature comes to. Nothing here logs: names of signers are personal data.

use std::borrow::Cow;

use chrono::{DateTime, Utc};

mod ber;
mod certificate;
mod cms;
mod crypto;
mod signer;
mod trouble;
mod wrapping;
mod xades;

use certificate::Certificate;

pub use trouble::{EnvelopeError, Obstacle};
pub use xades::xml_signatures;

/// Signed envelopes, one inside the other, that are opened.
const ENVELOPES: usize = 4;
/// Signatures of one file that are judged: each costs a public-key operation and perhaps a digest of all.
const SIGNATURES: usize = 16;

/// What was inside, and who signed it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened<'a> {
    /// The innermost document.
    pub content: Cow<'a, [u8]>,
    /// The signatures of all envelopes, the outermost first.
    pub signatures: Vec<Signature>,
}

/// One signature. Whatever it says of its signer is taken from the enclosed certificate, on its word.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signature {
    /// Common name, or else organisation, of the certificate's subject. A natural person's data: must not be
    /// logged.
    pub signer: Option<String>,
    /// Serial number of the certificate, in hexadecimal.
    pub serial: Option<String>,
    /// Common name, or else organisation, of who issued the certificate.
    pub issuer: Option<String>,
    /// First moment the certificate is valid.
    pub valid_from: Option<DateTime<Utc>>,
    /// Last moment the certificate is valid.
    pub valid_to: Option<DateTime<Utc>>,
    /// When the signer says to have signed. Nobody else vouches for it.
    pub signed_at: Option<DateTime<Utc>>,
    /// How it is signed, such as `RSA SHA-256`; empty if that could not be read.
    pub algorithm: String,
    /// What the check came to.
    pub standing: Standing,
}

/// What the check of a signature came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// These are the bytes that were signed with the key of the enclosed certificate.
    Intact,
    /// They are not: document or signature were changed.
    Tampered,
    /// It could not be told.
    NotVerifiable(Obstacle),
}

impl Standing {
    fn of(fits: Result<bool, Obstacle>) -> Self {
        match fits {
            Ok(true) => Self::Intact,
            Ok(false) => Self::Tampered,
            Err(obstacle) => Self::NotVerifiable(obstacle),
        }
    }
}

/// Whether a certificate was valid by its dates.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CertificateDates {
    /// Between its two dates, or it has none that could be read.
    Valid,
    /// Not valid yet.
    NotYet,
    /// No longer valid.
    Expired,
}

impl Signature {
    /// Whether the certificate was valid when the signer says to have signed, or at `now` if that is not
    /// said.
    #[must_use]
    pub fn certificate_dates(&self, now: DateTime<Utc>) -> CertificateDates {
        let moment = self.signed_at.unwrap_or(now);
        if self.valid_from.is_some_and(|from| moment < from) {
            CertificateDates::NotYet
        } else if self.valid_to.is_some_and(|to| moment > to) {
            CertificateDates::Expired
        } else {
            CertificateDates::Valid
        }
    }

    /// A signature with what its certificate says.
    fn of(
        certificate: Option<&Certificate<'_>>,
        signed_at: Option<DateTime<Utc>>,
        algorithm: String,
        standing: Standing,
    ) -> Self {
        let (valid_from, valid_to) = certificate.map(Certificate::validity).unwrap_or_default();
        Self {
            signer: certificate.and_then(Certificate::subject_name),
            serial: certificate.map(Certificate::serial_text),
            issuer: certificate.and_then(Certificate::issuer_name),
            valid_from,
            valid_to,
            signed_at,
            algorithm,
            standing,
        }
    }

    /// A signature of which nothing is known but that it could not be judged.
    const fn unread(obstacle: Obstacle) -> Self {
        Self {
            signer: None,
            serial: None,
            issuer: None,
            valid_from: None,
            valid_to: None,
            signed_at: None,
            algorithm: String::new(),
            standing: Standing::NotVerifiable(obstacle),
        }
    }
}

/// Takes the document out of whatever was put around it. What is no envelope is handed back as it is,
/// borrowed.
///
/// Memory stays within a small multiple of `bytes`: nothing inside an envelope is larger than the envelope.
///
/// # Errors
/// An envelope that cannot be opened, or more than `max_content` bytes inside. A bad signature is no error.
pub fn open(bytes: &[u8], max_content: usize) -> Result<Opened<'_>, EnvelopeError> {
    let mut content = Cow::Borrowed(bytes);
    let mut signatures = Vec::new();
    let mut envelopes = 0;
    while let Some(layer) = wrapping::layer(&content) {
        envelopes += usize::from(layer.is_envelope());
        if envelopes > ENVELOPES {
            return Err(EnvelopeError::TooDeep);
        }
        content = inside(content, layer, &mut signatures)?;
    }
    let is_opened = matches!(content, Cow::Owned(_)) || content.len() != bytes.len();
    if is_opened && content.len() > max_content {
        return Err(EnvelopeError::TooBig { found: content.len(), limit: max_content });
    }
    Ok(Opened { content, signatures })
}

/// Takes one layer off. A borrowed content stays borrowed where the layer holds it in one piece.
fn inside<'a>(
    content: Cow<'a, [u8]>,
    layer: wrapping::Layer,
    signatures: &mut Vec<Signature>,
) -> Result<Cow<'a, [u8]>, EnvelopeError> {
    if !layer.is_envelope() {
        return wrapping::decode(&content, layer).map(Cow::Owned);
    }
    match content {
        Cow::Borrowed(bytes) => cms::open(bytes, signatures),
        Cow::Owned(bytes) => Ok(Cow::Owned(cms::open(&bytes, signatures)?.into_owned())),
    }
}

#[cfg(test)]
mod tests;
