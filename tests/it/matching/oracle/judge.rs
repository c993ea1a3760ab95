// SPDX-License-Identifier: EUPL-1.2
//! Sums and states.

use super::*;

impl<'a> Oracle<'a> {
    fn to(&self, doc: Doc) -> Vec<(Doc, i64)> {
        self.said.links.iter().filter(|link| link.1 == doc).map(|link| (link.0, link.2)).collect()
    }

    fn from(&self, doc: Doc) -> Vec<(Doc, i64, By)> {
        let key = |to: &Doc| self.said.links.iter().position(|link| link.1 == *to);
        let mut all: Vec<(Doc, i64, By)> = self
            .said
            .links
            .iter()
            .filter(|link| link.0 == doc)
            .map(|link| (link.1, link.2, link.3))
            .collect();
        all.sort_by_key(|one| key(&one.0));
        all
    }

    /// The links of an invoice to orders, in the order in which it names them.
    fn orders_of(&self, invoice: &InvoiceFact) -> Vec<(Doc, i64)> {
        let named = |doc: Doc| {
            let order = self.orders.iter().find(|order| Doc::Order(order.id) == doc).unwrap();
            let by_name = rest(invoice)
                .orders
                .iter()
                .position(|one| one.number == order.number && one.day == order.day);
            let by_cig = cigs(invoice).iter().position(|cig| *cig == order.cig);
            (by_name, by_cig, doc)
        };
        let mut all: Vec<(Doc, i64, By)> = self.from(Doc::Invoice(invoice.id));
        all.retain(|one| matches!(one.0, Doc::Order(_)));
        all.sort_by_key(|one| match one.2 {
            By::Person => (None, None, one.0),
            By::Strong(Key::NumberDate) => (named(one.0).0, None, one.0),
            By::Strong(_) => (None, named(one.0).1, one.0),
        });
        all.into_iter().map(|one| (one.0, one.1)).collect()
    }

    /// The invoices a note corrects, in the order in which it names them.
    fn corrected_by(&self, note: &InvoiceFact) -> Vec<(Doc, i64)> {
        let mut all = self.from(Doc::Invoice(note.id));
        all.retain(|one| matches!(one.0, Doc::Invoice(_)));
        let named = |doc: Doc| {
            let invoice = self.invoice(doc).unwrap();
            rest(note).extra.corrects.iter().position(|one| {
                let dated = match (one.day.0, invoice.day.0) {
                    (0, _) | (_, 0) => one.year == invoice.year,
                    (day, own) => day == own,
                };
                one.number == invoice.number && dated
            })
        };
        all.sort_by_key(|one| (if one.2 == By::Person { None } else { named(one.0) }, one.0));
        all.into_iter().map(|one| (one.0, one.1)).collect()
    }

    /// Money out to the supplier, to the State, ordered; and how many payments are out.
    fn money(&self, invoice: &InvoiceFact) -> ([i64; 3], u32) {
        let (mut money, mut count) = ([0; 3], 0);
        for (doc, amount) in self.to(Doc::Invoice(invoice.id)) {
            match doc {
                Doc::Payment(id) => {
                    let payment = self.payments.iter().find(|one| one.id == id).unwrap();
                    let place = match (payment.standing, payment.debt) {
                        (PaymentStanding::Undone, _) => continue,
                        (PaymentStanding::Ordered, _) => 2,
                        (PaymentStanding::Executed, Debt::Commercial) => 0,
                        (PaymentStanding::Executed, Debt::Vat) => 1,
                    };
                    money[place] += amount;
                    count += u32::from(place < 2);
                }
                Doc::Invoice(_) => {
                    let note = self.invoice(doc).unwrap();
                    let first = self.corrected_by(note)[0].0 == Doc::Invoice(invoice.id);
                    let by_way = if first { self.money(note).0 } else { [0; 3] };
                    (0..3).for_each(|place| money[place] += by_way[place]);
                }
                Doc::Order(_) => {}
            }
        }
        (money, count)
    }

    fn credited(&self, invoice: &InvoiceFact) -> i64 {
        let notes = self.to(Doc::Invoice(invoice.id)).into_iter();
        notes.filter(|one| matches!(one.0, Doc::Invoice(_))).map(|one| one.1).sum()
    }

