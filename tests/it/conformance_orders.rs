// SPDX-License-Identifier: EUPL-1.2
//! Orders against the published examples, rule units and schemas.

use std::fs;
use std::path::Path;

use mepa_gateway::documents::ubl::peppol::peppol_findings;
use mepa_gateway::documents::ubl::read_wire;
use mepa_gateway::documents::{Limits, Profile, read_order};
use mepa_gateway::domain::finding::Severity;
use uppsala::XsdValidator;

use crate::order_documents::handed_over;
use crate::shared::shared;

/// The rows of a manifest that are UBL 2.1 orders.
fn orders(folder: &Path) -> Vec<csv::StringRecord> {
    let mut reader = csv::Reader::from_path(folder.join("MANIFEST.csv")).unwrap();
    let headers = reader.headers().unwrap().clone();
    let column = |name: &str| headers.iter().position(|header| header == name).unwrap();
    let (root, valid) = (column("root"), column("xsd_ubl21"));
    reader
        .records()
        .map(Result::unwrap)
        .filter(|row| &row[root] == "Order" && &row[valid] == "valid")
        .collect()
}

#[test]
fn every_valid_order_is_read() {
    const FILE: usize = 0;
    const ID: usize = 7;
    const CUSTOMIZATION: usize = 9;
    const CIG: usize = 10;
    const LINES: usize = 14;
    const PAYABLE: usize = 15;
    let mut count = 0;
    for samples in ["data/samples/nso", "data/samples/peppol-order", "data/samples/ubl-oasis"] {
        let Some(folder) = shared(samples) else { return };
        for row in orders(&folder) {
            let bytes = fs::read(folder.join(&row[FILE])).unwrap();
            let read = read_order(&bytes, Some("application/xml"), &Limits::default())
                .unwrap_or_else(|error| panic!("{}: {error:#?}", &row[FILE]));
            let order = read.order;
            assert_eq!(order.number, row[ID], "{row:?}");
            assert_eq!(order.lines.len(), row[LINES].parse::<usize>().unwrap(), "{row:?}");
            let cig = order.cigs.first().map(|cig| cig.raw.as_str()).unwrap_or_default();
            if !row[CIG].is_empty() {
                assert_eq!(cig, &row[CIG], "{row:?}");
            }
            let text = String::from_utf8(bytes).unwrap();
            let text = text.trim_start_matches('\u{feff}');
            let wire = read_wire(text, &Limits::default()).unwrap();
            let payable = wire.total.and_then(|total| total.payable).map(|leaf| leaf.text().into_owned());
            assert_eq!(payable.unwrap_or_default(), row[PAYABLE], "{row:?}");
            let expected = match &row[CUSTOMIZATION] {
                id if id.contains("agid.gov.it") => Profile::Nso,
                id if id.starts_with("urn:fdc:peppol.eu:poacc:trns:order:3") => Profile::Peppol,
                _ => Profile::MepaDownload,
            };
            assert_eq!(read.profile, expected, "{row:?}");
            count += 1;
        }
    }
    assert!(count >= 25, "{count}");
}

/// One test of a rule unit: the order, and how often the rule has to fail, how.
struct Unit {
    order: String,
    failures: usize,
    severity: Option<Severity>,
}

fn units(text: &str) -> Vec<Unit> {
    text.split("<test>").flat_map(|part| part.split("<test id")).filter_map(unit).collect()
}

fn unit(part: &str) -> Option<Unit> {
    let (head, rest) = part.split_once("</assert>")?;
    let start = rest.find("<Order")?;
    let end = rest.find("</Order>")? + "</Order>".len();
    let verdict = |name: &str| {
        let (_, tag) = head.split_once(&format!("<{name}"))?;
        let number = tag.split('>').next()?.split('"').nth(1).map_or(1, |number| number.parse().unwrap());
        Some(number)
    };
    let (failures, severity) = match (verdict("error"), verdict("warning"), verdict("success")) {
        (Some(failures), _, _) => (failures, Some(Severity::Blocks)),
        (None, Some(failures), _) => (failures, Some(Severity::Warning)),
        (None, None, Some(_)) => (0, None),
        (None, None, None) => return None,
    };
    Some(Unit { order: rest[start..end].to_owned(), failures, severity })
}

#[test]
fn rule_units_get_their_verdict() {
    let (mut files, mut tests) = (0, 0);
    for folder in ["unit-order", "unit-common"] {
        let Some(folder) = shared(&format!("data/samples/peppol-rule-units/{folder}")) else { return };
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let rule = path.file_stem().unwrap().to_str().unwrap().to_owned();
            let text = fs::read_to_string(&path).unwrap();
            let units = units(&text);
            assert!(!units.is_empty(), "{rule}");
            files += 1;
            for (n, unit) in units.iter().enumerate() {
                let wire = read_wire(&unit.order, &Limits::default()).unwrap();
                let findings = peppol_findings(&wire);
                let found: Vec<_> = findings.iter().filter(|finding| finding.rule == rule).collect();
                assert_eq!(found.len(), unit.failures, "{rule} test {n}: {found:?}\n{}", unit.order);
                assert!(
                    found.iter().all(|finding| Some(finding.severity) == unit.severity),
                    "{rule} test {n}"
                );
                tests += 1;
            }
        }
    }
    assert_eq!(files, 29);
    assert!(tests >= 80, "{tests}");
}

#[test]
fn published_examples_keep_the_sums() {
    let Some(folder) = shared("data/samples/peppol-order") else { return };
    for row in orders(&folder) {
        let bytes = fs::read(folder.join(&row[0])).unwrap();
        let read = read_order(&bytes, None, &Limits::default()).unwrap();
        let blocking = read.format_findings.iter().filter(|finding| finding.severity == Severity::Blocks);
        assert_eq!(blocking.collect::<Vec<_>>(), [] as [&_; 0], "{}", &row[0]);
    }
}

/// The UBL 2.1 schema of an order. Its files lie in two folders; the validator wants them in one.
fn ubl_order() -> Option<XsdValidator> {
    let schemas = shared("schemas/ubl-2.1")?;
    let folder = tempfile::tempdir().unwrap();
    for part in ["common", "maindoc"] {
        for entry in fs::read_dir(schemas.join(part)).unwrap() {
            let path = entry.unwrap().path();
            let text = fs::read_to_string(&path).unwrap().replace("../common/", "");
            fs::write(folder.path().join(path.file_name().unwrap()), text).unwrap();
        }
    }
    let file = folder.path().join("UBL-Order-2.1.xsd");
    let text = fs::read_to_string(&file).unwrap();
    let schema = uppsala::parse(&text).unwrap();
    Some(XsdValidator::from_schema_with_base_path(&schema, Some(&file)).unwrap())
}

#[test]
fn what_is_handed_over_is_ubl() {
    let Some(validator) = ubl_order() else { return };
    let breaches = |document: &str| {
        let errors = validator.validate(&uppsala::parse(document).unwrap());
        errors.into_iter().map(|error| error.message).collect::<Vec<_>>()
    };
    for document in handed_over() {
        assert_eq!(breaches(&document), [] as [String; 0], "{document}");
        assert_ne!(breaches(&document.replace("cbc:IssueDate>", "cbc:Issued>")), [] as [String; 0]);
    }
}
