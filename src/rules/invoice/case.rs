// SPDX-License-Identifier: EUPL-1.2
//! What a rule of invoices is given to look at, and what many of them ask, worked out once.

use super::facts::{InvoiceFacts, OrderFacts, OrderLineFacts};
use crate::domain::decimal::Percent;
use crate::domain::invoice::{DocumentClass, Invoice, InvoiceLine};
use crate::domain::rome::rome_date;
use crate::programme::Programme;
use crate::reference::{Comune, Reference};

/// Everything a rule may look at.
#[derive(Debug, Clone)]
pub struct InvoiceCase<'a> {
    /// The invoice as read.
    pub invoice: &'a Invoice,
    /// What the gateway knows beside the document.
    pub facts: &'a InvoiceFacts,
    /// The programme's data.
    pub programme: &'a Programme,
    /// The Comune that the buyer's tax code names.
    pub buyer: Option<&'a Comune>,
}

impl<'a> InvoiceCase<'a> {
    /// Puts an invoice beside what is known.
    pub fn new(
        invoice: &'a Invoice,
        facts: &'a InvoiceFacts,
        programme: &'a Programme,
        reference: &'a Reference,
    ) -> Self {
        let code = invoice.header.buyer.body_code();
        let buyer = code.and_then(|code| reference.comuni.by_tax_code(code));
        Self { invoice, facts, programme, buyer }
    }

    /// Whether the document takes money back.
    pub(super) fn is_credit_note(&self) -> bool {
        self.invoice.kind.class() == DocumentClass::CreditNote
    }

    /// Cents by which an amount may differ from the one recomputed.
    pub(super) fn slack(&self) -> i64 {
        self.programme.tolerance.value.cents()
    }

    /// The day in Rome on which the invoice is judged.
    pub(super) fn today(&self) -> chrono::NaiveDate {
        rome_date(self.facts.now)
    }

    /// The lines that stand for a line of the order beyond doubt, with that line.
    pub(super) fn matched_lines<'o>(
        &self,
        order: &'o OrderFacts,
    ) -> Vec<(usize, &'a InvoiceLine, &'o OrderLineFacts)> {
        let lines = self.invoice.lines.iter().enumerate();
        lines.filter_map(|(n, line)| Some((n, line, line_of_order(self.invoice, line, order)?))).collect()
    }
}

/// The line of the order that an invoice line names: by the item of a reference to the order that is about this line, by the
/// article code, or as the only line there is on both sides.
pub fn line_of_order<'o>(
    invoice: &Invoice,
    line: &InvoiceLine,
    order: &'o OrderFacts,
) -> Option<&'o OrderLineFacts> {
    let named = invoice.references.iter().filter(|reference| reference.lines.contains(&line.number));
    let by_item = named
        .filter_map(|reference| reference.item.as_deref())
        .find_map(|item| sole(order.lines.iter().filter(|candidate| candidate.id == item)));
    let has_code = |candidate: &&OrderLineFacts| {
        let code = candidate.item_code.as_deref();
        code.is_some_and(|code| line.item_codes.iter().any(|(_, value)| value.eq_ignore_ascii_case(code)))
    };
    let by_code = || sole(order.lines.iter().filter(has_code));
    let only = || match (invoice.lines.as_slice(), order.lines.as_slice()) {
        ([_], [only]) => Some(only),
        _ => None,
    };
    by_item.or_else(by_code).or_else(only)
}

fn sole<'o>(mut found: impl Iterator<Item = &'o OrderLineFacts>) -> Option<&'o OrderLineFacts> {
    let first = found.next()?;
    found.next().is_none().then_some(first)
}

/// A rate for the eye: without zeros at its end.
pub(super) fn rate(rate: Percent) -> String {
    format!("{rate}%")
}
