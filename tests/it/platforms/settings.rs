// SPDX-License-Identifier: EUPL-1.2
//! Settings that cannot be used are refused at the start, by name; secrets do not show.

use mepa_gateway::platforms::quota::uncounted;
use mepa_gateway::platforms::secret::Secret;
use mepa_gateway::platforms::{PlatformSettings, Platforms};

use super::{clock, settings};

fn refused(change: impl Fn(&mut PlatformSettings)) -> String {
    let mut settings = settings("http://127.0.0.1:1");
    change(&mut settings);
    Platforms::new(&settings, clock(), uncounted()).unwrap_err().to_string()
}

#[test]
fn the_setting_at_fault_is_named() {
    let cases = [
        (refused(|s| s.lavoro_pubblico.base_url = "ftp://x".into()), "lavoro_pubblico: base address"),
        (refused(|s| s.acquistinretepa.token = Secret::new("")), "acquistinretepa: credentials"),
        (refused(|s| s.acquistinretepa.token = Secret::new("a\nb")), "acquistinretepa: credentials"),
        (refused(|s| s.sistema_cup.user = String::new()), "sistema_cup: credentials"),
        (refused(|s| s.sistema_cup.call.deadline_ms = 0), "sistema_cup: deadline_ms"),
    ];
    for (message, start) in cases {
        assert!(message.starts_with(start), "{message}");
    }
}

#[test]
fn unknown_settings_are_errors_and_the_rest_has_defaults() {
    let rest = r#"{"base_url": "http://x", "token": "t"}"#;
    let text = |cup: &str| {
        format!(r#"{{"sistema_cup": {cup}, "lavoro_pubblico": {rest}, "acquistinretepa": {rest}}}"#)
    };
    let good = text(r#"{"base_url": "http://x", "user": "u", "password": "p"}"#);
    assert!(serde_json::from_str::<PlatformSettings>(&good).is_ok());
    let bad = text(r#"{"base_url": "http://x", "user": "u", "password": "p", "call": {"retries": 9}}"#);
    assert!(serde_json::from_str::<PlatformSettings>(&bad).unwrap_err().to_string().contains("retries"));
}

#[test]
fn secrets_do_not_show() {
    let settings = settings("http://127.0.0.1:1");
    let shown = format!("{settings:?} {:?}", Platforms::new(&settings, clock(), uncounted()).unwrap());
    assert!(!shown.contains("p4ssw0rd") && !shown.contains("t0ken"), "{shown}");
}
