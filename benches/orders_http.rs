// SPDX-License-Identifier: EUPL-1.2
//! Whole orders and invoices over HTTP, against the disk, the HTTP floor and PostgreSQL, all in one run: only the ratios count,
//! because absolute numbers move with the machine. Client and server share its cores.
//!
//! `cargo bench --bench orders_http -- [--rounds 5] [--seconds 2]`
#![allow(clippy::float_arithmetic, reason = "a benchmark prints ratios; no money is computed here")]

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Bytes;
use axum::routing::{get, post};
use mepa_gateway::app::App;
use mepa_gateway::flows::verify::verify;
use mepa_gateway::http;
use tokio::net::TcpListener;
use tokio::runtime::Runtime;

mod support {
    pub(crate) mod client;
    pub(crate) mod disk;
    pub(crate) mod documents;
    pub(crate) mod invoice;
    pub(crate) mod postgres;
    pub(crate) mod stats;
    pub(crate) mod town;
}

use support::client::{Answers, Load, Request};
use support::disk;
use support::documents::Makings;
use support::invoice::invoice;
use support::postgres::{Postgres, Transactions};
use support::stats::{Bar, argument, median, print_ratio, quantile};
use support::town::{self, Buyer};

/// Bytes of a document.
const SIZE: usize = 5_000;

/// Orders that are driven, with how many connections.
const CASES: [(&str, Kind, usize); 8] = [
    ("JSON, uniform, 1 connection", Kind::Json, 1),
    ("JSON, uniform, 32 connections", Kind::Json, 32),
    ("JSON, uniform, 128 connections", Kind::Json, 128),
    ("JSON, hot Comune, 32 connections", Kind::JsonHot, 32),
    ("UBL, uniform, 1 connection", Kind::Ubl, 1),
    ("UBL, uniform, 32 connections", Kind::Ubl, 32),
    ("UBL, uniform, 128 connections", Kind::Ubl, 128),
    ("UBL, hot Comune, 32 connections", Kind::UblHot, 32),
];

/// What is driven by turns, so that all see the same moments of the machine. Invoices are of the orders that came first in the
/// round.
const BY_TURNS: [(&str, Kind); 3] = [("JSON", Kind::Json), ("UBL", Kind::Ubl), ("invoices", Kind::Invoice)];
type ByTurns = [Answers; BY_TURNS.len()];
/// How often each has its turn; a multiple of three, so that each is as often first.
const TURNS: u32 = 6;
/// With how many connections.
const CROWDS: [usize; 2] = [1, 32];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    Json,
    JsonHot,
    Ubl,
    UblHot,
    Invoice,
}

/// One round: everything once, so that all see the same minutes of the machine.
#[derive(Debug)]
struct Round {
    sync_ms: f64,
    echo_per_second: f64,
    uniform: Option<Transactions>,
    hot: Option<Transactions>,
    orders: Vec<Answers>,
    /// What was driven by turns, by how many connections.
    by_turns: Vec<ByTurns>,
    ping_per_second: f64,
    /// The newest order of each Comune, read while orders keep coming.
    reads: Answers,
}

struct Bench {
    folder: PathBuf,
    gateway: SocketAddr,
    echo: SocketAddr,
    json: Arc<Vec<Request>>,
    ubl: Arc<Vec<Request>>,
    invoices: Arc<Vec<Request>>,
    reads: Arc<Vec<Request>>,
    postgres: Option<Postgres>,
    numbers: Arc<AtomicU64>,
    seconds: u64,
}

fn main() -> anyhow::Result<()> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("orders_http");
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder)?;
    let server = Runtime::new()?;
    let (app, buyers) = server.block_on(town::open(&folder))?;
    let bench = Bench::new(&server, &folder, &app, &buyers)?;
    let mut rounds = Vec::new();
    for n in 0..argument("--rounds", 5) {
        rounds.push(bench.round()?);
        eprintln!("round {} done", n + 1);
    }
    report(&rounds);
    drop(bench);
    let begun = Instant::now();
    let checks = server.block_on(verify(&app.store))?.checks;
    println!("verify: {:.1} s", begun.elapsed().as_secs_f64());
    for check in &checks {
        println!("verify: {:<42} {:>8} seen  {:?}", check.name, check.seen, check.faults);
    }
    anyhow::ensure!(checks.iter().all(|check| check.is_ok()), "the store is not whole");
    drop(server);
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}

