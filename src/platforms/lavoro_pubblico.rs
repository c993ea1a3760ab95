// SPDX-License-Identifier: EUPL-1.2
//! Lavoro Pubblico, application "Risorse in Comune": the lists of Comuni, the communication of the CUP and its receipt.
//! The portal has no public interface: the contract in `schemas/lavoro_pubblico/` is an assumption.
//!
//! | operation | idempotent | what proves that nothing was done |
//! | --- | --- | --- |
//! | list, find receipt | reads | |
//! | communicate CUP | look-up by tax code | no connection, 429, the portal's own 503, its typed 4xx |

mod wire;

use chrono::{DateTime, NaiveDate, Utc};
use reqwest::header::HeaderMap;
use reqwest::{Method, Url};

use crate::domain::codice_fiscale::CodiceFiscale;
use crate::domain::cup::Cup;
use crate::domain::istat::IstatCode;
use crate::domain::money::Money;
use crate::domain::sha256::sha256;

use super::answer::{Answer, Failure};
use super::breaker::PlatformHealth;
use super::call::{Around, Effect, Operation, Policy};
use super::error::{Kind, Platform, PlatformError, said};
use super::sending::BeforeSending;
use super::settings::{RestSettings, SettingsError};
use super::{problem, rest};

const LIST: Operation =
    Operation { name: "list", awaited: false, effect: Effect::Reads, answer_max: 4 << 20 };
const COMMUNICATE: Operation =
    Operation { name: "communicate_cup", awaited: true, effect: Effect::Acts, answer_max: 256 << 10 };
const RECEIPT: Operation =
    Operation { name: "find_receipt", awaited: true, effect: Effect::Reads, answer_max: 256 << 10 };

const PATH: [&str; 2] = ["risorse-in-comune", "v1"];
const KINDS: &str = "urn:lavoro-pubblico:problema:";
const NOT_PUBLISHED: &str = "elenco-non-pubblicato";
const NO_RECEIPT: &str = "comunicazione-assente";
const LIST_ITEMS_MAX: usize = 500;

/// Which list of Comuni.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListKind {
    /// Admitted to the funding.
    Admission,
    /// The definitive list: purchases may begin.
    Definitive,
}

impl ListKind {
    const fn wire(self) -> &'static str {
        match self {
            Self::Admission => "ammissione",
            Self::Definitive => "definitivo",
        }
    }
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// When the portal last changed the list.
    pub updated_at: DateTime<Utc>,
    /// Comuni, by ISTAT code.
    pub items: Vec<ListedComune>,
    /// Give it back to get the next page; nothing on the last one.
    pub next: Option<String>,
}

/// A Comune of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListedComune {
    /// ISTAT code.
    pub istat: IstatCode,
    /// Tax code.
    pub tax_code: CodiceFiscale,
    /// Name.
    pub name: String,
    /// Gross amount granted, in euro.
    pub amount: Money,
}

/// The CUP of a Comune, as it is communicated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CupCommunication {
    /// Tax code of the Comune.
    pub tax_code: CodiceFiscale,
    /// ISTAT code of the Comune.
    pub comune: IstatCode,
    /// The CUP.
    pub cup: Cup,
    /// Template it was generated on, seven digits.
    pub template: String,
    /// Day on which it was generated, a Rome date.
    pub generated_on: NaiveDate,
}

/// The portal's receipt of a communication.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Receipt {
    /// Protocol number.
    pub protocol: String,
    /// When the portal took the communication in.
    pub at: DateTime<Utc>,
    /// SHA-256 of the communication as the portal received it, lower-case hex.
    pub digest: String,
    /// Tax code of the Comune.
    pub tax_code: CodiceFiscale,
    /// ISTAT code of the Comune.
    pub comune: IstatCode,
    /// The CUP communicated.
    pub cup: Cup,
}

/// What a communication met.
enum Met {
    Taken(Receipt),
    ThereAlready,
}

