// SPDX-License-Identifier: EUPL-1.2
//! A fault: on which calls, and how it shows.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::operation::{Operation, Platform};
use crate::wire::{Act, How};

/// How a fault shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// The true answer, late.
    #[default]
    Delay,
    /// Another answer: `status`, `retry_after`, `media_type`, `body`.
    Answer,
    /// The true answer cut in the middle. Implies the effect.
    Truncate,
    /// A success that says nothing: for Sistema CUP an empty `risposta`, for ANAC an
    /// answer whose list is empty, for the others an empty body. Implies the effect.
    Empty,
    /// The connection is closed without an answer.
    Drop,
    /// The connection is reset without an answer.
    Reset,
    /// The connection is reset, every other one ends, and nobody listens for `lasts_ms`.
    Refuse,
    /// Nothing is said for `lasts_ms`, or until the caller gives up when it is 0; then the connection is closed.
    Hang,
    /// The true answer, its body in small pieces over `lasts_ms`. Implies the effect.
    Drip,
    /// Half the body of the true answer, whose full length was announced; then the connection is closed. Implies the
    /// effect.
    Cut,
    /// A good head of a success, and then a body that no HTTP library can read.
    BrokenChunk,
    /// Bytes that are no HTTP.
    Rubbish,
    /// The answer to an earlier question about something else, if there was one that tells what it is about. Implies the
    /// effect.
    Foreign,
    /// ANAC: the voucher of the call has ended before its time, and is not taken any more.
    VoucherExpired,
}

/// A fault. Faults are tried in the order in which they were given; the first that fits is played.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Fault {
    /// Which platform; implied by the operation, and by the address used when given by admin.
    #[serde(default)]
    pub platform: Option<Platform>,
    /// Which operation; `None`: all those of the platform.
    #[serde(default)]
    pub operation: Option<Operation>,
    /// Calls that are let through first.
    #[serde(default)]
    pub skip: u32,
    /// How many calls are hit; `None`: all, until the faults are changed.
    #[serde(default = "once")]
    pub times: Option<u32>,
    /// Delay before the answer, or before what comes in its place, in milliseconds.
    #[serde(default)]
    pub delay_ms: u64,
    /// How long a `refuse`, a `hang`, a `drip` takes, in milliseconds.
    #[serde(default)]
    pub lasts_ms: u64,
    /// The work is really done first: the answer that is lost or wrong hides an effect.
    #[serde(default)]
    pub after_effect: bool,
    /// How it shows.
    #[serde(default)]
    pub kind: Kind,
    /// Status of an `answer`.
    #[serde(default = "internal_error")]
    pub status: u16,
    /// `Retry-After` of an `answer`, as it goes out.
    #[serde(default)]
    pub retry_after: Option<String>,
    /// `Content-Type` of an `answer`.
    #[serde(default = "html")]
    pub media_type: String,
    /// Body of an `answer`.
    #[serde(default = "trouble")]
    pub body: String,
}

fn once() -> Option<u32> {
    Some(1)
}

fn internal_error() -> u16 {
    500
}

fn html() -> String {
    "text/html".to_owned()
}

fn trouble() -> String {
    "<html><body><h1>Servizio temporaneamente non disponibile</h1></body></html>".to_owned()
}

impl Fault {
    /// A fault on the next call of one operation; as it stands it does nothing but wait for `delay_ms`.
    #[must_use]
    pub fn on(operation: Operation) -> Self {
        Self { platform: Some(operation.platform()), operation: Some(operation), ..Self::blank() }
    }

    /// A fault on the next call of any operation of a platform.
    #[must_use]
    pub fn anywhere(platform: Platform) -> Self {
        Self { platform: Some(platform), ..Self::blank() }
    }

    fn blank() -> Self {
        Self {
            platform: None,
            operation: None,
            skip: 0,
            times: once(),
            delay_ms: 0,
            lasts_ms: 0,
            after_effect: false,
            kind: Kind::Delay,
            status: internal_error(),
            retry_after: None,
            media_type: html(),
            body: trouble(),
        }
    }

