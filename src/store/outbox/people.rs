// SPDX-License-Identifier: EUPL-1.2
//! The queue as people see it: single calls with what is known of their last exchange, and what a person decides of them.

use chrono::{DateTime, Utc};
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, QueryBuilder, Row, Sqlite, SqliteExecutor};

use crate::domain::istat::IstatCode;
use crate::store::participation::instant;
use crate::store::{Store, StoreError, Tx};

/// Where an owed call stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CallState {
    /// Waits for its turn; what was tried certainly had no effect.
    Pending,
    /// A worker has it, under a lease.
    InFlight,
    /// May have had its effect: the platform is asked.
    Uncertain,
    /// A person must look.
    ToVerify,
    /// The platform said no.
    Refused,
    /// It had its effect.
    Confirmed,
    /// Taken back.
    Withdrawn,
}

impl CallState {
    /// Every state.
    pub const ALL: [Self; 7] = [
        Self::Pending,
        Self::InFlight,
        Self::Uncertain,
        Self::ToVerify,
        Self::Refused,
        Self::Confirmed,
        Self::Withdrawn,
    ];

    /// The name stored and shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::InFlight => "in_flight",
            Self::Uncertain => "uncertain",
            Self::ToVerify => "to_verify",
            Self::Refused => "refused",
            Self::Confirmed => "confirmed",
            Self::Withdrawn => "withdrawn",
        }
    }

    /// Whether the call was made, or will be: not when the platform said no, or it was taken back.
    #[must_use]
    pub const fn binds(self) -> bool {
        !matches!(self, Self::Refused | Self::Withdrawn)
    }

    /// The state of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

/// The last exchange of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// What was last asked of the platform, be it the effect or a question about it.
    pub operation: String,
    /// The operation with the effect that was last sent; none when none was.
    pub sent_operation: Option<String>,
    /// SHA-256 of its message.
    pub request_sha256: Option<String>,
    /// When that was last sent.
    pub sent_at: Option<DateTime<Utc>>,
    /// HTTP status of the answer, if there was one.
    pub status: Option<u16>,
    /// Its media type.
    pub media_type: Option<String>,
    /// Its body, cut short; none where it could carry a credential.
    pub answer: Option<Vec<u8>>,
}

/// What came back at the last try of a call that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LastAnswer {
    /// What was asked of the platform.
    pub operation: String,
    /// HTTP status of the answer, if there was one.
    pub status: Option<u16>,
    /// Its media type.
    pub media_type: Option<String>,
    /// Its body, cut short; none where it could carry a credential.
    pub answer: Option<Vec<u8>>,
}

/// An owed call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OwedCall {
    /// Name of the event that owes it.
    pub event_key: String,
    /// What kind of call it is.
    pub kind: String,
    /// Programme.
    pub programme: String,
    /// Comune.
    pub comune: IstatCode,
    /// Order, for the ODA kinds.
    pub order_id: Option<String>,
    /// Where it stands.
    pub state: CallState,
    /// Attempts so far.
    pub attempt: i64,
    /// Grows with each claim and each decision.
    pub fence: i64,
    /// Not due before.
    pub not_before: DateTime<Utc>,
    /// Until when a worker has it, while it is in flight.
    pub lease_until: DateTime<Utc>,
    /// What was said last, for people.
    pub last_error: Option<String>,
    /// When it came to be owed.
    pub created_at: DateTime<Utc>,
    /// When it last changed.
    pub updated_at: DateTime<Utc>,
    /// When a message with the effect was first sent.
    pub first_sent_at: Option<DateTime<Utc>>,
    /// Its last failed exchange.
    pub evidence: Option<Evidence>,
}

impl<'r> FromRow<'r, SqliteRow> for OwedCall {
    fn from_row(row: &'r SqliteRow) -> Result<Self, sqlx::Error> {
        let event_key: String = row.try_get("event_key")?;
        let bad = |column: &'static str, value: String| {
            let error = StoreError::Inconsistent { table: "outbox", column, row: event_key.clone(), value };
            sqlx::Error::Decode(error.into())
        };
        let at = |column: &'static str| {
            let micros: i64 = row.try_get(column)?;
            instant(Some(micros)).ok_or_else(|| bad(column, micros.to_string()))
        };
        let (comune, state): (String, String) = (row.try_get("comune")?, row.try_get("state")?);
        let operation: Option<String> = row.try_get("operation")?;
        let status: Option<i64> = row.try_get("status")?;
        let evidence = match operation {
            None => None,
            Some(operation) => Some(Evidence {
                operation,
                sent_operation: row.try_get("sent_operation")?,
                request_sha256: row.try_get("request_sha256")?,
                sent_at: instant(row.try_get("sent_at")?),
                status: status.and_then(|status| u16::try_from(status).ok()),
                media_type: row.try_get("media_type")?,
                answer: row.try_get("answer")?,
            }),
        };
        Ok(Self {
            kind: row.try_get("kind")?,
            programme: row.try_get("programme")?,
            comune: comune.parse().map_err(|_| bad("comune", comune.clone()))?,
            order_id: row.try_get("order_id")?,
            state: CallState::from_name(&state).ok_or_else(|| bad("state", state))?,
            attempt: row.try_get("attempt")?,
            fence: row.try_get("fence")?,
            not_before: at("not_before")?,
            lease_until: at("lease_until")?,
            last_error: row.try_get("last_error")?,
            created_at: at("created_at")?,
            updated_at: at("updated_at")?,
            first_sent_at: instant(row.try_get("first_sent_at")?),
            evidence,
            event_key,
        })
    }
}

