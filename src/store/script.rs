// SPDX-License-Identifier: EUPL-1.2
//! Several statements in one round trip to the database, because each round trip costs more than the rows it reads or writes.
//!
//! A script says its values by name (`:comune`); scripts of one shape are sent together, in texts that are made and prepared
//! once.

use std::collections::HashMap;
use std::sync::Arc;

use futures_util::TryStreamExt;
use sqlx::query::Query;
use sqlx::sqlite::{Sqlite, SqliteArguments, SqliteRow};
use sqlx::{AssertSqlSafe, Either, Executor};

use super::soon::soon;
use super::{StoreError, Tx};

/// How many scripts of one shape share a round trip, tried from the left: few texts, each prepared once.
const COPIES: [usize; 5] = [16, 8, 4, 2, 1];

/// Statements to be run in their order, and the values they name.
#[derive(Debug, Default)]
pub(super) struct Script {
    statements: Vec<Statement>,
    values: Vec<(&'static str, Value)>,
}

/// A statement, and which of several values of one name it means, from 0. A name that is given fewer times means its first
/// value; with a star (`:number*`) it means all of them, as a list.
type Statement = (&'static str, usize);

/// A value to be bound.
#[derive(Debug)]
pub(super) enum Value {
    Text(String),
    MaybeText(Option<String>),
    Number(i64),
    MaybeNumber(Option<i64>),
    Bytes(Vec<u8>),
}

/// The texts made so far.
#[derive(Debug, Default)]
pub(super) struct Texts(HashMap<Shape, Arc<str>>);

/// Statements, names of values and number of scripts: what makes a text.
type Shape = (Vec<Statement>, Vec<&'static str>, usize);

/// The rows that each statement of a script came to.
pub(super) type Rows = Vec<Vec<SqliteRow>>;

impl Value {
    /// A text.
    pub(super) fn of(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    /// A text or nothing.
    pub(super) fn maybe(text: Option<&str>) -> Self {
        Self::MaybeText(text.map(str::to_owned))
    }

    fn bind<'q>(self, query: Query<'q, Sqlite, SqliteArguments>) -> Query<'q, Sqlite, SqliteArguments> {
        match self {
            Self::Text(text) => query.bind(text),
            Self::MaybeText(text) => query.bind(text),
            Self::Number(number) => query.bind(number),
            Self::MaybeNumber(number) => query.bind(number),
            Self::Bytes(bytes) => query.bind(bytes),
        }
    }
}

impl Script {
    /// Adds statements; of names that are given several times they mean the first.
    pub(super) fn run<S: AsRef<str> + ?Sized + 'static>(
        &mut self,
        statements: impl IntoIterator<Item = &'static S>,
    ) {
        self.statements.extend(statements.into_iter().map(|statement| (statement.as_ref(), 0)));
    }

    /// Adds a statement that means the `nth` value of names given several times, from 0.
    pub(super) fn run_nth(&mut self, statement: &'static str, nth: usize) {
        self.statements.push((statement, nth));
    }

    /// Gives values.
    pub(super) fn give(&mut self, values: impl IntoIterator<Item = (&'static str, Value)>) {
        self.values.extend(values);
    }

    /// True when nothing is to be run.
    pub(super) fn is_empty(&self) -> bool {
        self.statements.is_empty()
    }

    fn names(&self) -> impl Iterator<Item = &'static str> {
        self.values.iter().map(|(name, _)| *name)
    }

    fn is_like(&self, other: &Self) -> bool {
        self.statements == other.statements && self.names().eq(other.names())
    }

    /// The text for so many scripts like this one.
    pub(super) fn text(&self, copies: usize) -> String {
        let names: Vec<&str> = self.names().collect();
        let mut text = String::new();
        for base in (0..copies).map(|copy| copy * names.len()) {
            for (statement, nth) in &self.statements {
                render(statement, &names, (base, *nth), &mut text);
            }
        }
        text
    }
}

/// Writes a statement with its named values as numbered parameters, counted on from `base`.
fn render(statement: &str, names: &[&str], (base, nth): (usize, usize), into: &mut String) {
    let places = |name: &str| -> Vec<usize> {
        let named = names.iter().enumerate().filter(|(_, known)| **known == name);
        named.map(|(place, _)| base + place + 1).collect()
    };
    for word in statement.split_whitespace() {
        let mut parts = word.split(':');
        into.push_str(parts.next().unwrap_or_default());
        for part in parts {
            let end = part.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(part.len());
            let (name, rest) = part.split_at(end);
            let places = places(name);
            match (rest.strip_prefix('*'), places.get(nth).or(places.first())) {
                (Some(rest), Some(_)) => {
                    let list: Vec<String> = places.iter().map(|place| format!("${place}")).collect();
                    into.extend([&*list.join(", "), rest]);
                }
                (None, Some(place)) => into.push_str(&format!("${place}{rest}")),
                (_, None) => into.extend([":", part]),
            }
        }
        into.push(' ');
    }
    into.push_str(";\n");
}

impl Tx {
    /// Runs scripts that write, in the order given. Each of their statements is to write one row.
    ///
    /// # Errors
    /// [`StoreError::Changed`] when one did not: then the transaction must not be committed.
    pub(super) async fn write_all(&mut self, scripts: Vec<Script>) -> Result<(), StoreError> {
        for alike in batches(scripts) {
            let rows: usize = alike.iter().map(|script| script.statements.len()).sum();
            let text = self.texts.of(&alike);
            let written = soon(query(text, alike).execute(&mut self.connection)).await?;
            if written.rows_affected() != rows as u64 {
                return Err(StoreError::Changed);
            }
        }
        Ok(())
    }

