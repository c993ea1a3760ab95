// SPDX-License-Identifier: EUPL-1.2
//! Orders of the whole programme by direttrice, category, state, supplier, and how their declarations stand.

use std::collections::{BTreeMap, HashMap};

use crate::domain::order_state::OrderState;
use crate::report::table::{Cell, Column, Shape, Table, text};
use crate::rules::RULES;
use crate::store::programme::DECLARATION_RULES;

use super::{Facts, percent};

macro_rules! goods {
    ($shape:ident, $name:literal, $title:literal, $about:literal) => {
        #[doc = $title]
        pub static $shape: Shape = Shape {
            name: $name,
            title: $title,
            about: $about,
            columns: &[
                Column::text("code", "Codice", "Codice nel programma.").wide(12),
                Column::text("name", "Nome", "Nome.").wide(40),
                Column::count("orders", "Ordini", "Ordini vivi con almeno una riga qui.").not_summed(),
                Column::count("comuni", "Comuni", "Comuni con almeno un ordine vivo qui.").not_summed(),
                Column::money("net", "Netto ordinato", "Imponibile degli ordini vivi."),
                Column::decimal("share", "%", "Quota sul netto ordinato.").wide(10),
            ],
        };
    };
}

goods!(DIRETTRICI, "direttrici", "Per direttrice", "Gli ordini vivi, per linea di intervento del programma.");
goods!(
    CATEGORIES,
    "categorie",
    "Per categoria",
    "Gli ordini vivi, per categoria merceologica del programma."
);

/// Orders by state.
pub static ORDER_STATES: Shape = Shape {
    name: "stati_ordini",
    title: "Ordini per stato",
    about: "Tutti gli ordini arrivati, per stato.",
    columns: &[
        Column::text("state", "Stato", "Dove stanno.").wide(30),
        Column::count("orders", "Ordini", "Quanti."),
        Column::money("gross", "Lordo", "Totale degli ordini, IVA compresa.").not_summed(),
    ],
};

/// Suppliers.
pub static SUPPLIERS: Shape = Shape {
    name: "fornitori",
    title: "Concentrazione dei fornitori",
    about: "I cento fornitori con più ordini vivi per importo, e quanta parte del totale fanno insieme.",
    columns: &[
        Column::text("code", "Codice", "Partita IVA o codice fiscale.").wide(16),
        Column::text("name", "Fornitore", "Nome, come scritto in uno degli ordini.").wide(36),
        Column::count("orders", "Ordini", "Ordini vivi."),
        Column::count("comuni", "Comuni", "Comuni che ordinano.").not_summed(),
        Column::money("gross", "Lordo", "Totale degli ordini vivi."),
        Column::decimal("share", "%", "Quota sul totale degli ordini vivi.").wide(10),
        Column::decimal("cumulated", "% cumulata", "Quota di questo fornitore e di quelli sopra.").wide(12),
    ],
};

/// Declarations.
pub static DECLARATIONS: Shape = Shape {
    name: "dichiarazioni",
    title: "Qualità delle dichiarazioni",
    about: "Quanti ordini vivi o incompleti hanno un rilievo aperto su ciascuna regola delle dichiarazioni, all'ultimo giudizio.",
    columns: &[
        Column::text("rule", "Regola", "Regola del catalogo.").wide(10),
        Column::text("title", "Che cosa chiede", "La regola in una riga.").wide(60),
        Column::count("orders", "Ordini", "Ordini vivi o incompleti.").not_summed(),
        Column::count("open", "Con rilievo", "Ordini con un rilievo su questa regola.").not_summed(),
        Column::decimal("share", "%", "Quota con rilievo.").wide(10),
    ],
};

/// Suppliers shown at most.
const SUPPLIERS_MAX: usize = 100;

#[derive(Default)]
struct Sums {
    orders: usize,
    comuni: usize,
    cents: i128,
}

/// Live orders by what `key` makes of a category.
fn goods<'f>(
    facts: &'f Facts<'_>,
    shape: &'static Shape,
    key: impl Fn(&str) -> Option<(&'f str, &'f str)>,
) -> Table {
    let mut groups: BTreeMap<(&str, &str), Sums> = BTreeMap::new();
    // What this Comune, and this order of it, were counted under already.
    let (mut of_comune, mut of_order): (Vec<&str>, Vec<&str>) = (Vec::new(), Vec::new());
    for place in &facts.places {
        of_comune.clear();
        for order in place.live(facts) {
            of_order.clear();
            for (category, net) in &order.categories {
                let known = key(category).unwrap_or(("-", "non riconosciuta"));
                let sums = groups.entry(known).or_default();
                sums.cents += i128::from(net.cents());
                sums.orders += usize::from(is_first(&mut of_order, known.0));
                sums.comuni += usize::from(is_first(&mut of_comune, known.0));
            }
        }
    }
    let all: i128 = groups.values().map(|sums| sums.cents).sum();
    let row = |((code, name), sums): (&(&str, &str), &Sums)| {
        let share = percent(sums.cents, all);
        vec![text(*code), text(*name), sums.orders.into(), sums.comuni.into(), Cell::cents(sums.cents), share]
    };
    Table::new(shape, groups.iter().map(row).collect())
}

