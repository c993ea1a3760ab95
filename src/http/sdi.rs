// SPDX-License-Identifier: EUPL-1.2
//! `/sdi/ricezione-fatture`: the service that SdI calls with files of invoices. It speaks SOAP 1.1, where a fault is
//! a 500; who is not let in, or sends no whole message, gets a problem document as everywhere.

use axum::extract::{Request, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::error::Error;
use crate::flows::receive_invoices::{Received, receive};
use crate::platforms::sdi::inbound::{self, Inbound, MESSAGE_MAX, NotRead};

use super::Shared;
use super::auth::bearer;
use super::body::arrive;
use super::problem::Problem;

/// Where SdI's messages are taken.
pub const PATH: &str = "/sdi/ricezione-fatture";

/// `POST /sdi/ricezione-fatture`: taken in charge once it is stored.
pub async fn receive_invoices(State(shared): State<Shared>, request: Request) -> Result<Response, Problem> {
    let app = &shared.app;
    let Some(settings) = &app.settings.platforms.sdi else { return Err(Error::NotFound.into()) };
    let headers = request.headers().clone();
    let text = |name| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let token = bearer(text(header::AUTHORIZATION));
    if !token.is_some_and(|token| settings.receive_token.is(token)) {
        return Err(Error::Unauthenticated.into());
    }
    let body = arrive(request, &shared, MESSAGE_MAX).await?;
    let message = match inbound::read(text(header::CONTENT_TYPE), &body) {
        Ok(message) => message,
        Err(why) => return Ok(fault(&why)),
    };
    let wants_answer = matches!(message, Inbound::Delivery(_));
    match receive(app, message).await.map_err(Error::from)? {
        Received::Taken if wants_answer => Ok(soap(StatusCode::OK, inbound::taken_in_charge())),
        // The notice of a lapse has no answer but the status.
        Received::Taken => Ok(StatusCode::OK.into_response()),
        Received::OtherFile => Ok(fault(&NotRead::other_file())),
    }
}

fn fault(why: &NotRead) -> Response {
    tracing::warn!(error = %why, "a message of SdI was not taken");
    soap(StatusCode::INTERNAL_SERVER_ERROR, inbound::fault(why))
}

fn soap(status: StatusCode, envelope: String) -> Response {
    (status, [(header::CONTENT_TYPE, "text/xml; charset=utf-8")], envelope).into_response()
}
