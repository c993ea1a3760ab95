// SPDX-License-Identifier: EUPL-1.2
//! The tokens of PDND and ANAC: made here by hand, with and without something wrong in them.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use mepa_gateway_mocks::{Operation, Options, RegisteredCig, StandIns};
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, KeyPair};
use serde_json::{Value, json};

use crate::client::{Answer, moment, send};

pub(crate) const APPALTO: &str = "/modi/rest/ComunicaAppalto/v2";
pub(crate) const COMUNI: &str = "/modi/rest/ServiziComuni/v2";
pub(crate) const ZERO: &str = "00000000-0000-0000-0000-000000000000";
const CLIENT: &str = "5d2f3a1c-0000-4000-8000-000000000001";
const PURPOSE: &str = "7b1f3a1c-0000-4000-8000-000000000002";
/// 20 January 2026, 09:00 UTC: where the clock of the stand-ins stands.
const NOW: i64 = 1_768_899_600;
pub(crate) const HEADER: &str = r#"{"alg":"ES256","kid":"k","typ":"JWT"}"#;

/// A client of PDND with a key of its own.
pub(crate) struct Client {
    key: EcdsaKeyPair,
    pub(crate) base: String,
    pub(crate) now: i64,
}

impl Client {
    pub(crate) fn new(base: &str) -> Self {
        let random = SystemRandom::new();
        let pkcs8 = EcdsaKeyPair::generate_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, &random).unwrap();
        let key =
            EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_FIXED_SIGNING, pkcs8.as_ref(), &random).unwrap();
        Self { key, base: base.to_owned(), now: NOW }
    }

    pub(crate) fn sign(&self, header: &str, payload: &Value) -> String {
        self.sign_text(header, &payload.to_string())
    }

    pub(crate) fn sign_text(&self, header: &str, payload: &str) -> String {
        let part = |text: &str| URL_SAFE_NO_PAD.encode(text);
        let signed = format!("{}.{}", part(header), part(payload));
        let signature = self.key.sign(&SystemRandom::new(), signed.as_bytes()).unwrap();
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
    }

    pub(crate) fn assertion(&self) -> Value {
        json!({"iss": CLIENT, "sub": CLIENT, "aud": "auth.interop.pagopa.it/client-assertion", "iat": self.now,
            "exp": self.now + 60, "jti": jti(), "purposeId": PURPOSE})
    }

    pub(crate) fn evidence(&self, service: &str, flow: &str) -> Value {
        json!({"iat": self.now, "nbf": self.now, "exp": self.now + 10, "jti": jti(),
            "aud": format!("{}{service}", self.base), "purposeId": PURPOSE,
            "userCodiceFiscale": "AAAAAA00A01H501Z", "userRole": "RP", "userLoa": "3", "userIdpType": "SPID",
            "SACodiceFiscale": "01817001001", "SAcodiceAUSA": "0000001001",
            "regCodicePiattaforma": "0000001", "regCodiceComponente": "0000002",
            "businessFlowID": flow, "traceID": jti(), "spanID": jti()})
    }

    pub(crate) fn ask(&self, assertion: &str) -> Answer {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", CLIENT),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", assertion),
        ];
        self.post(&form)
    }

    pub(crate) fn post(&self, form: &[(&str, &str)]) -> Answer {
        let body: Vec<_> =
            form.iter().map(|(name, value)| format!("{name}={}", value.replace(':', "%3A"))).collect();
        let headers = [("Content-Type", "application/x-www-form-urlencoded")];
        send(&self.base, "POST", "/authorization-server/token", &headers, &body.join("&")).unwrap()
    }

    pub(crate) fn voucher(&self) -> String {
        let answer = self.ask(&self.sign(HEADER, &self.assertion()));
        assert_eq!(answer.status, 200, "{answer:?}");
        answer.json()["access_token"].as_str().unwrap().to_owned()
    }

    /// A call with the two tokens as given; `None` when the connection was closed.
    pub(crate) fn call(&self, path: &str, voucher: &str, evidence: &str) -> Option<Answer> {
        let bearer = format!("Bearer {voucher}");
        let headers = [("Authorization", bearer.as_str()), ("Agid-JWT-TrackingEvidence", evidence)];
        send(&self.base, "GET", path, &headers, "")
    }

    /// A good call.
    pub(crate) fn get(&self, voucher: &str, service: &str, path: &str, flow: &str) -> Answer {
        let evidence = self.sign(HEADER, &self.evidence(service, flow));
        self.call(&format!("{service}/{path}"), voucher, &evidence).unwrap()
    }
}

/// A UUID never used before.
fn jti() -> String {
    static TURN: std::sync::atomic::AtomicU64 = std::sync::atomic::AtomicU64::new(1);
    let turn = TURN.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    format!("0b7d2a1c-1111-4222-8333-{turn:012x}")
}

