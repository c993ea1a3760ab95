// SPDX-License-Identifier: EUPL-1.2
//! `/portal-orders`: ODA that were made on the portal. Who waits for a person, and what a person says of them.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::answer;
use crate::domain::role::Act;
use crate::domain::text::Text;
use crate::error::{BrokenCode, Error};
use crate::flows::link_by_hand::{LinkDecision, decide};
use crate::store::portal::{LinkStatus, PortalFilter};

use super::Shared;
use super::auth::Caller;
use super::body::Whole;
use super::orders::{bad_query, change, invalid, page_limit};
use super::problem::Problem;
use super::view;

/// Most ODA on a page, and how many when nothing is asked.
const PAGE_MAX: u32 = 200;
const PAGE_DEFAULT: u32 = 50;

const UNKNOWN_STATUS: Text =
    Text::new("ammessi: linked, unlinked, dismissed", "linked, unlinked or dismissed expected");
const ONE_TARGET: Text = Text::new(
    "indicare o `order_id` o `comune`, non entrambi",
    "give either `order_id` or `comune`, not both",
);
pub(super) const REASON: Text = Text::new(
    "serve un motivo, al massimo di 500 caratteri su una riga",
    "a reason is needed, of 500 characters at most on one line",
);

/// Parameters of `GET /portal-orders`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListParameters {
    status: Option<String>,
    cursor: Option<String>,
    limit: Option<u32>,
}

/// `GET /portal-orders`: those of a status (`unlinked` when not said) that belong, or could belong, to the caller.
pub async fn list(
    State(shared): State<Shared>,
    caller: Caller,
    parameters: Result<Query<ListParameters>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let app = &shared.app;
    caller.principal.must(Act::Read)?;
    let Query(parameters) = parameters.map_err(|rejection| bad_query(&rejection))?;
    let limit = page_limit(parameters.limit, PAGE_DEFAULT, PAGE_MAX)?;
    let status = match parameters.status.as_deref() {
        None => LinkStatus::Unlinked,
        Some(name) => LinkStatus::from_name(name).ok_or_else(|| invalid("status", UNKNOWN_STATUS))?,
    };
    let after = parameters.cursor.unwrap_or_default();
    let filter = PortalFilter { status, concerning: caller.principal.comune, after, limit };
    let odas = app.store.portal_odas(&app.programme.id, &filter).await.map_err(Error::from)?;
    Ok(view::ok(
        answer::portal_oda_page(app, &odas, caller.principal.comune, view::lang_of(&headers), limit),
        caller.allowance,
    ))
}

/// `GET /portal-orders/{number}`
pub async fn show(
    State(shared): State<Shared>,
    caller: Caller,
    Path(number): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let app = &shared.app;
    caller.principal.must(Act::Read)?;
    let found = app.store.portal_oda(&app.programme.id, &number).await.map_err(Error::from)?;
    let visible = found.filter(|oda| caller.principal.comune.is_none_or(|own| oda.concerns(&own)));
    let oda = visible.ok_or(Error::NotFound)?;
    Ok(view::ok(
        answer::portal_oda(app, &oda, caller.principal.comune, view::lang_of(&headers)),
        caller.allowance,
    ))
}

/// Body of `POST /portal-orders/{number}/link`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct LinkBody {
    /// The order here that it is.
    order_id: Option<String>,
    /// The Comune whose new order it is: IPA, ISTAT or tax code.
    comune: Option<String>,
    reason: String,
}

/// Body of `POST /portal-orders/{number}/unlink` and `/dismissal`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ReasonBody {
    reason: String,
}

/// `POST /portal-orders/{number}/link`
pub async fn link(
    State(shared): State<Shared>,
    caller: Caller,
    Path(number): Path<String>,
    headers: HeaderMap,
    Whole(body): Whole,
) -> Result<Response, Problem> {
    let asked: LinkBody = parse(&body)?;
    let decision = match (asked.order_id, asked.comune) {
        (Some(id), None) => LinkDecision::IsOrder(id),
        (None, Some(code)) => {
            let comune = shared.app.reference.comuni.by_code(&code);
            LinkDecision::IsOfComune(comune.ok_or(Error::NotFound)?.istat)
        }
        _ => return Err(unfit("/order_id", "", ONE_TARGET).into()),
    };
    carry_out(&shared, &caller, (&number, "link"), &headers, &body, decision, asked.reason).await
}

/// `POST /portal-orders/{number}/unlink`
pub async fn unlink(
    State(shared): State<Shared>,
    caller: Caller,
    Path(number): Path<String>,
    headers: HeaderMap,
    Whole(body): Whole,
) -> Result<Response, Problem> {
    let asked: ReasonBody = parse(&body)?;
    carry_out(&shared, &caller, (&number, "unlink"), &headers, &body, LinkDecision::TakeBack, asked.reason)
        .await
}

/// `POST /portal-orders/{number}/dismissal`
pub async fn dismiss(
    State(shared): State<Shared>,
    caller: Caller,
    Path(number): Path<String>,
    headers: HeaderMap,
    Whole(body): Whole,
) -> Result<Response, Problem> {
    let asked: ReasonBody = parse(&body)?;
    carry_out(&shared, &caller, (&number, "dismissal"), &headers, &body, LinkDecision::Dismiss, asked.reason)
        .await
}

async fn carry_out(
    shared: &Shared,
    caller: &Caller,
    (number, verb): (&str, &str),
    headers: &HeaderMap,
    body: &[u8],
    decision: LinkDecision,
    reason: String,
) -> Result<Response, Problem> {
    let reason = reason.parse().map_err(|_| unfit("/reason", &reason, REASON))?;
    let change = change(shared, caller, headers, &format!("POST /portal-orders/{number}/{verb}"), body)?;
    let reply = decide(&shared.app, &caller.principal, number, decision, reason, change).await?;
    Ok(view::answer(reply, caller.allowance))
}

fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, Error> {
    serde_json::from_slice(body).map_err(|error| {
        let text = error.to_string();
        let told = Text {
            it: format!("corpo non valido: {text}").into(),
            en: format!("invalid body: {text}").into(),
        };
        unfit("", "", told)
    })
}

/// A body that says what cannot be done.
fn unfit(pointer: &str, value: &str, reason: Text) -> Error {
    Error::BrokenCodes(vec![BrokenCode { pointer: pointer.into(), value: value.into(), reason }])
}
