// SPDX-License-Identifier: EUPL-1.2
//! Acquistinretepa: one draft per reference, the life of an ODA, what is read back.

use mepa_gateway_mocks::{Azione, NotPossible, Operation, Stato};

use crate::client::{Answer, call, moment, send, start};

const ORDER: &str = include_str!("../../fixtures/acquistinretepa/order.xml");
const REFERENCE: &str = "3f2c1a9e-5b7d-4e21-9c44-0a1b2c3d4e5f";

fn hand_over(base: &str, reference: &str, order: &str) -> Answer {
    let headers = [
        ("Authorization", "Bearer prova"),
        ("Content-Type", "application/xml"),
        ("X-Riferimento-Esterno", reference),
    ];
    send(base, "POST", "/oda/v1/bozze", &headers, order).unwrap()
}

fn get(base: &str, path: &str) -> Answer {
    call(base, "GET", &format!("/oda/v1/{path}"), "")
}

#[tokio::test]
async fn one_draft_per_reference() {
    let stand_ins = start().await;
    let base = stand_ins.urls().acquistinretepa;
    let search = format!("ordini?riferimento_esterno={REFERENCE}");
    assert_eq!(get(&base, &search).json()["items"].as_array().unwrap().len(), 0);
    let first = hand_over(&base, REFERENCE, ORDER);
    assert_eq!(first.status, 201, "{first:?}");
    assert_eq!(first.json()["numero_oda"], "8100001");
    let again = hand_over(&base, &REFERENCE.to_uppercase(), "<other/>");
    assert_eq!((again.status, again.kind().as_str()), (409, "riferimento-gia-usato"));
    assert_eq!(again.json()["numero_oda"], "8100001");
    assert_eq!(get(&base, &search).json()["items"][0]["numero_oda"], "8100001");
    assert_eq!(get(&base, "ordini/8100001/documento").body, ORDER);
    assert_eq!(stand_ins.ledger().effects_for(Operation::CreateDraft, REFERENCE), 1);
    assert_eq!(stand_ins.ledger().broken_answers(), [""; 0]);
}

#[tokio::test]
async fn many_at_once_make_one_draft() {
    let stand_ins = start().await;
    let base = stand_ins.urls().acquistinretepa;
    let mut statuses: Vec<_> = std::thread::scope(|scope| {
        let callers: Vec<_> =
            (0..8).map(|_| scope.spawn(|| hand_over(&base, REFERENCE, ORDER).status)).collect();
        callers.into_iter().map(|caller| caller.join().unwrap()).collect()
    });
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409, 409, 409, 409, 409]);
    assert_eq!(stand_ins.ledger().effects_for(Operation::CreateDraft, REFERENCE), 1);
}

#[tokio::test]
async fn an_order_lives_as_on_the_portal() {
    let stand_ins = start().await;
    let base = stand_ins.urls().acquistinretepa;
    hand_over(&base, REFERENCE, ORDER);
    let steps = [
        (Azione::FirmaEInvia, "INVIATO"),
        (Azione::Accetta, "ACCETTATO"),
        (Azione::ProponiRevoca, "PROPOSTA_REVOCA"),
        (Azione::RespingiRevoca, "ACCETTATO"),
        (Azione::ProponiRevoca, "PROPOSTA_REVOCA"),
        (Azione::AccettaRevoca, "REVOCATO"),
    ];
    for (azione, stato) in steps {
        stand_ins.act("8100001", azione, Some("prova")).unwrap();
        assert_eq!(get(&base, "ordini/8100001").json()["stato"], stato);
    }
    let story = get(&base, "ordini/8100001").json()["storia"].as_array().unwrap().len();
    assert_eq!(story, steps.len() + 1);
    assert_eq!(stand_ins.act("8100001", Azione::Annulla, None), Err(NotPossible::FromState(Stato::Revocato)));
    assert_eq!(stand_ins.act("8100009", Azione::Accetta, None), Err(NotPossible::NoSuchOda));
    let by_admin = r#"{"azione":"accetta","motivo":"prova"}"#;
    assert_eq!(call(&base, "POST", "/__admin/oda/8100001/azioni", by_admin).status, 409);
    assert_eq!(call(&base, "POST", "/__admin/oda/1/azioni", by_admin).status, 404);
    assert_eq!(stand_ins.ledger().broken_answers(), [""; 0]);
}

