// SPDX-License-Identifier: EUPL-1.2
//! The balances of all Comuni, by region, province, part of the country, size and state. The five balances of a row come to what
//! was assigned, as in the journal.

use std::collections::BTreeMap;

use crate::domain::money::Money;
use crate::domain::participation::ParticipationState;
use crate::report::table::{Cell, Column, Row, Shape, Table, text};

use super::{Facts, Place, percent};

macro_rules! places {
    ($shape:ident, $name:literal, $title:literal, $about:literal, $($first:expr),+) => {
        #[doc = $title]
        pub static $shape: Shape = Shape {
            name: $name,
            title: $title,
            about: $about,
            columns: &[
                $($first,)+
                Column::count("comuni", "Comuni", "Comuni nel programma."),
                Column::count("confirmed", "Confermati", "Comuni nell'elenco definitivo."),
                Column::count("with_orders", "Con ordini", "Comuni con almeno un ordine vivo."),
                Column::money("assigned", "Assegnato", "Contributi assegnati."),
                Column::money("available", "Disponibile", "Assegnato e libero."),
                Column::money("reserved", "Prenotato", "Ordini accolti e non ancora inviati."),
                Column::money("committed", "Impegnato da fatturare", "Ordini inviati e non ancora fatturati."),
                Column::money("invoiced", "Fatturato da pagare", "Coperto da fatture e non ancora pagato."),
                Column::money("paid", "Pagato", "Coperto da fatture e pagato."),
                Column::decimal("used", "Usato %", "Impegnato, fatturato e pagato, sull'assegnato."),
            ],
        };
    };
}

places!(
    REGIONS,
    "regioni",
    "Per regione",
    "I saldi dei Comuni del programma, per regione.",
    Column::text("region", "Regione", "Regione.").wide(26)
);
places!(
    PROVINCES,
    "province",
    "Per provincia",
    "I saldi dei Comuni del programma, per provincia del 2025.",
    Column::text("province", "Provincia", "Sigla della provincia.").wide(9),
    Column::text("region", "Regione", "Regione.").wide(22)
);
places!(
    MEZZOGIORNO,
    "mezzogiorno",
    "Mezzogiorno e resto d'Italia",
    "I saldi dei Comuni delle otto regioni del Mezzogiorno e delle altre; la quota minima del Mezzogiorno è nella sintesi.",
    Column::text("area", "Area", "Mezzogiorno o resto d'Italia.").wide(26)
);
places!(
    BANDS,
    "fasce",
    "Per fascia di popolazione",
    "I saldi dei Comuni del programma, per residenti al 31/12/2024.",
    Column::text("band", "Residenti", "Fascia di popolazione.").wide(26)
);
places!(
    STATES,
    "stati_comuni",
    "Comuni per stato",
    "Dove stanno i Comuni nel programma.",
    Column::text("state", "Stato", "Stato del Comune nel programma.").wide(26)
);
places!(
    DISTRIBUTION,
    "distribuzione",
    "Quanto del contributo è usato",
    "I Comuni confermati, per quanto del loro contributo è impegnato, fatturato o pagato.",
    Column::text("band", "Contributo usato", "Parte del contributo.").wide(26)
);

/// Totals in words.
pub static SUMMARY: Shape = Shape {
    name: "sintesi",
    title: "Sintesi",
    about: "Le cifre del programma in una pagina.",
    columns: &[
        Column::text("item", "Voce", "Che cosa si misura.").wide(50),
        Column::count("count", "Numero", "Quanti.").not_summed(),
        Column::money("amount", "Importo", "Quanto.").not_summed(),
        Column::decimal("percent", "%", "Quota sul totale.").wide(10),
    ],
};

/// Every Comune.
pub static COMUNI: Shape = Shape {
    name: "comuni",
    title: "Elenco dei Comuni",
    about: "Ogni Comune del programma, con i suoi saldi.",
    columns: &[
        Column::text("istat", "ISTAT", "Codice ISTAT al 1/1/2025.").wide(8),
        Column::text("name", "Comune", "Nome.").wide(28),
        Column::text("province", "Prov.", "Sigla della provincia.").wide(6),
        Column::text("region", "Regione", "Regione.").wide(20),
        Column::count("population", "Residenti", "Residenti al 31/12/2024.").not_summed(),
        Column::text("state", "Stato", "Stato nel programma.").wide(16),
        Column::text("cup", "CUP", "CUP.").wide(17),
        Column::count("orders", "Ordini", "Ordini vivi."),
        Column::money("assigned", "Assegnato", "Contributo assegnato."),
        Column::money("available", "Disponibile", "Assegnato e libero."),
        Column::money("reserved", "Prenotato", "Ordini accolti e non ancora inviati."),
        Column::money("committed", "Impegnato da fatturare", "Ordini inviati e non ancora fatturati."),
        Column::money("invoiced", "Fatturato da pagare", "Coperto da fatture e non ancora pagato."),
        Column::money("paid", "Pagato", "Coperto da fatture e pagato."),
    ],
};

