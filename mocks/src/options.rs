// SPDX-License-Identifier: EUPL-1.2
//! How the stand-ins are set up.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;

use chrono::{DateTime, Utc};

use crate::chaos::Chaos;
use crate::fault::Fault;
use crate::lavoro_pubblico::Comune;
use crate::operation::{Operation, Platform};

/// Settings of the stand-ins. The default listens on free ports of this machine and knows no Comune.
#[derive(Clone, Debug, PartialEq)]
pub struct Options {
    /// Where Sistema CUP listens; port 0 is any free one.
    pub sistema_cup: SocketAddr,
    /// Where Lavoro Pubblico listens.
    pub lavoro_pubblico: SocketAddr,
    /// Where Acquistinretepa listens.
    pub acquistinretepa: SocketAddr,
    /// Where ANAC listens: authorization server of PDND and PCP on one address.
    pub anac: SocketAddr,
    /// Where SdI listens.
    pub sdi: SocketAddr,
    /// Where SIOPE+ listens.
    pub siope: SocketAddr,
    /// Programme time at which the clock stands; `None`: the time of the machine.
    pub now: Option<DateTime<Utc>>,
    /// The clock goes on from `now`.
    pub clock_runs: bool,
    /// Faults from the start.
    pub faults: Vec<Fault>,
    /// How much goes wrong on a platform.
    pub chaos: BTreeMap<Platform, Chaos>,
    /// How much goes wrong on an operation, whatever holds for its platform.
    pub chaos_on: BTreeMap<Operation, Chaos>,
    /// Calls that a platform takes per day, counted from midnight in Rome; a platform that is not there takes any number.
    pub quotas: BTreeMap<Platform, u64>,
    /// Folder of canned answers, WireMock mappings that are read at the start; see `mocks/README.md`.
    pub mappings: Option<PathBuf>,
    /// List `ammissione`; empty: not published, and no Comune is refused for not being on it.
    pub ammissione: Vec<Comune>,
    /// List `definitivo`; empty: not published.
    pub definitivo: Vec<Comune>,
    /// User and password of Sistema CUP; `None`: any.
    pub cup_credentials: Option<(String, String)>,
    /// Bearer token of the REST platforms; `None`: any.
    pub bearer: Option<String>,
    /// Templates of CUP that exist.
    pub templates: Vec<String>,
    /// First moment at which the communication of a CUP is too late.
    pub cup_closes: DateTime<Utc>,
    /// Public key of the client of ANAC, a point of P-256 (`0x04`, x, y: 65 bytes); `None`: any signature is taken.
    pub anac_public_key: Option<Vec<u8>>,
    /// How long a voucher lives, in seconds.
    pub voucher_lifetime: u32,
    /// Calls of the PCP per minute before it answers 429.
    pub anac_calls_per_minute: u32,
    /// A2A identifier and office that SIOPE+ serves; `None`: any.
    pub siope_office: Option<(String, String)>,
    /// Documents on a page of a list of SIOPE+.
    pub siope_per_page: usize,
}

/// Template of the avviso "Risorse in Comune".
const TEMPLATE: &str = "2510006";
/// 24 January 2026, 00:00 Europe/Rome: the portal says "23 January 2026, 23:59" (domain dossier, timeline).
const CUP_CLOSES: i64 = 1_769_209_200;

impl Default for Options {
    fn default() -> Self {
        let free = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
        Self {
            sistema_cup: free,
            lavoro_pubblico: free,
            acquistinretepa: free,
            anac: free,
            sdi: free,
            siope: free,
            now: None,
            clock_runs: false,
            faults: Vec::new(),
            chaos: BTreeMap::new(),
            chaos_on: BTreeMap::new(),
            quotas: BTreeMap::new(),
            mappings: None,
            ammissione: Vec::new(),
            definitivo: Vec::new(),
            cup_credentials: None,
            bearer: None,
            templates: vec![TEMPLATE.to_owned()],
            cup_closes: DateTime::from_timestamp(CUP_CLOSES, 0).unwrap_or_default(),
            anac_public_key: None,
            voucher_lifetime: 600,
            anac_calls_per_minute: 100_000,
            siope_office: None,
            siope_per_page: 50,
        }
    }
}

impl Options {
    /// Listens on `address` and the ports after it, in the order Sistema CUP, Lavoro Pubblico, Acquistinretepa, ANAC,
    /// SdI, SIOPE+; port 0: free ones.
    #[must_use]
    pub fn listen(mut self, address: SocketAddr) -> Self {
        let port = |step: u16| match address.port() {
            0 => 0,
            first => first.saturating_add(step),
        };
        self.sistema_cup = address;
        self.lavoro_pubblico = SocketAddr::new(address.ip(), port(1));
        self.acquistinretepa = SocketAddr::new(address.ip(), port(2));
        self.anac = SocketAddr::new(address.ip(), port(3));
        self.sdi = SocketAddr::new(address.ip(), port(4));
        self.siope = SocketAddr::new(address.ip(), port(5));
        self
    }

    pub(crate) fn address_of(&mut self, platform: Platform) -> &mut SocketAddr {
        match platform {
            Platform::SistemaCup => &mut self.sistema_cup,
            Platform::LavoroPubblico => &mut self.lavoro_pubblico,
            Platform::Acquistinretepa => &mut self.acquistinretepa,
            Platform::Anac => &mut self.anac,
            Platform::Sdi => &mut self.sdi,
            Platform::Siope => &mut self.siope,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_deadline_is_midnight_in_rome() {
        assert_eq!(Options::default().cup_closes.to_rfc3339(), "2026-01-23T23:00:00+00:00");
    }

    #[test]
    fn ports_follow_each_other() {
        let options = Options::default().listen("127.0.0.1:9100".parse().unwrap());
        let of = |address: SocketAddr| address.port();
        let ports =
            [options.lavoro_pubblico, options.acquistinretepa, options.anac, options.sdi, options.siope]
                .map(of);
        assert_eq!(ports, [9101, 9102, 9103, 9104, 9105]);
        assert_eq!(Options::default().listen("127.0.0.1:0".parse().unwrap()).anac.port(), 0);
    }
}
