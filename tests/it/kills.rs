// SPDX-License-Identifier: EUPL-1.2
//! The whole service is killed without warning, fifty times, while 2,000 orders are handed over, Comuni accept their grants
//! and outcomes go to SdI, and thirty of a hundred calls to the platforms go wrong. By the stand-ins' own ledger every effect
//! happened at most once, exactly once where it is said to be done, and nothing was sent again that had been done.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;
use std::process::Child;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use chrono::DateTime;
use mepa_gateway::app::App;
use mepa_gateway::clock::Clock;
use mepa_gateway::config::Settings;
use mepa_gateway::domain::cig_check::CigResult;
use mepa_gateway::domain::opi::OpiKind;
use mepa_gateway::domain::order_state::OrderState;
use mepa_gateway::domain::participation::ParticipationState;
use mepa_gateway::domain::sdi::BuyerOutcome;
use mepa_gateway::flows::answer_invoice::answer;
use mepa_gateway::flows::verify::verify;
use mepa_gateway::reference::comuni::Comune;
use mepa_gateway::store::orders::OrderFilter;
use mepa_gateway::store::outbox::only_reads;
use mepa_gateway::store::outbox::people::CallState;
use mepa_gateway::store::sdi::{SdiFilter, SdiOutcome};
use mepa_gateway_mocks::{
    Chaos, InvoiceFile, Ledger, Operation, Options, Platform, Receiver, RegisteredCig, Scheda, StandIns,
};
use reqwest::StatusCode;

use crate::process::Program;
use crate::support::{ALMESE, CUP_ALMESE, anac_key, bytes, nth_cig, order_of};

const PAID: &str = include_str!("../../mocks/fixtures/siope/esito-pagato.xml");
const ORDERS: u32 = 2_000;
const CLIENTS: u32 = 8;
const COMUNI: usize = 60;
const FILES: u32 = 60;
const KILLS: u32 = 50;
const RATE_PERCENT: u8 = 30;
const SEED: u64 = 20_260_331;
const PLATFORMS: [Platform; 6] = [
    Platform::SistemaCup,
    Platform::LavoroPubblico,
    Platform::Acquistinretepa,
    Platform::Anac,
    Platform::Sdi,
    Platform::Siope,
];
const DOCUMENTS: u32 = 60;
/// Everything must be over by then.
const PATIENCE: Duration = Duration::from_secs(240);

/// Settings of a service that is in a hurry: time-outs short, leases too; the term of acceptance is not over yet.
fn settings(folder: &Path, stand_ins: &StandIns) -> String {
    let programme = folder.join("risorse-in-comune");
    copy(Path::new(env!("CARGO_MANIFEST_DIR")).join("config/programmes/risorse-in-comune"), &programme);
    let urls = stand_ins.urls();
    let mut text = format!(
        "[server]\nrequests_per_minute = 10000000\n[programme]\ndirectory = {programme:?}\n\
         [worker]\nconcurrency = 16\nlease_s = 4\npause_first_s = 1\npause_last_s = 2\nfollow_every_s = 1000000\npull_every_s = 1\npoll_ms = 20\n\
         [offices]\nUFTST1 = {ALMESE:?}\n"
    );
    let anac = format!(
        "token_base_url = {:?}\nclient_id = \"c\"\nkey_id = \"k\"\npurpose_id = \"2f1c8a52-8c0f-4f0d-9d0e-4d9a1b6c7e10\"\n\
         private_key = {:?}\nuser_tax_code = \"RSSMRA80A01H501U\"\nuser_role = \"RP\"\nuser_loa = \"3\"\n\
         user_idp_type = \"SPID\"\nausa_code = \"0000001001\"\nplatform_code = \"11111111-1111-4111-8111-111111111111\"\n\
         component_code = \"22222222-2222-4222-8222-222222222222\"",
        urls.anac,
        anac_key()
    );
    for (name, url, credentials) in [
        ("anac", urls.anac, &*anac),
        ("siope", urls.siope, "token = \"t\"\na2a_code = \"A2A-00000001\""),
        ("sistema_cup", urls.sistema_cup, "user = \"u\"\npassword = \"p\""),
        ("lavoro_pubblico", urls.lavoro_pubblico, "token = \"t\""),
        ("acquistinretepa", urls.acquistinretepa, "token = \"t\""),
        ("sdi", urls.sdi, "receive_token = \"sdi-token\""),
    ] {
        write!(
            text,
            "[platforms.{name}]\nbase_url = {url:?}\n{credentials}\n[platforms.{name}.call]\nrate_per_second = 10000\n\
             backoff_ms = 1\nread_timeout_ms = 150\nwrite_timeout_ms = 150\ndeadline_ms = 1000\nbreaker_interval_ms = 20\n"
        )
        .unwrap();
    }
    text
}

