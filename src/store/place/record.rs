// SPDX-License-Identifier: EUPL-1.2
//! What the audit chain says of a new order: digests of all that is stored of it.

use crate::domain::finding::Verdict;
use crate::domain::money::Money;
use crate::domain::sha256::sha256;
use crate::store::audit::Record;
use crate::store::idempotency::IdempotencyKey;
use crate::store::seal::{Cell, Seal};

use super::NewOrder;
use super::script::categories_json;

impl NewOrder {
    /// The first record of the order, which was asked for under that key. `findings` are its findings as stored.
    pub(super) fn record(&self, key: &IdempotencyKey, findings: &str) -> Record {
        let row = &self.row;
        Record {
            chain: row.comune.to_string(),
            at: row.received_at,
            actor: self.actor.clone(),
            action: match row.verdict {
                Verdict::Accepted => "order.accepted",
                Verdict::Incomplete => "order.incomplete",
                Verdict::Refused => "order.refused",
            },
            subject: row.id.clone(),
            detail: format!(
                "document={} findings={} reserved={} row={} answer={}",
                row.document,
                sha256(findings.as_bytes()),
                row.reserved,
                Seal::of(&self.cells()),
                Seal::of(&self.answer_cells(key))
            ),
        }
    }

    /// The values of the row to be, in the order of [`crate::store::seal::ORDER`].
    fn cells(&self) -> [Cell<'_>; 24] {
        let row = &self.row;
        let at = row.received_at.timestamp_micros();
        let cents = |amount: Option<Money>| Cell::maybe_number(amount.map(Money::cents));
        [
            Cell::text(&row.id),
            Cell::text(&row.programme),
            Cell::text(row.comune.as_str()),
            Cell::text(&row.number),
            Cell::text(row.order_date.to_string()),
            Cell::maybe_number(row.sent_at.map(|at| at.timestamp_micros())),
            Cell::text(&row.supplier),
            Cell::maybe_text(row.cup.as_deref()),
            Cell::maybe_text(row.cig.as_deref()),
            cents(row.net),
            cents(row.vat),
            cents(row.gross),
            Cell::Number(row.own_funds.cents()),
            Cell::Number(row.reserved.cents()),
            Cell::text(categories_json(&row.categories)),
            Cell::text(row.verdict.as_str()),
            Cell::text(row.state.as_str()),
            Cell::Number(i64::from(row.state.is_live())),
            Cell::maybe_text(row.oda_number.as_deref()),
            Cell::text(&row.document),
            Cell::text(&row.media_type),
            Cell::Number(row.version),
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
