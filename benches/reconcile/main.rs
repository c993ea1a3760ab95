// SPDX-License-Identifier: EUPL-1.2
//! Orders, invoices and payments in CSV files, matched by the engine that the service and the command use, beside the plain
//! three-way match of DuckDB where it is installed (`pip install duckdb`).
//!
//! `cargo bench --bench reconcile -- [--orders 300000] [--invoices 1000000] [--payments 1000000] [--rounds 7]
//! [--ten no] [--python python3]`
//!
//! Two sets are made: the plain one of the comparison, and the full one, with dates, splits, notes and missing keys; a tenth
//! and (`--ten yes`) ten times of both tell how time grows. Each measure is a process of its own, so that its peak of
//! memory is its own.
#![allow(clippy::float_arithmetic, reason = "a benchmark prints ratios; no money is computed here")]
#![allow(clippy::unwrap_used, reason = "a benchmark fails by panicking")]

mod generate;
mod read;
#[allow(dead_code, reason = "each benchmark uses its part of what they share")]
#[path = "../support/stats.rs"]
mod stats;

use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use mepa_gateway::domain::matching::{Books, Code, Codes, Depth, Fact, Judged, Outcome, Policy, State};

use read::Read;
use stats::{Bar, argument, median, print_ratio, word};

/// The same numbers that the SQL gives.
#[derive(Debug, Default)]
struct Vector {
    status: [u64; 5],
    invoices: [u64; 4],
    invoiced: i128,
    paid: i128,
    unmatched: [u64; 2],
    links: u64,
    candidates: u64,
    differences: u64,
}

fn add(sum: &mut Vector, outcome: &Outcome) {
    for Judged { state, totals, .. } in &outcome.orders {
        let place = match state {
            State::Missing | State::Waiting | State::Void | State::Duplicate => 0,
            State::Matched => 1,
            State::Partly | State::Conflict => 2,
            State::Under => 3,
            State::Over => 4,
        };
        sum.status[place] += 1;
        sum.invoiced += i128::from(totals.invoiced) - i128::from(totals.credited);
        sum.paid += i128::from(totals.to_supplier) + i128::from(totals.vat_paid);
    }
    for Judged { state, totals, .. } in &outcome.invoices {
        let paid = totals.to_supplier + totals.vat_paid;
        let due = totals.left + paid;
        let place = match () {
            () if totals.payments == 0 => 0,
            () if totals.left == 0 => 1,
            () if paid.abs() < due.abs() => 2,
            () => 3,
        };
        sum.invoices[place] += 1;
        sum.unmatched[0] += u64::from(*state == State::Missing);
    }
    sum.unmatched[1] += outcome.payments.iter().filter(|one| one.state == State::Missing).count() as u64;
    sum.links += outcome.links.len() as u64;
    sum.candidates += outcome.candidates.len() as u64;
    sum.differences += outcome.differences.len() as u64;
}

fn total(parts: Vec<Vector>) -> Vector {
    parts.into_iter().fold(Vector::default(), |mut all, part| {
        (0..5).for_each(|place| all.status[place] += part.status[place]);
        (0..4).for_each(|place| all.invoices[place] += part.invoices[place]);
        (0..2).for_each(|place| all.unmatched[place] += part.unmatched[place]);
        all.invoiced += part.invoiced;
        all.paid += part.paid;
        all.links += part.links;
        all.candidates += part.candidates;
        all.differences += part.differences;
        all
    })
}

fn books(depth: Depth) -> Books {
    let mut books = Books::new(Arc::new(Codes::default()), Policy { depth, ..Policy::default() });
    if depth == Depth::Full {
        let cups = (0..5_000).map(generate::cup).filter_map(|cup| Code::pack(cup.as_bytes()));
        cups.for_each(|cup| books.grant(cup, 1_000_000_000));
    }
    books
}

fn load(dir: &str, depth: Depth, threads: usize, is_late: fn(u32) -> bool) -> Vec<Read> {
    match depth {
        Depth::Exact => read::plain(dir, threads, is_late),
        Depth::Full => read::full(dir, threads, is_late),
    }
}

fn settle(dir: &str, depth: Depth, threads: usize) {
    let start = Instant::now();
    let mut books = books(depth);
    for read in load(dir, depth, threads, |_| false) {
        books.absorb(read.batch);
    }
    let loaded = start.elapsed().as_millis();
    let sum = total(books.fold(threads, Vector::default, add));
    let all = start.elapsed().as_millis();
    println!(
        "{{\"engine\":\"matching_{depth:?}_{threads}t\",\"load_ms\":{loaded},\"match_ms\":{},\"total_ms\":{all},\
         \"rss_mib\":{},\"status\":{:?},\"inv\":{:?},\"invoiced\":{},\"paid\":{},\"un_inv\":{},\"un_pay\":{},\
         \"links\":{},\"candidates\":{},\"differences\":{}}}",
        all - loaded,
        peak_mib(),
        sum.status,
        sum.invoices,
        sum.invoiced,
        sum.paid,
        sum.unmatched[0],
        sum.unmatched[1],
        sum.links,
        sum.candidates,
        sum.differences
    );
}

