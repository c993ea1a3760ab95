// SPDX-License-Identifier: EUPL-1.2
//! Splits BER and DER into elements: definite and indefinite lengths, primitive and constructed octet
//! strings. Borrows everything, recurses no deeper than [`LEVELS`], and knows nothing of what an element
//! means.

use std::borrow::Cow;

/// Levels of nested indefinite lengths or octet strings that are followed: real files need about ten.
const LEVELS: usize = 24;

pub(super) const BOOLEAN: u8 = 0x01;
pub(super) const INTEGER: u8 = 0x02;
pub(super) const BIT_STRING: u8 = 0x03;
pub(super) const OCTET_STRING: u8 = 0x04;
pub(super) const OBJECT_IDENTIFIER: u8 = 0x06;
pub(super) const SEQUENCE: u8 = 0x30;
pub(super) const SET: u8 = 0x31;

/// Set in the tag of an element that is made of others.
const CONSTRUCTED: u8 = 0x20;
/// Low bits of a tag that goes on in the next bytes.
const LONG_TAG: u8 = 0x1f;
/// Most bytes of a long tag.
const LONG_TAG_BYTES: usize = 4;

/// Why bytes are no BER.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum BerError {
    /// The bytes end before the element does.
    Truncated,
    /// A tag or length that cannot be, or something else than expected.
    Malformed,
    /// More levels than are followed.
    TooDeep,
}

/// One element: tag, what is inside, and the bytes of the whole.
#[derive(Debug, Clone, Copy)]
pub(super) struct Element<'a> {
    pub(super) tag: u8,
    pub(super) body: &'a [u8],
    pub(super) whole: &'a [u8],
}

impl<'a> Element<'a> {
    /// The elements inside.
    pub(super) const fn children(self) -> Elements<'a> {
        Elements { rest: self.body }
    }

    /// The octets of an octet string; chunks are joined only where there is more than one.
    pub(super) fn octets(self) -> Result<Cow<'a, [u8]>, BerError> {
        if self.tag == OCTET_STRING {
            return Ok(Cow::Borrowed(self.body));
        }
        if self.tag != OCTET_STRING | CONSTRUCTED {
            return Err(BerError::Malformed);
        }
        let mut joined = Vec::with_capacity(self.body.len());
        join_chunks(self, &mut joined, LEVELS)?;
        Ok(Cow::Owned(joined))
    }
}

fn join_chunks(string: Element<'_>, joined: &mut Vec<u8>, levels: usize) -> Result<(), BerError> {
    let levels = levels.checked_sub(1).ok_or(BerError::TooDeep)?;
    let mut chunks = string.children();
    while let Some(chunk) = chunks.next()? {
        match chunk.tag {
            OCTET_STRING => joined.extend_from_slice(chunk.body),
            tag if tag == OCTET_STRING | CONSTRUCTED => join_chunks(chunk, joined, levels)?,
            _ => return Err(BerError::Malformed),
        }
    }
    Ok(())
}

/// Elements one after the other.
#[derive(Debug, Clone, Copy)]
pub(super) struct Elements<'a> {
    rest: &'a [u8],
}

impl<'a> Elements<'a> {
    pub(super) const fn of(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// The next element, unless there is none.
    pub(super) fn next(&mut self) -> Result<Option<Element<'a>>, BerError> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let (element, rest) = split(self.rest, LEVELS)?;
        self.rest = rest;
        Ok(Some(element))
    }

    /// The next element, which must be there.
    pub(super) fn any(&mut self) -> Result<Element<'a>, BerError> {
        self.next()?.ok_or(BerError::Malformed)
    }

    /// The next element, which must have this tag.
    pub(super) fn expect(&mut self, tag: u8) -> Result<Element<'a>, BerError> {
        let element = self.any()?;
        if element.tag == tag { Ok(element) } else { Err(BerError::Malformed) }
    }

    /// The next element if it has this tag; otherwise it is left where it is.
    pub(super) fn optional(&mut self, tag: u8) -> Result<Option<Element<'a>>, BerError> {
        if self.rest.first() == Some(&tag) { self.next() } else { Ok(None) }
    }
}

/// Splits the first element off.
fn split(bytes: &[u8], levels: usize) -> Result<(Element<'_>, &[u8]), BerError> {
    let (header, length) = header(bytes)?;
    let tag = *bytes.first().ok_or(BerError::Truncated)?;
    let inside = bytes.get(header..).ok_or(BerError::Truncated)?;
    let (length, end_marker) = match length {
        Some(length) => (length, 0),
        None if tag & CONSTRUCTED == 0 => return Err(BerError::Malformed),
        None => (indefinite_length(inside, levels)?, 2),
    };
    let body = inside.get(..length).ok_or(BerError::Truncated)?;
    let whole = header.saturating_add(length).saturating_add(end_marker);
    let (whole, rest) = bytes.split_at_checked(whole).ok_or(BerError::Truncated)?;
    Ok((Element { tag, body, whole }, rest))
}

