// SPDX-License-Identifier: EUPL-1.2
//! Reports: a sheet of 100,000 rows x 20 columns against the bare deflate of its XML and against what Python writes, the same as
//! CSV, the same read again; the dossier of a typical Comune in all formats; the computing of ten reports on whole programmes.
//! Everything of a round runs in one minute of the machine, because only ratios count.
//!
//! `cargo bench --bench reports -- [--rounds 5] [--python PATH]`: Python with xlsxwriter and openpyxl, and the peers' script beside
//! the project; what is missing is said.
#![allow(clippy::float_arithmetic, reason = "a benchmark prints ratios; no money is computed here")]

use std::collections::HashMap;
use std::fs::File;
use std::io::{BufReader, BufWriter, Cursor, Read, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use anyhow::Context;
use calamine::Reader as _;
use chrono::{DateTime, TimeDelta, Utc};
use flate2::Compression;
use flate2::write::DeflateEncoder;
use mepa_gateway::answer::Lang;
use mepa_gateway::app::App;
use mepa_gateway::domain::budget::Balances;
use mepa_gateway::domain::money::Money;
use mepa_gateway::domain::order_state::OrderState;
use mepa_gateway::domain::participation::ParticipationState;
use mepa_gateway::domain::role::Role;
use mepa_gateway::domain::spending::Spending;
use mepa_gateway::flows::Principal;
use mepa_gateway::flows::book_spending::book_due;
use mepa_gateway::flows::import_invoices::import_file;
use mepa_gateway::flows::place_order::{OrderRequest, place_order};
use mepa_gateway::flows::take_mandati::{ReadMandati, import_mandati};
use mepa_gateway::report::Progress;
use mepa_gateway::report::csv::CsvWriter;
use mepa_gateway::report::dossier_file::write_dossier;
use mepa_gateway::report::programme::{Facts, Place, report};
use mepa_gateway::report::table::{Cell, Column, Shape};
use mepa_gateway::report::xlsx::XlsxWriter;
use mepa_gateway::store::audit::Actor;
use mepa_gateway::store::participation::ParticipationRow;
use mepa_gateway::store::programme::OrderDigest;
use tokio::runtime::Runtime;

#[allow(dead_code, reason = "each benchmark uses its part of what they share")]
mod support {
    pub(crate) mod documents;
    pub(crate) mod stats;
    pub(crate) mod town;
}

use support::documents::{Makings, NUMBER, cig};
use support::stats::{Bar, argument, median, print_ratio, word};
use support::town::{self, Buyer};

const ROWS: usize = 100_000;
const NAMES: [&str; 8] = [
    "Comune di Esempio",
    "Fornitore S.r.l.",
    "in lavorazione",
    "approvato",
    "Piattaforma notifiche",
    "ORD",
    "A00B0000001",
    "2025-03-10",
];
const fn money(key: &'static str) -> Column {
    Column::money(key, key, "-").not_summed()
}
const fn words(key: &'static str) -> Column {
    Column::text(key, key, "-")
}
static SHAPE: Shape = Shape {
    name: "prova",
    title: "Prova",
    about: "-",
    columns: &[
        words("a"),
        words("b"),
        words("c"),
        words("d"),
        words("e"),
        words("f"),
        words("g"),
        words("h"),
        money("i"),
        money("j"),
        money("k"),
        money("l"),
        money("m"),
        money("n"),
        money("o"),
        money("p"),
        money("q"),
        money("r"),
        money("s"),
        money("t"),
    ],
};

/// Chance, the same in every run.
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end
    }

    fn row(&mut self) -> Vec<Cell<'static>> {
        let mut row: Vec<Cell<'static>> =
            NAMES.iter().map(|name| Cell::from(format!("{name} {}", self.below(5_000)))).collect();
        row.extend(
            (0..12)
                .map(|_| Cell::Money(Money::from_cents(i64::try_from(self.below(100_000_000)).unwrap_or(0)))),
        );
        row
    }
}

