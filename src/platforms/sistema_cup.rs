// SPDX-License-Identifier: EUPL-1.2
//! Sistema CUP of DIPE: generate the CUP of a Comune, find it again, read any CUP. SOAP 1.1 with payloads in base64; the
//! contract is in `schemas/sistema_cup/`.
//!
//! | operation | idempotent | what proves that nothing was done |
//! | --- | --- | --- |
//! | read, find by event key | reads | |
//! | close, revoke | look-up: the state of the CUP; done twice it changes nothing | no connection, 429, a fault that blames us, a refusal |
//! | generate | look-up by our event key: done twice it makes **two** CUP | no connection, 429, a fault that blames us, `KO` |
//!
//! User and password travel inside the payload: no payload is ever logged or kept, and what the platform says is blotted.

mod answers;
mod region;
mod request;
mod wire;

use chrono::NaiveDate;
use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};

use crate::clock::Clock;
use crate::domain::cup::Cup;

use super::answer::{Answer, Failure};
use super::breaker::PlatformHealth;
use super::call::{Around, Effect, Operation, Policy};
use super::error::{Kind, Platform, PlatformError, said};
use super::secret::Secret;
use super::sending::BeforeSending;
use super::settings::{SettingsError, SistemaCupSettings};
use super::soap;
use super::transport::Request;
use super::xml::Element;

pub use request::CupRequest;

const GENERATE: Operation =
    Operation { name: "generate", awaited: true, effect: Effect::Acts, answer_max: 4 << 20 };
const FIND: Operation =
    Operation { name: "find_by_event_key", awaited: true, effect: Effect::Reads, answer_max: 4 << 20 };
const END: Operation = Operation { name: "end", awaited: false, effect: Effect::Acts, answer_max: 1 << 20 };
const READ: Operation = Operation { name: "read", awaited: true, effect: Effect::Reads, answer_max: 4 << 20 };

const SOAP_ACTION: HeaderName = HeaderName::from_static("soapaction");

/// State of a CUP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CupState {
    /// `Attivo`.
    Active,
    /// `Chiuso`.
    Closed,
    /// `Revocato`.
    Revoked,
    /// `Cancellato`.
    Deleted,
}

impl CupState {
    /// The name shown to people, as Sistema CUP writes it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Active => "Attivo",
            Self::Closed => "Chiuso",
            Self::Revoked => "Revocato",
            Self::Deleted => "Cancellato",
        }
    }
}

/// How a CUP ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CupEnding {
    /// The project is over.
    Close,
    /// The project is not carried out.
    Revoke,
}

impl CupEnding {
    /// The state of a CUP that ended so.
    #[must_use]
    pub const fn state(self) -> CupState {
        match self {
            Self::Close => CupState::Closed,
            Self::Revoke => CupState::Revoked,
        }
    }
}

/// What Sistema CUP knows of a CUP.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CupRecord {
    /// The CUP.
    pub cup: Cup,
    /// Its state.
    pub state: CupState,
    /// Whether it is only provisional.
    pub provisional: bool,
    /// Template it was generated on, seven digits; none for a CUP made without.
    pub template: Option<String>,
    /// Tax code of the holder, as the platform writes it; a CUP that others made may show a name here.
    pub holder_tax_code: String,
    /// Day of generation.
    pub generated_on: NaiveDate,
    /// The key under which it was asked for.
    pub event_key: Option<String>,
}

/// The client.
#[derive(Debug)]
pub struct SistemaCup {
    policy: Policy,
    user: String,
    password: Secret,
}

impl SistemaCup {
    pub(super) fn new(settings: &SistemaCupSettings, around: &Around) -> Result<Self, SettingsError> {
        let platform = Platform::SistemaCup;
        for text in [settings.user.as_str(), settings.password.expose()] {
            if request::plain("credentials", text, 1, 60).is_err() {
                let why = "user and password have 1 to 60 printable characters each";
                return Err(SettingsError::Credentials { platform, why });
            }
        }
        let policy = Policy::new(platform, &settings.base_url, &settings.call, around)?.without_answers();
        let (user, password) = (settings.user.clone(), settings.password.clone());
        Ok(Self { policy, user, password })
    }

    pub(super) fn clock(&self) -> &Clock {
        self.policy.clock()
    }

    pub(super) fn health(&self) -> PlatformHealth {
        self.policy.health()
    }

    /// Generates a CUP. To be called once per event: after [`Repeat::AskFirst`](super::error::Repeat::AskFirst) comes
    /// [`SistemaCup::find_by_event_key`], and only when it finds nothing another call.
    ///
    /// # Errors
    /// [`Kind::Refused`] with the platform's reason; [`Kind::Unwritable`] when a value does not fit the form.
    pub async fn generate(&self, wanted: &CupRequest, before: &BeforeSending) -> Result<Cup, PlatformError> {
        let id = self.policy.clock().new_id().to_string();
        let payload = request::generation(wanted, self.credentials("RICHIESTA_GENERAZIONE_CUP", &id))
            .map_err(|why| self.unwritable(&GENERATE, why))?;
        let request = self.request(&wire::GENERATION, payload);
        let read = |answer: &Answer| answers::generated(&wire::open(answer, &wire::GENERATION)?, &id, wanted);
        self.policy.act(&GENERATE, &request, before, self.blotted(read)).await
    }

