// SPDX-License-Identifier: EUPL-1.2
//! `ORD-110`: the Comune has no other live order with this number.
//!
//! # What it does
//! Refuses an order whose number is that of another order of the Comune that is neither cancelled, refused
//! nor revoked.
//! # Why
//! The same ODA taken in twice (by file and from the platform) would reserve its money twice.
//! # Source
//! NSO technical rules: a body uses number, date and sender once. Ours is stricter, since MePA numbers do not
//! repeat.

use super::{ALWAYS, Case, Check, Fault, LegalSource, Outcome, Rule};
use crate::domain::finding::Severity;
use crate::domain::order::Field;
use crate::domain::text::Text;

pub(crate) const RULE: Rule = Rule {
    id: "ORD-110",
    severity: Severity::Blocks,
    source: LegalSource::inferred("Regole tecniche NSO", "identificazione dell'ordine"),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new("L'ordine non è un doppione", "The order is not a duplicate"),
    why: Text::new(
        "Lo stesso ODA registrato due volte prenoterebbe due volte la spesa.",
        "The same ODA recorded twice would reserve its money twice.",
    ),
    remedy: Text::new(
        "Usare l'ordine già registrato; per sostituirlo, annullarlo prima.",
        "Use the order already recorded; to replace it, cancel it first.",
    ),
    check: Check::Order(check),
};

fn check(case: &Case<'_>) -> Outcome {
    let number = &case.order.number;
    case.facts.same_number.judged(|others| {
        Outcome::of(others.iter().map(|other| {
            let it = format!("Il Comune ha già un ordine con il numero {number} ({other}).");
            let en = format!("The Comune already has an order with the number {number} ({other}).");
            Fault::new(Field::Number, it, en).with("order_number", number).with("order", other)
        }))
    })
}
