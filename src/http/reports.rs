// SPDX-License-Identifier: EUPL-1.2
//! `/reports`: reports that the worker makes, and their files; `/comuni/{code}/grant-acts`: what the Comune's own accounts say.

use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Body;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse, Response};
use chrono::NaiveDate;
use serde::Deserialize;
use tokio::fs::File;
use tokio::io::{AsyncRead, ReadBuf};
use tokio_util::io::ReaderStream;

use crate::answer;
use crate::app::App;
use crate::domain::grant_act::GrantActKind;
use crate::domain::money::Money;
use crate::domain::reason::Reason;
use crate::domain::role::Act;
use crate::domain::text::{Bilingual, Text};
use crate::error::Error;
use crate::flows::record_act::{ActChange, NewAct, post_act};
use crate::report::jobs;
use crate::store::reports::{ReportAsked, ReportRow};

use super::Shared;
use super::auth::Caller;
use super::body::Whole;
use super::comuni::{ListParameters, reachable};
use super::orders::{bad_query, change, invalid, next_cursor, page_limit, read_cursor};
use super::problem::Problem;
use super::view;

const PAGE_MAX: u32 = 500;
const PAGE_DEFAULT: u32 = 100;

const NOT_A_REQUEST: Text = Text::new(
    "serve un oggetto con kind (dossier o programme) e, per un dossier, comune; per programme si può dare compare (AAAA-MM-GG)",
    "an object with kind (dossier or programme) is expected and, for a dossier, comune; for programme compare (YYYY-MM-DD) may be given",
);
const NOT_AN_ACT: Text = Text::new(
    "serve un oggetto con kind, amount, acted_on, reference e, per richieste e incassi, tranche; oppure con cancels e reason",
    "an object with kind, amount, acted_on, reference and, for requests and receipts, tranche is expected; or one with cancels and reason",
);
const KIND: Text = Text::new(
    "valori ammessi: accertamento, richiesta, incasso, rendicontazione",
    "one of accertamento, richiesta, incasso, rendicontazione expected",
);
const LINE: Text = Text::new("una riga da 1 a 500 caratteri", "one line of 1 to 500 characters");

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AskedBody {
    kind: String,
    comune: Option<String>,
    compare: Option<NaiveDate>,
}

/// `POST /reports`: 202 with the address where it will stand.
pub async fn create(
    State(shared): State<Shared>,
    caller: Caller,
    headers: HeaderMap,
    Whole(body): Whole,
) -> Result<Response, Problem> {
    let told: AskedBody = serde_json::from_slice(&body).map_err(|_| invalid("", NOT_A_REQUEST))?;
    let asked = match (&*told.kind, told.comune, told.compare) {
        ("dossier", Some(code), None) => {
            ReportAsked::Dossier(reachable(&shared.app, &caller.principal, &code)?)
        }
        ("programme", None, compare) => ReportAsked::Programme(compare),
        _ => return Err(invalid("", NOT_A_REQUEST).into()),
    };
    let change = change(&shared, &caller, &headers, "POST /reports", &body)?;
    Ok(view::answer(jobs::ask(&shared.app, &caller.principal, asked, change).await?, caller.allowance))
}

/// `GET /reports`: the latest ones that the caller may see.
pub async fn list(
    State(shared): State<Shared>,
    caller: Caller,
    parameters: Result<Query<ListParameters>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(parameters) = parameters.map_err(|rejection| bad_query(&rejection))?;
    let limit = page_limit(parameters.limit, PAGE_DEFAULT, PAGE_MAX)?;
    let before = parameters.cursor.as_deref().map(read_cursor).transpose()?;
    let rows = jobs::latest(&shared.app, &caller.principal, before, limit).await?;
    let next = next_cursor(&rows, limit, |row| (row.requested_at, &row.id));
    Ok(view::ok(answer::report_page(&shared.app, &rows, limit, next), caller.allowance))
}

/// `GET /reports/{id}`
pub async fn show(
    State(shared): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let row = jobs::visible(&shared.app, &caller.principal, &id).await?;
    Ok(view::ok(answer::json(&answer::report(&shared.app, &row)), caller.allowance))
}

/// `POST /reports/{id}/cancellation`
pub async fn cancel(
    State(shared): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    headers: HeaderMap,
    Whole(body): Whole,
) -> Result<Response, Problem> {
    let change = change(&shared, &caller, &headers, &format!("POST /reports/{id}/cancellation"), &body)?;
    let reply = jobs::cancel(&shared.app, &caller.principal, &id, change).await?;
    Ok(view::answer(reply, caller.allowance))
}

