// SPDX-License-Identifier: EUPL-1.2
//! Answers kept by idempotency key, so that a repeated request gets the first answer, byte for byte, and does nothing.
//! The row is written in the transaction of the work it answers. Keys do not expire.

use chrono::{DateTime, Utc};

use super::script::{Script, Value};
use super::writer::Work;
use super::{Store, StoreError, Tx};

/// A caller's key with the request it belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// Client and route: keys of different clients or routes never meet.
    pub scope: String,
    /// The caller's key.
    pub key: String,
    /// SHA-256 of everything that makes the request what it is.
    pub body_sha256: String,
}

/// An answer as it goes out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// HTTP status.
    pub status: u16,
    /// `Location` header.
    pub location: Option<String>,
    /// JSON body.
    pub body: String,
}

/// What a key is already known for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known {
    /// The same request was answered before.
    Repeat(Reply),
    /// The key was used for another request.
    Reused,
}

pub(super) type Row = (String, i64, Option<String>, String);

impl IdempotencyKey {
    /// Whether a kept answer, given to a request of that digest, answers this request.
    pub(super) fn compare(&self, digest: &str, reply: Reply) -> Known {
        if digest == self.body_sha256 { Known::Repeat(reply) } else { Known::Reused }
    }

    /// What [`KEEP`] names, but for the moment.
    pub(super) fn kept(&self, reply: &Reply) -> [(&'static str, Value); 6] {
        [
            ("scope", Value::of(&self.scope)),
            ("key", Value::of(&self.key)),
            ("body_sha256", Value::of(&self.body_sha256)),
            ("status", Value::Number(i64::from(reply.status))),
            ("location", Value::maybe(reply.location.as_deref())),
            ("reply", Value::of(&reply.body)),
        ]
    }

    pub(super) fn compare_row(&self, (digest, status, location, body): Row) -> Known {
        self.compare(&digest, Reply { status: u16::try_from(status).unwrap_or(500), location, body })
    }
}

/// Keeps an answer, in a script.
pub(super) const KEEP: &str =
    "INSERT INTO idempotency (scope, key, body_sha256, status, location, body, created_at)
     VALUES (:scope, :key, :body_sha256, :status, :location, :reply, :at)";

/// What is kept under a key, in a script.
pub(super) const ASK: &str =
    "SELECT body_sha256, status, location, body FROM idempotency WHERE scope = :scope AND key = :key";

const FIND: &str =
    "SELECT body_sha256, status, location, body FROM idempotency WHERE scope = $1 AND key = $2";

impl Store {
    /// What the key is known for, if anything.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn known(&self, key: &IdempotencyKey) -> Result<Option<Known>, StoreError> {
        let row = sqlx::query_as(FIND).bind(&key.scope).bind(&key.key).fetch_optional(self.reads()).await?;
        Ok(row.map(|row| key.compare_row(row)))
    }
}

/// What came of work that is done once under a key.
#[derive(Debug)]
pub enum Once<R> {
    /// The answer, now or from the first time.
    Reply(Reply),
    /// The key belongs to another request.
    KeyReused,
    /// The work said no; no answer is kept under the key.
    Refused(R),
}

impl Store {
    /// Does work under a key and keeps its answer, all in one transaction; when the key is known the work is not done.
    /// What the work wrote before it refused stands.
    ///
    /// # Errors
    /// What the work returns as the store's, or why the commit failed; then nothing is written.
    pub async fn once<R, F>(
        &self,
        key: IdempotencyKey,
        at: DateTime<Utc>,
        work: F,
    ) -> Result<Once<R>, StoreError>
    where
        R: Send + 'static,
        F: for<'t> FnOnce(&'t mut Tx) -> Work<'t, Result<Reply, R>> + Send + 'static,
    {
        let done = self.write(move |tx| {
            Box::pin(async move {
                match tx.known(&key).await? {
                    Some(Known::Repeat(reply)) => return Ok(Once::Reply(reply)),
                    Some(Known::Reused) => return Ok(Once::KeyReused),
                    None => {}
                }
                match work(&mut *tx).await? {
                    Ok(reply) => {
                        tx.keep_reply(&key, &reply, at).await?;
                        Ok(Once::Reply(reply))
                    }
                    Err(refusal) => Ok(Once::Refused(refusal)),
                }
            })
        });
        done.await
    }
}

impl Tx {
    /// What the key is known for, if anything, as of this transaction.
    ///
    /// # Errors
    /// When the store cannot be read.
    async fn known(&mut self, key: &IdempotencyKey) -> Result<Option<Known>, StoreError> {
        let row =
            sqlx::query_as(FIND).bind(&key.scope).bind(&key.key).fetch_optional(&mut self.connection).await?;
        Ok(row.map(|row| key.compare_row(row)))
    }

    /// Keeps an answer under its key.
    ///
    /// # Errors
    /// When the store cannot be written.
    async fn keep_reply(
        &mut self,
        key: &IdempotencyKey,
        reply: &Reply,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let mut script = Script::default();
        script.run([KEEP]);
        script.give(key.kept(reply));
        script.give([("at", Value::Number(at.timestamp_micros()))]);
        self.write_all(vec![script]).await
    }
}
