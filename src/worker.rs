// SPDX-License-Identifier: EUPL-1.2
//! The worker: claims owed calls at its own pace, has each delivered, and waits until something falls due.
//!
//! It holds no state. Whatever dies in the middle is found again by its lease and asked about before it is repeated.

use std::sync::Arc;

use chrono::TimeDelta;
use tokio::sync::watch;
use tokio::task::JoinSet;

use crate::app::App;
use crate::flows::deliver::deliver;
use crate::store::StoreError;
use crate::store::outbox::Claimed;

/// Works until `stop` becomes true, then lets calls under way finish.
pub async fn run(app: Arc<App>, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        match work_once(&app).await {
            Ok(0) => {
                tokio::select! {
                    _ = app.call_queued.notified() => {}
                    _ = tokio::time::sleep(app.settings.worker.poll()) => {}
                    _ = stop.changed() => {}
                }
            }
            Ok(_) => {}
            Err(error) => {
                tracing::error!(error = %error, "the worker cannot reach the store");
                tokio::time::sleep(app.settings.worker.poll()).await;
            }
        }
    }
}

/// Delivers everything that is due now, also what falls due by delivering; returns how many calls were made.
///
/// # Errors
/// When the store cannot be reached.
pub async fn work_until_idle(app: &Arc<App>) -> Result<usize, StoreError> {
    let mut made = 0usize;
    loop {
        match work_once(app).await? {
            0 => return Ok(made),
            more => made = made.saturating_add(more),
        }
    }
}

/// Claims due calls and delivers them side by side; returns how many there were.
async fn work_once(app: &Arc<App>) -> Result<usize, StoreError> {
    let mut calls = JoinSet::new();
    let claimed = claim(app).await?;
    let count = claimed.len();
    for call in claimed {
        let app = Arc::clone(app);
        calls.spawn(async move {
            let event = call.event_key.clone();
            if let Err(error) = deliver(&app, call).await {
                tracing::error!(outbox.event = %event, error = %error, "the outcome of a call could not be written back");
            }
        });
    }
    while calls.join_next().await.is_some() {}
    Ok(count)
}

async fn claim(app: &Arc<App>) -> Result<Vec<Claimed>, StoreError> {
    let now = app.clock.now();
    let due = app.store.next_due().await?;
    if due.is_none_or(|due| due > now) {
        return Ok(Vec::new());
    }
    let settings = &app.settings.worker;
    let (limit, lease) = (settings.concurrency, TimeDelta::seconds(i64::from(settings.lease_s)));
    app.store.write(move |tx| Box::pin(async move { tx.claim(limit, now, lease).await })).await
}
