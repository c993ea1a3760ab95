// SPDX-License-Identifier: EUPL-1.2
//! How payments look in answers.

use serde_json::{Value, json};

use crate::domain::payment::story::{PaidPart, Standing};
use crate::store::payments::NewPaymentFile;

use super::{MoneyView, instant, json as to_json};

/// A document of payments that was taken in.
pub fn payment_file(file: &NewPaymentFile, is_new: bool) -> String {
    to_json(&json!({
        "document_sha256": file.sha256, "kind": file.kind, "is_new": is_new,
        "orders": file.parts.len(), "outcomes": file.said.len(),
    }))
}

/// The payments of a Comune as they stand.
pub fn payment_list(paid: &[PaidPart]) -> String {
    to_json(&json!({ "items": paid.iter().map(payment).collect::<Vec<_>>() }))
}

fn payment(paid: &PaidPart) -> Value {
    let PaidPart { part, standing } = paid;
    let executed_at = match standing {
        Standing::Executed(at) => Some(instant(*at)),
        Standing::Ordered | Standing::Undone => None,
    };
    json!({
        "exercise": part.position.exercise, "mandato": part.position.number,
        "progressive": part.position.progressive, "part": part.part, "date": part.date.to_string(),
        "amount": MoneyView::from(part.amount), "debt": part.debt.as_str(), "supplier_code": part.supplier,
        "payee": part.payee, "cup": part.cup, "cig": part.cig, "sdi_id": part.sdi_id.map(|id| id.to_string()),
        "invoice_number": part.invoice_number, "invoice_year": part.invoice_year,
        "standing": standing.as_str(), "executed_at": executed_at,
    })
}
