// SPDX-License-Identifier: EUPL-1.2
//! `/orders`: submit, read, complete, judge again, withdraw.

use std::fmt::Display;
use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, header};
use axum::response::Response;
use chrono::{DateTime, Utc};
use serde::Deserialize;

use crate::answer;
use crate::app::App;
use crate::domain::istat::IstatCode;
use crate::domain::order_state::OrderState;
use crate::domain::role::Act;
use crate::domain::sha256::sha256;
use crate::domain::text::Text;
use crate::error::Error;
use crate::flows::declare::add_declarations;
use crate::flows::place_order::{OrderRequest, dry_run, place_order};
use crate::flows::{Change, Principal};
use crate::flows::{cancel_order, declare, visible_order};
use crate::store::idempotency::IdempotencyKey;
use crate::store::orders::OrderFilter;

use super::Shared;
use super::auth::Caller;
use super::body::Whole;
use super::comuni::reachable;
use super::problem::Problem;
use super::view;

/// Longest idempotency key taken.
const KEY_MAX: usize = 255;
/// Most orders on a page, and how many when nothing is asked.
const PAGE_MAX: u32 = 200;
const PAGE_DEFAULT: u32 = 50;
/// Most declarations given in one request.
const DECLARATIONS_MAX: usize = 50;

const UNKNOWN_STATE: Text = Text::new("stato sconosciuto", "unknown state");
const NOT_A_CURSOR: Text = Text::new("non è un cursore di questo elenco", "not a cursor of this list");
const KEY_MISSING: Text = Text::new(
    "intestazione mancante: ogni POST porta una chiave scelta da chi lo invia",
    "header missing: every POST carries a key of the caller's choice",
);

/// Parameters of `POST /orders`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CreateParameters {
    /// Judge and store nothing.
    #[serde(default)]
    dry_run: bool,
}

/// `POST /orders`
pub async fn create(
    State(shared): State<Shared>,
    caller: Caller,
    parameters: Result<Query<CreateParameters>, axum::extract::rejection::QueryRejection>,
    headers: HeaderMap,
    Whole(body): Whole,
) -> Result<Response, Problem> {
    let Query(parameters) = parameters.map_err(|rejection| bad_query(&rejection))?;
    let media_type = media_type(&headers)?;
    let mut request = OrderRequest {
        body: Arc::from(&body[..]),
        media_type,
        key: String::new(),
        lang: view::lang_of(&headers),
        at: shared.app.clock.now(),
    };
    if parameters.dry_run {
        return Ok(view::ok(dry_run(&shared.app, &caller.principal, &request).await?, caller.allowance));
    }
    request.key = idempotency_key(&headers)?;
    Ok(view::answer(place_order(&shared.app, &caller.principal, request).await?, caller.allowance))
}

/// Parameters of `GET /orders`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListParameters {
    cursor: Option<String>,
    limit: Option<u32>,
    state: Option<String>,
    comune: Option<String>,
}

/// `GET /orders`
pub async fn list(
    State(shared): State<Shared>,
    caller: Caller,
    parameters: Result<Query<ListParameters>, axum::extract::rejection::QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let app = &shared.app;
    caller.principal.must(Act::Read)?;
    let Query(parameters) = parameters.map_err(|rejection| bad_query(&rejection))?;
    let limit = page_limit(parameters.limit, PAGE_DEFAULT, PAGE_MAX)?;
    let comune = comune_in_reach(app, &caller.principal, parameters.comune.as_deref())?;
    let mut filter = OrderFilter { comune, limit, ..OrderFilter::default() };
    if let Some(name) = &parameters.state {
        filter.state = Some(OrderState::from_name(name).ok_or_else(|| invalid("state", UNKNOWN_STATE))?);
    }
    filter.after = parameters.cursor.as_deref().map(read_cursor).transpose()?;
    let orders = app.store.orders(&app.programme.id, &filter).await.map_err(Error::from)?;
    let next = next_cursor(&orders, limit, |order| (order.received_at, &order.id));
    Ok(view::ok(answer::order_page(app, &orders, view::lang_of(&headers), limit, next), caller.allowance))
}

/// The Comune whose things are asked for: the caller's own, or the one named if the caller may see it.
pub(super) fn comune_in_reach(
    app: &App,
    principal: &Principal,
    code: Option<&str>,
) -> Result<Option<IstatCode>, Error> {
    code.map_or(Ok(principal.comune), |code| reachable(app, principal, code).map(Some))
}

/// Where the next page begins: none when this one is not full.
pub(super) fn next_cursor<T>(
    page: &[T],
    limit: u32,
    place: impl Fn(&T) -> (DateTime<Utc>, &str),
) -> Option<String> {
    let is_full = u32::try_from(page.len()).is_ok_and(|count| count == limit);
    let (at, id) = place(page.last().filter(|_| is_full)?);
    Some(format!("{}.{id}", at.timestamp_micros()))
}

pub(super) fn read_cursor(cursor: &str) -> Result<(i64, String), Error> {
    let parts = cursor.split_once('.').and_then(|(at, id)| Some((at.parse().ok()?, id.to_owned())));
    parts.ok_or_else(|| invalid("cursor", NOT_A_CURSOR))
}

