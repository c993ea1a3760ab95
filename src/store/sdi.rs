// SPDX-License-Identifier: EUPL-1.2
//! Files of invoices as SdI delivered them, and the outcomes given of them. A file is never changed or deleted.

use std::collections::HashSet;
use std::sync::LazyLock;

use chrono::{DateTime, TimeDelta, Utc};
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row, SqliteExecutor};

use crate::domain::codice_ufficio::CodiceUfficio;
use crate::domain::istat::IstatCode;
use crate::domain::sdi::{BuyerOutcome, InvoiceReference, RefusalCause, SdiId, term_end};

use super::outbox::people::CallState;
use super::participation::instant;
use super::{Store, StoreError, Tx};

/// A file to be kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSdiFile {
    /// Its identifier.
    pub sdi_id: SdiId,
    /// Its name.
    pub file_name: String,
    /// Its bytes.
    pub file: Vec<u8>,
    /// SHA-256 of them.
    pub sha256: String,
    /// Name of the metadata.
    pub metadata_name: String,
    /// The metadata, as they came.
    pub metadata: Vec<u8>,
    /// Office and format, or why the metadata do not tell them.
    pub about: Result<(CodiceUfficio, String), String>,
}

/// A notice that a term is over.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NewSdiLapse {
    /// The file.
    pub sdi_id: SdiId,
    /// The one invoice it is about; none: every invoice of the file.
    pub invoice: Option<InvoiceReference>,
    /// The message, as it came.
    pub message: Vec<u8>,
    /// SHA-256 of it.
    pub sha256: String,
}

/// A file that was delivered, without its bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SdiFile {
    /// Its identifier.
    pub sdi_id: SdiId,
    /// Its name.
    pub file_name: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// The office it is addressed to, or why that is not known.
    pub office: Result<CodiceUfficio, String>,
    /// Its format, such as `FPA12`.
    pub format: Option<String>,
    /// When it was taken in charge.
    pub received_at: DateTime<Utc>,
    /// When SdI told that the term of all of it is over.
    pub lapsed_at: Option<DateTime<Utc>>,
}

impl SdiFile {
    /// Until when an outcome is in time.
    #[must_use]
    pub fn term_end(&self) -> DateTime<Utc> {
        term_end(self.received_at)
    }
}

impl<'r> FromRow<'r, SqliteRow> for SdiFile {
    fn from_row(row: &'r SqliteRow) -> Result<Self, sqlx::Error> {
        let sdi_id: i64 = row.try_get("sdi_id")?;
        let bad = |column: &'static str, value: String| {
            let error =
                StoreError::Inconsistent { table: "sdi_files", column, row: sdi_id.to_string(), value };
            sqlx::Error::Decode(error.into())
        };
        let office: Option<String> = row.try_get("office")?;
        let office = match office {
            Some(code) => Ok(code.parse().map_err(|_| bad("office", code))?),
            None => Err(row.try_get("metadata_error")?),
        };
        let received_at: i64 = row.try_get("received_at")?;
        Ok(Self {
            sdi_id: SdiId::new(sdi_id).map_err(|_| bad("sdi_id", sdi_id.to_string()))?,
            file_name: row.try_get("file_name")?,
            sha256: row.try_get("sha256")?,
            office,
            format: row.try_get("format")?,
            received_at: instant(Some(received_at))
                .ok_or_else(|| bad("received_at", received_at.to_string()))?,
            lapsed_at: instant(row.try_get("lapsed_at")?),
        })
    }
}

/// An outcome that was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SdiOutcome {
    /// Name of the event that owes the call.
    pub event_key: String,
    /// The file.
    pub sdi_id: SdiId,
    /// The one invoice it is about; none: all of the file.
    pub invoice: Option<InvoiceReference>,
    /// What was said.
    pub outcome: BuyerOutcome,
    /// Counts the outcomes of the file, from 1.
    pub progressive: u16,
    /// Who said it.
    pub decided_by: String,
    /// When.
    pub decided_at: DateTime<Utc>,
    /// Where the call stands that tells SdI.
    pub state: CallState,
}

