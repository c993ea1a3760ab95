// SPDX-License-Identifier: EUPL-1.2
//! Invoices to orders: what a person decided, else the number and date of the order, else CIG and CUP
//! together.

use super::chains::narrow;
use super::difference::Kind;
use super::fact::{Doc, OrderRef};
use super::group::{Bond, Group, Only, key};
use super::outcome::{By, Key};
use super::seen::{Invoice, Order};

/// An order that an invoice may be for.
#[derive(Debug, Clone, Copy)]
pub(super) struct Hit {
    order: usize,
    by: By,
    reference: u16,
    /// What a person said of the amount.
    amount: Option<i64>,
}

impl Group<'_> {
    pub(super) fn link_invoices(&mut self) {
        for place in 0..self.invoices.len() {
            if self.counts(place) && !self.invoices[place].is_note() {
                self.link_to_orders(place);
            }
        }
        self.index_buys();
    }

    /// Links an invoice, or a note that corrects nothing we have, to its orders.
    pub(super) fn link_to_orders(&mut self, place: usize) {
        if !self.is_full() {
            self.link_exactly(place);
            return;
        }
        let mut hits = std::mem::take(&mut self.hits);
        hits.clear();
        self.find_orders(self.invoices[place], &mut hits);
        if !hits.is_empty() {
            hits.iter().for_each(|hit| self.compare_codes(self.invoices[place], *hit));
            let first = self.buys.len();
            self.buys.extend(hits.iter().map(|hit| hit.bond(place)));
            self.share(self.invoices[place], &hits, first);
            self.marks.invoices[place].linked = self.buys.len() > first;
        }
        self.hits = hits;
    }

    fn find_orders(&mut self, invoice: Invoice<'_>, hits: &mut Vec<Hit>) {
        if self.is_decided(Doc::Invoice(invoice.id)) {
            self.add_decided(invoice, hits);
            return;
        }
        self.add_named(invoice, hits);
        if self.contradicted(invoice, hits) {
            hits.clear();
            return;
        }
        if hits.is_empty() {
            self.add_coded(invoice, hits);
        }
        if hits.is_empty() {
            self.find_dead(invoice);
        }
    }

    fn link_exactly(&mut self, place: usize) {
        let invoice = self.invoices[place];
        let named = |order: &usize| {
            !invoice.order_number.is_some() || self.orders[*order].number == invoice.order_number
        };
        let Some(order) = Only::of(self.live_with_cig(invoice.parties(), invoice.cig).filter(named)) else {
            return;
        };
        let by = By::Strong(Key::CigSupplier);
        self.buys.push(Bond::new(place, order, invoice.gross, by));
        self.marks.invoices[place].linked = true;
    }

    fn add_decided(&self, invoice: Invoice<'_>, hits: &mut Vec<Hit>) {
        let hit = |(doc, amount)| match doc {
            Doc::Order(id) => {
                self.order_place(id).map(|order| Hit { order, by: By::Person, reference: 0, amount })
            }
            Doc::Invoice(_) | Doc::Payment(_) => None,
        };
        hits.extend(self.decided(Doc::Invoice(invoice.id)).filter_map(hit));
    }

    /// Number, date, supplier and buyer: only one live order may have them.
    fn add_named(&self, invoice: Invoice<'_>, hits: &mut Vec<Hit>) {
        for (index, reference) in invoice.rest().orders.iter().enumerate() {
            let live = self.named_by(invoice, reference).filter(|order| self.orders[*order].is_live());
            let Some(order) = Only::of(live) else { continue };
            if !hits.iter().any(|hit| hit.order == order) {
                let by = By::Strong(Key::NumberDate);
                hits.push(Hit { order, by, reference: u16::try_from(index + 1).unwrap_or(0), amount: None });
            }
        }
    }

    fn named_by(&self, invoice: Invoice<'_>, reference: &OrderRef) -> impl Iterator<Item = usize> {
        let is_dated = reference.number.is_some() && reference.day.0 != 0;
        let walk = is_dated.then(|| self.order_numbers.of(key(invoice.parties(), reference.number)));
        walk.into_iter().flatten().filter(move |place| {
            let order = self.orders[*place];
            order.number == reference.number
                && order.day == reference.day
                && order.parties() == invoice.parties()
                && !self.forbids(Doc::Invoice(invoice.id), Doc::Order(order.id))
        })
    }

    /// CIG, CUP, supplier and buyer, all known and equal: no two live orders share a CIG.
    fn add_coded(&self, invoice: Invoice<'_>, hits: &mut Vec<Hit>) {
        let equal = |order: Order<'_>| {
            invoice.names_cup(order.cup)
                && order.parties().buyer.is_some()
                && !self.forbids(Doc::Invoice(invoice.id), Doc::Order(order.id))
        };
        for cig in invoice.cigs() {
            let live = self.live_with_cig(invoice.parties(), cig).filter(|place| equal(self.orders[*place]));
            let Some(order) = Only::of(live) else { continue };
            if !hits.iter().any(|hit| hit.order == order) {
                hits.push(Hit { order, by: By::Strong(Key::Codes), reference: 0, amount: None });
            }
        }
    }

    /// The number says one order, the CIG another: neither is linked.
    fn contradicted(&mut self, invoice: Invoice<'_>, hits: &[Hit]) -> bool {
        let Some(hit) = hits.iter().find(|hit| differs(invoice, self.orders[hit.order])) else {
            return false;
        };
        let other = invoice
            .cigs()
            .flat_map(|cig| self.live_with_cig(invoice.parties(), cig))
            .filter(|other| !hits.iter().any(|hit| hit.order == *other))
            .min();
        let Some(other) = other else { return false };
        let (named, other) = (self.orders[hit.order].id, self.orders[other].id);
        let documents = vec![Doc::Invoice(invoice.id), Doc::Order(named), Doc::Order(other)];
        self.differ(Kind::TwoOrders, invoice.gross.into(), documents);
        true
    }

    /// A link stands although codes differ; the difference is told.
    fn compare_codes(&mut self, invoice: Invoice<'_>, hit: Hit) {
        let order = self.orders[hit.order];
        let documents = || vec![Doc::Invoice(invoice.id), Doc::Order(order.id)];
        if hit.by != By::Person && differs(invoice, order) {
            self.differ(Kind::OtherCig, invoice.gross.into(), documents());
        }
        let cups = &invoice.rest().cups;
        if order.cup.is_some() && !cups.is_empty() && !cups.contains(&order.cup) {
            let is_ours = cups.iter().any(|cup| self.world.grants.contains_key(cup));
            let kind = if is_ours { Kind::DoubleFunding } else { Kind::OtherCup };
            self.differ(kind, invoice.gross.into(), documents());
        }
    }

    fn find_dead(&mut self, invoice: Invoice<'_>) {
        let Some(dead) = self.dead_order(invoice) else { return };
        self.marks.orders[dead].conflict = true;
        let documents = vec![Doc::Invoice(invoice.id), Doc::Order(self.orders[dead].id)];
        self.differ(Kind::DeadOrder, invoice.gross.into(), documents);
    }

    /// The first order that an invoice names, when none that it names is live.
    fn dead_order(&self, invoice: Invoice<'_>) -> Option<usize> {
        let named = invoice.rest().orders.iter().flat_map(|reference| self.named_by(invoice, reference));
        let mut all: Vec<usize> = named.collect();
        for cig in invoice.cigs() {
            let walk = self.order_cigs.of(key(invoice.parties(), cig));
            all.extend(walk.filter(|place| {
                let order = self.orders[*place];
                order.cig == cig
                    && order.parties() == invoice.parties()
                    && !self.forbids(Doc::Invoice(invoice.id), Doc::Order(order.id))
            }));
        }
        let any_live = all.iter().any(|place| self.orders[*place].is_live());
        all.into_iter().min().filter(|_| !any_live)
    }

    /// How much of an invoice falls to each order: what a person said and the rest to the one that has no
    /// amount; or what the lines say; or, when the orders together make the invoice, each its own total.
    fn share(&mut self, invoice: Invoice<'_>, hits: &[Hit], first: usize) {
        let said: i128 = hits.iter().filter_map(|hit| hit.amount).map(i128::from).sum();
        let rest = i128::from(invoice.gross) - said;
        let mut silent = (0..hits.len()).filter(|index| hits[*index].amount.is_none());
        match (silent.next(), silent.next()) {
            (None, _) if rest == 0 => {}
            (Some(only), None) if rest >= 0 || hits.len() == 1 => {
                self.buys[first + only].amount = i64::try_from(rest).unwrap_or(i64::MAX);
            }
            (Some(_), Some(_)) if said == 0 && self.share_by_lines(invoice, hits, first) => {}
            (Some(_), Some(_)) if said == 0 && self.share_by_totals(invoice, first) => {}
            (unsaid, _) => {
                let documents = hits.iter().map(|hit| Doc::Order(self.orders[hit.order].id));
                let documents = std::iter::once(Doc::Invoice(invoice.id)).chain(documents).collect();
                self.differ(Kind::SharesUnknown, rest, documents);
                if unsaid.is_some() {
                    self.buys.truncate(first);
                }
            }
        }
    }

    fn share_by_totals(&mut self, invoice: Invoice<'_>, first: usize) -> bool {
        let bonds = &mut self.buys[first..];
        for bond in bonds.iter_mut() {
            bond.amount = self.orders[bond.to as usize].gross;
        }
        let whole: i128 = bonds.iter().map(|bond| i128::from(bond.amount)).sum();
        let fits = (whole - i128::from(invoice.gross)).abs() <= i128::from(self.world.policy.tolerance.order);
        if fits {
            super::sums::fill_up(bonds, invoice.gross);
        }
        fits
    }

    fn share_by_lines(&mut self, invoice: Invoice<'_>, hits: &[Hit], first: usize) -> bool {
        let bonds = &mut self.buys[first..];
        let rest = invoice.rest();
        for (hit, bond) in hits.iter().zip(bonds.iter_mut()) {
            let lines =
                rest.orders.get(usize::from(hit.reference).wrapping_sub(1)).map(|order| &*order.lines);
            let Some(share) = lines.and_then(|numbers| super::lines::gross(&rest.extra.lines, numbers))
            else {
                return false;
            };
            bond.amount = share;
        }
        super::sums::fill_up(bonds, invoice.gross);
        true
    }
}

impl Hit {
    fn bond(&self, invoice: usize) -> Bond {
        Bond {
            from: narrow(invoice),
            to: narrow(self.order),
            amount: self.amount.unwrap_or(0),
            by: self.by,
            reference: self.reference,
        }
    }
}

/// Both know a CIG, and not the same.
fn differs(invoice: Invoice<'_>, order: Order<'_>) -> bool {
    order.cig.is_some() && invoice.cigs().next().is_some() && !invoice.names_cig(order.cig)
}
