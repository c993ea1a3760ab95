// SPDX-License-Identifier: EUPL-1.2
//! What the bank says it paid, where that is not what was ordered. What stands of a payment is told by the kinds of its outcomes
//! alone ([`super::story`]); an outcome over a part of an order does not say of which invoice. So it is told to a person here,
//! and no sum is changed.
//!
//! Each teller is taken by itself: its message and its journal tell the same payment, so they are never summed. A list of
//! mandati is the body's own and no word of the bank. Amounts are gross: what is withheld from a payee is in them. Where a teller
//! says less by just the VAT that goes to the State instead of the payee, it told what the payee got, and nothing is amiss.

use std::collections::BTreeMap;

use super::story::{BankSaid, PaidPart, Standing, Teller};
use super::{DebtKind, Effect};
use crate::domain::money::Money;

/// An order of payment of which the bank paid another amount.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Discrepancy {
    /// The parts of the order, by their place among those told; at least one.
    pub parts: Vec<usize>,
    /// What was ordered and stands as paid: zero when it stands as taken back.
    pub ordered: Money,
    /// What the bank says is out.
    pub paid: Money,
}

/// Every order of which a teller of the bank says another amount than what stands, once.
#[must_use]
pub fn discrepancies(told: &[PaidPart], said: &[BankSaid]) -> Vec<Discrepancy> {
    let mut mandates: BTreeMap<Mandate, Vec<Place<'_>>> = BTreeMap::new();
    for place in told.iter().enumerate() {
        let position = place.1.part.position;
        mandates.entry((position.exercise, position.number)).or_default().push(place);
    }
    let mut tellings: BTreeMap<(Mandate, Teller), Vec<&BankSaid>> = BTreeMap::new();
    let moves_money = |said: &&BankSaid| matches!(said.kind.effect(), Effect::MoneyOut | Effect::TakenBack);
    for said in said.iter().filter(|said| said.teller.is_bank()).filter(moves_money) {
        tellings.entry(((said.exercise, said.number), said.teller)).or_default().push(said);
    }
    let mut found = BTreeMap::new();
    for ((mandate, _), said) in tellings {
        let Some(places) = mandates.get(&mandate) else { continue };
        for (places, said) in by_payee(places, said) {
            if let Some(other) = differing(&places, said) {
                found.entry(other.parts.clone()).or_insert(other);
            }
        }
    }
    found.into_values().collect()
}

type Mandate = (u16, u64);

/// A part and its place among those told.
type Place<'t> = (usize, &'t PaidPart);

/// What is said of each payee, beside the parts of it; all together when something is said of the whole mandato.
fn by_payee<'t, 's>(
    places: &[Place<'t>],
    said: Vec<&'s BankSaid>,
) -> Vec<(Vec<Place<'t>>, Vec<&'s BankSaid>)> {
    if said.iter().any(|said| said.progressive.is_none()) {
        return vec![(places.to_vec(), said)];
    }
    let mut payees: BTreeMap<Option<u64>, Vec<&BankSaid>> = BTreeMap::new();
    said.into_iter().for_each(|said| payees.entry(said.progressive).or_default().push(said));
    let of_payee = |payee: Option<u64>| {
        let is_of = move |place: &Place<'_>| Some(place.1.part.position.progressive) == payee;
        places.iter().copied().filter(is_of).collect()
    };
    payees.into_iter().map(|(payee, said)| (of_payee(payee), said)).collect()
}

fn differing(places: &[Place<'_>], mut said: Vec<&BankSaid>) -> Option<Discrepancy> {
    // The same telling may come in two documents.
    said.sort_by_key(|said| (said.at, said.kind, said.progressive, said.amount));
    said.dedup();
    let is_taken_back = said.iter().any(|said| said.kind.effect() == Effect::TakenBack);
    let is_undone = |place: &Place<'_>| place.1.standing == Standing::Undone;
    // What was replaced or cancelled has its amount out under another number, or never.
    if places.is_empty() || (places.iter().any(is_undone) && !is_taken_back) {
        return None;
    }
    let mut paid = Money::ZERO;
    for said in said {
        let amount = said.amount?;
        // The journal may write what came back below zero.
        paid = match said.kind.effect() == Effect::TakenBack && !amount.is_negative() {
            true => paid.checked_sub(amount)?,
            false => paid.checked_add(amount)?,
        };
    }
    let sum = |counts: fn(&PaidPart) -> bool| {
        let executed = places.iter().filter(|place| matches!(place.1.standing, Standing::Executed(_)));
        Money::checked_sum(executed.filter(|place| counts(place.1)).map(|place| place.1.part.amount))
    };
    let ordered = sum(|_| true)?;
    let to_payee = sum(|paid| paid.part.debt != DebtKind::Vat)?;
    let parts = places.iter().map(|(place, _)| *place).collect();
    (paid != ordered && paid != to_payee).then_some(Discrepancy { parts, ordered, paid })
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, NaiveDate, Utc};

    use super::super::story::{OrderedPart, tell};
    use super::super::{MandatoOperation, OutcomeKind, PositionId};
    use super::*;

    fn at(hour: u32) -> DateTime<Utc> {
        NaiveDate::from_ymd_opt(2026, 5, 1).unwrap().and_hms_opt(hour, 0, 0).unwrap().and_utc()
    }

    fn part(number: u64, progressive: u64, debt: DebtKind, cents: i64) -> OrderedPart {
        OrderedPart {
            position: PositionId { exercise: 2026, number, progressive },
            part: if debt == DebtKind::Vat { 2 } else { 1 },
            written_at: at(1),
            operation: MandatoOperation::Insert,
            replaces: None,
            date: at(1).date_naive(),
            supplier: "76543211007".into(),
            payee: "Forniture di Prova".into(),
            amount: Money::from_cents(cents),
            debt,
            cup: None,
            cig: None,
            sdi_id: None,
            invoice_number: Some("1".into()),
            invoice_year: None,
            iban: None,
        }
    }

    fn said(hour: u32, kind: OutcomeKind, cents: i64) -> BankSaid {
        BankSaid {
            exercise: 2026,
            number: 1,
            progressive: Some(1),
            kind,
            amount: Some(Money::from_cents(cents)),
            at: at(hour),
            teller: Teller::Message,
        }
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
        assert_eq!(found(&order, &[first.clone(), first.clone()]), [(1, 100, 60)], "told twice");
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
        assert_eq!(found(&order, &[whole, in_journal(said(1, Paid, 70))]), [(1, 100, 70)]);
        let both = [said(2, Paid, 60), in_journal(said(1, Paid, 40))];
        assert_eq!(found(&order, &both).len(), 1, "one order is told once");
        let listed = BankSaid { teller: Teller::List(at(5)), ..said(2, Paid, 60) };
        assert_eq!(found(&order, &[listed]), NONE);
    }

    #[test]
    fn an_outcome_without_amount_is_about_all_of_it() {
        let order = [part(1, 1, Commercial, 100)];
        let all = BankSaid { amount: None, ..said(2, Paid, 0) };
        assert_eq!(found(&order, &[all]), NONE);
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