impl<'r> FromRow<'r, SqliteRow> for SdiOutcome {
    fn from_row(row: &'r SqliteRow) -> Result<Self, sqlx::Error> {
        let event_key: String = row.try_get("event_key")?;
        let bad = |column: &'static str, value: String| {
            let error =
                StoreError::Inconsistent { table: "sdi_outcomes", column, row: event_key.clone(), value };
            sqlx::Error::Decode(error.into())
        };
        let (sdi_id, progressive): (i64, i64) = (row.try_get("sdi_id")?, row.try_get("progressive")?);
        let (number, year): (Option<String>, Option<i32>) =
            (row.try_get("invoice_number")?, row.try_get("invoice_year")?);
        let invoice = match (number, year) {
            (Some(number), Some(year)) => Some(
                InvoiceReference::new(&number, year)
                    .map_err(|_| bad("invoice_number", format!("{number}/{year}")))?,
            ),
            _ => None,
        };
        let (cause, description): (Option<String>, Option<String>) =
            (row.try_get("cause")?, row.try_get("description")?);
        let outcome = match (cause, description) {
            (Some(letter), Some(description)) => BuyerOutcome::Refused {
                cause: RefusalCause::of_letter(&letter).ok_or_else(|| bad("cause", letter))?,
                description,
            },
            _ => BuyerOutcome::Accepted,
        };
        let (state, decided_at): (String, i64) = (row.try_get("state")?, row.try_get("decided_at")?);
        Ok(Self {
            sdi_id: SdiId::new(sdi_id).map_err(|_| bad("sdi_id", sdi_id.to_string()))?,
            invoice,
            outcome,
            progressive: u16::try_from(progressive)
                .map_err(|_| bad("progressive", progressive.to_string()))?,
            decided_by: row.try_get("decided_by")?,
            decided_at: instant(Some(decided_at)).ok_or_else(|| bad("decided_at", decided_at.to_string()))?,
            state: CallState::from_name(&state).ok_or_else(|| bad("state", state))?,
            event_key,
        })
    }
}

impl SdiOutcome {
    /// Whether SdI was told, or will be, and the outcome is about an invoice of that number in the file.
    #[must_use]
    pub fn binds(&self, number: &str) -> bool {
        self.state.binds() && self.invoice.as_ref().is_none_or(|about| about.number() == number)
    }

    /// Whether it refuses.
    #[must_use]
    pub const fn refuses(&self) -> bool {
        matches!(self.outcome, BuyerOutcome::Refused { .. })
    }
}

/// Which files to list.
#[derive(Debug, Clone)]
pub struct SdiFilter {
    /// Only those that still need an outcome, as of this moment.
    pub open_at: Option<DateTime<Utc>>,
    /// Only those after this one.
    pub after: i64,
    /// At most this many.
    pub limit: u32,
}

const FILE_COLUMNS: &str = "sdi_id, file_name, sha256, office, format, metadata_error, received_at,
     (SELECT MIN(received_at) FROM sdi_lapses WHERE sdi_lapses.sdi_id = sdi_files.sdi_id AND invoice_number IS NULL)
     AS lapsed_at";
/// Outcomes that bind (`CallState::binds`): SdI has taken them, or will be told.
const BINDING: &str = "SELECT 1 FROM sdi_outcomes JOIN outbox ON outbox.event_key = sdi_outcomes.event_key
     WHERE sdi_outcomes.sdi_id = sdi_files.sdi_id AND outbox.state NOT IN ('refused', 'withdrawn')";
const OUTCOME_COLUMNS: &str =
    "sdi_outcomes.event_key, sdi_id, invoice_number, invoice_year, cause, description,
     progressive, decided_by, decided_at, outbox.state";

/// Files by their identifiers, in a script.
pub(super) static FILES: LazyLock<String> =
    LazyLock::new(|| format!("SELECT {FILE_COLUMNS} FROM sdi_files WHERE sdi_id IN (:sdi_id*)"));
