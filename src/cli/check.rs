// SPDX-License-Identifier: EUPL-1.2
//! `check`: judges files offline, without store or platforms. What only the store knows is said to be not verifiable.

use crate::cli::out::say;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Args;
use serde_json::{Value, json};

use crate::answer::Lang;
use crate::app::{load_programme, load_reference};
use crate::clock::Clock;
use crate::config::Settings;
use crate::documents::{DocumentKind, Limits, ReadError, ReadOrder, read_order, sniff};
use crate::domain::finding::{Finding, Verdict};
use crate::domain::found::Found;
use crate::domain::money::Money;
use crate::domain::order::Order;
use crate::domain::text::Text;
use crate::flows::judge::judge_on;
use crate::programme::Programme;
use crate::reference::Reference;
use crate::rules::facts::{Fact, Facts};

use super::{Format, LangArg};

/// `check`
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// Orders as JSON or UBL
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// How to print: a text for people, or one JSON object a line
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Language of texts
    #[arg(long, value_enum, default_value = "it")]
    lang: LangArg,
}

/// What one file came to.
struct Checked {
    kind: &'static str,
    verdict: &'static str,
    values: Value,
    findings: Vec<Value>,
    /// 0 nothing blocks, 1 something blocks, 2 unreadable.
    exit: u8,
}

pub(crate) fn run(settings: &Settings, args: &CheckArgs) -> anyhow::Result<ExitCode> {
    let reference = load_reference(settings)?;
    let programme = load_programme(settings, &reference)?;
    let limits = Limits {
        json_bytes: settings.server.json_max_bytes,
        xml_bytes: settings.server.xml_max_bytes,
        ..Limits::default()
    };
    let facts = offline_facts(&Clock::system());
    let checker = Checker { reference, programme, limits, facts, lang: args.lang.into() };
    let mut worst = 0;
    for file in &args.files {
        let checked = checker.check(file);
        worst = worst.max(checked.exit);
        match args.format {
            Format::Json => say!("{}", checked.json(file)),
            Format::Text => checked.print(file),
        }
    }
    Ok(ExitCode::from(worst))
}

struct Checker {
    reference: Reference,
    programme: Programme,
    limits: Limits,
    facts: Facts,
    lang: Lang,
}

/// Offline nobody knows the budgets, the other orders and who calls.
fn offline_facts(clock: &Clock) -> Facts {
    fn unknown<T>() -> Fact<T> {
        Fact::Unavailable(Text::new(
            "controllo di un file senza base dati",
            "a file is checked without the store",
        ))
    }
    Facts {
        now: clock.now(),
        tenant: None,
        participation: unknown(),
        cig_uses: unknown(),
        purchases: unknown(),
        same_number: unknown(),
        declarations_on_file: Vec::new(),
    }
}

impl Checker {
    fn check(&self, file: &Path) -> Checked {
        let bytes = match self.read(file) {
            Ok(bytes) => bytes,
            Err(why) => return unreadable("unknown", vec![self.fault("", &why)]),
        };
        match sniff(&bytes) {
            DocumentKind::OrderJson | DocumentKind::OrderUbl => {
                match read_order(&bytes, None, &self.limits) {
                    Ok(read) => self.judge(&read),
                    Err(error) => unreadable("order", self.faults(&error)),
                }
            }
            DocumentKind::InvoiceFatturaPa | DocumentKind::InvoiceUbl => {
                unreadable("invoice", vec![self.fault("", &NOT_AN_ORDER)])
            }
            DocumentKind::Opi => unreadable("payments", vec![self.fault("", &NOT_AN_ORDER)]),
            DocumentKind::Unknown(_) => match read_order(&bytes, None, &self.limits) {
                Ok(read) => self.judge(&read),
                Err(error) => unreadable("unknown", self.faults(&error)),
            },
        }
    }

    /// Reads a file up to one byte past the larger limit, so that a huge file is refused and not loaded.
    fn read(&self, file: &Path) -> Result<Vec<u8>, Text> {
        let most = self.limits.xml_bytes.max(self.limits.json_bytes).saturating_add(1);
        let mut bytes = Vec::new();
        let opened = std::fs::File::open(file);
        let read = opened.and_then(|file| file.take(most as u64).read_to_end(&mut bytes));
        read.map(|_| bytes).map_err(|error| Text {
            it: format!("il file non si può leggere: {error}").into(),
            en: format!("the file cannot be read: {error}").into(),
        })
    }

