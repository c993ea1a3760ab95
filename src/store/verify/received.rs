// SPDX-License-Identifier: EUPL-1.2
//! Files that platforms sent, and what was answered: the bytes are those that were received, by the record of their receipt;
//! what was said to SdI is what was recorded; and nothing that was recorded is gone.

use std::collections::BTreeSet;

use sqlx::SqliteConnection;

use crate::domain::cig_check::{CigResult, Point};
use crate::domain::sha256::sha256;
use crate::store::StoreError;

use super::Check;
use super::trail::word;

/// Where files of one kind lie, and the action that records their receipt.
pub(super) struct Files {
    pub(super) action: &'static str,
    pub(super) keys: &'static str,
    pub(super) of_key: &'static str,
}

const INVOICES: Files = Files {
    action: "sdi.received",
    keys: "SELECT CAST(sdi_id AS TEXT) FROM sdi_files",
    of_key: "SELECT sha256, CAST(file AS BLOB) FROM sdi_files WHERE sdi_id = CAST($1 AS INTEGER)",
};

const PAYMENTS: Files = Files {
    action: "opi.received",
    keys: "SELECT office || '/' || kind || '/' || number FROM opi_documents",
    of_key: "SELECT sha256, CAST(document AS BLOB) FROM opi_documents WHERE office = substr($1, 1, 6)
             AND kind = substr($1, 8, instr(substr($1, 8), '/') - 1)
             AND number = CAST(substr($1, 8 + instr(substr($1, 8), '/')) AS INTEGER)",
};

/// Files of invoices that SdI delivered, and the outcomes that were given of them.
pub(super) async fn invoices(connection: &mut SqliteConnection, check: &mut Check) -> Result<(), StoreError> {
    files(connection, check, &INVOICES).await?;
    outcomes(connection, check).await
}

/// Documents that came from SIOPE+.
pub(super) async fn payments(connection: &mut SqliteConnection, check: &mut Check) -> Result<(), StoreError> {
    files(connection, check, &PAYMENTS).await
}

pub(super) async fn files(
    connection: &mut SqliteConnection,
    check: &mut Check,
    files: &Files,
) -> Result<(), StoreError> {
    let records: Vec<(String, String)> =
        sqlx::query_as("SELECT subject, detail FROM audit WHERE action = $1 ORDER BY id")
            .bind(files.action)
            .fetch_all(&mut *connection)
            .await?;
    let mut unrecorded: BTreeSet<String> =
        sqlx::query_scalar(files.keys).fetch_all(&mut *connection).await?.into_iter().collect();
    // One at a time: each may have megabytes.
    for (key, detail) in records {
        check.seen += 1;
        unrecorded.remove(&key);
        let row: Option<(String, Vec<u8>)> =
            sqlx::query_as(files.of_key).bind(&key).fetch_optional(&mut *connection).await?;
        let Some((stored, bytes)) = row else {
            check.fault(format!("{key} was received and is gone"));
            continue;
        };
        let digest = sha256(&bytes);
        let recorded = word(&detail, "sha256").unwrap_or_default();
        check.must(digest == stored && digest == recorded, || {
            format!("{key}: its bytes have the digest {digest}, received was {recorded}, stored is {stored}")
        });
    }
    unrecorded.into_iter().for_each(|key| check.fault(format!("{key}: no record of its receipt")));
    Ok(())
}

/// The outcome that stands is the one that was recorded last.
async fn outcomes(connection: &mut SqliteConnection, check: &mut Check) -> Result<(), StoreError> {
    type Row = (String, Option<String>, Option<String>, Option<String>);
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT event_key, cause, description, (SELECT audit.detail FROM trail CROSS JOIN audit ON audit.id = trail.record
         WHERE trail.subject = CAST(sdi_id AS TEXT) AND audit.action = 'sdi.outcome_given'
         AND instr(audit.detail, 'event=' || event_key || ' ') = 1 ORDER BY trail.record DESC LIMIT 1) FROM sdi_outcomes",
    )
    .fetch_all(&mut *connection)
    .await?;
    for (event, cause, description, detail) in rows {
        check.seen += 1;
        let outcome = if cause.is_some() { "EC02" } else { "EC01" };
        let why = cause.zip(description).map_or_else(String::new, |(letter, said)| {
            format!(" cause={letter} text_sha256={}", sha256(said.as_bytes()))
        });
        let expected = format!("event={event} outcome={outcome}{why}");
        check.must(detail.as_deref() == Some(&*expected), || {
            format!("{event}: {outcome} was not what was recorded: {}", detail.unwrap_or_default())
        });
    }
    Ok(())
}

/// What ANAC said of the CIG of orders comes to what was recorded last.
pub(super) async fn cig_checks(
    connection: &mut SqliteConnection,
    check: &mut Check,
) -> Result<(), StoreError> {
    type Row = (String, String, String, Option<String>);
    let rows: Vec<Row> = sqlx::query_as(
        "SELECT order_id, cig, points, (SELECT audit.detail FROM trail CROSS JOIN audit ON audit.id = trail.record
         WHERE trail.subject = order_id AND audit.action = 'cig.checked' ORDER BY trail.record DESC LIMIT 1)
         FROM cig_checks",
    )
    .fetch_all(&mut *connection)
    .await?;
    for (order, cig, points, recorded) in rows {
        check.seen += 1;
        let points: Vec<Point> = serde_json::from_str(&points).unwrap_or_default();
        let stored = format!("cig={cig} result={}", CigResult::of(&points).as_str());
        check.must(recorded.as_deref() == Some(&*stored), || {
            format!("order {order}: {stored} stands where {} was recorded", recorded.unwrap_or_default())
        });
    }
    let gone: Vec<String> = sqlx::query_scalar(
        "SELECT DISTINCT subject FROM audit WHERE action = 'cig.checked'
         AND NOT EXISTS (SELECT 1 FROM cig_checks WHERE order_id = audit.subject) LIMIT 20",
    )
    .fetch_all(&mut *connection)
    .await?;
    gone.into_iter().for_each(|order| check.fault(format!("order {order}: what ANAC said is gone")));
    Ok(())
}
