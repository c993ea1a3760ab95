// SPDX-License-Identifier: EUPL-1.2
//! What reaches from one supplier to another: the CIG of an order, the file of an invoice, an account with an
//! amount. Only the document that looks is touched, and only facts are seen: never what was settled
//! elsewhere.

use std::collections::HashSet;
use std::hash::BuildHasherDefault;

use super::batch::Batch;
use super::chains::{Chains, mix};
use super::code::{Code, CodeHasher};
use super::fact::InvoiceStanding;
use super::files::{self, Filed, Files};
use super::propose::account;
use super::seen::{Invoice, Order, Payment};
use super::sieve::Sieve;

/// Addresses by what reaches.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    /// Orders by CIG.
    pub(super) orders: Chains,
    /// Invoices by file and number; as `invoices`.
    pub(super) files: Files,
    /// Invoices by CIG, and by account and amount; until documents arrive one by one, only those that are
    /// asked for.
    pub(super) invoices: Chains,
    /// Suppliers that sent an invoice.
    pub(super) suppliers: HashSet<Code, BuildHasherDefault<CodeHasher>>,
    /// Payments by all of these, and by whom they pay; only needed once documents arrive one by one.
    pub(super) payments: Option<Chains>,
}

fn cig_token(cig: Code) -> u64 {
    mix(cig.bits(), 1)
}

pub(super) fn order_tokens(order: Order<'_>) -> impl Iterator<Item = u64> {
    order.cig.is_some().then(|| cig_token(order.cig)).into_iter()
}

pub(super) fn invoice_file(invoice: Invoice<'_>) -> Option<u64> {
    Filed::of(invoice).map(|filed| filed.token())
}

pub(super) fn invoice_tokens(invoice: Invoice<'_>) -> impl Iterator<Item = u64> {
    invoice.cigs().map(cig_token).chain(invoice.accounts())
}

/// What a payment looks for when its file is not known.
pub(super) fn far_tokens(payment: Payment<'_>) -> impl Iterator<Item = u64> {
    let iban = payment.rest().iban;
    let cig = payment.cig.is_some().then(|| cig_token(payment.cig));
    let paid = iban.is_some().then(|| account(iban)(payment.amount));
    cig.into_iter().chain(paid)
}

/// The file a payment names.
pub(super) fn payment_file(payment: Payment<'_>) -> Option<u64> {
    let sdi = payment.rest().sdi;
    (sdi != 0).then(|| files::token(sdi, payment.number))
}

pub(super) fn payment_tokens(payment: Payment<'_>) -> impl Iterator<Item = u64> {
    far_tokens(payment).chain(payment_file(payment)).chain([payee_token(payment.supplier)])
}

/// Of payments by whom they pay: asked when that one sends the first invoice.
pub(super) fn payee_token(supplier: Code) -> u64 {
    mix(supplier.bits(), 4)
}

impl Tokens {
    /// Orders and suppliers.
    pub(super) fn new(batch: &Batch) -> Self {
        let suppliers = batch.invoices.iter().map(|(_, invoice)| invoice.supplier).collect();
        let mut tokens = Self { suppliers, ..Self::default() };
        tokens.orders.reset(batch.orders.len());
        for (address, order) in batch.orders.iter() {
            order_tokens(order).for_each(|token| tokens.orders.add(token, address as usize));
        }
        tokens
    }

    /// Adds the files that are asked for.
    pub(super) fn add_files(&mut self, found: &[Asked]) {
        let files =
            found.iter().filter_map(|asked| if let Asked::File(file) = asked { Some(*file) } else { None });
        self.files.reset(files.clone().count());
        files.for_each(|file| self.files.put(file));
    }

    /// Adds the invoices that are asked for by CIG or account.
    pub(super) fn add_invoices(&mut self, found: &[Asked]) {
        let others = found.iter().filter_map(|asked| {
            if let Asked::Other(token, address) = asked { Some((*token, *address as usize)) } else { None }
        });
        self.invoices.reset(others.clone().count());
        others.for_each(|(token, address)| self.invoices.add(token, address));
    }

    /// Adds everything else, when documents first arrive one by one.
    pub(super) fn complete(&mut self, batch: &Batch) -> &mut Chains {
        if self.payments.is_none() {
            self.invoices.reset(batch.invoices.len() * 4);
            self.files.reset(batch.invoices.len());
            for (address, invoice) in batch.invoices.iter() {
                self.files.add(invoice);
                invoice_tokens(invoice).for_each(|token| self.invoices.add(token, address as usize));
            }
        }
        self.payments.get_or_insert_with(|| {
            let mut chains = Chains::default();
            chains.reset(batch.payments.len() * 3);
            for (address, payment) in batch.payments.iter() {
                payment_tokens(payment).for_each(|token| chains.add(token, address as usize));
            }
            chains
        })
    }
}

/// An invoice that somebody asked for.
#[derive(Debug, Clone, Copy)]
pub(super) enum Asked {
    /// By its file.
    File(Filed),
    /// By CIG or account: the token, and its address.
    Other(u64, u32),
}

impl Asked {
    /// Goes through all invoices once.
    pub(super) fn find(batch: &Batch, threads: usize, asked: &Sieve) -> Vec<Self> {
        batch.invoices.gather(threads, |address, invoice, all| {
            let file = Filed::of(invoice).filter(|filed| asked.may_have(filed.token())).map(Self::File);
            let others = invoice_tokens(invoice).filter(|token| asked.may_have(*token));
            all.extend(others.map(|token| Self::Other(token, address)).chain(file));
        })
    }
}

/// A look at all documents.
#[derive(Clone, Copy)]
pub(super) struct Reach<'a> {
    pub(super) batch: &'a Batch,
    pub(super) tokens: &'a Tokens,
}

impl<'a> Reach<'a> {
    pub(super) fn orders_with(self, cig: Code) -> impl Iterator<Item = Order<'a>> {
        let found = self.tokens.orders.of(cig_token(cig)).map(move |address| self.order(address));
        found.filter(move |order| order.cig == cig)
    }

    fn order(self, address: usize) -> Order<'a> {
        self.batch.orders.at(super::chains::narrow(address))
    }

    fn invoice(self, address: usize) -> Invoice<'a> {
        self.batch.invoices.at(super::chains::narrow(address))
    }

    /// Invoices between others with the CIG of a payment, or its account and amount.
    pub(super) fn invoices_like(self, payment: Payment<'_>) -> Vec<Invoice<'a>> {
        let found = far_tokens(payment).flat_map(|token| self.tokens.invoices.of(token));
        let mut found: Vec<Invoice<'_>> = found
            .map(|address| self.invoice(address))
            .filter(|one| one.parties() != payment.parties() && one.standing != InvoiceStanding::Refused)
            .collect();
        found.sort_by_key(|invoice| invoice.id);
        found.dedup_by_key(|invoice| invoice.id);
        found
    }
}