/// The client.
#[derive(Debug)]
pub struct LavoroPubblico {
    policy: Policy,
    headers: HeaderMap,
}

impl LavoroPubblico {
    pub(super) fn new(settings: &RestSettings, around: &Around) -> Result<Self, SettingsError> {
        let platform = Platform::LavoroPubblico;
        let headers = rest::headers(platform, &settings.token)?;
        Ok(Self { policy: Policy::new(platform, &settings.base_url, &settings.call, around)?, headers })
    }

    pub(super) fn health(&self) -> PlatformHealth {
        self.policy.health()
    }

    /// A page of a list; `cursor` is what the page before gave as `next`.
    ///
    /// # Errors
    /// [`Kind::NotFound`] when the list has not been published yet.
    pub async fn list(&self, which: ListKind, cursor: Option<&str>) -> Result<Page, PlatformError> {
        let mut url = self.url(&["elenchi", which.wire()]);
        if let Some(cursor) = cursor {
            url.query_pairs_mut().append_pair("cursor", cursor);
        }
        let request = rest::request(Method::GET, url, &self.headers);
        let read = |answer: &Answer| match answer.status {
            200 => page(answer.json()?, which, cursor),
            _ => Err(problem::refusal(answer, KINDS, NOT_PUBLISHED)),
        };
        self.policy.call(&LIST, &request, read).await
    }

    /// Communicates a CUP. A CUP that was communicated before gets the receipt it got then.
    ///
    /// # Errors
    /// [`Kind::Refused`] when the term is over, the Comune is not admitted, or another CUP was communicated.
    pub async fn communicate_cup(
        &self,
        communication: &CupCommunication,
        before: &BeforeSending,
    ) -> Result<Receipt, PlatformError> {
        let body = body(communication)
            .map_err(|why| self.policy.error(&COMMUNICATE, Failure::last_word(Kind::Unwritable { why })))?;
        let digest = sha256(&body);
        let request = rest::post(self.url(&["comunicazioni-cup"]), &self.headers, "application/json", body);
        let read = |answer: &Answer| match answer.status {
            201 => receipt(answer, &communication.tax_code)
                .and_then(|receipt| ours(receipt, communication, &digest))
                .map(Met::Taken),
            409 if problem::is_problem(answer) => {
                conflict(answer.json()?, communication).map(|()| Met::ThereAlready)
            }
            _ => Err(problem::refusal(answer, KINDS, NO_RECEIPT)),
        };
        match self.policy.act(&COMMUNICATE, &request, before, read).await? {
            Met::Taken(receipt) => Ok(receipt),
            Met::ThereAlready => self.receipt_on_file(communication).await,
        }
    }

    /// The receipt of what a Comune communicated, if it did.
    ///
    /// # Errors
    /// As for any call that reads.
    pub async fn find_receipt(&self, tax_code: &CodiceFiscale) -> Result<Option<Receipt>, PlatformError> {
        let url = self.url(&["comunicazioni-cup", tax_code.as_str()]);
        let request = rest::request(Method::GET, url, &self.headers);
        let read = |answer: &Answer| match answer.status {
            200 => receipt(answer, tax_code).map(Some),
            _ if problem::says_absent(answer, KINDS, NO_RECEIPT) => Ok(None),
            _ => Err(problem::refusal(answer, KINDS, NO_RECEIPT)),
        };
        self.policy.call(&RECEIPT, &request, read).await
    }

    /// The portal says that our CUP is there: its receipt must say so too, or nobody knows.
    async fn receipt_on_file(&self, communication: &CupCommunication) -> Result<Receipt, PlatformError> {
        let found = self.find_receipt(&communication.tax_code).await;
        let found = found.map_err(PlatformError::ask_first)?;
        found.filter(|receipt| receipt.cup == communication.cup).ok_or_else(|| {
            let why = "the CUP is said to be communicated, but the receipt on file does not show it";
            self.policy.error(&COMMUNICATE, Failure::garbled(why))
        })
    }

