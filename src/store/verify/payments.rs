// SPDX-License-Identifier: EUPL-1.2
//! Payments: what is kept of each document is what was read of it, and the bytes of a document that lies here are its own.
//! Decisions: each is as it was recorded.

use std::collections::BTreeSet;

use sqlx::SqliteConnection;

use crate::domain::money::Money;
use crate::domain::sha256::sha256;
use crate::store::StoreError;
use crate::store::payments::{LIST, read_of_file, seal};

use super::Check;
use super::trail::word;

/// Documents of payments and their parts.
pub(super) async fn payments(connection: &mut SqliteConnection, check: &mut Check) -> Result<(), StoreError> {
    let records: Vec<(String, String, String)> = sqlx::query_as(
        "SELECT chain, subject, detail FROM audit WHERE action = 'payments.received' ORDER BY id",
    )
    .fetch_all(&mut *connection)
    .await?;
    let every = "SELECT programme, comune, sha256 FROM payment_files UNION SELECT programme, comune, sha256
                 FROM payment_parts UNION SELECT programme, comune, sha256 FROM payment_outcomes";
    let mut unrecorded: BTreeSet<(String, String, String)> =
        sqlx::query_as(every).fetch_all(&mut *connection).await?.into_iter().collect();
    // One at a time: each may have megabytes.
    for (comune, file, detail) in records {
        check.seen += 1;
        let programme = word(&detail, "programme").unwrap_or_default();
        if !unrecorded.remove(&(programme.to_owned(), comune.clone(), file.clone())) {
            check.fault(format!("{file} was received by {comune} and is gone"));
            continue;
        }
        let read = read_of_file(connection, (programme, &comune, &file)).await?;
        let (stands, recorded) = (seal(&read.parts, &read.said), word(&detail, "read").unwrap_or_default());
        check.must(stands == recorded, || {
            format!("{file}: what is kept of it comes to {stands}, recorded was {recorded}")
        });
        let document: Option<(String, Option<Vec<u8>>)> = sqlx::query_as(
            "SELECT kind, CAST(file AS BLOB) FROM payment_files WHERE programme = $1 AND comune = $2 AND sha256 = $3",
        )
        .bind(programme)
        .bind(&comune)
        .bind(&file)
        .fetch_optional(&mut *connection)
        .await?;
        let (kind, bytes) = document.unzip();
        check.must(kind.as_deref() == word(&detail, "kind"), || {
            format!("{file}: it is not of the kind that was recorded, or is gone")
        });
        let bytes = bytes.flatten();
        check.must(bytes.is_none_or(|bytes| sha256(&bytes) == file), || {
            format!("{file}: its bytes are not its own")
        });
    }
    for (_, comune, file) in unrecorded {
        check.fault(format!("{file} of {comune}: no record of its receipt"));
    }
    listings(connection, check).await
}

/// When lists were given: each time has its record, and each record its time.
async fn listings(connection: &mut SqliteConnection, check: &mut Check) -> Result<(), StoreError> {
    type Listing = (String, String, i64);
    let stands: Vec<Listing> = sqlx::query_as(
        "SELECT comune, sha256, listed_at FROM payment_listings ORDER BY comune, sha256, listed_at",
    )
    .fetch_all(&mut *connection)
    .await?;
    let records: Vec<(String, String, i64, String)> = sqlx::query_as(
        "SELECT chain, subject, at, detail FROM audit WHERE action IN ('payments.received', 'payments.listed_again')",
    )
    .fetch_all(&mut *connection)
    .await?;
    let of_list = records.into_iter().filter(|(.., detail)| word(detail, "kind") == Some(LIST));
    let mut recorded: Vec<Listing> = of_list.map(|(comune, file, at, _)| (comune, file, at)).collect();
    recorded.sort();
    check.must(stands == recorded, || {
        format!(
            "lists of mandati were given {} times, recorded are {}, or others",
            stands.len(),
            recorded.len()
        )
    });
    Ok(())
}

/// A decision as it is written down, word for word, so that one tampered with is told and does not stop the check: Comune,
/// from, to, verdict, cents, reason, by whom, when.
type Written = (String, String, String, String, Option<i64>, String, String, i64);

/// What people decided about what belongs together.
pub(super) async fn decisions(
    connection: &mut SqliteConnection,
    check: &mut Check,
) -> Result<(), StoreError> {
    let select = "SELECT comune, from_document, to_document, verdict, amount, reason, decided_by, decided_at
                  FROM match_decisions ORDER BY id";
    let rows: Vec<Written> = sqlx::query_as(select).fetch_all(&mut *connection).await?;
    let recorded: Vec<(String, String, String, String, i64)> = sqlx::query_as(
        "SELECT chain, subject, detail, actor, at FROM audit WHERE action = 'match.decided' ORDER BY id",
    )
    .fetch_all(&mut *connection)
    .await?;
    check.must(rows.len() == recorded.len(), || {
        format!("{} decisions stand, {} were recorded", rows.len(), recorded.len())
    });
    for (row, recorded) in rows.into_iter().zip(recorded) {
        check.seen += 1;
        let (comune, from, to, verdict, cents, reason, by, at) = row;
        let amount = cents.map_or_else(|| "-".to_owned(), |cents| Money::from_cents(cents).to_string());
        let reason = sha256(reason.as_bytes());
        let detail = format!("to={to} verdict={verdict} amount={amount} reason_sha256={reason}");
        let fault = format!("the decision about {from} and {to} stands otherwise than it was recorded");
        check.must(recorded == (comune, from, detail, by, at), || fault);
    }
    Ok(())
}
