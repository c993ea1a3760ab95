// SPDX-License-Identifier: EUPL-1.2
//! Shapes on the wire, with the names of `schemas/lavoro_pubblico/`.

use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};

use crate::domain::codice_fiscale::CodiceFiscale;
use crate::domain::cup::Cup;
use crate::domain::istat::IstatCode;
use crate::domain::money::Money;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Elenco {
    pub(super) elenco: String,
    pub(super) aggiornato_al: DateTime<Utc>,
    pub(super) items: Vec<Voce>,
    pub(super) next_cursor: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Voce {
    pub(super) codice_istat: IstatCode,
    pub(super) codice_fiscale: CodiceFiscale,
    pub(super) denominazione: String,
    pub(super) importo: Money,
}

#[derive(Debug, Serialize)]
pub(super) struct Comunicazione<'a> {
    pub(super) codice_fiscale: &'a str,
    pub(super) codice_istat: &'a str,
    pub(super) cup: &'a str,
    pub(super) template: &'a str,
    pub(super) data_generazione: NaiveDate,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ricevuta {
    pub(super) protocollo: String,
    pub(super) data_ora: DateTime<Utc>,
    pub(super) impronta: String,
    pub(super) codice_fiscale: CodiceFiscale,
    pub(super) codice_istat: IstatCode,
    pub(super) cup: Cup,
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
    pub(super) ricevuta: String,
}
