// SPDX-License-Identifier: EUPL-1.2
//! What processes that share a store tell each other about the platforms: how many calls of the day are taken, and how
//! each platform did when a process that serves last looked.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::SqlitePool;

use super::participation::instant;
use super::{Store, StoreError};

impl Store {
    /// Takes up to `want` calls of a platform and day while fewer than `ceiling` are taken; gives how many were.
    ///
    /// # Errors
    /// When the store cannot be written: then none is taken.
    pub async fn take_calls(
        &self,
        platform: &'static str,
        day: NaiveDate,
        want: u32,
        ceiling: u32,
    ) -> Result<u32, StoreError> {
        let taking = self.write(move |tx| {
            Box::pin(async move {
                let day = day.to_string();
                let taken: Option<i64> =
                    sqlx::query_scalar("SELECT taken FROM platform_quota WHERE platform = $1 AND day = $2")
                        .bind(platform)
                        .bind(&day)
                        .fetch_optional(&mut tx.connection)
                        .await?;
                let free = i64::from(ceiling).saturating_sub(taken.unwrap_or(0)).max(0);
                let granted = i64::from(want).min(free);
                sqlx::query(
                    "INSERT INTO platform_quota (platform, day, taken) VALUES ($1, $2, $3)
                     ON CONFLICT (platform, day) DO UPDATE SET taken = platform_quota.taken + excluded.taken",
                )
                .bind(platform)
                .bind(&day)
                .bind(granted)
                .execute(&mut tx.connection)
                .await?;
                Ok(u32::try_from(granted).unwrap_or(0))
            })
        });
        taking.await
    }

    /// How many calls of that day are taken, per platform.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn calls_taken(&self, day: NaiveDate) -> Result<Vec<(String, i64)>, StoreError> {
        Ok(calls_taken(self.reads(), day).await?)
    }

    /// Keeps how a platform does, for those who look from another process.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn keep_health(
        &self,
        items: Vec<(String, String)>,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let keeping = self.write(move |tx| {
            Box::pin(async move {
                for (platform, body) in &items {
                    sqlx::query(
                        "INSERT INTO platform_health (platform, body, updated_at) VALUES ($1, $2, $3)
                         ON CONFLICT (platform) DO UPDATE SET body = excluded.body, updated_at = excluded.updated_at",
                    )
                    .bind(platform)
                    .bind(body)
                    .bind(at.timestamp_micros())
                    .execute(&mut tx.connection)
                    .await?;
                }
                Ok(())
            })
        });
        keeping.await
    }
}

/// How many calls of a day are taken, per platform.
pub(super) async fn calls_taken(
    reads: &SqlitePool,
    day: NaiveDate,
) -> Result<Vec<(String, i64)>, sqlx::Error> {
    let query = sqlx::query_as("SELECT platform, taken FROM platform_quota WHERE day = $1 ORDER BY platform");
    query.bind(day.to_string()).fetch_all(reads).await
}

/// How each platform did when a process that serves last looked, and when that was.
pub(super) async fn health(reads: &SqlitePool) -> Result<Vec<(String, Option<DateTime<Utc>>)>, sqlx::Error> {
    let query = sqlx::query_as("SELECT body, updated_at FROM platform_health ORDER BY platform");
    let rows: Vec<(String, i64)> = query.fetch_all(reads).await?;
    Ok(rows.into_iter().map(|(body, at)| (body, instant(Some(at)))).collect())
}
