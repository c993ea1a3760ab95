// SPDX-License-Identifier: EUPL-1.2
//! ANAC: what a CIG was registered with is read back from its official places; limits, faults, admin.

use mepa_gateway_mocks::{EsitoConferma, Fault, Operation, Options, RegisteredCig, Scheda};
use serde_json::{Value, json};

use crate::client::{Answer, call, moment, send};
use crate::pdnd::{APPALTO, COMUNI, Client, ZERO, start};

const CIG: &str = "B0A1C2D3E4";
const CUP: &str = "J99Z26000010006";

fn registered() -> RegisteredCig {
    RegisteredCig {
        cig: CIG.to_owned(),
        codice_fiscale: "01817001001".to_owned(),
        cup: vec![CUP.to_owned()],
        pnrr: true,
        quota: Some("10.5".to_owned()),
        motivo_deroga: Some("1".to_owned()),
        accessibilita: Some("inc".to_owned()),
        ..RegisteredCig::default()
    }
}

fn find(client: &Client, voucher: &str, query: &str) -> Answer {
    client.get(voucher, APPALTO, &format!("ricerca-appalto?{query}"), ZERO)
}

fn form(client: &Client, voucher: &str, id: &str) -> Answer {
    client.get(voucher, APPALTO, &format!("consulta-appalto?idAppalto={id}"), id)
}

fn outcome(client: &Client, voucher: &str, id: &str) -> Answer {
    let query = format!("esito-operazione?idAppalto={id}&tipoOperazione=AP_CONF&tipoRicerca=ULTIMO_ESITO");
    client.get(voucher, COMUNI, &query, id)
}

/// The entry of the form that belongs to the lot of a CIG, as a client has to find it.
fn award(client: &Client, voucher: &str, cig: &str) -> Value {
    let found = find(client, voucher, &format!("cig={cig}")).json();
    let procurement = &found["result"][0];
    let lots = procurement["lotti"].as_array().unwrap();
    let lot = &lots.iter().find(|lot| lot["cig"] == cig).unwrap()["lotIdentifier"];
    let answer = form(client, voucher, procurement["idAppalto"].as_str().unwrap()).json();
    let awards = answer.pointer("/appalto/scheda/body/anacForm/aggiudicazioni").unwrap().clone();
    awards.as_array().unwrap().iter().find(|award| award["lotIdentifier"] == *lot).unwrap().clone()
}

#[tokio::test]
async fn an_ad3_is_found_and_read_back() {
    let (stand_ins, client) = start(Options::default()).await;
    let id = stand_ins.register_cig(registered()).unwrap();
    assert_eq!(stand_ins.register_cig(registered()).unwrap(), id);
    let voucher = client.voucher();
    let found = find(&client, &voucher, &format!("cig={CIG}&page=1&perPage=20"));
    let page = found.json();
    assert_eq!((found.status, &page["status"], &page["totRows"]), (200, &json!(200), &json!(1)));
    assert_eq!(
        (&page["totPages"], &page["currentPage"], &page["elementPage"]),
        (&1.into(), &1.into(), &20.into())
    );
    assert_eq!(page["result"][0]["idAppalto"], id.as_str());
    assert_eq!(page["result"][0]["stato"]["codice"], "CONF");
    assert_eq!(page["result"][0]["lotti"][0]["importo"], "9975.20");
    let answer = form(&client, &voucher, &id).json();
    assert_eq!(answer.pointer("/appalto/scheda/codice/codice").unwrap(), "AD3");
    let buyer = answer.pointer("/appalto/scheda/body/anacForm/stazioniAppaltanti/0").unwrap();
    assert_eq!(
        (&buyer["codiceFiscale"], &buyer["codiceAusa"]),
        (&json!("01817001001"), &json!("0000001001"))
    );
    let award = award(&client, &voucher, CIG);
    for (path, value) in [
        ("/cupLotto", json!([CUP])),
        ("/afferenteInvestimentiPNRR", json!(true)),
        ("/acquisizioneCup", json!(true)),
        ("/partecipanti/0/importo", json!(9975.2)),
        ("/datiBaseCPV/cpvPrevalente/codice", json!("39112000-0")),
        ("/paritaDiGenereGenerazionale/quota30PerCento", json!("SI_QUOTA_INFERIORE")),
        ("/paritaDiGenereGenerazionale/quotaInferioreOccupFemminile", json!(10.5)),
        ("/paritaDiGenereGenerazionale/motivoDeroga/0/codice", json!("1")),
        ("/paritaDiGenereGenerazionale/misurePremiali/0/codice", json!("13")),
        ("/datiBaseAccessibilita/accessibilita/codice", json!("inc")),
    ] {
        assert_eq!(award.pointer(path), Some(&value), "{path}");
    }
    assert_eq!(stand_ins.ledger().broken_answers(), [""; 0]);
}

