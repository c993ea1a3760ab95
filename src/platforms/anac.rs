// SPDX-License-Identifier: EUPL-1.2
//! ANAC's Piattaforma Contratti Pubblici (PCP), through PDND: what ANAC knows of a CIG, and how the confirmation of its
//! procurement ended. Nothing is ever created there. The contract is in `schemas/anac/`.
//!
//! | operation | idempotent | |
//! | --- | --- | --- |
//! | voucher, find, form, outcome | reads | each try carries a tracking token of its own |
//!
//! The voucher is kept until shortly before it expires. Voucher, tokens and key are never logged.

mod token;
mod wire;

use chrono::{DateTime, TimeDelta, Utc};
use reqwest::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Url};
use tokio::sync::Mutex;
use uuid::Uuid;

use crate::clock::Clock;
use crate::domain::cig::Cig;

use super::answer::{Answer, Failure};
use super::breaker::PlatformHealth;
use super::call::{Around, Effect, Operation, Policy};
use super::error::{Kind, Platform, PlatformError, said};
use super::settings::{AnacSettings, SettingsError};
use super::transport::Request;

use token::Signer;

const VOUCHER: Operation =
    Operation { name: "voucher", awaited: true, effect: Effect::Reads, answer_max: 64 << 10 };
const FIND: Operation =
    Operation { name: "find_cig", awaited: true, effect: Effect::Reads, answer_max: 1 << 20 };
const FORM: Operation =
    Operation { name: "read_form", awaited: true, effect: Effect::Reads, answer_max: 4 << 20 };
const OUTCOME: Operation =
    Operation { name: "read_outcome", awaited: true, effect: Effect::Reads, answer_max: 1 << 20 };

const APPALTO: &str = "ComunicaAppalto";
const COMUNI: &str = "ServiziComuni";
const TRACKING: HeaderName = HeaderName::from_static("agid-jwt-trackingevidence");
/// A voucher is given up so long before it expires.
const VOUCHER_MARGIN: TimeDelta = TimeDelta::seconds(30);

/// What ANAC knows of a CIG.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CigRecord {
    /// The procurement (`idAppalto`) it belongs to.
    pub procurement: Uuid,
    /// State of the lot, e.g. `CONF`, `CANC`.
    pub lot_state: String,
    /// The form, e.g. `AD3` (from 5,000 euro), `AD5` (below).
    pub form: String,
    /// Tax codes of the buyers.
    pub buyers: Vec<String>,
    /// CUP on the lot, as written.
    pub cups: Vec<String>,
    /// Whether it is marked as a PNRR investment; none where the form does not say.
    pub pnrr: Option<bool>,
    /// Net amount of the lot, a decimal as written.
    pub amount: Option<String>,
    /// Answer to the 30 % quota (`SI`, `NO`, `SI_QUOTA_INFERIORE`); none where the form does not say.
    pub quota: Option<String>,
    /// Reasons of derogation from the quota.
    pub derogations: Vec<String>,
    /// Code of accessibility; `inc` for PNRR.
    pub accessibility: Option<String>,
}

/// How the confirmation of a procurement ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Confirmation {
    /// Not yet: an empty answer is an overdue one, never a failed one.
    Overdue,
    /// Confirmed.
    Confirmed,
    /// Not confirmed: (code, text) of each error.
    NotConfirmed(Vec<(String, String)>),
}

/// The client.
#[derive(Debug)]
pub struct Anac {
    policy: Policy,
    vouchers: Policy,
    signer: Signer,
    voucher: Mutex<Option<Voucher>>,
}

/// A voucher in hand.
#[derive(Clone)]
struct Voucher {
    bearer: HeaderValue,
    until: DateTime<Utc>,
}

impl std::fmt::Debug for Voucher {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Voucher").field("until", &self.until).finish_non_exhaustive()
    }
}

impl Anac {
    pub(super) fn new(settings: &AnacSettings, around: &Around) -> Result<Self, SettingsError> {
        let platform = Platform::Anac;
        Ok(Self {
            policy: Policy::new(platform, &settings.base_url, &settings.call, around)?,
            vouchers: Policy::new(platform, &settings.token_base_url, &settings.call, around)?
                .without_answers(),
            signer: Signer::new(settings)?,
            voucher: Mutex::default(),
        })
    }

    pub(super) fn health(&self) -> PlatformHealth {
        self.policy.health()
    }

    fn clock(&self) -> &Clock {
        self.policy.clock()
    }

    /// Asks for a voucher, unless one is in hand: whether ANAC's door is open to us.
    ///
    /// # Errors
    /// [`Kind::Denied`] when the authorization server does not know our key.
    pub async fn reach(&self) -> Result<(), PlatformError> {
        self.voucher().await.map(drop)
    }

    /// What ANAC knows of a CIG; nothing when it does not know it, or does not show it to us.
    ///
    /// # Errors
    /// As for any call that reads.
    pub async fn look_up(&self, cig: &Cig) -> Result<Option<CigRecord>, PlatformError> {
        let query = [("cig", cig.to_string()), ("page", "1".into()), ("perPage", "20".into())];
        let ask = Ask { service: APPALTO, path: "ricerca-appalto", flow: Uuid::nil(), query: &query };
        let found = self.ask(&FIND, &ask, |answer| match answer.status {
            200 => wire::lot_of(answer.json()?, cig.to_string().as_str()),
            404 => Ok(None),
            _ => Err(refusal(answer)),
        });
        let Some(lot) = found.await? else { return Ok(None) };
        let query = [("idAppalto", lot.procurement.to_string())];
        let ask = Ask { service: APPALTO, path: "consulta-appalto", flow: lot.procurement, query: &query };
        let read = |answer: &Answer| match answer.status {
            200 => wire::record(answer.json()?, &lot),
            _ => Err(refusal(answer)),
        };
        self.ask(&FORM, &ask, read).await.map(Some)
    }

