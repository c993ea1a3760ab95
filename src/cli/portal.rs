// SPDX-License-Identifier: EUPL-1.2
//! `portal`: ODA that were made on the portal without the gateway. Who waits for a person, and what a person says of them.

use std::sync::Arc;

use anyhow::{Context, bail};
use clap::{ArgGroup, Args, Subcommand, ValueEnum};

use crate::answer::{Lang, portal_oda};
use crate::app::App;
use crate::cli::out::{PAGE, put_page, say};
use crate::config::Settings;
use crate::domain::reason::Reason;
use crate::error::Error;
use crate::flows::link_by_hand::{LinkDecision, decide_on_machine};
use crate::store::portal::{LinkStatus, PortalFilter, PortalOda};

use super::{DataArgs, LangArg, comune_of, open_existing, with_data_dir};

/// `portal`
#[derive(Debug, Subcommand)]
pub(crate) enum PortalCommand {
    /// List ODA by status
    #[command(after_help = "Example:\n  mepa-gateway portal list --status unlinked")]
    List(ListArgs),
    /// Show one ODA with its candidates, as JSON
    #[command(after_help = "Example:\n  mepa-gateway portal show 8100001 --lang en")]
    Show(ShowArgs),
    /// Say which order, or whose new order, an ODA is
    #[command(
        after_help = "Examples:\n  mepa-gateway portal link 8100001 --comune c_a218 --reason 'confermato dal RUP'\n  \
                      mepa-gateway portal link 8100001 --order 0b8e… --reason 'stesso ordine, CIG corretto sul portale'"
    )]
    Link(LinkArgs),
    /// Take a link back: the order ends, its money is given back, the ODA waits again
    #[command(
        after_help = "Example:\n  mepa-gateway portal unlink 8100001 --reason 'era di un altro finanziamento'"
    )]
    Unlink(DecideArgs),
    /// Say that an ODA does not belong to the programme
    #[command(
        after_help = "Example:\n  mepa-gateway portal dismiss 8100001 --reason 'acquisto con fondi propri'"
    )]
    Dismiss(DecideArgs),
}

/// Status of ODA.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum StatusArg {
    /// Stands for an order here
    Linked,
    /// Waits for a person
    Unlinked,
    /// Does not belong to the programme
    Dismissed,
}

/// `portal list`
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    data: DataArgs,
    /// Only those of this status
    #[arg(long, value_enum, default_value = "unlinked")]
    status: StatusArg,
    /// Only those that belong, or could belong, to this Comune
    #[arg(long, value_name = "CODE")]
    comune: Option<String>,
    /// Only those after this number
    #[arg(long, value_name = "NUMBER", default_value = "")]
    after: String,
}

/// `portal show`
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    #[command(flatten)]
    data: DataArgs,
    /// Number of the ODA on the portal
    number: String,
    /// Language of texts
    #[arg(long, value_enum, default_value = "it")]
    lang: LangArg,
}

/// `portal link`
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("target").required(true).args(["order", "comune"])))]
pub(crate) struct LinkArgs {
    #[command(flatten)]
    decide: DecideArgs,
    /// The order here that the ODA is
    #[arg(long, value_name = "ID")]
    order: Option<String>,
    /// The Comune whose new order the ODA is
    #[arg(long, value_name = "CODE")]
    comune: Option<String>,
}

/// What every decision needs.
#[derive(Debug, Args)]
pub(crate) struct DecideArgs {
    #[command(flatten)]
    data: DataArgs,
    /// Number of the ODA on the portal
    number: String,
    /// Why; kept for the auditor
    #[arg(long)]
    reason: Reason,
}

pub(crate) async fn run(settings: Settings, command: PortalCommand) -> anyhow::Result<()> {
    match command {
        PortalCommand::List(args) => {
            list(&open_existing(with_data_dir(settings, &args.data)).await?, &args).await
        }
        PortalCommand::Show(args) => {
            let app = open_existing(with_data_dir(settings, &args.data)).await?;
            let found = app.store.portal_oda(&app.programme.id, &args.number).await?;
            let oda = found.with_context(|| unknown(&args.number))?;
            say!("{}", portal_oda(&app, &oda, None, args.lang.into()));
            Ok(())
        }
        PortalCommand::Link(args) => {
            let app = open_existing(with_data_dir(settings, &args.decide.data)).await?;
            let decision = match (args.order, args.comune) {
                (Some(id), _) => LinkDecision::IsOrder(id),
                (None, code) => {
                    LinkDecision::IsOfComune(comune_of(&app, code.as_deref().unwrap_or_default())?)
                }
            };
            decide(&app, args.decide, decision).await
        }
        PortalCommand::Unlink(args) => {
            let app = open_existing(with_data_dir(settings, &args.data)).await?;
            decide(&app, args, LinkDecision::TakeBack).await
        }
        PortalCommand::Dismiss(args) => {
            let app = open_existing(with_data_dir(settings, &args.data)).await?;
            decide(&app, args, LinkDecision::Dismiss).await
        }
    }
}

async fn list(app: &Arc<App>, args: &ListArgs) -> anyhow::Result<()> {
    let concerning = args.comune.as_deref().map(|code| comune_of(app, code)).transpose()?;
    let status = match args.status {
        StatusArg::Linked => LinkStatus::Linked,
        StatusArg::Unlinked => LinkStatus::Unlinked,
        StatusArg::Dismissed => LinkStatus::Dismissed,
    };
    let filter = PortalFilter { status, concerning, after: args.after.clone(), limit: PAGE };
    let odas = app.store.portal_odas(&app.programme.id, &filter).await?;
    put_page(&odas, |oda| line(app, oda), |oda| &oda.number);
    Ok(())
}

/// An ODA on one line: number, state on the portal, what became of it, the Comune it most likely belongs to.
fn line(app: &App, oda: &PortalOda) -> String {
    let comune = oda.comune.and_then(|code| app.reference.comuni.by_istat(&code));
    let name = comune.map_or("-", |comune| &*comune.name);
    let best = oda.candidates.first().map(|best| format!(" (score {})", best.score)).unwrap_or_default();
    let what = match (&oda.order_id, oda.waiting, &oda.reason) {
        (Some(id), ..) => format!("order {id}"),
        (None, Some(waiting), _) => waiting.text().it.into_owned(),
        (None, None, reason) => reason.clone().unwrap_or_default(),
    };
    format!("{}  {}  {}  {name}{best}  {what}", oda.number, oda.state.as_str(), oda.status.as_str())
}

async fn decide(app: &Arc<App>, args: DecideArgs, decision: LinkDecision) -> anyhow::Result<()> {
    match decide_on_machine(app, &args.number, decision, args.reason).await {
        Ok(oda) => {
            say!("{}", line(app, &oda));
            Ok(())
        }
        Err(Error::NotFound) => bail!(unknown(&args.number)),
        Err(Error::Conflict(why) | Error::NotYet(why)) => bail!("{}", Lang::En.pick(&why)),
        Err(error) => Err(error.into()),
    }
}

fn unknown(number: &str) -> String {
    format!("{number}: no such ODA, or no such order; see `portal list`")
}