#[tokio::test]
async fn what_was_forgotten_is_not_in_the_form() {
    let (stand_ins, client) = start(Options::default()).await;
    let voucher = client.voucher();
    let without = RegisteredCig { cup: Vec::new(), quota: None, motivo_deroga: None, ..registered() };
    stand_ins.register_cig(without).unwrap();
    let ad3 = award(&client, &voucher, CIG);
    assert!(ad3.get("cupLotto").is_none());
    assert_eq!(ad3["acquisizioneCup"], false);
    assert_eq!(ad3["paritaDiGenereGenerazionale"]["quota30PerCento"], "NO");
    let enough = RegisteredCig { quota: Some("30".to_owned()), ..registered() };
    stand_ins.register_cig(enough).unwrap();
    assert_eq!(award(&client, &voucher, CIG)["paritaDiGenereGenerazionale"]["quota30PerCento"], "SI");
    let small = RegisteredCig { scheda: Scheda::Ad5, importo: "4999.99".to_owned(), ..registered() };
    stand_ins.register_cig(small).unwrap();
    let ad5 = award(&client, &voucher, CIG);
    assert_eq!((&ad5["cup"], &ad5["partecipanti"][0]["importo"]), (&json!([CUP]), &json!(4999.99)));
    for absent in ["cupLotto", "afferenteInvestimentiPNRR", "paritaDiGenereGenerazionale"] {
        assert!(ad5.get(absent).is_none(), "{absent}");
    }
    assert_eq!(stand_ins.ledger().broken_answers(), [""; 0]);
}

#[tokio::test]
async fn an_outcome_is_there_after_some_reads() {
    let (stand_ins, client) = start(Options::default()).await;
    let late = RegisteredCig {
        esito: EsitoConferma::Ko,
        errori: vec!["ERR132".to_owned(), "ERR97".to_owned()],
        esito_dopo: 2,
        ..registered()
    };
    let id = stand_ins.register_cig(late).unwrap();
    let voucher = client.voucher();
    for _ in 0..2 {
        assert_eq!(outcome(&client, &voucher, &id).json()["listaEsiti"], json!([]));
    }
    let answer = outcome(&client, &voucher, &id).json();
    let esito = &answer["listaEsiti"][0];
    assert_eq!(
        (&esito["esito"]["codice"], &esito["dettaglio"]["codice"]),
        (&json!("KO"), &json!("AP_N_CONF"))
    );
    assert_eq!(esito["tipoOperazione"]["codice"], "AP_CONF");
    assert_eq!(esito["dataControllo"], "2026-01-20T09:00:00Z");
    assert_eq!(
        (&esito["errori"][0]["codice"], &esito["errori"][1]["codice"]),
        (&json!("ERR132"), &json!("ERR97"))
    );
    let id = stand_ins.register_cig(registered()).unwrap();
    let esito = outcome(&client, &voucher, &id).json()["listaEsiti"][0].clone();
    assert_eq!((&esito["esito"]["codice"], &esito["errori"]), (&json!("OK"), &json!([])));
    let other = format!("esito-operazione?idAppalto={id}&tipoOperazione=AP_VERIF&tipoRicerca=ULTIMO_ESITO");
    assert_eq!(client.get(&voucher, COMUNI, &other, &id).json()["listaEsiti"], json!([]));
    assert_eq!(stand_ins.ledger().calls(Operation::ReadOutcome), 5);
    assert_eq!(stand_ins.ledger().broken_answers(), [""; 0]);
}

