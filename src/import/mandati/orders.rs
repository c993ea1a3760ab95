// SPDX-License-Identifier: EUPL-1.2
//! Rows of a list to the same orders and outcomes that OPI files give.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::columns::Field;
use super::{MandatiList, MandatoRow, MandatoState, RowFault};
use crate::domain::money::Money;
use crate::domain::payment::{
    Class, Debt, Mandato, MandatoOperation, OpiHead, OutcomeKind, PaymentFlow, PaymentOutcome, Position,
};
use crate::domain::rome::day_bounds;
use crate::domain::text::Text;

/// Rows of one mandato that pay the same payee with the same outcome: one position.
type Together<'a> = Vec<Vec<&'a MandatoRow>>;

impl MandatiList {
    /// The orders of each exercise with what became of them, as if the bank had told it: of every position something, so that a
    /// list that tells of a mandato tells all of it. Positions are numbered in the order of the rows; rows for one payee with one
    /// outcome are one position. The list says nothing of SIOPE codes, offices or ways of payment: they are left empty. A payment
    /// is dated to the beginning of its day in Italy; what has no day, to when the list was made.
    pub fn payments(&self, head: &OpiHead, id: &str) -> Vec<(PaymentFlow, Vec<PaymentOutcome>)> {
        let mut exercises: BTreeMap<u16, Vec<Together<'_>>> = BTreeMap::new();
        let mut mandates: BTreeMap<(u16, u64), Vec<&MandatoRow>> = BTreeMap::new();
        for row in &self.taken {
            mandates.entry(row.mandato()).or_default().push(row);
        }
        for ((exercise, _), rows) in mandates {
            exercises.entry(exercise).or_default().push(positions(&rows));
        }
        let flow = |(exercise, mandates): (u16, Vec<Together<'_>>)| {
            let outcomes = mandates.iter().flat_map(|positions| outcomes(positions, head, id)).collect();
            let flow = PaymentFlow {
                head: head.clone(),
                id: id.to_owned(),
                exercise,
                mandates: mandates.iter().filter_map(mandato).collect(),
                reversali: 0,
                left_out: self.left_out(exercise),
            };
            (flow, outcomes)
        };
        exercises.into_iter().map(flow).collect()
    }

    /// How many mandati of an exercise were rejected; a row that does not tell its mandato counts for every exercise.
    fn left_out(&self, exercise: u16) -> u32 {
        let mut known: Vec<u64> = Vec::new();
        let mut unknown = 0_u32;
        for row in &self.rejected {
            match row.mandato {
                Some((of, number)) if of == exercise => known.push(number),
                Some(_) => {}
                None => unknown = unknown.saturating_add(1),
            }
        }
        known.sort_unstable();
        known.dedup();
        unknown.saturating_add(u32::try_from(known.len()).unwrap_or(u32::MAX))
    }
}

/// A position that does not come to more than nothing: a credit note alone is no order.
pub(super) fn not_positive(rows: &[&MandatoRow]) -> Option<RowFault> {
    let sums = positions(rows).into_iter().map(|position| sum(&position));
    let wrong = sums.into_iter().find(|sum| sum.is_none_or(|sum| sum <= Money::ZERO))?;
    Some(RowFault {
        column: Field::Amount.text().it.into_owned(),
        value: wrong.map(Money::italian).unwrap_or_default(),
        reason: Text::new(
            "le righe del mandato per questo beneficiario non danno un importo maggiore di zero",
            "the rows of the mandato for this payee do not come to an amount above zero",
        ),
    })
}

/// The rows of one mandato by payee, account and outcome.
fn positions<'a>(rows: &[&'a MandatoRow]) -> Together<'a> {
    let mut positions: Together<'a> = Vec::new();
    for row in rows {
        let same = positions.iter_mut().find(|position| {
            position.first().is_some_and(|first| {
                (&first.payee, &first.iban, first.state) == (&row.payee, &row.iban, row.state)
            })
        });
        match same {
            Some(position) => position.push(row),
            None => positions.push(vec![row]),
        }
    }
    positions
}

