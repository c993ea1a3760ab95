// SPDX-License-Identifier: EUPL-1.2
//! Commands that prove or inspect a store leave it as it is, and say so when it is not one they know.

use std::path::Path;
use std::process::{Command, Output};

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};

use mepa_gateway::flows::verify::verify_read_only;
use mepa_gateway::store::read_only::ReadOnlyError;
use mepa_gateway::store::{ReadOnlyStore, Store};

use crate::support::{ONE_TRY, TestApp, nth_order};

const PROGRAM: &str = env!("CARGO_BIN_EXE_mepa-gateway");

fn run(folder: &Path, command: &[&str]) -> Output {
    Command::new(PROGRAM).envs(ONE_TRY).args(command).arg("--data-dir").arg(folder).output().unwrap()
}

fn told(output: &Output) -> String {
    String::from_utf8_lossy(&[&*output.stdout, &*output.stderr].concat()).into_owned()
}

async fn execute(file: &Path, sql: &str) {
    let options = SqliteConnectOptions::new().filename(file).create_if_missing(true);
    let mut connection = SqliteConnection::connect_with(&options).await.unwrap();
    sqlx::query(AssertSqlSafe(sql.to_owned())).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
}

/// What `audit verify` and `doctor` say of the store, having changed nothing.
fn inspected(folder: &Path) -> [(bool, String); 2] {
    let file = folder.join("mepa-gateway.db");
    let before = std::fs::read(&file).unwrap();
    let outputs = [&["audit", "verify"][..], &["doctor"]].map(|command| run(folder, command));
    assert!(std::fs::read(&file).unwrap() == before, "the file was changed");
    assert_eq!(std::fs::read_dir(folder).unwrap().count(), 1, "files were laid beside it");
    outputs.map(|output| (output.status.success(), told(&output)))
}

#[tokio::test]
async fn a_store_of_another_schema_is_named_and_left_alone() {
    for (change, expected) in [
        ("PRAGMA user_version = 1", "migrate"),
        ("DELETE FROM _sqlx_migrations", "migrate"),
        ("UPDATE _sqlx_migrations SET success = 0", "migrate"),
        (
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
             VALUES (99, 'later', 1, x'00', 0)",
            "newer than this program",
        ),
        ("UPDATE _sqlx_migrations SET checksum = x'00'", "not one of this program"),
        ("CREATE TABLE IF NOT EXISTS stranger (a); DROP TABLE _sqlx_migrations", "not one of this program"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("mepa-gateway.db");
        if !change.starts_with("PRAGMA") {
            assert!(run(folder.path(), &["migrate"]).status.success());
        }
        execute(&file, change).await;
        for (well, told) in inspected(folder.path()) {
            assert!(!well && told.contains(expected), "{change}: {told}");
        }
    }
}

#[test]
fn a_store_that_is_whole_is_proved_without_a_write() {
    let folder = tempfile::tempdir().unwrap();
    assert!(run(folder.path(), &["migrate"]).status.success());
    let [(well, told), (_, doctor)] = inspected(folder.path());
    assert!(well && told.contains("ok   balances_equal_journal"), "{told}");
    assert!(doctor.contains("is whole"), "{doctor}");
}

#[tokio::test]
async fn what_a_running_service_has_not_folded_into_the_file_is_proved_too() {
    let test = TestApp::purchasing().await;
    let path = &test.app.settings.store.path;
    let mut records = Vec::new();
    for n in 0..3 {
        test.submit(&format!("k{n}"), &nth_order(n)).await;
        let seen = verify_read_only(&ReadOnlyStore::open(path).await.unwrap()).await.unwrap().checks;
        assert!(seen.iter().all(|check| check.is_ok()), "{seen:?}");
        records.push(seen.iter().find(|check| check.name == "audit_chain").unwrap().seen);
    }
    assert!(records.is_sorted_by(|before, after| before < after), "{records:?}");
}

#[tokio::test]
async fn a_proof_of_a_file_that_began_to_be_used_is_none() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("mepa-gateway.db");
    assert!(run(folder.path(), &["migrate"]).status.success());
    let looked_at = ReadOnlyStore::open(&file).await.unwrap();
    assert!(verify_read_only(&looked_at).await.is_ok());
    let service = Store::open(&file).await.unwrap();
    assert!(matches!(verify_read_only(&looked_at).await, Err(ReadOnlyError::Used)));
    drop(service);
}

#[test]
fn nothing_is_made_where_there_is_no_store() {
    let empty = tempfile::tempdir().unwrap();
    assert!(!run(empty.path(), &["audit", "verify"]).status.success());
    assert_eq!(std::fs::read_dir(empty.path()).unwrap().count(), 0, "nothing is made either");
}
