// SPDX-License-Identifier: EUPL-1.2
//! The report on the whole programme: where the money stands, by place, kind and week; who is stuck and why; what is at risk. It is
//! read on one snapshot ([`Facts`]) and computed from there.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};

use chrono::{DateTime, NaiveDate, Utc};

use crate::app::App;
use crate::domain::budget::Balances;
use crate::domain::istat::IstatCode;
use crate::error::Error;
use crate::flows::reconcile::end_of;
use crate::programme::Programme;
use crate::reference::{Comune, Reference};
use crate::store::Store;
use crate::store::participation::ParticipationRow;
use crate::store::programme::OrderDigest;

use super::Report;
use super::svg::Chart;
use super::table::{Cell, Shape, Table};

pub mod compare;
pub mod kinds;
pub mod places;
pub mod stuck;
pub mod time;

/// Everything that the report rests on.
pub struct Facts<'a> {
    /// The programme.
    pub programme: &'a Programme,
    /// Every Comune of it.
    pub places: Vec<Place<'a>>,
    /// Comuni of it that the reference table does not know.
    pub unknown: usize,
    /// Every order of it.
    pub orders: Vec<OrderDigest>,
    /// When the place of each Comune last changed.
    pub steps: HashMap<IstatCode, DateTime<Utc>>,
    /// An earlier day, and the balances at its end.
    pub then: Option<(NaiveDate, HashMap<IstatCode, Balances>)>,
    /// The moment of the snapshot.
    pub as_of: DateTime<Utc>,
}

/// A Comune in the programme.
pub struct Place<'a> {
    /// Where it stands.
    pub row: ParticipationRow,
    /// What is known of it.
    pub comune: &'a Comune,
    /// Its orders, by their places.
    orders: Vec<usize>,
    /// How many of them are live.
    live: usize,
}

/// What the schema of the report is called.
pub const TITLE: &str = "Stato del programma";

impl<'a> Place<'a> {
    /// A Comune with its orders, told by their places among all.
    #[must_use]
    pub fn new(row: ParticipationRow, comune: &'a Comune, orders: Vec<usize>, all: &[OrderDigest]) -> Self {
        let live = orders.iter().filter(|order| all[**order].state.is_live()).count();
        Self { row, comune, orders, live }
    }

    /// Its live orders.
    pub(super) fn live<'f>(&'f self, facts: &'f Facts<'_>) -> impl Iterator<Item = &'f OrderDigest> {
        self.orders.iter().map(|order| &facts.orders[*order]).filter(|order| order.state.is_live())
    }
}

/// Every table of the report, in its order.
pub static SHAPES: &[&Shape] = &[
    &places::SUMMARY,
    &places::REGIONS,
    &places::PROVINCES,
    &places::MEZZOGIORNO,
    &places::BANDS,
    &places::STATES,
    &kinds::DIRETTRICI,
    &kinds::CATEGORIES,
    &kinds::ORDER_STATES,
    &kinds::SUPPLIERS,
    &kinds::DECLARATIONS,
    &time::WEEKS,
    &time::DEADLINES,
    &stuck::STUCK,
    &stuck::REASONS,
    &places::DISTRIBUTION,
    &compare::COMPARISON,
    &places::COMUNI,
];

/// What is drawn.
pub const CHARTS: &[Chart] = &[
    Chart { table: "regioni", label: "region", values: &["assigned", "committed", "paid"] },
    Chart { table: "province", label: "province", values: &["assigned", "committed", "paid"] },
    Chart { table: "mezzogiorno", label: "area", values: &["assigned", "committed", "paid"] },
    Chart { table: "fasce", label: "band", values: &["assigned", "committed", "paid"] },
    Chart { table: "stati_comuni", label: "state", values: &["comuni"] },
    Chart { table: "direttrici", label: "name", values: &["net"] },
    Chart { table: "categorie", label: "name", values: &["net"] },
    Chart { table: "stati_ordini", label: "state", values: &["orders"] },
    Chart { table: "fornitori", label: "name", values: &["gross"] },
    Chart { table: "dichiarazioni", label: "rule", values: &["open"] },
    Chart { table: "settimane", label: "week", values: &["received", "live"] },
    Chart { table: "motivi", label: "why", values: &["comuni"] },
    Chart { table: "distribuzione", label: "band", values: &["comuni"] },
];

/// Reads everything on a store that does not change meanwhile; with an earlier day, what was booked until its end.
///
/// # Errors
/// When the store cannot be read.
pub async fn gather<'a>(
    app: &'a App,
    store: &Store,
    earlier: Option<NaiveDate>,
    as_of: DateTime<Utc>,
) -> Result<Facts<'a>, Error> {
    let programme = &app.programme;
    let rows = store.all_participations(&programme.id).await?;
    let orders = store.order_digests(&programme.id).await?;
    let steps = store.last_steps(&programme.id).await?;
    let then = match earlier {
        None => None,
        Some(day) => Some((day, balances_then(store, &programme.id, end_of(day)).await?)),
    };
    let listed = rows.len();
    let places = places_of(&app.reference, rows, &orders);
    let unknown = listed - places.len();
    Ok(Facts { programme, places, unknown, orders, steps, then, as_of })
}

