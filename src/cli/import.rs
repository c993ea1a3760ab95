// SPDX-License-Identifier: EUPL-1.2
//! `import beneficiaries`: a decree's list, resolved row by row, taken in as a whole.

use crate::cli::out::say;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::Context;
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};

use crate::answer::Lang;
use crate::app::{App, load_programme, load_reference};
use crate::config::Settings;
use crate::domain::istat::IstatCode;
use crate::flows::import_beneficiaries::{Grant, GrantList, ListKind, take_in};
use crate::flows::preview_list::{Preview, preview};
use crate::import::{BeneficiaryList, ReadFile, SheetRow, Status, read_file, resolve};
use crate::programme::Programme;
use crate::reference::Reference;

use super::{DataArgs, Format, LangArg, open, with_data_dir};

/// `import beneficiaries`
#[derive(Debug, Args)]
pub(crate) struct BeneficiariesArgs {
    /// CSV, XLSX or ODS, as the decree's annex was made
    file: PathBuf,
    /// Which decree the list belongs to
    #[arg(long, value_enum, default_value = "admission")]
    list: ListArg,
    /// Read and resolve only; store nothing
    #[arg(long)]
    dry_run: bool,
    /// How many Comuni the definitive list puts out: asked for, as a confirmation, when it puts out any
    #[arg(long, value_name = "COUNT")]
    put_out: Option<usize>,
    /// How to print: a summary for people, or one JSON object per data row
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
    /// Language of reasons
    #[arg(long, value_enum, default_value = "it")]
    lang: LangArg,
    #[command(flatten)]
    data: DataArgs,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum ListArg {
    /// Decree of admission: who may accept
    Admission,
    /// Definitive list: who may purchase; Comuni that are not in it are put out
    Definitive,
}

/// A list that was read, with what storing it needs.
pub(crate) struct ReadList {
    pub(crate) list: BeneficiaryList,
    synthetic: bool,
    digest: String,
}

impl ReadList {
    /// Reads and resolves a file.
    pub(crate) fn of(
        file: &Path,
        reference: &Reference,
        programme: &Programme,
        progress: &mut dyn FnMut(u64, u64),
    ) -> anyhow::Result<Self> {
        let name = || file.display().to_string();
        let ReadFile { rows, sha256 } = read_file(file).with_context(name)?;
        let bounds = [programme.min_grant.value, programme.max_grant.value];
        let list = resolve(&rows, &reference.comuni, bounds, progress).with_context(name)?;
        Ok(Self { list, synthetic: rows.iter().any(says_synthetic), digest: sha256 })
    }

