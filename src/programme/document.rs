// SPDX-License-Identifier: EUPL-1.2
//! Walks a TOML document and notes every fault with its line: a key that is missing, unknown or of the wrong form. A
//! reader asks for all its keys first and gives up afterwards, so that all faults are told at once.

use std::cell::{Cell, RefCell};
use std::fmt::Display;
use std::ops::Range;
use std::str::FromStr;

use chrono::NaiveDate;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::domain::text::Text;
use crate::fault::FaultLog;

use super::Datum;

/// The text and log of a document, shared by all its sections.
struct Context<'t, 'log> {
    text: &'t str,
    log: RefCell<&'log mut FaultLog>,
}

/// Parses a document, lets `read` read its top section, and notes keys nobody asked for.
pub(super) fn read_document<T>(
    text: &str,
    log: &mut FaultLog,
    read: impl FnOnce(&Section<'_, '_>) -> Option<T>,
) -> Option<T> {
    let (table, errors) = DeTable::parse_recoverable(text);
    for error in &errors {
        let line = error.span().map_or(0, |span| line_of(text, span.start));
        log.note(line, "", error.message());
    }
    if !errors.is_empty() {
        return None;
    }
    let context = Context { text, log: RefCell::new(log) };
    let section = Section::new(table.get_ref(), String::new(), 0, &context);
    section.read(read)
}

fn line_of(text: &str, offset: usize) -> usize {
    let before = text.as_bytes().iter().take(offset);
    before.filter(|byte| **byte == b'\n').count().saturating_add(1)
}

/// One table of the document.
pub(super) struct Section<'d, 'log> {
    table: &'d DeTable<'d>,
    path: String,
    line: usize,
    asked: RefCell<Vec<&'static str>>,
    context: &'d Context<'d, 'log>,
}

impl<'d, 'log> Section<'d, 'log> {
    fn new(table: &'d DeTable<'d>, path: String, line: usize, context: &'d Context<'d, 'log>) -> Self {
        Self { table, path, line, asked: RefCell::default(), context }
    }

    /// Lets `read` ask for its keys, then notes those nobody asked for.
    fn read<T>(&self, read: impl FnOnce(&Self) -> Option<T>) -> Option<T> {
        let value = read(self);
        let asked = self.asked.borrow();
        for key in self.table.keys().filter(|key| !asked.contains(&&**key.get_ref())) {
            let known = asked.join(", ");
            self.note(self.context.line(&key.span()), key.get_ref(), format!("unknown key; known: {known}"));
        }
        value
    }

    /// Line of a key (of `name` for `name.it`), or of the section when the key is not there.
    fn line_of(&self, key: &str) -> usize {
        let key = key.split('.').next().unwrap_or(key);
        self.table.get_key_value(key).map_or(self.line, |(key, _)| self.context.line(&key.span()))
    }

    /// Notes a fault of a key.
    pub(super) fn fault(&self, key: &str, reason: impl Into<String>) {
        self.note(self.line_of(key), key, reason);
    }

    fn note(&self, line: usize, key: &str, reason: impl Into<String>) {
        let dot = if self.path.is_empty() || key.is_empty() { "" } else { "." };
        self.context.log.borrow_mut().note(line, format!("{}{dot}{key}", self.path), reason);
    }

    fn get(&self, key: &'static str) -> Option<&'d Spanned<DeValue<'d>>> {
        self.asked.borrow_mut().push(key);
        self.table.get(key)
    }

    /// A value that may be missing, read by `read`, which says what else it expected.
    pub(super) fn optional<T>(
        &self,
        key: &'static str,
        read: impl FnOnce(&'d DeValue<'d>) -> Result<T, String>,
    ) -> Option<T> {
        read(self.get(key)?.get_ref()).map_err(|reason| self.fault(key, reason)).ok()
    }

    /// A value that must be there.
    pub(super) fn required<T>(
        &self,
        key: &'static str,
        read: impl FnOnce(&'d DeValue<'d>) -> Result<T, String>,
    ) -> Option<T> {
        if !self.table.contains_key(key) {
            self.fault(key, "is missing");
        }
        self.optional(key, read)
    }

    /// A text with something in it.
    pub(super) fn text(&self, key: &'static str) -> Option<String> {
        self.required(key, owned_text)
    }

    /// A sub-table that may be missing.
    pub(super) fn optional_section<T>(
        &self,
        key: &'static str,
        read: impl FnOnce(&Section<'d, 'log>) -> Option<T>,
    ) -> Option<T> {
        let value = self.get(key)?;
        let Some(table) = value.get_ref().as_table() else {
            self.fault(key, format!("a table expected, {} found", value.get_ref().type_str()));
            return None;
        };
        self.inner(table, key.to_owned(), self.line_of(key)).read(read)
    }

    /// A sub-table that must be there.
    pub(super) fn section<T>(
        &self,
        key: &'static str,
        read: impl FnOnce(&Section<'d, 'log>) -> Option<T>,
    ) -> Option<T> {
        if !self.table.contains_key(key) {
            self.fault(key, "is missing");
        }
        self.optional_section(key, read)
    }

