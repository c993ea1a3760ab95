// SPDX-License-Identifier: EUPL-1.2
//! Settings: `config/default.toml` (embedded), then a file, then the environment. Unknown keys are errors. This is the
//! only reader of the environment.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::time::Duration;

use chrono::TimeDelta;
use serde::Deserialize;

use crate::domain::codice_ufficio::CodiceUfficio;
use crate::domain::istat::IstatCode;
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
    /// The files of reports.
    pub reports: ReportSettings,
    /// How to reach the platforms.
    pub platforms: PlatformSettings,
    /// Which Comune an office (codice univoco ufficio) belongs to, by ISTAT code: invoices and payments name offices.
    #[serde(default)]
    pub offices: BTreeMap<CodiceUfficio, IstatCode>,
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
    /// Id of the programme served; where a folder is given, the id that must stand in it.
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
    /// Pause before a call is tried again for the first time, seconds; it doubles with each attempt.
    pub pause_first_s: u32,
    /// The longest pause, seconds.
    pub pause_last_s: u32,
    /// How often an ODA on the platform is looked at, seconds.
    pub follow_every_s: u32,
    /// How often the portal is read for ODA that were made there, seconds.
    pub pull_every_s: u32,
    /// How often the queue is looked at when nothing wakes the worker, milliseconds.
    pub poll_ms: u64,
    /// A folder into which other programs put invoices and payments.
    pub inbox: Option<PathBuf>,
}

impl WorkerSettings {
    /// The pause before a call is tried again that was attempted so many times in a row.
    pub fn pause(&self, attempt: i64) -> TimeDelta {
        let doublings = u32::try_from(attempt.saturating_sub(1).clamp(0, 31)).unwrap_or(0);
        let pause = i64::from(self.pause_first_s).saturating_mul(2i64.saturating_pow(doublings));
        TimeDelta::seconds(pause.min(i64::from(self.pause_last_s)))
    }

    /// [`Self::poll_ms`] as a duration.
    pub fn poll(&self) -> Duration {
        Duration::from_millis(self.poll_ms)
    }
}

