// SPDX-License-Identifier: EUPL-1.2
//! Comuni in a programme against the records of their grant: state, CUP, receipt, assigned amount, what was booked of it.
//! The whole list is held in memory: there are no more Comuni than Italy has.

use std::collections::BTreeMap;

use sqlx::{AssertSqlSafe, SqliteConnection};

use crate::domain::budget::EntryKind;
use crate::domain::money::Money;
use crate::store::StoreError;
use crate::store::outbox::GENERATE_CUP;
use crate::store::seal::{Cell, PARTICIPATION, Seal};

use super::life::Entry;
use super::trail::word;
use super::{Check, PAGE};

/// What the records of one grant say.
#[derive(Default)]
struct Grant {
    /// Seal of the row.
    row: String,
    assigned: Money,
    entries: Vec<Entry>,
    /// True when its acceptance was asked for: a CUP is owed.
    requested: bool,
}

/// By programme and Comune.
type Grants = BTreeMap<(String, String), Grant>;

pub(super) async fn participations(
    connection: &mut SqliteConnection,
    check: &mut Check,
) -> Result<(), StoreError> {
    let mut grants = grants(connection, check).await?;
    let booked = booked(connection).await?;
    for (budget, entries) in &booked {
        let expected = grants.get(budget).map(|grant| &*grant.entries).unwrap_or_default();
        check.must(entries == expected, || {
            format!("{budget:?}: the amounts booked as assigned are not those that its records assign")
        });
    }
    let calls: Vec<(String, String)> =
        sqlx::query_as("SELECT programme, comune FROM outbox WHERE kind = $1 ORDER BY programme, comune")
            .bind(GENERATE_CUP)
            .fetch_all(&mut *connection)
            .await?;
    for budget in &calls {
        let requested = grants.get(budget).is_some_and(|grant| grant.requested);
        check.must(requested, || format!("{budget:?}: a CUP is owed, no record asks for it"));
    }
    let select = format!("SELECT {PARTICIPATION} FROM participation ORDER BY programme, comune");
    for row in sqlx::query(AssertSqlSafe(select)).fetch_all(connection).await? {
        check.seen += 1;
        let cells = Cell::of_row(&row)?;
        let budget = (cells[0].as_text().to_owned(), cells[1].as_text().to_owned());
        let Some(grant) = grants.remove(&budget) else {
            check.fault(format!("{budget:?}: no record tells of it"));
            continue;
        };
        check.must(Seal::of(&cells) == grant.row, || {
            format!("{budget:?}: its row is not the one that its latest record vouches for")
        });
        check.must(grant.entries.is_empty() || booked.contains_key(&budget), || {
            format!("{budget:?}: nothing is booked of what its records assign")
        });
        let owed = calls.binary_search(&budget).is_ok();
        check.must(owed || !grant.requested, || format!("{budget:?}: the call for its CUP is gone"));
    }
    grants.into_keys().for_each(|budget| check.fault(format!("{budget:?}: it is gone, records tell of it")));
    Ok(())
}

async fn grants(connection: &mut SqliteConnection, check: &mut Check) -> Result<Grants, StoreError> {
    let mut grants = Grants::new();
    let mut last = i64::MIN;
    loop {
        let rows: Vec<(i64, String, String, i64, String)> = sqlx::query_as(
            "SELECT id, chain, action, at, detail FROM audit WHERE id > $1 AND action >= 'grant.'
             AND action < 'grant/' ORDER BY id LIMIT $2",
        )
        .bind(last)
        .bind(PAGE)
        .fetch_all(&mut *connection)
        .await?;
        let Some(row) = rows.last() else { return Ok(grants) };
        last = row.0;
        for (id, comune, action, at, detail) in rows {
            let words = (word(&detail, "programme"), word(&detail, "row"), word(&detail, "assigned"));
            let (Some(programme), Some(row), Some(Ok(assigned))) =
                (words.0, words.1, words.2.map(str::parse::<Money>))
            else {
                check.fault(format!("chain {comune}: record {id} does not say how the grant stands"));
                continue;
            };
            let grant = grants.entry((programme.to_owned(), comune)).or_default();
            let difference = assigned.cents().saturating_sub(grant.assigned.cents());
            if difference != 0 {
                let kind = if difference < 0 { EntryKind::AllocationCut } else { EntryKind::Allocation };
                grant.entries.push((kind, difference.saturating_abs(), at));
            }
            grant.row = row.to_owned();
            grant.assigned = assigned;
            grant.requested |= action == "grant.acceptance_requested";
        }
    }
}

/// What is booked of no order, by programme and Comune.
async fn booked(
    connection: &mut SqliteConnection,
) -> Result<BTreeMap<(String, String), Vec<Entry>>, StoreError> {
    let rows: Vec<(String, String, String, i64, i64)> = sqlx::query_as(
        "SELECT programme, comune, kind, amount, booked_at FROM journal WHERE order_id IS NULL ORDER BY id",
    )
    .fetch_all(connection)
    .await?;
    let mut booked: BTreeMap<(String, String), Vec<Entry>> = BTreeMap::new();
    for (programme, comune, kind, amount, at) in rows {
        // An unknown kind is told by the fold of the journal.
        let Some(kind) = EntryKind::from_name(&kind) else { continue };
        booked.entry((programme, comune)).or_default().push((kind, amount, at));
    }
    Ok(booked)
}
