// SPDX-License-Identifier: EUPL-1.2
//! Tables on pages: columns as wide as they ask for, the head again on every page, rows that are never parted.

use super::font::{Length, Weight, wrap};
use super::page::{MARGIN, Meaning, Node, Pages, Stroke, Tone};
use crate::report::show::shown;
use crate::report::table::{Cell, Column, Kind, Row, Table};

/// White above and below the lines of a cell.
const PADDING: Length = 170;
/// White at each side of a cell.
const SIDE: Length = 260;
/// Letters of a word that are kept together where they can be: as many as a CUP has, and some.
const WORD_MAX: usize = 17;
/// The size of letters where all columns fit, and the least one.
const SIZE: Length = 750;
const SIZE_MIN: Length = 520;
/// What stands for nothing: a cell without a mark would be lost to a screen reader.
const NOTHING: &str = "–";
const CUT: &str = "… (il testo intero è nei dati)";

/// The printed columns of a table and where they stand.
struct Grid<'t> {
    columns: Vec<(usize, &'t Column)>,
    lefts: Vec<Length>,
    widths: Vec<Length>,
    size: Length,
}

impl<'t> Grid<'t> {
    fn new(pages: &Pages<'_>, columns: &'t [Column], rows: &[Row], totals: &Row) -> Self {
        let columns: Vec<_> = columns.iter().enumerate().filter(|(_, column)| column.is_printed).collect();
        let needs = |size: Length| -> Vec<Length> {
            columns.iter().map(|(place, column)| need(pages, rows, totals, (*place, column), size)).collect()
        };
        // The largest letters with which no word of a head and no number has to be parted.
        let fits = |size: &Length| needs(*size).iter().sum::<Length>() <= Pages::width();
        let size = (SIZE_MIN..=SIZE).rev().step_by(46).find(fits).unwrap_or(SIZE_MIN);
        let needs = needs(size);
        let left = (Pages::width() - needs.iter().sum::<Length>()).max(0);
        // What is left goes to words: numbers and days have what they need.
        let has_words = columns.iter().any(|(_, column)| column.kind == Kind::Text);
        let weight = |column: &Column| {
            if has_words && column.kind != Kind::Text { 0 } else { Length::from(column.width) }
        };
        let wanted: Length = columns.iter().map(|(_, column)| weight(column)).sum();
        let share =
            |(need, (_, column)): (&Length, &(usize, &Column))| need + left * weight(column) / wanted.max(1);
        let widths: Vec<Length> = needs.iter().zip(&columns).map(share).collect();
        let start = |left: &mut Length, width: &Length| {
            let here = *left;
            *left += width;
            Some(here)
        };
        let lefts = widths.iter().scan(MARGIN, start).collect();
        Self { columns, lefts, widths, size }
    }

    fn leading(&self) -> Length {
        self.size * 13 / 10
    }

    /// The lines of each printed cell of a row.
    fn lines(
        &self,
        pages: &Pages<'_>,
        texts: impl Iterator<Item = String>,
        weight: Weight,
    ) -> Vec<Vec<String>> {
        let most = ((Pages::tallest() - 2 * PADDING) / self.leading() / 3).max(1);
        let most = usize::try_from(most).unwrap_or(1);
        let widths = self.widths.iter();
        widths
            .zip(texts)
            .map(|(width, text)| {
                let text = if text.is_empty() { NOTHING.to_owned() } else { text };
                let mut lines = wrap(pages.fonts.of(weight), &text, self.size, width - 2 * SIDE);
                if lines.len() > most {
                    lines.truncate(most.saturating_sub(1).max(1));
                    lines.push(CUT.to_owned());
                }
                lines
            })
            .collect()
    }

    fn height(&self, cells: &[Vec<String>]) -> Length {
        let most = cells.iter().map(Vec::len).max().unwrap_or(1);
        self.leading() * Length::try_from(most).unwrap_or(1) + 2 * PADDING
    }

    /// Draws the cells of a row at the top; with a meaning they belong to the table, without one they repeat what was said.
    fn draw(
        &self,
        pages: &mut Pages<'_>,
        cells: &[Vec<String>],
        style: Style,
        meaning: Option<&Meaning>,
    ) -> Vec<Node> {
        let height = self.height(cells);
        let (top, size) = (pages.top, self.size);
        if let Some(tone) = style.ground {
            pages.decorate(Stroke::Fill { left: MARGIN, top, width: Pages::width(), height, tone });
        }
        let mut row = Vec::new();
        for (place, cell) in cells.iter().enumerate() {
            let (left, width) = (self.lefts[place], self.widths[place]);
            let is_right = self.columns[place].1.kind.is_number();
            let mut leaves = Vec::new();
            for (line, text) in (0..).zip(cell) {
                let base = top + PADDING + self.leading() * line + size;
                let wide = pages.fonts.of(style.weight).width(text.trim_end(), size);
                let from = if is_right { left + width - SIDE - wide } else { left + SIDE };
                let text = text.clone();
                let stroke =
                    Stroke::Text { left: from, base, size, weight: style.weight, tone: style.ink, text };
                match meaning {
                    Some(_) => leaves.push(pages.put(stroke)),
                    None => pages.decorate(stroke),
                }
            }
            row.extend(meaning.map(|meaning| Node::Branch(meaning.clone(), leaves)));
        }
        pages.top += height;
        row
    }
}

