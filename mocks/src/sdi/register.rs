// SPDX-License-Identifier: EUPL-1.2
//! The files SdI has, and what became of each.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};
use serde_json::{Value, json};

use super::message::{self, OutcomeMessage};
use crate::clock::rfc3339;
use crate::schema::Schema;

/// First `IdentificativoSdI` given out.
const FIRST: u64 = 100_000_001;

/// A file of invoices that a supplier sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InvoiceFile {
    /// Its name, such as `IT76543211007_00001.xml`: 9 to 50 letters, digits, `_`, `.`.
    pub name: String,
    /// Its bytes, as they are: XML or p7m.
    pub content: Vec<u8>,
    /// Code of the office it is addressed to (`CodiceDestinatario`), six letters and digits.
    pub office: String,
    /// Its format, such as `FPA12`.
    pub format: String,
}

/// A file on its way.
#[derive(Clone)]
pub(super) struct Delivery {
    pub(super) id: u64,
    pub(super) file: InvoiceFile,
    pub(super) attempts: u32,
    taken_at: Option<DateTime<Utc>>,
    lapsed: bool,
    /// Outcome per invoice (number, year); with none: of the whole file.
    outcomes: BTreeMap<Option<(String, String)>, String>,
}

impl Delivery {
    pub(super) fn metadata(&self) -> String {
        let InvoiceFile { name, office, format, .. } = &self.file;
        message::metadata(self.id, name, office, format, self.attempts)
    }

    pub(super) fn lapse_message(&self) -> String {
        message::lapse(self.id, &self.file.name)
    }
}

/// Why an outcome is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum NotTaken {
    Unknown,
    TermOver,
    AnsweredAlready,
}

/// All files.
#[derive(Default)]
pub(super) struct Register(BTreeMap<u64, Delivery>);

impl Register {
    /// Takes a file in, if what will be said of it keeps its schema.
    pub(super) fn take_in(&mut self, file: InvoiceFile) -> Result<u64, String> {
        if file.content.is_empty() {
            return Err("the file is empty".to_owned());
        }
        let allowed = |c: char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
        if !(9..=50).contains(&file.name.len()) || !file.name.chars().all(allowed) {
            return Err(format!("{}: 9 to 50 letters, digits, '_', '.' expected", file.name));
        }
        let id = self.0.keys().next_back().map_or(FIRST, |last| last + 1);
        let delivery =
            Delivery { id, file, attempts: 0, taken_at: None, lapsed: false, outcomes: BTreeMap::new() };
        if let Some(breach) = Schema::SdiMessage.breaches(&delivery.metadata()).first() {
            return Err(format!("{} {}", breach.at, breach.why));
        }
        self.0.insert(id, delivery);
        Ok(id)
    }

    /// The file for one more attempt to deliver it.
    pub(super) fn delivery(&mut self, id: u64) -> Option<Delivery> {
        let delivery = self.0.get_mut(&id)?;
        delivery.attempts += 1;
        Some(delivery.clone())
    }

    /// The receiver took it in charge. False when it had done so before.
    pub(super) fn delivered(&mut self, id: u64, at: DateTime<Utc>) -> bool {
        let Some(delivery) = self.0.get_mut(&id) else { return false };
        let first = delivery.taken_at.is_none();
        delivery.taken_at.get_or_insert(at);
        first
    }

    /// Its term is over.
    pub(super) fn lapse(&mut self, id: u64) -> Option<Delivery> {
        let delivery = self.0.get_mut(&id)?;
        delivery.lapsed = true;
        Some(delivery.clone())
    }

    /// Takes an outcome: once, in time, of a file that was delivered.
    pub(super) fn answer(
        &mut self,
        message: &OutcomeMessage,
        at: DateTime<Utc>,
        term: TimeDelta,
    ) -> Result<(), NotTaken> {
        let delivery = self.0.get_mut(&message.id).ok_or(NotTaken::Unknown)?;
        let taken_at = delivery.taken_at.ok_or(NotTaken::Unknown)?;
        if delivery.lapsed || at >= taken_at + term {
            return Err(NotTaken::TermOver);
        }
        let outcomes = &delivery.outcomes;
        let answered = outcomes.contains_key(&None)
            || (message.invoice.is_none() && !outcomes.is_empty())
            || outcomes.contains_key(&message.invoice);
        if answered {
            return Err(NotTaken::AnsweredAlready);
        }
        delivery.outcomes.insert(message.invoice.clone(), message.outcome.clone());
        Ok(())
    }

    /// For the admin address.
    pub(super) fn shown(&self) -> Value {
        let one = |delivery: &Delivery| {
            let outcomes: Vec<_> = delivery
                .outcomes
                .iter()
                .map(|(invoice, outcome)| json!({ "invoice": invoice, "outcome": outcome }))
                .collect();
            json!({
                "identificativo_sdi": delivery.id, "name": delivery.file.name, "office": delivery.file.office,
                "attempts": delivery.attempts, "delivered_at": delivery.taken_at.map(rfc3339),
                "lapsed": delivery.lapsed, "outcomes": outcomes,
            })
        };
        json!({ "deliveries": self.0.values().map(one).collect::<Vec<_>>() })
    }
}
