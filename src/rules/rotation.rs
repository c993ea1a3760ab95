// SPDX-License-Identifier: EUPL-1.2
//! `ORD-072`: the order does not go to the supplier that had the last one in the same category.
//!
//! # What it does
//! Warns when the Comune has an earlier live order to this supplier in a category of this order; orders below
//! the programme's datum `rotation` (5,000 euro net) may derogate.
//! # Why
//! Two consecutive awards in one category to the outgoing contractor are forbidden without a reasoned
//! exception. The gateway sees only this programme's orders, so it warns and does not decide.
//! # Source
//! D.lgs. 36/2023 art. 49 c. 2, 4 and 6.

use super::{Case, Check, Fault, LegalSource, Outcome, Rule, day, purchases};
use crate::domain::finding::Severity;
use crate::domain::money::Money;
use crate::domain::order::Field;
use crate::domain::text::Text;
use crate::rules::facts::PurchaseTotal;

pub(crate) const RULE: Rule = Rule {
    id: "ORD-072",
    severity: Severity::Warning,
    source: LegalSource::official("D.lgs. 36/2023", "art. 49 c. 2, 4 e 6"),
    in_force_from: day(2023, 7, 1),
    in_force_to: None,
    title: Text::new("Il principio di rotazione è rispettato", "The principle of rotation is kept"),
    why: Text::new(
        "È vietato affidare di nuovo al contraente uscente nella stessa categoria, salvo deroga motivata.",
        "A new award to the outgoing contractor in the same category is forbidden without a reasoned exception.",
    ),
    remedy: Text::new(
        "Scegliere un altro fornitore o motivare la deroga nella decisione di contrarre.",
        "Choose another supplier, or give the reasons of the exception in the decision to contract.",
    ),
    check: Check::Order(check),
};

fn check(case: &Case<'_>) -> Outcome {
    let Some(net) = case.order.totals.net else { return Outcome::NotApplicable };
    if net < case.programme.thresholds.rotation.value {
        return Outcome::NotApplicable;
    }
    case.facts.purchases.judged(|totals| {
        Outcome::of(purchases::same_supplier(case, totals).map(|(earlier, _)| again(earlier, net)))
    })
}

fn again(earlier: &PurchaseTotal, net: Money) -> Fault {
    let (orders, last) = (earlier.orders, earlier.last_order);
    let it = format!(
        "Ordini precedenti del Comune allo stesso fornitore nella categoria {}: {orders} (ultimo del {}).",
        earlier.category,
        last.format("%d/%m/%Y")
    );
    let en = format!(
        "Earlier orders of the Comune to the same supplier in the category {}: {orders} (the last on {last}).",
        earlier.category
    );
    Fault::new(Field::Supplier, it, en)
        .with("category", &earlier.category)
        .with("earlier_orders", orders)
        .with("earlier_net", earlier.net)
        .with("net", net)
}
