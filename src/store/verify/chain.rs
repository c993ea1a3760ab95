// SPDX-License-Identifier: EUPL-1.2
//! The audit chains: every record follows the one before it, and the heads kept apart are where the chains end.

use std::collections::BTreeMap;

use sqlx::SqliteConnection;

use crate::domain::sha256::sha256;
use crate::store::StoreError;
use crate::store::audit::link;

use super::{Check, Heads, PAGE};

type AuditRow = (i64, String, i64, i64, String, String, String, String, String, String, String);

pub(super) async fn chains(
    connection: &mut SqliteConnection,
    check: &mut Check,
    heads: &mut Heads,
) -> Result<(), StoreError> {
    let mut ends: BTreeMap<String, (i64, String)> = BTreeMap::new();
    let mut last = i64::MIN;
    loop {
        let rows: Vec<AuditRow> = sqlx::query_as(
            "SELECT id, chain, seq, at, actor, capacity, action, subject, detail, previous, hash FROM audit
             WHERE id > $1 ORDER BY id LIMIT $2",
        )
        .bind(last)
        .bind(PAGE)
        .fetch_all(&mut *connection)
        .await?;
        let Some(row) = rows.last() else { break };
        last = row.0;
        for (id, chain, seq, at, actor, capacity, action, subject, detail, previous, hash) in rows {
            check.seen += 1;
            heads.last_record = id;
            let end = ends.entry(chain.clone()).or_default();
            let expected = link(&chain, seq, at, [&actor, &capacity, &action, &subject, &detail], &end.1);
            if seq != end.0 + 1 || previous != end.1 || hash != expected {
                check.fault(format!("chain {chain}: record {seq} does not follow record {}", end.0));
            }
            *end = (seq, hash);
        }
    }
    heads.digest = digest(&ends);
    let stored: Vec<(String, i64, String)> =
        sqlx::query_as("SELECT chain, seq, hash FROM audit_head ORDER BY chain")
            .fetch_all(connection)
            .await?;
    for (chain, seq, hash) in stored {
        match ends.remove(&chain) {
            Some(end) if end == (seq, hash) => {}
            Some(end) => check.fault(format!("chain {chain}: ends at record {}, should end at {seq}", end.0)),
            None => check.fault(format!("chain {chain}: all {seq} records are gone")),
        }
    }
    ends.into_keys().for_each(|chain| check.fault(format!("chain {chain}: its head is gone")));
    Ok(())
}

/// One digest over all heads, which anybody can recompute: of the lines `chain seq hash`, in the order of chains.
fn digest(ends: &BTreeMap<String, (i64, String)>) -> String {
    let lines: String = ends.iter().map(|(chain, (seq, hash))| format!("{chain} {seq} {hash}\n")).collect();
    sha256(lines.as_bytes())
}
