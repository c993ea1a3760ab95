// SPDX-License-Identifier: EUPL-1.2
//! Tables as JSON, and the JSON Schema that they keep. The schema is made of the same columns, so it cannot disagree.

use std::io::{self, BufWriter, Write};

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};
use serde_json::{Map, Value, json};

use super::Report;
use super::table::{Cell, Column, Kind, Row, Shape, Table};

/// Version of the form of reports; it grows when a reader would have to change.
pub const FORM: &str = "1";

/// A whole report, written out as it goes by.
///
/// # Errors
/// When nothing can be written.
pub fn write_json(report: &Report, out: impl Write) -> io::Result<()> {
    let mut out = BufWriter::new(out);
    serde_json::to_writer_pretty(&mut out, &Told { report, is_wanted: &|_| true })?;
    out.write_all(b"\n")?;
    out.flush()
}

/// A report with the tables that are wanted, on one line.
///
/// # Errors
/// None is known: there is nothing in a report that JSON cannot say.
pub fn json_line(report: &Report, is_wanted: &dyn Fn(&Shape) -> bool) -> serde_json::Result<String> {
    serde_json::to_string(&Told { report, is_wanted })
}

/// A report as it is told: its kind before its tables, its rows one after the other, so that readers can do without the whole.
struct Told<'r> {
    report: &'r Report,
    is_wanted: &'r dyn Fn(&Shape) -> bool,
}

impl Serialize for Told<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let facts = self.report.facts.iter().map(|(name, value)| json!({ "name": name, "value": value }));
        let mut whole = serializer.serialize_map(Some(7))?;
        whole.serialize_entry("form", FORM)?;
        whole.serialize_entry("kind", self.report.kind)?;
        whole.serialize_entry("title", &self.report.title)?;
        whole.serialize_entry("as_of", &Cell::from(self.report.as_of))?;
        whole.serialize_entry("facts", &facts.collect::<Vec<_>>())?;
        whole.serialize_entry("warnings", &self.report.warnings)?;
        whole.serialize_entry("tables", &Tables(self))?;
        whole.end()
    }
}

struct Tables<'r>(&'r Told<'r>);

impl Serialize for Tables<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let wanted = self.0.report.tables.iter().filter(|table| (self.0.is_wanted)(table.shape));
        serializer.collect_map(wanted.map(|table| (table.shape.name, OneTable(table))))
    }
}

struct OneTable<'r>(&'r Table);

impl Serialize for OneTable<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (table, totals) = (self.0, self.0.totals());
        let sums = totals.row();
        let mut told = serializer.serialize_map(Some(3))?;
        told.serialize_entry("title", table.shape.title)?;
        told.serialize_entry("rows", &Rows(table))?;
        told.serialize_entry("totals", &(!totals.is_empty()).then_some(Sums(table.shape.columns, &sums)))?;
        told.end()
    }
}

struct Rows<'r>(&'r Table);

impl Serialize for Rows<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.rows.iter().map(|row| OneRow(self.0.shape.columns, row)))
    }
}

struct OneRow<'r>(&'static [Column], &'r Row);

impl Serialize for OneRow<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(self.0.iter().map(|column| column.key).zip(self.1))
    }
}

/// Only the columns that are summed.
struct Sums<'r>(&'static [Column], &'r Row);

impl Serialize for Sums<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let summed = self.0.iter().zip(self.1).filter(|(column, _)| column.is_summed);
        serializer.collect_map(summed.map(|(column, cell)| (column.key, cell)))
    }
}

/// The JSON Schema of a report made of these tables.
#[must_use]
pub fn schema(kind: &str, title: &str, shapes: &[&Shape]) -> Value {
    let tables: Map<String, Value> =
        shapes.iter().map(|shape| (shape.name.to_owned(), table_schema(shape))).collect();
    let names: Vec<&str> = shapes.iter().map(|shape| shape.name).collect();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$comment": "SPDX-License-Identifier: EUPL-1.2",
        "title": title,
        "type": "object",
        "additionalProperties": false,
        "required": ["form", "kind", "title", "as_of", "facts", "warnings", "tables"],
        "properties": {
            "form": { "const": FORM },
            "kind": { "const": kind },
            "title": { "type": "string" },
            "as_of": { "type": "string", "format": "date-time" },
            "facts": { "type": "array", "items": {
                "type": "object", "additionalProperties": false, "required": ["name", "value"],
                "properties": { "name": { "type": "string" }, "value": { "type": "string" } },
            } },
            "warnings": { "type": "array", "items": { "type": "string" } },
            "tables": {
                "type": "object", "additionalProperties": false, "required": names, "properties": tables,
            },
        },
    })
}

fn table_schema(shape: &Shape) -> Value {
    let object = |columns: Vec<&Column>| {
        let keys: Vec<&str> = columns.iter().map(|column| column.key).collect();
        let properties: Map<String, Value> =
            columns.iter().map(|column| (column.key.to_owned(), column_schema(column))).collect();
        json!({ "type": "object", "additionalProperties": false, "required": keys, "properties": properties })
    };
    let rows = object(shape.columns.iter().collect());
    let summed: Vec<&Column> = shape.columns.iter().filter(|column| column.is_summed).collect();
    let totals = if summed.is_empty() { json!({ "type": "null" }) } else { object(summed) };
    json!({
        "type": "object",
        "description": shape.about,
        "additionalProperties": false,
        "required": ["title", "rows", "totals"],
        "properties": {
            "title": { "const": shape.title },
            "rows": { "type": "array", "items": rows },
            "totals": totals,
        },
    })
}

fn column_schema(column: &Column) -> Value {
    let form = match column.kind {
        Kind::Text => json!({ "type": ["string", "null"] }),
        Kind::Money => json!({ "type": ["string", "null"], "pattern": r"^-?\d+\.\d{2}$" }),
        Kind::Date => json!({ "type": ["string", "null"], "format": "date" }),
        Kind::Moment => json!({ "type": ["string", "null"], "format": "date-time" }),
        Kind::Count | Kind::Number => json!({ "type": ["integer", "null"] }),
        Kind::Decimal => json!({ "type": ["string", "null"], "pattern": r"^-?\d+(\.\d{1,8})?$" }),
    };
    let Value::Object(mut form) = form else { return form };
    form.insert("title".into(), column.title.into());
    form.insert("description".into(), column.about.into());
    Value::Object(form)
}