    /// Waits before the answer.
    #[must_use]
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay_ms = milliseconds(delay);
        self
    }

    /// Answers this status, with an HTML page.
    #[must_use]
    pub fn status(mut self, status: u16) -> Self {
        self.kind = Kind::Answer;
        self.status = status;
        self
    }

    /// Adds `Retry-After` to the status.
    #[must_use]
    pub fn retry_after(mut self, value: &str) -> Self {
        self.retry_after = Some(value.to_owned());
        self
    }

    /// Replaces the HTML page.
    #[must_use]
    pub fn body(mut self, media_type: &str, body: &str) -> Self {
        self.kind = Kind::Answer;
        self.media_type = media_type.to_owned();
        self.body = body.to_owned();
        self
    }

    /// Cuts the true answer in the middle.
    #[must_use]
    pub fn truncated(self) -> Self {
        self.of(Kind::Truncate)
    }

    /// Answers success and nothing else.
    #[must_use]
    pub fn empty(self) -> Self {
        self.of(Kind::Empty)
    }

    /// Closes the connection without an answer.
    #[must_use]
    pub fn dropped(self) -> Self {
        self.of(Kind::Drop)
    }

    /// Resets the connection without an answer.
    #[must_use]
    pub fn reset(self) -> Self {
        self.of(Kind::Reset)
    }

    /// Resets the connection, and lets nobody listen for so long.
    #[must_use]
    pub fn refuses(self, lasts: Duration) -> Self {
        self.lasting(Kind::Refuse, lasts)
    }

    /// Says nothing for so long, or until the caller gives up when it is zero.
    #[must_use]
    pub fn hangs(self, lasts: Duration) -> Self {
        self.lasting(Kind::Hang, lasts)
    }

    /// Gives the true answer in small pieces over so long.
    #[must_use]
    pub fn drips(self, over: Duration) -> Self {
        self.lasting(Kind::Drip, over)
    }

    /// Announces the length of the true answer and gives half of it.
    #[must_use]
    pub fn cut(self) -> Self {
        self.of(Kind::Cut)
    }

    /// Begins well and goes on with a body that cannot be read.
    #[must_use]
    pub fn broken_chunk(self) -> Self {
        self.of(Kind::BrokenChunk)
    }

    /// Answers what is no HTTP.
    #[must_use]
    pub fn rubbish(self) -> Self {
        self.of(Kind::Rubbish)
    }

    fn of(mut self, kind: Kind) -> Self {
        self.kind = kind;
        self
    }

    fn lasting(mut self, kind: Kind, lasts: Duration) -> Self {
        self.lasts_ms = milliseconds(lasts);
        self.of(kind)
    }

    /// Answers an earlier question about something else.
    #[must_use]
    pub fn foreign(self) -> Self {
        self.of(Kind::Foreign)
    }

    /// Lets the voucher of the call end before its time (ANAC).
    #[must_use]
    pub fn voucher_expired(self) -> Self {
        self.of(Kind::VoucherExpired)
    }

    /// Does the work before it goes wrong.
    #[must_use]
    pub fn after_effect(mut self) -> Self {
        self.after_effect = true;
        self
    }

    /// Hits so many calls.
    #[must_use]
    pub fn times(mut self, times: u32) -> Self {
        self.times = Some(times);
        self
    }

    /// Hits every call until the faults are changed.
    #[must_use]
    pub fn forever(mut self) -> Self {
        self.times = None;
        self
    }

    /// Lets so many calls through first.
    #[must_use]
    pub fn skip(mut self, calls: u32) -> Self {
        self.skip = calls;
        self
    }

    pub(crate) fn fits(&self, platform: Platform, operation: Option<Operation>) -> bool {
        let platform_fits = match self.operation {
            Some(mine) => Some(mine) == operation,
            None => self.platform == Some(platform),
        };
        platform_fits && self.times != Some(0)
    }

    /// Whether the effect takes place before the fault shows.
    pub(crate) fn has_effect(&self) -> bool {
        self.after_effect
            || matches!(
                self.kind,
                Kind::Delay | Kind::Truncate | Kind::Empty | Kind::Foreign | Kind::Drip | Kind::Cut
            )
    }

    /// What the wire is to do with the answer.
    pub(crate) fn act(&self) -> Act {
        let how = match self.kind {
            Kind::Delay
            | Kind::Answer
            | Kind::Truncate
            | Kind::Empty
            | Kind::Foreign
            | Kind::VoucherExpired => How::Send,
            Kind::Drop => How::Close,
            Kind::Reset => How::Reset,
            Kind::Refuse => How::Refuse(self.lasts_ms),
            Kind::Hang => How::Hang(self.lasts_ms),
            Kind::Drip => How::Drip(self.lasts_ms),
            Kind::Cut => How::Cut,
            Kind::BrokenChunk => How::BrokenChunk,
            Kind::Rubbish => How::Rubbish,
        };
        Act { after_ms: self.delay_ms, how }
    }
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_has_defaults_and_no_unknown_members() {
        let fault: Fault = serde_json::from_str(r#"{"operation":"create_draft","kind":"drop"}"#).unwrap();
        assert_eq!((fault.kind, fault.times, fault.status), (Kind::Drop, Some(1), 500));
        assert!(serde_json::from_str::<Fault>(r#"{"operaton":"create_draft"}"#).is_err());
    }
}
