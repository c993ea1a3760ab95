// SPDX-License-Identifier: EUPL-1.2
//! Canned answers take the place of the stand-in's; the ones we ship do what their names say.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use mepa_gateway_mocks::schema::Schema;
use mepa_gateway_mocks::{Fault, Operation, Options, Platform, RegisteredCig, StandIns};

use crate::client::{call, send};
use crate::pdnd::COMUNI;
use crate::sistema_cup::generate;

fn shipped(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("mappings").join(name)
}

async fn start(folder: PathBuf) -> StandIns {
    StandIns::start(Options { mappings: Some(folder), ..Options::default() }).await.unwrap()
}

/// A folder of mappings for one test.
fn folder(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("mappings").join(name);
    std::fs::create_dir_all(&folder).unwrap();
    for (name, text) in files {
        std::fs::write(folder.join(name), text).unwrap();
    }
    folder
}

#[tokio::test]
async fn sistema_cup_in_maintenance_generates_nothing() {
    let stand_ins = start(shipped("manutenzione-cup")).await;
    let base = stand_ins.urls().sistema_cup;
    let answer = generate(&base).unwrap();
    assert_eq!(answer.status, 200);
    assert!(
        answer.head.contains("content-type: text/html") && answer.body.contains("manutenzione"),
        "{answer:?}"
    );
    assert_eq!(stand_ins.ledger().calls(Operation::GenerateCup), 1);
    assert_eq!(stand_ins.ledger().effects_of(Operation::GenerateCup), 0);
    stand_ins.add_fault(Fault::on(Operation::GenerateCup).cut());
    assert!(generate(&base).unwrap().body.len() < answer.body.len(), "faults apply to it");
    assert_eq!(call(&base, "GET", "/__admin/clock", "").status, 200);
}

#[tokio::test]
async fn anac_cannot_verify_the_cup_of_one_cig() {
    let stand_ins = start(shipped("cup-non-verificabile")).await;
    let cig = RegisteredCig {
        cig: "B0A1C2D3E4".to_owned(),
        codice_fiscale: "01817001001".to_owned(),
        ..RegisteredCig::default()
    };
    let id = stand_ins.register_cig(cig).unwrap();
    let path = |id: &str| {
        format!("{COMUNI}/esito-operazione?tipoRicerca=ULTIMO_ESITO&tipoOperazione=AP_CONF&idAppalto={id}")
    };
    let base = stand_ins.urls().anac;
    let answer = call(&base, "GET", &path(&id), "");
    assert_eq!(Schema::AnacEsiti.breaches(&answer.body), []);
    assert_eq!(answer.json()["listaEsiti"][0]["errori"][0]["codice"], "ERR132");
    assert_eq!(answer.json()["listaEsiti"][0]["idAppalto"], id.as_str());
    assert_eq!(call(&base, "GET", &path("0b7d2a1c-2222-4222-8333-000000000001"), "").status, 401);
}

#[tokio::test]
async fn the_portal_is_slow_to_say_that_it_is_broken() {
    let stand_ins = start(shipped("portale-in-errore")).await;
    let since = Instant::now();
    let headers = [("Content-Type", "application/xml")];
    let answer =
        send(&stand_ins.urls().acquistinretepa, "POST", "/oda/v1/bozze", &headers, "<Order/>").unwrap();
    assert!(since.elapsed() >= Duration::from_millis(250));
    assert!(answer.status == 504 && answer.head.contains("retry-after: 30"), "{answer:?}");
    assert!(!answer.head.contains("x-stand-in"), "{answer:?}");
}

#[tokio::test]
async fn the_smaller_priority_is_tried_first_and_each_platform_has_its_own() {
    let answer = |priority: u32, status: u16| {
        format!(
            r#"{{"priority": {priority}, "request": {{"urlPath": "/x"}}, "response": {{"status": {status}}}}}"#
        )
    };
    let folder = folder(
        "priorities",
        &[("anac.a.json", &answer(7, 501)), ("anac.b.json", &answer(2, 502)), ("README.md", "no mapping")],
    );
    let stand_ins = start(folder).await;
    assert_eq!(call(&stand_ins.urls().anac, "GET", "/x", "").status, 502);
    assert_eq!(call(&stand_ins.urls().lavoro_pubblico, "GET", "/x", "").status, 404);
    stand_ins.set_quota(Platform::Anac, Some(1));
    assert_eq!(call(&stand_ins.urls().anac, "GET", "/x", "").status, 429);
}

#[tokio::test]
async fn what_is_wrong_with_a_mapping_is_told_with_its_file() {
    let good = r#"{"request": {}, "response": {"status": 200}}"#;
    for (name, file, text, wanted) in [
        (
            "unknown",
            "anac.x.json",
            r#"{"request": {}, "response": {"status": 200, "transformers": []}}"#,
            "transformers",
        ),
        ("nobody", "inps.x.json", good, "no platform"),
    ] {
        let options = Options { mappings: Some(folder(name, &[(file, text)])), ..Options::default() };
        let Err(error) = StandIns::start(options).await else { panic!("{file} is taken") };
        let why = error.to_string();
        assert!(why.contains(file) && why.contains(wanted), "{why}");
    }
}
