// SPDX-License-Identifier: EUPL-1.2
//! `ORD-071`: from 40,000 euro on the supplier's requirements are verified on documents.
//!
//! # What it does
//! Warns when the net total reaches the programme's datum `requirements` (40,000 euro).
//! # Why
//! Below it the supplier's own declaration is enough, with checks on a sample; from it on the ordinary
//! verification is due.
//! # Source
//! D.lgs. 36/2023 art. 52 c. 1.

use super::{Case, Check, Fault, LegalSource, Outcome, Rule, day};
use crate::domain::finding::Severity;
use crate::domain::order::Field;
use crate::domain::text::Text;

pub(crate) const RULE: Rule = Rule {
    id: "ORD-071",
    severity: Severity::Warning,
    source: LegalSource::official("D.lgs. 36/2023", "art. 52 c. 1"),
    in_force_from: day(2023, 7, 1),
    in_force_to: None,
    title: Text::new(
        "I requisiti si provano con l'autodichiarazione",
        "The requirements are proved by self-declaration",
    ),
    why: Text::new(
        "Da 40.000 euro netti l'autodichiarazione non basta: i requisiti vanno verificati prima del contratto.",
        "From 40,000 euro net the self-declaration is not enough: requirements are verified before the contract.",
    ),
    remedy: Text::new(
        "Verificare i requisiti del fornitore (FVOE) e conservarne l'esito prima dell'invio dell'ordine.",
        "Verify the supplier's requirements (FVOE) and keep the outcome before sending the order.",
    ),
    check: Check::Order(check),
};

fn check(case: &Case<'_>) -> Outcome {
    let Some(net) = case.order.totals.net else { return Outcome::NotApplicable };
    let limit = case.programme.thresholds.requirements.value;
    Outcome::demand(net < limit, || {
        let it = format!(
            "Il totale netto ({}) raggiunge {}: i requisiti del fornitore vanno verificati sui documenti.",
            net.italian(),
            limit.italian()
        );
        let en = format!(
            "The net total ({net} EUR) reaches {limit} EUR: the supplier's requirements have to be verified on documents."
        );
        Fault::new(Field::TotalsNet, it, en).with("net", net).with("limit", limit)
    })
}
