// SPDX-License-Identifier: EUPL-1.2
//! What only looks alike: nothing here links; it is scored and proposed to a person.
//!
//! | from - to | proposed when |
//! | --- | --- |
//! | invoice - order | CIG; number however spelt; CUP and what is left of the order; an article |
//! | note - invoice | number however spelt; CIG and not more than the invoice |
//! | payment - invoice | number however spelt; amount and one of CIG, CUP, IBAN |
//!
//! All need the same supplier and buyer, but for the CIG of an order or invoice between others, and IBAN with
//! amount.

use super::chains::{Chains, mix};
use super::clue::{Clue, Clues};
use super::code::{Code, Codes};
use super::difference::Kind;
use super::fact::{Doc, PaymentStanding};
use super::group::Group;
use super::outcome::Candidate;
use super::seen::{Invoice, Order, Parties, Payment};
use super::sieve::Sieve;

/// The most candidates of one document: the best ones.
const CANDIDATES: usize = 10;

/// What a weak key is made of.
#[derive(Clone, Copy)]
enum Tag {
    Number = 1,
    Cup,
    Item,
    Cig,
    Paid,
}

/// Hash of two parties.
fn between(parties: Parties) -> u64 {
    mix(parties.bits(), 7)
}

fn weak(tag: Tag, parties: Parties, value: u64) -> u64 {
    mix(mix(tag as u64, parties.bits()), value)
}

/// A candidate before it is chosen.
struct Found {
    to: Doc,
    agrees: Clues,
    /// Whether it is between the same parties.
    is_near: bool,
}

impl Found {
    fn near(to: Doc, agrees: Clues) -> Self {
        Self { to, agrees, is_near: true }
    }

    fn far(to: Doc, agrees: Clues) -> Self {
        Self { to, agrees, is_near: false }
    }
}

/// Hash of an account and an amount asked or paid on it.
pub(super) fn account(iban: Code) -> impl Fn(i64) -> u64 {
    let hash = mix(iban.bits(), 3);
    move |amount| mix(hash, amount.cast_unsigned())
}

impl<'a> Invoice<'a> {
    /// What a payment to the supplier may amount to: with or without VAT, with or without what is withheld.
    pub(super) fn asked(self) -> [i64; 4] {
        let rest = self.rest();
        let net = self.gross.saturating_sub(rest.vat);
        let kept = |amount: i64| amount.saturating_sub(rest.extra.withheld);
        let sign = |amount: i64| if self.is_note() { amount.saturating_neg() } else { amount };
        [self.gross, net, kept(self.gross), kept(net)].map(sign)
    }

    /// Hashes of its account and every amount by which a payment on it may be known; some may come twice.
    pub(super) fn accounts(self) -> impl Iterator<Item = u64> {
        let rest = self.rest();
        let [gross, net, kept, net_kept] = self.asked();
        let count = match (rest.iban.is_some(), rest.extra.withheld) {
            (false, _) => 0,
            (true, 0) => 3,
            (true, _) => 5,
        };
        let account = account(rest.iban);
        [gross, net, rest.vat, kept, net_kept].into_iter().take(count).map(account)
    }

    fn numbers(self) -> impl Iterator<Item = Code> + 'a {
        let dated = self.rest().orders.iter().map(|order| order.number);
        std::iter::once(self.order_number).chain(dated).filter(|number| number.is_some())
    }
}

impl<'a> Group<'a> {
    pub(super) fn propose(&mut self) {
        let is_open = |place: &usize| self.counts(*place) && !self.marks.invoices[*place].linked;
        let open: Vec<usize> = (0..self.invoices.len()).filter(is_open).collect();
        let unpaid = |place: &usize| {
            !self.marks.payments[*place].linked && self.payments[*place].standing != PaymentStanding::Undone
        };
        let payments: Vec<usize> = (0..self.payments.len()).filter(unpaid).collect();
        if open.is_empty() && payments.is_empty() {
            return;
        }
        let mut asked = Sieve::new(open.len() + payments.len());
        open.iter().for_each(|place| asked.add(between(self.invoices[*place].parties())));
        payments.iter().for_each(|place| asked.add(between(self.payments[*place].parties())));
        let (notes, open): (Vec<usize>, Vec<usize>) =
            open.into_iter().partition(|place| self.invoices[*place].is_note());
        self.index_weak_orders(&asked);
        open.into_iter().for_each(|place| self.propose_orders(place));
        self.index_weak_invoices(&asked);
        notes.into_iter().for_each(|place| self.propose_corrected(place));
        payments.into_iter().for_each(|place| self.propose_paid(place));
    }

