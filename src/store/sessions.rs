// SPDX-License-Identifier: EUPL-1.2
//! Who signed in to the pages. A session belongs to a client, ends by itself, and is good for nothing once the client is revoked.

use chrono::{DateTime, Utc};

use super::{StoreError, Tx};

/// A session as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// SHA-256 of what the browser holds, hexadecimal.
    pub secret_sha256: String,
    /// Id of the client.
    pub client: String,
    /// When it began.
    pub started_at: DateTime<Utc>,
    /// The first instant at which it is over.
    pub ends_at: DateTime<Utc>,
}

impl Tx {
    /// Begins a session, and forgets those that are over by then.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn begin_session(&mut self, session: &Session) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM session WHERE ends_at <= $1")
            .bind(session.started_at.timestamp_micros())
            .execute(&mut self.connection)
            .await?;
        sqlx::query(
            "INSERT INTO session (secret_sha256, client, started_at, ends_at) VALUES ($1, $2, $3, $4)",
        )
        .bind(&session.secret_sha256)
        .bind(&session.client)
        .bind(session.started_at.timestamp_micros())
        .bind(session.ends_at.timestamp_micros())
        .execute(&mut self.connection)
        .await?;
        Ok(())
    }

    /// Ends a session, if there is one.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn end_session(&mut self, secret_sha256: &str) -> Result<(), StoreError> {
        sqlx::query("DELETE FROM session WHERE secret_sha256 = $1")
            .bind(secret_sha256)
            .execute(&mut self.connection)
            .await?;
        Ok(())
    }
}
