// SPDX-License-Identifier: EUPL-1.2
//! Reads the plain tables of `config/reference`: `#` comments, one header line, fields parted by `;`, a field with a `;`
//! in double quotes. Nothing is copied here: fields are slices of the text.

use std::borrow::Cow;
use std::fmt::Display;
use std::str::FromStr;

use crate::fault::FaultLog;

/// The text of a table, and how its fields are kept: borrowed when the text is part of the program, else copied.
pub(super) struct Source<'a> {
    text: &'a str,
    keep: fn(&'a str) -> Cow<'static, str>,
}

impl Source<'static> {
    /// A text that is part of the program.
    pub(super) fn embedded(text: &'static str) -> Self {
        Self { text, keep: Cow::Borrowed }
    }
}

impl<'a> Source<'a> {
    /// A text that was read from a file.
    pub(super) fn loaded(text: &'a str) -> Self {
        Self { text, keep: |field| Cow::Owned(field.to_owned()) }
    }

    /// Hands every row to `read` and collects what it makes of them, with the line; a row it gives nothing for must have
    /// been noted. The header must be exactly `columns`.
    pub(super) fn rows<const N: usize, T>(
        &self,
        columns: &'static [&'static str; N],
        log: &mut FaultLog,
        mut read: impl FnMut(&mut Row<'a, '_, N>) -> Option<T>,
    ) -> Vec<(usize, T)> {
        let text = self.text.strip_prefix('\u{FEFF}').unwrap_or(self.text);
        let mut lines = (1..).zip(text.lines()).filter(|(_, line)| !line.starts_with('#'));
        let (number, found) = lines.next().unwrap_or_default();
        let header = columns.join(";");
        if found != header {
            log.note(number, "", format!("header {header:?} expected, {found:?} found"));
            return Vec::new();
        }
        let mut lines = lines.peekable();
        if lines.peek().is_none() {
            log.note(0, "", "no rows");
        }
        let mut rows = Vec::new();
        for (line, text) in lines {
            if let Some(fields) = split(text, line, log) {
                let read = read(&mut Row { line, fields, columns, keep: self.keep, log });
                rows.extend(read.map(|row| (line, row)));
            }
        }
        rows
    }
}

/// The fields of a line, or `None` (noted) when they are not `N`.
fn split<'a, const N: usize>(text: &'a str, line: usize, log: &mut FaultLog) -> Option<[&'a str; N]> {
    let mut fields = [""; N];
    let mut found = 0_usize;
    let mut rest = Some(text);
    while let Some(text) = rest {
        let (field, after) = first_field(text);
        if let Some(slot) = fields.get_mut(found) {
            *slot = field;
        }
        found = found.saturating_add(1);
        rest = after;
    }
    if found == N {
        return Some(fields);
    }
    log.note(line, "", format!("{N} fields expected, {found} found"));
    None
}

/// The first field of a line and what follows its separator.
fn first_field(text: &str) -> (&str, Option<&str>) {
    if let Some((field, after)) = text.strip_prefix('"').and_then(|quoted| quoted.split_once('"')) {
        if after.is_empty() {
            return (field, None);
        }
        if let Some(after) = after.strip_prefix(';') {
            return (field, Some(after));
        }
    }
    match text.split_once(';') {
        Some((field, after)) => (field, Some(after)),
        None => (text, None),
    }
}

