// SPDX-License-Identifier: EUPL-1.2
//! `outbox`: calls to platforms that are owed. What waits, what is known of it, and what a person decides.

use std::sync::Arc;

use anyhow::{Context, bail};
use clap::{ArgGroup, Args, Subcommand};

use crate::answer::Lang;
use crate::app::App;
use crate::cli::out::{PAGE, put_page, say};
use crate::config::Settings;
use crate::domain::reason::Reason;
use crate::domain::rome::rome_string;
use crate::error::Error;
use crate::flows::resolve_call::{Resolution, resolve};
use crate::flows::support_text::support_text;
use crate::store::outbox::people::{CallFilter, CallState, OwedCall};

use super::{DataArgs, comune_of, open_existing, with_data_dir};

/// `outbox`
#[derive(Debug, Subcommand)]
pub(crate) enum OutboxCommand {
    /// List owed calls that are not over
    #[command(
        after_help = "Examples:\n  mepa-gateway outbox list\n  mepa-gateway outbox list --state to_verify"
    )]
    List(ListArgs),
    /// Show one call, and a text ready for the help desk of the platform
    #[command(after_help = "Example:\n  mepa-gateway outbox show oda.hand_over:0b8e…")]
    Show(ShowArgs),
    /// Say what became of a call
    #[command(
        after_help = "Examples:\n  mepa-gateway outbox resolve oda.hand_over:0b8e… --done 8100007 --reason 'visto sul portale'\n  \
                      mepa-gateway outbox resolve oda.hand_over:0b8e… --not-done --reason 'assente sul portale, ticket 123'\n  \
                      mepa-gateway outbox resolve cup.generate:risorse-in-comune:001006 --ask --reason 'piattaforma di nuovo attiva'\n\n\
                      --done takes the number of the ODA (hand-over), the CUP (generation), the protocol (communication), \
                      or '-' (cancellation)."
    )]
    Resolve(ResolveArgs),
}

fn state(name: &str) -> Result<CallState, String> {
    CallState::from_name(name).ok_or_else(|| {
        let names: Vec<&str> = CallState::ALL.into_iter().map(CallState::as_str).collect();
        format!("one of {} expected", names.join(", "))
    })
}

/// `outbox list`
#[derive(Debug, Args)]
pub(crate) struct ListArgs {
    #[command(flatten)]
    data: DataArgs,
    /// Only those in this state: pending, in_flight, uncertain, to_verify, refused, confirmed, withdrawn
    #[arg(long, value_parser = state)]
    state: Option<CallState>,
    /// Only this Comune's
    #[arg(long, value_name = "CODE")]
    comune: Option<String>,
    /// Only those after this event
    #[arg(long, value_name = "EVENT", default_value = "")]
    after: String,
}

/// `outbox show`
#[derive(Debug, Args)]
pub(crate) struct ShowArgs {
    #[command(flatten)]
    data: DataArgs,
    /// Name of the event, as `outbox list` shows it
    event: String,
    /// Also write the platform's last answer, as it came, to this file
    #[arg(long, value_name = "FILE")]
    answer: Option<std::path::PathBuf>,
}

/// `outbox resolve`
#[derive(Debug, Args)]
#[command(group(ArgGroup::new("resolution").required(true).args(["ask", "not_done", "done", "give_up"])))]
pub(crate) struct ResolveArgs {
    #[command(flatten)]
    data: DataArgs,
    /// Name of the event, as `outbox list` shows it
    event: String,
    /// Ask the platform again
    #[arg(long)]
    ask: bool,
    /// It certainly had no effect: make it again
    #[arg(long)]
    not_done: bool,
    /// It had its effect: what came of it
    #[arg(long, value_name = "OUTCOME")]
    done: Option<String>,
    /// It certainly had no effect and is not wanted any more; an order that waits for its hand-over is withdrawn
    #[arg(long)]
    give_up: bool,
    /// Why; kept for the auditor
    #[arg(long)]
    reason: Reason,
}

pub(crate) async fn run(settings: Settings, command: OutboxCommand) -> anyhow::Result<()> {
    match command {
        OutboxCommand::List(args) => {
            list(&open_existing(with_data_dir(settings, &args.data)).await?, args).await
        }
        OutboxCommand::Show(args) => {
            show(&open_existing(with_data_dir(settings, &args.data)).await?, args).await
        }
        OutboxCommand::Resolve(args) => {
            let app = open_existing(with_data_dir(settings, &args.data)).await?;
            resolve_as_told(&app, args).await
        }
    }
}

async fn list(app: &Arc<App>, args: ListArgs) -> anyhow::Result<()> {
    let comune = args.comune.as_deref().map(|code| comune_of(app, code)).transpose()?;
    let calls = app
        .store
        .owed_calls(&CallFilter { state: args.state, comune, after: args.after, limit: PAGE })
        .await?;
    put_page(&calls, |call| line(app, call), |call| &call.event_key);
    Ok(())
}

/// A call on one line: event, state, Comune, attempts, what was said last.
fn line(app: &App, call: &OwedCall) -> String {
    let comune = app.reference.comuni.by_istat(&call.comune);
    let name = comune.map_or("-", |comune| &*comune.name);
    let said = call.last_error.as_deref().unwrap_or("-");
    format!("{}  {}  {name}  attempts {}  {said}", call.event_key, call.state.as_str(), call.attempt)
}

async fn show(app: &Arc<App>, args: ShowArgs) -> anyhow::Result<()> {
    let found = app.store.owed_call(&args.event).await?;
    let call = found.with_context(|| unknown(&args.event))?;
    say!("{}", line(app, &call));
    say!("due {} (Rome)", rome_string(call.not_before));
    say!();
    say!("{}", support_text(app, &call).await?);
    if let Some(file) = &args.answer {
        let answer = call.evidence.and_then(|evidence| evidence.answer);
        let answer = answer.context("no answer is kept of this call")?;
        std::fs::write(file, answer).with_context(|| file.display().to_string())?;
    }
    Ok(())
}

async fn resolve_as_told(app: &Arc<App>, args: ResolveArgs) -> anyhow::Result<()> {
    let resolution = match args.done {
        Some(outcome) => Resolution::Done(Some(outcome).filter(|outcome| outcome != "-")),
        None if args.not_done => Resolution::NotDone,
        None if args.give_up => Resolution::GiveUp,
        None => Resolution::Ask,
    };
    match resolve(app, &args.event, resolution, args.reason).await {
        Ok(call) => {
            say!("{}", line(app, &call));
            Ok(())
        }
        Err(Error::NotFound) => bail!(unknown(&args.event)),
        Err(Error::Conflict(why) | Error::NotYet(why)) => bail!("{}", Lang::En.pick(&why)),
        Err(error) => Err(error.into()),
    }
}

fn unknown(event: &str) -> String {
    format!("{event}: no event of that name owes a call; see `outbox list`")
}
