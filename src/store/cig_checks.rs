// SPDX-License-Identifier: EUPL-1.2
//! What ANAC said of the CIG of orders, when it was last asked.

use chrono::{DateTime, Utc};

use crate::domain::cig_check::{CigResult, Point};

use super::participation::instant;
use super::{Store, StoreError, Tx};

/// What was said of the CIG of an order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CigCheck {
    /// The CIG.
    pub cig: String,
    /// Point by point.
    pub points: Vec<Point>,
    /// When ANAC was asked.
    pub checked_at: DateTime<Utc>,
}

impl CigCheck {
    /// What the points come to.
    #[must_use]
    pub fn result(&self) -> CigResult {
        CigResult::of(&self.points)
    }
}

pub(super) fn points_of(order_id: &str, points: &str) -> Result<Vec<Point>, StoreError> {
    serde_json::from_str(points).map_err(|_| StoreError::Inconsistent {
        table: "cig_checks",
        column: "points",
        row: order_id.to_owned(),
        value: points.to_owned(),
    })
}

impl Store {
    /// What was last said of the CIG of an order; none while ANAC was not asked.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn cig_check(&self, order_id: &str) -> Result<Option<CigCheck>, StoreError> {
        let row: Option<(String, String, i64)> =
            sqlx::query_as("SELECT cig, points, checked_at FROM cig_checks WHERE order_id = $1")
                .bind(order_id)
                .fetch_optional(self.reads())
                .await?;
        let Some((cig, points, checked_at)) = row else { return Ok(None) };
        let checked_at = instant(Some(checked_at)).ok_or_else(|| StoreError::Inconsistent {
            table: "cig_checks",
            column: "checked_at",
            row: order_id.to_owned(),
            value: checked_at.to_string(),
        })?;
        Ok(Some(CigCheck { cig, points: points_of(order_id, &points)?, checked_at }))
    }
}

impl Tx {
    /// Keeps what was said of the CIG of an order, in place of what was said before; gives what that came to.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn keep_cig_check(
        &mut self,
        order_id: &str,
        check: &CigCheck,
    ) -> Result<Option<CigResult>, StoreError> {
        let before: Option<String> = sqlx::query_scalar("SELECT points FROM cig_checks WHERE order_id = $1")
            .bind(order_id)
            .fetch_optional(&mut self.connection)
            .await?;
        let before = before.map(|points| points_of(order_id, &points)).transpose()?;
        let points = serde_json::to_string(&check.points)
            .map_err(|error| StoreError::Driver(sqlx::Error::Encode(error.into())))?;
        sqlx::query(
            "INSERT INTO cig_checks (order_id, cig, points, checked_at) VALUES ($1, $2, $3, $4)
             ON CONFLICT (order_id) DO UPDATE SET cig = excluded.cig, points = excluded.points,
             checked_at = excluded.checked_at",
        )
        .bind(order_id)
        .bind(&check.cig)
        .bind(points)
        .bind(check.checked_at.timestamp_micros())
        .execute(&mut self.connection)
        .await?;
        Ok(before.map(|points| CigResult::of(&points)))
    }
}
