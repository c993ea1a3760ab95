// SPDX-License-Identifier: EUPL-1.2
//! Signing in with a client's token, and out. The browser holds a secret of its own, never the token: it is good for a working
//! day, and for no longer than the client's own access.

use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::extract::{FromRequestParts, Query, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use chrono::TimeDelta;
use serde::Deserialize;

use crate::app::App;
use crate::domain::sha256::sha256;
use crate::error::Error;
use crate::http::Shared;
use crate::http::auth::{Caller, client_of_token, principal_of};
use crate::http::limits::Turn;
use crate::http::problem::Problem;
use crate::store::sessions::Session;

use super::{Frame, HOME, SIGN_IN, Sent};

/// How long a session lasts.
const LASTS: TimeDelta = TimeDelta::hours(8);

const UNSENT: &str = "L'accesso è finito prima dell'invio: nulla è stato registrato. Entrare e ripetere.";
const UNKNOWN: &str = "Il codice di accesso non è riconosciuto: controllare di averlo copiato intero.";

/// A caller who signed in on the pages.
pub(super) struct Visitor {
    /// Who it is, and what it may still ask for.
    pub(super) caller: Caller,
    /// Name of the client.
    pub(super) name: String,
}

impl FromRequestParts<Shared> for Visitor {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, shared: &Shared) -> Result<Self, Problem> {
        let app = &shared.app;
        let secret = secret_of(app, &parts.headers).ok_or(Error::Unauthenticated)?;
        let found = app.store.client_by_session(&sha256(secret.as_bytes()), app.clock.now()).await;
        let client = found.map_err(Error::from)?.ok_or(Error::Unauthenticated)?;
        let name = client.name.clone();
        Ok(Self { caller: Caller::admit(shared, principal_of(app, client)?)?, name })
    }
}

#[derive(Template)]
#[template(path = "sign_in.html")]
struct SignInPage<'a> {
    frame: Frame<'a>,
    next: &'a str,
    hours: i64,
    fault: Option<&'static str>,
}

fn page(app: &App, status: StatusCode, next: &str, fault: Option<&'static str>) -> Response {
    let page = SignInPage { frame: Frame::new(app, None), next, hours: LASTS.num_hours(), fault };
    super::html(status, &page)
}

#[derive(Debug, Deserialize)]
pub(super) struct Next {
    next: Option<String>,
    unsent: Option<String>,
}

/// `GET /entra`
pub(super) async fn form(
    State(shared): State<Shared>,
    query: Result<Query<Next>, QueryRejection>,
) -> Response {
    let query = query.ok().map(|Query(query)| query);
    let next = query.as_ref().and_then(|query| query.next.as_deref());
    let fault = query.as_ref().and_then(|query| query.unsent.as_ref()).map(|_| UNSENT);
    page(&shared.app, StatusCode::OK, safe(next), fault)
}

/// The form to sign in.
#[derive(Deserialize)]
pub(super) struct SignIn {
    token: String,
    next: Option<String>,
}

/// Someone who is not known yet and about to send something: strangers together have so many turns as one client.
pub(super) struct Stranger {
    _turn: Turn,
}

impl FromRequestParts<Shared> for Stranger {
    type Rejection = Problem;

    async fn from_request_parts(_: &mut Parts, shared: &Shared) -> Result<Self, Problem> {
        let turn = shared.turns.begin(SIGN_IN).ok_or_else(Problem::overloaded)?;
        Ok(Self { _turn: turn })
    }
}

/// `POST /entra`
pub(super) async fn enter(
    State(shared): State<Shared>,
    _stranger: Stranger,
    headers: HeaderMap,
    Sent { fields, .. }: Sent<SignIn>,
) -> Result<Response, Problem> {
    let app = &shared.app;
    let next = safe(fields.next.as_deref());
    // What comes along when a code is copied: blanks, ends of line, signs that nobody sees.
    let token: String = fields.token.chars().filter(char::is_ascii_graphic).collect();
    let known = client_of_token(app, &token).await;
    let caller = match known.and_then(|client| principal_of(app, client)) {
        Ok(principal) => Caller::admit(&shared, principal)?,
        Err(Error::Unauthenticated) => {
            return Ok(page(app, StatusCode::UNPROCESSABLE_ENTITY, next, Some(UNKNOWN)));
        }
        Err(error) => return Err(error.into()),
    };
    let (secret, now) = (app.clock.new_secret(), app.clock.now());
    let session = Session {
        secret_sha256: sha256(secret.as_bytes()),
        client: caller.principal.client.clone(),
        started_at: now,
        ends_at: now + LASTS,
    };
    let before = secret_of(app, &headers).map(|secret| sha256(secret.as_bytes()));
    let begun = app.store.write(move |tx| {
        Box::pin(async move {
            if let Some(before) = before {
                tx.end_session(&before).await?;
            }
            tx.begin_session(&session).await
        })
    });
    begun.await.map_err(Error::from)?;
    tracing::info!(client.id = %caller.principal.client, "signed in on the pages");
    Ok(with_cookie(app, Redirect::to(next).into_response(), &secret, LASTS))
}

/// `POST /esci`
pub(super) async fn leave(State(shared): State<Shared>, headers: HeaderMap) -> Result<Response, Problem> {
    let app = &shared.app;
    if let Some(secret) = secret_of(app, &headers) {
        let session = sha256(secret.as_bytes());
        let ended = app.store.write(move |tx| Box::pin(async move { tx.end_session(&session).await }));
        ended.await.map_err(Error::from)?;
    }
    Ok(with_cookie(app, Redirect::to(SIGN_IN).into_response(), "", TimeDelta::zero()))
}

/// Where to go after signing in: a page of ours and nowhere else.
fn safe(next: Option<&str>) -> &str {
    let is_page = |path: &&str| {
        path.strip_prefix(HOME).is_some_and(|rest| rest.is_empty() || rest.starts_with(['/', '?']))
            && path.bytes().all(|byte| byte.is_ascii_graphic())
    };
    next.filter(is_page).unwrap_or(HOME)
}

/// Whether browsers reach the service over TLS, and the cookie's name: with TLS, one that no other site of the domain can set.
fn cookie_name(app: &App) -> (bool, &'static str) {
    match app.settings.server.public_url.starts_with("https://") {
        true => (true, "__Host-mepa_session"),
        false => (false, "mepa_session"),
    }
}

fn secret_of<'h>(app: &App, headers: &'h HeaderMap) -> Option<&'h str> {
    let (_, name) = cookie_name(app);
    let cookies = headers.get_all(header::COOKIE).iter().filter_map(|value| value.to_str().ok());
    let mut pairs =
        cookies.flat_map(|cookies| cookies.split(';')).filter_map(|pair| pair.trim().split_once('='));
    pairs.find(|(found, _)| *found == name).map(|(_, secret)| secret)
}

fn with_cookie(app: &App, mut response: Response, secret: &str, lasts: TimeDelta) -> Response {
    let (is_secure, name) = cookie_name(app);
    let secure = if is_secure { "; Secure" } else { "" };
    let cookie =
        format!("{name}={secret}; Path=/; HttpOnly; SameSite=Lax; Max-Age={}{secure}", lasts.num_seconds());
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().insert(header::SET_COOKIE, cookie);
    }
    response
}
