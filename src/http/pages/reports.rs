// SPDX-License-Identifier: EUPL-1.2
//! `/rapporti`: ask for a report, see how far it is, fetch it.

use askama::Template;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Path, Query, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};
use chrono::NaiveDate;
use serde::Deserialize;

use crate::answer::Lang;
use crate::app::App;
use crate::domain::istat::IstatCode;
use crate::domain::rome::{rome_date, rome_string};
use crate::domain::sha256::sha256;
use crate::error::Error;
use crate::flows::{Change, Principal};
use crate::http::Shared;
use crate::http::comuni::reachable;
use crate::http::orders::{bad_query, next_cursor, read_cursor};
use crate::http::problem::Problem;
use crate::http::reports::download;
use crate::reference::{Comune, Names};
use crate::report::jobs;
use crate::store::idempotency::IdempotencyKey;
use crate::store::reports::{ReportAsked, ReportRow, ReportState};

use super::session::Visitor;
use super::{Frame, HOME, Sent, html, sentence};

const NO_COMUNE: &str =
    "Nessun Comune del programma ha questo nome o codice: scriverlo per intero, o usare il codice ISTAT.";
const NO_NAME: &str = "Scrivere il nome o un codice del Comune.";
const NO_DAY: &str = "Il giorno del confronto non esiste, o non è scritto come gg/mm/aaaa.";
/// Reports on a page.
const LISTED: u32 = 50;

const NOT_GRANTED: &str = "Il Comune non è tra i beneficiari del programma.";

/// The forms of the page, as they were sent.
#[derive(Debug, Deserialize)]
pub(super) struct AskedForm {
    /// Another each time the page is loaded, so that the same form sent twice is one request.
    #[serde(rename = "key")]
    _key: String,
    kind: AskedKind,
    #[serde(default)]
    comune: String,
    #[serde(default)]
    compare: String,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "lowercase")]
enum AskedKind {
    Dossier,
    Programme,
}

/// What is wrong with a form.
#[derive(Debug)]
struct Fault {
    /// Id of the field; of the whole page when it is of no field.
    field: &'static str,
    reason: String,
}

impl Fault {
    fn at(field: &'static str, reason: &str) -> Self {
        Self { field, reason: sentence(reason) }
    }
}

#[derive(Template)]
#[template(path = "reports.html")]
struct ReportsPage<'a> {
    frame: Frame<'a>,
    own: Option<&'a Comune>,
    comune: &'a str,
    compare: &'a str,
    fault: Option<&'a Fault>,
    key: String,
    yesterday: String,
    rows: Vec<Shown>,
    /// Whether others were asked for after these.
    has_later: bool,
    /// Where those asked for before these begin.
    earlier: Option<String>,
    keep_days: u32,
}

impl ReportsPage<'_> {
    fn is_at(&self, field: &str) -> bool {
        self.fault.is_some_and(|fault| fault.field == field)
    }
}

#[derive(Template)]
#[template(path = "report.html")]
struct ReportPage<'a> {
    frame: Frame<'a>,
    row: Shown,
    requested_by: String,
    said: &'static str,
    is_open: bool,
    percent: u64,
    finished_at: Option<String>,
    kept_until: String,
    may_cancel: bool,
}

/// A report as pages show it.
struct Shown {
    id: String,
    title: String,
    requested_at: String,
    state: &'static str,
    file: Option<ShownFile>,
}

struct ShownFile {
    name: String,
    size: String,
    sha256: String,
}

impl Shown {
    fn new(app: &App, row: &ReportRow) -> Self {
        let (state, _) = words(row.state);
        let file = row.ready_file();
        Self {
            id: row.id.clone(),
            title: title(app, &row.asked),
            requested_at: rome_string(row.requested_at),
            state,
            file: file.map(|file| ShownFile {
                name: file.name.clone(),
                size: size(file.size),
                sha256: file.sha256.clone(),
            }),
        }
    }
}

fn title(app: &App, asked: &ReportAsked) -> String {
    match asked {
        ReportAsked::Dossier(istat) => {
            let comune = app.reference.comuni.by_istat(istat);
            let name = comune.map_or_else(|| istat.to_string(), |comune| comune.name.to_string());
            format!("Dossier del Comune di {name}")
        }
        ReportAsked::Programme(None) => "Rapporto sul programma".into(),
        ReportAsked::Programme(Some(day)) => {
            format!("Rapporto sul programma, a confronto con il {}", day.format("%d/%m/%Y"))
        }
    }
}