    /// Invoiced, credited, to the supplier, to the State, what nobody doubts of them and what settles it; and how many documents.
    pub(super) fn totals(&self, order: &OrderFact) -> ([i64; 6], u32) {
        let (mut sums, mut count) = ([0; 6], 0);
        for (doc, amount) in self.to(Doc::Order(order.id)) {
            let invoice = self.invoice(doc).unwrap();
            let shares: Vec<(Doc, i64)> = self.orders_of(invoice);
            let place = shares.iter().position(|one| one.0 == Doc::Order(order.id)).unwrap();
            let shares: Vec<i64> = shares.into_iter().map(|one| one.1).collect();
            let (money, _) = self.money(invoice);
            count += 1;
            if invoice.is_note() {
                sums[1] += amount;
            } else {
                sums[0] += amount;
                sums[1] += pour(&shares, self.credited(invoice))[place];
            }
            sums[2] += pour(&shares, money[0])[place];
            sums[3] += pour(&shares, money[1])[place];
            let paid = money[0] + money[1];
            let settled = if invoice.is_note() {
                paid.min(0).max(-invoice.gross.max(0))
            } else {
                paid.max(0).min((invoice.gross - self.credited(invoice)).max(0))
            };
            if invoice.standing == InvoiceStanding::Received {
                let credited =
                    if invoice.is_note() { 0 } else { pour(&shares, self.credited(invoice))[place] };
                sums[4] += if invoice.is_note() { -amount } else { amount - credited };
                sums[5] += pour(&shares, settled)[place];
            }
        }
        (sums, count)
    }

    pub(super) fn billed(&self, order: &OrderFact) -> (i64, i64) {
        let ([invoiced, credited, ..], _) = self.totals(order);
        (invoiced, credited)
    }

    pub(super) fn judge(&mut self) {
        for order in self.orders.clone() {
            self.judge_order(order);
        }
        for invoice in self.invoices.clone() {
            self.judge_invoice(invoice);
        }
        for payment in self.payments.clone() {
            self.judge_payment(payment);
        }
    }

    fn judge_order(&mut self, order: &OrderFact) {
        let doc = Doc::Order(order.id);
        let ([invoiced, credited, to_supplier, vat_paid, covered, settled], documents) = self.totals(order);
        let (billed, excess) = (invoiced - credited, invoiced - credited - order.gross);
        let waits = self.said.candidates.iter().any(|one| {
            let near = |doc| self.invoice(doc).is_some_and(|one| of_invoice(one) == of_order(order));
            one.1 == doc && near(one.0)
        });
        let state = if !order.is_live() {
            let is_named = self.said.states.get(&doc) == Some(&State::Conflict);
            if is_named || documents > 0 { State::Conflict } else { State::Void }
        } else if documents == 0 {
            if waits { State::Waiting } else { State::Missing }
        } else if excess > 1 {
            State::Over
        } else if excess < -1 {
            State::Under
        } else if to_supplier + vat_paid == billed {
            State::Matched
        } else {
            State::Partly
        };
        self.said.states.insert(doc, state);
        if order.is_live() && excess < -1 {
            self.differ(doc, Kind::NotInvoiced, excess);
        }
        if order.is_live() && excess > 1 {
            let is_advance = |doc: Doc| self.invoice(doc).is_some_and(|one| one.class == Class::Advance);
            let advanced: i64 = self.to(doc).iter().filter(|one| is_advance(one.0)).map(|one| one.1).sum();
            let fits = advanced > 0 && (advanced - excess).abs() <= 1;
            self.differ(doc, if fits { Kind::AdvanceNotDeducted } else { Kind::OverInvoiced }, excess);
        }
        let left = -excess;
        let totals =
            OrderTotals { invoiced, credited, to_supplier, vat_paid, covered, settled, left, documents };
        self.said.orders.insert(order.id, totals);
    }

