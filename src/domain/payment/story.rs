// SPDX-License-Identifier: EUPL-1.2
//! What became of each payment, told by the whole of its documents: orders, changes, cancellations, replacements and what the
//! bank said, in whatever order they came. The same documents always tell the same story; only of lists of mandati, which are
//! no documents of the bank and bear no date, the one taken in last holds.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{DateTime, NaiveDate, Utc};

use super::{DebtKind, Effect, MandatoOperation, OutcomeKind, PositionId};
use crate::domain::money::Money;
use crate::domain::sdi::SdiId;

/// What one version of an order of payment says of one invoice, or of money without an invoice.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct OrderedPart {
    /// Position of the mandato.
    pub position: PositionId,
    /// Counts the parts of the position in the document, from 1.
    pub part: u32,
    /// When the document was made; a list of mandati, when it was last given.
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
    /// What the position comes to; none when that was not kept.
    pub whole: Option<Whole>,
}

/// What a position comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Whole {
    /// What it costs the body, gross.
    pub amount: Money,
    /// What of it the payee does not get.
    pub withheld: Money,
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
    /// How much of it; none: all of it, or it was not kept.
    pub amount: Option<Money>,
    /// When.
    pub at: DateTime<Utc>,
    /// Who tells it.
    pub teller: Teller,
    /// SHA-256 of the document in which it is told.
    pub document: String,
}

/// Who tells what the bank did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Teller {
    /// A message of the bank on single orders (*esito applicativo*).
    Message,
    /// The bank's journal of a day.
    Journal,
    /// A list of mandati of the body itself, last given then. A later list of the same mandato tells all of it anew.
    List(DateTime<Utc>),
}

impl Teller {
    /// Whether the bank itself tells it.
    pub(super) const fn is_bank(self) -> bool {
        matches!(self, Self::Message | Self::Journal)
    }

    const fn listed_at(self) -> Option<DateTime<Utc>> {
        match self {
            Self::List(at) => Some(at),
            Self::Message | Self::Journal => None,
        }
    }
}

impl BankSaid {
    fn is_cancelled_in_a_list(&self) -> bool {
        self.teller.listed_at().is_some() && self.kind == OutcomeKind::Cancelled
    }
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

/// What the documents come to: what each mandato says last, position by position, with its standing.
#[must_use]
pub fn tell(parts: &[OrderedPart], said: &[BankSaid]) -> Vec<PaidPart> {
    let mandates = mandates(parts, said);
    let places: Vec<(PositionId, PositionId)> = mandates.values().flat_map(Mandate::replacements).collect();
    let replaced: BTreeSet<PositionId> = places.iter().map(|(_, old)| *old).collect();
    let takes_place_of: BTreeMap<PositionId, PositionId> = places.into_iter().collect();
    let mut told = Vec::new();
    for mandate in mandates.values() {
        for part in &mandate.parts {
            let position = part.position;
            let standing = match replaced.contains(&position) {
                true => Standing::Undone,
                false => inherited(position, &mandates, &takes_place_of),
            };
            told.push(PaidPart { part: (*part).clone(), standing });
        }
    }
    told
}

/// An order of payment as its documents and the bank leave it.
struct Mandate<'d> {
    /// What its last version that holds says, by position and part.
    parts: Vec<&'d OrderedPart>,
    /// What the bank said of it, oldest first.
    said: Vec<&'d BankSaid>,
    /// Taken back before it was carried out.
    is_cancelled: bool,
}

fn mandates<'d>(parts: &'d [OrderedPart], said: &'d [BankSaid]) -> BTreeMap<(u16, u64), Mandate<'d>> {
    let mut about: BTreeMap<(u16, u64), Vec<&BankSaid>> = BTreeMap::new();
    for one in said {
        about.entry((one.exercise, one.number)).or_default().push(one);
    }
    for said in about.values_mut() {
        let last_list = said.iter().filter_map(|said| said.teller.listed_at()).max();
        said.retain(|said| said.teller.listed_at().is_none_or(|at| Some(at) == last_list));
        said.sort_by_key(|said| (said.at, said.kind));
    }
    let mut versions: BTreeMap<(u16, u64), BTreeMap<_, Vec<&OrderedPart>>> = BTreeMap::new();
    for part in parts {
        let mandate = versions.entry((part.position.exercise, part.position.number)).or_default();
        mandate.entry((part.written_at, part.operation)).or_default().push(part);
    }
    let told = versions.into_iter().map(|(id, versions)| {
        let said = about.remove(&id).unwrap_or_default();
        (id, Mandate::new(&versions, said))
    });
    told.collect()
}