/// `GET /orders/{id}`
pub async fn show(
    State(shared): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    caller.principal.must(Act::Read)?;
    let order = visible_order(&shared.app, &caller.principal, &id).await?;
    let troubles = shared.app.store.troubles_of_order(&id).await.map_err(Error::from)?;
    let lang = view::lang_of(&headers);
    let check = shared.app.store.cig_check(&id).await.map_err(Error::from)?;
    let body = answer::order_with_calls(&shared.app, &order, &troubles, check.as_ref(), lang);
    Ok(view::versioned(body, order.version, caller.allowance))
}

/// `POST /orders/{id}/declarations`
pub async fn declare(
    State(shared): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    Whole(body): Whole,
) -> Result<Response, Problem> {
    let declarations = crate::documents::read_declarations(&body, &shared.app.limits).map_err(Error::from)?;
    if declarations.is_empty() || declarations.len() > DECLARATIONS_MAX {
        return Err(invalid(
            "/declarations",
            between_1_and(DECLARATIONS_MAX, "dichiarazioni per volta", "declarations at a time"),
        )
        .into());
    }
    let change = change(&shared, &caller, &headers, &format!("POST /orders/{id}/declarations"), &body)?;
    let reply = add_declarations(&shared.app, &caller.principal, &id, declarations, change).await?;
    Ok(view::answer(reply, caller.allowance))
}

/// `POST /orders/{id}/recheck`
pub async fn recheck(
    State(shared): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    Whole(body): Whole,
) -> Result<Response, Problem> {
    let change = change(&shared, &caller, &headers, &format!("POST /orders/{id}/recheck"), &body)?;
    Ok(view::answer(declare::recheck(&shared.app, &caller.principal, &id, change).await?, caller.allowance))
}

/// `POST /orders/{id}/cancellation`
pub async fn cancel(
    State(shared): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    Whole(body): Whole,
) -> Result<Response, Problem> {
    let change = change(&shared, &caller, &headers, &format!("POST /orders/{id}/cancellation"), &body)?;
    let reply = cancel_order::cancel_order(&shared.app, &caller.principal, &id, change).await?;
    Ok(view::answer(reply, caller.allowance))
}

/// The change that a POST asks for, under its mandatory key.
pub(super) fn change(
    shared: &Shared,
    caller: &Caller,
    headers: &HeaderMap,
    route: &str,
    body: &[u8],
) -> Result<Change, Error> {
    Ok(Change {
        idempotency: IdempotencyKey {
            scope: format!("{} {route}", caller.principal.client),
            key: idempotency_key(headers)?,
            body_sha256: sha256(body),
        },
        lang: view::lang_of(headers),
        at: shared.app.clock.now(),
    })
}

fn idempotency_key(headers: &HeaderMap) -> Result<String, Error> {
    let key = headers.get("idempotency-key").and_then(|value| value.to_str().ok()).map(str::trim);
    match key {
        Some(key) if !key.is_empty() && key.len() <= KEY_MAX => Ok(key.to_owned()),
        Some(_) => Err(invalid("Idempotency-Key", between_1_and(KEY_MAX, "caratteri", "characters"))),
        None => Err(invalid("Idempotency-Key", KEY_MISSING)),
    }
}

/// The media type of an order; only JSON and XML are taken.
fn media_type(headers: &HeaderMap) -> Result<Option<String>, Error> {
    let kind = bare_media_type(headers)?;
    match kind.as_deref() {
        None | Some("application/json" | "application/xml" | "text/xml") => Ok(kind),
        Some(_) => Err(Error::MediaType),
    }
}

/// The media type without parameters, where one is given.
pub(super) fn bare_media_type(headers: &HeaderMap) -> Result<Option<String>, Error> {
    let Some(value) = headers.get(header::CONTENT_TYPE) else { return Ok(None) };
    let text = value.to_str().map_err(|_| Error::MediaType)?;
    Ok(Some(text.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()))
}

/// How many items a page holds.
pub(super) fn page_limit(asked: Option<u32>, default: u32, max: u32) -> Result<u32, Error> {
    match asked.unwrap_or(default) {
        limit if (1..=max).contains(&limit) => Ok(limit),
        _ => Err(invalid("limit", between_1_and(max, "elementi", "items"))),
    }
}

/// A fault in the query string.
pub(super) fn bad_query(rejection: &axum::extract::rejection::QueryRejection) -> Error {
    let told = rejection.body_text();
    let reason = Text {
        it: format!("parametri non validi: {told}").into(),
        en: format!("invalid parameters: {told}").into(),
    };
    invalid("query", reason)
}

pub(super) fn invalid(pointer: &str, reason: Text) -> Error {
    Error::Invalid { pointer: pointer.into(), reason }
}

fn between_1_and(most: impl Display, of_it: &str, of_en: &str) -> Text {
    Text {
        it: format!("ammessi da 1 a {most} {of_it}").into(),
        en: format!("1 to {most} {of_en} are taken").into(),
    }
}
