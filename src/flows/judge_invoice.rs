// SPDX-License-Identifier: EUPL-1.2
//! Judging an invoice: what its reader told, and what the rules say of it on given facts.

use std::borrow::Cow;

use crate::documents::DocumentFault;
use crate::domain::finding::{Finding, Severity};
use crate::domain::invoice::Invoice;
use crate::domain::text::Text;
use crate::programme::Programme;
use crate::reference::Reference;
use crate::rules::invoice::facts::InvoiceFacts;
use crate::rules::{InvoiceCase, Judgement, judge_invoice};

/// The rule under which a break of the national schema is told.
const SCHEMA: &str = "FPA-000";

/// Judges one invoice of a file. Faults of the header go with every invoice, those of a body with the invoice of that body.
pub fn judge_on(
    invoice: &Invoice,
    faults: &[DocumentFault],
    facts: &InvoiceFacts,
    programme: &Programme,
    reference: &Reference,
) -> Judgement {
    let own = format!("FatturaElettronicaBody[{}]", invoice.position);
    let is_own = |fault: &&DocumentFault| {
        !fault.pointer.contains("FatturaElettronicaBody[") || fault.pointer.contains(&own)
    };
    let format_findings = faults.iter().filter(is_own).map(of_schema).collect();
    judge_invoice(&InvoiceCase::new(invoice, facts, programme, reference), format_findings)
}

/// A break of the schema as a finding. SdI would have refused the file: what came through it cannot have one, so a person
/// has to see where the document comes from.
pub fn of_schema(fault: &DocumentFault) -> Finding {
    let value = if fault.value.is_empty() { String::new() } else { format!(" «{}»", fault.value) };
    let place = format!("({}:{})", fault.line, fault.column);
    Finding {
        rule: Cow::Borrowed(SCHEMA),
        severity: Severity::Blocks,
        field: fault.pointer.clone(),
        message: Text {
            it: format!("{}{value} {place}", fault.reason.it).into(),
            en: format!("{}{value} {place}", fault.reason.en).into(),
        },
        remedy: Text::new(
            "Il documento non rispetta lo schema: SdI lo avrebbe scartato. Verificare da dove viene.",
            "The document breaks the schema: SdI would have rejected it. Find out where it comes from.",
        ),
        action: None,
        source: Cow::Borrowed("Specifiche tecniche FatturaPA 1.2.3; SdI 00200"),
        values: Vec::new(),
    }
}
