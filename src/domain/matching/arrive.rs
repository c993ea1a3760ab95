// SPDX-License-Identifier: EUPL-1.2
//! One document arrives, or one decision is taken: only the groups it touches are settled again.

use std::collections::BTreeSet;

use super::books::Books;
use super::decision::Decision;
use super::fact::{Doc, Fact, InvoiceFact, OrderFact, PaymentFact};
use super::group::Group;
use super::index::{Index, Merged};
use super::outcome::Outcome;
use super::reach::{invoice_file, invoice_tokens, order_tokens, payee_token, payment_tokens};
use super::seen::{Invoice, Seen};

impl Books {
    /// Adds a fact to settled books and says everything anew of the documents it touches. A fact about a
    /// document that is there takes its place; its supplier, its buyer and its file are part of what it is
    /// and do not change.
    pub fn arrive(&mut self, fact: Fact) -> Outcome {
        let doc = fact.doc();
        if self.index.as_ref().is_none_or(Index::is_outgrown) {
            self.reorder();
        }
        self.complete();
        let mut touched = Vec::new();
        match fact {
            Fact::Order(order) => self.arrive_order(order, &mut touched),
            Fact::Invoice(invoice) => self.arrive_invoice(invoice, &mut touched),
            Fact::Payment(payment) => self.arrive_payment(payment, &mut touched),
        }
        if self.decisions.concern(doc) {
            let neighbours = self.neighbours(doc);
            let documents = self.docs_in(&touched);
            if self.merge_again() {
                touched = self.buckets_of(&documents);
            }
            self.move_decided(&neighbours, &mut touched);
            touched.extend(self.buckets_of(&neighbours));
        }
        self.settle_buckets(touched)
    }

    /// Adds a decision to settled books and says everything anew of the documents it touches. All documents
    /// are looked through once.
    pub fn decide(&mut self, decision: Decision) -> Outcome {
        if !self.is_full() {
            return Outcome::default();
        }
        if self.index.is_none() {
            self.reorder();
        }
        self.complete();
        let pair = [decision.from, decision.to].into();
        let mut touched = self.buckets_of(&pair);
        let documents = self.docs_in(&touched);
        self.decisions.add(decision);
        if self.merge_again() {
            touched = self.buckets_of(&documents);
        }
        self.move_decided(&pair, &mut touched);
        touched.extend(self.buckets_of(&pair));
        self.settle_buckets(touched)
    }

    /// A payment that a person linked goes where its invoice is; one that was taken back follows its file
    /// again.
    fn move_decided(&mut self, docs: &BTreeSet<Doc>, touched: &mut Vec<u32>) {
        if !docs.iter().any(|doc| matches!(doc, Doc::Payment(_))) {
            return;
        }
        let payments = self.batch.payments.iter().filter(|(_, one)| docs.contains(&Doc::Payment(one.id)));
        let addresses: Vec<u32> = payments.map(|(address, _)| address).collect();
        addresses.into_iter().for_each(|address| self.move_payment(address, touched));
    }

    fn move_payment(&mut self, address: u32, touched: &mut Vec<u32>) {
        let Some(index) = &self.index else { return };
        let bucket = index.bucket(self.homes().payment(self.batch.payments.at(address)));
        touched.extend([index.payments.bucket(address), bucket]);
        if let Some(index) = &mut self.index {
            index.payments.put(address, bucket);
        }
    }

    fn complete(&mut self) {
        if self.is_full() {
            self.tokens.complete(&self.batch);
        }
    }

    /// Whether other suppliers are joined than before; then everything is in order again.
    fn merge_again(&mut self) -> bool {
        let merged = Merged::new(&self.decisions, &self.batch);
        let is_new = !merged.joins_as(&self.merged);
        self.merged = merged;
        if is_new {
            self.reorder();
            self.complete();
        }
        is_new
    }

    /// A document and all that decisions join it with.
    fn neighbours(&self, doc: Doc) -> BTreeSet<Doc> {
        let pairs = self.decisions.linked().filter(|(from, to)| *from == doc || *to == doc);
        std::iter::once(doc).chain(pairs.flat_map(|(from, to)| [from, to])).collect()
    }

    fn arrive_order(&mut self, order: OrderFact, touched: &mut Vec<u32>) {
        let Some(index) = &self.index else { return };
        let bucket = index.bucket(self.homes().of(Seen::whole(&order)));
        touched.push(bucket);
        let is_same = |address: &u32| self.batch.orders.at(*address).id == order.id;
        let known = index.orders.of(bucket).filter(is_same).last();
        let mut tokens: Vec<u64> =
            known.into_iter().flat_map(|old| order_tokens(self.batch.orders.at(old))).collect();
        tokens.extend(order_tokens(Seen::whole(&order)));
        let Some(address) = known.or_else(|| self.batch.orders.push(order.clone())) else { return };
        if self.is_full() {
            order_tokens(Seen::whole(&order))
                .for_each(|token| self.tokens.orders.add(token, address as usize));
        }
        self.batch.orders.replace(address, order);
        let Some(index) = &mut self.index else { return };
        index.orders.put(address, bucket);
        let lookers = tokens.into_iter().flat_map(|token| self.tokens.invoices.of(token));
        touched.extend(lookers.map(|place| index.invoices.bucket(super::chains::narrow(place))));
    }

