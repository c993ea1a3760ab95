// SPDX-License-Identifier: EUPL-1.2
//! Acquistinretepa, the portal of the MePA: hand over a checked order as a draft ODA, follow it, withdraw it. The portal
//! has no public interface: the contract in `schemas/acquistinretepa/` is an assumption.
//!
//! | operation | idempotent | what proves that nothing was done |
//! | --- | --- | --- |
//! | find by reference, state, changes, document | reads | |
//! | hand over | key (our reference) and look-up | no connection, 429, the portal's own 503, its typed 4xx |
//! | cancel | look-up of the state | the same |

mod wire;

use chrono::{DateTime, SecondsFormat, SubsecRound, Utc};
use reqwest::header::{HeaderMap, HeaderName, HeaderValue};
use reqwest::{Method, Url};
use uuid::Uuid;

use crate::domain::oda::OdaState;

use super::answer::{Answer, Failure};
use super::breaker::PlatformHealth;
use super::call::{Around, Effect, Operation, Policy};
use super::error::{Kind, Platform, PlatformError, said};
use super::sending::BeforeSending;
use super::settings::{RestSettings, SettingsError};
use super::{problem, rest};

const HAND_OVER: Operation =
    Operation { name: "hand_over", awaited: true, effect: Effect::Acts, answer_max: 256 << 10 };
const FIND: Operation =
    Operation { name: "find_by_reference", awaited: true, effect: Effect::Reads, answer_max: 256 << 10 };
const STATE: Operation =
    Operation { name: "state", awaited: false, effect: Effect::Reads, answer_max: 256 << 10 };
const CHANGES: Operation =
    Operation { name: "changes", awaited: false, effect: Effect::Reads, answer_max: 256 << 10 };
const DOCUMENT: Operation =
    Operation { name: "document", awaited: false, effect: Effect::Reads, answer_max: DOCUMENT_MAX };
const CANCEL: Operation =
    Operation { name: "cancel", awaited: true, effect: Effect::Acts, answer_max: 256 << 10 };

const PATH: [&str; 2] = ["oda", "v1"];
const KINDS: &str = "urn:acquistinretepa:problema:";
const ABSENT: &str = "ordine-inesistente";
const REFERENCE: HeaderName = HeaderName::from_static("x-riferimento-esterno");
/// What the portal shows as the reason of a withdrawal.
const CANCEL_REASON: &str = "Annullamento chiesto dal Comune";
const DOCUMENT_MAX: usize = 8 << 20;

/// An ODA that the portal holds for us.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OdaDraft {
    /// Number given by the portal, 1 to 12 digits.
    pub number: String,
    /// Where it stands; not always a draft, when it was handed over before.
    pub state: OdaState,
}

/// Where an ODA stands, and how it came there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OdaStatus {
    /// Present state.
    pub state: OdaState,
    /// Every state it had and since when, oldest first; the last is the present one.
    pub history: Vec<(OdaState, DateTime<Utc>)>,
    /// Our reference; none for an ODA made on the portal.
    pub reference: Option<Uuid>,
}

/// An ODA that changed on the portal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OdaChange {
    /// Its number.
    pub number: String,
    /// Where it stands.
    pub state: OdaState,
    /// Our reference; none for an ODA made on the portal.
    pub reference: Option<Uuid>,
    /// When it last changed.
    pub changed_at: DateTime<Utc>,
}

/// A page of changes, oldest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Changes {
    /// The changes.
    pub items: Vec<OdaChange>,
    /// What to ask for the next page with, if there is one.
    pub next: Option<String>,
}

/// The client.
#[derive(Debug)]
pub struct Acquistinretepa {
    policy: Policy,
    headers: HeaderMap,
}

impl Acquistinretepa {
    pub(super) fn new(settings: &RestSettings, around: &Around) -> Result<Self, SettingsError> {
        let platform = Platform::Acquistinretepa;
        let headers = rest::headers(platform, &settings.token)?;
        Ok(Self { policy: Policy::new(platform, &settings.base_url, &settings.call, around)?, headers })
    }

    pub(super) fn health(&self) -> PlatformHealth {
        self.policy.health()
    }

