// SPDX-License-Identifier: EUPL-1.2
//! The order in the gateway's own JSON. Strict: unknown and repeated members are refused, money and prices are strings,
//! every fault is told with its JSON pointer. A malformed code does not make an order unreadable: it is kept with its
//! reason.

use super::fault::{Broken, DocumentFault, RawFault, ReadError, ReadErrorKind, line_and_column};
use super::guard::{Limits, body_within};
use super::{Profile, ReadOrder};
use crate::domain::declaration::Declaration;
use crate::domain::text::Text;

mod declarations;
mod members;
mod order;
mod values;

use members::{Path, Reader};

/// Reads an order.
///
/// # Errors
/// Every fault found.
pub(super) fn read_order(bytes: &[u8], limits: &Limits) -> Result<ReadOrder, ReadError> {
    let source = text(bytes, limits)?;
    let mut reader = Reader::new(source, limits);
    let order = reader.whole().and_then(|raw| order::read(&mut reader, raw));
    match order {
        Some(order) if reader.faults.is_empty() => {
            Ok(ReadOrder { order, format_findings: Vec::new(), profile: Profile::Json })
        }
        _ => Err(reader.into_error()),
    }
}

/// Reads the body of `POST /orders/{id}/declarations`: `{"declarations": [...]}`.
///
/// # Errors
/// Every fault found.
pub(super) fn read_declarations(bytes: &[u8], limits: &Limits) -> Result<Vec<Declaration>, ReadError> {
    let source = text(bytes, limits)?;
    let mut reader = Reader::new(source, limits);
    let root = Path::root();
    let read = reader.whole().and_then(|raw| {
        let mut members = reader.object(raw, &root, &["declarations"])?;
        let list = reader.required(&mut members, "declarations")?;
        declarations::read(&mut reader, list, &root.key("declarations"))
    });
    match read {
        Some(declarations) if reader.faults.is_empty() => Ok(declarations),
        _ => Err(reader.into_error()),
    }
}

/// The bytes as text, without a byte order mark.
fn text<'b>(bytes: &'b [u8], limits: &Limits) -> Result<&'b str, ReadError> {
    body_within(bytes, limits.json_bytes).map_err(|broken| broken_at("", *broken))?;
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    std::str::from_utf8(bytes).map_err(|error| {
        let good = bytes
            .get(..error.valid_up_to())
            .and_then(|good| std::str::from_utf8(good).ok())
            .unwrap_or_default();
        let reason = Text::new("non è testo UTF-8", "not UTF-8 text");
        broken_at(good, *Broken::new(ReadErrorKind::Malformed, good.len(), "", reason))
    })
}

fn broken_at(source: &str, broken: Broken) -> ReadError {
    ReadError { kind: broken.kind, faults: vec![placed(source, String::new(), broken.fault)] }
}

fn placed(source: &str, pointer: String, fault: RawFault) -> DocumentFault {
    let (line, column) = line_and_column(source, fault.offset);
    DocumentFault { line, column, pointer, value: fault.value, reason: fault.reason }
}
