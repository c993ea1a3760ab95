// SPDX-License-Identifier: EUPL-1.2
//! What is known of the documents that are matched: compact facts, each with a number chosen by the caller.
//! What few documents have stands apart in a box, so that a million plain facts stay small.

use super::code::Code;
use super::extra::Extra;
use super::few::Few;

/// A quantity or a unit price, in units of 10^-8.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Scaled(pub i128);

/// One, in units of 10^-8.
pub(super) const SCALE: i128 = 100_000_000;

/// A date as days since 1970-01-01; 0 when it is not known.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Day(pub u16);

/// A document: its kind, and the number the caller gave it. No two documents of a kind share a number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Doc {
    /// An order.
    Order(u32),
    /// An invoice, or a note.
    Invoice(u32),
    /// One position of a payment.
    Payment(u32),
}

/// Whether an order stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OrderStanding {
    /// It stands.
    #[default]
    Live,
    /// Refused, revoked or cancelled.
    Dead,
}

/// An order.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OrderFact {
    /// Tax code of the supplier.
    pub supplier: Code,
    /// Number as written.
    pub number: Code,
    /// CIG.
    pub cig: Code,
    /// CUP.
    pub cup: Code,
    /// Total with VAT, in cents.
    pub gross: i64,
    /// The number the caller gave it.
    pub id: u32,
    /// Date.
    pub day: Day,
    /// Whether it stands.
    pub standing: OrderStanding,
    /// The rest, when there is any.
    pub rest: Option<Box<OrderRest>>,
}

/// What plain orders do not need.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OrderRest {
    /// Tax code of the buyer.
    pub buyer: Code,
    /// Its lines.
    pub lines: Vec<Line>,
}

/// A line of an order or of an invoice.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Line {
    /// Its number in the document.
    pub number: u16,
    /// Of an invoice: the line of the order it names; 0 when it names none.
    pub order_line: u16,
    /// Article code.
    pub item: Code,
    /// Description: any key that is equal for equal descriptions.
    pub description: u64,
    /// Quantity.
    pub quantity: Scaled,
    /// Unit price without VAT.
    pub price: Scaled,
    /// Total without VAT, in cents.
    pub net: i64,
    /// VAT rate in hundredths of a percent.
    pub rate: u16,
}

/// What an invoice is. The sign of its amount follows: amounts are written positive in all of them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// TD01, TD06, TD24, TD25 and the like.
    #[default]
    Invoice,
    /// Advance: TD02, TD03.
    Advance,
    /// Debit note: TD05.
    DebitNote,
    /// Credit note: TD04. Takes away from the invoice it corrects.
    CreditNote,
}

/// Whether an invoice stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum InvoiceStanding {
    /// Received, or accepted by the lapse of time.
    #[default]
    Received,
    /// Found wanting, and not refused yet: it counts as received, but moves no money of an order, and stands behind a twin.
    Doubted,
    /// Refused by the body (EC02).
    Refused,
}

/// An invoice, or a note.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InvoiceFact {
    /// Tax code of the supplier.
    pub supplier: Code,
    /// Number as written.
    pub number: Code,
    /// CIG, when it names one; further ones stand in the rest.
    pub cig: Code,
    /// Number of the order it names without a date; dated ones stand in the rest.
    pub order_number: Code,
    /// Total with VAT, in cents.
    pub gross: i64,
    /// The number the caller gave it.
    pub id: u32,
    /// Date.
    pub day: Day,
    /// Year of the date: part of its identity.
    pub year: u16,
    /// What it is.
    pub class: Class,
    /// Whether it stands.
    pub standing: InvoiceStanding,
    /// The rest, when there is any.
    pub rest: Option<Box<InvoiceRest>>,
}

/// What plain invoices do not need.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct InvoiceRest {
    /// Tax code of the buyer.
    pub buyer: Code,
    /// CUP it names, in whatever place.
    pub cups: Few<Code>,
    /// Orders it names with number and date.
    pub orders: Few<OrderRef>,
    /// VAT, in cents.
    pub vat: i64,
    /// Whether the VAT goes to the State (split payment).
    pub split: bool,
    /// `IdentificativoSdI` of its file; 0 when not known.
    pub sdi: u64,
    /// Position in the file.
    pub position: u16,
    /// Account it asks to be paid on.
    pub iban: Code,
    /// What takes room: lines, notes and the like.
    pub extra: Extra,
}

/// An order as an invoice names it (`DatiOrdineAcquisto`).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct OrderRef {
    /// Number.
    pub number: Code,
    /// Date.
    pub day: Day,
    /// Lines of the invoice it is named for; empty for all.
    pub lines: Box<[u16]>,
}

/// An invoice as a note names it (`DatiFattureCollegate`).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct InvoiceRef {
    /// Number.
    pub number: Code,
    /// Date.
    pub day: Day,
    /// Year, when only that is known; 0 otherwise.
    pub year: u16,
}

/// Whom a payment frees the body from.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Debt {
    /// The supplier (COMMERCIALE).
    #[default]
    Commercial,
    /// The State (IVA, split payment).
    Vat,
}

/// What became of a payment.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum PaymentStanding {
    /// Ordered; the money is not out.
    Ordered,
    /// Money is out: PAGATO, REGOLARIZZATO.
    #[default]
    Executed,
    /// Not done, cancelled, or taken back: STORNATO, ANNULLATO, NON ESEGUIBILE.
    Undone,
}

/// One invoice in one position of a mandato: a mandato for several invoices is several facts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PaymentFact {
    /// Tax code of the supplier, or of whoever is paid.
    pub supplier: Code,
    /// Number of the invoice it names.
    pub number: Code,
    /// CIG.
    pub cig: Code,
    /// Amount in cents; credit notes are negative.
    pub amount: i64,
    /// The number the caller gave it.
    pub id: u32,
    /// Year of the invoice; 0 when not known.
    pub year: u16,
    /// Whom it frees the body from.
    pub debt: Debt,
    /// What became of it.
    pub standing: PaymentStanding,
    /// The rest, when there is any.
    pub rest: Option<Box<PaymentRest>>,
}

/// What plain payments do not need.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct PaymentRest {
    /// Tax code of the body that pays.
    pub buyer: Code,
    /// CUP.
    pub cup: Code,
    /// `IdentificativoSdI` of the invoice's file; 0 when not known.
    pub sdi: u64,
    /// Account that was paid.
    pub iban: Code,
}

/// Any of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// An order.
    Order(OrderFact),
    /// An invoice, or a note.
    Invoice(InvoiceFact),
    /// One position of a payment.
    Payment(PaymentFact),
}

impl OrderFact {
    /// Whether it stands.
    #[must_use]
    #[inline]
    pub fn is_live(&self) -> bool {
        self.standing == OrderStanding::Live
    }
}

impl InvoiceFact {
    /// Whether it takes away.
    #[must_use]
    #[inline]
    pub fn is_note(&self) -> bool {
        self.class == Class::CreditNote
    }
}
