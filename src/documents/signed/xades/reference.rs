// SPDX-License-Identifier: EUPL-1.2
//! Checks what an XML signature refers to: the document without its signatures, or a part of the signature
//! itself.

use super::super::crypto::Hash;
use super::super::trouble::Obstacle;
use super::canonical::{Extent, Method, canonical};
use super::methods::{self, Removal};
use super::outline::DSIG;
use super::{Sealed, decoded};

/// References of one signature.
const REFERENCES: usize = 8;
/// Transforms of one reference.
const TRANSFORMS: usize = 8;

/// A reference that was followed.
#[derive(Debug)]
pub(super) struct Reference {
    pub(super) is_whole_document: bool,
    pub(super) hash: Hash,
    /// Whether its digest fits.
    fits: Result<bool, Obstacle>,
}

/// One that does not fit decides; otherwise one that could not be followed.
pub(super) fn all_fit(references: &[Reference]) -> Result<bool, Obstacle> {
    if references.iter().any(|reference| reference.fits == Ok(false)) {
        return Ok(false);
    }
    references.iter().try_fold(true, |all, reference| Ok(all && reference.fits.clone()?))
}

impl Sealed<'_> {
    /// Follows every reference of the signature.
    pub(super) fn references(self) -> Result<Vec<Reference>, Obstacle> {
        let info = self.tree.only(0, DSIG, "SignedInfo").ok_or(Obstacle::Malformed)?;
        let all: Vec<usize> = self.tree.named(info, DSIG, "Reference").collect();
        let is_document = |index: &&usize| {
            self.tree.node(**index).and_then(|node| node.attribute("URI")).is_some_and(str::is_empty)
        };
        // Each costs a pass over the document, and nobody needs two.
        if all.len() > REFERENCES || all.iter().filter(is_document).count() > 1 {
            return Err(Obstacle::TooComplex);
        }
        all.into_iter().map(|index| self.reference(index)).collect()
    }

    fn reference(self, index: usize) -> Result<Reference, Obstacle> {
        let method = self.tree.only(index, DSIG, "DigestMethod").and_then(|method| self.tree.node(method));
        let hash = methods::hash(methods::address(method)?)?;
        let uri = self.tree.node(index).and_then(|node| node.attribute("URI"));
        let fits = self.digest(index, uri, hash).and_then(|digest| {
            let is_equal = digest == decoded(self.tree.text(index, DSIG, &["DigestValue"]))?;
            // A signature that was made before others cannot fit with them in the document.
            let is_alone = self.outline.everywhere.len() == 1 || uri != Some("");
            if is_equal || is_alone { Ok(is_equal) } else { Err(Obstacle::OtherSignatures) }
        });
        Ok(Reference { is_whole_document: uri == Some(""), hash, fits })
    }

    fn digest(self, index: usize, uri: Option<&str>, hash: Hash) -> Result<Vec<u8>, Obstacle> {
        let (method, removals) = self.transforms(index)?;
        let extent = match uri {
            Some("") => self.document(&removals)?,
            Some(uri) if removals.is_empty() => self.element(self.referred(uri)?)?,
            _ => return Err(Obstacle::Reference),
        };
        // A reference into the same document leaves comments out, whatever comes after.
        let method = Method { keeps_comments: false, drops_blanks: self.drops_blanks, ..method };
        let mut digest = hash.start();
        canonical(self.xml, &extent, &method, &mut |piece| digest.update(piece))?;
        Ok(digest.finish().as_ref().to_vec())
    }

    /// How to write what is referred to, and what to take out before. Nothing may come after the writing.
    fn transforms(self, index: usize) -> Result<(Method, Vec<Removal>), Obstacle> {
        let (mut method, mut removals) = (None, Vec::new());
        let lists: Vec<usize> = self.tree.named(index, DSIG, "Transforms").collect();
        let transforms = match lists.as_slice() {
            [] => Vec::new(),
            [list] => self.tree.named(*list, DSIG, "Transform").collect(),
            _ => return Err(Obstacle::Malformed),
        };
        if transforms.len() > TRANSFORMS {
            return Err(Obstacle::TooComplex);
        }
        for transform in transforms {
            if method.is_some() {
                return Err(Obstacle::Reference);
            }
            method = methods::canonicalisation(self.tree, transform)?;
            if method.is_none() {
                removals.push(methods::removal(self.tree, transform)?);
            }
        }
        Ok((method.unwrap_or_default(), removals))
    }

    fn document(self, removals: &[Removal]) -> Result<Extent, Obstacle> {
        let own = self.tree.node(0).map(|node| node.place.clone()).ok_or(Obstacle::Malformed)?;
        let parts = match removals {
            // A signature cannot cover itself.
            [] => return Err(Obstacle::Malformed),
            _ if removals.contains(&Removal::Every) => self.outline.everywhere.clone(),
            _ => vec![own],
        };
        Ok(Extent::DocumentWithout(parts))
    }

    /// The element of this signature with such a name, which nothing else in the document may have.
    fn referred(self, uri: &str) -> Result<usize, Obstacle> {
        let name = uri.strip_prefix('#').ok_or(Obstacle::Reference)?;
        if self.outline.names.get(name) != Some(&1) {
            return Err(Obstacle::Reference);
        }
        let mut nodes = self.tree.nodes.iter();
        nodes.position(|node| node.attribute("Id") == Some(name)).ok_or(Obstacle::Reference)
    }
}
