// SPDX-License-Identifier: EUPL-1.2
//! `doctor`: looks at what the service needs and says, line by line, what is well and what to mend.

use std::process::ExitCode;

use chrono::TimeDelta;

use crate::app::{load_programme, load_reference};
use crate::cli::out::say;
use crate::clock::Clock;
use crate::config::Settings;
use crate::domain::rome::{rome_date, rome_string};
use crate::flows::verify::verify_read_only;
use crate::platforms::error::PlatformError;
use crate::platforms::quota::uncounted;
use crate::platforms::{BreakerState, Platform, PlatformHealth, Platforms};
use crate::store::ReadOnlyStore;
use crate::store::outbox::{HAND_OVER, SDI_OUTCOME, Trouble};
use crate::store::sdi::SdiFile;

/// Files of SdI looked at; more would say the same.
const SDI_FILES_SEEN: u32 = 10_000;
/// A term is near when so much of it is left.
const TERM_NEAR: TimeDelta = TimeDelta::days(3);

/// Prints one line per check; 0 all is well, 1 something is to be mended.
pub(crate) async fn run(settings: Settings) -> anyhow::Result<ExitCode> {
    let mut well = true;
    let mut tell = |name: &str, outcome: Result<String, String>| {
        well &= outcome.is_ok();
        match outcome {
            Ok(found) => say!("ok   {name}: {found}"),
            Err(mend) => say!("MEND {name}: {mend}"),
        }
    };
    let reference = load_reference(&settings);
    tell(
        "reference data",
        match &reference {
            Ok(reference) => Ok(format!("{} Comuni", reference.comuni.len())),
            Err(error) => Err(format!("{error:#}")),
        },
    );
    if let Ok(reference) = &reference {
        tell(
            "programme",
            match load_programme(&settings, reference) {
                Ok(programme) if programme.official => Ok(programme.id),
                Ok(programme) => Ok(format!("{} (holds data that are not official)", programme.id)),
                Err(error) => Err(format!("{error:#}")),
            },
        );
    }
    match open(&settings).await {
        Ok(open) => {
            tell("store", whole(&settings, &open).await);
            let mut lines = calls(&open).await;
            lines.extend(seen_by_service(&settings, &open).await);
            lines.extend(readings(&open).await);
            lines.extend(invoices(&settings, &open).await);
            lines.into_iter().for_each(|(name, outcome)| tell(&name, outcome));
        }
        Err(mend) => tell("store", Err(mend)),
    }
    let platforms = Platforms::new(&settings.platforms, Clock::system(), uncounted())?;
    for (name, reached) in platforms.reach(settings.offices.keys().next()).await {
        let mend = |error: PlatformError| {
            format!(
                "{}; check `[platforms.{name}]` in the settings, and whether it is up",
                error.message().en
            )
        };
        tell(name, reached.map(|()| "answers".to_owned()).map_err(mend));
    }
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

async fn open(settings: &Settings) -> Result<ReadOnlyStore, String> {
    let path = &settings.store.path;
    if !path.exists() {
        return Err(format!("{} is not there: run `mepa-gateway migrate`", path.display()));
    }
    ReadOnlyStore::open(path).await.map_err(|error| format!("{}: {error}", path.display()))
}

async fn whole(settings: &Settings, store: &ReadOnlyStore) -> Result<String, String> {
    let verified = verify_read_only(store).await.map_err(|error| error.to_string())?;
    match verified.checks.iter().find(|check| !check.is_ok()) {
        None => Ok(format!("{} is whole", settings.store.path.display())),
        Some(check) => {
            Err(format!("{}: {}; run `mepa-gateway audit verify`", check.name, check.faults.join("; ")))
        }
    }
}

/// How many calls stand where, then one line for each lot that is not going well.
async fn calls(store: &ReadOnlyStore) -> Vec<(String, Result<String, String>)> {
    let (counts, troubles) = match (store.outbox_counts().await, store.troubles().await) {
        (Ok(counts), Ok(troubles)) => (counts, troubles),
        (Err(error), _) | (_, Err(error)) => return vec![("calls".into(), Err(error.to_string()))],
    };
    let counts: Vec<String> =
        counts.iter().map(|(kind, state, count)| format!("{kind} {state} {count}")).collect();
    let all = if counts.is_empty() { "none owed yet".to_owned() } else { counts.join(", ") };
    let mut lines = vec![("calls".to_owned(), Ok(all))];
    lines.extend(
        troubles.iter().map(|trouble| (format!("calls {} {}", trouble.kind, trouble.state), told(trouble))),
    );
    lines
}

/// Files of SdI that need an outcome: somebody has to see those whose term is near, and those that are nobody's.
async fn invoices(settings: &Settings, store: &ReadOnlyStore) -> Vec<(String, Result<String, String>)> {
    let now = Clock::system().now();
    let files = match store.open_sdi_files(SDI_FILES_SEEN, now).await {
        Ok(files) => files,
        Err(error) => return vec![("invoices from SdI".into(), Err(error.to_string()))],
    };
    let mut lines = Vec::new();
    let nobodys =
        |file: &&SdiFile| !file.office.as_ref().is_ok_and(|office| settings.offices.contains_key(office));
    if let Some(file) = files.iter().find(nobodys) {
        let why = format!(
            "{} ({}) is addressed to an office that [offices] in the settings does not name; see `mepa-gateway sdi show {}`",
            file.sdi_id, file.file_name, file.sdi_id
        );
        lines.push(("offices of invoices".into(), Err(why)));
    }
    let told = match files.iter().min_by_key(|file| file.term_end()) {
        None => Ok("none waits for an outcome".to_owned()),
        Some(first) => {
            let due = rome_string(first.term_end());
            let waiting = format!(
                "{} wait for an outcome, the first ({}) until {due} Rome time",
                files.len(),
                first.sdi_id
            );
            if first.term_end() - now < TERM_NEAR {
                Err(format!("{waiting}: `mepa-gateway sdi list`, then `sdi accept` or `sdi refuse`"))
            } else {
                Ok(waiting)
            }
        }
    };
    lines.push(("invoices from SdI".into(), told));
    lines
}

/// Readings of platforms that broke off.
async fn readings(store: &ReadOnlyStore) -> Vec<(String, Result<String, String>)> {
    match store.broken_readings().await {
        Ok(broken) => broken.into_iter().map(|(name, why)| (format!("reading {name}"), Err(why))).collect(),
        Err(error) => vec![("readings".into(), Err(error.to_string()))],
    }
}

/// How each platform does as the service that uses this store saw it last: a breaker opens there, not here.
async fn seen_by_service(
    settings: &Settings,
    store: &ReadOnlyStore,
) -> Vec<(String, Result<String, String>)> {
    let today = rome_date(Clock::system().now());
    let (health, taken) = match (store.platform_health().await, store.calls_taken(today).await) {
        (Ok(health), Ok(taken)) => (health, taken),
        (Err(error), _) | (_, Err(error)) => return vec![("platforms".into(), Err(error.to_string()))],
    };
    health
        .into_iter()
        .filter_map(|(body, at)| Some((serde_json::from_str::<PlatformHealth>(&body).ok()?, at?)))
        .map(|(health, at)| {
            let platform = Platform::ALL.into_iter().find(|platform| platform.as_str() == health.name);
            let call = platform.and_then(|platform| settings.platforms.call(platform));
            let per_day = call.map_or(0, |call| call.calls_per_day);
            let taken = taken.iter().find(|(name, _)| *name == health.name).map_or(0, |(_, taken)| *taken);
            let left = match per_day {
                0 => "no daily limit set".to_owned(),
                per_day => format!("{} of {per_day} calls left today", (i64::from(per_day) - taken).max(0)),
            };
            let seen = format!("seen by the service {} Rome time; {left}", rome_string(at));
            let told = match (&health.breaker, &health.last_error) {
                (BreakerState::Open { .. }, Some(error)) => Err(format!(
                    "not called since {} Rome time: {} {} ({seen})",
                    rome_string(health.since),
                    error.text.it,
                    error.remedy.it
                )),
                _ => Ok(seen),
            };
            (format!("{} in service", health.name), told)
        })
        .collect()
}

/// What was said last about calls that are not going well, and what to do about them.
fn told(trouble: &Trouble) -> Result<String, String> {
    let Trouble { kind, state, count, event_key, last_error } = trouble;
    let last = format!("{count}, last {event_key}: {last_error}");
    match (state.as_str(), kind.as_str()) {
        ("to_verify", _) => Err(format!(
            "{last}; look on the portal what became of it, then `mepa-gateway outbox show` and `resolve`"
        )),
        ("refused", HAND_OVER) => Err(format!("{last}; the order still holds its money: withdraw it")),
        ("refused", SDI_OUTCOME) => {
            Err(format!("{last}; the term runs on: give the outcome anew, or see `docs/platforms.md`"))
        }
        ("refused", _) => Ok(last),
        _ => Err(format!("{last}; tried again by itself, an hour apart at most")),
    }
}
