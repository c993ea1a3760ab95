// SPDX-License-Identifier: EUPL-1.2
//! Proves from one snapshot that what is stored is whole: the file and its schema, the audit chains, every row that a
//! record vouches for, the documents, the balances, the owed calls.
//!
//! The proof rests on the chains. Whoever controls the file can recompute them, so it holds against a digest of their heads
//! that was kept elsewhere ([`Heads`]).

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::{Connection, SqliteConnection, SqlitePool};

use crate::domain::declaration::Declaration;
use crate::domain::money::Money;
use crate::domain::order::Totals;

use super::{Store, StoreError};

mod acts;
mod calls;
mod chain;
mod clients;
mod documents;
mod invoices;
mod life;
mod money;
mod orders;
mod participations;
mod payments;
mod received;
mod schema;
mod trail;

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

    /// A fault, unless it holds.
    fn must(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.fault(what());
        }
    }

    /// A check that could not be carried through has found a fault: what is stored is not what the program writes.
    fn done(&mut self, outcome: Result<(), StoreError>) {
        if let Err(error) = outcome {
            let cause = std::error::Error::source(&error).map(|cause| format!(": {cause}"));
            self.fault(format!("cannot be read: {error}{}", cause.unwrap_or_default()));
        }
    }

    /// True when nothing is wrong.
    pub fn is_ok(&self) -> bool {
        self.faults.is_empty()
    }
}

/// Where all audit chains end: what an auditor keeps elsewhere, to be compared later.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Heads {
    /// Id of the last record of any chain.
    pub last_record: i64,
    /// SHA-256 over a line `chain seq hash` for each chain, in the order of chains.
    pub digest: String,
}

/// What was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// Every check.
    pub checks: Vec<Check>,
    /// The ends of the chains, as recomputed from the records.
    pub heads: Heads,
}

impl Verified {
    /// True when nothing is wrong.
    pub fn is_ok(&self) -> bool {
        self.checks.iter().all(Check::is_ok)
    }
}

/// What reading a stored document again gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    /// ODA number.
    pub number: String,
    /// Date of the order.
    pub order_date: NaiveDate,
    /// When it was sent.
    pub sent_at: Option<DateTime<Utc>>,
    /// Key of the supplier, empty when it has no good code.
    pub supplier: String,
    /// Name of the supplier.
    pub supplier_name: Option<String>,
    /// The one good CUP.
    pub cup: Option<String>,
    /// The one good CIG.
    pub cig: Option<String>,
    /// Totals as stated.
    pub totals: Totals,
    /// Gross part the Comune pays itself.
    pub own_funds: Money,
    /// The declarations in it.
    pub declarations: Vec<Declaration>,
}

/// Reads a document of a media type again, or says why it cannot be read. The store itself knows no documents.
pub type ReadAgain<'r> = &'r (dyn Fn(&[u8], &str) -> Result<Contents, String> + Send + Sync);

impl Store {
    /// Runs every check on one snapshot.
    ///
    /// # Errors
    /// When the store cannot be read at all.
    pub async fn verify(&self, read: ReadAgain<'_>) -> Result<Verified, StoreError> {
        verify(self.reads(), read).await
    }
}

/// Runs every check on one snapshot of what a pool reads; the file itself is left as it is.
pub(super) async fn verify(reads: &SqlitePool, read: ReadAgain<'_>) -> Result<Verified, StoreError> {
    // Taken out of the pool: the checks keep indexes of their own in memory, and `query_only` forbids that too.
    let mut connection = reads.acquire().await?.detach();
    for statement in ["PRAGMA temp_store = MEMORY", "PRAGMA query_only = off", "BEGIN"] {
        sqlx::query(statement).execute(&mut connection).await?;
    }
    let verified = verify_snapshot(&mut connection, read).await;
    sqlx::query("ROLLBACK").execute(&mut connection).await?;
    connection.close().await?;
    Ok(verified)
}

async fn verify_snapshot(connection: &mut SqliteConnection, read: ReadAgain<'_>) -> Verified {
    let mut heads = Heads::default();
    let mut checks = vec![
        run("file", connection, schema::file).await,
        run("schema_equals_migrations", connection, schema::schema).await,
        run("audit_chain", connection, async |connection, check| {
            chain::chains(connection, check, &mut heads).await?;
            trail::index(connection).await
        })
        .await,
    ];
    let mut orders = orders::OrderChecks::new();
    let outcome = orders::orders(connection, &mut orders).await;
    orders.records.done(outcome);
    checks.extend(orders.into_list());
    let mut documents = documents::DocumentChecks::new();
    let outcome = documents::documents(connection, &mut documents, read).await;
    documents.digests.done(outcome);
    checks.extend(documents.into_list());
    checks.extend([
        run("participations_equal_audit", connection, participations::participations).await,
        run("clients_equal_audit", connection, clients::clients).await,
        run("kept_answers_equal_audit", connection, calls::answers).await,
        run("balances_equal_journal", connection, money::balances).await,
        run("holdings_equal_live_orders", connection, money::holdings).await,
        run("every_accepted_order_is_handed_over_once", connection, calls::owed).await,
        run("purchase_sums_equal_live_orders", connection, money::purchases).await,
        run("files_of_sdi_equal_audit", connection, received::invoices).await,
        run("files_of_invoices_equal_audit", connection, invoices::files).await,
        run("invoices_equal_audit", connection, invoices::invoices).await,
        run("payments_equal_audit", connection, payments::payments).await,
        run("decisions_equal_audit", connection, payments::decisions).await,
        run("grant_acts_equal_audit", connection, acts::grant_acts).await,
        run("documents_of_siope_equal_audit", connection, received::payments).await,
        run("cig_checks_equal_audit", connection, received::cig_checks).await,
    ]);
    Verified { checks, heads }
}

/// Runs one check to its end, or as far as what is stored can be read.
async fn run(
    name: &'static str,
    connection: &mut SqliteConnection,
    check: impl AsyncFnOnce(&mut SqliteConnection, &mut Check) -> Result<(), StoreError>,
) -> Check {
    let mut found = Check::new(name);
    let outcome = check(connection, &mut found).await;
    found.done(outcome);
    found
}
