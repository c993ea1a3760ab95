// SPDX-License-Identifier: EUPL-1.2
//! The worker: claims owed calls at its own pace, has each delivered, and waits until something falls due.
//!
//! It keeps so many calls under way at once and no more; a slot that becomes free is filled again without waiting for
//! the others, so that one slow platform holds up none but its own. What dies in the middle is found again by its lease
//! and asked about before it is repeated.

use std::collections::HashMap;
use std::future::Future;
use std::sync::Arc;
use std::time::{Duration, Instant};

use chrono::{DateTime, TimeDelta, Utc};
use tokio::sync::watch;
use tokio::task::{Id, JoinError, JoinSet};

use crate::app::App;
use crate::domain::opi::OpiKind;
use crate::flows::book_spending::book_due;
use crate::flows::deliver::deliver;
use crate::flows::pull_opi::Shelf;
use crate::flows::receive_invoices::take_in_left;
use crate::flows::recheck_invoices::Rounds;
use crate::flows::watch_inbox::Inbox;
use crate::flows::{pull_opi, pull_portal};
use crate::platforms::PlatformHealth;
use crate::report::jobs::make_next;
use crate::store::StoreError;
use crate::store::feeds::Pull;
use crate::store::outbox::Claimed;

/// How often the health of the platforms is written down while nothing remarkable happens.
const HEALTH_EVERY: TimeDelta = TimeDelta::seconds(60);

/// How often open invoices are looked at again where something has happened.
const ROUND_EVERY: TimeDelta = TimeDelta::seconds(30);

/// How much longer than it takes to book what documents came to the worker waits before it looks again: under a flood of
/// documents the books lag behind, and the work is a small share of the machine's.
const BOOKS_REST: u32 = 4;

/// How often reports are looked for that another process was asked for, or whose maker died.
const REPORTS_LOOK: Duration = Duration::from_secs(5);

/// Works until `stop` becomes true, then lets calls under way finish.
pub async fn run(app: Arc<App>, stop: watch::Receiver<bool>) {
    tokio::join!(calls(&app, stop.clone()), books(&app, stop.clone()), reports(&app, stop));
}

/// Makes the reports that are asked for, one after the other.
async fn reports(app: &Arc<App>, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        match make_next(app, &stop).await {
            Ok(true) => continue,
            Ok(false) => {}
            Err(error) => tracing::error!(error = %error, "the worker cannot make reports"),
        }
        tokio::select! {
            () = app.report_asked.notified() => {}
            () = tokio::time::sleep(REPORTS_LOOK) => {}
            changed = stop.changed() => if changed.is_err() { break },
        }
    }
}

/// Books what documents come to.
async fn books(app: &Arc<App>, mut stop: watch::Receiver<bool>) {
    while !*stop.borrow() {
        let begun = Instant::now();
        if let Err(error) = book_due(app).await {
            tracing::error!(error = %error, "the worker cannot book what documents come to");
        }
        let rest = app.settings.worker.poll().max(begun.elapsed() * BOOKS_REST);
        tokio::select! {
            () = tokio::time::sleep(rest) => {}
            changed = stop.changed() => if changed.is_err() { break },
        }
    }
}

/// Has owed calls delivered, takes in what lies in the inbox, judges invoices again.
async fn calls(app: &Arc<App>, mut stop: watch::Receiver<bool>) {
    let mut slots = Slots::default();
    let mut health = HealthNote::default();
    let (mut rounds, mut inbox) = (Rounds::default(), Inbox::default());
    let mut next_round = app.clock.now();
    // The settings may tell by now whose they are.
    if let Err(error) = take_in_left(app).await {
        tracing::error!(error = %error, "the worker cannot take in invoices that were left");
    }
    while !*stop.borrow() {
        health.keep(app).await;
        if app.clock.now() >= next_round {
            next_round = app.clock.now() + ROUND_EVERY;
            if let Err(error) = inbox.look(app).await {
                tracing::error!(error = %error, "the worker cannot take in what lies in the inbox");
            }
            if let Err(error) = rounds.go(app).await {
                tracing::error!(error = %error, "the worker cannot look at invoices again");
            }
        }
        if let Err(error) = fill(app, &mut slots).await {
            tracing::error!(error = %error, "the worker cannot reach the store");
        }
        let room = slots.room(app.settings.worker.concurrency) > 0;
        tokio::select! {
            true = slots.some_end() => {}
            () = app.call_queued.notified(), if room => {}
            () = tokio::time::sleep(app.settings.worker.poll()), if room => {}
            changed = stop.changed() => if changed.is_err() { break },
        }
    }
    while slots.some_end().await {}
}

