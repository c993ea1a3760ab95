// SPDX-License-Identifier: EUPL-1.2
//! The rules of invoices, a file each, in the same catalogue as those of orders. They rest on what the invoice says, on the
//! order it belongs to, and on what SdI and earlier invoices say.

use crate::domain::remedy::Remedy;
use crate::domain::sdi::RefusalCause;

use super::{Check, Judgement, Outcome, Place, judged};

pub(super) mod buyer_is_comune;
mod case;
pub(super) mod cig_check_digits;
pub(super) mod cig_of_order;
pub(super) mod cig_present;
pub(super) mod credit_note_linked;
pub(super) mod credit_within;
pub(super) mod cup_of_order;
pub(super) mod cup_present;
pub(super) mod currency_eur;
pub(super) mod date_after_order;
pub(super) mod date_not_in_future;
pub(super) mod determina_named;
pub(super) mod exemption_current;
pub(super) mod exemption_iff_zero;
pub mod facts;
pub(super) mod for_public_body;
pub(super) mod invoice_unused;
pub(super) mod line_arithmetic;
pub(super) mod number_has_digit;
pub(super) mod order_alive;
pub(super) mod order_amount;
pub(super) mod order_known;
pub(super) mod order_price;
pub(super) mod order_quantity;
pub(super) mod payable_stated;
pub(super) mod sdi_term;
pub(super) mod signature_intact;
pub(super) mod split_payment;
pub(super) mod summary_net;
pub(super) mod summary_vat;
pub(super) mod supplier_code_valid;
pub(super) mod supplier_of_order;
pub(super) mod total_arithmetic;
pub(super) mod total_not_negative;
pub(super) mod vat_rate_of_order;

pub use case::{InvoiceCase, line_of_order};

use crate::domain::finding::Finding;

/// Judges an invoice by every rule in force on its date. `format_findings` are what the reader noticed about the document.
pub fn judge_invoice(case: &InvoiceCase<'_>, format_findings: Vec<Finding>) -> Judgement {
    let outcome = |check| match check {
        Check::Invoice(check) => Some(check(case)),
        Check::Order(_) => None,
    };
    let locate = |place| match place {
        Place::Invoice(field) => case.invoice.locate(field),
        Place::Order(_) => String::new(),
    };
    judged(case.invoice.date, format_findings, outcome, locate)
}

/// The way out for a fault of codes: refusal while the term runs, else what is left.
fn refuse_or(case: &InvoiceCase<'_>, cause: RefusalCause, later: Remedy) -> Remedy {
    if case.facts.can_be_refused() { Remedy::Refuse(cause) } else { later }
}

/// The rule judges by the order; without one `INV-020` says what is to be said.
fn by_order(case: &InvoiceCase<'_>, check: impl FnOnce(&facts::OrderFacts) -> Outcome) -> Outcome {
    case.facts.order.judged(|order| order.as_ref().map_or(Outcome::NotApplicable, check))
}
