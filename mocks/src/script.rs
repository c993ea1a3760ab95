// SPDX-License-Identifier: EUPL-1.2
//! Faults on demand, per platform and per operation: what to do to the next calls instead of answering well.

use std::collections::HashMap;
use std::time::Duration;

use serde::{Deserialize, Serialize};

use crate::chaos::{Chaos, Draws};
use crate::operation::{Operation, Platform};

/// How a fault shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
    /// The answer to an earlier question about something else, if there was one. Implies the effect.
    Foreign,
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
    /// Delay before the answer, in milliseconds (not for a dropped connection).
    #[serde(default)]
    pub delay_ms: u64,
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
        self.delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
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
    pub fn truncated(mut self) -> Self {
        self.kind = Kind::Truncate;
        self
    }

    /// Answers success and nothing else.
    #[must_use]
    pub fn empty(mut self) -> Self {
        self.kind = Kind::Empty;
        self
    }

    /// Closes the connection without an answer.
    #[must_use]
    pub fn dropped(mut self) -> Self {
        self.kind = Kind::Drop;
        self
    }

    /// Answers an earlier question about something else.
    #[must_use]
    pub fn foreign(mut self) -> Self {
        self.kind = Kind::Foreign;
        self
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

    fn fits(&self, platform: Platform, operation: Option<Operation>) -> bool {
        let platform_fits = match self.operation {
            Some(mine) => Some(mine) == operation,
            None => self.platform == Some(platform),
        };
        platform_fits && self.times != Some(0)
    }

    /// Whether the effect takes place before the fault shows.
    pub(crate) fn has_effect(&self) -> bool {
        self.after_effect || matches!(self.kind, Kind::Delay | Kind::Truncate | Kind::Empty | Kind::Foreign)
    }
}

/// The faults still to be played.
#[derive(Debug, Default)]
pub(crate) struct Script {
    faults: Vec<Fault>,
    chaos: HashMap<Platform, Draws>,
}

impl Script {
    pub(crate) fn add(&mut self, fault: Fault) {
        self.faults.push(fault);
    }

    /// Replaces the faults of one platform.
    pub(crate) fn replace(&mut self, platform: Platform, faults: impl IntoIterator<Item = Fault>) {
        self.faults
            .retain(|fault| fault.operation.map_or(fault.platform, |o| Some(o.platform())) != Some(platform));
        self.faults.extend(faults);
    }

    /// Begins, changes or ends the chaos of a platform.
    pub(crate) fn set_chaos(&mut self, platform: Platform, chaos: Option<Chaos>) {
        match chaos {
            Some(chaos) => self.chaos.insert(platform, Draws::new(chaos)),
            None => self.chaos.remove(&platform),
        };
    }

    /// The chaos of a platform.
    pub(crate) fn chaos(&self, platform: Platform) -> Option<&Chaos> {
        self.chaos.get(&platform).map(Draws::setting)
    }

    /// The faults of one platform that are still to be played.
    pub(crate) fn pending(&self, platform: Platform) -> Vec<Fault> {
        let mine =
            |fault: &&Fault| fault.operation.map_or(fault.platform, |o| Some(o.platform())) == Some(platform);
        self.faults.iter().filter(mine).filter(|fault| fault.times != Some(0)).cloned().collect()
    }

    /// Takes the next fault if it closes the connection; any other is left for [`Script::take`].
    pub(crate) fn take_drop(&mut self, platform: Platform, operation: Option<Operation>) -> Option<Fault> {
        let Some(fault) = self.faults.iter_mut().find(|fault| fault.fits(platform, operation)) else {
            return self.chaos.get_mut(&platform)?.draw_drop(platform, operation);
        };
        (fault.kind == Kind::Drop && fault.skip == 0).then(|| spend(fault))
    }

    /// Takes the next fault for this call, or counts the call as one that was let through.
    pub(crate) fn take(&mut self, platform: Platform, operation: Option<Operation>) -> Option<Fault> {
        let Some(fault) = self.faults.iter_mut().find(|fault| fault.fits(platform, operation)) else {
            return self.chaos.get_mut(&platform)?.take(operation);
        };
        if fault.skip > 0 {
            fault.skip -= 1;
            return None;
        }
        Some(spend(fault))
    }
}

fn spend(fault: &mut Fault) -> Fault {
    fault.times = fault.times.map(|left| left.saturating_sub(1));
    fault.clone()
}

#[cfg(test)]
mod tests {
    use super::*;

    const OP: Operation = Operation::GenerateCup;

    fn next(script: &mut Script) -> Option<u16> {
        script.take(Platform::SistemaCup, Some(OP)).map(|fault| fault.status)
    }

    #[test]
    fn faults_are_played_in_order_and_run_out() {
        let mut script = Script::default();
        script.add(Fault::on(OP).status(429).skip(1));
        script.add(Fault::on(OP).status(503).times(2));
        let played: Vec<_> = std::iter::repeat_with(|| next(&mut script)).take(5).collect();
        assert_eq!(played, [None, Some(429), Some(503), Some(503), None]);
    }

    #[test]
    fn a_drop_waits_for_its_turn() {
        let mut script = Script::default();
        script.add(Fault::on(OP).dropped().skip(1));
        assert!(script.take_drop(Platform::SistemaCup, Some(OP)).is_none());
        assert!(script.take(Platform::SistemaCup, Some(OP)).is_none());
        assert!(script.take_drop(Platform::SistemaCup, Some(OP)).is_some());
        assert!(script.take_drop(Platform::SistemaCup, Some(OP)).is_none());
    }

    #[test]
    fn another_operation_is_not_hit() {
        let mut script = Script::default();
        script.add(Fault::on(Operation::CupList).status(500));
        assert_eq!(next(&mut script), None);
        script.replace(Platform::SistemaCup, [Fault::anywhere(Platform::SistemaCup).status(502)]);
        assert_eq!(next(&mut script), Some(502));
    }

    #[test]
    fn json_has_defaults_and_no_unknown_members() {
        let fault: Fault = serde_json::from_str(r#"{"operation":"create_draft","kind":"drop"}"#).unwrap();
        assert_eq!((fault.kind, fault.times, fault.status), (Kind::Drop, Some(1), 500));
        assert!(serde_json::from_str::<Fault>(r#"{"operaton":"create_draft"}"#).is_err());
    }
}
