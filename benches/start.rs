// SPDX-License-Identifier: EUPL-1.2
//! How long the built program takes from exec to its first good answer, and how much memory it holds when idle: with an
//! empty store, and with every Comune of Italy and a million orders.
//!
//! `cargo bench --bench start -- [--rounds 7] [--orders 1000000]`
#![allow(clippy::float_arithmetic, reason = "a benchmark prints ratios; no money is computed here")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context;
use mepa_gateway::http::BASE;
use mepa_gateway::reference::Reference;
use mepa_gateway::store;
use sqlx::sqlite::{SqliteConnectOptions, SqliteSynchronous};
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};
use tokio::runtime::Runtime;

#[allow(dead_code, reason = "each benchmark uses its part of what they share")]
mod support {
    pub(crate) mod stats;
}

use support::stats::{Bar, argument, median, print_ratio};

/// Name of the store in a data folder.
const STORE: &str = "mepa-gateway.db";
/// How long the gateway is left alone before its memory is looked at.
const IDLE: Duration = Duration::from_millis(700);

/// What is measured of one start.
struct Start {
    ready_ms: f64,
    resident_mb: f64,
}

fn main() -> anyhow::Result<()> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("start");
    let _ = std::fs::remove_dir_all(&folder);
    let (empty, full) = (folder.join("empty"), folder.join("full"));
    std::fs::create_dir_all(&empty)?;
    std::fs::create_dir_all(&full)?;
    let orders = argument("--orders", 1_000_000);
    let comuni = Runtime::new()?.block_on(fill(&full.join(STORE), orders))?;
    println!(
        "full store: {comuni} Comuni, {orders} orders, {} MB",
        std::fs::metadata(full.join(STORE))?.len() / 1_000_000
    );
    let (mut of_empty, mut of_full) = (Vec::new(), Vec::new());
    for _ in 0..argument("--rounds", 7) {
        // A store that is made anew each time is what "empty" means to a new user.
        let _ = std::fs::remove_dir_all(&empty);
        of_empty.push(start(&empty)?);
        of_full.push(start(&full)?);
    }
    for (name, starts, ready_ms, resident_mb) in
        [("empty store", &of_empty, 100.0, 20.0), ("full store", &of_full, 1_500.0, 64.0)]
    {
        let times: Vec<f64> = starts.iter().map(|start| start.ready_ms).collect();
        let sizes: Vec<f64> = starts.iter().map(|start| start.resident_mb).collect();
        println!("{name}: ready in {:.1} ms, {:.1} MB resident when idle", median(&times), median(&sizes));
        print_ratio(&format!("P20 {name}: ms from exec to the first 200"), &times, Bar::AtMost(ready_ms));
        print_ratio(&format!("P21 {name}: MB resident when idle"), &sizes, Bar::AtMost(resident_mb));
    }
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

/// Starts the program, waits for the first 200, then looks at its memory.
fn start(folder: &Path) -> anyhow::Result<Start> {
    let begin = Instant::now();
    let mut gateway = Gateway(
        Command::new(env!("CARGO_BIN_EXE_mepa-gateway"))
            .args(["serve", "--no-worker", "--listen", "127.0.0.1:0", "--data-dir"])
            .arg(folder)
            .stdout(Stdio::piped())
            .spawn()?,
    );
    let mut line = String::new();
    BufReader::new(gateway.0.stdout.take().context("no output")?).read_line(&mut line)?;
    let address = line
        .split_once("http://")
        .and_then(|(_, rest)| rest.split('/').next())
        .with_context(|| line.clone())?;
    let mut stream = TcpStream::connect(address)?;
    write!(stream, "GET {BASE}/status HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")?;
    let mut answer = String::new();
    stream.read_to_string(&mut answer)?;
    let ready_ms = begin.elapsed().as_secs_f64() * 1e3;
    anyhow::ensure!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    std::thread::sleep(IDLE);
    Ok(Start { ready_ms, resident_mb: resident_mb(gateway.0.id())? })
}

/// The program, ended when dropped.
struct Gateway(Child);

