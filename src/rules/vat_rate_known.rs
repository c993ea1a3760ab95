// SPDX-License-Identifier: EUPL-1.2
//! `ORD-045`: every VAT rate is one in use, and a zero is explained.
//!
//! # What it does
//! Warns of a rate that is not among the programme's datum `vat_rates` (22, 10, 5, 4 and 0), and of a zero on
//! an order whose note says nothing. A missing rate is the business of `ORD-041`, which cannot add up without
//! it.
//! # Why
//! An odd rate is nearly always a slip; a zero is right only for exempt or non-taxable operations, and then
//! has a reason.
//! # Source
//! DPR 633/1972 art. 16 and Tabella A (rates); art. 10 and 21 (exemptions, and that they are stated).

use super::{Case, Check, Fault, LegalSource, Outcome, Rule, day};
use crate::domain::decimal::Percent;
use crate::domain::finding::Severity;
use crate::domain::order::{Field, Line, Order};
use crate::domain::text::Text;

pub(crate) const RULE: Rule = Rule {
    id: "ORD-045",
    severity: Severity::Warning,
    source: LegalSource::official("DPR 633/1972", "art. 16 e Tabella A; art. 10 e 21"),
    in_force_from: day(2016, 1, 1),
    in_force_to: None,
    title: Text::new("Le aliquote IVA sono in uso", "The VAT rates are in use"),
    why: Text::new(
        "Un'aliquota insolita è di solito un errore; lo zero vale solo con un motivo.",
        "An unusual rate is usually a slip; zero holds only for a reason.",
    ),
    remedy: Text::new(
        "Correggere l'aliquota o, per lo zero, indicare nelle note il motivo (esenzione, non imponibilità).",
        "Correct the rate or, for zero, give the reason in the note (exempt, not taxable).",
    ),
    check: Check::Order(check),
};

fn check(case: &Case<'_>) -> Outcome {
    let explained = is_explained(case.order);
    let in_use = &case.programme.vat_rates.value;
    Outcome::of(
        case.order.lines.iter().enumerate().filter_map(|(n, line)| doubtful(n, line, in_use, explained)),
    )
}

fn is_explained(order: &Order) -> bool {
    order.note.as_deref().is_some_and(|note| !note.trim().is_empty())
}

fn doubtful(n: usize, line: &Line, in_use: &[Percent], explained: bool) -> Option<Fault> {
    let rate = line.vat_rate?;
    if rate.is_zero() {
        return (!explained).then(|| {
            let it = format!("Riga {}: aliquota IVA zero senza motivo nelle note.", line.id);
            let en = format!("Line {}: VAT rate zero without a reason in the note.", line.id);
            rated(n, rate, it, en)
        });
    }
    (!in_use.contains(&rate)).then(|| {
        let it = format!("Riga {}: l'aliquota IVA {rate} % non è in uso.", line.id);
        let en = format!("Line {}: the VAT rate {rate} % is not in use.", line.id);
        rated(n, rate, it, en)
    })
}

fn rated(n: usize, rate: Percent, it: String, en: String) -> Fault {
    Fault::new(Field::LineVatRate(n), it, en).with("vat_rate", rate)
}
