// SPDX-License-Identifier: EUPL-1.2
//! MTOM: a SOAP message whose binary contents travel beside the envelope, as parts of a `multipart/related` body that
//! `xop:Include` points to by their `Content-ID`. Only that much of MIME is read; a plain envelope passes as it is.

use thiserror::Error;

use crate::platforms::error::said;
use crate::platforms::xml::Element;

const XOP: &str = "http://www.w3.org/2004/08/xop/include";
/// The longest boundary (RFC 2046).
const BOUNDARY_MAX: usize = 70;
/// The most parts of a message; SdI sends three.
const PARTS_MAX: usize = 16;

/// Why a message is not read.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub(super) enum MtomError {
    #[error("multipart/related without a boundary")]
    NoBoundary,
    #[error("multipart/related: {0}")]
    Malformed(&'static str),
    #[error("no part {0}")]
    NoPart(String),
}

/// An envelope with what travels beside it.
#[derive(Debug)]
pub(super) struct Message<'a> {
    pub(super) envelope: &'a [u8],
    parts: Vec<Part<'a>>,
}

#[derive(Debug)]
struct Part<'a> {
    id: String,
    content: &'a [u8],
}

impl Message<'_> {
    /// The part of that id.
    pub(super) fn part(&self, id: &str) -> Result<&[u8], MtomError> {
        let part = self.parts.iter().find(|part| part.id == id);
        part.map(|part| part.content).ok_or_else(|| MtomError::NoPart(said(id)))
    }
}

/// Opens a message by what its `Content-Type` says.
pub(super) fn open<'a>(content_type: &str, body: &'a [u8]) -> Result<Message<'a>, MtomError> {
    let kind = content_type.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("multipart/related") {
        return Ok(Message { envelope: body, parts: Vec::new() });
    }
    let boundary =
        parameter(content_type, "boundary").filter(|boundary| (1..=BOUNDARY_MAX).contains(&boundary.len()));
    let mut parts = parts(body, &boundary.ok_or(MtomError::NoBoundary)?)?;
    let root = match parameter(content_type, "start") {
        Some(start) => parts.iter().position(|part| part.id == bare(&start)),
        None => (!parts.is_empty()).then_some(0),
    };
    let root = parts.remove(root.ok_or(MtomError::Malformed("the part with the envelope is missing"))?);
    Ok(Message { envelope: root.content, parts })
}

/// The id of the part that an element points to, when it does.
pub(super) fn pointed_to(element: &Element) -> Result<Option<String>, MtomError> {
    let include = element.children().iter().find(|child| child.namespace.as_deref() == Some(XOP));
    let Some(include) = include else { return Ok(None) };
    let href = include.attribute("href").and_then(|href| href.strip_prefix("cid:"));
    let href = href.ok_or(MtomError::Malformed("xop:Include without cid:"))?;
    let id = unescaped(href).ok_or(MtomError::Malformed("xop:Include with a broken escape"))?;
    Ok(Some(id))
}

/// A `cid:` address with its escapes resolved (RFC 2392).
fn unescaped(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        rest = match (first, tail) {
            (b'%', [high, low, tail @ ..]) => {
                let pair = [*high, *low];
                bytes.push(u8::from_str_radix(std::str::from_utf8(&pair).ok()?, 16).ok()?);
                tail
            }
            (b'%', _) => return None,
            (byte, tail) => {
                bytes.push(*byte);
                tail
            }
        };
    }
    String::from_utf8(bytes).ok()
}

/// A parameter of a header value, without its quotes.
fn parameter(header: &str, name: &str) -> Option<String> {
    header.split(';').skip(1).find_map(|parameter| {
        let (key, value) = parameter.split_once('=')?;
        key.trim().eq_ignore_ascii_case(name).then(|| value.trim().trim_matches('"').to_owned())
    })
}

/// An id without its angle brackets.
fn bare(id: &str) -> &str {
    id.trim().trim_start_matches('<').trim_end_matches('>')
}

fn parts<'a>(body: &'a [u8], boundary: &str) -> Result<Vec<Part<'a>>, MtomError> {
    let delimiter = format!("--{boundary}");
    let mut places = find_all(body, delimiter.as_bytes());
    let mut start = places.next().ok_or(MtomError::Malformed("its boundary is not there"))?;
    let mut parts = Vec::new();
    for end in places {
        if parts.len() >= PARTS_MAX {
            return Err(MtomError::Malformed("more than 16 parts"));
        }
        let inside = &body[start + delimiter.len()..end];
        parts.push(part(inside)?);
        start = end;
    }
    match body[start + delimiter.len()..].starts_with(b"--") {
        true => Ok(parts),
        false => Err(MtomError::Malformed("it is not whole")),
    }
}

