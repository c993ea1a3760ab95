// SPDX-License-Identifier: EUPL-1.2
//! `grant`: what the Comune's own accounts say of its grant: entries established, instalments asked for and received, spending
//! reported.

use anyhow::Context;
use chrono::NaiveDate;
use clap::{Args, Subcommand};

use crate::cli::out::say;
use crate::config::Settings;
use crate::domain::grant_act::{GrantAct, GrantActKind};
use crate::domain::money::Money;
use crate::flows::record_act::{ActChange, NewAct, record};
use crate::store::audit::Actor;

use super::{DataArgs, comune_of, open_existing, with_data_dir};

/// `grant`
#[derive(Debug, Subcommand)]
pub(crate) enum GrantCommand {
    /// List what was recorded
    #[command(after_help = "Example:\n  mepa-gateway grant list --comune c_a218")]
    List(ListArgs),
    /// Record an accertamento, a request or a receipt of an instalment, or a rendicontazione
    #[command(after_help = "Examples:\n  \
                            mepa-gateway grant record accertamento --comune c_a218 --amount 35471.47 --on 2026-02-10 --reference 'n. 45/2026'\n  \
                            mepa-gateway grant record incasso --comune c_a218 --tranche advance --amount 10641.44 --on 2026-04-20 --reference 'reversale 12'")]
    Record(RecordArgs),
    /// Cancel a record that was wrong
    #[command(
        after_help = "Example:\n  mepa-gateway grant cancel ID --comune c_a218 --reason 'reversale stornata'"
    )]
    Cancel(CancelArgs),
}

/// `grant list`
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    /// Codice IPA, ISTAT code or codice fiscale
    #[arg(long, value_name = "CODE")]
    comune: String,
    #[command(flatten)]
    data: DataArgs,
}

/// `grant record`
#[derive(Debug, Args)]
pub(crate) struct RecordArgs {
    /// accertamento, richiesta, incasso or rendicontazione
    #[arg(value_parser = kind)]
    kind: GrantActKind,
    /// Codice IPA, ISTAT code or codice fiscale
    #[arg(long, value_name = "CODE")]
    comune: String,
    /// Of a richiesta or an incasso: the code of the instalment in the programme
    #[arg(long, value_name = "CODE")]
    tranche: Option<String>,
    /// How much, e.g. 1234.50 or 1.234,50
    #[arg(long)]
    amount: String,
    /// Day of the act
    #[arg(long, value_name = "YYYY-MM-DD")]
    on: NaiveDate,
    /// The act's own name: number of the accertamento, of the reversale, protocol
    #[arg(long)]
    reference: String,
    #[command(flatten)]
    data: DataArgs,
}

/// `grant cancel`
#[derive(Debug, Args)]
pub(crate) struct CancelArgs {
    /// The record, as `grant list` shows it
    id: String,
    /// Codice IPA, ISTAT code or codice fiscale
    #[arg(long, value_name = "CODE")]
    comune: String,
    /// Why; kept for auditors
    #[arg(long)]
    reason: String,
    #[command(flatten)]
    data: DataArgs,
}

fn kind(word: &str) -> Result<GrantActKind, String> {
    let names = GrantActKind::ALL.map(GrantActKind::as_str).join(", ");
    GrantActKind::from_name(word).ok_or_else(|| format!("one of {names} expected"))
}

pub(crate) async fn run(settings: Settings, command: GrantCommand) -> anyhow::Result<()> {
    match command {
        GrantCommand::List(args) => list(settings, args).await,
        GrantCommand::Record(args) => {
            let amount =
                args.amount.parse().or_else(|_| Money::parse_italian(&args.amount)).context("the amount")?;
            let reference = args.reference.parse().context("the reference")?;
            let act = NewAct { kind: args.kind, tranche: args.tranche, amount, acted_on: args.on, reference };
            write(settings, &args.data, &args.comune, ActChange::Record(act)).await
        }
        GrantCommand::Cancel(args) => {
            let reason = args.reason.parse().context("the reason")?;
            write(settings, &args.data, &args.comune, ActChange::Cancel(args.id, reason)).await
        }
    }
}

async fn write(settings: Settings, data: &DataArgs, comune: &str, change: ActChange) -> anyhow::Result<()> {
    let app = open_existing(with_data_dir(settings, data)).await?;
    let comune = comune_of(&app, comune)?;
    say!("{}", line(&record(&app, &comune, change, Actor::operator()).await?));
    Ok(())
}

async fn list(settings: Settings, args: ListArgs) -> anyhow::Result<()> {
    let app = open_existing(with_data_dir(settings, &args.data)).await?;
    let comune = comune_of(&app, &args.comune)?;
    let acts = app.store.grant_acts(&app.programme.id, &comune).await?;
    if acts.is_empty() {
        say!("none");
    }
    for act in &acts {
        say!("{}", line(act));
    }
    Ok(())
}

fn line(act: &GrantAct) -> String {
    let tranche = act.tranche.as_deref().unwrap_or("-");
    let cancels = act.cancels.as_ref().map(|id| format!("  cancels {id}")).unwrap_or_default();
    format!(
        "{}  {}  {:<15} {:<12} {:>16}  {}{cancels}",
        act.id,
        act.acted_on.format("%d/%m/%Y"),
        act.kind.as_str(),
        tranche,
        act.amount.italian(),
        act.reference
    )
}