impl Bench {
    fn new(server: &Runtime, folder: &Path, app: &Arc<App>, buyers: &[Buyer]) -> anyhow::Result<Self> {
        let makings = Makings::of(app);
        let json = buyers.iter().map(|buyer| {
            let body = makings.json(&buyer.comune, &buyer.cup, SIZE);
            Request::order(&buyer.token, "application/json", &body)
        });
        let ubl = buyers.iter().map(|buyer| {
            let body = makings.ubl(&buyer.comune, &buyer.cup, SIZE)?;
            anyhow::Ok(Request::order(&buyer.token, "application/xml", &body))
        });
        let invoices = buyers.iter().map(|buyer| {
            let body = invoice(&buyer.comune, &buyer.cup, SIZE);
            Request::post(&format!("{}/invoices", http::BASE), &buyer.token, "application/xml", &body)
        });
        let newest = format!("{}/orders?limit=1", http::BASE);
        let reads = buyers.iter().map(|buyer| Request::get(&newest, &buyer.token)).collect();
        let gateway = server.block_on(TcpListener::bind("127.0.0.1:0"))?;
        let echo = server.block_on(TcpListener::bind("127.0.0.1:0"))?;
        let bench = Self {
            folder: folder.to_owned(),
            gateway: gateway.local_addr()?,
            echo: echo.local_addr()?,
            json: Arc::new(json.collect()),
            ubl: Arc::new(ubl.collect::<anyhow::Result<_>>()?),
            invoices: Arc::new(invoices.collect()),
            reads: Arc::new(reads),
            postgres: Postgres::start(folder)?,
            numbers: Arc::new(AtomicU64::new(1)),
            seconds: argument("--seconds", 2),
        };
        server.spawn(http::serve(Arc::clone(app), gateway, std::future::pending()));
        let floor = Router::new()
            .route("/echo", post(|body: Bytes| async move { format!("{{\"n\":{}}}", body.len()) }))
            .route("/ping", get(|| async { "pong" }));
        server.spawn(async move { axum::serve(echo, floor).await });
        Ok(bench)
    }

    fn round(&self) -> anyhow::Result<Round> {
        let lasting = Duration::from_secs(self.seconds);
        let reserve =
            |hot| self.postgres.as_ref().map(|postgres| postgres.reserve(hot, self.seconds)).transpose();
        let echo = Request::post("/echo", "none", "text/plain", &vec![b'x'; SIZE]);
        let ping = Arc::new(vec![Request::get("/ping", "none")]);
        let writes = self.load(self.gateway, Arc::clone(&self.json), 32, lasting);
        let reads = self.load(self.gateway, Arc::clone(&self.reads), 32, lasting);
        // Each request takes the Comune that its number falls on: an invoice goes where its order is.
        let invoiced = Arc::new(AtomicU64::new(self.numbers.load(Ordering::Relaxed)));
        Ok(Round {
            ping_per_second: self.load(self.echo, ping, 32, lasting / 2).run()?.per_second,
            reads: std::thread::scope(|scope| {
                let writing = scope.spawn(|| writes.run());
                let read = reads.run();
                writing.join().map_err(|_| anyhow::anyhow!("the writing thread panicked"))??;
                read
            })?,
            sync_ms: disk::sync_ms(&self.folder, lasting / 4)?,
            echo_per_second: self.load(self.echo, Arc::new(vec![echo]), 32, lasting / 2).run()?.per_second,
            uniform: reserve(false)?,
            hot: reserve(true)?,
            orders: CASES
                .iter()
                .map(|&(_, kind, connections)| {
                    self.load(self.gateway, self.requests(kind), connections, lasting).run()
                })
                .collect::<anyhow::Result<_>>()?,
            by_turns: CROWDS
                .into_iter()
                .map(|connections| self.by_turns(connections, &invoiced))
                .collect::<anyhow::Result<_>>()?,
        })
    }

    fn by_turns(&self, connections: usize, invoiced: &Arc<AtomicU64>) -> anyhow::Result<ByTurns> {
        let turn = Duration::from_secs(self.seconds) / TURNS;
        let mut all = ByTurns::default();
        for place in 0..TURNS as usize * BY_TURNS.len() {
            let n = (place + place / BY_TURNS.len()) % BY_TURNS.len();
            let kind = BY_TURNS[n].1;
            let mut load = self.load(self.gateway, self.requests(kind), connections, turn);
            if kind == Kind::Invoice {
                load.numbers = Arc::clone(invoiced);
            }
            all[n].add(load.run()?);
        }
        all.iter_mut().for_each(|one| one.per_second = one.latencies_ms.len() as f64 / self.seconds as f64);
        Ok(all)
    }

    fn requests(&self, kind: Kind) -> Arc<Vec<Request>> {
        let one = |all: &[Request]| Arc::new(all[..1].to_vec());
        match kind {
            Kind::Json => Arc::clone(&self.json),
            Kind::JsonHot => one(&self.json),
            Kind::Ubl => Arc::clone(&self.ubl),
            Kind::UblHot => one(&self.ubl),
            Kind::Invoice => Arc::clone(&self.invoices),
        }
    }

    fn load(
        &self,
        address: SocketAddr,
        requests: Arc<Vec<Request>>,
        connections: usize,
        lasting: Duration,
    ) -> Load {
        Load { address, requests, connections, lasting, numbers: Arc::clone(&self.numbers) }
    }
}

