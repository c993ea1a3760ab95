// SPDX-License-Identifier: EUPL-1.2
//! `/comuni`: where a Comune stands, and its acceptance of the grant.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;

use crate::answer;
use crate::app::App;
use crate::domain::istat::IstatCode;
use crate::domain::role::Act;
use crate::error::Error;
use crate::flows::Principal;
use crate::flows::accept_grant::accept_grant;

use super::Shared;
use super::auth::Caller;
use super::body::Whole;
use super::orders::{bad_query, change, page_limit};
use super::problem::Problem;
use super::view;

const PAGE_MAX: u32 = 500;
const PAGE_DEFAULT: u32 = 100;

/// Parameters of lists that are only paged.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListParameters {
    pub(super) cursor: Option<String>,
    pub(super) limit: Option<u32>,
}

/// `GET /comuni`: all of the programme for its office, one's own for a Comune.
pub async fn list(
    State(shared): State<Shared>,
    caller: Caller,
    parameters: Result<Query<ListParameters>, QueryRejection>,
) -> Result<Response, Problem> {
    let app = &shared.app;
    caller.principal.must(Act::Read)?;
    let Query(parameters) = parameters.map_err(|rejection| bad_query(&rejection))?;
    let limit = page_limit(parameters.limit, PAGE_DEFAULT, PAGE_MAX)?;
    let rows = match &caller.principal.comune {
        Some(own) => app.store.participation(&app.programme.id, own).await.map(Vec::from_iter),
        None => {
            let after = parameters.cursor.unwrap_or_default();
            app.store.participations(&app.programme.id, &after, limit).await
        }
    }
    .map_err(Error::from)?;
    let full = u32::try_from(rows.len()).is_ok_and(|count| count == limit);
    let next =
        rows.last().filter(|_| full && caller.principal.comune.is_none()).map(|row| row.comune.to_string());
    Ok(view::ok(answer::comune_page(app, &rows, limit, next), caller.allowance))
}

/// `GET /comuni/{code}`
pub async fn show(
    State(shared): State<Shared>,
    caller: Caller,
    Path(code): Path<String>,
) -> Result<Response, Problem> {
    let app = &shared.app;
    caller.principal.must(Act::Read)?;
    let comune = reachable(app, &caller.principal, &code)?;
    let row = app.store.participation(&app.programme.id, &comune).await.map_err(Error::from)?;
    Ok(view::ok(answer::comune(app, &row.ok_or(Error::NotFound)?), caller.allowance))
}

/// `POST /comuni/{code}/acceptance`
pub async fn accept(
    State(shared): State<Shared>,
    caller: Caller,
    Path(code): Path<String>,
    headers: HeaderMap,
    Whole(body): Whole,
) -> Result<Response, Problem> {
    let comune = reachable(&shared.app, &caller.principal, &code)?;
    let change = change(&shared, &caller, &headers, &format!("POST /comuni/{comune}/acceptance"), &body)?;
    let reply = accept_grant(&shared.app, &caller.principal, &comune, change).await?;
    Ok(view::answer(reply, caller.allowance))
}

/// The Comune of a code (ISTAT, IPA, tax code, Belfiore), if the caller may know of it.
pub(super) fn reachable(app: &App, principal: &Principal, code: &str) -> Result<IstatCode, Error> {
    let comune = app.reference.comuni.by_code(code).filter(|comune| principal.reaches(&comune.istat));
    comune.map(|comune| comune.istat).ok_or(Error::NotFound)
}
