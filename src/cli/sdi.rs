// SPDX-License-Identifier: EUPL-1.2
//! `sdi`: files of invoices that SdI delivered, how long there is to answer, and the answer.

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use clap::{Args, Subcommand};

use crate::answer::Lang;
use crate::app::App;
use crate::cli::out::{PAGE, put_page, say};
use crate::config::Settings;
use crate::domain::reason::Reason;
use crate::domain::rome::rome_string;
use crate::domain::sdi::{BuyerOutcome, InvoiceReference, RefusalCause, SdiId};
use crate::error::Error;
use crate::flows::answer_invoice::answer;
use crate::flows::receive_invoices::comune_of;
use crate::store::sdi::{SdiFile, SdiFilter, SdiOutcome};

use super::{DataArgs, open_existing, with_data_dir};

/// `sdi`
#[derive(Debug, Subcommand)]
pub(crate) enum SdiCommand {
    /// List files that wait for an outcome, with the days that are left
    #[command(after_help = "Examples:\n  mepa-gateway sdi list\n  mepa-gateway sdi list --all")]
    List(ListArgs),
    /// Show one file and the outcomes given of it
    #[command(after_help = "Example:\n  mepa-gateway sdi show 100000001 --file IT76543211007_00001.xml")]
    Show(ShowArgs),
    /// Accept an invoice (EC01)
    #[command(after_help = "Examples:\n  mepa-gateway sdi accept 100000001\n  \
                      mepa-gateway sdi accept 100000001 --invoice 2026/15 --year 2026")]
    Accept(AboutArgs),
    /// Refuse an invoice (EC02) for one of the causes of D.M. 132/2020
    #[command(
        after_help = "Example:\n  mepa-gateway sdi refuse 100000001 --cause b --note 'manca il CIG BFA0B1C51C'\n\n\
                      Causes: a not an operation of this body; b CIG or CUP missing or wrong; c medical device; d drug; \
                      e number or date of the determina missing or wrong."
    )]
    Refuse(RefuseArgs),
}

/// `sdi list`
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    data: DataArgs,
    /// Also those that were answered, or whose term is over
    #[arg(long)]
    all: bool,
    /// Only those after this identifier
    #[arg(long, value_name = "ID", default_value_t = 0)]
    after: i64,
}

/// `sdi show`
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    #[command(flatten)]
    data: DataArgs,
    /// IdentificativoSdI
    id: SdiId,
    /// Also write the file, as it came, to this one
    #[arg(long, value_name = "FILE")]
    file: Option<PathBuf>,
}

/// What an outcome is about.
#[derive(Debug, Args)]
pub(crate) struct AboutArgs {
    #[command(flatten)]
    data: DataArgs,
    /// IdentificativoSdI
    id: SdiId,
    /// Only this invoice of the file, by its number [default: every invoice of the file]
    #[arg(long, value_name = "NUMBER", requires = "year")]
    invoice: Option<String>,
    /// Its year
    #[arg(long, requires = "invoice")]
    year: Option<i32>,
}

/// `sdi refuse`
#[derive(Debug, Args)]
pub(crate) struct RefuseArgs {
    #[command(flatten)]
    about: AboutArgs,
    /// Letter of the cause in D.M. 132/2020: a, b, c, d or e
    #[arg(long, value_parser = cause)]
    cause: RefusalCause,
    /// What the supplier has to mend; it reads this
    #[arg(long)]
    note: Option<Reason>,
}

fn cause(letter: &str) -> Result<RefusalCause, String> {
    RefusalCause::of_letter(letter).ok_or_else(|| "one of a, b, c, d, e expected".to_owned())
}

