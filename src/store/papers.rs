// SPDX-License-Identifier: EUPL-1.2
//! Everything that is kept of a Comune as evidence: entries, declarations, files as they came, what platforms answered.

use std::collections::HashMap;

use chrono::{DateTime, Utc};

use crate::domain::budget::EntryKind;
use crate::domain::declaration::Declaration;
use crate::domain::istat::IstatCode;
use crate::domain::money::Money;
use crate::domain::sha256::sha256;

use super::cig_checks::{CigCheck, points_of};
use super::participation::instant;
use super::{Store, StoreError};

/// An entry of the journal, as booked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalEntry {
    /// Entries of a later moment have a higher number.
    pub id: i64,
    /// Why money moved.
    pub kind: EntryKind,
    /// How much, gross.
    pub amount: Money,
    /// The order it is about.
    pub order_id: Option<String>,
    /// The event that made it.
    pub event_key: String,
    /// When.
    pub booked_at: DateTime<Utc>,
}

/// A declaration that was given for an order after it was received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LateDeclaration {
    /// The order.
    pub order_id: String,
    /// The declaration.
    pub declaration: Declaration,
    /// When it was given.
    pub received_at: DateTime<Utc>,
}

/// What is known of a file without opening it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptFile {
    /// What it is found by.
    pub key: String,
    /// What it is: `fattura`, or the kind of a payment's document.
    pub kind: String,
    /// SHA-256 of its bytes as they came.
    pub sha256: String,
    /// Its name, where it had one.
    pub name: Option<String>,
    /// By which way it came.
    pub origin: String,
    /// When.
    pub received_at: DateTime<Utc>,
}

/// What a platform answered to a call that had its effect.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlatformAnswer {
    /// The event that owed the call.
    pub event_key: String,
    /// Kind of the call.
    pub kind: String,
    /// The order it was about.
    pub order_id: Option<String>,
    /// What was asked of the platform.
    pub operation: String,
    /// When it was answered.
    pub answered_at: DateTime<Utc>,
    /// Media type of the answer.
    pub media_type: Option<String>,
    /// The answer.
    pub answer: Vec<u8>,
}

fn bad(table: &'static str, column: &'static str, row: &str, value: impl ToString) -> StoreError {
    StoreError::Inconsistent { table, column, row: row.to_owned(), value: value.to_string() }
}

fn at(
    table: &'static str,
    column: &'static str,
    row: &str,
    micros: i64,
) -> Result<DateTime<Utc>, StoreError> {
    instant(Some(micros)).ok_or_else(|| bad(table, column, row, micros))
}

