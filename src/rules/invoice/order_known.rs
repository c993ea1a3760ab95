// SPDX-License-Identifier: EUPL-1.2
//! `INV-020`: the invoice belongs to an order that the gateway holds.
//!
//! # What it does
//! Asks whether a strong key or a person ties the invoice to an order of the Comune.
//! # Why
//! Only against an order can an invoice be checked and counted; without one it waits.
//! # Source
//! RGS guidelines on control of PNRR spending (circ. 30/2022), par. 5.3.2: each expense is tied to its contract.

use crate::domain::finding::Severity;
use crate::domain::invoice::InvoiceField;
use crate::domain::remedy::Remedy;
use crate::domain::text::Text;
use crate::rules::{ALWAYS, Check, Fault, LegalSource, Outcome, Rule};

use super::InvoiceCase;

pub(crate) const RULE: Rule = Rule {
    id: "INV-020",
    severity: Severity::Curable,
    source: LegalSource::inferred("Circ. RGS 30/2022, linee guida", "par. 5.3.2"),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new("La fattura si collega a un ordine", "The invoice belongs to an order"),
    why: Text::new(
        "Senza l'ordine la fattura non si può controllare né contare nel CUP.",
        "Without the order the invoice can be neither checked nor counted under the CUP.",
    ),
    remedy: Text::new(
        "Collegare la fattura al suo ordine tra i candidati proposti, o attendere che l'ordine arrivi.",
        "Link the invoice to its order among the candidates proposed, or wait until the order comes in.",
    ),
    check: Check::Invoice(check),
};

fn check(case: &InvoiceCase<'_>) -> Outcome {
    case.facts.order.judged(|order| {
        Outcome::demand(order.as_ref().is_some_and(|order| order.is_linked), || {
            Fault::new(
                InvoiceField::References,
                "Nessun ordine del Comune corrisponde con certezza a questa fattura.",
                "No order of the Comune fits this invoice beyond doubt.",
            )
            .cured_by(Remedy::Wait)
        })
    })
}
