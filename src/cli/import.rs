// SPDX-License-Identifier: EUPL-1.2
//! `import beneficiaries`: a decree's list, resolved row by row, taken in as a whole.

use crate::cli::out::say;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};

use crate::answer::Lang;
use crate::app::{App, load_programme, load_reference};
use crate::config::Settings;
use crate::flows::import_beneficiaries::{Grant, GrantList, ListKind, take_in};
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
        let list =
            resolve(&rows, &reference.comuni, programme.max_grant.value, progress).with_context(name)?;
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
    let app = open(settings).await?;
    store(&app, &read, args.list, args.lang.into()).await
}

async fn store(app: &std::sync::Arc<App>, read: &ReadList, list: ListArg, lang: Lang) -> anyhow::Result<()> {
    let kind = match list {
        ListArg::Admission => ListKind::Admission,
        ListArg::Definitive => ListKind::Definitive,
    };
    let changes = take_in(app, read.grants(kind), app.clock.now()).await.context(
        "the list was not taken in: a Comune may already hold more for its orders than the list gives it",
    )?;
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
