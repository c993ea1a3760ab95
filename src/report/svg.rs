// SPDX-License-Identifier: EUPL-1.2
//! A table as a picture: lying bars with their values written out, for screens, screen readers and printers. Rows of bars are told
//! apart by pattern and by name, not by colour alone; title and description say in words what is to be seen.

use std::fmt::Write as _;

use super::show::shown;
use super::table::{Cell, Column, Table};

/// Which columns of a table are drawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chart {
    /// Name of the table.
    pub table: &'static str,
    /// Key of the column that names the rows.
    pub label: &'static str,
    /// Keys of the columns that are drawn: one to three, of one kind.
    pub values: &'static [&'static str],
}

/// Rows drawn at most; the table has them all.
const ROWS_MAX: usize = 40;
/// Letters of a name at most.
const NAME_MAX: usize = 34;
const WIDTH: i128 = 960;
const LEFT: i128 = 250;
/// The longest bar, leaving room for its value.
const LONGEST: i128 = 520;
const BAR: i128 = 16;
const GAP: i128 = 12;
const TOP: i128 = 64;

/// How the bars of a column are filled: plain, with lines, with dots. Names of patterns are those of their table, since a page
/// holds many pictures.
fn fills(name: &str) -> [String; 3] {
    ["#003366".to_owned(), format!("url(#{name}-lines)"), format!("url(#{name}-dots)")]
}

/// Text as XML holds it.
#[must_use]
pub fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\n' | '\t' | '\r' => safe.push(' '),
            _ if letter.is_control() || matches!(letter, '\u{fffe}' | '\u{ffff}') => safe.push('\u{fffd}'),
            _ => safe.push(letter),
        }
    }
    safe
}

/// A cell as a number to be drawn.
fn size(cell: &Cell<'_>) -> i128 {
    match cell {
        Cell::Money(amount) => i128::from(amount.cents()),
        Cell::Count(count) => i128::from(*count),
        Cell::Decimal(scaled) => *scaled,
        Cell::Empty | Cell::Text(_) | Cell::Date(_) | Cell::Moment(_) | Cell::Number(_) => 0,
    }
}

/// The picture of a table; none when it has no rows or no such columns.
#[must_use]
pub fn draw(table: &Table, chart: &Chart) -> Option<String> {
    let place = |key: &str| table.shape.columns.iter().position(|column| column.key == key);
    let label = place(chart.label)?;
    let values: Vec<(usize, &Column)> = chart
        .values
        .iter()
        .filter_map(|key| place(key).map(|place| (place, &table.shape.columns[place])))
        .collect();
    if table.rows.is_empty() || values.is_empty() {
        return None;
    }
    let rows = || table.rows.iter().take(ROWS_MAX);
    let most =
        rows().flat_map(|row| values.iter().map(|(place, _)| size(&row[*place]))).max().unwrap_or(0).max(1);
    let step = BAR * i128::try_from(values.len()).unwrap_or(1) + GAP;
    let height = TOP + step * i128::try_from(rows().count()).unwrap_or(0) + 20;
    let name = table.shape.name;
    let (patterns, fills) = (PATTERNS.replace('@', name), fills(name));
    let mut svg = format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" \
         aria-labelledby=\"{name}-title {name}-desc\" font-family=\"DejaVu Sans, Verdana, Arial, sans-serif\" font-size=\"12\" fill=\"#1a1a1a\">\n\
         <title id=\"{name}-title\">{}</title>\n<desc id=\"{name}-desc\">{}</desc>\n{patterns}\
         <rect width=\"{WIDTH}\" height=\"{height}\" fill=\"#ffffff\"/>\n\
         <text x=\"10\" y=\"22\" font-size=\"16\" font-weight=\"bold\">{}</text>\n",
        escaped(table.shape.title),
        escaped(&description(table, label, &values)),
        escaped(table.shape.title)
    );
    legend(&mut svg, &values, &fills);
    let mut top = TOP;
    for row in rows() {
        bars(&mut svg, row, label, (&values, &fills), (top, most));
        top += step;
    }
    svg.push_str("</svg>\n");
    Some(svg)
}

