// SPDX-License-Identifier: EUPL-1.2
//! `ORD-040`: on every line, quantity times price gives the amount stated.
//!
//! # What it does
//! Compares `quantity x unit price / base quantity + charges - discounts` with the net amount of the line.
//! The gateway's own JSON has to agree to the cent after one rounding; a UBL order has the slack of 0.02 that
//! Peppol grants on the exact value.
//! # Why
//! A line that does not add up will come back as an invoice that does not match.
//! # Source
//! Peppol BIS Ordering 3, rule PEPPOL-T01-R024 (and its slack); ours for JSON.

use super::{ALWAYS, Case, Check, Fault, LegalSource, Outcome, Rule};
use crate::domain::decimal::{Exact, Price};
use crate::domain::finding::Severity;
use crate::domain::money::Money;
use crate::domain::order::{Dialect, Field, Line};
use crate::domain::text::Text;

/// What Peppol lets a line amount differ from the exact product.
const UBL_SLACK_CENTS: i64 = 2;

pub(crate) const RULE: Rule = Rule {
    id: "ORD-040",
    severity: Severity::Blocks,
    source: LegalSource::official("Peppol BIS Ordering 3", "PEPPOL-T01-R024"),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new(
        "L'importo di ogni riga è quantità per prezzo",
        "The amount of every line is quantity times price",
    ),
    why: Text::new(
        "Una riga che non torna diventa una fattura che non combacia con l'ordine.",
        "A line that does not add up becomes an invoice that does not match the order.",
    ),
    remedy: Text::new(
        "Correggere quantità, prezzo, sconti o importo della riga.",
        "Correct quantity, price, discounts or amount of the line.",
    ),
    check: Check::Order(check),
};

fn check(case: &Case<'_>) -> Outcome {
    let dialect = case.order.dialect;
    Outcome::of(case.order.lines.iter().enumerate().filter_map(|(n, line)| fault(n, line, dialect)))
}

fn fault(n: usize, line: &Line, dialect: Dialect) -> Option<Fault> {
    let id = &line.id;
    let Some(price) = line.unit_price else {
        let it = format!("Riga {id}: manca il prezzo unitario, l'importo non si può verificare.");
        let en = format!("Line {id}: the unit price is missing, the amount cannot be checked.");
        return Some(Fault::new(Field::LineUnitPrice(n), it, en));
    };
    let Some(stated) = line.net_amount else {
        let it = format!("Riga {id}: manca l'importo netto.");
        let en = format!("Line {id}: the net amount is missing.");
        return Some(Fault::new(Field::LineNetAmount(n), it, en));
    };
    let Some(exact) = amount(line, price) else {
        let it = format!("Riga {id}: quantità e prezzo non danno un importo calcolabile.");
        let en = format!("Line {id}: quantity and price give no amount that can be computed.");
        return Some(Fault::new(Field::LineNetAmount(n), it, en));
    };
    let agrees = match dialect {
        Dialect::Json => exact.round_to_cents() == Some(stated),
        Dialect::Ubl => exact.abs_diff_cents_at_most(stated, UBL_SLACK_CENTS),
    };
    if agrees { None } else { Some(differs(n, line, price, stated, exact.round_to_cents())) }
}

fn amount(line: &Line, price: Price) -> Option<Exact> {
    Exact::product(price, line.quantity)?.divided_by(line.base_quantity)?.checked_add(line.allowances)
}

fn differs(n: usize, line: &Line, price: Price, stated: Money, computed: Option<Money>) -> Fault {
    let (id, quantity) = (&line.id, line.quantity);
    let (computed_it, computed) =
        computed.map_or_else(Default::default, |money| (money.italian(), money.to_string()));
    let it =
        format!("Riga {id}: {quantity} × {price} dà {computed_it}, ma l'importo è {}.", stated.italian());
    let en = format!("Line {id}: {quantity} x {price} gives {computed}, but the amount is {stated}.");
    Fault::new(Field::LineNetAmount(n), it, en)
        .with("quantity", quantity)
        .with("unit_price", price)
        .with("base_quantity", line.base_quantity)
        .with("allowances", line.allowances)
        .with("computed", computed)
        .with("net_amount", stated)
}
