// SPDX-License-Identifier: EUPL-1.2
//! `audit verify`: proves from one snapshot that what is stored is whole.

use crate::cli::out::say;
use std::process::ExitCode;

use clap::{Args, Subcommand};

use crate::config::Settings;
use crate::flows::verify::verify;
use crate::store::Store;
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
    anyhow::ensure!(settings.store.path.exists(), "{}: no such store", settings.store.path.display());
    let Verified { checks, heads } = verify(&Store::open(&settings.store.path).await?).await?;
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
