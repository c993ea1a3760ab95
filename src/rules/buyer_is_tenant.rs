// SPDX-License-Identifier: EUPL-1.2
//! `ORD-061`: the order is of the Comune that hands it in.
//!
//! # What it does
//! Refuses an order in which any buyer code names another Comune than that of the caller's token. Without a
//! token (a file checked offline) there is nothing to compare.
//! # Why
//! Nobody may spend, or look into, another Comune's grant.
//! # Source
//! Separation of the Comuni in this service; D.lgs. 82/2005 art. 50 and 51 (access and security of public
//! data).

use super::{ALWAYS, Case, Check, Fault, LegalSource, Outcome, Rule};
use crate::domain::finding::Severity;
use crate::domain::istat::IstatCode;
use crate::domain::order::Field;
use crate::domain::text::Text;
use crate::reference::Comune;

pub(crate) const RULE: Rule = Rule {
    id: "ORD-061",
    severity: Severity::Blocks,
    source: LegalSource::inferred("D.lgs. 82/2005", "art. 50 e 51"),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new("L'ordine è del Comune che lo presenta", "The order is of the Comune that hands it in"),
    why: Text::new(
        "Nessuno può impegnare il finanziamento di un altro Comune.",
        "Nobody may commit the grant of another Comune.",
    ),
    remedy: Text::new(
        "Presentare l'ordine con le credenziali del Comune acquirente.",
        "Hand the order in with the credentials of the buying Comune.",
    ),
    check: Check::Order(check),
};

fn check(case: &Case<'_>) -> Outcome {
    let Some(tenant) = case.facts.tenant else { return Outcome::NotApplicable };
    if case.by_ipa_code.or(case.by_tax_code).is_none() {
        return Outcome::NotApplicable;
    }
    let named = [(Field::BuyerIpaCode, case.by_ipa_code), (Field::BuyerTaxCode, case.by_tax_code)];
    let others =
        named.into_iter().filter_map(|(field, comune)| Some((field, comune.filter(|c| c.istat != tenant)?)));
    Outcome::of(others.map(|(field, comune)| foreign(field, comune, tenant)))
}

fn foreign(field: Field, comune: &Comune, tenant: IstatCode) -> Fault {
    let it = format!("L'acquirente è il Comune di {}, non quello che presenta l'ordine.", comune.name);
    let en = format!("The buyer is the Comune of {}, not the one that hands the order in.", comune.name);
    Fault::new(field, it, en).with("buyer", comune.istat).with("tenant", tenant)
}
