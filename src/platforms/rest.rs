// SPDX-License-Identifier: EUPL-1.2
//! What requests to the two REST platforms have in common: addresses under the service's path, the bearer token.

use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Method, Url};

use super::error::Platform;
use super::secret::Secret;
use super::settings::SettingsError;
use super::transport::Request;

/// The headers of every request.
pub(super) fn headers(platform: Platform, token: &Secret) -> Result<HeaderMap, SettingsError> {
    if token.is_empty() {
        return Err(SettingsError::Credentials { platform, why: "the token is empty" });
    }
    let mut bearer = HeaderValue::from_str(&format!("Bearer {}", token.expose())).map_err(|_| {
        SettingsError::Credentials { platform, why: "the token has characters that a header cannot carry" }
    })?;
    bearer.set_sensitive(true);
    Ok(HeaderMap::from_iter([
        (AUTHORIZATION, bearer),
        (ACCEPT, HeaderValue::from_static("application/json")),
    ]))
}

/// A request without a body.
pub(super) fn request(method: Method, url: Url, headers: &HeaderMap) -> Request {
    Request { method, url, headers: headers.clone(), body: Vec::new() }
}

/// A request that posts a body.
pub(super) fn post(url: Url, headers: &HeaderMap, media_type: &'static str, body: Vec<u8>) -> Request {
    let mut headers = headers.clone();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    Request { method: Method::POST, url, headers, body }
}
