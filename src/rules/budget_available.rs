// SPDX-License-Identifier: EUPL-1.2
//! `ORD-080`: the grant still has the money.
//!
//! # What it does
//! Demands that the gross total less the Comune's own funds fits into what is available. The reservation that
//! follows asks the ledger again under its lock; this rule explains, the ledger decides.
//! # Why
//! What exceeds the grant is the Comune's own money and must be told apart in the papers.
//! # Source
//! Decree of admission (amount assigned). That the amount includes VAT is our reading of the figures.

use super::{ALWAYS, Case, Check, Fault, LegalSource, Outcome, Rule};
use crate::domain::finding::Severity;
use crate::domain::money::Money;
use crate::domain::order::Field;
use crate::domain::participation::Participation;
use crate::domain::text::Text;

pub(crate) const RULE: Rule = Rule {
    id: "ORD-080",
    severity: Severity::Blocks,
    source: LegalSource::inferred(
        "Decreto di ammissione a finanziamento",
        "importo assegnato, inteso IVA inclusa",
    ),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new("Il finanziamento ha capienza", "The grant has room"),
    why: Text::new(
        "La spesa oltre il finanziamento è a carico del Comune e va distinta nei documenti.",
        "What exceeds the grant is at the Comune's cost and has to be told apart in the papers.",
    ),
    remedy: Text::new(
        "Ridurre l'ordine, indicare la quota a carico del Comune (fondi propri) o liberare somme prenotate.",
        "Reduce the order, state the part paid by the Comune (own funds), or free amounts reserved.",
    ),
    check: Check::Order(check),
};

fn check(case: &Case<'_>) -> Outcome {
    let order = case.order;
    let Some(asked) = order.totals.gross.and_then(|gross| gross.checked_sub(order.own_funds)) else {
        return Outcome::NotApplicable;
    };
    case.for_comune(|budget| {
        Outcome::demand(asked <= budget.available, || short(asked, budget, order.own_funds))
    })
}

fn short(asked: Money, budget: &Participation, own_funds: Money) -> Fault {
    let available = budget.available;
    let missing = asked.checked_sub(available).unwrap_or(asked);
    let it = format!(
        "L'ordine chiede {}, ma sul finanziamento di {} sono disponibili {}: mancano {}.",
        asked.italian(),
        budget.assigned.italian(),
        available.italian(),
        missing.italian()
    );
    let en = format!(
        "The order asks for {asked} EUR, but of the grant of {} EUR only {available} EUR are available: {missing} EUR are missing.",
        budget.assigned
    );
    Fault::new(Field::TotalsGross, it, en)
        .with("assigned", budget.assigned)
        .with("available", available)
        .with("own_funds", own_funds)
        .with("asked", asked)
        .with("missing", missing)
}
