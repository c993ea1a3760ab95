// SPDX-License-Identifier: EUPL-1.2
//! Lavoro Pubblico: lists, the communication of the CUP, the receipt.

use mepa_gateway::platforms::lavoro_pubblico::{CupCommunication, ListKind, Receipt};
use mepa_gateway::platforms::sending::BeforeSending;
use mepa_gateway::platforms::{Kind, PlatformError, Repeat};
use sha2::{Digest, Sha256};

use super::server::{Reply, Seen, Server};
use super::{CUP, ISTAT, TAX_CODE, fill, platforms, problem};

const OTHER_CUP: &str = "J51B26000020006";

fn communication() -> CupCommunication {
    CupCommunication {
        tax_code: TAX_CODE.parse().unwrap(),
        comune: ISTAT.parse().unwrap(),
        cup: CUP.parse().unwrap(),
        template: "2510006".into(),
        generated_on: "2026-01-20".parse().unwrap(),
    }
}

fn digest(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn receipt(digest: &str, tax_code: &str, cup: &str) -> String {
    let template = include_str!("../../fixtures/platforms/lavoro_pubblico/ricevuta.json");
    fill(template, &[("SHA256", digest), ("CF", tax_code), ("CUP", cup)])
}

fn conflict(kind: &str, tax_code: &str) -> String {
    let template = include_str!("../../fixtures/platforms/lavoro_pubblico/conflitto.json");
    fill(template, &[("KIND", kind), ("CF", tax_code)])
}

async fn communicate(
    answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static,
) -> Result<Receipt, PlatformError> {
    let server = Server::start(move |_, seen| answer(seen));
    platforms(&server.url()).lavoro_pubblico.communicate_cup(&communication(), &BeforeSending::untold()).await
}

#[tokio::test]
async fn a_cup_is_communicated_and_the_receipt_is_of_what_was_sent() {
    let server = Server::start(|_, seen| Reply::json(201, receipt(&digest(&seen.body), TAX_CODE, CUP)));
    let client = platforms(&server.url()).lavoro_pubblico;
    let receipt = client.communicate_cup(&communication(), &BeforeSending::untold()).await.unwrap();
    let seen = &server.seen()[0];
    assert_eq!(seen.target, "/risorse-in-comune/v1/comunicazioni-cup");
    assert_eq!(seen.header("content-type"), Some("application/json"));
    let sent: serde_json::Value = serde_json::from_slice(&seen.body).unwrap();
    assert_eq!(
        sent,
        serde_json::json!({"codice_fiscale": TAX_CODE, "codice_istat": ISTAT, "cup": CUP, "template": "2510006", "data_generazione": "2026-01-20"})
    );
    assert_eq!((receipt.protocol.as_str(), receipt.digest), ("RIC-2026/000123", digest(&seen.body)));
    assert_eq!(receipt.at.to_rfc3339(), "2026-01-21T08:15:30.250+00:00");
}

#[tokio::test]
async fn receipts_that_are_not_ours_are_a_doubt() {
    type Fake = fn(&Seen) -> String;
    let fakes: [Fake; 5] = [
        |seen| receipt(&digest(&seen.body), "00123456789", CUP),
        |seen| receipt(&digest(&seen.body), TAX_CODE, OTHER_CUP),
        |_| receipt(&digest(b"something else"), TAX_CODE, CUP),
        |seen| receipt(&digest(&seen.body), TAX_CODE, CUP).replace("001006", "001007"),
        |seen| receipt(&digest(&seen.body), TAX_CODE, CUP).replacen('{', r#"{"esito": "OK","#, 1),
    ];
    for fake in fakes {
        let error = communicate(move |seen| Reply::json(201, fake(seen))).await.unwrap_err();
        assert!(matches!(error.kind, Kind::Garbled { .. }), "{error}");
        assert_eq!(error.repeat, Repeat::AskFirst);
    }
}

#[tokio::test]
async fn a_cup_communicated_before_gets_its_old_receipt() {
    let server = Server::start(|_, seen| match seen.method.as_str() {
        "POST" => Reply::problem(409, conflict("cup-gia-comunicato", TAX_CODE)),
        _ => Reply::json(200, receipt(&digest(b"sent the first time"), TAX_CODE, CUP)),
    });
    let receipt = platforms(&server.url())
        .lavoro_pubblico
        .communicate_cup(&communication(), &BeforeSending::untold())
        .await
        .unwrap();
    assert_eq!(receipt.cup.as_str(), CUP);
    assert_eq!(server.seen()[1].target, format!("/risorse-in-comune/v1/comunicazioni-cup/{TAX_CODE}"));
}

#[tokio::test]
async fn a_conflict_that_the_receipt_does_not_bear_out_is_a_doubt() {
    for on_file in [Some(OTHER_CUP), None] {
        let error = communicate(move |seen| match (seen.method.as_str(), on_file) {
            ("POST", _) => Reply::problem(409, conflict("cup-gia-comunicato", TAX_CODE)),
            (_, Some(cup)) => Reply::json(200, receipt(&digest(b""), TAX_CODE, cup)),
            (_, None) => Reply::problem(404, problem("lavoro-pubblico", 404, "comunicazione-assente")),
        })
        .await
        .unwrap_err();
        assert_eq!(error.repeat, Repeat::AskFirst, "{error}");
    }
    let error = communicate(|seen| match seen.method.as_str() {
        "POST" => Reply::problem(409, conflict("cup-gia-comunicato", TAX_CODE)),
        _ => Reply::html(502),
    });
    assert_eq!(error.await.unwrap_err().repeat, Repeat::AskFirst);
}

#[tokio::test]
async fn another_cup_communicated_before_is_final_and_somebody_elses_conflict_a_doubt() {
    let error =
        communicate(|_| Reply::problem(409, conflict("altro-cup-comunicato", TAX_CODE))).await.unwrap_err();
    assert!(matches!(&error.kind, Kind::Refused { code, .. } if code == "altro-cup-comunicato"), "{error}");
    assert_eq!(error.repeat, Repeat::Never);
    let error = communicate(|_| Reply::problem(409, conflict("cup-gia-comunicato", "00123456789"))).await;
    assert_eq!(error.unwrap_err().repeat, Repeat::AskFirst);
}

#[tokio::test]
async fn a_late_communication_is_refused_for_good() {
    let error = communicate(|_| Reply::problem(422, problem("lavoro-pubblico", 422, "termine-scaduto")))
        .await
        .unwrap_err();
    assert!(matches!(&error.kind, Kind::Refused { code, .. } if code == "termine-scaduto"), "{error}");
    assert_eq!(error.repeat, Repeat::Never);
    assert!(error.message().it.starts_with("Lavoro Pubblico: richiesta respinta (termine-scaduto)"));
}

#[tokio::test]
async fn only_the_portals_own_word_means_that_no_receipt_is_there() {
    let find = async |answer: fn() -> Reply| {
        let server = Server::start(move |_, _| answer());
        platforms(&server.url()).lavoro_pubblico.find_receipt(&TAX_CODE.parse().unwrap()).await
    };
    let absent = find(|| Reply::problem(404, problem("lavoro-pubblico", 404, "comunicazione-assente"))).await;
    assert_eq!(absent.unwrap(), None);
    let untyped: [fn() -> Reply; 4] = [
        || Reply::html(404),
        || Reply::json(404, problem("lavoro-pubblico", 404, "comunicazione-assente")),
        || Reply::problem(404, problem("lavoro-pubblico", 404, "risorsa-inesistente")),
        || Reply::problem(404, problem("acquistinretepa", 404, "comunicazione-assente")),
    ];
    for answer in untyped {
        find(answer).await.unwrap_err();
    }
    let error = find(|| Reply::json(200, receipt(&digest(b""), "00123456789", CUP))).await.unwrap_err();
    assert!(matches!(error.kind, Kind::Garbled { .. }), "{error}");
}

#[tokio::test]
async fn a_list_is_read_page_by_page() {
    let server = Server::start(|_, _| {
        Reply::json(200, include_str!("../../fixtures/platforms/lavoro_pubblico/elenco.json"))
    });
    let client = platforms(&server.url()).lavoro_pubblico;
    let page = client.list(ListKind::Admission, Some("a b&c")).await.unwrap();
    assert_eq!(server.seen()[0].target, "/risorse-in-comune/v1/elenchi/ammissione?cursor=a+b%26c");
    assert_eq!(page.next.as_deref(), Some("p2"));
    assert_eq!(page.items[0].name, "Almese");
    assert_eq!(page.items[0].amount.cents(), 5_432_100);
    let error = client.list(ListKind::Admission, Some("p2")).await.unwrap_err();
    assert!(matches!(error.kind, Kind::Garbled { .. }), "a page that leads to itself: {error}");
    let error = client.list(ListKind::Definitive, None).await.unwrap_err();
    assert!(matches!(error.kind, Kind::Garbled { .. }), "the other list: {error}");
}

#[tokio::test]
async fn a_list_not_yet_published_is_not_found() {
    let server =
        Server::start(|_, _| Reply::problem(404, problem("lavoro-pubblico", 404, "elenco-non-pubblicato")));
    let error = platforms(&server.url()).lavoro_pubblico.list(ListKind::Definitive, None).await.unwrap_err();
    assert!(matches!(error.kind, Kind::NotFound { .. }), "{error}");
}

#[tokio::test]
async fn money_as_a_number_is_refused() {
    let list = include_str!("../../fixtures/platforms/lavoro_pubblico/elenco.json")
        .replace("\"54321.00\"", "54321.00");
    let server = Server::start(move |_, _| Reply::json(200, list.clone()));
    let error = platforms(&server.url()).lavoro_pubblico.list(ListKind::Admission, None).await.unwrap_err();
    assert!(matches!(error.kind, Kind::Garbled { .. }), "{error}");
}
