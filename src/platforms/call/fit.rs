// SPDX-License-Identifier: EUPL-1.2
//! Whether the settings of a way to a platform can be used.

use reqwest::Url;

use crate::platforms::error::Platform;
use crate::platforms::settings::{ATTEMPTS_MAX, CallSettings, SettingsError};

/// Refuses numbers that make no sense.
pub(super) fn check_numbers(platform: Platform, settings: &CallSettings) -> Result<(), SettingsError> {
    let waits = [
        ("connect_timeout_ms", settings.connect_timeout_ms),
        ("read_timeout_ms", settings.read_timeout_ms),
        ("write_timeout_ms", settings.write_timeout_ms),
        ("deadline_ms", settings.deadline_ms),
        ("backoff_ms", settings.backoff_ms),
        ("breaker_interval_ms", settings.breaker_interval_ms),
    ];
    const LONGEST_MS: u64 = 3_600_000;
    for (name, value) in waits {
        if !(1..=LONGEST_MS).contains(&value) {
            return Err(SettingsError::Number { platform, name, why: "1 to 3600000 milliseconds expected" });
        }
    }
    if settings.calls_kept_percent > 90 {
        return Err(SettingsError::Number { platform, name: "calls_kept_percent", why: "at most 90" });
    }
    if settings.attempts_max > ATTEMPTS_MAX {
        return Err(SettingsError::Number { platform, name: "attempts_max", why: "at most 3" });
    }
    Ok(())
}

/// The base address of a platform: no credentials, no query.
pub(super) fn parse_base(base_url: &str) -> Result<Url, String> {
    let url = Url::parse(base_url).map_err(|error| error.to_string())?;
    if !matches!(url.scheme(), "http" | "https") {
        return Err(format!("scheme {:?}, http or https expected", url.scheme()));
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("credentials do not belong there".into());
    }
    if url.query().is_some() || url.fragment().is_some() {
        return Err("no query and no fragment expected".into());
    }
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base_addresses() {
        assert!(parse_base("https://cup.example.it/servizi").is_ok());
        assert!(parse_base("http://127.0.0.1:8081").is_ok());
        for bad in
            ["", "cup.example.it", "ftp://cup.example.it", "https://u:p@cup.example.it", "http://x/?a=1"]
        {
            assert!(parse_base(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn senseless_numbers_are_refused() {
        for change in [
            (|s| s.deadline_ms = 0) as fn(&mut CallSettings),
            |s| s.backoff_ms = u64::MAX,
            |s| s.attempts_max = ATTEMPTS_MAX.saturating_add(1),
        ] {
            let mut settings = CallSettings::default();
            change(&mut settings);
            assert!(matches!(
                check_numbers(Platform::SistemaCup, &settings),
                Err(SettingsError::Number { .. })
            ));
        }
    }
}
