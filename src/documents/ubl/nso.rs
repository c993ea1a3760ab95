// SPDX-License-Identifier: EUPL-1.2
//! What NSO asks beyond Peppol of an order in the AgID profile: the reference to another order, the CIG in the head or
//! in every line, revocations and confirmations without content. The gateway only warns: NSO itself refuses.

use super::codes::cigs_in;
use super::kind::{self, relation};
use super::peppol::{FOUND, FormatRule, Notes};
use super::wire::{Leaf, WireLine, WireOrder};
use crate::documents::fault::shown;

const fn nso(id: &'static str, it: &'static str, en: &'static str) -> FormatRule {
    let mut rule = FormatRule::warning(id, it, en);
    rule.source = "NSO, regole tecniche 4.5";
    rule
}

static NSO_011: FormatRule = nso(
    "NSO-011",
    "L'ordine di una PA parte dall'ufficio: schemeID 0201",
    "An order of a public body comes from its office: schemeID 0201",
);
static NSO_040: FormatRule = nso(
    "NSO-040",
    "Il riferimento a un altro ordine si scrive ID#data#endpoint#tipo",
    "A reference to another order is written ID#date#endpoint#type",
);
static NSO_041: FormatRule =
    nso("NSO-041", "Manca il numero dell'ordine collegato", "The number of the other order is missing");
static NSO_042: FormatRule = nso(
    "NSO-042",
    "La data dell'ordine collegato si scrive AAAA-MM-GG",
    "The date of the other order is written YYYY-MM-DD",
);
static NSO_044: FormatRule = nso(
    "NSO-044",
    "Il tipo di riferimento è Connected, Accepted, Cancelled, Revised o Invoice",
    "The type of reference is Connected, Accepted, Cancelled, Revised or Invoice",
);
static NSO_045: FormatRule = nso(
    "NSO-045",
    "Un ordine si riferisce a un solo altro ordine",
    "An order refers to one other order only",
);
static NSO_050: FormatRule = nso(
    "NSO-050",
    "Una revoca o una conferma ha una sola riga",
    "A revocation or confirmation has exactly one line",
);
static NSO_052: FormatRule = nso(
    "NSO-052",
    "La riga di una revoca o conferma ha solo ID, quantità e nome",
    "The line of a revocation or confirmation has an id, a quantity and a name only",
);
static NSO_053: FormatRule = nso(
    "NSO-053",
    "La riga di una revoca o conferma ha ID NA",
    "The line of a revocation or confirmation has the id NA",
);
static NSO_054: FormatRule = nso(
    "NSO-054",
    "La riga di una revoca o conferma ha quantità 0",
    "The line of a revocation or confirmation has quantity 0",
);
static NSO_056: FormatRule = nso(
    "NSO-056",
    "La riga di una revoca o conferma ha nome NA",
    "The line of a revocation or confirmation has the name NA",
);
static NSO_061: FormatRule = nso(
    "NSO-061",
    "Il CIG o il motivo di esclusione sta in testata oppure in tutte le righe, non in entrambi i posti",
    "The CIG or the reason of exclusion stands in the head or in every line, not in both",
);
static NSO_062: FormatRule = nso("NSO-062", "Una riga ha al massimo un CIG", "A line has at most one CIG");
static NSO_064: FormatRule = nso(
    "NSO-064",
    "L'identificativo di una riga dovrebbe avere al massimo sei caratteri",
    "The identifier of a line should have at most six characters",
);

/// The rules that this module knows.
pub static RULES: &[&FormatRule] = &[
    &NSO_011, &NSO_040, &NSO_041, &NSO_042, &NSO_044, &NSO_045, &NSO_050, &NSO_052, &NSO_053, &NSO_054,
    &NSO_056, &NSO_061, &NSO_062, &NSO_064,
];

