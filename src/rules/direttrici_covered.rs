// SPDX-License-Identifier: EUPL-1.2
//! `ORD-120`: the Comune buys something in every direttrice. Advice only.
//!
//! # What it does
//! Says which direttrici neither this order nor the Comune's other live orders touch.
//! # Why
//! At least one purchase per direttrice is preferred, not demanded: the spend is free across the three.
//! # Source
//! FAQ of the avviso.

use super::{ALWAYS, Case, Check, Fault, LegalSource, Outcome, Rule};
use crate::domain::finding::Severity;
use crate::domain::order::Field;
use crate::domain::text::Text;
use crate::rules::facts::PurchaseTotal;

pub(crate) const RULE: Rule = Rule {
    id: "ORD-120",
    severity: Severity::Info,
    source: LegalSource::official("Avviso del programma", "FAQ, acquisti per direttrice"),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new("Gli acquisti toccano ogni direttrice", "The purchases touch every direttrice"),
    why: Text::new(
        "È preferibile, non obbligatorio, almeno un acquisto per direttrice.",
        "At least one purchase per direttrice is preferred, not demanded.",
    ),
    remedy: Text::new(
        "Nessun obbligo: valutare un acquisto anche nelle direttrici mancanti.",
        "No duty: consider a purchase in the missing direttrici too.",
    ),
    check: Check::Order(check),
};

fn check(case: &Case<'_>) -> Outcome {
    case.facts.purchases.judged(|purchases| {
        let catalogue = &case.programme.catalogue;
        let missing =
            catalogue.direttrici.iter().filter(|direttrice| !is_touched(case, purchases, &direttrice.code));
        Outcome::of(missing.map(|direttrice| {
            let it = format!("Nessun acquisto nella direttrice «{}».", direttrice.name.it);
            let en = format!("No purchase in the direttrice \"{}\".", direttrice.name.en);
            Fault::new(Field::Lines, it, en).with("direttrice", &direttrice.code)
        }))
    })
}

fn is_touched(case: &Case<'_>, purchases: &[PurchaseTotal], direttrice: &str) -> bool {
    let here = case
        .lines()
        .any(|(_, _, sheet)| sheet.sheet().is_some_and(|found| found.category.direttrice == direttrice));
    here || purchases.iter().any(|total| {
        let category = case.programme.catalogue.category(&total.category);
        category.is_some_and(|category| category.direttrice == direttrice)
    })
}
