// SPDX-License-Identifier: EUPL-1.2
//! The clients against the stand-ins, which were written apart from them, from the contracts alone, and hold every
//! request to its schema.

use mepa_gateway::domain::oda::OdaState;
use mepa_gateway::platforms::lavoro_pubblico::{CupCommunication, ListKind};
use mepa_gateway::platforms::quota::uncounted;
use mepa_gateway::platforms::sending::BeforeSending;
use mepa_gateway::platforms::sistema_cup::{CupRequest, CupState};
use mepa_gateway::platforms::{Kind, Platforms, Repeat};
use mepa_gateway::programme::Programme;
use mepa_gateway_mocks::{Options, StandIns};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{CUP, ISTAT, TAX_CODE, clock, settings};

struct Stage {
    stand_ins: StandIns,
    platforms: Platforms,
    http: reqwest::Client,
}

impl Stage {
    async fn set() -> Self {
        let stand_ins =
            StandIns::start(Options { now: Some(clock().now()), ..Options::default() }).await.unwrap();
        let urls = stand_ins.urls();
        let mut settings = settings("http://127.0.0.1:1");
        settings.sistema_cup.base_url = urls.sistema_cup;
        settings.lavoro_pubblico.base_url = urls.lavoro_pubblico;
        settings.acquistinretepa.base_url = urls.acquistinretepa;
        // The first request makes a stand-in read its schemas.
        for call in [
            &mut settings.sistema_cup.call,
            &mut settings.lavoro_pubblico.call,
            &mut settings.acquistinretepa.call,
        ] {
            call.read_timeout_ms = 5000;
            call.write_timeout_ms = 5000;
            call.deadline_ms = 20_000;
        }
        let platforms = Platforms::new(&settings, clock(), uncounted()).unwrap();
        Self { stand_ins, platforms, http: reqwest::Client::builder().build().unwrap() }
    }

    async fn put(&self, base: &str, path: &str, body: Value) {
        let url = format!("{base}/__admin/{path}");
        let answer = self.http.put(url).json(&body).send().await.unwrap();
        assert!(answer.status().is_success(), "{}", answer.text().await.unwrap());
    }

    /// Does the work, then closes the connection.
    async fn drop_after_effect(&self, base: &str, operation: &str) {
        let fault = json!({ "operation": operation, "kind": "drop", "after_effect": true });
        self.put(base, "faults", json!({ "faults": [fault] })).await;
    }

    async fn ledger(&self, base: &str) -> Value {
        let answer = self.http.get(format!("{base}/__admin/ledger")).send().await.unwrap();
        answer.json().await.unwrap()
    }

    /// The stand-in broke no contract, and did what it did so many times.
    async fn effects(&self, base: &str) -> usize {
        let ledger = self.ledger(base).await;
        assert_eq!(ledger["broken_answers"], json!([]), "{ledger}");
        ledger["effects"].as_array().unwrap().len()
    }
}

fn cup_request() -> CupRequest {
    CupRequest {
        event_key: "risorse-in-comune-001006".into(),
        holder_tax_code: TAX_CODE.parse().unwrap(),
        comune: ISTAT.parse().unwrap(),
        comune_name: "Almese".into(),
        decision_year: 2026,
        title: "Risorse in Comune".into(),
        template: "2510006".into(),
        codes: Programme::embedded("risorse-in-comune").unwrap().cup_codes.value,
        cost: "54321.55".parse().unwrap(),
    }
}

#[tokio::test]
async fn sistema_cup_generates_finds_and_reads() {
    let stage = Stage::set().await;
    let client = &stage.platforms.sistema_cup;
    let wanted = cup_request();
    assert_eq!(client.find_by_event_key(&wanted.event_key).await.unwrap(), None);
    let cup = client.generate(&wanted, &BeforeSending::untold()).await.unwrap();
    let read = client.read(&cup).await.unwrap();
    assert_eq!(client.find_by_event_key(&wanted.event_key).await.unwrap().as_ref(), Some(&read));
    assert_eq!((read.cup, read.state, read.holder_tax_code.as_str()), (cup, CupState::Active, TAX_CODE));
    assert_eq!(read.template.as_deref(), Some("2510006"));
    let unknown = client.read(&CUP.parse().unwrap()).await.unwrap_err();
    assert!(matches!(unknown.kind, Kind::NotFound { .. }), "{unknown}");
    assert_eq!(stage.effects(&stage.stand_ins.urls().sistema_cup).await, 1);
}

