// SPDX-License-Identifier: EUPL-1.2
//! The money: stored balances against the fold of the journal and against the live orders, sums of purchases.

use std::collections::BTreeMap;

use sqlx::SqliteConnection;

use crate::domain::budget::{Balances, EntryKind};
use crate::domain::money::Money;
use crate::store::StoreError;

use super::{Check, PAGE};

/// Programme, Comune, orders; cents reserved, committed, invoiced, paid.
type HeldRow = (String, String, i64, i64, i64, i64, i64);

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

pub(super) async fn balances(connection: &mut SqliteConnection, check: &mut Check) -> Result<(), StoreError> {
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
    Ok(())
}

pub(super) async fn holdings(connection: &mut SqliteConnection, check: &mut Check) -> Result<(), StoreError> {
    let rows: Vec<HeldRow> = sqlx::query_as(
        "SELECT programme, comune, COUNT(*),
         CAST(SUM(CASE WHEN state IN ('accepted', 'submitted') THEN reserved ELSE 0 END) AS BIGINT),
         CAST(SUM(CASE WHEN state IN ('accepted', 'submitted') THEN 0 ELSE reserved - invoiced - paid END) AS BIGINT),
         CAST(SUM(invoiced) AS BIGINT), CAST(SUM(paid) AS BIGINT)
         FROM orders WHERE live = 1 GROUP BY programme, comune",
    )
    .fetch_all(&mut *connection)
    .await?;
    let mut held: BTreeMap<(String, String), [i64; 4]> = BTreeMap::new();
    for (programme, comune, orders, reserved, committed, invoiced, paid) in rows {
        check.seen += u64::try_from(orders).unwrap_or_default();
        held.insert((programme, comune), [reserved, committed, invoiced, paid]);
    }
    for (budget, balances) in stored_balances(connection).await? {
        let Balances { reserved, committed, invoiced, paid, .. } = balances;
        let of_orders = held.remove(&budget).unwrap_or_default();
        let stored = [reserved, committed, invoiced, paid].map(Money::cents);
        check.must(stored == of_orders, || {
            format!("budget {budget:?}: holds {stored:?} cents, its live orders {of_orders:?}")
        });
    }
    held.into_keys()
        .for_each(|budget| check.fault(format!("budget {budget:?}: live orders without a budget")));
    Ok(())
}

pub(super) async fn purchases(
    connection: &mut SqliteConnection,
    check: &mut Check,
) -> Result<(), StoreError> {
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
    Ok(())
}
