// SPDX-License-Identifier: EUPL-1.2
//! What a report says against itself: its tables are those of its kind, each CSV says what the JSON says, and totals are the sums
//! of the rows.

use std::collections::BTreeSet;
use std::fmt;
use std::io::{BufReader, Read, Sink, sink};

use chrono::{DateTime, NaiveDate};
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use crate::domain::money::Money;
use crate::report::bundle::Index;
use crate::report::csv::CsvWriter;
use crate::report::hashed::Hashed;
use crate::report::table::{Cell, Column, Kind, Row, Shape, Totals, text};
use crate::report::{dossier, programme};

/// What is wrong. The report is read once, row after row: it may be of any size.
pub(super) fn faults(report: impl Read, index: &Index) -> Vec<String> {
    let mut reading = Reading { index, shapes: &[], told: BTreeSet::new(), faults: Vec::new() };
    for begins in ["02-", "03-"] {
        if !index.files.iter().any(|file| file.path.starts_with(begins)) {
            reading.faults.push(format!("manca il file {begins}…"));
        }
    }
    let mut json = serde_json::Deserializer::from_reader(BufReader::new(report));
    let read = reading.deserialize_report(&mut json).and_then(|()| json.end());
    if let Err(error) = read {
        reading.faults.push(format!("il JSON del rapporto non si legge per intero ({error})"));
    }
    let untold = reading.shapes.iter().filter(|shape| !reading.told.contains(shape.name));
    let untold: Vec<String> = untold
        .map(|shape| format!("la tabella «{}» del JSON manca o non ha la sua forma", shape.name))
        .collect();
    reading.faults.extend(untold);
    reading.faults
}

/// A report that is being read.
struct Reading<'i> {
    index: &'i Index,
    /// The tables of its kind, once that is known.
    shapes: &'static [&'static Shape],
    /// Those that were told, and have their form.
    told: BTreeSet<&'static str>,
    faults: Vec<String>,
}

impl Reading<'_> {
    fn deserialize_report<'de, D: Deserializer<'de>>(&mut self, json: D) -> Result<(), D::Error> {
        json.deserialize_map(WholeReport(self))
    }

    fn know(&mut self, kind: &str) {
        let shapes = match kind {
            "dossier" => dossier::SHAPES,
            "programme" => programme::SHAPES,
            _ => &[],
        };
        if shapes.is_empty() {
            self.faults.push("il rapporto è di un tipo sconosciuto".to_owned());
        } else if !self.shapes.is_empty() {
            self.faults.push("il rapporto dice due volte di che tipo è".to_owned());
        }
        self.shapes = shapes;
    }

    /// Holds a table that was read against its CSV and its totals.
    fn judge(&mut self, place: usize, shape: &'static Shape, read: TableRead) {
        let Some((digest, sums)) = read.rows.filter(|_| read.times == 1) else { return };
        if !self.told.insert(shape.name) {
            self.faults.push(format!("la tabella «{}» è due volte nel JSON", shape.name));
        }
        let path = format!("csv/{:02}-{}.csv", place + 1, shape.name);
        if !self.index.files.iter().any(|file| file.path == path && file.sha256 == digest) {
            self.faults.push(format!("{path} non dice lo stesso del JSON"));
        }
        let row = sums.row();
        let summed = shape.columns.iter().zip(&row).filter(|(column, _)| column.is_summed);
        let is_wrong = |(column, sum): &(&Column, &Cell<'_>)| {
            serde_json::to_value(sum).ok().as_ref() != read.totals.get(column.key)
        };
        self.faults.extend(summed.filter(is_wrong).map(|(column, _)| {
            format!("il totale di «{}» in «{}» non è la somma delle righe", column.key, shape.name)
        }));
    }
}

struct WholeReport<'r, 'i>(&'r mut Reading<'i>);

impl<'de> Visitor<'de> for WholeReport<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a report")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        while let Some(member) = members.next_key::<String>()? {
            match &*member {
                "kind" => self.0.know(&members.next_value::<String>()?),
                "tables" => members.next_value_seed(Tables(self.0))?,
                _ => drop(members.next_value::<IgnoredAny>()?),
            }
        }
        Ok(())
    }
}

struct Tables<'r, 'i>(&'r mut Reading<'i>);

impl<'de> DeserializeSeed<'de> for Tables<'_, '_> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<(), D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for Tables<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("tables by their names, after the kind of the report")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut tables: A) -> Result<(), A::Error> {
        while let Some(name) = tables.next_key::<String>()? {
            let known = self.0.shapes.iter().enumerate().find(|(_, shape)| shape.name == name);
            let Some((place, shape)) = known else {
                self.0.faults.push(format!("la tabella «{name}» non è di questo rapporto"));
                tables.next_value::<IgnoredAny>()?;
                continue;
            };
            let read = tables.next_value_seed(OneTable(shape))?;
            self.0.judge(place, shape, read);
        }
        Ok(())
    }
}

/// A table that was read.
#[derive(Default)]
struct TableRead {
    /// How many times its rows were told.
    times: u32,
    /// Digest of the CSV that its rows make, and their sums; none when a row has not the form of the table.
    rows: Option<(String, Totals)>,
    totals: Value,
}

struct OneTable(&'static Shape);

impl<'de> DeserializeSeed<'de> for OneTable {
    type Value = TableRead;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<TableRead, D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for OneTable {
    type Value = TableRead;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<TableRead, A::Error> {
        let mut read = TableRead::default();
        while let Some(member) = members.next_key::<String>()? {
            match &*member {
                "rows" => {
                    read.times += 1;
                    read.rows = members.next_value_seed(Rows(self.0))?;
                }
                "totals" => read.totals = members.next_value()?,
                _ => drop(members.next_value::<IgnoredAny>()?),
            }
        }
        Ok(read)
    }
}

struct Rows(&'static Shape);

impl<'de> DeserializeSeed<'de> for Rows {
    type Value = Option<(String, Totals)>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Rows {
    type Value = Option<(String, Totals)>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("rows")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut rows: A) -> Result<Self::Value, A::Error> {
        let columns = self.0.columns;
        let mut digest: Hashed<Sink> = Hashed::new(sink());
        let mut csv = CsvWriter::new(&mut digest, columns.iter().map(|column| column.title))
            .map_err(A::Error::custom)?;
        let (mut totals, mut has_form) = (Totals::new(columns), true);
        while let Some(told) = rows.next_element::<Value>()? {
            match row(&told, columns) {
                Some(cells) => {
                    totals.add(&cells);
                    csv.row(&cells).map_err(A::Error::custom)?;
                }
                None => has_form = false,
            }
        }
        csv.finish().map_err(A::Error::custom)?;
        Ok(has_form.then(|| (digest.finish().0, totals)))
    }
}

/// The cells of a row that has the form of its table.
fn row(told: &Value, columns: &[Column]) -> Option<Row> {
    let told = told.as_object().filter(|row| row.len() == columns.len())?;
    columns.iter().map(|column| cell(told.get(column.key)?, column)).collect()
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::show;

    #[test]
    fn decimals_are_read_back_as_they_were_written() {
        for number in [0i128, 1, -1, 300_000_000, -1_250_000_000, i128::from(i64::MAX)] {
            assert_eq!(scaled(&show::decimal(number)), Some(number));
        }
        assert_eq!(scaled("1.123456789"), None);
    }
}
