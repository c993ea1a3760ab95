// SPDX-License-Identifier: EUPL-1.2
//! `ORD-043`: quantities, prices and totals have the right sign and size.
//!
//! # What it does
//! Quantities above zero, prices and line amounts not below zero, totals above zero (VAT may be zero), sums
//! in range.
//! # Why
//! A negative line hides a discount or gives money back to the budget; a sum out of range cannot be reserved.
//! # Source
//! Peppol BIS Ordering 3, rules PEPPOL-T01-R004, R006, R007 and R025.

use super::{ALWAYS, Case, Check, Fault, LegalSource, Outcome, Rule};
use crate::domain::finding::Severity;
use crate::domain::money::Money;
use crate::domain::order::{Field, Line, Order};
use crate::domain::text::Text;

pub(crate) const RULE: Rule = Rule {
    id: "ORD-043",
    severity: Severity::Blocks,
    source: LegalSource::official("Peppol BIS Ordering 3", "PEPPOL-T01-R004, R006, R007, R025"),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new("Quantità e importi sono positivi", "Quantities and amounts are positive"),
    why: Text::new(
        "Un ordine impegna una spesa: importi negativi o nulli non impegnano nulla.",
        "An order commits an expense: negative or zero amounts commit nothing.",
    ),
    remedy: Text::new(
        "Correggere il valore; gli sconti vanno indicati come tali e non come righe negative.",
        "Correct the value; discounts are stated as such, not as negative lines.",
    ),
    check: Check::Order(check),
};

fn check(case: &Case<'_>) -> Outcome {
    let order = case.order;
    let lines = order.lines.iter().enumerate().flat_map(|(n, line)| line_faults(n, line));
    Outcome::of(lines.chain(total_faults(order)).chain(overflow(order)))
}

fn line_faults(n: usize, line: &Line) -> impl Iterator<Item = Fault> {
    let quantity = line.quantity;
    let base = line.base_quantity;
    let demands = [
        (
            quantity.is_negative() || quantity.is_zero(),
            Field::LineQuantity(n),
            "la quantità deve essere maggiore di zero",
            "the quantity must be above zero",
        ),
        (
            base.is_negative() || base.is_zero(),
            Field::LineUnitPrice(n),
            "la quantità a cui si riferisce il prezzo deve essere maggiore di zero",
            "the quantity the price refers to must be above zero",
        ),
        (
            line.unit_price.is_some_and(|price| price.is_negative()),
            Field::LineUnitPrice(n),
            "il prezzo non può essere negativo",
            "the price cannot be negative",
        ),
        (
            line.net_amount.is_some_and(Money::is_negative),
            Field::LineNetAmount(n),
            "l'importo non può essere negativo",
            "the amount cannot be negative",
        ),
    ];
    let broken = demands.into_iter().filter(|(broken, ..)| *broken);
    broken.map(move |(_, field, it, en)| {
        Fault::new(field, format!("Riga {}: {it}.", line.id), format!("Line {}: {en}.", line.id))
            .with("quantity", quantity)
    })
}

fn total_faults(order: &Order) -> impl Iterator<Item = Fault> + use<> {
    let not_above_zero =
        |amount: Option<Money>| amount.filter(|money| money.is_negative() || money.is_zero());
    let totals = [
        (
            not_above_zero(order.totals.net),
            Field::TotalsNet,
            "Il totale netto deve essere maggiore di zero.",
            "The net total must be above zero.",
        ),
        (
            order.totals.vat.filter(|vat| vat.is_negative()),
            Field::TotalsVat,
            "L'IVA non può essere negativa.",
            "The VAT cannot be negative.",
        ),
        (
            not_above_zero(order.totals.gross),
            Field::TotalsGross,
            "Il totale IVA inclusa deve essere maggiore di zero.",
            "The total with VAT must be above zero.",
        ),
    ];
    totals
        .into_iter()
        .filter_map(|(wrong, field, it, en)| Some(Fault::new(field, it, en).with("stated", wrong?)))
}

fn overflow(order: &Order) -> Option<Fault> {
    let lines = Money::checked_sum(order.lines.iter().filter_map(|line| line.net_amount));
    let fits = lines.is_some_and(|sum| sum.checked_add(order.document_allowances).is_some());
    if fits {
        return None;
    }
    Some(Fault::new(
        Field::Lines,
        "La somma delle righe è troppo grande per essere calcolata.",
        "The sum of the lines is too large to be computed.",
    ))
}
