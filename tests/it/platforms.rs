// SPDX-License-Identifier: EUPL-1.2
//! The clients of the platforms against servers that answer by the contracts, or break them.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking, in its helpers too")]

mod acquistinretepa;
mod lavoro_pubblico;
mod policy;
mod server;
mod settings;
mod sistema_cup;
mod stand_ins;

use mepa_gateway::clock::Clock;
use mepa_gateway::platforms::quota::uncounted;
use mepa_gateway::platforms::settings::CallSettings;
use mepa_gateway::platforms::{PlatformSettings, Platforms};

const TAX_CODE: &str = "01817670019";
const ISTAT: &str = "001006";
const CUP: &str = "J51B26000010006";

/// Settings for a server of ours: quick, and with no rate limit to speak of.
fn settings(base_url: &str) -> PlatformSettings {
    let call = serde_json::json!({
        "rate_per_second": 10_000, "connect_timeout_ms": 1000, "read_timeout_ms": 400, "write_timeout_ms": 400,
        "deadline_ms": 4000, "backoff_ms": 1, "breaker_failures": 50, "breaker_interval_ms": 150,
    });
    let rest = serde_json::json!({ "base_url": base_url, "token": "t0ken", "call": call });
    serde_json::from_value(serde_json::json!({
        "sistema_cup": { "base_url": base_url, "user": "gateway", "password": "p4ssw0rd", "call": call },
        "lavoro_pubblico": rest,
        "acquistinretepa": rest,
    }))
    .unwrap()
}

fn clock() -> Clock {
    Clock::fixed("2026-01-20T09:00:00Z".parse().unwrap())
}

fn platforms(base_url: &str) -> Platforms {
    Platforms::new(&settings(base_url), clock(), uncounted()).unwrap()
}

/// Clients whose calls are made as `change` says.
fn platforms_with(base_url: &str, change: impl Fn(&mut CallSettings)) -> Platforms {
    let mut settings = settings(base_url);
    change(&mut settings.sistema_cup.call);
    change(&mut settings.lavoro_pubblico.call);
    change(&mut settings.acquistinretepa.call);
    Platforms::new(&settings, clock(), uncounted()).unwrap()
}

/// A fixture with its `{PLACES}` filled in.
fn fill(template: &str, places: &[(&str, &str)]) -> String {
    places
        .iter()
        .fold(template.to_owned(), |text, (place, value)| text.replace(&format!("{{{place}}}"), value))
}

/// A problem document of a REST platform.
fn problem(platform: &str, status: u16, kind: &str) -> String {
    let template = include_str!("../fixtures/platforms/problema.json");
    fill(template, &[("PLATFORM", platform), ("KIND", kind), ("STATUS", &status.to_string())])
}
