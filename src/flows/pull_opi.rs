// SPDX-License-Identifier: EUPL-1.2
//! Reading SIOPE+: every document of an office that came since the last reading is fetched and kept, together with the record
//! of it. A day is read over again each time, since lists say when a document came without saying by which clock; what is
//! here already is not fetched again.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use crate::app::App;
use crate::domain::codice_ufficio::CodiceUfficio;
use crate::domain::opi::OpiKind;
use crate::domain::sha256::sha256;
use crate::platforms::error::PlatformError;
use crate::platforms::siope::{Listed, Siope};
use crate::store::StoreError;
use crate::store::audit::{Actor, Record};
use crate::store::feeds::Pull;
use crate::store::opi::OpiDocument;

/// How far each reading goes back behind the one before.
const OVERLAP: TimeDelta = TimeDelta::days(1);
/// Most pages of one list; more are for the next time.
const PAGES_MAX: u32 = 1_000;

/// What the names of readings begin with.
pub const FEED: &str = "siope:";

/// The name of an office's reading.
#[must_use]
pub fn feed(office: &CodiceUfficio) -> String {
    format!("{FEED}{office}")
}

/// The first moment of which documents are wanted: a year before the programme's first window, since commitments of the same
/// year may stand in earlier flows.
#[must_use]
pub fn begin(app: &App) -> DateTime<Utc> {
    super::pull_portal::begin(app) - TimeDelta::days(365)
}

enum Broken {
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

/// Reads what came for an office, and writes back how far it came.
///
/// # Errors
/// When the store cannot be written. The lease then ends by itself.
pub async fn pull(app: &Arc<App>, office: CodiceUfficio, mut pull: Pull) -> Result<(), StoreError> {
    let Some(client) = &app.platforms.siope else { return Ok(()) };
    let outcome = read(app, client, office, &mut pull).await;
    let now = app.clock.now();
    let pause = TimeDelta::seconds(i64::from(app.settings.worker.pull_every_s));
    let (next, error) = match outcome {
        Ok(true) => (now + pause, None),
        Ok(false) => (now, None),
        Err(Broken::Platform(error)) => {
            tracing::warn!(platform.name = %error.platform, office = %office, error = %error, "SIOPE+ could not be read");
            (now + pause, Some(error.to_string()))
        }
        Err(Broken::Store(error)) => return Err(error),
    };
    app.store
        .write(move |tx| Box::pin(async move { tx.end_pull(&pull, next, error.as_deref(), now).await }))
        .await
}

/// Reads on for a third of the lease; true when nothing is left.
async fn read(
    app: &Arc<App>,
    client: &Siope,
    office: CodiceUfficio,
    pull: &mut Pull,
) -> Result<bool, Broken> {
    let until = app.clock.now() + TimeDelta::seconds(i64::from(app.settings.worker.lease_s / 3));
    let since = pull.position - OVERLAP;
    let mut last = pull.position;
    for kind in OpiKind::ALL {
        let here = app.store.opi_numbers(&office, kind, since - OVERLAP).await?;
        for page in 1..=PAGES_MAX {
            let list = client.list(&office, kind, since, page).await?;
            for listed in &list.items {
                last = last.max(listed.at);
                if here.contains(&i64::from(listed.number)) {
                    continue;
                }
                fetch(app, client, (office, kind), *listed).await?;
                if app.clock.now() >= until {
                    return Ok(false);
                }
            }
            if page >= list.pages {
                break;
            }
        }
    }
    pull.position = last;
    Ok(true)
}

async fn fetch(
    app: &Arc<App>,
    client: &Siope,
    (office, kind): (CodiceUfficio, OpiKind),
    listed: Listed,
) -> Result<(), Broken> {
    let bytes = client.fetch(&office, kind, listed.number).await?;
    let at = app.clock.now();
    let new = OpiDocument {
        office,
        kind,
        number: listed.number,
        sha256: sha256(&bytes),
        listed_at: listed.at,
        received_at: at,
    };
    let comune = app.settings.offices.get(&office).copied();
    let record = Record {
        chain: comune.map_or_else(|| "-".to_owned(), |comune| comune.to_string()),
        at,
        actor: Actor::worker(),
        action: "opi.received",
        subject: format!("{office}/{}/{}", kind.as_str(), listed.number),
        detail: format!("sha256={}", new.sha256),
    };
    let written = app.store.write(move |tx| {
        Box::pin(async move {
            if tx.insert_opi(&new, &bytes).await? {
                tx.audit(&[record]).await?;
            }
            Ok(())
        })
    });
    Ok(written.await?)
}
