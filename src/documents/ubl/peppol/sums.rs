// SPDX-License-Identifier: EUPL-1.2
//! Sums. Totals must agree to the last cent; only a line and a percentage have a slack of two cents.

use super::{FormatRule, Notes, scaled};
use crate::documents::ubl::wire::{Leaf, WireAllowance, WireLine, WireTotal};

/// One, two cents, and one cent in units of 10^-8.
const ONE: i128 = 100_000_000;
const SLACK: i128 = 2 * CENT;
const CENT: i128 = 1_000_000;

static R006: FormatRule = FormatRule::fatal(
    "PEPPOL-T01-R006",
    "L'importo da pagare non può essere negativo",
    "The payable amount cannot be negative",
);
static R007: FormatRule = FormatRule::fatal(
    "PEPPOL-T01-R007",
    "La somma delle righe non può essere negativa",
    "The sum of the lines cannot be negative",
);
static R008: FormatRule = FormatRule::fatal(
    "PEPPOL-T01-R008",
    "Il totale delle righe deve essere la somma degli importi di riga",
    "The total of the lines must be the sum of the line amounts",
);
static R009: FormatRule = FormatRule::fatal(
    "PEPPOL-T01-R009",
    "Il totale degli sconti deve essere la somma degli sconti di documento",
    "The total of discounts must be the sum of the document discounts",
);
static R010: FormatRule = FormatRule::fatal(
    "PEPPOL-T01-R010",
    "Il totale delle maggiorazioni deve essere la somma delle maggiorazioni di documento",
    "The total of charges must be the sum of the document charges",
);
static R011: FormatRule = FormatRule::fatal(
    "PEPPOL-T01-R011",
    "Il totale senza IVA deve essere la somma delle righe meno gli sconti più le maggiorazioni",
    "The total without VAT must be the lines less discounts plus charges",
);
static R016: FormatRule = FormatRule::fatal(
    "PEPPOL-T01-R016",
    "L'importo da pagare deve essere il totale con IVA meno gli acconti più l'arrotondamento",
    "The payable amount must be the total with VAT less prepayments plus rounding",
);
static R017: FormatRule = FormatRule::fatal(
    "PEPPOL-T01-R017",
    "Il totale con IVA deve essere il totale senza IVA più l'IVA",
    "The total with VAT must be the total without VAT plus the VAT",
);
static R022: FormatRule = FormatRule::fatal(
    "PEPPOL-T01-R022",
    "Lo sconto o la maggiorazione deve essere la percentuale della sua base",
    "A discount or charge must be the percentage of its base",
);
static R024: FormatRule = FormatRule::fatal(
    "PEPPOL-T01-R024",
    "L'importo di riga deve essere quantità per prezzo, più maggiorazioni, meno sconti",
    "A line amount must be quantity times price, plus charges, less discounts",
);

pub(super) static RULES: &[&FormatRule] =
    &[&R006, &R007, &R008, &R009, &R010, &R011, &R016, &R017, &R022, &R024];

pub(super) fn check(notes: &mut Notes<'_, '_>) {
    let wire = notes.wire;
    if let Some(total) = &wire.total {
        total_of_lines(notes, total);
        totals_of_allowances(notes, total);
        total_with_vat(notes, total);
    }
    for allowance in &wire.allowances {
        percentage(notes, allowance);
    }
    for line in &wire.lines {
        line_amount(notes, line);
        for allowance in &line.allowances {
            percentage(notes, allowance);
        }
    }
}

fn total_of_lines(notes: &mut Notes<'_, '_>, total: &WireTotal<'_>) {
    let offset = |leaf: Option<Leaf<'_>>| leaf.map_or(total.at, |leaf| notes.wire.offset(&leaf));
    let (payable_at, lines_at) = (offset(total.payable), offset(total.line_extension));
    if let Some(payable) = scaled(total.payable.as_ref()).filter(|payable| *payable < 0) {
        notes.add_sum(&R006, payable_at, payable, 0);
    }
    let Some(stated) = scaled(total.line_extension.as_ref()) else { return };
    if stated < 0 {
        notes.add_sum(&R007, lines_at, stated, 0);
    }
    let sum = to_cents(notes.wire.lines.iter().filter_map(|line| scaled(line.net_amount.as_ref())).sum());
    if stated != sum {
        notes.add_sum(&R008, lines_at, stated, sum);
    }
}