/// Copies the programme's data with all terms far away: the service goes by the clock of the machine.
fn copy(from: impl AsRef<Path>, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let text = std::fs::read_to_string(&path).unwrap();
        let open = text
            .replace("2026-01-23T23:59", "2099-01-23T23:59")
            .replace("last = 2026-03-31", "last = 2099-03-31");
        std::fs::write(to.join(path.file_name().unwrap()), open).unwrap();
    }
}

/// The service, where it serves now, and how often it was killed.
struct Service {
    program: Program,
    base: Mutex<String>,
    killed: AtomicU32,
}

impl Service {
    fn base(&self) -> String {
        self.base.lock().unwrap().clone()
    }

    /// Kills it and starts it again, fifty times.
    async fn live(&self, mut child: Child) -> Child {
        while self.killed.load(Ordering::Relaxed) < KILLS {
            let kill = self.killed.load(Ordering::Relaxed);
            let life = 150 + u64::from(kill.wrapping_mul(2_654_435_761) % 250);
            tokio::time::sleep(Duration::from_millis(life)).await;
            child.kill().unwrap();
            child.wait().unwrap();
            let (again, base) = self.program.serve();
            child = again;
            *self.base.lock().unwrap() = base;
            self.killed.fetch_add(1, Ordering::Relaxed);
        }
        child
    }
}