impl<'d> Mandate<'d> {
    fn new(
        versions: &BTreeMap<(DateTime<Utc>, MandatoOperation), Vec<&'d OrderedPart>>,
        said: Vec<&'d BankSaid>,
    ) -> Self {
        // The first answer to what was asked then; later answers are to later questions.
        let was_refused = |at: DateTime<Utc>, yes: OutcomeKind, no: OutcomeKind| {
            let answer = said.iter().find(|said| said.at >= at && (said.kind == yes || said.kind == no));
            answer.is_some_and(|answer| answer.kind == no)
        };
        let holds = |(at, operation): &(DateTime<Utc>, MandatoOperation)| match operation {
            MandatoOperation::Change => !was_refused(*at, OutcomeKind::Changed, OutcomeKind::NotChanged),
            MandatoOperation::Cancel => !was_refused(*at, OutcomeKind::Cancelled, OutcomeKind::NotCancelled),
            MandatoOperation::Insert | MandatoOperation::Replace => true,
        };
        let is_order =
            |(_, operation): &(DateTime<Utc>, MandatoOperation)| *operation != MandatoOperation::Cancel;
        let last = versions.iter().rfind(|(version, _)| is_order(version) && holds(version));
        let cancelled = versions.keys().rfind(|version| !is_order(version) && holds(version));
        let is_cancelled = cancelled.is_some_and(|at| last.is_none_or(|(last, _)| at > last));
        // A cancellation repeats what it takes back, or says nothing.
        let (_, parts) = last.or_else(|| versions.last_key_value()).unzip();
        let mut parts = parts.cloned().unwrap_or_default();
        // The same document twice is one document; two of one moment are told apart by what they say.
        parts.sort();
        parts.dedup_by_key(|part| (part.position, part.part));
        Self { parts, said, is_cancelled }
    }

    fn about(&self, position: PositionId) -> impl Iterator<Item = &'d BankSaid> {
        let is_about = move |said: &&BankSaid| {
            said.progressive.is_none_or(|progressive| progressive == position.progressive)
        };
        self.said.iter().copied().filter(is_about)
    }

    fn standing(&self, position: PositionId) -> Standing {
        // A list knows no day of a cancellation. It is one of the order, and takes back nothing that the bank did with it.
        let (cancelled, done): (Vec<_>, Vec<_>) =
            self.about(position).partition(|said| said.is_cancelled_in_a_list());
        let is_cancelled = self.is_cancelled || !cancelled.is_empty();
        let begin = if is_cancelled { Standing::Undone } else { Standing::Ordered };
        done.into_iter().fold(begin, |standing, said| match said.kind.effect() {
            Effect::MoneyOut => Standing::Executed(said.at),
            Effect::TakenBack | Effect::Voided => Standing::Undone,
            Effect::Refused if is_void(said.kind) => Standing::Undone,
            Effect::Accepted | Effect::Replaced | Effect::Refused => standing,
        })
    }

    /// Its positions that take the place of others, and those others.
    fn replacements(&self) -> impl Iterator<Item = (PositionId, PositionId)> {
        let stands = |position: PositionId| {
            let refused = |said: &BankSaid| is_void(said.kind) || said.kind == OutcomeKind::NotReplaced;
            !self.is_cancelled && !self.about(position).any(refused)
        };
        let of = self.parts.iter().filter_map(|part| Some((part.position, part.replaces?)));
        of.filter(move |(new, old)| new != old && stands(*new))
    }
}

/// The bank has no such order, or cannot carry it out.
const fn is_void(kind: OutcomeKind) -> bool {
    matches!(kind, OutcomeKind::NotAcquired | OutcomeKind::NotExecutable)
}

