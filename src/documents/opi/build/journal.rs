// SPDX-License-Identifier: EUPL-1.2
//! The bank's journal of a day.

use chrono::NaiveDate;

use super::{Head, Told, filled, money, number, once, word, year};
use crate::documents::dates;
use crate::documents::opi::shape::Slot;
use crate::documents::schema::Draft;
use crate::domain::money::Money;
use crate::domain::payment::{JournalDirection, JournalDocument, JournalOperation, JournalPage, Movement};

/// A page in the making.
#[derive(Debug, Default)]
pub(in crate::documents::opi) struct JournalDraft {
    head: Head,
    bank_flow_id: String,
    page: Option<u64>,
    pages: Option<u64>,
    exercise: Option<u16>,
    date: Option<NaiveDate>,
    movements: Vec<Movement>,
    left_out: u32,
    movement: Making,
}

/// One movement in the making.
#[derive(Debug, Default)]
struct Making {
    flow_id: String,
    direction: Option<JournalDirection>,
    document: Option<JournalDocument>,
    operation: Option<JournalOperation>,
    number: Option<u64>,
    progressive: Option<u64>,
    amount: Option<Money>,
    withheld: Option<Money>,
    end_to_end: String,
    date: Option<NaiveDate>,
    /// Something that matters could not be understood.
    is_broken: bool,
}

impl JournalDraft {
    pub(in crate::documents::opi) fn finish(self) -> Option<JournalPage> {
        Some(JournalPage {
            head: self.head.finish()?,
            bank_flow_id: filled(self.bank_flow_id)?,
            page: u32::try_from(self.page?).ok()?,
            pages: u32::try_from(self.pages?).ok()?,
            exercise: self.exercise?,
            date: self.date?,
            movements: self.movements,
            left_out: self.left_out,
        })
    }
}

impl Making {
    fn finish(self) -> Option<Movement> {
        Some(Movement {
            flow_id: self.flow_id,
            direction: self.direction?,
            document: self.document?,
            operation: self.operation?,
            number: self.number?,
            progressive: self.progressive?,
            amount: self.amount?,
            withheld: self.withheld.unwrap_or_default(),
            end_to_end: filled(self.end_to_end),
            date: self.date?,
        })
        .filter(|_| !self.is_broken)
    }

    fn value(&mut self, slot: Slot, text: &str) -> Told {
        match slot {
            Slot::MovementFlowId => text.clone_into(&mut self.flow_id),
            Slot::Direction => once(&mut self.direction, word(JournalDirection::from_word(text))?)?,
            Slot::Document => once(&mut self.document, word(JournalDocument::from_word(text))?)?,
            Slot::Operation => once(&mut self.operation, word(JournalOperation::from_word(text))?)?,
            Slot::MovementNumber => once(&mut self.number, number(text)?)?,
            Slot::MovementProgressive => once(&mut self.progressive, number(text)?)?,
            Slot::MovementAmount => once(&mut self.amount, money(text)?)?,
            Slot::MovementWithheld => once(&mut self.withheld, money(text)?)?,
            Slot::MovementEndToEnd => text.clone_into(&mut self.end_to_end),
            Slot::MovementDate => self.date = dates::date(text),
            _ => {}
        }
        Ok(())
    }
}

impl Draft for JournalDraft {
    type Slot = Slot;

    fn enter(&mut self, slot: Slot) {
        if slot == Slot::Movement {
            self.movement = Making::default();
        }
    }

    fn leave(&mut self, slot: Slot) -> Told {
        if slot == Slot::Movement {
            match std::mem::take(&mut self.movement).finish() {
                Some(movement) => self.movements.push(movement),
                None => self.left_out = self.left_out.saturating_add(1),
            }
        }
        Ok(())
    }

    fn value(&mut self, slot: Slot, text: &str) -> Told {
        match slot {
            Slot::BankFlowId => text.clone_into(&mut self.bank_flow_id),
            Slot::Page => once(&mut self.page, number(text)?)?,
            Slot::Pages => once(&mut self.pages, number(text)?)?,
            Slot::Exercise => once(&mut self.exercise, year(text)?)?,
            Slot::JournalDate => self.date = dates::date(text),
            Slot::CreatedAt | Slot::Office | Slot::TaxCode => return self.head.value(slot, text),
            _ => {
                let done = self.movement.value(slot, text);
                self.movement.is_broken |= done.is_err();
                return done;
            }
        }
        Ok(())
    }

    fn passed_over(&mut self, name: &str) {
        self.movement.is_broken |= name == "importo_ritenute";
    }
}
