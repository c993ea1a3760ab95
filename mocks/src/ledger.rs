// SPDX-License-Identifier: EUPL-1.2
//! What was really done on the platforms, whatever was answered: the witness that a side effect happened exactly once.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::Serialize;

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

/// Calls and effects so far.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Ledger {
    calls: BTreeMap<Operation, u64>,
    faults: BTreeMap<Operation, u64>,
    effects: Vec<Effect>,
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
    }

    pub(crate) fn note_fault(&mut self, operation: Operation) {
        *self.faults.entry(operation).or_default() += 1;
    }

    pub(crate) fn note_effect(&mut self, effect: Effect) {
        self.effects.push(effect);
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
