// SPDX-License-Identifier: EUPL-1.2
//! Shapes on the wire, with the names of `schemas/acquistinretepa/`.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::oda::{OdaNumber, OdaState};

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(super) enum Stato {
    #[serde(rename = "BOZZA")]
    Bozza,
    #[serde(rename = "INVIATO")]
    Inviato,
    #[serde(rename = "ACCETTATO")]
    Accettato,
    #[serde(rename = "RIFIUTATO")]
    Rifiutato,
    #[serde(rename = "PROPOSTA_REVOCA")]
    PropostaRevoca,
    #[serde(rename = "REVOCATO")]
    Revocato,
    #[serde(rename = "ANNULLATO")]
    Annullato,
}

impl From<Stato> for OdaState {
    fn from(stato: Stato) -> Self {
        match stato {
            Stato::Bozza => Self::Draft,
            Stato::Inviato => Self::Sent,
            Stato::Accettato => Self::Accepted,
            Stato::Rifiutato => Self::Refused,
            Stato::PropostaRevoca => Self::RevocationProposed,
            Stato::Revocato => Self::Revoked,
            Stato::Annullato => Self::Cancelled,
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BozzaCreata {
    pub(super) numero_oda: OdaNumber,
    pub(super) stato: Stato,
    pub(super) riferimento_esterno: Uuid,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ordini {
    pub(super) items: Vec<Voce>,
    pub(super) next_cursor: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Voce {
    pub(super) numero_oda: OdaNumber,
    pub(super) stato: Stato,
    pub(super) riferimento_esterno: Option<Uuid>,
    #[serde(rename = "aggiornato_al")]
    _aggiornato_al: DateTime<Utc>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ordine {
    pub(super) numero_oda: OdaNumber,
    pub(super) stato: Stato,
    pub(super) riferimento_esterno: Option<Uuid>,
    pub(super) storia: Vec<Passo>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Passo {
    pub(super) stato: Stato,
    pub(super) data_ora: DateTime<Utc>,
    #[serde(rename = "motivo", default)]
    _motivo: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Conflitto {
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(rename = "title")]
    _title: String,
    pub(super) status: u16,
    pub(super) detail: String,
    pub(super) numero_oda: OdaNumber,
    pub(super) stato: Stato,
    pub(super) riferimento_esterno: Option<Uuid>,
}

#[derive(Debug, Serialize)]
pub(super) struct Annullamento<'a> {
    pub(super) motivo: &'a str,
}
