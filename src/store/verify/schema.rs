// SPDX-License-Identifier: EUPL-1.2
//! The file itself: sound for SQLite, and made of the tables, indexes and triggers that the migrations make.

use std::collections::BTreeMap;

use sqlx::{Connection, SqliteConnection};

use crate::store::{StoreError, migrator};

use super::Check;

/// Pages, indexes, constraints and references, as SQLite itself checks them.
pub(super) async fn file(connection: &mut SqliteConnection, check: &mut Check) -> Result<(), StoreError> {
    check.seen = 1;
    let lines: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check").fetch_all(&mut *connection).await?;
    lines.into_iter().filter(|line| line != "ok").for_each(|line| check.fault(line));
    let dangling: Vec<(String, Option<i64>, String)> =
        sqlx::query_as("SELECT \"table\", rowid, parent FROM pragma_foreign_key_check LIMIT 20")
            .fetch_all(connection)
            .await?;
    for (table, row, parent) in dangling {
        check.fault(format!("{table}: row {} names a row of {parent} that is not there", row.unwrap_or(0)));
    }
    Ok(())
}

/// Everything that was ever created, against a store made anew.
pub(super) async fn schema(connection: &mut SqliteConnection, check: &mut Check) -> Result<(), StoreError> {
    let mut model = SqliteConnection::connect("sqlite::memory:").await?;
    migrator().run(&mut model).await?;
    let mut expected = objects(&mut model).await?;
    let migrations = applied(&mut model).await?;
    model.close().await?;
    for (object, text) in objects(&mut *connection).await? {
        check.seen += 1;
        match expected.remove(&object) {
            Some(known) => check.must(known == text, || format!("{} {} was changed", object.0, object.1)),
            None => check.fault(format!("{} {} does not belong here", object.0, object.1)),
        }
    }
    expected.into_keys().for_each(|(kind, name)| check.fault(format!("{kind} {name} is missing")));
    let found = applied(connection).await?;
    check.must(found == migrations, || "the list of applied migrations is not this program's".into());
    Ok(())
}

type Objects = BTreeMap<(String, String), (String, Option<String>)>;

/// By kind and name: the table it belongs to and the text that made it. Statistics of the planner are nobody's concern.
async fn objects(connection: &mut SqliteConnection) -> Result<Objects, StoreError> {
    let rows: Vec<(String, String, String, Option<String>)> = sqlx::query_as(
        "SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite\\_stat%' ESCAPE '\\'",
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|(kind, name, table, text)| ((kind, name), (table, text))).collect())
}

async fn applied(connection: &mut SqliteConnection) -> Result<Vec<(i64, bool, Vec<u8>)>, StoreError> {
    let query = sqlx::query_as("SELECT version, success, checksum FROM _sqlx_migrations ORDER BY version");
    Ok(query.fetch_all(connection).await?)
}
