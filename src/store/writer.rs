// SPDX-License-Identifier: EUPL-1.2
//! The one writer. It owns the only connection that writes, takes what waits, and answers each write after its commit.
//!
//! Orders and invoices arrive in crowds, so waiting ones share one transaction and one sync ([`super::place`],
//! [`super::invoices::take`]). Any other write has a transaction of its own. After any error the connection is closed and opened anew: SQLite has then already rolled
//! back, and a driver that still believes itself inside a transaction would refuse every later write.

use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{Connection, SqliteConnection};
use tokio::sync::{mpsc, oneshot};

use super::invoices::take::{Taken, Taking};
use super::place::{Placed, Placing};
use super::script::Texts;
use super::soon::soon;
use super::{Store, StoreError};

/// Writes that may wait; beyond it the caller is told to come back.
const QUEUE_MAX: usize = 1024;
/// Orders, or files of invoices, that share one commit at most.
const GROUP_MAX: usize = 64;
/// Memory for pages that the writer comes back to; a negative number of KiB, as SQLite has it.
const CACHE_KIB: &str = "-32768";
/// Rows and results that SQLite's thread may be ahead of the writer.
const ROWS_AHEAD: usize = 4096;
/// How often the write-ahead log is folded back into the file, beside the commit path.
const CHECKPOINT_EVERY: Duration = Duration::from_millis(500);
/// Pages in the log from which on the writer folds the last of them itself.
const LOG_PAGES_MAX: i64 = 32_768;

/// A boxed future, the price of async closures that borrow the transaction.
pub type Work<'t, T> = Pin<Box<dyn Future<Output = Result<T, StoreError>> + Send + 't>>;

/// An open write transaction.
#[derive(Debug)]
pub struct Tx {
    pub(super) connection: SqliteConnection,
    pub(super) texts: Texts,
}

impl Tx {
    async fn open(options: &SqliteConnectOptions) -> Result<Self, StoreError> {
        Ok(Self { connection: SqliteConnection::connect_with(options).await?, texts: Texts::default() })
    }
}

/// What waits to be stored with others of its kind, and who waits for what becomes of it.
type Waiting<T, D> = (T, oneshot::Sender<Result<D, StoreError>>);

type Task = Box<dyn for<'t> FnOnce(&'t mut Tx) -> Work<'t, ()> + Send>;

enum Job {
    Place(Waiting<Placing, Placed>),
    Take(Waiting<Taking, Taken>),
    Other(Task, oneshot::Sender<Result<(), StoreError>>),
    /// Fold the rest of the write-ahead log, so that the next write begins it anew: while orders keep coming, the fold
    /// beside the commit path never catches up with them, and the log would grow without end.
    Fold,
}

/// The sending end of the writer's queue.
#[derive(Debug, Clone)]
pub(super) struct Writer {
    jobs: mpsc::Sender<Job>,
}

impl Writer {
    pub(super) async fn start(options: SqliteConnectOptions) -> Result<Self, StoreError> {
        // Checkpoints run beside the commit path, never inside it.
        let options = options
            .pragma("wal_autocheckpoint", "0")
            .pragma("cache_size", CACHE_KIB)
            .row_buffer_size(ROWS_AHEAD);
        let first = Tx::open(&options).await?;
        let (jobs, queue) = mpsc::channel(QUEUE_MAX);
        let watched = jobs.downgrade();
        // A thread of its own: the writer waits for SQLite many times in one transaction, and each of these short waits
        // would otherwise end behind whatever requests the runtime is busy with.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
        std::thread::Builder::new().name("writer".into()).spawn(move || {
            runtime.block_on(async {
                tokio::spawn(checkpoint(options.clone(), watched));
                run(options, Some(first), queue).await;
            });
        })?;
        Ok(Self { jobs })
    }

    pub(super) fn is_alive(&self) -> bool {
        !self.jobs.is_closed()
    }

