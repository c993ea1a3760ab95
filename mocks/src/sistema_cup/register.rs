// SPDX-License-Identifier: EUPL-1.2
//! The register of CUP: codes in sequence, plainly not real ones, and what was said when each was generated.

use chrono::{DateTime, Datelike, NaiveDate, Utc};

use crate::xml::Element;

/// A CUP and the request it came from (`CUP_GENERAZIONE`).
pub(crate) struct Record {
    pub(crate) cup: String,
    pub(crate) generated: DateTime<Utc>,
    pub(crate) user: String,
    pub(crate) asked: Element,
    /// `Attivo`, `Chiuso` or `Revocato`.
    pub(crate) stato: &'static str,
}

/// All CUP, in order.
#[derive(Default)]
pub(crate) struct Register(Vec<Record>);

/// What a list is asked by. All that is given must hold; a day that does not exist never does.
#[derive(Default)]
pub(crate) struct Criteria<'c> {
    pub(crate) year: Option<&'c str>,
    pub(crate) cup: Option<&'c str>,
    pub(crate) from: Option<&'c str>,
    pub(crate) to: Option<&'c str>,
    pub(crate) natura: Option<&'c str>,
    pub(crate) tipologia: Option<&'c str>,
    pub(crate) description: Option<&'c str>,
    pub(crate) local_code: Option<&'c str>,
    pub(crate) only_user: Option<&'c str>,
}

/// State of a CUP that was just generated.
const ACTIVE: &str = "Attivo";
/// Most CUP one list shows; the schema allows no more.
const MAX_LISTED: usize = 1000;
/// The code has five digits for the sequence.
const MAX_CUP: usize = 99_999;

impl Record {
    pub(crate) fn general(&self, attribute: &str) -> Option<&str> {
        self.asked.get("DATI_GENERALI_PROGETTO")?.attribute(attribute)
    }

    /// The element under `DESCRIZIONE`.
    pub(crate) fn description(&self) -> Option<&Element> {
        self.asked.get("DESCRIZIONE")?.children.first()
    }

    /// Name, place and object joined by `*`.
    pub(crate) fn summary(&self) -> String {
        let Some(description) = self.description() else { return String::new() };
        let first =
            |names: &[&str]| names.iter().find_map(|name| description.attribute(name)).unwrap_or_default();
        [
            first(&["nome_str_infrastr", "denom_progetto"]),
            first(&["ind_area_rifer"]),
            first(&["bene", "servizio", "obiett_corso"]),
        ]
        .join("*")
    }
}

impl Register {
    /// Generates a CUP; `None` when the numbers are used up.
    pub(crate) fn generate(&mut self, asked: Element, user: &str, now: DateTime<Utc>) -> Option<&Record> {
        if self.0.len() >= MAX_CUP {
            return None;
        }
        // No real CUP has Z as its fourth character.
        let cup = format!("J99Z{:02}{:05}0006", now.year().rem_euclid(100), self.0.len() + 1);
        self.0.push(Record { cup, generated: now, user: user.to_owned(), asked, stato: ACTIVE });
        self.0.last()
    }

    /// Ends a CUP that is active; true when it was. The error says why it cannot be ended so.
    pub(crate) fn end(&mut self, cup: &str, stato: &'static str) -> Result<bool, String> {
        let record = self.0.iter_mut().find(|record| record.cup == cup).ok_or("Codice CUP non valido")?;
        if record.stato != ACTIVE && record.stato != stato {
            return Err(format!("Il CUP risulta {}", record.stato.to_lowercase()));
        }
        Ok(std::mem::replace(&mut record.stato, stato) == ACTIVE)
    }

    pub(crate) fn find(&self, cup: &str) -> Option<&Record> {
        self.0.iter().find(|record| record.cup == cup)
    }

    /// Those for which all criteria hold.
    pub(crate) fn list(&self, criteria: &Criteria<'_>) -> Vec<&Record> {
        self.0.iter().filter(|record| criteria.hold(record)).take(MAX_LISTED).collect()
    }
}

impl Criteria<'_> {
    fn hold(&self, record: &Record) -> bool {
        let equal = |wanted: Option<&str>, is: Option<&str>| wanted.is_none() || wanted == is;
        let day = record.generated.date_naive();
        equal(self.cup, Some(&record.cup))
            && equal(self.year, record.general("anno_decisione"))
            && equal(self.natura, record.general("natura"))
            && equal(self.tipologia, record.general("tipologia"))
            && equal(self.local_code, record.general("codifica_locale"))
            && equal(self.only_user, Some(&record.user))
            && self.from.is_none_or(|from| italian_day(from).is_some_and(|from| day >= from))
            && self.to.is_none_or(|to| italian_day(to).is_some_and(|to| day <= to))
            && self.description.is_none_or(|text| contains(&record.summary(), text))
    }
}

fn italian_day(text: &str) -> Option<NaiveDate> {
    NaiveDate::parse_from_str(text, "%d/%m/%Y").ok()
}

fn contains(text: &str, part: &str) -> bool {
    text.to_lowercase().contains(&part.to_lowercase())
}
