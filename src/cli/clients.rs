// SPDX-License-Identifier: EUPL-1.2
//! `clients`: who may call. A token is shown once, when it is made; only its hash is kept.

use crate::cli::out::say;
use anyhow::Context;
use clap::{Args, Subcommand};

use crate::app::App;
use crate::config::Settings;
use crate::domain::istat::IstatCode;
use crate::domain::role::Role;
use crate::domain::sha256::sha256;
use crate::store::audit::Actor;
use crate::store::clients::Client;

use super::{DataArgs, open, open_existing, with_data_dir};

/// `clients`
#[derive(Debug, Subcommand)]
pub(crate) enum ClientsCommand {
    /// Add a client and print its token
    #[command(
        after_help = "Example:\n  mepa-gateway clients add --name 'Gestionale Almese' --role macchina --comune c_a218"
    )]
    Add(AddArgs),
    /// List clients
    #[command(after_help = "Example:\n  mepa-gateway clients list")]
    List(DataArgs),
    /// Take a client's access away: a service that runs notices within a second
    #[command(after_help = "Example:\n  mepa-gateway clients revoke 6f1c…")]
    Revoke(RevokeArgs),
}

/// `clients add`
#[derive(Debug, Args)]
pub(crate) struct AddArgs {
    #[command(flatten)]
    data: DataArgs,
    /// Name for people
    #[arg(long, value_parser = name)]
    name: String,
    /// istruttore, ordinante, rup, ragioneria, lettore, macchina, programma or operatore
    #[arg(long, value_parser = role)]
    role: Role,
    /// The Comune of the client: IPA code, ISTAT code, tax code or Belfiore code
    #[arg(long, value_name = "CODE")]
    comune: Option<String>,
}

/// `clients revoke`
#[derive(Debug, Args)]
pub(crate) struct RevokeArgs {
    #[command(flatten)]
    data: DataArgs,
    /// Id of the client, as `clients list` shows it
    id: String,
}

/// A name is shown on terminals and in lists: one line of visible text.
fn name(text: &str) -> Result<String, String> {
    let text = text.trim();
    match text.is_empty() || text.chars().count() > 100 || text.chars().any(char::is_control) {
        true => Err("1 to 100 visible characters in one line are taken".into()),
        false => Ok(text.to_owned()),
    }
}

fn role(name: &str) -> Result<Role, String> {
    Role::from_name(name).ok_or_else(|| {
        let names: Vec<_> = Role::ALL.iter().map(|role| role.as_str()).collect();
        format!("known roles: {}", names.join(", "))
    })
}

pub(crate) async fn run(settings: Settings, command: ClientsCommand) -> anyhow::Result<()> {
    match command {
        ClientsCommand::Add(args) => {
            let app = open(with_data_dir(settings, &args.data)).await?;
            let comune = args.comune.as_deref().map(|code| comune(&app, code)).transpose()?;
            warn_outsider(&app, comune.as_ref()).await?;
            let (client, token) = add(&app, &args.name, args.role, comune).await?;
            say!("client {}\ntoken  {token}", client.id);
            eprintln!("The token is shown only now: keep it safe.");
        }
        ClientsCommand::List(args) => {
            let app = open_existing(with_data_dir(settings, &args)).await?;
            for client in app.store.clients().await? {
                let comune = client.comune.as_ref().map_or("-", IstatCode::as_str);
                let state = if client.revoked_at.is_some() { "revoked" } else { "in force" };
                say!("{}  {:<10}  {comune:<6}  {state:<8}  {}", client.id, client.role.as_str(), client.name);
            }
        }
        ClientsCommand::Revoke(args) => {
            let app = open_existing(with_data_dir(settings, &args.data)).await?;
            revoke(&app, args.id).await?;
        }
    }
    Ok(())
}

fn comune(app: &App, code: &str) -> anyhow::Result<IstatCode> {
    let comune = app.reference.comuni.by_code(code);
    Ok(comune.with_context(|| format!("{code}: no Comune has this code"))?.istat)
}

/// The client is added all the same: the list may be imported later.
async fn warn_outsider(app: &App, comune: Option<&IstatCode>) -> anyhow::Result<()> {
    let Some(comune) = comune else { return Ok(()) };
    if app.store.participation(&app.programme.id, comune).await?.is_none() {
        eprintln!(
            "Note: Comune {comune} is not in the programme; until a list names it, its orders are refused."
        );
    }
    Ok(())
}

/// Adds a client and gives its token, which is kept nowhere.
pub(crate) async fn add(
    app: &App,
    name: &str,
    role: Role,
    comune: Option<IstatCode>,
) -> anyhow::Result<(Client, String)> {
    if role.is_of_a_comune() && comune.is_none() {
        anyhow::bail!("the role {} belongs to a Comune: give --comune", role.as_str());
    }
    if !role.is_of_a_comune() && comune.is_some() {
        anyhow::bail!("the role {} belongs to no Comune: leave --comune out", role.as_str());
    }
    let token = app.clock.new_secret();
    let client = Client {
        id: app.clock.new_id().to_string(),
        name: name.into(),
        role,
        programme: app.programme.id.clone(),
        comune,
        token_sha256: sha256(token.as_bytes()),
        revoked_at: None,
    };
    let (added, at) = (client.clone(), app.clock.now());
    let written = app
        .store
        .write(move |tx| Box::pin(async move { tx.add_client(&added, &Actor::operator(), at).await }));
    written.await?;
    Ok((client, token))
}

async fn revoke(app: &App, id: String) -> anyhow::Result<()> {
    let at = app.clock.now();
    let revoked = id.clone();
    let found = app
        .store
        .write(move |tx| Box::pin(async move { tx.revoke_client(&revoked, &Actor::operator(), at).await }));
    anyhow::ensure!(found.await?, "{id}: no client in force has this id");
    say!("client {id} revoked");
    Ok(())
}