/// One row while it is read. Columns are meant by position; a fault names the column.
pub(super) struct Row<'a, 'log, const N: usize> {
    line: usize,
    fields: [&'a str; N],
    columns: &'static [&'static str; N],
    keep: fn(&'a str) -> Cow<'static, str>,
    log: &'log mut FaultLog,
}

impl<'a, const N: usize> Row<'a, '_, N> {
    /// The field as it stands.
    pub(super) fn raw(&self, column: usize) -> &'a str {
        self.fields.get(column).copied().unwrap_or_default()
    }

    /// A part of a field, kept like the fields themselves.
    pub(super) fn keep(&self, part: &'a str) -> Cow<'static, str> {
        (self.keep)(part)
    }

    /// Notes a fault of a column.
    pub(super) fn fault(&mut self, column: usize, reason: impl Into<String>) {
        self.log.note(self.line, self.columns.get(column).copied().unwrap_or_default(), reason);
    }

    /// A text that must not be empty.
    pub(super) fn text(&mut self, column: usize) -> Option<Cow<'static, str>> {
        let text = self.optional_text(column);
        if text.is_none() {
            self.fault(column, "is empty");
        }
        text
    }

    /// A text, or nothing when the field is empty. Blanks at its ends are a fault.
    pub(super) fn optional_text(&mut self, column: usize) -> Option<Cow<'static, str>> {
        let raw = self.raw(column);
        if raw.trim() != raw {
            self.fault(column, "has blanks at its ends");
        }
        (!raw.is_empty()).then(|| self.keep(raw))
    }

    /// A value that must be there.
    pub(super) fn value<T: FromStr<Err: Display>>(&mut self, column: usize) -> Option<T> {
        let parsed = self.raw(column).parse();
        parsed.map_err(|error: T::Err| self.fault(column, error.to_string())).ok()
    }

    /// A value, or nothing when the field is empty.
    pub(super) fn optional_value<T: FromStr<Err: Display>>(&mut self, column: usize) -> Option<T> {
        if self.raw(column).is_empty() { None } else { self.value(column) }
    }

    /// `1` or `0`.
    pub(super) fn flag(&mut self, column: usize) -> Option<bool> {
        match self.raw(column) {
            "1" => Some(true),
            "0" => Some(false),
            found => {
                self.fault(column, format!("1 or 0 expected, {found:?} found"));
                None
            }
        }
    }
}

/// Notes every row whose key is not greater than that of the row before: order and uniqueness in one.
pub(super) fn check_order<'t, T, K: Ord + Display + 't>(
    rows: &'t [(usize, T)],
    column: &str,
    key: impl Fn(&'t T) -> K,
    log: &mut FaultLog,
) {
    for pair in rows.windows(2) {
        if let [(_, before), (line, row)] = pair {
            let (before, found) = (key(before), key(row));
            if found == before {
                log.note(*line, column, format!("{found} stands twice"));
            } else if found < before {
                log.note(*line, column, format!("{found} comes after {before}: rows must be sorted"));
            }
        }
    }
}

/// The rows without their lines.
pub(super) fn without_lines<T>(rows: Vec<(usize, T)>) -> Vec<T> {
    rows.into_iter().map(|(_, row)| row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const COLUMNS: [&str; 3] = ["code", "check", "label"];

    type Rows = Vec<(usize, (u8, String))>;

    fn read(text: &str) -> Result<Rows, Vec<String>> {
        let mut log = FaultLog::new("t.csv");
        let rows = Source::loaded(text).rows(&COLUMNS, &mut log, |row| {
            let (check, label) = (row.value(1), row.text(2));
            Some((check?, label?.into_owned()))
        });
        let told = log.told();
        if told.is_empty() { Ok(rows) } else { Err(told) }
    }

    #[test]
    fn comments_quotes_and_line_ends_are_read() {
        let text = "# about\r\ncode;check;label\r\na;1;plain\r\n# between\r\nb;2;\"fish; salted\"\r\n";
        assert_eq!(read(text).unwrap(), [(3, (1, "plain".to_owned())), (5, (2, "fish; salted".to_owned()))]);
    }

    #[test]
    fn every_fault_is_told_with_its_place() {
        let text = "code;check;label\na;x;\nb;2\nc;3;d;e\nd;4; f\n";
        assert_eq!(
            read(text).unwrap_err(),
            [
                "t.csv:2: check: invalid digit found in string",
                "t.csv:2: label: is empty",
                "t.csv:3: 3 fields expected, 2 found",
                "t.csv:4: 3 fields expected, 4 found",
                "t.csv:5: label: has blanks at its ends",
            ]
        );
    }

    #[test]
    fn header_and_rows_must_be_there() {
        assert_eq!(read("").unwrap_err(), ["t.csv: header \"code;check;label\" expected, \"\" found"]);
        assert_eq!(read("code;check;label\n").unwrap_err(), ["t.csv: no rows"]);
        let error = read("code;label;check\na;b;1\n").unwrap_err();
        assert_eq!(error, ["t.csv:1: header \"code;check;label\" expected, \"code;label;check\" found"]);
    }

    #[test]
    fn order_and_uniqueness_are_checked() {
        let mut log = FaultLog::new("t.csv");
        check_order(&[(2, 1), (3, 3), (4, 3), (5, 2)], "code", |row| *row, &mut log);
        assert_eq!(
            log.told(),
            ["t.csv:4: code: 3 stands twice", "t.csv:5: code: 2 comes after 3: rows must be sorted"]
        );
    }
}
