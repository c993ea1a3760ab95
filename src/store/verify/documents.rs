// SPDX-License-Identifier: EUPL-1.2
//! Documents: the bytes are those that were received, an order's row says what reading them again says, and the
//! declarations kept for later orders are those that orders brought.

use std::collections::HashMap;

use sqlx::{AssertSqlSafe, Row, SqliteConnection};

use crate::domain::money::Money;
use crate::domain::sha256::sha256;
use crate::store::StoreError;
use crate::store::declarations::{filed_under_code, to_body};
use crate::store::seal::{Cell, ORDER};

use super::orders::place;
use super::{Check, Contents, ReadAgain};

/// Documents held in memory together: each may have megabytes.
const DOCUMENTS: i64 = 16;

/// What is checked of documents.
pub(super) struct DocumentChecks {
    pub(super) digests: Check,
    orders: Check,
    on_file: Check,
}

impl DocumentChecks {
    pub(super) fn new() -> Self {
        Self {
            digests: Check::new("documents_equal_digests"),
            orders: Check::new("orders_equal_documents"),
            on_file: Check::new("declarations_on_file_equal_orders"),
        }
    }

    pub(super) fn into_list(self) -> [Check; 3] {
        [self.digests, self.orders, self.on_file]
    }
}

/// An order with its document.
struct Stored {
    /// The sealed columns.
    cells: Vec<Cell<'static>>,
    supplier_name: Cell<'static>,
    bytes: Option<Vec<u8>>,
    /// True when the order was refused at its receipt: what came with it vouches for nothing.
    refused: bool,
}

impl Stored {
    fn get(&self, column: &str) -> &Cell<'static> {
        if column == "supplier_name" { &self.supplier_name } else { &self.cells[place(column)] }
    }

    fn id(&self) -> &str {
        self.get("id").as_text()
    }
}

/// A declaration on file: supplier it is filed under, body.
type Filing = (String, String);

pub(super) async fn documents(
    connection: &mut SqliteConnection,
    checks: &mut DocumentChecks,
    read: ReadAgain<'_>,
) -> Result<(), StoreError> {
    let mut after = String::new();
    loop {
        let page = page(connection, &after).await?;
        let Some(upto) = page.last().map(|order| order.id().to_owned()) else { return Ok(()) };
        if upto.is_empty() {
            return Ok(());
        }
        let range = (&*after, &*upto);
        let mut filed = filed(connection, range).await?;
        let mut given = given(connection, range).await?;
        for order in &page {
            let Some(contents) = contents(order, checks, read) else { continue };
            let id = order.id();
            let mut brought = given.remove(id).unwrap_or_default();
            if !order.refused {
                for declaration in &contents.declarations {
                    brought.push(to_body(declaration)?);
                }
            }
            let filed = filed.remove(id).unwrap_or_default();
            compare_filings(connection, order, brought, filed, &mut checks.on_file).await?;
        }
        after = upto;
    }
}

async fn page(connection: &mut SqliteConnection, after: &str) -> Result<Vec<Stored>, StoreError> {
    let select = format!(
        "SELECT {ORDER}, supplier_name,
         (SELECT audit.action = 'order.refused' FROM trail CROSS JOIN audit ON audit.id = trail.record
         WHERE trail.subject = orders.id ORDER BY trail.record LIMIT 1) AS refused,
         (SELECT CAST(bytes AS BLOB) FROM document WHERE order_id = orders.id) AS bytes
         FROM orders WHERE id > $1 ORDER BY id LIMIT $2"
    );
    let rows =
        sqlx::query(AssertSqlSafe(select)).bind(after).bind(DOCUMENTS).fetch_all(&mut *connection).await?;
    let sealed = ORDER.split(", ").count();
    rows.iter()
        .map(|row| {
            let mut cells = Cell::of_row(row)?;
            cells.truncate(sealed + 1);
            Ok(Stored {
                supplier_name: cells.pop().unwrap_or(Cell::Nothing),
                cells,
                bytes: row.try_get("bytes")?,
                refused: row.try_get::<Option<bool>, _>("refused")?.unwrap_or_default(),
            })
        })
        .collect()
}

/// Compares an order with its document; gives what the document says, when it can be read.
fn contents(order: &Stored, checks: &mut DocumentChecks, read: ReadAgain<'_>) -> Option<Contents> {
    let id = order.id();
    checks.digests.seen += 1;
    let Some(bytes) = &order.bytes else {
        checks.digests.fault(format!("order {id}: its document is gone"));
        return None;
    };
    let digest = sha256(bytes);
    if digest != order.get("document").as_text() {
        checks.digests.fault(format!("order {id}: its document has another digest, {digest}"));
        return None;
    }
    checks.orders.seen += 1;
    match read(bytes, order.get("media_type").as_text()) {
        Ok(contents) => {
            compare(order, &contents, &mut checks.orders);
            Some(contents)
        }
        Err(why) => {
            checks.orders.fault(format!("order {id}: its document cannot be read any more: {why}"));
            None
        }
    }
}

