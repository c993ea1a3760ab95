// SPDX-License-Identifier: EUPL-1.2
//! Seals: digests of rows. A record of the audit chain holds the seal of the row it speaks of, as the row stood after the
//! change, so any later change of the row shows. Names of people are in no seal.

use std::borrow::Cow;
use std::fmt;

use sha2::Digest;
use sqlx::sqlite::{SqliteRow, SqliteValueRef};
use sqlx::{AssertSqlSafe, Decode, Row, Sqlite, SqliteConnection, TypeInfo, ValueRef};

use crate::domain::sha256::Sha256;

use super::{StoreError, Tx};

/// Columns of `orders` in the seal; the findings have a digest of their own.
pub(super) const ORDER: &str = "id, programme, comune, number, order_date, sent_at, supplier, cup, cig, net, vat, gross, \
                                own_funds, reserved, categories, verdict, state, live, oda_number, document, media_type, \
                                version, received_at, updated_at";
/// Columns of `participation` in the seal; what orders hold is proven by the journal.
pub(super) const PARTICIPATION: &str = "programme, comune, state, reason, cup, cup_template, cup_generated_on, receipt, receipt_at, \
                                        assigned, synthetic";
/// Columns of `client` in the seal.
pub(super) const CLIENT: &str = "id, role, programme, comune, token_sha256, created_at";
/// Columns of `declaration` in the seal of all declarations given for an order.
pub(super) const DECLARATION: &str = "id, body, received_at";
/// Columns of `idempotency` in the seal of the answer to an order.
pub(super) const ANSWER: &str = "scope, key, body_sha256, status, location, body";

/// One value as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Cell<'a> {
    /// NULL.
    Nothing,
    /// A whole number.
    Number(i64),
    /// A text.
    Text(Cow<'a, str>),
    /// What the program never writes into a sealed column, by the name of its type.
    Foreign(String),
}

impl Cell<'static> {
    /// The values of a row, in the order of its columns.
    pub(super) fn of_row(row: &SqliteRow) -> Result<Vec<Self>, sqlx::Error> {
        (0..row.len()).map(|n| Self::of_value(row.try_get_raw(n)?)).collect()
    }

    fn of_value(value: SqliteValueRef<'_>) -> Result<Self, sqlx::Error> {
        if value.is_null() {
            return Ok(Self::Nothing);
        }
        let kind = value.type_info().name().to_owned();
        let read = match &*kind {
            "INTEGER" => <i64 as Decode<Sqlite>>::decode(value).map(Self::Number),
            "TEXT" => <String as Decode<Sqlite>>::decode(value).map(Self::text),
            _ => Ok(Self::Foreign(kind)),
        };
        read.map_err(sqlx::Error::Decode)
    }
}

impl<'a> Cell<'a> {
    /// A text.
    pub(super) fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self::Text(text.into())
    }

    /// A text or nothing.
    pub(super) fn maybe_text(text: Option<&'a str>) -> Self {
        text.map_or(Self::Nothing, Self::text)
    }

    /// A number or nothing.
    pub(super) fn maybe_number(number: Option<i64>) -> Self {
        number.map_or(Self::Nothing, Self::Number)
    }

    /// The text, empty when the value is none.
    pub(super) fn as_text(&self) -> &str {
        match self {
            Self::Text(text) => text,
            Self::Nothing | Self::Number(_) | Self::Foreign(_) => "",
        }
    }

    /// The number, when the value is one.
    pub(super) fn as_number(&self) -> Option<i64> {
        match self {
            Self::Number(number) => Some(*number),
            Self::Nothing | Self::Text(_) | Self::Foreign(_) => None,
        }
    }
}

impl fmt::Display for Cell<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Nothing => f.write_str("nothing"),
            Self::Number(number) => number.fmt(f),
            Self::Text(text) => fmt::Debug::fmt(text, f),
            Self::Foreign(kind) => write!(f, "a value of type {kind}"),
        }
    }
}

/// A seal in the making. Each value is preceded by its kind and length, so no two lists of values hash the same text.
#[derive(Debug, Clone, Default)]
pub(super) struct Seal(sha2::Sha256);

impl Seal {
    /// The seal of one row.
    pub(super) fn of(cells: &[Cell<'_>]) -> String {
        let mut seal = Self::default();
        seal.add(cells);
        seal.finish()
    }

    /// Adds the values of a row.
    pub(super) fn add(&mut self, cells: &[Cell<'_>]) {
        for cell in cells {
            let (kind, text): (u8, Cow<'_, str>) = match cell {
                Cell::Nothing => (b'0', "".into()),
                Cell::Number(number) => (b'n', number.to_string().into()),
                Cell::Text(text) => (b't', text.as_ref().into()),
                Cell::Foreign(kind) => (b'x', kind.into()),
            };
            self.0.update([kind]);
            self.0.update((text.len() as u64).to_le_bytes());
            self.0.update(text.as_bytes());
        }
    }

    /// The digest, in lower-case hexadecimal.
    pub(super) fn finish(self) -> String {
        Sha256::from_bytes(self.0.finalize().into()).to_string()
    }
}

impl Tx {
    /// The seal of an order as it stands now.
    pub(super) async fn order_seal(&mut self, id: &str) -> Result<String, StoreError> {
        seal_of(&mut self.connection, &format!("SELECT {ORDER} FROM orders WHERE id = $1"), [id]).await
    }

    /// The seal of a participation as it stands now.
    pub(super) async fn participation_seal(
        &mut self,
        programme: &str,
        comune: &str,
    ) -> Result<String, StoreError> {
        let select =
            format!("SELECT {PARTICIPATION} FROM participation WHERE programme = $1 AND comune = $2");
        seal_of(&mut self.connection, &select, [programme, comune]).await
    }

    /// The seal of a client.
    pub(super) async fn client_seal(&mut self, id: &str) -> Result<String, StoreError> {
        seal_of(&mut self.connection, &format!("SELECT {CLIENT} FROM client WHERE id = $1"), [id]).await
    }

    /// The seal of all declarations given for an order so far.
    pub(super) async fn declarations_seal(&mut self, order_id: &str) -> Result<String, StoreError> {
        let select =
            format!("SELECT {DECLARATION} FROM declaration WHERE order_id = $1 ORDER BY received_at, id");
        seal_of(&mut self.connection, &select, [order_id]).await
    }
}

/// The seal of all rows that the statement gives, one after the other.
async fn seal_of<const N: usize>(
    connection: &mut SqliteConnection,
    select: &str,
    keys: [&str; N],
) -> Result<String, StoreError> {
    let query = keys.into_iter().fold(sqlx::query(AssertSqlSafe(select)), |query, key| query.bind(key));
    let mut seal = Seal::default();
    for row in query.fetch_all(connection).await? {
        seal.add(&Cell::of_row(&row)?);
    }
    Ok(seal.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_that_read_alike_are_sealed_apart() {
        let text = |text: &'static str| Cell::text(text);
        let rows: [&[Cell<'_>]; 6] = [
            &[text("1"), text("2")],
            &[text("12")],
            &[text("1"), text("2"), Cell::Nothing],
            &[text("1"), text("2"), text("")],
            &[Cell::Number(1), text("2")],
            &[Cell::Foreign("1".into()), text("2")],
        ];
        let seals: std::collections::HashSet<String> = rows.iter().map(|row| Seal::of(row)).collect();
        assert_eq!(seals.len(), rows.len());
    }
}
