// SPDX-License-Identifier: EUPL-1.2
//! Lines of invoices to lines of orders: by the line an invoice names, else by article code, else by price
//! and description. What is over in quantity or price is told for each line.

use super::difference::Kind;
use super::fact::{Doc, Line, SCALE, Scaled};
use super::group::{Bond, Group};
use super::outcome::LineLink;
use super::seen::Invoice;

/// How many units of price times quantity make a cent.
const CENT: i128 = SCALE * SCALE / 100;
/// Rates are in hundredths of a percent.
const WHOLE: i128 = 10_000;

/// How far the total of an invoice is from that of its lines with VAT.
pub(super) struct RoundingGap {
    pub(super) cents: i128,
    /// How many rates of VAT were rounded.
    pub(super) rates: u32,
}

/// VAT is rounded to the cent once for each rate, on the sum of its lines. `None` when there are no lines.
pub(super) fn rounding_gap(invoice: Invoice<'_>) -> Option<RoundingGap> {
    let lines = &invoice.rest().extra.lines;
    let (total, rates) = total(lines.iter())?;
    Some(RoundingGap { cents: i128::from(invoice.gross) - total, rates })
}

/// The total with VAT of the lines with these numbers; `None` when they say nothing.
pub(super) fn gross(lines: &[Line], numbers: &[u16]) -> Option<i64> {
    let (total, _) = total(lines.iter().filter(|line| numbers.contains(&line.number)))?;
    i64::try_from(total).ok()
}

fn total<'l>(lines: impl Iterator<Item = &'l Line>) -> Option<(i128, u32)> {
    let mut by_rate: Vec<(u16, i128)> = lines.map(|line| (line.rate, i128::from(line.net))).collect();
    by_rate.sort_unstable();
    let (mut whole, mut rates) = (0, 0);
    for same in by_rate.chunk_by(|one, next| one.0 == next.0) {
        let net: i128 = same.iter().map(|(_, net)| net).sum();
        whole += net + rounded(net * i128::from(same[0].0), WHOLE);
        rates += 1;
    }
    (rates > 0).then_some((whole, rates))
}

/// Half a cent goes away from zero, as in invoices.
fn rounded(value: i128, unit: i128) -> i128 {
    let half = if value < 0 { -unit / 2 } else { unit / 2 };
    value.saturating_add(half) / unit
}

/// A price times a quantity in cents; `None` when it does not fit.
fn cents(price: i128, quantity: i128) -> Option<i128> {
    price.checked_mul(quantity).map(|product| rounded(product, CENT))
}

/// What was delivered of one line of an order.
#[derive(Clone, Copy)]
struct Delivered {
    order: u32,
    line: Line,
    quantity: i128,
    /// The invoice that delivered last.
    invoice: u32,
}

impl Group<'_> {
    pub(super) fn compare_lines(&mut self) {
        let mut delivered: Vec<Delivered> = Vec::new();
        for index in 0..self.buys.len() {
            let bond = self.buys[index];
            let has_lines = !self.orders[bond.to as usize].lines().is_empty();
            if has_lines && !self.invoices[bond.from as usize].is_note() {
                self.compare_bond(bond, &mut delivered);
            }
        }
        delivered.sort_by_key(|one| (one.order, one.line.number, one.invoice));
        for same in
            delivered.chunk_by(|one, next| one.order == next.order && one.line.number == next.line.number)
        {
            self.compare_quantity(same);
        }
    }

    fn compare_bond(&mut self, bond: Bond, delivered: &mut Vec<Delivered>) {
        let (order, invoice) = (self.orders[bond.to as usize], self.invoices[bond.from as usize]);
        let rest = invoice.rest();
        let named =
            rest.orders.get(usize::from(bond.reference).wrapping_sub(1)).map_or(&[][..], |one| &one.lines);
        for line in rest.extra.lines.iter().filter(|line| named.is_empty() || named.contains(&line.number)) {
            let Some(ordered) = counterpart(line, order.lines()) else { continue };
            delivered.push(Delivered {
                order: bond.to,
                line: *ordered,
                quantity: line.quantity.0,
                invoice: invoice.id,
            });
            self.out.lines.push(LineLink {
                invoice: invoice.id,
                invoice_line: line.number,
                order: order.id,
                order_line: ordered.number,
                quantity: line.quantity,
                amount: line.net,
            });
            let dearer = line.price.0.saturating_sub(ordered.price.0);
            if dearer > 0 {
                let documents = vec![Doc::Invoice(invoice.id), Doc::Order(order.id)];
                self.tell_line(Kind::OverPrice, dearer, line.quantity, documents);
            }
        }
    }

    fn compare_quantity(&mut self, same: &[Delivered]) {
        let delivered = same.iter().fold(0, |sum: i128, one| sum.saturating_add(one.quantity));
        let (first, excess) = (same[0], delivered.saturating_sub(same[0].line.quantity.0));
        if excess > 0 {
            let invoices = same.iter().map(|one| Doc::Invoice(one.invoice));
            let order = Doc::Order(self.orders[first.order as usize].id);
            let mut documents: Vec<Doc> = std::iter::once(order).chain(invoices).collect();
            documents.dedup();
            self.tell_line(Kind::OverQuantity, first.line.price.0, Scaled(excess), documents);
        }
    }

    fn tell_line(&mut self, kind: Kind, price: i128, quantity: Scaled, documents: Vec<Doc>) {
        match cents(price, quantity.0) {
            Some(amount) => self.differ(kind, amount, documents),
            None => self.differ(Kind::SumTooLarge, 0, documents),
        }
    }
}

fn counterpart<'l>(line: &Line, ordered: &'l [Line]) -> Option<&'l Line> {
    let named = ordered.iter().find(|one| line.order_line != 0 && one.number == line.order_line);
    let coded = || ordered.iter().find(|one| line.item.is_some() && one.item == line.item);
    let told = |one: &&Line| one.price == line.price && one.description == line.description;
    named.or_else(coded).or_else(|| ordered.iter().find(told))
}
