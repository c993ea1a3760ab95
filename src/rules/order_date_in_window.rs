// SPDX-License-Identifier: EUPL-1.2
//! `ORD-050`: the order is dated inside the purchase window.
//!
//! # What it does
//! Demands an order date from the first to the last day of the window, both whole, as calendar days of
//! Europe/Rome. The message tells how the window was moved.
//! # Why
//! Purchases may start with the decree of definitive admission and end on the last day of the avviso; an
//! expense outside is not the programme's.
//! # Source
//! The decree of definitive admission (first day) and the avviso with its extensions (last day).

use super::{ALWAYS, Case, Check, Fault, LegalSource, Outcome, Rule};
use crate::domain::finding::Severity;
use crate::domain::order::Field;
use crate::domain::text::Text;
use crate::programme::Windows;

pub(crate) const RULE: Rule = Rule {
    id: "ORD-050",
    severity: Severity::Blocks,
    source: LegalSource::official("Avviso del programma", "periodo degli acquisti e proroghe"),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new(
        "L'ordine è datato nel periodo degli acquisti",
        "The order is dated inside the purchase window",
    ),
    why: Text::new(
        "Gli acquisti fuori dal periodo ammesso non sono finanziati.",
        "Purchases outside the admitted period are not funded.",
    ),
    remedy: Text::new(
        "Verificare la data dell'ordine; fuori dal periodo l'acquisto non può gravare sul finanziamento.",
        "Check the date of the order; outside the window the purchase cannot be charged to the grant.",
    ),
    check: Check::Order(check),
};

fn check(case: &Case<'_>) -> Outcome {
    let (dated, window) = (case.order.order_date, case.programme.windows.current());
    Outcome::demand(window.contains_day(dated), || {
        let (first, last) = (window.first.format("%d/%m/%Y"), window.last.format("%d/%m/%Y"));
        let (moved_it, moved) = history(&case.programme.windows);
        let it = format!(
            "L'ordine è del {}, fuori dal periodo degli acquisti {first} – {last}{moved_it}.",
            dated.format("%d/%m/%Y")
        );
        let en =
            format!("The order is of {dated}, outside the window {} – {}{moved}.", window.first, window.last);
        Fault::new(Field::OrderDate, it, en)
            .with("order_date", dated)
            .with("first", window.first)
            .with("last", window.last)
            .with("basis", &window.source)
    })
}

/// The last days that held before, if the window was ever moved.
fn history(windows: &Windows) -> (String, String) {
    let current = windows.current();
    let earlier = || windows.history().filter(|window| window.id != current.id);
    if earlier().next().is_none() {
        return Default::default();
    }
    let days_it =
        earlier().map(|window| window.last.format("%d/%m/%Y").to_string()).collect::<Vec<_>>().join(", ");
    let days = earlier().map(|window| window.last.to_string()).collect::<Vec<_>>().join(", ");
    (
        format!(
            " (termine fissato prima al {days_it}, poi spostato dal provvedimento del {})",
            current.decided_on.format("%d/%m/%Y")
        ),
        format!(" (the last day was {days} before the decision of {})", current.decided_on),
    )
}
