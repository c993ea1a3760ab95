// SPDX-License-Identifier: EUPL-1.2
//! `ORD-042`: the totals are there and add up, to the cent.
//!
//! # What it does
//! Demands net, VAT and gross; lines plus document charges less discounts give the net, net plus VAT the
//! gross.
//! # Why
//! The gross total is what the budget reserves: without it nothing can be reserved, and a wrong one reserves
//! a wrong sum.
//! # Source
//! Peppol BIS Ordering 3, rules PEPPOL-T01-R008, R011 and R017: sums have no slack.

use super::{ALWAYS, Case, Check, Fault, LegalSource, Outcome, Rule};
use crate::domain::finding::Severity;
use crate::domain::money::Money;
use crate::domain::order::{Field, Order, Totals};
use crate::domain::text::Text;

pub(crate) const RULE: Rule = Rule {
    id: "ORD-042",
    severity: Severity::Blocks,
    source: LegalSource::official("Peppol BIS Ordering 3", "PEPPOL-T01-R008, R011, R017"),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new("I totali ci sono e tornano", "The totals are there and add up"),
    why: Text::new(
        "Il totale IVA inclusa è la somma che viene prenotata.",
        "The total with VAT is the amount that gets reserved.",
    ),
    remedy: Text::new(
        "Ricalcolare i totali: righe più maggiorazioni meno sconti = netto; netto più IVA = totale.",
        "Compute the totals again: lines plus charges less discounts = net; net plus VAT = gross.",
    ),
    check: Check::Order(check),
};

fn check(case: &Case<'_>) -> Outcome {
    let order = case.order;
    let Totals { net: Some(net), vat: Some(vat), gross: Some(gross), .. } = order.totals else {
        return Outcome::of(missing(&order.totals));
    };
    let faults = [
        lines_sum(order).and_then(|lines| stated_lines(order.totals.lines?, lines)),
        lines_sum(order).and_then(|lines| net_total(order, lines, net)),
        gross_total(net, vat, gross),
    ];
    Outcome::of(faults.into_iter().flatten())
}

fn missing(totals: &Totals) -> impl Iterator<Item = Fault> + use<> {
    let named = [
        (
            totals.net,
            Field::TotalsNet,
            "Manca il totale al netto dell'IVA.",
            "The total without VAT is missing.",
        ),
        (totals.vat, Field::TotalsVat, "Manca il totale dell'IVA.", "The total of the VAT is missing."),
        (totals.gross, Field::TotalsGross, "Manca il totale IVA inclusa.", "The total with VAT is missing."),
    ];
    let absent = named.into_iter().filter(|(amount, ..)| amount.is_none());
    absent.map(|(_, field, it, en)| Fault::new(field, it, en))
}

/// Nothing when a line has no amount (`ORD-040` says so) or the sum is out of range (`ORD-043`).
fn lines_sum(order: &Order) -> Option<Money> {
    order.lines.iter().try_fold(Money::ZERO, |sum, line| sum.checked_add(line.net_amount?))
}

fn stated_lines(stated: Money, lines: Money) -> Option<Fault> {
    if stated == lines {
        return None;
    }
    let it = format!("Il totale delle righe è {}, la loro somma {}.", stated.italian(), lines.italian());
    let en = format!("The total of the lines is {stated}, their sum {lines}.");
    let fault = Fault::new(Field::TotalsNet, it, en).with("stated", stated).with("computed", lines);
    Some(fault.at("/Order/cac:AnticipatedMonetaryTotal/cbc:LineExtensionAmount"))
}

fn net_total(order: &Order, lines: Money, stated: Money) -> Option<Fault> {
    let allowances = order.document_allowances;
    let computed = lines.checked_add(allowances)?;
    if stated == computed {
        return None;
    }
    let it =
        format!("Il totale netto è {}, ma dalle righe risulta {}.", stated.italian(), computed.italian());
    let en = format!("The net total is {stated}, but the lines give {computed}.");
    let fault =
        Fault::new(Field::TotalsNet, it, en).with("lines", lines).with("document_allowances", allowances);
    Some(fault.with("computed", computed).with("stated", stated))
}

fn gross_total(net: Money, vat: Money, stated: Money) -> Option<Fault> {
    let computed = net.checked_add(vat)?;
    if stated == computed {
        return None;
    }
    let it = format!("Il totale è {}, ma netto più IVA dà {}.", stated.italian(), computed.italian());
    let en = format!("The total is {stated}, but net plus VAT gives {computed}.");
    let fault = Fault::new(Field::TotalsGross, it, en).with("net", net).with("vat", vat);
    Some(fault.with("computed", computed).with("stated", stated))
}
