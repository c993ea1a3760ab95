// SPDX-License-Identifier: EUPL-1.2
//! The same rules, written down slowly: every document is compared with every other, nothing is indexed,
//! nothing is shared with the engine but its types and the spelling of numbers.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use mepa_gateway::domain::matching::*;

use super::scenario::Scenario;

/// What is said of documents, in a form that can be compared.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Said {
    pub(crate) states: BTreeMap<Doc, State>,
    pub(crate) links: BTreeSet<(Doc, Doc, i64, By)>,
    pub(crate) candidates: BTreeSet<(Doc, Doc, u8, Clues)>,
    pub(crate) differences: Vec<(Doc, Kind, i64)>,
    pub(crate) orders: BTreeMap<u32, OrderTotals>,
    pub(crate) invoices: BTreeMap<u32, InvoiceTotals>,
    /// Committed, invoiced, credited, paid.
    pub(crate) cups: BTreeMap<Code, [i128; 4]>,
}

/// Kinds that only lines tell: they have stories of their own.
pub(crate) fn is_of_lines(kind: Kind) -> bool {
    matches!(kind, Kind::OverQuantity | Kind::OverPrice | Kind::TotalNotLines)
}

struct Oracle<'a> {
    orders: Vec<&'a OrderFact>,
    invoices: Vec<&'a InvoiceFact>,
    payments: Vec<&'a PaymentFact>,
    decisions: BTreeMap<(Doc, Doc), Decision>,
    grants: &'a [Code],
    codes: Codes,
    said: Said,
}

pub(crate) fn say(scenario: &Scenario, grants: &[Code]) -> Said {
    let mut decisions: BTreeMap<(Doc, Doc), Decision> = BTreeMap::new();
    for decision in &scenario.decisions {
        let known = decisions.entry((decision.from, decision.to)).or_insert(*decision);
        *known = (*known).max(*decision);
    }
    let (mut orders, mut invoices, mut payments) = (Vec::new(), Vec::new(), Vec::new());
    for fact in &scenario.facts {
        match fact {
            Fact::Order(order) => orders.push(order),
            Fact::Invoice(invoice) => invoices.push(invoice),
            Fact::Payment(payment) => payments.push(payment),
        }
    }
    let codes = Codes::default();
    let mut oracle = Oracle { orders, invoices, payments, decisions, grants, codes, said: Said::default() };
    oracle.link();
    oracle.propose();
    oracle.judge();
    oracle.charge();
    oracle.said.differences.sort();
    oracle.said
}

fn rest(invoice: &InvoiceFact) -> &InvoiceRest {
    invoice.rest.as_ref().unwrap()
}

fn paid_rest(payment: &PaymentFact) -> PaymentRest {
    **payment.rest.as_ref().unwrap()
}

fn of_order(order: &OrderFact) -> (Code, Code) {
    (order.supplier, order.rest.as_ref().unwrap().buyer)
}

fn of_invoice(invoice: &InvoiceFact) -> (Code, Code) {
    (invoice.supplier, rest(invoice).buyer)
}

fn of_payment(payment: &PaymentFact) -> (Code, Code) {
    (payment.supplier, paid_rest(payment).buyer)
}

fn cigs(invoice: &InvoiceFact) -> Vec<Code> {
    let all = std::iter::once(invoice.cig).chain(rest(invoice).extra.cigs.iter().copied());
    all.filter(|cig| cig.is_some()).collect()
}

fn has(codes: &[Code], code: Code) -> bool {
    code.is_some() && codes.contains(&code)
}

fn the_one<T>(mut all: Vec<T>) -> Option<T> {
    if all.len() == 1 { all.pop() } else { None }
}

impl<'a> Oracle<'a> {
    fn forbids(&self, from: Doc, to: Doc) -> bool {
        self.decisions.get(&(from, to)).is_some_and(|decision| decision.verdict == Verdict::Unlink)
    }

    fn decided(&self, from: Doc) -> Vec<(Doc, Option<i64>)> {
        let linked = |decision: &Decision| match decision.verdict {
            Verdict::Link(amount) if decision.from == from => Some((decision.to, amount)),
            Verdict::Link(_) | Verdict::Unlink | Verdict::Undecided => None,
        };
        self.decisions.values().filter_map(linked).collect()
    }

    fn differ(&mut self, doc: Doc, kind: Kind, amount: i64) {
        self.said.differences.push((doc, kind, amount.abs()));
    }

