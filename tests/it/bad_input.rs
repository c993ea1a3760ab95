// SPDX-License-Identifier: EUPL-1.2
//! What is not a readable order, or not allowed, is told as problem+json with every fault, and leaves nothing behind.

use mepa_gateway::domain::role::Role;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::support::{ALMESE, TestApp, bytes, good_order, token};

/// Status and body of a problem, which says everything in two languages.
async fn problem(response: reqwest::Response) -> (u16, Value) {
    let status = response.status().as_u16();
    assert_eq!(response.headers()["content-type"], "application/problem+json");
    let problem: Value = response.json().await.unwrap();
    assert_two_languages(&problem["detail"], &problem["detail_en"]);
    for error in problem["errors"].as_array().unwrap_or(&vec![]) {
        assert_two_languages(&error["reason"], &error["reason_en"]);
    }
    (status, problem)
}

fn assert_two_languages(it: &Value, en: &Value) {
    let (it, en) = (it.as_str().unwrap(), en.as_str().unwrap());
    assert!(!it.is_empty() && !en.is_empty() && it != en, "{it:?}, {en:?}");
}

fn pointers(problem: &Value) -> Vec<&str> {
    let errors = problem["errors"].as_array().unwrap();
    errors.iter().map(|error| error["pointer"].as_str().unwrap()).collect()
}

async fn assert_nothing_stored(test: &TestApp) {
    let orders: Value = test.get("token-rup", "/orders").await.json().await.unwrap();
    assert_eq!(orders["items"], json!([]));
    assert_eq!(test.balances(ALMESE).await.0, 0);
}

#[tokio::test]
async fn every_fault_of_a_document_is_told_with_its_place() {
    let test = TestApp::purchasing().await;
    let mut order = good_order();
    order["colour"] = "red".into();
    order["order_date"] = "12/03/2026".into();
    order["lines"][0]["unit_price"] = json!(185.5);
    order["lines"][1]["quantity"] = json!("1e3");
    order.as_object_mut().unwrap().remove("currency");
    let sent = test.post("token-rup", "/orders", "k", "application/json", bytes(&order)).await;
    let (status, problem) = problem(sent).await;
    assert_eq!(status, 422);
    let found = pointers(&problem);
    for pointer in ["/colour", "/order_date", "/lines/0/unit_price", "/lines/1/quantity", "/currency"] {
        assert!(found.contains(&pointer), "{pointer} is not in {problem}");
    }
    assert_nothing_stored(&test).await;
}

#[tokio::test]
async fn broken_codes_are_refused_with_value_and_reason() {
    let test = TestApp::purchasing().await;
    let mut order = good_order();
    order["cup"] = "123abc".into();
    order["cig"] = "BFA0B1C51D".into();
    order["supplier"]["vat_number"] = "IT01234567890".into();
    let sent = test.post("token-rup", "/orders", "k", "application/json", bytes(&order)).await;
    let (status, problem) = problem(sent).await;
    assert_eq!(status, 422);
    assert_eq!(pointers(&problem), ["/cup", "/cig", "/supplier/vat_number"]);
    assert_eq!(problem["errors"][0]["value"], "123abc");
    assert_nothing_stored(&test).await;
}

