// SPDX-License-Identifier: EUPL-1.2
//! `check`: judges files offline, without store or platforms. What only the store knows is said to be not verifiable.

use crate::cli::out::say;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use chrono::{DateTime, Utc};
use clap::Args;
use serde_json::{Value, json};

use crate::answer::Lang;
use crate::app::{load_programme, load_reference};
use crate::clock::Clock;
use crate::config::Settings;
use crate::documents::{DocumentFault, DocumentKind, Limits, ReadError, opened, sniff};
use crate::domain::finding::Finding;
use crate::domain::text::Text;
use crate::programme::Programme;
use crate::reference::Reference;
use crate::rules::facts::Fact;

use super::{Format, LangArg};

mod invoice;
mod order;
mod payment;

/// `check`
#[derive(Debug, Args)]
pub(crate) struct CheckArgs {
    /// Orders as JSON or UBL, invoices as FatturaPA (signed or not), payments as OPI
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
    let checker =
        Checker { reference, programme, limits, now: Clock::system().now(), lang: args.lang.into() };
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
    now: DateTime<Utc>,
    lang: Lang,
}

impl Checker {
    fn check(&self, file: &Path) -> Checked {
        let bytes = match self.read(file) {
            Ok(bytes) => bytes,
            Err(why) => return unreadable("unknown", vec![self.fault("", &why)]),
        };
        let opened = match opened(&bytes, &self.limits) {
            Ok(opened) => opened,
            Err(error) => return unreadable("unknown", self.faults(&error)),
        };
        match sniff(&opened.content) {
            DocumentKind::OrderJson | DocumentKind::OrderUbl => self.order("order", &opened.content),
            DocumentKind::InvoiceFatturaPa => self.invoices(&bytes),
            DocumentKind::InvoiceUbl => unreadable("invoice", vec![self.fault("", &UBL_INVOICE)]),
            DocumentKind::Opi => self.payments(&opened.content),
            DocumentKind::SdiMetadata => unreadable("metadata", vec![self.fault("", &METADATA)]),
            DocumentKind::Unknown(_) => self.order("unknown", &opened.content),
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

    fn finding(&self, finding: &Finding) -> Value {
        json!({
            "rule": finding.rule, "severity": finding.severity.as_str(), "field": finding.field,
            "message": self.lang.pick(&finding.message), "remedy": self.lang.pick(&finding.remedy),
            "source": finding.source,
        })
    }

    fn faults(&self, error: &ReadError) -> Vec<Value> {
        self.placed(&error.faults)
    }

    fn placed(&self, faults: &[DocumentFault]) -> Vec<Value> {
        let faults = faults.iter().map(|fault| {
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

const UBL_INVOICE: Text = Text::new(
    "fattura UBL: qui si giudicano le fatture nel formato FatturaPA",
    "a UBL invoice: invoices are judged here in the format FatturaPA",
);
const METADATA: Text = Text::new(
    "metadati di SdI: si leggono insieme alle fatture con `import invoices`",
    "metadata of SdI: they are read together with the invoices by `import invoices`",
);
const MEND_DOCUMENT: Text =
    Text::new("correggere il documento e riprovare", "mend the document and try again");

fn finding_of_reading(pointer: &str, message: &str, lang: Lang) -> Value {
    json!({
        "rule": "DOC-000", "severity": "blocks", "field": pointer, "message": message,
        "remedy": lang.pick(&MEND_DOCUMENT), "source": "",
    })
}

/// Why a fact is missing here.
fn offline<T>() -> Fact<T> {
    Fact::Unavailable(Text::new(
        "controllo di un file senza base dati",
        "a file is checked without the store",
    ))
}

fn unreadable(kind: &'static str, findings: Vec<Value>) -> Checked {
    Checked { kind, verdict: "unreadable", values: Value::Null, findings, exit: 2 }
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
