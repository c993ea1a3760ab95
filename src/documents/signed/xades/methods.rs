// SPDX-License-Identifier: EUPL-1.2
//! The algorithms of XML signatures that are known here, by their addresses. An unknown one is an obstacle.

use super::super::crypto::{Family, Hash, Scheme};
use super::super::trouble::Obstacle;
use super::canonical::Method;
use super::outline::{DSIG, Node, Tree};

/// Characters of an unknown address that are shown.
const SHOWN: usize = 80;
const ENCRYPTION: &str = "http://www.w3.org/2001/04/xmlenc#";
const MORE: &str = "http://www.w3.org/2001/04/xmldsig-more#";
const MORE_2007: &str = "http://www.w3.org/2007/05/xmldsig-more#";
const EXCLUSIVE: &str = "http://www.w3.org/2001/10/xml-exc-c14n#";
const FILTER_2: &str = "http://www.w3.org/2002/06/xmldsig-filter2";
const XPATH: &str = "http://www.w3.org/TR/1999/REC-xpath-19991116";

/// The obstacle of an unknown address.
pub(super) fn unknown(address: &str) -> Obstacle {
    let shown = address.chars().filter(char::is_ascii_graphic).take(SHOWN).collect();
    Obstacle::Algorithm(shown)
}

/// The address in the attribute `Algorithm`.
pub(super) fn address(node: Option<&Node>) -> Result<&str, Obstacle> {
    node.and_then(|node| node.attribute("Algorithm")).ok_or(Obstacle::Malformed)
}

/// A digest algorithm.
pub(super) fn hash(address: &str) -> Result<Hash, Obstacle> {
    let known = [
        (DSIG, "sha1", Hash::Sha1),
        (ENCRYPTION, "sha256", Hash::Sha256),
        (MORE, "sha384", Hash::Sha384),
        (ENCRYPTION, "sha512", Hash::Sha512),
    ];
    let found = known.iter().find(|(space, name, _)| address.strip_prefix(space) == Some(name));
    found.map(|(_, _, hash)| *hash).ok_or_else(|| unknown(address))
}

/// A signature algorithm.
pub(super) fn scheme(address: &str) -> Result<Scheme, Obstacle> {
    let known = [
        (DSIG, "rsa-sha1", Family::RsaPkcs1, Hash::Sha1),
        (MORE, "rsa-sha256", Family::RsaPkcs1, Hash::Sha256),
        (MORE, "rsa-sha384", Family::RsaPkcs1, Hash::Sha384),
        (MORE, "rsa-sha512", Family::RsaPkcs1, Hash::Sha512),
        (MORE_2007, "sha256-rsa-MGF1", Family::RsaPss, Hash::Sha256),
        (MORE_2007, "sha384-rsa-MGF1", Family::RsaPss, Hash::Sha384),
        (MORE_2007, "sha512-rsa-MGF1", Family::RsaPss, Hash::Sha512),
        (MORE, "ecdsa-sha1", Family::Ecdsa, Hash::Sha1),
        (MORE, "ecdsa-sha256", Family::Ecdsa, Hash::Sha256),
        (MORE, "ecdsa-sha384", Family::Ecdsa, Hash::Sha384),
        (MORE, "ecdsa-sha512", Family::Ecdsa, Hash::Sha512),
    ];
    let found = known.iter().find(|(space, name, ..)| address.strip_prefix(space) == Some(name));
    let (_, _, family, hash) = found.ok_or_else(|| unknown(address))?;
    Ok(Scheme { family: *family, hash: *hash })
}

/// A canonicalisation, with its list of prefixes. None if the address is of something else.
pub(super) fn canonicalisation(tree: &Tree, index: usize) -> Result<Option<Method>, Obstacle> {
    let address = address(tree.node(index))?;
    let (base, keeps_comments) = match address.strip_suffix("WithComments") {
        Some(base) => (base, true),
        None => (address, false),
    };
    let (is_exclusive, is_1_1) = match base.trim_end_matches('#') {
        "http://www.w3.org/TR/2001/REC-xml-c14n-20010315" => (false, false),
        "http://www.w3.org/2006/12/xml-c14n11" => (false, true),
        "http://www.w3.org/2001/10/xml-exc-c14n" => (true, false),
        _ => return Ok(None),
    };
    let mut listed = Vec::new();
    for (_, parameter) in tree.children(index) {
        let prefixes = match parameter.name_in(EXCLUSIVE) {
            Some("InclusiveNamespaces") if is_exclusive => parameter.attribute("PrefixList"),
            _ => None,
        };
        let prefixes = prefixes.ok_or(Obstacle::Malformed)?.split_ascii_whitespace();
        listed.extend(prefixes.map(|prefix| if prefix == "#default" { "" } else { prefix }.to_owned()));
    }
    Ok(Some(Method { is_exclusive, is_1_1, keeps_comments, listed, ..Method::default() }))
}

/// What a transform takes out of the document.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Removal {
    /// The signature it belongs to.
    This,
    /// All signatures.
    Every,
}

/// A transform that takes signatures out, in one of the forms that mean nothing else.
pub(super) fn removal(tree: &Tree, index: usize) -> Result<Removal, Obstacle> {
    let address = address(tree.node(index))?;
    if address.strip_prefix(DSIG) == Some("enveloped-signature") {
        return Ok(Removal::This);
    }
    let mut parameters = tree.children(index).map(|(_, node)| node);
    let path = match (parameters.next(), parameters.next()) {
        (Some(path), None) if path.name_in("") == Some("XPath") => path,
        _ => return Err(unknown(address)),
    };
    let is_filter = path.space() == FILTER_2 && path.attribute("Filter") == Some("subtract");
    match address {
        FILTER_2 if is_filter && says(path, "/descendant::", ":Signature") => Ok(Removal::Every),
        FILTER_2 if is_filter && says(path, "here()/ancestor::", ":Signature[1]") => Ok(Removal::This),
        XPATH if path.space() == DSIG && says(path, "not(ancestor-or-self::", ":Signature)") => {
            Ok(Removal::Every)
        }
        _ => Err(unknown(address)),
    }
}

/// Whether a path is made of these two parts and a prefix that means XML signatures.
fn says(path: &Node, before: &str, after: &str) -> bool {
    let prefix = path.text.trim().strip_prefix(before).and_then(|rest| rest.strip_suffix(after));
    prefix.is_some_and(|prefix| path.dsig_prefixes.iter().any(|known| known == prefix))
}