#[tokio::test]
async fn officers_read_in_italian_what_is_wrong_with_a_code_or_a_number() {
    let test = TestApp::purchasing().await;
    let mut order = good_order();
    order["cup"] = "J51B2600001000".into();
    order["cig"] = "BFA0B1C51D".into();
    order["supplier"]["vat_number"] = "IT02313821008".into();
    let sent = test.post("token-rup", "/orders", "codes", "application/json", bytes(&order)).await;
    let (_, codes) = problem(sent).await;
    order["lines"][0]["unit_price"] = "185,50".into();
    let sent = test.post("token-rup", "/orders", "price", "application/json", bytes(&order)).await;
    let (_, price) = problem(sent).await;
    let reasons = |problem: &Value| -> Vec<(String, String)> {
        let told = |error: &Value, name: &str| error[name].as_str().unwrap().to_owned();
        let errors = problem["errors"].as_array().unwrap().iter();
        errors.map(|error| (told(error, "reason"), told(error, "reason_en"))).collect()
    };
    let expected = [
        ("non è un CUP: attesi 15 caratteri, trovati 14", "not a CUP: 15 characters expected, 14 found"),
        (
            "non è un CIG: cifre di controllo \"51D\", attese \"51C\"",
            "not a CIG: check digits \"51D\", \"51C\" expected",
        ),
        (
            "non è una partita IVA: cifra di controllo 8, attesa 7",
            "not a partita IVA: check digit 8, 7 expected",
        ),
        ("non è un numero: il carattere 4 non può essere ','", "not a number: character 4 is ','"),
    ];
    let found = [reasons(&codes), reasons(&price)].concat();
    assert_eq!(found, expected.map(|(it, en)| (it.to_owned(), en.to_owned())));
}

#[tokio::test]
async fn documents_that_are_none_are_refused_whatever_they_are() {
    let test = TestApp::purchasing().await;
    let cases: [(&str, &[u8]); 12] = [
        ("application/json", b""),
        ("application/json", b"{"),
        ("application/json", b"[]"),
        ("application/json", b"{\"order_number\":\"1\",\"order_number\":\"2\"}"),
        ("application/json", b"\xff\xfe{\x00"),
        ("application/xml", b""),
        ("application/xml", b"<Order"),
        ("application/xml", b"<Order xmlns='urn:oasis:names:specification:ubl:schema:xsd:Order-2'/>"),
        ("application/xml", b"<!DOCTYPE Order [<!ENTITY a 'b'>]><Order>&a;</Order>"),
        ("application/xml", b"<Invoice xmlns='urn:oasis:names:specification:ubl:schema:xsd:Invoice-2'/>"),
        ("text/xml", b"{\"order_number\":\"1\"}"),
        ("application/json", b"<Order/>"),
    ];
    for (n, (media_type, body)) in cases.into_iter().enumerate() {
        let sent = test.post("token-rup", "/orders", &format!("k{n}"), media_type, body.to_vec()).await;
        let (status, problem) = problem(sent).await;
        assert_eq!(status, 422, "{}: {problem}", String::from_utf8_lossy(body));
        assert!(!problem["errors"].as_array().unwrap().is_empty(), "{problem}");
    }
    assert_nothing_stored(&test).await;
}

#[tokio::test]
async fn the_frame_of_a_request_is_checked_before_its_content() {
    let test = TestApp::purchasing().await;
    let good = bytes(&good_order());
    let sent = test.bare_post("/orders").body(good.clone()).send().await.unwrap();
    assert_eq!(problem(sent).await.0, 401, "no token");
    let sent = test.bare_post("/orders").bearer_auth("nobody").body(good.clone()).send().await.unwrap();
    assert_eq!(problem(sent).await.0, 401, "unknown token");
    let sent = test.bare_post("/orders").bearer_auth("token-rup").body(good.clone()).send().await.unwrap();
    assert_eq!(problem(sent).await.0, 400, "no idempotency key");
    let sent = test.post("token-rup", "/orders", "k", "application/pdf", good.clone()).await;
    assert_eq!(problem(sent).await.0, 415);
    let sent = test.post("token-rup", "/orders", "k", "application/json", vec![b' '; 6 << 20]).await;
    assert_eq!(problem(sent).await.0, 413);
    let sent = test.post("token-rup", "/orders", "k", "application/json", vec![b' '; 2 << 20]).await;
    assert!([413, 422].contains(&problem(sent).await.0), "larger than a JSON order may be");
    for wrong in ["limit=0", "colour=red", "state=burnt", "cursor=x"] {
        let sent = test.get("token-rup", &format!("/orders?{wrong}")).await;
        assert_eq!(problem(sent).await.0, 400, "{wrong}");
    }
    let sent = test.get("token-rup", "/nothing").await;
    assert_eq!(problem(sent).await.0, 404);
    assert_nothing_stored(&test).await;
}

