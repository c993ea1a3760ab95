// SPDX-License-Identifier: EUPL-1.2
//! What became of each payment, told by the whole of its documents: orders, changes, cancellations, replacements and what the
//! bank said, in whatever order they came. The same documents always tell the same story.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};

use super::{DebtKind, Effect, MandatoOperation, OutcomeKind, PositionId};
use crate::domain::money::Money;
use crate::domain::sdi::SdiId;

/// What one version of an order of payment says of one invoice, or of money without an invoice.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OrderedPart {
    /// Position of the mandato.
    pub position: PositionId,
    /// Counts the parts of the position in the document, from 1.
    pub part: u32,
    /// When the document was made.
    pub written_at: DateTime<Utc>,
    /// What the bank was asked to do.
    pub operation: MandatoOperation,
    /// The position it takes the place of.
    pub replaces: Option<PositionId>,
    /// Date of the mandato.
    pub date: NaiveDate,
    /// Code of the supplier; empty when there is none.
    pub supplier: String,
    /// Name of the payee.
    pub payee: String,
    /// How much; below zero for a credit note.
    pub amount: Money,
    /// Whom it frees the body from.
    pub debt: DebtKind,
    /// CUP, as written.
    pub cup: Option<String>,
    /// CIG, as written.
    pub cig: Option<String>,
    /// Number of the invoice's file at SdI.
    pub sdi_id: Option<SdiId>,
    /// Number of the invoice.
    pub invoice_number: Option<String>,
    /// Year of the invoice, where the document gives it.
    pub invoice_year: Option<u16>,
    /// The account paid to.
    pub iban: Option<String>,
}

/// What the bank said of a mandato, or of one payee of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BankSaid {
    /// Budget year.
    pub exercise: u16,
    /// Number of the mandato.
    pub number: u64,
    /// The payee; none: all of the mandato.
    pub progressive: Option<u64>,
    /// What happened.
    pub kind: OutcomeKind,
    /// When.
    pub at: DateTime<Utc>,
}

/// Whether money is out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Standing {
    /// Ordered; the money is not out.
    Ordered,
    /// Money is out, since then.
    Executed(DateTime<Utc>),
    /// Not done, taken back, cancelled or replaced.
    Undone,
}

impl Standing {
    /// The name shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ordered => "ordered",
            Self::Executed(_) => "executed",
            Self::Undone => "undone",
        }
    }
}

/// A part of a payment as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaidPart {
    /// What the last version says.
    pub part: OrderedPart,
    /// Whether money is out.
    pub standing: Standing,
}

/// What the documents come to: the last version of each position, with its standing, in the order of positions.
#[must_use]
pub fn tell(parts: &[OrderedPart], said: &[BankSaid]) -> Vec<PaidPart> {
    let mut versions: BTreeMap<PositionId, Vec<&OrderedPart>> = BTreeMap::new();
    for part in parts {
        versions.entry(part.position).or_default().push(part);
    }
    let replaced: BTreeMap<PositionId, PositionId> =
        parts.iter().filter_map(|part| Some((part.replaces?, part.position))).collect();
    let own = |position: &PositionId, versions: &[&OrderedPart]| standing(*position, versions, said);
    let standings: BTreeMap<PositionId, Standing> =
        versions.iter().map(|(position, versions)| (*position, own(position, versions))).collect();
    let mut told = Vec::new();
    for (position, versions) in &versions {
        let standing = match (standings.get(position).copied(), replaced.contains_key(position)) {
            (_, true) | (None, false) => Standing::Undone,
            (Some(standing), false) => inherited(*position, standing, versions, &standings),
        };
        told.extend(last_version(versions).into_iter().map(|part| PaidPart { part: part.clone(), standing }));
    }
    told
}