pub(crate) async fn start(options: Options) -> (StandIns, Client) {
    let options = Options { now: Some(moment("2026-01-20T09:00:00Z")), ..options };
    let stand_ins = StandIns::start(options).await.unwrap();
    let client = Client::new(&stand_ins.urls().anac);
    (stand_ins, client)
}

const FIND: &str = "ricerca-appalto?cig=B0A1C2D3E4&page=1&perPage=20";

#[tokio::test]
async fn a_voucher_serves_many_calls_until_it_expires() {
    let (stand_ins, mut client) = start(Options { voucher_lifetime: 120, ..Options::default() }).await;
    let answer = client.ask(&client.sign(HEADER, &client.assertion()));
    assert_eq!(answer.json()["expires_in"], 120);
    assert_eq!(answer.json()["token_type"], "Bearer");
    assert!(answer.head.contains("cache-control: no-store"));
    let voucher = answer.json()["access_token"].as_str().unwrap().to_owned();
    for _ in 0..3 {
        assert_eq!(client.get(&voucher, APPALTO, FIND, ZERO).status, 200);
    }
    for (at, status) in [("2026-01-20T09:01:59Z", 200), ("2026-01-20T09:02:00Z", 401)] {
        stand_ins.clock().stop_at(moment(at));
        client.now = moment(at).timestamp();
        let answer = client.get(&voucher, APPALTO, FIND, ZERO);
        assert_eq!(answer.status, status, "{answer:?}");
    }
    let late = client.get(&voucher, APPALTO, FIND, ZERO);
    assert_eq!(late.kind(), "voucher-non-valido");
    assert_eq!(late.json()["detail"], "voucher scaduto o sconosciuto");
    assert_eq!(late.json()["errori"][0]["codice"], "ERR1");
    assert!(late.head.contains("application/problem+json") && late.head.contains("www-authenticate: bearer"));
    assert_eq!(client.get(&client.voucher(), APPALTO, FIND, ZERO).status, 200);
    assert_eq!(stand_ins.ledger().effects_of(Operation::IssueVoucher), 2);
    assert_eq!(stand_ins.ledger().doubles(), []);
    assert_eq!(stand_ins.ledger().broken_answers(), [""; 0]);
}

#[tokio::test]
async fn only_the_registered_key_is_taken() {
    let mut client = Client::new("");
    let key = client.key.public_key().as_ref().to_vec();
    let (stand_ins, other) = start(Options { anac_public_key: Some(key), ..Options::default() }).await;
    client.base = stand_ins.urls().anac;
    let voucher = client.voucher();
    assert_eq!(client.get(&voucher, APPALTO, FIND, ZERO).status, 200);
    assert_eq!(other.ask(&other.sign(HEADER, &other.assertion())).status, 401);
    assert_eq!(other.get(&voucher, APPALTO, FIND, ZERO).kind(), "evidenza-non-valida");
    let signed = client.sign(HEADER, &client.evidence(APPALTO, ZERO));
    let (head, rest) = signed.split_once('.').unwrap();
    let (_, signature) = rest.split_once('.').unwrap();
    let changed = URL_SAFE_NO_PAD.encode(client.evidence(APPALTO, ZERO).to_string());
    let path = format!("{APPALTO}/{FIND}");
    assert_eq!(client.call(&path, &voucher, &format!("{head}.{changed}.{signature}")).unwrap().status, 401);
    assert_eq!(stand_ins.ledger().effects_of(Operation::IssueVoucher), 1);
}

/// Payloads that differ from a good one in one member; `null` takes it away.
fn spoilt(good: &Value, changes: &[(&str, Value)]) -> Vec<Value> {
    let spoil = |(name, value): &(&str, Value)| {
        let mut payload = good.clone();
        match value {
            Value::Null => drop(payload.as_object_mut().unwrap().remove(*name)),
            value => payload[*name] = value.clone(),
        }
        payload
    };
    changes.iter().map(spoil).collect()
}

const BAD_HEADERS: [&str; 8] = [
    r#"{"alg":"none","kid":"k","typ":"JWT"}"#,
    r#"{"alg":"HS256","kid":"k","typ":"JWT"}"#,
    r#"{"alg":"es256","kid":"k","typ":"JWT"}"#,
    r#"{"alg":"ES256","kid":"","typ":"JWT"}"#,
    r#"{"alg":"ES256","typ":"JWT"}"#,
    r#"{"alg":"ES256","kid":"k"}"#,
    r#"{"alg":"ES256","kid":"k","typ":"JWT","crit":["x"]}"#,
    "[]",
];

