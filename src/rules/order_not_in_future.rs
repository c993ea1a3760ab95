// SPDX-License-Identifier: EUPL-1.2
//! `ORD-053`: the order is not dated or sent in the future.
//!
//! # What it does
//! Warns when the date of the order is after today in Rome, or the instant of sending after now.
//! # Why
//! A draft may carry the day on which it will be signed; a date far ahead is a slip.
//! # Source
//! Good practice; no act says it.

use super::{ALWAYS, Case, Check, Fault, LegalSource, Outcome, Rule};
use crate::domain::finding::Severity;
use crate::domain::order::Field;
use crate::domain::rome::{rome_date, rome_string};
use crate::domain::text::Text;

pub(crate) const RULE: Rule = Rule {
    id: "ORD-053",
    severity: Severity::Warning,
    source: LegalSource::inferred("Buona prassi", "controllo delle date"),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new("L'ordine non è nel futuro", "The order is not in the future"),
    why: Text::new(
        "Una data futura è di solito un errore di battitura.",
        "A date in the future is usually a typing error.",
    ),
    remedy: Text::new(
        "Verificare data dell'ordine e istante di invio.",
        "Check order date and instant of sending.",
    ),
    check: Check::Order(check),
};

fn check(case: &Case<'_>) -> Outcome {
    Outcome::of(dated_ahead(case).into_iter().chain(sent_ahead(case)))
}

fn dated_ahead(case: &Case<'_>) -> Option<Fault> {
    let (dated, today) = (case.order.order_date, rome_date(case.facts.now));
    if dated <= today {
        return None;
    }
    let it = format!("La data dell'ordine ({}) è futura.", dated.format("%d/%m/%Y"));
    let en = format!("The date of the order ({dated}) is in the future.");
    Some(Fault::new(Field::OrderDate, it, en).with("order_date", dated).with("today", today))
}

fn sent_ahead(case: &Case<'_>) -> Option<Fault> {
    let sent_at = case.order.sent_at.filter(|sent_at| *sent_at > case.facts.now)?;
    let (sent, now) = (rome_string(sent_at), rome_string(case.facts.now));
    let it = format!("L'istante di invio ({sent}) è futuro.");
    let en = format!("The instant of sending ({sent_at}) is in the future.");
    Some(Fault::new(Field::SentAt, it, en).with("sent_at", sent).with("now", now))
}
