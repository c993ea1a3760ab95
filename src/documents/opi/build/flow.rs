// SPDX-License-Identifier: EUPL-1.2
//! Orders of payment.

use std::collections::BTreeSet;

use super::mandato::MandatoDraft;
use super::{Head, Told, filled, number, once, year};
use crate::documents::opi::shape::Slot;
use crate::documents::schema::Draft;
use crate::domain::payment::{Mandato, PaymentFlow};
use crate::domain::text::Text;

/// A flow in the making.
#[derive(Debug, Default)]
pub(in crate::documents::opi) struct FlowDraft {
    head: Head,
    id: String,
    exercise: Option<u16>,
    mandates: Vec<Mandato>,
    reversali: u32,
    left_out: u32,
    /// How many mandati began.
    begun: usize,
    /// Their numbers: each may stand once.
    numbers: BTreeSet<u64>,
    mandato: MandatoDraft,
}

impl FlowDraft {
    pub(in crate::documents::opi) fn finish(self) -> Option<PaymentFlow> {
        Some(PaymentFlow {
            head: self.head.finish()?,
            id: filled(self.id)?,
            exercise: self.exercise?,
            mandates: self.mandates,
            reversali: self.reversali,
            left_out: self.left_out,
        })
    }
}

impl Draft for FlowDraft {
    type Slot = Slot;

    fn enter(&mut self, slot: Slot) {
        match slot {
            Slot::Mandato => {
                self.begun = self.begun.saturating_add(1);
                self.mandato = MandatoDraft::new(format!("/flusso_ordinativi/mandato[{}]", self.begun));
            }
            Slot::Reversale => self.reversali = self.reversali.saturating_add(1),
            _ => self.mandato.enter(slot),
        }
    }

    fn leave(&mut self, slot: Slot) -> Told {
        if slot != Slot::Mandato {
            return self.mandato.leave(slot);
        }
        match std::mem::take(&mut self.mandato).finish() {
            Some(mandato) => self.mandates.push(mandato),
            None => self.left_out = self.left_out.saturating_add(1),
        }
        Ok(())
    }

    fn value(&mut self, slot: Slot, text: &str) -> Told {
        match slot {
            Slot::FlowId => text.clone_into(&mut self.id),
            Slot::Exercise => once(&mut self.exercise, year(text)?)?,
            Slot::CreatedAt | Slot::Office | Slot::TaxCode => return self.head.value(slot, text),
            Slot::MandatoNumber => {
                self.mandato.value(slot, text)?;
                if !self.numbers.insert(number(text)?) {
                    return Err(Text::new(
                        "numero di mandato ripetuto nel flusso",
                        "number of a mandato repeated in the flow",
                    ));
                }
            }
            _ => return self.mandato.value(slot, text),
        }
        Ok(())
    }

    fn passed_over(&mut self, name: &str) {
        self.mandato.passed_over(name);
    }
}
