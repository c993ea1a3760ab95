// SPDX-License-Identifier: EUPL-1.2
//! The pages for people with a browser: written on the server, whole without scripts, in Italian. Like any handler, a page calls a
//! flow and shows what it says.

use askama::Template;
use axum::Router;
use axum::body::Bytes;
use axum::extract::{DefaultBodyLimit, FromRequest, Request};
use axum::http::uri::PathAndQuery;
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use serde::de::DeserializeOwned;
use url::Url;

use crate::app::App;
use crate::domain::role::Role;
use crate::domain::text::Text;

use super::body::arrive;
use super::orders::invalid;
use super::problem::{self, Problem};
use super::{BASE, Shared, sdi};

mod reports;
mod session;

use session::Visitor;

/// Where a visitor begins.
const HOME: &str = "/rapporti";
/// Where a visitor signs in.
const SIGN_IN: &str = "/entra";

/// Bytes that a form of ours can have, with room to spare.
const FORM_MAX: usize = 8 << 10;

/// Nothing but our own files is loaded or run, and no other site may show a page of ours in its own.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; \
     base-uri 'none'; frame-ancestors 'none'",
);

const NOT_A_FORM: Text = Text::new(
    "il modulo non è arrivato intero: aprire di nuovo la pagina",
    "the form did not arrive whole: open the page anew",
);

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
        .layer(DefaultBodyLimit::max(FORM_MAX))
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
                role: role(principal.role),
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

/// What a form sent: its fields, and the bytes they came in.
struct Sent<T> {
    fields: T,
    bytes: Bytes,
}

impl<T: DeserializeOwned> FromRequest<Shared> for Sent<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, shared: &Shared) -> Result<Self, Problem> {
        let bytes = arrive(request, shared, FORM_MAX).await?;
        let fields = serde_urlencoded::from_bytes(&bytes).map_err(|_| invalid("", NOT_A_FORM))?;
        Ok(Self { fields, bytes })
    }
}

/// A request that wants a page, whatever comes of it.
pub(super) struct Wanted {
    method: Method,
    uri: Uri,
}

impl Wanted {
    /// What is asked for, when a browser asks for something that is not for programs.
    pub(super) fn of(request: &Request) -> Option<Self> {
        let accepts = request.headers().get_all(header::ACCEPT).iter();
        let wants_page =
            accepts.filter_map(|value| value.to_str().ok()).any(|kinds| kinds.contains("text/html"));
        let uri = request.uri();
        let is_for_programs =
            [BASE, sdi::PATH, "/.well-known/"].iter().any(|path| uri.path().starts_with(path));
        (wants_page && !is_for_programs).then(|| Self { method: request.method().clone(), uri: uri.clone() })
    }

    /// The page that says what is wrong, or the one to sign in on.
    pub(super) fn explained(&self, app: &App, problem: &Problem) -> Response {
        if problem.status() == StatusCode::UNAUTHORIZED {
            return self.sign_in();
        }
        let (title, detail) = told(problem);
        let is_forbidden = problem.status() == StatusCode::FORBIDDEN;
        let page = ProblemPage { frame: Frame::new(app, None), title, detail, is_forbidden };
        let mut response = html(problem.status(), &page);
        problem.add_headers(response.headers_mut());
        response
    }

    /// After signing in one comes back to what one wanted to see (of a file: its page); what one wanted to send is told to be lost.
    fn sign_in(&self) -> Response {
        let wanted = self.uri.path_and_query().map(PathAndQuery::as_str).unwrap_or_default();
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        match self.method {
            Method::GET => query.append_pair("next", wanted.strip_suffix("/file").unwrap_or(wanted)),
            _ => query.append_pair("unsent", "1"),
        };
        Redirect::to(&format!("{SIGN_IN}?{}", query.finish())).into_response()
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

/// What is wrong, as a headline and a sentence for people; the API's own words where they are the same.
fn told(problem: &Problem) -> (&'static str, String) {
    let (title, detail) = match problem.status() {
        StatusCode::FORBIDDEN => ("Accesso non consentito", None),
        StatusCode::NOT_FOUND => {
            ("Pagina inesistente", Some("La pagina non esiste, o chi è entrato non può vederla."))
        }
        StatusCode::METHOD_NOT_ALLOWED => {
            ("Operazione non prevista", Some("A questo indirizzo non c'è una pagina da aprire."))
        }
        StatusCode::CONFLICT => ("Non è possibile adesso", None),
        StatusCode::PAYLOAD_TOO_LARGE => {
            ("Modulo troppo lungo", Some("Quanto è stato scritto è troppo lungo."))
        }
        StatusCode::TOO_MANY_REQUESTS => (
            "Troppe richieste",
            Some("Da questo accesso arrivano troppe richieste: attendere un momento e ripetere."),
        ),
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::INSUFFICIENT_STORAGE => {
            ("Servizio non disponibile", Some("Il servizio non può rispondere adesso: riprovare tra poco."))
        }
        status if status.is_server_error() => ("Il servizio ha un guasto", None),
        _ => ("Richiesta non valida", None),
    };
    (title, detail.map_or_else(|| sentence(problem.detail()), str::to_owned))
}

/// The name of a role for people.
const fn role(role: Role) -> &'static str {
    match role {
        Role::Istruttore => "Punto Istruttore",
        Role::Ordinante => "Punto Ordinante",
        Role::Rup => "RUP",
        Role::Ragioneria => "ragioneria",
        Role::Lettore => "sola lettura",
        Role::Macchina => "software del Comune",
        Role::Programma => "ufficio del programma",
        Role::Operatore => "gestore del servizio",
    }
}

/// A text of the catalogue, which may be part of a sentence, as one of its own.
fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|letter| letter.to_uppercase().to_string()).unwrap_or_default();
    let end = if text.ends_with(['.', '!', '?']) { "" } else { "." };
    format!("{first}{}{end}", letters.as_str())
}