fn main() -> anyhow::Result<()> {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("reports");
    match word("--child").as_deref() {
        None => measure(&folder),
        Some("idle") => told(Instant::now()),
        Some("xlsx") => write_sheet(&folder),
        Some("csv") => write_text(&folder),
        Some("read") => read_sheet(&folder),
        Some(other) => anyhow::bail!("no child {other}"),
    }
}

/// What a child or a peer says: seconds, and the most memory it held, MiB.
#[derive(Debug, Clone, Copy)]
struct Run {
    seconds: f64,
    memory: f64,
}

fn told(begun: Instant) -> anyhow::Result<()> {
    let seconds = begun.elapsed().as_secs_f64();
    let status = std::fs::read_to_string("/proc/self/status")?;
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).context("no peak")?;
    let peak: f64 = peak.trim().trim_end_matches(" kB").parse()?;
    println!("{seconds} {}", peak / 1024.0);
    Ok(())
}

fn write_sheet(folder: &Path) -> anyhow::Result<()> {
    let begun = Instant::now();
    let mut chance = Chance(1);
    let mut book = XlsxWriter::new("Prova", DateTime::<Utc>::UNIX_EPOCH)?;
    let mut sheet = book.sheet(&SHAPE, "prova")?;
    for _ in 0..ROWS {
        sheet.row(&chance.row())?;
    }
    sheet.finish()?;
    book.finish(BufWriter::new(File::create(folder.join("own.xlsx"))?))?;
    told(begun)
}

fn write_text(folder: &Path) -> anyhow::Result<()> {
    let begun = Instant::now();
    let mut chance = Chance(1);
    let heads = SHAPE.columns.iter().map(|column| column.title);
    let mut csv = CsvWriter::new(BufWriter::new(File::create(folder.join("own.csv"))?), heads)?;
    for _ in 0..ROWS {
        csv.row(&chance.row())?;
    }
    csv.finish()?;
    told(begun)
}

fn read_sheet(folder: &Path) -> anyhow::Result<()> {
    let begun = Instant::now();
    let mut book: calamine::Xlsx<_> =
        calamine::Xlsx::new(BufReader::new(File::open(folder.join("own.xlsx"))?))?;
    let mut cells = book.worksheet_cells_reader("prova")?;
    let mut count = 0usize;
    while cells.next_cell()?.is_some() {
        count += 1;
    }
    anyhow::ensure!(count >= ROWS * 20, "{count} cells");
    told(begun)
}

fn child(name: &str) -> anyhow::Result<Run> {
    let output = Command::new(std::env::current_exe()?).args(["--child", name]).output()?;
    anyhow::ensure!(output.status.success(), "{name}: {}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout)?;
    let mut words = text.split_whitespace().map(str::parse::<f64>);
    let mut next = || words.next().context("too few words").and_then(|word| Ok(word?));
    Ok(Run { seconds: next()?, memory: next()? })
}

/// The peers' script, where it is.
fn peer(python: Option<&str>, mode: &str, file: &Path) -> Option<f64> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/bench/xlsx_peers.py");
    let output = Command::new(python?).arg(script).arg(mode).arg(file).arg(ROWS.to_string()).output().ok()?;
    let said: serde_json::Value = serde_json::from_slice(&output.stdout).ok()?;
    said["s"].as_f64()
}

/// The bare deflate of the sheet's XML, level 6.
fn floor(folder: &Path) -> anyhow::Result<f64> {
    let mut zip = zip::ZipArchive::new(File::open(folder.join("own.xlsx"))?)?;
    let mut xml = Vec::new();
    zip.by_name("xl/worksheets/sheet1.xml")?.read_to_end(&mut xml)?;
    let begun = Instant::now();
    let mut encoder = DeflateEncoder::new(std::io::sink(), Compression::new(6));
    encoder.write_all(&xml)?;
    encoder.finish()?;
    Ok(begun.elapsed().as_secs_f64())
}

