// SPDX-License-Identifier: EUPL-1.2
//! The lists of SIOPE+ as they come.

use chrono::{DateTime, NaiveDateTime, Utc};
use serde::Deserialize;

use crate::domain::opi::OpiKind;
use crate::platforms::answer::Failure;
use crate::platforms::error::said;

use super::{ListPage, Listed};

/// Moments have no offset, and nothing says which is meant. They are taken as UTC: lists are asked for with a day to spare.
const MOMENT: &str = "%Y-%m-%dT%H:%M:%S%.3f";

/// The last parts of the address of a kind's list.
pub(super) const fn path(kind: OpiKind) -> &'static [&'static str] {
    match kind {
        OpiKind::Flow => &["flusso"],
        OpiKind::Ack => &["flusso", "ack"],
        OpiKind::Outcome => &["esitoapplicativo"],
        OpiKind::Journal => &["giornale"],
    }
}

/// The parameter that says since when a list is wanted.
pub(super) const fn since(kind: OpiKind) -> &'static str {
    match kind {
        OpiKind::Ack => "dataProduzioneDa",
        OpiKind::Flow | OpiKind::Outcome | OpiKind::Journal => "dataUploadDa",
    }
}

pub(super) fn moment(at: DateTime<Utc>) -> String {
    at.format(MOMENT).to_string()
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Lista {
    num_pagine: u32,
    pagina: u32,
    risultati: Vec<Item>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Item {
    prog_flusso: Option<u32>,
    prog_esito_applicativo: Option<u32>,
    prog_giornale: Option<u32>,
    data_produzione: Option<String>,
    data_upload: Option<String>,
}

/// A page, if it is the one asked for. What else a list says is not looked at: only a public client tells how it looks.
pub(super) fn page(list: Lista, kind: OpiKind, asked: u32) -> Result<ListPage, Failure> {
    if list.pagina != asked {
        return Err(Failure::garbled(format!("page {} in place of page {asked}", list.pagina)));
    }
    let items = list.risultati.into_iter().map(|item| item.listed(kind)).collect::<Result<_, _>>()?;
    Ok(ListPage { items, pages: list.num_pagine })
}

impl Item {
    fn listed(self, kind: OpiKind) -> Result<Listed, Failure> {
        let number = match kind {
            OpiKind::Flow | OpiKind::Ack => self.prog_flusso,
            OpiKind::Outcome => self.prog_esito_applicativo,
            OpiKind::Journal => self.prog_giornale,
        };
        let number = number.filter(|number| *number > 0);
        let number = number.ok_or_else(|| Failure::garbled("a line of a list without its number"))?;
        let moment = match kind {
            OpiKind::Ack => self.data_produzione.or(self.data_upload),
            OpiKind::Flow | OpiKind::Outcome | OpiKind::Journal => self.data_upload.or(self.data_produzione),
        };
        let moment = moment.unwrap_or_default();
        let local = NaiveDateTime::parse_from_str(&moment, MOMENT);
        let local = local.map_err(|_| Failure::garbled(format!("{} is no moment", said(&moment))))?;
        Ok(Listed { number, at: local.and_utc() })
    }
}
