// SPDX-License-Identifier: EUPL-1.2
//! A bundle read back by readers that are not the writers' own.

use std::collections::BTreeMap;
use std::io::{Cursor, Read, Write};
use std::process::Command;

use calamine::{Data, Reader as _, Xlsx};
use chrono::{DateTime, NaiveDate, Utc};
use mepa_gateway::domain::money::Money;
use mepa_gateway::domain::sha256::sha256;
use mepa_gateway::report::{dossier, json, programme};
use serde_json::Value;
use zip::write::SimpleFileOptions;
use zip::{ZipArchive, ZipWriter};

/// A bundle with its files.
pub(super) struct Opened {
    pub(super) zip: Vec<u8>,
    files: BTreeMap<String, Vec<u8>>,
    pub(super) json: Value,
}

/// The schema of a kind of report.
pub(super) fn schema(kind: &str) -> Value {
    match kind {
        "dossier" => json::schema(kind, dossier::TITLE, dossier::SHAPES),
        _ => json::schema(kind, programme::TITLE, programme::SHAPES),
    }
}

impl Opened {
    pub(super) fn new(zip: Vec<u8>) -> Self {
        let mut archive = ZipArchive::new(Cursor::new(&zip)).unwrap();
        let mut files = BTreeMap::new();
        for place in 0..archive.len() {
            let mut file = archive.by_index(place).unwrap();
            let mut bytes = Vec::new();
            file.read_to_end(&mut bytes).unwrap();
            files.insert(file.name().unwrap().into_owned(), bytes);
        }
        let report = files.iter().find(|(name, _)| name.starts_with("04-")).unwrap().1;
        let json = serde_json::from_slice(report).unwrap();
        Self { json, files, zip }
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.files.keys().map(String::as_str)
    }

    pub(super) fn file(&self, name: &str) -> &[u8] {
        self.files.get(name).unwrap_or_else(|| panic!("no {name} in {:?}", self.files.keys()))
    }

    /// The rows of a table, as its JSON has them.
    pub(super) fn rows(&self, table: &str) -> Vec<Value> {
        self.json["tables"][table]["rows"].as_array().unwrap_or_else(|| panic!("no {table}")).clone()
    }