/// What takes the place of an order that was paid is paid: the money does not go out a second time.
fn inherited(
    position: PositionId,
    standing: Standing,
    versions: &[&OrderedPart],
    standings: &BTreeMap<PositionId, Standing>,
) -> Standing {
    let replaces = versions.iter().filter_map(|part| part.replaces).filter(|other| *other != position);
    let before = replaces.filter_map(|other| standings.get(&other)).max().copied();
    match (standing, before) {
        (Standing::Ordered, Some(paid @ Standing::Executed(_))) => paid,
        (standing, _) => standing,
    }
}

/// The parts of the version written last that says what is paid: a cancellation repeats them, or says nothing.
fn last_version<'p>(versions: &[&'p OrderedPart]) -> Vec<&'p OrderedPart> {
    let is_order = |part: &&&OrderedPart| part.operation != MandatoOperation::Cancel;
    let ordered = versions.iter().filter(is_order).map(|part| part.written_at).max();
    let last = ordered.or_else(|| versions.iter().map(|part| part.written_at).max());
    // The same document twice is one document.
    let mut seen = BTreeSet::new();
    let of_last = versions.iter().filter(|part| Some(part.written_at) == last).copied();
    let mut parts: Vec<&OrderedPart> = of_last.filter(|part| seen.insert(part.part)).collect();
    parts.sort_by_key(|part| part.part);
    parts
}

