// SPDX-License-Identifier: EUPL-1.2
//! Acquistinretepa: hand over, find, follow, withdraw.

use mepa_gateway::domain::oda::OdaState;
use mepa_gateway::platforms::acquistinretepa::{OdaDraft, OdaStatus};
use mepa_gateway::platforms::sending::BeforeSending;
use mepa_gateway::platforms::{Kind, PlatformError, Repeat};
use uuid::Uuid;

use super::server::{Reply, Server};
use super::{fill, platforms, problem};

const REFERENCE: &str = "5f0c8b1e-8b1a-4c7e-9a51-0c7f0a4d2b11";
const OTHER: &str = "11111111-8b1a-4c7e-9a51-0c7f0a4d2b11";
const NUMBER: &str = "8127453";

fn reference() -> Uuid {
    REFERENCE.parse().unwrap()
}

fn draft(reference: &str) -> String {
    fill(include_str!("../../fixtures/platforms/acquistinretepa/bozza.json"), &[("REF", reference)])
}

fn conflict(kind: &str, reference: &str) -> String {
    let template = include_str!("../../fixtures/platforms/acquistinretepa/conflitto.json");
    fill(template, &[("KIND", kind), ("REF", reference)])
}

fn orders(reference: &str) -> String {
    fill(include_str!("../../fixtures/platforms/acquistinretepa/ordini.json"), &[("REF", reference)])
}

fn order(number: &str) -> String {
    fill(include_str!("../../fixtures/platforms/acquistinretepa/ordine.json"), &[("NUMERO", number)])
}

async fn hand_over(status: u16, body: String) -> Result<OdaDraft, PlatformError> {
    let server = Server::start(move |_, _| match status {
        201 => Reply::json(status, body.clone()),
        _ => Reply::problem(status, body.clone()),
    });
    platforms(&server.url())
        .acquistinretepa
        .hand_over(reference(), b"<Order/>".to_vec(), &BeforeSending::untold())
        .await
}

async fn find(body: String) -> Result<Option<OdaDraft>, PlatformError> {
    let server = Server::start(move |_, _| Reply::json(200, body.clone()));
    platforms(&server.url()).acquistinretepa.find_by_reference(reference()).await
}

async fn state(body: String) -> Result<OdaStatus, PlatformError> {
    let server = Server::start(move |_, _| Reply::json(200, body.clone()));
    platforms(&server.url()).acquistinretepa.state(NUMBER).await
}

fn garbled<T: std::fmt::Debug>(result: Result<T, PlatformError>) -> Repeat {
    let error = result.unwrap_err();
    assert!(matches!(error.kind, Kind::Garbled { .. }), "{error}");
    error.repeat
}

#[tokio::test]
async fn an_order_is_handed_over_under_our_reference() {
    let server = Server::start(|_, _| Reply::json(201, draft(REFERENCE)));
    let client = platforms(&server.url()).acquistinretepa;
    let draft =
        client.hand_over(reference(), b"<Order>1</Order>".to_vec(), &BeforeSending::untold()).await.unwrap();
    assert_eq!(draft, OdaDraft { number: NUMBER.into(), state: OdaState::Bozza });
    let seen = &server.seen()[0];
    assert_eq!((seen.method.as_str(), seen.target.as_str()), ("POST", "/oda/v1/bozze"));
    assert_eq!(seen.header("x-riferimento-esterno"), Some(REFERENCE));
    assert_eq!(seen.header("content-type"), Some("application/xml"));
    assert_eq!(seen.body, b"<Order>1</Order>");
}

#[tokio::test]
async fn a_reference_used_before_gets_the_first_order() {
    let draft = hand_over(409, conflict("riferimento-gia-usato", REFERENCE)).await.unwrap();
    assert_eq!(draft, OdaDraft { number: NUMBER.into(), state: OdaState::Inviato });
}

#[tokio::test]
async fn answers_about_another_reference_are_a_doubt() {
    assert_eq!(garbled(hand_over(201, draft(OTHER)).await), Repeat::AskFirst);
    assert_eq!(garbled(hand_over(201, draft(REFERENCE).replace("BOZZA", "INVIATO")).await), Repeat::AskFirst);
    assert_eq!(garbled(hand_over(201, draft(REFERENCE).replace(NUMBER, "../1")).await), Repeat::AskFirst);
    assert_eq!(garbled(hand_over(409, conflict("riferimento-gia-usato", OTHER)).await), Repeat::AskFirst);
    assert_eq!(garbled(hand_over(409, conflict("altro", REFERENCE)).await), Repeat::AskFirst);
}

