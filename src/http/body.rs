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
        let server = &shared.app.settings.server;
        let announced = request.headers().get(header::CONTENT_LENGTH);
        let announced = announced.and_then(|length| length.to_str().ok()?.parse::<usize>().ok());
        if announced.is_some_and(|length| length > server.body_max_bytes()) {
            return Err(Error::TooLarge.into());
        }
        let arrival = Bytes::from_request(request, shared);
        match tokio::time::timeout(Duration::from_secs(server.body_timeout_s), arrival).await {
            Ok(Ok(bytes)) => Ok(Self(bytes)),
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
}
