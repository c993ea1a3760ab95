// SPDX-License-Identifier: EUPL-1.2
//! The programme week by week, and the terms that are still to come.

use std::collections::BTreeMap;

use chrono::{Datelike, Days, NaiveDate};

use crate::domain::participation::ParticipationState;
use crate::domain::rome::rome_date;
use crate::report::table::{Cell, Column, Row, Shape, Table, text};

use super::{Facts, Place};

/// Week by week.
pub static WEEKS: Shape = Shape {
    name: "settimane",
    title: "Settimana per settimana",
    about: "Gli ordini arrivati in ogni settimana, e quelli di loro che oggi sono vivi.",
    columns: &[
        Column::date("week", "Settimana dal", "Lunedì della settimana.").wide(16),
        Column::count("received", "Arrivati", "Ordini arrivati."),
        Column::count("live", "Vivi oggi", "Quelli di loro che oggi sono vivi."),
        Column::money("gross", "Lordo dei vivi", "Totale degli ordini vivi, IVA compresa."),
        Column::money("held", "Contributo tenuto", "Quota del contributo che tengono."),
        Column::money("paid", "Pagato", "Quota del contributo pagata."),
    ],
};

/// Terms.
pub static DEADLINES: Shape = Shape {
    name: "scadenze",
    title: "Scadenze",
    about: "I termini del programma, con chi è a rischio: chi non ha ancora fatto ciò che il termine chiede.",
    columns: &[
        Column::text("what", "Termine", "Che cosa va fatto.").wide(50),
        Column::date("on", "Entro il", "Ultimo giorno."),
        Column::count("days_left", "Giorni", "Giorni che restano; sotto zero se è passato.").not_summed(),
        Column::count("at_risk", "Comuni a rischio", "Comuni che non lo hanno ancora fatto.").not_summed(),
        Column::money("amount", "Importo a rischio", "Quanto contributo è in gioco.").not_summed(),
        Column::text("source", "Fonte", "L'atto o la norma.").wide(50),
    ],
};

/// Week by week.
pub fn weeks(facts: &Facts<'_>) -> Table {
    #[derive(Default)]
    struct Week {
        received: usize,
        live: usize,
        amounts: [i128; 3],
    }
    let mut weeks: BTreeMap<NaiveDate, Week> = BTreeMap::new();
    for order in &facts.orders {
        let day = rome_date(order.received_at);
        let monday = day.checked_sub_days(Days::new(u64::from(day.weekday().num_days_from_monday())));
        let week = weeks.entry(monday.unwrap_or(day)).or_default();
        week.received += 1;
        if order.state.is_live() {
            week.live += 1;
            let amounts = [order.gross, order.reserved, order.spending.paid];
            week.amounts.iter_mut().zip(amounts).for_each(|(sum, more)| *sum += i128::from(more.cents()));
        }
    }
    let row = |(monday, week): (NaiveDate, Week)| {
        let mut row: Row = vec![monday.into(), week.received.into(), week.live.into()];
        row.extend(week.amounts.map(Cell::cents));
        row
    };
    Table::new(&WEEKS, weeks.into_iter().map(row).collect())
}

/// Terms of the programme.
pub fn deadlines(facts: &Facts<'_>) -> Table {
    let programme = facts.programme;
    let today = rome_date(facts.as_of);
    let term = |what: &str, on: NaiveDate, source: &str, at_risk: &dyn Fn(&Place<'_>) -> i128| {
        let amounts: Vec<i128> = facts.places.iter().map(at_risk).filter(|amount| *amount > 0).collect();
        let left = (on - today).num_days();
        let days = crate::report::table::Cell::Count(left);
        vec![
            text(what),
            on.into(),
            days,
            amounts.len().into(),
            Cell::cents(amounts.iter().sum()),
            text(source),
        ]
    };
    let acceptance = &programme.acceptance_deadline;
    let window = programme.windows.current();
    let rows = vec![
        term("Comunicare il CUP", acceptance.value.local().date(), &acceptance.source, &|place| {
            let waits =
                matches!(place.row.state, ParticipationState::Admitted | ParticipationState::CupGenerated);
            if waits { i128::from(place.row.balances.assigned.cents()) } else { 0 }
        }),
        term("Inviare gli ordini: contributo ancora libero", window.last, &window.source, &|place| {
            let is_confirmed = place.row.state == ParticipationState::Confirmed;
            let free = place.row.balances.available().unwrap_or_default();
            if is_confirmed { i128::from(free.cents()) } else { 0 }
        }),
        term("Inviare gli ordini già accolti", window.last, &window.source, &|place| {
            i128::from(place.row.balances.reserved.cents())
        }),
    ];
    Table::new(&DEADLINES, rows)
}
