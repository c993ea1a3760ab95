// SPDX-License-Identifier: EUPL-1.2
//! SdI, for who receives invoices: it calls us with files and notices ([`inbound`]), and we tell it the outcome that the
//! buyer gives of an invoice. SOAP 1.1; the contract is in `schemas/sdi/`.
//!
//! | operation | idempotent | what proves that nothing was done |
//! | --- | --- | --- |
//! | notify outcome | neither: what became of it cannot be asked | no connection, 429, `ES00`, `ES02`, a fault that blames us |

pub mod inbound;
mod mtom;
mod wire;

use reqwest::Method;
use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};

use crate::domain::sdi::{BuyerOutcome, InvoiceReference, SdiId};

use super::answer::Answer;
use super::breaker::PlatformHealth;
use super::call::{Around, Effect, Operation, Policy};
use super::error::{Platform, PlatformError};
use super::sending::BeforeSending;
use super::settings::{SdiSettings, SettingsError};
use super::transport::Request;

const NOTIFY: Operation =
    Operation { name: "notify_outcome", awaited: true, effect: Effect::Acts, answer_max: 1 << 20 };

const SOAP_ACTION: HeaderName = HeaderName::from_static("soapaction");

/// The outcome of an invoice, as it goes to SdI.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutcomeNotice {
    /// The file.
    pub sdi_id: SdiId,
    /// Its name, from which that of the message is made.
    pub file_name: String,
    /// Counts the outcomes given of the file, from 1.
    pub progressive: u16,
    /// The one invoice it is about; none: every invoice of the file.
    pub invoice: Option<InvoiceReference>,
    /// What the buyer says.
    pub outcome: BuyerOutcome,
}

/// The client.
#[derive(Debug)]
pub struct Sdi {
    policy: Policy,
}

impl Sdi {
    pub(super) fn new(settings: &SdiSettings, around: &Around) -> Result<Self, SettingsError> {
        Ok(Self { policy: Policy::new(Platform::Sdi, &settings.base_url, &settings.call, around)? })
    }

    pub(super) fn health(&self) -> PlatformHealth {
        self.policy.health()
    }

    /// Tells SdI the outcome of an invoice. To be called once: what became of it cannot be asked.
    ///
    /// # Errors
    /// [`Kind::Refused`](super::error::Kind::Refused) with `EN00` (not conform) or `EN01` (term over, answered already).
    pub async fn notify_outcome(
        &self,
        notice: &OutcomeNotice,
        before: &BeforeSending,
    ) -> Result<(), PlatformError> {
        let headers = HeaderMap::from_iter([
            (CONTENT_TYPE, HeaderValue::from_static("text/xml; charset=utf-8")),
            (SOAP_ACTION, HeaderValue::from_static(wire::NOTIFY_ACTION)),
        ]);
        let url = self.policy.url(&["ricevi_notifica"]);
        let body = wire::outcome(notice).into_bytes();
        let request = Request { method: Method::POST, url, headers, body };
        let read = |answer: &Answer| wire::taken(answer, notice.sdi_id);
        self.policy.act(&NOTIFY, &request, before, read).await
    }
}
