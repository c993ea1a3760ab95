// SPDX-License-Identifier: EUPL-1.2
//! The outcome as SdI wants it, and what its answer means.

use crate::domain::sdi::SdiId;
use crate::platforms::answer::{Answer, Failure};
use crate::platforms::error::{Kind, said};
use crate::platforms::soap;
use crate::platforms::xml::{self, Element};

use super::OutcomeNotice;

/// Namespace of the body elements; what is in them has none.
pub(super) const TYPES: &str = "http://www.fatturapa.gov.it/sdi/ws/ricezione/v1.0/types";
/// Namespace of the roots of messages.
pub(super) const MESSAGES: &str = "http://www.fatturapa.gov.it/sdi/messaggi/v1.0";
pub(super) const NOTIFY_ACTION: &str = "\"http://www.fatturapa.it/SdIRicezioneNotifiche/NotificaEsito\"";

/// The request that carries an outcome.
pub(super) fn outcome(notice: &OutcomeNotice) -> String {
    let mut message = Element::new("types:NotificaEsitoCommittente")
        .with_attribute("xmlns:types", MESSAGES)
        .with_attribute("versione", "1.0")
        .with_value("IdentificativoSdI", notice.sdi_id.to_string());
    if let Some(invoice) = &notice.invoice {
        let reference = Element::new("RiferimentoFattura")
            .with_value("NumeroFattura", invoice.number())
            .with_value("AnnoFattura", invoice.year().to_string());
        message = message.with_child(reference);
    }
    message = message.with_value("Esito", notice.outcome.code());
    if let Some(description) = notice.outcome.description() {
        message = message.with_value("Descrizione", description);
    }
    let stem = notice.file_name.split('.').next().unwrap_or_default();
    let name = format!("{stem}_EC_{:03}.xml", notice.progressive);
    let body = Element::new("fileSdI")
        .with_value("IdentificativoSdI", notice.sdi_id.to_string())
        .with_value("NomeFile", name)
        .with_value("File", soap::to_base64(&message.document()));
    soap::wrap(TYPES, body)
}

/// Whether SdI took the outcome.
pub(super) fn taken(answer: &Answer, sdi_id: SdiId) -> Result<(), Failure> {
    if !matches!(answer.status, 200 | 500) {
        return Err(answer.trouble());
    }
    let body = match soap::open(&answer.body) {
        Ok(soap::Body::Answer(body)) if answer.status == 200 => body,
        Ok(soap::Body::Fault(fault)) if fault.blames_us() => {
            let kind = Kind::Refused { code: said(&fault.code), text: said(&fault.text) };
            return Err(Failure::last_word(kind));
        }
        Ok(soap::Body::Fault(fault)) => {
            return Err(Failure::unknown(Kind::Unavailable { status: 500, text: said(&fault.text) }));
        }
        Err(error) if answer.status == 200 => return Err(error.into()),
        Ok(soap::Body::Answer(_)) | Err(_) => return Err(answer.trouble()),
    };
    if body.name != "rispostaSdINotificaEsito" || body.namespace.as_deref() != Some(TYPES) {
        return Err(Failure::garbled(format!("{} in place of rispostaSdINotificaEsito", body.name)));
    }
    match body.only("Esito")?.text() {
        "ES01" => Ok(()),
        "ES00" => Err(refusal(&body, sdi_id)?),
        "ES02" => {
            let text = "ES02: servizio non disponibile".to_owned();
            Err(Failure::not_done(Kind::Unavailable { status: answer.status, text }))
        }
        other => Err(Failure::garbled(format!("Esito {other}"))),
    }
}

/// Why it was not taken, by the message SE in the answer.
fn refusal(body: &Element, sdi_id: SdiId) -> Result<Failure, Failure> {
    let refused = |code: &str, text: String| Failure::last_word(Kind::Refused { code: code.into(), text });
    let Some(file) = body.optional("ScartoEsito")? else {
        return Ok(refused("ES00", "notifica non accettata, senza motivo".into()));
    };
    let message = xml::parse(&soap::from_base64(file.only("File")?.text())?)?;
    if message.name != "ScartoEsitoCommittente" || message.namespace.as_deref() != Some(MESSAGES) {
        return Err(Failure::garbled(format!("{} in place of ScartoEsitoCommittente", message.name)));
    }
    if message.only("IdentificativoSdI")?.text().parse() != Ok(sdi_id) {
        return Err(Failure::garbled("ScartoEsitoCommittente about another file"));
    }
    let note = message.optional("Note")?.map(|note| said(note.text())).filter(|note| !note.is_empty());
    let (code, meaning) = match message.only("Scarto")?.text() {
        "EN00" => ("EN00", "notifica non conforme"),
        "EN01" => ("EN01", "notifica non ammissibile: termine decorso, o esito già notificato"),
        other => return Err(Failure::garbled(format!("Scarto {other}"))),
    };
    Ok(refused(code, note.map_or_else(|| meaning.to_owned(), |note| format!("{meaning} ({note})"))))
}
