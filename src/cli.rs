// SPDX-License-Identifier: EUPL-1.2
//! The command line: what can be asked, and the set-up that every command needs.

use crate::cli::out::say;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::Context;
use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::app::App;
use crate::clock::Clock;
use crate::config::Settings;
use crate::domain::istat::IstatCode;

mod audit;
mod check;
mod cig;
mod clients;
mod cup;
mod demo;
mod doctor;
mod grant;
pub(crate) mod import;
mod import_invoices;
mod import_payments;
mod out;
mod outbox;
mod portal;
mod reconcile;
pub(crate) mod report;
mod rules;
mod sdi;
mod serve;
mod siope;

/// Judges the MePA orders of a PNRR grant before they are sent, reserves their money, hands them over, keeps the account.
#[derive(Debug, Parser)]
#[command(version, max_term_width = 110)]
pub struct Cli {
    /// Settings file; what it does not name keeps its default
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Live through the whole story on stand-ins, then keep serving
    #[command(
        after_help = "Example:\n  mepa-gateway demo --once\n  mepa-gateway demo --listen 127.0.0.1:8080"
    )]
    Demo(demo::DemoArgs),
    /// Serve the API and deliver owed calls to the platforms
    #[command(after_help = "Example:\n  mepa-gateway serve --listen 127.0.0.1:8080 --data-dir data")]
    Serve(serve::ServeArgs),
    /// Deliver owed calls only, beside `serve --no-worker`
    #[command(after_help = "Example:\n  mepa-gateway work --data-dir data")]
    Work(DataArgs),
    /// Start only the stand-ins of the platforms, for integration tests
    #[command(
        after_help = "Examples:\n  mepa-gateway mocks --listen 127.0.0.1:9001\n  mepa-gateway mocks --setup mocks/config.example.toml"
    )]
    Mocks(serve::MocksArgs),
    /// Judge files offline: 0 nothing blocks, 1 something blocks, 2 unreadable
    #[command(after_help = "Example:\n  mepa-gateway check order.xml order.json --format json")]
    Check(check::CheckArgs),
    /// Ask ANAC about a CIG: 0 nothing speaks against it, 1 something does
    #[command(after_help = "Example:\n  mepa-gateway cig BFA0B1C51C --comune c_a218")]
    Cig(cig::CigArgs),
    /// Look at the CUP of a Comune, close or revoke it
    #[command(subcommand)]
    Cup(cup::CupCommand),
    /// Take in lists
    #[command(subcommand)]
    Import(ImportCommand),
    /// Hold orders, invoices and payments against each other
    #[command(after_help = "Examples:\n  mepa-gateway reconcile --comune c_a218\n  \
                            mepa-gateway reconcile --comune 001006 --as-of 2026-04-30 --format csv\n  \
                            mepa-gateway reconcile link invoice:ID order:ID --comune 001006 --reason \"...\"\n\n\
                            Nothing is stored by looking: the same documents and decisions always come to the same.")]
    Reconcile(reconcile::ReconcileArgs),
    /// Record what the Comune's own accounts say of its grant
    #[command(subcommand)]
    Grant(grant::GrantCommand),
    /// Write dossiers and reports, and prove that a bundle is whole
    #[command(subcommand)]
    Report(report::ReportCommand),
    /// Show the rule catalogue
    #[command(after_help = "Example:\n  mepa-gateway rules --format markdown > docs/RULES.md")]
    Rules(rules::RulesArgs),
    /// Look at settings, data, store and platforms, and say what to mend
    #[command(after_help = "Example:\n  mepa-gateway doctor --data-dir data")]
    Doctor(DataArgs),
    /// Bring the store to this program's schema
    #[command(after_help = "Example:\n  mepa-gateway migrate --data-dir data")]
    Migrate(DataArgs),
    /// Say who may call
    #[command(subcommand)]
    Clients(clients::ClientsCommand),
    /// Look after calls to platforms that are owed
    #[command(subcommand)]
    Outbox(outbox::OutboxCommand),
    /// Link ODA that were made on the portal
    #[command(subcommand)]
    Portal(portal::PortalCommand),
    /// Answer invoices that SdI delivered
    #[command(subcommand)]
    Sdi(sdi::SdiCommand),
    /// Look at documents that came from SIOPE+
    #[command(subcommand)]
    Siope(siope::SiopeCommand),
    /// Prove what is stored
    #[command(subcommand)]
    Audit(audit::AuditCommand),
}

