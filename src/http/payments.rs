// SPDX-License-Identifier: EUPL-1.2
//! `/payments` and the reconciliation of a Comune.

use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use chrono::{DateTime, NaiveDate, Utc};
use serde::Deserialize;

use crate::answer;
use crate::domain::money::Money;
use crate::domain::payment::story::tell;
use crate::domain::reason::Reason;
use crate::domain::role::Act;
use crate::domain::saying::Saying;
use crate::domain::text::{Bilingual, Text};
use crate::error::Error;
use crate::flows::reconcile::{NewDecision, end_of, post_decision, reconcile};
use crate::flows::take_payments::{Posted, post_payments};

use super::Shared;
use super::auth::Caller;
use super::body::Whole;
use super::comuni::reachable;
use super::orders::{bad_query, bare_media_type, change, comune_in_reach, invalid};
use super::portal_orders::REASON;
use super::problem::Problem;
use super::view;

const COMUNE_MISSING: Text = Text::new("indicare il Comune: ?comune=CODICE", "name the Comune: ?comune=CODE");
const UNKNOWN_VERDICT: Text = Text::new("link, unlink o undecided", "link, unlink or undecided");
const NOT_A_DECISION: Text = Text::new(
    "serve un oggetto JSON con from, to, verdict, reason e, se serve, amount",
    "a JSON object with from, to, verdict, reason and, where needed, amount is wanted",
);

/// What a media type says is posted.
fn posted(media_type: Option<&str>) -> Result<Posted, Error> {
    match media_type {
        None | Some("application/xml" | "text/xml") => Ok(Posted::Opi),
        Some("text/csv") => Ok(Posted::Mandati { name: "mandati.csv" }),
        Some("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet") => {
            Ok(Posted::Mandati { name: "mandati.xlsx" })
        }
        Some("application/vnd.oasis.opendocument.spreadsheet") => Ok(Posted::Mandati { name: "mandati.ods" }),
        Some(_) => Err(Error::MediaType),
    }
}

/// `POST /payments`: a document of OPI, or a list of mandati.
pub async fn create(
    State(shared): State<Shared>,
    caller: Caller,
    headers: HeaderMap,
    Whole(body): Whole,
) -> Result<Response, Problem> {
    let posted = posted(bare_media_type(&headers)?.as_deref())?;
    let change = change(&shared, &caller, &headers, "POST /payments", &body)?;
    Ok(view::answer(
        post_payments(&shared.app, &caller.principal, posted, &body, change).await?,
        caller.allowance,
    ))
}

/// Parameters of `GET /payments`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListParameters {
    comune: Option<String>,
}

/// `GET /payments`: what stands, part by part.
pub async fn list(
    State(shared): State<Shared>,
    caller: Caller,
    parameters: Result<Query<ListParameters>, axum::extract::rejection::QueryRejection>,
) -> Result<Response, Problem> {
    let app = &shared.app;
    caller.principal.must(Act::Read)?;
    let Query(parameters) = parameters.map_err(|rejection| bad_query(&rejection))?;
    let comune = comune_in_reach(app, &caller.principal, parameters.comune.as_deref())?;
    let comune = comune.ok_or_else(|| invalid("comune", COMUNE_MISSING))?;
    let ever = DateTime::<Utc>::MAX_UTC;
    let documents = app.store.payments(&app.programme.id, &comune, ever).await.map_err(Error::from)?;
    Ok(view::ok(answer::payment_list(&tell(&documents.parts, &documents.said)), caller.allowance))
}

/// Parameters of `GET /comuni/{code}/reconciliation`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReconciliationParameters {
    as_of: Option<NaiveDate>,
}

/// `GET /comuni/{code}/reconciliation`
pub async fn show(
    State(shared): State<Shared>,
    caller: Caller,
    Path(code): Path<String>,
    parameters: Result<Query<ReconciliationParameters>, axum::extract::rejection::QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let app = &shared.app;
    caller.principal.must(Act::Read)?;
    let Query(parameters) = parameters.map_err(|rejection| bad_query(&rejection))?;
    let comune = reachable(&shared.app, &caller.principal, &code)?;
    let found = reconcile(app, &comune, parameters.as_of.map(end_of)).await?;
    Ok(view::ok(answer::reconciliation(&found, view::lang_of(&headers)), caller.allowance))
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct DecisionBody {
    from: String,
    to: String,
    verdict: String,
    reason: String,
    amount: Option<String>,
}

/// `POST /comuni/{code}/reconciliation/decisions`
pub async fn decide(
    State(shared): State<Shared>,
    caller: Caller,
    Path(code): Path<String>,
    headers: HeaderMap,
    Whole(body): Whole,
) -> Result<Response, Problem> {
    let comune = reachable(&shared.app, &caller.principal, &code)?;
    let told: DecisionBody = serde_json::from_slice(&body).map_err(|_| invalid("", NOT_A_DECISION))?;
    let saying = Saying::from_name(&told.verdict).ok_or_else(|| invalid("/verdict", UNKNOWN_VERDICT))?;
    let amount: Option<Money> = told
        .amount
        .map(|text| text.parse::<Money>().map_err(|error| invalid("/amount", error.text())))
        .transpose()?;
    let reason: Reason = told.reason.parse().map_err(|_| invalid("/reason", REASON))?;
    let decision = NewDecision { from: told.from, to: told.to, saying, amount, reason };
    let route = format!("POST /comuni/{comune}/reconciliation/decisions");
    let change = change(&shared, &caller, &headers, &route, &body)?;
    let reply = post_decision(&shared.app, &caller.principal, comune, decision, change).await?;
    Ok(view::answer(reply, caller.allowance))
}