    /// How the confirmation of a procurement ended.
    ///
    /// # Errors
    /// As for any call that reads.
    pub async fn confirmation(&self, procurement: Uuid) -> Result<Confirmation, PlatformError> {
        let query = [
            ("idAppalto", procurement.to_string()),
            ("tipoOperazione", "AP_CONF".into()),
            ("tipoRicerca", "ULTIMO_ESITO".into()),
        ];
        let ask = Ask { service: COMUNI, path: "esito-operazione", flow: procurement, query: &query };
        let read = |answer: &Answer| match answer.status {
            200 => wire::confirmation(answer.json()?, procurement),
            _ => Err(refusal(answer)),
        };
        self.ask(&OUTCOME, &ask, read).await
    }

    /// Asks under the voucher in hand; when the PCP no longer takes it, once more under a new one.
    async fn ask<T>(
        &self,
        operation: &Operation,
        ask: &Ask<'_>,
        read: impl Fn(&Answer) -> Result<T, Failure>,
    ) -> Result<T, PlatformError> {
        let voucher = self.voucher().await?;
        match self.policy.call_anew(operation, || self.request(ask, &voucher), &read).await {
            Err(PlatformError { kind: Kind::Denied { .. }, .. }) => {
                *self.voucher.lock().await = None;
                let voucher = self.voucher().await?;
                self.policy.call_anew(operation, || self.request(ask, &voucher), &read).await
            }
            done => done,
        }
    }

    fn request(&self, ask: &Ask<'_>, voucher: &Voucher) -> Result<Request, Failure> {
        let service = self.policy.url(&["modi", "rest", ask.service, "v2"]);
        let mut url = self.policy.url(&["modi", "rest", ask.service, "v2", ask.path]);
        url.query_pairs_mut().extend_pairs(ask.query);
        let evidence = self.signer.evidence(self.clock(), &service, ask.flow)?;
        let headers = HeaderMap::from_iter([
            (AUTHORIZATION, voucher.bearer.clone()),
            (ACCEPT, HeaderValue::from_static("application/json")),
            (TRACKING, sensitive(&evidence)?),
        ]);
        Ok(Request { method: Method::GET, url, headers, body: Vec::new() })
    }

    /// The voucher in hand, or a new one. Held while it is fetched, so that many callers fetch one.
    async fn voucher(&self) -> Result<Voucher, PlatformError> {
        let mut held = self.voucher.lock().await;
        if let Some(voucher) = held.as_ref().filter(|voucher| voucher.until > self.clock().now()) {
            return Ok(voucher.clone());
        }
        let url = self.vouchers.url(&["authorization-server", "token"]);
        let read = |answer: &Answer| match answer.status {
            200 => self.voucher_from(answer.json()?),
            400 | 401 => Err(Failure::not_done(Kind::Denied { text: wire::oauth_error(&answer.body) })),
            _ => Err(answer.trouble()),
        };
        let voucher = self.vouchers.call_anew(&VOUCHER, || self.voucher_request(&url), read).await?;
        *held = Some(voucher.clone());
        Ok(voucher)
    }

    fn voucher_request(&self, url: &Url) -> Result<Request, Failure> {
        let assertion = self.signer.assertion(self.clock(), url)?;
        let form = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "client_credentials")
            .append_pair("client_id", self.signer.client_id())
            .append_pair("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer")
            .append_pair("client_assertion", &assertion)
            .finish();
        let headers = HeaderMap::from_iter([
            (CONTENT_TYPE, HeaderValue::from_static("application/x-www-form-urlencoded")),
            (ACCEPT, HeaderValue::from_static("application/json")),
        ]);
        Ok(Request { method: Method::POST, url: url.clone(), headers, body: form.into_bytes() })
    }

    fn voucher_from(&self, given: wire::Voucher) -> Result<Voucher, Failure> {
        if !given.token_type.eq_ignore_ascii_case("bearer") {
            return Err(Failure::garbled(format!("a voucher of type {}", said(&given.token_type))));
        }
        let life = TimeDelta::seconds(i64::from(given.expires_in.min(86_400))) - VOUCHER_MARGIN;
        let bearer = sensitive(&format!("Bearer {}", given.access_token))?;
        Ok(Voucher { bearer, until: self.clock().now() + life })
    }
}

/// A question to the PCP.
struct Ask<'a> {
    service: &'static str,
    path: &'static str,
    /// What the tracking token is about.
    flow: Uuid,
    query: &'a [(&'static str, String)],
}

/// A header value that is not shown in logs.
fn sensitive(text: &str) -> Result<HeaderValue, Failure> {
    let value = HeaderValue::from_str(text);
    let mut value = value.map_err(|error| Failure::last_word(Kind::Unwritable { why: error.to_string() }))?;
    value.set_sensitive(true);
    Ok(value)
}

/// What an answer means that is none of the good ones.
fn refusal(answer: &Answer) -> Failure {
    let Some((text, codes)) = wire::problem(answer) else { return answer.trouble() };
    match answer.status {
        401 | 403 => Failure::not_done(Kind::Denied { text }),
        404 => Failure::last_word(Kind::NotFound { text }),
        400 | 405..=428 => Failure::last_word(Kind::Refused { code: codes, text }),
        _ => answer.trouble(),
    }
}
