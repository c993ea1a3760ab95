// SPDX-License-Identifier: EUPL-1.2
//! JSON values to typed ones. What does not fit becomes a fault at its place.

use std::borrow::Cow;
use std::str::FromStr;

use chrono::{DateTime, NaiveDate, Utc};

use super::members::{Path, Reader};
use super::scan::{Content, Value};
use crate::documents::dates;
use crate::domain::found::Found;
use crate::domain::text::{Bilingual, Text};

/// Length of `YYYY-MM-DD`.
const DATE_LENGTH: usize = 10;

impl<'a> Reader<'a> {
    /// A string of 1 to `longest` characters.
    pub(super) fn text(&mut self, value: Value<'a>, path: &Path<'_>, longest: usize) -> Option<Cow<'a, str>> {
        let offset = value.offset;
        let text = self.string(value, path)?;
        self.fitting(text, offset, path, longest)
    }

    /// As [`Self::text`], where an empty one says as much as none.
    pub(super) fn text_if_any(
        &mut self,
        value: Value<'a>,
        path: &Path<'_>,
        longest: usize,
    ) -> Option<Cow<'a, str>> {
        let offset = value.offset;
        let text = self.string(value, path).filter(|text| !text.is_empty())?;
        self.fitting(text, offset, path, longest)
    }

    fn string(&mut self, value: Value<'a>, path: &Path<'_>) -> Option<Cow<'a, str>> {
        let is_quoted = matches!(&value.content, Content::Raw(raw) if raw.get().starts_with('"'));
        let text = string(value.content);
        if text.is_none() {
            let reason = match is_quoted {
                true => Text::new("contiene un carattere a metà", "has half of a character in it"),
                false => Text::new("deve essere una stringa", "must be a string"),
            };
            self.fault(value.offset, path, reason);
        }
        text.map(trimmed)
    }

    fn fitting(
        &mut self,
        text: Cow<'a, str>,
        offset: usize,
        path: &Path<'_>,
        longest: usize,
    ) -> Option<Cow<'a, str>> {
        match unfit(&text, longest) {
            None => Some(text),
            Some(reason) => {
                self.fault(offset, path, reason);
                None
            }
        }
    }

    /// A string that parses.
    pub(super) fn parsed<T: FromStr<Err: Bilingual>>(
        &mut self,
        value: Value<'a>,
        path: &Path<'_>,
    ) -> Option<T> {
        let Some(text) = string(value.content) else {
            let reason = Text::new(
                "deve essere una stringa: importi e prezzi non sono mai numeri JSON",
                "must be a string: amounts and prices are never JSON numbers",
            );
            self.fault(value.offset, path, reason);
            return None;
        };
        self.converted(value.offset, path, &text)
    }

    /// A string or a plain JSON number, taken by its digits as written.
    pub(super) fn number<T: FromStr<Err: Bilingual>>(
        &mut self,
        value: Value<'a>,
        path: &Path<'_>,
    ) -> Option<T> {
        let text = match value.content {
            Content::Raw(raw) if raw.get().starts_with(|c: char| c.is_ascii_digit() || c == '-') => {
                Some(Cow::Borrowed(raw.get()))
            }
            content => string(content),
        };
        let Some(text) = text else {
            self.fault(value.offset, path, Text::new("deve essere un numero", "must be a number"));
            return None;
        };
        self.converted(value.offset, path, &text)
    }

    fn converted<T: FromStr<Err: Bilingual>>(
        &mut self,
        offset: usize,
        path: &Path<'_>,
        text: &str,
    ) -> Option<T> {
        match text.parse() {
            Ok(value) => Some(value),
            Err(error) => {
                self.fault(offset, path, error.text());
                None
            }
        }
    }

    /// A date, `YYYY-MM-DD`.
    pub(super) fn date(&mut self, value: Value<'a>, path: &Path<'_>) -> Option<NaiveDate> {
        let date = string(value.content).filter(|text| text.len() == DATE_LENGTH);
        let date = date.and_then(|text| dates::date(&text));
        if date.is_none() {
            self.fault(value.offset, path, Text::new("non è una data AAAA-MM-GG", "not a date YYYY-MM-DD"));
        }
        date
    }

    /// An instant with its offset, RFC 3339.
    pub(super) fn instant(&mut self, value: Value<'a>, path: &Path<'_>) -> Option<DateTime<Utc>> {
        let instant = string(value.content).and_then(|text| DateTime::parse_from_rfc3339(&text).ok());
        if instant.is_none() {
            let reason = Text::new(
                "non è un istante con fuso, come 2026-03-12T11:42:07+01:00",
                "not an instant with offset, such as 2026-03-12T11:42:07+01:00",
            );
            self.fault(value.offset, path, reason);
        }
        instant.map(|instant| instant.to_utc())
    }

    /// A code: a string, kept with the reason when it is malformed.
    pub(super) fn code<T, E: Bilingual>(
        &mut self,
        value: Value<'a>,
        path: &Path<'_>,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<Found<T>> {
        const CODE_LONGEST: usize = 64;
        let text = self.text(value, path, CODE_LONGEST)?;
        let value = parse(&text).map_err(|error| error.text());
        Some(Found { raw: text.into_owned(), at: Cow::Owned(path.pointer()), value })
    }
}

