// SPDX-License-Identifier: EUPL-1.2
//! The one place where a failure becomes HTTP: `application/problem+json` (RFC 9457), no internal text, one entry per
//! fault. No 5xx answers what an input says: 503 and 507 tell that the gateway itself cannot serve now, and 500 that it
//! has a fault of its own (a panic, caught).

use std::borrow::Cow;

use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Serialize;

use crate::documents::{ReadError, ReadErrorKind};
use crate::domain::text::Text;
use crate::error::{BrokenCode, Error};
use crate::store::StoreError;

use super::limits::{Allowance, TooMany};

/// Seconds after which to come back when the gateway is busy.
const RETRY_BUSY_S: u64 = 2;
/// Seconds after which to come back when the store cannot be written.
const RETRY_STORE_S: u64 = 10;
/// Longest piece of a caller's value shown back.
const VALUE_MAX: usize = 80;

/// One fault in a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Fault {
    /// JSON pointer, XPath, header or parameter.
    pub pointer: String,
    /// What stood there, cut and made safe to show.
    pub value: String,
    /// Why it is a fault, in Italian.
    pub reason: Cow<'static, str>,
    /// The same in English.
    pub reason_en: Cow<'static, str>,
    /// Line in the document, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub line: Option<u32>,
    /// Column in the line, counted from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub column: Option<u32>,
}

/// An answer that says what is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Problem {
    r#type: String,
    title: &'static str,
    status: u16,
    detail: Cow<'static, str>,
    detail_en: Cow<'static, str>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    errors: Vec<Fault>,
    #[serde(skip)]
    retry_after_s: Option<u64>,
    #[serde(skip)]
    allowance: Option<Allowance>,
}