    /// Only those between the parties of a document that is open.
    fn index_weak_orders(&mut self, asked: &Sieve) {
        let lines: usize = self.orders.iter().map(|order| order.lines().len()).sum();
        self.weak.reset(self.orders.len() * 2 + lines);
        let is_asked = |order: &Order<'_>| order.is_live() && asked.may_have(between(order.parties()));
        for (place, order) in self.orders.iter().enumerate().filter(|(_, order)| is_asked(order)) {
            if order.number.is_some() {
                let loose = self.world.codes.loose(order.number);
                self.weak.add(weak(Tag::Number, order.parties(), loose.bits()), place);
            }
            if order.cup.is_some() {
                self.weak.add(weak(Tag::Cup, order.parties(), order.cup.bits()), place);
            }
            for line in order.lines().iter().filter(|line| line.item.is_some()) {
                self.weak.add(weak(Tag::Item, order.parties(), line.item.bits()), place);
            }
        }
    }

    fn propose_orders(&mut self, place: usize) {
        let invoice = self.invoices[place];
        let mut near: Vec<usize> = Vec::new();
        near.extend(invoice.cigs().flat_map(|cig| self.live_with_cig(invoice.parties(), cig)));
        let ask = |tag, value| self.weak.of(weak(tag, invoice.parties(), value));
        near.extend(
            invoice.numbers().flat_map(|number| ask(Tag::Number, self.world.codes.loose(number).bits())),
        );
        near.extend(invoice.rest().cups.iter().flat_map(|cup| ask(Tag::Cup, cup.bits())));
        let items = invoice.rest().extra.lines.iter().filter(|line| line.item.is_some());
        near.extend(items.flat_map(|line| ask(Tag::Item, line.item.bits())));
        near.sort_unstable();
        near.dedup();
        let left = |place: usize| i128::from(self.orders[place].gross) - self.order_sums[place].billed();
        let clues = |place: &usize| {
            (self.orders[*place], self.order_clues(invoice, self.orders[*place], left(*place)))
        };
        let near = near
            .iter()
            .map(clues)
            .filter(|(order, clues)| order.parties() == invoice.parties() && is_like_order(*clues));
        let mut found: Vec<Found> =
            near.map(|(order, clues)| Found::near(Doc::Order(order.id), clues)).collect();
        let far = self.far_orders(invoice);
        let clues = |order: Order<'_>| self.order_clues(invoice, order, order.gross.into());
        found.extend(far.iter().map(|order| Found::far(Doc::Order(order.id), clues(*order))));
        self.keep_best(Doc::Invoice(invoice.id), found);
        if let Some(order) = far.first() {
            let kind =
                if order.supplier == invoice.supplier { Kind::OtherBuyer } else { Kind::OtherSupplier };
            let documents = vec![Doc::Invoice(invoice.id), Doc::Order(order.id)];
            self.differ(kind, invoice.gross.into(), documents);
        }
    }

    fn order_clues(&self, invoice: Invoice<'_>, order: Order<'_>, left: i128) -> Clues {
        let codes = self.world.codes;
        let number = codes.loose(order.number);
        let gap = (left - i128::from(invoice.gross)).abs();
        let lines = &invoice.rest().extra.lines;
        let has_item = |item: Code| item.is_some() && order.lines().iter().any(|line| line.item == item);
        Clues::of([
            (Clue::Cig, invoice.names_cig(order.cig)),
            (Clue::Number, number.is_some() && invoice.numbers().any(|own| codes.loose(own) == number)),
            (Clue::Cup, invoice.names_cup(order.cup)),
            (Clue::Amount, gap <= i128::from(self.world.policy.tolerance.order)),
            (Clue::Lines, lines.iter().any(|line| has_item(line.item))),
            (Clue::Supplier, order.supplier == invoice.supplier),
        ])
    }

