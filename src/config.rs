// SPDX-License-Identifier: EUPL-1.2
//! Settings: `config/default.toml` (embedded), then a file, then the environment. Unknown keys are errors. This is the
//! only reader of the environment.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::Deserialize;

use crate::platforms::settings::PlatformSettings;

/// The defaults, which are also the manual: every setting stands there with a comment.
pub const DEFAULTS: &str = include_str!("../config/default.toml");

/// Prefix of variables that override a setting: `MEPA__SERVER__LISTEN` is `listen` in `[server]`.
const ENVIRONMENT_PREFIX: &str = "MEPA__";

/// The most calls to platforms that one delivery makes: ask, act, read back.
const CALLS_OF_A_DELIVERY: u64 = 3;

/// All settings.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// The HTTP side.
    pub server: ServerSettings,
    /// The database file.
    pub store: StoreSettings,
    /// The programme served.
    pub programme: ProgrammeSettings,
    /// The worker that calls platforms.
    pub worker: WorkerSettings,
    /// How to reach the platforms.
    pub platforms: PlatformSettings,
    /// What is logged.
    pub log: LogSettings,
}

/// `[server]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ServerSettings {
    /// Address to listen on.
    pub listen: SocketAddr,
    /// Address under which clients reach the service; used in links.
    pub public_url: String,
    /// Largest JSON body, bytes.
    pub json_max_bytes: usize,
    /// Largest XML body, bytes.
    pub xml_max_bytes: usize,
    /// A request must be answered within this, seconds.
    pub request_timeout_s: u64,
    /// Requests served at once; beyond it 503.
    pub requests_max: usize,
    /// Requests one client may make in a minute; beyond it 429.
    pub requests_per_minute: u32,
    /// Where faults of security are to be reported (`security.txt`).
    pub security_contact: String,
}

/// `[store]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StoreSettings {
    /// The SQLite file; its folder is made when missing.
    pub path: PathBuf,
}

/// `[programme]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ProgrammeSettings {
    /// Id of the programme served.
    pub id: String,
    /// Folder of the programme's data; the embedded data when not given.
    pub directory: Option<PathBuf>,
    /// Folder of the reference tables; the embedded tables when not given.
    pub reference_directory: Option<PathBuf>,
}

/// `[worker]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct WorkerSettings {
    /// Calls made at once.
    pub concurrency: u32,
    /// A call not written back after this is held to be of unknown outcome, seconds.
    pub lease_s: u32,
    /// Attempts that leave the outcome in doubt, after which a person must look.
    pub attempts_max: u32,
    /// How often an ODA on the platform is looked at, seconds.
    pub follow_every_s: u32,
    /// How often the queue is looked at when nothing wakes the worker, milliseconds.
    pub poll_ms: u64,
}

impl WorkerSettings {
    /// [`Self::poll_ms`] as a duration.
    pub fn poll(&self) -> Duration {
        Duration::from_millis(self.poll_ms)
    }
}

/// `[log]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LogSettings {
    /// Filter, e.g. `info` or `mepa_gateway=debug`.
    pub filter: String,
    /// `text` or `json`.
    pub format: LogFormat,
}

/// How log lines look.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line.
    Json,
}

/// Why settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file is not there or cannot be read.
    #[error("{path}: cannot be read")]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        source: std::io::Error,
    },
    /// The text is no TOML.
    #[error("{origin}: {reason}")]
    Syntax {
        /// File or variable.
        origin: String,
        /// Line, column and reason.
        reason: String,
    },
    /// A key is unknown, or a value is not what the key takes.
    #[error("settings: {0}")]
    Invalid(String),
    /// A number with which the service could not work.
    #[error("settings: {name} = {value}: {why}")]
    Number {
        /// The setting, with its section.
        name: &'static str,
        /// Its value.
        value: u64,
        /// What is expected, and why.
        why: String,
    },
}

impl Settings {
    /// Reads the settings of this process.
    ///
    /// # Errors
    /// Names the file, key and reason.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let variables = std::env::vars().filter(|(name, _)| name.starts_with(ENVIRONMENT_PREFIX));
        Self::from_sources(file, variables)
    }

    /// The embedded defaults alone.
    ///
    /// # Errors
    /// Never for the defaults as shipped.
    pub fn defaults() -> Result<Self, ConfigError> {
        Self::from_sources(None, std::iter::empty())
    }

    fn from_sources(
        file: Option<&Path>,
        variables: impl Iterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let mut settings = parse("default.toml", DEFAULTS)?;
        if let Some(path) = file {
            let text = std::fs::read_to_string(path)
                .map_err(|source| ConfigError::Unreadable { path: path.into(), source })?;
            merge(&mut settings, parse(&path.display().to_string(), &text)?);
        }
        for (name, value) in variables {
            let keys: Vec<String> =
                name[ENVIRONMENT_PREFIX.len()..].split("__").map(str::to_ascii_lowercase).collect();
            merge(&mut settings, nested(&keys, scalar(&value)));
        }
        let settings: Self =
            settings.try_into().map_err(|error: toml::de::Error| ConfigError::Invalid(error.to_string()))?;
        settings.check()?;
        Ok(settings)
    }

    /// Refuses numbers with which nothing would be served, nothing called, or a call made twice.
    fn check(&self) -> Result<(), ConfigError> {
        let (server, worker) = (&self.server, &self.worker);
        for (name, value) in [
            ("server.json_max_bytes", size(server.json_max_bytes)),
            ("server.xml_max_bytes", size(server.xml_max_bytes)),
            ("server.request_timeout_s", server.request_timeout_s),
            ("server.requests_max", size(server.requests_max)),
            ("server.requests_per_minute", server.requests_per_minute.into()),
            ("worker.concurrency", worker.concurrency.into()),
            ("worker.attempts_max", worker.attempts_max.into()),
            ("worker.follow_every_s", worker.follow_every_s.into()),
            ("worker.poll_ms", worker.poll_ms),
        ] {
            if value == 0 {
                return Err(ConfigError::Number { name, value, why: "at least 1 expected".into() });
            }
        }
        let deadline_ms = self.platforms.deadline_ms_max();
        let lease_ms = u64::from(worker.lease_s).saturating_mul(1000);
        if lease_ms <= deadline_ms.saturating_mul(CALLS_OF_A_DELIVERY) {
            let why = format!(
                "more than {CALLS_OF_A_DELIVERY} times the longest deadline_ms of the platforms ({deadline_ms}) expected: \
                 a delivery makes as many calls, and while it does another process must not take it over"
            );
            return Err(ConfigError::Number { name: "worker.lease_s", value: worker.lease_s.into(), why });
        }
        Ok(())
    }
}