impl Problem {
    /// A problem with its detail in Italian and English.
    fn new(
        status: StatusCode,
        kind: &str,
        title: &'static str,
        it: impl Into<Cow<'static, str>>,
        en: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            r#type: format!("urn:mepa-gateway:problem:{kind}"),
            title,
            status: status.as_u16(),
            detail: it.into(),
            detail_en: en.into(),
            errors: Vec::new(),
            retry_after_s: None,
            allowance: None,
        }
    }

    /// The status it is answered with.
    pub fn status(&self) -> StatusCode {
        StatusCode::from_u16(self.status).unwrap_or(StatusCode::SERVICE_UNAVAILABLE)
    }

    /// What is wrong, in Italian.
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// Says when to come back, and what is left of the allowance.
    pub fn add_headers(&self, headers: &mut HeaderMap) {
        if let Some(seconds) = self.retry_after_s {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if let Some(allowance) = self.allowance {
            super::view::rate_headers(headers, allowance);
        }
    }

    fn after(mut self, seconds: u64) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    fn with(mut self, errors: Vec<Fault>) -> Self {
        self.errors = errors;
        self
    }

    /// The gateway is busy.
    pub fn overloaded() -> Self {
        let status = StatusCode::SERVICE_UNAVAILABLE;
        Self::new(
            status,
            "overloaded",
            "Service overloaded",
            "Il servizio è occupato: riprovare tra poco.",
            "The service is busy: try again shortly.",
        )
        .after(RETRY_BUSY_S)
    }

    /// A fault of ours; nothing about it is told outside.
    pub fn internal() -> Self {
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        Self::new(
            status,
            "internal",
            "Internal error",
            "Errore interno: segnalarlo al gestore del servizio.",
            "Internal error: tell whoever runs the service.",
        )
    }

    /// A form was not sent from one of our pages.
    pub fn foreign() -> Self {
        Self::new(
            StatusCode::FORBIDDEN,
            "foreign-origin",
            "Foreign origin",
            "Il modulo non è stato inviato da una pagina di questo servizio: aprire la pagina e ripetere.",
            "The form was not sent from a page of this service: open the page and repeat.",
        )
    }

    /// The client asks for too much.
    fn too_many(why: TooMany) -> Self {
        let status = StatusCode::TOO_MANY_REQUESTS;
        let (problem, allowance) = match why {
            TooMany::InAMinute(allowance) => {
                let it = format!("Superato il limite di {} richieste al minuto.", allowance.limit);
                let en = format!("More than {} requests in a minute.", allowance.limit);
                let problem = Self::new(status, "too-many-requests", "Too many requests", it, en);
                (problem.after(allowance.reset_s), allowance)
            }
            TooMany::AtOnce(allowance) => {
                let problem = Self::new(
                    status,
                    "too-many-at-once",
                    "Too many requests at once",
                    "Troppe richieste contemporanee di questo client: attendere le risposte.",
                    "Too many requests of this client at once: wait for the answers.",
                );
                (problem.after(RETRY_BUSY_S), allowance)
            }
        };
        Self { allowance: Some(allowance), ..problem }
    }

    /// A refusal that came about before any of our own code could say why, such as an address that is not UTF-8.
    pub fn unexplained(status: StatusCode) -> Self {
        let title = status.canonical_reason().unwrap_or("Request refused");
        Self::new(
            status,
            "invalid-request",
            title,
            "La richiesta non è leggibile: verificare indirizzo e intestazioni.",
            "The request cannot be read: check address and headers.",
        )
    }

    /// What an error of a flow is over HTTP.
    pub fn of(error: &Error) -> Self {
        match error {
            Error::Unauthenticated => Self::new(
                StatusCode::UNAUTHORIZED,
                "unauthenticated",
                "Missing or unknown token",
                "Serve un token valido nell'intestazione Authorization: Bearer.",
                "A valid token is needed in the header Authorization: Bearer.",
            ),
            Error::Forbidden => Self::new(
                StatusCode::FORBIDDEN,
                "forbidden",
                "Role too small",
                "Il ruolo di chi chiede non permette questa operazione.",
                "The role of the caller does not allow this.",
            ),
            Error::NotFound => not_found_problem(),
            Error::Invalid { pointer, reason } => invalid(pointer, reason),
            Error::Unreadable(error) => unreadable(error),
            Error::BrokenCodes(codes) => broken_codes(codes),
            Error::MediaType => Self::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "media-type",
                "Unsupported media type",
                "Ordini: application/json, application/xml, text/xml. Fatture: anche application/pkcs7-mime. Pagamenti: XML, text/csv, XLSX, ODS.",
                "Orders: application/json, application/xml, text/xml. Invoices: application/pkcs7-mime, too. Payments: XML, text/csv, XLSX, ODS.",
            ),
            Error::TooLarge => too_large(),
            Error::BodyStalled => Self::new(
                StatusCode::REQUEST_TIMEOUT,
                "body-stalled",
                "Request timeout",
                "Il corpo della richiesta non è arrivato in tempo.",
                "The body of the request did not arrive in time.",
            ),
            Error::KeyReused => Self::new(
                StatusCode::CONFLICT,
                "idempotency-key-reused",
                "Idempotency key reused",
                "La chiave Idempotency-Key è già stata usata per un'altra richiesta.",
                "The Idempotency-Key was already used for another request.",
            ),
            Error::Conflict(why) => conflict("conflict", "Not in this state", why),
            Error::NotYet(why) => conflict("not-yet", "Not yet", why).after(RETRY_BUSY_S),
            Error::Store(error) => store(error),
        }
    }
}

impl Fault {
    /// A fault, with the value cut and its control characters escaped.
    pub fn new(pointer: &str, value: &str, reason: Text) -> Self {
        let mut shown = String::new();
        for character in value.chars().take(VALUE_MAX) {
            // Only what could hurt a terminal or a log line is escaped.
            if character.is_control() {
                shown.extend(character.escape_default())
            } else {
                shown.push(character)
            }
        }
        if value.chars().nth(VALUE_MAX).is_some() {
            shown.push('…');
        }
        Self {
            pointer: pointer.into(),
            value: shown,
            reason: reason.it,
            reason_en: reason.en,
            line: None,
            column: None,
        }
    }
}

fn invalid(pointer: &str, reason: &Text) -> Problem {
    let (status, Text { it, en }) = (StatusCode::BAD_REQUEST, reason.clone());
    let fault = Fault::new(pointer, "", reason.clone());
    Problem::new(status, "invalid-request", "Invalid request", it, en).with(vec![fault])
}

