// SPDX-License-Identifier: EUPL-1.2
//! `demo`: starts stand-ins and a gateway with an empty store, lives through the programme from January to April 2026 in
//! programme time, tells what happened, and keeps serving. Everything in it is real but the platforms and the amounts.

use crate::cli::out::say;
use std::net::SocketAddr;
use std::num::NonZeroU32;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use mepa_gateway_mocks::{Options, StandIns};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};

use crate::app::App;
use crate::clock::Clock;
use crate::config::Settings;
use crate::platforms::secret::Secret;
use crate::platforms::settings::{AnacSettings, CallSettings, SdiSettings, SiopeSettings};
use crate::{http, telemetry};

use super::serve::{interrupted, listen, serve_until};
use super::{STORE_FILE, with_listen};

mod cast;
mod cig;
mod draft;
mod money;
mod orders;
mod paper;
mod platforms;
mod programme;
mod reports;
mod story;
mod summary;

use story::Story;

/// `demo`
#[derive(Debug, Args)]
pub(crate) struct DemoArgs {
    /// End after the story: 0 when every step came out as told, 1 otherwise
    #[arg(long)]
    once: bool,
    /// Print the summary as JSON instead of the story
    #[arg(long)]
    json: bool,
    /// Address to listen on
    #[arg(long, value_name = "ADDR", default_value = "127.0.0.1:8080")]
    listen: SocketAddr,
    /// Folder of the store; must not hold one yet [default: a temporary folder, removed at the end]
    #[arg(long, value_name = "DIR")]
    data_dir: Option<PathBuf>,
}

/// The demo's folder, removed at the end unless the user named it.
struct Folder {
    path: PathBuf,
    temporary: bool,
}

impl Folder {
    fn make(named: Option<&Path>, clock: &Clock) -> anyhow::Result<Self> {
        let (path, temporary) = match named {
            Some(path) => (path.to_owned(), false),
            None => {
                (std::env::temp_dir().join(format!("mepa-gateway-demo-{}", clock.new_id().simple())), true)
            }
        };
        let store = path.join(STORE_FILE);
        anyhow::ensure!(
            !store.exists(),
            "{}: there is a store already; the demo needs an empty folder",
            store.display()
        );
        std::fs::create_dir_all(&path).with_context(|| format!("{}: cannot be made", path.display()))?;
        Ok(Self { path, temporary })
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if self.temporary {
            // What is left in the temporary folder of the system harms nobody.
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}

pub(crate) async fn run(settings: Settings, args: DemoArgs) -> anyhow::Result<ExitCode> {
    telemetry::start(&settings.log)?;
    // The port is taken first: a demo that cannot serve in the end should say so in the beginning.
    let listener = if args.once { None } else { Some(listen(args.listen).await?) };
    let clock = Clock::shifted(programme::BEGINNING);
    let folder = Folder::make(args.data_dir.as_deref(), &clock)?;
    let stand_ins =
        StandIns::start(Options { now: Some(programme::BEGINNING), ..Options::default() }).await?;
    let app = App::open(demo_settings(settings, &args, &folder, &stand_ins)?, clock).await?;
    let mut story = Story::new(app.clone(), stand_ins, folder.path.clone(), args.json);
    programme::live(&mut story).await?;
    let summary = story.finish().await?;
    match args.json {
        true => say!("{}", summary.json()),
        false => summary.print(),
    }
    if let Some(listener) = listener {
        // The purchases are over by then; who tries the demo should still be able to order.
        story.chapter(programme::OPEN_DAY, "The clock goes back: now it is your turn")?;
        let address = listener.local_addr()?;
        say!("\nServing http://{address}{} in programme time; stop with Ctrl-C.", http::BASE);
        say!("Pages for people: http://{address}/ - sign in with one of the tokens above.");
        serve_until(app, listener, true, interrupted()).await?;
    }
    Ok(if summary.is_well() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

fn demo_settings(
    settings: Settings,
    args: &DemoArgs,
    folder: &Folder,
    stand_ins: &StandIns,
) -> anyhow::Result<Settings> {
    let mut settings = with_listen(settings, Some(args.listen));
    settings.store.path = folder.path.join(STORE_FILE);
    settings.worker.concurrency = 16;
    settings.worker.follow_every_s = 60;
    settings.worker.pull_every_s = 60;
    settings.worker.attempts_max = 3;
    settings.worker.poll_ms = 100;
    let urls = stand_ins.urls();
    let fast = CallSettings { rate_per_second: NonZeroU32::MAX, ..CallSettings::default() };
    settings.platforms.sistema_cup.base_url = urls.sistema_cup;
    settings.platforms.sistema_cup.call = fast.clone();
    settings.platforms.lavoro_pubblico.base_url = urls.lavoro_pubblico;
    settings.platforms.lavoro_pubblico.call = fast.clone();
    settings.platforms.acquistinretepa.base_url = urls.acquistinretepa;
    settings.platforms.acquistinretepa.call = fast.clone();
    settings.platforms.anac = Some(demo_anac(urls.anac, fast.clone())?);
    settings.platforms.sdi = Some(SdiSettings {
        base_url: urls.sdi,
        receive_token: Secret::new(money::RECEIVE_TOKEN),
        call: fast.clone(),
    });
    settings.platforms.siope = Some(SiopeSettings {
        base_url: urls.siope,
        token: Secret::new("demo"),
        a2a_code: money::A2A.into(),
        call: fast,
    });
    settings.offices.insert(money::OFFICE.parse()?, cast::ALMESE.parse()?);
    Ok(settings)
}

/// ANAC as its stand-in takes it, with a key made for this run: whose it is does not matter there.
fn demo_anac(base_url: String, call: CallSettings) -> anyhow::Result<AnacSettings> {
    let key = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &SystemRandom::new())
        .map_err(|_| anyhow::anyhow!("no key could be made"))?;
    let demo = || "demo".to_owned();
    Ok(AnacSettings {
        token_base_url: base_url.clone(),
        base_url,
        client_id: demo(),
        key_id: demo(),
        purpose_id: "2f1c8a52-8c0f-4f0d-9d0e-4d9a1b6c7e10".into(),
        private_key: Secret::new(STANDARD.encode(key.as_ref())),
        user_tax_code: "RSSMRA80A01H501U".into(),
        user_role: "RP".into(),
        user_loa: "3".into(),
        user_idp_type: "SPID".into(),
        ausa_code: "0000001001".into(),
        platform_code: "11111111-1111-4111-8111-111111111111".into(),
        component_code: "22222222-2222-4222-8222-222222222222".into(),
        verify_orders: true,
        call,
    })
}
