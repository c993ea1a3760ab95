// SPDX-License-Identifier: EUPL-1.2
//! What only looks alike.

use super::*;

/// The ten best, by score.
pub(super) fn best(mut found: Vec<(Doc, Clues)>) -> Vec<(Doc, Clues)> {
    found.sort_by_key(|(to, clues)| (Reverse(clues.score()), *to));
    found.truncate(10);
    found
}

fn numbers(invoice: &InvoiceFact) -> Vec<Code> {
    let dated = rest(invoice).orders.iter().map(|one| one.number);
    std::iter::once(invoice.order_number).chain(dated).filter(|number| number.is_some()).collect()
}

impl Oracle<'_> {
    fn is_linked(&self, doc: Doc) -> bool {
        self.said.links.iter().any(|link| link.0 == doc)
    }

    pub(super) fn propose(&mut self) {
        for invoice in self.invoices.clone() {
            if !self.counts(invoice) || self.is_linked(Doc::Invoice(invoice.id)) {
                continue;
            }
            if invoice.is_note() {
                self.propose_corrected(invoice);
            } else {
                self.propose_orders(invoice);
            }
        }
        for payment in self.payments.clone() {
            if payment.standing != PaymentStanding::Undone && !self.is_linked(Doc::Payment(payment.id)) {
                self.propose_paid(payment);
            }
        }
    }

    fn keep(&mut self, from: Doc, found: Vec<(Doc, Clues)>) {
        let allowed = found.into_iter().filter(|(to, _)| !self.forbids(from, *to)).collect();
        let best = best(allowed).into_iter().map(|(to, clues)| (from, to, clues.score(), clues));
        self.said.candidates.extend(best);
    }

    /// What is left of an order by what is linked to it.
    pub(super) fn left(&self, order: &OrderFact) -> i64 {
        order.gross - self.billed(order).0 + self.billed(order).1
    }

    fn propose_orders(&mut self, invoice: &InvoiceFact) {
        let doc = Doc::Invoice(invoice.id);
        let mut found = Vec::new();
        let mut far: Vec<&OrderFact> = Vec::new();
        for order in self.orders.iter().filter(|order| order.is_live()) {
            let is_near = of_order(order) == of_invoice(invoice);
            let left = if is_near { self.left(order) } else { order.gross };
            let loose = |code| self.codes.loose(code);
            let mut lines = order.rest.as_ref().unwrap().lines.iter().map(|line| line.item);
            let items: Vec<Code> = rest(invoice).extra.lines.iter().map(|line| line.item).collect();
            let clues = Clues::of([
                (Clue::Cig, has(&cigs(invoice), order.cig)),
                (Clue::Number, numbers(invoice).iter().any(|own| loose(*own) == loose(order.number))),
                (Clue::Cup, has(&rest(invoice).cups, order.cup)),
                (Clue::Amount, (left - invoice.gross).abs() <= 1),
                (Clue::Lines, lines.any(|item| has(&items, item))),
                (Clue::Supplier, order.supplier == invoice.supplier),
            ]);
            let money = clues.has(Clue::Cup) && clues.has(Clue::Amount);
            let is_like = clues.has(Clue::Cig) || clues.has(Clue::Number) || clues.has(Clue::Lines) || money;
            if (is_near && is_like) || (!is_near && clues.has(Clue::Cig)) {
                found.push((Doc::Order(order.id), clues));
            }
            if !is_near && clues.has(Clue::Cig) && !self.forbids(doc, Doc::Order(order.id)) {
                far.push(order);
            }
        }
        if let Some(order) = far.iter().min_by_key(|order| order.id) {
            let same = order.supplier == invoice.supplier;
            self.differ(doc, if same { Kind::OtherBuyer } else { Kind::OtherSupplier }, invoice.gross);
        }
        self.keep(doc, found);
    }

    fn propose_corrected(&mut self, note: &InvoiceFact) {
        let mut found = Vec::new();
        let loose = |code| self.codes.loose(code);
        let mut named = rest(note).extra.corrects.iter().map(|one| loose(one.number));
        let named: Vec<Code> = named.by_ref().collect();
        for invoice in self.invoices.iter().filter(|one| self.counts(one) && !one.is_note()) {
            let clues = Clues::of([
                (Clue::Cig, cigs(note).iter().any(|cig| cigs(invoice).contains(cig))),
                (Clue::Number, has(&named, loose(invoice.number))),
                (Clue::Amount, note.gross <= invoice.gross),
                (Clue::Supplier, true),
            ]);
            let is_like = clues.has(Clue::Number) || (clues.has(Clue::Cig) && clues.has(Clue::Amount));
            if of_invoice(invoice) == of_invoice(note) && is_like {
                found.push((Doc::Invoice(invoice.id), clues));
            }
        }
        self.keep(Doc::Invoice(note.id), found);
    }

    fn propose_paid(&mut self, payment: &PaymentFact) {
        let doc = Doc::Payment(payment.id);
        let filed = if self.decided(doc).is_empty() { self.filed(payment) } else { vec![] };
        let mut found: Vec<(Doc, Clues)> = Vec::new();
        for invoice in &self.invoices {
            let is_near = of_invoice(invoice) == of_payment(payment);
            let clues = self.paid_clues(payment, invoice);
            let ours =
                (clues.has(Clue::Number) || (clues.has(Clue::Cup) && clues.has(Clue::Amount))) && is_near;
            let code = clues.has(Clue::Cig) || clues.has(Clue::Iban);
            let is_like = ours || (clues.has(Clue::Amount) && code);
            let is_there =
                if is_near { self.counts(invoice) } else { invoice.standing != InvoiceStanding::Refused };
            let is_filed = filed.iter().any(|one| one.id == invoice.id);
            if is_filed || (filed.is_empty() && is_like && is_there) {
                found.push((Doc::Invoice(invoice.id), clues));
            }
        }
        self.keep(doc, found);
    }

    fn paid_clues(&self, payment: &PaymentFact, invoice: &InvoiceFact) -> Clues {
        let (own, loose) = (paid_rest(payment), |code| self.codes.loose(code));
        let (net, kept) = (invoice.gross - rest(invoice).vat, rest(invoice).extra.withheld);
        let sign = if invoice.is_note() { -1 } else { 1 };
        let asked = [invoice.gross, net, invoice.gross - kept, net - kept].map(|amount| amount * sign);
        let is_vat = payment.debt == Debt::Vat && payment.amount == rest(invoice).vat;
        Clues::of([
            (Clue::Cig, has(&cigs(invoice), payment.cig)),
            (Clue::Number, payment.number.is_some() && loose(payment.number) == loose(invoice.number)),
            (Clue::Cup, has(&rest(invoice).cups, own.cup)),
            (Clue::Amount, is_vat || asked.contains(&payment.amount)),
            (Clue::Iban, own.iban.is_some() && own.iban == rest(invoice).iban),
            (Clue::Supplier, payment.supplier == invoice.supplier),
        ])
    }
}
