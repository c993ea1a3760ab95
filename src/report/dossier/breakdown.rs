// SPDX-License-Identifier: EUPL-1.2
//! What was ordered, invoiced and paid by direttrice, category, title of spending and supplier. An order's amounts are shared out
//! to its lines in proportion, to the last cent: the rows of each table come to the same totals.

use std::collections::BTreeMap;

use crate::documents::ReadOrder;
use crate::domain::found::Found;
use crate::domain::money::Money;
use crate::domain::share::share;
use crate::programme::{FoundSheet, Programme, SheetKind, SpendingTitle};
use crate::report::table::{Cell, Column, Row, Shape, Table, text};
use crate::store::orders::OrderRow;

use super::{OrderPaper, Papers};

macro_rules! breakdown {
    ($shape:ident, $name:literal, $title:literal, $about:literal, $($first:expr),+) => {
        #[doc = $title]
        pub static $shape: Shape = Shape {
            name: $name,
            title: $title,
            about: concat!($about, " Gli importi di un ordine sono ripartiti fra le sue righe in proporzione, al centesimo."),
            columns: &[
                $($first,)+
                Column::count("orders", "Ordini", "Ordini vivi con almeno una riga qui.").not_summed(),
                Column::money("net", "Netto", "Imponibile ordinato."),
                Column::money("vat", "IVA", "Imposta ordinata."),
                Column::money("gross", "Lordo", "Totale ordinato, IVA compresa."),
                Column::money("of_grant", "Di cui contributo", "Quota a carico del contributo."),
                Column::money("own_funds", "Di cui fondi propri", "Quota che il Comune paga con fondi propri."),
                Column::money("invoiced", "Fatturato", "Quota del contributo coperta da fatture, pagata o no."),
                Column::money("paid", "Pagato", "Quota del contributo pagata."),
            ],
        };
    };
}

breakdown!(
    DIRETTRICI,
    "direttrici",
    "Spesa per direttrice",
    "Gli ordini vivi, per linea di intervento del programma.",
    Column::text("code", "Codice", "Codice della direttrice nel programma.").wide(14),
    Column::text("name", "Direttrice", "Nome della direttrice.").wide(36)
);
breakdown!(
    CATEGORIES,
    "categorie",
    "Spesa per categoria",
    "Gli ordini vivi, per categoria merceologica del programma.",
    Column::text("code", "Codice", "Codice della categoria nel programma.").wide(14),
    Column::text("name", "Categoria", "Nome della categoria.").wide(36)
);
breakdown!(
    TITLES,
    "titoli",
    "Spesa per titolo",
    "Gli ordini vivi, per titolo di spesa del bilancio.",
    Column::text("title", "Titolo", "Titolo di spesa: corrente o in conto capitale.").wide(40)
);
breakdown!(
    SUPPLIERS,
    "fornitori",
    "Spesa per fornitore",
    "Gli ordini vivi, per fornitore.",
    Column::text("code", "Codice", "Partita IVA o codice fiscale.").wide(16),
    Column::text("name", "Fornitore", "Nome del fornitore, come scritto nell'ultimo ordine.").wide(36)
);

/// The amounts of a row, in the order of the columns.
const AMOUNTS: usize = 7;

/// What an order comes to in one category and kind of goods.
struct Slice<'p> {
    sheet: Option<FoundSheet<'p>>,
    amounts: [Money; AMOUNTS],
}

/// Slices of an order; together they come to the order.
fn slices<'p>(programme: &'p Programme, row: &OrderRow, paper: &OrderPaper) -> Vec<Slice<'p>> {
    let groups = paper.read.as_ref().map_or_else(Vec::new, |read| groups(programme, read));
    // An order that can no longer be read is one slice of nothing known.
    let groups = if groups.is_empty() { vec![(None, 1, 1)] } else { groups };
    let nets: Vec<i128> = groups.iter().map(|(_, net, _)| *net).collect();
    let taxes: Vec<i128> = groups.iter().map(|(_, _, tax)| *tax).collect();
    let net = share(row.net.unwrap_or_default(), &nets);
    let vat =
        share(row.vat.unwrap_or_default(), if taxes.iter().any(|tax| *tax > 0) { &taxes } else { &nets });
    let both = |(net, vat): (&Money, &Money)| i128::from(net.cents()) + i128::from(vat.cents());
    let weights: Vec<i128> = net.iter().zip(&vat).map(both).collect();
    let covered = row.spending.covered();
    let whole = [row.gross.unwrap_or_default(), row.reserved, row.own_funds, covered, row.spending.paid];
    let [gross, held, own, covered, paid] = whole.map(|amount| share(amount, &weights));
    let part = |(place, (sheet, ..)): (usize, (Option<FoundSheet<'p>>, i128, i128))| Slice {
        sheet,
        amounts: [&net, &vat, &gross, &held, &own, &covered, &paid].map(|parts| parts[place]),
    };
    groups.into_iter().enumerate().map(part).collect()
}

