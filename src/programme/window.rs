// SPDX-License-Identifier: EUPL-1.2
//! When purchases may be made. Orders are judged by the window decided last, whatever their date: an extension decided
//! later covers orders of the weeks it adds. The earlier windows are kept as evidence of how the term was moved.

use std::str::FromStr;

use chrono::{DateTime, NaiveDate, Utc};

use crate::domain::rome;

use super::document::{Placed, Section, boolean, check_unique, date};

/// One window of purchase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Window {
    /// Identifier inside the programme.
    pub id: String,
    /// First day, whole, in Europe/Rome.
    pub first: NaiveDate,
    /// Last day, whole, in Europe/Rome.
    pub last: NaiveDate,
    /// Day on which it was decided.
    pub decided_on: NaiveDate,
    /// Identifier of the window it replaces.
    pub supersedes: Option<String>,
    /// The act, or where it was read.
    pub source: String,
    /// Whether first and last day were read in an act or on an official page.
    pub official: bool,
}

impl Window {
    /// Start (inclusive) and end (exclusive) of the window.
    #[must_use]
    pub fn bounds(&self) -> (DateTime<Utc>, DateTime<Utc>) {
        rome::day_bounds(self.first, self.last)
    }

    /// Whether an instant lies inside.
    #[must_use]
    pub fn contains(&self, instant: DateTime<Utc>) -> bool {
        let (start, end) = self.bounds();
        start <= instant && instant < end
    }

    /// Whether a day lies inside.
    #[must_use]
    pub fn contains_day(&self, day: NaiveDate) -> bool {
        (self.first..=self.last).contains(&day)
    }
}

/// All windows of a programme, in the order in which they were decided; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Windows {
    first: Window,
    later: Vec<Window>,
}

impl Windows {
    /// The window decided last.
    #[must_use]
    pub fn current(&self) -> &Window {
        self.later.last().unwrap_or(&self.first)
    }

    /// Every window, oldest decision first.
    pub fn history(&self) -> impl Iterator<Item = &Window> {
        std::iter::once(&self.first).chain(&self.later)
    }
}

/// Which event of an order must fall inside the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum WindowEvent {
    /// The Punto Ordinante sends the signed order.
    Sent,
    /// The supplier accepts.
    Accepted,
    /// Everything is delivered.
    Delivered,
    /// The invoice arrives.
    Invoiced,
}

impl FromStr for WindowEvent {
    type Err = String;

    fn from_str(raw: &str) -> Result<Self, String> {
        match raw {
            "sent" => Ok(Self::Sent),
            "accepted" => Ok(Self::Accepted),
            "delivered" => Ok(Self::Delivered),
            "invoiced" => Ok(Self::Invoiced),
            _ => Err(format!("one of sent, accepted, delivered, invoiced expected, {raw:?} found")),
        }
    }
}

/// Reads and checks all `[[window]]`.
pub(super) fn read(document: &Section<'_, '_>) -> Option<Windows> {
    let windows = document.sections("window", read_window)?;
    check_unique(&windows, "id", |window| &window.id);
    for pair in windows.windows(2) {
        if let [before, window] = pair {
            check_succession(&before.value, window);
        }
    }
    let mut windows = windows.into_iter();
    let first = windows.next()?;
    if first.value.supersedes.is_some() {
        first.fault("supersedes", "the first window replaces none");
    }
    Some(Windows { first: first.value, later: windows.map(|window| window.value).collect() })
}

fn read_window(section: &Section<'_, '_>) -> Option<Window> {
    let (id, source, official) =
        (section.text("id"), section.text("source"), section.required("official", boolean));
    let (first, last) = (section.required("first", date), section.required("last", date));
    let decided_on = section.required("decided_on", date);
    let supersedes = section.optional("supersedes", super::document::parsed);
    if let Some((first, last)) = first.zip(last).filter(|(first, last)| last < first) {
        section.fault("last", format!("the last day {last} comes before the first day {first}"));
    }
    if let Some((decided_on, last)) = decided_on.zip(last).filter(|(decided_on, last)| last < decided_on) {
        section.fault("decided_on", format!("decided on {decided_on}, after its last day {last}"));
    }
    Some(Window {
        id: id?,
        first: first?,
        last: last?,
        decided_on: decided_on?,
        supersedes,
        source: source?,
        official: official?,
    })
}

/// Only one window is in force at a time: each one replaces the one before it, and was decided later.
fn check_succession(before: &Window, window: &Placed<'_, '_, Window>) {
    let found = &window.value;
    if found.supersedes.as_ref() != Some(&before.id) {
        window.fault("supersedes", format!("must replace the window before it, {:?}", before.id));
    }
    if found.decided_on <= before.decided_on {
        let reason = format!(
            "{} is not after {}, when {:?} was decided",
            found.decided_on, before.decided_on, before.id
        );
        window.fault("decided_on", reason);
    }
}
