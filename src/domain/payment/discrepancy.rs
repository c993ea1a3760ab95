// SPDX-License-Identifier: EUPL-1.2
//! What the bank says it paid, where that is not what was ordered. What stands of a payment is told by the kinds of its outcomes
//! alone ([`super::story`]); an outcome over a part of an order does not say of which invoice. So it is told to a person here,
//! and no sum is changed.
//!
//! The bank tells a payment in messages and in its journal: each is taken by itself, and they are never summed. A list of mandati
//! is the body's own and no word of the bank. The schemas do not say whether an amount of the bank has in it what is withheld from
//! the payee, so it may be either.

use std::collections::{BTreeMap, BTreeSet};

use super::story::{BankSaid, PaidPart, Standing, Teller};
use super::{DebtKind, Effect, PositionId};
use crate::domain::money::Money;
use crate::domain::rome::rome_date;

/// An order of payment of which the bank paid another amount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discrepancy {
    /// The parts of the order, by their place among those told; at least one.
    pub parts: Vec<usize>,
    /// What was ordered and stands as paid, gross; zero when it stands as taken back.
    pub ordered: Money,
    /// What the bank says is out.
    pub paid: Money,
}

/// A part and its place among those told.
#[derive(Debug, Clone, Copy)]
struct Placed<'t> {
    place: usize,
    paid: &'t PaidPart,
}

impl Placed<'_> {
    const fn position(&self) -> PositionId {
        self.paid.part.position
    }

    fn is_executed(&self) -> bool {
        matches!(self.paid.standing, Standing::Executed(_))
    }
}

/// A mandato, or one payee of it: what was ordered, and what the bank says of its money.
#[derive(Debug, Default)]
struct Order<'d> {
    parts: Vec<Placed<'d>>,
    said: Vec<&'d BankSaid>,
}

/// Every order of which the bank says another amount than what stands, once.
#[must_use]
pub fn discrepancies(told: &[PaidPart], said: &[BankSaid]) -> Vec<Discrepancy> {
    let mut mandates: BTreeMap<(u16, u64), Order<'_>> = BTreeMap::new();
    for (place, paid) in told.iter().enumerate() {
        let position = paid.part.position;
        let mandate = mandates.entry((position.exercise, position.number)).or_default();
        mandate.parts.push(Placed { place, paid });
    }
    for said in said.iter().filter(|said| moves_money(said)) {
        if let Some(mandate) = mandates.get_mut(&(said.exercise, said.number)) {
            mandate.said.push(said);
        }
    }
    let stands = told.iter().filter(|paid| paid.standing != Standing::Undone);
    let replaced: BTreeSet<PositionId> = stands.filter_map(|paid| paid.part.replaces).collect();
    let orders = mandates.into_values().flat_map(Order::by_payee);
    // What another order took the place of has its money under that one's number, or under its own.
    let in_place = orders.filter(|order| !order.parts.iter().any(|part| replaced.contains(&part.position())));
    in_place.filter_map(|order| order.differing()).collect()
}

/// Whether the bank says that money went out or came back.
const fn moves_money(said: &BankSaid) -> bool {
    said.teller.is_bank() && matches!(said.kind.effect(), Effect::MoneyOut | Effect::TakenBack)
}

