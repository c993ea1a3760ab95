// SPDX-License-Identifier: EUPL-1.2
//! `ORD-052`: the order was not sent before its own date.
//!
//! # What it does
//! Warns when the Rome day of sending comes before the date of the order.
//! # Why
//! An order cannot be sent before it was made: one of the two dates is a slip, and the window is judged by
//! both.
//! # Source
//! Good practice; no act says it.

use super::{ALWAYS, Case, Check, Fault, LegalSource, Outcome, Rule};
use crate::domain::finding::Severity;
use crate::domain::order::Field;
use crate::domain::text::Text;

pub(crate) const RULE: Rule = Rule {
    id: "ORD-052",
    severity: Severity::Warning,
    source: LegalSource::inferred("Regole MePA", "sequenza di firma e invio dell'ordine"),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new("L'ordine non è inviato prima della sua data", "The order is not sent before its date"),
    why: Text::new(
        "Un ordine non può essere inviato prima di esistere: una delle due date è sbagliata.",
        "An order cannot be sent before it exists: one of the two dates is wrong.",
    ),
    remedy: Text::new(
        "Confrontare data dell'ordine e istante di invio con quelli del MePA.",
        "Compare order date and instant of sending with those on MePA.",
    ),
    check: Check::Order(check),
};

fn check(case: &Case<'_>) -> Outcome {
    let Some(sent_on) = case.sent_on else { return Outcome::NotApplicable };
    let dated = case.order.order_date;
    Outcome::demand(sent_on >= dated, || {
        let it = format!(
            "L'ordine risulta inviato il {}, prima della sua data ({}).",
            sent_on.format("%d/%m/%Y"),
            dated.format("%d/%m/%Y")
        );
        let en = format!("The order appears to have been sent on {sent_on}, before its own date ({dated}).");
        Fault::new(Field::SentAt, it, en).with("sent_on", sent_on).with("order_date", dated)
    })
}