fn compare(order: &Stored, contents: &Contents, check: &mut Check) {
    let cents = |amount: Option<Money>| Cell::maybe_number(amount.map(Money::cents));
    for (column, said) in [
        ("number", Cell::text(&contents.number)),
        ("order_date", Cell::text(contents.order_date.to_string())),
        ("sent_at", Cell::maybe_number(contents.sent_at.map(|at| at.timestamp_micros()))),
        ("supplier", Cell::text(&contents.supplier)),
        ("supplier_name", Cell::maybe_text(contents.supplier_name.as_deref())),
        ("cup", Cell::maybe_text(contents.cup.as_deref())),
        ("cig", Cell::maybe_text(contents.cig.as_deref())),
        ("net", cents(contents.totals.net)),
        ("vat", cents(contents.totals.vat)),
        ("gross", cents(contents.totals.gross)),
        ("own_funds", Cell::Number(contents.own_funds.cents())),
    ] {
        let stored = order.get(column);
        check.must(*stored == said, || {
            format!("order {}: {column} is {stored}, its document says {said}", order.id())
        });
    }
}

/// What an order brought for later ones is on file, by this order or by an earlier one; what is on file by it, it brought.
async fn compare_filings(
    connection: &mut SqliteConnection,
    order: &Stored,
    brought: Vec<String>,
    mut filed: Vec<Filing>,
    check: &mut Check,
) -> Result<(), StoreError> {
    let (id, supplier) = (order.id(), order.get("supplier").as_text());
    let mut wide = Vec::new();
    for body in brought {
        match serde_json::from_str(&body) {
            Ok(declaration) => wide
                .extend(filed_under_code(&declaration, supplier).map(|supplier| (supplier.to_owned(), body))),
            Err(_) => check.fault(format!("order {id}: a declaration given for it cannot be read")),
        }
    }
    wide.sort_unstable();
    wide.dedup();
    for filing in wide {
        check.seen += 1;
        if let Some(found) = filed.iter().position(|known| *known == filing) {
            filed.swap_remove(found);
            continue;
        }
        let known: i64 = sqlx::query_scalar(
            "SELECT COUNT(*) FROM declaration_on_file
             WHERE programme = $1 AND comune = $2 AND supplier = $3 AND body = $4",
        )
        .bind(order.get("programme").as_text())
        .bind(order.get("comune").as_text())
        .bind(&filing.0)
        .bind(&filing.1)
        .fetch_one(&mut *connection)
        .await?;
        check.must(known == 1, || format!("order {id}: a declaration it brought is not on file"));
    }
    for _ in filed {
        check.fault(format!("order {id}: a declaration is on file by it that it did not bring"));
    }
    Ok(())
}

/// What is on file by each order of a page, under its own programme and Comune. What is filed elsewhere counts as nothing
/// that the order brought.
async fn filed(
    connection: &mut SqliteConnection,
    (after, upto): (&str, &str),
) -> Result<HashMap<String, Vec<Filing>>, StoreError> {
    let rows: Vec<(String, String, String, bool)> = sqlx::query_as(
        "SELECT filed.order_id, held.supplier, held.body, held.programme = orders.programme
         AND held.comune = orders.comune FROM filed
         CROSS JOIN declaration_on_file AS held ON held.rowid = filed.filing
         CROSS JOIN orders ON orders.id = filed.order_id
         WHERE filed.order_id > $1 AND filed.order_id <= $2",
    )
    .bind(after)
    .bind(upto)
    .fetch_all(connection)
    .await?;
    let mut filed: HashMap<String, Vec<Filing>> = HashMap::new();
    for (id, supplier, body, at_home) in rows {
        let supplier = if at_home { supplier } else { format!("elsewhere {supplier}") };
        filed.entry(id).or_default().push((supplier, body));
    }
    Ok(filed)
}

/// The declarations given for each order of a page after its receipt.
async fn given(
    connection: &mut SqliteConnection,
    (after, upto): (&str, &str),
) -> Result<HashMap<String, Vec<String>>, StoreError> {
    let rows: Vec<(String, String)> =
        sqlx::query_as("SELECT order_id, body FROM declaration WHERE order_id > $1 AND order_id <= $2")
            .bind(after)
            .bind(upto)
            .fetch_all(connection)
            .await?;
    let mut given: HashMap<String, Vec<String>> = HashMap::new();
    for (id, body) in rows {
        given.entry(id).or_default().push(body);
    }
    Ok(given)
}