impl Order<'_> {
    /// Payee by payee; all together when the bank speaks of all of the mandato, or of a payee that it does not have.
    fn by_payee(self) -> Vec<Self> {
        let mut payees: BTreeMap<u64, Self> = BTreeMap::new();
        for part in &self.parts {
            payees.entry(part.position().progressive).or_default().parts.push(*part);
        }
        for said in &self.said {
            match said.progressive.and_then(|progressive| payees.get_mut(&progressive)) {
                Some(payee) => payee.said.push(said),
                None => return vec![self],
            }
        }
        payees.into_values().collect()
    }

    fn differing(&self) -> Option<Discrepancy> {
        let (ordered, to_payees) = self.ordered()?;
        let tellers = [Teller::Message, Teller::Journal].into_iter();
        let told =
            tellers.filter(|teller| self.knows_the_end(*teller)).filter_map(|teller| self.money_out(teller));
        let (agreeing, others): (Vec<_>, Vec<_>) =
            told.partition(|paid| *paid == ordered || *paid == to_payees);
        // Who says less where the other agrees has not told all of it, or not all of it has come.
        let paid = others.into_iter().find(|paid| agreeing.is_empty() || *paid > ordered)?;
        Some(Discrepancy { parts: self.parts.iter().map(|part| part.place).collect(), ordered, paid })
    }

    /// Whether a teller has come as far as the last day on which money moved. What stands is told by all of them, so who is behind
    /// must say something else.
    fn knows_the_end(&self, teller: Teller) -> bool {
        let days = |teller: Option<Teller>| {
            let told = self.said.iter().filter(move |said| teller.is_none_or(|teller| said.teller == teller));
            told.map(|said| rome_date(said.at))
        };
        days(Some(teller)).max() == days(None).max()
    }

    /// What was ordered and stands as paid: gross, and without what is withheld.
    fn ordered(&self) -> Option<(Money, Money)> {
        let mut positions: BTreeMap<u64, Vec<&Placed<'_>>> = BTreeMap::new();
        for part in self.parts.iter().filter(|part| part.is_executed()) {
            positions.entry(part.position().progressive).or_default().push(part);
        }
        let (mut gross, mut net) = (Money::ZERO, Money::ZERO);
        for parts in positions.into_values() {
            let (amount, withheld) = match parts.iter().find_map(|part| part.paid.part.whole) {
                Some(whole) => (whole.amount, whole.withheld),
                // Of an older document only the parts are known; what is withheld of them is VAT for the State, as a rule.
                None => (sum(&parts, |_| true)?, sum(&parts, |debt| debt == DebtKind::Vat)?),
            };
            gross = gross.checked_add(amount)?;
            net = net.checked_add(amount.checked_sub(withheld)?)?;
        }
        Some((gross, net))
    }

    /// What one teller says is out; `None` when it says nothing, or not how much, or that more came back than went out.
    fn money_out(&self, teller: Teller) -> Option<Money> {
        let mut told: BTreeMap<_, BTreeMap<&str, i64>> = BTreeMap::new();
        for said in self.said.iter().filter(|said| said.teller == teller) {
            let amount = said.amount.filter(|amount| !amount.is_zero())?;
            // The journal knows days; where in its page a movement stands may change when it is sent again.
            let minute = (teller != Teller::Journal).then_some(said.at);
            let what = (rome_date(said.at), minute, said.progressive, said.kind, amount);
            *told.entry(what).or_default().entry(&said.document).or_default() += 1;
        }
        let mut out = (!told.is_empty()).then_some(Money::ZERO)?;
        for ((.., kind, amount), documents) in told {
            // What two documents tell is one thing; what one document tells twice is two.
            let times = documents.into_values().max().unwrap_or_default();
            let cents = amount.cents().checked_mul(times)?;
            // The journal may write what came back below zero.
            let came_back = kind.effect() == Effect::TakenBack && cents > 0;
            out = out.checked_add(Money::from_cents(if came_back { -cents } else { cents }))?;
        }
        (!out.is_negative()).then_some(out)
    }
}