    fn arrive_invoice(&mut self, invoice: InvoiceFact, touched: &mut Vec<u32>) {
        let Some(index) = &self.index else { return };
        let bucket = index.bucket(self.homes().of(Seen::whole(&invoice)));
        touched.push(bucket);
        let is_same = |address: &u32| self.batch.invoices.at(*address).id == invoice.id;
        let known = index.invoices.of(bucket).filter(is_same).last();
        let all = |invoice: Invoice<'_>| -> Vec<u64> {
            invoice_tokens(invoice).chain(invoice_file(invoice)).collect()
        };
        let mut tokens = known.map_or_else(Vec::new, |old| all(self.batch.invoices.at(old)));
        tokens.extend(all(Seen::whole(&invoice)));
        let Some(address) = known.or_else(|| self.batch.invoices.push(invoice.clone())) else {
            return;
        };
        if self.is_full() {
            if let Some(old) = known {
                self.tokens.files.remove(self.batch.invoices.at(old));
            }
            invoice_tokens(Seen::whole(&invoice))
                .for_each(|token| self.tokens.invoices.add(token, address as usize));
            self.tokens.files.add(Seen::whole(&invoice));
            if self.tokens.suppliers.insert(invoice.supplier) {
                tokens.push(payee_token(invoice.supplier));
            }
        }
        self.batch.invoices.replace(address, invoice);
        if let Some(index) = &mut self.index {
            index.invoices.put(address, bucket);
        }
        if self.is_full() {
            self.move_payments(&tokens, touched);
        }
    }

    /// Payments that see an invoice from elsewhere are settled again; those that name its file come to it.
    fn move_payments(&mut self, tokens: &[u64], touched: &mut Vec<u32>) {
        let chains = self.tokens.complete(&self.batch);
        let mut lookers: Vec<u32> =
            tokens.iter().flat_map(|token| chains.of(*token)).map(super::chains::narrow).collect();
        lookers.sort_unstable();
        lookers.dedup();
        lookers.into_iter().for_each(|address| self.move_payment(address, touched));
    }

    fn arrive_payment(&mut self, payment: PaymentFact, touched: &mut Vec<u32>) {
        let Some(index) = &self.index else { return };
        let places = self.homes().of_payment(Seen::whole(&payment)).map(|hash| index.bucket(hash));
        let bucket = places[2];
        touched.push(bucket);
        let is_same = |address: &u32| self.batch.payments.at(*address).id == payment.id;
        let known = places.iter().flat_map(|place| index.payments.of(*place)).filter(is_same).last();
        touched.extend(known.map(|address| index.payments.bucket(address)));
        let Some(address) = known.or_else(|| self.batch.payments.push(payment.clone())) else {
            return;
        };
        if self.is_full() {
            let chains = self.tokens.complete(&self.batch);
            payment_tokens(Seen::whole(&payment)).for_each(|token| chains.add(token, address as usize));
        }
        self.batch.payments.replace(address, payment);
        if let Some(index) = &mut self.index {
            index.payments.put(address, bucket);
        }
    }

    fn docs_in(&self, buckets: &[u32]) -> BTreeSet<Doc> {
        let Some(index) = &self.index else { return BTreeSet::new() };
        let batch = &self.batch;
        let docs = |bucket: &u32| {
            let orders = index.orders.of(*bucket).map(|address| Doc::Order(batch.orders.at(address).id));
            let invoices =
                index.invoices.of(*bucket).map(|address| Doc::Invoice(batch.invoices.at(address).id));
            let payments =
                index.payments.of(*bucket).map(|address| Doc::Payment(batch.payments.at(address).id));
            orders.chain(invoices).chain(payments).collect::<Vec<Doc>>()
        };
        buckets.iter().flat_map(docs).collect()
    }

    fn buckets_of(&self, docs: &BTreeSet<Doc>) -> Vec<u32> {
        let Some(index) = &self.index else { return Vec::new() };
        let batch = &self.batch;
        let orders = batch.orders.iter().filter(|(_, order)| docs.contains(&Doc::Order(order.id)));
        let invoices = batch.invoices.iter().filter(|(_, invoice)| docs.contains(&Doc::Invoice(invoice.id)));
        let payments = batch.payments.iter().filter(|(_, payment)| docs.contains(&Doc::Payment(payment.id)));
        let orders = orders.map(|(address, _)| index.orders.bucket(address));
        let invoices = invoices.map(|(address, _)| index.invoices.bucket(address));
        orders.chain(invoices).chain(payments.map(|(address, _)| index.payments.bucket(address))).collect()
    }

    fn settle_buckets(&mut self, mut buckets: Vec<u32>) -> Outcome {
        buckets.sort_unstable();
        buckets.dedup();
        let mut all = Outcome::default();
        let mut charges = Vec::new();
        if let Some(index) = &self.index {
            let mut group = Group::new(self.world());
            for bucket in buckets {
                group.fill_from(&self.batch, index, bucket);
                let outcome = group.settle();
                charges.push((bucket, outcome.charges.clone()));
                all.extend(outcome);
            }
        }
        self.charges.extend(charges);
        all.sort();
        all
    }
}

impl Fact {
    /// The document it is about.
    #[must_use]
    pub fn doc(&self) -> Doc {
        match self {
            Self::Order(order) => Doc::Order(order.id),
            Self::Invoice(invoice) => Doc::Invoice(invoice.id),
            Self::Payment(payment) => Doc::Payment(payment.id),
        }
    }
}
