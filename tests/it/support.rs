// SPDX-License-Identifier: EUPL-1.2
//! A whole gateway for one test: real server, real stand-ins, a store of its own, a clock that stands still.

use std::fs;
use std::num::NonZeroU32;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use chrono::{DateTime, Utc};
use mepa_gateway::app::App;
use mepa_gateway::clock::Clock;
use mepa_gateway::config::Settings;
use mepa_gateway::domain::istat::IstatCode;
use mepa_gateway::domain::money::Money;
use mepa_gateway::domain::role::Role;
use mepa_gateway::domain::sha256::sha256;
use mepa_gateway::flows::import_beneficiaries::{Grant, GrantList, ListKind, take_in};
use mepa_gateway::flows::verify::verify;
use mepa_gateway::http;
use mepa_gateway::platforms::secret::Secret;
use mepa_gateway::platforms::settings::{AnacSettings, CallSettings, SdiSettings, SiopeSettings};
use mepa_gateway::store::ReadOnlyStore;
use mepa_gateway::store::audit::Actor;
use mepa_gateway::store::clients::Client;
use mepa_gateway::store::outbox::Trouble;
use mepa_gateway::worker::work_until_idle;
use mepa_gateway_mocks::{Azione, InvoiceFile, Options, Receiver, StandIns};
use reqwest::{Response, StatusCode};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

/// The Comune of the fixtures.
pub(crate) const ALMESE: &str = "001006";
/// Another Comune, for what must not be seen.
pub(crate) const ALPIGNANO: &str = "001008";
/// CUP of the fixtures' Comune.
pub(crate) const CUP_ALMESE: &str = "J51B26000010006";
const CUP_ALPIGNANO: &str = "J51B26000020006";

/// Variables for commands that look for platforms where none are: one try each says it.
pub(crate) const ONE_TRY: [(&str, &str); 3] = [
    ("MEPA__PLATFORMS__SISTEMA_CUP__CALL__ATTEMPTS_MAX", "1"),
    ("MEPA__PLATFORMS__LAVORO_PUBBLICO__CALL__ATTEMPTS_MAX", "1"),
    ("MEPA__PLATFORMS__ACQUISTINRETEPA__CALL__ATTEMPTS_MAX", "1"),
];

/// A running gateway.
pub(crate) struct TestApp {
    pub(crate) app: Arc<App>,
    pub(crate) stand_ins: StandIns,
    pub(crate) base: String,
    client: reqwest::Client,
    server: JoinHandle<()>,
    /// The store lies in it; dropped last.
    _folder: TempDir,
}

/// An instant from RFC 3339.
pub(crate) fn at(text: &str) -> DateTime<Utc> {
    text.parse().unwrap()
}

impl TestApp {
    /// A gateway in the weeks of purchase: Almese and Alpignano are confirmed, the clock stands at 12 March 2026.
    pub(crate) async fn purchasing() -> Self {
        Self::purchasing_with(|_| {}).await
    }

    /// The same on 21 April, with one order of Almese that its supplier has accepted; its id.
    pub(crate) async fn with_sent_order() -> (Self, String) {
        let test = Self::purchasing().await;
        let (_, answer) = test.submit("order", &good_order()).await;
        let id = answer["id"].as_str().unwrap().to_owned();
        test.work().await;
        let order: Value =
            test.get(&token(Role::Lettore), &format!("/orders/{id}")).await.json().await.unwrap();
        let number = order["oda_number"].as_str().unwrap();
        test.stand_ins.act(number, Azione::FirmaEInvia, None).unwrap();
        test.stand_ins.act(number, Azione::Accetta, None).unwrap();
        test.move_to("2026-03-12T16:00:00Z");
        test.work().await;
        test.move_to("2026-04-21T08:00:00Z");
        (test, id)
    }

    /// The same with other settings.
    pub(crate) async fn purchasing_with(change: impl FnOnce(&mut Settings)) -> Self {
        let test = Self::with(at("2026-03-12T15:00:00Z"), change).await;
        test.confirm(&[(ALMESE, CUP_ALMESE, 3_547_147), (ALPIGNANO, CUP_ALPIGNANO, 7_094_295)]).await;
        test
    }

