// SPDX-License-Identifier: EUPL-1.2
//! What a report says against itself: its tables are those of its kind, each CSV says what the JSON says, and totals are the sums
//! of the rows.

use std::cell::Cell;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::io::{self, BufReader, Read, Sink, sink};

use chrono::{DateTime, NaiveDate};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error as _, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use crate::domain::money::Money;
use crate::report::bundle::Index;
use crate::report::csv::CsvWriter;
use crate::report::hashed::Hashed;
use crate::report::table::{self, Column, Kind, Row, Shape, Totals, text};
use crate::report::{dossier, programme};

/// Bytes of one piece of a report, such as a row: no document that is taken in has more than 5 MiB, and JSON at most doubles them.
const PIECE_MAX: u64 = 16 << 20;
/// Faults that are told; whoever forged so much needs no more.
const FAULTS_MAX: usize = 1_000;

/// What is wrong. The report is read once, row after row: it may be of any size, and a forged one takes no more memory.
pub(super) fn faults(report: impl Read, index: &Index) -> Vec<String> {
    let left = Cell::new(PIECE_MAX);
    let mut reading = Reading { index, left: &left, shapes: &[], told: BTreeMap::new(), faults: Vec::new() };
    for begins in ["02-", "03-"] {
        if !index.files.iter().any(|file| file.path.starts_with(begins)) {
            reading.fault(format!("manca il file {begins}…"));
        }
    }
    let pieces = BufReader::new(Pieces { inner: report, left: &left });
    let mut json = serde_json::Deserializer::from_reader(pieces);
    let read = json.deserialize_map(WholeReport(&mut reading)).and_then(|()| json.end());
    if let Err(error) = read {
        reading.fault(format!("il JSON del rapporto non si legge per intero ({error})"));
    }
    if reading.shapes.is_empty() {
        reading.fault("il JSON non dice di che tipo è il rapporto".to_owned());
    }
    for shape in reading.shapes {
        let times = reading.told.get(shape.name).copied().unwrap_or_default();
        if times != 1 {
            reading.fault(format!(
                "la tabella «{}» manca o non ha la sua forma, o è nel JSON più volte",
                shape.name
            ));
        }
    }
    reading.faults
}

/// What is read, as long as no piece of it is too large.
struct Pieces<'l, R> {
    inner: R,
    left: &'l Cell<u64>,
}

impl<R: Read> Read for Pieces<'_, R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(into)?;
        let left = self.left.get().checked_sub(read as u64);
        self.left.set(left.ok_or_else(|| io::Error::other("una parte è troppo grande"))?);
        Ok(read)
    }
}

/// A report that is being read.
struct Reading<'i> {
    index: &'i Index,
    /// Bytes that the piece being read may still have.
    left: &'i Cell<u64>,
    /// The tables of its kind, once that is known.
    shapes: &'static [&'static Shape],
    /// How many times each was told.
    told: BTreeMap<&'static str, usize>,
    faults: Vec<String>,
}

impl Reading<'_> {
    fn fault(&mut self, what: String) {
        if self.faults.len() < FAULTS_MAX {
            self.faults.push(what);
        }
    }

    fn know(&mut self, kind: &str) {
        self.shapes = match kind {
            "dossier" => dossier::SHAPES,
            "programme" => programme::SHAPES,
            _ => &[],
        };
    }

    /// Holds a table that was read against its CSV and its totals.
    fn judge(&mut self, place: usize, shape: &'static Shape, read: TableRead) {
        // What has not the form of the table counts as told twice: it must not stand beside a good one either.
        *self.told.entry(shape.name).or_default() += if read.rows.is_some() { 1 } else { 2 };
        let Some((digest, sums)) = read.rows else { return };
        let path = format!("csv/{:02}-{}.csv", place + 1, shape.name);
        if !self.index.files.iter().any(|file| file.path == path && file.sha256 == digest) {
            self.fault(format!("{path} non dice lo stesso del JSON"));
        }
        for (column, sum) in shape.columns.iter().zip(sums.row()).filter(|(column, _)| column.is_summed) {
            let told = read.totals.as_ref().and_then(|totals| totals.0.get(column.key));
            if serde_json::to_value(sum).ok().as_ref() != told {
                let (key, name) = (column.key, shape.name);
                self.fault(format!("il totale di «{key}» in «{name}» non è la somma delle righe"));
            }
        }
    }
}

