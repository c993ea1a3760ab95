// SPDX-License-Identifier: EUPL-1.2
//! SOAP 1.1 around a payload in base64: reading requests, writing answers and faults.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;

use crate::operation::Operation;
use crate::reply::Reply;
use crate::schema::{Breach, Schema};
use crate::soap;
use crate::xml::{self, Element};

const TYPES: &str = "http://serviziCUP.mef.it/types/";
const PREFIX: &str = "RichiestaRispostaSincrona_";

/// How the elaboration went, as the envelope tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Done,
    BadMessage,
    ApplicationError,
}

impl Outcome {
    fn word(self) -> &'static str {
        match self {
            Self::Done => "ELABORAZIONE_ESEGUITA",
            Self::BadMessage => "ERRORE_NELLA_ELABORAZIONE_DEL_MESSAGGIO",
            Self::ApplicationError => "ERRORE_APPLICATIVO",
        }
    }
}

/// The operation a body element stands for.
fn operation_of(body_element: &str) -> Option<Operation> {
    match body_element.strip_prefix("richiesta_")?.strip_prefix(PREFIX)? {
        "RichiestaGenerazioneCUP" => Some(Operation::GenerateCup),
        "RichiestaDettaglioCUP" => Some(Operation::CupDetail),
        "RichiestaListaCUP" => Some(Operation::CupList),
        "RichiestaChiusuraRevocaCUP" => Some(Operation::EndCup),
        _ => None,
    }
}

fn answer_names(operation: Operation) -> (&'static str, &'static str) {
    match operation {
        Operation::GenerateCup => ("EsitoGenerazioneCUP", "Esito Generazione CUP"),
        Operation::CupDetail => ("RisultatoDettaglioCUP", "Risultato Dettaglio CUP"),
        Operation::EndCup => ("RisultatoChiusuraRevocaCUP", "Risultato Chiusura Revoca CUP"),
        _ => ("ListaCUP", "Lista CUP"),
    }
}

/// What the envelope asks for, without judging it.
pub(crate) fn operation(document: &str) -> Option<Operation> {
    let envelope = xml::read(document).ok()?;
    operation_of(&envelope.get("Body")?.children.first()?.name)
}

/// The operation and the payload, decoded; or why the envelope is not one.
pub(crate) fn open(document: &str) -> Result<(Operation, String), String> {
    let envelope = xml::read(document)?;
    let first = |breaches: Vec<Breach>| breaches.into_iter().next();
    if let Some(breach) = first(Schema::CupEnvelope.breaches(document)) {
        return Err(format!("{} {}", breach.at, breach.why).trim().to_owned());
    }
    let body = envelope.get("Body").and_then(|body| body.children.first()).ok_or("Body vuoto")?;
    let operation =
        operation_of(&body.name).ok_or_else(|| format!("operazione sconosciuta: {}", body.name))?;
    let carried: String = body.text_at(&["richiesta"]).unwrap_or_default().split_whitespace().collect();
    let bytes = STANDARD.decode(carried).map_err(|e| format!("richiesta: {e}"))?;
    let payload = String::from_utf8(bytes).map_err(|_| "richiesta: il contenuto non è UTF-8".to_owned())?;
    Ok((operation, payload))
}

/// An answer with a payload that keeps its schema.
pub(crate) fn answer(operation: Operation, outcome: Outcome, payload: &Element) -> Reply {
    let document = payload.document();
    let mut reply = carry(operation, outcome, &document);
    reply.inside = Some((Schema::CupPayload, document));
    reply
}

/// An answer whose payload is plain text.
pub(crate) fn plain(operation: Operation, outcome: Outcome, text: &str) -> Reply {
    carry(operation, outcome, text)
}

fn carry(operation: Operation, outcome: Outcome, payload: &str) -> Reply {
    let mut reply = Reply::new(200, "text/xml; charset=utf-8", body(operation, outcome, payload));
    reply.schema = Some(Schema::CupEnvelope);
    reply.emptied = body(operation, Outcome::Done, "");
    reply
}

fn body(operation: Operation, outcome: Outcome, payload: &str) -> String {
    let (name, title) = answer_names(operation);
    let content = Element::new(&format!("cup:risposta_{PREFIX}{name}"))
        .with("xmlns:cup", TYPES)
        .child(Element::leaf("TitoloRisposta", title))
        .child(Element::leaf("EsitoElaborazione", outcome.word()))
        .child(Element::leaf("risposta", STANDARD.encode(payload)));
    soap::wrap(content)
}

/// A SOAP Fault that puts the blame on the sender.
pub(crate) fn fault(why: &str) -> Reply {
    soap::fault(Schema::CupEnvelope, why)
}