    /// A gateway that knows no beneficiary, at an instant.
    pub(crate) async fn empty(now: DateTime<Utc>) -> Self {
        Self::with(now, |_| {}).await
    }

    /// The same with other settings.
    pub(crate) async fn empty_with(now: DateTime<Utc>, change: impl FnOnce(&mut Settings)) -> Self {
        Self::with(now, change).await
    }

    async fn with(now: DateTime<Utc>, change: impl FnOnce(&mut Settings)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let stand_ins = StandIns::start(options(now)).await.unwrap();
        let mut settings = settings(folder.path(), &stand_ins);
        change(&mut settings);
        let app = App::open(settings, Clock::fixed(now)).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let base = format!("http://{}{}", listener.local_addr().unwrap(), http::BASE);
        let served = Arc::clone(&app);
        let server =
            tokio::spawn(async move { http::serve(served, listener, std::future::pending()).await.unwrap() });
        let client = reqwest::Client::builder().pool_max_idle_per_host(64).build().unwrap();
        let test = Self { app, stand_ins, base, client, server, _folder: folder };
        for role in Role::ALL {
            let comune = role.is_of_a_comune().then_some(ALMESE);
            test.add_client(&token(role), role, comune).await;
        }
        test.add_client("other-town", Role::Rup, Some(ALPIGNANO)).await;
        test
    }

    pub(crate) async fn confirm(&self, grants: &[(&str, &str, i64)]) {
        let grant = |&(comune, cup, cents): &(&str, &str, i64)| Grant {
            comune: comune.parse().unwrap(),
            amount: Money::from_cents(cents),
            cup: Some(cup.parse().unwrap()),
        };
        let list = GrantList {
            kind: ListKind::Definitive,
            digest: "test".into(),
            synthetic: true,
            grants: grants.iter().map(grant).collect(),
        };
        take_in(&self.app, list, self.app.clock.now()).await.unwrap();
    }

    pub(crate) async fn add_client(&self, token: &str, role: Role, comune: Option<&str>) {
        let client = Client {
            id: token.into(),
            name: token.into(),
            role,
            programme: self.app.programme.id.clone(),
            comune: comune.map(|code| code.parse().unwrap()),
            token_sha256: sha256(token.as_bytes()),
            revoked_at: None,
        };
        let at = self.app.clock.now();
        self.app
            .store
            .write(move |tx| Box::pin(async move { tx.add_client(&client, &Actor::operator(), at).await }))
            .await
            .unwrap();
    }

    pub(crate) async fn get(&self, token: &str, path: &str) -> Response {
        self.client.get(format!("{}{path}", self.base)).bearer_auth(token).send().await.unwrap()
    }

    /// A POST of bytes under a key.
    pub(crate) async fn post(
        &self,
        token: &str,
        path: &str,
        key: &str,
        media_type: &str,
        body: Vec<u8>,
    ) -> Response {
        let request = self.client.post(format!("{}{path}", self.base)).bearer_auth(token);
        let request = request.header("idempotency-key", key).header("content-type", media_type);
        request.body(body).send().await.unwrap()
    }

    /// A POST without key, token or media type: what a careless client sends.
    pub(crate) fn bare_post(&self, path: &str) -> reqwest::RequestBuilder {
        self.client.post(format!("{}{path}", self.base))
    }

    /// Submits an order as the RUP of Almese.
    pub(crate) async fn submit(&self, key: &str, order: &Value) -> (StatusCode, Value) {
        let response = self.post(&token(Role::Rup), "/orders", key, "application/json", bytes(order)).await;
        (response.status(), response.json().await.unwrap())
    }

    /// Owed calls that are not going well, as `doctor` sees them.
    pub(crate) async fn troubles(&self) -> Vec<Trouble> {
        let store = ReadOnlyStore::open(&self.app.settings.store.path).await.unwrap();
        store.troubles().await.unwrap()
    }

