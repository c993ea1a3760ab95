// SPDX-License-Identifier: EUPL-1.2
//! `import payments`: documents of OPI from files, folders and archives. One that cannot be read stops none of the others.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use serde_json::json;

use crate::answer::Lang;
use crate::app::App;
use crate::cli::out::say;
use crate::config::Settings;
use crate::domain::text::Text;
use crate::error::Error;
use crate::flows::take_payments::import_document;
use crate::flows::watch_inbox::reason;
use crate::import::{Document, each_document};

use super::{DataArgs, Format, LangArg, open, with_data_dir};

/// `import payments`
#[derive(Debug, Args)]
pub(crate) struct PaymentsArgs {
    /// Files, folders or ZIP archives with flows, outcomes and journals of OPI
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

#[derive(Debug, Default)]
struct Summary {
    taken: u64,
    known: u64,
    rejected: u64,
    orders: usize,
    outcomes: usize,
}

pub(crate) async fn run(settings: Settings, args: PaymentsArgs) -> anyhow::Result<ExitCode> {
    let app = open(with_data_dir(settings, &args.data)).await?;
    let most = app.limits.xml_bytes;
    let (send, mut documents) = tokio::sync::mpsc::channel::<Document>(8);
    let paths = args.paths.clone();
    let reading = tokio::task::spawn_blocking(move || {
        each_document(&paths, most, &mut |document| {
            // Nobody listens any more when the import has failed.
            let _gone = send.blocking_send(document);
        });
    });
    let mut summary = Summary::default();
    while let Some(document) = documents.recv().await {
        let place = document.place.clone();
        let told = one(&app, document, &mut summary).await?;
        print(&place, told.as_ref(), args.format, args.lang.into());
    }
    reading.await?;
    eprintln!(
        "{} files taken in with {} parts of orders and {} outcomes; {} were here already; {} could not be taken in.",
        summary.taken, summary.orders, summary.outcomes, summary.known, summary.rejected
    );
    Ok(ExitCode::from(u8::from(summary.rejected > 0)))
}

/// Takes one document in; answers why it could not be taken.
async fn one(app: &Arc<App>, document: Document, summary: &mut Summary) -> anyhow::Result<Option<Text>> {
    let done = match document.content {
        Ok(bytes) => import_document(app, document.name, bytes).await,
        Err(reason) => Err(Error::Invalid { pointer: String::new(), reason }),
    };
    match done {
        Ok((file, true)) => {
            summary.taken += 1;
            summary.orders += file.parts.len();
            summary.outcomes += file.said.len();
            Ok(None)
        }
        Ok((_, false)) => {
            summary.known += 1;
            Ok(None)
        }
        Err(Error::Store(error)) => Err(error.into()),
        Err(error) => {
            summary.rejected += 1;
            Ok(Some(reason(&error)))
        }
    }
}

fn print(place: &str, why: Option<&Text>, format: Format, lang: Lang) {
    let reason = why.map(|why| lang.pick(why));
    match format {
        Format::Json => {
            let status = if reason.is_some() { "rejected" } else { "taken" };
            say!("{}", json!({ "file": place, "status": status, "reason": reason }));
        }
        Format::Text => {
            if let Some(reason) = reason {
                say!("{place}: {reason}");
            }
        }
    }
}