/// A state in a word, and in a sentence that says what to do.
const fn words(state: ReportState) -> (&'static str, &'static str) {
    match state {
        ReportState::Queued => ("In attesa", "In attesa: la preparazione comincia tra poco."),
        ReportState::Running => ("In preparazione", "In preparazione."),
        ReportState::Done => ("Pronto", "Il rapporto è pronto."),
        ReportState::Failed => (
            "Non riuscito",
            "Non è stato possibile preparare il rapporto: chiederlo di nuovo. Se accade ancora, segnalare al gestore del servizio l'identificativo del rapporto.",
        ),
        ReportState::Cancelled => ("Annullato", "La preparazione è stata annullata."),
        ReportState::Expired => {
            ("Non più conservato", "Il file non è più conservato: il rapporto si può chiedere di nuovo.")
        }
    }
}

/// A number of bytes as people read it.
fn size(bytes: u64) -> String {
    match bytes.div_ceil(1000) {
        thousands @ ..1000 => format!("{thousands} kB"),
        _ => {
            let tenths = bytes.div_ceil(100_000);
            format!("{},{} MB", tenths / 10, tenths % 10)
        }
    }
}

/// Which page of the list.
#[derive(Debug, Default, Deserialize)]
pub(super) struct Place {
    cursor: Option<String>,
}

/// `GET /rapporti`
pub(super) async fn list(
    State(shared): State<Shared>,
    visitor: Visitor,
    place: Result<Query<Place>, QueryRejection>,
) -> Result<Response, Problem> {
    let Query(place) = place.map_err(|rejection| bad_query(&rejection))?;
    let before = place.cursor.as_deref().map(read_cursor).transpose()?;
    page(&shared.app, &visitor, before, None).await
}

/// The page, with the form that was refused, if one was.
async fn page(
    app: &App,
    visitor: &Visitor,
    before: Option<(i64, String)>,
    refused: Option<(&AskedForm, &Fault)>,
) -> Result<Response, Problem> {
    let principal = &visitor.caller.principal;
    let has_later = before.is_some();
    let mut rows = jobs::latest(app, principal, before, LISTED + 1).await?;
    let is_last = rows.len() <= LISTED as usize;
    rows.truncate(LISTED as usize);
    let yesterday = rome_date(app.clock.now()).pred_opt().unwrap_or_default();
    let page = ReportsPage {
        frame: Frame::new(app, Some(visitor)),
        own: principal.comune.as_ref().and_then(|own| app.reference.comuni.by_istat(own)),
        comune: refused.map_or("", |(form, _)| &form.comune),
        compare: refused.map_or("", |(form, _)| &form.compare),
        fault: refused.map(|(_, fault)| fault),
        key: app.clock.new_id().to_string(),
        yesterday: yesterday.to_string(),
        rows: rows.iter().map(|row| Shown::new(app, row)).collect(),
        has_later,
        earlier: next_cursor(&rows, LISTED, |row| (row.requested_at, &row.id)).filter(|_| !is_last),
        keep_days: app.settings.reports.keep_days,
    };
    let status = if refused.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    Ok(html(status, &page))
}

/// `POST /rapporti`: the page of the report, or this one again with what is wrong.
pub(super) async fn ask(
    State(shared): State<Shared>,
    visitor: Visitor,
    Sent { fields: form, bytes }: Sent<AskedForm>,
) -> Result<Response, Problem> {
    let (app, principal) = (&shared.app, &visitor.caller.principal);
    let asked = match asked(app, principal, &form).await? {
        Ok(asked) => asked,
        Err(fault) => return page(app, &visitor, None, Some((&form, &fault))).await,
    };
    let fault = match jobs::ask(app, principal, asked, change(app, principal, HOME, &bytes)).await {
        Ok(reply) => {
            let id = reply.location.as_deref().and_then(|location| location.rsplit('/').next());
            let address = id.map_or_else(|| HOME.to_owned(), |id| format!("{HOME}/{id}"));
            return Ok(Redirect::to(&address).into_response());
        }
        Err(Error::NotFound) => no_comune(principal, NO_COMUNE),
        Err(Error::Invalid { reason, .. }) => Fault::at("compare", &reason.it),
        Err(error) => return Err(error.into()),
    };
    page(app, &visitor, None, Some((&form, &fault))).await
}

async fn asked(
    app: &App,
    principal: &Principal,
    form: &AskedForm,
) -> Result<Result<ReportAsked, Fault>, Error> {
    Ok(match (&form.kind, form.compare.trim()) {
        (AskedKind::Dossier, _) => {
            comune(app, principal, form.comune.trim()).await?.map(ReportAsked::Dossier)
        }
        (AskedKind::Programme, "") => Ok(ReportAsked::Programme(None)),
        (AskedKind::Programme, day) => {
            let day = day.parse().or_else(|_| NaiveDate::parse_from_str(day, "%d/%m/%Y"));
            day.map(|day| ReportAsked::Programme(Some(day))).map_err(|_| Fault::at("compare", NO_DAY))
        }
    })
}

