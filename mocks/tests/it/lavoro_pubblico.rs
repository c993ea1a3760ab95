// SPDX-License-Identifier: EUPL-1.2
//! Lavoro Pubblico: lists by pages, one receipt per Comune, the deadline.

use mepa_gateway_mocks::{Comune, Elenco, Operation, Options, StandIns};

use crate::client::{call, moment, send, start};

const BASE: &str = "/risorse-in-comune/v1";

fn comune(istat: &str) -> Comune {
    Comune {
        codice_istat: istat.to_owned(),
        codice_fiscale: format!("01817{istat}"),
        denominazione: "Comune di Prova".to_owned(),
        importo: "54321.55".to_owned(),
    }
}

fn communication(istat: &str, cup: &str) -> String {
    format!(
        r#"{{"codice_fiscale":"01817{istat}","codice_istat":"{istat}","cup":"{cup}","template":"2510006","data_generazione":"2026-01-20"}}"#
    )
}

#[tokio::test]
async fn lists_come_by_pages() {
    let stand_ins = start().await;
    let base = stand_ins.urls().lavoro_pubblico;
    let before = call(&base, "GET", &format!("{BASE}/elenchi/definitivo"), "");
    assert_eq!((before.status, before.kind().as_str()), (404, "elenco-non-pubblicato"));

    let all: Vec<_> = (1..=5).rev().map(|n| comune(&format!("00100{n}"))).collect();
    stand_ins.publish(Elenco::Ammissione, all).unwrap();
    let (mut path, mut seen) = (format!("{BASE}/elenchi/ammissione?limit=2"), Vec::new());
    loop {
        let page = call(&base, "GET", &path, "").json();
        seen.extend(
            page["items"].as_array().unwrap().iter().map(|c| c["codice_istat"].as_str().unwrap().to_owned()),
        );
        let Some(cursor) = page["next_cursor"].as_str() else { break };
        path = format!("{BASE}/elenchi/ammissione?limit=2&cursor={cursor}");
    }
    assert_eq!(seen, ["001001", "001002", "001003", "001004", "001005"]);
    for wrong in ["limit=0", "limit=501", "limit=x", "cursor=x"] {
        assert_eq!(
            call(&base, "GET", &format!("{BASE}/elenchi/ammissione?{wrong}"), "").status,
            400,
            "{wrong}"
        );
    }
    assert!(stand_ins.publish(Elenco::Ammissione, vec![comune("001001"), comune("001001")]).is_err());
    assert!(stand_ins.publish(Elenco::Ammissione, vec![comune("1")]).is_err());
    assert_eq!(stand_ins.ledger().broken_answers(), [""; 0]);
}

#[tokio::test]
async fn a_communication_has_one_receipt() {
    let stand_ins = start().await;
    let base = stand_ins.urls().lavoro_pubblico;
    let address = format!("{BASE}/comunicazioni-cup");
    let first = call(&base, "POST", &address, &communication("001001", "J99Z26000010006"));
    assert_eq!(first.status, 201, "{first:?}");
    assert_eq!(first.json()["protocollo"], "RIC/2026/0000001");
    let again = call(&base, "POST", &address, &communication("001001", "J99Z26000010006"));
    assert_eq!((again.status, again.kind().as_str()), (409, "cup-gia-comunicato"));
    let receipt = call(&base, "GET", again.json()["ricevuta"].as_str().unwrap(), "");
    assert_eq!(receipt.json(), first.json());
    let other = call(&base, "POST", &address, &communication("001001", "J99Z26000020006"));
    assert_eq!(other.kind(), "altro-cup-comunicato");
    let nobody = call(&base, "GET", &format!("{address}/01817001002"), "");
    assert_eq!((nobody.status, nobody.kind().as_str()), (404, "comunicazione-assente"));
    let ledger = stand_ins.ledger();
    assert_eq!(ledger.effects_for(Operation::CommunicateCup, "01817001001"), 1);
    assert_eq!(ledger.calls(Operation::CommunicateCup), 3);
    assert_eq!(ledger.broken_answers(), [""; 0]);
}

#[tokio::test]
async fn the_deadline_goes_by_the_clock_of_the_platform() {
    let stand_ins = start().await;
    let base = stand_ins.urls().lavoro_pubblico;
    let address = format!("{BASE}/comunicazioni-cup");
    stand_ins.clock().stop_at(moment("2026-01-23T23:59:59+01:00"));
    assert_eq!(call(&base, "POST", &address, &communication("001001", "J99Z26000010006")).status, 201);
    stand_ins.clock().stop_at(moment("2026-01-24T00:00:00+01:00"));
    let late = call(&base, "POST", &address, &communication("001002", "J99Z26000020006"));
    assert_eq!((late.status, late.kind().as_str()), (422, "termine-scaduto"));
    let repeated = call(&base, "POST", &address, &communication("001001", "J99Z26000010006"));
    assert_eq!(repeated.status, 409);
    assert_eq!(stand_ins.ledger().effects_of(Operation::CommunicateCup), 1);
}

#[tokio::test]
async fn refusals_say_why() {
    let stand_ins = start().await;
    let base = stand_ins.urls().lavoro_pubblico;
    let address = format!("{BASE}/comunicazioni-cup");
    stand_ins.publish(Elenco::Ammissione, vec![comune("001001")]).unwrap();
    let good = communication("001001", "J99Z26000010006");
    for (body, status, kind) in [
        ("{", 400, "json-non-leggibile"),
        ("{}", 422, "richiesta-non-valida"),
        (&good.replace("J99Z", "J9ZZ"), 422, "richiesta-non-valida"),
        (&good.replace("2026-01-20", "2026-02-30"), 422, "richiesta-non-valida"),
        (&good.replace("2510006", "2510007"), 422, "template-non-ammesso"),
        (&communication("001002", "J99Z26000010006"), 422, "comune-non-ammesso"),
        (&" ".repeat(8 * 1024 * 1024 + 1), 413, "richiesta-troppo-grande"),
    ] {
        let answer = call(&base, "POST", &address, body);
        assert_eq!((answer.status, answer.kind().as_str()), (status, kind), "{:.200}", body);
        assert!(answer.head.contains("application/problem+json"));
    }
    assert_eq!(call(&base, "DELETE", &address, "").status, 405);
    assert_eq!(call(&base, "GET", "/altro", "").status, 404);
    let nobody = send(&base, "POST", &address, &[], &good).unwrap();
    assert_eq!((nobody.status, nobody.head.contains("www-authenticate: bearer")), (401, true));
    let xml =
        send(&base, "POST", &address, &[("Authorization", "Bearer x"), ("Content-Type", "text/xml")], "<a/>");
    assert_eq!(xml.unwrap().status, 415);
    assert_eq!(stand_ins.ledger().effects(), []);
    assert_eq!(stand_ins.ledger().broken_answers(), [""; 0]);
}

#[tokio::test]
async fn the_token_is_looked_at() {
    let options = Options { bearer: Some("segreto".to_owned()), ..Options::default() };
    let stand_ins = StandIns::start(options).await.unwrap();
    let urls = stand_ins.urls();
    for (base, path) in [
        (&urls.lavoro_pubblico, format!("{BASE}/comunicazioni-cup/01817001001")),
        (&urls.acquistinretepa, "/oda/v1/ordini/1".to_owned()),
    ] {
        for (token, status) in
            [("Bearer segreto", 404), ("Bearer altro", 401), ("Bearer ", 401), ("segreto", 401)]
        {
            let answer = send(base, "GET", &path, &[("Authorization", token)], "").unwrap();
            assert_eq!(answer.status, status, "{token}");
        }
    }
}
