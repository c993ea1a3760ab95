// SPDX-License-Identifier: EUPL-1.2
//! How far each platform has been read. A reading is claimed under a lease and a fence; its position moves on only after
//! everything before it is stored.

use std::collections::HashMap;

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::SqliteExecutor;

use super::participation::instant;
use super::{Store, StoreError, Tx};

/// A reading that was claimed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pull {
    /// What is read.
    pub name: String,
    /// Everything that came before this moment has been taken in.
    pub position: DateTime<Utc>,
    /// Must still stand when the reading is written back.
    pub fence: i64,
}

/// Readings that broke off: name, and what was said last.
pub(super) async fn broken(executor: impl SqliteExecutor<'_>) -> Result<Vec<(String, String)>, StoreError> {
    let query =
        sqlx::query_as("SELECT name, last_error FROM feed WHERE last_error IS NOT NULL ORDER BY name");
    Ok(query.fetch_all(executor).await?)
}

impl Store {
    /// When each reading that was ever begun is due again; one that is under way, when its lease ends.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn pulls_due(&self) -> Result<HashMap<String, DateTime<Utc>>, StoreError> {
        let rows: Vec<(String, i64)> = sqlx::query_as("SELECT name, MAX(not_before, lease_until) FROM feed")
            .fetch_all(self.reads())
            .await?;
        Ok(rows.into_iter().filter_map(|(name, due)| Some((name, instant(Some(due))?))).collect())
    }
}

impl Tx {
    /// Claims a reading until `now + lease`; `None` when it is not due or another process is at it. The first one begins at
    /// `begin`.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn claim_pull(
        &mut self,
        name: &str,
        begin: DateTime<Utc>,
        now: DateTime<Utc>,
        lease: TimeDelta,
    ) -> Result<Option<Pull>, StoreError> {
        let row: Option<(i64, i64)> = sqlx::query_as(
            "INSERT INTO feed (name, position, fence, lease_until, not_before, updated_at)
             VALUES ($1, $2, 1, $3, $4, $4) ON CONFLICT (name) DO UPDATE SET
             fence = feed.fence + 1, lease_until = excluded.lease_until, updated_at = excluded.updated_at
             WHERE feed.lease_until <= $4 AND feed.not_before <= $4 RETURNING position, fence",
        )
        .bind(name)
        .bind(begin.timestamp_micros())
        .bind((now + lease).timestamp_micros())
        .bind(now.timestamp_micros())
        .fetch_optional(&mut self.connection)
        .await?;
        Ok(row.map(|(position, fence)| Pull {
            name: name.into(),
            position: instant(Some(position)).unwrap_or(begin),
            fence,
        }))
    }

    /// Writes back how far a claimed reading came and when the next one is due.
    ///
    /// # Errors
    /// [`StoreError::Changed`] when somebody else claimed it meanwhile.
    pub async fn end_pull(
        &mut self,
        pull: &Pull,
        next: DateTime<Utc>,
        error: Option<&str>,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let updated = sqlx::query(
            "UPDATE feed SET position = $1, not_before = $2, lease_until = 0, last_error = $3, updated_at = $4
             WHERE name = $5 AND fence = $6",
        )
        .bind(pull.position.timestamp_micros())
        .bind(next.timestamp_micros())
        .bind(error)
        .bind(at.timestamp_micros())
        .bind(&pull.name)
        .bind(pull.fence)
        .execute(&mut self.connection)
        .await?;
        if updated.rows_affected() == 1 { Ok(()) } else { Err(StoreError::Changed) }
    }
}
