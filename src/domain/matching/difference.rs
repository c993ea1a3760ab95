// SPDX-License-Identifier: EUPL-1.2
//! What does not agree: a kind, an amount, the documents it rests on. The kind decides the remedy.

use super::super::text::Text;
use super::fact::Doc;
use remedy::ROWS;

mod remedy;

/// Something that does not agree.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Difference {
    /// What.
    pub kind: Kind,
    /// How much, in cents, never negative; 0 when no amount is at stake.
    pub amount: i64,
    /// The documents it rests on; the first is the one it is about.
    pub documents: Vec<Doc>,
}

/// What does not agree.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Of an order, so much is not invoiced.
    NotInvoiced,
    /// An order is invoiced too much.
    OverInvoiced,
    /// An order is invoiced too much by the amount of an advance.
    AdvanceNotDeducted,
    /// An invoice without order.
    NoOrder,
    /// A credit note without invoice.
    NoInvoiceToCredit,
    /// Credit notes take away more than the invoice.
    OverCredited,
    /// A payment without invoice.
    NoInvoice,
    /// Of an invoice, so much is not paid.
    NotPaid,
    /// An invoice is paid too much.
    OverPaid,
    /// What was not paid is what was withheld.
    Withheld,
    /// Under split payment, the supplier got VAT.
    VatToSupplier,
    /// The State got more VAT than the invoice has.
    VatOverPaid,
    /// Two documents with the same supplier, year and number.
    Duplicate,
    /// The same expense under two CUP of ours.
    DoubleFunding,
    /// Another CUP than the order or the invoice.
    OtherCup,
    /// Another CIG than the order or the invoice.
    OtherCig,
    /// CIG of one order, number of another.
    TwoOrders,
    /// The CIG is of an order to another supplier.
    OtherSupplier,
    /// The CIG is of an order of another body.
    OtherBuyer,
    /// An invoice for an order that does not stand.
    DeadOrder,
    /// A refused invoice was paid.
    RefusedPaid,
    /// Several orders, and nothing says how much for each.
    SharesUnknown,
    /// More than ordered, of a line.
    OverQuantity,
    /// Dearer than ordered, in a line.
    OverPrice,
    /// The total is not that of the lines with their VAT.
    TotalNotLines,
    /// A sum is too large to be kept; it is cut.
    SumTooLarge,
    /// The bank says another amount than was ordered.
    BankAmount,
}

impl Kind {
    /// Every kind.
    pub fn all() -> impl Iterator<Item = Self> {
        ROWS.iter().map(|row| row.kind)
    }

    /// The name stored and shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        ROWS[self as usize].name
    }

    /// What to do, for people.
    #[must_use]
    pub const fn remedy(self) -> Text {
        let row = &ROWS[self as usize];
        Text::new(row.it, row.en)
    }

    /// Whether it makes the document it is about a conflict.
    #[must_use]
    pub const fn is_conflict(self) -> bool {
        matches!(
            self,
            Self::DoubleFunding
                | Self::OtherCup
                | Self::OtherCig
                | Self::TwoOrders
                | Self::OtherSupplier
                | Self::OtherBuyer
                | Self::DeadOrder
                | Self::RefusedPaid
                | Self::SharesUnknown
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_kind_has_its_own_row() {
        assert!(Kind::all().enumerate().all(|(place, kind)| kind as usize == place));
        assert_eq!(Kind::BankAmount as usize + 1, ROWS.len());
    }
}