fn report(all: &[Round]) {
    let quickest = all.iter().map(|round| round.sync_ms).fold(f64::INFINITY, f64::min);
    let rounds: Vec<&Round> = all.iter().filter(|round| round.sync_ms <= 2.0 * quickest).collect();
    println!(
        "{} rounds, {} left out because the disk was more than twice as slow",
        all.len(),
        all.len() - rounds.len()
    );
    let line = |name: &str, unit: &str, value: &dyn Fn(&Round) -> Option<f64>| {
        let values: Vec<f64> = rounds.iter().filter_map(|round| value(round)).collect();
        let spread = (quantile(&values, 0.0), quantile(&values, 1.0));
        println!("{name:<58} {:>10.2} {unit:<9} ({:.2} .. {:.2})", median(&values), spread.0, spread.1);
    };
    line("fdatasync of 256 bytes", "ms", &|round| Some(round.sync_ms));
    line("axum, POST echo of 5 KB, 32 connections", "/s", &|round| Some(round.echo_per_second));
    line("pgbench, uniform, 32 clients", "/s", &|round| round.uniform.map(|done| done.per_second));
    line("pgbench, uniform, 32 clients, mean", "ms", &|round| round.uniform.map(|done| done.mean_ms));
    line("pgbench, one hot row, 32 clients", "/s", &|round| round.hot.map(|done| done.per_second));
    let driven = |name: &str, of: &dyn Fn(&Round) -> &Answers| {
        line(name, "a second", &|round| Some(of(round).per_second));
        for (share, label) in [(0.5, "p50"), (0.99, "p99")] {
            line(&format!("  {label}"), "ms", &|round| Some(quantile(&of(round).latencies_ms, share)));
        }
        let mut statuses = std::collections::BTreeMap::new();
        let answers = all.iter().flat_map(|round| &of(round).statuses);
        answers.for_each(|(status, count)| *statuses.entry(status).or_insert(0) += count);
        let accepted: u64 = all.iter().map(|round| of(round).accepted).sum();
        println!("  answers by status {statuses:?}, of them accepted {accepted}");
    };
    for (n, (name, ..)) in CASES.iter().enumerate() {
        driven(name, &|round| &round.orders[n]);
    }
    for (crowd, connections) in CROWDS.iter().enumerate() {
        for (n, (name, _)) in BY_TURNS.iter().enumerate() {
            let name = format!("{name}, by turns, {connections} connections");
            driven(&name, &|round| &round.by_turns[crowd][n]);
        }
    }
    line("axum, GET ping, 32 connections", "/s", &|round| Some(round.ping_per_second));
    line("reads of an order while orders come, 32 connections", "/s", &|round| Some(round.reads.per_second));
    line("  p99", "ms", &|round| Some(quantile(&round.reads.latencies_ms, 0.99)));
    ratios(&rounds);
}

fn ratios(rounds: &[&Round]) {
    let print = |name: &str, bar: Bar, ratio: &dyn Fn(&Round) -> Option<f64>| {
        let values: Vec<f64> = rounds.iter().filter_map(|round| ratio(round)).collect();
        print_ratio(name, &values, bar);
    };
    println!();
    print("P22 reads/s during writes / axum ping, both 32", Bar::AtLeast(0.15), &|round| {
        Some(round.reads.per_second / round.ping_per_second)
    });
    // An order in JSON is accepted and books money; one in UBL of the same length as the invoice is stored incomplete.
    for (kind, at) in [("UBL orders", 1), ("JSON orders, accepted", 0)] {
        print(&format!("p50 of an invoice / {kind}, 1 connection"), Bar::AtMost(1.0), &|round| {
            let median = |n: usize| quantile(&round.by_turns[0][n].latencies_ms, 0.5);
            Some(median(2) / median(at))
        });
        print(&format!("invoices/s / {kind}, both 32"), Bar::AtLeast(1.0), &|round| {
            Some(round.by_turns[1][2].per_second / round.by_turns[1][at].per_second)
        });
    }
    for (kind, at) in [("JSON, accepted", 0), ("UBL, stored", 4)] {
        let name = |what: &str| format!("{what} [{kind}]");
        let rate = move |round: &Round, n: usize| round.orders[at + n].per_second;
        let slow =
            move |round: &Round, n: usize, share: f64| quantile(&round.orders[at + n].latencies_ms, share);
        print(&name("P6  orders/s / pgbench uniform, both 32"), Bar::AtLeast(2.0), &|round| {
            Some(rate(round, 1) / round.uniform?.per_second)
        });
        print(&name("P7  hot orders/s / pgbench hot row, both 32"), Bar::AtLeast(10.0), &|round| {
            Some(rate(round, 3) / round.hot?.per_second)
        });
        print(&name("P7  hot / uniform, 32"), Bar::AtLeast(0.95), &|round| {
            Some(rate(round, 3) / rate(round, 1))
        });
        print(&name("P8  orders/s at 128 / axum echo at 32"), Bar::AtLeast(0.2), &|round| {
            Some(rate(round, 2) / round.echo_per_second)
        });
        print(&name("P9  p50 at 1 connection / fdatasync"), Bar::AtMost(5.0), &|round| {
            Some(slow(round, 0, 0.5) / round.sync_ms)
        });
        print(&name("P9  p99 at 32 / pgbench mean at 32"), Bar::AtMost(1.5), &|round| {
            Some(slow(round, 1, 0.99) / round.uniform?.mean_ms)
        });
    }
}
