// SPDX-License-Identifier: EUPL-1.2
//! `ORD-041`: the VAT of the order is that of its lines.
//!
//! # What it does
//! Adds the lines of each rate up, takes the rate on the sum, rounds once per rate, and compares the total
//! with the VAT stated, within the programme's tolerance. A line without a rate is a fault, since its VAT
//! cannot be known. Document discounts and charges do not say their rate: with one rate it is that one; with
//! several the VAT may lie anywhere between the lowest and the highest.
//! # Why
//! The budget reserves gross amounts, so a wrong VAT reserves a wrong sum.
//! # Source
//! DPR 633/1972 art. 16 and 21: rate and tax on the taxable base, summed by rate as in the FatturaPA summary.

use super::{ALWAYS, Case, Check, Fault, LegalSource, Outcome, Rule};
use crate::domain::decimal::{Exact, Percent};
use crate::domain::finding::Severity;
use crate::domain::money::Money;
use crate::domain::order::{Field, Line, Order};
use crate::domain::text::Text;

/// No law knows more than a handful of rates; an order with more is not added up.
const RATES_MAX: usize = 8;

pub(crate) const RULE: Rule = Rule {
    id: "ORD-041",
    severity: Severity::Blocks,
    source: LegalSource::official("DPR 633/1972", "art. 16 e 21"),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new("L'IVA è quella delle righe", "The VAT is that of the lines"),
    why: Text::new(
        "La somma prenotata è IVA inclusa: un'IVA sbagliata prenota una somma sbagliata.",
        "The amount reserved includes VAT: a wrong VAT reserves a wrong amount.",
    ),
    remedy: Text::new(
        "Calcolare l'IVA sulla somma delle righe di ciascuna aliquota, arrotondando una volta per aliquota.",
        "Compute the VAT on the sum of the lines of each rate, rounding once per rate.",
    ),
    check: Check::Order(check),
};

fn check(case: &Case<'_>) -> Outcome {
    let order = case.order;
    if order.lines.iter().any(|line| line.vat_rate.is_none()) {
        return Outcome::of(order.lines.iter().enumerate().filter_map(unrated));
    }
    let Some(stated) = order.totals.vat else { return Outcome::NotApplicable };
    if order.lines.iter().any(|line| line.net_amount.is_none()) {
        return Outcome::NotApplicable;
    }
    match vat_range(order) {
        Some((least, most)) => compare(stated, least, most, case.programme.tolerance.value),
        None => Fault::new(
            Field::TotalsVat,
            "L'IVA non si può calcolare: troppe aliquote diverse o importi troppo grandi.",
            "The VAT cannot be computed: too many different rates or amounts too large.",
        )
        .into(),
    }
}

fn unrated((n, line): (usize, &Line)) -> Option<Fault> {
    if line.vat_rate.is_some() {
        return None;
    }
    let it = format!("Riga {}: manca l'aliquota IVA.", line.id);
    let en = format!("Line {}: the VAT rate is missing.", line.id);
    Some(Fault::new(Field::LineVatRate(n), it, en))
}

/// Least and most VAT the lines and the document discounts can give.
fn vat_range(order: &Order) -> Option<(Money, Money)> {
    let mut sums = [None; RATES_MAX];
    for line in &order.lines {
        add(&mut sums, line.vat_rate?, line.net_amount?)?;
    }
    let allowances = order.document_allowances;
    if let [Some((rate, net)), None, ..] = sums {
        let vat = vat_on(net.checked_add(allowances)?, rate)?;
        return Some((vat, vat));
    }
    let mut lines = Money::ZERO;
    let mut extremes: Option<(Money, Money)> = None;
    for (rate, net) in sums.into_iter().flatten() {
        lines = lines.checked_add(vat_on(net, rate)?)?;
        let share = vat_on(allowances, rate)?;
        extremes = Some(extremes.map_or((share, share), |(least, most)| (least.min(share), most.max(share))));
    }
    let (least, most) = extremes?;
    Some((lines.checked_add(least)?, lines.checked_add(most)?))
}

fn add(sums: &mut [Option<(Percent, Money)>], rate: Percent, net: Money) -> Option<()> {
    let slot = sums.iter_mut().find(|slot| slot.is_none_or(|(known, _)| known == rate))?;
    let sum = slot.map_or(Money::ZERO, |(_, sum)| sum);
    *slot = Some((rate, sum.checked_add(net)?));
    Some(())
}

fn vat_on(net: Money, rate: Percent) -> Option<Money> {
    Exact::percent_of(net, rate)?.round_to_cents()
}

fn compare(stated: Money, least: Money, most: Money, tolerance: Money) -> Outcome {
    let nearest = stated.clamp(least, most);
    Outcome::demand(stated.abs_diff(nearest) <= tolerance.cents(), || {
        let it =
            format!("L'IVA dichiarata è {}, quella delle righe {}.", stated.italian(), nearest.italian());
        let en = format!("The VAT stated is {stated}, that of the lines {nearest}.");
        Fault::new(Field::TotalsVat, it, en)
            .with("stated", stated)
            .with("computed", nearest)
            .with("tolerance", tolerance)
    })
}