    /// The balances of a Comune in cents: reserved, committed, available.
    pub(crate) async fn balances(&self, istat: &str) -> (i64, i64, i64) {
        let code: IstatCode = istat.parse().unwrap();
        let row = self.app.store.participation(&self.app.programme.id, &code).await.unwrap().unwrap();
        let held = row.balances;
        (held.reserved.cents(), held.committed.cents(), held.available().unwrap().cents())
    }

    /// Moves the gateway's clock and that of the stand-ins.
    pub(crate) fn move_to(&self, now: &str) {
        self.app.clock.set(at(now));
        self.stand_ins.clock().stop_at(at(now));
    }

    pub(crate) async fn work(&self) {
        work_until_idle(&self.app).await.unwrap();
    }

    /// Everything that is stored is whole, and the stand-ins never broke their own contract.
    pub(crate) async fn assert_whole(&self) {
        for check in verify(&self.app.store).await.unwrap().checks {
            assert!(check.is_ok(), "{}: {:?}", check.name, check.faults);
        }
        assert!(
            self.stand_ins.ledger().broken_answers().is_empty(),
            "{:?}",
            self.stand_ins.ledger().broken_answers()
        );
    }
}

impl Drop for TestApp {
    fn drop(&mut self) {
        self.server.abort();
    }
}

/// Token of the test client with that role.
pub(crate) fn token(role: Role) -> String {
    format!("token-{}", role.as_str())
}

/// The bytes of a JSON document.
pub(crate) fn bytes(document: &Value) -> Vec<u8> {
    serde_json::to_vec(document).unwrap()
}

/// A private key that signs in our name, PKCS#8, and the public one by which the stand-in knows us.
static KEY: LazyLock<(Vec<u8>, Vec<u8>)> = LazyLock::new(|| {
    let (random, algorithm) = (SystemRandom::new(), &ECDSA_P256_SHA256_FIXED_SIGNING);
    let private = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
    let pair = EcdsaKeyPair::from_pkcs8(algorithm, private.as_ref(), &random).unwrap();
    (private.as_ref().to_vec(), pair.public_key().as_ref().to_vec())
});

/// ANAC, with a key that was made for this run.
/// The private key of the client of ANAC, as settings take it.
pub(crate) fn anac_key() -> String {
    STANDARD.encode(&KEY.0)
}

fn anac_settings(base_url: &str) -> AnacSettings {
    serde_json::from_value(serde_json::json!({
        "base_url": base_url, "token_base_url": base_url, "client_id": "client", "key_id": "key",
        "purpose_id": "2f1c8a52-8c0f-4f0d-9d0e-4d9a1b6c7e10", "private_key": anac_key(),
        "user_tax_code": "RSSMRA80A01H501U", "user_role": "RP", "user_loa": "3", "user_idp_type": "SPID",
        "ausa_code": "0000001001", "platform_code": "11111111-1111-4111-8111-111111111111",
        "component_code": "22222222-2222-4222-8222-222222222222",
        // Most tests count the calls that they are about.
        "verify_orders": false,
        "call": {"rate_per_second": 4_000_000_000u32, "backoff_ms": 1, "read_timeout_ms": 2_000, "write_timeout_ms": 2_000},
    }))
    .unwrap()
}

fn options(now: DateTime<Utc>) -> Options {
    Options { now: Some(now), anac_public_key: Some(KEY.1.clone()), ..Options::default() }
}