/// The members of an object, each once: of two, one reader would take the first and another the last.
fn next_member<'de, A: MapAccess<'de>>(
    members: &mut A,
    seen: &mut BTreeSet<String>,
) -> Result<Option<String>, A::Error> {
    let member = members.next_key::<String>()?;
    match member {
        Some(member) if !seen.insert(member.clone()) => {
            Err(A::Error::custom(format!("«{member}» due volte")))
        }
        member => Ok(member),
    }
}

struct WholeReport<'r, 'i>(&'r mut Reading<'i>);

impl<'de> Visitor<'de> for WholeReport<'_, '_> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a report")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<(), A::Error> {
        let mut seen = BTreeSet::new();
        while let Some(member) = next_member(&mut members, &mut seen)? {
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
            self.0.left.set(PIECE_MAX);
            let known = self.0.shapes.iter().enumerate().find(|(_, shape)| shape.name == name);
            let Some((place, shape)) = known else {
                return Err(A::Error::custom(format!("la tabella «{name}» non è di questo rapporto")));
            };
            let read = tables.next_value_seed(OneTable(shape, self.0.left))?;
            self.0.judge(place, shape, read);
        }
        Ok(())
    }
}

/// A table that was read.
#[derive(Default)]
struct TableRead {
    /// Digest of the CSV that its rows make, and their sums; none when a row has not the form of the table.
    rows: Option<(String, Totals)>,
    totals: Option<Members>,
}

/// An object of which no member stands twice.
struct Members(Map<String, Value>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(json: D) -> Result<Self, D::Error> {
        json.deserialize_map(EveryMember).map(Self)
    }
}

struct EveryMember;

impl<'de> Visitor<'de> for EveryMember {
    type Value = Map<String, Value>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Self::Value, A::Error> {
        let (mut all, mut seen) = (Map::new(), BTreeSet::new());
        while let Some(member) = next_member(&mut members, &mut seen)? {
            all.insert(member, members.next_value()?);
        }
        Ok(all)
    }
}

struct OneTable<'l>(&'static Shape, &'l Cell<u64>);

impl<'de> DeserializeSeed<'de> for OneTable<'_> {
    type Value = TableRead;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<TableRead, D::Error> {
        json.deserialize_map(self)
    }
}

impl<'de> Visitor<'de> for OneTable<'_> {
    type Value = TableRead;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a table")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<TableRead, A::Error> {
        let (mut read, mut seen) = (TableRead::default(), BTreeSet::new());
        while let Some(member) = next_member(&mut members, &mut seen)? {
            match &*member {
                "rows" => read.rows = members.next_value_seed(Rows(self.0, self.1))?,
                "totals" => read.totals = members.next_value()?,
                _ => drop(members.next_value::<IgnoredAny>()?),
            }
        }
        Ok(read)
    }
}

struct Rows<'l>(&'static Shape, &'l Cell<u64>);

impl<'de> DeserializeSeed<'de> for Rows<'_> {
    type Value = Option<(String, Totals)>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Self::Value, D::Error> {
        json.deserialize_seq(self)
    }
}

impl<'de> Visitor<'de> for Rows<'_> {
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
        while let Some(Members(told)) = rows.next_element()? {
            self.1.set(PIECE_MAX);
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
fn row(told: &Map<String, Value>, columns: &[Column]) -> Option<Row> {
    if told.len() != columns.len() {
        return None;
    }
    let as_written = |value: &Value, column: &Column| {
        // Other ways to write the same, such as an amount without its point, would mean something else to other readers.
        cell(value, column).filter(|cell| serde_json::to_value(cell).is_ok_and(|written| written == *value))
    };
    columns.iter().map(|column| as_written(told.get(column.key)?, column)).collect()
}

fn cell(value: &Value, column: &Column) -> Option<table::Cell<'static>> {
    match (value, column.kind) {
        (Value::Null, _) => Some(table::Cell::Empty),
        (Value::String(words), Kind::Text) => Some(text(words.clone())),
        (Value::String(amount), Kind::Money) => {
            // Without the point it is cents; what is no amount was told in words.
            let cents = amount.replace('.', "").parse().ok();
            Some(cents.map_or_else(|| text(amount.clone()), |cents| Money::from_cents(cents).into()))
        }
        (Value::String(day), Kind::Date) => day.parse::<NaiveDate>().ok().map(table::Cell::Date),
        (Value::String(at), Kind::Moment) => {
            DateTime::parse_from_rfc3339(at).ok().map(|at| table::Cell::Moment(at.to_utc()))
        }
        (Value::String(number), Kind::Decimal) => scaled(number).map(table::Cell::Decimal),
        (Value::Number(count), Kind::Count) => count.as_i64().map(table::Cell::Count),
        (Value::Number(number), Kind::Number) => number.as_i64().map(table::Cell::Number),
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
