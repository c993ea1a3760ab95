// SPDX-License-Identifier: EUPL-1.2
//! Reports that were asked for. The worker claims one under a lease and writes back under the fence it claimed it with, so that of
//! two that made the same report only one is believed.

use chrono::{DateTime, NaiveDate, TimeDelta, Utc};
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, QueryBuilder, Row, Sqlite, SqliteExecutor};

use crate::domain::istat::IstatCode;

use super::participation::instant;
use super::{Store, StoreError, Tx};

/// What is asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportAsked {
    /// The dossier of a Comune.
    Dossier(IstatCode),
    /// The whole programme, beside an earlier day if one is given.
    Programme(Option<NaiveDate>),
}

impl ReportAsked {
    /// The name stored and shown.
    #[must_use]
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Dossier(_) => "dossier",
            Self::Programme(_) => "programme",
        }
    }

    /// The Comune it is about.
    #[must_use]
    pub const fn comune(&self) -> Option<IstatCode> {
        match self {
            Self::Dossier(comune) => Some(*comune),
            Self::Programme(_) => None,
        }
    }
}

/// Where a report stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReportState {
    /// Waits for the worker.
    Queued,
    /// Is being made.
    Running,
    /// Lies ready.
    Done,
    /// Could not be made.
    Failed,
    /// Nobody wants it any more.
    Cancelled,
    /// Its file is gone: it was kept long enough.
    Expired,
}

impl ReportState {
    /// Every state.
    pub const ALL: [Self; 6] =
        [Self::Queued, Self::Running, Self::Done, Self::Failed, Self::Cancelled, Self::Expired];

    /// The name stored and shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Queued => "queued",
            Self::Running => "running",
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Cancelled => "cancelled",
            Self::Expired => "expired",
        }
    }

    /// Whether it may still come to a file.
    #[must_use]
    pub const fn is_open(self) -> bool {
        matches!(self, Self::Queued | Self::Running)
    }
}

/// The file of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportFile {
    /// Its name.
    pub name: String,
    /// SHA-256 of its bytes.
    pub sha256: String,
    /// How many bytes it has.
    pub size: u64,
}

/// A report as stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportRow {
    /// Random id.
    pub id: String,
    /// Programme.
    pub programme: String,
    /// What is asked for.
    pub asked: ReportAsked,
    /// Where it stands.
    pub state: ReportState,
    /// How much is done.
    pub done: u64,
    /// Of how much.
    pub total: u64,
    /// Why it failed.
    pub error: Option<String>,
    /// The file it came to.
    pub file: Option<ReportFile>,
    /// Who asked.
    pub requested_by: String,
    /// When.
    pub requested_at: DateTime<Utc>,
    /// When it was made, failed or was cancelled.
    pub finished_at: Option<DateTime<Utc>>,
    /// How many times it was begun.
    pub attempt: i64,
    /// Must still stand when something is written back.
    pub fence: i64,
}

impl ReportRow {
    /// The file, while it lies ready.
    #[must_use]
    pub fn ready_file(&self) -> Option<&ReportFile> {
        self.file.as_ref().filter(|_| self.state == ReportState::Done)
    }
}

