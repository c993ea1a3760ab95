// SPDX-License-Identifier: EUPL-1.2
//! A heap of facts, in no order: filled by whoever reads documents, several at once if need be, then given to the books.

use super::fact::{Fact, InvoiceFact, OrderFact, PaymentFact};
use super::rows::Rows;

/// A heap of facts. A fact told twice counts once; of two on the same document the later holds.
#[derive(Debug, Clone, Default)]
pub struct Batch {
    pub(super) orders: Rows<OrderFact>,
    pub(super) invoices: Rows<InvoiceFact>,
    pub(super) payments: Rows<PaymentFact>,
}

impl Batch {
    /// Adds an order.
    pub fn order(&mut self, order: OrderFact) {
        self.orders.push(order);
    }

    /// Adds an invoice or a note.
    pub fn invoice(&mut self, invoice: InvoiceFact) {
        self.invoices.push(invoice);
    }

    /// Adds a position of a payment.
    pub fn payment(&mut self, payment: PaymentFact) {
        self.payments.push(payment);
    }

    /// Takes all of another heap, whose facts count as later ones.
    pub fn absorb(&mut self, other: Self) {
        self.orders.absorb(other.orders);
        self.invoices.absorb(other.invoices);
        self.payments.absorb(other.payments);
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
