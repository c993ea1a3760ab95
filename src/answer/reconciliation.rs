// SPDX-License-Identifier: EUPL-1.2
//! How a reconciliation looks in answers: every document with its state and sums, the links, what a person has to say, and
//! every difference with its remedy. Amounts in cents of matching become decimal strings.

use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use crate::domain::istat::IstatCode;
use crate::domain::matching::{
    By, Candidate, Code, CupSums, Difference, Doc, Gap, Key, Link, Outcome, State,
};
use crate::domain::money::Money;
use crate::domain::payment::story::PaidPart;
use crate::store::invoices::InvoiceRow;
use crate::store::orders::OrderRow;

use super::{Lang, instant, json as to_json};

/// The reconciliation of a Comune.
#[derive(Debug)]
pub struct Reconciliation {
    /// The Comune.
    pub comune: IstatCode,
    /// Before which moment documents and decisions count; none: all that have come.
    pub before: Option<DateTime<Utc>>,
    /// What was assigned.
    pub assigned: Money,
    /// The CUP.
    pub cup: Option<String>,
    /// Its orders, live or dead; those that never stood are left out.
    pub orders: Vec<OrderRow>,
    /// Its invoices.
    pub invoices: Vec<InvoiceRow>,
    /// Its payments, part by part.
    pub payments: Vec<PaidPart>,
    /// What matching says; numbers are places in the lists above.
    pub outcome: Outcome,
    /// The sums of each CUP.
    pub cups: Vec<CupSums>,
    /// The Comune's own CUP, as matching knows it.
    pub own_cup: Code,
}

impl Reconciliation {
    /// The name of a document, by which people speak of it.
    #[must_use]
    pub fn name(&self, doc: Doc) -> String {
        let place = |n: u32| n as usize;
        match doc {
            Doc::Order(n) => {
                self.orders.get(place(n)).map_or_else(String::new, |row| format!("order:{}", row.id))
            }
            Doc::Invoice(n) => {
                self.invoices.get(place(n)).map_or_else(String::new, |row| format!("invoice:{}", row.id))
            }
            Doc::Payment(n) => self.payments.get(place(n)).map_or_else(String::new, payment_name),
        }
    }

    /// What a document comes to: the gross of an order or invoice, the amount of a payment.
    #[must_use]
    pub fn amount(&self, doc: Doc) -> Money {
        let amount = match doc {
            Doc::Order(n) => self.orders.get(n as usize).and_then(|row| row.gross),
            Doc::Invoice(n) => self.invoices.get(n as usize).map(|row| row.gross),
            Doc::Payment(n) => self.payments.get(n as usize).map(|paid| paid.part.amount),
        };
        amount.unwrap_or_default()
    }

    /// The sums of the Comune's own CUP.
    #[must_use]
    pub fn own_sums(&self) -> Option<&CupSums> {
        self.cups.iter().find(|sums| self.own_cup.is_some() && sums.cup == self.own_cup)
    }
}

/// The name of a part of a payment: exercise, mandato, progressive, part.
#[must_use]
pub fn payment_name(paid: &PaidPart) -> String {
    let id = paid.part.position;
    format!("payment:{}/{}/{}/{}", id.exercise, id.number, id.progressive, paid.part.part)
}

/// The word for a state.
#[must_use]
const fn state_name(state: State) -> &'static str {
    match state {
        State::Matched => "matched",
        State::Partly => "partly",
        State::Over => "over",
        State::Under => "under",
        State::Missing => "missing_counterpart",
        State::Duplicate => "duplicate",
        State::Conflict => "conflict",
        State::Waiting => "waiting",
        State::Void => "void",
    }
}

/// Cents as a decimal string.
#[must_use]
fn cents(amount: impl Into<i128>) -> String {
    let amount = amount.into();
    i64::try_from(amount)
        .map_or_else(|_| format!("{amount}e-2"), |cents| Money::from_cents(cents).to_string())
}

/// The whole reconciliation of a Comune.
#[must_use]
pub fn reconciliation(found: &Reconciliation, lang: Lang) -> String {
    to_json(&reconciliation_value(found, lang))
}

/// The same as a value.
#[must_use]
pub fn reconciliation_value(found: &Reconciliation, lang: Lang) -> Value {
    let outcome = &found.outcome;
    json!({
        "comune": found.comune.as_str(), "before": found.before.map(instant), "cup": sums(found),
        "orders": orders(found), "invoices": invoices(found), "payments": payments(found),
        "links": outcome.links.iter().map(|link| link_value(found, link)).collect::<Vec<_>>(),
        "candidates": outcome.candidates.iter().map(|pair| candidate(found, pair, lang)).collect::<Vec<_>>(),
        "differences": outcome.differences.iter().map(|one| difference(found, one, lang)).collect::<Vec<_>>(),
    })
}

