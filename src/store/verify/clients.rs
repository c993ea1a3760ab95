// SPDX-License-Identifier: EUPL-1.2
//! Clients against the records of their making and revocation.

use std::collections::HashMap;

use sqlx::{AssertSqlSafe, SqliteConnection};

use crate::store::StoreError;
use crate::store::clients::NO_COMUNE;
use crate::store::seal::{CLIENT, Cell, Seal};

use super::Check;
use super::trail::{self, AFTER_ALL};

/// Clients looked at together.
const CLIENTS: i64 = 1_000;

/// What the records of one client say.
#[derive(Default)]
struct Told {
    /// Chain and seal of each record of its making: one there must be.
    added: Vec<(String, String)>,
    revoked: Option<i64>,
}

pub(super) async fn clients(connection: &mut SqliteConnection, check: &mut Check) -> Result<(), StoreError> {
    let mut after = String::new();
    loop {
        let select =
            format!("SELECT {CLIENT}, revoked_at FROM client WHERE id > $1 ORDER BY id LIMIT {CLIENTS}");
        let rows = sqlx::query(AssertSqlSafe(select)).bind(&after).fetch_all(&mut *connection).await?;
        let page = rows.iter().map(Cell::of_row).collect::<Result<Vec<_>, _>>()?;
        let upto = page.last().map_or(AFTER_ALL, |cells| cells[0].as_text()).to_owned();
        if upto.is_empty() {
            check.fault("a client has an id that is no text".into());
            return Ok(());
        }
        let mut records: HashMap<String, Told> =
            page.iter().map(|cells| (cells[0].as_text().to_owned(), Told::default())).collect();
        trail::records(connection, (&after, &upto), "client", |record| {
            let Some(told) = records.get_mut(&record.subject) else {
                check.fault(format!(
                    "client {}: it is gone, chain {} tells of it",
                    record.subject, record.chain
                ));
                return;
            };
            match &*record.action {
                "client.revoked" => told.revoked = Some(record.at),
                _ => {
                    let row = record.word("row").unwrap_or_default().to_owned();
                    told.added.push((record.chain, row));
                }
            }
        })
        .await?;
        if page.is_empty() {
            return Ok(());
        }
        for cells in page {
            check.seen += 1;
            let told = records.remove(cells[0].as_text()).unwrap_or_default();
            compare(cells, &told, check);
        }
        after = upto;
    }
}

fn compare(mut cells: Vec<Cell<'static>>, told: &Told, check: &mut Check) {
    let revoked = cells.pop().unwrap_or(Cell::Nothing);
    let (id, comune) = (cells[0].to_string(), cells[3].as_text());
    let home = if comune.is_empty() { NO_COMUNE } else { comune };
    match &*told.added {
        [] => check.fault(format!("client {id}: no record tells who added it")),
        [(chain, row)] => check.must(chain == home && *row == Seal::of(&cells), || {
            format!("client {id}: its row is not the one that its record vouches for")
        }),
        _ => check.fault(format!("client {id}: it is added twice")),
    }
    check.must(revoked == Cell::maybe_number(told.revoked), || match told.revoked {
        Some(_) => format!("client {id}: its records revoke it, its row does not say when"),
        None => format!("client {id}: it is revoked, no record tells by whom"),
    });
}
