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
mod scan;
mod values;

use declarations::{DECLARATION, DECLARATIONS_MAX};
use members::{Path, Reader};
use scan::{Member, Most};

/// Reads an order.
///
/// # Errors
/// Every fault found.
pub(super) fn read_order(bytes: &[u8], limits: &Limits) -> Result<ReadOrder, ReadError> {
    let source = text(bytes, limits)?;
    let mut reader = Reader::new(source, limits);
    let order = order::read(&mut reader);
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
    static BODY: [Member; 1] = [Member::objects("declarations", Most::Of(DECLARATIONS_MAX), &DECLARATION)];
    let source = text(bytes, limits)?;
    let mut reader = Reader::new(source, limits);
    let read = reader.document(&BODY).and_then(|mut members| {
        reader.required(&mut members, &Path::root(), "declarations", declarations::read)
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

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(source: &str) -> Vec<(String, u32, u32, String)> {
        let error = read_order(source.as_bytes(), &Limits::default()).unwrap_err();
        let told =
            |fault: DocumentFault| (fault.pointer, fault.line, fault.column, fault.reason.en.into_owned());
        error.faults.into_iter().map(told).collect()
    }

    fn told(pointer: &str, line: u32, column: u32, reason: &str) -> (String, u32, u32, String) {
        (pointer.into(), line, column, reason.into())
    }

    const LINE: &str = r#"{"line_id": "1", "item_code": "B01", "name": "Sedia", "cpv": "39112000-0", "quantity": "1",
        "unit": "C62", "unit_price": "1.00", "vat_rate": "22", "net_amount": "1.00"}"#;

    fn lines(lines: &str) -> String {
        format!("{{\"lines\":\n{lines}\n}}")
    }

    /// Faults of the line, or of lines, only: what else is missing stands at the document.
    fn faults_of_lines(text: &str) -> Vec<(String, u32, u32, String)> {
        faults(&lines(text)).into_iter().filter(|(pointer, ..)| pointer.starts_with("/lines")).collect()
    }

    #[test]
    fn what_is_missing_is_told_where_its_object_begins() {
        let told_at = |pointer: &str, line, column| told(pointer, line, column, "is missing");
        let without_unit = LINE.replace("\"unit\": \"C62\", ", "").replace("\"1\", \"item", "\"2\", \"item");
        let spaced = without_unit.replacen('{', "{ \n\t ", 1);
        let escaped = without_unit.replacen("\"line_id\"", "\"line\\u005fid\"", 1);
        for line in [&without_unit, &spaced, &escaped] {
            let found = faults_of_lines(&format!("[{LINE},\n  {line}]"));
            assert_eq!(found, [told_at("/lines/1/unit", 4, 3)], "{line}");
        }
        let empty = faults_of_lines(&format!("[{LINE},\n  {{ }}]"));
        assert_eq!(empty.len(), 9);
        assert!(empty.iter().all(|(_, line, column, _)| (*line, *column) == (4, 3)), "{empty:?}");
    }

    #[test]
    fn members_are_told_one_by_one() {
        let line = LINE.replacen('{', "{\"line_id\": \"2\", \"colour\": \"red\", \"colour\": 1, ", 1);
        let expected = [
            told("/lines/0/colour", 2, 29, "unknown member"),
            told("/lines/0/colour", 2, 46, "unknown member"),
            told("/lines/0/line_id", 2, 60, "member given twice"),
        ];
        assert_eq!(faults_of_lines(&format!("[{line}]")), expected);
    }

    #[test]
    fn what_is_no_object_is_told_among_those_that_are() {
        let found = faults_of_lines(&format!("[{LINE}, 7]"));
        assert_eq!(found, [told("/lines/1", 3, 87, "must be an object")]);
        assert_eq!(faults_of_lines("{}"), [told("/lines", 2, 1, "must be an array")]);
        assert_eq!(faults("[1]"), [told("", 1, 1, "must be an object")]);
        assert_eq!(faults(" {} {}").len(), 1, "nothing may follow the document");
        assert_eq!(faults(" {}")[0], told("/order_number", 1, 2, "is missing"));
    }

    #[test]
    fn a_list_that_is_too_long_is_counted_to_its_end() {
        let limits = Limits { lines: 2, ..Limits::default() };
        let source = lines(&format!("[{LINE}, {LINE}, {LINE}]"));
        let error = read_order(source.as_bytes(), &limits).unwrap_err();
        assert_eq!(error.kind, ReadErrorKind::TooBig);
        assert!(error.faults.iter().any(|fault| fault.reason.en == "3 items, at most 2 are read"));
    }

    /// Escaping a name in the last row has a document taken apart object by object.
    #[test]
    fn both_ways_of_taking_a_document_apart_tell_the_same() {
        let unknown = LINE.replacen('{', "{\"colour\": {\"red\": [1]}, ", 1);
        let twice = LINE.replacen('{', "{\"unit\": null, \"name\": \"\\u0041\", ", 1);
        let wrong = LINE.replace("\"1.00\"", "\"1,00\"").replace("Sedia", "\\u0007");
        let declaration = r#"{"kind": "none", "document": {"sha256": "x"}, "evidence": [{"document": {}}]}"#;
        for (lines, declarations, faults_told) in [
            (format!("[{unknown}, {twice}, {wrong}]"), format!("[{declaration}]"), 100),
            (format!("[{unknown}, {twice}, {wrong}]"), format!("[{declaration}]"), 3),
            (format!("[{LINE}, {LINE}]"), "[]".into(), 100),
            ("[]".into(), format!("[{declaration}, {declaration}]"), 2),
        ] {
            let document = |name: &str| {
                format!("{{\"lines\": {lines}, \"declarations\": {declarations},\n\"{name}\": \"G\"}}")
            };
            let limits = Limits { faults: faults_told, ..Limits::default() };
            let at_once = read_order(document("cup").as_bytes(), &limits).unwrap_err();
            let by_steps = read_order(document("c\\u0075p").as_bytes(), &limits).unwrap_err();
            assert_eq!(at_once, by_steps);
            assert!(at_once.faults.len() > 8 || at_once.faults.len() == faults_told, "{at_once:?}");
        }
    }

    #[test]
    fn a_line_number_given_twice_is_told_where_it_stands() {
        let found = faults_of_lines(&format!("[{LINE},\n {LINE}]"));
        assert_eq!(found, [told("/lines/1/line_id", 4, 14, "line_id given twice")]);
    }

    #[test]
    fn what_is_not_well_formed_is_told_as_such() {
        for (source, line, column) in [
            ("{\"\\ud800\":1}", 1, 9),
            ("{\"a\":1,}", 1, 8),
            ("{\n\"a\":[}", 2, 6),
            ("{\"note\":\n\"\u{1}\"}", 2, 1),
            ("{} x", 1, 4),
            ("{\"é\": x}", 1, 7),
            ("{\n\"buyer\":\n {\"\\ud800\":1}}", 3, 10),
        ] {
            let error = read_order(source.as_bytes(), &Limits::default()).unwrap_err();
            assert_eq!(error.kind, ReadErrorKind::Malformed, "{source}");
            let fault = error.faults.iter().find(|fault| fault.reason.en.starts_with("not JSON: "));
            let fault = fault.expect(source);
            assert_eq!((fault.line, fault.column), (line, column), "{source} {fault:?}");
        }
        let half = faults("{\"note\": \"\\ud800\"}");
        assert!(half.contains(&told("/note", 1, 10, "has half of a character in it")), "{half:?}");
    }
    #[test]
    fn lists_given_again_or_too_long_are_not_taken_apart() {
        static ITEM: [Member; 1] = [Member::text("a")];
        static BODY: [Member; 1] = [Member::objects("list", Most::Of(2), &ITEM)];
        let twice = r#"{"list": [{"a": "1"}], "list": [7]}"#;
        let members = scan::document(twice, &BODY, 5).unwrap();
        assert_eq!(members.surplus.len(), 1, "what the second one holds is not looked at");
        assert!(scan::document(r#"{"list": [{"a": "1"}, {"a": "2"}]}"#, &BODY, 0).is_ok());
        assert!(scan::document(r#"{"list": [{"a": "1"}, {"a": "2"}, {"a": "3"}]}"#, &BODY, 5).is_err());
    }
}
