// SPDX-License-Identifier: EUPL-1.2
//! The one policy: what is repeated, what is not, what is given up, and how hard a platform is pressed.

use std::time::{Duration, Instant};

use mepa_gateway::platforms::breaker::BreakerState;
use mepa_gateway::platforms::sending::BeforeSending;
use mepa_gateway::platforms::{Kind, PlatformError, Platforms, Repeat};
use uuid::Uuid;

use super::server::{Reply, Server, nobody};
use super::{platforms, platforms_with, problem};

const EMPTY_LIST: &str = r#"{"items": [], "next_cursor": null}"#;
const REFERENCE: Uuid = Uuid::from_u128(0x5f0c8b1e_8b1a_4c7e_9a51_0c7f0a4d2b11);

async fn reads(platforms: &Platforms) -> Result<(), PlatformError> {
    platforms.acquistinretepa.find_by_reference(REFERENCE).await.map(|found| assert_eq!(found, None))
}

async fn acts(platforms: &Platforms) -> PlatformError {
    platforms
        .acquistinretepa
        .hand_over(REFERENCE, b"<Order/>".to_vec(), &BeforeSending::untold())
        .await
        .unwrap_err()
}

#[tokio::test]
async fn a_message_whose_sending_cannot_be_written_down_does_not_go_out() {
    let server = Server::start(|_, _| created());
    let platforms = platforms(&server.url());
    let before = BeforeSending::new(|sending| async move {
        assert_eq!((sending.operation, sending.sha256.len()), ("hand_over", 64));
        Err("the disk is full".to_owned())
    });
    let kept =
        platforms.acquistinretepa.hand_over(REFERENCE, b"<Order/>".to_vec(), &before).await.unwrap_err();
    assert_eq!(kept.kind, Kind::Withheld { why: "the disk is full".into() });
    assert!(safe(&kept), "nothing was sent");
    assert_eq!(server.calls(), 0);
}

fn created() -> Reply {
    let draft = include_str!("../../fixtures/platforms/acquistinretepa/bozza.json");
    Reply::json(201, draft.replace("{REF}", &REFERENCE.to_string()))
}

fn safe(error: &PlatformError) -> bool {
    matches!(error.repeat, Repeat::Safe { .. })
}

#[tokio::test]
async fn a_read_is_repeated_after_trouble_three_tries_in_all() {
    let troubles: [fn() -> Reply; 4] = [
        || Reply::html(502),
        || Reply::Close,
        || Reply::html(503),
        || Reply::problem(500, problem("acquistinretepa", 500, "errore-interno")),
    ];
    for trouble in troubles {
        let server = Server::start(move |n, _| if n < 2 { trouble() } else { Reply::json(200, EMPTY_LIST) });
        reads(&platforms(&server.url())).await.unwrap();
        assert_eq!(server.calls(), 3);
    }
    let server = Server::start(|_, _| Reply::html(502));
    let error = reads(&platforms(&server.url())).await.unwrap_err();
    assert_eq!(error.kind, Kind::Unavailable { status: 502, text: "an HTML page".into() });
    assert!(safe(&error));
    assert_eq!(server.calls(), 3);
}

#[tokio::test]
async fn an_act_with_an_unknown_outcome_is_never_repeated() {
    let doubts: [fn() -> Reply; 8] = [
        || Reply::html(502),
        || Reply::html(503),
        || Reply::problem(500, problem("acquistinretepa", 500, "errore-interno")),
        || Reply::Close,
        || Reply::Hang,
        || Reply::Drip,
        || Reply::json(201, "{"),
        || Reply::Truncated("application/json", b"{\"numero_oda\": ".to_vec()),
    ];
    for doubt in doubts {
        let server = Server::start(move |_, _| doubt());
        let error = acts(&platforms(&server.url())).await;
        assert_eq!(error.repeat, Repeat::AskFirst, "{error}");
        assert_eq!(server.calls(), 1, "{error}");
    }
}

#[tokio::test]
async fn an_act_is_repeated_when_nothing_was_done() {
    let refusals: [fn() -> Reply; 2] = [
        || Reply::html(429),
        || Reply::problem(503, problem("acquistinretepa", 503, "servizio-non-disponibile")),
    ];
    for refusal in refusals {
        let server = Server::start(move |n, _| if n == 0 { refusal() } else { created() });
        let draft = platforms(&server.url())
            .acquistinretepa
            .hand_over(REFERENCE, b"<Order/>".to_vec(), &BeforeSending::untold())
            .await;
        assert_eq!(draft.unwrap().number, "8127453");
        assert_eq!(server.calls(), 2);
    }
}

#[tokio::test]
async fn where_nobody_listens_nothing_was_done() {
    let error = acts(&platforms(&nobody())).await;
    assert!(matches!(error.kind, Kind::Unreachable { .. }), "{error}");
    assert!(safe(&error));
}

#[tokio::test]
async fn a_timeout_is_told_apart_and_bounded() {
    let server = Server::start(|_, _| Reply::Hang);
    let begun = Instant::now();
    let error = acts(&platforms(&server.url())).await;
    assert!(matches!(error.kind, Kind::TimedOut { .. }), "{error}");
    assert!(begun.elapsed() < Duration::from_secs(2));
}

