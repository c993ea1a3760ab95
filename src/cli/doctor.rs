// SPDX-License-Identifier: EUPL-1.2
//! `doctor`: looks at what the service needs and says, line by line, what is well and what to mend.

use std::process::ExitCode;

use crate::app::{load_programme, load_reference};
use crate::clock::Clock;
use crate::config::Settings;
use crate::platforms::Platforms;
use crate::platforms::error::{Kind, PlatformError};
use crate::platforms::lavoro_pubblico::ListKind;
use crate::store::Store;

/// Prints one line per check; 0 all is well, 1 something is to be mended.
pub(crate) async fn run(settings: Settings) -> anyhow::Result<ExitCode> {
    let mut well = true;
    let mut tell = |name: &str, outcome: Result<String, String>| {
        well &= outcome.is_ok();
        match outcome {
            Ok(found) => println!("ok   {name}: {found}"),
            Err(mend) => println!("MEND {name}: {mend}"),
        }
    };
    let reference = load_reference(&settings);
    tell("reference data", match &reference {
        Ok(reference) => Ok(format!("{} Comuni", reference.comuni.len())),
        Err(error) => Err(format!("{error:#}")),
    });
    if let Ok(reference) = &reference {
        tell("programme", match load_programme(&settings, reference) {
            Ok(programme) if programme.official => Ok(programme.id),
            Ok(programme) => Ok(format!("{} (holds data that are not official)", programme.id)),
            Err(error) => Err(format!("{error:#}")),
        });
    }
    tell("store", store(&settings).await);
    let platforms = Platforms::new(&settings.platforms, &Clock::system())?;
    tell("Sistema CUP", reached(platforms.sistema_cup.find_by_event_key(&"doctor".parse()?).await));
    tell("Lavoro Pubblico", reached(platforms.lavoro_pubblico.list(ListKind::Admission, None).await));
    tell("Acquistinretepa", reached(platforms.acquistinretepa.find_by_reference(uuid::Uuid::nil()).await));
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// A platform that gives any answer of its own is there; the question asked is a harmless one.
fn reached<T>(answer: Result<T, PlatformError>) -> Result<String, String> {
    match answer {
        Ok(_) | Err(PlatformError { kind: Kind::NotFound { .. }, .. }) => Ok("answers".into()),
        Err(error) => Err(format!("{} {}", error.message().en, error.remedy().en)),
    }
}

async fn store(settings: &Settings) -> Result<String, String> {
    let path = &settings.store.path;
    if !path.exists() {
        return Err(format!("{} is not there: run `mepa-gateway migrate`", path.display()));
    }
    let store = Store::open(path).await.map_err(|error| format!("{}: {error}", path.display()))?;
    let checks = store.verify().await.map_err(|error| error.to_string())?;
    match checks.iter().find(|check| !check.is_ok()) {
        None => Ok(format!("{} is whole", path.display())),
        Some(check) => Err(format!("{}: {}; run `mepa-gateway audit verify`", check.name, check.faults.join("; "))),
    }
}
