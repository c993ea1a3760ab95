// SPDX-License-Identifier: EUPL-1.2
//! Sistema CUP: a CUP generated is found again, every refusal is of the platform's own kind.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use mepa_gateway_mocks::{Fault, Kind, Operation, Options, StandIns};

use crate::client::{Answer, send, start};

const GENERATION: &str = include_str!("../../fixtures/sistema_cup/generation.request.xml");
const DETAIL: &str = include_str!("../../fixtures/sistema_cup/detail.request.xml");
const LIST: &str = include_str!("../../fixtures/sistema_cup/list.request.xml");

pub(crate) fn envelope(operation: &str, payload: &str) -> String {
    format!(
        r#"<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><richiesta_RichiestaRispostaSincrona_{operation} xmlns="http://serviziCUP.mef.it/types/"><TitoloRichiesta xmlns="">Prova</TitoloRichiesta><richiesta xmlns="">{}</richiesta></richiesta_RichiestaRispostaSincrona_{operation}></e:Body></e:Envelope>"#,
        STANDARD.encode(payload)
    )
}

pub(crate) fn post(base: &str, document: &str) -> Option<Answer> {
    let headers = [("Content-Type", "text/xml; charset=utf-8"), ("SOAPAction", "\"\"")];
    send(base, "POST", "/CUPServices", &headers, document)
}

pub(crate) fn generate(base: &str) -> Option<Answer> {
    post(base, &generation())
}

/// A request for a CUP.
pub(crate) fn generation() -> String {
    envelope("RichiestaGenerazioneCUP", GENERATION)
}

/// Outcome and decoded payload of an answer.
fn outcome(answer: &Answer) -> (String, String) {
    let between = |tag: &str| {
        let (_, rest) = answer.body.split_once(&format!("<{tag}>")).unwrap_or_else(|| panic!("{answer:?}"));
        rest.split_once('<').unwrap().0.to_owned()
    };
    let payload = STANDARD.decode(between("risposta")).unwrap();
    (between("EsitoElaborazione"), String::from_utf8(payload).unwrap())
}

fn ask(base: &str, operation: &str, payload: &str) -> (String, String) {
    let answer = post(base, &envelope(operation, payload)).unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");
    outcome(&answer)
}

#[tokio::test]
async fn a_cup_generated_is_found_again() {
    let stand_ins = start().await;
    let base = stand_ins.urls().sistema_cup;
    let (esito, none) = ask(&base, "RichiestaListaCUP", LIST);
    assert_eq!(esito, "ELABORAZIONE_ESEGUITA");
    assert!(none.contains(">OK<") && !none.contains("<DETTAGLIO_CUP>"), "{none}");

    let (esito, created) = ask(&base, "RichiestaGenerazioneCUP", GENERATION);
    assert_eq!(esito, "ELABORAZIONE_ESEGUITA");
    assert!(created.contains("<CODICE_CUP>J99Z26000010006</CODICE_CUP>"), "{created}");

    let (_, detail) = ask(&base, "RichiestaDettaglioCUP", DETAIL);
    for fact in
        ["template=\"2510006\"", "stato=\"Attivo\"", "soggetto_titolare=\"01817670019\"", "20/01/2026"]
    {
        assert!(detail.contains(fact), "{fact}: {detail}");
    }
    let code = "<CODIFICA_LOCALE>evento-0001</CODIFICA_LOCALE>";
    for (criteria, found) in [
        (code, true),
        ("<ANNO_DECISIONE>2025</ANNO_DECISIONE><DESCRIZIONE>RISORSE IN comune</DESCRIZIONE>", true),
        ("<ANNO_DECISIONE>2024</ANNO_DECISIONE><DESCRIZIONE>Risorse in Comune</DESCRIZIONE>", false),
        (
            "<DATA_GENERAZIONE_DA>20/01/2026</DATA_GENERAZIONE_DA><DATA_GENERAZIONE_A>20/01/2026</DATA_GENERAZIONE_A>",
            true,
        ),
        ("<DATA_GENERAZIONE_A>19/01/2026</DATA_GENERAZIONE_A>", false),
        ("<DATA_GENERAZIONE_A>31/02/2026</DATA_GENERAZIONE_A>", false),
        ("<NATURA>02</NATURA>", false),
        ("<CODIFICA_LOCALE>evento-000</CODIFICA_LOCALE>", false),
        ("<PROGETTI_DI_COMPETENZA solo_progetti_utente=\"S\"/>", true),
    ] {
        let (_, list) = ask(&base, "RichiestaListaCUP", &LIST.replace(code, criteria));
        assert_eq!(list.contains("codifica_locale=\"evento-0001\""), found, "{criteria}: {list}");
    }
    assert_eq!(stand_ins.ledger().effects_for(Operation::GenerateCup, "evento-0001"), 1);
    assert_eq!(stand_ins.ledger().broken_answers(), [""; 0]);
}

