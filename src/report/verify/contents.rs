// SPDX-License-Identifier: EUPL-1.2
//! What a report says against itself: its tables are those of its kind, each CSV says what the JSON says, and totals are the sums
//! of the rows.

use chrono::{DateTime, NaiveDate};
use serde_json::Value;

use crate::domain::money::Money;
use crate::report::bundle::Index;
use crate::report::csv::write_csv;
use crate::report::table::{Cell, Column, Kind, Row, Shape, Table, text};
use crate::report::{dossier, programme, show};

/// What is wrong.
pub(super) fn faults(
    report: &Value,
    index: &Index,
    csv: &mut dyn FnMut(&str) -> Option<Vec<u8>>,
) -> Vec<String> {
    let shapes = match report["kind"].as_str() {
        Some("dossier") => dossier::SHAPES,
        Some("programme") => programme::SHAPES,
        _ => return vec!["il rapporto è di un tipo sconosciuto".to_owned()],
    };
    let mut faults: Vec<String> = ["02-", "03-"]
        .iter()
        .filter(|begins| !index.files.iter().any(|file| file.path.starts_with(**begins)))
        .map(|begins| format!("manca il file {begins}…"))
        .collect();
    for (number, shape) in (1..).zip(shapes) {
        let told = &report["tables"][shape.name];
        let Some(table) = read(told, shape) else {
            faults.push(format!("la tabella «{}» del JSON manca o non ha la sua forma", shape.name));
            continue;
        };
        faults.extend(wrong_totals(told, &table));
        let path = format!("csv/{number:02}-{}.csv", shape.name);
        let mut written = Vec::new();
        if write_csv(&table, &mut written).is_err() || csv(&path) != Some(written) {
            faults.push(format!("{path} non dice lo stesso del JSON"));
        }
    }
    faults
}

/// The table that a JSON tells of.
fn read(told: &Value, shape: &'static Shape) -> Option<Table> {
    let rows = told["rows"].as_array()?.iter().map(|row| {
        let is_whole = row.as_object().is_some_and(|row| row.len() == shape.columns.len());
        let cells = shape.columns.iter().map(|column| cell(row.get(column.key)?, column));
        cells.collect::<Option<Row>>().filter(|_| is_whole)
    });
    Some(Table { shape, rows: rows.collect::<Option<_>>()? })
}

fn cell(value: &Value, column: &Column) -> Option<Cell<'static>> {
    match (value, column.kind) {
        (Value::Null, _) => Some(Cell::Empty),
        (Value::String(words), Kind::Text) => Some(text(words.clone())),
        (Value::String(amount), Kind::Money) => {
            // Without the point it is cents; what is no amount was told in words.
            let cents = amount.replace('.', "").parse().ok();
            Some(cents.map_or_else(|| text(amount.clone()), |cents| Money::from_cents(cents).into()))
        }
        (Value::String(day), Kind::Date) => day.parse::<NaiveDate>().ok().map(Cell::Date),
        (Value::String(at), Kind::Moment) => {
            DateTime::parse_from_rfc3339(at).ok().map(|at| Cell::Moment(at.to_utc()))
        }
        (Value::String(number), Kind::Decimal) => scaled(number).map(Cell::Decimal),
        (Value::Number(count), Kind::Count) => count.as_i64().map(Cell::Count),
        (Value::Number(number), Kind::Number) => number.as_i64().map(Cell::Number),
        _ => None,
    }
}

/// A decimal of at most eight places, as cells keep it.
fn scaled(number: &str) -> Option<i128> {
    let (whole, places) = number.split_once('.').unwrap_or((number, ""));
    format!("{whole}{places:0<8}").parse().ok().filter(|_| places.len() <= 8)
}

/// Totals that are not the sums of their rows, or are left out.
fn wrong_totals(told: &Value, table: &Table) -> Vec<String> {
    let totals = table.totals();
    let sums = totals.row();
    let columns = table.shape.columns.iter().zip(&sums).filter(|(column, _)| column.is_summed);
    let wrong = columns.filter(|(column, sum)| told["totals"][column.key] != show::value(sum));
    wrong
        .map(|(column, _)| {
            format!("il totale di «{}» in «{}» non è la somma delle righe", column.key, table.shape.name)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decimals_are_read_back_as_they_were_written() {
        for number in [0i128, 1, -1, 300_000_000, -1_250_000_000, i128::from(i64::MAX)] {
            assert_eq!(scaled(&show::decimal(number)), Some(number));
        }
        assert_eq!(scaled("1.123456789"), None);
    }
}