/// Only who sees all Comuni has a field in which to name one.
fn no_comune(principal: &Principal, reason: &str) -> Fault {
    match principal.comune {
        Some(_) => Fault::at("main", NOT_GRANTED),
        None => Fault::at("comune", reason),
    }
}

/// The Comune of a code, or the only one in the programme of a name as people write it.
async fn comune(app: &App, principal: &Principal, text: &str) -> Result<Result<IstatCode, Fault>, Error> {
    if let Ok(istat) = reachable(app, principal, text) {
        return Ok(Ok(istat));
    }
    if text.is_empty() || principal.comune.is_some() {
        return Ok(Err(no_comune(principal, NO_NAME)));
    }
    let named = Names::new(&app.reference.comuni).find(text);
    let lies_there = |comune: &&Comune| {
        let provinces = [Some(&*comune.province), comune.province_2026.as_deref()];
        named.province.is_none() || provinces.contains(&named.province.as_deref())
    };
    let mut granted = Vec::new();
    for comune in named.comuni.iter().copied().filter(lies_there) {
        if app.store.participation(&app.programme.id, &comune.istat).await?.is_some() {
            granted.push(comune);
        }
    }
    Ok(match &*granted {
        [] => Err(no_comune(principal, NO_COMUNE)),
        [comune] => Ok(comune.istat),
        namesakes => {
            let names = namesakes.iter().map(|one| format!("{} ({}) {}", one.name, one.province, one.istat));
            let names = names.collect::<Vec<_>>().join(", ");
            Err(Fault::at(
                "comune",
                &format!("Più Comuni hanno questo nome; scrivere il codice di uno: {names}"),
            ))
        }
    })
}

/// A request whose key is all that stands in its form: sent twice it is one, changed after going back it is another.
fn change(app: &App, principal: &Principal, path: &str, body: &[u8]) -> Change {
    let body_sha256 = sha256(body);
    let scope = format!("{} POST {path}", principal.client);
    let idempotency = IdempotencyKey { scope, key: body_sha256.clone(), body_sha256 };
    Change { idempotency, lang: Lang::It, at: app.clock.now() }
}

/// `GET /rapporti/{id}`
pub(super) async fn show(
    State(shared): State<Shared>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let (app, principal) = (&shared.app, &visitor.caller.principal);
    let row = jobs::visible(app, principal, &id).await?;
    let (_, said) = words(row.state);
    let asker = app.store.client(&row.requested_by).await.map_err(Error::from)?;
    let page = ReportPage {
        frame: Frame::new(app, Some(&visitor)),
        row: Shown::new(app, &row),
        requested_by: asker.map(|client| client.name).unwrap_or_default(),
        said,
        is_open: row.state.is_open(),
        percent: (row.done.saturating_mul(100)).checked_div(row.total).unwrap_or_default(),
        finished_at: row.finished_at.map(rome_string),
        kept_until: jobs::kept_until(app, &row).map(rome_string).unwrap_or_default(),
        may_cancel: row.state.is_open() && jobs::may_cancel(principal, &row),
    };
    Ok(html(StatusCode::OK, &page))
}

/// `POST /rapporti/{id}/annullamento`: the form has no field; whoever sends it again wants the same.
pub(super) async fn cancel(
    State(shared): State<Shared>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let (app, principal) = (&shared.app, &visitor.caller.principal);
    let path = format!("{HOME}/{id}");
    match jobs::cancel(app, principal, &id, change(app, principal, &path, b"")).await {
        // When it was over before it could be cancelled, its page says how.
        Ok(_) | Err(Error::Conflict(_)) => Ok(Redirect::to(&path).into_response()),
        Err(error) => Err(error.into()),
    }
}

/// `GET /rapporti/{id}/file`
pub(super) async fn file(
    State(shared): State<Shared>,
    visitor: Visitor,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let row = jobs::visible(&shared.app, &visitor.caller.principal, &id).await?;
    download(&shared.app, &row, visitor.caller).await
}

#[cfg(test)]
mod tests {
    use super::size;

    #[test]
    fn sizes_are_never_told_too_small() {
        let told = [
            (0, "0 kB"),
            (1, "1 kB"),
            (162_301, "163 kB"),
            (999_000, "999 kB"),
            (1_250_000, "1,3 MB"),
            (2_000_001, "2,1 MB"),
        ];
        for (bytes, text) in told {
            assert_eq!(size(bytes), text);
        }
    }
}
