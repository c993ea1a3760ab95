// SPDX-License-Identifier: EUPL-1.2
//! The whole body of a request, or why there is none. What is announced as too large is refused before a byte of it is
//! awaited, and a caller who does not go on sending is let go: neither may hold a place for long.

use std::time::Duration;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};

use crate::domain::text::Text;
use crate::error::Error;

use super::Shared;
use super::problem::Problem;

/// A body that arrived whole.
#[derive(Debug, Clone)]
pub struct Whole(pub Bytes);

impl FromRequest<Shared> for Whole {
    type Rejection = Problem;

    async fn from_request(request: Request, shared: &Shared) -> Result<Self, Problem> {
        arrive(request, shared, shared.app.settings.server.body_max_bytes()).await.map(Self)
    }
}

/// The body of a request that may have so many bytes; its route must be under a limit that lets as many through.
pub(super) async fn arrive(request: Request, shared: &Shared, max: usize) -> Result<Bytes, Problem> {
    let announced = request.headers().get(header::CONTENT_LENGTH);
    let announced = announced.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
    if announced.is_some_and(|length| length > max) {
        return Err(Error::TooLarge.into());
    }
    let patience = Duration::from_secs(shared.app.settings.server.body_timeout_s);
    match tokio::time::timeout(patience, Bytes::from_request(request, shared)).await {
        Ok(Ok(bytes)) => Ok(bytes),
        Ok(Err(rejection)) if rejection.status() == StatusCode::PAYLOAD_TOO_LARGE => {
            Err(Error::TooLarge.into())
        }
        Ok(Err(_)) => Err(Error::Invalid {
            pointer: String::new(),
            reason: Text::new("il corpo non è arrivato intero", "the body did not arrive whole"),
        }
        .into()),
        Err(_) => Err(Error::BodyStalled.into()),
    }
}
