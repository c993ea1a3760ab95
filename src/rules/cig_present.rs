// SPDX-License-Identifier: EUPL-1.2
//! `ORD-020`: the order carries one CIG.
//!
//! # What it does
//! Demands a CIG, refuses an exclusion code (`ES01`..) in its place, and refuses several different CIG in one
//! order.
//! # Why
//! A MePA purchase always has a CIG, also below 5,000 euro, and one order is one award. The Comune may not
//! pay an invoice without it.
//! # Source
//! L. 136/2010 art. 3 c. 5 (traceability); DL 66/2014 art. 25 c. 2-3 (invoice and payment).

use super::{Case, Check, Fault, LegalSource, Outcome, Rule, day};
use crate::domain::cig::{Cig, CigOrExclusion};
use crate::domain::finding::Severity;
use crate::domain::found::Found;
use crate::domain::order::Field;
use crate::domain::text::Text;

pub(crate) const RULE: Rule = Rule {
    id: "ORD-020",
    severity: Severity::Blocks,
    source: LegalSource::official("L. 136/2010", "art. 3 c. 5; DL 66/2014, art. 25 c. 2-3"),
    in_force_from: day(2010, 9, 7),
    in_force_to: None,
    title: Text::new("L'ordine ha un solo CIG", "The order has one CIG"),
    why: Text::new(
        "Ogni acquisto ha il suo CIG; senza, la fattura non può essere pagata.",
        "Every purchase has its CIG; without it the invoice may not be paid.",
    ),
    remedy: Text::new(
        "Acquisire il CIG dalla piattaforma (scheda AD5 sotto 5.000 euro, AD3 da 5.000) e riportarlo nell'ordine.",
        "Get the CIG from the platform (form AD5 below 5,000 euro, AD3 from 5,000) and put it in the order.",
    ),
    check: Check::Order(check),
};

fn check(case: &Case<'_>) -> Outcome {
    let cigs = &case.order.cigs;
    if cigs.is_empty() {
        return Fault::new(Field::Cig, "L'ordine non riporta il CIG.", "The order carries no CIG.").into();
    }
    let first = cigs.iter().find_map(cig);
    Outcome::of(cigs.iter().filter_map(|code| match code.ok()? {
        CigOrExclusion::Exclusion(_) => Some(excluded(code)),
        CigOrExclusion::Cig(other) => first.filter(|first| *first != other).map(|first| second(code, first)),
    }))
}

fn cig(code: &Found<CigOrExclusion>) -> Option<&Cig> {
    match code.ok()? {
        CigOrExclusion::Cig(cig) => Some(cig),
        CigOrExclusion::Exclusion(_) => None,
    }
}

fn excluded(code: &Found<CigOrExclusion>) -> Fault {
    let it = format!("{} è un codice di esclusione: un acquisto su MePA deve avere un CIG.", code.raw);
    let en = format!("{} is an exclusion code: a purchase on MePA must have a CIG.", code.raw);
    Fault::new(Field::Cig, it, en).at(code.at.as_ref()).with("cig", &code.raw)
}

fn second(code: &Found<CigOrExclusion>, first: &Cig) -> Fault {
    let it = format!("L'ordine riporta più CIG diversi: {first} e {}.", code.raw);
    let en = format!("The order carries different CIG: {first} and {}.", code.raw);
    Fault::new(Field::Cig, it, en).at(code.at.as_ref()).with("first", first).with("second", &code.raw)
}
