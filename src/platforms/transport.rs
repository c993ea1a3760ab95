// SPDX-License-Identifier: EUPL-1.2
//! One try over HTTP: a new connection, one request, one answer of limited size in limited time. No redirect, no cookie,
//! no referrer, no proxy from the environment, no repetition hidden in the client.

use std::error::Error as _;
use std::time::Duration;

use chrono::{DateTime, Utc};
use reqwest::header::{CONTENT_TYPE, DATE, HeaderMap, HeaderName, RETRY_AFTER};
use reqwest::{Client, Method, Response, Url};

use super::answer::{Answer, Failure};
use super::error::{Kind, said};
use super::retry_after;

const RATE_REMAINING: HeaderName = HeaderName::from_static("x-ratelimit-remaining");
const RATE_RESET: HeaderName = HeaderName::from_static("x-ratelimit-reset");
/// A larger number is a moment, not a pause.
const DAY_S: i64 = 86_400;
/// The longest pause that is kept in one go, as for `Retry-After`.
const PAUSE_MAX_S: i64 = 3_600;

/// What is sent.
#[derive(Debug, Clone)]
pub(super) struct Request {
    pub(super) method: Method,
    pub(super) url: Url,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

/// The client of one platform. Connections are not kept: calls are few, and a connection that the platform closed in the
/// meantime would leave a call with an unknown outcome.
pub(super) fn client(connect_timeout: Duration) -> reqwest::Result<Client> {
    // An error here says that a provider is installed already, which is what is wanted.
    let _installed_before = rustls::crypto::ring::default_provider().install_default();
    Client::builder()
        .user_agent(concat!("mepa-gateway/", env!("CARGO_PKG_VERSION")))
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
        .referer(false)
        .no_proxy()
        .pool_max_idle_per_host(0)
        .connect_timeout(connect_timeout)
        .build()
}

/// Sends and reads within `wait`; `now` serves for `Retry-After` dates when the answer has no date of its own.
pub(super) async fn send(
    http: &Client,
    request: &Request,
    answer_max: usize,
    wait: Duration,
    now: DateTime<Utc>,
) -> Result<Answer, Failure> {
    let exchange = async {
        let sent = http
            .request(request.method.clone(), request.url.clone())
            .headers(request.headers.clone())
            .body(request.body.clone())
            .send()
            .await;
        let response = sent.map_err(|error| lost(&error))?;
        receive(response, answer_max, now).await
    };
    match tokio::time::timeout(wait, exchange).await {
        Ok(result) => result,
        Err(_elapsed) => Err(Failure::unknown(Kind::TimedOut { waited: wait })),
    }
}

/// A request that met no answer. When the connection itself failed, nothing was sent; else nobody knows.
fn lost(error: &reqwest::Error) -> Failure {
    let why = root_cause(error);
    if error.is_connect() {
        Failure::not_done(Kind::Unreachable { why })
    } else if error.is_builder() {
        Failure::last_word(Kind::Unwritable { why })
    } else {
        Failure::unknown(Kind::Cut { why })
    }
}

fn root_cause(error: &reqwest::Error) -> String {
    let mut cause = error.source();
    let mut text = None;
    while let Some(inner) = cause {
        text = Some(inner.to_string());
        cause = inner.source();
    }
    said(&text.unwrap_or_else(|| "no reason given".into()))
}

async fn receive(mut response: Response, answer_max: usize, now: DateTime<Utc>) -> Result<Answer, Failure> {
    let status = response.status();
    let headers = response.headers();
    let wait = text_of(headers, &RETRY_AFTER);
    let mut answer = Answer {
        status: status.as_u16(),
        media_type: media_type(text_of(headers, &CONTENT_TYPE).unwrap_or_default()),
        retry_after: wait.and_then(|wait| retry_after::parse(wait, text_of(headers, &DATE), now)),
        spent_for: spent_for(headers, now),
        body: Vec::new(),
    };
    while let Some(chunk) = response.chunk().await.map_err(|error| lost(&error))? {
        if answer.body.len().saturating_add(chunk.len()) <= answer_max {
            answer.body.extend_from_slice(&chunk);
        } else if status.is_success() {
            return Err(Failure::unknown(Kind::TooBig { limit: answer_max }));
        } else {
            // The status says enough of an endless error page; without a whole body it is nobody's typed answer.
            answer.body.clear();
            break;
        }
    }
    Ok(answer)
}

/// How long the platform will take no more calls, when it says that none is left: `X-RateLimit-Reset` is in seconds, or
/// a moment in seconds since 1970, as some write it.
fn spent_for(headers: &HeaderMap, now: DateTime<Utc>) -> Option<Duration> {
    let number = |name| text_of(headers, &name)?.trim().parse::<i64>().ok();
    if number(RATE_REMAINING)? > 0 {
        return None;
    }
    let reset = number(RATE_RESET)?;
    let seconds = if reset > DAY_S { reset.saturating_sub(now.timestamp()) } else { reset };
    u64::try_from(seconds.min(PAUSE_MAX_S)).ok().map(Duration::from_secs)
}

fn text_of<'a>(headers: &'a HeaderMap, name: &HeaderName) -> Option<&'a str> {
    headers.get(name).and_then(|value| value.to_str().ok())
}

fn media_type(header: &str) -> String {
    header.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}
