// SPDX-License-Identifier: EUPL-1.2
//! What comes back from one try, and how a failure is told: what went wrong, and whether the platform has done anything.

use std::time::Duration;

use serde::de::DeserializeOwned;

use super::breaker::Sign;
use super::error::{Exchange, Kind, said};

/// A complete HTTP answer. Nothing in it is trusted.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    /// Media type without parameters, lower case; empty when not said.
    pub(super) media_type: String,
    pub(super) body: Vec<u8>,
    pub(super) retry_after: Option<Duration>,
    /// How long no call is left, by the platform's own count (`X-RateLimit-*`).
    pub(super) spent_for: Option<Duration>,
}

/// Whether the platform has done what was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome {
    /// Surely not, and it may go better another time.
    NotDone,
    /// Surely not, and never will.
    Final,
    /// Nobody knows.
    Unknown,
}

/// One try that failed, as the service sees it. Whether it is repeated is not for the service to say.
#[derive(Debug)]
pub(super) struct Failure {
    pub(super) kind: Kind,
    pub(super) outcome: Outcome,
    pub(super) after: Option<Duration>,
    /// What was sent and what came back.
    pub(super) exchange: Option<Box<Exchange>>,
}

impl Failure {
    fn new(kind: Kind, outcome: Outcome) -> Self {
        Self { kind, outcome, after: None, exchange: None }
    }

    pub(super) fn not_done(kind: Kind) -> Self {
        Self::new(kind, Outcome::NotDone)
    }

    pub(super) fn last_word(kind: Kind) -> Self {
        Self::new(kind, Outcome::Final)
    }

    pub(super) fn unknown(kind: Kind) -> Self {
        Self::new(kind, Outcome::Unknown)
    }

    /// An answer that is not one of those agreed on.
    pub(super) fn garbled(why: impl AsRef<str>) -> Self {
        Self::unknown(Kind::Garbled { why: said(why.as_ref()) })
    }

    pub(super) fn after(self, after: Option<Duration>) -> Self {
        Self { after, ..self }
    }

    /// Whether people should hear of it as a trouble of the platform, or of our credentials.
    pub(super) fn is_trouble(&self) -> bool {
        matches!(self.kind, Kind::Denied { .. }) || self.sign().is_some_and(|sign| sign != Sign::Well)
    }

    /// The same to be told to people, without what was exchanged.
    pub(super) fn told(&self) -> Self {
        Self { kind: self.kind.clone(), outcome: self.outcome, after: self.after, exchange: None }
    }

    /// What it says about the platform's health; nothing when the platform was not asked.
    pub(super) fn sign(&self) -> Option<Sign> {
        match self.kind {
            Kind::Unreachable { .. }
            | Kind::TimedOut { .. }
            | Kind::Cut { .. }
            | Kind::Unavailable { .. } => Some(Sign::Ill),
            Kind::Garbled { .. } | Kind::TooBig { .. } | Kind::Quota { .. } => Some(Sign::Odd),
            Kind::Refused { .. } | Kind::Denied { .. } | Kind::NotFound { .. } | Kind::Several { .. } => {
                Some(Sign::Well)
            }
            Kind::Queue
            | Kind::DaySpent { .. }
            | Kind::Breaker { .. }
            | Kind::Withheld { .. }
            | Kind::Unwritable { .. } => None,
        }
    }
}

impl Answer {
    /// What an answer means that the operation does not know what to do with.
    pub(super) fn trouble(&self) -> Failure {
        let status = self.status;
        match status {
            429 => Failure::not_done(Kind::Quota { retry_after: self.retry_after }).after(self.retry_after),
            401 | 403 => Failure::not_done(Kind::Denied { text: format!("HTTP {status}") }),
            300..=399 => {
                Failure::garbled(format!("redirected (HTTP {status}), and redirects are not followed"))
            }
            408 | 500..=599 => {
                Failure::unknown(Kind::Unavailable { status, text: self.glance() }).after(self.retry_after)
            }
            _ => Failure::garbled(format!("unexpected HTTP {status}: {}", self.glance())),
        }
    }

    /// The body as one of the agreed JSON shapes.
    pub(super) fn json<T: DeserializeOwned>(&self) -> Result<T, Failure> {
        serde_json::from_slice(&self.body).map_err(|error| Failure::garbled(error.to_string()))
    }

    /// A glance at the body for people: the words of a text, or what it is.
    fn glance(&self) -> String {
        if self.body.is_empty() {
            "no text".into()
        } else if self.media_type.contains("html") {
            "an HTML page".into()
        } else {
            said(&String::from_utf8_lossy(&self.body[..self.body.len().min(1000)]))
        }
    }
}