/// Sums of some Comuni.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Sums {
    comuni: usize,
    confirmed: usize,
    with_orders: usize,
    /// Assigned, available, reserved, committed, invoiced, paid.
    amounts: [i128; 6],
}

impl Sums {
    fn add(&mut self, place: &Place<'_>) {
        self.comuni += 1;
        self.confirmed += usize::from(place.row.state == ParticipationState::Confirmed);
        self.with_orders += usize::from(place.live > 0);
        self.amounts
            .iter_mut()
            .zip(amounts(place))
            .for_each(|(sum, amount)| *sum += i128::from(amount.cents()));
    }

    fn of<'p>(places: impl Iterator<Item = &'p Place<'p>>) -> Self {
        let mut sums = Self::default();
        places.for_each(|place| sums.add(place));
        sums
    }

    fn used(&self) -> i128 {
        self.amounts[3] + self.amounts[4] + self.amounts[5]
    }

    fn cells(&self) -> Row {
        let mut cells: Row = vec![self.comuni.into(), self.confirmed.into(), self.with_orders.into()];
        cells.extend(self.amounts.map(Cell::cents));
        cells.push(percent(self.used(), self.amounts[0]));
        cells
    }
}

/// The balances of a Comune: assigned, available, reserved, committed, invoiced, paid.
fn amounts(place: &Place<'_>) -> [Money; 6] {
    let held = &place.row.balances;
    let available = held.available().unwrap_or_default();
    [held.assigned, available, held.reserved, held.committed, held.invoiced, held.paid]
}

/// Comuni by what `key` says of them; a row each, in the order of keys. Those without a key are left out.
fn grouped<'f, const N: usize>(
    facts: &Facts<'f>,
    shape: &'static Shape,
    key: impl Fn(&Place<'f>) -> Option<[&'f str; N]>,
) -> Table {
    let mut groups: BTreeMap<[&str; N], Sums> = BTreeMap::new();
    // Neighbours often have the same key: it is looked up once for them all.
    for alike in facts.places.chunk_by(|one, next| key(one) == key(next)) {
        if let Some(key) = alike.first().and_then(&key) {
            let sums = groups.entry(key).or_default();
            alike.iter().for_each(|place| sums.add(place));
        }
    }
    let row = |(key, sums): ([&str; N], Sums)| {
        let mut row: Row = key.into_iter().map(text).collect();
        row.extend(sums.cells());
        row
    };
    Table::new(shape, groups.into_iter().map(row).collect())
}

/// By region.
pub fn regions(facts: &Facts<'_>) -> Table {
    grouped(facts, &REGIONS, |place| Some([&*place.comune.region]))
}

/// By province.
pub fn provinces(facts: &Facts<'_>) -> Table {
    grouped(facts, &PROVINCES, |place| Some([&*place.comune.province, &*place.comune.region]))
}

/// By part of the country.
pub fn mezzogiorno(facts: &Facts<'_>) -> Table {
    grouped(facts, &MEZZOGIORNO, |place| {
        Some([if place.comune.mezzogiorno { "Mezzogiorno" } else { "Resto d'Italia" }])
    })
}

/// Upper ends of the bands of population, and their names.
const POPULATION: [(u32, &str); 6] = [
    (4_999, "1. fino a 4.999"),
    (9_999, "2. da 5.000 a 9.999"),
    (14_999, "3. da 10.000 a 14.999"),
    (19_999, "4. da 15.000 a 19.999"),
    (25_000, "5. da 20.000 a 25.000"),
    (u32::MAX, "6. oltre 25.000"),
];

/// By residents.
pub fn bands(facts: &Facts<'_>) -> Table {
    grouped(facts, &BANDS, |place| {
        let band = POPULATION.iter().find(|(last, _)| place.comune.population <= *last);
        band.map(|(_, name)| [*name])
    })
}

