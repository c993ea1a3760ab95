// SPDX-License-Identifier: EUPL-1.2
//! `siope`: documents that came from SIOPE+: orders of payment, their outcomes, pages of the bank's journal.

use std::path::PathBuf;

use anyhow::Context;
use clap::{Args, Subcommand};

use crate::cli::out::{PAGE, say};
use crate::config::Settings;
use crate::domain::codice_ufficio::CodiceUfficio;
use crate::domain::opi::OpiKind;
use crate::domain::rome::rome_string;
use crate::store::opi::OpiFilter;

use super::{DataArgs, open_existing, with_data_dir};

/// `siope`
#[derive(Debug, Subcommand)]
pub(crate) enum SiopeCommand {
    /// List documents, the last ones that came first
    #[command(after_help = "Example:\n  mepa-gateway siope list --office UFTST1 --kind esito")]
    List(ListArgs),
    /// Write a document to a file, as it came
    #[command(after_help = "Example:\n  mepa-gateway siope save UFTST1 flusso 41 flusso-41.xml")]
    Save(SaveArgs),
}

fn kind(name: &str) -> Result<OpiKind, String> {
    OpiKind::from_name(name).ok_or_else(|| {
        let names: Vec<&str> = OpiKind::ALL.into_iter().map(OpiKind::as_str).collect();
        format!("one of {} expected", names.join(", "))
    })
}

/// `siope list`
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    data: DataArgs,
    /// Only those of this office (codice univoco ufficio)
    #[arg(long)]
    office: Option<CodiceUfficio>,
    /// Only those of this kind: flusso, ack, esito, giornale
    #[arg(long, value_parser = kind)]
    kind: Option<OpiKind>,
}

/// `siope save`
#[derive(Debug, Args)]
pub(crate) struct SaveArgs {
    #[command(flatten)]
    data: DataArgs,
    /// The office (codice univoco ufficio)
    office: CodiceUfficio,
    /// The kind: flusso, ack, esito, giornale
    #[arg(value_parser = kind)]
    kind: OpiKind,
    /// Its number at SIOPE+
    number: u32,
    /// The file to write
    file: PathBuf,
}

pub(crate) async fn run(settings: Settings, command: SiopeCommand) -> anyhow::Result<()> {
    match command {
        SiopeCommand::List(args) => {
            let app = open_existing(with_data_dir(settings, &args.data)).await?;
            let filter = OpiFilter { office: args.office, kind: args.kind, limit: PAGE };
            let documents = app.store.opi_documents(&filter).await?;
            for document in &documents {
                let comune = app.settings.offices.get(&document.office);
                let comune = comune.and_then(|code| app.reference.comuni.by_istat(code));
                say!(
                    "{}  {}  {}  {}  listed {}  received {}  {}",
                    document.office,
                    document.kind.as_str(),
                    document.number,
                    comune.map_or("-", |comune| &*comune.name),
                    rome_string(document.listed_at),
                    rome_string(document.received_at),
                    document.sha256
                );
            }
            if documents.is_empty() {
                say!("none");
            }
            if documents.len() >= PAGE as usize {
                say!("there may be older ones: narrow the list with --office and --kind");
            }
            Ok(())
        }
        SiopeCommand::Save(args) => {
            let app = open_existing(with_data_dir(settings, &args.data)).await?;
            let found = app.store.opi_bytes(&args.office, args.kind, args.number).await?;
            let bytes = found.with_context(|| {
                format!(
                    "{} {} {}: no such document; see `siope list`",
                    args.office,
                    args.kind.as_str(),
                    args.number
                )
            })?;
            std::fs::write(&args.file, bytes).with_context(|| args.file.display().to_string())?;
            say!("{}", args.file.display());
            Ok(())
        }
    }
}
