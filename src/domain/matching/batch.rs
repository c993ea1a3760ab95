// SPDX-License-Identifier: EUPL-1.2
//! A heap of facts, in no order: filled by whoever reads documents, several at once if need be, then given to
//! the books.

use super::fact::{Fact, InvoiceFact, InvoiceRest, OrderFact, OrderRest, PaymentFact, PaymentRest};
use super::rows::{Parts, Rows};

/// A heap of facts. A fact told twice counts once; of two on the same document the later holds.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    pub(super) orders: Rows<OrderFact>,
    pub(super) invoices: Rows<InvoiceFact>,
    pub(super) payments: Rows<PaymentFact>,
}

impl Batch {
    /// A heap of about so many documents, or a share of one that several threads fill: each is told how many all of them
    /// will be. It holds any number; with millions of them it is settled fastest when the guess is right to a few times.
    #[must_use]
    pub fn for_about(documents: usize) -> Self {
        Self {
            orders: Rows::for_about(documents),
            invoices: Rows::for_about(documents),
            payments: Rows::for_about(documents),
        }
    }

    /// Adds an order.
    #[inline]
    pub fn order(&mut self, order: OrderFact) {
        self.orders.push(order);
    }

    /// Adds an invoice or a note.
    #[inline]
    pub fn invoice(&mut self, invoice: InvoiceFact) {
        self.invoices.push(invoice);
    }

    /// Adds a position of a payment.
    #[inline]
    pub fn payment(&mut self, payment: PaymentFact) {
        self.payments.push(payment);
    }

    /// Adds an order whose rest is at hand, without a box for it.
    #[inline]
    pub fn order_with(&mut self, order: OrderFact, rest: OrderRest) {
        self.orders.push_parted(order, Some(rest));
    }

    /// Adds an invoice or a note whose rest is at hand, without a box for it.
    #[inline]
    pub fn invoice_with(&mut self, invoice: InvoiceFact, rest: InvoiceRest) {
        self.invoices.push_parted(invoice, Some(rest));
    }

    /// Adds a position of a payment whose rest is at hand, without a box for it.
    #[inline]
    pub fn payment_with(&mut self, payment: PaymentFact, rest: PaymentRest) {
        self.payments.push_parted(payment, Some(rest));
    }

    /// Takes all of another heap, whose facts count as later ones.
    pub fn absorb(&mut self, other: Self) {
        self.orders.absorb(other.orders);
        self.invoices.absorb(other.invoices);
        self.payments.absorb(other.payments);
    }

    /// How all facts are shared out.
    pub(super) fn parts(&self) -> Parts {
        let parts = [self.orders.parts(), self.invoices.parts(), self.payments.parts()];
        parts.into_iter().flatten().min().unwrap_or(Parts::FEWEST)
    }

    /// How many facts.
    #[must_use]
    pub fn len(&self) -> usize {
        self.orders.len() + self.invoices.len() + self.payments.len()
    }

    /// Whether there is none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}

impl Extend<Fact> for Batch {
    fn extend<I: IntoIterator<Item = Fact>>(&mut self, facts: I) {
        for fact in facts {
            match fact {
                Fact::Order(order) => self.order(order),
                Fact::Invoice(invoice) => self.invoice(invoice),
                Fact::Payment(payment) => self.payment(payment),
            }
        }
    }
}