const SELECT: &str = "SELECT outbox.event_key, kind, programme, comune, order_id, state, attempt, fence, not_before,
    lease_until, last_error, created_at, outbox.updated_at, operation, sent_operation, request_sha256, first_sent_at, sent_at,
    status, media_type, answer FROM outbox LEFT JOIN evidence ON evidence.event_key = outbox.event_key";

/// Which calls to list.
#[derive(Debug, Clone, Default)]
pub struct CallFilter {
    /// Only those in this state; else all that are not over.
    pub state: Option<CallState>,
    /// Only this Comune's.
    pub comune: Option<IstatCode>,
    /// Only those after this event, in the order of names.
    pub after: String,
    /// At most this many.
    pub limit: u32,
}

async fn find(executor: impl SqliteExecutor<'_>, event_key: &str) -> Result<Option<OwedCall>, StoreError> {
    let select = format!("{SELECT} WHERE outbox.event_key = $1");
    Ok(sqlx::query_as(sqlx::AssertSqlSafe(select)).bind(event_key).fetch_optional(executor).await?)
}

impl Store {
    /// The call that an event owes.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn owed_call(&self, event_key: &str) -> Result<Option<OwedCall>, StoreError> {
        find(self.reads(), event_key).await
    }

    /// Calls in the order of their events' names.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn owed_calls(&self, filter: &CallFilter) -> Result<Vec<OwedCall>, StoreError> {
        let mut select = QueryBuilder::<Sqlite>::new(SELECT);
        select.push(" WHERE outbox.event_key > ").push_bind(&filter.after);
        match filter.state {
            Some(state) => select.push(" AND state = ").push_bind(state.as_str()),
            None => select.push(" AND state NOT IN ('confirmed', 'withdrawn')"),
        };
        if let Some(comune) = &filter.comune {
            select.push(" AND comune = ").push_bind(comune.as_str());
        }
        select.push(" ORDER BY outbox.event_key LIMIT ").push_bind(i64::from(filter.limit));
        Ok(select.build_query_as().fetch_all(self.reads()).await?)
    }
}

impl Tx {
    /// The call that an event owes, as of this transaction.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn owed_call(&mut self, event_key: &str) -> Result<Option<OwedCall>, StoreError> {
        find(&mut self.connection, event_key).await
    }

    /// Keeps which message of a call is about to go out; when the first one did stays.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn keep_message(
        &mut self,
        event_key: &str,
        operation: &str,
        sha256: &str,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO evidence (event_key, operation, sent_operation, request_sha256, first_sent_at, sent_at, updated_at)
             VALUES ($1, $2, $2, $3, $4, $4, $4) ON CONFLICT (event_key) DO UPDATE SET
             operation = excluded.operation, sent_operation = excluded.sent_operation, request_sha256 = excluded.request_sha256,
             first_sent_at = COALESCE(evidence.first_sent_at, excluded.first_sent_at), sent_at = excluded.sent_at,
             status = NULL, media_type = NULL, answer = NULL, updated_at = excluded.updated_at",
        )
        .bind(event_key)
        .bind(operation)
        .bind(sha256)
        .bind(at.timestamp_micros())
        .execute(&mut self.connection)
        .await?;
        Ok(())
    }

    /// Keeps what came back at the last try of a call.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn keep_answer(
        &mut self,
        event_key: &str,
        last: &LastAnswer,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO evidence (event_key, operation, status, media_type, answer, updated_at)
             VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (event_key) DO UPDATE SET operation = excluded.operation,
             status = excluded.status, media_type = excluded.media_type, answer = excluded.answer,
             updated_at = excluded.updated_at",
        )
        .bind(event_key)
        .bind(&last.operation)
        .bind(last.status.map(i64::from))
        .bind(&last.media_type)
        .bind(&last.answer)
        .bind(at.timestamp_micros())
        .execute(&mut self.connection)
        .await?;
        Ok(())
    }

    /// Puts a call where a person wants it, due at once, its attempts counted anew.
    ///
    /// # Errors
    /// [`StoreError::Changed`] when it changed since it was read, or a worker has it.
    pub async fn settle_call(
        &mut self,
        call: &OwedCall,
        state: CallState,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let updated = sqlx::query(
            "UPDATE outbox SET state = $1, last_error = NULL, attempt = 0, uncounted = 0, lost = 0, fence = fence + 1,
             sent_fence = CASE WHEN $1 = 'uncertain' THEN fence + 1 ELSE 0 END, not_before = $2, updated_at = $2 WHERE event_key = $3 AND fence = $4 AND (state <> 'in_flight' OR lease_until <= $2)",
        )
        .bind(state.as_str())
        .bind(at.timestamp_micros())
        .bind(&call.event_key)
        .bind(call.fence)
        .execute(&mut self.connection)
        .await?;
        if updated.rows_affected() == 1 { Ok(()) } else { Err(StoreError::Changed) }
    }
}
