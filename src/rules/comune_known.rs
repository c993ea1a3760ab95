// SPDX-License-Identifier: EUPL-1.2
//! `ORD-001`: the buyer is a Comune of the programme.
//!
//! # What it does
//! Looks the buyer up among the programme's Comuni by the codes in the order.
//! # Why
//! Only a Comune that was admitted has money of the programme to spend.
//! # Source
//! The avviso and the decrees with the lists of Comuni: single Comuni only, no Unioni, no other bodies.

use super::{ALWAYS, Case, Fault, LegalSource, Outcome, Rule};
use crate::domain::finding::Severity;
use crate::domain::order::{Buyer, Field};
use crate::domain::text::Text;

pub(crate) const RULE: Rule = Rule {
    id: "ORD-001",
    severity: Severity::Blocks,
    source: LegalSource::official("Avviso del programma", "elenchi dei Comuni ammessi"),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new("L'acquirente è un Comune del programma", "The buyer is a Comune of the programme"),
    why: Text::new(
        "Solo i Comuni ammessi, e singolarmente, dispongono del finanziamento.",
        "Only admitted Comuni, each by itself, have the funding to spend.",
    ),
    remedy: Text::new(
        "Verificare codice IPA e codice fiscale dell'acquirente; se sono esatti, il Comune non è negli elenchi.",
        "Check the buyer's IPA code and tax code; if they are right, the Comune is not in the lists.",
    ),
    check,
};

fn check(case: &Case<'_>) -> Outcome {
    case.facts
        .participation
        .judged(|found| Outcome::demand(found.is_some(), || unknown(&case.order.buyer, &case.programme.name)))
}

fn unknown(buyer: &Buyer, programme: &Text) -> Fault {
    let ipa_code = buyer.ipa_code.as_ref().map(|code| ("ipa_code", code.raw.as_str()));
    let tax_code = buyer.tax_code.as_ref().map(|code| ("tax_code", code.raw.as_str()));
    let Some((_, code)) = ipa_code.or(tax_code) else {
        return Fault::new(
            Field::Buyer,
            "L'ordine non dice quale Comune acquista: mancano codice IPA e codice fiscale.",
            "The order does not say which Comune buys: IPA code and tax code are missing.",
        );
    };
    let fault = Fault::new(
        Field::Buyer,
        format!("L'acquirente {code} non è tra i Comuni del programma «{}».", programme.it),
        format!("The buyer {code} is not among the Comuni of the programme \"{}\".", programme.en),
    );
    ipa_code.into_iter().chain(tax_code).fold(fault, |fault, (name, code)| fault.with(name, code))
}