fn measure(folder: &Path) -> anyhow::Result<()> {
    std::fs::create_dir_all(folder)?;
    let python = word("--python");
    let mut ratios: HashMap<&str, Vec<f64>> = HashMap::new();
    for _ in 0..argument("--rounds", 5) {
        let (idle, sheet) = (child("idle")?, child("xlsx")?);
        let (text, read, floor) = (child("csv")?, child("read")?, floor(folder)?);
        let mut note = |name, ratio: Option<f64>| ratios.entry(name).or_default().extend(ratio);
        note("floor", Some(sheet.seconds / floor));
        note("memory", Some(sheet.memory - idle.memory));
        note("reading memory", Some(read.memory - idle.memory));
        let peer = |mode: &str, file: &str| peer(python.as_deref(), mode, &folder.join(file));
        note("xlsxwriter", peer("xlsxwriter_const", "peer.xlsx").map(|seconds| seconds / sheet.seconds));
        note("openpyxl", peer("openpyxl_wo", "peer2.xlsx").map(|seconds| seconds / sheet.seconds));
        note("csv", peer("csv", "peer.csv").map(|seconds| seconds / text.seconds));
        note("reading", peer("openpyxl_read", "own.xlsx").map(|seconds| seconds / read.seconds));
    }
    let of = |name: &str| ratios.get(name).cloned().unwrap_or_default();
    print_ratio("XLSX 100,000 x 20, time over the bare deflate of its sheet", &of("floor"), Bar::AtMost(1.8));
    print_ratio("the same, speed over xlsxwriter in constant memory", &of("xlsxwriter"), Bar::AtLeast(6.0));
    print_ratio("the same, speed over openpyxl write-only", &of("openpyxl"), Bar::AtLeast(8.0));
    print_ratio("the same, MiB above idle", &of("memory"), Bar::AtMost(16.0));
    print_ratio("CSV 100,000 x 20, speed over Python csv", &of("csv"), Bar::AtLeast(5.0));
    print_ratio("reading XLSX, speed over openpyxl read-only", &of("reading"), Bar::AtLeast(10.0));
    print_ratio("the same, MiB above idle", &of("reading memory"), Bar::AtMost(24.0));
    programmes()?;
    Runtime::new()?.block_on(dossiers(&folder.join("store")))
}

/// Ten programmes of all Comuni with three orders each, state loaded: only the computing.
fn programmes() -> anyhow::Result<()> {
    let programme = mepa_gateway::programme::Programme::embedded("risorse-in-comune")?;
    let reference = mepa_gateway::reference::Reference::embedded()?;
    let as_of: DateTime<Utc> = "2026-04-20T10:00:00Z".parse()?;
    let facts = facts(&programme, &reference, as_of);
    let mut samples = Vec::new();
    for _ in 0..argument("--rounds", 5) {
        let begun = Instant::now();
        let rows: usize =
            (0..10).map(|_| report(&facts).tables.iter().map(|table| table.rows.len()).sum::<usize>()).sum();
        samples.push(begun.elapsed().as_secs_f64() * 1e3);
        anyhow::ensure!(rows > 79_000, "{rows} rows");
    }
    let what = format!(
        "ten reports on {} Comuni and {} orders each, computing, ms",
        facts.places.len(),
        facts.orders.len()
    );
    print_ratio(&what, &samples, Bar::AtMost(100.0));
    Ok(())
}

fn facts<'a>(
    programme: &'a mepa_gateway::programme::Programme,
    reference: &'a mepa_gateway::reference::Reference,
    as_of: DateTime<Utc>,
) -> Facts<'a> {
    let mut chance = Chance(1);
    let (mut places, mut orders) = (Vec::new(), Vec::new());
    for comune in reference.comuni.iter().filter(|comune| comune.ceased.is_none()) {
        let own: Vec<usize> = (0..3)
            .map(|_| {
                let gross = i64::try_from(chance.below(1_000_000)).unwrap_or(0);
                orders.push(order(comune, gross, as_of, &mut chance));
                orders.len() - 1
            })
            .collect();
        let row = ParticipationRow {
            programme: programme.id.clone(),
            comune: comune.istat,
            state: ParticipationState::Confirmed,
            reason: None,
            cup: None,
            cup_template: None,
            cup_generated_on: None,
            receipt: None,
            receipt_at: None,
            balances: Balances { assigned: Money::from_cents(3_547_147), ..Balances::default() },
            synthetic: true,
        };
        places.push(Place::new(row, comune, own, &orders));
    }
    Facts { programme, places, unknown: 0, orders, steps: HashMap::new(), then: None, as_of }
}

