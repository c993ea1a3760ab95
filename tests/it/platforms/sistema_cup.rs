// SPDX-License-Identifier: EUPL-1.2
//! Sistema CUP: what is sent, what is believed, and that a doubt is never taken for a yes or a no.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use mepa_gateway::platforms::sending::BeforeSending;
use mepa_gateway::platforms::sistema_cup::{CupRequest, CupState};
use mepa_gateway::platforms::{Kind, PlatformError, Repeat};
use mepa_gateway::programme::Programme;

use super::server::{Reply, Seen, Server};
use super::{CUP, ISTAT, TAX_CODE, fill, platforms};

const KEY: &str = "risorse-in-comune-001006";
const DONE: &str = "ELABORAZIONE_ESEGUITA";
const GENERATED: &str = "EsitoGenerazioneCUP";
const DETAIL: &str = "RisultatoDettaglioCUP";
const LIST: &str = "ListaCUP";

fn request() -> CupRequest {
    CupRequest {
        event_key: KEY.into(),
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

/// What we sent, out of its envelope.
fn payload(seen: &Seen) -> String {
    let packed = between(seen.text(), "<richiesta>", "</richiesta>");
    String::from_utf8(STANDARD.decode(packed).unwrap()).unwrap()
}

fn between<'a>(text: &'a str, start: &str, end: &str) -> &'a str {
    text.split_once(start).unwrap().1.split_once(end).unwrap().0
}

fn id(seen: &Seen) -> String {
    between(&payload(seen), "<ID_RICHIESTA>", "</ID_RICHIESTA>").to_owned()
}

fn envelope(answer: &str, outcome: &str, payload: &str) -> String {
    let template = include_str!("../../fixtures/platforms/sistema_cup/busta.xml");
    fill(template, &[("RISPOSTA", answer), ("ESITO", outcome), ("BASE64", &STANDARD.encode(payload))])
}

/// The detail of our CUP, with other values in some places.
fn detail(other: &[(&str, &str)]) -> String {
    let usual =
        [("CUP", CUP), ("KEY", KEY), ("STATO", "Attivo"), ("PROVVISORIO", "No"), ("TITOLARE", TAX_CODE)];
    let template = include_str!("../../fixtures/platforms/sistema_cup/dettaglio_cup.xml");
    fill(&fill(template, other), &usual)
}

fn generated(id: &str, verdict: &str, detail: &str) -> String {
    let template = include_str!("../../fixtures/platforms/sistema_cup/generazione.xml");
    let text = "creato CUP. SONO STATI RILEVATI 2 CUP SIMILI";
    fill(template, &[("ID", id), ("ESITO", verdict), ("TESTO", text), ("DETTAGLIO", detail)])
}

fn list(details: &str) -> String {
    fill(include_str!("../../fixtures/platforms/sistema_cup/lista.xml"), &[("DETTAGLIO", details)])
}

fn fault(code: &str, text: &str) -> String {
    fill(include_str!("../../fixtures/platforms/sistema_cup/fault.xml"), &[("CODE", code), ("TESTO", text)])
}

