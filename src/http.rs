// SPDX-License-Identifier: EUPL-1.2
//! The HTTP side: routes, limits, answers. A handler parses, calls a flow and answers; it decides nothing.

use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use tokio::net::TcpListener;
use tokio::sync::Semaphore;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::timeout::TimeoutLayer;

use crate::app::App;
use crate::platforms::sdi::inbound::MESSAGE_MAX;

pub mod auth;
pub mod body;
pub mod comuni;
pub mod events;
pub mod invoices;
pub mod limits;
pub mod orders;
mod pages;
pub mod payments;
pub mod platforms;
pub mod portal_orders;
pub mod problem;
pub mod programme;
pub mod reports;
pub mod sdi;
pub mod service;
pub mod view;

use auth::RecentCallers;
use limits::{RateLimits, Turns};
use pages::Wanted;
use problem::Problem;

pub use crate::answer::BASE;

/// What handlers share.
#[derive(Debug, Clone)]
pub struct Shared {
    /// The gateway.
    pub app: Arc<App>,
    /// Requests per client.
    pub rates: Arc<RateLimits>,
    /// Requests under way per client.
    pub turns: Arc<Turns>,
    /// Who called a moment ago.
    pub callers: Arc<RecentCallers>,
    slots: Arc<Semaphore>,
}

/// Every route of the gateway.
pub fn router(app: Arc<App>) -> Router {
    let server = &app.settings.server;
    let body_max = server.body_max_bytes();
    let timeout = Duration::from_secs(server.request_timeout_s);
    let shared = Shared {
        rates: Arc::new(RateLimits::new(server.requests_per_minute)),
        turns: Arc::new(Turns::new(server.requests_of_client_max)),
        callers: Arc::default(),
        slots: Arc::new(Semaphore::new(server.requests_max)),
        app,
    };
    let api = Router::new()
        .route("/status", get(service::status))
        .route("/rules", get(service::rules))
        .route("/platforms", get(platforms::list))
        .route("/comuni", get(comuni::list))
        .route("/comuni/{code}", get(comuni::show))
        .route("/comuni/{code}/acceptance", post(comuni::accept))
        .route("/orders", get(orders::list).post(orders::create))
        .route("/orders/{id}", get(orders::show))
        .route("/orders/{id}/declarations", post(orders::declare))
        .route("/orders/{id}/recheck", post(orders::recheck))
        .route("/orders/{id}/cancellation", post(orders::cancel))
        .route("/invoices", get(invoices::list).post(invoices::create))
        .route("/invoices/{id}", get(invoices::show))
        .route("/invoices/{id}/recheck", post(invoices::recheck))
        .route("/payments", get(payments::list).post(payments::create))
        .route("/comuni/{code}/reconciliation", get(payments::show))
        .route("/comuni/{code}/reconciliation/decisions", post(payments::decide))
        .route("/portal-orders", get(portal_orders::list))
        .route("/portal-orders/{number}", get(portal_orders::show))
        .route("/portal-orders/{number}/link", post(portal_orders::link))
        .route("/portal-orders/{number}/unlink", post(portal_orders::unlink))
        .route("/portal-orders/{number}/dismissal", post(portal_orders::dismiss))
        .route("/comuni/{code}/grant-acts", get(reports::acts).post(reports::act))
        .route("/reports", get(reports::list).post(reports::create))
        .route("/reports/{id}", get(reports::show))
        .route("/reports/{id}/file", get(reports::file))
        .route("/reports/{id}/cancellation", post(reports::cancel))
        .route("/programmes/{id}/summary", get(programme::summary))
        .route("/events", get(events::list))
        .method_not_allowed_fallback(problem::method_not_allowed);
    Router::new()
        .nest(BASE, api)
        .merge(pages::routes())
        .route("/.well-known/security.txt", get(service::security_txt))
        .route(sdi::PATH, post(sdi::receive_invoices).layer(DefaultBodyLimit::max(MESSAGE_MAX)))
        .fallback(problem::not_found)
        .layer(DefaultBodyLimit::max(body_max))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, timeout))
        .layer(CatchPanicLayer::custom(|_| Problem::internal().into_response()))
        .layer(middleware::from_fn_with_state(shared.clone(), admit))
        .with_state(shared)
}

/// Takes a slot or answers 503 before any work starts, tells people of failures on a page, and gives every answer the headers that
/// all answers carry.
async fn admit(State(shared): State<Shared>, request: Request, next: Next) -> Response {
    let page = Wanted::of(&request);
    let mut response = match shared.slots.try_acquire() {
        Ok(_slot) => next.run(request).await,
        Err(_) => Problem::overloaded().into_response(),
    };
    let status = response.status();
    let is_ours =
        response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind != "text/plain; charset=utf-8");
    if !is_ours && status.is_server_error() {
        response = Problem::overloaded().into_response();
    } else if !is_ours && status.is_client_error() {
        response = Problem::unexplained(status).into_response();
    }
    if let Some(page) = page
        && let Some(problem) = response.extensions_mut().remove::<Problem>()
    {
        response = page.explained(&shared.app, &problem);
    }
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

/// Serves until `stop` resolves, then lets requests under way finish.
///
/// # Errors
/// When the listener fails.
pub async fn serve(
    app: Arc<App>,
    listener: TcpListener,
    stop: impl Future<Output = ()> + Send + 'static,
) -> std::io::Result<()> {
    axum::serve(listener, router(app)).with_graceful_shutdown(stop).await
}
