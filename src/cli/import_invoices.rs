// SPDX-License-Identifier: EUPL-1.2
//! `import invoices`: files, folders and archives of invoices. One that cannot be read stops none of the others.

use std::collections::{HashMap, HashSet};
use std::io::IsTerminal;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use indicatif::{ProgressBar, ProgressStyle};
use serde_json::{Value, json};

use crate::answer::Lang;
use crate::app::App;
use crate::cli::out::say;
use crate::config::Settings;
use crate::documents::{Limits, read_sdi_metadata};
use crate::domain::sdi::SdiId;
use crate::error::Error;
use crate::flows::book_spending::book_due;
use crate::flows::import_invoices::import_file;
use crate::flows::take_invoices::TakenIn;
use crate::flows::watch_inbox::reason;
use crate::import::{Document, documents_of, each_document};

use super::{DataArgs, Format, LangArg, open, with_data_dir};

/// `import invoices`
#[derive(Debug, Args)]
pub(crate) struct InvoicesArgs {
    /// Files, folders or ZIP archives; metadata of SdI beside the invoices give each its number
    #[arg(required = true, value_name = "FILE-OR-DIR")]
    paths: Vec<PathBuf>,
    /// How to print: a line per file that was not taken and a summary, or one JSON object per file
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Language of reasons
    #[arg(long, value_enum, default_value = "it")]
    lang: LangArg,
    #[command(flatten)]
    data: DataArgs,
}

/// What became of the files.
#[derive(Debug, Default)]
struct Summary {
    taken: u64,
    known: u64,
    rejected: u64,
    refused: u64,
    invoices: u64,
}

pub(crate) async fn run(settings: Settings, args: InvoicesArgs) -> anyhow::Result<ExitCode> {
    let app = open(with_data_dir(settings, &args.data)).await?;
    // Twice what an invoice may have: one in base64 is a third longer than what is inside.
    let most = app.limits.xml_bytes.saturating_mul(2);
    let paths = args.paths.clone();
    let limits = app.limits;
    let (numbers, total) = tokio::task::spawn_blocking(move || numbers(&paths, most, &limits)).await?;
    let bar = progress_bar(total);
    let (mut documents, reading) = documents_of(args.paths, most);
    let mut summary = Summary::default();
    while let Some(document) = documents.recv().await {
        bar.inc(1);
        let told = one(&app, &numbers, document, args.lang.into(), &mut summary).await?;
        match (told, args.format) {
            (Some(told), Format::Json) => say!("{told}"),
            (Some(told), Format::Text) if told["status"] == "rejected" => {
                bar.suspend(|| {
                    say!(
                        "{}: {}",
                        told["file"].as_str().unwrap_or_default(),
                        told["reason"].as_str().unwrap_or_default()
                    );
                });
            }
            (Some(_) | None, _) => {}
        }
    }
    reading.await?;
    book_due(&app).await?;
    bar.finish_and_clear();
    eprintln!(
        "{} files taken in with {} invoices, {} of them to be refused; {} were here already; {} could not be taken in.",
        summary.taken, summary.invoices, summary.refused, summary.known, summary.rejected
    );
    Ok(ExitCode::from(u8::from(summary.rejected > 0)))
}

/// The numbers at SdI that metadata tell, by the name of the file; and how many documents there are.
fn numbers(paths: &[PathBuf], most: usize, limits: &Limits) -> (HashMap<String, SdiId>, u64) {
    let (mut numbers, mut doubtful, mut total) = (HashMap::new(), HashSet::new(), 0);
    each_document(paths, most, &mut |document| {
        total += 1;
        // The name says what may be metadata, so that the others are not read twice.
        let is_named_so = document.name.to_ascii_uppercase().contains("_MT_");
        let Some(about) =
            document.content.ok().filter(|_| is_named_so).and_then(|bytes| read_sdi_metadata(&bytes, limits))
        else {
            return;
        };
        let before = numbers.insert(about.file_name.clone(), about.sdi_id);
        if before.is_some_and(|before| before != about.sdi_id) {
            doubtful.insert(about.file_name);
        }
    });
    // Two numbers for one name: neither is believed.
    numbers.retain(|name, _| !doubtful.contains(name));
    (numbers, total)
}

/// Takes one document in; nothing is told of metadata, which were read before.
async fn one(
    app: &Arc<App>,
    numbers: &HashMap<String, SdiId>,
    document: Document,
    lang: Lang,
    summary: &mut Summary,
) -> anyhow::Result<Option<Value>> {
    let Document { place, name, content } = document;
    let done = match content {
        Ok(bytes) if read_sdi_metadata(&bytes, &app.limits).is_some() => return Ok(None),
        Ok(bytes) => {
            let sdi_id = numbers.get(&name).copied();
            import_file(app, name, &bytes, sdi_id).await
        }
        Err(reason) => Err(Error::Invalid { pointer: String::new(), reason }),
    };
    let told = match done {
        Ok(taken) => told(&place, &taken, summary),
        Err(Error::Store(error)) => return Err(error.into()),
        Err(error) => {
            summary.rejected += 1;
            json!({ "file": place, "status": "rejected", "reason": lang.pick(&reason(&error)), "invoices": [] })
        }
    };
    Ok(Some(told))
}

fn told(place: &str, taken: &TakenIn, summary: &mut Summary) -> Value {
    let invoices = taken.invoices.iter().map(|row| {
        json!({
            "id": row.id, "comune": row.comune.as_str(), "number": row.number, "date": row.date.to_string(),
            "verdict": row.verdict.as_str(), "order": row.order_id, "sdi_id": row.sdi_id.map(|id| id.to_string()),
            "rules": row.findings.iter().map(|finding| &finding.rule).collect::<Vec<_>>(),
        })
    });
    let invoices: Vec<Value> = invoices.collect();
    if taken.is_new {
        summary.taken += 1;
        summary.invoices += invoices.len() as u64;
        summary.refused += invoices.iter().filter(|invoice| invoice["verdict"] == "refused").count() as u64;
    } else {
        summary.known += 1;
    }
    let status = if taken.is_new { "taken" } else { "known" };
    json!({ "file": place, "status": status, "reason": null, "invoices": invoices })
}

fn progress_bar(total: u64) -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} {eta}");
    ProgressBar::new(total).with_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()))
}
