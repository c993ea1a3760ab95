// SPDX-License-Identifier: EUPL-1.2
//! Tables as JSON, and the JSON Schema that they keep. The schema is made of the same columns, so it cannot disagree.

use std::io::{self, Write};

use serde_json::{Map, Value, json};

use super::Report;
use super::show::value;
use super::table::{Column, Kind, Row, Shape, Table};

/// Version of the form of reports; it grows when a reader would have to change.
pub const FORM: &str = "1";

/// A whole report, written out.
///
/// # Errors
/// When nothing can be written.
pub fn write_json(report: &Report, mut out: impl Write) -> io::Result<()> {
    serde_json::to_writer_pretty(&mut out, &report_value(report, |_| true))?;
    out.write_all(b"\n")
}

/// A report with the tables that are wanted.
#[must_use]
pub fn report_value(report: &Report, is_wanted: impl Fn(&Shape) -> bool) -> Value {
    let mut whole = Map::new();
    whole.insert("form".into(), FORM.into());
    whole.insert("kind".into(), report.kind.into());
    whole.insert("title".into(), report.title.clone().into());
    whole.insert("as_of".into(), value(&report.as_of.into()));
    let facts = report.facts.iter().map(|(name, value)| json!({ "name": name, "value": value }));
    whole.insert("facts".into(), facts.collect());
    whole.insert("warnings".into(), report.warnings.clone().into());
    let tables = report.tables.iter().filter(|table| is_wanted(table.shape));
    let tables = tables.map(|table| (table.shape.name.to_owned(), table_value(table)));
    whole.insert("tables".into(), Value::Object(tables.collect()));
    Value::Object(whole)
}

fn table_value(table: &Table) -> Value {
    let columns = table.shape.columns;
    let rows: Vec<Value> = table.rows.iter().map(|row| row_value(columns, row, |_| true)).collect();
    let totals = table.totals();
    let sums = if totals.is_empty() {
        Value::Null
    } else {
        row_value(columns, &totals.row(), |column| column.is_summed)
    };
    json!({ "title": table.shape.title, "rows": rows, "totals": sums })
}

fn row_value(columns: &[Column], row: &Row, is_wanted: impl Fn(&Column) -> bool) -> Value {
    let wanted = columns.iter().zip(row).filter(|(column, _)| is_wanted(column));
    Value::Object(wanted.map(|(column, cell)| (column.key.to_owned(), value(cell))).collect())
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
