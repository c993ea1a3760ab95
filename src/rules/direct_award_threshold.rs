// SPDX-License-Identifier: EUPL-1.2
//! `ORD-070`: the order stays below the limit of the direct award.
//!
//! # What it does
//! Refuses a net total at or above the programme's datum `direct_award` (140,000 euro).
//! # Why
//! Supplies and services may be awarded directly only below that amount, VAT not counted.
//! # Source
//! D.lgs. 36/2023 art. 50 c. 1 lett. b: direct award of services and supplies below 140,000 euro.

use super::{Case, Check, Fault, LegalSource, Outcome, Rule, day};
use crate::domain::finding::Severity;
use crate::domain::order::Field;
use crate::domain::text::Text;

pub(crate) const RULE: Rule = Rule {
    id: "ORD-070",
    severity: Severity::Blocks,
    source: LegalSource::official("D.lgs. 36/2023", "art. 50 c. 1 lett. b"),
    in_force_from: day(2023, 7, 1),
    in_force_to: None,
    title: Text::new(
        "L'ordine è sotto la soglia dell'affidamento diretto",
        "The order is below the limit of the direct award",
    ),
    why: Text::new(
        "Da quella soglia in su forniture e servizi non si affidano direttamente.",
        "From that amount on supplies and services are not awarded directly.",
    ),
    remedy: Text::new(
        "Scegliere la procedura dovuta per l'importo; non frazionare l'acquisto.",
        "Choose the procedure due for the amount; do not split the purchase.",
    ),
    check: Check::Order(check),
};

fn check(case: &Case<'_>) -> Outcome {
    let Some(net) = case.order.totals.net else { return Outcome::NotApplicable };
    let limit = case.programme.thresholds.direct_award.value;
    Outcome::demand(net < limit, || {
        let it = format!(
            "Il totale netto ({}) raggiunge la soglia dell'affidamento diretto ({}).",
            net.italian(),
            limit.italian()
        );
        let en = format!("The net total ({net} EUR) reaches the limit of the direct award ({limit} EUR).");
        Fault::new(Field::TotalsNet, it, en).with("net", net).with("limit", limit)
    })
}