    /// As the flow takes it.
    pub(crate) fn grants(&self, kind: ListKind) -> GrantList {
        let grant = |taken: &crate::import::Beneficiary| Grant {
            comune: taken.istat,
            amount: taken.amount,
            cup: taken.cup,
        };
        GrantList {
            kind,
            digest: self.digest.clone(),
            synthetic: self.synthetic,
            grants: self.list.taken.iter().map(grant).collect(),
        }
    }
}

/// How the title of the sample lists begins (`config/samples`), whose amounts are invented. The whole of it, as it is
/// written there: in an official list "sintetico" means that it sums up.
const SYNTHETIC_MARK: &str = "DATI SINTETICI: importi inventati per prova.";

fn says_synthetic(row: &SheetRow) -> bool {
    row.cells().any(|(_, cell)| cell.shown().starts_with(SYNTHETIC_MARK))
}

pub(crate) async fn beneficiaries(settings: Settings, args: BeneficiariesArgs) -> anyhow::Result<()> {
    let settings = with_data_dir(settings, &args.data);
    let (reference, programme) = {
        let reference = load_reference(&settings)?;
        let programme = load_programme(&settings, &reference)?;
        (reference, programme)
    };
    let bar = progress_bar();
    let read = ReadList::of(&args.file, &reference, &programme, &mut |done, total| {
        bar.set_length(total);
        bar.set_position(done);
    });
    bar.finish_and_clear();
    let read = read?;
    print_rows(&read.list, args.format, args.lang.into());
    if args.dry_run {
        eprintln!(
            "{} rows can be taken, {} not; nothing was stored.",
            read.list.taken.len(),
            read.list.rejected()
        );
        return Ok(());
    }
    anyhow::ensure!(!read.list.taken.is_empty(), "no row could be taken; nothing was stored");
    let app = open(settings).await?;
    store(&app, &read, &args).await
}

async fn store(app: &Arc<App>, read: &ReadList, args: &BeneficiariesArgs) -> anyhow::Result<()> {
    let lang: Lang = args.lang.into();
    let kind = match args.list {
        ListArg::Admission => ListKind::Admission,
        ListArg::Definitive => ListKind::Definitive,
    };
    let list = read.grants(kind);
    may_be_taken_in(app, read, &preview(app, &list).await?, args.put_out)?;
    let changes = take_in(app, list, app.clock.now()).await.context("the list was not taken in")?;
    for left in &changes.left {
        let name = app.reference.comuni.by_istat(&left.comune).map_or("", |comune| comune.name.as_ref());
        eprintln!("left as it was: {} {name}: {}", left.comune, lang.pick(&left.why.text()));
    }
    eprintln!(
        "{} rows taken, {} rejected, {} left as they were: {} Comuni new, {} amounts set, {} confirmed, {} put out, {} not \
         confirmed yet (no CUP known).",
        read.list.taken.len().saturating_sub(changes.left.len()),
        read.list.rejected(),
        changes.left.len(),
        changes.admitted,
        changes.assigned,
        changes.confirmed,
        changes.excluded,
        changes.without_cup,
    );
    Ok(())
}

/// Comuni named at most.
const NAMED: usize = 50;

/// Stops before anything is stored when the list would do what nobody has said they want.
fn may_be_taken_in(
    app: &App,
    read: &ReadList,
    preview: &Preview,
    confirmed: Option<usize>,
) -> anyhow::Result<()> {
    let name = |code: &IstatCode| {
        let comune = app.reference.comuni.by_istat(code);
        format!("{code} {}", comune.map_or("", |comune| comune.name.as_ref()))
    };
    for (code, held) in &preview.overdrawn {
        eprintln!("{}: its orders hold {held} EUR, more than the list gives it", name(code));
    }
    anyhow::ensure!(preview.overdrawn.is_empty(), "nothing was stored: see the Comuni above");
    if !preview.confirmed_absent.is_empty() {
        eprintln!("confirmed, not in this list, left as they are: {}", preview.confirmed_absent.len());
    }
    let out = &preview.put_out;
    if out.is_empty() {
        return Ok(());
    }
    out.iter().take(NAMED).for_each(|code| eprintln!("would be put out: {}", name(code)));
    if out.len() > NAMED {
        eprintln!("... and {} more", out.len() - NAMED);
    }
    let rejected = read.list.rejected();
    anyhow::ensure!(
        rejected == 0,
        "nothing was stored: {rejected} rows cannot be taken, and a Comune must not be put out because its row cannot be \
         read; correct them first"
    );
    let count = out.len();
    anyhow::ensure!(
        confirmed == Some(count),
        "nothing was stored: the list puts {count} Comuni out; if that is meant, say `--put-out {count}`"
    );
    Ok(())
}

/// A bar on a terminal, nothing elsewhere.
fn progress_bar() -> ProgressBar {
    if !std::io::stderr().is_terminal() {
        return ProgressBar::hidden();
    }
    let style = ProgressStyle::with_template("{bar:40} {pos}/{len} rows")
        .unwrap_or_else(|_| ProgressStyle::default_bar());
    ProgressBar::new(0).with_style(style)
}

fn print_rows(list: &BeneficiaryList, format: Format, lang: Lang) {
    for row in &list.rows {
        let reason = row.reason.as_ref().map(|reason| lang.pick(reason));
        match format {
            Format::Json => say!(
                "{}",
                serde_json::json!({
                    "sheet": row.sheet, "row": row.row, "comune": row.comune, "istat": row.istat,
                    "amount": row.amount, "status": row.status, "reason": reason,
                })
            ),
            Format::Text if row.status == Status::Rejected => {
                say!("{} row {}: {}: {}", row.sheet, row.row, row.comune, reason.unwrap_or_default());
            }
            Format::Text => {}
        }
    }
    for warning in &list.warnings {
        let row = warning.row.map_or_else(String::new, |row| format!(" row {row}"));
        eprintln!("warning: {}{row}: {}", warning.sheet, lang.pick(&warning.text));
    }
}