fn sum(parts: &[&Placed<'_>], counts: impl Fn(DebtKind) -> bool) -> Option<Money> {
    let parts = parts.iter().map(|part| &part.paid.part);
    Money::checked_sum(parts.filter(|part| counts(part.debt)).map(|part| part.amount))
}

#[cfg(test)]
mod tests {
    use super::super::story::tests::at;
    use super::super::story::{OrderedPart, Whole, tell, tests};
    use super::super::{MandatoOperation, OutcomeKind};
    use super::*;

    fn part(number: u64, progressive: u64, debt: DebtKind, cents: i64) -> OrderedPart {
        let position = PositionId { exercise: 2026, number, progressive };
        let part = if debt == DebtKind::Vat { 2 } else { 1 };
        OrderedPart { position, part, debt, ..tests::part(number, 1, MandatoOperation::Insert, cents) }
    }

    fn said(hour: u32, kind: OutcomeKind, cents: i64) -> BankSaid {
        let amount = Some(Money::from_cents(cents));
        BankSaid { progressive: Some(1), amount, ..tests::said(1, hour, kind) }
    }

    fn in_document(document: &str, said: BankSaid) -> BankSaid {
        BankSaid { document: document.into(), ..said }
    }

    fn of_mandate(said: BankSaid) -> BankSaid {
        BankSaid { progressive: None, ..said }
    }

    fn in_journal(said: BankSaid) -> BankSaid {
        BankSaid { teller: Teller::Journal, ..said }
    }

    /// Ordered and paid of each, in cents.
    fn found(parts: &[OrderedPart], said: &[BankSaid]) -> Vec<(usize, i64, i64)> {
        let cents = |one: Discrepancy| (one.parts.len(), one.ordered.cents(), one.paid.cents());
        discrepancies(&tell(parts, said), said).into_iter().map(cents).collect()
    }

    const NONE: [(usize, i64, i64); 0] = [];
    use DebtKind::{Commercial, Vat};
    use OutcomeKind::{Acquired, Paid, Reversed};

    #[test]
    fn a_payment_of_a_part_differs_until_the_rest_is_paid() {
        let order = [part(1, 1, Commercial, 100)];
        let (first, rest) = (said(2, Paid, 60), said(3, Paid, 40));
        assert_eq!(found(&order, &[]), NONE);
        assert_eq!(found(&order, &[said(2, Acquired, 60)]), NONE);
        assert_eq!(found(&order, std::slice::from_ref(&first)), [(1, 100, 60)]);
        let again = in_document("b", first.clone());
        assert_eq!(found(&order, &[first.clone(), again]), [(1, 100, 60)], "told in two documents");
        let halves = [said(2, Paid, 50), said(2, Paid, 50)];
        assert_eq!(found(&order, &halves), NONE, "two payments in one document");
        assert_eq!(found(&order, &[first, rest]), NONE);
        assert_eq!(found(&order, &[said(2, Paid, 130)]), [(1, 100, 130)]);
    }

    #[test]
    fn what_came_back_in_part_is_still_out_for_the_rest() {
        let order = [part(1, 1, Commercial, 100)];
        for back in [40, -40] {
            assert_eq!(found(&order, &[said(2, Paid, 100), said(3, Reversed, back)]), [(1, 0, 60)]);
        }
        assert_eq!(found(&order, &[said(2, Paid, 100), said(3, Reversed, 100)]), NONE);
        let again = [said(2, Paid, 100), said(3, Reversed, 100), said(4, Paid, 100)];
        assert_eq!(found(&order, &again), NONE);
    }

    #[test]
    fn the_message_and_the_journal_are_never_summed() {
        let order = [part(1, 1, Commercial, 100)];
        let whole = said(2, Paid, 100);
        assert_eq!(found(&order, &[whole.clone(), in_journal(whole.clone())]), NONE);
        let less = in_journal(said(1, Paid, 70));
        assert_eq!(found(&order, &[whole.clone(), less]), NONE, "a page of the journal may not have come");
        assert_eq!(found(&order, &[whole, in_journal(said(1, Paid, 130))]), [(1, 100, 130)]);
        let both = [said(2, Paid, 60), in_journal(said(1, Paid, 40))];
        assert_eq!(found(&order, &both), [(1, 100, 60)], "one order is told once");
        let next_day = BankSaid { at: at(3) + chrono::TimeDelta::days(1), ..said(3, Reversed, 100) };
        let back = [in_journal(said(1, Paid, 100)), next_day];
        assert_eq!(found(&order, &back), NONE, "the messages began with what came back");
        let listed = BankSaid { teller: Teller::List(at(5)), ..said(2, Paid, 60) };
        assert_eq!(found(&order, &[listed]), NONE);
    }

    #[test]
    fn a_journal_that_is_sent_again_with_its_movements_moved_is_the_same_day() {
        let order = [part(1, 1, Commercial, 100)];
        let first = in_journal(said(2, Paid, 100));
        let again = BankSaid { at: first.at + chrono::TimeDelta::microseconds(1), ..first.clone() };
        assert_eq!(found(&order, &[first, in_document("b", again)]), NONE);
    }

    #[test]
    fn an_outcome_without_amount_is_about_all_of_it() {
        let order = [part(1, 1, Commercial, 100)];
        for amount in [None, Some(Money::ZERO)] {
            assert_eq!(found(&order, &[BankSaid { amount, ..said(2, Paid, 1) }]), NONE);
        }
    }

    #[test]
    fn what_is_withheld_may_be_told_or_not_and_what_bears_no_invoice_counts() {
        let whole = Whole { amount: Money::from_cents(150), withheld: Money::from_cents(20) };
        let order = [OrderedPart { whole: Some(whole), ..part(1, 1, Commercial, 100) }];
        for cents in [150, 130] {
            assert_eq!(found(&order, &[said(2, Paid, cents)]), NONE);
        }
        assert_eq!(found(&order, &[said(2, Paid, 100)]), [(1, 150, 100)]);
    }

    #[test]
    fn vat_that_goes_to_the_state_may_be_told_with_or_without() {
        let order = [part(1, 1, Commercial, 100), part(1, 1, Vat, 22)];
        assert_eq!(found(&order, &[said(2, Paid, 122)]), NONE);
        assert_eq!(found(&order, &[said(2, Paid, 100)]), NONE);
        assert_eq!(found(&order, &[said(2, Paid, 22)]), [(2, 122, 22)]);
    }

    #[test]
    fn what_is_said_of_a_mandato_is_held_against_all_its_payees() {
        let order = [part(1, 1, Commercial, 100), part(1, 2, Commercial, 50)];
        assert_eq!(found(&order, &[of_mandate(said(2, Paid, 150))]), NONE);
        assert_eq!(found(&order, &[of_mandate(said(2, Paid, 100))]), [(2, 150, 100)]);
        let one_back = [of_mandate(said(2, Paid, 150)), said(3, Reversed, 100)];
        assert_eq!(found(&order, &one_back), NONE);
        let both = [of_mandate(said(2, Paid, 140)), in_journal(said(2, Paid, 100))];
        assert_eq!(found(&order, &both), [(2, 150, 140)], "one order is told once");
        let stranger = BankSaid { progressive: Some(9), ..said(2, Paid, 100) };
        assert_eq!(found(&order, &[said(2, Paid, 100), stranger]), [(2, 100, 200)]);
        let void = BankSaid { progressive: Some(2), ..said(3, OutcomeKind::NotExecutable, 1) };
        assert_eq!(found(&order, &[of_mandate(said(2, Paid, 90)), void]), [(2, 100, 90)]);
        let second = BankSaid { progressive: Some(2), ..said(2, Paid, 49) };
        assert_eq!(found(&order, &[said(2, Paid, 100), second]), [(1, 50, 49)]);
    }

    #[test]
    fn an_order_that_was_replaced_or_never_came_is_no_discrepancy() {
        let mut new = part(2, 1, Commercial, 100);
        new.replaces = Some(part(1, 1, Commercial, 100).position);
        let orders = [part(1, 1, Commercial, 100), new];
        assert_eq!(found(&orders, &[said(2, Paid, 100)]), NONE);
        assert_eq!(found(&[], &[said(2, Paid, 100)]), NONE);
    }
}
