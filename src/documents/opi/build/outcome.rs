// SPDX-License-Identifier: EUPL-1.2
//! What the bank did with orders.

use chrono::{DateTime, Utc};

use super::{Head, Told, filled, moment, money, number, once, word, year};
use crate::documents::opi::shape::Slot;
use crate::documents::schema::Draft;
use crate::domain::money::Money;
use crate::domain::payment::{OutcomeError, OutcomeKind, OutcomeMessage, PaymentOutcome};

/// A message in the making.
#[derive(Debug, Default)]
pub(in crate::documents::opi) struct OutcomeDraft {
    head: Head,
    bank_flow_id: String,
    outcomes: Vec<PaymentOutcome>,
    reversali: u32,
    left_out: u32,
    outcome: Making,
}

/// One outcome in the making.
#[derive(Debug, Default)]
struct Making {
    flow_id: String,
    exercise: Option<u16>,
    number: Option<u64>,
    progressive: Option<u64>,
    amount: Option<Money>,
    kind: Option<OutcomeKind>,
    at: Option<DateTime<Utc>>,
    errors: Vec<OutcomeError>,
    /// Something that matters could not be understood.
    is_broken: bool,
}

/// Elements without which an outcome is about something else, or more than it should be.
const ESSENTIAL: [&str; 2] = ["progressivo_beneficiario", "importo"];

impl OutcomeDraft {
    pub(in crate::documents::opi) fn finish(self) -> Option<OutcomeMessage> {
        Some(OutcomeMessage {
            head: self.head.finish()?,
            bank_flow_id: filled(self.bank_flow_id)?,
            outcomes: self.outcomes,
            reversali: self.reversali,
            left_out: self.left_out,
        })
    }
}

impl Making {
    fn finish(self) -> Option<PaymentOutcome> {
        Some(PaymentOutcome {
            flow_id: filled(self.flow_id)?,
            exercise: self.exercise?,
            number: self.number?,
            progressive: self.progressive,
            amount: self.amount,
            kind: self.kind?,
            at: self.at?,
            errors: self.errors,
        })
        .filter(|_| !self.is_broken)
    }

    fn value(&mut self, slot: Slot, text: &str) -> Told {
        match slot {
            Slot::OutcomeFlowId => text.clone_into(&mut self.flow_id),
            Slot::OutcomeExercise => once(&mut self.exercise, year(text)?)?,
            Slot::OutcomeNumber => once(&mut self.number, number(text)?)?,
            Slot::OutcomeProgressive => once(&mut self.progressive, number(text)?)?,
            Slot::OutcomeAmount => once(&mut self.amount, money(text)?)?,
            Slot::OutcomeKind => once(&mut self.kind, word(OutcomeKind::from_word(text))?)?,
            Slot::OutcomeAt => self.at = moment(text),
            _ => self.error(slot, text),
        }
        Ok(())
    }

    fn error(&mut self, slot: Slot, text: &str) {
        let Some(error) = self.errors.last_mut() else { return };
        match slot {
            Slot::ErrorProgressive => error.progressive = number(text).ok(),
            Slot::RemarkCode => error.code = filled(text.to_owned()),
            Slot::RemarkText => text.clone_into(&mut error.text),
            Slot::RemarkElement => error.element = filled(text.to_owned()),
            _ => {}
        }
    }
}

impl Draft for OutcomeDraft {
    type Slot = Slot;

    fn enter(&mut self, slot: Slot) {
        match slot {
            Slot::Outcome => self.outcome = Making::default(),
            Slot::OutcomeError => self.outcome.errors.push(OutcomeError {
                progressive: None,
                code: None,
                text: String::new(),
                element: None,
            }),
            Slot::Reversale => self.reversali = self.reversali.saturating_add(1),
            _ => {}
        }
    }

    fn leave(&mut self, slot: Slot) -> Told {
        if slot == Slot::Outcome {
            match std::mem::take(&mut self.outcome).finish() {
                Some(outcome) => self.outcomes.push(outcome),
                None => self.left_out = self.left_out.saturating_add(1),
            }
        }
        Ok(())
    }

    fn value(&mut self, slot: Slot, text: &str) -> Told {
        match slot {
            Slot::BankFlowId => text.clone_into(&mut self.bank_flow_id),
            Slot::CreatedAt | Slot::Office | Slot::TaxCode => return self.head.value(slot, text),
            _ => {
                let done = self.outcome.value(slot, text);
                self.outcome.is_broken |= done.is_err();
                return done;
            }
        }
        Ok(())
    }

    fn passed_over(&mut self, name: &str) {
        self.outcome.is_broken |= ESSENTIAL.contains(&name);
    }
}
