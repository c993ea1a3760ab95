// SPDX-License-Identifier: EUPL-1.2
//! How reports look in answers.

use serde_json::{Value, json};

use crate::app::App;
use crate::store::reports::{ReportAsked, ReportRow};

use super::{BASE, comune_ref, instant};

/// Absolute address of a report.
#[must_use]
pub fn report_url(app: &App, id: &str) -> String {
    format!("{}{BASE}/reports/{id}", app.settings.server.public_url)
}

/// A report as it stands.
#[must_use]
pub fn report(app: &App, row: &ReportRow) -> Value {
    let comune = row.asked.comune();
    let compare = match row.asked {
        ReportAsked::Dossier(_) => None,
        ReportAsked::Programme(day) => day.map(|day| day.to_string()),
    };
    let href = report_url(app, &row.id);
    let file = row.ready_file();
    json!({
        "id": row.id, "href": href, "programme": row.programme, "kind": row.asked.kind(),
        "comune": comune.as_ref().map(|comune| comune_ref(app, comune)), "compare": compare,
        "state": row.state.as_str(), "progress": { "done": row.done, "total": row.total }, "error": row.error,
        "file": file.map(|file| json!({
            "name": file.name, "size": file.size, "sha256": file.sha256, "href": format!("{href}/file"),
        })),
        "requested_at": instant(row.requested_at), "finished_at": row.finished_at.map(instant),
    })
}

/// A page of reports, and where the next one begins.
#[must_use]
pub fn report_page(app: &App, rows: &[ReportRow], limit: u32, next_cursor: Option<String>) -> String {
    let items: Vec<Value> = rows.iter().map(|row| report(app, row)).collect();
    super::json(&json!({ "items": items, "limit": limit, "next_cursor": next_cursor }))
}
