// SPDX-License-Identifier: EUPL-1.2
//! Opening the store only to look at it: nothing is made, migrated or written, and no writer runs. Who proves what is
//! stored must not change it first.
//!
//! SQLite itself would lay two files beside a store that nobody has open, and leave them there, owned by whoever looked.
//! A file that stands alone is therefore read as one that cannot change, which also serves copies on read-only media;
//! that it did not change is checked afterwards.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::SqlitePool;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePoolOptions};

use super::feeds;
use super::outbox::{self, OutboxCount, Trouble};
use super::sdi::{self, SdiFile};
use super::verify::{ReadAgain, Verified, verify};
use super::{StoreError, check_version, migrations, platforms};

/// A store that can only be read.
#[derive(Debug, Clone)]
pub struct ReadOnlyStore {
    reads: SqlitePool,
    path: PathBuf,
    /// What the file was when it was found alone; nothing when other programs may have it open.
    alone: Option<Stamp>,
}

/// Why a store cannot be looked at.
#[derive(Debug, thiserror::Error)]
pub enum ReadOnlyError {
    /// An earlier program made the schema, or nothing is there yet.
    #[error("its schema is older than this program: run `mepa-gateway migrate`")]
    Older,
    /// A later program made the schema.
    #[error("its schema is newer than this program: use the program that made it, or a later one")]
    Newer,
    /// The file is a database, but not one of this program.
    #[error("its schema is not one of this program")]
    Foreign,
    /// A program opened the file while it was read as one that nobody has open.
    #[error("a program began to use it meanwhile: run this again")]
    Used,
    /// The file cannot be looked at.
    #[error("it cannot be looked at")]
    File(#[from] io::Error),
    /// The file cannot be read.
    #[error("it cannot be read")]
    Store(#[from] StoreError),
}

impl From<sqlx::Error> for ReadOnlyError {
    fn from(error: sqlx::Error) -> Self {
        Self::Store(error.into())
    }
}

impl ReadOnlyStore {
    /// Opens a file that is there and has this program's schema.
    ///
    /// # Errors
    /// When it cannot be read, or its schema is another.
    pub async fn open(path: &Path) -> Result<Self, ReadOnlyError> {
        let alone = Stamp::of_lonely(path)?;
        let options = SqliteConnectOptions::new()
            .filename(path)
            .read_only(true)
            .immutable(alone.is_some())
            .busy_timeout(Duration::from_secs(10))
            .pragma("query_only", "on");
        let reads = SqlitePoolOptions::new().max_connections(1).connect_with(options).await?;
        check_version(&mut *reads.acquire().await?).await?;
        check_schema(&reads).await?;
        Ok(Self { reads, path: path.into(), alone })
    }

    /// Runs every check on one snapshot.
    ///
    /// # Errors
    /// When the store cannot be read at all, or began to be used meanwhile.
    pub async fn verify(&self, read: ReadAgain<'_>) -> Result<Verified, ReadOnlyError> {
        let verified = verify(&self.reads, read).await?;
        if self.alone.is_some() && Stamp::of_lonely(&self.path)? != self.alone {
            return Err(ReadOnlyError::Used);
        }
        Ok(verified)
    }

    /// Owed calls per (kind, state).
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn outbox_counts(&self) -> Result<Vec<OutboxCount>, ReadOnlyError> {
        Ok(outbox::counts(&self.reads).await?)
    }

    /// How each platform did when a process that serves last looked, as JSON, and when that was.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn platform_health(&self) -> Result<Vec<(String, Option<DateTime<Utc>>)>, ReadOnlyError> {
        Ok(platforms::health(&self.reads).await?)
    }

    /// How many calls of a day are taken, per platform.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn calls_taken(&self, day: NaiveDate) -> Result<Vec<(String, i64)>, ReadOnlyError> {
        Ok(platforms::calls_taken(&self.reads, day).await?)
    }

    /// Up to `limit` files of SdI that still need an outcome, as of a moment.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn open_sdi_files(
        &self,
        limit: u32,
        now: DateTime<Utc>,
    ) -> Result<Vec<SdiFile>, ReadOnlyError> {
        Ok(sdi::open_files(&self.reads, 0, limit, now).await?)
    }

    /// Readings of platforms that broke off: name, and what was said last.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn broken_readings(&self) -> Result<Vec<(String, String)>, ReadOnlyError> {
        Ok(feeds::broken(&self.reads).await?)
    }

    /// Owed calls that are not going well, per (kind, state), each with what was said last.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn troubles(&self) -> Result<Vec<Trouble>, ReadOnlyError> {
        Ok(outbox::troubles(&self.reads).await?)
    }
}

/// What shows that a file was written to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Stamp {
    modified: SystemTime,
    length: u64,
}

impl Stamp {
    /// The stamp of a file beside which there is no log: nobody has it open, and all that is stored stands in it.
    fn of_lonely(path: &Path) -> io::Result<Option<Self>> {
        for suffix in ["-wal", "-journal"] {
            let mut log = OsString::from(path);
            log.push(suffix);
            if Path::new(&log).try_exists()? {
                return Ok(None);
            }
        }
        let file = std::fs::metadata(path)?;
        Ok(Some(Self { modified: file.modified()?, length: file.len() }))
    }
}

/// What sqlx keeps about a migration that was run: version, whether it ended well, and the fingerprint of its text.
type Applied = (i64, bool, Vec<u8>);

async fn check_schema(reads: &SqlitePool) -> Result<(), ReadOnlyError> {
    let tables: Vec<String> = sqlx::query_scalar("SELECT name FROM sqlite_master").fetch_all(reads).await?;
    if tables.is_empty() {
        return Err(ReadOnlyError::Older);
    }
    if !tables.iter().any(|name| name == "_sqlx_migrations") {
        return Err(ReadOnlyError::Foreign);
    }
    let query = sqlx::query_as("SELECT version, success, checksum FROM _sqlx_migrations ORDER BY version");
    let applied: Vec<Applied> = query.fetch_all(reads).await?;
    let known = migrations();
    if applied.iter().any(|(version, ..)| known.iter().all(|migration| migration.version != *version)) {
        return Err(ReadOnlyError::Newer);
    }
    for migration in &known {
        match applied.iter().find(|(version, ..)| *version == migration.version) {
            None | Some((_, false, _)) => return Err(ReadOnlyError::Older),
            Some((_, true, checksum)) if *checksum != *migration.checksum => {
                return Err(ReadOnlyError::Foreign);
            }
            Some((_, true, _)) => {}
        }
    }
    Ok(())
}