    /// Hands an order over as a draft. `reference` stands for the event, not for the try: handed over again under the
    /// same reference, the portal answers with the first ODA, whatever `ubl` says then.
    ///
    /// # Errors
    /// [`Kind::Refused`] with the portal's reasons when the document breaks its rules.
    pub async fn hand_over(
        &self,
        reference: Uuid,
        ubl: Vec<u8>,
        before: &BeforeSending,
    ) -> Result<OdaDraft, PlatformError> {
        if ubl.len() > DOCUMENT_MAX {
            let why = format!("the document has {} bytes, at most {DOCUMENT_MAX} are taken", ubl.len());
            return Err(self.policy.error(&HAND_OVER, Failure::last_word(Kind::Unwritable { why })));
        }
        let mut request = rest::post(self.url(&["bozze"]), &self.headers, "application/xml", ubl);
        let mut text = Uuid::encode_buffer();
        let value = HeaderValue::from_str(reference.hyphenated().encode_lower(&mut text));
        let value = value.map_err(|error| {
            self.policy.error(&HAND_OVER, Failure::last_word(Kind::Unwritable { why: error.to_string() }))
        })?;
        request.headers.insert(REFERENCE, value);
        let read = |answer: &Answer| match answer.status {
            201 => created(answer.json()?, reference),
            409 if problem::is_problem(answer) => there_already(answer.json()?, reference),
            _ => Err(problem::refusal(answer, KINDS, ABSENT)),
        };
        self.policy.act(&HAND_OVER, &request, before, read).await
    }

    /// The ODA handed over under a reference, if there is one: nothing means that nothing was done.
    ///
    /// # Errors
    /// As for any call that reads.
    pub async fn find_by_reference(&self, reference: Uuid) -> Result<Option<OdaDraft>, PlatformError> {
        let mut url = self.url(&["ordini"]);
        url.query_pairs_mut().append_pair("riferimento_esterno", &reference.hyphenated().to_string());
        let request = rest::request(Method::GET, url, &self.headers);
        let read = |answer: &Answer| match answer.status {
            200 => found(answer.json()?, reference),
            _ => Err(problem::refusal(answer, KINDS, ABSENT)),
        };
        self.policy.call(&FIND, &request, read).await
    }

    /// Where an ODA stands.
    ///
    /// # Errors
    /// [`Kind::NotFound`] when the portal does not know the number.
    pub async fn state(&self, number: &str) -> Result<OdaStatus, PlatformError> {
        let request = rest::request(Method::GET, self.url(&["ordini", number]), &self.headers);
        self.policy.call(&STATE, &request, |answer| order(answer, number)).await
    }

    /// A page of what changed on the portal at or after a moment, oldest change first.
    ///
    /// # Errors
    /// As for any call that reads.
    pub async fn changes(
        &self,
        since: DateTime<Utc>,
        cursor: Option<&str>,
    ) -> Result<Changes, PlatformError> {
        let mut url = self.url(&["ordini"]);
        let moment = since.to_rfc3339_opts(SecondsFormat::Secs, true);
        url.query_pairs_mut()
            .append_pair("modificati_da", &moment)
            .extend_pairs(cursor.map(|at| ("cursor", at)));
        let request = rest::request(Method::GET, url, &self.headers);
        let read = |answer: &Answer| match answer.status {
            200 => changes(answer.json()?, since),
            _ => Err(problem::refusal(answer, KINDS, ABSENT)),
        };
        self.policy.call(&CHANGES, &request, read).await
    }

    /// The order of an ODA as the portal holds it: bytes of whatever kind, for the reader of orders to judge.
    ///
    /// # Errors
    /// [`Kind::NotFound`] when the portal does not know the number.
    pub async fn document(&self, number: &str) -> Result<Vec<u8>, PlatformError> {
        let request = rest::request(Method::GET, self.url(&["ordini", number, "documento"]), &self.headers);
        let read = |answer: &Answer| match (answer.status, &*answer.media_type) {
            (200, "application/xml" | "text/xml") => Ok(answer.body.clone()),
            (200, other) => Err(Failure::garbled(format!("an order of type {other:?}"))),
            _ => Err(problem::refusal(answer, KINDS, ABSENT)),
        };
        self.policy.call(&DOCUMENT, &request, read).await
    }

    /// Withdraws a draft; one that is withdrawn already stays so.
    ///
    /// # Errors
    /// [`Kind::Refused`] with code `stato-non-ammesso` once it was sent; [`Kind::NotFound`] for an unknown number.
    pub async fn cancel(&self, number: &str, before: &BeforeSending) -> Result<OdaStatus, PlatformError> {
        let body = serde_json::to_vec(&wire::Annullamento { motivo: CANCEL_REASON }).map_err(|error| {
            self.policy.error(&CANCEL, Failure::last_word(Kind::Unwritable { why: error.to_string() }))
        })?;
        let url = self.url(&["ordini", number, "annullamento"]);
        let request = rest::post(url, &self.headers, "application/json", body);
        let read = |answer: &Answer| match answer.status {
            409 if problem::is_problem(answer) => Err(too_late(answer.json()?, number)),
            _ => order(answer, number).and_then(cancelled),
        };
        self.policy.act(&CANCEL, &request, before, read).await
    }

