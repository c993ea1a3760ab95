// SPDX-License-Identifier: EUPL-1.2
//! Faults by seed and rate: for each call it is drawn whether it goes wrong, and how. The same seed draws the same row of
//! faults, so a run that found something can be made again.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use crate::operation::{Operation, Platform};
use crate::script::{Fault, Kind};

/// How much goes wrong on a platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chaos {
    /// Where the row of faults begins.
    pub seed: u64,
    /// Of a hundred calls so many go wrong.
    pub rate_percent: u8,
    /// How long a slow answer takes, in milliseconds; more than the caller waits makes it a time-out.
    #[serde(default = "slow")]
    pub slow_ms: u64,
    /// The kinds that are drawn, all alike; empty: every kind.
    #[serde(default)]
    pub kinds: Vec<ChaosKind>,
}

fn slow() -> u64 {
    60_000
}

/// What can go wrong by itself. "Before" and "after" say whether the work was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ChaosKind {
    /// Connection closed, nothing done.
    DropBefore,
    /// Connection closed, work done.
    DropAfter,
    /// No answer in time, nothing done.
    TimeOutBefore,
    /// No answer in time, work done.
    TimeOutAfter,
    /// 429 with seconds.
    ThrottledSeconds,
    /// 429 with a date.
    ThrottledDate,
    /// 429 without a header.
    Throttled,
    /// 500, nothing done.
    ErrorBefore,
    /// 500, work done.
    ErrorAfter,
    /// A gateway's HTML page with 502, work done.
    BadGateway,
    /// A success of another kind: a login page.
    Garbage,
    /// The true answer cut in the middle.
    Truncated,
    /// A success that says nothing.
    Empty,
    /// A redirect to another host.
    Redirect,
    /// The answer to an earlier question about something else.
    Foreign,
    /// A SOAP fault, or a problem document, in a 200.
    FaultInSuccess,
}

impl ChaosKind {
    /// Every kind.
    pub const ALL: [Self; 16] = [
        Self::DropBefore,
        Self::DropAfter,
        Self::TimeOutBefore,
        Self::TimeOutAfter,
        Self::ThrottledSeconds,
        Self::ThrottledDate,
        Self::Throttled,
        Self::ErrorBefore,
        Self::ErrorAfter,
        Self::BadGateway,
        Self::Garbage,
        Self::Truncated,
        Self::Empty,
        Self::Redirect,
        Self::Foreign,
        Self::FaultInSuccess,
    ];

    fn fault(self, platform: Platform, slow_ms: u64) -> Fault {
        let fault = Fault::anywhere(platform);
        let slow = std::time::Duration::from_millis(slow_ms);
        match self {
            Self::DropBefore => fault.dropped(),
            Self::DropAfter => fault.dropped().after_effect(),
            Self::TimeOutBefore => fault.status(500).delay(slow),
            Self::TimeOutAfter => fault.delay(slow),
            Self::ThrottledSeconds => fault.status(429).retry_after("1"),
            Self::ThrottledDate => fault.status(429).retry_after("Thu, 01 Jan 1970 00:00:01 GMT"),
            Self::Throttled => fault.status(429),
            Self::ErrorBefore => fault.status(500),
            Self::ErrorAfter => fault.status(500).after_effect(),
            Self::BadGateway => fault.status(502).after_effect(),
            Self::Garbage => fault.status(200).body("text/html", "<html><body>Accedi</body></html>"),
            Self::Truncated => fault.truncated(),
            Self::Empty => fault.empty(),
            Self::Redirect => fault.status(302).body("text/html", ""),
            Self::Foreign => fault.foreign(),
            Self::FaultInSuccess if platform == Platform::SistemaCup => {
                fault.status(200).body("text/xml", SOAP_FAULT)
            }
            Self::FaultInSuccess => fault.status(200).body("application/problem+json", PROBLEM),
        }
    }
}

const SOAP_FAULT: &str = "<soapenv:Envelope xmlns:soapenv=\"http://schemas.xmlsoap.org/soap/envelope/\"><soapenv:Body>\
    <soapenv:Fault><faultcode>soapenv:Server</faultcode><faultstring>Errore interno</faultstring></soapenv:Fault>\
    </soapenv:Body></soapenv:Envelope>";
const PROBLEM: &str =
    "{\"type\":\"about:blank\",\"title\":\"Errore\",\"status\":500,\"detail\":\"Errore interno\"}";

/// A platform's chaos under way.
#[derive(Debug)]
pub(crate) struct Draws {
    setting: Chaos,
    drawn: u64,
    /// Drawn for calls that have been looked at for a drop and are still to be answered.
    pending: HashMap<Option<Operation>, Vec<Option<Fault>>>,
}

impl Draws {
    pub(crate) fn new(setting: Chaos) -> Self {
        Self { setting, drawn: 0, pending: HashMap::new() }
    }

    pub(crate) fn setting(&self) -> &Chaos {
        &self.setting
    }

    /// Draws for a call; gives the fault at once when it closes the connection, and else keeps it for [`Draws::take`].
    pub(crate) fn draw_drop(&mut self, platform: Platform, operation: Option<Operation>) -> Option<Fault> {
        let fault = self.draw(platform);
        if fault.as_ref().is_some_and(|fault| fault.kind == Kind::Drop) {
            return fault;
        }
        self.pending.entry(operation).or_default().push(fault);
        None
    }

    pub(crate) fn take(&mut self, operation: Option<Operation>) -> Option<Fault> {
        self.pending.get_mut(&operation)?.pop()?
    }

    fn draw(&mut self, platform: Platform) -> Option<Fault> {
        self.drawn += 1;
        let number = split_mix(self.setting.seed.wrapping_add(self.drawn));
        if number % 100 >= u64::from(self.setting.rate_percent) {
            return None;
        }
        let kinds: &[ChaosKind] =
            if self.setting.kinds.is_empty() { &ChaosKind::ALL } else { &self.setting.kinds };
        let kind = kinds[usize::try_from(number / 100 % kinds.len() as u64).unwrap_or_default()];
        Some(kind.fault(platform, self.setting.slow_ms))
    }
}

/// SplitMix64: one number from another, well mixed.
fn split_mix(seed: u64) -> u64 {
    let mut z = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draws(seed: u64, rate_percent: u8) -> Vec<Option<Fault>> {
        let mut draws = Draws::new(Chaos { seed, rate_percent, slow_ms: 1, kinds: Vec::new() });
        (0..2000).map(|_| draws.draw(Platform::SistemaCup)).collect()
    }

    #[test]
    fn the_first_number_is_that_of_the_published_generator() {
        assert_eq!(split_mix(1), 0xE220_A839_7B1D_CDAF);
    }

    #[test]
    fn the_same_seed_draws_the_same_row_and_the_rate_is_kept() {
        let row = draws(7, 30);
        assert_eq!(row, draws(7, 30));
        assert_ne!(row, draws(8, 30));
        let faults = row.iter().flatten().count();
        assert!((540..=660).contains(&faults), "{faults} of 2000");
        assert_eq!(draws(7, 0).iter().flatten().count(), 0);
        for kind in ChaosKind::ALL {
            let fault = kind.fault(Platform::SistemaCup, 1);
            assert!(row.iter().flatten().any(|drawn| *drawn == fault), "{kind:?} is drawn");
        }
    }
}