    /// All tables `[[key]]`, each with its line. `None` when one could not be read or there is none.
    pub(super) fn sections<T>(
        &self,
        key: &'static str,
        mut read: impl FnMut(&Section<'d, 'log>) -> Option<T>,
    ) -> Option<Vec<Placed<'d, 'log, T>>> {
        let array =
            self.required(key, |value| value.as_array().ok_or_else(|| format!("tables [[{key}]] expected")))?;
        let complete = Cell::new(true);
        let mut all = Vec::new();
        for (position, value) in array.iter().enumerate() {
            let line = self.context.line(&value.span());
            let path = format!("{key}[{position}]");
            let Some(table) = value.get_ref().as_table() else {
                self.note(line, &path, "a table expected");
                complete.set(false);
                continue;
            };
            let section = self.inner(table, path, line);
            match section.read(&mut read) {
                Some(value) => all.push(Placed { value, section }),
                None => complete.set(false),
            }
        }
        (complete.get() && !all.is_empty()).then_some(all)
    }

    fn inner(&self, table: &'d DeTable<'d>, key: String, line: usize) -> Section<'d, 'log> {
        let path = if self.path.is_empty() { key } else { format!("{}.{key}", self.path) };
        Section::new(table, path, line, self.context)
    }

    /// A text in both languages: `{ it = "..", en = ".." }`.
    pub(super) fn bilingual(&self, key: &'static str) -> Option<Text> {
        self.section(key, |section| {
            let (it, en) = (section.text("it"), section.text("en"));
            Some(Text { it: it?.into(), en: en?.into() })
        })
    }

    /// A datum with its source: `value`, `source`, `official`, `valid_from`.
    pub(super) fn datum<T>(
        &self,
        key: &'static str,
        read: impl FnOnce(&'d DeValue<'d>) -> Result<T, String>,
    ) -> Option<Datum<T>> {
        self.section(key, |section| {
            let value = section.required("value", read);
            let (source, official) = (section.text("source"), section.required("official", boolean));
            let valid_from = section.optional("valid_from", date);
            Some(Datum { value: value?, source: source?, official: official?, valid_from })
        })
    }
}

impl Context<'_, '_> {
    fn line(&self, span: &Range<usize>) -> usize {
        line_of(self.text, span.start)
    }
}

/// Something read from one of several tables, with the table, so that a later fault is told at its place.
pub(super) struct Placed<'d, 'log, T> {
    /// What was read.
    pub(super) value: T,
    section: Section<'d, 'log>,
}

impl<T> Placed<'_, '_, T> {
    /// Notes a fault of one key.
    pub(super) fn fault(&self, key: &str, reason: impl Into<String>) {
        self.section.fault(key, reason);
    }
}

/// Notes everything whose key stood before.
pub(super) fn check_unique<T>(all: &[Placed<'_, '_, T>], key_name: &str, key: impl Fn(&T) -> &str) {
    for (position, one) in all.iter().enumerate() {
        let before = all.iter().take(position).find(|before| key(&before.value) == key(&one.value));
        if let Some(before) = before {
            let line = before.section.line_of(key_name);
            one.fault(key_name, format!("{:?} stands already in line {line}", key(&one.value)));
        }
    }
}

/// A text with something in it and no blanks at its ends.
pub(super) fn text<'v>(value: &'v DeValue<'_>) -> Result<&'v str, String> {
    let text = value.as_str().ok_or_else(|| format!("a text expected, {} found", value.type_str()))?;
    match text {
        "" => Err("is empty".to_owned()),
        text if text.trim() != text => Err("has blanks at its ends".to_owned()),
        text => Ok(text),
    }
}

/// The same, kept.
pub(super) fn owned_text(value: &DeValue<'_>) -> Result<String, String> {
    text(value).map(str::to_owned)
}

/// A text that is parsed: money, codes, words of a list.
pub(super) fn parsed<T: FromStr<Err: Display>>(value: &DeValue<'_>) -> Result<T, String> {
    text(value)?.parse().map_err(|error: T::Err| error.to_string())
}

/// A list of such texts, at least one and no two alike.
pub(super) fn list<T: FromStr<Err: Display> + PartialEq>(value: &DeValue<'_>) -> Result<Vec<T>, String> {
    let array = value.as_array().ok_or_else(|| format!("a list expected, {} found", value.type_str()))?;
    let mut all: Vec<T> = Vec::new();
    for item in array {
        let one = parsed(item.get_ref())?;
        if all.contains(&one) {
            return Err(format!("{:?} stands twice", text(item.get_ref())?));
        }
        all.push(one);
    }
    if all.is_empty() { Err("the list is empty".to_owned()) } else { Ok(all) }
}

/// `true` or `false`.
pub(super) fn boolean(value: &DeValue<'_>) -> Result<bool, String> {
    value.as_bool().ok_or_else(|| format!("true or false expected, {} found", value.type_str()))
}

/// A whole number from 0 on.
pub(super) fn number(value: &DeValue<'_>) -> Result<u32, String> {
    let number =
        value.as_integer().and_then(|number| u32::from_str_radix(number.as_str(), number.radix()).ok());
    number.ok_or_else(|| format!("a whole number expected, {} found", value.type_str()))
}

/// A day, written without quotes: `2026-03-31`.
pub(super) fn date(value: &DeValue<'_>) -> Result<NaiveDate, String> {
    let found = value.as_datetime().filter(|datetime| datetime.time.is_none() && datetime.offset.is_none());
    let date = found.and_then(|datetime| datetime.date);
    date.and_then(|date| NaiveDate::from_ymd_opt(date.year.into(), date.month.into(), date.day.into()))
        .ok_or_else(|| "a day without quotes expected, such as 2026-03-31".to_owned())
}