#[derive(Debug, Subcommand)]
enum ImportCommand {
    /// The decree's list of Comuni and amounts, from CSV, XLSX or ODS
    #[command(
        after_help = "Examples:\n  mepa-gateway import beneficiaries elenco.xlsx --dry-run --format json\n  \
                            mepa-gateway import beneficiaries elenco-definitivo.ods --list definitive\n\n\
                            Rows that cannot be taken are reported, each with its reason; the others are taken together or \
                            not at all. The exit code is 0 when the list was taken in (or, with --dry-run, could be read)."
    )]
    Beneficiaries(import::BeneficiariesArgs),
    /// Invoices (FatturaPA, signed or not) from files, folders and ZIP archives
    #[command(after_help = "Examples:\n  mepa-gateway import invoices fatture/\n  \
                            mepa-gateway import invoices fatture.zip --format json\n\n\
                            A file that cannot be taken in is reported with its reason and stops none of the others. A second run \
                            changes nothing. The exit code is 0 when every file was taken in or was here already.")]
    Invoices(import_invoices::InvoicesArgs),
    /// Payments (OPI 1.7.1 and 1.6.1, or lists of mandati) from files, folders and ZIP archives
    #[command(after_help = "Example:\n  mepa-gateway import payments opi.zip\n\n\
                            A document that cannot be taken in is reported with its reason and stops none of the others. A second \
                            run changes nothing. The exit code is 0 when every document was taken in or was here already.")]
    Payments(import_payments::PaymentsArgs),
}

/// Where the store is.
#[derive(Debug, Clone, Args)]
pub(crate) struct DataArgs {
    /// Folder of the store [default: the one in the settings]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

/// How a command prints.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Text,
    /// For machines
    Json,
}

/// Language of texts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LangArg {
    /// Italian
    It,
    /// English
    En,
}

impl From<LangArg> for crate::answer::Lang {
    fn from(lang: LangArg) -> Self {
        match lang {
            LangArg::It => Self::It,
            LangArg::En => Self::En,
        }
    }
}

/// The Comune that a code given on the command line names.
fn comune_of(app: &App, code: &str) -> anyhow::Result<IstatCode> {
    let comune = app.reference.comuni.by_code(code);
    Ok(comune.with_context(|| format!("{code}: no such Comune"))?.istat)
}

/// Name of the store inside a data folder.
const STORE_FILE: &str = "mepa-gateway.db";

/// Runs one command.
///
/// # Errors
/// What went wrong, with what to do about it.
pub fn run(cli: Cli) -> anyhow::Result<ExitCode> {
    let settings = Settings::load(cli.config.as_deref())?;
    let done = |()| ExitCode::SUCCESS;
    match cli.command {
        Command::Check(args) => check::run(&settings, &args),
        Command::Cig(args) => block_on(cig::run(settings, args)),
        Command::Cup(command) => block_on(cup::run(settings, command)).map(done),
        Command::Rules(args) => rules::run(&args).map(done),
        Command::Demo(args) => block_on(demo::run(settings, args)),
        Command::Serve(args) => block_on(serve::run(settings, args)).map(done),
        Command::Work(args) => block_on(serve::work(with_data_dir(settings, &args))).map(done),
        Command::Mocks(args) => block_on(serve::mocks(args)).map(done),
        Command::Import(ImportCommand::Beneficiaries(args)) => {
            block_on(import::beneficiaries(settings, args)).map(done)
        }
        Command::Import(ImportCommand::Payments(args)) => block_on(import_payments::run(settings, args)),
        Command::Import(ImportCommand::Invoices(args)) => block_on(import_invoices::run(settings, args)),
        Command::Reconcile(args) => block_on(reconcile::run(settings, args)),
        Command::Grant(command) => block_on(grant::run(settings, command)).map(done),
        Command::Report(command) => block_on(report::run(settings, command)),
        Command::Doctor(args) => block_on(doctor::run(with_data_dir(settings, &args))),
        Command::Migrate(args) => block_on(migrate(with_data_dir(settings, &args))).map(done),
        Command::Clients(command) => block_on(clients::run(settings, command)).map(done),
        Command::Outbox(command) => block_on(outbox::run(settings, command)).map(done),
        Command::Portal(command) => block_on(portal::run(settings, command)).map(done),
        Command::Sdi(command) => block_on(sdi::run(settings, command)).map(done),
        Command::Siope(command) => block_on(siope::run(settings, command)).map(done),
        Command::Audit(command) => block_on(audit::run(settings, command)),
    }
}

fn block_on<T>(future: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    tokio::runtime::Builder::new_multi_thread().enable_all().build()?.block_on(future)
}

fn with_data_dir(mut settings: Settings, args: &DataArgs) -> Settings {
    if let Some(folder) = &args.data_dir {
        settings.store.path = folder.join(STORE_FILE);
    }
    settings
}

fn with_listen(mut settings: Settings, listen: Option<SocketAddr>) -> Settings {
    if let Some(listen) = listen {
        settings.server.listen = listen;
        settings.server.public_url = format!("http://{listen}");
    }
    settings
}

async fn open(settings: Settings) -> anyhow::Result<Arc<App>> {
    App::open(settings, Clock::system()).await
}

/// Opens a store that must be there: asking about one does not make one.
async fn open_existing(settings: Settings) -> anyhow::Result<Arc<App>> {
    let path = settings.store.path.display();
    anyhow::ensure!(
        settings.store.path.exists(),
        "{path}: there is no store; check --data-dir, or run `migrate`"
    );
    open(settings).await
}

async fn migrate(settings: Settings) -> anyhow::Result<()> {
    if let Some(folder) = settings.store.path.parent() {
        std::fs::create_dir_all(folder)?;
    }
    crate::store::migrate(&settings.store.path).await?;
    say!("{}: up to date", settings.store.path.display());
    Ok(())
}