    /// The CUP generated under an event key, if there is one: nothing means that none was generated.
    ///
    /// # Errors
    /// [`Kind::Several`] when there are more: a person must look.
    pub async fn find_by_event_key(&self, key: &str) -> Result<Option<CupRecord>, PlatformError> {
        let id = self.policy.clock().new_id().to_string();
        let key = request::event_key(key).map_err(|why| self.unwritable(&FIND, why))?;
        let criteria = Element::new("CRITERI_RICERCA_CUP").with_value("CODIFICA_LOCALE", key);
        let payload = self.credentials("RICHIESTA_LISTA_CUP", &id).with_child(criteria);
        let request = self.request(&wire::LIST, payload);
        let read = |answer: &Answer| answers::found(&wire::open(answer, &wire::LIST)?, key);
        self.policy.call(&FIND, &request, self.blotted(read)).await
    }

    /// Closes or revokes a CUP. After [`Repeat::AskFirst`](super::error::Repeat::AskFirst) its state tells whether it was done.
    ///
    /// # Errors
    /// [`Kind::Refused`] with the platform's reason.
    pub async fn end(
        &self,
        cup: &Cup,
        ending: CupEnding,
        key: &str,
        before: &BeforeSending,
    ) -> Result<(), PlatformError> {
        let id = self.policy.clock().new_id().to_string();
        let key = request::event_key(key).map_err(|why| self.unwritable(&END, why))?;
        let payload =
            request::ending(cup, ending, key, self.credentials("RICHIESTA_CHIUSURA_REVOCA_CUP", &id));
        let request = self.request(&wire::ENDING, payload);
        let read = |answer: &Answer| answers::ended(&wire::open(answer, &wire::ENDING)?, &id, cup, ending);
        self.policy.act(&END, &request, before, self.blotted(read)).await
    }

    /// Reads a CUP back.
    ///
    /// # Errors
    /// [`Kind::NotFound`] when the platform does not know it.
    pub async fn read(&self, cup: &Cup) -> Result<CupRecord, PlatformError> {
        let id = self.policy.clock().new_id().to_string();
        let payload = self.credentials("RICHIESTA_DETTAGLIO_CUP", &id).with_value("CODICE_CUP", cup.as_str());
        let request = self.request(&wire::DETAIL, payload);
        let read = |answer: &Answer| answers::detail(&wire::open(answer, &wire::DETAIL)?, cup);
        self.policy.call(&READ, &request, self.blotted(read)).await
    }

    fn unwritable(&self, operation: &Operation, why: String) -> PlatformError {
        self.policy.error(operation, Failure::last_word(Kind::Unwritable { why }))
    }

    /// The head of every payload.
    fn credentials(&self, root: &str, id: &str) -> Element {
        Element::new(root)
            .with_value("ID_RICHIESTA", id)
            .with_value("USER", self.user.as_str())
            .with_value("PASSWORD", self.password.expose())
    }

    fn request(&self, exchange: &wire::Exchange, payload: Element) -> Request {
        let body = Element::new(exchange.request)
            .with_value("TitoloRichiesta", exchange.title)
            .with_value("richiesta", soap::to_base64(&payload.document()));
        let headers = HeaderMap::from_iter([
            (CONTENT_TYPE, HeaderValue::from_static("text/xml; charset=utf-8")),
            (SOAP_ACTION, HeaderValue::from_static(exchange.action)),
        ]);
        let url = self.policy.url(&["CUPServices"]);
        Request { method: Method::POST, url, headers, body: soap::wrap(wire::TYPES, body).into_bytes() }
    }

    /// Sees to it that no error carries the password: the platform may quote our payload back.
    fn blotted<T>(
        &self,
        read: impl Fn(&Answer) -> Result<T, Failure>,
    ) -> impl Fn(&Answer) -> Result<T, Failure> {
        move |answer| read(answer).map_err(|failure| Failure { kind: self.blot(failure.kind), ..failure })
    }

    fn blot(&self, kind: Kind) -> Kind {
        let clean = |text: String| self.password.blot(&text);
        match kind {
            Kind::Refused { code, text } => Kind::Refused { code: clean(code), text: clean(text) },
            Kind::Unavailable { status, text } => Kind::Unavailable { status, text: clean(text) },
            Kind::Denied { text } => Kind::Denied { text: clean(text) },
            Kind::NotFound { text } => Kind::NotFound { text: clean(text) },
            Kind::Garbled { why } => Kind::Garbled { why: clean(why) },
            Kind::Several { count, text } => Kind::Several { count, text: clean(text) },
            Kind::Unreachable { .. }
            | Kind::TimedOut { .. }
            | Kind::Cut { .. }
            | Kind::TooBig { .. }
            | Kind::Quota { .. }
            | Kind::Queue
            | Kind::DaySpent { .. }
            | Kind::Breaker { .. }
            | Kind::Withheld { .. }
            | Kind::Unwritable { .. } => kind,
        }
    }
}
