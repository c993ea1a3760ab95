// SPDX-License-Identifier: EUPL-1.2
//! `import payments`: documents of OPI, and lists of mandati of towns that have none, from files, folders and archives. One that
//! cannot be read stops none of the others.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use serde_json::json;

use crate::answer::Lang;
use crate::app::App;
use crate::cli::out::say;
use crate::config::Settings;
use crate::domain::istat::IstatCode;
use crate::domain::text::Text;
use crate::error::Error;
use crate::flows::book_spending::book_due;
use crate::flows::take_mandati::{ReadMandati, import_mandati, is_list, why};
use crate::flows::take_payments::import_document;
use crate::flows::watch_inbox::reason;
use crate::import::{Document, documents_of};
use crate::store::payments::NewPaymentFile;

use super::reconcile::comune_of;
use super::{DataArgs, Format, LangArg, open, with_data_dir};

/// `import payments`
#[derive(Debug, Args)]
pub(crate) struct PaymentsArgs {
    /// Files, folders or ZIP archives with flows, outcomes and journals of OPI; or lists of mandati as CSV, XLSX or ODS
    #[arg(required = true, value_name = "FILE-OR-DIR")]
    paths: Vec<PathBuf>,
    /// Whose the lists of mandati are: codice IPA, ISTAT code or codice fiscale; documents of OPI say it themselves
    #[arg(long, value_name = "CODE")]
    comune: Option<String>,
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
    let comune = args.comune.as_deref().map(|code| comune_of(&app, code)).transpose()?;
    let most = app.limits.xml_bytes;
    let (mut documents, reading) = documents_of(args.paths, most);
    let mut summary = Summary::default();
    while let Some(document) = documents.recv().await {
        let place = document.place.clone();
        for told in one(&app, comune, document, &mut summary).await? {
            print(&place, told.as_ref(), args.format, args.lang.into());
        }
    }
    reading.await?;
    book_due(&app).await?;
    eprintln!(
        "{} files taken in with {} parts of orders and {} outcomes; {} were here already; {} could not be taken in.",
        summary.taken, summary.orders, summary.outcomes, summary.known, summary.rejected
    );
    Ok(ExitCode::from(u8::from(summary.rejected > 0)))
}

/// Takes one document in; answers nothing for what was taken, and each reason for what was not.
async fn one(
    app: &Arc<App>,
    comune: Option<IstatCode>,
    document: Document,
    summary: &mut Summary,
) -> anyhow::Result<Vec<Option<Text>>> {
    let name = document.name;
    let (mut told, done) = match document.content {
        Ok(bytes) if is_list(&bytes) => list(app, comune, name, bytes).await,
        Ok(bytes) => (Vec::new(), import_document(app, name, bytes).await),
        Err(reason) => (Vec::new(), Err(Error::Invalid { pointer: String::new(), reason })),
    };
    summary.rejected += told.len() as u64;
    match done {
        Ok((file, is_new)) => {
            summary.taken += u64::from(is_new);
            summary.known += u64::from(!is_new);
            summary.orders += if is_new { file.parts.len() } else { 0 };
            summary.outcomes += if is_new { file.said.len() } else { 0 };
            told.push(None);
        }
        Err(Error::Store(error)) => return Err(error.into()),
        Err(error) => {
            summary.rejected += 1;
            told.push(Some(reason(&error)));
        }
    }
    Ok(told)
}

type Kept = Result<(NewPaymentFile, bool), Error>;

/// Takes a list of mandati in; every row that is not taken is told.
async fn list(
    app: &Arc<App>,
    comune: Option<IstatCode>,
    name: String,
    bytes: Vec<u8>,
) -> (Vec<Option<Text>>, Kept) {
    const WHOSE: Text = Text::new(
        "un elenco di mandati non dice di quale Comune è: indicarlo con --comune",
        "a list of mandati does not say whose it is: say it with --comune",
    );
    let Some(comune) = comune else {
        return (Vec::new(), Err(Error::Invalid { pointer: String::new(), reason: WHOSE }));
    };
    match ReadMandati::read(app, comune, "import", name, bytes) {
        Ok(read) => {
            let told = read.rejected.iter().map(|row| Some(why(row))).collect();
            let kept = import_mandati(app, &read).await;
            (told, kept.map(|is_new| (read.file, is_new)))
        }
        Err(error) => (Vec::new(), Err(error)),
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
