// SPDX-License-Identifier: EUPL-1.2
//! `ORD-001`: the buyer is a Comune of the programme.
//!
//! # What it does
//! Demands that a code of the buyer names a Comune, and that the Comune is in the programme's lists. An order
//! that gives nothing but the receiving office is taken as that of the Comune that hands it in: offices are
//! in no table, and the CUP (`ORD-011`) tells.
//! # Why
//! Only a Comune that was admitted has money of the programme to spend.
//! # Source
//! The avviso and the decrees with the lists of Comuni: single Comuni only, no Unioni, no other bodies.

use super::{ALWAYS, Case, Check, Fault, LegalSource, Outcome, Rule};
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
    check: Check::Order(check),
};

fn check(case: &Case<'_>) -> Outcome {
    let buyer = &case.order.buyer;
    let only_office = buyer.ipa_code.is_none() && buyer.tax_code.is_none() && buyer.office_code.is_some();
    let named = case.by_ipa_code.or(case.by_tax_code).is_some() || only_office;
    case.facts.participation.judged(|found| {
        Outcome::demand(named && found.is_some(), || unknown(buyer, named, &case.programme.name))
    })
}

fn unknown(buyer: &Buyer, named: bool, programme: &Text) -> Fault {
    let ipa_code = buyer.ipa_code.as_ref().map(|code| ("ipa_code", code.raw.as_str()));
    let tax_code = buyer.tax_code.as_ref().map(|code| ("tax_code", code.raw.as_str()));
    let office_code = buyer.office_code.as_ref().map(|code| ("office_code", code.raw.as_str()));
    let Some((_, code)) = ipa_code.or(tax_code).or(office_code) else {
        return Fault::new(
            Field::Buyer,
            "L'ordine non dice quale Comune acquista: mancano codice IPA e codice fiscale.",
            "The order does not say which Comune buys: IPA code and tax code are missing.",
        );
    };
    let fault = if named {
        let it = format!("L'acquirente {code} non è tra i Comuni del programma «{}».", programme.it);
        let en = format!("The buyer {code} is not among the Comuni of the programme \"{}\".", programme.en);
        Fault::new(Field::Buyer, it, en)
    } else {
        let it = format!("L'acquirente {code} non è un Comune.");
        Fault::new(Field::Buyer, it, format!("The buyer {code} is not a Comune."))
    };
    ipa_code.into_iter().chain(tax_code).fold(fault, |fault, (name, code)| fault.with(name, code))
}
