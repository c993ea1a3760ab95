// SPDX-License-Identifier: EUPL-1.2
//! Shapes on the wire, with the names of `schemas/acquistinretepa/`.

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::oda::OdaState;

/// Number of an ODA: 1 to 12 digits, never calculated with.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct Numero(String);

impl TryFrom<String> for Numero {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        if (1..=12).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit()) {
            Ok(Self(text))
        } else {
            Err(format!("number of an ODA {text:?}: 1 to 12 digits expected"))
        }
    }
}

impl From<Numero> for String {
    fn from(number: Numero) -> Self {
        number.0
    }
}

impl PartialEq<str> for Numero {
    fn eq(&self, other: &str) -> bool {
        self.0 == other
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct BozzaCreata {
    pub(super) numero_oda: Numero,
    pub(super) stato: OdaState,
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
    pub(super) numero_oda: Numero,
    pub(super) stato: OdaState,
    pub(super) riferimento_esterno: Option<Uuid>,
    pub(super) aggiornato_al: DateTime<Utc>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ordine {
    pub(super) numero_oda: Numero,
    pub(super) stato: OdaState,
    pub(super) riferimento_esterno: Option<Uuid>,
    pub(super) storia: Vec<Passo>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Passo {
    pub(super) stato: OdaState,
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
    pub(super) numero_oda: Numero,
    pub(super) stato: OdaState,
    pub(super) riferimento_esterno: Option<Uuid>,
}

#[derive(Debug, Serialize)]
pub(super) struct Annullamento<'a> {
    pub(super) motivo: &'a str,
}
