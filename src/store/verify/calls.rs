// SPDX-License-Identifier: EUPL-1.2
//! What follows from an order: the call that is owed for it, the answer that was kept of it.

use sqlx::SqliteConnection;

use crate::store::StoreError;
use crate::store::seal::{ANSWER, Cell, Seal};

use super::Check;
use super::trail::word;

/// Kept answers looked at together.
const ANSWERS: i64 = 1_000;

pub(super) async fn owed(connection: &mut SqliteConnection, check: &mut Check) -> Result<(), StoreError> {
    let (orders, calls): (i64, i64) = sqlx::query_as(
        "SELECT (SELECT COUNT(*) FROM orders WHERE live = 1), (SELECT COUNT(*) FROM outbox WHERE kind = 'oda.hand_over')",
    )
    .fetch_one(&mut *connection)
    .await?;
    check.seen = u64::try_from(orders.max(calls)).unwrap_or_default();
    for (select, what) in [
        (
            "SELECT id FROM orders WHERE live = 1
             AND NOT EXISTS (SELECT 1 FROM outbox WHERE outbox.event_key = 'oda.hand_over:' || orders.id) LIMIT 20",
            "is accepted but owes no hand-over",
        ),
        (
            "SELECT orders.id FROM orders CROSS JOIN outbox ON outbox.event_key = 'oda.hand_over:' || orders.id
             WHERE live = 1 AND (orders.state = 'accepted') = (outbox.state IN ('confirmed', 'withdrawn')) LIMIT 20",
            "stands elsewhere than the call that hands it over",
        ),
        (
            "SELECT event_key FROM outbox WHERE order_id IS NOT NULL
             AND NOT EXISTS (SELECT 1 FROM orders WHERE orders.id = outbox.order_id) LIMIT 20",
            "is owed for an order that does not exist",
        ),
    ] {
        let found: Vec<String> = sqlx::query_scalar(select).fetch_all(&mut *connection).await?;
        found.into_iter().for_each(|id| check.fault(format!("{id} {what}")));
    }
    Ok(())
}

/// An order's answer was kept under the key it was asked with, and is the one that its first record vouches for.
pub(super) async fn answers(connection: &mut SqliteConnection, check: &mut Check) -> Result<(), StoreError> {
    // What stands behind the last slash.
    let order = "substr(location, length(rtrim(location, replace(location, '/', ''))) + 1)";
    let select = format!(
        "SELECT {ANSWER}, kept.rowid, {order}, orders.id,
         (SELECT audit.detail FROM trail CROSS JOIN audit ON audit.id = trail.record
         WHERE trail.subject = orders.id ORDER BY trail.record LIMIT 1)
         FROM idempotency AS kept LEFT JOIN orders ON orders.id = {order}
         WHERE kept.rowid > $1 AND location LIKE '%/orders/%' ORDER BY kept.rowid LIMIT $2"
    );
    let (mut last, mut first_answers) = (i64::MIN, 0i64);
    loop {
        let query = sqlx::query(sqlx::AssertSqlSafe(&*select)).bind(last).bind(ANSWERS);
        let rows = query.fetch_all(&mut *connection).await?;
        for row in &rows {
            check.seen += 1;
            let mut cells = Cell::of_row(row)?;
            let tail = cells.split_off(cells.len().saturating_sub(4));
            let [row, named, id, detail] = &*tail else { continue };
            last = row.as_number().unwrap_or(i64::MAX);
            if *id == Cell::Nothing {
                check.fault(format!("an answer is kept of order {named}, which does not exist"));
                continue;
            }
            let vouched = word(detail.as_text(), "answer") == Some(&*Seal::of(&cells));
            first_answers += i64::from(vouched);
            let is_first = cells[0].as_text().ends_with(" POST /orders");
            check.must(vouched || !is_first, || {
                format!("order {id}: the answer kept of it is not the one that was given")
            });
        }
        if rows.is_empty() {
            break;
        }
    }
    let orders: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM orders").fetch_one(connection).await?;
    check.must(orders == first_answers, || format!("{orders} orders, {first_answers} answers kept of them"));
    Ok(())
}
