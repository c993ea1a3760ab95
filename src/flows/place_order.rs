// SPDX-License-Identifier: EUPL-1.2
//! Placing an order: read it, judge it, store it with its reservation, and answer what was stored.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::app::App;
use crate::documents::{ReadOrder, read_order};
use crate::domain::finding::Verdict;
use crate::domain::role::Act;
use crate::error::{BrokenCode, Error};
use crate::flows::Principal;
use crate::flows::judge::{Judged, judge_for};
use crate::http::view::{self, Lang};
use crate::store::audit::sha256;
use crate::store::idempotency::{IdempotencyKey, Reply};
use crate::store::place::{Document, NewOrder, Placed};

/// How often an order is judged again because the facts changed under it. Each round some other order got its way, so
/// more rounds than this only happen when a crowd fights for the last cents: then the caller is told to come back.
const ROUNDS_MAX: usize = 16;

/// An order as it arrives.
#[derive(Debug, Clone)]
pub struct OrderRequest {
    /// The body.
    pub body: Arc<[u8]>,
    /// `Content-Type`, where given.
    pub media_type: Option<String>,
    /// `Idempotency-Key`.
    pub key: String,
    /// Language of the answer.
    pub lang: Lang,
    /// When the last byte arrived.
    pub at: DateTime<Utc>,
}

/// Reads an order and refuses what is none, or carries codes that are none.
///
/// # Errors
/// [`Error::Unreadable`] or [`Error::BrokenCodes`], with every fault.
pub fn read(app: &App, body: &[u8], media_type: Option<&str>) -> Result<ReadOrder, Error> {
    let read = read_order(body, media_type, &app.limits)?;
    let broken = read.order.broken_codes();
    if broken.is_empty() {
        return Ok(read);
    }
    let code = |(pointer, value, reason): (&str, &str, &str)| BrokenCode {
        pointer: pointer.into(),
        value: value.into(),
        reason: reason.into(),
    };
    Err(Error::BrokenCodes(broken.into_iter().map(code).collect()))
}

/// Judges an order and stores nothing.
///
/// # Errors
/// As [`place_order`], but for what concerns storing.
pub async fn dry_run(app: &App, principal: &Principal, request: &OrderRequest) -> Result<String, Error> {
    principal.must(Act::Judge)?;
    let comune = principal.own_comune()?;
    let read = read(app, &request.body, request.media_type.as_deref())?;
    let judged = judge_for(app, comune, &read, request.at).await?;
    Ok(view::dry_run(&read, &judged, request.lang))
}

/// Places an order of the caller's Comune. The same request again gets the same answer.
///
/// # Errors
/// When the caller may not, the document cannot be read, the key belongs to another request, or the store fails. An order
/// that is read is stored and answered, refused or not.
pub async fn place_order(
    app: &Arc<App>,
    principal: &Principal,
    request: OrderRequest,
) -> Result<Reply, Error> {
    principal.must(Act::SubmitOrder)?;
    let comune = principal.own_comune()?;
    let read = read(app, &request.body, request.media_type.as_deref())?;
    for _ in 0..ROUNDS_MAX {
        let judged = judge_for(app, comune, &read, request.at).await?;
        let order = new_order(app, principal, &request, &read, judged)?;
        let reply = order.reply.clone();
        let accepted = order.verdict == Verdict::Accepted;
        match app.store.place(order).await? {
            Placed::Stored => {
                if accepted {
                    app.call_queued.notify_one();
                }
                return Ok(reply);
            }
            Placed::Repeat(reply) => return Ok(reply),
            Placed::KeyReused => return Err(Error::KeyReused),
            Placed::Stale => {}
        }
    }
    Err(Error::Store(crate::store::StoreError::Overloaded))
}

fn new_order(
    app: &App,
    principal: &Principal,
    request: &OrderRequest,
    read: &ReadOrder,
    judged: Judged,
) -> Result<NewOrder, Error> {
    let id = app.clock.new_id().to_string();
    let order = &read.order;
    let digest = sha256(&request.body);
    let mut new = NewOrder {
        id,
        programme: app.programme.id.clone(),
        comune: *principal.own_comune()?,
        number: order.number.clone(),
        order_date: order.order_date,
        sent_at: order.sent_at,
        supplier: order.supplier.key().unwrap_or_default(),
        supplier_name: order.supplier.name.clone(),
        cup: order.cup().map(ToString::to_string),
        cig: order.cig().map(ToString::to_string),
        totals: order.totals,
        own_funds: order.own_funds,
        reserve: judged.reserve,
        categories: judged.categories,
        verdict: judged.judgement.verdict,
        findings: view::stored_findings(&judged.judgement.findings),
        document: Document {
            sha256: digest.clone(),
            media_type: read.media_type(),
            bytes: Arc::clone(&request.body),
        },
        idempotency: IdempotencyKey {
            scope: format!("{} POST /orders", principal.client),
            key: request.key.clone(),
            body_sha256: digest,
        },
        reply: Reply { status: 201, location: None, body: String::new() },
        actor: principal.actor(),
        at: request.at,
    };
    new.reply.location = Some(view::order_url(app, &new.id));
    new.reply.body = view::new_order(app, &new, &judged.judgement.findings, request.lang);
    Ok(new)
}
