// SPDX-License-Identifier: EUPL-1.2
//! Reading SIOPE+: every document of an office and kind that came since the last reading is fetched and kept, together with
//! the record of it. A day is read over again each time, since lists say when a document came without saying by which clock;
//! what is here already is not fetched again. A document that cannot be had holds up no other: it is told, and asked for
//! again.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use crate::app::App;
use crate::domain::codice_ufficio::CodiceUfficio;
use crate::domain::opi::OpiKind;
use crate::domain::sha256::sha256;
use crate::flows::reading::{Broken, Rest, write_back};
use crate::flows::take_payments;
use crate::platforms::siope::{Listed, Siope};
use crate::store::StoreError;
use crate::store::audit::{Actor, Record, chain_of};
use crate::store::feeds::Pull;
use crate::store::opi::{Kept, OpiDocument};
use crate::store::payments::NewPaymentFile;

/// How far each reading goes back behind the one before.
const OVERLAP: TimeDelta = TimeDelta::days(1);
/// What the names of readings begin with.
pub const FEED: &str = "siope:";

/// The documents of one kind that an office has.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shelf {
    /// The office.
    pub office: CodiceUfficio,
    /// The kind.
    pub kind: OpiKind,
}

impl Shelf {
    /// The name of its reading.
    #[must_use]
    pub fn feed(&self) -> String {
        format!("{FEED}{}:{}", self.office, self.kind.as_str())
    }
}

/// The first moment of which documents are wanted: a year before the programme's first window, since commitments of the same
/// year may stand in earlier flows.
#[must_use]
pub fn begin(app: &App) -> DateTime<Utc> {
    super::pull_portal::begin(app) - TimeDelta::days(365)
}

/// Reads what came, and writes back how far it came.
///
/// # Errors
/// When the store cannot be written. The lease then ends by itself.
pub async fn pull(app: &Arc<App>, shelf: Shelf, mut pull: Pull) -> Result<(), StoreError> {
    let Some(client) = &app.platforms.siope else { return Ok(()) };
    let outcome = read(app, client, shelf, &mut pull).await;
    write_back(app, pull, outcome).await
}

/// Reads on for a third of the lease. The position moves only when all that was listed could be had.
async fn read(app: &Arc<App>, client: &Siope, shelf: Shelf, pull: &mut Pull) -> Result<Rest, Broken> {
    let begun = app.clock.now();
    let until = begun + TimeDelta::seconds(i64::from(app.settings.worker.lease_s / 3));
    let since = pull.position - OVERLAP;
    let here = app.store.opi_numbers(&shelf.office, shelf.kind, since - OVERLAP).await?;
    let (mut last, mut trouble) = (pull.position, None);
    for page in 1u32.. {
        let list = client.list(&shelf.office, shelf.kind, since, page).await?;
        for listed in &list.items {
            // A moment that has not come yet would leave out all that comes before it.
            last = last.max(listed.at.min(begun));
            if !here.contains(&listed.number) {
                trouble = fetch_or_tell(app, client, shelf, *listed).await?.or(trouble);
            }
            if app.clock.now() >= until {
                return Ok(Rest::More);
            }
        }
        if page >= list.pages {
            break;
        }
        if app.clock.now() >= until {
            return Ok(Rest::More);
        }
    }
    if let Some(trouble) = trouble {
        return Ok(Rest::Trouble(trouble));
    }
    pull.position = last;
    Ok(Rest::Nothing)
}

/// Fetches and keeps a document; tells why it cannot be had, when that is no trouble of the platform as a whole.
async fn fetch_or_tell(
    app: &Arc<App>,
    client: &Siope,
    shelf: Shelf,
    listed: Listed,
) -> Result<Option<String>, Broken> {
    match fetch(app, client, shelf, listed).await {
        Err(Broken::Platform(error)) if !error.will_pass() => {
            Ok(Some(format!("{} {}: {error}", shelf.feed(), listed.number)))
        }
        done => done,
    }
}

/// The payments in a document, when it can be read and it is known whose it is. The document is kept whatever it holds.
fn payments_in(app: &App, bytes: &[u8], office: &CodiceUfficio) -> Option<NewPaymentFile> {
    match take_payments::read(app, bytes) {
        Ok(document) => {
            let comune = document.comune(app)?;
            Some(document.file(&app.programme.id, comune, "siope", None))
        }
        Err(error) => {
            tracing::warn!(siope.office = %office, %error, "a document of SIOPE+ was kept and cannot be read");
            None
        }
    }
}

/// Fetches and keeps a document; tells what is odd about it.
async fn fetch(
    app: &Arc<App>,
    client: &Siope,
    Shelf { office, kind }: Shelf,
    listed: Listed,
) -> Result<Option<String>, Broken> {
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
    let record = Record {
        chain: chain_of(app.settings.offices.get(&office)),
        at,
        actor: Actor::worker(),
        action: "opi.received",
        subject: format!("{office}/{}/{}", kind.as_str(), listed.number),
        detail: format!("sha256={}", new.sha256),
    };
    let orders = payments_in(app, &bytes, &office);
    let written = app.store.write(move |tx| {
        Box::pin(async move {
            let kept = tx.insert_opi(&new, &bytes).await?;
            if kept == Kept::New {
                tx.audit(&[record]).await?;
                if let Some(file) = orders {
                    take_payments::keep(tx, &file, &Actor::worker(), at).await?;
                }
            }
            Ok(kept)
        })
    });
    Ok((written.await? == Kept::Other).then(|| {
        format!(
            "{office} {} {}: another document than the one kept under this number",
            kind.as_str(),
            listed.number
        )
    }))
}