#[tokio::test]
async fn a_document_the_portal_would_not_take_is_not_sent() {
    let server = Server::start(|_, _| Reply::json(201, draft(REFERENCE)));
    let client = platforms(&server.url()).acquistinretepa;
    let error =
        client.hand_over(reference(), vec![b' '; (8 << 20) + 1], &BeforeSending::untold()).await.unwrap_err();
    assert!(matches!(error.kind, Kind::Unwritable { .. }), "{error}");
    assert_eq!(server.calls(), 0);
}

#[tokio::test]
async fn an_order_is_found_or_surely_not_there() {
    let found = find(orders(REFERENCE)).await.unwrap();
    assert_eq!(found, Some(OdaDraft { number: NUMBER.into(), state: OdaState::Inviato }));
    assert_eq!(find(r#"{"items": [], "next_cursor": null}"#.into()).await.unwrap(), None);
    garbled(find(orders(OTHER)).await);
    garbled(find(orders(REFERENCE).replace("null", "\"p2\"")).await);
    garbled(find(r#"{"items": []}{"#.into()).await);
    let one = orders(REFERENCE);
    let item = one.split_once('[').unwrap().1.split_once(']').unwrap().0;
    let error = find(one.replace(item, &format!("{item},{item}"))).await.unwrap_err();
    assert_eq!(error.kind, Kind::Several { count: 2, text: "8127453, 8127453".into() });
}

#[tokio::test]
async fn an_order_is_followed_with_its_history() {
    let status = state(order(NUMBER)).await.unwrap();
    assert_eq!(status.state, OdaState::Accettato);
    let states: Vec<_> = status.history.iter().map(|(state, _)| *state).collect();
    assert_eq!(states, [OdaState::Bozza, OdaState::Inviato, OdaState::Accettato]);
    assert_eq!(status.history[1].1.to_rfc3339(), "2026-03-12T10:42:07+00:00");
    assert_eq!(status.reference, Some(reference()));
}

#[tokio::test]
async fn histories_that_do_not_hold_together_are_not_believed() {
    garbled(state(order("8127454")).await);
    garbled(state(order(NUMBER).replacen("ACCETTATO", "INVIATO", 1)).await);
    garbled(state(order(NUMBER).replace("2026-03-12T09:00:00Z", "2026-03-14T09:00:00Z")).await);
    garbled(state(order(NUMBER).replacen("BOZZA", "PERSO", 1)).await);
}

#[tokio::test]
async fn an_unknown_number_is_not_found_only_by_the_portals_own_word() {
    let ask = async |answer: fn() -> Reply| {
        let server = Server::start(move |_, _| answer());
        platforms(&server.url()).acquistinretepa.state(NUMBER).await.unwrap_err().kind
    };
    let typed = ask(|| Reply::problem(404, problem("acquistinretepa", 404, "ordine-inesistente"))).await;
    assert!(matches!(typed, Kind::NotFound { .. }), "{typed}");
    let bare = ask(|| Reply::html(404)).await;
    assert!(matches!(bare, Kind::Garbled { .. }), "{bare}");
}

#[tokio::test]
async fn a_draft_is_withdrawn_until_it_was_sent() {
    let cancelled = r#"{"numero_oda": "8127453", "stato": "ANNULLATO", "riferimento_esterno": null,
        "storia": [{"stato": "ANNULLATO", "data_ora": "2026-03-12T09:00:00Z"}]}"#;
    let server = Server::start(move |n, _| match n {
        0 => Reply::json(200, cancelled),
        1 => Reply::problem(409, conflict("stato-non-ammesso", REFERENCE)),
        2 => Reply::problem(409, conflict("stato-non-ammesso", REFERENCE).replace(NUMBER, "1")),
        _ => Reply::json(200, order(NUMBER)),
    });
    let client = platforms(&server.url()).acquistinretepa;
    assert_eq!(client.cancel(NUMBER, &BeforeSending::untold()).await.unwrap().state, OdaState::Annullato);
    assert_eq!(server.seen()[0].target, "/oda/v1/ordini/8127453/annullamento");
    let error = client.cancel(NUMBER, &BeforeSending::untold()).await.unwrap_err();
    assert!(matches!(&error.kind, Kind::Refused { code, .. } if code == "stato-non-ammesso"), "{error}");
    assert_eq!(error.repeat, Repeat::Never);
    assert_eq!(garbled(client.cancel(NUMBER, &BeforeSending::untold()).await), Repeat::AskFirst);
    assert_eq!(
        garbled(client.cancel(NUMBER, &BeforeSending::untold()).await),
        Repeat::AskFirst,
        "200, but not cancelled"
    );
}
