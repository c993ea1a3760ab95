// SPDX-License-Identifier: EUPL-1.2
//! Settings of the platforms: where they are, who we are to them, how hard we may press. No limit is published by any of
//! them, so the numbers are ours and cautious.

use std::num::NonZeroU32;
use std::time::Duration;

use serde::Deserialize;
use thiserror::Error;

use super::error::Platform;
use super::secret::Secret;

/// All platforms.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PlatformSettings {
    /// Sistema CUP.
    pub sistema_cup: SistemaCupSettings,
    /// Lavoro Pubblico.
    pub lavoro_pubblico: RestSettings,
    /// Acquistinretepa.
    pub acquistinretepa: RestSettings,
    /// ANAC; none when the Comune, or whoever serves it, is not registered there.
    #[serde(default)]
    pub anac: Option<AnacSettings>,
    /// SdI; none when invoices come by another way.
    #[serde(default)]
    pub sdi: Option<SdiSettings>,
    /// SIOPE+; none when payments come by another way.
    #[serde(default)]
    pub siope: Option<SiopeSettings>,
}

impl PlatformSettings {
    /// How calls to a platform are made; none when it is not connected.
    #[must_use]
    pub fn call(&self, platform: Platform) -> Option<&CallSettings> {
        match platform {
            Platform::SistemaCup => Some(&self.sistema_cup.call),
            Platform::LavoroPubblico => Some(&self.lavoro_pubblico.call),
            Platform::Acquistinretepa => Some(&self.acquistinretepa.call),
            Platform::Anac => self.anac.as_ref().map(|anac| &anac.call),
            Platform::Sdi => self.sdi.as_ref().map(|sdi| &sdi.call),
            Platform::Siope => self.siope.as_ref().map(|siope| &siope.call),
        }
    }

    /// The longest that one call may take, whichever platform it goes to.
    #[must_use]
    pub fn deadline_ms_max(&self) -> u64 {
        Platform::ALL
            .into_iter()
            .filter_map(|platform| self.call(platform))
            .map(|call| call.deadline_ms)
            .fold(0, u64::max)
    }
}

/// Sistema CUP: user and password travel inside each message.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SistemaCupSettings {
    /// Base address, `http` or `https`; `CUPServices` is appended.
    pub base_url: String,
    /// Accredited user.
    pub user: String,
    /// Its password.
    pub password: Secret,
    /// How the calls are made.
    #[serde(default)]
    pub call: CallSettings,
}

/// A REST platform with a bearer token.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RestSettings {
    /// Base address, `http` or `https`; the path of the service is appended.
    pub base_url: String,
    /// Bearer token.
    pub token: Secret,
    /// How the calls are made.
    #[serde(default)]
    pub call: CallSettings,
}

/// ANAC's PCP through PDND: a key registered at PDND signs in our name.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AnacSettings {
    /// Base address of the PCP, `http` or `https`; `modi/rest/...` is appended.
    pub base_url: String,
    /// Base address of PDND's authorization server; `authorization-server/token` is appended.
    pub token_base_url: String,
    /// Our client at PDND.
    pub client_id: String,
    /// Id of the key there.
    pub key_id: String,
    /// The purpose declared for this use.
    pub purpose_id: String,
    /// Private key of it, PKCS#8 on the curve P-256, PEM or base64.
    pub private_key: Secret,
    /// Tax code of the person in whose name it is asked.
    pub user_tax_code: String,
    /// Role of that person: `RP` or `DRP`.
    pub user_role: String,
    /// Level of assurance of its log-in: `3` or `4`.
    pub user_loa: String,
    /// How it logged in: `SPID`, `CIE`, `CNS`, `EIDAS`, `CUSTOM`.
    pub user_idp_type: String,
    /// AUSA code of the buyer.
    pub ausa_code: String,
    /// Our platform in ANAC's register.
    pub platform_code: String,
    /// Our component there.
    pub component_code: String,
    /// Whether ANAC is asked about the CIG of each order that is handed over.
    #[serde(default = "yes")]
    pub verify_orders: bool,
    /// How the calls are made.
    #[serde(default)]
    pub call: CallSettings,
}

fn yes() -> bool {
    true
}

