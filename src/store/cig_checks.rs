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
    /// What the points come to.
    pub result: CigResult,
    /// Point by point.
    pub points: Vec<Point>,
    /// When ANAC was asked.
    pub checked_at: DateTime<Utc>,
}

impl Store {
    /// What was last said of the CIG of an order; none while ANAC was not asked.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn cig_check(&self, order_id: &str) -> Result<Option<CigCheck>, StoreError> {
        let row: Option<(String, String, String, i64)> =
            sqlx::query_as("SELECT cig, result, points, checked_at FROM cig_checks WHERE order_id = $1")
                .bind(order_id)
                .fetch_optional(self.reads())
                .await?;
        let bad = |column: &'static str, value: String| StoreError::Inconsistent {
            table: "cig_checks",
            column,
            row: order_id.to_owned(),
            value,
        };
        let Some((cig, result, points, checked_at)) = row else { return Ok(None) };
        Ok(Some(CigCheck {
            cig,
            result: CigResult::from_name(&result).ok_or_else(|| bad("result", result))?,
            points: serde_json::from_str(&points).map_err(|_| bad("points", points.clone()))?,
            checked_at: instant(Some(checked_at)).ok_or_else(|| bad("checked_at", checked_at.to_string()))?,
        }))
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
    ) -> Result<Option<String>, StoreError> {
        let before = sqlx::query_scalar("SELECT result FROM cig_checks WHERE order_id = $1")
            .bind(order_id)
            .fetch_optional(&mut self.connection)
            .await?;
        let points = serde_json::to_string(&check.points)
            .map_err(|error| StoreError::Driver(sqlx::Error::Encode(error.into())))?;
        sqlx::query(
            "INSERT INTO cig_checks (order_id, cig, result, points, checked_at) VALUES ($1, $2, $3, $4, $5)
             ON CONFLICT (order_id) DO UPDATE SET cig = excluded.cig, result = excluded.result, points = excluded.points,
             checked_at = excluded.checked_at",
        )
        .bind(order_id)
        .bind(&check.cig)
        .bind(check.result.as_str())
        .bind(points)
        .bind(check.checked_at.timestamp_micros())
        .execute(&mut self.connection)
        .await?;
        Ok(before)
    }
}
