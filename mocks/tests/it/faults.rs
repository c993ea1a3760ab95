// SPDX-License-Identifier: EUPL-1.2
//! Faults on demand, with and without the effect behind them, and the admin address.

use std::time::{Duration, Instant};

use mepa_gateway_mocks::{Fault, Operation, Platform};

use crate::client::{call, moment, send, start};
use crate::sistema_cup::{generate, post};

#[tokio::test]
async fn a_fault_hides_an_effect_or_prevents_it() {
    const OP: Operation = Operation::GenerateCup;
    let stand_ins = start().await;
    let base = stand_ins.urls().sistema_cup;
    for (fault, status, effects) in [
        (Fault::on(OP).status(429).retry_after("7"), Some(429), 0),
        (Fault::on(OP).status(502), Some(502), 0),
        (Fault::on(OP).status(500).after_effect(), Some(500), 1),
        (Fault::on(OP).dropped(), None, 0),
        (Fault::on(OP).dropped().after_effect(), None, 1),
        (Fault::on(OP).truncated(), Some(200), 1),
        (Fault::on(OP).empty(), Some(200), 1),
        (Fault::on(OP).status(99), Some(500), 0),
        (Fault::on(OP).status(503).retry_after("a\r\nb: c\0"), Some(503), 0),
    ] {
        let before = stand_ins.ledger();
        stand_ins.add_fault(fault.clone());
        let answer = generate(&base);
        assert_eq!(answer.as_ref().map(|a| a.status), status, "{fault:?}");
        let after = stand_ins.ledger();
        assert_eq!(after.effects_of(OP) - before.effects_of(OP), effects, "{fault:?}");
        assert_eq!(after.calls(OP) - before.calls(OP), 1, "{fault:?}");
        assert_eq!(after.faults(OP) - before.faults(OP), 1, "{fault:?}");
        if fault.status == 429 {
            assert!(answer.unwrap().head.contains("retry-after: 7"));
        }
    }
    assert_eq!(generate(&base).unwrap().status, 200);
    assert_eq!(stand_ins.ledger().broken_answers(), [""; 0]);
}

#[tokio::test]
async fn an_empty_outcome_says_done_and_nothing_else() {
    let stand_ins = start().await;
    let base = stand_ins.urls().sistema_cup;
    stand_ins.add_fault(Fault::on(Operation::GenerateCup).empty());
    let body = generate(&base).unwrap().body;
    assert!(body.contains("ELABORAZIONE_ESEGUITA") && body.contains("<risposta/>"), "{body}");
}

#[tokio::test]
async fn a_delay_delays() {
    let stand_ins = start().await;
    stand_ins.add_fault(Fault::anywhere(Platform::SistemaCup).delay(Duration::from_millis(300)));
    let since = Instant::now();
    assert_eq!(post(&stand_ins.urls().sistema_cup, "").unwrap().status, 500);
    assert!(since.elapsed() >= Duration::from_millis(300));
}

#[tokio::test]
async fn calls_within_a_stretch_are_counted_on_each_platform_alone() {
    let stand_ins = start().await;
    let urls = stand_ins.urls();
    let since = Instant::now();
    for _ in 0..5 {
        post(&urls.sistema_cup, "");
    }
    call(&urls.sistema_cup, "GET", "/__admin/ledger", "");
    let ledger = stand_ins.ledger();
    assert_eq!(ledger.most_calls_within(Platform::SistemaCup, since.elapsed()), 5);
    assert_eq!(ledger.most_calls_within(Platform::SistemaCup, Duration::from_nanos(1)), 1);
    assert_eq!(ledger.most_calls_within(Platform::Anac, since.elapsed()), 0);
}