/// One invoice and one payment in a thousand arrive one by one.
fn arrive(dir: &str, depth: Depth) {
    let mut books = books(depth);
    let mut late: Vec<Fact> = Vec::new();
    for read in load(dir, depth, 2, |id| id % 1_000 == 7) {
        late.extend(read.late);
        books.absorb(read.batch);
    }
    let sum = total(books.fold(2, Vector::default, add));
    let mut nanos: Vec<u128> = Vec::new();
    for fact in late {
        let start = Instant::now();
        let outcome = books.arrive(fact);
        nanos.push(start.elapsed().as_nanos());
        assert!(!outcome.invoices.is_empty() || !outcome.payments.is_empty());
    }
    let first = nanos.remove(0);
    nanos.sort_unstable();
    let mean = nanos.iter().sum::<u128>() / nanos.len() as u128;
    println!(
        "{{\"engine\":\"arrive_{depth:?}\",\"loaded\":{},\"first_us\":{},\"mean_ns\":{mean},\"p50_ns\":{},\"p99_ns\":{},\
         \"rss_mib\":{}}}",
        sum.invoices.iter().sum::<u64>(),
        first / 1_000,
        nanos[nanos.len() / 2],
        nanos[nanos.len() * 99 / 100],
        peak_mib()
    );
}

fn peak_mib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches("kB").trim().parse::<u64>().ok()).unwrap_or(0) / 1_024
}

/// What one process said of itself.
struct Said(serde_json::Value);

impl Said {
    fn of(command: &mut Command) -> Option<Self> {
        let output = command.output().ok().filter(|output| output.status.success())?;
        serde_json::from_slice(&output.stdout).ok().map(Self)
    }

    fn number(&self, name: &str) -> f64 {
        self.0[name].as_f64().unwrap_or_default()
    }
}

/// Two sets of files of one size.
struct Set {
    dir: tempfile::TempDir,
}

impl Set {
    fn new(orders: u64, invoices: u64, payments: u64) -> Self {
        let dir = tempfile::tempdir().unwrap();
        generate::write(dir.path().to_str().unwrap(), orders, invoices, payments);
        Self { dir }
    }

    fn path(&self) -> &Path {
        self.dir.path()
    }

    fn ours(&self, what: &str) -> Said {
        Said::of(Command::new(std::env::current_exe().unwrap()).arg(what).arg(self.path()).arg("2")).unwrap()
    }

    fn duckdb(&self) -> Option<Said> {
        let python = word("--python").unwrap_or_else(|| "python3".into());
        let peer = Path::new(env!("CARGO_MANIFEST_DIR")).join("benches/reconcile/duckdb_peer.py");
        Said::of(Command::new(python).arg(peer).arg(self.path()))
    }
}

fn compare() {
    let (orders, invoices, payments) =
        (argument("--orders", 300_000), argument("--invoices", 1_000_000), argument("--payments", 1_000_000));
    let rounds = argument("--rounds", 7);
    let whole = Set::new(orders, invoices, payments);
    let tenth = Set::new(orders / 10, invoices / 10, payments / 10);
    let mut times: [Vec<f64>; 5] = Default::default();
    let mut ratios: [Vec<f64>; 4] = Default::default();
    for round in 0..rounds {
        let (exact, full, peer) = (whole.ours("exact"), whole.ours("full"), whole.duckdb());
        times[0].push(exact.number("total_ms"));
        times[1].push(full.number("total_ms"));
        times[2].push(tenth.ours("exact").number("total_ms"));
        times[3].push(tenth.ours("full").number("total_ms"));
        if let Some(peer) = &peer {
            for what in ["status", "inv", "invoiced", "paid"] {
                assert_eq!(exact.0[what], peer.0[what], "{what} differs from the answer of DuckDB");
            }
            times[4].push(peer.number("total_ms"));
            ratios[0].push(exact.number("total_ms") / peer.number("total_ms"));
            ratios[1].push(exact.number("rss_mib") / peer.number("rss_mib"));
            ratios[2].push(full.number("total_ms") / peer.number("total_ms"));
        }
        ratios[3].push(times[0].last().unwrap() / times[2].last().unwrap());
        if round == 0 {
            println!("exact {}\nfull  {}", exact.0, full.0);
            println!(
                "{}",
                peer.map_or_else(|| "DuckDB is not installed".into(), |peer| format!("peer  {}", peer.0))
            );
        }
    }
    println!(
        "ms, medians: exact {:.0}, full {:.0}, DuckDB {:.0}; a tenth: exact {:.0}, full {:.0}",
        median(&times[0]),
        median(&times[1]),
        median(&times[4]),
        median(&times[2]),
        median(&times[3])
    );
    print_ratio("exact keys / DuckDB, time", &ratios[0], Bar::AtMost(0.4));
    print_ratio("exact keys / DuckDB, memory", &ratios[1], Bar::AtMost(0.5));
    print_ratio("full matching / DuckDB's exact keys, time", &ratios[2], Bar::AtMost(0.8));
    print_ratio("ten times the documents, time", &ratios[3], Bar::AtMost(11.0));
    for what in ["arrive", "arrive_exact"] {
        println!("one document arrives: {}", whole.ours(what).0);
    }
    if word("--ten").is_some_and(|word| word == "yes") {
        let ten = Set::new(orders * 10, invoices * 10, payments * 10);
        let (exact, full) = (ten.ours("exact"), ten.ours("full"));
        println!("ten times: exact {}\nfull {}", exact.0, full.0);
        print_ratio(
            "ten times these, time, exact keys",
            &[exact.number("total_ms") / median(&times[0])],
            Bar::AtMost(13.0),
        );
        print_ratio(
            "ten times these, time, full matching",
            &[full.number("total_ms") / median(&times[1])],
            Bar::AtMost(13.0),
        );
    }
}

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let threads = || words.get(2).and_then(|word| word.parse().ok()).unwrap_or(2);
    match words.first().map(String::as_str) {
        Some("exact") => settle(&words[1], Depth::Exact, threads()),
        Some("full") => settle(&words[1], Depth::Full, threads()),
        Some("arrive") => arrive(&words[1], Depth::Full),
        Some("arrive_exact") => arrive(&words[1], Depth::Exact),
        _ => compare(),
    }
}