    fn url(&self, rest: &[&str]) -> Url {
        self.policy.url(&[&PATH, rest].concat())
    }
}

fn page(elenco: wire::Elenco, which: ListKind, cursor: Option<&str>) -> Result<Page, Failure> {
    if elenco.elenco != which.wire() {
        return Err(Failure::garbled(format!("list {:?} in place of {:?}", elenco.elenco, which.wire())));
    }
    if elenco.items.len() > LIST_ITEMS_MAX {
        return Err(Failure::garbled(format!("{} items in a page of at most 500", elenco.items.len())));
    }
    if elenco.next_cursor.is_some() && elenco.next_cursor.as_deref() == cursor {
        return Err(Failure::garbled("the next page is this page"));
    }
    let items = elenco.items.into_iter().map(|voce| ListedComune {
        istat: voce.codice_istat,
        tax_code: voce.codice_fiscale,
        name: voce.denominazione,
        amount: voce.importo,
    });
    Ok(Page { updated_at: elenco.aggiornato_al, items: items.collect(), next: elenco.next_cursor })
}

fn body(communication: &CupCommunication) -> Result<Vec<u8>, String> {
    if communication.tax_code.is_person() {
        return Err("the tax code is that of a person, not of a Comune".into());
    }
    let template = communication.template.as_str();
    if template.len() != 7 || !template.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err("template: seven digits expected".into());
    }
    let wire = wire::Comunicazione {
        codice_fiscale: communication.tax_code.as_str(),
        codice_istat: communication.comune.as_str(),
        cup: communication.cup.as_str(),
        template,
        data_generazione: communication.generated_on,
    };
    serde_json::to_vec(&wire).map_err(|error| error.to_string())
}

fn receipt(answer: &Answer, tax_code: &CodiceFiscale) -> Result<Receipt, Failure> {
    let wire: wire::Ricevuta = answer.json()?;
    if wire.codice_fiscale != *tax_code {
        return Err(Failure::garbled("the receipt of another Comune"));
    }
    if !wire.impronta.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
        || wire.impronta.len() != 64
    {
        return Err(Failure::garbled("impronta is no SHA-256"));
    }
    let protocol = wire.protocollo.as_str();
    let plain = |byte: u8| byte.is_ascii_uppercase() || byte.is_ascii_digit() || byte == b'/' || byte == b'-';
    if !(5..=40).contains(&protocol.len()) || !protocol.bytes().all(plain) {
        return Err(Failure::garbled("protocollo is no protocol number"));
    }
    Ok(Receipt {
        protocol: wire.protocollo,
        at: wire.data_ora,
        digest: wire.impronta,
        tax_code: wire.codice_fiscale,
        comune: wire.codice_istat,
        cup: wire.cup,
    })
}

/// A fresh receipt must be that of what was just sent, byte by byte.
fn ours(receipt: Receipt, communication: &CupCommunication, digest: &str) -> Result<Receipt, Failure> {
    if receipt.cup != communication.cup || receipt.comune != communication.comune {
        return Err(Failure::garbled("the receipt of another communication"));
    }
    if receipt.digest != digest {
        return Err(Failure::garbled("the receipt shows another fingerprint than that of what was sent"));
    }
    Ok(receipt)
}

/// Something is there already: good when it is our CUP.
fn conflict(conflict: wire::Conflitto, communication: &CupCommunication) -> Result<(), Failure> {
    let ours = conflict.ricevuta.rsplit('/').next() == Some(communication.tax_code.as_str());
    match problem::code_of(&conflict.kind, KINDS) {
        _ if !ours || conflict.status != 409 => {
            Err(Failure::garbled("a conflict with another Comune's receipt"))
        }
        Some("cup-gia-comunicato") => Ok(()),
        Some(code @ "altro-cup-comunicato") => {
            Err(Failure::last_word(Kind::Refused { code: code.into(), text: said(&conflict.detail) }))
        }
        _ => Err(Failure::garbled(format!("unknown conflict {}", conflict.kind))),
    }
}