#[tokio::test]
async fn admin_sets_faults_clock_and_lists_and_shows_the_ledger() {
    let stand_ins = start().await;
    let base = stand_ins.urls().lavoro_pubblico;
    let faults = r#"{"faults":[{"operation":"list_comuni","kind":"answer","status":503,"times":2}]}"#;
    assert_eq!(call(&base, "PUT", "/__admin/faults", faults).json()["faults"][0]["times"], 2);
    let list = "/risorse-in-comune/v1/elenchi/ammissione";
    assert_eq!(call(&base, "GET", list, "").status, 503);
    assert_eq!(call(&base, "GET", "/__admin/faults", "").json()["faults"][0]["times"], 1);
    assert_eq!(call(&base, "PUT", "/__admin/faults", r#"{"faults":[]}"#).status, 200);

    let comuni = r#"[{"codice_istat":"001001","codice_fiscale":"01817001001","denominazione":"Prova","importo":"30000.00"}]"#;
    assert_eq!(call(&base, "PUT", "/__admin/elenchi/ammissione", comuni).json()["comuni"], 1);
    assert_eq!(call(&base, "PUT", "/__admin/clock", r#"{"now":"2026-02-01T00:00:00+01:00"}"#).status, 200);
    assert_eq!(stand_ins.clock().now().to_rfc3339(), "2026-01-31T23:00:00+00:00");
    assert_eq!(call(&base, "GET", list, "").json()["items"][0]["importo"], "30000.00");

    let ledger = call(&base, "GET", "/__admin/ledger", "").json();
    assert_eq!((&ledger["calls"]["list_comuni"], &ledger["faults"]["list_comuni"]), (&2.into(), &1.into()));
    assert_eq!(ledger["kinds"]["lavoro_pubblico"]["answer"], 1);
    for (method, path, body) in [
        ("PUT", "/__admin/faults", r#"{"faults":[{"operation":"generate_cup"}]}"#),
        ("PUT", "/__admin/faults", "{"),
        ("PUT", "/__admin/chaos/list_comuni", "{"),
        ("PUT", "/__admin/clock", r#"{"now":"+20000-01-01T00:00:00Z"}"#),
        ("PUT", "/__admin/elenchi/ammissione", "[{}]"),
    ] {
        assert_eq!(call(&base, method, path, body).status, 422, "{path} {body}");
    }
    assert_eq!(call(&base, "GET", "/__admin/altro", "").status, 404);
    assert_eq!(call(&base, "GET", "/__admin/chaos/generate_cup", "").status, 404);
    let chaos = r#"{"seed":1,"rate_percent":100,"kinds":["drop_before"]}"#;
    let own = call(&base, "PUT", "/__admin/chaos/list_comuni", chaos).json();
    assert_eq!(own["kinds"][0], "drop_before");
    assert!(send(&base, "GET", list, &[], "").is_none());
    assert_eq!(call(&base, "PUT", "/__admin/chaos/list_comuni", "null").body, "null");
    assert_eq!(call(&base, "GET", list, "").status, 200);
}

#[tokio::test]
async fn a_day_has_so_many_calls_and_faults_use_them_up() {
    let stand_ins = start().await;
    let base = stand_ins.urls().lavoro_pubblico;
    let list = "/risorse-in-comune/v1/elenchi/ammissione";
    assert_eq!(call(&base, "PUT", "/__admin/quota", r#"{"per_day":2}"#).json()["used"], 0);
    stand_ins.add_fault(Fault::on(Operation::ListComuni).status(500));
    let statuses: Vec<_> = (0..4).map(|_| call(&base, "GET", list, "").status).collect();
    assert_eq!((statuses[0], &statuses[2..]), (500, &[429, 429][..]), "{statuses:?}");
    assert_ne!(statuses[1], 429);
    // Ten o'clock in Rome: fourteen hours to midnight.
    assert!(call(&base, "GET", list, "").head.contains("retry-after: 50400"));
    assert_eq!(call(&base, "GET", "/__admin/quota", "").json()["used"], 5);
    assert_eq!(stand_ins.ledger().calls(Operation::ListComuni), 5);
    stand_ins.clock().stop_at(moment("2026-01-20T23:00:00Z"));
    assert_eq!(call(&base, "GET", list, "").status, statuses[1]);
    stand_ins.set_quota(Platform::LavoroPubblico, Some(1));
    assert_eq!(call(&base, "GET", list, "").status, 429);
    stand_ins.set_quota(Platform::LavoroPubblico, None);
    assert_eq!(call(&base, "GET", list, "").status, statuses[1]);
    assert_eq!(post(&stand_ins.urls().sistema_cup, "").unwrap().status, 500, "another has its own");
}