#[tokio::test]
async fn a_wrong_assertion_gets_no_voucher() {
    let (stand_ins, client) = start(Options::default()).await;
    let wrong = [
        ("iss", json!("altri")),
        ("sub", json!("altri")),
        ("aud", Value::Null),
        ("purposeId", Value::Null),
        ("purposeId", json!("scopo")),
        ("jti", Value::Null),
        ("iat", json!("2026-01-20")),
        ("iat", json!(NOW + 61)),
        ("exp", json!(NOW - 61)),
        ("exp", json!(NOW)),
        ("nbf", json!(NOW + 61)),
    ];
    for payload in spoilt(&client.assertion(), &wrong) {
        let answer = client.ask(&client.sign(HEADER, &payload));
        assert_eq!((answer.status, &answer.json()["error"]), (401, &json!("invalid_client")), "{payload}");
    }
    for header in BAD_HEADERS {
        assert_eq!(client.ask(&client.sign(header, &client.assertion())).status, 401, "{header}");
    }
    let good = client.sign(HEADER, &client.assertion());
    let unsigned = format!("{}.", good.rsplit_once('.').unwrap().0);
    for token in ["", "a", "a.b", "a.b.c.d", unsigned.as_str(), &"x".repeat(20_000)] {
        assert_eq!(client.ask(token).status, 401, "{token:.40}");
    }
    assert_eq!(client.ask(&good).status, 200);
    let again = client.ask(&good);
    assert_eq!((again.status, &again.json()["error_description"]), (401, &json!("jti già usato")));
    for (form, error) in [
        (&[("grant_type", "password")][..], "unsupported_grant_type"),
        (&[("grant_type", "client_credentials")], "invalid_request"),
        (&[("grant_type", "client_credentials"), ("grant_type", "client_credentials")], "invalid_request"),
        (&[], "invalid_request"),
    ] {
        let answer = client.post(form);
        assert_eq!((answer.status, &answer.json()["error"]), (400, &json!(error)), "{form:?}");
    }
    assert_eq!(send(&client.base, "POST", "/authorization-server/token", &[], "a").unwrap().status, 400);
    assert_eq!(stand_ins.ledger().effects_of(Operation::IssueVoucher), 1);
    assert_eq!(stand_ins.ledger().broken_answers(), [""; 0]);
}

#[tokio::test]
async fn a_wrong_tracking_token_is_refused_and_named() {
    let (stand_ins, client) = start(Options::default()).await;
    let cig = RegisteredCig {
        cig: "B0A1C2D3E4".to_owned(),
        codice_fiscale: "01817001001".to_owned(),
        ..Default::default()
    };
    let id = stand_ins.register_cig(cig).unwrap();
    let voucher = client.voucher();
    let path = format!("{APPALTO}/consulta-appalto?idAppalto={id}");
    let good = client.evidence(APPALTO, &id);
    let mut wrong = vec![
        ("exp", json!(NOW + 11)),
        ("exp", json!(NOW - 61)),
        ("iat", json!(NOW + 61)),
        ("nbf", json!(NOW + 61)),
        ("jti", json!("uno")),
        ("aud", json!(format!("{}{COMUNI}", client.base))),
        ("purposeId", json!(ZERO)),
        ("businessFlowID", json!(ZERO)),
        ("userRole", json!("RUP")),
        ("userLoa", json!(3)),
        ("userIdpType", json!("PASSWORD")),
    ];
    let names: Vec<String> = good.as_object().unwrap().keys().cloned().collect();
    wrong.extend(names.iter().filter(|n| *n != "SACodiceFiscale").map(|n| (n.as_str(), Value::Null)));
    for payload in spoilt(&good, &wrong) {
        let answer = client.call(&path, &voucher, &client.sign(HEADER, &payload)).unwrap();
        assert_eq!((answer.status, answer.kind().as_str()), (401, "evidenza-non-valida"), "{payload}");
        assert!(answer.json()["detail"].as_str().unwrap().starts_with("Agid-JWT-TrackingEvidence: "));
    }
    for header in BAD_HEADERS {
        let evidence = client.sign(header, &client.evidence(APPALTO, &id));
        assert_eq!(client.call(&path, &voucher, &evidence).unwrap().status, 401, "{header}");
    }
    let evidence = client.sign(HEADER, &good);
    assert_eq!(client.call(&path, "altro", &evidence).unwrap().kind(), "voucher-non-valido");
    assert_eq!(client.call(&path, &voucher, &evidence).unwrap().status, 200);
    let again = client.call(&path, &voucher, &evidence).unwrap();
    assert!(again.json()["detail"].as_str().unwrap().ends_with("jti già usato"), "{again:?}");
    let naked = send(&client.base, "GET", &path, &[], "").unwrap();
    assert_eq!((naked.status, &naked.json()["detail"]), (401, &json!("voucher assente")));
    assert_eq!(stand_ins.ledger().broken_answers(), [""; 0]);
}
