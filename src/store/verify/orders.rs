// SPDX-License-Identifier: EUPL-1.2
//! Orders against the records about them: the row, what it has booked, the declarations given later.

use std::collections::HashMap;

use sqlx::{AssertSqlSafe, SqliteConnection};

use crate::domain::budget::EntryKind;
use crate::domain::money::Money;
use crate::domain::order_state::OrderState;
use crate::domain::sha256::sha256;
use crate::domain::spending::Spending;
use crate::store::StoreError;
use crate::store::seal::{Cell, DECLARATION, ORDER, Seal};

use super::life::{Life, Named};
use super::trail::{self, AFTER_ALL};
use super::{Check, PAGE};

/// Orders looked at together.
const ORDERS: i64 = 500;

/// What is checked of orders.
pub(super) struct OrderChecks {
    pub(super) records: Check,
    journal: Check,
    declarations: Check,
}

impl OrderChecks {
    pub(super) fn new() -> Self {
        Self {
            records: Check::new("orders_equal_audit"),
            journal: Check::new("journal_equals_audit"),
            declarations: Check::new("declarations_equal_audit"),
        }
    }

    pub(super) fn into_list(self) -> [Check; 3] {
        [self.records, self.journal, self.declarations]
    }
}

/// An order as it is stored.
struct Stored {
    /// The sealed columns.
    cells: Vec<Cell<'static>>,
    /// What became of its money, which is in no seal: what is invoiced, what is paid, when the order died.
    spending: [Cell<'static>; 3],
    /// SHA-256 of its findings.
    findings: String,
}

impl Stored {
    fn get(&self, column: &str) -> &Cell<'static> {
        &self.cells[place(column)]
    }

    fn id(&self) -> &str {
        self.get("id").as_text()
    }
}

/// Where a column stands among the sealed ones.
pub(super) fn place(column: &str) -> usize {
    ORDER.split(", ").position(|name| name == column).unwrap_or_default()
}

pub(super) async fn orders(
    connection: &mut SqliteConnection,
    checks: &mut OrderChecks,
) -> Result<(), StoreError> {
    let mut after = String::new();
    loop {
        let page = page(connection, &after).await?;
        let upto = page.last().map_or(AFTER_ALL, Stored::id).to_owned();
        if upto.is_empty() {
            checks.records.fault("an order has an id that is no text".into());
            break;
        }
        let range = (&*after, &*upto);
        let mut lives = lives(connection, range, &page, &mut checks.records).await?;
        let mut entries = entries(connection, range).await?;
        let mut given = HashMap::new();
        let outcome = declarations(connection, range, &mut given).await;
        checks.declarations.done(outcome);
        for order in &page {
            checks.records.seen += 1;
            let id = order.id();
            let Some(life) = lives.remove(id) else {
                checks.records.fault(format!("order {id}: no record tells of it"));
                continue;
            };
            compare(order, &life, &mut checks.records);
            compare_entries(order, &life, entries.remove(id).unwrap_or_default(), &mut checks.journal);
            let (count, seal) = given.remove(id).map_or((0, None), |(count, seal)| (count, Some(seal)));
            checks.declarations.seen += count;
            let agree = seal.map(Seal::finish) == life.declarations;
            checks.declarations.must(agree, || {
                format!("order {id}: the declarations given for it are not those that its records vouch for")
            });
        }
        if page.is_empty() {
            break;
        }
        after = upto;
    }
    let stored: i64 = sqlx::query_scalar("SELECT COUNT(*) FROM orders").fetch_one(&mut *connection).await?;
    let seen = checks.records.seen;
    checks.records.must(u64::try_from(stored) == Ok(seen), || format!("{stored} orders, {seen} have an id"));
    strays(connection, &mut checks.journal).await
}