/// Bytes before the end marker that closes an element of indefinite length.
fn indefinite_length(inside: &[u8], levels: usize) -> Result<usize, BerError> {
    let levels = levels.checked_sub(1).ok_or(BerError::TooDeep)?;
    let mut rest = inside;
    while !rest.starts_with(&[0, 0]) {
        rest = split(rest, levels)?.1;
    }
    Ok(inside.len() - rest.len())
}

/// Length of tag and length, and the length they announce (none if indefinite).
fn header(bytes: &[u8]) -> Result<(usize, Option<usize>), BerError> {
    let tag = *bytes.first().ok_or(BerError::Truncated)?;
    if tag == 0 {
        // Half of an end marker, or one where none belongs.
        return Err(if bytes.len() == 1 { BerError::Truncated } else { BerError::Malformed });
    }
    let tag_bytes = if tag & LONG_TAG == LONG_TAG { long_tag(bytes)? } else { 1 };
    let first = *bytes.get(tag_bytes).ok_or(BerError::Truncated)?;
    match first {
        0..0x80 => Ok((tag_bytes + 1, Some(usize::from(first)))),
        0x80 => Ok((tag_bytes + 1, None)),
        0x81..=0x84 => {
            let end = tag_bytes + 1 + usize::from(first & 0x7f);
            let length = bytes.get(tag_bytes + 1..end).ok_or(BerError::Truncated)?;
            let length = length.iter().fold(0_u64, |sum, &byte| sum << 8 | u64::from(byte));
            let length = usize::try_from(length).map_err(|_| BerError::Truncated)?;
            Ok((end, Some(length)))
        }
        _ => Err(BerError::Malformed),
    }
}

fn long_tag(bytes: &[u8]) -> Result<usize, BerError> {
    let more = bytes.iter().skip(1).take_while(|&&byte| byte & 0x80 != 0).count();
    if more < LONG_TAG_BYTES { Ok(more + 2) } else { Err(BerError::Malformed) }
}

/// Tag and length of a DER element with so many bytes inside.
pub(super) fn der_header(tag: u8, length: usize) -> Vec<u8> {
    let bytes = length.to_be_bytes();
    let significant = bytes.iter().position(|&byte| byte != 0).unwrap_or(bytes.len());
    let significant = bytes.get(significant..).unwrap_or_default();
    match u8::try_from(significant.len()) {
        Ok(count) if length >= 0x80 => [&[tag, 0x80 | count], significant].concat(),
        _ => vec![tag, u8::try_from(length).unwrap_or_default()],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(bytes: &[u8]) -> Result<Element<'_>, BerError> {
        Elements::of(bytes).any()
    }

    #[test]
    fn indefinite_lengths_and_chunks_are_joined() {
        let bytes = [0x24, 0x80, 4, 2, 1, 2, 0x24, 0x80, 4, 1, 3, 0, 0, 4, 1, 4, 0, 0, 0xff];
        let string = first(&bytes).unwrap();
        assert_eq!(string.whole.len(), bytes.len() - 1);
        assert_eq!(*string.octets().unwrap(), [1, 2, 3, 4]);
        assert!(matches!(first(&[4, 2, 7, 8]).unwrap().octets(), Ok(Cow::Borrowed([7, 8]))));
    }

    #[test]
    fn a_bomb_of_indefinite_lengths_is_refused() {
        let bomb = [0x24, 0x80].repeat(1_000_000);
        assert_eq!(first(&bomb).unwrap_err(), BerError::TooDeep);
        // Definite lengths nest too: each level announces what is left.
        let mut bomb = vec![4, 0];
        for _ in 0..=LEVELS {
            bomb = [der_header(0x24, bomb.len()), bomb].concat();
        }
        assert_eq!(first(&bomb).unwrap().octets().unwrap_err(), BerError::TooDeep);
    }

    #[test]
    fn what_cannot_be_is_told_from_what_is_cut_off() {
        assert_eq!(first(&[0x30, 5, 1]).unwrap_err(), BerError::Truncated);
        assert_eq!(first(&[0x30, 0x82, 1]).unwrap_err(), BerError::Truncated);
        assert_eq!(first(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff]).unwrap_err(), BerError::Truncated);
        assert_eq!(first(&[0x30, 0x80, 4, 1]).unwrap_err(), BerError::Truncated);
        assert_eq!(first(&[0x30, 0x85, 0, 0, 0, 0, 0]).unwrap_err(), BerError::Malformed);
        assert_eq!(first(&[0x04, 0x80, 0, 0]).unwrap_err(), BerError::Malformed);
        assert_eq!(first(&[0x1f, 0xff, 0xff, 0xff, 0xff, 0xff]).unwrap_err(), BerError::Malformed);
        assert_eq!(first(&[]).unwrap_err(), BerError::Malformed);
    }

    #[test]
    fn headers_are_written_as_der_wants_them() {
        assert_eq!(der_header(SET, 0), [0x31, 0]);
        assert_eq!(der_header(SET, 0x7f), [0x31, 0x7f]);
        assert_eq!(der_header(SET, 0x80), [0x31, 0x81, 0x80]);
        assert_eq!(der_header(SET, 0x1234), [0x31, 0x82, 0x12, 0x34]);
    }
}