/// How the platforms did when it was last written down: those who look from another process read it there.
#[derive(Default)]
struct HealthNote {
    written: Vec<PlatformHealth>,
    at: Option<DateTime<Utc>>,
}

impl HealthNote {
    /// Writes it down when a breaker or an error is new, and else once in a while.
    async fn keep(&mut self, app: &App) {
        let (now, health) = (app.clock.now(), app.platforms.health());
        let news = |(was, is): (&PlatformHealth, &PlatformHealth)| {
            (was.since, &was.last_error) != (is.since, &is.last_error)
        };
        let is_news = self.written.len() != health.len() || self.written.iter().zip(&health).any(news);
        let is_old = self.at.is_none_or(|at| now - at >= HEALTH_EVERY) && self.written != health;
        if !is_news && !is_old {
            return;
        }
        let body = |health: &PlatformHealth| (health.name.to_string(), crate::answer::json(health));
        match app.store.keep_health(health.iter().map(body).collect(), now).await {
            Ok(()) => (self.written, self.at) = (health, Some(now)),
            Err(error) => tracing::error!(error = %error, "how the platforms do could not be written down"),
        }
    }
}

/// Delivers everything that is due now, also what falls due by delivering; returns how many calls were made.
///
/// # Errors
/// When the store cannot be reached; calls under way have ended by then.
pub async fn work_until_idle(app: &Arc<App>) -> Result<usize, StoreError> {
    let mut slots = Slots::default();
    let mut made = 0usize;
    loop {
        let filled = fill(app, &mut slots).await;
        if let Ok(more) = filled {
            made = made.saturating_add(more);
            if slots.some_end().await {
                continue;
            }
            Rounds::default().go(app).await?;
            book_due(app).await?;
            let (_never, stop) = watch::channel(false);
            while make_next(app, &stop).await? {}
            return Ok(made);
        }
        while slots.some_end().await {}
        return filled;
    }
}

/// Claims the readings of platforms that are due, and as many due calls as there are slots left, and begins with them;
/// returns how many. One slot is left to calls: with hundreds of offices a reading is always due.
async fn fill(app: &Arc<App>, slots: &mut Slots) -> Result<usize, StoreError> {
    let concurrency = app.settings.worker.concurrency;
    let room = slots.room(concurrency);
    let mut begun = 0u32;
    for reading in readings(app).await? {
        if begun == room || (concurrency > 1 && begun + 1 >= room) {
            break;
        }
        let crowded = slots.shelves() >= usize::try_from(concurrency / 4).unwrap_or_default().max(1);
        if crowded && matches!(reading.what, Readable::Shelf(_)) {
            continue;
        }
        let Some(pull) = claim_reading(app, &reading).await? else { continue };
        let (gateway, name) = (Arc::clone(app), pull.name.clone());
        slots.begin(name, async move {
            match reading.what {
                Readable::Portal => pull_portal::pull(&gateway, pull).await,
                Readable::Shelf(shelf) => pull_opi::pull(&gateway, shelf, pull).await,
            }
        });
        begun += 1;
    }
    let claimed = match room - begun {
        0 => Vec::new(),
        left => claim(app, left).await?,
    };
    let count = claimed.len() + begun as usize;
    for call in claimed {
        let (app, event) = (Arc::clone(app), call.event_key.clone());
        slots.begin(event, async move { deliver(&app, call).await });
    }
    Ok(count)
}

/// What is read of a platform.
#[derive(Debug, Clone, Copy)]
enum Readable {
    /// ODA made on the portal.
    Portal,
    /// Documents at SIOPE+.
    Shelf(Shelf),
}

/// A reading that is due.
struct Reading {
    name: String,
    what: Readable,
    /// Where the first one begins.
    begin: DateTime<Utc>,
}

/// The readings that are due, those that wait longest first.
async fn readings(app: &App) -> Result<Vec<Reading>, StoreError> {
    let portal =
        Reading { name: pull_portal::feed(app), what: Readable::Portal, begin: pull_portal::begin(app) };
    let mut all = vec![portal];
    if app.platforms.siope.is_some() {
        let shelves = app
            .settings
            .offices
            .keys()
            .flat_map(|office| OpiKind::ALL.map(|kind| Shelf { office: *office, kind }));
        let begin = pull_opi::begin(app);
        all.extend(shelves.map(|shelf| Reading { name: shelf.feed(), what: Readable::Shelf(shelf), begin }));
    }
    let (due, now) = (app.store.pulls_due().await?, app.clock.now());
    let due_at = |reading: &Reading| due.get(&reading.name).copied();
    all.retain(|reading| due_at(reading).is_none_or(|at| at <= now));
    all.sort_by_key(due_at);
    Ok(all)
}