async fn page(connection: &mut SqliteConnection, after: &str) -> Result<Vec<Stored>, StoreError> {
    let select = format!(
        "SELECT {ORDER}, invoiced, paid, ended_at, findings FROM orders WHERE id > $1 ORDER BY id LIMIT $2"
    );
    let rows =
        sqlx::query(AssertSqlSafe(select)).bind(after).bind(ORDERS).fetch_all(&mut *connection).await?;
    rows.iter()
        .map(|row| {
            let mut cells = Cell::of_row(row)?;
            let findings = cells.pop().map(|cell| sha256(cell.as_text().as_bytes())).unwrap_or_default();
            let mut last = || cells.pop().unwrap_or(Cell::Nothing);
            let (ended_at, paid, invoiced) = (last(), last(), last());
            Ok(Stored { cells, spending: [invoiced, paid, ended_at], findings })
        })
        .collect()
}

/// The lives of the orders of a page. A record about an order that is not there is a fault.
async fn lives(
    connection: &mut SqliteConnection,
    range: (&str, &str),
    page: &[Stored],
    check: &mut Check,
) -> Result<HashMap<String, Life>, StoreError> {
    let mut lives: HashMap<String, Option<Life>> =
        page.iter().map(|order| (order.id().to_owned(), None)).collect();
    trail::records(connection, range, "order", |told| match lives.get_mut(&told.subject) {
        Some(life) => life.get_or_insert_default().take(&told),
        None => check.fault(format!(
            "order {}: it is gone, chain {} tells of it ({})",
            told.subject, told.chain, told.action
        )),
    })
    .await?;
    Ok(lives.into_iter().filter_map(|(id, life)| Some((id, life?))).collect())
}

fn compare(order: &Stored, life: &Life, check: &mut Check) {
    let id = order.id();
    if let Some(why) = life.broken {
        check.fault(format!("order {id}: {why}"));
        return;
    }
    let state = life.state.map_or("", OrderState::as_str);
    let live = life.state.is_some_and(OrderState::is_live);
    for (column, told) in [
        ("comune", Cell::text(&life.chain)),
        ("state", Cell::text(state)),
        ("live", Cell::Number(i64::from(live))),
        ("reserved", Cell::Number(life.reserved.cents())),
        ("version", Cell::Number(life.version)),
        ("document", Cell::text(&life.document)),
    ] {
        let stored = order.get(column);
        check.must(*stored == told, || {
            format!("order {id}: {column} is {stored}, its records make it {told}")
        });
    }
    let Spending { invoiced, paid } = life.spending;
    let told =
        [Cell::Number(invoiced.cents()), Cell::Number(paid.cents()), Cell::maybe_number(life.ended_at)];
    for ((column, stored), told) in
        ["invoiced", "paid", "ended_at"].into_iter().zip(&order.spending).zip(told)
    {
        check.must(*stored == told, || {
            format!("order {id}: {column} is {stored}, its records make it {told}")
        });
    }
    check.must(order.findings == life.findings, || {
        format!("order {id}: its findings are not those of its latest judgement")
    });
    check.must(Seal::of(&order.cells) == life.row, || {
        format!("order {id}: its row is not the one that its latest record vouches for")
    });
}

/// An entry with the budget that it stands in.
type Booked = (String, String, Named);

fn compare_entries(order: &Stored, life: &Life, mut booked: Vec<Booked>, check: &mut Check) {
    let (id, programme, comune) = (order.id(), order.get("programme"), order.get("comune"));
    for expected in &life.entries {
        check.seen += 1;
        let same = |(in_programme, of_comune, entry): &Booked| {
            entry == expected && in_programme == programme.as_text() && of_comune == comune.as_text()
        };
        match booked.iter().position(same) {
            Some(found) => drop(booked.swap_remove(found)),
            None => check.fault(format!("order {id}: {} is not booked so", shown(expected))),
        }
    }
    for (.., entry) in booked {
        check.fault(format!("order {id}: {} is booked, its records know nothing of it", shown(&entry)));
    }
}

fn shown((_, (kind, cents, _)): &Named) -> String {
    format!("{} of {}", kind.as_str(), Money::from_cents(*cents))
}