    fn judge(&self, read: &ReadOrder) -> Checked {
        let judged = judge_on(read, &self.facts, &self.programme, &self.reference);
        let findings = judged.judgement.findings.iter().map(|finding| self.finding(finding)).collect();
        Checked {
            kind: "order",
            verdict: judged.judgement.verdict.as_str(),
            values: values(&read.order),
            findings,
            exit: u8::from(judged.judgement.verdict == Verdict::Refused),
        }
    }

    fn finding(&self, finding: &Finding) -> Value {
        json!({
            "rule": finding.rule, "severity": finding.severity.as_str(), "field": finding.field,
            "message": self.lang.pick(&finding.message), "remedy": self.lang.pick(&finding.remedy),
            "source": finding.source,
        })
    }

    fn faults(&self, error: &ReadError) -> Vec<Value> {
        let faults = error.faults.iter().map(|fault| {
            let value = if fault.value.is_empty() { String::new() } else { format!(" «{}»", fault.value) };
            let reason = self.lang.pick(&fault.reason);
            let message = format!("{reason}{value} ({}:{})", fault.line, fault.column);
            finding_of_reading(&fault.pointer, &message, self.lang)
        });
        faults.collect()
    }

    fn fault(&self, pointer: &str, why: &Text) -> Value {
        finding_of_reading(pointer, self.lang.pick(why), self.lang)
    }
}

const NOT_AN_ORDER: Text =
    Text::new("non è un ordine: qui si giudicano ordini", "not an order: orders are judged here");
const MEND_DOCUMENT: Text =
    Text::new("correggere il documento e riprovare", "mend the document and try again");

fn finding_of_reading(pointer: &str, message: &str, lang: Lang) -> Value {
    json!({
        "rule": "DOC-000", "severity": "blocks", "field": pointer, "message": message,
        "remedy": lang.pick(&MEND_DOCUMENT), "source": "",
    })
}

fn unreadable(kind: &'static str, findings: Vec<Value>) -> Checked {
    Checked { kind, verdict: "unreadable", values: Value::Null, findings, exit: 2 }
}

fn values(order: &Order) -> Value {
    let money = |amount: Option<Money>| amount.map(|amount| amount.to_string());
    let buyer =
        order.buyer.tax_code.as_ref().map(code).or_else(|| order.buyer.office_code.as_ref().map(code));
    let supplier =
        order.supplier.vat_number.as_ref().map(code).or_else(|| order.supplier.tax_code.as_ref().map(code));
    json!({
        "id": order.number, "date": order.order_date.to_string(), "currency": order.currency,
        "buyer": buyer.or_else(|| order.buyer.ipa_code.as_ref().map(code)).or_else(|| order.buyer.name.clone()),
        "supplier": supplier.or_else(|| order.supplier.name.clone()),
        "cups": distinct(order.cups.iter().map(code)), "cigs": distinct(order.cigs.iter().map(code)),
        "lines": order.lines.len(),
        "net": money(order.totals.net), "vat": money(order.totals.vat), "gross": money(order.totals.gross),
    })
}

/// A code in its canonical form, or as written when it is malformed.
fn code<T: ToString>(found: &Found<T>) -> String {
    found.ok().map_or_else(|| found.raw.clone(), ToString::to_string)
}

fn distinct(codes: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = Vec::new();
    for code in codes {
        if !seen.contains(&code) {
            seen.push(code);
        }
    }
    seen
}

impl Checked {
    fn json(&self, file: &Path) -> Value {
        json!({
            "file": file.display().to_string(), "kind": self.kind, "verdict": self.verdict,
            "values": self.values, "findings": self.findings,
        })
    }

    fn print(&self, file: &Path) {
        say!("{}: {} ({})", file.display(), self.verdict, self.kind);
        for finding in &self.findings {
            let text = |key: &str| finding[key].as_str().unwrap_or_default().to_owned();
            say!("  {:<8} {:<8} {} {}", text("severity"), text("rule"), text("field"), text("message"));
            say!("           -> {}", text("remedy"));
        }
    }
}