const PATTERNS: &str = "<defs><pattern id=\"@-lines\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate(45)\">\
    <rect width=\"6\" height=\"6\" fill=\"#cfe0f1\"/><rect width=\"3\" height=\"6\" fill=\"#2e6da4\"/></pattern>\
    <pattern id=\"@-dots\" width=\"6\" height=\"6\" patternUnits=\"userSpaceOnUse\"><rect width=\"6\" height=\"6\" fill=\"#f3ead6\"/>\
    <circle cx=\"3\" cy=\"3\" r=\"1.6\" fill=\"#7a4b00\"/></pattern></defs>\n";

fn legend(svg: &mut String, values: &[(usize, &Column)], fills: &[String]) {
    let mut left = 10;
    for ((_, column), fill) in values.iter().zip(fills) {
        let _ = writeln!(
            svg,
            "<rect x=\"{left}\" y=\"34\" width=\"22\" height=\"14\" fill=\"{fill}\" stroke=\"#1a1a1a\"/><text x=\"{}\" y=\"46\">{}</text>",
            left + 28,
            escaped(column.title)
        );
        left += 60 + 8 * i128::try_from(column.title.chars().count()).unwrap_or(0);
    }
}

fn bars(
    svg: &mut String,
    row: &[Cell<'_>],
    label: usize,
    (values, fills): (&[(usize, &Column)], &[String]),
    (top, most): (i128, i128),
) {
    let name = shown(&row[label]);
    let mut short: String = name.chars().take(NAME_MAX).collect();
    if short.len() < name.len() {
        short.push('…');
    }
    let _ = writeln!(
        svg,
        "<text x=\"{}\" y=\"{}\" text-anchor=\"end\">{}</text>",
        LEFT - 8,
        top + 13,
        escaped(&short)
    );
    for (number, ((place, column), fill)) in (0..).zip(values.iter().zip(fills)) {
        let cell = &row[*place];
        let length = (size(cell).max(0) * LONGEST / most).max(1);
        let (y, value) = (top + BAR * number, shown(cell));
        let _ = writeln!(
            svg,
            "<g><title>{}: {} {}</title><rect x=\"{LEFT}\" y=\"{y}\" width=\"{length}\" height=\"{}\" fill=\"{fill}\" stroke=\"#1a1a1a\" \
             stroke-width=\"0.5\"/><text x=\"{}\" y=\"{}\">{}</text></g>",
            escaped(&name),
            escaped(column.title),
            escaped(&value),
            BAR - 2,
            LEFT + length + 6,
            y + 12,
            escaped(&value)
        );
    }
}

/// What is to be seen, in words: the tallest row of each column, and where all values stand.
fn description(table: &Table, label: usize, values: &[(usize, &Column)]) -> String {
    let mut words = format!("{} ", table.shape.about);
    for (place, column) in values {
        if let Some(row) = table.rows.iter().max_by_key(|row| size(&row[*place])) {
            let _ = write!(
                words,
                "{}: il valore più alto è {} ({}). ",
                column.title,
                shown(&row[*place]),
                shown(&row[label])
            );
        }
    }
    let drawn = table.rows.len().min(ROWS_MAX);
    let _ = write!(
        words,
        "Righe disegnate: {drawn} di {}; tutti i valori sono nella tabella «{}».",
        table.rows.len(),
        table.shape.name
    );
    words
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::money::Money;
    use crate::report::table::{Shape, text};

    static SHAPE: Shape = Shape {
        name: "regioni",
        title: "Regioni <&>",
        about: "Per regione.",
        columns: &[Column::text("region", "Regione", "-"), Column::money("paid", "Pagato", "-")],
    };
    const CHART: Chart = Chart { table: "regioni", label: "region", values: &["paid"] };

    #[test]
    fn a_picture_is_well_formed_and_tells_its_values_in_words() {
        let rows = vec![
            vec![text("Valle d'Aosta/\"Vallée\" <x>"), Money::from_cents(1_050).into()],
            vec![text("Friuli\u{1}"), Money::from_cents(-5).into()],
        ];
        let svg = draw(&Table::new(&SHAPE, rows), &CHART).unwrap();
        let mut reader = quick_xml::Reader::from_str(&svg);
        while reader.read_event().unwrap() != quick_xml::events::Event::Eof {}
        assert!(svg.contains("10,50 €") && svg.contains("role=\"img\"") && svg.contains("<desc id="));
        assert!(svg.contains("il valore più alto è 10,50 €"));
    }

    #[test]
    fn nothing_is_drawn_of_nothing() {
        assert_eq!(draw(&Table::new(&SHAPE, Vec::new()), &CHART), None);
    }
}
