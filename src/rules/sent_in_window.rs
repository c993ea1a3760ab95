// SPDX-License-Identifier: EUPL-1.2
//! `ORD-051`: the signed order was sent inside the purchase window.
//!
//! # What it does
//! Where the instant of sending is known, demands it between midnight at the start of the first day and
//! midnight at the end of the last, Europe/Rome: that is, on a Rome day of the window.
//! # Why
//! On MePA the contract is perfected when the order is signed and sent, so this instant is the purchase.
//! # Source
//! Avviso (window) and MePA rules (perfection of the contract); that "acquisto" means the sending is our
//! reading.

use super::{ALWAYS, Case, Fault, LegalSource, Outcome, Rule};
use crate::domain::finding::Severity;
use crate::domain::order::Field;
use crate::domain::rome::rome_string;
use crate::domain::text::Text;
use crate::programme::WindowEvent;

pub(crate) const RULE: Rule = Rule {
    id: "ORD-051",
    severity: Severity::Blocks,
    source: LegalSource::inferred(
        "Avviso del programma",
        "periodo degli acquisti; regole MePA, perfezionamento dell'ordine",
    ),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new(
        "L'ordine è stato inviato nel periodo degli acquisti",
        "The order was sent inside the purchase window",
    ),
    why: Text::new(
        "Sul MePA il contratto si perfeziona con l'invio dell'ordine firmato: conta quell'istante.",
        "On MePA the contract is perfected when the signed order is sent: that instant counts.",
    ),
    remedy: Text::new(
        "Verificare l'istante di invio sul MePA; fuori dal periodo l'acquisto non può gravare sul finanziamento.",
        "Check the instant of sending on MePA; outside the window the purchase cannot be charged to the grant.",
    ),
    check,
};

fn check(case: &Case<'_>) -> Outcome {
    let counts = case.programme.window_event.value == WindowEvent::Sent;
    let Some(sent_at) = case.order.sent_at.filter(|_| counts) else { return Outcome::NotApplicable };
    let window = case.programme.windows.current();
    Outcome::demand(case.sent_on.is_some_and(|day| window.contains_day(day)), || {
        let (opens, closes) = window.bounds();
        let sent = rome_string(sent_at);
        let (first, last) = (window.first.format("%d/%m/%Y"), window.last.format("%d/%m/%Y"));
        let it =
            format!("L'ordine è stato inviato il {sent}, fuori dal periodo {first} – {last} (ora di Roma).");
        let en = format!(
            "The order was sent at {sent_at}, outside the days {} – {} in Rome.",
            window.first, window.last
        );
        Fault::new(Field::SentAt, it, en)
            .with("sent_at", sent)
            .with("opens", rome_string(opens))
            .with("closes_before", rome_string(closes))
    })
}
