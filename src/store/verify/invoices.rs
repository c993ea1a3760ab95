// SPDX-License-Identifier: EUPL-1.2
//! Invoices: the files are those that were taken in, and each invoice stands as it was judged last.

use std::collections::BTreeSet;

use sqlx::SqliteConnection;

use crate::store::StoreError;
use crate::store::invoices::{InvoiceRow, SELECT};

use super::received::{self, Files};
use super::trail::word;
use super::{Check, PAGE};

const FILES: Files = Files {
    action: "invoices.received",
    keys: "SELECT content_sha256 FROM invoice_files",
    of_key: "SELECT sha256, CAST(file AS BLOB) FROM invoice_files WHERE content_sha256 = $1",
};

/// The files that invoices came in.
pub(super) async fn files(connection: &mut SqliteConnection, check: &mut Check) -> Result<(), StoreError> {
    received::files(connection, check, &FILES).await
}

/// Each invoice comes to the seal that was recorded last, and none that was recorded is gone.
pub(super) async fn invoices(connection: &mut SqliteConnection, check: &mut Check) -> Result<(), StoreError> {
    let recorded = "SELECT DISTINCT subject FROM audit WHERE action = 'invoice.judged'";
    let recorded: Vec<String> = sqlx::query_scalar(recorded).fetch_all(&mut *connection).await?;
    let mut gone: BTreeSet<String> = recorded.into_iter().collect();
    let select = format!("{SELECT} WHERE id > $1 ORDER BY id LIMIT $2");
    let mut after = String::new();
    loop {
        let page: Vec<InvoiceRow> = sqlx::query_as(sqlx::AssertSqlSafe(select.as_str()))
            .bind(&after)
            .bind(PAGE)
            .fetch_all(&mut *connection)
            .await?;
        let Some(last) = page.last() else { break };
        after.clone_from(&last.id);
        for row in page {
            check.seen += 1;
            gone.remove(&row.id);
            let told = last_record(connection, &row.id).await?.unwrap_or_default();
            let (seal, recorded) = (row.seal(), word(&told, "row").unwrap_or_default());
            check.must(seal == recorded, || {
                format!("invoice {}: stands as {seal}, was recorded as {recorded}", row.id)
            });
        }
    }
    gone.into_iter().for_each(|id| check.fault(format!("invoice {id} was judged and is gone")));
    Ok(())
}

async fn last_record(connection: &mut SqliteConnection, id: &str) -> Result<Option<String>, StoreError> {
    let query = sqlx::query_scalar(
        "SELECT audit.detail FROM trail CROSS JOIN audit ON audit.id = trail.record
         WHERE trail.subject = $1 AND audit.action = 'invoice.judged' ORDER BY trail.record DESC LIMIT 1",
    );
    Ok(query.bind(id).fetch_optional(&mut *connection).await?)
}