fn size(value: usize) -> u64 {
    u64::try_from(value).unwrap_or(u64::MAX)
}

fn parse(origin: &str, text: &str) -> Result<toml::Table, ConfigError> {
    text.parse().map_err(|error: toml::de::Error| ConfigError::Syntax {
        origin: origin.into(),
        reason: error.to_string(),
    })
}

fn merge(into: &mut toml::Table, from: toml::Table) {
    for (key, value) in from {
        match (into.get_mut(&key), value) {
            (Some(toml::Value::Table(old)), toml::Value::Table(new)) => merge(old, new),
            (_, value) => {
                into.insert(key, value);
            }
        }
    }
}

fn nested(keys: &[String], value: toml::Value) -> toml::Table {
    let mut table = toml::Table::new();
    match keys {
        [] => {}
        [key] => {
            table.insert(key.clone(), value);
        }
        [key, rest @ ..] => {
            table.insert(key.clone(), toml::Value::Table(nested(rest, value)));
        }
    }
    table
}

/// A variable is an integer or a boolean when it reads as one, else text.
fn scalar(text: &str) -> toml::Value {
    match (text.parse::<i64>(), text.parse::<bool>()) {
        (Ok(number), _) => toml::Value::Integer(number),
        (_, Ok(flag)) => toml::Value::Boolean(flag),
        _ => toml::Value::String(text.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn with(variables: &[(&str, &str)]) -> Result<Settings, ConfigError> {
        let owned = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Settings::from_sources(None, owned)
    }

    #[test]
    fn the_environment_overrides_the_defaults() {
        let settings =
            with(&[("MEPA__SERVER__LISTEN", "127.0.0.1:9999"), ("MEPA__WORKER__LEASE_S", "700")]).unwrap();
        assert_eq!(settings.server.listen.port(), 9999);
        assert_eq!(settings.worker.lease_s, 700);
    }

    #[test]
    fn an_unknown_key_is_an_error_that_names_it() {
        let error = with(&[("MEPA__SERVER__LISTN", "127.0.0.1:9999")]).unwrap_err().to_string();
        assert!(error.contains("listn"), "{error}");
    }

    #[test]
    fn a_number_that_stops_the_service_is_refused_by_its_name() {
        for (variable, name) in [
            ("MEPA__SERVER__JSON_MAX_BYTES", "server.json_max_bytes"),
            ("MEPA__SERVER__XML_MAX_BYTES", "server.xml_max_bytes"),
            ("MEPA__SERVER__REQUEST_TIMEOUT_S", "server.request_timeout_s"),
            ("MEPA__SERVER__REQUESTS_MAX", "server.requests_max"),
            ("MEPA__SERVER__REQUESTS_PER_MINUTE", "server.requests_per_minute"),
            ("MEPA__WORKER__CONCURRENCY", "worker.concurrency"),
            ("MEPA__WORKER__LEASE_S", "worker.lease_s"),
            ("MEPA__WORKER__ATTEMPTS_MAX", "worker.attempts_max"),
            ("MEPA__WORKER__FOLLOW_EVERY_S", "worker.follow_every_s"),
            ("MEPA__WORKER__POLL_MS", "worker.poll_ms"),
        ] {
            let error = with(&[(variable, "0")]).unwrap_err().to_string();
            assert!(error.starts_with(&format!("settings: {name} = 0: ")), "{variable}: {error}");
        }
    }

    #[test]
    fn the_lease_outlives_the_longest_delivery() {
        for platform in ["SISTEMA_CUP", "LAVORO_PUBBLICO", "ACQUISTINRETEPA"] {
            let deadline = format!("MEPA__PLATFORMS__{platform}__CALL__DEADLINE_MS");
            let with_lease = |lease| with(&[(&deadline, "90000"), ("MEPA__WORKER__LEASE_S", lease)]);
            let error = with_lease("270").unwrap_err().to_string();
            assert!(error.contains("worker.lease_s = 270") && error.contains("90000"), "{error}");
            assert!(with_lease("271").is_ok());
        }
    }
}