pub(crate) async fn run(settings: Settings, command: SdiCommand) -> anyhow::Result<()> {
    match command {
        SdiCommand::List(args) => {
            list(&open_existing(with_data_dir(settings, &args.data)).await?, &args).await
        }
        SdiCommand::Show(args) => {
            show(&open_existing(with_data_dir(settings, &args.data)).await?, &args).await
        }
        SdiCommand::Accept(args) => give(settings, args, BuyerOutcome::Accepted).await,
        SdiCommand::Refuse(args) => {
            let outcome = BuyerOutcome::refused(args.cause, args.note.as_ref())?;
            give(settings, args.about, outcome).await
        }
    }
}

async fn list(app: &Arc<App>, args: &ListArgs) -> anyhow::Result<()> {
    let filter = SdiFilter { open_at: (!args.all).then(|| app.clock.now()), after: args.after, limit: PAGE };
    let files = app.store.sdi_files(&filter).await?;
    put_page(&files, |file| line(app, file), |file| &file.sdi_id);
    Ok(())
}

/// A file on one line: identifier, name, Comune, until when it can be answered.
fn line(app: &App, file: &SdiFile) -> String {
    let comune = comune_of(app, file).and_then(|code| app.reference.comuni.by_istat(&code));
    let whose = match (&file.office, comune) {
        (_, Some(comune)) => comune.name.to_string(),
        (Ok(office), None) => format!("office {office} is not under [offices] in the settings"),
        (Err(why), None) => format!("office not known: {why}"),
    };
    let clock = match file.lapsed_at {
        Some(at) => format!("term over, told by SdI {}", rome_string(at)),
        None => format!("answer by {} ({})", rome_string(file.term_end()), left(file, app.clock.now())),
    };
    format!(
        "{}  {}  {whose}  received {}  {clock}",
        file.sdi_id,
        file.file_name,
        rome_string(file.received_at)
    )
}

/// How many days are left to answer.
fn left(file: &SdiFile, now: DateTime<Utc>) -> String {
    match (file.term_end() - now).num_days() {
        _ if file.term_end() <= now => "the term should be over".to_owned(),
        0 => "less than a day left".to_owned(),
        1 => "1 day left".to_owned(),
        days => format!("{days} days left"),
    }
}

async fn show(app: &Arc<App>, args: &ShowArgs) -> anyhow::Result<()> {
    let file = app.store.sdi_file(args.id).await?.with_context(|| unknown(args.id))?;
    say!("{}", line(app, &file));
    say!("format {}, SHA-256 {}", file.format.as_deref().unwrap_or("-"), file.sha256);
    for given in app.store.sdi_outcomes(args.id).await? {
        say!("{}", outcome_line(&given));
    }
    if let Some(path) = &args.file {
        let bytes = app.store.sdi_file_bytes(args.id).await?.with_context(|| unknown(args.id))?;
        std::fs::write(path, bytes).with_context(|| path.display().to_string())?;
    }
    Ok(())
}

/// An outcome on one line: what, about what, where the call stands that tells SdI.
fn outcome_line(given: &SdiOutcome) -> String {
    let about =
        given.invoice.as_ref().map_or_else(|| "all of the file".to_owned(), |i| format!("invoice {i}"));
    let text = given.outcome.description().map_or_else(String::new, |text| format!("  {text}"));
    format!("{}  {about}  {}  {}{text}", given.outcome.code(), given.state.as_str(), given.event_key)
}

async fn give(settings: Settings, args: AboutArgs, outcome: BuyerOutcome) -> anyhow::Result<()> {
    let invoice = match (&args.invoice, args.year) {
        (Some(number), Some(year)) => Some(InvoiceReference::new(number, year)?),
        _ => None,
    };
    let app = open_existing(with_data_dir(settings, &args.data)).await?;
    match answer(&app, args.id, invoice, outcome).await {
        Ok(given) => {
            say!("{}", outcome_line(&given));
            Ok(())
        }
        Err(Error::NotFound) => bail!(unknown(args.id)),
        Err(Error::Conflict(why)) => bail!("{}", Lang::En.pick(&why)),
        Err(error) => Err(error.into()),
    }
}

fn unknown(id: SdiId) -> String {
    format!("{id}: no such file; see `sdi list --all`")
}
