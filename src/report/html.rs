// SPDX-License-Identifier: EUPL-1.2
//! A report as one page to look at or print: every table, with its picture where it has one. Nothing is loaded from elsewhere.

use std::fmt::Write as _;

use super::Report;
use super::show::shown;
use super::svg::{Chart, draw, escaped};
use super::table::{Cell, Column, Table};
use crate::domain::rome::rome_string;

const STYLE: &str = "body{font-family:\"DejaVu Sans\",Verdana,Arial,sans-serif;color:#1a1a1a;max-width:70rem;margin:2rem auto;padding:0 1rem}\
    h1,h2{color:#003366}table{border-collapse:collapse;width:100%;font-size:.85rem;margin-bottom:2rem}caption{text-align:left;padding:.4rem 0}\
    th,td{border-bottom:1px solid #b8c4d0;padding:.3rem .5rem;text-align:left;vertical-align:top}thead th{background:#003366;color:#fff}\
    .n{text-align:right;white-space:nowrap}tfoot td,tfoot th{font-weight:bold;border-top:2px solid #003366}svg{max-width:100%;height:auto}\
    section{overflow-x:auto}.w{border-left:.4rem solid #8a4b00;padding:.4rem .8rem;background:#fff6e5}\
    @media print{h2{break-after:avoid}tr,svg{break-inside:avoid}body{margin:0;max-width:none}}";

/// The page.
#[must_use]
pub fn page(report: &Report, charts: &[Chart]) -> String {
    let title = escaped(&report.title);
    let mut page = format!(
        "<!DOCTYPE html>\n<html lang=\"it\">\n<head><meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width\">\
         <title>{title}</title><style>{STYLE}</style></head>\n<body>\n<main>\n<h1>{title}</h1>\n\
         <p>Finanziato dall'Unione europea - NextGenerationEU. Situazione al {}.</p>\n",
        rome_string(report.as_of)
    );
    for (name, value) in &report.facts {
        let _ = writeln!(page, "<p><strong>{}</strong>: {}</p>", escaped(name), escaped(value));
    }
    for warning in &report.warnings {
        let _ = writeln!(page, "<p class=\"w\">Attenzione: {}</p>", escaped(warning));
    }
    for table in &report.tables {
        let _ = writeln!(page, "<section>\n<h2>{}</h2>", escaped(table.shape.title));
        let chart = charts.iter().find(|chart| chart.table == table.shape.name);
        page.extend(chart.and_then(|chart| draw(table, chart)));
        write_table(&mut page, table);
        page.push_str("</section>\n");
    }
    page.push_str("</main>\n</body>\n</html>\n");
    page
}

fn write_table(page: &mut String, table: &Table) {
    let columns: Vec<(usize, &Column)> =
        table.shape.columns.iter().enumerate().filter(|(_, column)| column.is_printed).collect();
    let _ = write!(page, "<table>\n<caption>{}</caption>\n<thead><tr>", escaped(table.shape.about));
    for (_, column) in &columns {
        let _ = write!(page, "<th scope=\"col\"{}>{}</th>", class(column), escaped(column.title));
    }
    page.push_str("</tr></thead>\n<tbody>\n");
    for row in &table.rows {
        write_row(page, row, &columns, None);
    }
    page.push_str("</tbody>\n");
    let totals = table.totals();
    if !totals.is_empty() && table.rows.len() > 1 {
        page.push_str("<tfoot>\n");
        write_row(page, &totals.row(), &columns, Some("Totale"));
        page.push_str("</tfoot>\n");
    }
    page.push_str("</table>\n");
}

fn class(column: &Column) -> &'static str {
    if column.kind.is_number() { " class=\"n\"" } else { "" }
}

fn write_row(page: &mut String, row: &[Cell<'_>], columns: &[(usize, &Column)], head: Option<&str>) {
    page.push_str("<tr>");
    for (number, (place, column)) in columns.iter().enumerate() {
        let value = row.get(*place).map(shown).unwrap_or_default();
        let text = head.filter(|_| number == 0).map_or_else(|| escaped(&value), escaped);
        if number == 0 {
            let _ = write!(page, "<th scope=\"row\">{text}</th>");
        } else {
            let _ = write!(page, "<td{}>{text}</td>", class(column));
        }
    }
    page.push_str("</tr>\n");
}