    /// Live orders between others with the CIG of an invoice, and not refused by a person.
    fn far_orders(&self, invoice: Invoice<'_>) -> Vec<Order<'a>> {
        let Some(reach) = self.world.reach else { return Vec::new() };
        let mut far: Vec<Order<'_>> = invoice
            .cigs()
            .flat_map(|cig| reach.orders_with(cig))
            .filter(|order| order.parties() != invoice.parties() && order.is_live())
            .filter(|order| !self.forbids(Doc::Invoice(invoice.id), Doc::Order(order.id)))
            .collect();
        far.sort_by_key(|order| order.id);
        far.dedup_by_key(|order| order.id);
        far
    }

    fn index_weak_invoices(&mut self, asked: &Sieve) {
        self.weak.reset(self.invoices.len() * 6);
        for place in 0..self.invoices.len() {
            if asked.may_have(between(self.invoices[place].parties())) && self.counts(place) {
                add_weak(&mut self.weak, self.world.codes, self.invoices[place], place);
            }
        }
    }

    fn propose_corrected(&mut self, place: usize) {
        let note = self.invoices[place];
        let codes = self.world.codes;
        let named: Vec<Code> = note.rest().extra.corrects.iter().map(|one| codes.loose(one.number)).collect();
        let ask = |tag, value| self.weak.of(weak(tag, note.parties(), value));
        let mut near: Vec<usize> = named.iter().flat_map(|number| ask(Tag::Number, number.bits())).collect();
        near.extend(note.cigs().flat_map(|cig| ask(Tag::Cig, cig.bits())));
        near.sort_unstable();
        near.dedup();
        let clues = |invoice: Invoice<'_>| {
            let number = codes.loose(invoice.number);
            Clues::of([
                (Clue::Cig, note.cigs().any(|cig| invoice.names_cig(cig))),
                (Clue::Number, number.is_some() && named.contains(&number)),
                (Clue::Amount, note.gross <= invoice.gross),
                (Clue::Supplier, true),
            ])
        };
        let mut found = Vec::new();
        for invoice in near.into_iter().map(|place| self.invoices[place]) {
            let clues = clues(invoice);
            let is_like = clues.has(Clue::Number) || (clues.has(Clue::Cig) && clues.has(Clue::Amount));
            if invoice.parties() == note.parties() && !invoice.is_note() && is_like {
                found.push(Found::near(Doc::Invoice(invoice.id), clues));
            }
        }
        self.keep_best(Doc::Invoice(note.id), found);
    }

    fn propose_paid(&mut self, place: usize) {
        let payment = self.payments[place];
        let rest = payment.rest();
        let in_file: Vec<usize> = if self.is_decided(Doc::Payment(payment.id)) {
            Vec::new()
        } else {
            self.in_file(payment).collect()
        };
        if !in_file.is_empty() {
            let found = in_file.into_iter().map(|place| self.invoices[place]);
            let clues = |invoice: Invoice<'_>| self.paid_clues(payment, invoice);
            let found = found.map(|invoice| Found::near(Doc::Invoice(invoice.id), clues(invoice))).collect();
            self.keep_best(Doc::Payment(payment.id), found);
            return;
        }
        let ask = |tag, value| self.weak.of(weak(tag, payment.parties(), value));
        let mut near: Vec<usize> = Vec::new();
        if payment.number.is_some() {
            near.extend(ask(Tag::Number, self.world.codes.loose(payment.number).bits()));
        }
        near.extend(ask(Tag::Cig, payment.cig.bits()));
        near.extend(ask(Tag::Cup, rest.cup.bits()));
        near.extend(ask(Tag::Paid, account(rest.iban)(payment.amount)));
        near.sort_unstable();
        near.dedup();
        let near = near
            .into_iter()
            .map(|place| self.invoices[place])
            .filter(|one| one.parties() == payment.parties());
        let near = near.map(|invoice| (invoice, true));
        let far = self.world.reach.map(|reach| reach.invoices_like(payment)).unwrap_or_default();
        let mut found: Vec<Found> = Vec::new();
        for (invoice, is_near) in near.chain(far.into_iter().map(|invoice| (invoice, false))) {
            let (to, clues) = (Doc::Invoice(invoice.id), self.paid_clues(payment, invoice));
            if is_like_paid(clues, is_near) {
                found.push(if is_near { Found::near(to, clues) } else { Found::far(to, clues) });
            }
        }
        self.keep_best(Doc::Payment(payment.id), found);
    }

