// SPDX-License-Identifier: EUPL-1.2
//! Texts of a UBL document to typed values. What does not parse becomes a fault at the place where it stands.

use std::fmt::Display;

use chrono::{DateTime, NaiveDate, Utc};

use super::wire::{Leaf, WireOrder};
use crate::documents::amounts::whole_cents;
use crate::documents::dates;
use crate::documents::fault::RawFault;
use crate::domain::decimal::{DecimalError, Percent, Price, Quantity};
use crate::domain::money::Money;
use crate::domain::text::{Bilingual, Text};

/// Turns texts into values and keeps the faults.
pub(super) struct Values<'w, 'a> {
    pub(super) wire: &'w WireOrder<'a>,
    pub(super) faults: &'w mut Vec<RawFault>,
}

impl<'a> Values<'_, 'a> {
    /// The text of an element that has to be there, at least one character long.
    pub(super) fn required(&mut self, leaf: Option<&Leaf<'a>>, around: usize, name: &str) -> Option<String> {
        let text = leaf.map(Leaf::text).unwrap_or_default();
        if text.is_empty() {
            self.missing(leaf.map_or(around, |leaf| self.wire.offset(leaf)), name);
            return None;
        }
        Some(text.into_owned())
    }

    #[cold]
    pub(super) fn missing(&mut self, offset: usize, name: &str) {
        let reason = Text { it: format!("manca {name}").into(), en: format!("{name} is missing").into() };
        self.faults.push(RawFault::new(offset, "", reason));
    }

    #[cold]
    pub(super) fn fault(&mut self, leaf: &Leaf<'a>, it: impl Display, en: impl Display) {
        let reason = Text { it: it.to_string().into(), en: en.to_string().into() };
        self.faults.push(RawFault::new(self.wire.offset(leaf), &leaf.text(), reason));
    }

    pub(super) fn date(&mut self, leaf: &Leaf<'a>) -> Option<NaiveDate> {
        let date = dates::date(&leaf.text());
        if date.is_none() {
            self.fault(leaf, "non è una data AAAA-MM-GG", "not a date YYYY-MM-DD");
        }
        date
    }

    /// The instant of a date and a time of day; a time without a zone is one in Italy.
    pub(super) fn instant(&mut self, date: NaiveDate, leaf: &Leaf<'a>) -> Option<DateTime<Utc>> {
        let instant = dates::instant(date, &leaf.text());
        if instant.is_none() {
            self.fault(leaf, "non è un'ora HH:MM:SS", "not a time HH:MM:SS");
        }
        instant
    }

    pub(super) fn money(&mut self, leaf: &Leaf<'a>) -> Option<Money> {
        let amount = Price::from_bytes(leaf.text().as_bytes());
        match amount {
            Ok(amount) => {
                let cents = whole_cents(amount);
                if cents.is_none() {
                    self.fault(leaf, "importo con più di due decimali", "amount with more than two decimals");
                }
                cents
            }
            Err(error) => self.not_a_number(leaf, &error),
        }
    }

    pub(super) fn price(&mut self, leaf: &Leaf<'a>) -> Option<Price> {
        Price::from_bytes(leaf.text().as_bytes()).map_or_else(|error| self.not_a_number(leaf, &error), Some)
    }

    pub(super) fn quantity(&mut self, leaf: &Leaf<'a>) -> Option<Quantity> {
        Quantity::from_bytes(leaf.text().as_bytes())
            .map_or_else(|error| self.not_a_number(leaf, &error), Some)
    }

    pub(super) fn percent(&mut self, leaf: &Leaf<'a>) -> Option<Percent> {
        Percent::from_bytes(leaf.text().as_bytes()).map_or_else(|error| self.not_a_number(leaf, &error), Some)
    }

    #[cold]
    fn not_a_number<T>(&mut self, leaf: &Leaf<'a>, error: &DecimalError) -> Option<T> {
        self.faults.push(RawFault::new(self.wire.offset(leaf), &leaf.text(), error.text()));
        None
    }
}