/// SdI, for who receives invoices through a channel of its own.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SdiSettings {
    /// Base address of what takes outcomes, `http` or `https`; `ricevi_notifica` is appended.
    pub base_url: String,
    /// Token that whoever ends SdI's TLS in front of the gateway puts on each message of SdI.
    pub receive_token: Secret,
    /// How the calls are made.
    #[serde(default)]
    pub call: CallSettings,
}

/// SIOPE+, for who may speak there in the name of the offices.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SiopeSettings {
    /// Base address, `http` or `https`; `v1/...` is appended.
    pub base_url: String,
    /// Bearer token.
    pub token: Secret,
    /// Our code there, `A2A-00000000`.
    pub a2a_code: String,
    /// How the calls are made.
    #[serde(default)]
    pub call: CallSettings,
}

/// How the calls to one platform are made.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct CallSettings {
    /// Calls started per second, evenly spaced, never a burst. Divide by the number of instances.
    pub rate_per_second: NonZeroU32,
    /// Tries within one call, the first included; 3 at most.
    pub attempts_max: NonZeroU32,
    /// Time to get a connection.
    pub connect_timeout_ms: u64,
    /// Time for one try that only reads.
    pub read_timeout_ms: u64,
    /// Time for one try with an effect.
    pub write_timeout_ms: u64,
    /// Time for a call with all its waits and tries.
    pub deadline_ms: u64,
    /// Mean wait before the second try; doubled before the third. The wait is random between nothing and twice this.
    pub backoff_ms: u64,
    /// Calls a day (Europe/Rome), failed ones included, over all processes that share the store; 0: no limit is known.
    pub calls_per_day: u32,
    /// How much of these is kept for calls that somebody waits for, percent; 90 at most.
    pub calls_kept_percent: u32,
    /// Failures in a row (no connection, no answer, 5xx) that open the breaker.
    pub breaker_failures: NonZeroU32,
    /// While it is open, one try per so long.
    pub breaker_interval_ms: u64,
}

impl Default for CallSettings {
    fn default() -> Self {
        Self {
            rate_per_second: NonZeroU32::MIN.saturating_add(1),
            attempts_max: ATTEMPTS_MAX,
            connect_timeout_ms: 5_000,
            read_timeout_ms: 15_000,
            write_timeout_ms: 30_000,
            deadline_ms: 60_000,
            backoff_ms: 500,
            calls_per_day: 0,
            calls_kept_percent: 20,
            breaker_failures: NonZeroU32::MIN.saturating_add(4),
            breaker_interval_ms: 30_000,
        }
    }
}

/// The most tries within one call: more repetition is the worker's business.
pub(super) const ATTEMPTS_MAX: NonZeroU32 = NonZeroU32::MIN.saturating_add(2);

impl CallSettings {
    pub(super) fn connect_timeout(&self) -> Duration {
        Duration::from_millis(self.connect_timeout_ms)
    }

    pub(super) fn deadline(&self) -> Duration {
        Duration::from_millis(self.deadline_ms)
    }

    pub(super) fn breaker_interval(&self) -> Duration {
        Duration::from_millis(self.breaker_interval_ms)
    }
}

/// Settings that cannot be used.
#[derive(Debug, Error)]
pub enum SettingsError {
    /// The base address is not one.
    #[error("{platform}: base address: {why}")]
    BaseUrl {
        /// Which platform.
        platform: Platform,
        /// What is wrong with it.
        why: String,
    },
    /// A token or user that cannot be sent.
    #[error("{platform}: credentials: {why}")]
    Credentials {
        /// Which platform.
        platform: Platform,
        /// What is wrong; the secret itself is not shown.
        why: &'static str,
    },
    /// A number that makes no sense.
    #[error("{platform}: {name}: {why}")]
    Number {
        /// Which platform.
        platform: Platform,
        /// Name of the setting.
        name: &'static str,
        /// What is wrong.
        why: &'static str,
    },
    /// The HTTP client cannot be built: usually no root certificates on this machine.
    #[error("{platform}: HTTP client")]
    Client {
        /// Which platform.
        platform: Platform,
        /// Why.
        #[source]
        source: reqwest::Error,
    },
}