    /// The text of a PDF, read by poppler.
    pub(super) fn pdf_text(&self, name: &str) -> String {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("report.pdf");
        std::fs::write(&path, self.file(name)).unwrap();
        let output = Command::new("pdftotext").arg("-layout").arg(&path).arg("-").output();
        let output = output.expect("pdftotext is missing: tests/run installs it (poppler-utils)");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// The bundle with one file changed, added or taken out; with a new index for programs or the old one.
    pub(super) fn with(&self, name: &str, bytes: Option<&[u8]>, with_index: bool) -> Vec<u8> {
        let mut files = self.files.clone();
        files.remove(name);
        files.extend(bytes.map(|bytes| (name.to_owned(), bytes.to_vec())));
        if with_index {
            let mut index: Value = serde_json::from_slice(self.file("index.json")).unwrap();
            let entries = index["files"].as_array_mut().unwrap();
            if !entries.iter().any(|entry| entry["path"] == name) {
                let mut new = entries[0].clone();
                new["path"] = name.into();
                entries.insert(0, new);
            }
            let entry = entries.iter_mut().find(|entry| entry["path"] == name).unwrap();
            entry["sha256"] = sha256(bytes.unwrap()).into();
            entry["size"] = bytes.unwrap().len().into();
            files.insert("index.json".into(), serde_json::to_vec(&index).unwrap());
        }
        let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
        for (name, bytes) in files {
            zip.start_file(name, SimpleFileOptions::default()).unwrap();
            zip.write_all(&bytes).unwrap();
        }
        zip.finish().unwrap().into_inner()
    }

    /// The bundle in which a file calls itself otherwise than the directory does.
    pub(super) fn renamed(&self, name: &str, other: &str) -> Vec<u8> {
        let mut zip = self.zip.clone();
        let place = zip.windows(name.len()).position(|window| window == name.as_bytes()).unwrap();
        zip[place..place + name.len()].copy_from_slice(&other.as_bytes()[..name.len()]);
        zip
    }

    /// Every amount of every table is the same in JSON, CSV and XLSX; every printed total stands in the PDF; every total is the
    /// sum of the rows beside it.
    pub(super) fn assert_formats_agree(&self, xlsx: &str, pdf: &str) {
        let printed = self.pdf_text(pdf);
        let mut book: Xlsx<_> = Xlsx::new(Cursor::new(self.file(xlsx).to_vec())).unwrap();
        for (name, table) in self.json["tables"].as_object().unwrap() {
            let rows = table["rows"].as_array().unwrap();
            let csv = self.csv(name);
            assert_eq!(csv.len(), rows.len(), "{name}.csv");
            let sheet = book.worksheet_range(name).unwrap();
            let schema_rows =
                &schema(self.json["kind"].as_str().unwrap())["properties"]["tables"]["properties"][name];
            let keys = schema_rows["properties"]["rows"]["items"]["required"].as_array().unwrap().clone();
            for (number, row) in rows.iter().enumerate() {
                for (place, key) in keys.iter().enumerate() {
                    let value = &row[key.as_str().unwrap()];
                    let cell = sheet.get((number + 1, place)).cloned().unwrap_or(Data::Empty);
                    same(value, &csv[number][place], &cell, &format!("{name} row {number} {key}"));
                }
            }
            self.assert_totals(name, table, &sheet, &keys, &printed);
        }
    }

    fn csv(&self, table: &str) -> Vec<Vec<String>> {
        let name = self.names().find(|name| name.starts_with("csv/") && name[7..] == format!("{table}.csv"));
        let bytes = self.file(name.unwrap());
        let text = bytes.strip_prefix(b"\xef\xbb\xbf").expect("a mark");
        let mut reader = csv::ReaderBuilder::new().delimiter(b';').from_reader(text);
        reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
    }

    fn assert_totals(
        &self,
        name: &str,
        table: &Value,
        sheet: &calamine::Range<Data>,
        keys: &[Value],
        printed: &str,
    ) {
        let rows = table["rows"].as_array().unwrap();
        for (key, total) in table["totals"].as_object().into_iter().flatten() {
            let sum: i128 = rows.iter().map(|row| number(&row[key])).sum();
            assert_eq!(number(total), sum, "{name}: total of {key}");
            if rows.is_empty() {
                continue;
            }
            let place = keys.iter().position(|known| known == key).unwrap();
            let cell = sheet.get((rows.len() + 1, place)).cloned().unwrap_or(Data::Empty);
            let hundredths = if total.is_number() { sum * 100 } else { sum };
            assert_eq!(cents(&cell), Some(hundredths), "{name}: total of {key} in the sheet");
            if let Value::String(text) = total
                && rows.len() > 1
            {
                let shown = text.parse::<Money>().unwrap().italian();
                assert!(printed.contains(&shown), "{name}: {key} {shown} is not printed");
            }
        }
    }

    /// The JSON keeps its schema, by a validator of its own.
    pub(super) fn assert_schema(&self, kind: &str) {
        let (mut schemas, mut compiler) = (boon::Schemas::new(), boon::Compiler::new());
        compiler.add_resource("mem://schema", schema(kind)).unwrap();
        let place = compiler.compile("mem://schema", &mut schemas).unwrap();
        if let Err(error) = schemas.validate(&self.json, place) {
            panic!("{error:#}");
        }
    }
}

/// Cents of an amount, or a count.
fn number(value: &Value) -> i128 {
    match value {
        Value::String(text) => text.replace('.', "").parse().unwrap(),
        Value::Null => 0,
        other => other.as_i64().unwrap().into(),
    }
}

/// A number of a sheet in whole hundredths.
#[expect(
    clippy::float_arithmetic,
    reason = "a workbook keeps every number as a float: the test must read what a spreadsheet reads"
)]
fn cents(cell: &Data) -> Option<i128> {
    match cell {
        Data::Float(float) => Some((float * 100.0).round() as i128),
        Data::Int(count) => Some(i128::from(*count) * 100),
        _ => None,
    }
}

/// A value is the same in JSON, CSV and XLSX.
fn same(value: &Value, csv: &str, cell: &Data, place: &str) {
    let unquoted = csv.strip_prefix('\'').unwrap_or(csv);
    match value {
        Value::Null => assert!(csv.is_empty() && *cell == Data::Empty, "{place}: {csv:?} {cell:?}"),
        Value::Number(count) => {
            assert_eq!(csv, count.to_string(), "{place}");
            assert_eq!(cents(cell), Some(i128::from(count.as_i64().unwrap()) * 100), "{place}");
        }
        Value::String(text) => match cell {
            Data::String(shown) => {
                assert_eq!(shown, text, "{place}");
                assert_eq!(unquoted.replace("\r\n", "\n"), text.replace("\r\n", "\n"), "{place}");
            }
            Data::Float(_) | Data::Int(_) => {
                assert_eq!(csv.replace(',', "."), *text, "{place}");
                let exact: f64 = text.parse().unwrap();
                let Data::Float(float) = cell else { return };
                assert_eq!(*float, exact, "{place}");
            }
            Data::DateTime(serial) => {
                let local = match text.parse::<DateTime<Utc>>() {
                    Ok(at) => at.with_timezone(&chrono_tz::Europe::Rome).naive_local(),
                    Err(_) => text.parse::<NaiveDate>().unwrap().and_time(chrono::NaiveTime::MIN),
                };
                let shown = if text.len() == 10 { "%d/%m/%Y" } else { "%d/%m/%Y %H:%M" };
                assert_eq!(csv, local.format(shown).to_string(), "{place}");
                let told = serial.as_datetime().unwrap();
                assert!((told - local).num_milliseconds().abs() < 1_000, "{place}: {told} {local}");
            }
            other => panic!("{place}: {text:?} is {other:?}"),
        },
        other => panic!("{place}: {other}"),
    }
}
