// SPDX-License-Identifier: EUPL-1.2
//! Orders of the whole programme by direttrica, category, state, supplier, and how their declarations stand.

use std::collections::{BTreeMap, HashMap, HashSet};

use crate::domain::istat::IstatCode;
use crate::domain::order_state::OrderState;
use crate::report::table::{Cell, Column, Shape, Table, text};
use crate::rules::RULES;
use crate::store::programme::{DECLARATION_RULES, OrderDigest};

use super::{Facts, money, percent};

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
        Column::text("name", "Fornitore", "Nome, come scritto nell'ultimo ordine.").wide(36),
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
        Column::count("open", "Con rilievo", "Ordini con un rilievo aperto."),
        Column::decimal("share", "%", "Quota con rilievo.").wide(10),
    ],
};

/// Suppliers shown at most.
const SUPPLIERS_MAX: usize = 100;

#[derive(Default)]
struct Sums {
    orders: usize,
    comuni: HashSet<IstatCode>,
    net: i128,
}

fn live<'f>(facts: &'f Facts<'_>) -> impl Iterator<Item = &'f OrderDigest> {
    facts.orders.iter().filter(|order| order.state.is_live())
}

/// Live orders by what `key` makes of a category.
fn goods<'f>(
    facts: &'f Facts<'_>,
    shape: &'static Shape,
    key: impl Fn(&str) -> Option<(&'f str, &'f str)>,
) -> Table {
    let mut groups: BTreeMap<(&str, &str), Sums> = BTreeMap::new();
    for order in live(facts) {
        let mut seen: Vec<&str> = Vec::new();
        for (category, net) in &order.categories {
            let known = key(category).unwrap_or(("-", "non riconosciuta"));
            let sums = groups.entry(known).or_default();
            sums.net += i128::from(net.cents());
            sums.comuni.insert(order.comune);
            if !seen.contains(&known.0) {
                sums.orders += 1;
                seen.push(known.0);
            }
        }
    }
    let all: i128 = groups.values().map(|sums| sums.net).sum();
    let row = |((code, name), sums): (&(&str, &str), &Sums)| {
        vec![
            text(*code),
            text(*name),
            sums.orders.into(),
            sums.comuni.len().into(),
            money(sums.net),
            percent(sums.net, all),
        ]
    };
    Table::new(shape, groups.iter().map(row).collect())
}

/// By direttrica.
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
    let row = |state: &OrderState| {
        let of_state = || facts.orders.iter().filter(|order| order.state == *state);
        let gross = of_state().map(|order| i128::from(order.gross.cents())).sum();
        vec![
            text(crate::report::dossier::statement::state_name(*state)),
            of_state().count().into(),
            money(gross),
        ]
    };
    let rows = OrderState::ALL.iter().map(row).filter(|row| row[1] != Cell::Count(0));
    Table::new(&ORDER_STATES, rows.collect())
}

/// Suppliers, the largest first.
pub fn suppliers(facts: &Facts<'_>) -> Table {
    let mut groups: HashMap<&str, (&str, Sums)> = HashMap::new();
    for order in live(facts) {
        let (name, sums) = groups.entry(&order.supplier).or_default();
        *name = &order.supplier_name;
        sums.orders += 1;
        sums.comuni.insert(order.comune);
        sums.net += i128::from(order.gross.cents());
    }
    let all: i128 = groups.values().map(|(_, sums)| sums.net).sum();
    let mut sorted: Vec<_> = groups.into_iter().collect();
    sorted.sort_by(|one, other| other.1.1.net.cmp(&one.1.1.net).then(one.0.cmp(other.0)));
    let mut so_far = 0;
    let row = |(code, (name, sums)): (&str, (&str, Sums))| {
        so_far += sums.net;
        vec![
            text(code),
            text(name),
            sums.orders.into(),
            sums.comuni.len().into(),
            money(sums.net),
            percent(sums.net, all),
            percent(so_far, all),
        ]
    };
    Table::new(&SUPPLIERS, sorted.into_iter().take(SUPPLIERS_MAX).map(row).collect())
}

/// How the declarations of orders stand.
pub fn declarations(facts: &Facts<'_>) -> Table {
    let looked_at =
        || facts.orders.iter().filter(|order| order.state.is_live() || order.state == OrderState::Incomplete);
    let all = looked_at().count();
    let row = |(place, id): (usize, &&str)| {
        let open = looked_at().filter(|order| order.lacks[place]).count();
        let title = RULES.iter().find(|rule| rule.id == *id).map(|rule| rule.title.it.to_string());
        let share = percent(i128::try_from(open).unwrap_or(0), i128::try_from(all).unwrap_or(0));
        vec![text(*id), title.into(), all.into(), open.into(), share]
    };
    Table::new(&DECLARATIONS, DECLARATION_RULES.iter().enumerate().map(row).collect())
}