fn standing(position: PositionId, versions: &[&OrderedPart], said: &[BankSaid]) -> Standing {
    let is_about = |said: &&BankSaid| {
        (said.exercise, said.number) == (position.exercise, position.number)
            && said.progressive.is_none_or(|progressive| progressive == position.progressive)
    };
    let mut about: Vec<&BankSaid> = said.iter().filter(is_about).collect();
    about.sort_by_key(|said| (said.at, said.kind));
    let cancelled_at = versions
        .iter()
        .filter(|part| part.operation == MandatoOperation::Cancel)
        .map(|part| part.written_at)
        .max();
    let kept = about.iter().any(|said| said.kind == OutcomeKind::NotCancelled);
    let begin = if cancelled_at.is_some() && !kept { Standing::Undone } else { Standing::Ordered };
    about.into_iter().fold(begin, |standing, said| match said.kind.effect() {
        Effect::MoneyOut => Standing::Executed(said.at),
        Effect::TakenBack | Effect::Voided => Standing::Undone,
        Effect::Refused if matches!(said.kind, OutcomeKind::NotAcquired | OutcomeKind::NotExecutable) => {
            Standing::Undone
        }
        Effect::Accepted | Effect::Replaced | Effect::Refused => standing,
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(hour: u32) -> DateTime<Utc> {
        NaiveDate::from_ymd_opt(2026, 5, 1).unwrap().and_hms_opt(hour, 0, 0).unwrap().and_utc()
    }

    fn id(number: u64) -> PositionId {
        PositionId { exercise: 2026, number, progressive: 1 }
    }

    fn part(number: u64, hour: u32, operation: MandatoOperation, cents: i64) -> OrderedPart {
        OrderedPart {
            position: id(number),
            part: 1,
            written_at: at(hour),
            operation,
            replaces: None,
            date: at(hour).date_naive(),
            supplier: "76543211007".into(),
            payee: "Forniture di Prova".into(),
            amount: Money::from_cents(cents),
            debt: DebtKind::Commercial,
            cup: None,
            cig: None,
            sdi_id: None,
            invoice_number: Some("1".into()),
            invoice_year: None,
            iban: None,
        }
    }

    fn said(number: u64, hour: u32, kind: OutcomeKind) -> BankSaid {
        BankSaid { exercise: 2026, number, progressive: None, kind, at: at(hour) }
    }

    fn told(parts: &[OrderedPart], said: &[BankSaid]) -> Vec<(i64, &'static str)> {
        tell(parts, said).iter().map(|paid| (paid.part.amount.cents(), paid.standing.as_str())).collect()
    }

    const INSERT: MandatoOperation = MandatoOperation::Insert;

    #[test]
    fn only_what_the_bank_paid_or_settled_is_money_out() {
        let order = [part(1, 1, INSERT, 100)];
        for (kind, expected) in [
            (OutcomeKind::Acquired, "ordered"),
            (OutcomeKind::Paid, "executed"),
            (OutcomeKind::Settled, "executed"),
            (OutcomeKind::NotExecutable, "undone"),
            (OutcomeKind::NotAcquired, "undone"),
            (OutcomeKind::Cancelled, "undone"),
            (OutcomeKind::NotSettled, "ordered"),
        ] {
            assert_eq!(told(&order, &[said(1, 2, kind)]), [(100, expected)], "{kind:?}");
        }
        assert_eq!(told(&order, &[]), [(100, "ordered")]);
    }

    #[test]
    fn what_is_taken_back_is_undone_and_may_be_paid_again() {
        let order = [part(1, 1, INSERT, 100)];
        let (paid, back) = (said(1, 2, OutcomeKind::Paid), said(1, 3, OutcomeKind::Reversed));
        assert_eq!(told(&order, &[back.clone(), paid.clone()]), [(100, "undone")]);
        assert_eq!(told(&order, &[said(1, 4, OutcomeKind::Paid), back, paid]), [(100, "executed")]);
    }

    #[test]
    fn a_change_counts_from_when_it_was_written_not_from_when_it_came() {
        let (first, change) = (part(1, 1, INSERT, 100), part(1, 2, MandatoOperation::Change, 80));
        for parts in [[first.clone(), change.clone()], [change, first]] {
            assert_eq!(told(&parts, &[]), [(80, "ordered")]);
        }
    }

    #[test]
    fn a_cancellation_holds_unless_the_bank_refuses_it_or_paid() {
        let parts = [part(1, 1, INSERT, 100), part(1, 2, MandatoOperation::Cancel, 100)];
        assert_eq!(told(&parts, &[]), [(100, "undone")]);
        assert_eq!(told(&parts, &[said(1, 3, OutcomeKind::NotCancelled)]), [(100, "ordered")]);
        assert_eq!(told(&parts, &[said(1, 3, OutcomeKind::Paid)]), [(100, "executed")]);
    }

    #[test]
    fn what_replaces_a_paid_order_is_paid_and_the_old_one_is_not() {
        let mut new = part(2, 3, MandatoOperation::Replace, 100);
        new.replaces = Some(id(1));
        let parts = [part(1, 1, INSERT, 100), new];
        assert_eq!(told(&parts, &[said(1, 2, OutcomeKind::Paid)]), [(100, "undone"), (100, "executed")]);
        assert_eq!(told(&parts, &[]), [(100, "undone"), (100, "ordered")]);
    }

    proptest! {
        #[test]
        fn the_story_does_not_depend_on_the_order_of_arrival(seed in any::<u64>(), twice in any::<bool>()) {
            let mut replacing = part(3, 4, MandatoOperation::Replace, 50);
            replacing.replaces = Some(id(2));
            let mut parts = vec![
                part(1, 1, INSERT, 100), part(1, 2, MandatoOperation::Change, 90), part(2, 1, INSERT, 50), replacing,
                part(4, 1, INSERT, 10), part(4, 3, MandatoOperation::Cancel, 10),
            ];
            let mut outcomes = vec![
                said(1, 5, OutcomeKind::Paid), said(1, 6, OutcomeKind::Reversed), said(2, 3, OutcomeKind::Paid),
                said(4, 2, OutcomeKind::Acquired),
            ];
            let expected = tell(&parts, &outcomes);
            if twice {
                parts.extend(parts.clone());
                outcomes.extend(outcomes.clone());
            }
            let mut state = seed | 1;
            let mut draw = move |below: usize| {
                state ^= state << 13;
                state ^= state >> 7;
                state ^= state << 17;
                usize::try_from(state % u64::try_from(below).unwrap()).unwrap()
            };
            for place in (1..parts.len()).rev() {
                parts.swap(place, draw(place + 1));
            }
            for place in (1..outcomes.len()).rev() {
                outcomes.swap(place, draw(place + 1));
            }
            prop_assert_eq!(tell(&parts, &outcomes), expected);
        }
    }
}
