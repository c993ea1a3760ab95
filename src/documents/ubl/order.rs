// SPDX-License-Identifier: EUPL-1.2
//! The wire layer to an `Order`. What an order cannot be without is a fault when it is missing; a malformed code is kept
//! beside its reason.

use std::borrow::Cow;

use super::values::Values;
use super::wire::{Leaf, WireAllowance, WireClass, WireItem, WireLine, WireOrder, WirePrice};
use super::{codes, kind, parties};
use crate::documents::fault::RawFault;
use crate::domain::cpv::Cpv;
use crate::domain::decimal::Quantity;
use crate::domain::found::Found;
use crate::domain::money::Money;
use crate::domain::order::{Dialect, Instrument, Line, Order, Totals};

/// The classification lists whose codes are CPV, as UNCL7143 and MePA name them.
const CPV_LISTS: [&str; 2] = ["STI", "CPV"];

/// The order that the document says; nothing when something it needs is missing or unreadable.
pub(super) fn from_wire(wire: &WireOrder<'_>, faults: &mut Vec<RawFault>) -> Option<Order> {
    let mut values = Values { wire, faults };
    let number = values.required(wire.id.as_ref(), wire.at, "cbc:ID");
    let order_date = match &wire.issue_date {
        Some(date) => values.date(date),
        None => {
            values.missing(wire.at, "cbc:IssueDate");
            None
        }
    };
    let sent_at = match (order_date, &wire.issue_time) {
        (Some(date), Some(time)) => values.instant(date, time),
        (None, _) | (_, None) => None,
    };
    let lines: Vec<Line> =
        wire.lines.iter().enumerate().filter_map(|(position, line)| values.line(line, position)).collect();
    if wire.lines.is_empty() {
        values.missing(wire.at, "cac:OrderLine");
    }
    let document_allowances = values.allowances(&wire.allowances);
    let totals = values.totals();
    let (cups, cigs) = codes::collect(wire);
    Some(Order {
        dialect: Dialect::Ubl,
        kind: kind::of(wire),
        number: number?,
        order_date: order_date?,
        sent_at,
        instrument: instrument(wire),
        currency: currency(wire),
        note: note(wire),
        cups,
        cigs,
        own_funds: Money::ZERO,
        buyer: parties::buyer(wire),
        supplier: parties::supplier(wire),
        lines,
        document_allowances,
        totals,
        declarations: Vec::new(),
    })
}

