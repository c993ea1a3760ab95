// SPDX-License-Identifier: EUPL-1.2
//! Judging invoices again as what they rest on comes and goes: an order that arrives after its invoice, a credit note, a term
//! that ends. A judgement that comes to the same leaves no trace.

use std::collections::HashMap;
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};

use crate::answer;
use crate::app::App;
use crate::domain::role::Act;
use crate::domain::rome::rome_date;
use crate::error::Error;
use crate::flows::take_invoices::{judge_again, visible_invoice};
use crate::flows::{Change, Principal, once};
use crate::store::StoreError;
use crate::store::audit::Actor;
use crate::store::idempotency::Reply;
use crate::store::invoices::{InvoiceFilter, InvoiceRow};

/// Invoices read at a time.
const PAGE: u32 = 500;

/// Judges an invoice again for a client.
///
/// # Errors
/// [`Error::NotFound`], [`Error::Forbidden`], or the store's.
pub async fn recheck(
    app: &Arc<App>,
    principal: &Principal,
    id: &str,
    change: Change,
) -> Result<Reply, Error> {
    principal.must(Act::SubmitInvoice)?;
    principal.own_comune()?;
    visible_invoice(app, principal, id).await?;
    let (shared, id, actor) = (Arc::clone(app), id.to_owned(), principal.actor());
    let (lang, at) = (change.lang, change.at);
    once(app, &change, move |tx| {
        Box::pin(async move {
            let row = tx.invoice(&id).await?.ok_or(Error::NotFound)?;
            let row = judge_again(&shared, tx, &row, &actor, at).await?;
            Ok(Reply { status: 200, location: None, body: answer::invoice(&shared, &row, lang) })
        })
    })
    .await
}

/// What the worker remembers of its last rounds over open invoices: where the audit chain of each Comune ended, and on which
/// day. A Comune where nothing has happened since is passed over.
#[derive(Debug, Default)]
pub struct Rounds {
    heads: HashMap<String, i64>,
    day: Option<NaiveDate>,
}

impl Rounds {
    /// Judges the open invoices again of every Comune in which something has happened; on a new day, of all: terms end by
    /// themselves.
    ///
    /// # Errors
    /// When the store cannot be reached. What one invoice comes to stops no other.
    pub async fn go(&mut self, app: &Arc<App>) -> Result<(), StoreError> {
        let now = app.clock.now();
        let today = rome_date(now);
        if self.day.replace(today) != Some(today) {
            self.heads.clear();
        }
        let heads: HashMap<String, i64> = app.store.audit_heads().await?.into_iter().collect();
        let mut filter = InvoiceFilter { limit: PAGE, is_open: true, ..InvoiceFilter::default() };
        loop {
            let page = app.store.invoices(&app.programme.id, &filter).await?;
            let Some(last) = page.last() else { break };
            filter.after = Some((last.received_at.timestamp_micros(), last.id.clone()));
            for row in page.iter().filter(|row| self.has_moved(&heads, row)) {
                again(app, row, now).await?;
            }
        }
        // What happens during the round may have come too late for it: it is for the next one.
        self.heads = heads;
        Ok(())
    }

    fn has_moved(&self, heads: &HashMap<String, i64>, row: &InvoiceRow) -> bool {
        let chain = row.comune.as_str();
        self.heads.get(chain) != heads.get(chain)
    }
}

async fn again(app: &Arc<App>, row: &InvoiceRow, at: DateTime<Utc>) -> Result<(), StoreError> {
    let (shared, row) = (Arc::clone(app), row.clone());
    let id = row.id.clone();
    let written = app.store.write(move |tx| {
        Box::pin(async move {
            // It may have moved since the page was read.
            let Some(row) = tx.invoice(&row.id).await? else { return Ok(Ok(row)) };
            match judge_again(&shared, tx, &row, &Actor::worker(), at).await {
                Err(Error::Store(error)) => Err(error),
                done => Ok(done),
            }
        })
    });
    if let Err(error) = written.await? {
        tracing::warn!(invoice.id = %id, %error, "an invoice could not be judged again");
    }
    Ok(())
}
