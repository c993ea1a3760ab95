// SPDX-License-Identifier: EUPL-1.2
//! Judges the signatures inside an XML document (XML-DSig, XAdES): those that are children of its root and
//! cover all of it. A signature is called tampered only where everything it uses is understood; what is not
//! understood is an obstacle. Long-term forms (time stamps, revocation data) are not looked at.

use base64::Engine;
use chrono::{DateTime, Utc};

use super::ber::{self, Elements};
use super::certificate::Certificate;
use super::crypto::{Hash, Key, Scheme, der_pair};
use super::trouble::Obstacle;
use super::wrapping::LENIENT;
use super::{Signature, Standing};

mod canonical;
mod methods;
mod outline;
mod reference;
mod text;
mod walk;

use canonical::{Extent, Method, canonical};
use outline::{DSIG, Outline, Tree, XADES};

/// Signatures of one document that are judged: each costs a pass over the document.
const SIGNATURES: usize = 4;
/// Certificates of one signature that are tried.
const CERTIFICATES: usize = 8;

/// Judges every `ds:Signature` that is a child of the root. A document that names XML signatures and cannot
/// be followed (DOCTYPE, not well-formed) gives one signature that says so.
///
/// Comments are outside nearly every signature: whoever reads a text must not stop at one.
#[must_use]
pub fn xml_signatures(xml: &str) -> Vec<Signature> {
    let xml = xml.strip_prefix('\u{feff}').unwrap_or(xml);
    if !xml.contains(DSIG) {
        return Vec::new();
    }
    let outline = match Outline::read(xml) {
        Ok(outline) => outline,
        Err(obstacle) => return vec![Signature::unread(obstacle)],
    };
    let judged = |(index, tree)| match index {
        0..SIGNATURES => judge(Sealed { xml, outline: &outline, tree, drops_blanks: false }),
        _ => Signature::unread(Obstacle::TooComplex),
    };
    outline.signatures.iter().enumerate().map(judged).collect()
}

/// Invoices are often laid out anew after signing, by programs that mean no harm. That breaks the signature,
/// and it is told from a change that matters.
fn judge(sealed: Sealed<'_>) -> Signature {
    let signature = sealed.judge();
    if signature.standing != Standing::Tampered {
        return signature;
    }
    let without_blanks = Sealed { drops_blanks: true, ..sealed }.judge();
    match without_blanks.standing {
        Standing::Intact => {
            Signature { standing: Standing::NotVerifiable(Obstacle::Reindented), ..without_blanks }
        }
        Standing::Tampered | Standing::NotVerifiable(_) => signature,
    }
}

/// A signature in its document.
#[derive(Debug, Clone, Copy)]
struct Sealed<'a> {
    xml: &'a str,
    outline: &'a Outline,
    tree: &'a Tree,
    /// Whether blanks between the elements are overlooked.
    drops_blanks: bool,
}