#[tokio::test]
async fn a_cup_generated_without_an_answer_is_found_again() {
    let stage = Stage::set().await;
    let (client, base) = (&stage.platforms.sistema_cup, stage.stand_ins.urls().sistema_cup);
    stage.drop_after_effect(&base, "generate_cup").await;
    let error = client.generate(&cup_request(), &BeforeSending::untold()).await.unwrap_err();
    assert_eq!(error.repeat, Repeat::AskFirst, "{error}");
    let found = client.find_by_event_key(&cup_request().event_key).await.unwrap().unwrap();
    assert_eq!(found.holder_tax_code, TAX_CODE);
    assert_eq!(stage.effects(&base).await, 1);
}

#[tokio::test]
async fn lavoro_pubblico_takes_the_cup_once() {
    let stage = Stage::set().await;
    let (client, base) = (&stage.platforms.lavoro_pubblico, stage.stand_ins.urls().lavoro_pubblico);
    let comune = json!({ "codice_istat": ISTAT, "codice_fiscale": TAX_CODE, "denominazione": "Almese", "importo": "54321.00" });
    stage.put(&base, "elenchi/ammissione", json!([comune])).await;
    let page = client.list(ListKind::Admission, None).await.unwrap();
    assert_eq!((page.items.len(), page.items[0].amount.cents(), page.next), (1, 5_432_100, None));
    let tax_code = TAX_CODE.parse().unwrap();
    assert_eq!(client.find_receipt(&tax_code).await.unwrap(), None);
    let mut communication = CupCommunication {
        tax_code,
        comune: ISTAT.parse().unwrap(),
        cup: CUP.parse().unwrap(),
        template: "2510006".into(),
        generated_on: "2026-01-20".parse().unwrap(),
    };
    stage.drop_after_effect(&base, "communicate_cup").await;
    let error = client.communicate_cup(&communication, &BeforeSending::untold()).await.unwrap_err();
    assert_eq!(error.repeat, Repeat::AskFirst, "{error}");
    let receipt = client.find_receipt(&tax_code).await.unwrap().unwrap();
    assert_eq!(
        client.communicate_cup(&communication, &BeforeSending::untold()).await.unwrap(),
        receipt,
        "the same receipt again"
    );
    communication.cup = "J51B26000020006".parse().unwrap();
    let error = client.communicate_cup(&communication, &BeforeSending::untold()).await.unwrap_err();
    assert!(matches!(&error.kind, Kind::Refused { code, .. } if code == "altro-cup-comunicato"), "{error}");
    assert_eq!(stage.effects(&base).await, 1);
}

#[tokio::test]
async fn acquistinretepa_takes_an_order_once_and_lets_it_go() {
    let stage = Stage::set().await;
    let (client, base) = (&stage.platforms.acquistinretepa, stage.stand_ins.urls().acquistinretepa);
    let reference = Uuid::from_u128(0x5f0c8b1e_8b1a_4c7e_9a51_0c7f0a4d2b11);
    let document = include_bytes!("../../../mocks/fixtures/acquistinretepa/order.xml").to_vec();
    assert_eq!(client.find_by_reference(reference).await.unwrap(), None);
    stage.drop_after_effect(&base, "create_draft").await;
    let error = client.hand_over(reference, document.clone(), &BeforeSending::untold()).await.unwrap_err();
    assert_eq!(error.repeat, Repeat::AskFirst, "{error}");
    let draft = client.find_by_reference(reference).await.unwrap().unwrap();
    assert_eq!(draft.state, OdaState::Bozza);
    assert_eq!(
        client.hand_over(reference, document, &BeforeSending::untold()).await.unwrap(),
        draft,
        "the same order again"
    );
    let status = client.state(&draft.number).await.unwrap();
    assert_eq!((status.state, status.reference), (OdaState::Bozza, Some(reference)));
    assert_eq!(
        client.cancel(&draft.number, &BeforeSending::untold()).await.unwrap().state,
        OdaState::Annullato
    );
    assert_eq!(
        client.cancel(&draft.number, &BeforeSending::untold()).await.unwrap().state,
        OdaState::Annullato,
        "again, no change"
    );
    let error = client
        .hand_over(Uuid::from_u128(1), b"<!DOCTYPE x><Order/>".to_vec(), &BeforeSending::untold())
        .await
        .unwrap_err();
    assert!(matches!(&error.kind, Kind::Refused { code, .. } if code == "documento-non-valido"), "{error}");
    let ledger = stage.ledger(&base).await;
    assert_eq!(ledger["broken_answers"], json!([]), "{ledger}");
}

#[tokio::test]
async fn all_three_are_within_reach() {
    let stage = Stage::set().await;
    for (name, reached) in stage.platforms.reach(None).await {
        assert_eq!(reached, Ok(()), "{name}");
    }
    let effects = stage.effects(&stage.stand_ins.urls().sistema_cup).await;
    assert_eq!(effects, 0, "asking changes nothing");
}
