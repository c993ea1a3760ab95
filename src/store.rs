// SPDX-License-Identifier: EUPL-1.2
//! What the gateway remembers: one SQLite file, one writer that commits in groups, many readers.
//!
//! A read goes through the read-only pool. A write goes to the one writer ([`writer`]), is answered after its commit,
//! and is all or nothing. SQL stands only below this module, in the subset that PostgreSQL shares. No function here
//! decides anything about orders: that is for the rules and the flows.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sqlx::migrate::{Migration, MigrationType, Migrator};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqlitePool, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{Connection, SqlSafeStr, SqliteConnection};

pub mod audit;
pub mod cig_checks;
pub mod clients;
mod declarations;
pub mod error;
pub mod facts;
pub mod feeds;
pub mod grant_acts;
pub mod idempotency;
pub mod invoices;
pub mod journal;
pub mod judgements;
pub mod opi;
pub mod orders;
pub mod outbox;
pub mod papers;
pub mod participation;
pub mod payments;
pub mod place;
mod platforms;
pub mod portal;
pub mod programme;
pub mod read_only;
pub mod reports;
mod script;
pub mod sdi;
mod seal;
pub mod sessions;
mod soon;
pub mod spending;
pub mod verify;
pub mod writer;

pub use error::StoreError;
pub use read_only::ReadOnlyStore;
pub use writer::Tx;

/// Migrations in order; a released one is never changed.
const MIGRATIONS: &[(i64, &str, &str)] = &[
    (1, "main job", include_str!("store/migrations/sqlite/0001_main_job.sql")),
    (2, "portal", include_str!("store/migrations/sqlite/0002_portal.sql")),
    (3, "platforms", include_str!("store/migrations/sqlite/0003_platforms.sql")),
    (4, "sdi", include_str!("store/migrations/sqlite/0004_sdi.sql")),
    (5, "sending", include_str!("store/migrations/sqlite/0005_sending.sql")),
    (6, "opi", include_str!("store/migrations/sqlite/0006_opi.sql")),
    (7, "cig", include_str!("store/migrations/sqlite/0007_cig.sql")),
    (8, "invoices", include_str!("store/migrations/sqlite/0008_invoices.sql")),
    (9, "payments", include_str!("store/migrations/sqlite/0009_payments.sql")),
    (10, "spending", include_str!("store/migrations/sqlite/0010_spending.sql")),
    (11, "grant acts", include_str!("store/migrations/sqlite/0011_grant_acts.sql")),
    (12, "reports", include_str!("store/migrations/sqlite/0012_reports.sql")),
    (13, "sessions", include_str!("store/migrations/sqlite/0013_sessions.sql")),
    (14, "listings", include_str!("store/migrations/sqlite/0014_listings.sql")),
    (15, "amounts of payments", include_str!("store/migrations/sqlite/0015_amounts_of_payments.sql")),
];

/// First SQLite release without the write-ahead-log reset fault.
const SQLITE_VERSION_MIN: (u32, u32, u32) = (3, 51, 3);

/// How many connections read at once.
const READERS: u32 = 4;

/// The gateway's memory. Cheap to clone; the last clone closes the file.
#[derive(Debug, Clone)]
pub struct Store {
    reads: SqlitePool,
    writer: writer::Writer,
}

impl Store {
    /// Opens the file, making and migrating it as needed, and starts the writer.
    ///
    /// # Errors
    /// When the file cannot be opened, is newer than this program, or SQLite is too old to be trusted.
    pub async fn open(path: &Path) -> Result<Self, StoreError> {
        migrate(path).await?;
        let reads = SqlitePoolOptions::new()
            .min_connections(1)
            .max_connections(READERS)
            // A connection to a file of this machine does not go stale while it waits.
            .test_before_acquire(false)
            .connect_with(options(path).pragma("query_only", "on"))
            .await?;
        Ok(Self { reads, writer: writer::Writer::start(options(path)).await? })
    }

    fn reads(&self) -> &SqlitePool {
        &self.reads
    }

    /// The same store as it stands now: what is read of it stays the same while others write. Its readers wait for each other,
    /// and while it is open the log of writes cannot be cut: let it go when the work is done.
    ///
    /// # Errors
    /// When the file cannot be opened once more.
    pub async fn snapshot(&self) -> Result<Self, StoreError> {
        let options = (*self.reads.connect_options()).clone();
        let begun = Arc::new(AtomicBool::new(false));
        let reads = SqlitePoolOptions::new()
            .max_connections(1)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .after_connect(move |connection, _| {
                let begun = Arc::clone(&begun);
                Box::pin(async move {
                    // A second connection would see a later moment.
                    if begun.swap(true, Ordering::Relaxed) {
                        return Err(sqlx::Error::PoolClosed);
                    }
                    sqlx::query("BEGIN").execute(&mut *connection).await?;
                    // The moment is that of the first reading.
                    sqlx::query("SELECT COUNT(*) FROM audit_head").execute(&mut *connection).await?;
                    Ok(())
                })
            })
            .connect_with(options)
            .await?;
        Ok(Self { reads, writer: self.writer.clone() })
    }