impl Sealed<'_> {
    fn judge(self) -> Signature {
        let ders = self.certificates();
        let read = |der| Certificate::read(Elements::of(der).expect(ber::SEQUENCE).ok()?).ok();
        let certificates: Vec<Certificate<'_>> = ders.iter().filter_map(|der| read(der)).collect();
        let scheme = self.scheme();
        let (seal, signer) = match self.seal(&scheme, &certificates) {
            Ok(signer) => (Ok(signer.is_some()), signer.or(certificates.first())),
            Err(obstacle) => (Err(obstacle), certificates.first()),
        };
        let signed_at = self.signed_at();
        let standing = Standing::of(self.standing(seal, &scheme, signer));
        let algorithm = scheme.map_or_else(|_| String::new(), Scheme::name);
        Signature::of(signer, signed_at, algorithm, standing)
    }

    /// Puts the answers together: one thing that does not fit is enough, and certain.
    fn standing(
        self,
        seal: Result<bool, Obstacle>,
        scheme: &Result<Scheme, Obstacle>,
        signer: Option<&Certificate<'_>>,
    ) -> Result<bool, Obstacle> {
        let references = self.references();
        let digests = references.as_ref().map_err(Clone::clone).and_then(|all| reference::all_fit(all));
        if seal == Ok(false) || digests == Ok(false) {
            return Ok(false);
        }
        seal?;
        digests?;
        let references = references?;
        if !references.iter().any(|reference| reference.is_whole_document) {
            return Err(Obstacle::NotWholeDocument);
        }
        self.names(signer)?;
        let is_weak = scheme.as_ref().is_ok_and(|scheme| scheme.hash == Hash::Sha1)
            || references.iter().any(|reference| reference.hash == Hash::Sha1);
        if is_weak { Err(Obstacle::Sha1) } else { Ok(true) }
    }

    /// The certificate whose key made this signature; none if it is none of them.
    fn seal<'c>(
        self,
        scheme: &Result<Scheme, Obstacle>,
        certificates: &'c [Certificate<'c>],
    ) -> Result<Option<&'c Certificate<'c>>, Obstacle> {
        let info = self.tree.only(0, DSIG, "SignedInfo").ok_or(Obstacle::Malformed)?;
        let method = self.tree.only(info, DSIG, "CanonicalizationMethod").ok_or(Obstacle::Malformed)?;
        let method = methods::canonicalisation(self.tree, method)?.ok_or_else(|| {
            methods::address(self.tree.node(method)).map_or(Obstacle::Malformed, methods::unknown)
        })?;
        let method = Method { drops_blanks: self.drops_blanks, ..method };
        let mut message = Vec::new();
        canonical(self.xml, &self.element(info)?, &method, &mut |piece| message.extend_from_slice(piece))?;
        let sealed = decoded(self.tree.text(0, DSIG, &["SignatureValue"]))?;
        let scheme = scheme.clone()?;
        let mut refused = None;
        for certificate in certificates {
            let fits = certificate.key().and_then(|key| key.fits(scheme, &message, &as_der(key, &sealed)?));
            match fits {
                Ok(true) => return Ok(Some(certificate)),
                Ok(false) => {}
                Err(obstacle) => refused = Some(obstacle),
            }
        }
        if certificates.is_empty() || certificates.len() < self.certificate_places().count() {
            return Err(Obstacle::NoCertificate);
        }
        // The one that could not be tried may be the right one.
        refused.map_or(Ok(None), Err)
    }

    fn scheme(self) -> Result<Scheme, Obstacle> {
        let method =
            self.tree.descend(0, DSIG, &["SignedInfo", "SignatureMethod"]).ok_or(Obstacle::Malformed)?;
        methods::scheme(methods::address(self.tree.node(method))?)
    }

    fn certificate_places(&self) -> impl Iterator<Item = usize> {
        let info = self.tree.only(0, DSIG, "KeyInfo");
        let data = info.into_iter().flat_map(|info| self.tree.named(info, DSIG, "X509Data"));
        data.flat_map(|data| self.tree.named(data, DSIG, "X509Certificate"))
    }

    /// The certificates that the signature encloses, as bytes.
    fn certificates(self) -> Vec<Vec<u8>> {
        let decode = |index| decoded(self.tree.node(index).map(|node| node.text.as_str())).ok();
        self.certificate_places().filter_map(decode).take(CERTIFICATES).collect()
    }

    /// Where an element of this signature stands.
    fn element(self, index: usize) -> Result<Extent, Obstacle> {
        let place = |index| self.tree.node(index).map(|node| node.place.clone()).ok_or(Obstacle::Malformed);
        Ok(Extent::Element { root: self.outline.root.clone(), child: place(0)?, element: place(index)? })
    }

    /// The signed properties of XAdES, if a reference covers them.
    fn properties(self) -> Option<usize> {
        let mut objects = self.tree.named(0, DSIG, "Object");
        let properties = objects.find_map(|object| {
            self.tree.descend(object, XADES, &["QualifyingProperties", "SignedProperties"])
        })?;
        let name = self.tree.node(properties)?.attribute("Id")?;
        let info = self.tree.only(0, DSIG, "SignedInfo")?;
        let mut references =
            self.tree.named(info, DSIG, "Reference").filter_map(|index| self.tree.node(index));
        let is_covered = references
            .any(|reference| reference.attribute("URI").and_then(|uri| uri.strip_prefix('#')) == Some(name));
        self.tree.only(properties, XADES, "SignedSignatureProperties").filter(|_| is_covered)
    }

    fn signed_at(self) -> Option<DateTime<Utc>> {
        let time = self.tree.text(self.properties()?, XADES, &["SigningTime"])?;
        DateTime::parse_from_rfc3339(time.trim()).ok().map(|time| time.to_utc())
    }

    /// Holds the certificate against the fingerprint among the signed properties, where there is one.
    fn names(self, signer: Option<&Certificate<'_>>) -> Result<(), Obstacle> {
        let Some(properties) = self.properties() else { return Ok(()) };
        let mut kinds = ["SigningCertificate", "SigningCertificateV2"].into_iter();
        let Some(certificates) = kinds.find_map(|kind| self.tree.only(properties, XADES, kind)) else {
            return Ok(());
        };
        let first = self.tree.named(certificates, XADES, "Cert").next().ok_or(Obstacle::Malformed)?;
        let digest = self.tree.only(first, XADES, "CertDigest").ok_or(Obstacle::Malformed)?;
        let method = self.tree.only(digest, DSIG, "DigestMethod").and_then(|method| self.tree.node(method));
        let hash = methods::hash(methods::address(method)?)?;
        let print = decoded(self.tree.text(digest, DSIG, &["DigestValue"]))?;
        let is_named = signer.is_some_and(|signer| signer.fingerprint(hash) == print);
        if is_named { Ok(()) } else { Err(Obstacle::OtherCertificate) }
    }
}

/// Base64, in as many lines as it likes.
fn decoded(text: Option<&str>) -> Result<Vec<u8>, Obstacle> {
    let text = text.ok_or(Obstacle::Malformed)?;
    let characters: String = text.split_ascii_whitespace().collect();
    LENIENT.decode(characters).map_err(|_| Obstacle::Malformed)
}

/// An ECDSA signature in DER: XML has the two numbers side by side, some programs have DER already.
fn as_der(key: Key<'_>, sealed: &[u8]) -> Result<Vec<u8>, Obstacle> {
    match key.number_bytes() {
        Some(bytes) if sealed.len() == 2 * bytes => {
            let (first, second) = sealed.split_at_checked(bytes).ok_or(Obstacle::Malformed)?;
            Ok(der_pair(first, second))
        }
        Some(_) | None => Ok(sealed.to_vec()),
    }
}

#[cfg(test)]
mod tests;
