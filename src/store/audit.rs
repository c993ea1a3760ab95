// SPDX-License-Identifier: EUPL-1.2
//! The audit chain of each Comune: who did what, when, in which capacity, with which document. Each record's hash covers
//! the one before it, so a change, a gap or a swap shows (`audit verify`). No personal data goes in: actors are ids.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use sqlx::{QueryBuilder, Sqlite};

use crate::domain::istat::IstatCode;
use crate::domain::sha256::Sha256;

use super::script::{Script, Value};
use super::{Store, StoreError, Tx};

/// Who acted, in which capacity.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// Id of the client, `worker`, or `operator` for commands run on the machine.
    pub id: String,
    /// Role name.
    pub capacity: String,
}

impl Actor {
    /// The gateway's own worker.
    pub fn worker() -> Self {
        Self { id: "worker".into(), capacity: "system".into() }
    }

    /// Whoever runs commands on the machine.
    pub fn operator() -> Self {
        Self { id: "operator".into(), capacity: "operatore".into() }
    }
}

/// One record to be appended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The chain: the Comune's ISTAT code, or `-` for what concerns none.
    pub chain: String,
    /// When.
    pub at: DateTime<Utc>,
    /// Who.
    pub actor: Actor,
    /// What was done, e.g. `order.accepted`.
    pub action: &'static str,
    /// To what, e.g. the order's id.
    pub subject: String,
    /// Digests and values that matter later.
    pub detail: String,
}

/// The end of a chain, in a script.
pub(super) const ASK: &str = "SELECT seq, hash FROM audit_head WHERE chain = :chain";
/// Appends a record to its chain, in a script.
pub(super) const APPEND: &str =
    "INSERT INTO audit (chain, seq, at, actor, capacity, action, subject, detail, previous, hash)
     VALUES (:chain, :seq, :at, :actor, :capacity, :action, :subject, :detail, :previous, :hash)";
/// Writes down where the chain then ends, in the same script.
pub(super) const END: &str = "INSERT INTO audit_head (chain, seq, hash) VALUES (:chain, :seq, :hash)
     ON CONFLICT (chain) DO UPDATE SET seq = excluded.seq, hash = excluded.hash";

/// A record in its place of the chain.
#[derive(Debug)]
pub(super) struct Appended {
    record: Record,
    seq: i64,
    previous: String,
    hash: String,
}

/// The end of a chain: how many records it has, and the hash of the last one; empty when there is none.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) seq: i64,
    pub(super) hash: String,
}

impl Head {
    /// Puts a record at the end.
    pub(super) fn append(&mut self, record: Record) -> Appended {
        self.seq += 1;
        let at = record.at.timestamp_micros();
        let hash = link(&record.chain, self.seq, at, record.fields(), &self.hash);
        let previous = std::mem::replace(&mut self.hash, hash.clone());
        Appended { record, seq: self.seq, previous, hash }
    }
}

impl Appended {
    /// What [`APPEND`] and [`END`] name.
    pub(super) fn values(&self) -> [(&'static str, Value); 10] {
        let record = &self.record;
        [
            ("chain", Value::of(&record.chain)),
            ("at", Value::Number(record.at.timestamp_micros())),
            ("actor", Value::of(&record.actor.id)),
            ("capacity", Value::of(&record.actor.capacity)),
            ("action", Value::of(record.action)),
            ("subject", Value::of(&record.subject)),
            ("detail", Value::of(&record.detail)),
            ("seq", Value::Number(self.seq)),
            ("previous", Value::of(&self.previous)),
            ("hash", Value::of(&self.hash)),
        ]
    }
}

/// The chain of a Comune, or the one for what concerns none.
#[must_use]
pub fn chain_of(comune: Option<&IstatCode>) -> String {
    comune.map_or_else(|| "-".to_owned(), ToString::to_string)
}

impl Record {
    fn fields(&self) -> [&str; 5] {
        [&self.actor.id, &self.actor.capacity, self.action, &self.subject, &self.detail]
    }
}

/// The hash of a record in its place.
pub(super) fn link(chain: &str, seq: i64, at: i64, fields: [&str; 5], previous: &str) -> String {
    let (seq, at) = (seq.to_string(), at.to_string());
    let place = ["1", chain, &seq, &at];
    Sha256::of_fields(place.into_iter().chain(fields).chain([previous])).to_string()
}

impl Tx {
    /// Appends records, each to its chain, in the order given.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn audit(&mut self, records: &[Record]) -> Result<(), StoreError> {
        if records.is_empty() {
            return Ok(());
        }
        let mut heads = self.heads(records).await?;
        let scripts = records.iter().map(|record| {
            let appended = heads.entry(&record.chain).or_default().append(record.clone());
            let mut script = Script::default();
            script.run([APPEND, END]);
            script.give(appended.values());
            script
        });
        let scripts = scripts.collect();
        self.write_all(scripts).await
    }

    async fn heads<'r>(&mut self, records: &'r [Record]) -> Result<HashMap<&'r str, Head>, StoreError> {
        let mut chains: Vec<&str> = records.iter().map(|record| &*record.chain).collect();
        chains.sort_unstable();
        chains.dedup();
        let mut select =
            QueryBuilder::<Sqlite>::new("SELECT chain, seq, hash FROM audit_head WHERE chain IN (");
        let mut list = select.separated(", ");
        for chain in &chains {
            list.push_bind(*chain);
        }
        list.push_unseparated(")");
        let rows: Vec<(String, i64, String)> =
            select.build_query_as().fetch_all(&mut self.connection).await?;
        let mut heads = HashMap::with_capacity(chains.len());
        for (chain, seq, hash) in rows {
            if let Ok(place) = chains.binary_search(&&*chain) {
                heads.insert(chains[place], Head { seq, hash });
            }
        }
        Ok(heads)
    }
}

/// A state change as shown in the feed of events.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Event {
    /// Position in the feed.
    pub cursor: i64,
    /// Chain: the Comune's ISTAT code, or `-`.
    pub chain: String,
    /// When.
    pub at: DateTime<Utc>,
    /// What was done.
    pub action: String,
    /// To what.
    pub subject: String,
    /// Digests and values.
    pub detail: String,
}

impl Store {
    /// How long each chain is.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn audit_heads(&self) -> Result<Vec<(String, i64)>, StoreError> {
        Ok(sqlx::query_as("SELECT chain, seq FROM audit_head").fetch_all(self.reads()).await?)
    }

    /// Events after a cursor, oldest first, of one Comune or of all.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn events(
        &self,
        comune: Option<&IstatCode>,
        after: i64,
        limit: u32,
    ) -> Result<Vec<Event>, StoreError> {
        let rows: Vec<(i64, String, i64, String, String, String)> = sqlx::query_as(
            "SELECT id, chain, at, action, subject, detail FROM audit
             WHERE id > $1 AND ($2 IS NULL OR chain = $2) ORDER BY id LIMIT $3",
        )
        .bind(after)
        .bind(comune.map(IstatCode::as_str))
        .bind(i64::from(limit))
        .fetch_all(self.reads())
        .await?;
        let event = |(cursor, chain, at, action, subject, detail)| {
            let at = DateTime::from_timestamp_micros(at).unwrap_or_default();
            Event { cursor, chain, at, action, subject, detail }
        };
        Ok(rows.into_iter().map(event).collect())
    }
}