    fn send(&self, job: Job) -> Result<(), StoreError> {
        self.jobs.try_send(job).map_err(|error| match error {
            mpsc::error::TrySendError::Full(_) => StoreError::Overloaded,
            mpsc::error::TrySendError::Closed(_) => StoreError::Stopped,
        })
    }
}

impl Store {
    /// Runs `work` in a transaction of its own and commits it; an error rolls everything back.
    ///
    /// # Errors
    /// What `work` returns, or why the commit failed. After [`StoreError::Stopped`] the outcome is unknown.
    pub async fn write<T, F>(&self, work: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: for<'t> FnOnce(&'t mut Tx) -> Work<'t, T> + Send + 'static,
    {
        let (value, result) = oneshot::channel();
        let task: Task = Box::new(move |tx| {
            Box::pin(async move {
                let done = work(tx).await?;
                // The receiver is gone only when the caller is: the write then stands all the same.
                let _ = value.send(done);
                Ok(())
            })
        });
        let (done, committed) = oneshot::channel();
        self.writer.send(Job::Other(task, done))?;
        committed.await.map_err(|_| StoreError::Stopped)??;
        result.await.map_err(|_| StoreError::Stopped)
    }

    /// Decides and stores one order, reserving its money when it is accepted; see [`super::place`].
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn place(&self, order: Placing) -> Result<Placed, StoreError> {
        let (done, placed) = oneshot::channel();
        self.writer.send(Job::Place((order, done)))?;
        placed.await.map_err(|_| StoreError::Stopped)?
    }

    /// Takes in one file of invoices; see [`super::invoices::take`].
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn take(&self, file: Taking) -> Result<Taken, StoreError> {
        let (done, taken) = oneshot::channel();
        self.writer.send(Job::Take((file, done)))?;
        taken.await.map_err(|_| StoreError::Stopped)?
    }
}

async fn run(options: SqliteConnectOptions, mut open: Option<Tx>, mut queue: mpsc::Receiver<Job>) {
    let mut waiting = Vec::with_capacity(GROUP_MAX);
    while queue.recv_many(&mut waiting, GROUP_MAX).await > 0 {
        let mut crowd = Crowd::default();
        for job in waiting.drain(..) {
            match job {
                Job::Place(order) => crowd.orders.push(order),
                Job::Take(file) => crowd.files.push(file),
                Job::Other(task, done) => {
                    std::mem::take(&mut crowd).store(&options, &mut open).await;
                    let outcome = in_transaction(&options, &mut open, async |tx| task(tx).await).await;
                    let _ = done.send(outcome);
                }
                Job::Fold => {
                    std::mem::take(&mut crowd).store(&options, &mut open).await;
                    if let Some(tx) = &mut open
                        && let Err(error) = fold(&mut tx.connection).await
                    {
                        tracing::warn!(error = %error, "the writer could not fold the write-ahead log");
                    }
                }
            }
        }
        crowd.store(&options, &mut open).await;
    }
    if let Some(tx) = open {
        let _ = tx.connection.close().await;
    }
}

/// What waits to be stored in groups. Orders and invoices that wait at the same time were sent by clients that know of no answer
/// to the others, so which are stored first is no matter.
#[derive(Default)]
struct Crowd {
    orders: Vec<Waiting<Placing, Placed>>,
    files: Vec<Waiting<Taking, Taken>>,
}

impl Crowd {
    async fn store(self, options: &SqliteConnectOptions, open: &mut Option<Tx>) {
        store_group(options, open, self.orders, async |tx, orders| tx.place(orders).await).await;
        store_group(options, open, self.files, async |tx, files| tx.take(files).await).await;
    }
}

