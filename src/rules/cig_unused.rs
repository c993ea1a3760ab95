// SPDX-License-Identifier: EUPL-1.2
//! `ORD-023`: no other live order has this CIG.
//!
//! # What it does
//! Refuses a CIG that another order of the gateway, not cancelled, refused or revoked, already carries.
//! # Why
//! One CIG is one award to one supplier. Two orders on it cannot be told apart in invoices and payments, and
//! the same expense could be counted twice.
//! # Source
//! L. 136/2010 art. 3 c. 5; that one ODA has one CIG of its own is our reading.

use super::{Case, Check, Fault, LegalSource, Outcome, Rule, day};
use crate::domain::cig::Cig;
use crate::domain::finding::Severity;
use crate::domain::order::Field;
use crate::domain::participation::Participation;
use crate::domain::text::Text;
use crate::rules::facts::{CigUse, Fact};

pub(crate) const RULE: Rule = Rule {
    id: "ORD-023",
    severity: Severity::Blocks,
    source: LegalSource::inferred("L. 136/2010", "art. 3 c. 5"),
    in_force_from: day(2010, 9, 7),
    in_force_to: None,
    title: Text::new("Il CIG non è di un altro ordine", "The CIG is not another order's"),
    why: Text::new(
        "Un CIG è di un solo affidamento: due ordini sullo stesso CIG non si distinguono in fattura e nei pagamenti.",
        "A CIG is of one award: two orders on one CIG cannot be told apart in invoices and payments.",
    ),
    remedy: Text::new(
        "Acquisire un CIG proprio per questo ordine, oppure annullare l'altro ordine se è un doppione.",
        "Get a CIG of its own for this order, or cancel the other order if it is a duplicate.",
    ),
    check: Check::Order(check),
};

fn check(case: &Case<'_>) -> Outcome {
    let Some(cig) = case.order.cig() else { return Outcome::NotApplicable };
    case.facts.cig_uses.judged(|uses| Outcome::of(uses.iter().map(|other| used(cig, other, case))))
}

/// Names the other order only to the Comune it belongs to.
fn used(cig: &Cig, other: &CigUse, case: &Case<'_>) -> Fault {
    let own = match &case.facts.participation {
        Fact::Known(Some(Participation { comune, .. })) => *comune == other.comune,
        Fact::Known(None) | Fact::Unavailable(_) => false,
    };
    if own {
        let it = format!("Il CIG {cig} è già sull'ordine {} di questo Comune.", other.order);
        let en = format!("The CIG {cig} is already on the order {} of this Comune.", other.order);
        return Fault::new(Field::Cig, it, en).with("cig", cig).with("order", &other.order);
    }
    let it = format!("Il CIG {cig} è già su un altro ordine registrato.");
    let en = format!("The CIG {cig} is already on another order on record.");
    Fault::new(Field::Cig, it, en).with("cig", cig)
}
