// SPDX-License-Identifier: EUPL-1.2
//! What the readings of platforms have in common: how they break off, and how they are written back.

use chrono::TimeDelta;

use crate::app::App;
use crate::platforms::error::PlatformError;
use crate::store::StoreError;
use crate::store::feeds::Pull;

/// Why a reading broke off.
pub(super) enum Broken {
    Platform(PlatformError),
    Store(StoreError),
}

impl From<PlatformError> for Broken {
    fn from(error: PlatformError) -> Self {
        Self::Platform(error)
    }
}

impl From<StoreError> for Broken {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// What is left of a reading.
pub(super) enum Rest {
    /// Nothing: the next one is due after the usual pause.
    Nothing,
    /// Something: it goes on at once.
    More,
    /// Something that could not be had, for people to see.
    Trouble(String),
}

/// Writes back how far a reading came, as its position says, and when it is due again.
pub(super) async fn write_back(
    app: &App,
    pull: Pull,
    outcome: Result<Rest, Broken>,
) -> Result<(), StoreError> {
    let now = app.clock.now();
    let later = now + TimeDelta::seconds(i64::from(app.settings.worker.pull_every_s));
    let (next, trouble) = match outcome {
        Ok(Rest::Nothing) => (later, None),
        Ok(Rest::More) => (now, None),
        Ok(Rest::Trouble(trouble)) => (later, Some(trouble)),
        Err(Broken::Platform(error)) => (later, Some(error.to_string())),
        Err(Broken::Store(error)) => return Err(error),
    };
    if let Some(trouble) = &trouble {
        tracing::warn!(reading = %pull.name, error = %trouble, "a platform could not be read whole");
    }
    let written = app
        .store
        .write(move |tx| Box::pin(async move { tx.end_pull(&pull, next, trouble.as_deref(), now).await }));
    written.await
}
