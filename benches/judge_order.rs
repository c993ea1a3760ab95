// SPDX-License-Identifier: EUPL-1.2
//! From bytes to a judged order, against bare tokenising of the same bytes; and hostile documents, against tokenising as
//! many bytes. Rounds of all engines alternate; only ratios of one run count.
//!
//! `cargo bench --bench judge_order -- [--rounds 7]`
#![allow(clippy::float_arithmetic, reason = "a benchmark prints ratios; no money is computed here")]

use std::borrow::Cow;
use std::hint::black_box;
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use mepa_gateway::documents::{Limits, read_order};
use mepa_gateway::domain::declaration::{Declaration, DeclarationScope, SignerCapacity};
use mepa_gateway::domain::finding::Verdict;
use mepa_gateway::domain::money::Money;
use mepa_gateway::domain::participation::{Participation, ParticipationState};
use mepa_gateway::flows::judge::judge_on;
use mepa_gateway::programme::Programme;
use mepa_gateway::reference::{Comune, Reference};
use mepa_gateway::rules::facts::{Fact, Facts};
use quick_xml::Reader;
use quick_xml::events::Event;
use serde::Deserialize;

#[allow(dead_code, reason = "each benchmark uses its part of what they share")]
mod support {
    pub(crate) mod documents;
    pub(crate) mod stats;
}

use support::documents::{Makings, cup};
use support::stats::{Bar, argument, median, print_ratio};

/// How long one sample measures.
const SAMPLE: Duration = Duration::from_millis(60);
const MEBI: usize = 1 << 20;

struct Judge {
    programme: Programme,
    reference: Reference,
    facts: Facts,
    limits: Limits,
}

fn main() -> anyhow::Result<()> {
    let reference = Reference::embedded()?;
    let programme = Programme::embedded("risorse-in-comune")?;
    let eligible = |comune: &&Comune| comune.ceased.is_none() && comune.population > 5_000;
    let comune =
        reference.comuni.iter().find(eligible).cloned().ok_or_else(|| anyhow::anyhow!("no Comune"))?;
    let mut judge = Judge { programme, reference, facts: facts(&comune)?, limits: Limits::default() };
    let makings = Makings { programme: &judge.programme, reference: &judge.reference };
    let on_file = on_file(&makings.json(&comune, &cup(0), 5_000), &judge.limits)?;
    for size in [5_000, 50_000] {
        let xml = String::from_utf8(makings.ubl(&comune, &cup(0), size)?)?;
        let json = makings.json(&comune, &cup(0), size);
        judge.compare_xml("", &xml)?;
        judge.facts.declarations_on_file = on_file.clone();
        judge.compare_xml(", declarations on file", &xml)?;
        judge.facts.declarations_on_file.clear();
        judge.compare_json(&json)?;
    }
    judge.hostile(&makings.ubl(&comune, &cup(0), 4 * MEBI)?);
    Ok(())
}

fn facts(comune: &Comune) -> anyhow::Result<Facts> {
    let now: DateTime<Utc> = "2026-02-16T11:00:00Z".parse()?;
    let grant = Money::from_cents(100_000_000);
    let participation = Participation {
        comune: comune.istat,
        state: ParticipationState::Confirmed,
        cup: Some(cup(0).parse()?),
        cup_template: Some("2510006".into()),
        assigned: grant,
        available: grant,
    };
    Ok(Facts {
        now,
        tenant: Some(comune.istat),
        participation: Fact::Known(Some(participation)),
        cig_uses: Fact::Known(Vec::new()),
        purchases: Fact::Known(Vec::new()),
        same_number: Fact::Known(Vec::new()),
        declarations_on_file: Vec::new(),
    })
}

/// The declarations of an order as if they had been given before, for the Comune or the supplier.
fn on_file(json: &[u8], limits: &Limits) -> anyhow::Result<Vec<Declaration>> {
    let wide = |mut declaration: Declaration| {
        declaration.scope = match declaration.signer_capacity {
            SignerCapacity::LegaleRappresentanteFornitore => DeclarationScope::Fornitore,
            _ => DeclarationScope::Comune,
        };
        declaration
    };
    Ok(read_order(json, None, limits)?.order.declarations.into_iter().map(wide).collect())
}

impl Judge {
    fn verdict(&self, bytes: &[u8]) -> Option<Verdict> {
        let read = read_order(bytes, None, &self.limits).ok()?;
        Some(judge_on(&read, &self.facts, &self.programme, &self.reference).judgement.verdict)
    }

