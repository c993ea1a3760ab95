// SPDX-License-Identifier: EUPL-1.2
//! `doctor`: looks at what the service needs and says, line by line, what is well and what to mend.

use crate::cli::out::say;
use std::process::ExitCode;

use crate::app::{load_programme, load_reference};
use crate::clock::Clock;
use crate::config::Settings;
use crate::platforms::Platforms;
use crate::platforms::error::PlatformError;
use crate::store::ReadOnlyStore;

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
    tell("store", store(&settings).await);
    let platforms = Platforms::new(&settings.platforms, Clock::system())?;
    for (name, reached) in platforms.reach().await {
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

async fn store(settings: &Settings) -> Result<String, String> {
    let path = &settings.store.path;
    if !path.exists() {
        return Err(format!("{} is not there: run `mepa-gateway migrate`", path.display()));
    }
    let store = ReadOnlyStore::open(path).await.map_err(|error| format!("{}: {error}", path.display()))?;
    let checks = store.verify().await.map_err(|error| format!("{}: {error}", path.display()))?;
    match checks.iter().find(|check| !check.is_ok()) {
        None => Ok(format!("{} is whole", path.display())),
        Some(check) => {
            Err(format!("{}: {}; run `mepa-gateway audit verify`", check.name, check.faults.join("; ")))
        }
    }
}
