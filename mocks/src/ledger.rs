// SPDX-License-Identifier: EUPL-1.2
//! What was really done on the platforms, whatever was answered: the witness that a side effect happened exactly once.

use std::collections::{BTreeMap, HashSet, VecDeque};
use std::time::{Duration, Instant};

use chrono::{DateTime, Utc};
use serde::Serialize;

use crate::fault::Kind;
use crate::operation::{Operation, Platform};

/// Arrivals remembered per platform.
const ARRIVALS: usize = 16_384;

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

/// Calls and effects so far.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Ledger {
    calls: BTreeMap<Operation, u64>,
    faults: BTreeMap<Operation, u64>,
    kinds: BTreeMap<Platform, BTreeMap<Kind, u64>>,
    #[serde(skip)]
    arrivals: BTreeMap<Platform, VecDeque<Instant>>,
    effects: Vec<Effect>,
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

    /// What was called, each with how often it went wrong and how often it was called.
    #[must_use]
    pub fn told(&self) -> String {
        let told = |(operation, calls): (&Operation, &u64)| {
            format!("{operation:?} {}/{calls}", self.faults(*operation))
        };
        self.calls.iter().map(told).collect::<Vec<_>>().join(", ")
    }

    /// How often faults of this kind were played, by script or chaos.
    #[must_use]
    pub fn faults_of(&self, kind: Kind) -> u64 {
        self.kinds.values().filter_map(|played| played.get(&kind)).sum()
    }

    /// The kinds of faults played on a platform, each with how often.
    pub(crate) fn kinds(&self, platform: Platform) -> impl Iterator<Item = (Kind, u64)> {
        self.kinds.get(&platform).into_iter().flatten().map(|(kind, times)| (*kind, *times))
    }

    /// The most calls of a platform that came within any stretch of time so long, by a clock that never stands still or
    /// goes back. A stretch holds its beginning and not its end. The last 16 384 calls are remembered.
    #[must_use]
    pub fn most_calls_within(&self, platform: Platform, stretch: Duration) -> u64 {
        self.most_of(platform, stretch, |_| true)
    }

    /// The same of the calls that came since a moment.
    #[must_use]
    pub fn most_calls_within_since(&self, platform: Platform, stretch: Duration, since: Instant) -> u64 {
        self.most_of(platform, stretch, |at| *at >= since)
    }

    fn most_of(&self, platform: Platform, stretch: Duration, counts: impl Fn(&Instant) -> bool) -> u64 {
        let arrivals: Vec<Instant> =
            self.arrivals.get(&platform).into_iter().flatten().filter(|at| counts(at)).copied().collect();
        let (mut first, mut most) = (0, 0);
        for (last, arrival) in arrivals.iter().enumerate() {
            while first < last && arrival.duration_since(arrivals[first]) >= stretch {
                first += 1;
            }
            most = most.max(last + 1 - first);
        }
        most as u64
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

    pub(crate) fn note_arrival(&mut self, platform: Platform, at: Instant) {
        let arrivals = self.arrivals.entry(platform).or_default();
        if arrivals.len() == ARRIVALS {
            arrivals.pop_front();
        }
        arrivals.push_back(at);
    }

    pub(crate) fn note_kind(&mut self, platform: Platform, kind: Kind) {
        *self.kinds.entry(platform).or_default().entry(kind).or_default() += 1;
    }

    pub(crate) fn note_call(&mut self, operation: Operation) {
        *self.calls.entry(operation).or_default() += 1;
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
            kinds: self.kinds.iter().filter(|(p, _)| **p == platform).map(|(p, n)| (*p, n.clone())).collect(),
            arrivals: BTreeMap::new(),
            effects: self.effects.iter().filter(|e| mine(&e.operation)).cloned().collect(),
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
    fn the_busiest_stretch_is_found_wherever_it_lies() {
        let mut ledger = Ledger::default();
        let begin = Instant::now();
        for ms in [0, 400, 900, 1000, 1100, 1899, 1900, 5000] {
            ledger.note_arrival(Platform::Anac, begin + Duration::from_millis(ms));
        }
        let most = |ms| ledger.most_calls_within(Platform::Anac, Duration::from_millis(ms));
        // From 900 on: 900, 1000, 1100, 1899; 1900 is a second later.
        assert_eq!((most(1000), most(1001), most(10_000), most(1)), (4, 5, 8, 1));
        assert_eq!(ledger.most_calls_within(Platform::SistemaCup, Duration::MAX), 0);
    }

    #[test]
    fn arrivals_do_not_grow_without_end() {
        let mut ledger = Ledger::default();
        let begin = Instant::now();
        for _ in 0..2 * ARRIVALS {
            ledger.note_arrival(Platform::Anac, begin);
        }
        assert_eq!(ledger.most_calls_within(Platform::Anac, Duration::MAX), ARRIVALS as u64);
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
