// SPDX-License-Identifier: EUPL-1.2
//! What the Comune's own accounts say of the grant, as recorded.

use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row, SqliteExecutor};

use crate::domain::grant_act::{GrantAct, GrantActKind};
use crate::domain::istat::IstatCode;
use crate::domain::money::Money;

use super::participation::instant;
use super::{Store, StoreError, Tx};

impl<'r> FromRow<'r, SqliteRow> for GrantAct {
    fn from_row(row: &'r SqliteRow) -> Result<Self, sqlx::Error> {
        let id: String = row.try_get("id")?;
        let bad = |column: &'static str, value: String| {
            let error = StoreError::Inconsistent { table: "grant_acts", column, row: id.clone(), value };
            sqlx::Error::Decode(error.into())
        };
        let (kind, day): (String, String) = (row.try_get("kind")?, row.try_get("acted_on")?);
        let at: i64 = row.try_get("recorded_at")?;
        Ok(Self {
            kind: GrantActKind::from_name(&kind).ok_or_else(|| bad("kind", kind))?,
            tranche: row.try_get("tranche")?,
            amount: Money::from_cents(row.try_get("amount")?),
            acted_on: day.parse().map_err(|_| bad("acted_on", day.clone()))?,
            reference: row.try_get("reference")?,
            cancels: row.try_get("cancels")?,
            recorded_by: row.try_get("recorded_by")?,
            recorded_at: instant(Some(at)).ok_or_else(|| bad("recorded_at", at.to_string()))?,
            id,
        })
    }
}

async fn list(
    executor: impl SqliteExecutor<'_>,
    programme: &str,
    comune: &IstatCode,
) -> Result<Vec<GrantAct>, StoreError> {
    let select = "SELECT * FROM grant_acts WHERE programme = $1 AND comune = $2 ORDER BY recorded_at, id";
    Ok(sqlx::query_as(select).bind(programme).bind(comune.as_str()).fetch_all(executor).await?)
}

impl Store {
    /// The acts of a Comune, in the order in which they were recorded.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn grant_acts(&self, programme: &str, comune: &IstatCode) -> Result<Vec<GrantAct>, StoreError> {
        list(self.reads(), programme, comune).await
    }
}

impl Tx {
    /// The acts of a Comune, in the order in which they were recorded.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn grant_acts(
        &mut self,
        programme: &str,
        comune: &IstatCode,
    ) -> Result<Vec<GrantAct>, StoreError> {
        list(&mut self.connection, programme, comune).await
    }

    /// Keeps an act.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn record_act(
        &mut self,
        programme: &str,
        comune: &IstatCode,
        act: &GrantAct,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO grant_acts (id, programme, comune, kind, tranche, amount, acted_on, reference, cancels, recorded_by,
             recorded_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        )
        .bind(&act.id)
        .bind(programme)
        .bind(comune.as_str())
        .bind(act.kind.as_str())
        .bind(&act.tranche)
        .bind(act.amount.cents())
        .bind(act.acted_on.to_string())
        .bind(&act.reference)
        .bind(&act.cancels)
        .bind(&act.recorded_by)
        .bind(act.recorded_at.timestamp_micros())
        .execute(&mut self.connection)
        .await?;
        Ok(())
    }
}
