// SPDX-License-Identifier: EUPL-1.2
//! From an HTTP answer of Sistema CUP to the payload in it, or to what went wrong. The platform has many ways to say no:
//! a fault, an outcome, a plain text where a payload should be; none of them alone is believed.

use super::super::xml::{self, XmlError};
use super::{Answer, Element, Failure, Kind, said, soap};

/// Namespace of the body elements; what is in them has none.
pub(super) const TYPES: &str = "http://serviziCUP.mef.it/types/";

/// The names that belong to one operation.
#[derive(Debug)]
pub(super) struct Exchange {
    pub(super) action: &'static str,
    pub(super) title: &'static str,
    pub(super) request: &'static str,
    pub(super) answer: &'static str,
    pub(super) payload: &'static str,
}

pub(super) const GENERATION: Exchange = Exchange {
    action: "\"http://serviziCUP.mef.it/RichiestaRispostaSincrona_RichiestaGenerazioneCUP\"",
    title: "Richiesta Generazione CUP",
    request: "richiesta_RichiestaRispostaSincrona_RichiestaGenerazioneCUP",
    answer: "risposta_RichiestaRispostaSincrona_EsitoGenerazioneCUP",
    payload: "DETTAGLIO_GENERAZIONE_CUP",
};

pub(super) const DETAIL: Exchange = Exchange {
    action: "\"http://serviziCUP.mef.it/RichiestaRispostaSincrona_RichiestaDettaglioCUP\"",
    title: "Richiesta Dettaglio CUP",
    request: "richiesta_RichiestaRispostaSincrona_RichiestaDettaglioCUP",
    answer: "risposta_RichiestaRispostaSincrona_RisultatoDettaglioCUP",
    payload: "DETTAGLIO_CUP",
};

pub(super) const ENDING: Exchange = Exchange {
    action: "\"http://serviziCUP.mef.it/RichiestaRispostaSincrona_RichiestaChiusuraRevocaCUP\"",
    title: "Richiesta Chiusura Revoca CUP",
    request: "richiesta_RichiestaRispostaSincrona_RichiestaChiusuraRevocaCUP",
    answer: "risposta_RichiestaRispostaSincrona_RisultatoChiusuraRevocaCUP",
    payload: "RICHIESTA_CHIUSURA_REVOCA_CUP_OUT",
};

pub(super) const LIST: Exchange = Exchange {
    action: "\"http://serviziCUP.mef.it/RichiestaRispostaSincrona_ListaCUP\"",
    title: "Richiesta Lista CUP",
    request: "richiesta_RichiestaRispostaSincrona_RichiestaListaCUP",
    answer: "risposta_RichiestaRispostaSincrona_ListaCUP",
    payload: "LISTA_CUP",
};

const DONE: &str = "ELABORAZIONE_ESEGUITA";
const NOT_AUTHORISED: &str = "Utente non autorizzato";
const UNKNOWN_CUP: &str = "Codice CUP non valido";

impl From<XmlError> for Failure {
    fn from(error: XmlError) -> Self {
        Self::garbled(error.to_string())
    }
}

/// The payload of an answer, with the expected root.
pub(super) fn open(answer: &Answer, exchange: &Exchange) -> Result<Element, Failure> {
    if !matches!(answer.status, 200 | 500) {
        return Err(answer.trouble());
    }
    let body = match soap::open(&answer.body) {
        Ok(soap::Body::Answer(body)) if answer.status == 200 => body,
        Ok(soap::Body::Fault(fault)) => return Err(blame(fault)),
        Err(error) if answer.status == 200 => return Err(error.into()),
        Ok(soap::Body::Answer(_)) | Err(_) => return Err(answer.trouble()),
    };
    if body.name != exchange.answer || body.namespace.as_deref() != Some(TYPES) {
        return Err(Failure::garbled(format!("{} in place of {}", body.name, exchange.answer)));
    }
    let _title = body.only("TitoloRisposta")?;
    let outcome = body.only("EsitoElaborazione")?.text();
    let bytes = soap::from_base64(body.only("risposta")?.text())?;
    payload(&bytes, outcome, exchange.payload)
}

fn blame(fault: soap::Fault) -> Failure {
    let text = said(&fault.text);
    if fault.blames_us() {
        Failure::last_word(Kind::Refused { code: said(&fault.code), text })
    } else {
        Failure::unknown(Kind::Unavailable { status: 500, text })
    }
}

fn payload(bytes: &[u8], outcome: &str, root: &str) -> Result<Element, Failure> {
    let text = String::from_utf8_lossy(bytes);
    let text = text.trim();
    if text.is_empty() {
        return Err(Failure::garbled(format!("empty payload with outcome {outcome}")));
    }
    if !text.trim_start_matches('\u{feff}').starts_with('<') {
        return Err(words(text, outcome));
    }
    let payload = xml::parse(bytes)?;
    if payload.name != root || payload.namespace.is_some() {
        return Err(Failure::garbled(format!("payload {} in place of {root}", payload.name)));
    }
    if outcome != DONE && !payload_says_no(&payload) {
        return Err(Failure::garbled(format!("outcome {outcome} with a payload that does not say no")));
    }
    Ok(payload)
}

fn payload_says_no(payload: &Element) -> bool {
    let verdict = payload.only("DETTAGLIO_ELABORAZIONE").and_then(|detail| detail.only("ESITO_ELABORAZIONE"));
    verdict.is_ok_and(|verdict| verdict.text() == "KO")
}

/// Plain text where a payload should be.
fn words(text: &str, outcome: &str) -> Failure {
    let refused = |text: &str| Kind::Refused { code: said(outcome), text: said(text) };
    match outcome {
        DONE => Failure::garbled(format!("outcome {outcome} with the text {text}")),
        _ if text.eq_ignore_ascii_case(NOT_AUTHORISED) => {
            Failure::not_done(Kind::Denied { text: said(text) })
        }
        _ if text.eq_ignore_ascii_case(UNKNOWN_CUP) => {
            Failure::last_word(Kind::NotFound { text: said(text) })
        }
        "ERRORE_NELLA_ELABORAZIONE_DEL_MESSAGGIO" | "RIFIUTO_APPLICATIVO" | "RICHIESTA_NON_PRESENTE" => {
            Failure::last_word(refused(text))
        }
        // An application error with other words may have come after the effect.
        _ => Failure::unknown(refused(text)),
    }
}