fn settings(folder: &Path, stand_ins: &StandIns) -> Settings {
    let mut settings = Settings::defaults().unwrap();
    settings.store.path = folder.join("gateway.db");
    settings.server.requests_per_minute = 1_000_000;
    let urls = stand_ins.urls();
    settings.platforms.sistema_cup.base_url = urls.sistema_cup;
    settings.platforms.lavoro_pubblico.base_url = urls.lavoro_pubblico;
    settings.platforms.acquistinretepa.base_url = urls.acquistinretepa;
    settings.platforms.anac = Some(anac_settings(&urls.anac));
    settings.platforms.sdi = Some(SdiSettings {
        base_url: urls.sdi,
        receive_token: Secret::new("sdi-token"),
        call: CallSettings { backoff_ms: 1, write_timeout_ms: 1_000, ..CallSettings::default() },
    });
    settings.platforms.siope = Some(SiopeSettings {
        base_url: urls.siope,
        token: Secret::new("siope-token"),
        a2a_code: "A2A-00000001".into(),
        call: CallSettings { rate_per_second: NonZeroU32::MAX, backoff_ms: 1, ..CallSettings::default() },
    });
    settings.offices.insert("UFTST1".parse().unwrap(), ALMESE.parse().unwrap());
    settings.server.body_timeout_s = 1;
    for call in [
        &mut settings.platforms.sistema_cup.call,
        &mut settings.platforms.lavoro_pubblico.call,
        &mut settings.platforms.acquistinretepa.call,
    ] {
        call.rate_per_second = NonZeroU32::MAX;
        call.backoff_ms = 1;
        call.read_timeout_ms = 2_000;
        call.write_timeout_ms = 2_000;
    }
    settings
}

/// The order of the fixtures, which passes every rule.
pub(crate) fn good_order() -> Value {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/rules/base.json");
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

/// The `n`th order of a series: number and CIG are its own.
pub(crate) fn nth_order(n: u32) -> Value {
    let mut order = good_order();
    order["order_number"] = format!("9{n:06}").into();
    order["cig"] = nth_cig(n).into();
    order
}

/// The `n`th of a series of well-formed CIG (ANAC's published check digits, layout of the PCP, letter T).
pub(crate) fn nth_cig(n: u32) -> String {
    let check = ((u64::from(n) + 20) * 211) % 4091;
    format!("T{n:06X}{check:03X}")
}

/// An order of one line whose gross amount is exactly so many cents (VAT 22 %, so a multiple of 122).
pub(crate) fn order_of(n: u32, hundreds: i64) -> Value {
    let mut order = nth_order(n);
    let net = Money::from_cents(hundreds * 100).to_string();
    let line = &mut order["lines"][0];
    line["quantity"] = "1".into();
    line["unit_price"] = net.clone().into();
    line["net_amount"] = net.clone().into();
    let line = line.clone();
    order["lines"] = serde_json::json!([line]);
    order["totals"]["net"] = net.into();
    order["totals"]["vat"] = Money::from_cents(hundreds * 22).to_string().into();
    order["totals"]["gross"] = Money::from_cents(hundreds * 122).to_string().into();
    order
}

/// The documents of SIOPE+ that the stand-in serves, which are the project's own: name and text.
pub(crate) fn opi_fixtures() -> Vec<(String, String)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("mocks/fixtures/siope");
    let mut found: Vec<_> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), entry.path()))
        .filter(|(file, _)| file.ends_with(".xml"))
        .map(|(file, path)| (file, fs::read_to_string(path).unwrap()))
        .collect();
    found.sort();
    assert!(found.len() >= 18, "{}", found.len());
    found
}

/// SdI delivers the invoice of the examples under a number, changed somehow; its number at SdI.
pub(crate) async fn deliver_example(
    test: &TestApp,
    number: &str,
    change: impl Fn(String) -> String,
) -> String {
    let content = change(include_str!("../../docs/examples/fattura.xml").replace("2026/15", number));
    let file = InvoiceFile {
        name: format!("IT76543211007_{}.xml", number.replace(['/', ' '], "")),
        content: content.into(),
        office: "UFTST1".into(),
        format: "FPA12".into(),
    };
    let root = test.base.strip_suffix(http::BASE).unwrap();
    let receiver = Receiver { url: format!("{root}{}", http::sdi::PATH), token: "sdi-token".into() };
    let (sdi_id, taken) = test.stand_ins.deliver_invoices(file, &receiver).await.unwrap();
    assert_eq!(taken, Ok(()));
    sdi_id.to_string()
}

/// The Comune's treasurer sends a document of payment.
pub(crate) async fn pay(test: &TestApp, key: &str, document: &str) -> (StatusCode, Value) {
    let answer =
        test.post(&token(Role::Ragioneria), "/payments", key, "application/xml", document.into()).await;
    (answer.status(), answer.json().await.unwrap())
}