/// The Comuni with their orders. One that the reference table in use does not know has no name and no region, and is left out;
/// the report says so.
fn places_of<'a>(
    reference: &'a Reference,
    rows: Vec<ParticipationRow>,
    orders: &[OrderDigest],
) -> Vec<Place<'a>> {
    let mut of_comune: HashMap<IstatCode, Vec<usize>> = HashMap::new();
    for (place, order) in orders.iter().enumerate() {
        of_comune.entry(order.comune).or_default().push(place);
    }
    let place = |row: ParticipationRow| {
        let comune = reference.comuni.by_istat(&row.comune)?;
        let own = of_comune.remove(&row.comune).unwrap_or_default();
        Some(Place::new(row, comune, own, orders))
    };
    rows.into_iter().filter_map(place).collect()
}

async fn balances_then(
    store: &Store,
    programme: &str,
    before: DateTime<Utc>,
) -> Result<HashMap<IstatCode, Balances>, Error> {
    let mut all: HashMap<IstatCode, Balances> = HashMap::new();
    for (comune, kind, amount) in store.booked_before(programme, before).await? {
        all.entry(comune).or_default().add_sum(kind, amount);
    }
    Ok(all)
}

/// The whole report.
#[must_use]
pub fn report(facts: &Facts<'_>) -> Report {
    let mut warnings = Vec::new();
    if facts.places.iter().any(|place| place.row.synthetic) {
        warnings.push("gli importi assegnati vengono da un elenco sintetico: non sono dati reali".to_owned());
    }
    if !facts.programme.official {
        warnings.push("alcune regole del programma non sono tratte da un atto ufficiale".to_owned());
    }
    if facts.unknown > 0 {
        warnings.push(format!(
            "Comuni del programma che la tabella in uso non conosce, e che qui mancano: {}",
            facts.unknown
        ));
    }
    if facts.places.is_empty() {
        warnings.push("il programma non ha ancora nessun Comune".to_owned());
    }
    let tables = computed(facts);
    Report {
        kind: "programme",
        title: format!("Stato del programma {}", facts.programme.name.it),
        facts: facts.told(),
        warnings,
        as_of: facts.as_of,
        tables,
    }
}

/// What computes each table, in the order of [`SHAPES`].
const TABLES: [fn(&Facts<'_>) -> Table; 18] = [
    places::summary,
    places::regions,
    places::provinces,
    places::mezzogiorno,
    places::bands,
    places::states,
    kinds::direttrici,
    kinds::categories,
    kinds::order_states,
    kinds::suppliers,
    kinds::declarations,
    time::weeks,
    time::deadlines,
    stuck::stuck,
    stuck::reasons,
    places::distribution,
    compare::comparison,
    places::comuni,
];

/// All tables, computed on two threads: none needs another. Each thread takes the last one that nobody took, as the longest lists
/// are at the end.
fn computed(facts: &Facts<'_>) -> Vec<Table> {
    let left = AtomicUsize::new(TABLES.len());
    let take = || -> Vec<(usize, Table)> {
        let one_less = || left.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1));
        std::iter::from_fn(|| one_less().ok()).map(|left| (left - 1, TABLES[left - 1](facts))).collect()
    };
    let mut tables = std::thread::scope(|scope| {
        let other = scope.spawn(take);
        let mut own = take();
        own.extend(other.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic)));
        own
    });
    tables.sort_unstable_by_key(|(place, _)| *place);
    tables.into_iter().map(|(_, table)| table).collect()
}

impl Facts<'_> {
    fn told(&self) -> Vec<(&'static str, String)> {
        let mut told = vec![
            ("Programma", format!("{} - {}", self.programme.name.it, self.programme.measure)),
            ("Comuni", self.places.len().to_string()),
            ("Ordini", self.orders.len().to_string()),
        ];
        if let Some((day, _)) = &self.then {
            told.push(("Confrontato con il", day.format("%d/%m/%Y").to_string()));
        }
        told
    }
}

/// A part of a whole in percent, with two decimals, as decimals are scaled; nothing of nothing.
pub(super) fn percent(part: i128, whole: i128) -> Cell<'static> {
    if whole == 0 {
        return Cell::Empty;
    }
    let hundredths = (part * 10_000 + whole / 2) / whole;
    Cell::Decimal(hundredths * 1_000_000)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tables_come_in_the_order_of_their_shapes() {
        let programme = Programme::embedded("risorse-in-comune").unwrap();
        let facts = Facts {
            programme: &programme,
            places: Vec::new(),
            unknown: 0,
            orders: Vec::new(),
            steps: HashMap::new(),
            then: None,
            as_of: DateTime::UNIX_EPOCH,
        };
        let computed: Vec<&str> = report(&facts).tables.iter().map(|table| table.shape.name).collect();
        let shapes: Vec<&str> = SHAPES.iter().map(|shape| shape.name).collect();
        assert_eq!(computed, shapes);
    }
}