    fn compare_xml(&self, with: &str, xml: &str) -> anyhow::Result<()> {
        // UBL has no place for declarations, and that on DNSH/CAM goes with each order, so the best verdict is that
        // something is missing.
        anyhow::ensure!(
            self.verdict(xml.as_bytes()) == Some(Verdict::Incomplete),
            "{:?}",
            self.verdict(xml.as_bytes())
        );
        let times = alternate([
            &|| used(tokens(black_box(xml))),
            &|| used(read_order(black_box(xml.as_bytes()), None, &self.limits)),
            &|| used(self.verdict(black_box(xml.as_bytes()))),
        ]);
        let what = format!("UBL, {} bytes{with}", xml.len());
        print_times(
            &what,
            [("quick-xml tokens", &times[0]), ("read", &times[1]), ("read and judged", &times[2])],
        );
        print_ratio(
            &format!("    P1  {what}: read / tokens"),
            &ratios(&times[1], &times[0]),
            Bar::AtMost(1.4),
        );
        print_ratio(
            &format!("    P1  {what}: read and judged / tokens"),
            &ratios(&times[2], &times[0]),
            Bar::AtMost(1.4),
        );
        Ok(())
    }

    fn compare_json(&self, json: &[u8]) -> anyhow::Result<()> {
        anyhow::ensure!(self.verdict(json) == Some(Verdict::Accepted), "{:?}", self.verdict(json));
        serde_json::from_slice::<TypedOrder<'_>>(json)?;
        let times = alternate([
            &|| used(serde_json::from_slice::<TypedOrder<'_>>(black_box(json))),
            &|| used(read_order(black_box(json), None, &self.limits)),
            &|| used(self.verdict(black_box(json))),
        ]);
        let what = format!("JSON, {} bytes", json.len());
        print_times(
            &what,
            [("serde_json typed", &times[0]), ("read", &times[1]), ("read and judged", &times[2])],
        );
        print_ratio(
            &format!("    P4  {what}: read / typed"),
            &ratios(&times[1], &times[0]),
            Bar::AtMost(2.0),
        );
        print_ratio(
            &format!("        {what}: read and judged / typed"),
            &ratios(&times[2], &times[0]),
            Bar::AtMost(2.0),
        );
        Ok(())
    }

    /// Documents made to hurt. The limit on bytes is lifted, so that the other limits have to hold.
    fn hostile(&self, good: &[u8]) {
        let wide = Limits { xml_bytes: 64 * MEBI, json_bytes: 64 * MEBI, ..self.limits };
        let good = String::from_utf8_lossy(good).into_owned();
        let cut = good.len() - "</Order>".len();
        let documents = [
            ("50 MiB of nested tags", "<Order>".repeat(50 * MEBI / 7)),
            ("1,000,000 attributes", format!("<Order {}/>", numbered(1_000_000, |n| format!("a{n}=\"x\" ")))),
            ("entity bomb", bomb()),
            ("number of 100,000 digits", good.replacen("22.00", &"9".repeat(100_000), 1)),
            ("50 MiB of empty elements", format!("<Order>{}</Order>", "<a/>".repeat(50 * MEBI / 4))),
            ("4 MiB order, last tag wrong", format!("{}</Ordes>", &good[..cut])),
            ("4 MiB order, every price wrong", good.replace("<cbc:Percent>22.00", "<cbc:Percent>22,00")),
            ("JSON, 1 MiB of nested arrays", "[".repeat(MEBI)),
            ("JSON, 1 MiB of nested objects", "{\"a\":".repeat(MEBI / 5)),
        ];
        println!("hostile documents, as told to `read_order` without the limit on bytes");
        for (name, document) in documents {
            let refused = read_order(document.as_bytes(), None, &wide).is_err();
            let times = alternate([
                &|| used(tokens(black_box(&document))),
                &|| used(read_order(black_box(document.as_bytes()), None, &wide)),
                &|| used(read_order(black_box(document.as_bytes()), None, &self.limits)),
            ]);
            let per_mebi = |times: &[f64]| median(times) * MEBI as f64 / document.len() as f64;
            println!(
                "{name:<34} {:>9} bytes  refused: {refused}  ms per MiB: tokens {:.3}, refused in {:.3}, at the default limits {:.4}",
                document.len(),
                per_mebi(&times[0]) * 1e3,
                per_mebi(&times[1]) * 1e3,
                per_mebi(&times[2]) * 1e3
            );
            // Tokenising stops early when the document is broken early; the floor is the speed on a good document.
            let floor = alternate([&|| used(tokens(black_box(&good)))]);
            let floor: Vec<f64> =
                floor[0].iter().map(|time| time * document.len() as f64 / good.len() as f64).collect();
            print_ratio(
                "    P23 refused / tokenising as many bytes of a good order",
                &ratios(&times[1], &floor),
                Bar::AtMost(3.0),
            );
        }
    }
}

fn numbered(count: usize, one: impl Fn(usize) -> String) -> String {
    (0..count).map(one).collect()
}

fn bomb() -> String {
    let entities = numbered(9, |n| format!("<!ENTITY e{} \"{}\">", n + 1, format!("&e{n};").repeat(10)));
    let padding = " ".repeat(MEBI);
    format!(
        "<?xml version=\"1.0\"?><!DOCTYPE Order [<!ENTITY e0 \"x\">{entities}]><Order>{padding}&e9;</Order>"
    )
}

/// Bare tokenising: how many events there are.
fn tokens(xml: &str) -> Option<usize> {
    let mut reader = Reader::from_str(xml);
    let mut count = 0;
    loop {
        match reader.read_event().ok()? {
            Event::Eof => return Some(count),
            _ => count += 1,
        }
    }
}

/// Seconds per call of each engine, one sample a round, the engines taking turns.
fn alternate<const N: usize>(engines: [&dyn Fn(); N]) -> [Vec<f64>; N] {
    let mut times: [Vec<f64>; N] = std::array::from_fn(|_| Vec::new());
    engines.iter().for_each(|engine| engine());
    for _ in 0..argument("--rounds", 7) {
        for (engine, times) in engines.iter().zip(&mut times) {
            let (begin, mut calls) = (Instant::now(), 0u32);
            while calls == 0 || begin.elapsed() < SAMPLE {
                engine();
                calls += 1;
            }
            times.push(begin.elapsed().as_secs_f64() / f64::from(calls));
        }
    }
    times
}

fn used<T>(value: T) {
    let _ = black_box(value);
}

fn ratios(times: &[f64], floor: &[f64]) -> Vec<f64> {
    times.iter().zip(floor).map(|(time, floor)| time / floor).collect()
}

fn print_times<const N: usize>(what: &str, engines: [(&str, &Vec<f64>); N]) {
    for (name, times) in engines {
        let (middle, best) = (median(times) * 1e6, Bar::AtMost(0.0).best(times) * 1e6);
        println!("{what:<22} {name:<18} {middle:>9.2} us (best {best:.2})");
    }
}

/// The order as serde alone would read it: borrowed texts, nothing checked.
#[derive(Debug, Deserialize)]
#[allow(dead_code, reason = "read to be measured, not to be used")]
struct TypedOrder<'a> {
    #[serde(borrow)]
    order_number: Cow<'a, str>,
    order_date: Cow<'a, str>,
    instrument: Cow<'a, str>,
    currency: Cow<'a, str>,
    cup: Cow<'a, str>,
    cig: Cow<'a, str>,
    own_funds: Cow<'a, str>,
    buyer: TypedBuyer<'a>,
    supplier: TypedSupplier<'a>,
    lines: Vec<TypedLine<'a>>,
    totals: TypedTotals<'a>,
    declarations: Vec<TypedDeclaration<'a>>,
}

