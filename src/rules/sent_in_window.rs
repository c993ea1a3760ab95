// SPDX-License-Identifier: EUPL-1.2
//! `ORD-051`: the signed order was sent inside the purchase window.
//!
//! # What it does
//! Where the instant of sending is known, demands it between midnight at the start of the first day and
//! midnight at the end of the last, Europe/Rome: that is, on a Rome day of the window. An order handed in
//! without that instant has still to be sent: once the window is over it no longer can be in time.
//! # Why
//! On MePA the contract is perfected when the order is signed and sent, so this instant is the purchase.
//! # Source
//! Avviso (window) and MePA rules (perfection of the contract); that "acquisto" means the sending is our
//! reading.

use super::{ALWAYS, Case, Check, Fault, LegalSource, Outcome, Rule};
use crate::domain::finding::Severity;
use crate::domain::order::Field;
use crate::domain::rome::rome_string;
use crate::domain::text::Text;
use crate::programme::{Window, WindowEvent};

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
    check: Check::Order(check),
};

fn check(case: &Case<'_>) -> Outcome {
    let counts = case.programme.window_event.value == WindowEvent::Sent;
    if !counts {
        return Outcome::NotApplicable;
    }
    let window = case.programme.windows.current();
    let Some(sent_at) = case.order.sent_at else { return still_to_be_sent(case, window) };
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

/// A file that is only checked may be that of an order sent long ago; one that is handed in is sent afterwards.
fn still_to_be_sent(case: &Case<'_>, window: &Window) -> Outcome {
    if case.facts.tenant.is_none() {
        return Outcome::NotApplicable;
    }
    let (_, closes) = window.bounds();
    Outcome::demand(case.facts.now < closes, || {
        let last = window.last.format("%d/%m/%Y");
        let it = format!(
            "L'ordine non risulta inviato e il periodo degli acquisti è finito il {last}: non può più essere inviato in tempo. \
             Se è già stato inviato, indicare l'istante di invio."
        );
        let en = format!(
            "The order is not known to be sent, and the window ended on {}: it can no longer be sent in time. If it has \
             been sent, state the instant of sending.",
            window.last
        );
        Fault::new(Field::SentAt, it, en)
            .with("judged_at", rome_string(case.facts.now))
            .with("closes_before", rome_string(closes))
    })
}
