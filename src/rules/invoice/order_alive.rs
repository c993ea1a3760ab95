// SPDX-License-Identifier: EUPL-1.2
//! `INV-022`: the order was sent, and neither refused nor revoked.
//!
//! # What it does
//! Looks at where the order stands; a credit note may follow an order that has ended.
//! # Why
//! A revoked or refused order owes nothing; one not yet sent is no contract.
//! # Source
//! Condizioni generali di contratto del MePA: the contract is made when the signed order is sent; domain check R20.

use crate::domain::finding::Severity;
use crate::domain::invoice::InvoiceField;
use crate::domain::order_state::OrderState;
use crate::domain::remedy::Remedy;
use crate::domain::text::Text;
use crate::rules::{ALWAYS, Check, Fault, LegalSource, Outcome, Rule};

use super::{InvoiceCase, by_order};

pub(crate) const RULE: Rule = Rule {
    id: "INV-022",
    severity: Severity::Blocks,
    source: LegalSource::inferred("Condizioni generali MePA", "perfezionamento del contratto"),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new("L'ordine è in vita", "The order is alive"),
    why: Text::new(
        "Un ordine revocato o rifiutato non è dovuto; uno non inviato non è ancora un contratto.",
        "A revoked or refused order owes nothing; one that was not sent is not yet a contract.",
    ),
    remedy: Text::new(
        "Non pagare; chiedere la nota di credito, o attendere l'invio dell'ordine se è ancora in bozza.",
        "Do not pay; ask for the credit note, or wait until the order is sent if it is still a draft.",
    ),
    check: Check::Invoice(check),
};

fn check(case: &InvoiceCase<'_>) -> Outcome {
    by_order(case, |order| {
        let (it, en, remedy) = match order.state {
            OrderState::Sent | OrderState::SupplierAccepted | OrderState::RevocationProposed => {
                return Outcome::Pass;
            }
            OrderState::SupplierRefused
            | OrderState::Revoked
            | OrderState::Cancelled
            | OrderState::Refused
            | OrderState::Unlinked => {
                if case.is_credit_note() {
                    return Outcome::Pass;
                }
                ("non è più in vita", "is no longer alive", Remedy::CreditNote)
            }
            OrderState::Accepted | OrderState::Incomplete | OrderState::Submitted => {
                ("non è ancora stato inviato", "was not sent yet", Remedy::Wait)
            }
        };
        let (number, state) = (&order.number, order.state.as_str());
        let fault = Fault::new(
            InvoiceField::References,
            format!("L'ordine {number} {it} (stato: {state})."),
            format!("The order {number} {en} (state: {state})."),
        );
        let severity = if remedy == Remedy::Wait { Severity::Curable } else { Severity::Blocks };
        fault.with("state", state).weighing(severity).cured_by(remedy).into()
    })
}
