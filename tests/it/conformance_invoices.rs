// SPDX-License-Identifier: EUPL-1.2
//! Invoices against the published examples: every value that was read from them with independent means is read here too, and
//! what is wrong with the defective ones is told.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use mepa_gateway::documents::fatturapa::{InvoiceFile, read_invoices};
use mepa_gateway::documents::{Limits, ReadErrorKind, read_invoices as signed_invoices};
use mepa_gateway::domain::decimal::Price;
use mepa_gateway::domain::invoice::{Invoice, InvoiceParty, Reference};
use mepa_gateway::rules::invoice::facts::SignatureFacts;
use serde_json::{Value, json};

use crate::shared::shared;

const SAMPLES: &str = "data/samples/fatturapa";

/// A number with at least two decimals, as documents write it.
fn number(text: &str) -> String {
    let value: Price = text.parse().unwrap();
    let plain = value.to_string();
    let decimals = plain.split_once('.').map_or(0, |(_, decimals)| decimals.len());
    match decimals {
        0 => format!("{plain}.00"),
        1 => format!("{plain}0"),
        _ => plain,
    }
}

/// The expected document with its numbers written in one way.
fn expected_bodies(expected: &Value) -> Value {
    fn walk(value: &Value, key: &str) -> Value {
        const NUMBERS: [&str; 8] =
            ["iva", "prezzo_unitario", "qta", "totale", "importo", "imponibile", "imposta", "arrotondamento"];
        match value {
            Value::Array(items) => items.iter().map(|item| walk(item, key)).collect(),
            Value::Object(members) => {
                members.iter().map(|(name, value)| (name.clone(), walk(value, name))).collect()
            }
            Value::String(text) if NUMBERS.contains(&key) => json!(number(text)),
            // A date is one without the zone that some programs write behind it.
            Value::String(text) if key == "data" || key == "scadenza" => json!(text.trim()[..10]),
            Value::String(text) => json!(text.trim()),
            other => other.clone(),
        }
    }
    walk(&expected["bodies"], "")
}

fn party_vat(party: &InvoiceParty) -> Value {
    party.vat.as_ref().map_or(Value::Null, |vat| json!(vat.to_string()))
}

fn reference(reference: &Reference) -> Value {
    json!({
        "tipo": reference.block.as_str(), "id": reference.id, "data": reference.date.map(|date| date.to_string()),
        "num_item": reference.item, "cup": reference.cup.as_ref().map(|cup| &cup.raw),
        "cig": reference.cig.as_ref().map(|cig| &cig.raw),
        "linee": reference.lines.iter().map(ToString::to_string).collect::<Vec<_>>(),
    })
}

fn body(invoice: &Invoice) -> Value {
    let lines = invoice.lines.iter().map(|line| {
        json!({
            "n": line.number.to_string(), "qta": line.quantity.map(|quantity| number(&quantity.to_string())),
            "prezzo_unitario": number(&line.unit_price.to_string()), "totale": number(&line.net.to_string()),
            "iva": number(&line.vat_rate.to_string()), "natura": line.exemption, "um": line.unit,
        })
    });
    let summaries = invoice.summaries.iter().map(|row| {
        json!({
            "iva": number(&row.vat_rate.to_string()), "natura": row.exemption, "imponibile": row.net.to_string(),
            "imposta": row.vat.to_string(), "esigibilita": row.exigibility.map(|kind| kind.as_str()),
        })
    });
    let payments = invoice.payments.iter().map(|payment| {
        json!({
            "modalita": payment.method, "importo": payment.amount.to_string(),
            "scadenza": payment.due.map(|date| date.to_string()), "iban": payment.iban,
        })
    });
    json!({
        "tipo": invoice.kind.as_str(), "divisa": invoice.currency, "data": invoice.date.to_string(),
        "numero": invoice.number, "totale": invoice.stated_total.map(|total| total.to_string()),
        "riferimenti": invoice.references.iter().map(reference).collect::<Vec<_>>(),
        "linee": lines.collect::<Vec<_>>(), "riepilogo": summaries.collect::<Vec<_>>(),
        "pagamenti": payments.collect::<Vec<_>>(),
    })
}

fn header_agrees(file: &InvoiceFile, expected: &Value, name: &str) {
    let header = &file.header;
    let read = json!({
        "cedente_piva": party_vat(&header.supplier), "cessionario_piva": party_vat(&header.buyer),
        "cessionario_cf": header.buyer.tax_code, "codice_destinatario": header.recipient_code,
        "progressivo_invio": header.progressive, "versione": header.version.as_str(),
    });
    for (key, value) in read.as_object().unwrap() {
        assert_eq!(
            value.as_str().unwrap_or_default(),
            expected[key].as_str().unwrap_or_default(),
            "{name} {key}"
        );
    }
}

/// What the validator of the manifest found, by the words that name it: the element, or the value.
fn named_in_manifest(check: &str) -> Option<String> {
    let first = check.split("; 1.2.1").next()?.trim_start_matches("1.2.3: ").trim_start_matches("1.1: ");
    if first.ends_with("valid") || first == "n/a" {
        return None;
    }
    let quoted: Vec<&str> = first.split('\'').collect();
    if first.contains("Missing child element") {
        let expected = first.split("Expected is ( ").nth(1)?;
        return Some(expected.split([' ', ',']).next()?.to_owned());
    }
    let attribute = quoted.iter().position(|part| part.ends_with("attribute "));
    Some(attribute.map_or(quoted[1], |at| quoted[at + 1]).to_owned())
}