    /// True when the store answers a trivial read and its writer lives.
    pub async fn is_well(&self) -> bool {
        self.writer.is_alive() && sqlx::query("SELECT 1").execute(&self.reads).await.is_ok()
    }
}

/// Brings the file to this program's schema, making it when it is not there.
///
/// # Errors
/// When the file cannot be opened or written, or was made by a newer program.
pub async fn migrate(path: &Path) -> Result<(), StoreError> {
    let mut connection = SqliteConnection::connect_with(&options(path)).await?;
    check_version(&mut connection).await?;
    migrator().run(&mut connection).await?;
    connection.close().await?;
    Ok(())
}

/// Makes the schema of this program.
fn migrator() -> Migrator {
    Migrator::with_migrations(migrations())
}

fn migrations() -> Vec<Migration> {
    let migration = |&(version, name, sql): &(i64, &'static str, &'static str)| {
        Migration::new(version, name.into(), MigrationType::Simple, sql.into_sql_str(), false)
    };
    MIGRATIONS.iter().map(migration).collect()
}

/// How every connection is opened. `synchronous=FULL` is what makes an acknowledged order survive a power cut.
fn options(path: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(path)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(Duration::from_secs(10))
        .statement_cache_capacity(512)
        .pragma("secure_delete", "on")
}

async fn check_version(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let version: String = sqlx::query_scalar("SELECT sqlite_version()").fetch_one(connection).await?;
    let mut parts = version.split('.').map(|part| part.parse::<u32>().unwrap_or(0));
    let mut next = || parts.next().unwrap_or(0);
    if (next(), next(), next()) < SQLITE_VERSION_MIN {
        return Err(StoreError::TooOld { version });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, TimeDelta};

    use super::*;

    /// A file as the third schema left it, with calls in every state and a portal that was read.
    async fn older(path: &Path) {
        let mut connection = SqliteConnection::connect_with(&options(path)).await.unwrap();
        let first = migrations().into_iter().take(3).collect();
        Migrator::with_migrations(first).run(&mut connection).await.unwrap();
        for state in ["pending", "in_flight", "uncertain", "to_verify", "confirmed"] {
            sqlx::query(
                "INSERT INTO outbox (event_key, kind, programme, comune, state, attempt, fence, lease_until, not_before,
                 created_at, updated_at) VALUES ($1, 'cup.generate', 'p', '001006', $1, 1, 3, 0, 0, 0, 0)",
            )
            .bind(state)
            .execute(&mut connection)
            .await
            .unwrap();
        }
        let feed = "INSERT INTO portal_feed VALUES ('p', 7000000, 2, 0, 0, NULL, 0)";
        sqlx::query(feed).execute(&mut connection).await.unwrap();
        connection.close().await.unwrap();
    }

    #[tokio::test]
    async fn a_snapshot_sees_nothing_that_is_written_after_it() {
        let folder = tempfile::tempdir().unwrap();
        let store = Store::open(&folder.path().join("store.db")).await.unwrap();
        let comune = "001006".parse().unwrap();
        let admit = |code: &'static str| {
            store.write(move |tx| {
                Box::pin(
                    async move { tx.admit("p", &code.parse().unwrap(), false, DateTime::UNIX_EPOCH).await },
                )
            })
        };
        admit("001006").await.unwrap();
        let snapshot = store.snapshot().await.unwrap();
        admit("001008").await.unwrap();
        let then = snapshot.participations("p", "", 10).await.unwrap();
        assert_eq!(then.iter().map(|row| row.comune).collect::<Vec<_>>(), [comune]);
        assert_eq!(store.participations("p", "", 10).await.unwrap().len(), 2);
        assert_eq!(snapshot.participations("p", "", 10).await.unwrap(), then);
    }

    #[tokio::test]
    async fn an_older_file_keeps_its_doubts_and_how_far_the_portal_was_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("store.db");
        older(&path).await;
        let store = Store::open(&path).await.unwrap();
        let (now, lease) = (DateTime::UNIX_EPOCH + TimeDelta::days(1), TimeDelta::seconds(60));
        let (mut calls, pull) = store
            .write(move |tx| {
                Box::pin(async move {
                    let calls = tx.claim(10, now, lease).await?;
                    Ok((calls, tx.claim_pull("portal:p", now, now, lease).await?))
                })
            })
            .await
            .unwrap();
        calls.sort_by(|one, other| one.event_key.cmp(&other.event_key));
        let doubts: Vec<_> = calls.iter().map(|call| (&*call.event_key, call.uncertain)).collect();
        assert_eq!(doubts, [("in_flight", true), ("pending", false), ("uncertain", true)]);
        let pull = pull.unwrap();
        assert_eq!((pull.position.timestamp(), pull.fence), (7, 3));
    }
}
