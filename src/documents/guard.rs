// SPDX-License-Identifier: EUPL-1.2
//! The one gate through which foreign bytes reach a reader. Limits hold before and while a document is tokenised:
//! size, depth, number of nodes and attributes, length of a text. DOCTYPE is refused, and so is every entity but the
//! five predefined ones. Nothing here knows what a document means.

use super::fault::{Broken, ReadErrorKind};
use crate::domain::text::Text;

pub(crate) mod charset;
pub(crate) mod content;
pub(crate) mod place;
pub(crate) mod scan;
pub(crate) mod tokens;

/// How much of a document is read before it is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of an XML document.
    pub xml_bytes: usize,
    /// Bytes of a JSON document.
    pub json_bytes: usize,
    /// Levels of nested elements.
    pub depth: usize,
    /// Attributes of one element.
    pub attributes: usize,
    /// Tags, texts, comments and references of one document.
    pub nodes: u32,
    /// Bytes of one text.
    pub text_bytes: usize,
    /// Lines of one order.
    pub lines: usize,
    /// Faults told about one document.
    pub faults: usize,
}

impl Default for Limits {
    /// 5 MiB of XML (what SdI takes), 1 MiB of JSON, 64 levels, 64 attributes, 200,000 nodes, 1 MiB of text.
    fn default() -> Self {
        Self {
            xml_bytes: 5 * 1024 * 1024,
            json_bytes: 1024 * 1024,
            depth: 64,
            attributes: 64,
            nodes: 200_000,
            text_bytes: 1024 * 1024,
            lines: 5_000,
            faults: 100,
        }
    }
}

/// Refuses a body that is longer than allowed.
pub(crate) fn body_within(bytes: &[u8], limit: usize) -> Result<(), Box<Broken>> {
    if bytes.len() <= limit { Ok(()) } else { Err(too_long(bytes.len(), limit)) }
}

/// A document of so many bytes, or more, is beyond the limit.
#[cold]
pub(crate) fn too_long(length: usize, limit: usize) -> Box<Broken> {
    Broken::new(
        ReadErrorKind::TooBig,
        0,
        &length.to_string(),
        Text {
            it: format!("documento di {length} byte, il massimo è {limit}").into(),
            en: format!("document of {length} bytes, at most {limit} are read").into(),
        },
    )
}