#[tokio::test]
async fn only_a_draft_is_cancelled_and_only_once() {
    let stand_ins = start().await;
    let base = stand_ins.urls().acquistinretepa;
    hand_over(&base, REFERENCE, ORDER);
    hand_over(&base, "3f2c1a9e-5b7d-4e21-9c44-0a1b2c3d4e60", ORDER);
    let reason = r#"{"motivo":"quantità sbagliata"}"#;
    for _ in 0..2 {
        let answer = call(&base, "POST", "/oda/v1/ordini/8100001/annullamento", reason);
        assert_eq!((answer.status, answer.json()["stato"].as_str()), (200, Some("ANNULLATO")));
    }
    assert_eq!(stand_ins.ledger().effects_for(Operation::CancelDraft, "8100001"), 1);
    stand_ins.act("8100002", Azione::FirmaEInvia, None).unwrap();
    let late = call(&base, "DELETE", "/oda/v1/bozze/8100002", "");
    assert_eq!((late.status, late.kind().as_str()), (409, "stato-non-ammesso"));
    assert_eq!(call(&base, "POST", "/oda/v1/ordini/8100002/annullamento", "{}").status, 422);
    assert_eq!(call(&base, "POST", "/oda/v1/ordini/9/annullamento", reason).status, 404);
    assert_eq!(stand_ins.ledger().broken_answers(), [""; 0]);
}

#[tokio::test]
async fn changes_are_read_by_pages_with_those_of_the_portal() {
    let stand_ins = start().await;
    let base = stand_ins.urls().acquistinretepa;
    for n in 0..101 {
        let answer = hand_over(&base, &format!("3f2c1a9e-5b7d-4e21-9c44-{n:012}"), ORDER);
        assert_eq!(answer.status, 201);
    }
    stand_ins.clock().stop_at(moment("2026-03-12T09:00:00Z"));
    let portal = stand_ins.draft_on_portal(ORDER).unwrap();
    stand_ins.act("8100001", Azione::FirmaEInvia, None).unwrap();
    let since = "ordini?modificati_da=2026-01-01T00:00:00Z";
    let first = get(&base, since).json();
    let second = get(&base, &format!("{since}&cursor={}", first["next_cursor"].as_str().unwrap())).json();
    assert_eq!(first["items"].as_array().unwrap().len(), 100);
    let last: Vec<_> = second["items"].as_array().unwrap().iter().map(|i| i["numero_oda"].clone()).collect();
    assert_eq!(last, [portal.as_str(), "8100001"]);
    let recent = get(&base, "ordini?modificati_da=2026-03-01T00:00:00%2B01:00").json();
    assert_eq!(recent["items"].as_array().unwrap().len(), 2);
    assert!(recent["items"][0]["riferimento_esterno"].is_null());
    for wrong in [
        "ordini",
        "ordini?modificati_da=ieri",
        "ordini?riferimento_esterno=1",
        "ordini?modificati_da=2026-03-01T00:00:00Z&cursor=x",
    ] {
        assert_eq!(get(&base, wrong).status, 400, "{wrong}");
    }
    assert_eq!(stand_ins.ledger().broken_answers(), [""; 0]);
}

#[tokio::test]
async fn refusals_say_why() {
    let stand_ins = start().await;
    let base = stand_ins.urls().acquistinretepa;
    for (reference, order, status, kind) in [
        ("", ORDER, 400, "riferimento-mancante"),
        ("3f2c1a9e5b7d4e219c440a1b2c3d4e5f", ORDER, 400, "riferimento-mancante"),
        (REFERENCE, "", 422, "documento-non-valido"),
        (REFERENCE, "<!DOCTYPE Order [<!ENTITY x 'y'>]><Order/>", 422, "documento-non-valido"),
        (REFERENCE, &ORDER.replace("7749.20", "7749.21"), 422, "regola-violata"),
        (REFERENCE, &" ".repeat(8 * 1024 * 1024 + 1), 413, "richiesta-troppo-grande"),
    ] {
        let answer = hand_over(&base, reference, order);
        assert_eq!((answer.status, answer.kind().as_str()), (status, kind), "{:.100}", order);
    }
    assert_eq!(get(&base, "ordini/08100001").status, 404);
    assert_eq!(get(&base, "altro").status, 404);
    assert!(matches!(stand_ins.draft_on_portal("<a/>"), Err(NotPossible::Document(_))));
    assert_eq!(stand_ins.ledger().effects(), []);
    assert_eq!(stand_ins.ledger().broken_answers(), [""; 0]);
}
