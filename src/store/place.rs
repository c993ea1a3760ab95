// SPDX-License-Identifier: EUPL-1.2
//! Placing orders: idempotency row, reservation, order, document, journal entry, outbox row and audit record of many
//! orders in one transaction.
//!
//! Each order is decided inside the transaction that stores it, on the facts as they stand there and after the orders
//! decided before it, so a decision is never stale. The order of questions matters: is the request known, is the number
//! or CIG taken, is there money. The conditional update and the unique indexes hold all the same, whatever was decided.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use chrono::{DateTime, NaiveDate, Utc};

use crate::domain::declaration::Declaration;
use crate::domain::finding::Verdict;
use crate::domain::money::Money;
use crate::domain::order::Totals;

use super::audit::Actor;
use super::facts::{OrderKeys, Question, Standing, StoredFacts, Taken};
use super::idempotency::{IdempotencyKey, Known, Reply};
use super::{StoreError, Tx};

mod record;
mod script;

use script::Decided;
pub(super) use script::Scripts;

/// A document as received.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Document {
    /// SHA-256 of the bytes, lower-case hexadecimal.
    pub sha256: String,
    /// Media type it was announced with, or found to be.
    pub media_type: &'static str,
    /// The bytes.
    pub bytes: Arc<[u8]>,
}

/// Judges an order on the facts it is given. Called again when the transaction has to be tried again, so it must do
/// nothing else.
pub type Decide = Box<dyn Fn(StoredFacts) -> NewOrder + Send + Sync>;

/// An order to be placed: what to look up, and how to decide once that is known.
pub struct Placing {
    /// By what the order is found.
    pub keys: OrderKeys,
    /// The request's key.
    pub idempotency: IdempotencyKey,
    /// The judgement to come.
    pub decide: Decide,
}

/// A judged order, ready to be stored.
#[derive(Debug, Clone)]
pub struct NewOrder {
    /// Random id.
    pub id: String,
    /// By what it is found.
    pub keys: OrderKeys,
    /// Date of the order.
    pub order_date: NaiveDate,
    /// When it was sent, where known.
    pub sent_at: Option<DateTime<Utc>>,
    /// The supplier's name as written.
    pub supplier_name: Option<String>,
    /// The one good CUP, if there is one.
    pub cup: Option<String>,
    /// Totals as stated.
    pub totals: Totals,
    /// Gross part the Comune pays itself.
    pub own_funds: Money,
    /// What to hold of the grant when accepted: gross less own funds.
    pub reserve: Money,
    /// Net amount per catalogue category.
    pub categories: Vec<(String, Money)>,
    /// The verdict.
    pub verdict: Verdict,
    /// The findings as JSON.
    pub findings: String,
    /// The document as received.
    pub document: Document,
    /// The declarations in it.
    pub declarations: Vec<Declaration>,
    /// The answer to give, now and whenever the request is repeated.
    pub reply: Reply,
    /// Who sent it.
    pub actor: Actor,
    /// When its last byte arrived.
    pub at: DateTime<Utc>,
}

/// What became of an order that was to be placed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Placed {
    /// Stored, with everything that belongs to it.
    Stored {
        /// The answer.
        reply: Reply,
        /// True when it was accepted: a hand-over is owed.
        accepted: bool,
    },
    /// The same request was answered before: give that answer.
    Repeat(Reply),
    /// The key belongs to another request.
    KeyReused,
    /// Deciding failed: a fault of the program. Nothing of this order is stored.
    Undecided,
}

impl Tx {
    /// Places orders in the order given. The answers are in the same order.
    ///
    /// # Errors
    /// When the store cannot be written; then nothing is.
    pub async fn place(&mut self, orders: &[Placing]) -> Result<Vec<Placed>, StoreError> {
        let questions: Vec<Question<'_>> =
            orders.iter().map(|order| (&order.keys, Some(&order.idempotency))).collect();
        let mut standing = Standing::load(&mut self.connection, &questions).await?;
        let mut placed = Vec::with_capacity(orders.len());
        let mut new = Vec::with_capacity(orders.len());
        for order in orders {
            let name = (order.idempotency.scope.clone(), order.idempotency.key.clone());
            if let Some((digest, reply)) = standing.answers.get(&name) {
                placed.push(order.idempotency.compare(digest, reply.clone()).into());
                continue;
            }
            // A panic must cost its own order only, never the writer.
            let facts = standing.facts(&order.keys);
            let Ok(decided) = catch_unwind(AssertUnwindSafe(|| (order.decide)(facts))) else {
                placed.push(Placed::Undecided);
                continue;
            };
            if decided.is_accepted() {
                standing.take(&order.keys, &decided.taken());
            }
            // What came with a refused order does not vouch for another one.
            if decided.verdict != Verdict::Refused {
                standing.file(&order.keys, &decided.declarations);
            }
            let reply = decided.reply.clone();
            placed.push(Placed::Stored { reply: reply.clone(), accepted: decided.is_accepted() });
            standing.answers.insert(name, (order.idempotency.body_sha256.clone(), reply));
            new.push(Decided::new(&order.idempotency, decided, &mut standing.heads));
        }
        self.store_orders(&new).await?;
        for order in new.iter().map(Decided::order).filter(|order| order.verdict != Verdict::Refused) {
            self.keep_on_file(&order.id, &order.keys, &order.declarations, order.at).await?;
        }
        Ok(placed)
    }
}

impl From<Known> for Placed {
    fn from(known: Known) -> Self {
        match known {
            Known::Repeat(reply) => Self::Repeat(reply),
            Known::Reused => Self::KeyReused,
        }
    }
}

impl NewOrder {
    /// True when the order stands and holds money.
    pub fn is_accepted(&self) -> bool {
        self.verdict == Verdict::Accepted
    }

    /// What it holds of the grant.
    pub fn held(&self) -> Money {
        if self.is_accepted() { self.reserve } else { Money::ZERO }
    }

    fn taken(&self) -> Taken<'_> {
        Taken { id: &self.id, held: self.held(), categories: &self.categories, order_date: self.order_date }
    }
}