/// Whether it was not seen before.
fn is_first<'s>(seen: &mut Vec<&'s str>, one: &'s str) -> bool {
    let is_first = !seen.contains(&one);
    if is_first {
        seen.push(one);
    }
    is_first
}

/// By direttrice.
pub fn direttrici(facts: &Facts<'_>) -> Table {
    let catalogue = &facts.programme.catalogue;
    goods(facts, &DIRETTRICI, |category| {
        let code = &catalogue.category(category)?.direttrice;
        let direttrice = catalogue.direttrici.iter().find(|direttrice| direttrice.code == *code)?;
        Some((&*direttrice.code, &*direttrice.name.it))
    })
}

/// By category.
pub fn categories(facts: &Facts<'_>) -> Table {
    let catalogue = &facts.programme.catalogue;
    goods(facts, &CATEGORIES, |category| {
        let category = catalogue.category(category)?;
        Some((&*category.code, &*category.name.it))
    })
}

/// By state.
pub fn order_states(facts: &Facts<'_>) -> Table {
    let mut groups: HashMap<OrderState, (usize, i128)> = HashMap::new();
    for alike in facts.orders.chunk_by(|one, next| one.state == next.state) {
        let (orders, gross) = groups.entry(alike[0].state).or_default();
        *orders += alike.len();
        *gross += alike.iter().map(|order| i128::from(order.gross.cents())).sum::<i128>();
    }
    let row = |state: &OrderState| {
        let (orders, gross) = groups.get(state)?;
        let name = crate::report::dossier::statement::state_name(*state);
        Some(vec![text(name), (*orders).into(), Cell::cents(*gross)])
    };
    Table::new(&ORDER_STATES, OrderState::ALL.iter().filter_map(row).collect())
}

/// Suppliers, the largest first.
pub fn suppliers(facts: &Facts<'_>) -> Table {
    // Beside its sums, the name it had last and the Comune it was last seen at.
    let mut groups: HashMap<&str, (&str, usize, Sums)> = HashMap::new();
    for (number, place) in (1..).zip(&facts.places) {
        for order in place.live(facts) {
            let (name, last, sums) = groups.entry(&order.supplier).or_default();
            *name = &order.supplier_name;
            sums.orders += 1;
            sums.comuni += usize::from(*last != number);
            sums.cents += i128::from(order.gross.cents());
            *last = number;
        }
    }
    let all: i128 = groups.values().map(|(.., sums)| sums.cents).sum();
    let mut sorted: Vec<_> = groups.into_iter().map(|(code, (name, _, sums))| (code, name, sums)).collect();
    sorted.sort_unstable_by(|one, other| other.2.cents.cmp(&one.2.cents).then(one.0.cmp(other.0)));
    let mut so_far = 0;
    let row = |(code, name, sums): (&str, &str, Sums)| {
        so_far += sums.cents;
        let (share, cumulated) = (percent(sums.cents, all), percent(so_far, all));
        vec![
            text(code),
            text(name),
            sums.orders.into(),
            sums.comuni.into(),
            Cell::cents(sums.cents),
            share,
            cumulated,
        ]
    };
    Table::new(&SUPPLIERS, sorted.into_iter().take(SUPPLIERS_MAX).map(row).collect())
}

/// How the declarations of orders stand.
pub fn declarations(facts: &Facts<'_>) -> Table {
    let (mut all, mut open_by_rule) = (0_usize, [0_usize; DECLARATION_RULES.len()]);
    for order in &facts.orders {
        if order.state.is_live() || order.state == OrderState::Incomplete {
            all += 1;
            open_by_rule.iter_mut().zip(order.lacks).for_each(|(sum, lacks)| *sum += usize::from(lacks));
        }
    }
    let row = |(id, open): (&&str, usize)| {
        let title = RULES.iter().find(|rule| rule.id == *id).map(|rule| rule.title.it.to_string());
        let share = percent(i128::try_from(open).unwrap_or(0), i128::try_from(all).unwrap_or(0));
        vec![text(*id), title.into(), all.into(), open.into(), share]
    };
    Table::new(&DECLARATIONS, DECLARATION_RULES.iter().zip(open_by_rule).map(row).collect())
}
