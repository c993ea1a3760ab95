// SPDX-License-Identifier: EUPL-1.2
//! `ORD-060`: the codes of the buyer are sound and name one Comune.
//!
//! # What it does
//! Reports malformed buyer codes, and demands that IPA code and tax code, where both are given, belong to the
//! same Comune. The name is not compared: names are not unique and are written in many ways.
//! # Why
//! With codes of two Comuni nobody can say whose money the order would spend.
//! # Source
//! IndicePA: every body has one IPA code and one tax code.

use super::{ALWAYS, Case, Check, Fault, LegalSource, Outcome, Rule};
use crate::domain::finding::Severity;
use crate::domain::found::Found;
use crate::domain::order::Field;
use crate::domain::text::Text;
use crate::reference::Comune;

pub(crate) const RULE: Rule = Rule {
    id: "ORD-060",
    severity: Severity::Blocks,
    source: LegalSource::official("IndicePA (AgID)", "codice IPA e codice fiscale dell'ente"),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new(
        "I codici dell'acquirente indicano lo stesso Comune",
        "The buyer's codes name the same Comune",
    ),
    why: Text::new(
        "Con codici di due enti non si sa su quale finanziamento grava l'ordine.",
        "With codes of two bodies nobody knows whose grant the order draws on.",
    ),
    remedy: Text::new(
        "Riportare codice IPA e codice fiscale del Comune come da IndicePA.",
        "Put in IPA code and tax code of the Comune as in IndicePA.",
    ),
    check: Check::Order(check),
};

fn check(case: &Case<'_>) -> Outcome {
    let buyer = &case.order.buyer;
    let broken = [
        buyer.ipa_code.as_ref().and_then(|code| malformed(code, Field::BuyerIpaCode)),
        buyer.tax_code.as_ref().and_then(|code| malformed(code, Field::BuyerTaxCode)),
        buyer.office_code.as_ref().and_then(|code| malformed(code, Field::BuyerOfficeCode)),
    ];
    Outcome::of(broken.into_iter().flatten().chain(disagreement(case)))
}

fn malformed<T>(code: &Found<T>, field: Field) -> Option<Fault> {
    let reason = code.value.as_ref().err()?;
    let it = format!("Il codice dell'acquirente «{}» {}.", code.raw, reason.it);
    let en = format!("The buyer's code \"{}\": {}.", code.raw, reason.en);
    Some(Fault::new(field, it, en).at(code.at.as_ref()).with("code", &code.raw))
}

/// A code that names no Comune at all disagrees only when the other one does; two such codes are left to
/// `ORD-001`.
fn disagreement(case: &Case<'_>) -> Option<Fault> {
    let buyer = &case.order.buyer;
    let ipa_code = buyer.ipa_code.as_ref().and_then(Found::ok)?;
    let tax_code = buyer.tax_code.as_ref().and_then(Found::ok)?;
    if case.by_ipa_code.map(|comune| comune.istat) == case.by_tax_code.map(|comune| comune.istat) {
        return None;
    }
    let (ipa_it, ipa_en) = named(case.by_ipa_code);
    let (tax_it, tax_en) = named(case.by_tax_code);
    let it = format!("Il codice IPA {ipa_code} è {ipa_it}, il codice fiscale {tax_code} è {tax_it}.");
    let en = format!("The IPA code {ipa_code} is {ipa_en}, the tax code {tax_code} is {tax_en}.");
    Some(Fault::new(Field::Buyer, it, en).with("ipa_code", ipa_code).with("tax_code", tax_code))
}

fn named(comune: Option<&Comune>) -> (String, String) {
    match comune {
        Some(comune) => (format!("di {}", comune.name), format!("that of {}", comune.name)),
        None => ("di nessun Comune".to_owned(), "that of no Comune".to_owned()),
    }
}
