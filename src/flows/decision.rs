// SPDX-License-Identifier: EUPL-1.2
//! How a judged order is stored, whichever way it came. The judgement itself is made later, in the transaction that stores
//! the order, on the facts as they stand there.

use std::borrow::Cow;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::answer::{self, Lang};
use crate::app::App;
use crate::documents::ReadOrder;
use crate::domain::finding::Verdict;
use crate::domain::money::Money;
use crate::domain::order_state::OrderState;
use crate::domain::spending::Spending;
use crate::flows::judge::judge_stored;
use crate::store::audit::Actor;
use crate::store::facts::{OrderKeys, StoredFacts};
use crate::store::idempotency::Reply;
use crate::store::orders::OrderRow;
use crate::store::place::NewOrder;

/// Everything about an order but the facts.
pub(super) struct Decision {
    pub(super) app: Arc<App>,
    /// The id it will have.
    pub(super) id: String,
    pub(super) keys: OrderKeys,
    pub(super) actor: Actor,
    pub(super) read: ReadOrder,
    /// As received.
    pub(super) document: Arc<[u8]>,
    /// Its SHA-256.
    pub(super) digest: String,
    /// Language of the answer.
    pub(super) lang: Lang,
    /// When it was received.
    pub(super) at: DateTime<Utc>,
    /// The ODA of the portal that it was read from.
    pub(super) oda: Option<Origin>,
}

/// An ODA of the portal that becomes an order.
#[derive(Debug, Clone)]
pub(super) struct Origin {
    /// Its number.
    pub(super) number: String,
    /// When it was sent, if it was: the contract then binds, whatever can still be cured.
    pub(super) sent_at: Option<DateTime<Utc>>,
}

impl Decision {
    /// Judges and says what is to be stored.
    pub(super) fn on(&self, stored: StoredFacts) -> NewOrder {
        let Self { app, read, oda, .. } = self;
        let sent_at = oda.as_ref().and_then(|oda| oda.sent_at);
        let judged = judge_stored(app, &self.keys.comune, &sent(read, sent_at), stored, self.at);
        let (order, keys, judgement) = (&read.order, self.keys.clone(), judged.judgement);
        let state = OrderState::from_verdict(judgement.verdict);
        let binding = judgement.verdict == Verdict::Incomplete && sent_at.is_some();
        let row = OrderRow {
            id: self.id.clone(),
            programme: keys.programme,
            comune: keys.comune,
            number: keys.number,
            order_date: order.order_date,
            sent_at: order.sent_at,
            supplier: keys.supplier,
            supplier_name: order.supplier.name.clone(),
            cup: order.cup().map(ToString::to_string),
            cig: keys.cig,
            net: order.totals.net,
            vat: order.totals.vat,
            gross: order.totals.gross,
            own_funds: order.own_funds,
            reserved: if state.is_live() || binding { judged.reserve } else { Money::ZERO },
            spending: Spending::default(),
            categories: judged.categories,
            verdict: judgement.verdict,
            state,
            oda_number: oda.as_ref().map(|oda| oda.number.clone()),
            findings: judgement.findings,
            document: self.digest.clone(),
            media_type: read.media_type().to_owned(),
            version: 1,
            received_at: self.at,
            updated_at: self.at,
            ended_at: None,
        };
        let reply = Reply {
            status: 201,
            location: Some(answer::order_url(app, &self.id)),
            body: answer::order(app, &row, self.lang),
        };
        NewOrder {
            row,
            document: Arc::clone(&self.document),
            declarations: order.declarations.clone(),
            reply,
            actor: self.actor.clone(),
        }
    }
}

/// The order with the moment of sending that the portal tells, where the document tells none.
pub(super) fn sent(read: &ReadOrder, sent_at: Option<DateTime<Utc>>) -> Cow<'_, ReadOrder> {
    if read.order.sent_at.is_some() || sent_at.is_none() {
        return Cow::Borrowed(read);
    }
    let mut told = read.clone();
    told.order.sent_at = sent_at;
    Cow::Owned(told)
}