/// The lines of an order by category and kind of goods, with their net amount and what they weigh for VAT.
fn groups<'p>(programme: &'p Programme, read: &ReadOrder) -> Vec<(Option<FoundSheet<'p>>, i128, i128)> {
    let mut groups: Vec<(Option<FoundSheet<'p>>, i128, i128)> = Vec::new();
    for line in &read.order.lines {
        let cpv = line.cpv.as_ref().and_then(Found::ok);
        let sheet = programme.catalogue.sheet_for_line(&line.name, cpv).sheet();
        let net = i128::from(line.net_amount.unwrap_or_default().cents());
        let tax = net.saturating_mul(line.vat_rate.map_or(0, |rate| rate.scaled()));
        let key = |sheet: &Option<FoundSheet<'_>>| {
            sheet.map(|found| (found.category.code.clone(), found.sheet.kind))
        };
        match groups.iter_mut().find(|(known, ..)| key(known) == key(&sheet)) {
            Some((_, nets, taxes)) => (*nets, *taxes) = (nets.saturating_add(net), taxes.saturating_add(tax)),
            None => groups.push((sheet, net, tax)),
        }
    }
    groups
}

/// Sums of slices, by whatever they are grouped by.
#[derive(Default)]
struct Sums {
    orders: usize,
    amounts: [i128; AMOUNTS],
}

/// The rows of a table: first cells and sums, in the order of the first cells.
fn rows(papers: &Papers<'_>, name: impl Fn(&OrderRow, Option<FoundSheet<'_>>) -> Vec<String>) -> Vec<Row> {
    let mut groups: BTreeMap<Vec<String>, Sums> = BTreeMap::new();
    for (_, row, paper) in papers.live() {
        let mut seen: Vec<Vec<String>> = Vec::new();
        for slice in slices(papers.programme, row, paper) {
            let key = name(row, slice.sheet);
            let sums = groups.entry(key.clone()).or_default();
            let more = slice.amounts.iter();
            sums.amounts.iter_mut().zip(more).for_each(|(sum, amount)| *sum += i128::from(amount.cents()));
            if !seen.contains(&key) {
                sums.orders += 1;
                seen.push(key);
            }
        }
    }
    let row = |(key, sums): (Vec<String>, Sums)| {
        let mut cells: Row = key.into_iter().map(text).collect();
        cells.push(sums.orders.into());
        cells.extend(sums.amounts.map(Cell::cents));
        cells
    };
    groups.into_iter().map(row).collect()
}

/// What stands where no sheet of the catalogue is known.
const UNKNOWN: &str = "non riconosciuta";

fn pair(code: Option<&str>, name: Option<&str>) -> Vec<String> {
    vec![code.unwrap_or("-").to_owned(), name.unwrap_or(UNKNOWN).to_owned()]
}

/// By direttrice.
pub fn direttrici(papers: &Papers<'_>) -> Table {
    let rows = rows(papers, |_, sheet| {
        let code = sheet.map(|found| found.category.direttrice.as_str());
        let known = papers.programme.catalogue.direttrici.iter();
        let name =
            known.clone().find(|direttrice| Some(&*direttrice.code) == code).map(|known| &*known.name.it);
        pair(code, name)
    });
    Table::new(&DIRETTRICI, rows)
}

/// By category.
pub fn categories(papers: &Papers<'_>) -> Table {
    let rows = rows(papers, |_, sheet| {
        let category = sheet.map(|found| found.category);
        pair(category.map(|category| &*category.code), category.map(|category| &*category.name.it))
    });
    Table::new(&CATEGORIES, rows)
}

/// By title of spending.
pub fn titles(papers: &Papers<'_>) -> Table {
    let rows = rows(papers, |_, sheet| {
        let title = sheet.map(|found| title_of(papers.programme, found.sheet.kind));
        vec![title.map_or_else(|| "titolo da stabilire".to_owned(), |title| title.label_it().to_owned())]
    });
    Table::new(&TITLES, rows)
}

/// The title of spending under which goods or services stand.
pub(super) const fn title_of(programme: &Programme, kind: SheetKind) -> SpendingTitle {
    match kind {
        SheetKind::Good => programme.funding.goods_title.value,
        SheetKind::Service => programme.funding.services_title.value,
    }
}

/// By supplier.
pub fn suppliers(papers: &Papers<'_>) -> Table {
    let mut names: BTreeMap<&str, &str> = BTreeMap::new();
    for (_, row, _) in papers.live() {
        names.insert(&row.supplier, row.supplier_name.as_deref().unwrap_or_default());
    }
    let rows = rows(papers, |row, _| {
        vec![row.supplier.clone(), names.get(&*row.supplier).copied().unwrap_or_default().to_owned()]
    });
    Table::new(&SUPPLIERS, rows)
}
