// SPDX-License-Identifier: EUPL-1.2
//! `ORD-073`: the purchase is not split to stay below a limit.
//!
//! # What it does
//! Adds this order to the Comune's other live orders to the same supplier in the same category. Warns when
//! the sum reaches the limit of the direct award (140,000 euro), and when small orders close in time together
//! reach the limit of rotation (5,000).
//! # Why
//! A purchase may not be split to avoid the procedure its whole amount asks for. Whether it was is for people
//! to say.
//! # Source
//! D.lgs. 36/2023 art. 14 c. 6 (no artificial splitting). What counts as close in time is our choice.

use chrono::NaiveDate;

use super::{Case, Check, Fault, LegalSource, Outcome, Rule, day, purchases};
use crate::domain::finding::Severity;
use crate::domain::money::Money;
use crate::domain::order::Field;
use crate::domain::text::Text;
use crate::programme::Thresholds;
use crate::rules::facts::PurchaseTotal;

/// Small orders at most this many days apart are looked at as one purchase.
const CLOSE_DAYS: i64 = 30;

pub(crate) const RULE: Rule = Rule {
    id: "ORD-073",
    severity: Severity::Warning,
    source: LegalSource::official("D.lgs. 36/2023", "art. 14 c. 6"),
    in_force_from: day(2023, 7, 1),
    in_force_to: None,
    title: Text::new("L'acquisto non è frazionato", "The purchase is not split"),
    why: Text::new(
        "Un acquisto non può essere diviso per evitare le regole dovute al suo importo complessivo.",
        "A purchase may not be divided to avoid the rules due for its whole amount.",
    ),
    remedy: Text::new(
        "Valutare gli ordini insieme; se sono un solo fabbisogno, applicare le regole dell'importo complessivo.",
        "Look at the orders together; if they are one need, apply the rules of the whole amount.",
    ),
    check: Check::Order(check),
};

fn check(case: &Case<'_>) -> Outcome {
    let thresholds = &case.programme.thresholds;
    let order_date = case.order.order_date;
    case.facts.purchases.judged(|totals| {
        Outcome::of(purchases::same_supplier(case, totals).filter_map(|(earlier, net)| {
            let sum = earlier.net.checked_add(net)?;
            let limit = reached(earlier, net, sum, thresholds, order_date)?;
            Some(split(earlier, net, sum, limit))
        }))
    })
}

/// The limit that the orders reach only together.
fn reached(
    earlier: &PurchaseTotal,
    net: Money,
    sum: Money,
    thresholds: &Thresholds,
    order_date: NaiveDate,
) -> Option<Money> {
    let (direct_award, rotation) = (thresholds.direct_award.value, thresholds.rotation.value);
    if sum >= direct_award && net < direct_award {
        return Some(direct_award);
    }
    let close = (order_date - earlier.last_order).num_days().abs() <= CLOSE_DAYS;
    let small = net < rotation && is_small_on_average(earlier, rotation);
    (close && small && sum >= rotation).then_some(rotation)
}

fn is_small_on_average(earlier: &PurchaseTotal, limit: Money) -> bool {
    i128::from(earlier.net.cents()) < i128::from(limit.cents()) * i128::from(earlier.orders)
}

fn split(earlier: &PurchaseTotal, net: Money, sum: Money, limit: Money) -> Fault {
    let it = format!(
        "Con gli ordini precedenti allo stesso fornitore nella categoria {} ({}) la somma netta è {} e raggiunge {}.",
        earlier.category,
        earlier.orders,
        sum.italian(),
        limit.italian()
    );
    let en = format!(
        "With the earlier orders to the same supplier in the category {} ({}) the net sum is {sum} EUR and reaches {limit} EUR.",
        earlier.category, earlier.orders
    );
    Fault::new(Field::TotalsNet, it, en)
        .with("category", &earlier.category)
        .with("earlier_net", earlier.net)
        .with("net", net)
        .with("sum", sum)
        .with("limit", limit)
}