/// `[reports]`
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ReportSettings {
    /// Days for which the file of a report is kept.
    pub keep_days: u32,
    /// Folder of these files; none: `reports` beside the store.
    pub directory: Option<PathBuf>,
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

/// Why settings cannot be used. No message shows the value of a secret.
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
    /// The text is no TOML, a key is unknown, or a value is not what the key takes.
    #[error("{origin}: {reason}")]
    Invalid {
        /// File or variable.
        origin: String,
        /// What is wrong, and where.
        reason: String,
    },
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

impl ConfigError {
    fn invalid(origin: &str, reason: impl Into<String>) -> Self {
        Self::Invalid { origin: origin.into(), reason: reason.into() }
    }
}

impl Settings {
    /// Reads the settings of this process.
    ///
    /// # Errors
    /// Names the file or variable, the key and the reason.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        Self::from_sources(file, std::env::vars_os())
    }

    /// The embedded defaults alone.
    ///
    /// # Errors
    /// Never for the defaults as shipped.
    pub fn defaults() -> Result<Self, ConfigError> {
        Self::from_sources(None, std::iter::empty())
    }

    /// Settings are checked after each source, so that a fault is told of the source that has it.
    fn from_sources(
        file: Option<&Path>,
        variables: impl Iterator<Item = (OsString, OsString)>,
    ) -> Result<Self, ConfigError> {
        let defaults = parse("default.toml", DEFAULTS)?;
        let mut table = defaults.clone();
        let mut settings = checked("default.toml", &table)?;
        if let Some(path) = file {
            let text = std::fs::read_to_string(path)
                .map_err(|source| ConfigError::Unreadable { path: path.into(), source })?;
            let origin = path.display().to_string();
            merge(&mut table, parse(&origin, &text)?);
            settings = checked(&origin, &table)?;
        }
        for (name, value) in variables {
            let name = name.to_string_lossy();
            let Some(keys) = name.strip_prefix(ENVIRONMENT_PREFIX) else { continue };
            let keys: Vec<String> = keys.split("__").map(str::to_ascii_lowercase).collect();
            let value = value.to_str().ok_or_else(|| ConfigError::invalid(&name, "is not UTF-8"))?;
            let value =
                typed(&defaults, &keys, value).map_err(|reason| ConfigError::invalid(&name, reason))?;
            merge(&mut table, nested(&keys, value));
            settings = checked(&name, &table)?;
        }
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
            ("server.body_timeout_s", server.body_timeout_s),
            ("server.requests_max", size(server.requests_max)),
            ("server.requests_of_client_max", server.requests_of_client_max.into()),
            ("server.requests_per_minute", server.requests_per_minute.into()),
            ("worker.concurrency", worker.concurrency.into()),
            ("worker.attempts_max", worker.attempts_max.into()),
            ("worker.pause_first_s", worker.pause_first_s.into()),
            ("worker.pause_last_s", worker.pause_last_s.into()),
            ("worker.follow_every_s", worker.follow_every_s.into()),
            ("worker.pull_every_s", worker.pull_every_s.into()),
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

/// Place and reason of a fault of syntax, without the line itself: a secret may stand there.
fn parse(origin: &str, text: &str) -> Result<toml::Table, ConfigError> {
    text.parse().map_err(|error: toml::de::Error| {
        let before = error.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
        let line = before.split('\n').count();
        let column = before.rsplit('\n').next().unwrap_or_default().chars().count().saturating_add(1);
        ConfigError::invalid(origin, format!("line {line}, column {column}: {}", error.message()))
    })
}

fn checked(origin: &str, table: &toml::Table) -> Result<Settings, ConfigError> {
    let settings = table.clone().try_into();
    settings.map_err(|error: toml::de::Error| ConfigError::invalid(origin, error.to_string().trim_end()))
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

/// The text of a variable as what the default at its key is: how it looks says nothing, a password may be all digits.
/// Settings without a default are texts.
fn typed(defaults: &toml::Table, keys: &[String], text: &str) -> Result<toml::Value, &'static str> {
    let (last, sections) = keys.split_last().ok_or("names no setting")?;
    let section = sections.iter().try_fold(defaults, |table, key| table.get(key)?.as_table());
    match section.ok_or("there is no such section of settings")?.get(last) {
        Some(toml::Value::Integer(_)) => {
            text.parse().map(toml::Value::Integer).map_err(|_| "a whole number is expected")
        }
        Some(toml::Value::Boolean(_)) => {
            text.parse().map(toml::Value::Boolean).map_err(|_| "true or false is expected")
        }
        Some(toml::Value::Table(_)) => Err("names a section, not a setting"),
        _ => Ok(toml::Value::String(text.into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platforms::settings::CallSettings;

    fn with(variables: &[(&str, &str)]) -> Result<Settings, ConfigError> {
        let owned = variables.iter().map(|(name, value)| (OsString::from(name), OsString::from(value)));
        Settings::from_sources(None, owned)
    }

    fn of_file(text: &str) -> Result<Settings, ConfigError> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("settings.toml");
        std::fs::write(&path, text).unwrap();
        Settings::from_sources(Some(&path), std::iter::empty())
    }

    #[test]
    fn the_environment_overrides_the_defaults() {
        let settings = with(&[
            ("MEPA__SERVER__LISTEN", "127.0.0.1:9999"),
            ("MEPA__WORKER__LEASE_S", "700"),
            ("MEPA__PLATFORMS__SISTEMA_CUP__CALL__RATE_PER_SECOND", "9"),
        ])
        .unwrap();
        assert_eq!(settings.server.listen.port(), 9999);
        assert_eq!(settings.worker.lease_s, 700);
        assert_eq!(settings.platforms.sistema_cup.call.rate_per_second.get(), 9);
    }

    #[test]
    fn a_text_of_digits_stays_a_text() {
        let settings = with(&[
            ("MEPA__PLATFORMS__SISTEMA_CUP__PASSWORD", "0123456789"),
            ("MEPA__PLATFORMS__LAVORO_PUBBLICO__TOKEN", "true"),
            ("MEPA__PROGRAMME__DIRECTORY", "2026"),
        ])
        .unwrap();
        assert_eq!(settings.programme.directory, Some(PathBuf::from("2026")));
    }

    #[test]
    fn every_fault_of_a_variable_names_it_and_shows_no_secret() {
        for (name, value) in [
            ("MEPA__SERVER__LISTN", "127.0.0.1:9999"),
            ("MEPA__SERVER__LISTEN", "nowhere"),
            ("MEPA__WORKER__LEASE_S", "soon"),
            ("MEPA__WORKER__LEASE_S", "-1"),
            ("MEPA__WORKER", "7"),
            ("MEPA__", "7"),
            ("MEPA__NOTHING__AT__ALL", "7"),
            ("MEPA__PLATFORMS__SISTEMA_CUP", "s3greto"),
            ("MEPA__PLATFORMS__SISTEMA_CUP__PASSWRD", "s3greto"),
            ("MEPA__PLATFORMS__SISTEMA_CUP__PASSWORD__X", "s3greto"),
        ] {
            let error = with(&[("MEPA__STORE__PATH", "a"), (name, value)]).unwrap_err().to_string();
            assert!(error.starts_with(&format!("{name}: ")) && !error.contains("s3greto"), "{error}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn only_our_own_variables_must_be_utf_8() {
        use std::os::unix::ffi::OsStringExt;
        let broken = || OsString::from_vec(b"caff\xE8".to_vec());
        let foreign = [(OsString::from("COFFEE"), broken()), (broken(), OsString::from("1"))];
        assert!(Settings::from_sources(None, foreign.into_iter()).is_ok());
        let ours = [(OsString::from("MEPA__LOG__FILTER"), broken())];
        let error = Settings::from_sources(None, ours.into_iter()).unwrap_err().to_string();
        assert_eq!(error, "MEPA__LOG__FILTER: is not UTF-8");
    }

    #[test]
    fn a_fault_of_the_file_shows_no_secret_either() {
        for text in [
            "[platforms.sistema_cup]\npassword = 5318008\n",
            "[platforms.sistema_cup]\npassword = [5318008]\n",
            "[platforms.sistema_cup]\npassword = 5318008.5\n",
            "[platforms.sistema_cup]\npassword = \"5318008\n",
            "[platforms.lavoro_pubblico]\ntoken = 5318008 5318008\n",
        ] {
            let error = of_file(text).unwrap_err().to_string();
            assert!(error.contains("settings.toml: ") && !error.contains("5318008"), "{error}");
        }
        let error = of_file("[log]\n\nfilter = \"info\n").unwrap_err().to_string();
        assert!(error.contains("settings.toml: line 3, column "), "{error}");
    }

    #[test]
    fn the_defaults_of_calls_are_written_as_they_are() {
        let platforms = Settings::defaults().unwrap().platforms;
        for call in
            [platforms.sistema_cup.call, platforms.lavoro_pubblico.call, platforms.acquistinretepa.call]
        {
            assert_eq!(call, CallSettings::default());
        }
        let manual = DEFAULTS.matches("breaker_interval_ms").count();
        assert_eq!(manual, 3, "a variable takes its type from the default that is written there");
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

    #[test]
    fn the_pause_doubles_up_to_an_hour_and_stays_there() {
        let worker = Settings::defaults().unwrap().worker;
        let pause = |attempt| worker.pause(attempt).num_seconds();
        let pauses: Vec<i64> = (1..=13).map(pause).collect();
        assert_eq!(pauses, [5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560, 3600, 3600, 3600]);
        assert_eq!((pause(i64::MAX), pause(0)), (3600, 5));
    }
}
