// SPDX-License-Identifier: EUPL-1.2
//! The messages of SdI: the outcome that comes in, metadata, refusal and lapse that go out.

use crate::schema::Schema;
use crate::xml::{self, Element};

const MESSAGES: &str = "http://www.fatturapa.gov.it/sdi/messaggi/v1.0";

/// An outcome of a buyer (EC).
pub(super) struct OutcomeMessage {
    pub(super) id: u64,
    /// Number and year of the one invoice it is about; none: all of the file.
    pub(super) invoice: Option<(String, String)>,
    /// `EC01` or `EC02`.
    pub(super) outcome: String,
}

impl OutcomeMessage {
    pub(super) fn read(document: &str) -> Result<Self, String> {
        if let Some(breach) = Schema::SdiMessage.breaches(document).first() {
            return Err(format!("{} {}", breach.at, breach.why).trim().to_owned());
        }
        let message = xml::read(document)?;
        if message.name != "NotificaEsitoCommittente" {
            return Err(format!("atteso NotificaEsitoCommittente, trovato {}", message.name));
        }
        let text = |path: &[&str]| message.text_at(path).unwrap_or_default().to_owned();
        let invoice = message.get("RiferimentoFattura").map(|_| {
            (text(&["RiferimentoFattura", "NumeroFattura"]), text(&["RiferimentoFattura", "AnnoFattura"]))
        });
        let id = text(&["IdentificativoSdI"]).parse().map_err(|_| "IdentificativoSdI".to_owned())?;
        Ok(Self { id, invoice, outcome: text(&["Esito"]) })
    }

    /// What it is about, for the ledger.
    pub(super) fn key(&self) -> String {
        match &self.invoice {
            Some((number, year)) => format!("{}/{number}/{year}", self.id),
            None => self.id.to_string(),
        }
    }
}

/// Why an outcome is not taken.
#[derive(Clone, Copy)]
pub(super) enum Scarto {
    NotConform,
    NotAdmissible,
}

/// A message SE.
pub(super) fn scarto(id: u64, scarto: Scarto, why: &str) -> String {
    let code = match scarto {
        Scarto::NotConform => "EN00",
        Scarto::NotAdmissible => "EN01",
    };
    message("ScartoEsitoCommittente", id)
        .child(Element::leaf("Scarto", code))
        .child(Element::leaf("MessageId", message_id(id)))
        .child(Element::leaf("Note", why.chars().take(500).collect::<String>()))
        .document()
}

/// A message MT.
pub(super) fn metadata(id: u64, name: &str, office: &str, format: &str, attempts: u32) -> String {
    message("MetadatiInvioFile", id)
        .child(Element::leaf("NomeFile", name))
        .child(Element::leaf("CodiceDestinatario", office))
        .child(Element::leaf("Formato", format))
        .child(Element::leaf("TentativiInvio", attempts.to_string()))
        .child(Element::leaf("MessageId", message_id(id)))
        .document()
}

/// A message DT.
pub(super) fn lapse(id: u64, name: &str) -> String {
    message("NotificaDecorrenzaTermini", id)
        .child(Element::leaf("NomeFile", name))
        .child(Element::leaf("Descrizione", "Decorsi quindici giorni senza esito del committente"))
        .child(Element::leaf("MessageId", message_id(id)))
        .document()
}

fn message(root: &str, id: u64) -> Element {
    Element::new(&format!("types:{root}"))
        .with("xmlns:types", MESSAGES)
        .with("versione", "1.0")
        .child(Element::leaf("IdentificativoSdI", id.to_string()))
}

fn message_id(id: u64) -> String {
    format!("M{id}")
}