impl Drop for Gateway {
    fn drop(&mut self) {
        // It holds nothing that would be lost: it served one read.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn resident_mb(process: u32) -> anyhow::Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("no VmRSS")?;
    let kibi: f64 = line.trim().trim_end_matches(" kB").parse()?;
    Ok(kibi * 1024.0 / 1e6)
}

/// Makes a store with every Comune confirmed and that many accepted orders with all that belongs to them, in one
/// transaction. The documents are short: their length matters to no start.
async fn fill(path: &Path, orders: u64) -> anyhow::Result<usize> {
    store::migrate(path).await?;
    let reference = Reference::embedded()?;
    let comuni: Vec<_> = reference.comuni.iter().filter(|comune| comune.ceased.is_none()).collect();
    let options = SqliteConnectOptions::new().filename(path).synchronous(SqliteSynchronous::Off);
    let mut connection = SqliteConnection::connect_with(&options).await?;
    let mut tx = connection.begin().await?;
    sqlx::query("CREATE TEMP TABLE place (n INTEGER PRIMARY KEY, comune TEXT NOT NULL)")
        .execute(&mut *tx)
        .await?;
    for (n, comune) in comuni.iter().enumerate() {
        sqlx::query("INSERT INTO place VALUES ($1, $2)")
            .bind(i64::try_from(n)?)
            .bind(comune.istat.as_str())
            .execute(&mut *tx)
            .await?;
    }
    for statement in statements(comuni.len(), orders) {
        sqlx::query(AssertSqlSafe(statement)).execute(&mut *tx).await?;
    }
    tx.commit().await?;
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut connection).await?;
    connection.close().await?;
    Ok(comuni.len())
}

fn statements(comuni: usize, orders: u64) -> Vec<String> {
    let numbers =
        format!("WITH RECURSIVE run(n) AS (SELECT 0 UNION ALL SELECT n + 1 FROM run WHERE n + 1 < {orders})");
    let from = format!("FROM run JOIN place ON place.n = run.n % {comuni}");
    let id = "printf('%08x-0000-4000-8000-%012x', run.n * 2654435761 % 4294967296, run.n)";
    let digest = "printf('%064x', run.n * 2654435761)";
    vec![
        "INSERT INTO participation (programme, comune, state, cup, cup_template, assigned, reserved, committed, invoiced, \
         paid, synthetic, updated_at) SELECT 'risorse-in-comune', comune, 'confirmed', printf('J51B26%05d0006', n), \
         '2510006', 51240000, 0, 0, 0, 0, 1, 0 FROM place"
            .into(),
        format!(
            "{numbers} INSERT INTO orders (id, programme, comune, number, order_date, sent_at, supplier, supplier_name, cup, \
             cig, net, vat, gross, own_funds, reserved, categories, verdict, state, live, oda_number, findings, document, \
             media_type, version, received_at, updated_at) \
             SELECT {id}, 'risorse-in-comune', comune, 'ODA-' || run.n, '2026-02-16', NULL, '76543211007', 'Forniture di Prova S.r.l.', printf('J51B26%05d0006', place.n), printf('A%09X', run.n), 10000, \
             2200, 12200, 0, 12200, '{{\"C1\":10000}}', 'accepted', 'accepted', 1, NULL, '[]', {digest}, \
             'application/json', 1, run.n, run.n {from}"
        ),
        format!("{numbers} INSERT INTO document SELECT {id}, zeroblob(200), run.n {from}"),
        format!(
            "{numbers} INSERT INTO idempotency SELECT 'c POST /orders', 'ODA-' || run.n, {digest}, 201, NULL, '{{}}', run.n \
             {from}"
        ),
        format!(
            "{numbers} INSERT INTO journal (programme, comune, kind, amount, order_id, event_key, booked_at) SELECT \
             'risorse-in-comune', comune, 'reservation', 12200, {id}, 'reservation:' || run.n, run.n {from}"
        ),
        format!(
            "{numbers} INSERT INTO outbox (event_key, kind, programme, comune, order_id, state, attempt, uncounted, fence, \
             lease_until, not_before, last_error, created_at, updated_at) SELECT 'oda.hand_over:' || {id}, 'oda.hand_over', \
             'risorse-in-comune', comune, {id}, 'confirmed', 1, 0, 1, 0, 0, NULL, run.n, run.n {from}"
        ),
        format!(
            "{numbers} INSERT INTO audit (chain, seq, at, actor, capacity, action, subject, detail, previous, hash) SELECT \
             comune, run.n / {comuni} + 1, run.n, 'bench', 'macchina', 'order.accepted', {id}, '', {digest}, {digest} {from}"
        ),
        "INSERT INTO purchase_total SELECT programme, comune, supplier, 'C1', COUNT(*), SUM(net), '2026-02-16' FROM orders \
         GROUP BY programme, comune, supplier"
            .into(),
        "UPDATE participation SET reserved = (SELECT COALESCE(SUM(reserved), 0) FROM orders \
         WHERE orders.programme = participation.programme AND orders.comune = participation.comune)"
            .into(),
    ]
}
