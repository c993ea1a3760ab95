// SPDX-License-Identifier: EUPL-1.2
//! Documents of payments. Nothing is judged but whether they keep their schema: what they pay, only the store knows.

use serde_json::{Value, json};

use super::{Checked, Checker, unreadable};
use crate::documents::opi::{OpiDocument, OpiFile, read_opi};
use crate::domain::payment::PaymentFlow;

impl Checker {
    /// Reads a document of OPI.
    pub(super) fn payments(&self, bytes: &[u8]) -> Checked {
        match read_opi(bytes, &self.limits) {
            Ok(file) => self.told(&file),
            Err(error) => unreadable("payments", self.faults(&error)),
        }
    }

    fn told(&self, file: &OpiFile) -> Checked {
        let is_valid = file.faults.is_empty();
        Checked {
            kind: "payments",
            verdict: if is_valid { "accepted" } else { "refused" },
            values: values(&file.document),
            findings: self.placed(&file.faults),
            exit: u8::from(!is_valid),
        }
    }
}

fn values(document: &OpiDocument) -> Value {
    match document {
        OpiDocument::Flow(flow) => self::flow(flow),
        OpiDocument::Outcomes(message) => {
            let outcomes = message.outcomes.iter().map(|outcome| {
                json!({
                    "exercise": outcome.exercise, "mandato": outcome.number, "progressive": outcome.progressive,
                    "outcome": outcome.kind.as_str(), "amount": outcome.amount.map(|amount| amount.to_string()),
                    "at": crate::answer::instant(outcome.at),
                })
            });
            json!({ "document": "esito", "office": message.head.office.as_str(), "outcomes": outcomes.collect::<Vec<_>>() })
        }
        OpiDocument::Journal(page) => {
            json!({ "document": "giornale", "office": page.head.office.as_str(), "movements": page.movements.len() })
        }
        OpiDocument::Ack(ack) => {
            json!({ "document": "ack", "office": ack.head.office.as_str(), "errors": ack.errors.len() })
        }
    }
}

fn flow(flow: &PaymentFlow) -> Value {
    let positions = flow.positions().map(|(id, mandato, position)| {
        let invoices = position.invoice_parts().map(|(_, debt, part)| {
            json!({
                "number": part.number, "sdi_id": part.document.sdi().map(|id| id.to_string()),
                "amount": part.amount.to_string(), "debt": debt.kind.as_str(),
            })
        });
        json!({
            "mandato": id.number, "progressive": id.progressive, "operation": mandato.operation.as_str(),
            "date": mandato.date.to_string(), "amount": position.amount.to_string(),
            "withheld": position.withheld.to_string(), "invoices": invoices.collect::<Vec<_>>(),
        })
    });
    json!({
        "document": "flusso", "office": flow.head.office.as_str(), "id": flow.id, "exercise": flow.exercise,
        "positions": positions.collect::<Vec<_>>(),
    })
}
