// SPDX-License-Identifier: EUPL-1.2
//! `serve`, `work` and `mocks`: the commands that stay.

use crate::cli::out::say;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;
use clap::Args;
use mepa_gateway_mocks::{Options, StandIns};
use tokio::net::TcpListener;
use tokio::sync::watch;

use crate::app::App;
use crate::config::Settings;
use crate::{http, telemetry, worker};

use super::{DataArgs, open, with_data_dir, with_listen};

/// `serve`
#[derive(Debug, Args)]
pub(crate) struct ServeArgs {
    #[command(flatten)]
    data: DataArgs,
    /// Address to listen on [default: the one in the settings]
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// Do not call platforms; a `work` process does
    #[arg(long)]
    no_worker: bool,
}

/// `mocks`
#[derive(Debug, Args)]
pub(crate) struct MocksArgs {
    /// Address of the first stand-in; the others take the next ports [default: the one in the set-up, or 127.0.0.1:9001]
    #[arg(long, value_name = "ADDR")]
    listen: Option<SocketAddr>,
    /// Set-up of the stand-ins: clock, faults, chaos, quotas, canned answers (`mocks/config.example.toml`)
    #[arg(long, value_name = "FILE")]
    setup: Option<PathBuf>,
}

/// Where the first stand-in listens when nobody says.
const FIRST_STAND_IN: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 9001);

pub(crate) async fn run(settings: Settings, args: ServeArgs) -> anyhow::Result<()> {
    let settings = with_listen(with_data_dir(settings, &args.data), args.listen);
    telemetry::start(&settings.log)?;
    let app = open(settings).await?;
    let listener = listen(app.settings.server.listen).await?;
    say!("mepa-gateway serves http://{}{}", listener.local_addr()?, http::BASE);
    serve_until(app, listener, !args.no_worker, interrupted()).await
}

/// Serves, with or without the worker, until `stop` resolves; then finishes what is under way.
pub(crate) async fn serve_until(
    app: Arc<App>,
    listener: TcpListener,
    with_worker: bool,
    stop: impl Future<Output = ()> + Send + 'static,
) -> anyhow::Result<()> {
    let (stopping, stopped) = watch::channel(false);
    let worker = with_worker.then(|| tokio::spawn(worker::run(Arc::clone(&app), stopped)));
    http::serve(app, listener, stop).await?;
    stopping.send_replace(true);
    if let Some(worker) = worker {
        worker.await?;
    }
    Ok(())
}

pub(crate) async fn work(settings: Settings) -> anyhow::Result<()> {
    telemetry::start(&settings.log)?;
    let app = open(settings).await?;
    let (stopping, stopped) = watch::channel(false);
    let worker = tokio::spawn(worker::run(app, stopped));
    say!("mepa-gateway delivers owed calls");
    interrupted().await;
    stopping.send_replace(true);
    worker.await?;
    Ok(())
}

pub(crate) async fn mocks(args: MocksArgs) -> anyhow::Result<()> {
    let options = match (&args.setup, args.listen) {
        (Some(file), listen) => {
            let options = Options::from_file(file).map_err(|why| anyhow::anyhow!("{why}"))?;
            listen.map_or(options.clone(), |address| options.listen(address))
        }
        (None, listen) => Options::default().listen(listen.unwrap_or(FIRST_STAND_IN)),
    };
    let stand_ins = StandIns::start(options).await.context("starting the stand-ins")?;
    let urls = stand_ins.urls();
    say!("Sistema CUP       {}", urls.sistema_cup);
    say!("Lavoro Pubblico   {}", urls.lavoro_pubblico);
    say!("Acquistinretepa   {}", urls.acquistinretepa);
    say!("ANAC PCP          {}", urls.anac);
    say!("SdI               {}", urls.sdi);
    say!("SIOPE+            {}", urls.siope);
    say!(
        "Each has a page that says how to use it at its address, and its admin address under /__admin/; stop with Ctrl-C."
    );
    interrupted().await;
    Ok(())
}

/// Binds, or says what to do when the address is taken.
pub(crate) async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    TcpListener::bind(address).await.with_context(|| {
        format!("cannot listen on {address}: is another program using it? choose another with --listen")
    })
}

/// Resolves on Ctrl-C or a termination signal.
pub(crate) async fn interrupted() {
    let terminated = async {
        use tokio::signal::unix::{SignalKind, signal};
        match signal(SignalKind::terminate()) {
            Ok(mut signals) => {
                signals.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        () = terminated => {}
    }
}