    fn judge_invoice(&mut self, invoice: &InvoiceFact) {
        let doc = Doc::Invoice(invoice.id);
        let (credited, ([to_supplier, vat_paid, ordered], payments)) =
            (self.credited(invoice), self.money(invoice));
        let due = if invoice.is_note() { -invoice.gross } else { invoice.gross - credited };
        let gap = due - to_supplier - vat_paid;
        let left = if self.counts(invoice) { gap } else { 0 };
        let withheld = rest(invoice).extra.withheld;
        let is_settled = gap == 0 || (withheld > 0 && gap == withheld);
        let conflict = self.said.differences.iter().any(|one| one.0 == doc && one.1.is_conflict());
        let is_linked = self.said.links.iter().any(|link| link.0 == doc);
        if self.counts(invoice) && !invoice.is_note() {
            if !is_linked && !conflict {
                self.differ(doc, Kind::NoOrder, invoice.gross);
            }
            match () {
                () if credited > invoice.gross => {
                    self.differ(doc, Kind::OverCredited, credited - invoice.gross)
                }
                () if gap < 0 => self.differ(doc, Kind::OverPaid, gap),
                () if gap > 0 && is_settled => self.differ(doc, Kind::Withheld, gap),
                () if gap > 0 => self.differ(doc, Kind::NotPaid, gap),
                () => {}
            }
            let (vat, net) = (rest(invoice).vat, invoice.gross - rest(invoice).vat);
            if rest(invoice).split && to_supplier > net {
                self.differ(doc, Kind::VatToSupplier, to_supplier - net);
            }
            if vat_paid > 0 && vat_paid > vat {
                self.differ(doc, Kind::VatOverPaid, vat_paid - vat);
            }
        }
        let corrects = !self.corrected_by(invoice).is_empty();
        let waits = self.said.candidates.iter().any(|one| one.0 == doc);
        let state = match () {
            () if self.stands_for(invoice).id != invoice.id => State::Duplicate,
            () if conflict => State::Conflict,
            () if invoice.standing == InvoiceStanding::Refused => State::Void,
            () if invoice.is_note() && corrects => State::Matched,
            () if (invoice.is_note() || !is_linked) && waits => State::Waiting,
            () if invoice.is_note() || !is_linked => State::Missing,
            () if is_settled => State::Matched,
            () if payments == 0 => State::Waiting,
            () if gap < 0 => State::Over,
            () => State::Partly,
        };
        self.said.states.insert(doc, state);
        let totals = InvoiceTotals { credited, to_supplier, vat_paid, ordered, left, payments };
        self.said.invoices.insert(invoice.id, totals);
    }

    fn judge_payment(&mut self, payment: &PaymentFact) {
        let doc = Doc::Payment(payment.id);
        let pays: Vec<Doc> = self.from(doc).into_iter().map(|one| one.0).collect();
        let is_void = payment.standing == PaymentStanding::Undone;
        let conflict = self.said.differences.iter().any(|one| one.0 == doc && one.1.is_conflict());
        let waits = self.said.candidates.iter().any(|one| one.0 == doc);
        if !is_void && pays.is_empty() {
            self.differ(doc, Kind::NoInvoice, payment.amount);
        }
        let state = match () {
            () if is_void => State::Void,
            () if conflict => State::Conflict,
            () if pays.is_empty() && waits => State::Waiting,
            () if pays.is_empty() => State::Missing,
            () if payment.standing == PaymentStanding::Ordered => State::Waiting,
            () if pays.iter().any(|one| self.said.states[one] == State::Over) => State::Over,
            () => State::Matched,
        };
        self.said.states.insert(doc, state);
    }

    /// What documents count for each CUP: linked ones for that of their order, others for the one they name.
    pub(super) fn charge(&mut self) {
        let mut cups: BTreeMap<Code, [i128; 4]> = BTreeMap::new();
        let mut add = |cup: Code, amounts: [i64; 4]| {
            let sums = cups.entry(cup).or_default();
            sums.iter_mut().zip(amounts).for_each(|(sum, amount)| *sum += i128::from(amount));
        };
        for order in &self.orders {
            let ([invoiced, credited, to_supplier, vat_paid, ..], _) = self.totals(order);
            let committed = if order.is_live() { order.gross } else { 0 };
            add(order.cup, [committed, invoiced, credited, to_supplier + vat_paid]);
        }
        for invoice in &self.invoices {
            let [cup] = rest(invoice).cups[..] else { continue };
            let paid = self.money(invoice).0[0] + self.money(invoice).0[1];
            let counts = if self.counts(invoice) { invoice.gross } else { 0 };
            let credited = if self.counts(invoice) { self.credited(invoice) } else { 0 };
            if !self.orders_of(invoice).is_empty() || !self.corrected_by(invoice).is_empty() {
                continue;
            }
            add(cup, if invoice.is_note() { [0, 0, counts, paid] } else { [0, counts, credited, paid] });
        }
        for payment in &self.payments {
            let is_linked = self.said.links.iter().any(|link| link.0 == Doc::Payment(payment.id));
            if !is_linked && payment.standing == PaymentStanding::Executed {
                add(paid_rest(payment).cup, [0, 0, 0, payment.amount]);
            }
        }
        cups.retain(|cup, sums| cup.is_some() && *sums != [0; 4]);
        self.said.cups = cups;
    }
}
