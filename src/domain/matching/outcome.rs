// SPDX-License-Identifier: EUPL-1.2
//! What matching says of documents: state, totals, links, candidates, differences.

use super::clue::Clues;
use super::code::Code;
use super::difference::Difference;
use super::fact::{Doc, Scaled};

/// Where a document stands. For each kind of document the first line that fits holds.
///
/// | order | because |
/// | --- | --- |
/// | `Conflict` | it is dead and an invoice names it |
/// | `Void` | it is dead: nothing is due for it |
/// | `Waiting` | no invoice is linked, but one may be its own: a person must say |
/// | `Missing` | no invoice came |
/// | `Over` | invoiced less credited is above the order by more than the tolerance |
/// | `Under` | it is below: a part is to be delivered, or will be an economy |
/// | `Matched` | invoiced in full, and paid what was invoiced |
/// | `Partly` | invoiced in full, and not paid so |
///
/// | invoice, debit note, advance | because |
/// | --- | --- |
/// | `Duplicate` | another document with its supplier, year and number stands already |
/// | `Conflict` | refused but paid; names a dead order, that of another, two that contradict, another CUP |
/// | `Void` | it was refused |
/// | `Waiting` | no order is linked, but one may be its own: a person must say |
/// | `Missing` | no order |
/// | `Waiting` | no money is out yet |
/// | `Over` | more is paid than invoiced less credited |
/// | `Partly` | less is paid, and the gap is not what was withheld |
/// | `Matched` | paid |
///
/// | credit note | because |
/// | --- | --- |
/// | `Duplicate`, `Conflict`, `Void` | as an invoice |
/// | `Matched` | it takes away from an invoice |
/// | `Waiting` | an invoice may be its own: a person must say |
/// | `Missing` | no invoice; when the order is sure, it takes away from the order |
///
/// | payment | because |
/// | --- | --- |
/// | `Void` | not done, or taken back |
/// | `Conflict` | it pays a refused invoice, or under another CIG or CUP |
/// | `Waiting` | an invoice may be its own: a person must say; or the money is not out |
/// | `Missing` | no invoice |
/// | `Over` | its invoice is paid more than it is due |
/// | `Matched` | it pays an invoice |
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// Everything agrees.
    Matched,
    /// Some of it.
    Partly,
    /// Too much.
    Over,
    /// Too little.
    Under,
    /// Its counterpart is missing.
    Missing,
    /// It says what another document says.
    Duplicate,
    /// Its codes contradict.
    Conflict,
    /// Money or a person is awaited.
    Waiting,
    /// It counts for nothing.
    Void,
}

/// Sums of an order, in cents.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OrderTotals {
    /// Invoices, advances and debit notes linked to it.
    pub invoiced: i64,
    /// Credit notes on them.
    pub credited: i64,
    /// Money out to the supplier.
    pub to_supplier: i64,
    /// Money out to the State.
    pub vat_paid: i64,
    /// Invoiced and not credited, of invoices that nobody doubts.
    pub covered: i64,
    /// Of all money out what settles those: of each no more than is due of it.
    pub settled: i64,
    /// The order less what was invoiced and not credited.
    pub left: i64,
    /// How many invoices and notes.
    pub documents: u32,
}

/// Sums of an invoice, in cents. Of a credit note: what it takes away is its own amount, money counts
/// negative.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct InvoiceTotals {
    /// Credit notes on it.
    pub credited: i64,
    /// Money out to the supplier, also on its credit notes.
    pub to_supplier: i64,
    /// Money out to the State.
    pub vat_paid: i64,
    /// Ordered; not out.
    pub ordered: i64,
    /// What is still due.
    pub left: i64,
    /// How many payments, executed.
    pub payments: u32,
}

/// What is said of a document.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Judged<T> {
    /// The number of the document.
    pub id: u32,
    /// Where it stands.
    pub state: State,
    /// Its sums.
    pub totals: T,
}

/// Which key linked two documents for sure.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Key {
    /// Number, date and supplier of the order.
    NumberDate,
    /// CIG, CUP, supplier and buyer.
    Codes,
    /// CIG and supplier, where exact keys are all that is asked for.
    CigSupplier,
    /// File of the Sistema di Interscambio and number of the invoice.
    SdiNumber,
    /// Supplier, number and year of the invoice.
    Identity,
}

/// Who linked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum By {
    /// A strong key.
    Strong(Key),
    /// A person.
    Person,
}

/// A link: an invoice to its order, a note to its invoice (or order), a payment to its invoice.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Link {
    /// The later document.
    pub from: Doc,
    /// The earlier document.
    pub to: Doc,
    /// What of `from` counts for `to`, in cents.
    pub amount: i64,
    /// Who linked.
    pub by: By,
}

/// A line of an invoice that delivers a line of an order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LineLink {
    /// The invoice.
    pub invoice: u32,
    /// Its line.
    pub invoice_line: u16,
    /// The order.
    pub order: u32,
    /// Its line.
    pub order_line: u16,
    /// Quantity delivered.
    pub quantity: Scaled,
    /// Amount without VAT, in cents.
    pub amount: i64,
}

/// A pair that may belong together: a person confirms or refuses it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Candidate {
    /// The later document.
    pub from: Doc,
    /// The earlier document.
    pub to: Doc,
    /// 0 to 100: what people see; it decides nothing.
    pub score: u8,
    /// What agrees.
    pub agrees: Clues,
}

/// What documents count for a CUP, in cents.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(super) struct Charge {
    /// The CUP.
    pub(super) cup: Code,
    /// Live orders.
    pub(super) committed: i64,
    /// Invoices.
    pub(super) invoiced: i64,
    /// Credit notes.
    pub(super) credited: i64,
    /// Money out.
    pub(super) paid: i64,
}

/// What matching says. It replaces all that was said before of the documents it lists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Orders.
    pub orders: Vec<Judged<OrderTotals>>,
    /// Invoices and notes.
    pub invoices: Vec<Judged<InvoiceTotals>>,
    /// Payments.
    pub payments: Vec<Judged<()>>,
    /// Links.
    pub links: Vec<Link>,
    /// Links of lines.
    pub lines: Vec<LineLink>,
    /// Pairs for a person.
    pub candidates: Vec<Candidate>,
    /// What does not agree.
    pub differences: Vec<Difference>,
    /// What the documents of one group count for their CUP.
    pub(super) charges: Vec<Charge>,
}

impl Outcome {
    pub(super) fn clear(&mut self) {
        self.orders.clear();
        self.invoices.clear();
        self.payments.clear();
        self.links.clear();
        self.lines.clear();
        self.candidates.clear();
        self.differences.clear();
        self.charges.clear();
    }

    /// Adds all that another says; what groups count for a CUP stays with them.
    pub fn extend(&mut self, other: &Self) {
        self.orders.extend_from_slice(&other.orders);
        self.invoices.extend_from_slice(&other.invoices);
        self.payments.extend_from_slice(&other.payments);
        self.links.extend_from_slice(&other.links);
        self.lines.extend_from_slice(&other.lines);
        self.candidates.extend_from_slice(&other.candidates);
        self.differences.extend_from_slice(&other.differences);
    }

    /// One order for all, whatever the order of arrival and the number of threads.
    pub fn sort(&mut self) {
        self.orders.sort_unstable();
        self.invoices.sort_unstable();
        self.payments.sort_unstable();
        self.links.sort_unstable();
        self.lines.sort_unstable();
        self.candidates.sort_unstable();
        self.differences.sort_unstable();
    }
}