/// What takes the place of an order that was paid is paid, over any number of replacements: the money does not go out a second
/// time.
fn inherited(
    position: PositionId,
    mandates: &BTreeMap<(u16, u64), Mandate<'_>>,
    takes_place_of: &BTreeMap<PositionId, PositionId>,
) -> Standing {
    let own = |position: PositionId| {
        let mandate = mandates.get(&(position.exercise, position.number));
        mandate.map_or(Standing::Ordered, |mandate| mandate.standing(position))
    };
    let (first, mut at, mut seen) = (own(position), position, BTreeSet::from([position]));
    if first != Standing::Ordered {
        return first;
    }
    while let Some(old) = takes_place_of.get(&at).copied().filter(|old| seen.insert(*old)) {
        match own(old) {
            paid @ Standing::Executed(_) => return paid,
            Standing::Ordered => at = old,
            Standing::Undone => break,
        }
    }
    first
}

#[cfg(test)]
pub(crate) mod tests {
    use proptest::prelude::*;

    use super::*;

    pub(crate) fn at(hour: u32) -> DateTime<Utc> {
        NaiveDate::from_ymd_opt(2026, 5, 1).unwrap().and_hms_opt(hour, 0, 0).unwrap().and_utc()
    }

    fn id(number: u64) -> PositionId {
        PositionId { exercise: 2026, number, progressive: 1 }
    }