/// Outcomes given of them, those of a file in the order in which they were given.
pub(super) static OUTCOMES: LazyLock<String> = LazyLock::new(|| {
    format!(
        "SELECT {OUTCOME_COLUMNS} FROM sdi_outcomes JOIN outbox ON outbox.event_key = sdi_outcomes.event_key
         WHERE sdi_id IN (:sdi_id*) ORDER BY sdi_id, progressive"
    )
});

async fn file(executor: impl SqliteExecutor<'_>, sdi_id: SdiId) -> Result<Option<SdiFile>, StoreError> {
    let select = format!("SELECT {FILE_COLUMNS} FROM sdi_files WHERE sdi_id = $1");
    let query = sqlx::query_as(sqlx::AssertSqlSafe(select)).bind(sdi_id.get());
    Ok(query.fetch_optional(executor).await?)
}

async fn outcomes(executor: impl SqliteExecutor<'_>, sdi_id: SdiId) -> Result<Vec<SdiOutcome>, StoreError> {
    let select = format!(
        "SELECT {OUTCOME_COLUMNS} FROM sdi_outcomes JOIN outbox ON outbox.event_key = sdi_outcomes.event_key
         WHERE sdi_id = $1 ORDER BY progressive"
    );
    let query = sqlx::query_as(sqlx::AssertSqlSafe(select)).bind(sdi_id.get());
    Ok(query.fetch_all(executor).await?)
}

/// Files that still need an outcome, in the order of their identifiers: the term of none is told to be over. Of a file with
/// outcomes of single invoices it is not known here whether it has more, so it is among them until the term ends.
pub(super) async fn open_files(
    executor: impl SqliteExecutor<'_>,
    after: i64,
    limit: u32,
    now: DateTime<Utc>,
) -> Result<Vec<SdiFile>, StoreError> {
    let select = format!(
        "SELECT {FILE_COLUMNS} FROM sdi_files WHERE lapsed_at IS NULL AND sdi_id > $1
         AND NOT EXISTS ({BINDING} AND sdi_outcomes.invoice_number IS NULL)
         AND (received_at > $3 OR NOT EXISTS ({BINDING})) ORDER BY sdi_id LIMIT $2"
    );
    // A day more than the term: what is just over is still shown.
    let term_began = now - TimeDelta::days(16);
    let query = sqlx::query_as(sqlx::AssertSqlSafe(select)).bind(after).bind(i64::from(limit));
    Ok(query.bind(term_began.timestamp_micros()).fetch_all(executor).await?)
}