#[test]
fn every_expected_value_is_read() {
    let Some(folder) = shared(SAMPLES) else { return };
    let expected: BTreeMap<String, Value> =
        serde_json::from_slice(&fs::read(folder.join("EXPECTED.json")).unwrap()).unwrap();
    let mut bodies = 0;
    for (name, expected) in &expected {
        let bytes = fs::read(folder.join(name)).unwrap();
        let file =
            read_invoices(&bytes, &Limits::default()).unwrap_or_else(|error| panic!("{name}: {error:#?}"));
        header_agrees(&file, expected, name);
        let read: Value = file.invoices.iter().map(body).collect();
        let wanted = expected_bodies(expected);
        for (read, wanted) in read.as_array().unwrap().iter().zip(wanted.as_array().unwrap()) {
            for (key, value) in wanted.as_object().unwrap() {
                assert_eq!(&read[key], value, "{name} {key}");
            }
            bodies += 1;
        }
        assert_eq!(read.as_array().unwrap().len(), wanted.as_array().unwrap().len(), "{name}");
    }
    assert!(expected.len() >= 132 && bodies >= 136, "{} {bodies}", expected.len());
}

#[test]
fn what_the_manifest_finds_wrong_is_told() {
    let Some(folder) = shared(SAMPLES) else { return };
    let (mut valid, mut invalid) = (0, 0);
    for row in manifest(&folder) {
        let bytes = fs::read(folder.join(&row.file)).unwrap();
        if row.kind != "xml" {
            continue;
        }
        let file = read_invoices(&bytes, &Limits::default()).unwrap();
        match named_in_manifest(&row.check) {
            None => {
                assert_eq!(file.faults, [], "{}", row.file);
                valid += 1;
            }
            // Blanks around a date are allowed by the schema language; the validator of the manifest is wrong there.
            Some(_) if row.check.contains("DataFatturaType") => assert_eq!(file.faults, [], "{}", row.file),
            Some(named) => {
                let is_told = file.faults.iter().any(|fault| {
                    fault.reason.en.contains(&named) || fault.value == named || fault.pointer.contains(&named)
                });
                assert!(is_told, "{}: {named} not told by {:#?}", row.file, file.faults);
                invalid += 1;
            }
        }
    }
    assert!(valid >= 114 && invalid >= 14, "{valid} {invalid}");
}

#[test]
fn what_is_no_invoice_is_told() {
    let Some(folder) = shared(SAMPLES) else { return };
    for row in manifest(&folder).into_iter().filter(|row| row.kind == "malformed") {
        let bytes = fs::read(folder.join(&row.file)).unwrap();
        let error = read_invoices(&bytes, &Limits::default()).unwrap_err();
        // Its namespace has a blank in it: to a reader that resolves names it is another kind of document.
        assert!(matches!(error.kind, ReadErrorKind::Malformed | ReadErrorKind::NotThisKind), "{}", row.file);
        assert!(error.faults[0].reason.en.contains("namespace"), "{}: {error}", row.file);
    }
}

#[test]
fn every_sample_is_read_or_refused_with_a_reason() {
    let Some(folder) = shared(SAMPLES) else { return };
    let mut table: BTreeMap<String, [usize; 4]> = BTreeMap::new();
    let mut refused = Vec::new();
    for row in manifest(&folder) {
        let bytes = fs::read(folder.join(&row.file)).unwrap();
        let counts = table.entry(row.file.split('/').next().unwrap().to_owned()).or_default();
        counts[0] += 1;
        match signed_invoices(&bytes, &Limits::default()) {
            Ok(read) => {
                counts[1] += usize::from(read.file.faults.is_empty());
                counts[2] += usize::from(!read.file.faults.is_empty());
            }
            Err(error) => {
                counts[3] += 1;
                refused.push(format!("{}: {error}", row.file));
            }
        }
    }
    println!("{:<28} {:>7} {:>7} {:>12} {:>7}", "invoices of", "files", "valid", "with faults", "refused");
    for (name, [files, valid, faulty, refused]) in &table {
        println!("{name:<28} {files:>7} {valid:>7} {faulty:>12} {refused:>7}");
    }
    refused.iter().for_each(|line| println!("refused: {line}"));
    assert_eq!(refused.len(), 1, "{refused:?}");
}

#[test]
fn published_signatures_come_to_what_other_programs_say() {
    let Some(folder) = shared(SAMPLES) else { return };
    let standing = |name: &str| {
        let bytes = fs::read(folder.join(name)).unwrap();
        let read = signed_invoices(&bytes, &Limits::default()).unwrap();
        (SignatureFacts::of(&read.signatures), read.file.invoices.len())
    };
    for name in ["IT01234567890_FPR03.xml.p7m", "IT01234567890_FPR03.base64.xml.p7m"] {
        let name = format!("oca-l10n-italy/fatturapa_in/{name}");
        assert_eq!(standing(&name), (SignatureFacts::Intact, 2), "{name}");
    }
    // Laid out anew after they were signed, and in one case changed.
    assert_eq!(standing("gobl-fatturapa/other/invoice-simple.xml"), (SignatureFacts::NotVerified, 1));
    assert_eq!(standing("gobl-fatturapa/other/invoice-b2g.xml"), (SignatureFacts::Tampered, 1));
}

struct Row {
    file: String,
    kind: String,
    check: String,
}

fn manifest(folder: &Path) -> Vec<Row> {
    let mut reader = csv::Reader::from_path(folder.join("MANIFEST.csv")).unwrap();
    let headers = reader.headers().unwrap().clone();
    let column = |name: &str| headers.iter().position(|header| header == name).unwrap();
    let (file, kind, check) = (column("file"), column("kind"), column("xsd_check"));
    let rows = reader.records().map(Result::unwrap);
    rows.map(|row| Row { file: row[file].into(), kind: row[kind].into(), check: row[check].into() }).collect()
}