/// Where the delimiter stands at the begin of a line.
fn find_all<'a>(body: &'a [u8], delimiter: &'a [u8]) -> impl Iterator<Item = usize> {
    let at_line = |at: usize| at == 0 || body[..at].ends_with(b"\n");
    let ends = |at: usize| matches!(body.get(at + delimiter.len()), None | Some(b'\r' | b'\n' | b'-' | b' '));
    places_of(body, delimiter).filter(move |at| at_line(*at) && ends(*at))
}

fn places_of<'a>(body: &'a [u8], needle: &'a [u8]) -> impl Iterator<Item = usize> {
    body.windows(needle.len()).enumerate().filter(move |(_, window)| *window == needle).map(|(at, _)| at)
}

fn part(inside: &[u8]) -> Result<Part<'_>, MtomError> {
    let broken = MtomError::Malformed("a part without a head");
    let inside = inside.strip_prefix(b"\r\n").or_else(|| inside.strip_prefix(b"\n")).ok_or(broken.clone())?;
    let (head, content) = split(inside, b"\r\n\r\n").or_else(|| split(inside, b"\n\n")).ok_or(broken)?;
    let content = content.strip_suffix(b"\r\n").or_else(|| content.strip_suffix(b"\n")).unwrap_or(content);
    let head = String::from_utf8_lossy(head);
    let header = |name: &str| {
        head.lines().find_map(|line| {
            let (key, value) = line.split_once(':')?;
            key.trim().eq_ignore_ascii_case(name).then(|| value.trim().to_owned())
        })
    };
    match header("content-transfer-encoding") {
        Some(way) if !["binary", "8bit", "7bit"].contains(&&*way.to_ascii_lowercase()) => {
            Err(MtomError::Malformed("a part that is not transferred as it is"))
        }
        _ => {
            let id = header("content-id").map(|id| bare(&id).to_owned()).unwrap_or_default();
            Ok(Part { id, content })
        }
    }
}

fn split<'a>(text: &'a [u8], at: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let position = places_of(text, at).next()?;
    Some((&text[..position], &text[position + at.len()..]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platforms::xml;

    const TYPE: &str =
        "multipart/related; type=\"application/xop+xml\"; boundary=\"b-1\"; start=\"<root@sdi>\"";

    fn message(parts: &[(&str, &[u8])]) -> Vec<u8> {
        let mut body = b"preamble\r\n".to_vec();
        for (id, content) in parts {
            body.extend(
                format!("--b-1\r\nContent-ID: <{id}>\r\nContent-Transfer-Encoding: binary\r\n\r\n").bytes(),
            );
            body.extend(*content);
            body.extend(b"\r\n");
        }
        body.extend(b"--b-1--\r\n");
        body
    }

    #[test]
    fn parts_come_out_byte_for_byte() {
        let binary: Vec<u8> = (0..=255).chain(*b"\r\n--b-10\r\n\r\n").collect();
        let body = message(&[("file@sdi", &binary), ("root@sdi", b"<a/>")]);
        let message = open(TYPE, &body).unwrap();
        assert_eq!((message.envelope, message.part("file@sdi")), (&b"<a/>"[..], Ok(&binary[..])));
        assert_eq!(message.part("x"), Err(MtomError::NoPart("x".into())));
        let first = TYPE.replace("; start=\"<root@sdi>\"", "");
        assert_eq!(
            open(&first, &body).unwrap().envelope,
            binary,
            "without a start the first part is the root"
        );
    }

    #[test]
    fn a_plain_envelope_passes_as_it_is() {
        assert_eq!(open("text/xml", b"<a/>").unwrap().envelope, b"<a/>");
    }

    #[test]
    fn what_is_cut_or_has_no_root_is_refused() {
        let body = message(&[("root@sdi", b"<a/>"), ("file@sdi", b"x")]);
        assert!(open(TYPE, &body[..body.len() - 10]).is_err());
        assert!(open(&TYPE.replace("root@", "altro@"), &body).is_err());
        for none in ["multipart/related".to_owned(), TYPE.replace("b-1", &"-".repeat(71))] {
            assert_eq!(open(&none, &body).unwrap_err(), MtomError::NoBoundary);
        }
        assert!(open(TYPE, b"").is_err());
        let packed = String::from_utf8(body).unwrap().replace("binary", "base64");
        assert!(open(TYPE, packed.as_bytes()).is_err());
        assert!(open(TYPE, &message(&[("p", &b"x"[..]); PARTS_MAX + 1])).is_err());
    }

    #[test]
    fn an_include_points_to_a_part() {
        let read = |text: &str| pointed_to(&xml::parse(text.as_bytes()).unwrap());
        let include = |href: &str| format!("<File><x:Include xmlns:x='{XOP}' href='{href}'/></File>");
        assert_eq!(read(&include("cid:file%40sdi")), Ok(Some("file@sdi".into())));
        assert_eq!(read("<File>YQ==</File>"), Ok(None));
        for broken in ["http://altrove/", "cid:a%4", "cid:a%zz"] {
            assert!(read(&include(broken)).is_err(), "{broken}");
        }
    }
}
