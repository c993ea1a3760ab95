// SPDX-License-Identifier: EUPL-1.2
//! Three-way match of orders, invoices and payments; pure. Strong keys link; weak keys only propose, with a
//! score and the reasons, and a person confirms or refuses. Every cent that does not agree is a
//! [`Difference`] with its remedy.
//!
//! | step | file |
//! | --- | --- |
//! | facts come in any order, late, twice | `fact`, `extra`, `code`, `batch` |
//! | they are kept in parts, the rest of each beside it | `rows`, `seen` |
//! | they fall into groups that are settled alone | `strays`, `parts`, `index`, `group` |
//! | what reaches from one group to another | `reach`, `files` |
//! | which of several equal invoices stands | `twins` |
//! | links for sure | `link_invoice`, `link_note`, `link_payment` |
//! | sums, lines, proposals | `sums`, `lines`, `propose` |
//! | states and differences | `judge`, `difference` |
//! | sums of each CUP | `charge` |
//!
//! [`Books::settle`], [`Books::fold`] and [`Books::arrive`] run the same steps over groups that may differ in size.
//! A group larger than needed says the same, so that all of them do.

mod arrive;
mod batch;
mod books;
mod chains;
mod charge;
mod clue;
mod code;
mod decision;
mod difference;
mod extra;
mod fact;
mod few;
mod files;
mod group;
mod index;
mod judge;
mod lines;
mod link_invoice;
mod link_note;
mod link_payment;
mod outcome;
mod parts;
mod policy;
mod propose;
mod reach;
mod rows;
mod seen;
mod sieve;
mod strays;
mod sums;
mod twins;

pub use batch::Batch;
pub use books::Books;
pub use charge::{CupSums, Gap};
pub use clue::{Clue, Clues};
pub use code::{Code, Codes};
pub use decision::{Decision, Verdict};
pub use difference::{Difference, Kind};
pub use extra::{Extra, InvoiceExtra};
pub use fact::{
    Class, Day, Debt, Doc, Fact, InvoiceFact, InvoiceRef, InvoiceRest, InvoiceStanding, Line, OrderFact,
    OrderRef, OrderRest, OrderStanding, PaymentFact, PaymentRest, PaymentStanding, Scaled,
};
pub use few::Few;
pub use outcome::{By, Candidate, InvoiceTotals, Judged, Key, LineLink, Link, OrderTotals, Outcome, State};
pub use policy::{Depth, Policy, Tolerance};
