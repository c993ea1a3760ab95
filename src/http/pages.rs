// SPDX-License-Identifier: EUPL-1.2
//! The pages for people with a browser: written on the server, whole without scripts, in Italian. Like any handler, a page calls a
//! flow and shows what it says.

use askama::Template;
use axum::Router;
use axum::extract::Request;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde::de::DeserializeOwned;
use url::Url;

use crate::app::App;
use crate::domain::text::Text;
use crate::error::Error;

use super::orders::invalid;
use super::problem::{self, Problem};
use super::{BASE, Shared};

mod reports;
mod session;

use session::Visitor;

/// Where a visitor begins.
const HOME: &str = "/rapporti";
/// Where a visitor signs in.
const SIGN_IN: &str = "/entra";

/// Nothing but our own files is loaded or run, and no other site may show a page of ours in its own.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; \
     base-uri 'none'; frame-ancestors 'none'",
);

const NOT_A_FORM: Text =
    Text::new("il modulo inviato non è quello della pagina", "the form sent is not that of the page");

/// Every page, and what pages load.
pub(super) fn routes() -> Router<Shared> {
    Router::new()
        .route("/", get(async || Redirect::to(HOME)))
        .route(SIGN_IN, get(session::form).post(session::enter))
        .route("/esci", post(session::leave))
        .route(HOME, get(reports::list).post(reports::ask))
        .route("/rapporti/{id}", get(reports::show))
        .route("/rapporti/{id}/file", get(reports::file))
        .route("/rapporti/{id}/annullamento", post(reports::cancel))
        .route("/assets/style.css", get(async || asset("text/css", include_str!("pages/assets/style.css"))))
        .route(
            "/assets/progress.js",
            get(async || asset("text/javascript", include_str!("pages/assets/progress.js"))),
        )
        .route(
            "/assets/icon.svg",
            get(async || asset("image/svg+xml", include_str!("pages/assets/icon.svg"))),
        )
        .method_not_allowed_fallback(problem::method_not_allowed)
        .layer(middleware::from_fn(from_our_pages))
}

fn asset(kind: &'static str, content: &'static str) -> Response {
    ([(header::CONTENT_TYPE, HeaderValue::from_static(kind))], content).into_response()
}

/// Lets only our own pages change anything: a browser tells where a form was sent from. Programs, which tell nothing, hold no
/// cookie that another site could make them send.
async fn from_our_pages(request: Request, next: Next) -> Response {
    match request.method().is_safe() || is_from_here(request.headers()) {
        true => next.run(request).await,
        false => Problem::foreign().into_response(),
    }
}

fn is_from_here(headers: &HeaderMap) -> bool {
    let told = |name: &str| headers.get(name).map(|value| value.to_str().unwrap_or_default());
    match (told("sec-fetch-site"), told("origin")) {
        (Some(site), _) => site == "same-origin",
        (None, Some(origin)) => {
            let origin = Url::parse(origin).ok();
            let host = origin.as_ref().and_then(|origin| {
                let port = origin.port().map(|port| format!(":{port}")).unwrap_or_default();
                origin.host_str().map(|host| format!("{host}{port}"))
            });
            host.is_some() && host.as_deref() == told("host")
        }
        (None, None) => true,
    }
}

/// What stands around every page.
struct Frame<'a> {
    programme: &'a str,
    measure: &'a str,
    is_official: bool,
    who: Option<Who<'a>>,
}

/// The signed-in visitor, as shown.
struct Who<'a> {
    name: &'a str,
    role: &'static str,
    comune: Option<&'a str>,
}

impl<'a> Frame<'a> {
    fn new(app: &'a App, visitor: Option<&'a Visitor>) -> Self {
        let programme = &app.programme;
        let who = visitor.map(|visitor| {
            let principal = &visitor.caller.principal;
            let comune = principal.comune.as_ref().and_then(|own| app.reference.comuni.by_istat(own));
            Who {
                name: &visitor.name,
                role: principal.role.as_str(),
                comune: comune.map(|comune| &*comune.name),
            }
        });
        Self {
            programme: &programme.name.it,
            measure: &programme.measure,
            is_official: programme.official,
            who,
        }
    }
}

fn html(status: StatusCode, page: &impl Template) -> Response {
    let body = match page.render() {
        Ok(body) => body,
        Err(error) => {
            tracing::error!(%error, "a page could not be written");
            return Problem::internal().into_response();
        }
    };
    let headers = [
        (header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    ];
    (status, headers, body).into_response()
}

/// The fields of a form.
fn form<T: DeserializeOwned>(body: &[u8]) -> Result<T, Error> {
    serde_urlencoded::from_bytes(body).map_err(|_| invalid("", NOT_A_FORM))
}

/// A request that wants a page, whatever comes of it.
pub(super) struct Wanted {
    method: Method,
    uri: Uri,
}

impl Wanted {
    /// What is asked for, when a browser asks for something that is not of the API.
    pub(super) fn of(request: &Request) -> Option<Self> {
        let accepts = request.headers().get_all(header::ACCEPT).iter();
        let wants_page =
            accepts.filter_map(|value| value.to_str().ok()).any(|kinds| kinds.contains("text/html"));
        let uri = request.uri();
        (wants_page && !uri.path().starts_with(BASE))
            .then(|| Self { method: request.method().clone(), uri: uri.clone() })
    }

    /// The page that says what is wrong, or the one to sign in on.
    pub(super) fn explained(&self, app: &App, problem: &Problem) -> Response {
        if problem.status() == StatusCode::UNAUTHORIZED {
            return self.sign_in();
        }
        let page = ProblemPage {
            frame: Frame::new(app, None),
            title: headline(problem.status()),
            detail: sentence(problem.detail()),
            is_forbidden: problem.status() == StatusCode::FORBIDDEN,
        };
        let mut response = html(problem.status(), &page);
        problem.add_headers(response.headers_mut());
        response
    }

    fn sign_in(&self) -> Response {
        let path = self.uri.path_and_query().filter(|_| self.method == Method::GET);
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        match path {
            Some(path) => {
                let next = query.append_pair("next", path.as_str()).finish();
                Redirect::to(&format!("{SIGN_IN}?{next}")).into_response()
            }
            None => Redirect::to(SIGN_IN).into_response(),
        }
    }
}

#[derive(Template)]
#[template(path = "problem.html")]
struct ProblemPage<'a> {
    frame: Frame<'a>,
    title: &'static str,
    detail: String,
    is_forbidden: bool,
}

/// A text of the catalogue, which may be part of a sentence, as one of its own.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    let end = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}

fn headline(status: StatusCode) -> &'static str {
    match status {
        StatusCode::FORBIDDEN => "Accesso non consentito",
        StatusCode::NOT_FOUND => "Pagina inesistente",
        StatusCode::METHOD_NOT_ALLOWED => "Operazione non prevista",
        StatusCode::CONFLICT => "Non è più possibile",
        StatusCode::TOO_MANY_REQUESTS => "Troppe richieste",
        StatusCode::SERVICE_UNAVAILABLE => "Servizio non disponibile",
        status if status.is_server_error() => "Il servizio ha un guasto",
        _ => "Richiesta non valida",
    }
}