pub(super) fn check(notes: &mut Notes<'_, '_>) {
    let wire = notes.wire;
    if let Some(endpoint) = wire.buyer.as_ref().and_then(|buyer| buyer.endpoint)
        && !endpoint.has_attribute("0201")
    {
        let scheme = endpoint.attribute.map(shown).unwrap_or_default();
        notes.add(&NSO_011, wire.attribute_offset(&endpoint), vec![(FOUND, scheme)]);
    }
    references(notes, wire);
    if kind::is_without_content(wire) {
        without_content(notes, wire);
    } else {
        cigs(notes, wire);
    }
    for id in wire.lines.iter().filter_map(|line| line.id).filter(|id| id.text().chars().count() > 6) {
        notes.add_text(&NSO_064, &id);
    }
}

fn references<'a>(notes: &mut Notes<'_, 'a>, wire: &WireOrder<'a>) {
    if let [_, second, ..] = wire.order_references.as_slice() {
        notes.add(&NSO_045, second.at, Vec::new());
    }
    for id in wire.order_references.iter().filter_map(|reference| reference.id) {
        let text = id.text();
        let parts: Vec<&str> = text.split('#').collect();
        let [number, date, _endpoint, _relation] = parts.as_slice() else {
            notes.add_text(&NSO_040, &id);
            continue;
        };
        if number.is_empty() {
            notes.add_text(&NSO_041, &id);
        }
        if chrono::NaiveDate::parse_from_str(date, "%Y-%m-%d").is_err() {
            notes.add_text(&NSO_042, &id);
        }
        if relation(&text).is_none() {
            notes.add_text(&NSO_044, &id);
        }
    }
}

fn without_content<'a>(notes: &mut Notes<'_, 'a>, wire: &WireOrder<'a>) {
    if wire.lines.len() != 1 {
        notes.add(&NSO_050, wire.at, vec![(FOUND, wire.lines.len().to_string())]);
    }
    for line in &wire.lines {
        if has_more_than_a_name(line) {
            notes.add(&NSO_052, line.item_at.unwrap_or(line.at), Vec::new());
        }
        not_among(notes, &NSO_053, line.id.as_ref(), &["NA", "N/A"]);
        not_among(notes, &NSO_054, line.quantity.as_ref(), &["0"]);
        not_among(notes, &NSO_056, line.item.name.as_ref(), &["NA", "N/A"]);
    }
}

fn not_among<'a>(
    notes: &mut Notes<'_, 'a>,
    rule: &'static FormatRule,
    leaf: Option<&Leaf<'a>>,
    wanted: &[&str],
) {
    if let Some(leaf) = leaf
        && !wanted.contains(&leaf.text().as_ref())
    {
        notes.add_text(rule, leaf);
    }
}

fn has_more_than_a_name(line: &WireLine<'_>) -> bool {
    let item = &line.item;
    line.net_amount.is_some()
        || line.accounting_cost.is_some()
        || line.price.is_some()
        || !line.allowances.is_empty()
        || item.description.is_some()
        || item.seller_code.is_some()
        || !item.specifications.is_empty()
        || !item.classes.is_empty()
        || !item.tax_categories.is_empty()
}

fn cigs(notes: &mut Notes<'_, '_>, wire: &WireOrder<'_>) {
    let in_head = wire.originator_references.len();
    let with_one = |line: &&WireLine<'_>| cigs_in(&line.item.specifications) > 0;
    let in_lines = wire.lines.iter().filter(with_one).count();
    let good = if in_head > 0 { in_lines == 0 } else { in_lines == wire.lines.len() };
    if !good {
        let offset = wire.originator_references.first().map_or(wire.at, |reference| reference.at);
        notes.add(&NSO_061, offset, vec![(FOUND, format!("{in_head} + {in_lines}/{}", wire.lines.len()))]);
    }
    for line in wire.lines.iter().filter(|line| cigs_in(&line.item.specifications) > 1) {
        notes.add(&NSO_062, line.item_at.unwrap_or(line.at), Vec::new());
    }
}