#[tokio::test]
async fn what_is_not_known_or_not_asked_well() {
    let (stand_ins, client) = start(Options::default()).await;
    let id = stand_ins.register_cig(registered()).unwrap();
    let voucher = client.voucher();
    let unknown = find(&client, &voucher, "cig=B0A1C2D3E5");
    assert_eq!((unknown.status, &unknown.json()["totRows"]), (200, &json!(0)));
    assert_eq!(unknown.json()["result"], json!([]));
    assert_eq!(find(&client, &voucher, &format!("cig={CIG}&page=2")).json()["result"], json!([]));
    for query in ["", "cig=", "cig=1&perPage=21", "cig=1&perPage=0", "cig=1&page=0", "cig=1&page=uno"] {
        assert_eq!(find(&client, &voucher, query).status, 400, "{query}");
    }
    let nobody = "0b7d2a1c-2222-4222-8333-000000000001";
    for answer in [form(&client, &voucher, nobody), outcome(&client, &voucher, nobody)] {
        assert_eq!((answer.status, answer.kind().as_str()), (404, "appalto-inesistente"));
        assert_eq!(answer.json()["errori"][0]["codice"], "ERR19");
    }
    let missing = client.get(&voucher, APPALTO, "consulta-appalto", ZERO);
    assert_eq!((missing.status, &missing.json()["errori"][0]["codice"]), (400, &json!("ERR26")));
    for query in [
        format!("idAppalto={id}"),
        format!("idAppalto={id}&tipoOperazione=AP_CONF"),
        format!("idAppalto={id}&tipoRicerca=ULTIMO_ESITO"),
    ] {
        let answer = client.get(&voucher, COMUNI, &format!("esito-operazione?{query}"), &id);
        assert_eq!(answer.status, 400, "{query}");
    }
    assert_eq!(form(&client, &voucher, &id.to_uppercase()).status, 200);
    assert_eq!(send(&client.base, "GET", "/altro", &[], "").unwrap().status, 404);
    assert_eq!(send(&client.base, "GET", "/authorization-server/token", &[], "").unwrap().status, 405);
    let post = format!("{APPALTO}/ricerca-appalto?cig={CIG}");
    assert_eq!(send(&client.base, "POST", &post, &[], "").unwrap().kind(), "metodo-non-ammesso");
    assert_eq!(stand_ins.ledger().broken_answers(), [""; 0]);
}

#[tokio::test]
async fn the_limit_is_told_and_kept() {
    let (stand_ins, mut client) = start(Options { anac_calls_per_minute: 2, ..Options::default() }).await;
    let voucher = client.voucher();
    let query = format!("cig={CIG}");
    for left in ["1", "0"] {
        let head = find(&client, &voucher, &query).head;
        assert!(head.contains("x-ratelimit-limit: 2"), "{head}");
        assert!(head.contains(&format!("x-ratelimit-remaining: {left}")), "{head}");
        assert!(head.contains("x-ratelimit-reset: 60"), "{head}");
    }
    let over = find(&client, &voucher, &query);
    assert_eq!((over.status, over.kind().as_str()), (429, "troppe-richieste"));
    assert!(over.head.contains("retry-after: 60"), "{}", over.head);
    stand_ins.clock().stop_at(moment("2026-01-20T09:01:00Z"));
    client.now += 60;
    assert_eq!(find(&client, &voucher, &query).status, 200);
    assert_eq!(stand_ins.ledger().broken_answers(), [""; 0]);
}

#[tokio::test]
async fn faults_spoil_the_answers() {
    let (stand_ins, client) = start(Options::default()).await;
    let id = stand_ins.register_cig(registered()).unwrap();
    stand_ins.add_fault(Fault::on(Operation::IssueVoucher).status(503).retry_after("3"));
    assert_eq!(client.ask("").status, 503);
    let voucher = client.voucher();
    stand_ins.add_fault(Fault::on(Operation::ReadOutcome).empty());
    let emptied = outcome(&client, &voucher, &id);
    assert_eq!((emptied.status, &emptied.json()["listaEsiti"]), (200, &json!([])));
    assert_eq!(outcome(&client, &voucher, &id).json()["listaEsiti"][0]["esito"]["codice"], "OK");
    stand_ins.add_fault(Fault::on(Operation::FindProcurement).empty());
    assert_eq!(find(&client, &voucher, &format!("cig={CIG}")).json()["totRows"], 0);
    stand_ins.add_fault(Fault::on(Operation::ReadProcurement).empty());
    assert!(form(&client, &voucher, &id).json().get("appalto").is_none());
    stand_ins.add_fault(Fault::on(Operation::ReadProcurement).truncated());
    assert!(serde_json::from_str::<Value>(&form(&client, &voucher, &id).body).is_err());
    stand_ins.add_fault(Fault::on(Operation::FindProcurement).dropped());
    let path = format!("{APPALTO}/ricerca-appalto?cig={CIG}");
    assert!(client.call(&path, &voucher, "").is_none());
    assert_eq!(stand_ins.ledger().faults(Operation::ReadProcurement), 2);
    assert_eq!(stand_ins.ledger().broken_answers(), [""; 0]);
}

