// SPDX-License-Identifier: EUPL-1.2
//! A table: what every report is made of. CSV, JSON, XLSX, PDF and charts are all written from the same cells, so that a number is
//! the same in all of them, and every total is the sum of the rows that stand beside it.

use std::borrow::Cow;

use chrono::{DateTime, NaiveDate, Utc};

use crate::domain::money::Money;

/// What stands in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Words.
    Text,
    /// Euro, exact to the cent.
    Money,
    /// A day in Rome.
    Date,
    /// An instant: UTC in data, Rome time for people.
    Moment,
    /// A whole number.
    Count,
    /// A whole number that names something: nothing to be added up.
    Number,
    /// A number with up to eight decimals: a quantity, a price, a rate or share in percent.
    Decimal,
}

impl Kind {
    /// Whether it stands at the right of its column.
    #[must_use]
    pub const fn is_number(self) -> bool {
        matches!(self, Self::Money | Self::Count | Self::Number | Self::Decimal)
    }
}

/// A column of a table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Its name in JSON.
    pub key: &'static str,
    /// Its name for people: head of the column in CSV, XLSX and PDF.
    pub title: &'static str,
    /// What it means: a line of the data dictionary.
    pub about: &'static str,
    /// What stands in it.
    pub kind: Kind,
    /// How wide it is, in characters; on paper, in proportion to the others.
    pub width: u8,
    /// Whether its sum is shown.
    pub is_summed: bool,
    /// Whether it is printed; what is not stands in the data formats.
    pub is_printed: bool,
}

impl Column {
    const fn new(kind: Kind, width: u8, key: &'static str, title: &'static str, about: &'static str) -> Self {
        Self { key, title, about, kind, width, is_summed: false, is_printed: true }
    }

    /// Words.
    #[must_use]
    pub const fn text(key: &'static str, title: &'static str, about: &'static str) -> Self {
        Self::new(Kind::Text, 18, key, title, about)
    }

    /// Euro; its sum is shown.
    #[must_use]
    pub const fn money(key: &'static str, title: &'static str, about: &'static str) -> Self {
        Self { is_summed: true, ..Self::new(Kind::Money, 15, key, title, about) }
    }

    /// A day.
    #[must_use]
    pub const fn date(key: &'static str, title: &'static str, about: &'static str) -> Self {
        Self::new(Kind::Date, 11, key, title, about)
    }

    /// An instant.
    #[must_use]
    pub const fn moment(key: &'static str, title: &'static str, about: &'static str) -> Self {
        Self::new(Kind::Moment, 17, key, title, about)
    }

    /// A whole number; its sum is shown.
    #[must_use]
    pub const fn count(key: &'static str, title: &'static str, about: &'static str) -> Self {
        Self { is_summed: true, ..Self::new(Kind::Count, 9, key, title, about) }
    }

    /// A whole number that names something.
    #[must_use]
    pub const fn number(key: &'static str, title: &'static str, about: &'static str) -> Self {
        Self::new(Kind::Number, 10, key, title, about)
    }

    /// A number with decimals.
    #[must_use]
    pub const fn decimal(key: &'static str, title: &'static str, about: &'static str) -> Self {
        Self::new(Kind::Decimal, 11, key, title, about)
    }

    /// The same, so many characters wide.
    #[must_use]
    pub const fn wide(self, width: u8) -> Self {
        Self { width, ..self }
    }

    /// The same, without a sum.
    #[must_use]
    pub const fn not_summed(self) -> Self {
        Self { is_summed: false, ..self }
    }

    /// The same, only in the data formats.
    #[must_use]
    pub const fn not_printed(self) -> Self {
        Self { is_printed: false, ..self }
    }
}

/// One value of a table.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub enum Cell<'a> {
    /// Nothing is known, or nothing is due.
    #[default]
    Empty,
    /// Words.
    Text(Cow<'a, str>),
    /// Euro.
    Money(Money),
    /// A day in Rome.
    Date(NaiveDate),
    /// An instant.
    Moment(DateTime<Utc>),
    /// A whole number.
    Count(i64),
    /// A whole number that names something.
    Number(i64),
    /// A number scaled by 10^8, as [`crate::domain::decimal`] keeps them.
    Decimal(i128),
}

impl Cell<'_> {
    /// Euro of so many cents; a sum that no amount holds is told in words.
    #[must_use]
    pub fn cents(cents: i128) -> Self {
        i64::try_from(cents)
            .map_or(Self::Text(Cow::Borrowed(TOO_LARGE)), |cents| Self::Money(Money::from_cents(cents)))
    }
}

/// What is said of a sum that no amount holds.
const TOO_LARGE: &str = "oltre ogni importo ammesso";

/// A row, one cell for each column.
pub type Row = Vec<Cell<'static>>;

impl<'a> From<&'a str> for Cell<'a> {
    fn from(text: &'a str) -> Self {
        if text.is_empty() { Self::Empty } else { Self::Text(Cow::Borrowed(text)) }
    }
}

impl From<String> for Cell<'_> {
    fn from(text: String) -> Self {
        if text.is_empty() { Self::Empty } else { Self::Text(Cow::Owned(text)) }
    }
}

impl From<Money> for Cell<'_> {
    fn from(amount: Money) -> Self {
        Self::Money(amount)
    }
}

