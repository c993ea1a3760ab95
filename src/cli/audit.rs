// SPDX-License-Identifier: EUPL-1.2
//! `audit verify`: proves from one snapshot that what is stored is whole.

use crate::cli::out::say;
use std::process::ExitCode;

use anyhow::Context;
use clap::{Args, Subcommand};

use crate::config::Settings;
use crate::flows::verify::verify_read_only;
use crate::store::ReadOnlyStore;
use crate::store::verify::Verified;

use super::{DataArgs, Format, with_data_dir};

/// `audit`
#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Check the file, the chains, the balances and the owed calls: 0 all is well, 1 something is not
    #[command(after_help = "Example:\n  mepa-gateway audit verify --data-dir data")]
    Verify(VerifyArgs),
}

/// `audit verify`
#[derive(Debug, Args)]
pub(crate) struct VerifyArgs {
    #[command(flatten)]
    data: DataArgs,
    /// How to print
    #[arg(long, value_enum, default_value = "text")]
    format: Format,
}

pub(crate) async fn run(settings: Settings, command: AuditCommand) -> anyhow::Result<ExitCode> {
    let AuditCommand::Verify(args) = command;
    let settings = with_data_dir(settings, &args.data);
    let path = &settings.store.path;
    anyhow::ensure!(path.exists(), "{}: no such store", path.display());
    let store = ReadOnlyStore::open(path).await.with_context(|| path.display().to_string())?;
    let verified = verify_read_only(&store).await.with_context(|| path.display().to_string())?;
    let Verified { checks, heads } = verified;
    let well = checks.iter().all(|check| check.is_ok());
    match args.format {
        Format::Json => {
            let list: Vec<_> = checks
                .iter()
                .map(|check| {
                    serde_json::json!({ "name": check.name, "ok": check.is_ok(), "seen": check.seen, "faults": check.faults })
                })
                .collect();
            say!(
                "{}",
                serde_json::json!({ "ok": well, "checks": list, "heads": { "last_record": heads.last_record, "digest": heads.digest } })
            );
        }
        Format::Text => {
            for check in &checks {
                say!("{}  {} ({} seen)", if check.is_ok() { "ok " } else { "BAD" }, check.name, check.seen);
                check.faults.iter().for_each(|fault| say!("       {fault}"));
            }
            say!("heads {} up to record {}", heads.digest, heads.last_record);
        }
    }
    Ok(if well { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}