/// The width that a column needs: words of its head, numbers, days and codes are not parted.
fn need(
    pages: &Pages<'_>,
    rows: &[Row],
    totals: &Row,
    (place, column): (usize, &Column),
    size: Length,
) -> Length {
    let (bold, regular) = (pages.fonts.of(Weight::Bold), pages.fonts.of(Weight::Regular));
    let head = column.title.split(' ').map(|word| bold.width(word, size)).max().unwrap_or(0);
    let cells = rows.iter().chain([totals]).filter_map(|row| row.get(place));
    let of_cell = |cell: &Cell<'_>| {
        let shown = shown(cell);
        if column.kind != Kind::Text {
            return bold.width(&shown, size);
        }
        let codes = shown.split_whitespace().filter(|word| word.chars().count() <= WORD_MAX);
        codes.map(|word| regular.width(word, size)).max().unwrap_or(0)
    };
    head.max(cells.map(of_cell).max().unwrap_or(0)) + 2 * SIDE
}

/// How a row looks.
#[derive(Clone, Copy)]
struct Style {
    weight: Weight,
    ink: Tone,
    ground: Option<Tone>,
}

const HEAD: Style = Style { weight: Weight::Bold, ink: Tone::White, ground: Some(Tone::Blue) };
const PLAIN: Style = Style { weight: Weight::Regular, ink: Tone::Black, ground: None };
const STRIPE: Style = Style { ground: Some(Tone::Pale), ..PLAIN };
const TOTAL: Style = Style { weight: Weight::Bold, ..STRIPE };

/// Prints so many rows of a table at most; one without rows is told to have none.
pub(super) fn print(pages: &mut Pages<'_>, table: &Table, rows_max: usize) {
    if table.rows.is_empty() {
        pages.paragraph("Nessuna riga.", Weight::Regular, SIZE);
        return;
    }
    let totals = table.totals();
    let sums = (!totals.is_empty() && table.rows.len() > 1).then(|| totals.row());
    let rows = &table.rows[..table.rows.len().min(rows_max)];
    let is_cut = rows.len() < table.rows.len();
    let count = |rows: usize| shown(&Cell::from(rows)).into_owned();
    let (printed, all) = (count(rows.len()), count(table.rows.len()));
    if is_cut {
        let told =
            format!("Stampate le prime {printed} righe su {all}: tutte sono nei file XLSX, CSV e JSON.");
        pages.paragraph(&told, Weight::Bold, SIZE);
    }
    let grid = Grid::new(pages, table.shape.columns, rows, &totals.row());
    let heads = grid.columns.iter().map(|(_, column)| column.title.to_owned());
    let heads = grid.lines(pages, heads, Weight::Bold);
    pages.make_room(grid.height(&heads) * 3);
    let head = grid.draw(pages, &heads, HEAD, Some(&Meaning::HeadCell));
    let mut body = Vec::with_capacity(rows.len());
    for (number, row) in rows.iter().enumerate() {
        let style = if number % 2 == 0 { PLAIN } else { STRIPE };
        // The sums stand on the page of the last row.
        let with = if number + 1 == rows.len() && sums.is_some() { grid.leading() + 2 * PADDING } else { 0 };
        body.push(grid_row(pages, &grid, &heads, row, style, with));
    }
    let mut parts = vec![
        Node::Branch(Meaning::Head, vec![Node::Branch(Meaning::Row, head)]),
        Node::Branch(Meaning::Body, body),
    ];
    if let Some(mut sums) = sums {
        if let Some((first, _)) = grid.columns.first()
            && let Some(cell) = sums.get_mut(*first)
            && *cell == Cell::Empty
        {
            *cell =
                if is_cut { format!("Totale di tutte le {all} righe").into() } else { Cell::from("Totale") };
        }
        let row = grid_row(pages, &grid, &heads, &sums, TOTAL, 0);
        parts.push(Node::Branch(Meaning::Foot, vec![row]));
    }
    pages.tree.push(Node::Branch(Meaning::Table { summary: table.shape.about.to_owned() }, parts));
    pages.top += 700;
}

/// Draws a row, with so much room kept below it.
fn grid_row(
    pages: &mut Pages<'_>,
    grid: &Grid<'_>,
    heads: &[Vec<String>],
    row: &Row,
    style: Style,
    below: Length,
) -> Node {
    let texts = grid
        .columns
        .iter()
        .map(|(place, _)| row.get(*place).map_or_else(String::new, |cell| shown(cell).into_owned()));
    let cells = grid.lines(pages, texts, style.weight);
    if pages.make_room(grid.height(&cells) + below) {
        grid.draw(pages, heads, HEAD, None);
    }
    let cells = grid.draw(pages, &cells, style, Some(&Meaning::Cell));
    Node::Branch(Meaning::Row, cells)
}
