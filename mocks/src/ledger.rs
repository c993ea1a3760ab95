// SPDX-License-Identifier: EUPL-1.2
//! What was really done on the platforms, whatever was answered: the witness that a side effect happened exactly once.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::clock;
use crate::operation::{Operation, Platform};

/// One thing done: a CUP generated, a CUP communicated, an ODA taken in or cancelled, a voucher issued,
/// a document of SIOPE+ fetched for the first time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Effect {
    /// What was asked.
    pub operation: Operation,
    /// The sender's key: `codifica_locale`, codice fiscale of the Comune, `X-Riferimento-Esterno`, number of the ODA,
    /// `jti` of the assertion, office, list and number of the document.
    pub key: String,
    /// What came of it: CUP, protocol, number of the ODA, client that has the voucher.
    pub result: String,
    /// When, by the clock of the stand-ins.
    pub at: DateTime<Utc>,
}

/// Arrivals kept per platform.
const ARRIVALS_MAX: usize = 100_000;

/// Calls and effects so far.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Ledger {
    calls: BTreeMap<Operation, u64>,
    faults: BTreeMap<Operation, u64>,
    effects: Vec<Effect>,
    /// When each call came in, by the machine's steady clock; the last ones.
    #[serde(skip)]
    arrivals: BTreeMap<Platform, VecDeque<Instant>>,
    blind_repeats: BTreeMap<Operation, u64>,
    /// What was asked for since it was last sent, by the key it is sent under.
    #[serde(skip)]
    asked: HashSet<(Operation, String)>,
    broken_answers: Vec<String>,
}

impl Ledger {
    /// How often the operation was called, faults included.
    #[must_use]
    pub fn calls(&self, operation: Operation) -> u64 {
        self.calls.get(&operation).copied().unwrap_or_default()
    }

    /// How often a scripted fault was played on the operation.
    #[must_use]
    pub fn faults(&self, operation: Operation) -> u64 {
        self.faults.get(&operation).copied().unwrap_or_default()
    }

    /// When the calls of a platform came in, faults included, by the machine's steady clock; the last 100,000.
    pub fn arrivals(&self, platform: Platform) -> impl Iterator<Item = Instant> {
        self.arrivals.get(&platform).into_iter().flatten().copied()
    }

    /// The most calls of a platform that came in within any window of that length, since a moment.
    #[must_use]
    pub fn most_calls_within(&self, platform: Platform, window: Duration, since: Instant) -> usize {
        let arrivals: Vec<Instant> = self.arrivals(platform).filter(|at| *at >= since).collect();
        let within = |first: usize, at: &Instant| {
            arrivals.partition_point(|later| later.duration_since(*at) < window) - first
        };
        arrivals.iter().enumerate().map(|(first, at)| within(first, at)).max().unwrap_or_default()
    }

    /// Everything done, in order.
    #[must_use]
    pub fn effects(&self) -> &[Effect] {
        &self.effects
    }

    /// How many effects the operation had.
    #[must_use]
    pub fn effects_of(&self, operation: Operation) -> usize {
        self.effects.iter().filter(|e| e.operation == operation).count()
    }

    /// How often the operation took effect for one business key. More than one is a double.
    #[must_use]
    pub fn effects_for(&self, operation: Operation, key: &str) -> usize {
        self.effects.iter().filter(|e| e.operation == operation && e.key == key).count()
    }

    /// How often something was sent again that had been done, under the same key, without having asked for it in between.
    #[must_use]
    pub fn blind_repeats(&self, operation: Operation) -> u64 {
        self.blind_repeats.get(&operation).copied().unwrap_or_default()
    }

    /// Keys for which an operation took effect more than once.
    #[must_use]
    pub fn doubles(&self) -> Vec<(Operation, String)> {
        let mut times = BTreeMap::<_, usize>::new();
        for effect in &self.effects {
            *times.entry((effect.operation, effect.key.clone())).or_default() += 1;
        }
        times.into_iter().filter(|(_, n)| *n > 1).map(|(double, _)| double).collect()
    }

