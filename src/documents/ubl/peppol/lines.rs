// SPDX-License-Identifier: EUPL-1.2
//! Rules about lines: identity, quantity, price, VAT category.

use std::borrow::Cow;
use std::collections::HashMap;

use super::{FOUND, FormatRule, Notes, scaled};
use crate::documents::ubl::wire::{Leaf, WireLine, WireOrder, WirePrice};

static R001: FormatRule = FormatRule::fatal(
    "PEPPOL-T01-R001",
    "Ogni riga deve avere un identificativo diverso dalle altre",
    "Every line must have an identifier of its own",
);
static R004: FormatRule = FormatRule::fatal(
    "PEPPOL-T01-R004",
    "Una quantità non può essere negativa",
    "A quantity cannot be negative",
);
static R005: FormatRule = FormatRule::fatal(
    "PEPPOL-T01-R005",
    "Un prezzo netto non può essere negativo",
    "A net price cannot be negative",
);
static R013: FormatRule = FormatRule::warning(
    "PEPPOL-T01-R013",
    "Una riga dovrebbe dire la quantità",
    "A line should state a quantity",
);
static R019: FormatRule = FormatRule::fatal(
    "PEPPOL-T01-R019",
    "Il prezzo netto deve essere il prezzo lordo meno lo sconto",
    "The net price must be the gross price less the discount",
);
static R025: FormatRule = FormatRule::fatal(
    "PEPPOL-T01-R025",
    "La quantità base del prezzo deve essere maggiore di zero",
    "The base quantity of a price must be above zero",
);
static R027: FormatRule = FormatRule::fatal(
    "PEPPOL-T01-R027",
    "Un prezzo lordo non può essere negativo",
    "A gross price cannot be negative",
);
static R029: FormatRule = FormatRule::fatal(
    "PEPPOL-T01-R029",
    "Una categoria IVA deve avere un'aliquota, salvo le operazioni fuori campo (O)",
    "A VAT category must have a rate, unless it is out of scope (O)",
);
static R030: FormatRule = FormatRule::fatal(
    "PEPPOL-T01-R030",
    "Con la categoria IVA S l'aliquota deve essere maggiore di zero",
    "With VAT category S the rate must be above zero",
);
static R033: FormatRule = FormatRule::fatal(
    "PEPPOL-T01-R033",
    "Lo sconto sul prezzo non può essere negativo",
    "The discount on a price cannot be negative",
);

pub(super) static RULES: &[&FormatRule] =
    &[&R001, &R004, &R005, &R013, &R019, &R025, &R027, &R029, &R030, &R033];

pub(super) fn check(notes: &mut Notes<'_, '_>) {
    let wire = notes.wire;
    identity(notes, wire);
    for line in &wire.lines {
        match &line.quantity {
            Some(quantity) => negative(notes, &R004, Some(quantity)),
            None => notes.add(&R013, line.item_at.unwrap_or(line.at), Vec::new()),
        }
        if let Some(price) = &line.price {
            self::price(notes, price);
        }
    }
    for category in &wire.sightings.tax_categories {
        let id = category.id.map(|id| id.text()).unwrap_or_default();
        match &category.percent {
            None if id != "O" => notes.add(&R029, category.at, Vec::new()),
            Some(percent) if id == "S" && scaled(Some(percent)).is_some_and(|rate| rate <= 0) => {
                notes.add_text(&R030, percent);
            }
            None | Some(_) => {}
        }
    }
}

fn identity(notes: &mut Notes<'_, '_>, wire: &WireOrder<'_>) {
    let id = |line: &WireLine<'_>| line.id.map(|id| id.text().into_owned());
    if is_ascending(wire) {
        return;
    }
    let mut counts: HashMap<Option<String>, usize> = HashMap::new();
    for line in &wire.lines {
        *counts.entry(id(line)).or_default() += 1;
    }
    for line in &wire.lines {
        let name = id(line);
        if name.is_none() || counts.get(&name).is_some_and(|count| *count > 1) {
            let offset = line.id.map_or(line.item_at.unwrap_or(line.at), |id| wire.offset(&id));
            notes.add(
                &R001,
                offset,
                name.map(|name| (FOUND, crate::documents::fault::shown(&name))).into_iter().collect(),
            );
        }
    }
}

/// Ids that grow from line to line are all different: the usual case, settled without a set.
fn is_ascending(wire: &WireOrder<'_>) -> bool {
    let mut last: Option<Cow<'_, str>> = None;
    wire.lines.iter().all(|line| {
        let Some(id) = line.id.map(|id| id.text()) else { return false };
        let grows = last.as_ref().is_none_or(|last| (last.len(), last.as_ref()) < (id.len(), id.as_ref()));
        last = Some(id);
        grows
    })
}

fn price<'a>(notes: &mut Notes<'_, 'a>, price: &WirePrice<'a>) {
    negative(notes, &R005, price.amount.as_ref());
    if let Some(base) = price.base_quantity.filter(|base| scaled(Some(base)).is_some_and(|base| base <= 0)) {
        notes.add_text(&R025, &base);
    }
    for allowance in &price.allowances {
        negative(notes, &R027, allowance.base.as_ref());
        negative(notes, &R033, allowance.amount.as_ref());
        let Some(gross) = scaled(allowance.base.as_ref()) else { continue };
        let expected = gross - scaled(allowance.amount.as_ref()).unwrap_or_default();
        if let (Some(amount), Some(net)) = (&price.amount, scaled(price.amount.as_ref()))
            && net != expected
        {
            notes.add_sum(&R019, notes.wire.offset(amount), net, expected);
        }
    }
}

fn negative<'a>(notes: &mut Notes<'_, 'a>, rule: &'static FormatRule, leaf: Option<&Leaf<'a>>) {
    if let Some(leaf) = leaf
        && scaled(Some(leaf)).is_some_and(|number| number < 0)
    {
        notes.add_text(rule, leaf);
    }
}