fn order(
    comune: &mepa_gateway::reference::Comune,
    gross: i64,
    as_of: DateTime<Utc>,
    chance: &mut Chance,
) -> OrderDigest {
    let day = as_of - TimeDelta::days(i64::try_from(chance.below(60)).unwrap_or(0));
    let cents = Money::from_cents;
    OrderDigest {
        comune: comune.istat,
        state: OrderState::ALL[usize::try_from(chance.below(8)).unwrap_or(0)],
        order_date: day.date_naive(),
        received_at: day,
        reserved_at: Some(day),
        committed_at: Some(day),
        invoiced_at: Some(day),
        ended_at: None,
        supplier: format!("{:011}", chance.below(3_000)),
        supplier_name: "Forniture di Prova".into(),
        net: cents(gross),
        gross: cents(gross),
        own_funds: Money::ZERO,
        reserved: cents(gross),
        spending: Spending { invoiced: cents(gross / 2), paid: Money::ZERO },
        categories: vec![("C1".into(), cents(gross / 2)), ("C5".into(), cents(gross / 2))],
        lacks: [chance.below(5) == 0; 8],
    }
}

/// The dossier of a Comune with 15 orders, 40 invoices and 80 payments, in all formats.
async fn dossiers(folder: &PathBuf) -> anyhow::Result<()> {
    drop(std::fs::remove_dir_all(folder));
    std::fs::create_dir_all(folder)?;
    let (app, buyers) = town::open(folder).await?;
    let buyer = buyers.first().context("no Comune")?;
    fill(&app, buyer).await?;
    let goes_on = |_: usize, _: usize| true;
    let (mut samples, mut told) = (Vec::new(), String::new());
    for _ in 0..argument("--rounds", 5) * 3 {
        let begun = Instant::now();
        let made =
            write_dossier(&app, &buyer.comune.istat, Cursor::new(Vec::new()), &Progress::new(&goes_on))
                .await?;
        samples.push(begun.elapsed().as_secs_f64() * 1e3);
        let rows = |name: &str| made.report.table(name).map_or(0, |table| table.rows.len());
        told = format!(
            "{} orders, {} invoices, {} payments, {} files, {} KB",
            rows("ordini"),
            rows("fatture"),
            rows("pagamenti"),
            made.index.files.len(),
            made.out.get_ref().len() / 1000
        );
    }
    println!("dossier of {told}: median {:.0} ms", median(&samples));
    print_ratio("dossier of a typical Comune in all formats, ms", &samples, Bar::AtMost(300.0));
    Ok(())
}