    pub(crate) fn part(number: u64, hour: u32, operation: MandatoOperation, cents: i64) -> OrderedPart {
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
            whole: None,
        }
    }

    pub(crate) fn said(number: u64, hour: u32, kind: OutcomeKind) -> BankSaid {
        let (at, teller) = (at(hour), Teller::Message);
        let document = String::new();
        BankSaid { exercise: 2026, number, progressive: None, kind, amount: None, at, teller, document }
    }

    fn listed(number: u64, listed: u32, hour: u32, kind: OutcomeKind) -> BankSaid {
        BankSaid { teller: Teller::List(at(listed)), ..said(number, hour, kind) }
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
    fn a_later_list_takes_back_what_an_earlier_one_told_and_nothing_that_the_bank_did() {
        let order = [part(1, 1, INSERT, 100)];
        let paid = listed(1, 3, 2, OutcomeKind::Paid);
        let issued = listed(1, 4, 4, OutcomeKind::Acquired);
        for said in [[paid.clone(), issued.clone()], [issued.clone(), paid.clone()]] {
            assert_eq!(told(&order, &said), [(100, "ordered")]);
        }
        let again = listed(1, 5, 2, OutcomeKind::Paid);
        assert_eq!(told(&order, &[again, issued.clone(), paid.clone()]), [(100, "executed")]);
        assert_eq!(told(&order, &[paid.clone(), listed(1, 4, 4, OutcomeKind::Cancelled)]), [(100, "undone")]);
        assert_eq!(told(&order, &[paid, listed(2, 4, 4, OutcomeKind::Acquired)]), [(100, "executed")]);
        let by_bank = said(1, 2, OutcomeKind::Paid);
        assert_eq!(told(&order, &[by_bank.clone(), issued]), [(100, "executed")]);
        assert_eq!(told(&order, &[by_bank, listed(1, 4, 4, OutcomeKind::Cancelled)]), [(100, "executed")]);
    }

    #[test]
    fn positions_are_those_of_the_last_list() {
        let mut second = part(1, 1, INSERT, 22);
        second.position.progressive = 2;
        let of = |progressive, said: BankSaid| BankSaid { progressive: Some(progressive), ..said };
        let first_list =
            [of(1, listed(1, 3, 2, OutcomeKind::Paid)), of(2, listed(1, 3, 3, OutcomeKind::Acquired))];
        let turned =
            [of(1, listed(1, 4, 4, OutcomeKind::Acquired)), of(2, listed(1, 4, 2, OutcomeKind::Paid))];
        let parts = [part(1, 1, INSERT, 100), second];
        let all = [first_list, turned].concat();
        assert_eq!(told(&parts, &all), [(100, "ordered"), (22, "executed")]);
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

    #[test]
    fn a_change_is_the_order_anew_and_leaves_no_position_behind() {
        let mut second = part(1, 1, INSERT, 22);
        second.position.progressive = 2;
        let parts = [part(1, 1, INSERT, 100), second, part(1, 2, MandatoOperation::Change, 122)];
        assert_eq!(told(&parts, &[said(1, 3, OutcomeKind::Paid)]), [(122, "executed")]);
    }

    #[test]
    fn a_change_that_the_bank_refused_changes_nothing() {
        let parts = [part(1, 1, INSERT, 100), part(1, 2, MandatoOperation::Change, 80)];
        let (no, yes) = (said(1, 3, OutcomeKind::NotChanged), said(1, 3, OutcomeKind::Changed));
        let paid = said(1, 5, OutcomeKind::Paid);
        assert_eq!(told(&parts, &[no.clone(), paid.clone()]), [(100, "executed")]);
        assert_eq!(told(&parts, &[yes, paid.clone()]), [(80, "executed")]);
        let again = [parts[0].clone(), parts[1].clone(), part(1, 4, MandatoOperation::Change, 90)];
        assert_eq!(told(&again, &[no, paid]), [(90, "executed")], "the answer was to the first change");
    }

    #[test]
    fn what_is_written_after_a_cancellation_is_an_order_again() {
        let parts =
            [part(1, 1, INSERT, 100), part(1, 2, MandatoOperation::Cancel, 100), part(1, 3, INSERT, 70)];
        assert_eq!(told(&parts, &[]), [(70, "ordered")]);
    }

    fn replacing(number: u64, old: u64, hour: u32) -> OrderedPart {
        OrderedPart { replaces: Some(id(old)), ..part(number, hour, MandatoOperation::Replace, 100) }
    }

    #[test]
    fn a_payment_passes_through_a_chain_of_replacements() {
        let parts = [part(1, 1, INSERT, 100), replacing(2, 1, 3), replacing(3, 2, 4)];
        let paid = [said(1, 2, OutcomeKind::Paid)];
        assert_eq!(told(&parts, &paid), [(100, "undone"), (100, "undone"), (100, "executed")]);
        let circle = [replacing(1, 2, 1), replacing(2, 1, 1)];
        assert_eq!(told(&circle, &[]), [(100, "undone"), (100, "undone")]);
        assert_eq!(told(&[replacing(1, 1, 1)], &paid), [(100, "executed")], "none replaces itself");
    }

    #[test]
    fn a_replacement_that_failed_leaves_the_old_order() {
        let parts = [part(1, 1, INSERT, 100), replacing(2, 1, 3)];
        for no in [OutcomeKind::NotReplaced, OutcomeKind::NotAcquired, OutcomeKind::NotExecutable] {
            let told = told(&parts, &[said(1, 2, OutcomeKind::Paid), said(2, 4, no)]);
            assert_eq!(told[0], (100, "executed"), "{no:?}");
            assert_ne!(told[1].1, "executed", "{no:?}");
        }
        let cancelled = [parts[0].clone(), parts[1].clone(), part(2, 4, MandatoOperation::Cancel, 100)];
        assert_eq!(told(&cancelled, &[said(1, 2, OutcomeKind::Paid)]), [(100, "executed"), (100, "undone")]);
    }

    #[test]
    fn two_documents_of_one_moment_are_told_alike_in_any_order() {
        let (one, other) = (part(1, 1, INSERT, 100), part(1, 1, INSERT, 80));
        assert_eq!(told(&[one.clone(), other.clone()], &[]), told(&[other, one], &[]));
    }

    proptest! {
        #[test]
        fn the_story_does_not_depend_on_the_order_of_arrival(seed in any::<u64>(), twice in any::<bool>()) {
            let mut replacing = part(3, 4, MandatoOperation::Replace, 50);
            replacing.replaces = Some(id(2));
            let mut parts = vec![
                part(1, 1, INSERT, 100), part(1, 2, MandatoOperation::Change, 90), part(2, 1, INSERT, 50), replacing,
                part(4, 1, INSERT, 10), part(4, 3, MandatoOperation::Cancel, 10),
                part(5, 1, INSERT, 30), part(5, 1, INSERT, 31), part(5, 2, MandatoOperation::Change, 32),
            ];
            let mut outcomes = vec![
                said(1, 5, OutcomeKind::Paid), said(1, 6, OutcomeKind::Reversed), said(2, 3, OutcomeKind::Paid),
                said(4, 2, OutcomeKind::Acquired), said(5, 3, OutcomeKind::NotChanged), said(5, 3, OutcomeKind::Paid),
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
