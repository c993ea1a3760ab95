// SPDX-License-Identifier: EUPL-1.2
//! Reports that clients ask for: queued in a request, made by the worker in a thread of their own, kept as files for a while. One
//! that is being made tells how far it is and hears when nobody wants it any more; one whose maker died is made anew.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use chrono::{DateTime, TimeDelta, Utc};
use tokio::runtime::Handle;
use tokio::sync::watch;

use crate::answer;
use crate::app::App;
use crate::domain::role::{Act, Role};
use crate::domain::rome::rome_date;
use crate::domain::text::Text;
use crate::error::Error;
use crate::flows::{Change, Principal, once};
use crate::store::StoreError;
use crate::store::audit::Actor;
use crate::store::idempotency::Reply;
use crate::store::reports::{ReportAsked, ReportFile, ReportRow};

use super::making::{made_detail, record, write_into};
use super::programme_file::check_earlier;
use super::{Progress, ReportError};

/// How often a maker tells how far it is.
const TELLING: Duration = Duration::from_millis(500);
/// After how long without a word a maker is held to be dead.
const LEASE: TimeDelta = TimeDelta::seconds(60);
/// How many times a report is begun before it is held to be impossible.
const ATTEMPTS_MAX: i64 = 3;
/// Reports that one client may be waiting for.
const WAITING_MAX: i64 = 20;

const TOO_MANY: Text = Text::new(
    "troppi rapporti in attesa: attendere o annullarne qualcuno",
    "too many reports are waiting: wait, or cancel some",
);
const OVER: Text = Text::new("il rapporto non è più in lavorazione", "the report is not being made any more");

/// Queues a report.
///
/// # Errors
/// [`Error::Forbidden`] when the caller may not; [`Error::NotFound`] when the Comune is not in reach or in the programme;
/// [`Error::NotYet`] when the caller waits for too many; the store's.
pub async fn ask(
    app: &Arc<App>,
    principal: &Principal,
    asked: ReportAsked,
    change: Change,
) -> Result<Reply, Error> {
    may_see(principal, &asked)?;
    if let ReportAsked::Programme(Some(day)) = asked {
        check_earlier(day, rome_date(change.at))?;
    }
    let (shared, actor, at) = (Arc::clone(app), principal.actor(), change.at);
    let reply = once(app, &change, move |tx| {
        Box::pin(async move {
            let programme = &shared.programme.id;
            if let Some(comune) = asked.comune() {
                tx.participation(programme, &comune).await?.ok_or(Error::NotFound)?;
            }
            if tx.open_reports(&actor.id).await? >= WAITING_MAX {
                return Err(Error::NotYet(TOO_MANY));
            }
            let id = shared.clock.new_id().to_string();
            tx.ask_report((&id, programme), &asked, &actor.id, at).await?;
            tx.audit(&[record("report.asked", &id, &asked, asked.kind().to_owned(), &actor, at)]).await?;
            let row = tx.report(&id).await?.ok_or(Error::NotFound)?;
            let location = Some(answer::report_url(&shared, &id));
            Ok(Reply { status: 202, location, body: answer::json(&answer::report(&shared, &row)) })
        })
    });
    let reply = reply.await?;
    app.report_asked.notify_one();
    Ok(reply)
}

/// Says that nobody wants a report any more.
///
/// # Errors
/// [`Error::NotFound`] when the caller may not see it; [`Error::Forbidden`] when another asked for it and the caller does not
/// answer for the project; [`Error::Conflict`] when it is over; the store's.
pub async fn cancel(app: &Arc<App>, principal: &Principal, id: &str, change: Change) -> Result<Reply, Error> {
    let row = visible(app, principal, id).await?;
    let (shared, actor, at) = (Arc::clone(app), principal.actor(), change.at);
    if !may_cancel(principal, &row) {
        return Err(Error::Forbidden);
    }
    once(app, &change, move |tx| {
        Box::pin(async move {
            if !tx.cancel_report(&row.id, at).await? {
                return Err(Error::Conflict(OVER));
            }
            let kind = row.asked.kind().to_owned();
            tx.audit(&[record("report.cancelled", &row.id, &row.asked, kind, &actor, at)]).await?;
            let row = tx.report(&row.id).await?.ok_or(Error::NotFound)?;
            Ok(Reply { status: 200, location: None, body: answer::json(&answer::report(&shared, &row)) })
        })
    })
    .await
}

