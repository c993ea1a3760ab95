// SPDX-License-Identifier: EUPL-1.2
//! Discounts and charges of the document and of its lines: complete, reasoned, not negative.

use super::{FormatRule, Notes, reason_codes, scaled};
use crate::documents::ubl::wire::WireAllowance;

static CL001: FormatRule = FormatRule::fatal(
    "PEPPOL-T01-CL001",
    "Il motivo di uno sconto è un codice del sottoinsieme di UNCL 5189",
    "The reason of a discount is a code of the subset of UNCL 5189",
);
static CL002: FormatRule = FormatRule::fatal(
    "PEPPOL-T01-CL002",
    "Il motivo di una maggiorazione è un codice di UNCL 7161",
    "The reason of a charge is a code of UNCL 7161",
);
static R020: FormatRule = FormatRule::fatal(
    "PEPPOL-T01-R020",
    "A una percentuale di sconto o maggiorazione serve la base",
    "A percentage of discount or charge needs its base",
);
static R021: FormatRule = FormatRule::fatal(
    "PEPPOL-T01-R021",
    "A una base di sconto o maggiorazione serve la percentuale",
    "A base of discount or charge needs its percentage",
);
static R023: FormatRule = FormatRule::fatal(
    "PEPPOL-T01-R023",
    "Uno sconto o una maggiorazione deve avere un motivo o il suo codice",
    "A discount or charge must have a reason or its code",
);
static R032: FormatRule = FormatRule::fatal(
    "PEPPOL-T01-R032",
    "Uno sconto o una maggiorazione non può essere negativo",
    "A discount or charge cannot be negative",
);

pub(super) static RULES: &[&FormatRule] = &[&CL001, &CL002, &R020, &R021, &R023, &R032];

pub(super) fn check(notes: &mut Notes<'_, '_>) {
    let wire = notes.wire;
    let of_lines = wire.lines.iter().flat_map(|line| &line.allowances);
    for allowance in wire.allowances.iter().chain(of_lines) {
        complete(notes, allowance);
        base_needed(notes, allowance);
        codes(notes, allowance);
    }
    for price in wire.lines.iter().filter_map(|line| line.price.as_ref()) {
        for allowance in &price.allowances {
            base_needed(notes, allowance);
            codes(notes, allowance);
        }
    }
}

fn complete<'a>(notes: &mut Notes<'_, 'a>, allowance: &WireAllowance<'a>) {
    if let Some(base) = allowance.base.filter(|_| allowance.percent.is_none()) {
        notes.add_text(&R021, &base);
    }
    if !allowance.has_reason && allowance.reason_codes.is_empty() {
        notes.add(&R023, allowance.at, Vec::new());
    }
    if let Some(amount) =
        allowance.amount.filter(|amount| scaled(Some(amount)).is_some_and(|amount| amount < 0))
    {
        notes.add_text(&R032, &amount);
    }
}

fn base_needed<'a>(notes: &mut Notes<'_, 'a>, allowance: &WireAllowance<'a>) {
    if let Some(percent) = allowance.percent.filter(|_| allowance.base.is_none()) {
        notes.add_text(&R020, &percent);
    }
}

fn codes<'a>(notes: &mut Notes<'_, 'a>, allowance: &WireAllowance<'a>) {
    let Some(is_charge) = allowance.is_charge() else { return };
    for code in &allowance.reason_codes {
        let text = code.text();
        if is_charge && !reason_codes::is_charge(&text) {
            notes.add_text(&CL002, code);
        } else if !is_charge && !reason_codes::is_discount(&text) {
            notes.add_text(&CL001, code);
        }
    }
}
