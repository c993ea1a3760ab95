// SPDX-License-Identifier: EUPL-1.2
//! Invoices. What their order would say is not known here, and neither is what SdI said.

use std::collections::HashSet;

use chrono::{DateTime, Utc};

use super::{Checked, Checker, offline, unreadable};
use crate::answer::invoice_file_values;
use crate::documents::{SignedInvoices, read_invoices};
use crate::domain::finding::{Finding, Severity, Verdict};
use crate::flows::judge_invoice::{judge_on, of_schema};
use crate::rules::invoice::facts::{InvoiceFacts, SignatureFacts};

impl Checker {
    /// Judges every invoice of a file.
    pub(super) fn invoices(&self, bytes: &[u8]) -> Checked {
        match read_invoices(bytes, &self.limits) {
            Ok(read) => self.judge_invoices(&read),
            Err(error) => unreadable("invoice", self.faults(&error)),
        }
    }

    fn judge_invoices(&self, read: &SignedInvoices) -> Checked {
        let file = &read.file;
        let facts = facts(self.now, SignatureFacts::of(&read.signatures));
        let judged = file.invoices.iter().flat_map(|invoice| {
            judge_on(invoice, &file.faults, &facts, &self.programme, &self.reference).findings
        });
        // A body without number, date or kind is no invoice: what is wrong with it is told all the same.
        let mut findings = told_once(judged.chain(file.faults.iter().map(of_schema)));
        findings.sort_by_key(|finding| finding.severity);
        let verdict = Verdict::of(findings.iter().map(|finding| finding.severity));
        Checked {
            kind: "invoice",
            verdict: verdict.as_str(),
            values: invoice_file_values(read),
            exit: u8::from(findings.iter().any(|finding| finding.severity == Severity::Blocks)),
            findings: findings.iter().map(|finding| self.finding(finding)).collect(),
        }
    }
}

/// What is wrong with the header is told once, not with every invoice.
fn told_once(findings: impl Iterator<Item = Finding>) -> Vec<Finding> {
    let mut told = HashSet::new();
    let key = |finding: &Finding| (finding.rule.clone(), finding.field.clone(), finding.message.it.clone());
    findings.filter(|finding| told.insert(key(finding))).collect()
}

/// Offline nobody knows the orders, the other invoices and what SdI said.
fn facts(now: DateTime<Utc>, signature: SignatureFacts) -> InvoiceFacts {
    InvoiceFacts {
        now,
        tenant: None,
        signature,
        participation: offline(),
        order: offline(),
        same_invoice: offline(),
        corrected: offline(),
        sdi: None,
    }
}
