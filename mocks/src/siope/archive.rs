// SPDX-License-Identifier: EUPL-1.2
//! The documents, in the order they came, each with its number and whether it was fetched.

use chrono::{DateTime, NaiveDateTime, Utc};
use serde::Serialize;
use serde_json::{Value, json};

use crate::schema::Schema;
use crate::xml::{self, Element};

/// A kind of message, with a list of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Messaggio {
    /// Flow of orders of payment and collection.
    Flusso,
    /// What the platform found of a flow.
    Ack,
    /// What the bank did with the orders.
    Esito,
    /// A page of the journal of the bank.
    Giornale,
}

/// Where a document was filed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PublishedOpi {
    /// A2A identifier of who speaks for the body.
    pub a2a: String,
    /// Office of the body, code of the IPA.
    pub ufficio: String,
    /// What it is.
    pub messaggio: Messaggio,
    /// Number in the list of its kind, from 1.
    pub numero: usize,
}

/// What a list is asked for.
pub(crate) struct Question {
    pub(crate) from: Option<DateTime<Utc>>,
    pub(crate) to: Option<DateTime<Utc>>,
    pub(crate) fetched: Option<bool>,
    pub(crate) page: usize,
}

pub(crate) struct Document {
    place: PublishedOpi,
    at: DateTime<Utc>,
    pub(crate) schema: Schema,
    pub(crate) text: String,
    pub(crate) fetched: bool,
}

#[derive(Default)]
pub(crate) struct Archive(Vec<Document>);

impl Messaggio {
    /// Root element, schema, and the head that names the parties.
    fn contract(self) -> (&'static str, Schema, &'static str) {
        match self {
            Self::Flusso => ("flusso_ordinativi", Schema::SiopeFlusso, "testata_flusso"),
            Self::Ack => ("messaggio_ack_siope", Schema::SiopeAck, "testata_messaggio"),
            Self::Esito => ("messaggi_esito_applicativo", Schema::SiopeEsito, "testata_messaggio"),
            Self::Giornale => ("flusso_giornale_di_cassa", Schema::SiopeGiornale, "testata_messaggio"),
        }
    }

    fn of(root: &Element) -> Option<Self> {
        let all = [Self::Flusso, Self::Ack, Self::Esito, Self::Giornale];
        all.into_iter().find(|kind| kind.contract().0 == root.name)
    }

    /// The last part of its addresses.
    fn path(self) -> &'static str {
        match self {
            Self::Flusso => "flusso",
            Self::Ack => "flusso/ack",
            Self::Esito => "esitoapplicativo",
            Self::Giornale => "giornale",
        }
    }

    /// Names of its number and of its moment in a list.
    fn names(self) -> (&'static str, &'static str) {
        match self {
            Self::Flusso => ("progFlusso", "dataUpload"),
            Self::Ack => ("progFlusso", "dataProduzione"),
            Self::Esito => ("progEsitoApplicativo", "dataUpload"),
            Self::Giornale => ("progGiornale", "dataUpload"),
        }
    }

    /// Names of the parameters that bound a list in time.
    pub(crate) fn window(self) -> [&'static str; 2] {
        match self {
            Self::Ack => ["dataProduzioneDa", "dataProduzioneA"],
            Self::Flusso | Self::Esito | Self::Giornale => ["dataUploadDa", "dataUploadA"],
        }
    }
}

impl Document {
    /// Its line in a list; `base` is the address of the office.
    pub(crate) fn entry(&self, kind: Messaggio, base: &str) -> Value {
        let (number, at) = kind.names();
        json!({
            number: self.place.numero,
            at: moment(self.at),
            "download": self.fetched,
            "location": format!("{base}/{}/{}", kind.path(), self.place.numero),
        })
    }

    /// Name of the file in the archive that is sent.
    pub(crate) fn file_name(&self) -> String {
        format!("{}-{}.xml", self.place.messaggio.contract().0, self.place.numero)
    }

    /// What it is called in the ledger: `UFTST1/giornale/2`.
    pub(crate) fn key(&self, kind: Messaggio) -> String {
        format!("{}/{}/{}", self.place.ufficio, kind.path(), self.place.numero)
    }

    fn is(&self, a2a: &str, office: &str, kind: Messaggio) -> bool {
        self.place.a2a == a2a && self.place.ufficio == office && self.place.messaggio == kind
    }
}

impl Archive {
    /// Files a document that keeps its schema.
    pub(crate) fn file(&mut self, text: &str, now: DateTime<Utc>) -> Result<PublishedOpi, String> {
        let root = xml::read(text)?;
        let messaggio =
            Messaggio::of(&root).ok_or_else(|| format!("{} is no message of SIOPE+", root.name))?;
        let (_, schema, head) = messaggio.contract();
        let breaches: Vec<_> =
            schema.breaches(text).into_iter().map(|b| format!("{} {}", b.at, b.why)).collect();
        if !breaches.is_empty() {
            return Err(breaches.join("\n"));
        }
        let party = |name| root.text_at(&[head, name]).unwrap_or_default().to_owned();
        let (a2a, ufficio) = (party("codice_tramite_ente"), party("codice_ente"));
        let numero = 1 + self.0.iter().filter(|d| d.is(&a2a, &ufficio, messaggio)).count();
        let place = PublishedOpi { a2a, ufficio, messaggio, numero };
        let text = text.to_owned();
        self.0.push(Document { place: place.clone(), at: now, schema, text, fetched: false });
        Ok(place)
    }

    /// The documents of a list, oldest first. Both ends of the window belong to it.
    pub(crate) fn find(&self, a2a: &str, office: &str, kind: Messaggio, asked: &Question) -> Vec<&Document> {
        let wanted = |document: &&Document| {
            document.is(a2a, office, kind)
                && asked.from.is_none_or(|from| document.at >= from)
                && asked.to.is_none_or(|to| document.at <= to)
                && asked.fetched.is_none_or(|fetched| document.fetched == fetched)
        };
        self.0.iter().filter(wanted).collect()
    }

    /// The document of that number.
    pub(crate) fn get(
        &mut self,
        (a2a, office): (&str, &str),
        kind: Messaggio,
        number: &str,
    ) -> Option<&mut Document> {
        let mut own = self.0.iter_mut().filter(|document| document.is(a2a, office, kind));
        own.find(|document| document.place.numero.to_string() == number)
    }
}

const MOMENT: &str = "%Y-%m-%dT%H:%M:%S%.3f";

/// A moment as the lists write it: no offset.
pub(crate) fn moment(at: DateTime<Utc>) -> String {
    at.format(MOMENT).to_string()
}

/// A moment as the lists take it.
pub(crate) fn read_moment(text: &str) -> Option<DateTime<Utc>> {
    let at = NaiveDateTime::parse_from_str(text, MOMENT).ok()?.and_utc();
    (moment(at) == text).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_has_three_decimals_and_no_offset() {
        let at = read_moment("2026-04-10T20:00:01.250").unwrap();
        assert_eq!(moment(at), "2026-04-10T20:00:01.250");
        for wrong in ["2026-04-10", "2026-04-10T20:00:01", "2026-04-10T20:00:01.250Z", "10/04/2026", ""] {
            assert_eq!(read_moment(wrong), None, "{wrong}");
        }
    }
}