#[tokio::test]
async fn admin_registers_all_or_none() {
    let (stand_ins, client) = start(Options::default()).await;
    let base = &client.base;
    let good = json!([
        {"cig": CIG, "codice_fiscale": "01817001001", "cup": [CUP], "pnrr": true, "scheda": "AD3",
            "importo": "9975.20", "quota": "30", "motivo_deroga": null, "accessibilita": "inc",
            "esito": "KO", "errori": ["ERR130"], "esito_dopo": 1},
        {"cig": "B0A1C2D3E6", "codice_fiscale": "01817001001", "scheda": "AD5", "importo": "100"},
    ]);
    let answer = call(base, "PUT", "/__admin/cig", &good.to_string());
    assert_eq!((answer.status, &answer.json()["cig"]), (200, &json!(2)));
    let id = answer.json()["idAppalto"][0].as_str().unwrap().to_owned();
    assert_eq!(id, stand_ins.register_cig(registered()).unwrap());
    let second = json!({"cig": "B0A1C2D3E7", "codice_fiscale": "01817001001"});
    for wrong in [
        json!({"cig": "B0A1C2D3E4"}),
        json!({"cig": "corto", "codice_fiscale": "01817001001"}),
        json!({"cig": CIG, "codice_fiscale": "01817001001", "cup": ["J99"]}),
        json!({"cig": CIG, "codice_fiscale": "01817001001", "importo": "9975,20"}),
        json!({"cig": CIG, "codice_fiscale": "01817001001", "importo": "9975.201"}),
        json!({"cig": CIG, "codice_fiscale": "01817001001", "quota": "molta"}),
        json!({"cig": CIG, "codice_fiscale": "01817001001", "errori": ["ERR97"]}),
        json!({"cig": CIG, "codice_fiscale": "01817001001", "esito": "KO", "errori": ["grave"]}),
        json!({"cig": CIG, "codice_fiscale": "01817001001", "scheda": "AD4"}),
        json!({"cig": CIG, "codice_fiscale": "01817001001", "altro": 1}),
    ] {
        let answer = call(base, "PUT", "/__admin/cig", &json!([second, wrong]).to_string());
        assert_eq!(answer.status, 422, "{wrong}");
    }
    let voucher = client.voucher();
    assert_eq!(find(&client, &voucher, "cig=B0A1C2D3E7").json()["totRows"], 0);
    assert_eq!(call(base, "GET", "/__admin/cig", "").status, 404);
    let ledger = call(base, "GET", "/__admin/ledger", "").json();
    assert_eq!(ledger["calls"], json!({"issue_voucher": 1, "find_procurement": 1}));
}

#[tokio::test]
async fn a_voucher_ends_before_its_time_and_only_a_new_one_is_taken() {
    let (stand_ins, client) = start(Options::default()).await;
    let voucher = client.voucher();
    let query = format!("cig={CIG}");
    assert_eq!(find(&client, &voucher, &query).status, 200);
    stand_ins.add_fault(Fault::on(Operation::FindProcurement).voucher_expired());
    let ended = find(&client, &voucher, &query);
    let fixture: Value =
        serde_json::from_str(include_str!("../../fixtures/anac/voucher-scaduto.problem.json")).unwrap();
    assert_eq!((ended.status, ended.json()), (401, fixture));
    assert_eq!(find(&client, &voucher, &query).status, 401);
    assert_eq!(find(&client, &client.voucher(), &query).status, 200);
}
