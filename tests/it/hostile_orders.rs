// SPDX-License-Identifier: EUPL-1.2
//! Bytes made to hurt: none may panic, hang or be taken for an order.

use std::time::{Duration, Instant};

use mepa_gateway::documents::{Limits, ReadError, ReadErrorKind, read_declarations, read_order, sniff};
use proptest::prelude::*;

const DOCUMENTS: [&str; 4] = [
    include_str!("../fixtures/orders/mepa-download.xml"),
    include_str!("../fixtures/orders/nso.xml"),
    include_str!("../fixtures/orders/nso-revocation.xml"),
    include_str!("../fixtures/orders/order.json"),
];
const MEPA: &str = DOCUMENTS[0];
const JSON: &str = DOCUMENTS[3];

/// Far more than any document within the limits needs, also in a debug build on a busy machine.
const PATIENCE: Duration = Duration::from_secs(10);

fn refused(bytes: &[u8]) -> ReadError {
    let start = Instant::now();
    let Err(error) = read_order(bytes, None, &Limits::default()) else { panic!("taken for an order") };
    assert!(start.elapsed() < PATIENCE, "{:?}", start.elapsed());
    assert!(!error.faults.is_empty() && error.faults.len() <= 100);
    for fault in &error.faults {
        assert!(
            fault.value.chars().count() <= 600 && !fault.value.chars().any(char::is_control),
            "{fault:?}"
        );
        assert!(fault.pointer.len() <= 2_000);
    }
    error
}

#[test]
fn doctypes_and_entities_are_refused() {
    let bomb = "<!DOCTYPE Order [<!ENTITY a \"aaaaaaaaaa\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;\">]>";
    let outside = "<!DOCTYPE Order SYSTEM \"file:///etc/passwd\">";
    for declaration in [bomb, outside, "<!doctype Order>"] {
        let document = MEPA.replace("<Order ", &format!("{declaration}<Order "));
        let error = refused(document.as_bytes());
        assert_eq!(error.kind, ReadErrorKind::Malformed);
        assert!(error.faults[0].reason.en.contains("DOCTYPE"), "{error:?}");
        assert_eq!(error.faults[0].line, 2);
    }
    for reference in
        ["&b;", "&nbsp;", "&#0;", "&#x1F;", "&#xD800;", "&#1114112;", "&", "&;", "&#;", "&#x;", "&amp"]
    {
        let document = MEPA.replace("al piano", reference);
        assert_eq!(refused(document.as_bytes()).kind, ReadErrorKind::Malformed, "{reference}");
        let document = MEPA.replace("\"0211\"", &format!("\"{reference}\""));
        assert_eq!(refused(document.as_bytes()).kind, ReadErrorKind::Malformed, "{reference}");
    }
}

#[test]
fn limits_hold() {
    let attributes: String = (0..200_000).map(|n| format!(" a{n}='1'")).collect();
    let with = |markup: &str| MEPA.replace("<cbc:Note>", &format!("{markup}<cbc:Note>"));
    let deep = |levels: usize| "<cbc:A>".repeat(levels) + &"</cbc:A>".repeat(levels);
    let long_text =
        format!("<cbc:A>{}</cbc:A><cbc:Note>{}</cbc:Note>", "y".repeat(10), "x".repeat(1_100_000));
    for (what, markup) in [
        ("attributes", format!("<cbc:A{attributes}/>")),
        ("levels", deep(200_000)),
        ("levels", deep(65)),
        ("nodes", "<cbc:A/>".repeat(210_000)),
        ("text", long_text),
    ] {
        let error = refused(with(&markup).as_bytes());
        assert_eq!(error.kind, ReadErrorKind::TooBig, "{what}: {:?}", error.faults[0].reason);
    }
    assert!(read_order(with(&deep(60)).as_bytes(), None, &Limits::default()).is_ok());
    let few = Limits { lines: 1, ..Limits::default() };
    for document in [MEPA, JSON] {
        assert_eq!(read_order(document.as_bytes(), None, &few).unwrap_err().kind, ReadErrorKind::TooBig);
    }
    assert_eq!(refused(&vec![b' '; 6 * 1024 * 1024]).kind, ReadErrorKind::TooBig);
    let open = "<cbc:A>".repeat(700_000);
    assert_eq!(refused(with(&open).as_bytes()).kind, ReadErrorKind::TooBig);
}

