// SPDX-License-Identifier: EUPL-1.2
//! `GET /programmes/{id}/summary`: where the programme stands.

use axum::extract::{Path, State};
use axum::response::Response;

use crate::answer::MoneyView;
use crate::domain::role::Role;
use crate::error::Error;

use super::Shared;
use super::auth::Caller;
use super::problem::Problem;
use super::view;

/// Totals over all Comuni, for the programme office.
pub async fn summary(
    State(shared): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let app = &shared.app;
    if caller.principal.role != Role::Programma {
        return Err(Error::Forbidden.into());
    }
    if id != app.programme.id {
        return Err(Error::NotFound.into());
    }
    let totals = app.store.programme_totals(&id).await.map_err(Error::from)?;
    let states: serde_json::Map<String, serde_json::Value> =
        totals.states.into_iter().map(|(state, comuni)| (state, comuni.into())).collect();
    let sums = totals.balances;
    let body = serde_json::json!({
        "programme": id,
        "official": app.programme.official,
        "synthetic": totals.synthetic,
        "comuni_by_state": states,
        "balances": {
            "assigned": MoneyView::from(sums.assigned),
            "reserved": MoneyView::from(sums.reserved),
            "committed": MoneyView::from(sums.committed),
            "invoiced": MoneyView::from(sums.invoiced),
            "paid": MoneyView::from(sums.paid),
            "available": MoneyView::from(sums.available().unwrap_or_default()),
        },
    });
    Ok(view::ok(body.to_string(), caller.allowance))
}