    /// Answers of ours that broke their schema. Always empty, or the stand-ins are wrong.
    #[must_use]
    pub fn broken_answers(&self) -> &[String] {
        &self.broken_answers
    }

    pub(crate) fn note_call(&mut self, operation: Operation) {
        *self.calls.entry(operation).or_default() += 1;
        let arrivals = self.arrivals.entry(operation.platform()).or_default();
        if arrivals.len() >= ARRIVALS_MAX {
            arrivals.pop_front();
        }
        arrivals.push_back(clock::steady_now());
    }

    pub(crate) fn note_fault(&mut self, operation: Operation) {
        *self.faults.entry(operation).or_default() += 1;
    }

    pub(crate) fn note_effect(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    /// Somebody asked what became of what is sent under the key.
    pub(crate) fn note_asked(&mut self, operation: Operation, key: &str) {
        self.asked.insert((operation, key.to_owned()));
    }

    pub(crate) fn note_repeat(&mut self, operation: Operation, key: &str) {
        if !self.asked.remove(&(operation, key.to_owned())) {
            *self.blind_repeats.entry(operation).or_default() += 1;
        }
    }

    pub(crate) fn note_broken_answer(&mut self, why: String) {
        self.broken_answers.push(why);
    }

    /// The part that concerns one platform.
    pub(crate) fn only(&self, platform: Platform) -> Self {
        let mine = |operation: &Operation| operation.platform() == platform;
        Self {
            calls: self.calls.iter().filter(|(o, _)| mine(o)).map(|(o, n)| (*o, *n)).collect(),
            faults: self.faults.iter().filter(|(o, _)| mine(o)).map(|(o, n)| (*o, *n)).collect(),
            effects: self.effects.iter().filter(|e| mine(&e.operation)).cloned().collect(),
            arrivals: self
                .arrivals
                .iter()
                .filter(|(p, _)| **p == platform)
                .map(|(p, a)| (*p, a.clone()))
                .collect(),
            blind_repeats: self
                .blind_repeats
                .iter()
                .filter(|(o, _)| mine(o))
                .map(|(o, n)| (*o, *n))
                .collect(),
            asked: HashSet::new(),
            broken_answers: self.broken_answers.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn effect(key: &str) -> Effect {
        Effect {
            operation: Operation::GenerateCup,
            key: key.to_owned(),
            result: String::new(),
            at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_repeat_is_blind_unless_it_was_asked_for() {
        let (mut ledger, sent) = (Ledger::default(), Operation::CreateDraft);
        ledger.note_asked(sent, "a");
        ledger.note_repeat(sent, "a");
        assert_eq!(ledger.blind_repeats(sent), 0);
        ledger.note_asked(sent, "b");
        ledger.note_repeat(sent, "a");
        assert_eq!(ledger.blind_repeats(sent), 1);
    }

    #[test]
    fn windows_slide_over_the_arrivals() {
        let mut ledger = Ledger::default();
        let start = clock::steady_now();
        let at = [0, 10, 20, 95, 100, 105, 110, 300].map(|ms| start + Duration::from_millis(ms));
        ledger.arrivals.insert(Platform::Sdi, at.into());
        let most = |ms| ledger.most_calls_within(Platform::Sdi, Duration::from_millis(ms), start);
        assert_eq!((most(1), most(10), most(11), most(16), most(100)), (1, 2, 3, 4, 5));
        assert_eq!(ledger.most_calls_within(Platform::Sdi, Duration::from_millis(16), at[5]), 2);
        assert_eq!(ledger.most_calls_within(Platform::Anac, Duration::from_secs(9), start), 0);
    }

    #[test]
    fn a_double_is_the_same_key_twice() {
        let mut ledger = Ledger::default();
        ledger.note_effect(effect("a"));
        ledger.note_effect(effect("b"));
        assert!(ledger.doubles().is_empty());
        ledger.note_effect(effect("a"));
        assert_eq!(ledger.doubles(), [(Operation::GenerateCup, "a".to_owned())]);
        assert_eq!(ledger.effects_for(Operation::GenerateCup, "a"), 2);
    }
}
