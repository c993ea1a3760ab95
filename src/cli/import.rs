// SPDX-License-Identifier: EUPL-1.2
//! `import beneficiaries`: a decree's list, resolved row by row, taken in as a whole.

use crate::cli::out::say;
use std::io::IsTerminal;
use std::path::{Path, PathBuf};

use anyhow::Context;
use clap::{Args, ValueEnum};
use indicatif::{ProgressBar, ProgressStyle};

use crate::app::{App, load_programme, load_reference};
use crate::config::Settings;
use crate::domain::sha256::sha256;
use crate::flows::import_beneficiaries::{Grant, GrantList, ListKind, take_in};
use crate::http::view::Lang;
use crate::import::{BeneficiaryList, Cell, SheetRow, Status, read_rows, resolve};
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
        let rows = read_rows(file).with_context(name)?;
        let list =
            resolve(&rows, &reference.comuni, programme.max_grant.value, progress).with_context(name)?;
        let bytes = std::fs::read(file).with_context(name)?;
        Ok(Self { list, synthetic: rows.iter().any(says_synthetic), digest: sha256(&bytes) })
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

/// Columns in which a list may say that it is synthetic.
const COLUMNS_LOOKED_AT: u32 = 40;

/// A list whose amounts are invented says so in a title, a header or a column of its own.
fn says_synthetic(row: &SheetRow) -> bool {
    (0..COLUMNS_LOOKED_AT)
        .filter_map(|column| row.cell(column))
        .any(|cell| matches!(cell, Cell::Text(text) if text.to_lowercase().contains("sintetic")))
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
    store(&app, &read, args.list).await
}

async fn store(app: &std::sync::Arc<App>, read: &ReadList, list: ListArg) -> anyhow::Result<()> {
    let kind = match list {
        ListArg::Admission => ListKind::Admission,
        ListArg::Definitive => ListKind::Definitive,
    };
    let changes = take_in(app, read.grants(kind), app.clock.now()).await.context(
        "the list was not taken in: a Comune may already hold more for its orders than the list gives it",
    )?;
    eprintln!(
        "{} rows taken, {} rejected: {} Comuni new, {} amounts set, {} confirmed, {} put out, {} not confirmed yet (no CUP known).",
        read.list.taken.len(),
        read.list.rejected(),
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
