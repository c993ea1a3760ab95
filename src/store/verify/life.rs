// SPDX-License-Identifier: EUPL-1.2
//! The life of one order as its records tell it, folded record by record into what its rows must hold.

use crate::domain::budget::EntryKind;
use crate::domain::money::Money;
use crate::domain::order_state::OrderState;
use crate::domain::spending::Spending;
use crate::store::journal::event_key;

use super::trail::Told;

/// An entry of the journal: kind, cents, instant.
pub(super) type Entry = (EntryKind, i64, i64);

/// An entry about an order, after the name of its event.
pub(super) type Named = (String, Entry);

/// What the records of one order say.
#[derive(Debug, Default)]
pub(super) struct Life {
    /// The chain it is told in.
    pub(super) chain: String,
    /// Where it stands; `None` before its receipt.
    pub(super) state: Option<OrderState>,
    /// How often it was stored: each record is of one time.
    pub(super) version: i64,
    /// What it holds, or held while it was live.
    pub(super) reserved: Money,
    /// What became of that.
    pub(super) spending: Spending,
    /// When it died, in microseconds; none if it never was live.
    pub(super) ended_at: Option<i64>,
    /// Digest of the document.
    pub(super) document: String,
    /// Digest of the latest findings.
    pub(super) findings: String,
    /// Seal of the row.
    pub(super) row: String,
    /// Seal of the declarations given later, if any were.
    pub(super) declarations: Option<String>,
    /// What was booked.
    pub(super) entries: Vec<Named>,
    /// Why the records make no life of an order.
    pub(super) broken: Option<&'static str>,
}

impl Life {
    /// Goes on with the next record.
    pub(super) fn take(&mut self, told: &Told) {
        self.row = told.word("row").unwrap_or_default().into();
        self.version += 1;
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
            Some("spending_booked") => self.book(told),
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
            Ok(Some(kind)) => self.enter(kind, self.reserved, told),
            Ok(None) => {}
            Err(()) => self.broken = Some("a record tells of a step that does not exist"),
        }
        if self.state.is_some_and(OrderState::is_live) && !next.is_live() {
            self.ended_at = Some(told.at);
            self.spend(Spending::default(), told);
        }
        self.state = Some(next);
    }

    fn book(&mut self, told: &Told) {
        let said = |name| told.word(name).and_then(|amount| amount.parse().ok());
        let (Some(invoiced), Some(paid)) = (said("invoiced"), said("paid")) else {
            self.broken = Some("a record does not say what is invoiced and paid");
            return;
        };
        self.spend(Spending { invoiced, paid }, told);
    }

    fn spend(&mut self, next: Spending, told: &Told) {
        for (kind, amount) in self.spending.moves(next) {
            self.enter(kind, amount, told);
        }
        self.spending = next;
    }

    /// What comes to nothing is not booked.
    fn enter(&mut self, kind: EntryKind, amount: Money, told: &Told) {
        if !amount.is_zero() {
            let event = event_key(kind, &told.subject, self.version);
            self.entries.push((event, (kind, amount.cents(), told.at)));
        }
    }
}
