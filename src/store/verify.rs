// SPDX-License-Identifier: EUPL-1.2
//! Proves from one snapshot that what is stored is whole: the file, the audit chains, the balances against the journal
//! and against the live orders, the owed calls, the sums of purchases.

use std::collections::BTreeMap;

use sqlx::{SqliteConnection, SqlitePool};

use crate::domain::budget::{Balances, EntryKind};
use crate::domain::money::Money;

use super::audit::link;
use super::{Store, StoreError};

/// Rows read at a time, so that memory does not grow with the store.
const PAGE: i64 = 10_000;
/// Faults told per check; more of the same helps nobody.
const FAULTS_MAX: usize = 20;

/// One check and what it found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Check {
    /// What was checked.
    pub name: &'static str,
    /// How many things were looked at.
    pub seen: u64,
    /// What is wrong, the first ones; empty when all is well.
    pub faults: Vec<String>,
}

impl Check {
    fn new(name: &'static str) -> Self {
        Self { name, seen: 0, faults: Vec::new() }
    }

    fn fault(&mut self, what: String) {
        if self.faults.len() < FAULTS_MAX {
            self.faults.push(what);
        }
    }

    /// True when nothing is wrong.
    pub fn is_ok(&self) -> bool {
        self.faults.is_empty()
    }
}

impl Store {
    /// Runs every check on one snapshot.
    ///
    /// # Errors
    /// When the store cannot be read at all.
    pub async fn verify(&self) -> Result<Vec<Check>, StoreError> {
        verify(self.reads()).await
    }
}

pub(super) async fn verify(reads: &SqlitePool) -> Result<Vec<Check>, StoreError> {
    let mut connection = reads.acquire().await?;
    sqlx::query("BEGIN").execute(&mut *connection).await?;
    let checks = verify_snapshot(&mut connection).await;
    sqlx::query("COMMIT").execute(&mut *connection).await?;
    checks
}

async fn verify_snapshot(connection: &mut SqliteConnection) -> Result<Vec<Check>, StoreError> {
    Ok(vec![
        file(connection).await?,
        chains(connection).await?,
        balances(connection).await?,
        holdings(connection).await?,
        owed_calls(connection).await?,
        purchases(connection).await?,
    ])
}

async fn file(connection: &mut SqliteConnection) -> Result<Check, StoreError> {
    let mut check = Check::new("file");
    let lines: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check").fetch_all(connection).await?;
    check.seen = 1;
    lines.into_iter().filter(|line| line != "ok").for_each(|line| check.fault(line));
    Ok(check)
}

type AuditRow = (i64, String, i64, i64, String, String, String, String, String, String, String);

async fn chains(connection: &mut SqliteConnection) -> Result<Check, StoreError> {
    let mut check = Check::new("audit_chain");
    let mut heads: BTreeMap<String, (i64, String)> = BTreeMap::new();
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
        for (_, chain, seq, at, actor, capacity, action, subject, detail, previous, hash) in rows {
            check.seen += 1;
            let head = heads.entry(chain.clone()).or_default();
            let expected = link(&chain, seq, at, [&actor, &capacity, &action, &subject, &detail], &head.1);
            if seq != head.0 + 1 || previous != head.1 || hash != expected {
                check.fault(format!("chain {chain}: record {seq} does not follow record {}", head.0));
            }
            *head = (seq, hash);
        }
    }
    let stored: Vec<(String, i64, String)> =
        sqlx::query_as("SELECT chain, seq, hash FROM audit_head ORDER BY chain")
            .fetch_all(connection)
            .await?;
    for (chain, seq, hash) in stored {
        match heads.remove(&chain) {
            Some(head) if head == (seq, hash) => {}
            Some(head) => {
                check.fault(format!("chain {chain}: ends at record {}, should end at {seq}", head.0))
            }
            None => check.fault(format!("chain {chain}: all {seq} records are gone")),
        }
    }
    heads.into_keys().for_each(|chain| check.fault(format!("chain {chain}: its head is gone")));
    Ok(check)
}

type BalanceRow = (String, String, i64, i64, i64, i64, i64);

async fn stored_balances(
    connection: &mut SqliteConnection,
) -> Result<BTreeMap<(String, String), Balances>, StoreError> {
    let rows: Vec<BalanceRow> = sqlx::query_as(
        "SELECT programme, comune, assigned, reserved, committed, invoiced, paid FROM participation",
    )
    .fetch_all(connection)
    .await?;
    let money = Money::from_cents;
    let balances =
        rows.into_iter().map(|(programme, comune, assigned, reserved, committed, invoiced, paid)| {
            let balances = Balances {
                assigned: money(assigned),
                reserved: money(reserved),
                committed: money(committed),
                invoiced: money(invoiced),
                paid: money(paid),
            };
            ((programme, comune), balances)
        });
    Ok(balances.collect())
}

async fn balances(connection: &mut SqliteConnection) -> Result<Check, StoreError> {
    let mut check = Check::new("balances_equal_journal");
    let mut folded: BTreeMap<(String, String), Balances> = BTreeMap::new();
    let mut last = i64::MIN;
    loop {
        let rows: Vec<(i64, String, String, String, i64)> = sqlx::query_as(
            "SELECT id, programme, comune, kind, amount FROM journal WHERE id > $1 ORDER BY id LIMIT $2",
        )
        .bind(last)
        .bind(PAGE)
        .fetch_all(&mut *connection)
        .await?;
        let Some(row) = rows.last() else { break };
        last = row.0;
        for (id, programme, comune, kind, amount) in rows {
            check.seen += 1;
            let balances = folded.entry((programme, comune)).or_default();
            let next =
                EntryKind::from_name(&kind).map(|kind| balances.after(kind, Money::from_cents(amount)));
            match next {
                Some(Ok(next)) => *balances = next,
                Some(Err(error)) => check.fault(format!("journal entry {id}: {error}")),
                None => check.fault(format!("journal entry {id}: unknown kind {kind}")),
            }
        }
    }
    let stored = stored_balances(connection).await?;
    for (budget, balances) in &stored {
        let folded = folded.remove(budget).unwrap_or_default();
        if folded != *balances {
            check.fault(format!("budget {budget:?}: stored {balances:?}, journal gives {folded:?}"));
        }
    }
    folded
        .into_keys()
        .for_each(|budget| check.fault(format!("budget {budget:?}: journal entries without a budget")));
    Ok(check)
}

