// SPDX-License-Identifier: EUPL-1.2
//! Faults on demand, per platform and per operation: what to do to the next calls instead of answering well.

use std::collections::HashMap;

use crate::chaos::{Chaos, Draws};
use crate::fault::Fault;
use crate::operation::{Operation, Platform};

/// The faults still to be played.
#[derive(Debug, Default)]
pub(crate) struct Script {
    faults: Vec<Fault>,
    chaos: HashMap<Platform, Draws>,
    /// For an operation in place of what holds for its platform.
    chaos_on: HashMap<Operation, Draws>,
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

    /// Begins, changes or ends the chaos of an operation.
    pub(crate) fn set_chaos_on(&mut self, operation: Operation, chaos: Option<Chaos>) {
        match chaos {
            Some(chaos) => self.chaos_on.insert(operation, Draws::new(chaos)),
            None => self.chaos_on.remove(&operation),
        };
    }

    /// The chaos of an operation, if it has its own.
    pub(crate) fn chaos_on(&self, operation: Operation) -> Option<&Chaos> {
        self.chaos_on.get(&operation).map(Draws::setting)
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

    /// Takes the next fault for this call, or counts the call as one that was let through.
    pub(crate) fn take(&mut self, platform: Platform, operation: Option<Operation>) -> Option<Fault> {
        let Some(fault) = self.faults.iter_mut().find(|fault| fault.fits(platform, operation)) else {
            let own = operation.and_then(|operation| self.chaos_on.get_mut(&operation));
            return own.or_else(|| self.chaos.get_mut(&platform))?.draw(platform);
        };
        if fault.skip > 0 {
            fault.skip -= 1;
            return None;
        }
        fault.times = fault.times.map(|left| left.saturating_sub(1));
        Some(fault.clone())
    }
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
    fn another_operation_is_not_hit() {
        let mut script = Script::default();
        script.add(Fault::on(Operation::CupList).status(500));
        assert_eq!(next(&mut script), None);
        script.replace(Platform::SistemaCup, [Fault::anywhere(Platform::SistemaCup).status(502)]);
        assert_eq!(next(&mut script), Some(502));
    }

    #[test]
    fn an_operation_may_have_its_own_chaos() {
        let chaos = |rate_percent| Some(Chaos { seed: 1, rate_percent, slow_ms: 1, kinds: Vec::new() });
        let mut script = Script::default();
        script.set_chaos(Platform::SistemaCup, chaos(100));
        script.set_chaos_on(OP, chaos(0));
        assert!(script.take(Platform::SistemaCup, Some(OP)).is_none());
        assert!(script.take(Platform::SistemaCup, Some(Operation::CupList)).is_some());
        script.set_chaos_on(OP, None);
        assert!(script.take(Platform::SistemaCup, Some(OP)).is_some());
    }
}
