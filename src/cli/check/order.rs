// SPDX-License-Identifier: EUPL-1.2
//! Orders.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{Checked, Checker, offline, unreadable};
use crate::documents::{ReadOrder, read_order};
use crate::domain::finding::Verdict;
use crate::domain::found::Found;
use crate::domain::money::Money;
use crate::domain::order::Order;
use crate::flows::judge::judge_on;
use crate::rules::facts::Facts;

impl Checker {
    /// Judges an order; `kind` is what the file seems to be when it cannot be read as one.
    pub(super) fn order(&self, kind: &'static str, bytes: &[u8]) -> Checked {
        match read_order(bytes, None, &self.limits) {
            Ok(read) => self.judge_order(&read),
            Err(error) => unreadable(kind, self.faults(&error)),
        }
    }

    fn judge_order(&self, read: &ReadOrder) -> Checked {
        let judged = judge_on(read, &facts(self.now), &self.programme, &self.reference);
        let findings = judged.judgement.findings.iter().map(|finding| self.finding(finding)).collect();
        Checked {
            kind: "order",
            verdict: judged.judgement.verdict.as_str(),
            values: values(&read.order),
            findings,
            exit: u8::from(judged.judgement.verdict == Verdict::Refused),
        }
    }
}

/// Offline nobody knows the budgets, the other orders and who calls.
fn facts(now: DateTime<Utc>) -> Facts {
    Facts {
        now,
        tenant: None,
        participation: offline(),
        cig_uses: offline(),
        purchases: offline(),
        same_number: offline(),
        declarations_on_file: Vec::new(),
    }
}

fn values(order: &Order) -> Value {
    let money = |amount: Option<Money>| amount.map(|amount| amount.to_string());
    let buyer =
        order.buyer.tax_code.as_ref().map(code).or_else(|| order.buyer.office_code.as_ref().map(code));
    let supplier =
        order.supplier.vat_number.as_ref().map(code).or_else(|| order.supplier.tax_code.as_ref().map(code));
    json!({
        "id": order.number, "date": order.order_date.to_string(), "currency": order.currency,
        "buyer": buyer.or_else(|| order.buyer.ipa_code.as_ref().map(code)).or_else(|| order.buyer.name.clone()),
        "supplier": supplier.or_else(|| order.supplier.name.clone()),
        "cups": distinct(order.cups.iter().map(code)), "cigs": distinct(order.cigs.iter().map(code)),
        "lines": order.lines.len(),
        "net": money(order.totals.net), "vat": money(order.totals.vat), "gross": money(order.totals.gross),
    })
}

/// A code in its canonical form, or as written when it is malformed.
fn code<T: ToString>(found: &Found<T>) -> String {
    found.ok().map_or_else(|| found.raw.clone(), ToString::to_string)
}

fn distinct(codes: impl Iterator<Item = String>) -> Vec<String> {
    let mut seen = Vec::new();
    for code in codes {
        if !seen.contains(&code) {
            seen.push(code);
        }
    }
    seen
}
