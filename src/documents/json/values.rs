// SPDX-License-Identifier: EUPL-1.2
//! JSON values to typed ones. What does not fit becomes a fault at its place.

use std::borrow::Cow;
use std::str::FromStr;

use chrono::{DateTime, NaiveDate, Utc};
use serde_json::value::RawValue;

use super::members::{Path, Reader};
use crate::domain::found::Found;
use crate::domain::text::{Bilingual, Text};

/// Length of `YYYY-MM-DD`.
const DATE_LENGTH: usize = 10;

impl<'a> Reader<'a> {
    /// A string of 1 to `longest` characters.
    pub(super) fn text(
        &mut self,
        raw: &'a RawValue,
        path: &Path<'_>,
        longest: usize,
    ) -> Option<Cow<'a, str>> {
        let Some(text) = string(raw) else {
            self.fault(raw, path, Text::new("deve essere una stringa", "must be a string"));
            return None;
        };
        let text = trimmed(text);
        if is_plain(&text, longest) {
            return Some(text);
        }
        let characters = text.chars().take(longest.saturating_add(1)).count();
        if characters == 0 {
            self.fault(raw, path, Text::new("è vuoto", "is empty"));
            return None;
        }
        if characters > longest {
            let reason = Text {
                it: format!("più di {longest} caratteri").into(),
                en: format!("more than {longest} characters").into(),
            };
            self.fault(raw, path, reason);
            return None;
        }
        if text.chars().any(|character| character.is_control() && !matches!(character, '\t' | '\n' | '\r')) {
            self.fault(
                raw,
                path,
                Text::new("contiene caratteri di controllo", "has control characters in it"),
            );
            return None;
        }
        Some(text)
    }

    /// A string that parses.
    pub(super) fn parsed<T: FromStr<Err: Bilingual>>(
        &mut self,
        raw: &'a RawValue,
        path: &Path<'_>,
    ) -> Option<T> {
        let Some(text) = string(raw) else {
            let reason = Text::new(
                "deve essere una stringa: importi e prezzi non sono mai numeri JSON",
                "must be a string: amounts and prices are never JSON numbers",
            );
            self.fault(raw, path, reason);
            return None;
        };
        self.converted(raw, path, &text)
    }

    /// A string or a plain JSON number, taken by its digits as written.
    pub(super) fn number<T: FromStr<Err: Bilingual>>(
        &mut self,
        raw: &'a RawValue,
        path: &Path<'_>,
    ) -> Option<T> {
        if let Some(text) = string(raw) {
            return self.converted(raw, path, &text);
        }
        let written = raw.get();
        if !written.starts_with(|c: char| c.is_ascii_digit() || c == '-') {
            self.fault(raw, path, Text::new("deve essere un numero", "must be a number"));
            return None;
        }
        self.converted(raw, path, written)
    }

    fn converted<T: FromStr<Err: Bilingual>>(
        &mut self,
        raw: &RawValue,
        path: &Path<'_>,
        text: &str,
    ) -> Option<T> {
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.fault(raw, path, error.text());
                None
            }
        }
    }

    /// A date, `YYYY-MM-DD`.
    pub(super) fn date(&mut self, raw: &'a RawValue, path: &Path<'_>) -> Option<NaiveDate> {
        let date = string(raw).filter(|text| text.len() == DATE_LENGTH).and_then(|text| text.parse().ok());
        if date.is_none() {
            self.fault(raw, path, Text::new("non è una data AAAA-MM-GG", "not a date YYYY-MM-DD"));
        }
        date
    }

    /// An instant with its offset, RFC 3339.
    pub(super) fn instant(&mut self, raw: &'a RawValue, path: &Path<'_>) -> Option<DateTime<Utc>> {
        let instant = string(raw).and_then(|text| DateTime::parse_from_rfc3339(&text).ok());
        if instant.is_none() {
            let reason = Text::new(
                "non è un istante con fuso, come 2026-03-12T11:42:07+01:00",
                "not an instant with offset, such as 2026-03-12T11:42:07+01:00",
            );
            self.fault(raw, path, reason);
        }
        instant.map(|instant| instant.to_utc())
    }

    /// A code: a string, kept with the reason when it is malformed.
    pub(super) fn code<T, E: Bilingual>(
        &mut self,
        raw: &'a RawValue,
        path: &Path<'_>,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<Found<T>> {
        const CODE_LONGEST: usize = 64;
        let text = self.text(raw, path, CODE_LONGEST)?;
        let value = parse(&text).map_err(|error| error.text());
        Some(Found { raw: text.into_owned(), at: Cow::Owned(path.to_string()), value })
    }
}

/// The text of a JSON string, borrowed when nothing in it is escaped.
pub(super) fn string(raw: &RawValue) -> Option<Cow<'_, str>> {
    let written = raw.get();
    let inside = written.strip_prefix('"')?.strip_suffix('"')?;
    if inside.contains('\\') {
        serde_json::from_str(written).ok().map(Cow::Owned)
    } else {
        Some(Cow::Borrowed(inside))
    }
}

/// Printable ASCII of 1 to `longest` characters, as nearly every text is: nothing has to be looked at letter by letter.
fn is_plain(text: &str, longest: usize) -> bool {
    !text.is_empty() && text.len() <= longest && text.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

fn trimmed(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    }
}