fn conflict(kind: &str, title: &'static str, why: &Text) -> Problem {
    Problem::new(StatusCode::CONFLICT, kind, title, why.it.clone(), why.en.clone())
}

fn unprocessable(kind: &str, it: &'static str, en: &'static str) -> Problem {
    Problem::new(StatusCode::UNPROCESSABLE_ENTITY, kind, "Unprocessable document", it, en)
}

fn broken_codes(codes: &[BrokenCode]) -> Problem {
    let faults = codes.iter().map(|code| Fault::new(&code.pointer, &code.value, code.reason.clone()));
    unprocessable(
        "broken-codes",
        "Il documento contiene codici non validi.",
        "The document carries codes that are not valid.",
    )
    .with(faults.collect())
}

fn unreadable(error: &ReadError) -> Problem {
    let faults = error
        .faults
        .iter()
        .map(|fault| Fault {
            line: Some(fault.line),
            column: Some(fault.column),
            ..Fault::new(&fault.pointer, &fault.value, fault.reason.clone())
        })
        .collect();
    let problem = match error.kind {
        ReadErrorKind::TooBig => too_large(),
        ReadErrorKind::NotThisKind => {
            let (it, en) = ("Il documento è di un altro genere.", "The document is of another kind.");
            unprocessable("another-kind", it, en)
        }
        ReadErrorKind::Malformed => {
            unprocessable("malformed", "Il documento non è leggibile.", "The document cannot be read.")
        }
        ReadErrorKind::Invalid => {
            unprocessable("invalid-document", "Il documento non è valido.", "The document is not valid.")
        }
    };
    problem.with(faults)
}

fn too_large() -> Problem {
    Problem::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "too-large",
        "Too large",
        "Il documento supera le dimensioni ammesse.",
        "The document is larger than allowed.",
    )
}

fn store(error: &StoreError) -> Problem {
    tracing::error!(error = %error, cause = ?std::error::Error::source(error), "the store did not serve a request");
    match error {
        StoreError::Overloaded | StoreError::Changed => Problem::overloaded(),
        StoreError::Panicked => Problem::internal(),
        StoreError::Full => Problem::new(
            StatusCode::INSUFFICIENT_STORAGE,
            "disk-full",
            "Insufficient storage",
            "Lo spazio su disco è esaurito: nulla è stato registrato.",
            "The disk is full: nothing was stored.",
        )
        .after(RETRY_STORE_S),
        StoreError::Stopped
        | StoreError::Inconsistent { .. }
        | StoreError::Damaged(_)
        | StoreError::TooOld { .. }
        | StoreError::Migrate(_)
        | StoreError::NoWriter(_)
        | StoreError::Driver(_) => Problem::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "store-unavailable",
            "Store unavailable",
            "La base dati non risponde: ripetere la richiesta con la stessa chiave.",
            "The database does not answer: repeat the request with the same key.",
        )
        .after(RETRY_STORE_S),
    }
}

fn not_found_problem() -> Problem {
    Problem::new(
        StatusCode::NOT_FOUND,
        "not-found",
        "Not found",
        "Risorsa inesistente.",
        "There is no such resource.",
    )
}

/// The answer for a path that is none.
pub async fn not_found() -> Problem {
    not_found_problem()
}

/// The answer for a method that a path does not take.
pub async fn method_not_allowed() -> Problem {
    Problem::new(
        StatusCode::METHOD_NOT_ALLOWED,
        "method",
        "Method not allowed",
        "Metodo non ammesso per questa risorsa.",
        "The resource does not take this method.",
    )
}

impl From<TooMany> for Problem {
    fn from(why: TooMany) -> Self {
        Self::too_many(why)
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        Self::of(&error)
    }
}

impl IntoResponse for Problem {
    fn into_response(self) -> Response {
        let status = self.status();
        let body = serde_json::to_string(&self).unwrap_or_default();
        let content_type = [(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"))];
        let mut response = (status, content_type, body).into_response();
        if status == StatusCode::UNAUTHORIZED {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        self.add_headers(response.headers_mut());
        // For people, the same is told on a page.
        response.extensions_mut().insert(self);
        response
    }
}