/// By state.
pub fn states(facts: &Facts<'_>) -> Table {
    grouped(facts, &STATES, |place| Some([state_name(place.row.state)]))
}

/// The state of a Comune, in Italian, numbered in the order of its life.
pub(super) const fn state_name(state: ParticipationState) -> &'static str {
    match state {
        ParticipationState::Admitted => "1. ammesso",
        ParticipationState::CupGenerated => "2. CUP generato",
        ParticipationState::Accepted => "3. CUP comunicato",
        ParticipationState::Confirmed => "4. confermato",
        ParticipationState::Excluded => "5. escluso",
        ParticipationState::Revoked => "6. revocato",
    }
}

/// Confirmed Comuni by how much of their grant is used.
pub fn distribution(facts: &Facts<'_>) -> Table {
    grouped(facts, &DISTRIBUTION, |place| {
        let [assigned, _, _, committed, invoiced, paid] =
            amounts(place).map(|amount| i128::from(amount.cents()));
        let used = committed + invoiced + paid;
        let band = match used * 100 {
            _ if place.row.state != ParticipationState::Confirmed || assigned == 0 => return None,
            0 => "1. niente",
            part if part < assigned * 25 => "2. meno di un quarto",
            part if part < assigned * 50 => "3. meno della metà",
            part if part < assigned * 75 => "4. meno di tre quarti",
            part if part < assigned * 100 => "5. tre quarti o più",
            _ => "6. tutto",
        };
        Some([band])
    })
}

/// Every Comune.
pub fn comuni(facts: &Facts<'_>) -> Table {
    let row = |place: &Place<'_>| {
        let mut row: Row = vec![
            text(place.row.comune.to_string()),
            Cell::Text(place.comune.name.clone()),
            Cell::Text(place.comune.province.clone()),
            Cell::Text(place.comune.region.clone()),
            place.comune.population.into(),
            state_name(place.row.state).into(),
            place.row.cup.as_ref().map(ToString::to_string).into(),
            place.live.into(),
        ];
        row.extend(amounts(place).map(Cell::from));
        row
    };
    Table::new(&COMUNI, facts.places.iter().map(row).collect())
}

/// Totals in words.
pub fn summary(facts: &Facts<'_>) -> Table {
    let all = Sums::of(facts.places.iter());
    let south = Sums::of(facts.places.iter().filter(|place| place.comune.mezzogiorno));
    let live_orders = facts.orders.iter().filter(|order| order.state.is_live()).count();
    let of_all = |amount: i128| percent(amount, all.amounts[0]);
    let [assigned, available, reserved, committed, invoiced, paid] = all.amounts;
    let row = |item: &str, count: Cell<'static>, amount: Cell<'static>, percent: Cell<'static>| {
        vec![text(item), count, amount, percent]
    };
    let target = &facts.programme.funding.mezzogiorno_share;
    let rows = vec![
        row("Comuni nel programma", all.comuni.into(), Cell::cents(assigned), Cell::Empty),
        row(
            "Comuni confermati",
            all.confirmed.into(),
            Cell::Empty,
            percent(count(all.confirmed), count(all.comuni)),
        ),
        row(
            "Comuni con almeno un ordine vivo",
            all.with_orders.into(),
            Cell::Empty,
            percent(count(all.with_orders), count(all.comuni)),
        ),
        row("Ordini vivi", live_orders.into(), Cell::Empty, Cell::Empty),
        row("Contributi disponibili", Cell::Empty, Cell::cents(available), of_all(available)),
        row("Prenotato", Cell::Empty, Cell::cents(reserved), of_all(reserved)),
        row("Impegnato da fatturare", Cell::Empty, Cell::cents(committed), of_all(committed)),
        row("Fatturato da pagare", Cell::Empty, Cell::cents(invoiced), of_all(invoiced)),
        row("Pagato", Cell::Empty, Cell::cents(paid), of_all(paid)),
        row(
            "Quota assegnata al Mezzogiorno",
            south.comuni.into(),
            Cell::cents(south.amounts[0]),
            of_all(south.amounts[0]),
        ),
        row(
            "Quota minima del Mezzogiorno secondo il programma",
            Cell::Empty,
            Cell::Empty,
            Cell::Decimal(target.value.scaled()),
        ),
    ];
    Table::new(&SUMMARY, rows)
}

fn count(count: usize) -> i128 {
    i128::try_from(count).unwrap_or(i128::MAX)
}