    fn paid_clues(&self, payment: Payment<'_>, invoice: Invoice<'_>) -> Clues {
        let (codes, rest) = (self.world.codes, payment.rest());
        let is_vat = payment.debt == super::fact::Debt::Vat && payment.amount == invoice.rest().vat;
        Clues::of([
            (Clue::Cig, invoice.names_cig(payment.cig)),
            (
                Clue::Number,
                payment.number.is_some() && codes.loose(payment.number) == codes.loose(invoice.number),
            ),
            (Clue::Cup, invoice.names_cup(rest.cup)),
            (Clue::Amount, is_vat || invoice.asked().contains(&payment.amount)),
            (Clue::Iban, rest.iban.is_some() && rest.iban == invoice.rest().iban),
            (Clue::Supplier, payment.supplier == invoice.supplier),
        ])
    }

    /// The best candidates that no person refused; an order that one points at waits, too.
    fn keep_best(&mut self, from: Doc, mut found: Vec<Found>) {
        found.retain(|one| !self.forbids(from, one.to));
        found.sort_by_key(|one| (std::cmp::Reverse(one.agrees.score()), one.to));
        found.dedup_by_key(|one| one.to);
        found.truncate(CANDIDATES);
        for Found { to, agrees, is_near } in found {
            self.out.candidates.push(Candidate { from, to, score: agrees.score(), agrees });
            self.mark_proposed(from);
            // What is far may be in this group by chance: it is not touched.
            if matches!(to, Doc::Order(_)) && is_near {
                self.mark_proposed(to);
            }
        }
    }

    fn mark_proposed(&mut self, doc: Doc) {
        let (marks, place) = match doc {
            Doc::Order(id) => (&mut self.marks.orders, self.orders.binary_search_by_key(&id, |one| one.id)),
            Doc::Invoice(id) => {
                (&mut self.marks.invoices, self.invoices.binary_search_by_key(&id, |one| one.id))
            }
            Doc::Payment(id) => {
                (&mut self.marks.payments, self.payments.binary_search_by_key(&id, |one| one.id))
            }
        };
        if let Ok(place) = place {
            marks[place].proposed = true;
        }
    }
}

fn add_weak(chains: &mut Chains, codes: &Codes, invoice: Invoice<'_>, place: usize) {
    let (parties, rest) = (invoice.parties(), invoice.rest());
    chains.add(weak(Tag::Number, parties, codes.loose(invoice.number).bits()), place);
    invoice.cigs().for_each(|cig| chains.add(weak(Tag::Cig, parties, cig.bits()), place));
    rest.cups.iter().for_each(|cup| chains.add(weak(Tag::Cup, parties, cup.bits()), place));
    invoice.accounts().for_each(|account| chains.add(weak(Tag::Paid, parties, account), place));
}

fn is_like_order(clues: Clues) -> bool {
    let rest = clues.has(Clue::Cup) && clues.has(Clue::Amount);
    clues.has(Clue::Cig) || clues.has(Clue::Number) || clues.has(Clue::Lines) || rest
}

/// What is far is only looked for by CIG, or by account and amount.
fn is_like_paid(clues: Clues, is_near: bool) -> bool {
    let code = clues.has(Clue::Cig) || clues.has(Clue::Iban) || (clues.has(Clue::Cup) && is_near);
    (clues.has(Clue::Number) && is_near) || (clues.has(Clue::Amount) && code)
}
