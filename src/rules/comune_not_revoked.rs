// SPDX-License-Identifier: EUPL-1.2
//! `ORD-003`: the Comune's funding has not been withdrawn.
//!
//! # What it does
//! Refuses orders of a Comune whose participation is `revoked`.
//! # Why
//! After a revocation nothing is paid any more; an order sent all the same would be at the Comune's own cost.
//! # Source
//! The rules of revocation of this kind of avviso are not public: our reading of what a revocation means.

use super::{ALWAYS, Case, Check, Fault, LegalSource, Outcome, Rule};
use crate::domain::finding::Severity;
use crate::domain::order::Field;
use crate::domain::participation::ParticipationState;
use crate::domain::text::Text;

pub(crate) const RULE: Rule = Rule {
    id: "ORD-003",
    severity: Severity::Blocks,
    source: LegalSource::inferred("Avviso del programma", "revoca del finanziamento"),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new("Il finanziamento non è stato revocato", "The funding has not been revoked"),
    why: Text::new(
        "Dopo la revoca la spesa resterebbe interamente a carico del Comune.",
        "After a revocation the whole expense would fall on the Comune.",
    ),
    remedy: Text::new(
        "Non inviare l'ordine su questo finanziamento; chiarire la revoca con il Dipartimento.",
        "Do not send the order on this funding; clear up the revocation with the Dipartimento.",
    ),
    check: Check::Order(check),
};

fn check(case: &Case<'_>) -> Outcome {
    case.for_comune(|participation| {
        Outcome::demand(participation.state != ParticipationState::Revoked, || {
            Fault::new(
                Field::Buyer,
                "Il finanziamento di questo Comune è stato revocato.",
                "The funding of this Comune has been revoked.",
            )
            .with("state", participation.state.as_str())
        })
    })
}
