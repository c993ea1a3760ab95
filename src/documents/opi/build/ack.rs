// SPDX-License-Identifier: EUPL-1.2
//! What SIOPE+ found of a flow.

use super::{Head, Told, filled, once, word, year};
use crate::documents::opi::shape::Slot;
use crate::documents::schema::Draft;
use crate::domain::payment::{AckMessage, AckState, Remark};

/// An ack in the making.
#[derive(Debug, Default)]
pub(in crate::documents::opi) struct AckDraft {
    head: Head,
    flow_id: String,
    exercise: Option<u16>,
    state: Option<AckState>,
    errors: Vec<Remark>,
    warnings: Vec<Remark>,
    is_warning: bool,
}

impl AckDraft {
    pub(in crate::documents::opi) fn finish(self) -> Option<AckMessage> {
        Some(AckMessage {
            head: self.head.finish()?,
            flow_id: filled(self.flow_id),
            exercise: self.exercise,
            state: self.state?,
            errors: self.errors,
            warnings: self.warnings,
        })
    }
}

impl Draft for AckDraft {
    type Slot = Slot;

    fn enter(&mut self, slot: Slot) {
        match slot {
            Slot::AckError => self.errors.push(Remark::default()),
            Slot::AckWarning => self.warnings.push(Remark::default()),
            _ => return,
        }
        self.is_warning = slot == Slot::AckWarning;
    }

    fn leave(&mut self, _slot: Slot) -> Told {
        Ok(())
    }

    fn value(&mut self, slot: Slot, text: &str) -> Told {
        match slot {
            Slot::FlowId => text.clone_into(&mut self.flow_id),
            Slot::Exercise => self.exercise = Some(year(text)?),
            Slot::AckState => once(&mut self.state, word(AckState::from_word(text))?)?,
            Slot::RemarkCode | Slot::RemarkText | Slot::RemarkElement => {
                let remarks = if self.is_warning { &mut self.warnings } else { &mut self.errors };
                let Some(remark) = remarks.last_mut() else { return Ok(()) };
                match slot {
                    Slot::RemarkCode => text.clone_into(&mut remark.code),
                    Slot::RemarkText => text.clone_into(&mut remark.text),
                    _ => remark.element = filled(text.to_owned()),
                }
            }
            _ => return self.head.value(slot, text),
        }
        Ok(())
    }
}