#[tokio::test]
async fn a_role_does_what_it_may_and_nothing_else() {
    let test = TestApp::purchasing().await;
    let good = bytes(&good_order());
    for (n, role) in Role::ALL.into_iter().enumerate() {
        let sent =
            test.post(&token(role), "/orders", &format!("k{n}"), "application/json", good.clone()).await;
        let may = matches!(role, Role::Rup | Role::Ordinante | Role::Macchina);
        assert_eq!(sent.status().as_u16(), if may { 201 } else { 403 }, "{role:?} submits");
        let read = test.get(&token(role), "/orders").await;
        assert_eq!(read.status().as_u16(), if role == Role::Operatore { 403 } else { 200 }, "{role:?} reads");
        let summary = test.get(&token(role), "/programmes/risorse-in-comune/summary").await;
        assert_eq!(
            summary.status().as_u16(),
            if role == Role::Programma { 200 } else { 403 },
            "{role:?} sums up"
        );
    }
}

#[tokio::test]
async fn another_town_s_things_do_not_exist() {
    let test = TestApp::purchasing().await;
    let (_, answer) = test.submit("k", &good_order()).await;
    let id = answer["id"].as_str().unwrap();
    let foreign = test.get("other-town", &format!("/orders/{id}")).await;
    let (status, foreign) = problem(foreign).await;
    let absent = test.get("other-town", "/orders/00000000-0000-4000-8000-000000000000").await;
    let (_, absent) = problem(absent).await;
    assert_eq!((status, &foreign), (404, &absent), "a foreign order looks like one that is not there");
    for path in ["declarations", "recheck", "cancellation"] {
        let body = if path == "declarations" {
            bytes(&json!({ "declarations": good_order()["declarations"] }))
        } else {
            vec![]
        };
        let sent =
            test.post("other-town", &format!("/orders/{id}/{path}"), "k", "application/json", body).await;
        assert_eq!(sent.status().as_u16(), 404, "{path}");
    }
    assert_eq!(test.get("other-town", "/comuni/c_a218").await.status().as_u16(), 404);
    let listed: Value = test.get("other-town", "/orders").await.json().await.unwrap();
    assert_eq!(listed["items"], json!([]));
    let events: Value = test.get("other-town", "/events").await.json().await.unwrap();
    assert!(!events.to_string().contains(id), "{events}");
}

#[tokio::test]
async fn what_the_frame_refuses_is_a_problem_too() {
    let test = TestApp::purchasing().await;
    for path in ["/orders/%ff", "/comuni/%ff", "/programmes/%ff/summary"] {
        let (status, problem) = problem(test.get("token-rup", path).await).await;
        assert_eq!(status, 400, "{path}: {problem}");
    }
}

/// Sends the head of a POST and what is given of its body, then waits for the answer.
async fn raw_post(test: &TestApp, (path, token): (&str, &str), length: u64, body: &[u8]) -> String {
    let address = test.base.trim_start_matches("http://").split('/').next().unwrap().to_owned();
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {token}\r\nIdempotency-Key: k\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    );
    stream.write_all(&[head.as_bytes(), body].concat()).await.unwrap();
    let mut answer = vec![0; 4096];
    let read = stream.read(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer[..read]).into_owned()
}

#[tokio::test]
async fn a_body_that_stalls_or_is_announced_too_large_is_let_go() {
    let test = TestApp::purchasing().await;
    for door in [("/rest/acquisti/v1/orders", "token-rup"), ("/sdi/ricezione-fatture", "sdi-token")] {
        let large = raw_post(&test, door, 99_999_999_999, b"{").await;
        assert!(large.starts_with("HTTP/1.1 413"), "{large}");
        let stalled = raw_post(&test, door, 500, b"{\"or").await;
        assert!(stalled.starts_with("HTTP/1.1 408"), "{stalled}");
    }
}