impl Store {
    /// A file.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn sdi_file(&self, sdi_id: SdiId) -> Result<Option<SdiFile>, StoreError> {
        file(self.reads(), sdi_id).await
    }

    /// The bytes of a file.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn sdi_file_bytes(&self, sdi_id: SdiId) -> Result<Option<Vec<u8>>, StoreError> {
        let query = sqlx::query_scalar("SELECT file FROM sdi_files WHERE sdi_id = $1").bind(sdi_id.get());
        Ok(query.fetch_optional(self.reads()).await?)
    }

    /// Files in the order of their identifiers.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn sdi_files(&self, filter: &SdiFilter) -> Result<Vec<SdiFile>, StoreError> {
        if let Some(now) = filter.open_at {
            return open_files(self.reads(), filter.after, filter.limit, now).await;
        }
        let select =
            format!("SELECT {FILE_COLUMNS} FROM sdi_files WHERE sdi_id > $1 ORDER BY sdi_id LIMIT $2");
        let query = sqlx::query_as(sqlx::AssertSqlSafe(select)).bind(filter.after);
        Ok(query.bind(i64::from(filter.limit)).fetch_all(self.reads()).await?)
    }

    /// The outcomes given of a file, in the order in which they were given.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn sdi_outcomes(&self, sdi_id: SdiId) -> Result<Vec<SdiOutcome>, StoreError> {
        outcomes(self.reads(), sdi_id).await
    }

    /// The files that hold an invoice of a Comune and whose term was told to be over before a moment.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn sdi_lapsed_of_invoices(
        &self,
        programme: &str,
        comune: &IstatCode,
        before: DateTime<Utc>,
    ) -> Result<HashSet<SdiId>, StoreError> {
        let numbers: Vec<i64> = sqlx::query_scalar(
            "SELECT sdi_lapses.sdi_id FROM sdi_lapses WHERE received_at < $3 AND sdi_id IN (
             SELECT invoice_files.sdi_id FROM invoices
             JOIN invoice_files ON invoice_files.content_sha256 = invoices.content_sha256
             WHERE invoices.programme = $1 AND invoices.comune = $2)",
        )
        .bind(programme)
        .bind(comune.as_str())
        .bind(before.timestamp_micros())
        .fetch_all(self.reads())
        .await?;
        Ok(numbers.into_iter().filter_map(|number| SdiId::new(number).ok()).collect())
    }

    /// Files whose invoices were not taken in.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn sdi_files_without_invoices(&self) -> Result<Vec<SdiId>, StoreError> {
        let numbers: Vec<i64> = sqlx::query_scalar(
            "SELECT sdi_id FROM sdi_files WHERE NOT EXISTS (SELECT 1 FROM invoice_files
             WHERE invoice_files.sdi_id = sdi_files.sdi_id) ORDER BY sdi_id",
        )
        .fetch_all(self.reads())
        .await?;
        Ok(numbers.into_iter().filter_map(|number| SdiId::new(number).ok()).collect())
    }

    /// The outcomes given of every file that holds an invoice of a Comune.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn sdi_outcomes_of_invoices(
        &self,
        programme: &str,
        comune: &IstatCode,
    ) -> Result<Vec<SdiOutcome>, StoreError> {
        let select = format!(
            "SELECT {OUTCOME_COLUMNS} FROM sdi_outcomes JOIN outbox ON outbox.event_key = sdi_outcomes.event_key
             WHERE sdi_id IN (SELECT invoice_files.sdi_id FROM invoices
             JOIN invoice_files ON invoice_files.content_sha256 = invoices.content_sha256
             WHERE invoices.programme = $1 AND invoices.comune = $2)"
        );
        let query = sqlx::query_as(sqlx::AssertSqlSafe(select)).bind(programme).bind(comune.as_str());
        Ok(query.fetch_all(self.reads()).await?)
    }

    /// The outcome that an owed call is to tell.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn sdi_outcome(&self, event_key: &str) -> Result<Option<SdiOutcome>, StoreError> {
        let select = format!(
            "SELECT {OUTCOME_COLUMNS} FROM sdi_outcomes JOIN outbox ON outbox.event_key = sdi_outcomes.event_key
             WHERE sdi_outcomes.event_key = $1"
        );
        let query = sqlx::query_as(sqlx::AssertSqlSafe(select)).bind(event_key);
        Ok(query.fetch_optional(self.reads()).await?)
    }
}