    /// Runs scripts that read; answers the rows of each.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub(super) async fn ask_all(&mut self, scripts: Vec<Script>) -> Result<Vec<Rows>, StoreError> {
        let mut answers = Vec::with_capacity(scripts.len());
        for alike in batches(scripts) {
            let statements: Vec<usize> = alike.iter().map(|script| script.statements.len()).collect();
            let text = self.texts.of(&alike);
            let mut steps = self.connection.fetch_many(query(text, alike));
            for statements in statements {
                let mut rows: Rows = Vec::with_capacity(statements);
                let mut of_statement = Vec::new();
                while rows.len() < statements {
                    match soon(steps.try_next()).await?.ok_or(StoreError::Changed)? {
                        Either::Right(row) => of_statement.push(row),
                        Either::Left(_) => rows.push(std::mem::take(&mut of_statement)),
                    }
                }
                answers.push(rows);
            }
        }
        Ok(answers)
    }
}

/// Scripts in the order given, cut into what shares a round trip.
fn batches(scripts: Vec<Script>) -> Vec<Vec<Script>> {
    let mut batches = Vec::new();
    let mut scripts = scripts.into_iter().peekable();
    while let Some(first) = scripts.next() {
        let mut alike = vec![first];
        while let Some(next) = scripts.next_if(|next| alike[0].is_like(next)) {
            alike.push(next);
        }
        for copies in COPIES {
            while alike.len() >= copies {
                let later = alike.split_off(copies);
                batches.push(std::mem::replace(&mut alike, later));
            }
        }
    }
    batches
}

impl Texts {
    fn of(&mut self, alike: &[Script]) -> Arc<str> {
        let Some(first) = alike.first() else { return Arc::from("") };
        let key = (first.statements.clone(), first.names().collect(), alike.len());
        Arc::clone(self.0.entry(key).or_insert_with(|| first.text(alike.len()).into()))
    }
}

fn query(text: Arc<str>, scripts: Vec<Script>) -> Query<'static, Sqlite, SqliteArguments> {
    let values = scripts.into_iter().flat_map(|script| script.values);
    values.fold(sqlx::query(AssertSqlSafe(text)), |query, (_, value)| value.bind(query))
}

#[cfg(test)]
pub(super) mod tests {
    use sqlx::{Connection, SqliteConnection};

    use super::*;

    /// How SQLite would run statements.
    pub(in crate::store) struct Planned {
        pub(in crate::store) statements: usize,
        pub(in crate::store) searches: usize,
    }

    /// Plans each statement of a text on this program's schema.
    ///
    /// # Panics
    /// When a value has no number, or a table is scanned that is not among the given ones.
    pub(in crate::store) async fn planned(text: &str, given: &[&str]) -> Planned {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("gateway.db");
        crate::store::migrate(&file).await.unwrap();
        let options = sqlx::sqlite::SqliteConnectOptions::new().filename(file);
        let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
        let mut planned = Planned { statements: 0, searches: 0 };
        for statement in text.split_terminator(";\n") {
            assert!(
                !statement.contains(" :") && !statement.contains("(:"),
                "a value without a number: {statement}"
            );
            planned.statements += 1;
            let plan = AssertSqlSafe(format!("EXPLAIN QUERY PLAN {statement}"));
            let steps: Vec<(i64, i64, i64, String)> =
                sqlx::query_as(plan).fetch_all(&mut connection).await.unwrap();
            for (.., step) in steps {
                let scanned = step.split_whitespace().nth(1).unwrap_or_default();
                let is_given =
                    step.ends_with("CONSTANT ROW") || scanned == "CONSTANT" || given.contains(&scanned);
                assert!(is_given || !step.starts_with("SCAN"), "{step}\n{statement}");
                planned.searches += usize::from(step.starts_with("SEARCH"));
            }
        }
        planned
    }

    fn script() -> Script {
        let mut script = Script::default();
        script.run(["SELECT :a, :b WHERE 'x:y' = ':' || :a AND c IN (:c*)"]);
        script.run_nth("SELECT :c, :a", 1);
        script.give([("a", Value::Number(1)), ("c", Value::of("x")), ("c", Value::of("y"))]);
        script
    }

    #[test]
    fn names_become_numbers_copy_by_copy() {
        let text = script().text(2);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines[0], "SELECT $1, :b WHERE 'x:y' = ':' || $1 AND c IN ($2, $3) ;");
        assert_eq!(lines[1], "SELECT $3, $1 ;");
        assert_eq!(lines[3], "SELECT $6, $4 ;");
    }

    #[test]
    fn only_scripts_of_one_shape_share_a_round_trip() {
        let mut other = script();
        other.give([("c", Value::Number(3))]);
        let scripts = (0..21).map(|_| script()).chain([other, script()]).collect();
        let sizes: Vec<usize> = batches(scripts).iter().map(Vec::len).collect();
        assert_eq!(sizes, [16, 4, 1, 1, 1]);
    }
}
