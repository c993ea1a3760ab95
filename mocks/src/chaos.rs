// SPDX-License-Identifier: EUPL-1.2
//! Faults by seed and rate: for each call it is drawn whether it goes wrong, and how. The same seed draws the same row of
//! faults, so a run that found something can be made again.

use serde::{Deserialize, Serialize};

use crate::fault::Fault;
use crate::operation::Platform;

/// How much goes wrong on a platform.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Chaos {
    /// Where the row of faults begins.
    pub seed: u64,
    /// Of a hundred calls so many go wrong.
    pub rate_percent: u8,
    /// How long whatever takes time takes, in milliseconds; a slow answer that takes more than the caller waits is a
    /// time-out.
    #[serde(default = "slow")]
    pub slow_ms: u64,
    /// The kinds that are drawn, all alike; empty: those of [`ChaosKind::ALL`].
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
    /// Connection reset, nothing done. This and what follows is drawn only when it is named.
    ResetBefore,
    /// Connection reset, work done.
    ResetAfter,
    /// Silence, then the connection is closed; nothing done.
    HangBefore,
    /// Silence, then the connection is closed; work done.
    HangAfter,
    /// The true answer in small pieces.
    Drip,
    /// Half of the announced body, then the end.
    Cut,
    /// A success whose body cannot be read; nothing done.
    BrokenChunkBefore,
    /// A success whose body cannot be read; work done.
    BrokenChunkAfter,
    /// No HTTP, nothing done.
    RubbishBefore,
    /// No HTTP, work done.
    RubbishAfter,
    /// The platform goes away for a time, with every connection; nothing done.
    RefuseBefore,
    /// The platform goes away for a time, with every connection; work done.
    RefuseAfter,
    /// ANAC: the voucher ended before its time, nothing done.
    VoucherExpired,
}

impl ChaosKind {
    /// The kinds that are drawn when none is named.
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
    /// The other kinds.
    pub const WHEN_NAMED: [Self; 13] = [
        Self::ResetBefore,
        Self::ResetAfter,
        Self::HangBefore,
        Self::HangAfter,
        Self::Drip,
        Self::Cut,
        Self::BrokenChunkBefore,
        Self::BrokenChunkAfter,
        Self::RubbishBefore,
        Self::RubbishAfter,
        Self::RefuseBefore,
        Self::RefuseAfter,
        Self::VoucherExpired,
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
            Self::ResetBefore => fault.reset(),
            Self::ResetAfter => fault.reset().after_effect(),
            Self::HangBefore => fault.hangs(slow),
            Self::HangAfter => fault.hangs(slow).after_effect(),
            Self::Drip => fault.drips(slow),
            Self::Cut => fault.cut(),
            Self::BrokenChunkBefore => fault.broken_chunk(),
            Self::BrokenChunkAfter => fault.broken_chunk().after_effect(),
            Self::RubbishBefore => fault.rubbish(),
            Self::RubbishAfter => fault.rubbish().after_effect(),
            Self::RefuseBefore => fault.refuses(slow),
            Self::RefuseAfter => fault.refuses(slow).after_effect(),
            Self::VoucherExpired => fault.voucher_expired(),
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
}

impl Draws {
    pub(crate) fn new(setting: Chaos) -> Self {
        Self { setting, drawn: 0 }
    }

    pub(crate) fn setting(&self) -> &Chaos {
        &self.setting
    }

    /// Draws for a call.
    pub(crate) fn draw(&mut self, platform: Platform) -> Option<Fault> {
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
        for kind in ChaosKind::WHEN_NAMED {
            let fault = kind.fault(Platform::SistemaCup, 1);
            assert!(row.iter().flatten().all(|drawn| *drawn != fault), "{kind:?} was not named");
        }
    }

    #[test]
    fn what_is_named_is_drawn() {
        let kinds = ChaosKind::WHEN_NAMED.to_vec();
        let mut draws = Draws::new(Chaos { seed: 7, rate_percent: 100, slow_ms: 1, kinds });
        let row: Vec<_> = (0..500).filter_map(|_| draws.draw(Platform::Anac)).collect();
        for kind in ChaosKind::WHEN_NAMED {
            assert!(row.contains(&kind.fault(Platform::Anac, 1)), "{kind:?} is drawn");
        }
    }
}
