// SPDX-License-Identifier: EUPL-1.2
//! What the rules on rotation and splitting share: the sums of earlier orders to this order's supplier, set
//! beside what this order buys in the same category.

use super::Case;
use super::facts::PurchaseTotal;
use crate::domain::found::Found;
use crate::domain::money::Money;
use crate::domain::order::Supplier;
use crate::programme::SheetMatch;

/// Each earlier sum with this supplier in a category of this order, and this order's net in that category.
pub(super) fn same_supplier<'a>(
    case: &Case<'_>,
    purchases: &'a [PurchaseTotal],
) -> impl Iterator<Item = (&'a PurchaseTotal, Money)> {
    let supplier = supplier_key(&case.order.supplier);
    let earlier = purchases.iter().filter(move |total| supplier == Some(&total.supplier));
    earlier.filter_map(|total| Some((total, net_in_category(case, &total.category)?)))
}

/// The same code as [`Supplier::key`], without a copy.
pub(super) fn supplier_key(supplier: &Supplier) -> Option<&str> {
    let vat_number = supplier.vat_number.as_ref().and_then(Found::ok).map(|code| code.as_str());
    vat_number.or_else(|| supplier.tax_code.as_ref().and_then(Found::ok).map(|code| code.as_str()))
}

/// Nothing when no line is of the category.
fn net_in_category(case: &Case<'_>, category: &str) -> Option<Money> {
    let is_of = |sheet: SheetMatch<'_>| sheet.sheet().is_some_and(|found| found.category.code == category);
    let mut lines = case.lines().filter(|(_, _, sheet)| is_of(*sheet)).peekable();
    lines.peek()?;
    Money::checked_sum(lines.filter_map(|(_, line, _)| line.net_amount))
}