fn sums(found: &Reconciliation) -> Value {
    let Some(sums) = found.own_sums() else {
        return json!({ "cup": found.cup, "assigned": found.assigned.to_string() });
    };
    let gaps = sums.gaps().map(|gap| match gap {
        Gap::OverCommitted(over) => json!({ "kind": "over_committed", "amount": cents(over) }),
        Gap::OverInvoiced(over) => json!({ "kind": "over_invoiced", "amount": cents(over) }),
        Gap::OverPaid(over) => json!({ "kind": "over_paid", "amount": cents(over) }),
    });
    json!({
        "cup": found.cup, "assigned": found.assigned.to_string(), "committed": cents(sums.committed),
        "invoiced": cents(sums.invoiced), "credited": cents(sums.credited), "paid": cents(sums.paid),
        "holds": sums.gaps().next().is_none(), "gaps": gaps.collect::<Vec<_>>(),
    })
}

fn orders(found: &Reconciliation) -> Vec<Value> {
    let judged = found.outcome.orders.iter();
    judged
        .filter_map(|judged| {
            let row = found.orders.get(judged.id as usize)?;
            let totals = judged.totals;
            Some(json!({
                "document": found.name(Doc::Order(judged.id)), "number": row.number, "date": row.order_date.to_string(),
                "supplier": row.supplier, "supplier_name": row.supplier_name, "cig": row.cig, "order_state": row.state.as_str(),
                "state": state_name(judged.state), "ordered": row.gross.map(|gross| gross.to_string()),
                "invoiced": cents(totals.invoiced), "credited": cents(totals.credited),
                "paid_to_supplier": cents(totals.to_supplier), "vat_paid": cents(totals.vat_paid),
                "left": cents(totals.left), "invoices": totals.documents,
            }))
        })
        .collect()
}

fn invoices(found: &Reconciliation) -> Vec<Value> {
    let judged = found.outcome.invoices.iter();
    judged
        .filter_map(|judged| {
            let row = found.invoices.get(judged.id as usize)?;
            let totals = judged.totals;
            Some(json!({
                "document": found.name(Doc::Invoice(judged.id)), "number": row.number, "date": row.date.to_string(),
                "supplier": row.supplier, "supplier_name": row.supplier_name, "class": row.class.as_str(),
                "verdict": row.verdict.as_str(), "state": state_name(judged.state), "gross": row.gross.to_string(),
                "credited": cents(totals.credited), "paid_to_supplier": cents(totals.to_supplier),
                "vat_paid": cents(totals.vat_paid), "ordered": cents(totals.ordered), "left": cents(totals.left),
            }))
        })
        .collect()
}

fn payments(found: &Reconciliation) -> Vec<Value> {
    let judged = found.outcome.payments.iter();
    judged
        .filter_map(|judged| {
            let paid = found.payments.get(judged.id as usize)?;
            Some(json!({
                "document": found.name(Doc::Payment(judged.id)), "mandato": paid.part.position.number,
                "exercise": paid.part.position.exercise, "date": paid.part.date.to_string(),
                "supplier": paid.part.supplier, "payee": paid.part.payee, "debt": paid.part.debt.as_str(),
                "invoice_number": paid.part.invoice_number, "amount": paid.part.amount.to_string(),
                "standing": paid.standing.as_str(), "state": state_name(judged.state),
            }))
        })
        .collect()
}

fn link_value(found: &Reconciliation, link: &Link) -> Value {
    let by = match link.by {
        By::Person => "person",
        By::Strong(Key::NumberDate) => "order_number_and_date",
        By::Strong(Key::Codes) => "cig_cup_supplier",
        By::Strong(Key::CigSupplier) => "cig_supplier",
        By::Strong(Key::SdiNumber) => "sdi_and_number",
        By::Strong(Key::Identity) => "supplier_number_year",
    };
    json!({ "from": found.name(link.from), "to": found.name(link.to), "amount": cents(link.amount), "by": by })
}

fn candidate(found: &Reconciliation, pair: &Candidate, lang: Lang) -> Value {
    let reasons: Vec<String> = pair.agrees.iter().map(|clue| lang.pick(&clue.text()).to_owned()).collect();
    json!({
        "from": found.name(pair.from), "to": found.name(pair.to), "score": pair.score, "reasons": reasons,
    })
}

fn difference(found: &Reconciliation, difference: &Difference, lang: Lang) -> Value {
    let documents: Vec<String> = difference.documents.iter().map(|doc| found.name(*doc)).collect();
    json!({
        "kind": difference.kind.as_str(), "amount": cents(difference.amount), "documents": documents,
        "remedy": lang.pick(&difference.kind.remedy()),
    })
}
