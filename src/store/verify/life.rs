// SPDX-License-Identifier: EUPL-1.2
//! The life of one order as its records tell it, folded record by record into what its rows must hold.

use crate::domain::budget::EntryKind;
use crate::domain::money::Money;
use crate::domain::order_state::OrderState;

use super::trail::Told;

/// An entry of the journal: kind, cents, instant.
pub(super) type Entry = (EntryKind, i64, i64);

/// What the records of one order say.
#[derive(Debug, Default)]
pub(super) struct Life {
    /// The chain it is told in.
    pub(super) chain: String,
    /// Where it stands; `None` before its receipt.
    pub(super) state: Option<OrderState>,
    /// What it holds, or held while it was live.
    pub(super) reserved: Money,
    /// Digest of the document.
    pub(super) document: String,
    /// Digest of the latest findings.
    pub(super) findings: String,
    /// Seal of the row.
    pub(super) row: String,
    /// Seal of the declarations given later, if any were.
    pub(super) declarations: Option<String>,
    /// What was booked.
    pub(super) entries: Vec<Entry>,
    /// Why the records make no life of an order.
    pub(super) broken: Option<&'static str>,
}

impl Life {
    /// Goes on with the next record.
    pub(super) fn take(&mut self, told: &Told) {
        self.row = told.word("row").unwrap_or_default().into();
        match (told.word("document"), self.state) {
            (Some(document), None) => {
                self.document = document.into();
                self.chain.clone_from(&told.chain);
            }
            (Some(_), Some(_)) => self.broken = Some("it is received twice"),
            (None, None) => self.broken = Some("its first record is not that of its receipt"),
            (None, Some(_)) => {}
        }
        if told.chain != self.chain {
            self.broken = Some("it is told in two chains");
        }
        match told.action.strip_prefix("order.") {
            Some("declarations_added") => self.declarations = told.word("declarations").map(Into::into),
            Some("reassessed") => self.findings = told.word("findings").unwrap_or_default().into(),
            Some(name) => match OrderState::from_name(name) {
                Some(next) => self.step(next, told),
                None => self.broken = Some("a record is of an unknown kind"),
            },
            None => {}
        }
    }

    fn step(&mut self, next: OrderState, told: &Told) {
        if let Some(findings) = told.word("findings") {
            self.findings = findings.into();
        }
        if let Some(reserved) = told.word("reserved") {
            match reserved.parse() {
                Ok(reserved) => self.reserved = reserved,
                Err(_) => self.broken = Some("a record does not say what is reserved"),
            }
        }
        let booked = match (self.state, next) {
            (None, OrderState::Accepted) => Ok(Some(EntryKind::Reservation)),
            (None | Some(OrderState::Incomplete), OrderState::Incomplete) | (None, OrderState::Refused) => {
                Ok(None)
            }
            (None, _) => Err(()),
            (Some(state), next) => state.step(next).map_err(|_| ()),
        };
        match booked {
            Ok(Some(kind)) if !self.reserved.is_zero() => {
                self.entries.push((kind, self.reserved.cents(), told.at));
            }
            Ok(_) => {}
            Err(()) => self.broken = Some("a record tells of a step that does not exist"),
        }
        self.state = Some(next);
    }
}
