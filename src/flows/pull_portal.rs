// SPDX-License-Identifier: EUPL-1.2
//! Reading the portal: every ODA that changed since the last reading is looked at, and those that did not come from here
//! are linked or kept for a person. The position moves on only past what was taken in, so nothing is skipped, and what
//! is seen twice changes nothing.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use crate::app::App;
use crate::flows::link_oda::{SeenOda, set_aside, take_in};
use crate::flows::reading::{Broken, Rest, write_back};
use crate::platforms::acquistinretepa::OdaChange;
use crate::store::StoreError;
use crate::store::feeds::Pull;

/// Most pages read in one go; the rest is for the next time, which is then at once.
const PAGES_MAX: usize = 20;
/// Most of those set aside that are looked at again in one go.
const SET_ASIDE_MAX: u32 = 20;

/// The name of the reading.
#[must_use]
pub fn feed(app: &App) -> String {
    format!("portal:{}", app.programme.id)
}

/// The first moment at which an ODA of the programme can have been made: that at which its first window opened.
#[must_use]
pub fn begin(app: &App) -> DateTime<Utc> {
    let opened = app.programme.windows.history().map(|window| window.bounds().0);
    opened.min().unwrap_or_else(|| app.programme.windows.current().bounds().0)
}

/// Reads what changed, and writes back how far it came.
///
/// # Errors
/// When the store cannot be written. The lease then ends by itself.
pub async fn pull(app: &Arc<App>, mut pull: Pull) -> Result<(), StoreError> {
    let outcome = read_changes(app, &mut pull).await;
    write_back(app, pull, outcome).await
}

/// Reads on for a third of the lease, so that what was read is written back while the reading is still ours.
async fn read_changes(app: &Arc<App>, pull: &mut Pull) -> Result<Rest, Broken> {
    let until = app.clock.now() + TimeDelta::seconds(i64::from(app.settings.worker.lease_s / 3));
    look_again(app, until).await?;
    let since = pull.position;
    let mut cursor = None;
    for _ in 0..PAGES_MAX {
        let page = app.platforms.acquistinretepa.changes(since, cursor.as_deref()).await?;
        for change in page.items {
            look_at(app, &change).await?;
            pull.position = change.changed_at;
            if app.clock.now() >= until {
                return Ok(Rest::More);
            }
        }
        cursor = page.next;
        if cursor.is_none() {
            return Ok(Rest::Nothing);
        }
    }
    // So many changes at one moment that the pages never get past it: those that are known are skipped without a call.
    Ok(if pull.position > since { Rest::More } else { Rest::Nothing })
}

/// Those that were set aside have not changed on the portal, but may be linked, or read, by now.
async fn look_again(app: &Arc<App>, until: DateTime<Utc>) -> Result<(), Broken> {
    for oda in app.store.portal_odas_set_aside(&app.programme.id, SET_ASIDE_MAX).await? {
        let changed_at = oda.story.last().map_or(oda.first_seen_at, |(_, at)| *at);
        let change = OdaChange { number: oda.number, state: oda.state, reference: None, changed_at };
        look_closely(app, &change).await?;
        if app.clock.now() >= until {
            break;
        }
    }
    Ok(())
}

async fn look_at(app: &Arc<App>, change: &OdaChange) -> Result<(), Broken> {
    if let Some(reference) = change.reference {
        // Ours: it is followed as long as its order lives.
        if app.store.order(&reference.to_string()).await?.is_some() {
            return Ok(());
        }
    }
    let known = app.store.portal_oda(&app.programme.id, &change.number).await?;
    // The last change is always seen once more, and so are those of the same second.
    if known.is_some_and(|oda| oda.story.last() == Some(&(change.state, change.changed_at))) {
        return Ok(());
    }
    look_closely(app, change).await
}

async fn look_closely(app: &Arc<App>, change: &OdaChange) -> Result<(), Broken> {
    let (client, number) = (&app.platforms.acquistinretepa, &change.number);
    let unread = || Arc::from(Vec::new());
    let (story, document) = match client.state(number).await {
        Ok(status) => match client.document(number).await {
            Ok(document) => (status.history, document.into()),
            Err(error) if error.will_pass() => return Err(error.into()),
            Err(_) => (status.history, unread()),
        },
        Err(error) if error.will_pass() => return Err(error.into()),
        // The list knows it and the portal will not show it: the others must not wait for that.
        Err(_) => (vec![(change.state, change.changed_at)], unread()),
    };
    let seen = SeenOda { number: number.clone(), story, document };
    match take_in(app, seen.clone()).await {
        // The order it belongs to changed at this moment.
        Err(StoreError::Changed) => Ok(set_aside(app, seen).await?),
        done => Ok(done?),
    }
}
