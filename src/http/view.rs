// SPDX-License-Identifier: EUPL-1.2
//! What travels around an answer: its status, its headers, the language asked for.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::{IntoResponse, Response};

use crate::answer::Lang;
use crate::store::idempotency::Reply;

use super::limits::Allowance;

/// The first language of `Accept-Language` that is spoken here.
pub fn lang_of(headers: &HeaderMap) -> Lang {
    let wanted =
        headers.get(header::ACCEPT_LANGUAGE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let mut languages = wanted.split(',').map(|language| language.trim().to_ascii_lowercase());
    let first = languages.find(|language| language.starts_with("it") || language.starts_with("en"));
    if first.is_some_and(|language| language.starts_with("en")) { Lang::En } else { Lang::It }
}

const LIMIT: HeaderName = HeaderName::from_static("x-ratelimit-limit");
const REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");

/// Tells the caller what is left of its allowance.
pub fn rate_headers(headers: &mut HeaderMap, allowance: Allowance) {
    headers.insert(LIMIT, HeaderValue::from(allowance.limit));
    headers.insert(REMAINING, HeaderValue::from(allowance.remaining));
    headers.insert(RESET, HeaderValue::from(allowance.reset_s));
}

/// A JSON answer.
pub fn answer(reply: Reply, allowance: Allowance) -> Response {
    let status = axum::http::StatusCode::from_u16(reply.status).unwrap_or(axum::http::StatusCode::OK);
    let json = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    let mut response = (status, json, reply.body).into_response();
    if let Some(location) = reply.location.and_then(|location| HeaderValue::from_str(&location).ok()) {
        response.headers_mut().insert(header::LOCATION, location);
    }
    rate_headers(response.headers_mut(), allowance);
    response
}

/// A JSON answer with status 200.
pub fn ok(body: String, allowance: Allowance) -> Response {
    answer(Reply { status: 200, location: None, body }, allowance)
}

/// A JSON answer with status 200 and the version of what it shows as `ETag`.
pub fn versioned(body: String, version: i64, allowance: Allowance) -> Response {
    let mut response = ok(body, allowance);
    if let Ok(tag) = format!("\"{version}\"").parse() {
        response.headers_mut().insert(header::ETAG, tag);
    }
    response
}