#[tokio::test]
async fn the_deadline_bounds_all_tries_together() {
    let server = Server::start(|_, _| Reply::Hang);
    let platforms = platforms_with(&server.url(), |call| {
        call.deadline_ms = 600;
        call.read_timeout_ms = 400;
    });
    let begun = Instant::now();
    assert!(safe(&reads(&platforms).await.unwrap_err()));
    let took = begun.elapsed();
    assert!(took >= Duration::from_millis(400) && took < Duration::from_millis(1000), "{took:?}");
}

#[tokio::test]
async fn retry_after_in_seconds_is_obeyed() {
    let server = Server::start(|n, _| match n {
        0 => Reply::html(429).with_header("Retry-After", "1"),
        _ => Reply::json(200, EMPTY_LIST),
    });
    reads(&platforms(&server.url())).await.unwrap();
    let seen = server.seen();
    assert!(seen[1].at - seen[0].at >= Duration::from_millis(990));
}

#[tokio::test]
async fn retry_after_as_a_date_is_obeyed_by_the_answers_own_clock() {
    let server = Server::start(|n, _| match n {
        0 => Reply::html(429)
            .with_header("Date", "Tue, 03 Mar 2026 10:00:00 GMT")
            .with_header("Retry-After", "Tue, 03 Mar 2026 10:00:01 GMT"),
        _ => Reply::json(200, EMPTY_LIST),
    });
    reads(&platforms(&server.url())).await.unwrap();
    let seen = server.seen();
    assert!(seen[1].at - seen[0].at >= Duration::from_millis(990));
}

#[tokio::test]
async fn a_pause_longer_than_the_deadline_is_handed_on_and_holds_all_calls() {
    for header in ["120", "Tue, 20 Jan 2026 09:02:00 GMT"] {
        let server = Server::start(move |_, _| Reply::html(429).with_header("Retry-After", header));
        let platforms = platforms(&server.url());
        let asked = Some(Duration::from_secs(120));
        let error = acts(&platforms).await;
        assert_eq!(error.kind, Kind::Quota { retry_after: asked });
        assert_eq!(error.repeat, Repeat::Safe { after: asked });
        let Repeat::Safe { after: Some(left) } = reads(&platforms).await.unwrap_err().repeat else {
            panic!("the pause holds for every call")
        };
        assert!(left > Duration::from_secs(110) && left <= Duration::from_secs(120));
        assert_eq!(server.calls(), 1, "nobody asks during the pause");
    }
}

#[tokio::test]
async fn redirects_are_not_followed() {
    let elsewhere = Server::start(|_, _| Reply::json(200, EMPTY_LIST));
    for status in [301, 302, 303, 307, 308] {
        let target = elsewhere.url();
        let server = Server::start(move |_, _| Reply::html(status).with_header("Location", target.clone()));
        let platforms = platforms(&server.url());
        assert!(matches!(reads(&platforms).await.unwrap_err().kind, Kind::Garbled { .. }));
        assert_eq!(acts(&platforms).await.repeat, Repeat::AskFirst);
    }
    assert_eq!(elsewhere.calls(), 0);
}

#[tokio::test]
async fn an_answer_larger_than_agreed_is_not_read_to_its_end() {
    let big = || Reply::json(200, " ".repeat(300 << 10));
    let server =
        Server::start(
            move |_, seen| if seen.method == "GET" { big() } else { Reply::json(201, " ".repeat(300 << 10)) },
        );
    let platforms = platforms(&server.url());
    let error = reads(&platforms).await.unwrap_err();
    assert_eq!((error.kind, error.repeat), (Kind::TooBig { limit: 256 << 10 }, Repeat::Never));
    assert_eq!(acts(&platforms).await.repeat, Repeat::AskFirst, "the effect may be there all the same");
}

#[tokio::test]
async fn credentials_that_are_refused_did_nothing_and_are_not_pressed_at_once() {
    for status in [401, 403] {
        let server = Server::start(move |_, _| Reply::html(status));
        let error = acts(&platforms(&server.url())).await;
        assert!(matches!(error.kind, Kind::Denied { .. }), "{error}");
        assert_eq!(error.repeat, Repeat::Safe { after: None }, "a person mends them, then it goes well");
        assert_eq!(server.calls(), 1, "a wrong password is not tried three times");
    }
}