async fn fill(app: &Arc<App>, buyer: &Buyer) -> anyhow::Result<()> {
    let principal =
        Principal { client: "bench".into(), role: Role::Macchina, comune: Some(buyer.comune.istat) };
    let template = String::from_utf8(Makings::of(app).json(&buyer.comune, &buyer.cup, 5_000))?;
    let mut mandati = String::from(
        "Esercizio;Numero mandato;Data mandato;Beneficiario;Partita IVA;Importo;CUP;CIG;Tipo debito;Stato;Data pagamento;Numero fattura;Data fattura\n",
    );
    let mut bills = 0;
    for n in 1..=15u32 {
        let number = format!("ODA-{n:09}");
        let body = template.replace(NUMBER, &number).replace(&cig(0), &cig(u64::from(n)));
        let order: serde_json::Value = serde_json::from_str(&body)?;
        let request = OrderRequest {
            body: body.into_bytes().into(),
            media_type: Some("application/json".into()),
            key: number.clone(),
            lang: Lang::It,
            at: app.clock.now(),
        };
        let reply = place_order(app, &principal, request).await?;
        let answer: serde_json::Value = serde_json::from_str(&reply.body)?;
        anyhow::ensure!(answer["verdict"] == "accepted", "{answer:#}");
        send(app, answer["id"].as_str().context("no id")?).await?;
        let net: Money = order["totals"]["net"].as_str().context("no net")?.parse()?;
        let parts = if n <= 10 { 3 } else { 2 };
        for part in 0..parts {
            bills += 1;
            let share = Money::from_cents(net.cents() / parts);
            let bill = format!("F{n}/{part}");
            let xml = invoice(buyer, (&number, &cig(u64::from(n))), &bill, share);
            import_file(app, format!("f{n}_{part}.xml"), xml.as_bytes(), None).await?;
            for (place, amount, debt) in
                [(1, share.cents(), "COMMERCIALE"), (2, (share.cents() * 22 + 50) / 100, "IVA")]
            {
                mandati += &format!(
                    "2026;{};20/03/2026;Fornitore di Prova;76543211007;{};{};{};{debt};pagato;21/03/2026;{bill};16/02/2026\n",
                    bills * 10 + place,
                    Money::from_cents(amount).to_string().replace('.', ","),
                    buyer.cup,
                    cig(u64::from(n)),
                );
            }
        }
    }
    let list =
        ReadMandati::read(app, buyer.comune.istat, "import", "mandati.csv".into(), mandati.into_bytes())?;
    anyhow::ensure!(list.rejected.is_empty(), "{:?}", list.rejected);
    import_mandati(app, &list).await?;
    while book_due(app).await? > 0 {}
    Ok(())
}

async fn send(app: &Arc<App>, id: &str) -> anyhow::Result<()> {
    for next in [OrderState::Submitted, OrderState::Sent, OrderState::SupplierAccepted] {
        let (id, at) = (id.to_owned(), app.clock.now());
        let stepped = app.store.write(move |tx| {
            Box::pin(async move {
                let row = tx.order(&id).await?.ok_or(mepa_gateway::store::StoreError::Changed)?;
                tx.step_order(&row, next, &Actor::worker(), at).await
            })
        });
        stepped.await?;
    }
    Ok(())
}

fn invoice(buyer: &Buyer, (order, cig): (&str, &str), number: &str, net: Money) -> String {
    const EXAMPLE: &str = include_str!("../docs/examples/fattura.xml");
    let vat = Money::from_cents((net.cents() * 22 + 50) / 100);
    let gross = Money::from_cents(net.cents() + vat.cents());
    let (head, rest) = EXAMPLE.split_once("<DatiBeniServizi>").unwrap_or((EXAMPLE, ""));
    let (_, tail) = rest.split_once("</DatiRiepilogo>").unwrap_or(("", rest));
    let head = head
        .replace("01817670019", buyer.comune.tax_code.as_str())
        .replace("2026/15", number)
        .replace("8127453", order);
    let head = head
        .replace("2026-03-12", "2026-02-16")
        .replace("2026-04-20", "2026-02-16")
        .replace("BFA0B1C51C", cig);
    let head = head.replace("J51B26000010006", &buyer.cup).replace("12169.74", &gross.to_string());
    format!(
        "{head}<DatiBeniServizi><DettaglioLinee><NumeroLinea>1</NumeroLinea><Descrizione>Beni</Descrizione><Quantita>1.00</Quantita>\
         <PrezzoUnitario>{net}</PrezzoUnitario><PrezzoTotale>{net}</PrezzoTotale><AliquotaIVA>22.00</AliquotaIVA></DettaglioLinee>\
         <DatiRiepilogo><AliquotaIVA>22.00</AliquotaIVA><ImponibileImporto>{net}</ImponibileImporto><Imposta>{vat}</Imposta>\
         <EsigibilitaIVA>S</EsigibilitaIVA></DatiRiepilogo>{}",
        tail.replace("9975.20", &net.to_string())
    )
}
