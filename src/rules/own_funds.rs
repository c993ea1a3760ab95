// SPDX-License-Identifier: EUPL-1.2
//! `ORD-081`: the Comune's own part is between nothing and the whole.
//!
//! # What it does
//! Refuses own funds below zero or above the gross total, and any at all where the programme's datum
//! `own_funds_allowed` says no.
//! # Why
//! Own funds are taken off what the grant is asked for: a negative or excessive value would turn the
//! reservation upside down.
//! # Source
//! RGS, FAQ on co-financing of PNRR works: own money is traced and told apart. The bounds are ours.

use super::{ALWAYS, Case, Check, Fault, LegalSource, Outcome, Rule};
use crate::domain::finding::Severity;
use crate::domain::order::Field;
use crate::domain::text::Text;

pub(crate) const RULE: Rule = Rule {
    id: "ORD-081",
    severity: Severity::Blocks,
    source: LegalSource::inferred("RGS", "FAQ PNRR sul cofinanziamento"),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new(
        "I fondi propri sono tra zero e il totale",
        "The own funds are between zero and the total",
    ),
    why: Text::new(
        "La quota del Comune si sottrae da quanto chiesto al finanziamento.",
        "The Comune's part is taken off what is asked of the grant.",
    ),
    remedy: Text::new(
        "Indicare come fondi propri solo la parte del totale, IVA inclusa, pagata dal Comune.",
        "State as own funds only the part of the total, VAT included, that the Comune pays.",
    ),
    check: Check::Order(check),
};

fn check(case: &Case<'_>) -> Outcome {
    let own_funds = case.order.own_funds;
    if own_funds.is_negative() {
        let it = format!("I fondi propri ({}) sono negativi.", own_funds.italian());
        let en = format!("The own funds ({own_funds} EUR) are negative.");
        return Fault::new(Field::OwnFunds, it, en).with("own_funds", own_funds).into();
    }
    if !own_funds.is_zero() && !case.programme.funding.own_funds_allowed.value {
        let it = format!("Il programma non ammette fondi propri ({}).", own_funds.italian());
        let en = format!("The programme admits no own funds ({own_funds} EUR).");
        return Fault::new(Field::OwnFunds, it, en).with("own_funds", own_funds).into();
    }
    let Some(gross) = case.order.totals.gross else { return Outcome::NotApplicable };
    Outcome::demand(own_funds <= gross, || {
        let it =
            format!("I fondi propri ({}) superano il totale ({}).", own_funds.italian(), gross.italian());
        let en = format!("The own funds ({own_funds} EUR) exceed the total ({gross} EUR).");
        Fault::new(Field::OwnFunds, it, en).with("own_funds", own_funds).with("gross", gross)
    })
}