impl<'a> Values<'_, 'a> {
    fn line(&mut self, line: &WireLine<'a>, position: usize) -> Option<Line> {
        let around = line.item_at.unwrap_or(line.at);
        let id = self.required(line.id.as_ref(), around, "cac:LineItem/cbc:ID");
        let quantity = match &line.quantity {
            Some(quantity) => self.quantity(quantity),
            // UBL leaves the quantity open, and every rule on sums then counts one.
            None => Some(Quantity::ONE),
        };
        let (unit_price, base_quantity) = self.unit_price(line.price.as_ref());
        let allowances = self.allowances(&line.allowances);
        let vat_rate = line.item.tax_categories.iter().find_map(|category| category.percent);
        let vat_rate = vat_rate.and_then(|percent| self.percent(&percent));
        let net_amount = line.net_amount.as_ref().and_then(|amount| self.money(amount));
        let unit =
            line.quantity.and_then(|quantity| quantity.attribute).map(super::super::guard::content::plain);
        Some(Line {
            id: id?,
            item_code: text(line.item.seller_code.as_ref()),
            name: text(line.item.name.as_ref()).unwrap_or_default(),
            description: text(line.item.description.as_ref()),
            cpv: cpv(&line.item, position + 1),
            quantity: quantity?,
            unit: unit.map(Cow::into_owned).unwrap_or_default(),
            unit_price,
            base_quantity,
            allowances,
            vat_rate,
            net_amount,
        })
    }

    fn unit_price(
        &mut self,
        price: Option<&WirePrice<'a>>,
    ) -> (Option<crate::domain::decimal::Price>, Quantity) {
        let amount = price.and_then(|price| price.amount).and_then(|amount| self.price(&amount));
        let base = price.and_then(|price| price.base_quantity).and_then(|base| self.quantity(&base));
        (amount, base.unwrap_or(Quantity::ONE))
    }

    /// Charges less discounts.
    fn allowances(&mut self, allowances: &[WireAllowance<'a>]) -> Money {
        let mut sum = Money::ZERO;
        for allowance in allowances {
            let Some(is_charge) = allowance.is_charge() else {
                self.missing(allowance.at, "cbc:ChargeIndicator");
                continue;
            };
            let Some(amount) = &allowance.amount else {
                self.missing(allowance.at, "cbc:Amount");
                continue;
            };
            let Some(value) = self.money(amount) else { continue };
            let changed = if is_charge { sum.checked_add(value) } else { sum.checked_sub(value) };
            match changed {
                Some(changed) => sum = changed,
                None => self.fault(amount, "somma troppo grande", "sum too large"),
            }
        }
        sum
    }

    fn totals(&mut self) -> Totals {
        let mut vat = None;
        for amount in &self.wire.tax_totals {
            let Some(value) = self.money(amount) else { continue };
            match vat.unwrap_or(Money::ZERO).checked_add(value) {
                Some(sum) => vat = Some(sum),
                None => self.fault(amount, "somma troppo grande", "sum too large"),
            }
        }
        let Some(total) = self.wire.total else { return Totals { vat, ..Totals::default() } };
        let mut amount = |leaf: Option<Leaf<'a>>| leaf.and_then(|leaf| self.money(&leaf));
        let payable = amount(total.payable);
        Totals {
            lines: amount(total.line_extension),
            net: amount(total.tax_exclusive),
            vat,
            gross: amount(total.tax_inclusive).or(payable),
        }
    }
}

fn text(leaf: Option<&Leaf<'_>>) -> Option<String> {
    let text = leaf?.text();
    (!text.is_empty()).then(|| text.into_owned())
}

fn note(wire: &WireOrder<'_>) -> Option<String> {
    match wire.notes.as_slice() {
        [] => None,
        [note] => text(Some(note)),
        notes => Some(notes.iter().map(Leaf::text).collect::<Vec<_>>().join("\n")),
    }
}

/// The currency of the document; where it is not said, that of its amounts.
pub(super) fn currency(wire: &WireOrder<'_>) -> String {
    let of_amounts =
        || wire.sightings.amounts.iter().find_map(|(amount, _)| amount.attribute).map(str::to_owned);
    text(wire.currency.as_ref()).or_else(of_amounts).unwrap_or_default()
}

fn instrument(wire: &WireOrder<'_>) -> Instrument {
    match wire.quotation {
        Some(quotation) => {
            let id = quotation.id.map(|id| id.text()).unwrap_or_default();
            Instrument::Other(format!("QuotationDocumentReference {id}").trim_end().to_owned())
        }
        None => Instrument::Oda,
    }
}

/// The CPV of an article: where the list is named, else where MePA writes it, else a code of no named list.
fn cpv(item: &WireItem<'_>, line: usize) -> Option<Found<Cpv>> {
    let weight = |class: &WireClass<'_>| match class {
        WireClass::Listed(code) if code.attribute.is_some_and(|list| CPV_LISTS.contains(&list)) => Some(0),
        WireClass::Commodity(_) => Some(1),
        WireClass::Listed(code) if code.attribute.is_none() => Some(2),
        WireClass::Listed(_) => None,
    };
    let weighed = item.classes.iter().filter_map(|(position, class)| Some((weight(class)?, position, class)));
    let (_, position, class) = weighed.min_by_key(|(weight, ..)| *weight)?;
    let (code, name) = match class {
        WireClass::Listed(code) => (code, "ItemClassificationCode"),
        WireClass::Commodity(code) => (code, "CommodityCode"),
    };
    let at = format!(
        "/Order/cac:OrderLine[{line}]/cac:LineItem/cac:Item/cac:CommodityClassification[{position}]/cbc:{name}"
    );
    Some(codes::found(&code.text(), at.into(), Cpv::parse_lenient))
}
