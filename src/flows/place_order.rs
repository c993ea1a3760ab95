// SPDX-License-Identifier: EUPL-1.2
//! Placing an order: read it, judge it, store it with its reservation, and answer what was stored.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::answer::{self, Lang};
use crate::app::App;
use crate::documents::{ReadOrder, read_order};
use crate::domain::role::Act;
use crate::domain::sha256::sha256;
use crate::domain::text::Text;
use crate::error::{BrokenCode, Error};
use crate::flows::Principal;
use crate::flows::decision::Decision;
use crate::flows::judge::{judge_now, keys};
use crate::store::idempotency::{IdempotencyKey, Reply};
use crate::store::place::{Placed, Placing};

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
    let code = |(pointer, value, reason): (&str, &str, &Text)| BrokenCode {
        pointer: pointer.into(),
        value: value.into(),
        reason: reason.clone(),
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
    let judged = judge_now(app, comune, &read, request.at).await?;
    Ok(answer::dry_run(&read, &judged.judgement, judged.reserve, request.lang))
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
    let keys = keys(app, comune, &read);
    let idempotency = IdempotencyKey {
        scope: format!("{} POST /orders", principal.client),
        key: request.key,
        body_sha256: sha256(&request.body),
    };
    let decide = Decision {
        app: Arc::clone(app),
        id: app.clock.new_id().to_string(),
        keys: keys.clone(),
        actor: principal.actor(),
        read,
        document: request.body,
        digest: idempotency.body_sha256.clone(),
        lang: request.lang,
        at: request.at,
        oda: None,
    };
    let decide = Box::new(move |stored| decide.on(stored));
    match app.store.place(Placing { keys, idempotency, decide }).await? {
        Placed::Stored { reply, accepted } => {
            if accepted {
                app.call_queued.notify_one();
            }
            Ok(reply)
        }
        Placed::Repeat(reply) => Ok(reply),
        Placed::KeyReused => Err(Error::KeyReused),
    }
}
