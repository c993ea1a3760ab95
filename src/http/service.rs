// SPDX-License-Identifier: EUPL-1.2
//! The service about itself: status, rules, security contact.

use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::answer::{self, Lang};
use crate::rules::{RULES, Rule};

use super::Shared;
use super::auth::Caller;
use super::view;

/// `GET /status`: 200 when requests can be served (ModI, RAC_REST_NAME_011).
pub async fn status(State(shared): State<Shared>) -> Response {
    let (status, title) = match shared.app.store.is_well().await {
        true => (StatusCode::OK, "OK"),
        false => (StatusCode::SERVICE_UNAVAILABLE, "Store unavailable"),
    };
    let problem_json = [(header::CONTENT_TYPE, HeaderValue::from_static("application/problem+json"))];
    let body = serde_json::json!({ "status": status.as_u16(), "title": title }).to_string();
    let mut response = (status, problem_json, body).into_response();
    if status != StatusCode::OK {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("10"));
    }
    response
}

/// `GET /rules`: the catalogue.
pub async fn rules(caller: Caller, headers: HeaderMap) -> Response {
    let lang = view::lang_of(&headers);
    let items: Vec<_> = RULES.iter().map(|rule| rule_view(rule, lang)).collect();
    view::ok(serde_json::json!({ "items": items }).to_string(), caller.allowance)
}

/// One rule of the catalogue as shown in answers and by `rules --format json`.
pub fn rule_view(rule: &Rule, lang: Lang) -> serde_json::Value {
    serde_json::json!({
        "id": rule.id, "severity": rule.severity.as_str(), "title": lang.pick(&rule.title),
        "why": lang.pick(&rule.why), "remedy": lang.pick(&rule.remedy), "source": rule.source_line(),
        "official": rule.source.official, "in_force_from": rule.in_force_from.to_string(),
        "in_force_to": rule.in_force_to.map(|last| last.to_string()),
    })
}

/// `GET /.well-known/security.txt` (RFC 9116). It expires a year after it was asked for.
pub async fn security_txt(State(shared): State<Shared>) -> Response {
    let expires = shared.app.clock.now() + chrono::TimeDelta::days(365);
    let contact = &shared.app.settings.server.security_contact;
    let body =
        format!("Contact: {contact}\nExpires: {}\nPreferred-Languages: it, en\n", answer::instant(expires));
    ([(header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"))], body).into_response()
}
