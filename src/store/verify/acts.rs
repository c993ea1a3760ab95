// SPDX-License-Identifier: EUPL-1.2
//! Acts on the grant: each is as it was recorded, and none is gone.

use std::collections::BTreeMap;

use sqlx::SqliteConnection;

use crate::domain::money::Money;
use crate::domain::sha256::sha256;
use crate::store::StoreError;

use super::Check;

/// An act as it is written down, so that one tampered with is told and does not stop the check: programme, Comune, id, kind,
/// instalment, cents, day, reference, what it cancels, by whom, when.
type Written =
    (String, String, String, String, Option<String>, i64, String, String, Option<String>, String, i64);

/// What was recorded of the Comuni's own accounts.
pub(super) async fn grant_acts(
    connection: &mut SqliteConnection,
    check: &mut Check,
) -> Result<(), StoreError> {
    let select = "SELECT programme, comune, id, kind, tranche, amount, acted_on, reference, cancels, recorded_by, recorded_at
                  FROM grant_acts ORDER BY id";
    let rows: Vec<Written> = sqlx::query_as(select).fetch_all(&mut *connection).await?;
    let recorded: Vec<(String, String, String, String, i64)> = sqlx::query_as(
        "SELECT chain, subject, detail, actor, at FROM audit WHERE action = 'grant_act.recorded'",
    )
    .fetch_all(&mut *connection)
    .await?;
    let mut recorded: BTreeMap<String, (String, String, String, i64)> =
        recorded.into_iter().map(|(chain, id, detail, by, at)| (id, (chain, detail, by, at))).collect();
    for row in rows {
        check.seen += 1;
        let (programme, comune, id, kind, tranche, cents, day, reference, cancels, by, at) = row;
        let detail = format!(
            "programme={programme} kind={kind} tranche={} amount={} on={day} cancels={} reference_sha256={}",
            tranche.as_deref().unwrap_or("-"),
            Money::from_cents(cents),
            cancels.as_deref().unwrap_or("-"),
            sha256(reference.as_bytes())
        );
        let record = recorded.remove(&id);
        check.must(record == Some((comune, detail, by, at)), || {
            format!("the act {id} stands otherwise than it was recorded")
        });
    }
    recorded.into_keys().for_each(|id| check.fault(format!("the act {id} was recorded and is gone")));
    Ok(())
}
