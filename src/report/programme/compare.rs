// SPDX-License-Identifier: EUPL-1.2
//! Two days side by side: what has moved since, by region. What stood at the end of the earlier day follows from the journal and
//! from when orders came and ended.

use std::collections::BTreeMap;

use crate::domain::budget::Balances;
use crate::flows::reconcile::end_of;
use crate::report::table::{Cell, Column, Row, Shape, Table, text};

use super::Facts;

/// Two days side by side.
pub static COMPARISON: Shape = Shape {
    name: "confronto",
    title: "Confronto con un giorno precedente",
    about: "Le cifre alla fine del giorno precedente e oggi, per regione; vuoto se non è stato chiesto un confronto.",
    columns: &[
        Column::text("region", "Regione", "Regione.").wide(22),
        Column::money("assigned_then", "Assegnato allora", "Assegnato alla fine del giorno precedente."),
        Column::money("assigned_now", "Assegnato oggi", "Assegnato oggi."),
        Column::money(
            "used_then",
            "Usato allora",
            "Impegnato, fatturato e pagato alla fine del giorno precedente.",
        ),
        Column::money("used_now", "Usato oggi", "Impegnato, fatturato e pagato oggi."),
        Column::money("used_change", "Differenza usato", "Quanto è cambiato."),
        Column::money("paid_then", "Pagato allora", "Pagato alla fine del giorno precedente."),
        Column::money("paid_now", "Pagato oggi", "Pagato oggi."),
        Column::money("paid_change", "Differenza pagato", "Quanto è cambiato."),
        Column::count("orders_then", "Ordini allora", "Ordini vivi alla fine del giorno precedente."),
        Column::count("orders_now", "Ordini oggi", "Ordini vivi oggi."),
    ],
};

#[derive(Default)]
struct Sums {
    then: [i128; 3],
    now: [i128; 3],
    orders_then: usize,
    orders_now: usize,
}

/// Assigned, used, paid.
fn told(held: &Balances) -> [i128; 3] {
    let cents = |amounts: &[crate::domain::money::Money]| {
        amounts.iter().map(|amount| i128::from(amount.cents())).sum()
    };
    [cents(&[held.assigned]), cents(&[held.committed, held.invoiced, held.paid]), cents(&[held.paid])]
}

/// Two days side by side.
pub fn comparison(facts: &Facts<'_>) -> Table {
    let Some((day, then)) = &facts.then else { return Table::new(&COMPARISON, Vec::new()) };
    let before = end_of(*day);
    let mut groups: BTreeMap<&str, Sums> = BTreeMap::new();
    for place in &facts.places {
        let sums = groups.entry(&place.comune.region).or_default();
        let was = then.get(&place.row.comune).copied().unwrap_or_default();
        sums.then.iter_mut().zip(told(&was)).for_each(|(sum, more)| *sum += more);
        sums.now.iter_mut().zip(told(&place.row.balances)).for_each(|(sum, more)| *sum += more);
        for order in place.orders.iter().map(|order| &facts.orders[*order]) {
            let stood_then = order.reserved_at.is_some_and(|at| at < before)
                && order.ended_at.is_none_or(|at| at >= before);
            sums.orders_then += usize::from(stood_then);
            sums.orders_now += usize::from(order.state.is_live());
        }
    }
    let row = |(region, sums): (&str, Sums)| -> Row {
        let ([assigned_then, used_then, paid_then], [assigned, used, paid]) = (sums.then, sums.now);
        vec![
            text(region),
            Cell::cents(assigned_then),
            Cell::cents(assigned),
            Cell::cents(used_then),
            Cell::cents(used),
            Cell::cents(used - used_then),
            Cell::cents(paid_then),
            Cell::cents(paid),
            Cell::cents(paid - paid_then),
            sums.orders_then.into(),
            sums.orders_now.into(),
        ]
    };
    Table::new(&COMPARISON, groups.into_iter().map(row).collect())
}
