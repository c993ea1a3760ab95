// SPDX-License-Identifier: EUPL-1.2
//! The life of an order: which state may follow which, and what each step does to the money.

use super::budget::EntryKind;
use super::finding::Verdict;

/// Where an order stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OrderState {
    /// Judged good; money reserved; not yet on the platform.
    Accepted,
    /// Judged curable; nothing reserved.
    Incomplete,
    /// Judged bad. A dead end.
    Refused,
    /// On the platform as a draft ODA.
    Submitted,
    /// Signed and sent by the Punto Ordinante: the contract is perfected.
    Sent,
    /// Accepted by the supplier, expressly or by lapse of the term.
    SupplierAccepted,
    /// Refused by the supplier. A dead end.
    SupplierRefused,
    /// One side proposed the revocation; both must agree.
    RevocationProposed,
    /// Revoked by agreement. A dead end.
    Revoked,
    /// Withdrawn by the Comune before it was sent. A dead end.
    Cancelled,
    /// Taken in from the portal, then found not to belong here. A dead end.
    Unlinked,
}

impl OrderState {
    /// Every state, in the order of life.
    pub const ALL: [Self; 11] = [
        Self::Accepted,
        Self::Incomplete,
        Self::Refused,
        Self::Submitted,
        Self::Sent,
        Self::SupplierAccepted,
        Self::SupplierRefused,
        Self::RevocationProposed,
        Self::Revoked,
        Self::Cancelled,
        Self::Unlinked,
    ];

    /// The state a verdict puts an order in.
    pub const fn from_verdict(verdict: Verdict) -> Self {
        match verdict {
            Verdict::Accepted => Self::Accepted,
            Verdict::Incomplete => Self::Incomplete,
            Verdict::Refused => Self::Refused,
        }
    }

    /// The name stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Incomplete => "incomplete",
            Self::Refused => "refused",
            Self::Submitted => "submitted",
            Self::Sent => "sent",
            Self::SupplierAccepted => "supplier_accepted",
            Self::SupplierRefused => "supplier_refused",
            Self::RevocationProposed => "revocation_proposed",
            Self::Revoked => "revoked",
            Self::Cancelled => "cancelled",
            Self::Unlinked => "unlinked",
        }
    }

    /// The state of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }

    /// True while the order holds money of the grant.
    pub const fn is_live(self) -> bool {
        match self {
            Self::Accepted
            | Self::Submitted
            | Self::Sent
            | Self::SupplierAccepted
            | Self::RevocationProposed => true,
            Self::Incomplete
            | Self::Refused
            | Self::SupplierRefused
            | Self::Revoked
            | Self::Cancelled
            | Self::Unlinked => false,
        }
    }

    /// True from when it was sent for as long as it is live: the contract binds, and documents may move its money.
    pub const fn is_sent(self) -> bool {
        matches!(self, Self::Sent | Self::SupplierAccepted | Self::RevocationProposed)
    }

    /// What the step from here to `next` books in the journal; `Err` when no such step exists.
    ///
    /// # Errors
    /// [`NoSuchStep`] when `next` cannot follow this state.
    pub const fn step(self, next: Self) -> Result<Option<EntryKind>, NoSuchStep> {
        match (self, next) {
            // An order that the portal already holds, declarations missing or not, binds the Comune: its money is held.
            (Self::Incomplete, Self::Accepted | Self::Submitted) => Ok(Some(EntryKind::Reservation)),
            (Self::Submitted, Self::Sent) => Ok(Some(EntryKind::Commitment)),
            (Self::Accepted | Self::Submitted, Self::Cancelled) | (Self::Submitted, Self::Unlinked) => {
                Ok(Some(EntryKind::ReservationRelease))
            }
            (Self::Sent, Self::SupplierRefused | Self::Unlinked)
            | (Self::SupplierAccepted, Self::Unlinked)
            | (Self::RevocationProposed, Self::Revoked | Self::Unlinked) => {
                Ok(Some(EntryKind::CommitmentRelease))
            }
            (Self::Incomplete, Self::Refused | Self::Cancelled | Self::Unlinked)
            | (Self::Refused, Self::Unlinked)
            | (Self::Accepted, Self::Submitted)
            | (Self::Sent, Self::SupplierAccepted)
            | (Self::SupplierAccepted, Self::RevocationProposed)
            | (Self::RevocationProposed, Self::SupplierAccepted) => Ok(None),
            (from, to) => Err(NoSuchStep { from, to }),
        }
    }
}

/// A step that does not exist in the life of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an order cannot go from {} to {}", from.as_str(), to.as_str())]
pub struct NoSuchStep {
    /// Where the order stands.
    pub from: OrderState,
    /// Where it was asked to go.
    pub to: OrderState,
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Walks every path of steps: money is held exactly while the order is live, and given back exactly once.
    #[test]
    fn every_dead_end_gives_the_money_back_once() {
        let mut paths = vec![(OrderState::Accepted, 1i32, 0usize), (OrderState::Incomplete, 0, 0)];
        while let Some((state, held, length)) = paths.pop() {
            assert_eq!(held == 1, state.is_live(), "{state:?} holds {held}");
            if length > 8 {
                continue;
            }
            for next in OrderState::ALL {
                if let Ok(entry) = state.step(next) {
                    let change = match entry {
                        Some(EntryKind::Reservation) => 1,
                        Some(EntryKind::ReservationRelease | EntryKind::CommitmentRelease) => -1,
                        Some(EntryKind::Commitment) | None => 0,
                        Some(kind) => panic!("{} is no step of an order", kind.as_str()),
                    };
                    paths.push((next, held + change, length + 1));
                }
            }
        }
    }

    #[test]
    fn names_read_back() {
        for state in OrderState::ALL {
            assert_eq!(OrderState::from_name(state.as_str()), Some(state));
        }
    }
}