/// Stores a group in one transaction. When that fails as a whole each is tried alone, so that one bad member does not take its
/// neighbours down.
async fn store_group<T, D>(
    options: &SqliteConnectOptions,
    open: &mut Option<Tx>,
    group: Vec<Waiting<T, D>>,
    store: impl AsyncFn(&mut Tx, &[T]) -> Result<Vec<D>, StoreError>,
) {
    let (members, answers): (Vec<_>, Vec<_>) = group.into_iter().unzip();
    if members.is_empty() {
        return;
    }
    match in_transaction(options, open, async |tx| store(tx, &members).await).await {
        Ok(done) => {
            for (answer, outcome) in answers.into_iter().zip(done) {
                let _ = answer.send(Ok(outcome));
            }
        }
        Err(error) => {
            tracing::warn!(error = %error, members = members.len(), "a group is stored one by one");
            for (answer, member) in answers.into_iter().zip(members) {
                let one = [member];
                let outcome = in_transaction(options, open, async |tx| store(tx, &one).await).await;
                let outcome = outcome.and_then(|mut done| done.pop().ok_or(StoreError::Stopped));
                let _ = answer.send(outcome);
            }
        }
    }
}

async fn in_transaction<T>(
    options: &SqliteConnectOptions,
    open: &mut Option<Tx>,
    work: impl AsyncFnOnce(&mut Tx) -> Result<T, StoreError>,
) -> Result<T, StoreError> {
    let mut tx = match open.take() {
        Some(tx) => tx,
        None => Tx::open(options).await?,
    };
    let outcome = async {
        soon(sqlx::query("BEGIN IMMEDIATE").execute(&mut tx.connection)).await?;
        let value = unless_it_panics(work(&mut tx)).await?;
        soon(sqlx::query("COMMIT").execute(&mut tx.connection)).await?;
        Ok(value)
    }
    .await;
    match outcome {
        Ok(value) => {
            *open = Some(tx);
            Ok(value)
        }
        Err(error) => {
            let _ = tx.connection.close_hard().await;
            if let StoreError::Damaged(cause) = &error {
                tracing::error!(error = %cause, "the store is damaged: stopping; run `mepa-gateway audit verify`");
                std::process::abort();
            }
            Err(error)
        }
    }
}

/// What the work comes to, a panic in it included: it must cost its own transaction only, never the writer. What is left
/// of the transaction is dropped with its connection, so nothing half-done is looked at again.
async fn unless_it_panics<T>(work: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
    let mut work = pin!(work);
    poll_fn(|context| {
        catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(context)))
            .unwrap_or(Poll::Ready(Err(StoreError::Panicked)))
    })
    .await
}

/// Folds the log for as long as the store is open. Without it the log would grow without end, so a failure is told and
/// tried again.
async fn checkpoint(options: SqliteConnectOptions, jobs: mpsc::WeakSender<Job>) {
    let mut open = None;
    while jobs.upgrade().is_some() {
        tokio::time::sleep(CHECKPOINT_EVERY).await;
        open = match fold_beside(&options, open.take(), &jobs).await {
            Ok(connection) => Some(connection),
            Err(error) => {
                tracing::warn!(error = %error, "the write-ahead log could not be folded");
                None
            }
        };
    }
}

async fn fold_beside(
    options: &SqliteConnectOptions,
    open: Option<SqliteConnection>,
    jobs: &mpsc::WeakSender<Job>,
) -> Result<SqliteConnection, sqlx::Error> {
    let mut connection = match open {
        Some(connection) => connection,
        None => SqliteConnection::connect_with(options).await?,
    };
    if fold(&mut connection).await? > LOG_PAGES_MAX {
        // What was written during the fold, so that little is left for the writer.
        fold(&mut connection).await?;
        if let Some(jobs) = jobs.upgrade() {
            // When the queue is full the next round asks again.
            let _ = jobs.try_send(Job::Fold);
        }
    }
    Ok(connection)
}

/// Writes the log's pages back into the file as far as no reader needs them; returns how many pages the log holds. A
/// failure loses nothing: the log keeps what it holds and the next fold takes it.
async fn fold(connection: &mut SqliteConnection) -> Result<i64, sqlx::Error> {
    let checkpoint = sqlx::query_as("PRAGMA wal_checkpoint(PASSIVE)");
    let (_busy, pages, _folded): (i64, i64, i64) = checkpoint.fetch_one(connection).await?;
    Ok(pages)
}
