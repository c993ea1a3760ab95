// SPDX-License-Identifier: EUPL-1.2
//! Placing orders: idempotency row, reservation, order, document, journal entry, outbox row and audit record of many
//! orders in one transaction.
//!
//! Each order is decided inside the transaction that stores it, on the facts as they stand there and after the orders
//! decided before it, so a decision is never stale. The order of questions matters: is the request known, is the number
//! or CIG taken, is there money. The conditional update and the unique indexes hold all the same, whatever was decided.

use std::sync::Arc;

use crate::domain::declaration::Declaration;
use crate::domain::finding::Verdict;

use super::audit::Actor;
use super::facts::{OrderKeys, Question, Standing, StoredFacts};
use super::idempotency::{IdempotencyKey, Known, Reply};
use super::orders::OrderRow;
use super::soon::soon;
use super::{StoreError, Tx};

mod record;
mod script;

use script::Decided;

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
    /// The order as it will stand.
    pub row: OrderRow,
    /// The document as received.
    pub document: Arc<[u8]>,
    /// The declarations in it.
    pub declarations: Vec<Declaration>,
    /// The answer to give, now and whenever the request is repeated.
    pub reply: Reply,
    /// Who sent it.
    pub actor: Actor,
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
}

impl Tx {
    /// Places orders in the order given. The answers are in the same order.
    ///
    /// # Errors
    /// When the store cannot be written; then nothing is.
    pub async fn place(&mut self, orders: &[Placing]) -> Result<Vec<Placed>, StoreError> {
        let questions: Vec<Question<'_>> =
            orders.iter().map(|order| (&order.keys, Some(&order.idempotency))).collect();
        let mut standing = soon(Standing::load(&mut self.connection, &questions)).await?;
        let mut placed = Vec::with_capacity(orders.len());
        let mut new = Vec::with_capacity(orders.len());
        for order in orders {
            let name = (order.idempotency.scope.clone(), order.idempotency.key.clone());
            if let Some((digest, reply)) = standing.answers.get(&name) {
                placed.push(order.idempotency.compare(digest, reply.clone()).into());
                continue;
            }
            let decided = (order.decide)(standing.facts(&order.keys));
            if decided.is_accepted() {
                standing.take(&order.keys, &decided.row);
            }
            // What came with a refused order does not vouch for another one.
            if decided.row.verdict != Verdict::Refused {
                standing.file(&order.keys, &decided.declarations);
            }
            let reply = decided.reply.clone();
            placed.push(Placed::Stored { reply: reply.clone(), accepted: decided.is_accepted() });
            standing.answers.insert(name, (order.idempotency.body_sha256.clone(), reply));
            new.push(Decided::new(&order.idempotency, decided, &mut standing.heads));
        }
        self.write_all(new.iter().map(Decided::script).collect()).await?;
        for order in new.iter().map(Decided::order).filter(|order| order.row.verdict != Verdict::Refused) {
            self.keep_on_file(&order.row, &order.declarations, order.row.received_at).await?;
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
    fn is_accepted(&self) -> bool {
        self.row.verdict == Verdict::Accepted
    }
}
