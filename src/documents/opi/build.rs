// SPDX-License-Identifier: EUPL-1.2
//! Texts to documents: what the walk passes by is put together here, a file for each kind. What is needed and missing, or cannot
//! be understood, leaves out the order, outcome or movement it belongs to.

use chrono::{DateTime, Utc};

use super::shape::Slot;
use crate::documents::{amounts, dates};
use crate::domain::codice_ufficio::CodiceUfficio;
use crate::domain::money::Money;
use crate::domain::payment::OpiHead;
use crate::domain::text::{Bilingual, Text};

mod ack;
mod class;
mod flow;
mod journal;
mod mandato;
mod outcome;

pub(super) use ack::AckDraft;
pub(super) use flow::FlowDraft;
pub(super) use journal::JournalDraft;
pub(super) use outcome::OutcomeDraft;

type Told = Result<(), Text>;

/// What every document begins with, in the making.
#[derive(Debug, Default)]
struct Head {
    created_at: Option<DateTime<Utc>>,
    office: Option<CodiceUfficio>,
    tax_code: String,
}

impl Head {
    fn value(&mut self, slot: Slot, text: &str) -> Told {
        match slot {
            Slot::CreatedAt => self.created_at = moment(text),
            Slot::Office => self.office = Some(text.parse::<CodiceUfficio>().map_err(|error| error.text())?),
            Slot::TaxCode => text.clone_into(&mut self.tax_code),
            _ => {}
        }
        Ok(())
    }

    fn finish(self) -> Option<OpiHead> {
        Some(OpiHead { created_at: self.created_at?, office: self.office?, tax_code: self.tax_code })
    }
}

/// An `xs:dateTime`; without a zone it is a time in Italy.
fn moment(text: &str) -> Option<DateTime<Utc>> {
    let (date, time) = text.split_once('T')?;
    dates::instant(dates::date(date)?, time)
}

fn money(text: &str) -> Result<Money, Text> {
    amounts::xml_money(text).ok_or_else(|| Text::new("non è un importo", "not an amount"))
}

/// A number that the store can keep exactly.
fn number(text: &str) -> Result<u64, Text> {
    let digits = text.strip_prefix('+').unwrap_or(text);
    let number = digits.parse().ok().filter(|number| i64::try_from(*number).is_ok());
    number.ok_or_else(|| Text::new("non è un numero che si possa usare", "not a number that can be used"))
}

fn year(text: &str) -> Result<u16, Text> {
    u16::try_from(number(text)?).map_err(|_| Text::new("non è un anno", "not a year"))
}

/// A word of a list.
fn word<T>(known: Option<T>) -> Result<T, Text> {
    known.ok_or_else(|| Text::new("valore sconosciuto", "unknown value"))
}

/// Puts a value where none was: the same element twice with two values says nothing.
fn once<T: PartialEq>(place: &mut Option<T>, value: T) -> Told {
    if place.as_ref().is_some_and(|before| *before != value) {
        return Err(Text::new("ripetuto con un altro valore", "repeated with another value"));
    }
    *place = Some(value);
    Ok(())
}

/// A text that says something.
fn filled(text: String) -> Option<String> {
    Some(text).filter(|text| !text.is_empty())
}