    fn url(&self, rest: &[&str]) -> Url {
        self.policy.url(&[&PATH, rest].concat())
    }
}

fn created(draft: wire::BozzaCreata, reference: Uuid) -> Result<OdaDraft, Failure> {
    if draft.riferimento_esterno != reference {
        return Err(Failure::garbled("the draft of another reference"));
    }
    match draft.stato {
        OdaState::Bozza => Ok(OdaDraft { number: draft.numero_oda.into(), state: draft.stato }),
        state => Err(Failure::garbled(format!("a new draft in state {state}"))),
    }
}

/// The reference was used before: what it was used for is what was asked for now.
fn there_already(conflict: wire::Conflitto, reference: Uuid) -> Result<OdaDraft, Failure> {
    let code = problem::code_of(&conflict.kind, KINDS);
    if code != Some("riferimento-gia-usato") || conflict.status != 409 {
        return Err(Failure::garbled(format!("unknown conflict {}", conflict.kind)));
    }
    if conflict.riferimento_esterno != Some(reference) {
        return Err(Failure::garbled("a conflict about another reference"));
    }
    Ok(OdaDraft { number: conflict.numero_oda.into(), state: conflict.stato })
}

fn found(list: wire::Ordini, reference: Uuid) -> Result<Option<OdaDraft>, Failure> {
    if list.items.iter().any(|item| item.riferimento_esterno != Some(reference)) {
        return Err(Failure::garbled("an order of another reference"));
    }
    let count = list.items.len();
    let mut items =
        list.items.into_iter().map(|item| OdaDraft { number: item.numero_oda.into(), state: item.stato });
    match (items.next(), count, list.next_cursor) {
        (first, 0 | 1, None) => Ok(first),
        (_, 0 | 1, Some(_)) => Err(Failure::garbled("a next page where one order at most was expected")),
        (first, count, _) => {
            let numbers: Vec<String> = first.into_iter().chain(items).map(|oda| oda.number).collect();
            Err(Failure::last_word(Kind::Several { count, text: said(&numbers.join(", ")) }))
        }
    }
}

fn changes(list: wire::Ordini, since: DateTime<Utc>) -> Result<Changes, Failure> {
    let items: Vec<OdaChange> = list
        .items
        .into_iter()
        .map(|item| OdaChange {
            number: item.numero_oda.into(),
            state: item.stato,
            reference: item.riferimento_esterno,
            changed_at: item.aggiornato_al,
        })
        .collect();
    if !items.is_sorted_by_key(|item| item.changed_at) {
        return Err(Failure::garbled("the changes are not in order of time"));
    }
    if items.first().is_some_and(|item| item.changed_at < since.trunc_subsecs(0)) {
        return Err(Failure::garbled("a change from before the moment asked for"));
    }
    if items.is_empty() && list.next_cursor.is_some() {
        return Err(Failure::garbled("an empty page with a next one"));
    }
    Ok(Changes { items, next: list.next_cursor })
}

fn order(answer: &Answer, number: &str) -> Result<OdaStatus, Failure> {
    if answer.status != 200 {
        return Err(problem::refusal(answer, KINDS, ABSENT));
    }
    let order: wire::Ordine = answer.json()?;
    if order.numero_oda != *number {
        return Err(Failure::garbled("another order"));
    }
    let history: Vec<_> = order.storia.iter().map(|step| (step.stato, step.data_ora)).collect();
    let state = order.stato;
    if history.last().map(|(last, _)| *last) != Some(state) {
        return Err(Failure::garbled("the history does not end in the present state"));
    }
    if !history.is_sorted_by_key(|(_, at)| *at) {
        return Err(Failure::garbled("the history is not in order of time"));
    }
    Ok(OdaStatus { state, history, reference: order.riferimento_esterno })
}

fn cancelled(status: OdaStatus) -> Result<OdaStatus, Failure> {
    match status.state {
        OdaState::Annullato => Ok(status),
        state => Err(Failure::garbled(format!("cancelled, but in state {state}"))),
    }
}

fn too_late(conflict: wire::Conflitto, number: &str) -> Failure {
    match problem::code_of(&conflict.kind, KINDS) {
        Some(code @ "stato-non-ammesso") if conflict.numero_oda == *number && conflict.status == 409 => {
            Failure::last_word(Kind::Refused { code: code.into(), text: said(&conflict.detail) })
        }
        _ => Failure::garbled("a conflict about something else"),
    }
}