impl Store {
    /// The journal of a Comune, in the order of booking.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn journal(
        &self,
        programme: &str,
        comune: &IstatCode,
    ) -> Result<Vec<JournalEntry>, StoreError> {
        type Row = (i64, String, i64, Option<String>, String, i64);
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT id, kind, amount, order_id, event_key, booked_at FROM journal INDEXED BY journal_by_comune
             WHERE programme = $1 AND comune = $2 ORDER BY id",
        )
        .bind(programme)
        .bind(comune.as_str())
        .fetch_all(self.reads())
        .await?;
        let entry = |(id, kind, cents, order_id, event_key, booked): Row| {
            Ok(JournalEntry {
                id,
                kind: EntryKind::from_name(&kind).ok_or_else(|| bad("journal", "kind", &event_key, &kind))?,
                amount: Money::from_cents(cents),
                order_id,
                booked_at: at("journal", "booked_at", &event_key, booked)?,
                event_key,
            })
        };
        rows.into_iter().map(entry).collect()
    }

    /// The declarations that were given for a Comune's orders after they were received, in the order of arrival.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn late_declarations(
        &self,
        programme: &str,
        comune: &IstatCode,
    ) -> Result<Vec<LateDeclaration>, StoreError> {
        let rows: Vec<(String, String, String, i64)> = sqlx::query_as(
            "SELECT declaration.id, order_id, body, declaration.received_at FROM orders JOIN declaration
             ON order_id = orders.id WHERE programme = $1 AND comune = $2 ORDER BY declaration.received_at, declaration.id",
        )
        .bind(programme)
        .bind(comune.as_str())
        .fetch_all(self.reads())
        .await?;
        let late = |(id, order_id, body, received): (String, String, String, i64)| {
            Ok(LateDeclaration {
                order_id,
                declaration: serde_json::from_str(&body).map_err(|_| {
                    bad(
                        "declaration",
                        "body",
                        &id,
                        format!("{} bytes, SHA-256 {}", body.len(), sha256(body.as_bytes())),
                    )
                })?,
                received_at: at("declaration", "received_at", &id, received)?,
            })
        };
        rows.into_iter().map(late).collect()
    }

    /// The files of a Comune's invoices, in the order of arrival.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn invoice_files(
        &self,
        programme: &str,
        comune: &IstatCode,
    ) -> Result<Vec<KeptFile>, StoreError> {
        self.kept(
            "SELECT content_sha256, 'fattura', sha256, file_name, origin, received_at FROM invoice_files
             WHERE content_sha256 IN (SELECT content_sha256 FROM invoices WHERE programme = $1 AND comune = $2)
             ORDER BY received_at, content_sha256",
            programme,
            comune,
        )
        .await
    }

    /// The documents of a Comune's payments, in the order of arrival.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn payment_files(
        &self,
        programme: &str,
        comune: &IstatCode,
    ) -> Result<Vec<KeptFile>, StoreError> {
        self.kept(
            "SELECT sha256, kind, sha256, file_name, origin, received_at FROM payment_files
             WHERE programme = $1 AND comune = $2 ORDER BY received_at, sha256",
            programme,
            comune,
        )
        .await
    }

    /// Which mandati (exercise, number) each document of a Comune's payments speaks of.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn mandati_of_files(
        &self,
        programme: &str,
        comune: &IstatCode,
    ) -> Result<Vec<(String, (u16, u64))>, StoreError> {
        let rows: Vec<(String, i64, i64)> = sqlx::query_as(
            "SELECT sha256, exercise, mandato FROM payment_parts WHERE programme = $1 AND comune = $2
             UNION SELECT sha256, exercise, mandato FROM payment_outcomes WHERE programme = $1 AND comune = $2",
        )
        .bind(programme)
        .bind(comune.as_str())
        .fetch_all(self.reads())
        .await?;
        let mandato = |(file, exercise, number): (String, i64, i64)| {
            let exercise =
                u16::try_from(exercise).map_err(|_| bad("payment_parts", "exercise", &file, exercise))?;
            Ok((file, (exercise, number.unsigned_abs())))
        };
        rows.into_iter().map(mandato).collect()
    }

    async fn kept(
        &self,
        select: &'static str,
        programme: &str,
        comune: &IstatCode,
    ) -> Result<Vec<KeptFile>, StoreError> {
        type Row = (String, String, String, Option<String>, String, i64);
        let query = sqlx::query_as(select).bind(programme).bind(comune.as_str());
        let rows: Vec<Row> = query.fetch_all(self.reads()).await?;
        let file = |(key, kind, sha256, name, origin, received): Row| {
            let received_at = at("files", "received_at", &key, received)?;
            Ok(KeptFile { key, kind, sha256, name, origin, received_at })
        };
        rows.into_iter().map(file).collect()
    }

    /// The bytes of a payment's document; those that came from SIOPE+ lie among its documents.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn payment_file(
        &self,
        programme: &str,
        comune: &IstatCode,
        sha256: &str,
    ) -> Result<Option<Vec<u8>>, StoreError> {
        let own: Option<Option<Vec<u8>>> = sqlx::query_scalar(
            "SELECT file FROM payment_files WHERE programme = $1 AND comune = $2 AND sha256 = $3",
        )
        .bind(programme)
        .bind(comune.as_str())
        .bind(sha256)
        .fetch_optional(self.reads())
        .await?;
        if let Some(Some(bytes)) = own {
            return Ok(Some(bytes));
        }
        let query = sqlx::query_scalar("SELECT document FROM opi_documents WHERE sha256 = $1 LIMIT 1");
        Ok(query.bind(sha256).fetch_optional(self.reads()).await?)
    }

    /// What platforms answered to calls about a Comune that had their effect, in the order of answers.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn platform_answers(
        &self,
        programme: &str,
        comune: &IstatCode,
    ) -> Result<Vec<PlatformAnswer>, StoreError> {
        type Row = (String, String, Option<String>, String, i64, Option<String>, Vec<u8>);
        let rows: Vec<Row> = sqlx::query_as(
            "SELECT outbox.event_key, kind, order_id, operation, evidence.updated_at, media_type, answer
             FROM outbox JOIN evidence ON evidence.event_key = outbox.event_key
             WHERE programme = $1 AND comune = $2 AND state = 'confirmed' AND answer IS NOT NULL
             ORDER BY evidence.updated_at, outbox.event_key",
        )
        .bind(programme)
        .bind(comune.as_str())
        .fetch_all(self.reads())
        .await?;
        let answer = |(event_key, kind, order_id, operation, answered, media_type, answer): Row| {
            let answered_at = at("evidence", "updated_at", &event_key, answered)?;
            Ok(PlatformAnswer { event_key, kind, order_id, operation, answered_at, media_type, answer })
        };
        rows.into_iter().map(answer).collect()
    }

    /// What ANAC said of the CIG of a Comune's orders, by order.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn cig_checks(
        &self,
        programme: &str,
        comune: &IstatCode,
    ) -> Result<HashMap<String, CigCheck>, StoreError> {
        let rows: Vec<(String, String, String, i64)> = sqlx::query_as(
            "SELECT order_id, cig_checks.cig, points, checked_at FROM orders JOIN cig_checks ON order_id = orders.id
             WHERE programme = $1 AND comune = $2",
        )
        .bind(programme)
        .bind(comune.as_str())
        .fetch_all(self.reads())
        .await?;
        let check = |(order_id, cig, points, checked): (String, String, String, i64)| {
            let checked_at = at("cig_checks", "checked_at", &order_id, checked)?;
            let points = points_of(&order_id, &points)?;
            Ok((order_id, CigCheck { cig, points, checked_at }))
        };
        rows.into_iter().map(check).collect()
    }
}
