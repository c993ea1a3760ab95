// SPDX-License-Identifier: EUPL-1.2
//! `/invoices`: hand in, list, read.

use axum::extract::{Path, Query, State};
use axum::http::HeaderMap;
use axum::response::Response;
use serde::Deserialize;

use crate::answer;
use crate::domain::finding::Verdict;
use crate::domain::role::Act;
use crate::domain::text::Text;
use crate::error::Error;
use crate::flows::recheck_invoices;
use crate::flows::take_invoices::{post_invoices, visible_invoice};
use crate::store::invoices::InvoiceFilter;

use super::Shared;
use super::auth::Caller;
use super::body::Whole;
use super::orders::{
    bad_query, bare_media_type, change, comune_in_reach, invalid, next_cursor, page_limit, read_cursor,
};
use super::problem::Problem;
use super::view;

/// Most invoices on a page, and how many when nothing is asked.
const PAGE_MAX: u32 = 200;
const PAGE_DEFAULT: u32 = 50;

const UNKNOWN_VERDICT: Text = Text::new("esito sconosciuto", "unknown verdict");

/// `POST /invoices`: FatturaPA as XML, or signed as it came from SdI.
pub async fn create(
    State(shared): State<Shared>,
    caller: Caller,
    headers: HeaderMap,
    Whole(body): Whole,
) -> Result<Response, Problem> {
    takes_invoices(&headers)?;
    let change = change(&shared, &caller, &headers, "POST /invoices", &body)?;
    let reply = post_invoices(&shared.app, &caller.principal, &body, change).await?;
    Ok(view::answer(reply, caller.allowance))
}

/// XML, or a signed file under any of the names in use.
fn takes_invoices(headers: &HeaderMap) -> Result<(), Error> {
    let kind = bare_media_type(headers)?;
    match kind.as_deref() {
        None
        | Some(
            "application/xml"
            | "text/xml"
            | "application/pkcs7-mime"
            | "application/x-pkcs7-mime"
            | "application/octet-stream",
        ) => Ok(()),
        Some(_) => Err(Error::MediaType),
    }
}

/// Parameters of `GET /invoices`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListParameters {
    cursor: Option<String>,
    limit: Option<u32>,
    verdict: Option<String>,
    order: Option<String>,
    comune: Option<String>,
}

/// `GET /invoices`
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
    let verdict = parameters
        .verdict
        .as_deref()
        .map(|name| Verdict::from_name(name).ok_or_else(|| invalid("verdict", UNKNOWN_VERDICT)));
    let filter = InvoiceFilter {
        comune: comune_in_reach(app, &caller.principal, parameters.comune.as_deref())?,
        order_id: parameters.order,
        verdict: verdict.transpose()?,
        is_open: false,
        after: parameters.cursor.as_deref().map(read_cursor).transpose()?,
        limit,
    };
    let invoices = app.store.invoices(&app.programme.id, &filter).await.map_err(Error::from)?;
    let next = next_cursor(&invoices, limit, |invoice| (invoice.received_at, &invoice.id));
    let body = answer::invoice_page(app, &invoices, view::lang_of(&headers), limit, next);
    Ok(view::ok(body, caller.allowance))
}

/// `GET /invoices/{id}`
pub async fn show(
    State(shared): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    caller.principal.must(Act::Read)?;
    let invoice = visible_invoice(&shared.app, &caller.principal, &id).await?;
    let body = answer::invoice(&shared.app, &invoice, view::lang_of(&headers));
    Ok(view::versioned(body, invoice.version, caller.allowance))
}

/// `POST /invoices/{id}/recheck`
pub async fn recheck(
    State(shared): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    Whole(body): Whole,
) -> Result<Response, Problem> {
    let change = change(&shared, &caller, &headers, &format!("POST /invoices/{id}/recheck"), &body)?;
    let reply = recheck_invoices::recheck(&shared.app, &caller.principal, &id, change).await?;
    Ok(view::answer(reply, caller.allowance))
}
