// SPDX-License-Identifier: EUPL-1.2
//! `INV-041`: each taxable amount is the sum of its lines.
//!
//! # What it does
//! Adds up the lines, funds, expenses and roundings of each rate and exemption.
//! # Why
//! The taxable amount is what the supplier is paid.
//! # Source
//! SdI error 00422; the tolerance is the programme's, since the official figure is not published.

use crate::domain::decimal::Exact;
use crate::domain::finding::Severity;
use crate::domain::invoice::{FormatVersion, Invoice, InvoiceField, Summary};
use crate::domain::remedy::Remedy;
use crate::domain::text::Text;
use crate::rules::{ALWAYS, Check, Fault, LegalSource, Outcome, Rule};

use super::InvoiceCase;
use super::case::rate;

pub(crate) const RULE: Rule = Rule {
    id: "INV-041",
    severity: Severity::Blocks,
    source: LegalSource::official("SdI, elenco controlli", "00422"),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new("Gli imponibili tornano", "The taxable amounts add up"),
    why: Text::new(
        "L'imponibile è quanto si paga al fornitore.",
        "The taxable amount is what the supplier is paid.",
    ),
    remedy: Text::new(
        "Chiedere al fornitore una nota di credito e una fattura corretta.",
        "Ask the supplier for a credit note and a correct invoice.",
    ),
    check: Check::Invoice(check),
};

fn check(case: &InvoiceCase<'_>) -> Outcome {
    if case.invoice.header.version == FormatVersion::Fsm10 {
        return Outcome::NotApplicable;
    }
    let rows = case.invoice.summaries.iter().enumerate();
    // Rows of one rate that differ in exigibility share their lines: they are compared once, together.
    let firsts =
        rows.filter(|(n, row)| !case.invoice.summaries.iter().take(*n).any(|other| is_same(other, row)));
    Outcome::of(firsts.filter_map(|(n, row)| {
        let stated =
            sum(case.invoice.summaries.iter().filter(|other| is_same(other, row)).map(|row| row.net.into()));
        let computed = of_lines(case.invoice, row);
        let (stated, computed) = (stated?, computed?);
        if stated.is_within(computed, case.slack()) {
            return None;
        }
        let it = format!(
            "Aliquota {}: l'imponibile è {stated}, le righe danno {computed} [SdI 00422].",
            rate(row.vat_rate)
        );
        let en = format!(
            "Rate {}: the taxable amount is {stated}, its lines give {computed} [SdI 00422].",
            rate(row.vat_rate)
        );
        let fault = Fault::new(InvoiceField::SummaryNet(n), it, en).with("stated", stated);
        Some(fault.with("computed", computed).cured_by(Remedy::CreditNote))
    }))
}

fn is_same(one: &Summary, other: &Summary) -> bool {
    one.vat_rate == other.vat_rate && one.exemption == other.exemption
}

fn of_lines(invoice: &Invoice, row: &Summary) -> Option<Exact> {
    let lines =
        invoice.lines.iter().filter(|line| line.vat_rate == row.vat_rate && line.exemption == row.exemption);
    let funds =
        invoice.funds.iter().filter(|fund| fund.vat_rate == row.vat_rate && fund.exemption == row.exemption);
    let rows = || invoice.summaries.iter().filter(|other| is_same(other, row));
    sum(lines
        .map(|line| Exact::from(line.net))
        .chain(funds.map(|fund| fund.amount.into()))
        .chain(rows().map(|row| row.expenses.into()))
        .chain(rows().map(|row| row.rounding.into())))
}

fn sum(mut amounts: impl Iterator<Item = Exact>) -> Option<Exact> {
    amounts.try_fold(Exact::ZERO, Exact::checked_add)
}
