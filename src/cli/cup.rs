// SPDX-License-Identifier: EUPL-1.2
//! `cup`: what Sistema CUP knows of the CUP of a Comune, and how it is ended.

use anyhow::{Context, bail};
use clap::{Args, Subcommand};

use crate::answer::Lang;
use crate::cli::out::say;
use crate::config::Settings;
use crate::domain::reason::Reason;
use crate::error::Error;
use crate::flows::end_cup::{end_cup, kind_of};
use crate::platforms::sistema_cup::CupEnding;

use super::{DataArgs, comune_of, open_existing, with_data_dir};

/// `cup`
#[derive(Debug, Subcommand)]
pub(crate) enum CupCommand {
    /// Ask Sistema CUP about the CUP of a Comune
    #[command(after_help = "Example:\n  mepa-gateway cup show --comune c_a218")]
    Show(ShowArgs),
    /// Close the CUP of a Comune: its project is over
    #[command(
        after_help = "Example:\n  mepa-gateway cup close --comune c_a218 --reason 'progetto concluso, saldo ricevuto'"
    )]
    Close(EndArgs),
    /// Revoke the CUP of a Comune: its project is not carried out
    #[command(
        after_help = "Example:\n  mepa-gateway cup revoke --comune c_a218 --reason 'rinuncia al finanziamento, prot. 123'"
    )]
    Revoke(EndArgs),
}

/// `cup show`
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    #[command(flatten)]
    data: DataArgs,
    /// The Comune: IPA code, ISTAT code, tax code or Belfiore code
    #[arg(long, value_name = "CODE")]
    comune: String,
}

/// `cup close`, `cup revoke`
#[derive(Debug, Args)]
pub(crate) struct EndArgs {
    #[command(flatten)]
    data: DataArgs,
    /// The Comune: IPA code, ISTAT code, tax code or Belfiore code
    #[arg(long, value_name = "CODE")]
    comune: String,
    /// Why; kept for the auditor
    #[arg(long)]
    reason: Reason,
}

pub(crate) async fn run(settings: Settings, command: CupCommand) -> anyhow::Result<()> {
    match command {
        CupCommand::Show(args) => show(settings, args).await,
        CupCommand::Close(args) => end(settings, args, CupEnding::Close).await,
        CupCommand::Revoke(args) => end(settings, args, CupEnding::Revoke).await,
    }
}

async fn show(settings: Settings, args: ShowArgs) -> anyhow::Result<()> {
    let app = open_existing(with_data_dir(settings, &args.data)).await?;
    let comune = comune_of(&app, &args.comune)?;
    let row = app.store.participation(&app.programme.id, &comune).await?;
    let cup = row.and_then(|row| row.cup).with_context(|| format!("{}: no CUP here", args.comune))?;
    let found = app.platforms.sistema_cup.read(&cup).await;
    let found = found.map_err(|error| anyhow::anyhow!("{} {}", error.message().en, error.remedy().en))?;
    say!(
        "{}  {}  template {}  holder {}  generated {}",
        found.cup,
        found.state.as_str(),
        found.template.as_deref().unwrap_or("-"),
        found.holder_tax_code,
        found.generated_on
    );
    Ok(())
}

async fn end(settings: Settings, args: EndArgs, ending: CupEnding) -> anyhow::Result<()> {
    let app = open_existing(with_data_dir(settings, &args.data)).await?;
    let comune = comune_of(&app, &args.comune)?;
    match end_cup(&app, comune, ending, args.reason).await {
        Ok(cup) => {
            say!(
                "{cup}: {}:{}:{comune} is owed; `outbox show` tells how it goes",
                kind_of(ending),
                app.programme.id
            );
            Ok(())
        }
        Err(Error::NotFound) => bail!("{}: has no grant in {}", args.comune, app.programme.id),
        Err(Error::Conflict(why)) => bail!("{}", Lang::En.pick(&why)),
        Err(error) => Err(error.into()),
    }
}
