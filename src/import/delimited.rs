// SPDX-License-Identifier: EUPL-1.2
//! CSV in the forms that offices send: comma, semicolon or tab; UTF-8, UTF-16 or windows-1252; with quotes and blank
//! lines. Blank lines count as rows here, as they do in a spreadsheet, so that a row number can be found again.

use std::borrow::Cow;

use super::budget::Budget;
use super::error::ImportError;
use super::sheet::{Cell, Grid, SheetRow};
use crate::domain::windows_1252;

/// The widest sheet: what lies to the right of it is not looked at.
const COLUMNS: usize = 16_384;

/// Reads the one sheet of a CSV file.
pub(super) fn read(bytes: &[u8], name: &str, budget: &mut Budget) -> Result<Vec<SheetRow>, ImportError> {
    let text = decode(bytes);
    let text = text.strip_prefix('\u{FEFF}').unwrap_or(&text);
    let (delimiter, text) = delimiter(text);
    let mut grid = Grid::default();
    let mut records = Records { rest: text, delimiter };
    let mut row = 0_u32;
    while let Some(fields) = records.next().map_err(|()| unclosed(row))? {
        for (column, field) in (0..).zip(fields) {
            if let Some(cell) = Cell::text(&field) {
                grid.put(row, column, cell, budget)?;
            }
        }
        row = row.saturating_add(1);
    }
    Ok(grid.into_rows(name).collect())
}

fn unclosed(row: u32) -> ImportError {
    ImportError::Corrupt(format!("a quotation mark opened in row {} is never closed", row.saturating_add(1)))
}

/// The text of the bytes: UTF-16 by its mark, UTF-8 when it is that, else windows-1252.
fn decode(bytes: &[u8]) -> Cow<'_, str> {
    let utf_16 = |pair: fn([u8; 2]) -> u16| {
        let units = bytes.chunks_exact(2).filter_map(|pair| <[u8; 2]>::try_from(pair).ok()).map(pair);
        Cow::Owned(char::decode_utf16(units).map(|c| c.unwrap_or(char::REPLACEMENT_CHARACTER)).collect())
    };
    match bytes {
        [0xFF, 0xFE, ..] => utf_16(u16::from_le_bytes),
        [0xFE, 0xFF, ..] => utf_16(u16::from_be_bytes),
        _ => match std::str::from_utf8(bytes) {
            Ok(text) => Cow::Borrowed(text),
            Err(_) => Cow::Owned(bytes.iter().map(|byte| western(*byte)).collect()),
        },
    }
}

/// A byte that has no character is kept as a mark, so that the rest of its row can still be read.
fn western(byte: u8) -> char {
    windows_1252::character(byte).unwrap_or(char::REPLACEMENT_CHARACTER)
}

/// The delimiter that most lines agree about, or the one a first line `sep=` names; and the text to read.
fn delimiter(text: &str) -> (char, &str) {
    if let Some(rest) = text.strip_prefix("sep=") {
        let mut characters = rest.chars();
        if let Some(named) = characters.next() {
            let rest = characters.as_str();
            return (named, rest.strip_prefix("\r\n").or(rest.strip_prefix('\n')).unwrap_or(rest));
        }
    }
    let agreed = [';', '\t', ','].map(|candidate| (agreement(text, candidate), candidate));
    let best = agreed.into_iter().max_by_key(|(agreement, _)| *agreement);
    (best.map_or(',', |(_, candidate)| candidate), text)
}

/// How many of the first lines have the same number of delimiters (not none), and that number.
fn agreement(text: &str, delimiter: char) -> (usize, usize) {
    const LINES: usize = 200;
    let mut counts: Vec<usize> =
        text.lines().take(LINES).map(|line| outside_quotes(line, delimiter)).collect();
    counts.retain(|count| *count > 0);
    counts.sort_unstable();
    let runs = counts.chunk_by(|one, other| one == other);
    runs.map(|run| (run.len(), run[0])).max().unwrap_or_default()
}

fn outside_quotes(line: &str, delimiter: char) -> usize {
    let mut quoted = false;
    line.chars()
        .filter(|c| {
            quoted ^= *c == '"';
            *c == delimiter && !quoted
        })
        .count()
}

/// Cuts a text into records and fields. A quoted field may hold delimiters and line ends.
struct Records<'a> {
    rest: &'a str,
    delimiter: char,
}

impl Records<'_> {
    /// The fields of the next record, `None` at the end, an error when a quotation mark is not closed.
    fn next(&mut self) -> Result<Option<Vec<String>>, ()> {
        if self.rest.is_empty() {
            return Ok(None);
        }
        let mut fields = Vec::new();
        loop {
            let field = self.field()?;
            if fields.len() < COLUMNS {
                fields.push(field);
            }
            let mut characters = self.rest.chars();
            match characters.next() {
                Some(c) if c == self.delimiter => self.rest = characters.as_str(),
                Some('\r') => {
                    let rest = characters.as_str();
                    self.rest = rest.strip_prefix('\n').unwrap_or(rest);
                    return Ok(Some(fields));
                }
                Some(_) => {
                    self.rest = characters.as_str();
                    return Ok(Some(fields));
                }
                None => return Ok(Some(fields)),
            }
        }
    }

    /// One field; what follows it (a delimiter, a line end or nothing) is left.
    fn field(&mut self) -> Result<String, ()> {
        let mut field = String::new();
        if let Some(quoted) = self.rest.strip_prefix('"') {
            let mut rest = quoted;
            loop {
                let (piece, after) = rest.split_once('"').ok_or(())?;
                field.push_str(piece);
                match after.strip_prefix('"') {
                    Some(after) => {
                        field.push('"');
                        rest = after;
                    }
                    None => {
                        self.rest = after;
                        break;
                    }
                }
            }
        }
        let end = self.rest.find([self.delimiter, '\n', '\r']).unwrap_or(self.rest.len());
        field.push_str(&self.rest[..end]);
        self.rest = &self.rest[end..];
        Ok(field)
    }
}