impl Tx {
    /// A file.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn sdi_file(&mut self, sdi_id: SdiId) -> Result<Option<SdiFile>, StoreError> {
        file(&mut self.connection, sdi_id).await
    }

    /// The outcomes given of a file.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn sdi_outcomes(&mut self, sdi_id: SdiId) -> Result<Vec<SdiOutcome>, StoreError> {
        outcomes(&mut self.connection, sdi_id).await
    }

    /// Keeps a file that is not there yet.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn insert_sdi_file(&mut self, new: &NewSdiFile, at: DateTime<Utc>) -> Result<(), StoreError> {
        let (office, format, error) = match &new.about {
            Ok((office, format)) => (Some(office.as_str()), Some(format), None),
            Err(why) => (None, None, Some(why)),
        };
        sqlx::query(
            "INSERT INTO sdi_files (sdi_id, file_name, file, sha256, metadata_name, metadata, office, format,
             metadata_error, received_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        )
        .bind(new.sdi_id.get())
        .bind(&new.file_name)
        .bind(&new.file)
        .bind(&new.sha256)
        .bind(&new.metadata_name)
        .bind(&new.metadata)
        .bind(office)
        .bind(format)
        .bind(error)
        .bind(at.timestamp_micros())
        .execute(&mut self.connection)
        .await?;
        Ok(())
    }

    /// Fills in what SdI says of a file whose metadata could not be read when it came first; false when they could.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn fill_sdi_metadata(&mut self, again: &NewSdiFile) -> Result<bool, StoreError> {
        let Ok((office, format)) = &again.about else { return Ok(false) };
        let updated = sqlx::query(
            "UPDATE sdi_files SET office = $1, format = $2, metadata_error = NULL, metadata_name = $3, metadata = $4
             WHERE sdi_id = $5 AND office IS NULL",
        )
        .bind(office.as_str())
        .bind(format)
        .bind(&again.metadata_name)
        .bind(&again.metadata)
        .bind(again.sdi_id.get())
        .execute(&mut self.connection)
        .await?;
        Ok(updated.rows_affected() == 1)
    }

    /// Keeps the notice that the term of a file, or of one invoice of it, is over; false when it was here already.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn insert_sdi_lapse(
        &mut self,
        new: &NewSdiLapse,
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let written = sqlx::query(
            "INSERT INTO sdi_lapses (sdi_id, sha256, invoice_number, invoice_year, received_at, message)
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (sdi_id, sha256) DO NOTHING",
        )
        .bind(new.sdi_id.get())
        .bind(&new.sha256)
        .bind(new.invoice.as_ref().map(InvoiceReference::number))
        .bind(new.invoice.as_ref().map(InvoiceReference::year))
        .bind(at.timestamp_micros())
        .bind(&new.message)
        .execute(&mut self.connection)
        .await?;
        Ok(written.rows_affected() == 1)
    }

    /// Whether the term is told to be over of an invoice, or, with none, of any of the file.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn sdi_lapsed(
        &mut self,
        sdi_id: SdiId,
        invoice: Option<&InvoiceReference>,
    ) -> Result<bool, StoreError> {
        let lapsed: i64 = sqlx::query_scalar(
            "SELECT EXISTS (SELECT 1 FROM sdi_lapses WHERE sdi_id = $1 AND (invoice_number IS NULL OR $2 IS NULL
             OR (invoice_number = $2 AND invoice_year = $3)))",
        )
        .bind(sdi_id.get())
        .bind(invoice.map(InvoiceReference::number))
        .bind(invoice.map(InvoiceReference::year))
        .fetch_one(&mut self.connection)
        .await?;
        Ok(lapsed == 1)
    }

    /// Keeps an outcome whose call is queued already, in place of one that SdI did not take.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn put_sdi_outcome(&mut self, given: &SdiOutcome) -> Result<(), StoreError> {
        let cause = match &given.outcome {
            BuyerOutcome::Accepted => None,
            BuyerOutcome::Refused { cause, .. } => Some(cause.letter().to_string()),
        };
        sqlx::query(
            "INSERT INTO sdi_outcomes (event_key, sdi_id, invoice_number, invoice_year, cause, description, progressive,
             decided_by, decided_at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
             ON CONFLICT (event_key) DO UPDATE SET cause = excluded.cause, description = excluded.description,
             progressive = excluded.progressive, decided_by = excluded.decided_by, decided_at = excluded.decided_at",
        )
        .bind(&given.event_key)
        .bind(given.sdi_id.get())
        .bind(given.invoice.as_ref().map(InvoiceReference::number))
        .bind(given.invoice.as_ref().map(InvoiceReference::year))
        .bind(cause)
        .bind(given.outcome.description())
        .bind(i64::from(given.progressive))
        .bind(&given.decided_by)
        .bind(given.decided_at.timestamp_micros())
        .execute(&mut self.connection)
        .await?;
        Ok(())
    }
}