fn sum(rows: &[&MandatoRow]) -> Option<Money> {
    Money::checked_sum(rows.iter().map(|row| row.amount))
}

fn mandato(positions: &Together<'_>) -> Option<Mandato> {
    let first = positions.first()?.first()?;
    let is_void = positions.iter().flatten().all(|row| row.state == MandatoState::Void);
    let positions: Vec<Position> =
        (1..).zip(positions).filter_map(|(number, rows)| position(number, rows)).collect();
    Some(Mandato {
        operation: if is_void { MandatoOperation::Cancel } else { MandatoOperation::Insert },
        number: first.number,
        date: first.date,
        amount: Money::checked_sum(positions.iter().map(|position| position.amount))?,
        act: None,
        positions,
    })
}

fn position(progressive: u64, rows: &[&MandatoRow]) -> Option<Position> {
    let first = rows.first()?;
    Some(Position {
        progressive,
        amount: sum(rows)?,
        method: String::new(),
        cause: first.cause.clone(),
        payee: first.payee.clone(),
        creditor: None,
        iban: first.iban.clone(),
        withheld: Money::ZERO,
        end_to_end: None,
        replaces: None,
        classes: classes(rows),
    })
}

/// A class for each CUP, in it a debt for each kind and CIG.
fn classes(rows: &[&MandatoRow]) -> Vec<Class> {
    let mut classes: Vec<Class> = Vec::new();
    for row in rows {
        let cup = row.cup.as_ref().map(|cup| &cup.raw);
        let known = classes.iter().position(|class| class.cup.as_ref().map(|cup| &cup.raw) == cup);
        if known.is_none() {
            classes.push(Class {
                siope_code: String::new(),
                cup: row.cup.clone(),
                cpv: None,
                amount: Money::ZERO,
                debts: Vec::new(),
            });
        }
        let last = classes.len().saturating_sub(1);
        if let Some(class) = classes.get_mut(known.unwrap_or(last)) {
            class.amount = class.amount.checked_add(row.amount).unwrap_or_default();
            add_debt(&mut class.debts, row);
        }
    }
    classes
}

fn add_debt(debts: &mut Vec<Debt>, row: &MandatoRow) {
    let is_same = |debt: &Debt| {
        let cigs = (debt.cig.as_ref().map(|cig| &cig.raw), row.cig.as_ref().map(|cig| &cig.raw));
        debt.kind == row.debt && cigs.0 == cigs.1
    };
    match debts.iter_mut().find(|debt| is_same(debt)) {
        Some(debt) => debt.invoices.extend(row.invoice.clone()),
        None => debts.push(Debt {
            kind: row.debt,
            cig: row.cig.clone(),
            invoices: row.invoice.clone().into_iter().collect(),
        }),
    }
}

/// What the bank would have told of the positions of a mandato. Money that came back went out before.
fn outcomes(positions: &Together<'_>, head: &OpiHead, id: &str) -> Vec<PaymentOutcome> {
    let mut told = Vec::new();
    for (progressive, rows) in (1..).zip(positions) {
        let Some(first) = rows.first() else { continue };
        let (kinds, day): (&[OutcomeKind], Option<NaiveDate>) = match first.state {
            MandatoState::Issued => (&[OutcomeKind::Acquired], None),
            MandatoState::Void => (&[OutcomeKind::Cancelled], None),
            MandatoState::Paid(day) => (&[OutcomeKind::Paid], Some(day)),
            MandatoState::Settled(day) => (&[OutcomeKind::Settled], Some(day)),
            MandatoState::Reversed(day) => (&[OutcomeKind::Paid, OutcomeKind::Reversed], Some(day)),
        };
        told.extend(kinds.iter().map(|kind| PaymentOutcome {
            flow_id: id.to_owned(),
            exercise: first.exercise,
            number: first.number,
            progressive: Some(progressive),
            amount: sum(rows),
            kind: *kind,
            at: day.map_or(head.created_at, |day| day_bounds(day, day).0),
            errors: Vec::new(),
        }));
    }
    told
}
