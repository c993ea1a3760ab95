// SPDX-License-Identifier: EUPL-1.2
//! What can go wrong with the store, told apart by what the caller can do about it.

/// An error of the store.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The disk is full: nothing was written, reading goes on.
    #[error("the disk is full")]
    Full,
    /// More writes are waiting than can be served soon: nothing was written.
    #[error("too many writes are waiting")]
    Overloaded,
    /// The writer has stopped; the outcome of this write is unknown.
    #[error("the writer has stopped")]
    Stopped,
    /// A row changed under the writer's feet; nothing was written. Read again, decide again.
    #[error("the row has changed meanwhile")]
    Changed,
    /// A stored value is not what the program writes.
    #[error("{table}.{column} of {row} does not hold what was written there: {value:?}")]
    Inconsistent {
        /// Table.
        table: &'static str,
        /// Column.
        column: &'static str,
        /// Key of the row.
        row: String,
        /// What stands there.
        value: String,
    },
    /// The file is damaged or cannot be synced: the program must stop and the file be verified.
    #[error("the store is damaged")]
    Damaged(#[source] sqlx::Error),
    /// This build of SQLite is not to be trusted.
    #[error("SQLite {version} is too old")]
    TooOld {
        /// The version found.
        version: String,
    },
    /// The schema could not be brought up to date.
    #[error("the schema could not be brought up to date")]
    Migrate(#[from] sqlx::migrate::MigrateError),
    /// The work panicked: a fault of the program. Nothing of it was written.
    #[error("the work broke off")]
    Panicked,
    /// The writer's thread could not be started.
    #[error("the writer could not be started")]
    NoWriter(#[from] std::io::Error),
    /// Anything else the driver says.
    #[error("the store did not answer")]
    Driver(#[source] sqlx::Error),
}

/// Primary result codes of SQLite that decide what happens next (low byte of the extended code).
const SQLITE_IOERR: i64 = 10;
const SQLITE_CORRUPT: i64 = 11;
const SQLITE_FULL: i64 = 13;
const SQLITE_NOTADB: i64 = 26;

impl From<sqlx::Error> for StoreError {
    fn from(error: sqlx::Error) -> Self {
        let code = match &error {
            sqlx::Error::Database(inner) => inner.code().and_then(|code| code.parse::<i64>().ok()),
            _ => None,
        };
        // What a row's own reading found wrong travels inside the driver's error.
        let error = match error {
            sqlx::Error::Decode(inner) | sqlx::Error::ColumnDecode { source: inner, .. } => {
                match inner.downcast::<Self>() {
                    Ok(found) => return *found,
                    Err(inner) => sqlx::Error::Decode(inner),
                }
            }
            error => error,
        };
        match code.map(|code| code & 0xff) {
            Some(SQLITE_FULL) => Self::Full,
            Some(SQLITE_IOERR | SQLITE_CORRUPT | SQLITE_NOTADB) => Self::Damaged(error),
            _ => Self::Driver(error),
        }
    }
}