/// Posts until there is an answer, whoever dies meanwhile.
async fn post(service: &Service, token: &str, path: &str, key: &str, body: Vec<u8>) -> StatusCode {
    let http = reqwest::Client::builder().timeout(Duration::from_secs(5)).build().unwrap();
    let give_up = Instant::now() + PATIENCE;
    loop {
        let request = http.post(format!("{}{path}", service.base())).bearer_auth(token);
        let request = request.header("idempotency-key", key).header("content-type", "application/json");
        match request.body(body.clone()).send().await {
            Ok(answer) if !answer.status().is_server_error() => return answer.status(),
            _ => assert!(Instant::now() < give_up, "{path}: no answer"),
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// Delivers files until each is taken in charge, and has each accepted.
async fn deliver_and_answer(service: &Service, stand_ins: &StandIns, app: &App) {
    let receiver = || {
        let base = service.base();
        let root = base.strip_suffix(mepa_gateway::http::BASE).unwrap().to_owned();
        Receiver { url: format!("{root}/sdi/ricezione-fatture"), token: "sdi-token".into() }
    };
    for n in 0..FILES {
        let file = InvoiceFile {
            name: format!("IT76543211007_{n:05}.xml"),
            content: format!("<fattura n='{n}'/>").into_bytes(),
            office: "UFTST1".into(),
            format: "FPA12".into(),
        };
        let (id, mut taken) = stand_ins.deliver_invoices(file, &receiver()).await.unwrap();
        while taken.is_err() {
            tokio::time::sleep(Duration::from_millis(2)).await;
            taken = stand_ins.deliver_again(id, &receiver()).await;
        }
        answer(app, id.to_string().parse().unwrap(), None, BuyerOutcome::Accepted).await.unwrap();
    }
}

/// Waits until nothing is owed any more but questions, and every document of SIOPE+ is here.
async fn settled(app: &App) {
    let give_up = Instant::now() + PATIENCE;
    loop {
        let counts = app.store.outbox_counts().await.unwrap();
        let office = "UFTST1".parse().unwrap();
        let here = app.store.opi_numbers(&office, OpiKind::Outcome, DateTime::UNIX_EPOCH).await.unwrap();
        let owed = here.len() < DOCUMENTS as usize
            || counts.iter().any(|(kind, state, _)| {
                !only_reads(kind) && matches!(&**state, "pending" | "in_flight" | "uncertain")
            });
        if !owed {
            return;
        }
        assert!(Instant::now() < give_up, "still owed: {counts:?}");
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Imports who may purchase, then who is admitted; gives the admitted ones.
fn beneficiaries(program: &Program, folder: &Path, settings: &Settings) -> Vec<Comune> {
    let reference = mepa_gateway::app::load_reference(settings).unwrap();
    let admitted =
        reference.comuni.iter().filter(|comune| comune.ceased.is_none() && comune.istat.as_str() != ALMESE);
    let admitted: Vec<_> = admitted.take(COMUNI).cloned().collect();
    let head = "Codice ISTAT;Comune;Importo;CUP\n";
    let definitive = format!("{head}{ALMESE};Almese;269.999,99;{CUP_ALMESE}\n");
    let rows = admitted.iter().map(|comune| format!("{};{};35.471,47;\n", comune.istat, comune.name));
    let path = folder.join("elenco.csv");
    for (text, kind) in
        [(definitive, "definitive"), (format!("{head}{}", rows.collect::<String>()), "admission")]
    {
        std::fs::write(&path, text).unwrap();
        program.run(&["import", "beneficiaries", path.to_str().unwrap(), "--list", kind]);
    }
    admitted
}

/// What the clients do: orders, acceptances, outcomes, all at once.
async fn everybody(service: &Arc<Service>, stand_ins: &Arc<StandIns>, app: &Arc<App>, comuni: &[Comune]) {
    let machine = service.program.client("macchina", "c_a218");
    let accepting: Vec<(String, String)> = comuni
        .iter()
        .map(|comune| (service.program.client("rup", comune.istat.as_str()), comune.istat.to_string()))
        .collect();
    let next = Arc::new(AtomicU32::new(0));
    let mut clients = tokio::task::JoinSet::new();
    for _ in 0..CLIENTS {
        let (service, next, machine) = (Arc::clone(service), Arc::clone(&next), machine.clone());
        clients.spawn(async move {
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                if n >= ORDERS {
                    return;
                }
                let status =
                    post(&service, &machine, "/orders", &format!("k{n}"), bytes(&order_of(n, 1))).await;
                assert_eq!(status, StatusCode::CREATED);
            }
        });
    }
    let accepting_service = Arc::clone(service);
    clients.spawn(async move {
        for (token, istat) in accepting {
            let path = format!("/comuni/{istat}/acceptance");
            let status = post(&accepting_service, &token, &path, "a", Vec::new()).await;
            assert_eq!(status, StatusCode::ACCEPTED);
        }
    });
    let (service, stand_ins, app) = (Arc::clone(service), Arc::clone(stand_ins), Arc::clone(app));
    clients.spawn(async move { deliver_and_answer(&service, &stand_ins, &app).await });
    clients.join_all().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn fifty_kills_and_thirty_percent_faults_do_nothing_twice() {
    // Fails only when another test of this process has installed it already.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let folder = tempfile::tempdir().unwrap();
    let options = Options { cup_closes: "2099-01-23T23:00:00Z".parse().unwrap(), ..Options::default() };
    let stand_ins = Arc::new(StandIns::start(options).await.unwrap());
    let program = Program::new(folder.path(), &settings(folder.path(), &stand_ins));
    let mut settings = Settings::load(Some(&folder.path().join("settings.toml"))).unwrap();
    settings.store.path = folder.path().join("mepa-gateway.db");
    let comuni = beneficiaries(&program, folder.path(), &settings);
    for n in 0..ORDERS {
        stand_ins.register_cig(cig_of(n)).unwrap();
    }
    for n in 0..DOCUMENTS {
        let document = PAID.replace("ESITO-2026-0002", &format!("ESITO-2026-1{n:03}"));
        stand_ins.siope_publish(&document).unwrap();
    }
    for (n, platform) in (0..).zip(PLATFORMS) {
        let chaos =
            Chaos { seed: SEED + n * 1_000_003, rate_percent: RATE_PERCENT, slow_ms: 200, kinds: Vec::new() };
        stand_ins.set_chaos(platform, Some(chaos));
    }

    let (child, base) = program.serve();
    let service = Arc::new(Service { program, base: Mutex::new(base), killed: AtomicU32::new(0) });
    let app = App::open(settings, Clock::system()).await.unwrap();
    let living = tokio::spawn({
        let service = Arc::clone(&service);
        async move { service.live(child).await }
    });
    everybody(&service, &stand_ins, &app, &comuni).await;
    let mut child = living.await.unwrap();
    settled(&app).await;
    child.kill().unwrap();
    child.wait().unwrap();

    let ledger = stand_ins.ledger();
    assert_orders(&app, &ledger).await;
    assert_acceptances(&app, &ledger, &comuni).await;
    assert_outcomes(&app, &ledger).await;
    assert_eq!(ledger.doubles(), [], "an effect happened twice");
    for operation in [Operation::CreateDraft, Operation::CommunicateCup, Operation::NotifyOutcome] {
        assert_eq!(ledger.blind_repeats(operation), 0, "{operation:?} was sent again unasked");
    }
    assert_eq!(ledger.broken_answers(), [""; 0]);
    for check in verify(&app.store).await.unwrap().checks {
        assert!(check.is_ok(), "{}: {:?}", check.name, check.faults);
    }
    println!("kills: {KILLS} kills of the service, faults of calls: {}", ledger.told());
}

/// The CIG of an order, as ANAC knows it.
fn cig_of(n: u32) -> RegisteredCig {
    RegisteredCig {
        cig: nth_cig(n),
        codice_fiscale: "01817670019".into(),
        cup: vec![CUP_ALMESE.into()],
        pnrr: true,
        scheda: Scheda::Ad5,
        importo: "1.00".into(),
        ..RegisteredCig::default()
    }
}

async fn assert_orders(app: &App, ledger: &Ledger) {
    let filter = OrderFilter { limit: 2 * ORDERS, ..OrderFilter::default() };
    let orders = app.store.orders(&app.programme.id, &filter).await.unwrap();
    assert_eq!(orders.len(), ORDERS as usize);
    let (mut states, mut verified) = (BTreeMap::<&str, u32>::new(), 0);
    for order in &orders {
        let effects = ledger.effects_for(Operation::CreateDraft, &order.id);
        match order.state {
            OrderState::Submitted => assert_eq!(effects, 1, "{}", order.id),
            OrderState::Accepted => assert!(effects <= 1, "{}", order.id),
            state => panic!("{} is {state:?}", order.id),
        }
        *states.entry(order.state.as_str()).or_default() += 1;
        if let Some(check) = app.store.cig_check(&order.id).await.unwrap() {
            // An empty list in place of the CIG says that it is unknown, an empty outcome that it is overdue: asked again.
            let lied = check.points.len() == 1 && check.points[0].found.en.starts_with("unknown to ANAC");
            assert!(check.result() != CigResult::Against || lied, "{} {:?}", order.id, check.points);
            verified += u32::from(check.result() == CigResult::Well);
        }
    }
    println!("kills: {ORDERS} orders {states:?}, the CIG of {verified} verified so far");
    assert!(verified >= ORDERS / 100, "{verified}");
    assert!(states["submitted"] >= ORDERS * 95 / 100, "{states:?}");
}

async fn assert_acceptances(app: &App, ledger: &Ledger, comuni: &[Comune]) {
    let mut states = BTreeMap::<&str, u32>::new();
    for comune in comuni {
        let programme = &app.programme.id;
        let row = app.store.participation(programme, &comune.istat).await.unwrap().unwrap();
        let generated = ledger.effects_for(Operation::GenerateCup, &format!("{programme}-{}", comune.istat));
        let communicated = ledger.effects_for(Operation::CommunicateCup, comune.tax_code.as_str());
        match row.state {
            ParticipationState::Accepted => assert_eq!((generated, communicated), (1, 1), "{}", comune.name),
            ParticipationState::CupGenerated => assert_eq!(generated, 1, "{}", comune.name),
            _ => {}
        }
        *states.entry(row.state.as_str()).or_default() += 1;
    }
    println!("kills: {COMUNI} Comuni {states:?}");
    assert!(states.get("accepted").copied().unwrap_or_default() as usize >= COMUNI * 9 / 10, "{states:?}");
}

async fn assert_outcomes(app: &App, ledger: &Ledger) {
    let files = app.store.sdi_files(&SdiFilter { open_at: None, after: 0, limit: 2 * FILES }).await.unwrap();
    assert_eq!(files.len(), FILES as usize);
    let mut states = BTreeMap::<&str, u32>::new();
    for file in files {
        let given: Vec<SdiOutcome> = app.store.sdi_outcomes(file.sdi_id).await.unwrap();
        assert_eq!(given.len(), 1);
        let effects = ledger.effects_for(Operation::NotifyOutcome, &file.sdi_id.to_string());
        match given[0].state {
            CallState::Confirmed => assert_eq!(effects, 1, "{}", file.sdi_id),
            CallState::Refused => assert_eq!(effects, 0, "{}", file.sdi_id),
            CallState::ToVerify => assert!(effects <= 1, "{}", file.sdi_id),
            state => panic!("{} is {state:?}", file.sdi_id),
        }
        *states.entry(given[0].state.as_str()).or_default() += 1;
    }
    println!("kills: {FILES} outcomes for SdI {states:?}: what stays in doubt is for a person");
    assert!(states.get("confirmed").copied().unwrap_or_default() >= FILES / 3, "{states:?}");
}
