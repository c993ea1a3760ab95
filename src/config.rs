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
    /// Its body must have arrived within this, seconds; beyond it 408.
    pub body_timeout_s: u64,
    /// Requests served at once; beyond it 503.
    pub requests_max: usize,
    /// Requests of one client served at once; beyond it 429.
    pub requests_of_client_max: u32,
    /// Requests one client may make in a minute; beyond it 429.
    pub requests_per_minute: u32,
    /// Where faults of security are to be reported (`security.txt`).
    pub security_contact: String,
}

impl ServerSettings {
    /// The largest body of any kind, bytes.
    pub fn body_max_bytes(&self) -> usize {
        self.json_max_bytes.max(self.xml_max_bytes)
    }
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
    /// Attempts after which a person must look.
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
        settings.try_into().map_err(|error: toml::de::Error| ConfigError::Invalid(error.to_string()))
    }
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
            with(&[("MEPA__SERVER__LISTEN", "127.0.0.1:9999"), ("MEPA__WORKER__LEASE_S", "7")]).unwrap();
        assert_eq!(settings.server.listen.port(), 9999);
        assert_eq!(settings.worker.lease_s, 7);
    }

    #[test]
    fn an_unknown_key_is_an_error_that_names_it() {
        let error = with(&[("MEPA__SERVER__LISTN", "127.0.0.1:9999")]).unwrap_err().to_string();
        assert!(error.contains("listn"), "{error}");
    }
}