/// Whether the caller asked for a report, or answers for the project.
#[must_use]
pub fn may_cancel(principal: &Principal, row: &ReportRow) -> bool {
    row.requested_by == principal.client || matches!(principal.role, Role::Rup | Role::Programma)
}

/// The latest reports that the caller may see, so many at most; those before one, as [`crate::store::Store::reports`] takes it.
///
/// # Errors
/// [`Error::Forbidden`]; the store's.
pub async fn latest(
    app: &App,
    principal: &Principal,
    before: Option<(i64, String)>,
    most: u32,
) -> Result<Vec<ReportRow>, Error> {
    principal.must(Act::Read)?;
    let own = principal.comune.as_ref();
    if own.is_none() && principal.role != Role::Programma {
        return Err(Error::Forbidden);
    }
    Ok(app.store.reports(&app.programme.id, own, before, most).await?)
}

/// A report, if the caller may see it.
///
/// # Errors
/// [`Error::NotFound`]; the store's.
pub async fn visible(app: &App, principal: &Principal, id: &str) -> Result<ReportRow, Error> {
    let row = app.store.report(id).await?.filter(|row| row.programme == app.programme.id);
    row.filter(|row| may_see(principal, &row.asked).is_ok()).ok_or(Error::NotFound)
}

fn may_see(principal: &Principal, asked: &ReportAsked) -> Result<(), Error> {
    principal.must(Act::Read)?;
    match asked.comune() {
        Some(comune) if principal.reaches(&comune) => Ok(()),
        Some(_) => Err(Error::NotFound),
        None if principal.role == Role::Programma => Ok(()),
        None => Err(Error::Forbidden),
    }
}

/// How long files are kept.
fn kept(app: &App) -> TimeDelta {
    TimeDelta::days(i64::from(app.settings.reports.keep_days))
}

/// Until when the file of a report is kept.
#[must_use]
pub fn kept_until(app: &App, row: &ReportRow) -> Option<DateTime<Utc>> {
    row.finished_at.map(|at| at + kept(app))
}

/// The file of a report that is done.
///
/// # Errors
/// [`Error::Conflict`] when it is not done, or kept no more.
pub fn file_of(app: &App, row: &ReportRow) -> Result<(PathBuf, ReportFile), Error> {
    const NOT_DONE: Text = Text::new(
        "il rapporto non è pronto, o non è più conservato",
        "the report is not ready, or is kept no more",
    );
    let file = row.ready_file().ok_or(Error::Conflict(NOT_DONE))?;
    Ok((place_of(app, row), file.clone()))
}

/// Where the file of a report lies: each making has its own, so that a maker who comes late spoils nothing.
fn place_of(app: &App, row: &ReportRow) -> PathBuf {
    folder(app).join(format!("{}.{}.zip", row.id, row.fence))
}

/// Where the files of reports lie.
fn folder(app: &App) -> PathBuf {
    let beside = app.settings.store.path.parent().unwrap_or(Path::new("."));
    app.settings.reports.directory.clone().unwrap_or_else(|| beside.join("reports"))
}

