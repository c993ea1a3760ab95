// SPDX-License-Identifier: EUPL-1.2
//! What the Comune's own accounts say of the grant. The gateway books none of it: it is recorded so that the statement of the CUP
//! can show it beside what orders, invoices and payments come to.

use std::collections::HashSet;

use chrono::{DateTime, NaiveDate, Utc};

use super::money::Money;
use super::sha256::sha256;

/// What was done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum GrantActKind {
    /// The entry was established in the accounts (accertamento).
    Accertamento,
    /// An instalment was asked for.
    Richiesta,
    /// Money of the grant was received.
    Incasso,
    /// Spending was reported (rendicontata).
    Rendicontazione,
}

impl GrantActKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Accertamento, Self::Richiesta, Self::Incasso, Self::Rendicontazione];

    /// The name stored and shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Accertamento => "accertamento",
            Self::Richiesta => "richiesta",
            Self::Incasso => "incasso",
            Self::Rendicontazione => "rendicontazione",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// Whether it is about an instalment.
    #[must_use]
    pub const fn is_of_a_tranche(self) -> bool {
        matches!(self, Self::Richiesta | Self::Incasso)
    }
}

/// An act, as recorded.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GrantAct {
    /// Random id.
    pub id: String,
    /// What was done.
    pub kind: GrantActKind,
    /// The instalment it is about, by its code in the programme.
    pub tranche: Option<String>,
    /// How much, gross; positive.
    pub amount: Money,
    /// The day of the act.
    pub acted_on: NaiveDate,
    /// The act's own name: number of the accertamento, of the reversale, protocol of the request.
    pub reference: String,
    /// The act it takes back.
    pub cancels: Option<String>,
    /// Who recorded it.
    pub recorded_by: String,
    /// When.
    pub recorded_at: DateTime<Utc>,
}

impl GrantAct {
    /// What the audit record of the act vouches for, as words of `key=value`; the reference, which may name people, by its digest.
    #[must_use]
    pub fn seal(&self) -> String {
        format!(
            "kind={} tranche={} amount={} on={} cancels={} reference_sha256={}",
            self.kind.as_str(),
            self.tranche.as_deref().unwrap_or("-"),
            self.amount,
            self.acted_on,
            self.cancels.as_deref().unwrap_or("-"),
            sha256(self.reference.as_bytes())
        )
    }
}

/// The acts that stand: those that cancel, and what they cancelled, are left out.
pub fn standing(acts: &[GrantAct]) -> impl Iterator<Item = &GrantAct> {
    let cancelled: HashSet<&str> = acts.iter().filter_map(|act| act.cancels.as_deref()).collect();
    acts.iter().filter(move |act| act.cancels.is_none() && !cancelled.contains(act.id.as_str()))
}

/// What the standing acts of a kind come to, of one instalment or of all. A sum that fits no amount stops at the largest.
#[must_use]
pub fn sum(acts: &[GrantAct], kind: GrantActKind, tranche: Option<&str>) -> Money {
    let of_tranche = |act: &&GrantAct| tranche.is_none() || act.tranche.as_deref() == tranche;
    let amounts = standing(acts).filter(|act| act.kind == kind).filter(of_tranche).map(|act| act.amount);
    Money::checked_sum(amounts).unwrap_or(Money::from_cents(i64::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn act(id: &str, kind: GrantActKind, cents: i64, cancels: Option<&str>) -> GrantAct {
        GrantAct {
            id: id.into(),
            kind,
            tranche: Some("advance".into()),
            amount: Money::from_cents(cents),
            acted_on: NaiveDate::MIN,
            reference: "1".into(),
            cancels: cancels.map(Into::into),
            recorded_by: "x".into(),
            recorded_at: DateTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn a_cancelled_act_and_what_cancels_it_count_for_nothing() {
        use GrantActKind::{Accertamento, Incasso};
        let acts = [
            act("a", Incasso, 500, None),
            act("b", Incasso, 300, None),
            act("c", Incasso, 500, Some("a")),
            act("d", Accertamento, 900, None),
        ];
        assert_eq!(sum(&acts, Incasso, None), Money::from_cents(300));
        assert_eq!(sum(&acts, Incasso, Some("balance")), Money::ZERO);
        assert_eq!(sum(&acts, Accertamento, None), Money::from_cents(900));
    }
}