async fn generate(answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> Result<String, PlatformError> {
    let server = Server::start(move |_, seen| answer(seen));
    let cup = platforms(&server.url()).sistema_cup.generate(&request(), &BeforeSending::untold()).await;
    assert_eq!(server.calls(), 1, "a generation is never repeated here");
    cup.map(|cup| cup.to_string())
}

async fn doubt(answer: impl Fn(&Seen) -> Reply + Send + Sync + 'static) -> PlatformError {
    let error = generate(answer).await.unwrap_err();
    assert_eq!(error.repeat, Repeat::AskFirst, "{error}");
    error
}

#[tokio::test]
async fn a_cup_is_generated_as_the_form_wants_it() {
    let server = Server::start(|_, seen| {
        Reply::xml(200, envelope(GENERATED, DONE, &generated(&id(seen), "OK", &detail(&[]))))
    });
    let cup =
        platforms(&server.url()).sistema_cup.generate(&request(), &BeforeSending::untold()).await.unwrap();
    assert_eq!(cup.as_str(), CUP);
    let seen = &server.seen()[0];
    assert_eq!((seen.method.as_str(), seen.target.as_str()), ("POST", "/CUPServices"));
    let action = "\"http://serviziCUP.mef.it/RichiestaRispostaSincrona_RichiestaGenerazioneCUP\"";
    assert_eq!(seen.header("soapaction"), Some(action));
    assert_eq!(seen.header("content-type"), Some("text/xml; charset=utf-8"));
    insta::assert_snapshot!(payload(seen).replace(&id(seen), "[id]").replace("><", ">\n<"));
}

#[tokio::test]
async fn what_cannot_be_written_is_not_sent() {
    let server = Server::start(|_, _| Reply::Close);
    let client = platforms(&server.url()).sistema_cup;
    let changes: [fn(&mut CupRequest); 8] = [
        |r| r.event_key = "a b".into(),
        |r| r.event_key = "k".repeat(61),
        |r| r.comune_name = "Al\u{0}mese".into(),
        |r| r.decision_year = 1949,
        |r| r.title = "abc".into(),
        |r| r.template = "251".into(),
        |r| r.cost = "0.00".parse().unwrap(),
        |r| r.comune = "999001".parse().unwrap(),
    ];
    for change in changes {
        let mut wanted = request();
        change(&mut wanted);
        let error = client.generate(&wanted, &BeforeSending::untold()).await.unwrap_err();
        assert!(matches!(error.kind, Kind::Unwritable { .. }), "{error}");
        assert_eq!(error.repeat, Repeat::Never);
    }
    assert_eq!(server.calls(), 0);
}

#[tokio::test]
async fn the_answer_to_another_request_is_not_believed() {
    let foreign = "5c0e1b70-0000-4000-8000-000000000000";
    doubt(move |_| Reply::xml(200, envelope(GENERATED, DONE, &generated(foreign, "OK", &detail(&[]))))).await;
    doubt(move |_| Reply::xml(200, envelope(GENERATED, DONE, &generated(foreign, "KO", "")))).await;
    let others =
        [("KEY", "altro"), ("TITOLARE", "00123456789"), ("STATO", "Revocato"), ("PROVVISORIO", "Si")];
    for other in others {
        doubt(move |seen| {
            Reply::xml(200, envelope(GENERATED, DONE, &generated(&id(seen), "OK", &detail(&[other]))))
        })
        .await;
    }
    doubt(|seen| Reply::xml(200, envelope(LIST, DONE, &generated(&id(seen), "OK", &detail(&[]))))).await;
}

#[tokio::test]
async fn answers_that_contradict_themselves_are_a_doubt() {
    doubt(|seen| Reply::xml(200, envelope(GENERATED, DONE, &generated(&id(seen), "KO", &detail(&[]))))).await;
    doubt(|seen| Reply::xml(200, envelope(GENERATED, DONE, &generated(&id(seen), "OK", "")))).await;
    doubt(|seen| {
        Reply::xml(200, envelope(GENERATED, "ERRORE_APPLICATIVO", &generated(&id(seen), "OK", &detail(&[]))))
    })
    .await;
    doubt(|seen| Reply::xml(500, envelope(GENERATED, DONE, &generated(&id(seen), "OK", &detail(&[]))))).await;
    doubt(|_| Reply::xml(200, envelope(GENERATED, DONE, ""))).await;
    doubt(|_| Reply::xml(200, envelope(GENERATED, DONE, "tutto bene"))).await;
    doubt(|_| Reply::xml(200, envelope(GENERATED, "ERRORE_APPLICATIVO", "errore interno"))).await;
}

#[tokio::test]
async fn broken_answers_are_a_doubt() {
    let whole = |seen: &Seen| envelope(GENERATED, DONE, &generated(&id(seen), "OK", &detail(&[])));
    doubt(move |seen| Reply::xml(200, &whole(seen)[..300])).await;
    doubt(move |seen| Reply::Truncated("text/xml", whole(seen).into_bytes())).await;
    doubt(move |seen| Reply::xml(200, whole(seen).replacen("<soapenv", "<!DOCTYPE x><soapenv", 1))).await;
    doubt(move |seen| {
        let cut = generated(&id(seen), "OK", &detail(&[]));
        Reply::xml(200, envelope(GENERATED, DONE, &cut[..cut.len() - 40]))
    })
    .await;
    doubt(|_| Reply::html(200)).await;
    doubt(|_| Reply::html(502)).await;
    doubt(|_| Reply::Http(500, vec![], vec![])).await;
    doubt(|_| Reply::xml(200, fault("Server", "fuori servizio"))).await;
    doubt(|_| Reply::xml(500, fault("Server", "fuori servizio"))).await;
    doubt(|_| Reply::Hang).await;
}

#[tokio::test]
async fn refusals_are_final_and_carry_the_platforms_words() {
    let error =
        generate(|seen| Reply::xml(200, envelope(GENERATED, DONE, &generated(&id(seen), "KO", "")))).await;
    let error = error.unwrap_err();
    let text = "creato CUP. SONO STATI RILEVATI 2 CUP SIMILI";
    assert_eq!(error.kind, Kind::Refused { code: "KO".into(), text: text.into() });
    assert_eq!(error.repeat, Repeat::Never);

    let error = generate(|_| Reply::xml(500, fault("Client", "SOAPAction mancante"))).await.unwrap_err();
    assert_eq!(error.kind, Kind::Refused { code: "Client".into(), text: "SOAPAction mancante".into() });
    assert_eq!(error.repeat, Repeat::Never);

    let words = "Utente non autorizzato";
    let error = generate(move |_| Reply::xml(200, envelope(GENERATED, "ERRORE_APPLICATIVO", words)))
        .await
        .unwrap_err();
    assert_eq!(
        (error.kind, error.repeat),
        (Kind::Denied { text: words.into() }, Repeat::Safe { after: None })
    );
}

#[tokio::test]
async fn the_password_is_blotted_from_what_the_platform_quotes() {
    let error =
        generate(|_| Reply::xml(200, envelope(GENERATED, "RIFIUTO_APPLICATIVO", "utente gateway/p4ssw0rd")))
            .await;
    let error = error.unwrap_err();
    assert!(!format!("{error} {error:?}").contains("p4ssw0rd"), "{error}");
    assert!(error.to_string().contains("gateway/***"));
}

#[tokio::test]
async fn a_cup_is_found_by_our_key_or_surely_not_there() {
    let find = async |details: String| {
        let server = Server::start(move |_, _| Reply::xml(200, envelope(LIST, DONE, &list(&details))));
        let found = platforms(&server.url()).sistema_cup.find_by_event_key(KEY).await;
        let sent = payload(&server.seen()[0]);
        assert!(
            sent.contains(&format!("<CRITERI_RICERCA_CUP><CODIFICA_LOCALE>{KEY}</CODIFICA_LOCALE>")),
            "{sent}"
        );
        found
    };
    assert_eq!(find(String::new()).await.unwrap(), None);
    let record = find(detail(&[])).await.unwrap().unwrap();
    assert_eq!((record.cup.as_str(), record.state), (CUP, CupState::Active));
    let error = find(format!("{}{}", detail(&[]), detail(&[("CUP", "J51B26000020006")]))).await.unwrap_err();
    assert_eq!(error.kind, Kind::Several { count: 2, text: "J51B26000010006, J51B26000020006".into() });
    assert_eq!(error.repeat, Repeat::Never);
    let error = find(detail(&[("KEY", "altro")])).await.unwrap_err();
    assert!(
        matches!(error.kind, Kind::Garbled { .. }),
        "another's CUP does not prove that ours is not there"
    );
}

#[tokio::test]
async fn a_cup_is_read_back() {
    let server = Server::start(|_, seen| {
        assert!(payload(seen).contains(&format!("<CODICE_CUP>{CUP}</CODICE_CUP>")));
        Reply::xml(200, envelope(DETAIL, DONE, &detail(&[("STATO", "Revocato")])))
    });
    let record = platforms(&server.url()).sistema_cup.read(&CUP.parse().unwrap()).await.unwrap();
    assert_eq!(record.cup.as_str(), CUP);
    assert_eq!(record.state, CupState::Revoked);
    assert_eq!(record.template.as_deref(), Some("2510006"));
    assert_eq!(record.holder_tax_code, TAX_CODE);
    assert_eq!(record.generated_on.to_string(), "2026-01-20");
    assert_eq!(record.event_key.as_deref(), Some(KEY));
    assert!(!record.provisional);
}

#[tokio::test]
async fn an_unknown_cup_is_not_found_and_another_cup_is_not_believed() {
    let read = async |outcome: &'static str, payload: String| {
        let server = Server::start(move |_, _| Reply::xml(200, envelope(DETAIL, outcome, &payload)));
        platforms(&server.url()).sistema_cup.read(&CUP.parse().unwrap()).await.unwrap_err()
    };
    let error = read("ERRORE_APPLICATIVO", "Codice CUP non valido".into()).await;
    assert!(matches!(error.kind, Kind::NotFound { .. }), "{error}");
    let error = read(DONE, detail(&[("CUP", "J51B26000020006")])).await;
    assert!(matches!(error.kind, Kind::Garbled { .. }), "{error}");
    assert!(matches!(error.repeat, Repeat::Safe { .. }));
}