#[tokio::test]
async fn the_breaker_opens_probes_and_closes() {
    let server = Server::start(|n, _| if n < 4 { Reply::html(500) } else { Reply::json(200, EMPTY_LIST) });
    let platforms = platforms_with(&server.url(), |call| {
        call.breaker_failures = 3.try_into().unwrap();
        call.breaker_interval_ms = 200;
    });
    assert_eq!(platforms.health()[2].breaker, BreakerState::Closed);
    reads(&platforms).await.unwrap_err();
    assert_eq!(server.calls(), 3);
    let error = reads(&platforms).await.unwrap_err();
    assert!(matches!(error.kind, Kind::Breaker { .. }), "{error}");
    assert!(matches!(error.repeat, Repeat::Safe { after: Some(_) }));
    assert_eq!(server.calls(), 3, "nobody asks while it is open");
    let health = &platforms.health()[2];
    assert!(matches!(health.breaker, BreakerState::Open { .. }));
    assert_eq!(
        health.last_error.as_ref().unwrap().text.it,
        "Acquistinretepa: servizio non disponibile (HTTP 500): an HTML page"
    );
    assert_eq!(platforms.health()[0].breaker, BreakerState::Closed, "one breaker per platform");

    tokio::time::sleep(Duration::from_millis(210)).await;
    let (first, second) = tokio::join!(reads(&platforms), reads(&platforms));
    assert_eq!(server.calls(), 4, "one probe, tried once");
    assert!(first.is_err() && second.is_err());
    tokio::time::sleep(Duration::from_millis(210)).await;
    reads(&platforms).await.unwrap();
    reads(&platforms).await.unwrap();
    assert_eq!(platforms.health()[2].breaker, BreakerState::Closed);
    assert!(platforms.health()[2].last_ok_at.is_some());
}

#[tokio::test]
async fn a_breaker_that_opens_in_the_midst_of_a_call_ends_it_with_the_trouble_itself() {
    let server = Server::start(|_, _| Reply::html(500));
    let platforms = platforms_with(&server.url(), |call| call.breaker_failures = 2.try_into().unwrap());
    let error = reads(&platforms).await.unwrap_err();
    assert!(matches!(error.kind, Kind::Unavailable { .. }), "{error}");
    assert_eq!(server.calls(), 2);
}

#[tokio::test]
async fn an_open_breaker_answers_at_once_and_spends_nothing_of_the_rate() {
    let server = Server::start(|_, _| Reply::html(500));
    let platforms = platforms_with(&server.url(), |call| {
        call.breaker_failures = 1.try_into().unwrap();
        call.breaker_interval_ms = 60_000;
        call.rate_per_second = 2.try_into().unwrap();
    });
    reads(&platforms).await.unwrap_err();
    let begun = Instant::now();
    let error = reads(&platforms).await.unwrap_err();
    assert!(matches!(error.kind, Kind::Breaker { .. }), "{error}");
    assert!(begun.elapsed() < Duration::from_millis(250), "it did not queue");
}

#[tokio::test]
async fn a_platform_that_says_no_is_well() {
    let server =
        Server::start(|_, _| Reply::problem(422, problem("acquistinretepa", 422, "documento-non-valido")));
    let platforms = platforms_with(&server.url(), |call| call.breaker_failures = 1.try_into().unwrap());
    for _ in 0..3 {
        let error = acts(&platforms).await;
        let text = "Motivo della piattaforma. /cup: valore non ammesso";
        assert_eq!(error.kind, Kind::Refused { code: "documento-non-valido".into(), text: text.into() });
        assert_eq!(error.repeat, Repeat::Never);
    }
    assert_eq!(platforms.health()[2].breaker, BreakerState::Closed);
}

#[tokio::test]
async fn the_rate_limit_spaces_the_calls_from_the_first_on() {
    let server = Server::start(|_, _| Reply::json(200, EMPTY_LIST));
    let begun = Instant::now();
    let platforms = platforms_with(&server.url(), |call| call.rate_per_second = 20.try_into().unwrap());
    let calls =
        [reads(&platforms), reads(&platforms), reads(&platforms), reads(&platforms), reads(&platforms)];
    let [a, b, c, d, e] = calls;
    let all = tokio::join!(a, b, c, d, e);
    assert!([all.0, all.1, all.2, all.3, all.4].iter().all(Result::is_ok));
    let mut at: Vec<Instant> = server.seen().iter().map(|seen| seen.at).collect();
    at.sort_unstable();
    assert!(at[0] - begun >= Duration::from_millis(45), "it starts empty");
    assert!(at[4] - begun >= Duration::from_millis(245), "50 ms apart, no burst");
}

#[tokio::test]
async fn no_room_in_the_rate_limit_means_nothing_was_sent() {
    let server = Server::start(|_, _| created());
    let platforms = platforms_with(&server.url(), |call| {
        call.rate_per_second = 1.try_into().unwrap();
        call.deadline_ms = 100;
    });
    let error = acts(&platforms).await;
    assert_eq!((&error.kind, error.repeat), (&Kind::Queue, Repeat::Safe { after: None }));
    assert_eq!(server.calls(), 0);
}

#[tokio::test]
async fn requests_carry_what_they_must_and_nothing_else() {
    let server = Server::start(|_, _| Reply::json(200, EMPTY_LIST).with_header("Set-Cookie", "s=1"));
    let platforms = platforms(&server.url());
    reads(&platforms).await.unwrap();
    reads(&platforms).await.unwrap();
    let seen = &server.seen()[1];
    assert_eq!(seen.header("authorization"), Some("Bearer t0ken"));
    assert!(seen.header("user-agent").unwrap().starts_with("mepa-gateway/"));
    assert_eq!(seen.header("cookie"), None);
    assert_eq!(seen.header("referer"), None);
    assert_eq!(seen.header("accept-encoding"), None);
}