async fn holdings(connection: &mut SqliteConnection) -> Result<Check, StoreError> {
    let mut check = Check::new("holdings_equal_live_orders");
    let rows: Vec<(String, String, i64, i64, i64)> = sqlx::query_as(
        "SELECT programme, comune, COUNT(*),
         CAST(SUM(CASE WHEN state IN ('accepted', 'submitted') THEN reserved ELSE 0 END) AS BIGINT),
         CAST(SUM(CASE WHEN state IN ('accepted', 'submitted') THEN 0 ELSE reserved END) AS BIGINT)
         FROM orders WHERE live = 1 GROUP BY programme, comune",
    )
    .fetch_all(&mut *connection)
    .await?;
    let mut held: BTreeMap<(String, String), (i64, i64)> = BTreeMap::new();
    for (programme, comune, orders, reserved, committed) in rows {
        check.seen += u64::try_from(orders).unwrap_or_default();
        held.insert((programme, comune), (reserved, committed));
    }
    for (budget, balances) in stored_balances(connection).await? {
        let (reserved, committed) = held.remove(&budget).unwrap_or_default();
        let stored = (balances.reserved.cents(), balances.committed.cents());
        if stored != (reserved, committed) {
            check.fault(format!(
                "budget {budget:?}: holds {stored:?} cents, its live orders {:?}",
                (reserved, committed)
            ));
        }
    }
    held.into_keys()
        .for_each(|budget| check.fault(format!("budget {budget:?}: live orders without a budget")));
    Ok(check)
}

async fn owed_calls(connection: &mut SqliteConnection) -> Result<Check, StoreError> {
    let mut check = Check::new("every_accepted_order_is_handed_over_once");
    let (orders, calls): (i64, i64) = sqlx::query_as(
        "SELECT (SELECT COUNT(*) FROM orders WHERE live = 1), (SELECT COUNT(*) FROM outbox WHERE kind = 'oda.hand_over')",
    )
    .fetch_one(&mut *connection)
    .await?;
    check.seen = u64::try_from(orders.max(calls)).unwrap_or_default();
    let lost: Vec<String> = sqlx::query_scalar(
        "SELECT id FROM orders WHERE live = 1
         AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.event_key = 'oda.hand_over:' || orders.id) LIMIT 20",
    )
    .fetch_all(&mut *connection)
    .await?;
    lost.into_iter().for_each(|id| check.fault(format!("order {id} is accepted but owes no hand-over")));
    let stray: Vec<String> = sqlx::query_scalar(
        "SELECT event_key FROM outbox WHERE order_id IS NOT NULL
         AND NOT EXISTS (SELECT 1 FROM orders WHERE orders.id = outbox.order_id) LIMIT 20",
    )
    .fetch_all(connection)
    .await?;
    stray
        .into_iter()
        .for_each(|id| check.fault(format!("call {id} is owed for an order that does not exist")));
    Ok(check)
}

async fn purchases(connection: &mut SqliteConnection) -> Result<Check, StoreError> {
    let mut check = Check::new("purchase_sums_equal_live_orders");
    type Key = (String, String, String, String);
    let mut sums: BTreeMap<Key, (i64, i64, String)> = BTreeMap::new();
    let mut last = String::new();
    loop {
        let rows: Vec<(String, String, String, String, String, String)> = sqlx::query_as(
            "SELECT id, programme, comune, supplier, categories, order_date FROM orders WHERE live = 1 AND id > $1
             ORDER BY id LIMIT $2",
        )
        .bind(&last)
        .bind(PAGE)
        .fetch_all(&mut *connection)
        .await?;
        let Some(row) = rows.last() else { break };
        last.clone_from(&row.0);
        for (id, programme, comune, supplier, categories, order_date) in rows {
            check.seen += 1;
            let Ok(categories) = serde_json::from_str::<BTreeMap<String, i64>>(&categories) else {
                check.fault(format!("order {id}: its categories do not read"));
                continue;
            };
            for (category, net) in categories {
                let sum =
                    sums.entry((programme.clone(), comune.clone(), supplier.clone(), category)).or_default();
                sum.0 += 1;
                sum.1 = sum.1.saturating_add(net);
                // ISO dates sort as text.
                sum.2 = order_date.clone().max(std::mem::take(&mut sum.2));
            }
        }
    }
    let stored: Vec<(String, String, String, String, i64, i64, String)> = sqlx::query_as(
        "SELECT programme, comune, supplier, category, orders, net, last_order FROM purchase_total",
    )
    .fetch_all(connection)
    .await?;
    for (programme, comune, supplier, category, orders, net, last_order) in stored {
        let key = (programme, comune, supplier, category);
        let expected = sums.remove(&key).unwrap_or_default();
        // Where nothing is left the date says nothing any more.
        let stored = (orders, net, if orders == 0 { String::new() } else { last_order });
        if expected != stored {
            check.fault(format!("purchases {key:?}: stored {stored:?}, orders give {expected:?}"));
        }
    }
    sums.into_keys().for_each(|key| check.fault(format!("purchases {key:?}: not stored")));
    Ok(check)
}