#[tokio::test]
async fn odd_but_valid_requests_are_served() {
    let stand_ins = start().await;
    let base = stand_ins.urls().sistema_cup;
    for (from, to) in [
        (">1<", "> <"),
        ("utente.prova", " "),
        (
            "<DESCRIZIONE>\n      <ACQUISTO_BENI ",
            "<DESCRIZIONE xmlns:x=\"http://www.w3.org/2001/XMLSchema-instance\"><ACQUISTO_BENI x:noNamespaceSchemaLocation=\"a.xsd\" ",
        ),
        ("Piazza della Prova 1", "&#10;&quot;&lt;&amp;"),
    ] {
        let odd = GENERATION.replace(from, to);
        assert_ne!(odd, GENERATION);
        let (esito, payload) = ask(&base, "RichiestaGenerazioneCUP", &odd);
        assert_eq!(esito, "ELABORAZIONE_ESEGUITA", "{payload}");
        assert!(payload.contains(">OK<"), "{payload}");
    }
    assert_eq!(stand_ins.ledger().broken_answers(), [""; 0]);
}

#[tokio::test]
async fn generating_twice_makes_two() {
    let stand_ins = start().await;
    let base = stand_ins.urls().sistema_cup;
    generate(&base).unwrap();
    assert!(outcome(&generate(&base).unwrap()).1.contains("J99Z26000020006"));
    assert_eq!(stand_ins.ledger().doubles(), [(Operation::GenerateCup, "evento-0001".to_owned())]);
}

#[tokio::test]
async fn refusals_of_rules_and_of_schema() {
    let stand_ins = start().await;
    let base = stand_ins.urls().sistema_cup;
    for (from, to, esito, why) in [
        ("template=\"2510006\"", "template=\"2510007\"", "ELABORAZIONE_ESEGUITA", "Template 2510007"),
        ("natura=\"01\"", "natura=\"02\"", "ELABORAZIONE_ESEGUITA", "natura"),
        ("Risorse in Comune", "aaaa", "ELABORAZIONE_ESEGUITA", "ripetuti"),
        ("costo=\"54.322\"", "costo=\"54.321\"", "ELABORAZIONE_ESEGUITA", "maggiore del costo"),
        ("id_progetto=\"RIC-001008\"", "", "ERRORE_NELLA_ELABORAZIONE_DEL_MESSAGGIO", "id_progetto"),
        (
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>",
            "<!DOCTYPE a>",
            "ERRORE_NELLA_ELABORAZIONE_DEL_MESSAGGIO",
            "DOCTYPE",
        ),
    ] {
        let (outcome, payload) = ask(&base, "RichiestaGenerazioneCUP", &GENERATION.replace(from, to));
        assert_eq!(outcome, esito, "{from}");
        assert!(payload.contains("<ESITO_ELABORAZIONE>KO<") && payload.contains(why), "{payload}");
    }
    assert_eq!(ask(&base, "RichiestaDettaglioCUP", DETAIL).1, "Codice CUP non valido");
    assert_eq!(ask(&base, "RichiestaDettaglioCUP", LIST).0, "ERRORE_NELLA_ELABORAZIONE_DEL_MESSAGGIO");
    assert_eq!(stand_ins.ledger().effects(), []);
    assert_eq!(stand_ins.ledger().broken_answers(), [""; 0]);
}

