// SPDX-License-Identifier: EUPL-1.2
//! The authorization server of PDND, and the two tokens that each call of the PCP brings.

use std::collections::HashMap;
use std::sync::Mutex;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, TimeDelta, Utc};
use ring::rand::{SecureRandom, SystemRandom};
use serde_json::{Value, json};
use wiremock::Request;

use super::jws::{Opener, Seen, check_times, text};
use super::wire;
use crate::locked;
use crate::operation::Operation;
use crate::reply::{Reply, Served};
use crate::rest::header;
use crate::schema::Schema;
use crate::server::{MAX_BODY, Shared};

const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
/// Longest life of a tracking token, in seconds.
const EVIDENCE_LIFETIME: i64 = 10;
const EXPIRED: &str = "voucher scaduto o sconosciuto";

struct Voucher {
    expires: DateTime<Utc>,
    purpose: String,
}

#[derive(Default)]
struct State {
    vouchers: HashMap<String, Voucher>,
    assertions: Seen,
    evidence: Seen,
}

/// Issues vouchers and knows them again.
pub(super) struct Pdnd {
    opener: Opener,
    lifetime: u32,
    shared: Shared,
    state: Mutex<State>,
}

impl Pdnd {
    pub(super) fn new(public_key: Option<Vec<u8>>, lifetime: u32, shared: Shared) -> Self {
        Self { opener: Opener { public_key }, lifetime: lifetime.max(1), shared, state: Mutex::default() }
    }

    /// Answers a request for a voucher.
    pub(super) fn issue(&self, request: &Request) -> Served<Reply> {
        let form = form(request)?;
        let field = |name: &str| match form.get(name) {
            Some(value) => Ok(value.as_str()),
            None => Err(refuse(400, "invalid_request", &format!("{name} assente"))),
        };
        if field("grant_type")? != "client_credentials" {
            return Err(refuse(400, "unsupported_grant_type", "grant_type deve essere client_credentials"));
        }
        if field("client_assertion_type")? != JWT_BEARER {
            return Err(refuse(400, "invalid_request", "client_assertion_type non ammesso"));
        }
        let (client, assertion) = (field("client_id")?, field("client_assertion")?);
        let payload = self.assertion(client, assertion).map_err(|why| refuse(401, "invalid_client", &why))?;
        let token = random_token().ok_or_else(|| refuse(400, "invalid_request", "voucher non generato"))?;
        let expires = self.shared.clock.now() + TimeDelta::seconds(self.lifetime.into());
        let purpose = text(&payload, "purposeId").to_lowercase();
        locked(&self.state).vouchers.insert(token.clone(), Voucher { expires, purpose });
        self.shared.done(Operation::IssueVoucher, text(&payload, "jti"), client);
        let body = json!({"access_token": token, "token_type": "Bearer", "expires_in": self.lifetime});
        Ok(Reply::json(200, Schema::AnacVoucher, &body).header("cache-control", "no-store"))
    }

    fn assertion(&self, client: &str, token: &str) -> Result<Value, String> {
        let payload = self.opener.open(token, Schema::AnacClientAssertion)?;
        if text(&payload, "iss") != client || text(&payload, "sub") != client {
            return Err("iss e sub devono essere client_id".to_owned());
        }
        check_times(&payload, self.shared.clock.now().timestamp(), None)?;
        locked(&self.state).assertions.take(&payload)?;
        Ok(payload)
    }

    /// Lets a call of `service` through, or refuses it. `flow` is the procurement asked for, if the call names one.
    pub(super) fn admit(&self, request: &Request, service: &str, flow: Option<&str>) -> Served<()> {
        let purpose = self.voucher(request).map_err(|why| Box::new(no_voucher(why)))?;
        self.evidence(request, service, flow, &purpose).map_err(|why| {
            let why = format!("Agid-JWT-TrackingEvidence: {why}");
            Box::new(wire::refuse(401, "evidenza-non-valida", &why, &["ERR1"]))
        })
    }

    /// The purpose of the voucher that came with the call.
    fn voucher(&self, request: &Request) -> Result<String, &'static str> {
        let given = given(request).ok_or("voucher assente")?;
        let state = locked(&self.state);
        let live = state.vouchers.get(given).filter(|voucher| self.shared.clock.now() < voucher.expires);
        live.map(|voucher| voucher.purpose.clone()).ok_or(EXPIRED)
    }

    /// Lets the voucher that came with the call end before its time, and says so.
    pub(super) fn forget(&self, request: &Request) -> Reply {
        if let Some(given) = given(request) {
            locked(&self.state).vouchers.remove(given);
        }
        no_voucher(EXPIRED)
    }

    fn evidence(
        &self,
        request: &Request,
        service: &str,
        flow: Option<&str>,
        purpose: &str,
    ) -> Result<(), String> {
        let token = header(request, "agid-jwt-trackingevidence").ok_or("assente")?;
        let payload = self.opener.open(token, Schema::AnacTrackingEvidence)?;
        check_times(&payload, self.shared.clock.now().timestamp(), Some(EVIDENCE_LIFETIME))?;
        if !text(&payload, "aud").ends_with(service) {
            return Err(format!("aud deve finire con {service}"));
        }
        if !text(&payload, "purposeId").eq_ignore_ascii_case(purpose) {
            return Err("purposeId non è quello del voucher".to_owned());
        }
        let named = text(&payload, "businessFlowID");
        if flow.is_some_and(|flow| !named.eq_ignore_ascii_case(flow)) {
            return Err(format!("businessFlowID deve essere l'idAppalto richiesto, non {named}"));
        }
        locked(&self.state).evidence.take(&payload)
    }
}

fn given(request: &Request) -> Option<&str> {
    header(request, "authorization").and_then(|value| value.strip_prefix("Bearer "))
}

fn no_voucher(why: &str) -> Reply {
    wire::refuse(401, "voucher-non-valido", why, &["ERR1"]).header("www-authenticate", "Bearer")
}

/// The fields of the form; one said twice is refused (RFC 6749, 3.2).
fn form(request: &Request) -> Served<HashMap<String, String>> {
    let media_type = header(request, "content-type").unwrap_or_default();
    let media_type = media_type.split(';').next().unwrap_or_default().trim();
    if !media_type.eq_ignore_ascii_case("application/x-www-form-urlencoded") || request.body.len() > MAX_BODY
    {
        return Err(refuse(400, "invalid_request", "serve application/x-www-form-urlencoded"));
    }
    let body = std::str::from_utf8(&request.body)
        .map_err(|_| refuse(400, "invalid_request", "il corpo non è UTF-8"))?;
    // A form is written like a query, so the reader of queries reads it.
    let mut address = request.url.clone();
    address.set_query(Some(body));
    let mut fields = HashMap::new();
    for (name, value) in address.query_pairs() {
        if fields.insert(name.clone().into_owned(), value.into_owned()).is_some() {
            return Err(refuse(400, "invalid_request", &format!("{name} ripetuto")));
        }
    }
    Ok(fields)
}

fn refuse(status: u16, error: &str, why: &str) -> Box<Reply> {
    let why: String = why.chars().take(1000).collect();
    let body = json!({"error": error, "error_description": why});
    Box::new(Reply::json(status, Schema::AnacTokenError, &body).header("cache-control", "no-store"))
}

fn random_token() -> Option<String> {
    let mut bytes = [0; 32];
    SystemRandom::new().fill(&mut bytes).ok()?;
    Some(URL_SAFE_NO_PAD.encode(bytes))
}
