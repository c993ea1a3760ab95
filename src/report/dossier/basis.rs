// SPDX-License-Identifier: EUPL-1.2
//! On what the figures rest: version of the program, rules, programme, catalogue and tables, each with its fingerprint, and every
//! datum of the programme that is not official.

use crate::domain::text::Text;
use crate::programme::{Datum, Programme};
use crate::report::table::{Column, Row, Shape, Table, text};
use crate::rules;

use super::Papers;

/// What the figures rest on.
pub static BASIS: Shape = Shape {
    name: "base",
    title: "Su che cosa poggiano le cifre",
    about: "Versione del programma, regole, catalogo e tabelle in uso, con la loro impronta; e ogni dato dell'avviso che non è tratto da un atto.",
    columns: &[
        Column::text("what", "Che cosa", "Programma, regola, tabella o dato.").wide(36),
        Column::text("value", "Valore", "Versione, valore o numero di voci.").wide(40),
        Column::text("official", "Ufficiale", "Se è tratto da un atto o da una pagina ufficiale.").wide(9),
        Column::text("source", "Fonte", "Da dove viene.").wide(80),
        Column::text("sha256", "SHA-256", "Impronta del testo.").wide(66).not_printed(),
    ],
};

fn row(
    what: impl Into<String>,
    value: impl Into<String>,
    official: Option<bool>,
    source: &str,
    sha256: &str,
) -> Row {
    let official = official.map(|official| if official { "sì" } else { "no" });
    vec![text(what), text(value), official.into(), text(source), text(sha256)]
}

fn datum<T>(what: &str, datum: &Datum<T>, value: impl Into<String>) -> Row {
    row(what, value, Some(datum.official), &datum.source, "")
}

/// What the figures rest on.
pub fn basis(papers: &Papers<'_>) -> Table {
    let programme = papers.programme;
    let mut rows = vec![
        row("mepa-gateway", env!("CARGO_PKG_VERSION"), None, "versione del programma", ""),
        row("regole", format!("{} regole", rules::RULES.len()), None, "docs/RULES.md", &rules::fingerprint()),
    ];
    rows.extend(
        programme.files.iter().map(|(name, print)| row(*name, "", None, "dati del programma", print)),
    );
    let tables = papers.tables.iter();
    rows.extend(tables.map(|(name, print)| row(*name, "", None, "tabella di riferimento", print)));
    let catalogue = &programme.catalogue;
    let sheets = format!("{} schede in {} categorie", catalogue.sheets.len(), catalogue.categories.len());
    rows.push(row("catalogo", sheets, Some(catalogue.official), &catalogue.source, ""));
    rows.extend(data(programme));
    for window in programme.windows.history() {
        let days = format!("dal {} al {}", window.first.format("%d/%m/%Y"), window.last.format("%d/%m/%Y"));
        let what = format!("finestra degli acquisti {}", window.id);
        rows.push(row(what, days, Some(window.official), &window.source, ""));
    }
    for tranche in &programme.funding.tranches {
        let what = format!("quota: {}", tranche.name.it);
        rows.push(row(
            what,
            format!("fino al {} %", tranche.up_to),
            Some(tranche.official),
            &tranche.source,
            "",
        ));
    }
    for need in &programme.declarations {
        let signers: Vec<&str> = need.signers.iter().map(|signer| signer.label_it()).collect();
        let what = format!("dichiarazione: {}", need.id);
        rows.push(row(what, signers.join(" o "), Some(need.official), &need.source, ""));
    }
    Table::new(&BASIS, rows)
}

/// The single data of the call.
fn data(programme: &Programme) -> Vec<Row> {
    let yes = |value: bool| if value { "sì" } else { "no" };
    let (funding, limits) = (&programme.funding, &programme.thresholds);
    let name = |text: &Text| text.it.to_string();
    vec![
        row("programma", name(&programme.name), Some(programme.official), &programme.measure, ""),
        datum("somma dei contributi", &programme.grant_total, programme.grant_total.value.italian()),
        datum("template del CUP", &programme.cup_template, programme.cup_template.value.clone()),
        datum("suffisso del catalogo", &programme.suffix, programme.suffix.value.clone()),
        datum("tolleranza", &programme.tolerance, programme.tolerance.value.italian()),
        datum("soglia di rotazione", &limits.rotation, limits.rotation.value.italian()),
        datum("soglia dei requisiti", &limits.requirements, limits.requirements.value.italian()),
        datum("soglia dell'affidamento diretto", &limits.direct_award, limits.direct_award.value.italian()),
        datum(
            "il contributo copre l'IVA",
            &funding.grant_includes_vat,
            yes(funding.grant_includes_vat.value),
        ),
        datum(
            "quota del Mezzogiorno",
            &funding.mezzogiorno_share,
            format!("{} %", funding.mezzogiorno_share.value),
        ),
        datum("fondi propri ammessi", &funding.own_funds_allowed, yes(funding.own_funds_allowed.value)),
        datum("titolo di spesa dei beni", &funding.goods_title, funding.goods_title.value.label_it()),
        datum(
            "titolo di spesa dei servizi",
            &funding.services_title,
            funding.services_title.value.label_it(),
        ),
    ]
}