    fn stands_for(&self, invoice: &InvoiceFact) -> &'a InvoiceFact {
        let same = |other: &&&InvoiceFact| {
            other.number == invoice.number
                && of_invoice(other) == of_invoice(invoice)
                && other.year == invoice.year
                && other.is_note() == invoice.is_note()
        };
        let rank = |one: &&&InvoiceFact| {
            (one.standing, rest(one).sdi == 0, one.day, rest(one).sdi, rest(one).position, one.id)
        };
        self.invoices.iter().filter(same).min_by_key(rank).unwrap()
    }

    fn counts(&self, invoice: &InvoiceFact) -> bool {
        self.stands_for(invoice).id == invoice.id && invoice.standing != InvoiceStanding::Refused
    }

    fn invoice(&self, doc: Doc) -> Option<&'a InvoiceFact> {
        self.invoices.iter().find(|one| Doc::Invoice(one.id) == doc).copied()
    }

    fn link(&mut self) {
        for invoice in self.invoices.clone() {
            self.tell_twin(invoice);
            if self.counts(invoice) && !invoice.is_note() {
                self.link_invoice(invoice);
            }
        }
        for note in self.invoices.clone() {
            if self.counts(note) && note.is_note() {
                self.link_note(note);
            }
        }
        for payment in self.payments.clone() {
            self.link_payment(payment);
        }
    }

    fn tell_twin(&mut self, twin: &InvoiceFact) {
        let best = self.stands_for(twin);
        if best.id == twin.id || twin.standing == InvoiceStanding::Refused {
            return;
        }
        if rest(twin).extra.hash == 0 || rest(twin).extra.hash != rest(best).extra.hash {
            self.differ(Doc::Invoice(twin.id), Kind::Duplicate, twin.gross);
        }
        let elsewhere = |cup: &Code| self.grants.contains(cup) && !rest(best).cups.contains(cup);
        if !rest(best).cups.is_empty() && rest(twin).cups.iter().any(elsewhere) {
            self.differ(Doc::Invoice(twin.id), Kind::DoubleFunding, twin.gross);
        }
    }

    fn link_invoice(&mut self, invoice: &InvoiceFact) {
        let doc = Doc::Invoice(invoice.id);
        let decided = self.decided(doc);
        let mut hits: Vec<(&OrderFact, By, Option<i64>, Vec<u16>)> = Vec::new();
        for (to, amount) in &decided {
            let order = self.orders.iter().find(|order| Doc::Order(order.id) == *to);
            hits.extend(order.map(|order| (*order, By::Person, *amount, vec![])));
        }
        let near = |order: &&&OrderFact| {
            of_order(order) == of_invoice(invoice) && !self.forbids(doc, Doc::Order(order.id))
        };
        let named_by = |one: &OrderRef| -> Vec<&OrderFact> {
            let equal =
                |order: &&&OrderFact| one.day.0 != 0 && order.number == one.number && order.day == one.day;
            self.orders.iter().filter(near).filter(equal).copied().collect()
        };
        if decided.is_empty() {
            for one in rest(invoice).orders.iter() {
                let live = named_by(one).into_iter().filter(|order| order.is_live()).collect();
                hits.extend(
                    the_one(live)
                        .map(|o: &OrderFact| (o, By::Strong(Key::NumberDate), None, one.lines.to_vec())),
                );
            }
            dedup(&mut hits);
            if self.two_orders(invoice, &hits) {
                self.differ(doc, Kind::TwoOrders, invoice.gross);
                return;
            }
        }
        if decided.is_empty() && hits.is_empty() {
            for cig in cigs(invoice) {
                let equal = |order: &&&OrderFact| {
                    order.is_live() && order.cig == cig && has(&rest(invoice).cups, order.cup)
                };
                let live = self.orders.iter().filter(near).filter(equal).copied().collect();
                hits.extend(the_one(live).map(|o: &OrderFact| (o, By::Strong(Key::Codes), None, vec![])));
            }
            dedup(&mut hits);
            let named = rest(invoice).orders.iter().flat_map(named_by);
            let coded =
                self.orders.iter().filter(near).filter(|order| has(&cigs(invoice), order.cig)).copied();
            let all: Vec<&OrderFact> = named.chain(coded).collect();
            if hits.is_empty() && !all.is_empty() && all.iter().all(|order| !order.is_live()) {
                let first = all.iter().map(|order| order.id).min().unwrap();
                self.said.states.insert(Doc::Order(first), State::Conflict);
                self.differ(doc, Kind::DeadOrder, invoice.gross);
            }
        }
        for (order, by, _, _) in &hits {
            let other_cig =
                order.cig.is_some() && !cigs(invoice).is_empty() && !has(&cigs(invoice), order.cig);
            if *by != By::Person && other_cig {
                self.differ(doc, Kind::OtherCig, invoice.gross);
            }
            let cups = &rest(invoice).cups;
            if order.cup.is_some() && !cups.is_empty() && !cups.contains(&order.cup) {
                let is_ours = cups.iter().any(|cup| self.grants.contains(cup));
                self.differ(doc, if is_ours { Kind::DoubleFunding } else { Kind::OtherCup }, invoice.gross);
            }
        }
        self.share(invoice, &hits);
    }

    fn two_orders(&self, invoice: &InvoiceFact, hits: &[(&OrderFact, By, Option<i64>, Vec<u16>)]) -> bool {
        let own = cigs(invoice);
        let differs = |order: &OrderFact| order.cig.is_some() && !own.is_empty() && !own.contains(&order.cig);
        let is_hit = |order: &OrderFact| hits.iter().any(|hit| hit.0.id == order.id);
        let other = |order: &&OrderFact| {
            of_order(order) == of_invoice(invoice)
                && order.is_live()
                && has(&own, order.cig)
                && !is_hit(order)
        };
        hits.iter().any(|hit| differs(hit.0)) && self.orders.iter().any(other)
    }

    fn share(&mut self, invoice: &InvoiceFact, hits: &[(&OrderFact, By, Option<i64>, Vec<u16>)]) {
        let doc = Doc::Invoice(invoice.id);
        let said: i64 = hits.iter().filter_map(|hit| hit.2).sum();
        let silent = hits.iter().filter(|hit| hit.2.is_none()).count();
        let left = invoice.gross - said;
        let by_lines: Option<Vec<i64>> = hits.iter().map(|hit| lines_gross(invoice, &hit.3)).collect();
        let grosses: Vec<i64> = hits.iter().map(|hit| hit.0.gross).collect();
        let shares: Vec<i64> = match silent {
            0 if hits.is_empty() => return,
            0 => hits.iter().map(|hit| hit.2.unwrap()).collect(),
            1 if left >= 0 || hits.len() == 1 => hits.iter().map(|hit| hit.2.unwrap_or(left)).collect(),
            _ if silent > 1 && said == 0 && by_lines.is_some() => pour(&by_lines.unwrap(), invoice.gross),
            _ if silent > 1 && said == 0 && (grosses.iter().sum::<i64>() - invoice.gross).abs() <= 1 => {
                pour(&grosses, invoice.gross)
            }
            _ => {
                self.differ(doc, Kind::SharesUnknown, left);
                return;
            }
        };
        if silent == 0 && left != 0 {
            self.differ(doc, Kind::SharesUnknown, left);
        }
        for (hit, share) in hits.iter().zip(shares) {
            self.said.links.insert((doc, Doc::Order(hit.0.id), share, hit.1));
        }
    }

    fn link_note(&mut self, note: &InvoiceFact) {
        let doc = Doc::Invoice(note.id);
        let decided = self.decided(doc);
        let mut hits: Vec<(&InvoiceFact, i64, By)> = Vec::new();
        for (to, amount) in &decided {
            let invoice = self.invoice(*to).filter(|one| self.counts(one) && !one.is_note());
            hits.extend(invoice.map(|one| (one, amount.unwrap_or(one.gross), By::Person)));
        }
        if decided.is_empty() {
            for reference in rest(note).extra.corrects.iter() {
                let dated = |one: &InvoiceFact| match (reference.day.0, one.day.0) {
                    (0, _) | (_, 0) => reference.year != 0 && reference.year == one.year,
                    (day, own) => day == own,
                };
                let equal = |one: &&&InvoiceFact| {
                    one.number == reference.number
                        && of_invoice(one) == of_invoice(note)
                        && self.counts(one)
                        && !one.is_note()
                        && dated(one)
                        && !self.forbids(doc, Doc::Invoice(one.id))
                };
                let found = the_one(self.invoices.iter().filter(equal).copied().collect::<Vec<_>>());
                let new = found.filter(|found| !hits.iter().any(|hit| hit.0.id == found.id));
                hits.extend(new.map(|one| (one, one.gross, By::Strong(Key::Identity))));
            }
        }
        if hits.is_empty() {
            self.link_invoice(note);
            self.differ(doc, Kind::NoInvoiceToCredit, note.gross);
            return;
        }
        let shares = pour(&hits.iter().map(|hit| hit.1).collect::<Vec<_>>(), note.gross);
        for (hit, share) in hits.iter().zip(shares) {
            self.said.links.insert((doc, Doc::Invoice(hit.0.id), share, hit.2));
        }
    }

    fn filed(&self, payment: &PaymentFact) -> Vec<&'a InvoiceFact> {
        let (doc, sdi) = (Doc::Payment(payment.id), paid_rest(payment).sdi);
        let named = |one: &&&InvoiceFact| {
            sdi != 0
                && rest(one).sdi == sdi
                && one.number == payment.number
                && !self.forbids(doc, Doc::Invoice(one.id))
        };
        let all: Vec<&InvoiceFact> = self.invoices.iter().filter(named).copied().collect();
        let nearest = all.iter().min_by_key(|one| (of_invoice(one) != of_payment(payment), one.id));
        let Some(parties) = nearest.map(|one| of_invoice(one)) else { return vec![] };
        all.iter().filter(|one| of_invoice(one) == parties).map(|one| self.stands_for(one)).collect()
    }

    fn link_payment(&mut self, payment: &PaymentFact) {
        let doc = Doc::Payment(payment.id);
        let decided = self.decided(doc);
        let mut bonds: Vec<(&InvoiceFact, i64, By)> = Vec::new();
        let present: Vec<(&InvoiceFact, Option<i64>)> =
            decided.iter().filter_map(|(to, amount)| Some((self.invoice(*to)?, *amount))).collect();
        let left = payment.amount - present.iter().filter_map(|one| one.1).sum::<i64>();
        let last = present.iter().rposition(|one| one.1.is_none());
        for (place, (invoice, amount)) in present.iter().enumerate() {
            let share = if Some(place) == last { left } else { amount.unwrap_or(0) };
            bonds.push((self.stands_for(invoice), share, By::Person));
        }
        if decided.is_empty() {
            let filed = self.filed(payment);
            let equal = |one: &&&InvoiceFact| {
                payment.number.is_some()
                    && one.number == payment.number
                    && of_invoice(one) == of_payment(payment)
                    && self.stands_for(one).id == one.id
                    && (payment.year == 0 || payment.year == one.year)
                    && !self.forbids(doc, Doc::Invoice(one.id))
            };
            let (mut all, key) = if filed.is_empty() {
                (self.invoices.iter().filter(equal).copied().collect(), Key::Identity)
            } else {
                (filed, Key::SdiNumber)
            };
            if all.iter().any(|one| one.is_note() == (payment.amount < 0)) {
                all.retain(|one| one.is_note() == (payment.amount < 0));
            }
            all.sort_by_key(|one| one.id);
            all.dedup_by_key(|one| one.id);
            bonds.extend(the_one(all).map(|one| (one, payment.amount, By::Strong(key))));
        }
        for (invoice, share, by) in bonds {
            self.said.links.insert((doc, Doc::Invoice(invoice.id), share, by));
            self.compare_payment(payment, invoice);
        }
    }

    fn compare_payment(&mut self, payment: &PaymentFact, invoice: &InvoiceFact) {
        if payment.standing == PaymentStanding::Undone {
            return;
        }
        let (doc, own) = (Doc::Payment(payment.id), cigs(invoice));
        if invoice.standing == InvoiceStanding::Refused {
            self.differ(doc, Kind::RefusedPaid, payment.amount);
            self.differ(Doc::Invoice(invoice.id), Kind::RefusedPaid, payment.amount);
        }
        if payment.cig.is_some() && !own.is_empty() && !own.contains(&payment.cig) {
            self.differ(doc, Kind::OtherCig, payment.amount);
        }
        let (cup, cups) = (paid_rest(payment).cup, &rest(invoice).cups);
        if cup.is_some() && !cups.is_empty() && !cups.contains(&cup) {
            let is_ours = self.grants.contains(&cup);
            self.differ(doc, if is_ours { Kind::DoubleFunding } else { Kind::OtherCup }, payment.amount);
        }
    }
}

fn dedup(hits: &mut Vec<(&OrderFact, By, Option<i64>, Vec<u16>)>) {
    let mut seen = BTreeSet::new();
    hits.retain(|hit| seen.insert(hit.0.id));
}

/// Each takes at most its share, the last the rest.
fn pour(shares: &[i64], whole: i64) -> Vec<i64> {
    let mut rest = whole;
    let last = shares.len() - 1;
    let take = |(place, share): (usize, &i64)| {
        let taken = if place == last { rest } else { rest.min(*share) };
        rest -= taken;
        taken
    };
    shares.iter().enumerate().map(take).collect()
}

fn lines_gross(invoice: &InvoiceFact, numbers: &[u16]) -> Option<i64> {
    let mut nets: BTreeMap<u16, i64> = BTreeMap::new();
    for line in rest(invoice).extra.lines.iter().filter(|line| numbers.contains(&line.number)) {
        *nets.entry(line.rate).or_default() += line.net;
    }
    let gross = |(rate, net): (&u16, &i64)| net + (net * i64::from(*rate) + 5_000) / 10_000;
    (!nets.is_empty()).then(|| nets.iter().map(gross).sum())
}

mod judge;
mod weak;
