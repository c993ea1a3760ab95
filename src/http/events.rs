// SPDX-License-Identifier: EUPL-1.2
//! `GET /events`: the feed of state changes, read from the audit chain.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::response::Response;
use serde::Deserialize;

use crate::answer;
use crate::domain::role::Act;
use crate::error::Error;

use super::Shared;
use super::auth::Caller;
use super::orders::{bad_query, page_limit};
use super::problem::Problem;
use super::view;

const PAGE_MAX: u32 = 500;
const PAGE_DEFAULT: u32 = 100;

/// Parameters of `GET /events`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Parameters {
    cursor: Option<i64>,
    limit: Option<u32>,
}

/// `GET /events?cursor=`: what happened after the cursor, oldest first. Give `next_cursor` back to go on.
pub async fn list(
    State(shared): State<Shared>,
    caller: Caller,
    parameters: Result<Query<Parameters>, QueryRejection>,
) -> Result<Response, Problem> {
    caller.principal.must(Act::Read)?;
    let Query(parameters) = parameters.map_err(|rejection| bad_query(&rejection))?;
    let limit = page_limit(parameters.limit, PAGE_DEFAULT, PAGE_MAX)?;
    let after = parameters.cursor.unwrap_or(0);
    let events =
        shared.app.store.events(caller.principal.comune.as_ref(), after, limit).await.map_err(Error::from)?;
    let next = events.last().map_or(after, |event| event.cursor);
    let items: Vec<_> = events
        .iter()
        .map(|event| {
            serde_json::json!({
                "cursor": event.cursor, "at": answer::instant(event.at), "comune": event.chain,
                "event": event.action, "subject": event.subject, "detail": event.detail,
            })
        })
        .collect();
    let page = serde_json::json!({ "items": items, "limit": limit, "next_cursor": next });
    Ok(view::ok(page.to_string(), caller.allowance))
}