#[test]
fn numbers_of_any_size_are_no_trouble() {
    let digits = "9".repeat(100_000);
    let decimals = format!("0.{}", "3".repeat(100_000));
    let wrong =
        ["NaN", "INF", "-INF", "1e400", "1E5", "0x10", "1,5", "--1", "+-1", "1.2.3", "", ".", "-", "١"];
    for number in wrong.into_iter().chain([digits.as_str(), decimals.as_str(), "99999999999999999999.99"]) {
        for written in [">185.50<", ">2226.00<", ">12<", ">22.00<", ">929.72<"] {
            let document = MEPA.replace(written, &format!(">{number}<"));
            let error = refused(document.as_bytes());
            assert_eq!(error.kind, ReadErrorKind::Invalid, "{}", &number[..number.len().min(20)]);
        }
    }
    let largest =
        MEPA.replace(">185.50<", ">99999999999.99999999<").replace(">12<", ">99999999999.99999999<");
    let read = read_order(largest.as_bytes(), None, &Limits::default()).unwrap();
    assert!(read.format_findings.iter().any(|finding| finding.rule == "PEPPOL-T01-R024"));
    let least = largest.replace(">99999999999", ">-99999999999").replace(">2226.00<", ">-99999999999.99<");
    assert!(read_order(least.as_bytes(), None, &Limits::default()).is_ok());
}

#[test]
fn json_of_any_shape_is_no_trouble() {
    let deep_array = format!("{{\"a\":{}{}}}", "[".repeat(500_000), "]".repeat(500_000));
    let deep_object = format!("{}1{}", "{\"a\":".repeat(150_000), "}".repeat(150_000));
    let members: String = (0..80_000).map(|n| format!(",\"m{n}\":1")).collect();
    let twice = ",\"cup\":\"x\"".repeat(80_000);
    let long_key = format!(",\"{}\":1", "k".repeat(900_000));
    let with = |more: &str| JSON.trim_end().strip_suffix('}').unwrap().to_owned() + more + "}";
    for document in [deep_array, deep_object, with(&members), with(&twice), with(&long_key)] {
        refused(document.as_bytes());
    }
    for number in
        ["NaN", "Infinity", "1e400", "1E2", "-", "01", "1.", &"9".repeat(100_000), "1e", "null", "true", "[]"]
    {
        refused(JSON.replace("\"quantity\": 12", &format!("\"quantity\": {number}")).as_bytes());
    }
    for money in [
        "2226.00",
        "1e3",
        "\"1e3\"",
        "\"2226,00\"",
        "\"+1\"",
        "\" 1\"",
        "\"1.234\"",
        "\"9999999999999.00\"",
        "{}",
    ] {
        refused(JSON.replace("\"2226.00\"", money).as_bytes());
    }
    let line = JSON.split_once("\"lines\": [").unwrap().1.split_once("},").unwrap().0;
    let many = format!("{line}}},").repeat(3_000);
    refused(JSON.replace("\"lines\": [", &format!("\"lines\": [{many}")).as_bytes());
    let short = "{},".repeat(100_000);
    assert_eq!(
        refused(JSON.replace("\"lines\": [", &format!("\"lines\": [{short}")).as_bytes()).kind,
        ReadErrorKind::TooBig
    );
    for document in [
        "",
        "{",
        "{}",
        "[]",
        "null",
        "\"x\"",
        "{\"a\"",
        "{\"a\":1,}",
        "{\"a\":1}x",
        "\u{feff}{}",
        "{\"\\ud800\":1}",
    ] {
        refused(document.as_bytes());
        assert!(read_declarations(document.as_bytes(), &Limits::default()).is_err());
    }
    refused(b"{\"order_number\": \"\xff\"}");
}

#[test]
fn cut_documents_are_refused() {
    for document in DOCUMENTS {
        for end in (0..document.trim_end().len()).step_by(97) {
            refused(&document.as_bytes()[..end]);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(3_000))]

    #[test]
    fn flipped_bytes_never_panic(
        document in 0..DOCUMENTS.len(),
        flips in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
    ) {
        let mut bytes = DOCUMENTS[document].as_bytes().to_vec();
        for (place, byte) in flips {
            let at = place.index(bytes.len());
            bytes[at] = byte;
        }
        let _ = sniff(&bytes);
        let _ = read_declarations(&bytes, &Limits::default());
        if let Err(error) = read_order(&bytes, None, &Limits::default()) {
            prop_assert!(!error.faults.is_empty());
        }
    }

    #[test]
    fn spliced_documents_never_panic(
        first in 0..DOCUMENTS.len(),
        second in 0..DOCUMENTS.len(),
        cut in any::<prop::sample::Index>(),
        from in any::<prop::sample::Index>(),
        length in 0_usize..400,
    ) {
        let (text, other) = (DOCUMENTS[first].as_bytes(), DOCUMENTS[second].as_bytes());
        let at = cut.index(text.len());
        let start = from.index(other.len());
        let piece = &other[start..(start + length).min(other.len())];
        let bytes = [&text[..at], piece, &text[at..]].concat();
        let _ = sniff(&bytes);
        let _ = read_order(&bytes, None, &Limits::default());
    }

    #[test]
    fn noise_never_panics(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = sniff(&bytes);
        prop_assert!(read_order(&bytes, None, &Limits::default()).is_err());
        prop_assert!(read_declarations(&bytes, &Limits::default()).is_err());
    }
}