/// `GET /reports/{id}/file`: the ZIP.
pub async fn file(
    State(shared): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let row = jobs::visible(&shared.app, &caller.principal, &id).await?;
    download(&shared.app, &row, caller).await
}

/// A file on its way to a caller: it counts as one of the caller's requests under way until its last byte has gone.
struct OnItsWay {
    file: File,
    _caller: Caller,
}

impl AsyncRead for OnItsWay {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<std::io::Result<()>> {
        Pin::new(&mut self.file).poll_read(context, buffer)
    }
}

/// The file of a report, read as it is sent.
pub(super) async fn download(app: &App, row: &ReportRow, caller: Caller) -> Result<Response, Problem> {
    let (path, file) = jobs::file_of(app, row)?;
    let opened = File::open(&path).await.map_err(|_| Error::NotFound)?;
    let allowance = caller.allowance;
    let body = ReaderStream::new(OnItsWay { file: opened, _caller: caller });
    let mut response = Body::from_stream(body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("application/zip"));
    headers.insert(header::CONTENT_LENGTH, HeaderValue::from(file.size));
    let disposition = format!("attachment; filename=\"{}\"", file.name);
    headers
        .extend(HeaderValue::from_str(&disposition).ok().map(|value| (header::CONTENT_DISPOSITION, value)));
    headers
        .extend(HeaderValue::from_str(&format!("\"{}\"", file.sha256)).ok().map(|tag| (header::ETAG, tag)));
    view::rate_headers(headers, allowance);
    Ok(response)
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct ActBody {
    kind: Option<String>,
    tranche: Option<String>,
    amount: Option<String>,
    acted_on: Option<NaiveDate>,
    reference: Option<String>,
    cancels: Option<String>,
    reason: Option<String>,
}

/// `POST /comuni/{code}/grant-acts`
pub async fn act(
    State(shared): State<Shared>,
    caller: Caller,
    Path(code): Path<String>,
    headers: HeaderMap,
    Whole(body): Whole,
) -> Result<Response, Problem> {
    let comune = reachable(&shared.app, &caller.principal, &code)?;
    let told: ActBody = serde_json::from_slice(&body).map_err(|_| invalid("", NOT_AN_ACT))?;
    let act = act_change(told)?;
    let change = change(&shared, &caller, &headers, &format!("POST /comuni/{comune}/grant-acts"), &body)?;
    let reply = post_act(&shared.app, &caller.principal, comune, act, change).await?;
    Ok(view::answer(reply, caller.allowance))
}

fn act_change(told: ActBody) -> Result<ActChange, Error> {
    let line = |pointer: &str, text: &str| text.parse::<Reason>().map_err(|_| invalid(pointer, LINE));
    match told {
        ActBody {
            kind: None,
            tranche: None,
            amount: None,
            acted_on: None,
            reference: None,
            cancels: Some(id),
            reason: Some(reason),
        } => Ok(ActChange::Cancel(id, line("/reason", &reason)?)),
        ActBody {
            kind: Some(kind),
            tranche,
            amount: Some(amount),
            acted_on: Some(acted_on),
            reference: Some(reference),
            cancels: None,
            reason: None,
        } => Ok(ActChange::Record(NewAct {
            kind: GrantActKind::from_name(&kind).ok_or_else(|| invalid("/kind", KIND))?,
            tranche,
            amount: amount.parse::<Money>().map_err(|error| invalid("/amount", error.text()))?,
            acted_on,
            reference: line("/reference", &reference)?,
        })),
        _ => Err(invalid("", NOT_AN_ACT)),
    }
}

/// `GET /comuni/{code}/grant-acts`
pub async fn acts(
    State(shared): State<Shared>,
    caller: Caller,
    Path(code): Path<String>,
) -> Result<Response, Problem> {
    let app = &shared.app;
    caller.principal.must(Act::Read)?;
    let comune = reachable(&shared.app, &caller.principal, &code)?;
    let acts = app.store.grant_acts(&app.programme.id, &comune).await.map_err(Error::from)?;
    let items: Vec<_> = acts.iter().map(answer::grant_act).collect();
    Ok(view::ok(answer::json(&serde_json::json!({ "items": items })), caller.allowance))
}