/// Claims a reading; `None` when another process is at it.
async fn claim_reading(app: &App, reading: &Reading) -> Result<Option<Pull>, StoreError> {
    let (name, begin, now) = (reading.name.clone(), reading.begin, app.clock.now());
    let lease = TimeDelta::seconds(i64::from(app.settings.worker.lease_s));
    app.store.write(move |tx| Box::pin(async move { tx.claim_pull(&name, begin, now, lease).await })).await
}

async fn claim(app: &Arc<App>, limit: u32) -> Result<Vec<Claimed>, StoreError> {
    let now = app.clock.now();
    let due = app.store.next_due().await?;
    if due.is_none_or(|due| due > now) {
        return Ok(Vec::new());
    }
    let settings = &app.settings.worker;
    let (attempts_max, lease) = (settings.attempts_max, TimeDelta::seconds(i64::from(settings.lease_s)));
    let later = now + TimeDelta::seconds(i64::from(app.settings.worker.pause_last_s));
    app.store
        .write(move |tx| {
            Box::pin(async move {
                tx.end_lost_calls(attempts_max, now, later).await?;
                tx.claim(limit, now, lease).await
            })
        })
        .await
}

/// Deliveries under way, each with the event it belongs to.
#[derive(Default)]
struct Slots {
    calls: JoinSet<Result<(), StoreError>>,
    events: HashMap<Id, String>,
}

impl Slots {
    fn room(&self, concurrency: u32) -> u32 {
        concurrency.saturating_sub(u32::try_from(self.calls.len()).unwrap_or(u32::MAX))
    }

    /// How many shelves of SIOPE+ are being read.
    fn shelves(&self) -> usize {
        self.events.values().filter(|event| event.starts_with(pull_opi::FEED)).count()
    }

    fn begin(
        &mut self,
        event: String,
        delivery: impl Future<Output = Result<(), StoreError>> + Send + 'static,
    ) {
        let id = self.calls.spawn(delivery).id();
        self.events.insert(id, event);
    }

    /// Waits until a delivery ends, takes any others that ended meanwhile, and tells what went wrong with them; false when
    /// none is under way.
    async fn some_end(&mut self) -> bool {
        let Some(first) = self.calls.join_next_with_id().await else { return false };
        self.tell(first);
        while let Some(next) = self.calls.try_join_next_with_id() {
            self.tell(next);
        }
        true
    }

    fn tell(&mut self, ended: Result<(Id, Result<(), StoreError>), JoinError>) {
        let id = ended.as_ref().map_or_else(JoinError::id, |(id, _)| *id);
        let event = self.events.remove(&id).unwrap_or_default();
        match ended {
            Ok((_, Ok(()))) => {}
            Ok((_, Err(error))) => {
                tracing::error!(outbox.event = %event, error = %error, "what came of it could not be written back");
            }
            Err(error) => {
                tracing::error!(outbox.event = %event, error = %error, "a delivery broke off: the platform will be asked");
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::sync::{Mutex, PoisonError};

    use super::*;

    /// What was logged.
    #[derive(Clone, Default)]
    struct Log(Arc<Mutex<Vec<u8>>>);

    impl Write for Log {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn a_delivery_that_panics_is_told_by_its_event_and_frees_its_slot() {
        let log = Log::default();
        let writer = log.clone();
        let subscriber =
            tracing_subscriber::fmt().with_writer(move || writer.clone()).with_ansi(false).finish();
        let _told_here = tracing::subscriber::set_default(subscriber);
        let mut slots = Slots::default();
        slots.begin("oda.hand_over:1".into(), async { panic!("a fault of ours") });
        slots.begin("oda.follow:2".into(), async { Ok(()) });
        assert_eq!(slots.room(2), 0);
        while slots.some_end().await {}
        assert_eq!((slots.room(2), slots.events.len()), (2, 0));
        let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
        assert!(log.contains("ERROR") && log.contains("oda.hand_over:1"), "{log}");
        assert!(!log.contains("oda.follow:2"), "{log}");
    }
}