impl From<NaiveDate> for Cell<'_> {
    fn from(day: NaiveDate) -> Self {
        Self::Date(day)
    }
}

impl From<DateTime<Utc>> for Cell<'_> {
    fn from(at: DateTime<Utc>) -> Self {
        Self::Moment(at)
    }
}

impl From<usize> for Cell<'_> {
    fn from(count: usize) -> Self {
        Self::Count(i64::try_from(count).unwrap_or(i64::MAX))
    }
}

impl From<u32> for Cell<'_> {
    fn from(count: u32) -> Self {
        Self::Count(i64::from(count))
    }
}

impl<'a, T: Into<Cell<'a>>> From<Option<T>> for Cell<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Empty, Into::into)
    }
}

/// Text that belongs to no row.
#[must_use]
pub fn text(text: impl Into<String>) -> Cell<'static> {
    Cell::from(text.into())
}

/// What a table is, whatever stands in it.
#[derive(Debug, PartialEq, Eq)]
pub struct Shape {
    /// Name of its file, sheet and JSON member: lower case, no blanks.
    pub name: &'static str,
    /// Title for people.
    pub title: &'static str,
    /// What it shows.
    pub about: &'static str,
    /// Its columns.
    pub columns: &'static [Column],
}

/// A table.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Table {
    /// What it is.
    pub shape: &'static Shape,
    /// Its rows.
    pub rows: Vec<Row>,
}

impl Table {
    /// A table of rows, each with a cell for each column.
    #[must_use]
    pub fn new(shape: &'static Shape, rows: Vec<Row>) -> Self {
        debug_assert!(rows.iter().all(|row| row.len() == shape.columns.len()), "{}: ragged", shape.name);
        Self { shape, rows }
    }

    /// The sums of the columns that show one.
    #[must_use]
    pub fn totals(&self) -> Totals {
        let mut totals = Totals::new(self.shape.columns);
        self.rows.iter().for_each(|row| totals.add(row));
        totals
    }
}

/// The sums of columns, kept while rows go by.
#[derive(Debug, Clone)]
pub struct Totals {
    sums: Vec<Option<(Kind, i128)>>,
}

impl Totals {
    /// Nothing summed yet.
    #[must_use]
    pub fn new(columns: &[Column]) -> Self {
        let sums = columns.iter().map(|column| column.is_summed.then_some((column.kind, 0)));
        Self { sums: sums.collect() }
    }

    /// Adds a row.
    pub fn add(&mut self, row: &[Cell<'_>]) {
        for (sum, cell) in self.sums.iter_mut().zip(row) {
            let Some((_, sum)) = sum else { continue };
            match cell {
                Cell::Money(amount) => *sum += i128::from(amount.cents()),
                Cell::Count(count) => *sum += i128::from(*count),
                Cell::Empty
                | Cell::Text(_)
                | Cell::Date(_)
                | Cell::Moment(_)
                | Cell::Number(_)
                | Cell::Decimal(_) => {}
            }
        }
    }

    /// Whether no column is summed.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.sums.iter().all(Option::is_none)
    }

    /// A row of sums; a cell is empty where none is shown. A sum that no amount can hold is told in words.
    #[must_use]
    pub fn row(&self) -> Row {
        let cell = |sum: &Option<(Kind, i128)>| match sum {
            None => Cell::Empty,
            Some((Kind::Money, sum)) => Cell::cents(*sum),
            Some((_, sum)) => i64::try_from(*sum).map_or(TOO_LARGE.into(), Cell::Count),
        };
        self.sums.iter().map(cell).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    static SHAPE: Shape = Shape {
        name: "prova",
        title: "Prova",
        about: "-",
        columns: &[
            Column::text("name", "Nome", "-"),
            Column::money("amount", "Importo", "-"),
            Column::money("rate", "Prezzo", "-").not_summed(),
            Column::count("pieces", "Pezzi", "-"),
        ],
    };

    fn row(cents: i64, pieces: i64) -> Row {
        let amount = Money::from_cents(cents);
        vec![text("x"), amount.into(), amount.into(), Cell::Count(pieces)]
    }

    #[test]
    fn a_total_is_the_sum_of_the_rows_beside_it() {
        let table = Table::new(&SHAPE, vec![row(101, 2), row(-1, 3), vec![Cell::Empty; 4]]);
        let totals = [Cell::Empty, Money::from_cents(100).into(), Cell::Empty, Cell::Count(5)];
        assert_eq!(table.totals().row(), totals);
    }

    #[test]
    fn printed_columns_come_first_and_names_fit_a_sheet() {
        let shapes = crate::report::dossier::SHAPES.iter().chain(crate::report::programme::SHAPES);
        for shape in shapes {
            let printed = shape.columns.iter().map(|column| column.is_printed);
            assert!(
                printed.is_sorted_by(|one, other| one >= other),
                "{}: a print area is one piece",
                shape.name
            );
            let keys: std::collections::BTreeSet<_> = shape.columns.iter().map(|column| column.key).collect();
            assert!(keys.len() == shape.columns.len() && shape.name.len() <= 25, "{}", shape.name);
        }
    }

    #[test]
    fn a_sum_that_fits_no_amount_is_told_and_not_cut() {
        let table = Table::new(&SHAPE, vec![row(i64::MAX, 0), row(1, 0)]);
        assert_eq!(table.totals().row()[1], text(TOO_LARGE));
    }
}