/// Makes the next report that waits, and lets go of files that were kept long enough; says whether there was one. When `stop`
/// becomes true, one under way is left for later.
///
/// # Errors
/// When the store cannot be reached.
pub async fn make_next(app: &Arc<App>, stop: &watch::Receiver<bool>) -> Result<bool, StoreError> {
    let (now, programme) = (app.clock.now(), app.programme.id.clone());
    let before = now - kept(app);
    let gone = app.store.write(move |tx| Box::pin(async move { tx.expire_reports(before).await })).await?;
    for id in gone {
        sweep(app, &id);
    }
    let claimed =
        app.store.write(move |tx| Box::pin(async move { tx.claim_report(&programme, now, LEASE).await }));
    let Some(row) = claimed.await? else { return Ok(false) };
    if row.attempt > ATTEMPTS_MAX {
        end(app, &row, Err(format!("begun {ATTEMPTS_MAX} times and never ended"))).await?;
        return Ok(true);
    }
    // What an earlier maker left when it died.
    sweep(app, &row.id);
    let state = Arc::new(State::default());
    let (gateway, watched, job) = (Arc::clone(app), Arc::clone(&state), row.clone());
    let runtime = Handle::current();
    let mut making = tokio::task::spawn_blocking(move || runtime.block_on(make(&gateway, &job, &watched)));
    let made = loop {
        tokio::select! {
            made = &mut making => break made,
            () = tokio::time::sleep(TELLING) => {}
        }
        // A store that cannot be reached for a moment does not end the work: its lease does.
        let wanted = tell(app, &row, &state).await.unwrap_or_else(|error| {
            tracing::warn!(report.id = %row.id, %error, "how far a report is could not be written down");
            true
        });
        if *stop.borrow() || !wanted {
            state.stop.store(true, Ordering::Relaxed);
        }
    };
    tell(app, &row, &state).await?;
    match made.unwrap_or_else(|panic| Err(ReportError::Io(std::io::Error::other(panic)))) {
        Ok(file) => {
            if !end(app, &row, Ok(file)).await? {
                drop(std::fs::remove_file(place_of(app, &row)));
            }
        }
        Err(ReportError::Cancelled) => {
            let (id, fence) = (row.id.clone(), row.fence);
            app.store.write(move |tx| Box::pin(async move { tx.requeue_report(&id, fence).await })).await?;
        }
        Err(error) => {
            tracing::error!(report.id = %row.id, error = %chained(&error), "a report could not be made");
            // The causes are for the log: they may quote what is stored.
            end(app, &row, Err(error.to_string())).await?;
        }
    }
    Ok(true)
}

/// How far a report is, and whether to stop making it.
#[derive(Default)]
struct State {
    done: AtomicU64,
    total: AtomicU64,
    stop: AtomicBool,
}

/// Writes down how far it is; says whether it is still wanted.
async fn tell(app: &App, row: &ReportRow, state: &State) -> Result<bool, StoreError> {
    let so_far = (state.done.load(Ordering::Relaxed), state.total.load(Ordering::Relaxed));
    let (id, fence, until) = (row.id.clone(), row.fence, app.clock.now() + LEASE);
    app.store
        .write(move |tx| Box::pin(async move { tx.report_progress((&id, fence), so_far, until).await }))
        .await
}

async fn make(app: &App, row: &ReportRow, state: &State) -> Result<ReportFile, ReportError> {
    let folder = folder(app);
    std::fs::create_dir_all(&folder)?;
    // Makers of the same report do not write into each other's file.
    let part = folder.join(format!("{}.{}.part", row.id, row.fence));
    let made = write(app, row, state, &part).await;
    match made {
        Ok(file) => {
            std::fs::rename(&part, place_of(app, row))?;
            Ok(file)
        }
        Err(error) => {
            drop(std::fs::remove_file(&part));
            Err(error)
        }
    }
}

async fn write(app: &App, row: &ReportRow, state: &State, part: &Path) -> Result<ReportFile, ReportError> {
    let tell = |done: usize, total: usize| {
        state.done.store(done as u64, Ordering::Relaxed);
        state.total.store(total as u64, Ordering::Relaxed);
        !state.stop.load(Ordering::Relaxed)
    };
    let progress = Progress::new(&tell);
    Ok(write_into(app, row.asked, part, &progress).await?.file)
}

/// Removes every file of a report.
fn sweep(app: &App, id: &str) {
    let entries = std::fs::read_dir(folder(app)).into_iter().flatten().flatten();
    for entry in entries.filter(|entry| entry.file_name().to_string_lossy().starts_with(&format!("{id}."))) {
        drop(std::fs::remove_file(entry.path()));
    }
}

/// Writes down how a report ended; says whether it was still this maker's to end.
async fn end(app: &App, row: &ReportRow, outcome: Result<ReportFile, String>) -> Result<bool, StoreError> {
    let (row, at) = (row.clone(), app.clock.now());
    app.store
        .write(move |tx| {
            Box::pin(async move {
                let is_own = tx.end_report((&row.id, row.fence), &outcome, at).await?;
                if is_own {
                    let (action, detail) = match &outcome {
                        Ok(file) => ("report.made", made_detail(file)),
                        Err(_) => ("report.failed", row.asked.kind().to_owned()),
                    };
                    tx.audit(&[record(action, &row.id, &row.asked, detail, &Actor::worker(), at)]).await?;
                }
                Ok(is_own)
            })
        })
        .await
}

/// An error with its causes.
fn chained(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        text += &format!(": {inner}");
        cause = inner.source();
    }
    text
}
