// SPDX-License-Identifier: EUPL-1.2
//! `ORD-050`: the order is dated inside the purchase window.
//!
//! # What it does
//! Demands an order date from the first to the last day of the window, both whole, as calendar days of Europe/Rome. The
//! message tells how the window was moved.
//! # Why
//! Purchases may start with the decree of definitive admission and end on the last day of the avviso; an expense outside
//! is not the programme's.
//! # Source
//! The decree of definitive admission (first day) and the avviso with its extensions (last day).

use super::{ALWAYS, Case, Fault, LegalSource, Outcome, Rule};
use crate::domain::finding::Severity;
use crate::domain::order::Field;
use crate::domain::text::Text;

pub(crate) const RULE: Rule = Rule {
    id: "ORD-050",
    severity: Severity::Blocks,
    source: LegalSource::official("Avviso del programma", "periodo degli acquisti e proroghe"),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::of("L'ordine è datato nel periodo degli acquisti", "The order is dated inside the purchase window"),
    why: Text::of(
        "Gli acquisti fuori dal periodo ammesso non sono finanziati.",
        "Purchases outside the admitted period are not funded.",
    ),
    remedy: Text::of(
        "Verificare la data dell'ordine; fuori dal periodo l'acquisto non può gravare sul finanziamento.",
        "Check the date of the order; outside the window the purchase cannot be charged to the grant.",
    ),
    check,
};
