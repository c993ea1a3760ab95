// SPDX-License-Identifier: EUPL-1.2
//! The book of ODA: numbers in sequence, story of each, and the order in which they changed.

use std::collections::HashMap;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};

use super::NotPossible;
use super::states::{Azione, Stato};
use crate::clock::rfc3339;

const FIRST_NUMBER: usize = 8_100_001;
const PAGE: usize = 100;
/// Longest story; the schema allows no more.
const MAX_STORY: usize = 100;

/// An ODA.
pub(crate) struct Oda {
    pub(crate) numero: String,
    pub(crate) reference: Option<String>,
    pub(crate) document: String,
    story: Vec<Event>,
    /// Turn of its last change, counted over all ODA.
    turn: u64,
}

#[derive(Serialize)]
struct Event {
    stato: Stato,
    data_ora: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    motivo: Option<String>,
    #[serde(skip)]
    at: DateTime<Utc>,
}

/// All ODA, in the order of their numbers.
#[derive(Default)]
pub(crate) struct Book {
    all: Vec<Oda>,
    by_reference: HashMap<String, usize>,
    turns: u64,
}

impl Oda {
    pub(crate) fn stato(&self) -> Stato {
        self.story.last().map_or(Stato::Bozza, |event| event.stato)
    }

    fn changed_at(&self) -> DateTime<Utc> {
        self.story.last().map_or(DateTime::UNIX_EPOCH, |event| event.at)
    }

    /// As in a list.
    pub(crate) fn summary(&self) -> Value {
        json!({
            "numero_oda": self.numero,
            "stato": self.stato(),
            "riferimento_esterno": self.reference,
            "aggiornato_al": rfc3339(self.changed_at()),
        })
    }

    /// As read alone.
    pub(crate) fn story(&self) -> Value {
        json!({
            "numero_oda": self.numero,
            "stato": self.stato(),
            "riferimento_esterno": self.reference,
            "storia": self.story,
        })
    }
}

impl Book {
    pub(crate) fn get(&self, numero: &str) -> Option<&Oda> {
        self.all.get(position(numero)?)
    }

    pub(crate) fn by_reference(&self, reference: &str) -> Option<&Oda> {
        self.all.get(*self.by_reference.get(reference)?)
    }

    /// Adds a draft.
    pub(crate) fn add(&mut self, reference: Option<String>, document: &str, now: DateTime<Utc>) -> &Oda {
        self.turns += 1;
        if let Some(reference) = &reference {
            self.by_reference.insert(reference.clone(), self.all.len());
        }
        let numero = (FIRST_NUMBER + self.all.len()).to_string();
        let story = vec![Event { stato: Stato::Bozza, data_ora: rfc3339(now), motivo: None, at: now }];
        self.all.push(Oda { numero, reference, document: document.to_owned(), story, turn: self.turns });
        &self.all[self.all.len() - 1]
    }

    /// Takes a step.
    pub(crate) fn step(
        &mut self,
        numero: &str,
        azione: Azione,
        motivo: Option<&str>,
        now: DateTime<Utc>,
    ) -> Result<Stato, NotPossible> {
        let oda = position(numero).and_then(|at| self.all.get_mut(at)).ok_or(NotPossible::NoSuchOda)?;
        let here = oda.stato();
        let next = here.after(azione).filter(|_| oda.story.len() < MAX_STORY);
        let stato = next.ok_or(NotPossible::FromState(here))?;
        let motivo = motivo.map(|m| m.chars().take(500).collect::<String>()).filter(|m| !m.is_empty());
        oda.story.push(Event { stato, data_ora: rfc3339(now), motivo, at: now });
        self.turns += 1;
        oda.turn = self.turns;
        Ok(stato)
    }

    /// A page of those changed at or after `since`, oldest change first, and the cursor of the next page.
    pub(crate) fn changed(&self, since: DateTime<Utc>, after: u64) -> (Vec<&Oda>, Option<u64>) {
        let mut changed: Vec<_> =
            self.all.iter().filter(|oda| oda.turn > after && oda.changed_at() >= since).collect();
        changed.sort_by_key(|oda| oda.turn);
        let more = changed.len() > PAGE;
        changed.truncate(PAGE);
        let next = changed.last().map(|oda| oda.turn).filter(|_| more);
        (changed, next)
    }
}

/// Where the ODA of that number is, if there is one: numbers are given in sequence.
fn position(numero: &str) -> Option<usize> {
    let digits = numero.bytes().all(|byte| byte.is_ascii_digit()) && !numero.starts_with('0');
    numero.parse::<usize>().ok().filter(|_| digits)?.checked_sub(FIRST_NUMBER)
}
