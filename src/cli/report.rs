// SPDX-License-Identifier: EUPL-1.2
//! `report`: the dossier of a Comune, the report on the programme, and the proof that a bundle is whole.

use std::fs::File;
use std::io::{BufReader, IsTerminal};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use chrono::NaiveDate;
use clap::{Args, Subcommand, ValueEnum};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use crate::app::App;
use crate::cli::out::say;
use crate::config::Settings;
use crate::report::json::schema;
use crate::report::making::{note_made, write_into};
use crate::report::verify::verify;
use crate::report::{Progress, Report};
use crate::report::{dossier, programme};
use crate::store::reports::ReportAsked;

use super::{DataArgs, comune_of, open_existing, with_data_dir};

/// `report`
#[derive(Debug, Subcommand)]
pub(crate) enum ReportCommand {
    /// The dossier of a Comune: one ZIP with statement, lists, findings, check-lists, evidence and an index
    #[command(after_help = "Example:\n  mepa-gateway report rendicontazione --comune c_a218 --out dossier/")]
    Rendicontazione(RendicontazioneArgs),
    /// The whole programme: by place, kind and week, who is stuck, what is at risk; tables, pictures, a page to print
    #[command(after_help = "Examples:\n  mepa-gateway report programme --out rapporti/\n  \
                            mepa-gateway report programme --out rapporti/ --compare 2026-03-01")]
    Programme(ProgrammeArgs),
    /// The JSON Schema of what a report says: `dossier` or `programme`
    #[command(
        after_help = "Example:\n  mepa-gateway report schema dossier > schemas/report/dossier.schema.json"
    )]
    Schema {
        /// Which report
        kind: SchemaOf,
    },
    /// Prove that a bundle is whole: 0 it is, 1 something is wrong
    #[command(after_help = "Example:\n  mepa-gateway report verify dossier/rendicontazione_*.zip")]
    Verify(VerifyArgs),
}

/// Whose schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaOf {
    /// The dossier of a Comune
    Dossier,
    /// The report on the programme
    Programme,
}

/// `report rendicontazione`
#[derive(Debug, Args)]
pub(crate) struct RendicontazioneArgs {
    /// Codice IPA, ISTAT code or codice fiscale
    #[arg(long, value_name = "CODE")]
    comune: String,
    /// Folder to write into; it is made when it is not there
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    #[command(flatten)]
    data: DataArgs,
}

/// `report programme`
#[derive(Debug, Args)]
pub(crate) struct ProgrammeArgs {
    /// Folder to write into; it is made when it is not there
    #[arg(long, value_name = "DIR")]
    out: PathBuf,
    /// An earlier day to be shown beside today
    #[arg(long, value_name = "YYYY-MM-DD")]
    compare: Option<NaiveDate>,
    #[command(flatten)]
    data: DataArgs,
}

/// `report verify`
#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    /// The ZIP
    file: PathBuf,
}

pub(crate) async fn run(settings: Settings, command: ReportCommand) -> anyhow::Result<ExitCode> {
    match command {
        ReportCommand::Rendicontazione(args) => rendicontazione(settings, args).await,
        ReportCommand::Programme(args) => whole_programme(settings, args).await,
        ReportCommand::Schema { kind } => {
            let schema = match kind {
                SchemaOf::Dossier => schema("dossier", dossier::TITLE, dossier::SHAPES),
                SchemaOf::Programme => schema("programme", programme::TITLE, programme::SHAPES),
            };
            say!("{schema:#}");
            Ok(ExitCode::SUCCESS)
        }
        ReportCommand::Verify(args) => verify_file(&args.file),
    }
}

async fn rendicontazione(settings: Settings, args: RendicontazioneArgs) -> anyhow::Result<ExitCode> {
    let app = open_existing(with_data_dir(settings, &args.data)).await?;
    let asked = ReportAsked::Dossier(comune_of(&app, &args.comune)?);
    told(into(&app, &args.out, asked).await.with_context(|| format!("Comune {}", args.comune))?)
}

async fn whole_programme(settings: Settings, args: ProgrammeArgs) -> anyhow::Result<ExitCode> {
    let app = open_existing(with_data_dir(settings, &args.data)).await?;
    told(into(&app, &args.out, ReportAsked::Programme(args.compare)).await?)
}

/// Writes a report into a folder; gives its file, its tables and how many files are in it.
///
/// # Errors
/// When it cannot be made or written.
pub(crate) async fn into(
    app: &App,
    folder: &Path,
    asked: ReportAsked,
) -> anyhow::Result<(PathBuf, Report, usize)> {
    std::fs::create_dir_all(folder).with_context(|| format!("{}", folder.display()))?;
    // What is not whole, or not written down, never has the name of what is.
    let part = folder.join(format!(".{}.part", std::process::id()));
    let bar = bar();
    let tell = |done: usize, total: usize| {
        bar.set_length(total as u64);
        bar.set_position(done as u64);
        true
    };
    let progress = Progress::new(&tell);
    let making = async {
        let made = write_into(app, asked, &part, &progress).await?;
        note_made(app, asked, &made.file).await.map(|()| made)
    };
    let made = making.await;
    bar.finish_and_clear();
    let made = made.inspect_err(|_| drop(std::fs::remove_file(&part)))?;
    let path = folder.join(made.file.name);
    std::fs::rename(&part, &path)?;
    Ok((path, made.report, made.files))
}

fn told((path, report, files): (PathBuf, Report, usize)) -> anyhow::Result<ExitCode> {
    say!("{}", path.display());
    for (name, value) in &report.facts {
        say!("  {name}: {value}");
    }
    for warning in &report.warnings {
        say!("  attenzione: {warning}");
    }
    say!("  {files} file");
    Ok(ExitCode::SUCCESS)
}

fn bar() -> ProgressBar {
    let target = if std::io::stderr().is_terminal() {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} {elapsed}");
    let bar = ProgressBar::with_draw_target(None, target);
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

fn verify_file(path: &Path) -> anyhow::Result<ExitCode> {
    let file = File::open(path).with_context(|| format!("{}", path.display()))?;
    let found = verify(BufReader::new(file))
        .with_context(|| format!("{}: not a bundle of this program", path.display()))?;
    say!("{}: {} file", shown(&found.title), found.files);
    for path in &found.broken_before {
        say!("  già modificato quando fu preso: {}", shown(path));
    }
    for fault in &found.faults {
        say!("  GUASTO: {}", shown(fault));
    }
    if found.faults.is_empty() {
        say!(
            "  coerente con il suo indice; se è quello fatto dal gateway lo dice il suo SHA-256 nel registro (report.made)"
        );
    }
    Ok(ExitCode::from(u8::from(!found.faults.is_empty())))
}

/// A text of somebody else, without what a terminal would obey.
fn shown(text: &str) -> String {
    text.chars().map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect()
}
