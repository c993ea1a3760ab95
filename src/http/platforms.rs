// SPDX-License-Identifier: EUPL-1.2
//! `/platforms`: how the platforms do, for people: reachable or not, what to do, calls left today, calls that wait.

use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::Response;
use serde_json::{Value, json};

use crate::answer::{Lang, instant};
use crate::app::App;
use crate::domain::role::Act;
use crate::domain::rome::rome_date;
use crate::error::Error;
use crate::flows::deliver::platform_of;
use crate::platforms::{BreakerState, Platform, PlatformHealth};
use crate::store::outbox::OutboxCount;

use super::Shared;
use super::auth::Caller;
use super::problem::Problem;
use super::view;

/// `GET /platforms`: how the platforms do, calls left today, calls that wait for each.
pub async fn list(
    State(shared): State<Shared>,
    caller: Caller,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    caller.principal.must(Act::SeeHealth)?;
    let app = &shared.app;
    let counts = app.store.outbox_counts().await.map_err(Error::from)?;
    let taken = app.store.calls_taken(rome_date(app.clock.now())).await.map_err(Error::from)?;
    let body = body(app, &taken, &counts, view::lang_of(&headers));
    Ok(view::ok(body, caller.allowance))
}

/// One object per platform, and the calls that are owed per kind and state.
fn body(app: &App, taken: &[(String, i64)], counts: &[OutboxCount], lang: Lang) -> String {
    let health = app.platforms.health();
    let of = |platform: Platform| health.iter().find(|health| health.name == platform.as_str());
    let items: Vec<Value> = Platform::ALL
        .into_iter()
        .filter_map(|platform| Some(item(app, platform, of(platform)?, taken, counts, lang)))
        .collect();
    let calls: Vec<Value> = counts
        .iter()
        .map(|(kind, state, count)| json!({ "kind": kind, "state": state, "count": count }))
        .collect();
    json!({ "items": items, "calls": calls }).to_string()
}

fn item(
    app: &App,
    platform: Platform,
    health: &PlatformHealth,
    taken: &[(String, i64)],
    counts: &[OutboxCount],
    lang: Lang,
) -> Value {
    let per_day = app.settings.platforms.call(platform).map_or(0, |call| call.calls_per_day);
    let taken = taken.iter().find(|(name, _)| name == platform.as_str()).map_or(0, |(_, taken)| *taken);
    let quota = (per_day > 0)
        .then(|| json!({ "per_day": per_day, "taken": taken, "left": (i64::from(per_day) - taken).max(0) }));
    let waiting = |states: &[&str]| -> i64 {
        let mine = |(kind, state, _): &&OutboxCount| {
            platform_of(kind) == Some(platform) && states.contains(&state.as_str())
        };
        counts.iter().filter(mine).map(|(_, _, count)| count).sum()
    };
    let last_error = health.last_error.as_ref().map(|error| {
        json!({ "at": instant(error.at), "text": lang.pick(&error.text), "remedy": lang.pick(&error.remedy) })
    });
    json!({
        "name": platform.as_str(),
        "title": platform.title(),
        "reachable": reachable(health),
        "breaker": health.breaker,
        "since": instant(health.since),
        "last_ok_at": health.last_ok_at.map(instant),
        "last_error": last_error,
        "quota": quota,
        "calls": {
            "waiting": waiting(&["pending", "in_flight"]),
            "in_doubt": waiting(&["uncertain"]),
            "to_verify": waiting(&["to_verify"]),
            "refused": waiting(&["refused"]),
        },
    })
}

/// Whether it answered last; nothing while it was not asked.
fn reachable(health: &PlatformHealth) -> Option<bool> {
    let failed = health.last_error.as_ref().map(|error| error.at);
    match (&health.breaker, health.last_ok_at, failed) {
        (BreakerState::Open { .. }, ..) => Some(false),
        (BreakerState::Closed, None, None) => None,
        (BreakerState::Closed, ok, failed) => Some(ok >= failed),
    }
}