impl<'r> FromRow<'r, SqliteRow> for ReportRow {
    fn from_row(row: &'r SqliteRow) -> Result<Self, sqlx::Error> {
        let id: String = row.try_get("id")?;
        let bad = |column: &'static str, value: String| {
            let error = StoreError::Inconsistent { table: "reports", column, row: id.clone(), value };
            sqlx::Error::Decode(error.into())
        };
        let (state, comune): (String, Option<String>) = (row.try_get("state")?, row.try_get("comune")?);
        let compare: Option<NaiveDate> = row.try_get("compare")?;
        let asked = match comune {
            Some(code) => ReportAsked::Dossier(code.parse().map_err(|_| bad("comune", code.clone()))?),
            None => ReportAsked::Programme(compare),
        };
        let known = ReportState::ALL.into_iter().find(|known| known.as_str() == state);
        let whole = |column: &str| row.try_get::<i64, _>(column).map(i64::unsigned_abs);
        let (name, sha256): (Option<String>, Option<String>) =
            (row.try_get("file_name")?, row.try_get("sha256")?);
        let size: Option<i64> = row.try_get("size")?;
        let file = name.zip(sha256).map(|(name, sha256)| ReportFile {
            name,
            sha256,
            size: size.unwrap_or_default().unsigned_abs(),
        });
        let requested: i64 = row.try_get("requested_at")?;
        Ok(Self {
            programme: row.try_get("programme")?,
            asked,
            state: known.ok_or_else(|| bad("state", state))?,
            done: whole("done")?,
            total: whole("total")?,
            error: row.try_get("error")?,
            file,
            requested_by: row.try_get("requested_by")?,
            requested_at: instant(Some(requested))
                .ok_or_else(|| bad("requested_at", requested.to_string()))?,
            finished_at: instant(row.try_get("finished_at")?),
            attempt: row.try_get("attempt")?,
            fence: row.try_get("fence")?,
            id,
        })
    }
}

async fn find(executor: impl SqliteExecutor<'_>, id: &str) -> Result<Option<ReportRow>, StoreError> {
    Ok(sqlx::query_as("SELECT * FROM reports WHERE id = $1").bind(id).fetch_optional(executor).await?)
}

impl Store {
    /// The report of that id.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn report(&self, id: &str) -> Result<Option<ReportRow>, StoreError> {
        find(self.reads(), id).await
    }

    /// The reports of a programme, or of one Comune, the latest first; those asked for before one, if its moment (microseconds
    /// since 1970) and id are given.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn reports(
        &self,
        programme: &str,
        comune: Option<&IstatCode>,
        before: Option<(i64, String)>,
        limit: u32,
    ) -> Result<Vec<ReportRow>, StoreError> {
        let mut select = QueryBuilder::<Sqlite>::new("SELECT * FROM reports WHERE programme = ");
        select.push_bind(programme);
        if let Some(comune) = comune {
            select.push(" AND comune = ").push_bind(comune.as_str());
        }
        if let Some((at, id)) = before {
            select.push(" AND (requested_at < ").push_bind(at);
            select.push(" OR (requested_at = ").push_bind(at).push(" AND id < ").push_bind(id).push("))");
        }
        select.push(" ORDER BY requested_at DESC, id DESC LIMIT ").push_bind(i64::from(limit));
        Ok(select.build_query_as().fetch_all(self.reads()).await?)
    }
}

