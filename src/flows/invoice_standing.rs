// SPDX-License-Identifier: EUPL-1.2
//! Whether an invoice stands: the one rule for the judgement of other invoices, for the reconciliation and for the books.

use crate::domain::finding::Verdict;
use crate::domain::matching::InvoiceStanding;
use crate::store::invoices::InvoiceRow;
use crate::store::sdi::SdiOutcome;

/// How an invoice stands by the outcomes given of its file. Refused it is by the Comune's word to SdI; one that the rules refuse
/// is doubted until the Comune accepts it, or SdI tells that its term is over.
pub(super) fn standing<'o>(
    row: &InvoiceRow,
    given: impl IntoIterator<Item = &'o SdiOutcome>,
    has_lapsed: bool,
) -> InvoiceStanding {
    let answer = given.into_iter().find(|given| given.binds(&row.number));
    match answer.map(SdiOutcome::refuses) {
        Some(true) => InvoiceStanding::Refused,
        None if row.verdict == Verdict::Refused && !has_lapsed => InvoiceStanding::Doubted,
        Some(false) | None => InvoiceStanding::Received,
    }
}