#[derive(Debug, Deserialize)]
#[allow(dead_code, reason = "read to be measured, not to be used")]
struct TypedBuyer<'a> {
    #[serde(borrow)]
    ipa_code: Cow<'a, str>,
    tax_code: Cow<'a, str>,
    office_code: Cow<'a, str>,
    name: Cow<'a, str>,
}

#[derive(Debug, Deserialize)]
#[allow(dead_code, reason = "read to be measured, not to be used")]
struct TypedSupplier<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    vat_number: Cow<'a, str>,
}

#[derive(Debug, Deserialize)]
#[allow(dead_code, reason = "read to be measured, not to be used")]
struct TypedLine<'a> {
    #[serde(borrow)]
    line_id: Cow<'a, str>,
    item_code: Cow<'a, str>,
    name: Cow<'a, str>,
    description: Cow<'a, str>,
    cpv: Cow<'a, str>,
    quantity: Cow<'a, str>,
    unit: Cow<'a, str>,
    unit_price: Cow<'a, str>,
    vat_rate: Cow<'a, str>,
    net_amount: Cow<'a, str>,
}

#[derive(Debug, Deserialize)]
#[allow(dead_code, reason = "read to be measured, not to be used")]
struct TypedTotals<'a> {
    #[serde(borrow)]
    net: Cow<'a, str>,
    vat: Cow<'a, str>,
    gross: Cow<'a, str>,
}

#[derive(Debug, Deserialize)]
#[allow(dead_code, reason = "read to be measured, not to be used")]
struct TypedDeclaration<'a> {
    #[serde(borrow)]
    kind: Cow<'a, str>,
    signer_capacity: Cow<'a, str>,
    scope: Cow<'a, str>,
    signed_on: Cow<'a, str>,
    document: TypedDocument<'a>,
    #[serde(default)]
    evidence: Vec<TypedEvidence<'a>>,
}

#[derive(Debug, Deserialize)]
#[allow(dead_code, reason = "read to be measured, not to be used")]
struct TypedDocument<'a> {
    #[serde(borrow)]
    file_name: Cow<'a, str>,
    media_type: Cow<'a, str>,
    sha256: Cow<'a, str>,
}

#[derive(Debug, Deserialize)]
#[allow(dead_code, reason = "read to be measured, not to be used")]
struct TypedEvidence<'a> {
    #[serde(borrow)]
    green_rule: Cow<'a, str>,
    document: TypedDocument<'a>,
}