impl Tx {
    /// The report of that id, as of this transaction.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn report(&mut self, id: &str) -> Result<Option<ReportRow>, StoreError> {
        find(&mut self.connection, id).await
    }

    /// How many reports somebody waits for.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn open_reports(&mut self, requested_by: &str) -> Result<i64, StoreError> {
        let query = sqlx::query_scalar(
            "SELECT COUNT(*) FROM reports WHERE state IN ('queued', 'running') AND requested_by = $1",
        );
        Ok(query.bind(requested_by).fetch_one(&mut self.connection).await?)
    }

    /// Queues a report.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn ask_report(
        &mut self,
        (id, programme): (&str, &str),
        asked: &ReportAsked,
        requested_by: &str,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let compare = match asked {
            ReportAsked::Dossier(_) => None,
            ReportAsked::Programme(day) => *day,
        };
        sqlx::query(
            "INSERT INTO reports (id, programme, comune, kind, compare, state, done, total, requested_by, requested_at, attempt,
             fence, lease_until) VALUES ($1, $2, $3, $4, $5, 'queued', 0, 0, $6, $7, 0, 0, 0)",
        )
        .bind(id)
        .bind(programme)
        .bind(asked.comune().map(|comune| comune.to_string()))
        .bind(asked.kind())
        .bind(compare)
        .bind(requested_by)
        .bind(at.timestamp_micros())
        .execute(&mut self.connection)
        .await?;
        Ok(())
    }

    /// Claims the report that waits longest, or one whose maker has died.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn claim_report(
        &mut self,
        programme: &str,
        now: DateTime<Utc>,
        lease: TimeDelta,
    ) -> Result<Option<ReportRow>, StoreError> {
        let query = sqlx::query_as(
            "UPDATE reports SET state = 'running', attempt = attempt + 1, fence = fence + 1, lease_until = $2 WHERE id =
             (SELECT id FROM reports WHERE programme = $3 AND (state = 'queued' OR (state = 'running' AND lease_until < $1))
             ORDER BY requested_at, id LIMIT 1) RETURNING *",
        );
        let until = now + lease;
        let query = query.bind(now.timestamp_micros()).bind(until.timestamp_micros()).bind(programme);
        Ok(query.fetch_optional(&mut self.connection).await?)
    }

    /// Writes down how far a report is, and lengthens its lease; says whether it is still wanted of this maker.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn report_progress(
        &mut self,
        (id, fence): (&str, i64),
        (done, total): (u64, u64),
        lease_until: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let signed = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let updated = sqlx::query(
            "UPDATE reports SET done = $1, total = $2, lease_until = $3 WHERE id = $4 AND fence = $5 AND state = 'running'",
        )
        .bind(signed(done))
        .bind(signed(total))
        .bind(lease_until.timestamp_micros())
        .bind(id)
        .bind(fence)
        .execute(&mut self.connection)
        .await?;
        Ok(updated.rows_affected() == 1)
    }

    /// Ends a report that this maker was making; says whether it was still its own to end.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn end_report(
        &mut self,
        (id, fence): (&str, i64),
        outcome: &Result<ReportFile, String>,
        at: DateTime<Utc>,
    ) -> Result<bool, StoreError> {
        let (state, file, error) = match outcome {
            Ok(file) => (ReportState::Done, Some(file), None),
            Err(why) => (ReportState::Failed, None, Some(why)),
        };
        let updated = sqlx::query(
            "UPDATE reports SET state = $1, file_name = $2, sha256 = $3, size = $4, error = $5, finished_at = $6,
             done = CASE WHEN $1 = 'done' THEN total ELSE done END WHERE id = $7 AND fence = $8 AND state = 'running'",
        )
        .bind(state.as_str())
        .bind(file.map(|file| &file.name))
        .bind(file.map(|file| &file.sha256))
        .bind(file.map(|file| i64::try_from(file.size).unwrap_or(i64::MAX)))
        .bind(error)
        .bind(at.timestamp_micros())
        .bind(id)
        .bind(fence)
        .execute(&mut self.connection)
        .await?;
        Ok(updated.rows_affected() == 1)
    }

    /// Puts a report back in the queue, as if it had not been begun.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn requeue_report(&mut self, id: &str, fence: i64) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE reports SET state = 'queued', attempt = attempt - 1, done = 0, lease_until = 0
             WHERE id = $1 AND fence = $2 AND state = 'running'",
        )
        .bind(id)
        .bind(fence)
        .execute(&mut self.connection)
        .await?;
        Ok(())
    }

    /// Says that nobody wants a report any more; says whether it could still be said.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn cancel_report(&mut self, id: &str, at: DateTime<Utc>) -> Result<bool, StoreError> {
        let updated = sqlx::query(
            "UPDATE reports SET state = 'cancelled', finished_at = $1 WHERE id = $2 AND state IN ('queued', 'running')",
        )
        .bind(at.timestamp_micros())
        .bind(id)
        .execute(&mut self.connection)
        .await?;
        Ok(updated.rows_affected() == 1)
    }

    /// Says that the files of reports made before a moment are gone; returns whose they were.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn expire_reports(&mut self, before: DateTime<Utc>) -> Result<Vec<String>, StoreError> {
        let query = sqlx::query_scalar(
            "UPDATE reports SET state = 'expired' WHERE state = 'done' AND finished_at < $1 RETURNING id",
        );
        Ok(query.bind(before.timestamp_micros()).fetch_all(&mut self.connection).await?)
    }
}