/// What is booked under the names that entries about these orders bear.
async fn entries(
    connection: &mut SqliteConnection,
    (after, upto): (&str, &str),
) -> Result<HashMap<String, Vec<Booked>>, StoreError> {
    let mut entries: HashMap<String, Vec<Booked>> = HashMap::new();
    for kind in EntryKind::ALL {
        // By the names alone, so that the index of names is used. A semicolon comes right after a colon.
        let named = match kind.repeats() {
            false => "event_key = $1 || ':' || orders.id",
            true => "event_key > $1 || ':' || orders.id || ':' AND event_key < $1 || ':' || orders.id || ';'",
        };
        let select = format!(
            "SELECT orders.id, journal.programme, journal.comune, kind, event_key, amount, booked_at
             FROM orders CROSS JOIN journal ON {named} WHERE orders.id > $2 AND orders.id <= $3"
        );
        let rows: Vec<(String, String, String, String, String, i64, i64)> =
            sqlx::query_as(AssertSqlSafe(select))
                .bind(kind.as_str())
                .bind(after)
                .bind(upto)
                .fetch_all(&mut *connection)
                .await?;
        for (id, programme, comune, kind, event, amount, at) in rows {
            // An unknown kind is told by the fold of the journal.
            let Some(kind) = EntryKind::from_name(&kind) else { continue };
            entries.entry(id).or_default().push((programme, comune, (event, (kind, amount, at))));
        }
    }
    Ok(entries)
}

/// Entries that name an order and are not under its name.
async fn strays(connection: &mut SqliteConnection, check: &mut Check) -> Result<(), StoreError> {
    let strays: Vec<i64> = sqlx::query_scalar(
        "SELECT id FROM journal WHERE (order_id IS NOT NULL OR kind NOT IN ('allocation', 'allocation_cut'))
         AND (order_id IS NULL OR substr(event_key || ':', 1, length(kind) + length(order_id) + 2)
         <> kind || ':' || order_id || ':'
         OR NOT EXISTS (SELECT 1 FROM orders WHERE orders.id = journal.order_id)) LIMIT 20",
    )
    .fetch_all(connection)
    .await?;
    strays.into_iter().for_each(|id| check.fault(format!("journal entry {id}: it belongs to no order")));
    Ok(())
}

/// How many declarations were given for each order, and the seal of all of them.
async fn declarations(
    connection: &mut SqliteConnection,
    (after, upto): (&str, &str),
    seals: &mut HashMap<String, (u64, Seal)>,
) -> Result<(), StoreError> {
    let (mut order, mut at, mut id) = (after.to_owned(), i64::MAX, String::new());
    let select = format!(
        "SELECT {DECLARATION}, order_id FROM declaration WHERE (order_id, received_at, id) > ($1, $2, $3)
         AND order_id <= $4 ORDER BY order_id, received_at, id LIMIT $5"
    );
    loop {
        let query = sqlx::query(AssertSqlSafe(&*select)).bind(&order).bind(at).bind(&id).bind(upto);
        let rows = query.bind(PAGE).fetch_all(&mut *connection).await?;
        if rows.is_empty() {
            return Ok(());
        }
        for row in &rows {
            let mut cells = Cell::of_row(row)?;
            let of = cells.pop();
            let (Some(Cell::Text(of)), [Cell::Text(its), _, Cell::Number(given_at)]) = (of, &*cells) else {
                return Err(foreign(&cells));
            };
            (order, at, id) = (of.into_owned(), *given_at, its.to_string());
            let (count, seal) = seals.entry(order.clone()).or_default();
            *count += 1;
            seal.add(&cells);
        }
    }
}

fn foreign(cells: &[Cell<'_>]) -> StoreError {
    let row = cells.first().map(ToString::to_string).unwrap_or_default();
    StoreError::Inconsistent { table: "declaration", column: "key", row, value: String::new() }
}
