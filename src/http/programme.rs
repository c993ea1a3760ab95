// SPDX-License-Identifier: EUPL-1.2
//! `GET /programmes/{id}/summary`: where the programme stands; with `tables`, those of the report on the programme.

use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::response::Response;
use chrono::NaiveDate;
use serde::Deserialize;

use crate::answer::MoneyView;
use crate::app::App;
use crate::domain::role::Role;
use crate::domain::text::Text;
use crate::error::Error;
use crate::report::json::json_line;
use crate::report::programme::{SHAPES, gather, report};

use super::Shared;
use super::auth::Caller;
use super::orders::{bad_query, invalid};
use super::problem::Problem;
use super::view;

/// Parameters of `GET /programmes/{id}/summary`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SummaryParameters {
    /// Names of tables, parted by commas.
    tables: Option<String>,
    /// An earlier day, for the table `confronto`.
    compare: Option<NaiveDate>,
}

const NO_TABLE: Text = Text::new(
    "nomi di tabelle del rapporto sul programma, separati da virgole, p.es. regioni,stati_comuni",
    "names of tables of the report on the programme, parted by commas, e.g. regioni,stati_comuni",
);

/// Totals over all Comuni, for the programme office.
pub async fn summary(
    State(shared): State<Shared>,
    caller: Caller,
    Path(id): Path<String>,
    parameters: Result<Query<SummaryParameters>, QueryRejection>,
) -> Result<Response, Problem> {
    let app = &shared.app;
    if caller.principal.role != Role::Programma {
        return Err(Error::Forbidden.into());
    }
    if id != app.programme.id {
        return Err(Error::NotFound.into());
    }
    let Query(parameters) = parameters.map_err(|rejection| bad_query(&rejection))?;
    if let Some(names) = &parameters.tables {
        let body = tables(app, names, parameters.compare).await?;
        return Ok(view::ok(body, caller.allowance));
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

/// Some tables of the report on the programme, as it would be written now.
async fn tables(app: &App, names: &str, compare: Option<NaiveDate>) -> Result<String, Problem> {
    let names: Vec<&str> = names.split(',').map(str::trim).collect();
    if names.iter().any(|name| !SHAPES.iter().any(|shape| shape.name == *name)) {
        return Err(invalid("tables", NO_TABLE).into());
    }
    let (store, as_of) = (app.store.snapshot().await.map_err(Error::from)?, app.clock.now());
    let report = report(&gather(app, &store, compare, as_of).await?);
    json_line(&report, &|shape| names.contains(&shape.name)).map_err(|_| Problem::internal())
}
