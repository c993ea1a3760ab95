// SPDX-License-Identifier: EUPL-1.2
//! Comuni that are stuck: why, and since when.

use std::collections::BTreeMap;

use chrono::{DateTime, TimeDelta, Utc};

use crate::domain::money::Money;
use crate::domain::order_state::OrderState;
use crate::domain::participation::ParticipationState;
use crate::domain::rome::rome_date;
use crate::report::table::{Cell, Column, Row, Shape, Table, text};
use crate::store::programme::OrderDigest;

use super::places::state_name;
use super::{Facts, Place};

/// Stuck Comuni.
pub static STUCK: Shape = Shape {
    name: "comuni_fermi",
    title: "Comuni fermi",
    about: "I Comuni che aspettano qualcosa o qualcuno, perché e da quando. Un Comune può esserlo per più motivi.",
    columns: &[
        Column::text("name", "Comune", "Nome.").wide(28),
        Column::text("istat", "ISTAT", "Codice ISTAT al 1/1/2025.").wide(8),
        Column::text("province", "Prov.", "Sigla della provincia.").wide(6),
        Column::text("region", "Regione", "Regione.").wide(20),
        Column::text("state", "Stato", "Stato nel programma.").wide(16),
        Column::text("why", "Perché", "Che cosa lo tiene fermo.").wide(44),
        Column::date("since", "Dal", "Da quando."),
        Column::count("days", "Giorni", "Da quanti giorni.").not_summed(),
        Column::money("amount", "Importo", "Quanto contributo è in gioco.").not_summed(),
    ],
};

/// Reasons.
pub static REASONS: Shape = Shape {
    name: "motivi",
    title: "Perché i Comuni sono fermi",
    about: "Quanti Comuni sono fermi per ciascun motivo.",
    columns: &[
        Column::text("why", "Perché", "Che cosa li tiene fermi.").wide(50),
        Column::count("comuni", "Comuni", "Quanti.").not_summed(),
        Column::money("amount", "Importo", "Quanto contributo è in gioco.").not_summed(),
    ],
};

/// Days after which an accepted order that is not sent is told.
const SENDING: i64 = 7;
/// Days after which a sent order without invoice is told.
const INVOICING: i64 = 30;
/// Days within which an invoice is to be paid (D.lgs. 231/2002).
const PAYING: i64 = 30;

/// Why a Comune is stuck.
struct Reason<'f> {
    place: &'f Place<'f>,
    why: &'static str,
    since: Option<DateTime<Utc>>,
    cents: i128,
}

/// Every reason of every Comune, in the order of Comuni.
fn all<'f>(facts: &'f Facts<'f>) -> Vec<Reason<'f>> {
    let mut reasons = Vec::new();
    facts.places.iter().for_each(|place| of_place(facts, place, &mut reasons));
    reasons
}

fn of_place<'f>(facts: &'f Facts<'f>, place: &'f Place<'f>, reasons: &mut Vec<Reason<'f>>) {
    let mut whole = |why| {
        let since = facts.steps.get(&place.row.comune).copied();
        let cents = i128::from(place.row.balances.assigned.cents());
        reasons.push(Reason { place, why, since, cents });
    };
    match place.row.state {
        ParticipationState::Admitted => whole("il CUP non è ancora generato"),
        ParticipationState::CupGenerated => whole("il CUP non è ancora comunicato"),
        ParticipationState::Accepted => whole("aspetta l'elenco definitivo"),
        ParticipationState::Confirmed if place.live == 0 && !has_incomplete(facts, place) => {
            whole("nessun ordine")
        }
        ParticipationState::Confirmed => of_orders(facts, place, reasons),
        ParticipationState::Excluded | ParticipationState::Revoked => {}
    }
}

fn has_incomplete(facts: &Facts<'_>, place: &Place<'_>) -> bool {
    place.orders.iter().any(|order| facts.orders[*order].state == OrderState::Incomplete)
}

/// What waits among the orders of a confirmed Comune: a reason each, with the oldest order's day.
fn of_orders<'f>(facts: &'f Facts<'f>, place: &'f Place<'f>, reasons: &mut Vec<Reason<'f>>) {
    let long_ago = |at: DateTime<Utc>, days: i64| facts.as_of - at > TimeDelta::days(days);
    type Test<'t> = &'t dyn Fn(&OrderDigest) -> Option<(DateTime<Utc>, Money)>;
    let tests: [(&'static str, Test<'_>); 4] = [
        ("ordini incompleti: mancano dichiarazioni", &|order| {
            let of_grant = order.gross.checked_sub(order.own_funds).unwrap_or_default();
            (order.state == OrderState::Incomplete).then_some((order.received_at, of_grant))
        }),
        ("ordini accolti e non inviati da oltre 7 giorni", &|order| {
            let since = order.reserved_at?;
            let waits = order.state.is_live() && !order.state.is_sent() && long_ago(since, SENDING);
            waits.then_some((since, order.reserved))
        }),
        ("ordini inviati senza fattura da oltre 30 giorni", &|order| {
            let (since, left) = (order.committed_at?, order.spending.committed(order.reserved));
            let waits = order.state.is_sent() && left == order.reserved && long_ago(since, INVOICING);
            waits.then_some((since, left))
        }),
        ("fatture non interamente pagate da oltre 30 giorni", &|order| {
            let (since, due) = (order.invoiced_at?, order.spending.invoiced);
            let waits = order.state.is_sent() && due > Money::ZERO && long_ago(since, PAYING);
            waits.then_some((since, due))
        }),
    ];
    for (why, test) in tests {
        let found = place.orders.iter().filter_map(|order| test(&facts.orders[*order]));
        let oldest_and_sum = found
            .map(|(at, amount)| (at, i128::from(amount.cents())))
            .reduce(|(oldest, sum), (at, cents)| (oldest.min(at), sum + cents));
        if let Some((since, cents)) = oldest_and_sum {
            reasons.push(Reason { place, why, since: Some(since), cents });
        }
    }
}

/// Stuck Comuni, those that wait longest first.
pub fn stuck(facts: &Facts<'_>) -> Table {
    let mut reasons = all(facts);
    reasons.sort_by_key(|reason| reason.since.unwrap_or(DateTime::<Utc>::MIN_UTC));
    let row = |reason: Reason<'_>| -> Row {
        let (row, comune) = (&reason.place.row, reason.place.comune);
        let days = reason.since.map(|since| (facts.as_of - since).num_days());
        vec![
            Cell::Text(comune.name.clone()),
            text(row.comune.to_string()),
            Cell::Text(comune.province.clone()),
            Cell::Text(comune.region.clone()),
            state_name(row.state).into(),
            reason.why.into(),
            reason.since.map(rome_date).into(),
            days.map_or(Cell::Empty, Cell::Count),
            Cell::cents(reason.cents),
        ]
    };
    Table::new(&STUCK, reasons.into_iter().map(row).collect())
}

/// How many Comuni are stuck for each reason.
pub fn reasons(facts: &Facts<'_>) -> Table {
    let mut sums: BTreeMap<&str, (usize, i128)> = BTreeMap::new();
    for reason in all(facts) {
        let (comuni, amount) = sums.entry(reason.why).or_default();
        *comuni += 1;
        *amount += reason.cents;
    }
    let row =
        |(why, (comuni, amount)): (&str, (usize, i128))| vec![text(why), comuni.into(), Cell::cents(amount)];
    Table::new(&REASONS, sums.into_iter().map(row).collect())
}