#[tokio::test]
async fn the_password_is_looked_at() {
    let credentials = Some(("utente.prova".to_owned(), "altra".to_owned()));
    let options = Options { cup_credentials: credentials, ..Options::default() };
    let stand_ins = StandIns::start(options).await.unwrap();
    let base = stand_ins.urls().sistema_cup;
    let refused = ("ERRORE_APPLICATIVO".to_owned(), "Utente non autorizzato".to_owned());
    assert_eq!(ask(&base, "RichiestaDettaglioCUP", DETAIL), refused);
    assert!(
        ask(&base, "RichiestaListaCUP", &LIST.replace("parola-di-prova", "altra")).1.contains("LISTA_CUP")
    );
}

#[tokio::test]
async fn a_broken_envelope_is_a_fault() {
    let stand_ins = start().await;
    let base = stand_ins.urls().sistema_cup;
    let good = envelope("RichiestaListaCUP", LIST);
    for wrong in [
        String::new(),
        "<!DOCTYPE a><a/>".to_owned(),
        good.replace("mef.it/types/", "mef.it/"),
        good.replace(" xmlns=\"\"", ""),
        good.replace("RichiestaListaCUP", "RichiestaAltroCUP"),
        good.replace("</e:Body>", ""),
    ] {
        let answer = post(&base, &wrong).unwrap();
        assert_eq!(answer.status, 500, "{wrong}");
        assert!(answer.body.contains("<faultcode>soapenv:Client</faultcode>"), "{}", answer.body);
    }
    let no_action = send(&base, "POST", "/CUPServices", &[("Content-Type", "text/xml")], &good).unwrap();
    assert!(no_action.body.contains("SOAPAction"));
    assert_eq!(send(&base, "GET", "/CUPServices", &[], "").unwrap().status, 405);
    assert_eq!(send(&base, "POST", "/altro", &[], "").unwrap().status, 404);
    assert_eq!(
        send(&base, "POST", "/CUPServices", &[("Content-Type", "text/plain")], "").unwrap().status,
        415
    );
    assert_eq!(stand_ins.ledger().broken_answers(), [""; 0]);
}

#[tokio::test]
async fn an_answer_about_another_project_is_given_only_if_it_can_be_told() {
    const OP: Operation = Operation::CupList;
    let stand_ins = start().await;
    let base = stand_ins.urls().sistema_cup;
    let of_another = LIST.replace("evento-0001", "evento-0002");
    assert_ne!(of_another, LIST);
    generate(&base).unwrap();
    assert!(!ask(&base, "RichiestaListaCUP", &of_another).1.contains("<DETTAGLIO_CUP>"));
    stand_ins.add_fault(Fault::on(OP).foreign());
    // Nothing was found for the other: its answer could be anybody's, so the true one comes.
    let true_one = ask(&base, "RichiestaListaCUP", LIST).1;
    assert!(true_one.contains("codifica_locale=\"evento-0001\""), "{true_one}");
    stand_ins.add_fault(Fault::on(OP).foreign());
    assert_eq!(ask(&base, "RichiestaListaCUP", &of_another).1, true_one);
    let generation = GENERATION.replace("evento-0001", "evento-0002");
    stand_ins.add_fault(Fault::on(Operation::GenerateCup).foreign());
    let created = ask(&base, "RichiestaGenerazioneCUP", &generation).1;
    assert!(created.contains("evento-0001") && created.contains("J99Z26000010006"), "{created}");
    assert_eq!(stand_ins.ledger().effects_for(Operation::GenerateCup, "evento-0002"), 1);
    assert_eq!(stand_ins.ledger().faults_of(Kind::Foreign), 3);
}
