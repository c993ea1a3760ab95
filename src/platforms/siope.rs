// SPDX-License-Identifier: EUPL-1.2
//! SIOPE+: orders of payment, what the bank did with them, and the pages of its journal, listed and fetched per office. The
//! contract is in `schemas/siope/`.
//!
//! | operation | idempotent | |
//! | --- | --- | --- |
//! | list | reads | |
//! | fetch | reads, at will | the platform notes that it was fetched, which is its acknowledgement; what is fetched again is the same |

mod document;
mod wire;

use chrono::{DateTime, Utc};
use reqwest::Method;
use reqwest::header::{ACCEPT, HeaderMap, HeaderValue};

use crate::domain::codice_ufficio::CodiceUfficio;
use crate::domain::opi::OpiKind;

use super::answer::Answer;
use super::breaker::PlatformHealth;
use super::call::{Around, Effect, Operation, Policy};
use super::error::{Platform, PlatformError};
use super::problem;
use super::rest;
use super::settings::{SettingsError, SiopeSettings};

const LIST: Operation =
    Operation { name: "list_documents", awaited: false, effect: Effect::Reads, answer_max: 4 << 20 };
const FETCH: Operation =
    Operation { name: "fetch_document", awaited: false, effect: Effect::Reads, answer_max: 32 << 20 };

const KINDS: &str = "urn:siope:problema:";
const ABSENT: &str = "documento-inesistente";

/// A document in a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Listed {
    /// Its number among those of its kind and office.
    pub number: u32,
    /// When it came to the platform.
    pub at: DateTime<Utc>,
}

/// A page of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ListPage {
    /// The documents on it.
    pub items: Vec<Listed>,
    /// How many pages there are.
    pub pages: u32,
}

/// The client.
#[derive(Debug)]
pub struct Siope {
    policy: Policy,
    headers: HeaderMap,
    a2a: String,
}

impl Siope {
    pub(super) fn new(settings: &SiopeSettings, around: &Around) -> Result<Self, SettingsError> {
        let platform = Platform::Siope;
        let digits = settings.a2a_code.strip_prefix("A2A-").unwrap_or_default();
        if digits.len() != 8 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
            let why = "the A2A code has the form A2A-00000000";
            return Err(SettingsError::Credentials { platform, why });
        }
        Ok(Self {
            policy: Policy::new(platform, &settings.base_url, &settings.call, around)?,
            headers: rest::headers(platform, &settings.token)?,
            a2a: settings.a2a_code.clone(),
        })
    }

    pub(super) fn health(&self) -> PlatformHealth {
        self.policy.health()
    }

    /// A page of the documents of an office that came since a moment; pages count from 1.
    ///
    /// # Errors
    /// [`Kind::Refused`](super::error::Kind::Refused) when the office is not served under our A2A code.
    pub async fn list(
        &self,
        office: &CodiceUfficio,
        kind: OpiKind,
        since: DateTime<Utc>,
        page: u32,
    ) -> Result<ListPage, PlatformError> {
        let mut url = self.policy.url(&self.path(office, kind, None));
        url.query_pairs_mut()
            .append_pair(wire::since(kind), &wire::moment(since))
            .append_pair("pagina", &page.to_string());
        let request = rest::request(Method::GET, url, &self.headers);
        let read = |answer: &Answer| match answer.status {
            200 => wire::page(answer.json()?, kind, page),
            _ => Err(problem::refusal(answer, KINDS, ABSENT)),
        };
        self.policy.call(&LIST, &request, read).await
    }

    /// A document, unpacked. It is the one asked for: of that kind, of that office, under our A2A code.
    ///
    /// # Errors
    /// [`Kind::NotFound`](super::error::Kind::NotFound) when there is none of that number.
    pub async fn fetch(
        &self,
        office: &CodiceUfficio,
        kind: OpiKind,
        number: u32,
    ) -> Result<Vec<u8>, PlatformError> {
        let number = number.to_string();
        let url = self.policy.url(&self.path(office, kind, Some(&number)));
        let mut request = rest::request(Method::GET, url, &self.headers);
        request.headers.insert(ACCEPT, HeaderValue::from_static("application/zip"));
        let read = |answer: &Answer| match answer.status {
            200 => {
                let document = document::unpacked(answer)?;
                document::must_be(&document, kind, office, &self.a2a)?;
                Ok(document)
            }
            _ => Err(problem::refusal(answer, KINDS, ABSENT)),
        };
        self.policy.call(&FETCH, &request, read).await
    }

    fn path<'a>(&'a self, office: &'a CodiceUfficio, kind: OpiKind, number: Option<&'a str>) -> Vec<&'a str> {
        let mut path = vec!["v1", self.a2a.as_str(), "PA", office.as_str()];
        path.extend(wire::path(kind));
        path.extend(number);
        path
    }
}
