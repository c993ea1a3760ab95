// SPDX-License-Identifier: EUPL-1.2
//! `ORD-002`: the Comune is in the definitive list.
//!
//! # What it does
//! Demands the state `confirmed` and says what any other state means. A revoked Comune is left to `ORD-003`.
//! # Why
//! Purchases may begin with the definitive decree, which made the Comuni *Soggetti attuatori*; whoever did
//! not generate and communicate the CUP in time is excluded from it.
//! # Source
//! The avviso (CUP to be communicated by the deadline "a pena di esclusione") and the decree of definitive
//! admission.

use super::{ALWAYS, Case, Check, Fault, LegalSource, Outcome, Rule};
use crate::domain::finding::Severity;
use crate::domain::order::Field;
use crate::domain::participation::ParticipationState;
use crate::domain::text::Text;

pub(crate) const RULE: Rule = Rule {
    id: "ORD-002",
    severity: Severity::Blocks,
    source: LegalSource::official("Decreto di ammissione definitiva a finanziamento", "elenco dei Comuni"),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new(
        "Il Comune è nell'elenco definitivo degli ammessi",
        "The Comune is in the definitive list of those admitted",
    ),
    why: Text::new(
        "Gli acquisti sono possibili solo dopo l'ammissione definitiva, che rende il Comune soggetto attuatore.",
        "Purchases are possible only after definitive admission, which makes the Comune an implementing body.",
    ),
    remedy: Text::new(
        "Completare l'accettazione (CUP generato e comunicato) e attendere l'elenco definitivo; se il Comune è escluso, l'ordine non è finanziabile.",
        "Complete the acceptance (CUP generated and communicated) and wait for the definitive list; if the Comune is excluded, the order cannot be funded.",
    ),
    check: Check::Order(check),
};

fn check(case: &Case<'_>) -> Outcome {
    case.for_comune(|participation| match participation.state {
        ParticipationState::Confirmed => Outcome::Pass,
        ParticipationState::Revoked => Outcome::NotApplicable,
        ParticipationState::Admitted => not_confirmed(
            participation.state,
            "ammesso con il primo decreto, ma senza CUP generato",
            "admitted by the first decree, but without a CUP",
        ),
        ParticipationState::CupGenerated => not_confirmed(
            participation.state,
            "CUP generato, ma non ancora comunicato: manca l'accettazione del finanziamento",
            "CUP generated but not yet communicated: the funding has not been accepted",
        ),
        ParticipationState::Accepted => not_confirmed(
            participation.state,
            "finanziamento accettato, ma non ancora nell'elenco definitivo",
            "funding accepted, but not yet in the definitive list",
        ),
        ParticipationState::Excluded => not_confirmed(
            participation.state,
            "escluso: CUP non comunicato nei termini, o non presente nell'elenco definitivo",
            "excluded: CUP not communicated in time, or not in the definitive list",
        ),
    })
}

fn not_confirmed(state: ParticipationState, it: &str, en: &str) -> Outcome {
    Fault::new(
        Field::Buyer,
        format!("Il Comune non è confermato ({it})."),
        format!("The Comune is not confirmed ({en})."),
    )
    .with("state", state.as_str())
    .with("expected", ParticipationState::Confirmed.as_str())
    .into()
}