fn totals_of_allowances(notes: &mut Notes<'_, '_>, total: &WireTotal<'_>) {
    let discounts = scaled(total.allowance_total.as_ref()).unwrap_or_default();
    let charges = scaled(total.charge_total.as_ref()).unwrap_or_default();
    let offset = |leaf: Option<Leaf<'_>>| leaf.map_or(total.at, |leaf| notes.wire.offset(&leaf));
    let (discounts_at, charges_at) = (offset(total.allowance_total), offset(total.charge_total));
    let exclusive_at = offset(total.tax_exclusive);
    let sum = sum_of(&notes.wire.allowances, false);
    if discounts != sum {
        notes.add_sum(&R009, discounts_at, discounts, sum);
    }
    let sum = sum_of(&notes.wire.allowances, true);
    if charges != sum {
        notes.add_sum(&R010, charges_at, charges, sum);
    }
    let lines = scaled(total.line_extension.as_ref());
    if let (Some(stated), Some(lines)) = (scaled(total.tax_exclusive.as_ref()), lines)
        && stated != lines - discounts + charges
    {
        notes.add_sum(&R011, exclusive_at, stated, lines - discounts + charges);
    }
}

fn total_with_vat(notes: &mut Notes<'_, '_>, total: &WireTotal<'_>) {
    let Some(inclusive) = scaled(total.tax_inclusive.as_ref()) else { return };
    let offset = |leaf: Option<Leaf<'_>>| leaf.map_or(total.at, |leaf| notes.wire.offset(&leaf));
    let (inclusive_at, payable_at) = (offset(total.tax_inclusive), offset(total.payable));
    if let Some(payable) = scaled(total.payable.as_ref()) {
        let prepaid = scaled(total.prepaid.as_ref()).unwrap_or_default();
        let rounding = scaled(total.rounding.as_ref()).unwrap_or_default();
        if payable != inclusive - prepaid + rounding {
            notes.add_sum(&R016, payable_at, payable, inclusive - prepaid + rounding);
        }
    }
    if !notes.wire.has_tax_total {
        return;
    }
    let vat: i128 = notes.wire.tax_totals.iter().filter_map(|amount| scaled(Some(amount))).sum();
    if let Some(exclusive) = exclusive(total)
        && inclusive != exclusive + vat
    {
        notes.add_sum(&R017, inclusive_at, inclusive, exclusive + vat);
    }
}

/// The total without VAT, computed where it is not stated.
fn exclusive(total: &WireTotal<'_>) -> Option<i128> {
    let part = |leaf: &Option<Leaf<'_>>| scaled(leaf.as_ref()).unwrap_or_default();
    let computed = || {
        Some(
            scaled(total.line_extension.as_ref())? - part(&total.allowance_total) + part(&total.charge_total),
        )
    };
    match &total.tax_exclusive {
        Some(stated) => scaled(Some(stated)),
        None => computed(),
    }
}

fn percentage(notes: &mut Notes<'_, '_>, allowance: &WireAllowance<'_>) {
    let (Some(percent), Some(base)) = (scaled(allowance.percent.as_ref()), scaled(allowance.base.as_ref()))
    else {
        return;
    };
    let stated = scaled(allowance.amount.as_ref()).unwrap_or_default();
    // Both products stay below 10^38 and the comparison needs no division.
    let expected = base.saturating_mul(percent);
    let hundredfold = stated.saturating_mul(100 * ONE);
    if hundredfold.abs_diff(expected) > (SLACK * 100 * ONE).unsigned_abs() {
        let offset = allowance.amount.map_or(allowance.at, |amount| notes.wire.offset(&amount));
        notes.add_sum(&R022, offset, stated, expected / (100 * ONE));
    }
}

fn line_amount(notes: &mut Notes<'_, '_>, line: &WireLine<'_>) {
    // A line that states no amount has nothing that could disagree.
    let Some(amount) = &line.net_amount else { return };
    let price = line.price.as_ref();
    let base =
        scaled(price.and_then(|price| price.base_quantity.as_ref())).filter(|base| *base != 0).unwrap_or(ONE);
    let quantity = match &line.quantity {
        Some(quantity) => scaled(Some(quantity)),
        None => Some(ONE),
    };
    let unit = scaled(price.and_then(|price| price.amount.as_ref())).or_else(|| price.is_none().then_some(0));
    let (Some(stated), Some(quantity), Some(unit)) = (scaled(Some(amount)), quantity, unit) else { return };
    let changes = sum_of(&line.allowances, true) - sum_of(&line.allowances, false);
    let goods = quantity.saturating_mul(unit);
    let wanted = (stated - changes).saturating_mul(base);
    if wanted.abs_diff(goods) > SLACK.unsigned_abs().saturating_mul(base.unsigned_abs()) {
        notes.add_sum(&R024, notes.wire.offset(amount), stated, goods / base + changes);
    }
}

/// The discounts, or the charges, of one level, to the cent.
fn sum_of(allowances: &[WireAllowance<'_>], charges: bool) -> i128 {
    let of_kind = allowances.iter().filter(|allowance| allowance.is_charge() == Some(charges));
    to_cents(of_kind.filter_map(|allowance| scaled(allowance.amount.as_ref())).sum())
}

/// Rounded to the cent, halves upward.
fn to_cents(sum: i128) -> i128 {
    (sum + CENT / 2).div_euclid(CENT) * CENT
}
