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
use crate::domain::payment::OpiHead;
use crate::domain::sha256::sha256;
use crate::domain::text::Text;
use crate::error::Error;
use crate::flows::book_spending::book_due;
use crate::flows::take_payments::{import_document, import_list};
use crate::flows::watch_inbox::reason;
use crate::import::{Document, RejectedRow, documents_of, read_bytes, read_mandati};
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

/// A spreadsheet or a text in columns: not XML, whatever its name.
fn is_list(bytes: &[u8]) -> bool {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let first = bytes.iter().find(|byte| !byte.is_ascii_whitespace());
    first.is_some_and(|byte| *byte != b'<') && !bytes.starts_with(b"%PDF")
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
    let invalid = |reason: Text| (Vec::new(), Err(Error::Invalid { pointer: String::new(), reason }));
    let Some(comune) = comune else { return invalid(WHOSE) };
    let read = read_bytes(&bytes, &name).and_then(|file| read_mandati(&file.rows));
    let list = match read {
        Ok(list) => list,
        Err(error) => return invalid(error.text()),
    };
    let told = list.rejected.iter().map(|row| Some(rejected(row)));
    let told = told.collect();
    let tax_code = app.reference.comuni.by_istat(&comune).map(|comune| comune.tax_code.to_string());
    let office = app.settings.offices.iter().find(|(_, istat)| **istat == comune).map(|(office, _)| *office);
    let Some(office) = office.or_else(|| "000000".parse().ok()) else { return invalid(WHOSE) };
    let head = OpiHead { created_at: app.clock.now(), office, tax_code: tax_code.unwrap_or_default() };
    let payments = list.payments(&head, &sha256(&bytes));
    (told, import_list(app, comune, name, bytes, &payments).await)
}

fn rejected(row: &RejectedRow) -> Text {
    let all = |of: fn(&Text) -> &str, word: &str| {
        let faults = row
            .faults
            .iter()
            .map(|fault| format!("{} «{}»: {}", fault.column, fault.value, of(&fault.reason)));
        format!("{word} {}: {}", row.row, faults.collect::<Vec<_>>().join("; "))
    };
    Text { it: all(|text| &text.it, "riga").into(), en: all(|text| &text.en, "row").into() }
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
