// SPDX-License-Identifier: EUPL-1.2
//! What the audit chain says of a new order: digests of all that is stored of it.

use crate::domain::finding::Verdict;
use crate::domain::money::Money;
use crate::domain::order_state::OrderState;
use crate::store::audit::{Record, sha256};
use crate::store::idempotency::IdempotencyKey;
use crate::store::seal::{Cell, Seal};

use super::NewOrder;
use super::script::categories_json;

impl NewOrder {
    /// The first record of the order, which was asked for under that key.
    pub(super) fn record(&self, key: &IdempotencyKey) -> Record {
        Record {
            chain: self.keys.comune.to_string(),
            at: self.at,
            actor: self.actor.clone(),
            action: match self.verdict {
                Verdict::Accepted => "order.accepted",
                Verdict::Incomplete => "order.incomplete",
                Verdict::Refused => "order.refused",
            },
            subject: self.id.clone(),
            detail: format!(
                "document={} findings={} reserved={} row={} answer={}",
                self.document.sha256,
                sha256(self.findings.as_bytes()),
                self.held(),
                Seal::of(&self.cells()),
                Seal::of(&self.answer_cells(key))
            ),
        }
    }

    /// The values of the row to be, in the order of [`crate::store::seal::ORDER`].
    fn cells(&self) -> [Cell<'_>; 24] {
        let (keys, at) = (&self.keys, self.at.timestamp_micros());
        let cents = |amount: Option<Money>| Cell::maybe_number(amount.map(Money::cents));
        [
            Cell::text(&self.id),
            Cell::text(&keys.programme),
            Cell::text(keys.comune.as_str()),
            Cell::text(&keys.number),
            Cell::text(self.order_date.to_string()),
            Cell::maybe_number(self.sent_at.map(|at| at.timestamp_micros())),
            Cell::text(&keys.supplier),
            Cell::maybe_text(self.cup.as_deref()),
            Cell::maybe_text(keys.cig.as_deref()),
            cents(self.totals.net),
            cents(self.totals.vat),
            cents(self.totals.gross),
            Cell::Number(self.own_funds.cents()),
            Cell::Number(self.held().cents()),
            Cell::text(categories_json(&self.categories)),
            Cell::text(self.verdict.as_str()),
            Cell::text(OrderState::from_verdict(self.verdict).as_str()),
            Cell::Number(i64::from(self.is_accepted())),
            Cell::Nothing,
            Cell::text(&self.document.sha256),
            Cell::text(self.document.media_type),
            Cell::Number(1),
            Cell::Number(at),
            Cell::Number(at),
        ]
    }

    /// The values of the kept answer, in the order of [`crate::store::seal::ANSWER`].
    fn answer_cells<'a>(&'a self, key: &'a IdempotencyKey) -> [Cell<'a>; 6] {
        [
            Cell::text(&key.scope),
            Cell::text(&key.key),
            Cell::text(&key.body_sha256),
            Cell::Number(i64::from(self.reply.status)),
            Cell::maybe_text(self.reply.location.as_deref()),
            Cell::text(&self.reply.body),
        ]
    }
}
