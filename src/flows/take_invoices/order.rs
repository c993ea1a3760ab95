// SPDX-License-Identifier: EUPL-1.2
//! To which order of its Comune an invoice belongs. Only what names one order beyond doubt links; the rest is for people.

use crate::domain::invoice::{Invoice, ReferenceBlock};
use crate::domain::linking::spelling;
use crate::store::orders::OrderRow;

/// What an invoice says of its order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Belongs {
    /// To this one, beyond doubt.
    To(OrderRow),
    /// It names this one, but something speaks against it: it is judged by it and not linked.
    Doubtful(OrderRow),
    /// To none that is known.
    Nowhere,
}

/// The order numbers that an invoice names, as they are written.
pub(super) fn numbers(invoice: &Invoice) -> Vec<String> {
    let orders = invoice.references.iter().filter(|reference| reference.block == ReferenceBlock::Order);
    orders.map(|reference| reference.id.clone()).filter(|id| !id.is_empty()).collect()
}

/// Decides among the orders of the Comune that carry the invoice's CIG or one of the numbers it names. Of several only live
/// ones count, and of dead ones the last.
pub(super) fn belongs(invoice: &Invoice, mut candidates: Vec<OrderRow>) -> Belongs {
    if candidates.iter().any(|order| order.state.is_live()) {
        candidates.retain(|order| order.state.is_live());
    }
    let cig = invoice.cig().map(ToString::to_string);
    let by_cig =
        cig.and_then(|cig| last(candidates.iter().filter(|order| order.cig.as_deref() == Some(&cig))));
    let by_number = last(candidates.iter().filter(|order| is_named(invoice, order)));
    match (by_cig, by_number) {
        (Some(one), Some(other)) if one.id != other.id => Belongs::Doubtful(one.clone()),
        (Some(order), _) => weigh(invoice, order, invoice.cup().map(ToString::to_string) == order.cup),
        (None, Some(order)) => weigh(invoice, order, is_dated(invoice, order)),
        (None, None) => Belongs::Nowhere,
    }
}

fn last<'o>(orders: impl Iterator<Item = &'o OrderRow>) -> Option<&'o OrderRow> {
    orders.max_by_key(|order| (order.received_at, &order.id))
}

fn weigh(invoice: &Invoice, order: &OrderRow, is_sure: bool) -> Belongs {
    let is_suppliers = invoice.header.supplier.key().is_some_and(|key| key == order.supplier);
    if is_sure && is_suppliers { Belongs::To(order.clone()) } else { Belongs::Doubtful(order.clone()) }
}

fn is_named(invoice: &Invoice, order: &OrderRow) -> bool {
    let is_it = |id: &String| *id == order.number || spelling(id) == spelling(&order.number);
    numbers(invoice).iter().any(is_it)
}

/// The number stands with the date of the order beside it: then it is no accident.
fn is_dated(invoice: &Invoice, order: &OrderRow) -> bool {
    invoice.references.iter().any(|reference| {
        reference.block == ReferenceBlock::Order
            && reference.id == order.number
            && reference.date == Some(order.order_date)
    })
}