/// [`Reader::text`] for a member.
pub(super) fn text<'a>(
    longest: usize,
) -> impl FnOnce(&mut Reader<'a>, Value<'a>, &Path<'_>) -> Option<String> {
    move |reader, value, path| reader.text(value, path, longest).map(|text| text.into_owned())
}

/// [`Reader::text_if_any`] for a member.
pub(super) fn text_if_any<'a>(
    longest: usize,
) -> impl FnOnce(&mut Reader<'a>, Value<'a>, &Path<'_>) -> Option<String> {
    move |reader, value, path| reader.text_if_any(value, path, longest).map(|text| text.into_owned())
}

/// [`Reader::code`] for a member.
pub(super) fn code<'a, T, E: Bilingual>(
    parse: impl FnOnce(&str) -> Result<T, E>,
) -> impl FnOnce(&mut Reader<'a>, Value<'a>, &Path<'_>) -> Option<Found<T>> {
    move |reader, value, path| reader.code(value, path, parse)
}

/// The text of a string; `None` of anything else.
pub(super) fn string(content: Content<'_>) -> Option<Cow<'_, str>> {
    match content {
        Content::Text(text) => Some(text),
        Content::Raw(raw) => {
            let inside = raw.get().strip_prefix('"')?.strip_suffix('"')?;
            if inside.contains('\\') {
                serde_json::from_str(raw.get()).ok().map(Cow::Owned)
            } else {
                Some(Cow::Borrowed(inside))
            }
        }
        Content::Null | Content::Object(_) | Content::Items(_) => None,
    }
}

/// Why a text of 1 to `longest` characters cannot be this one.
fn unfit(text: &str, longest: usize) -> Option<Text> {
    if is_plain(text, longest) {
        return None;
    }
    let characters = text.chars().take(longest.saturating_add(1)).count();
    if characters == 0 {
        return Some(Text::new("è vuoto", "is empty"));
    }
    if characters > longest {
        return Some(Text {
            it: format!("più di {longest} caratteri").into(),
            en: format!("more than {longest} characters").into(),
        });
    }
    text.chars()
        .any(|character| character.is_control() && !matches!(character, '\t' | '\n' | '\r'))
        .then(|| Text::new("contiene caratteri di controllo", "has control characters in it"))
}

/// Printable ASCII of 1 to `longest` characters, as nearly every text is: nothing has to be looked at letter by letter.
fn is_plain(text: &str, longest: usize) -> bool {
    // Without a way out: many bytes at once are looked at.
    let is_printable = || text.bytes().fold(true, |all, byte| all & matches!(byte, b' '..=b'~'));
    !text.is_empty() && text.len() <= longest && is_printable()
}

fn trimmed(text: Cow<'_, str>) -> Cow<'_, str> {
    match text {
        // As nearly every text is.
        text if matches!(text.as_bytes(), [b'!'..=b'~', .., b'!'..=b'~']) => text,
        Cow::Borrowed(text) => Cow::Borrowed(text.trim()),
        Cow::Owned(text) => Cow::Owned(text.trim().to_owned()),
    }
}
