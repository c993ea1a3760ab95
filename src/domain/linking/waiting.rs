// SPDX-License-Identifier: EUPL-1.2
//! Why an ODA of the portal waits for a person.

use serde::{Deserialize, Serialize};

use crate::domain::text::Text;

/// Why an ODA waits for a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Waiting {
    /// The document cannot be read as an order.
    Unreadable,
    /// No code in it belongs to a Comune.
    NoComune,
    /// Its codes belong to different Comuni.
    Contradiction,
    /// The Comune is not in the programme.
    NotInProgramme,
    /// Neither CUP nor any line says that it belongs to the programme.
    NotOfProgramme,
    /// The CUP alone points at the Comune.
    CupAlone,
    /// It looks like a stored order, but not in everything.
    LikeAnOrder,
    /// Another ODA stands for the order it equals.
    SecondOda,
    /// The order it equals is being handed over at this moment.
    UnderWay,
    /// Its story on the portal does not begin where a new order begins.
    OddStory,
    /// A person took the link back.
    TakenBack,
}

impl Waiting {
    /// The name stored and shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Unreadable => "unreadable",
            Self::NoComune => "no_comune",
            Self::Contradiction => "contradiction",
            Self::NotInProgramme => "not_in_programme",
            Self::NotOfProgramme => "not_of_programme",
            Self::CupAlone => "cup_alone",
            Self::LikeAnOrder => "like_an_order",
            Self::SecondOda => "second_oda",
            Self::UnderWay => "under_way",
            Self::OddStory => "odd_story",
            Self::TakenBack => "taken_back",
        }
    }

    /// The reason of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        serde_json::from_value(name.into()).ok()
    }

    /// Why, for people.
    #[must_use]
    pub const fn text(self) -> Text {
        match self {
            Self::Unreadable => Text::new(
                "il documento dell'ODA non è leggibile come ordine",
                "the document of the ODA cannot be read as an order",
            ),
            Self::NoComune => Text::new(
                "nessun codice del documento appartiene a un Comune",
                "no code in the document belongs to a Comune",
            ),
            Self::Contradiction => Text::new(
                "i codici del documento appartengono a Comuni diversi",
                "the codes in the document belong to different Comuni",
            ),
            Self::NotInProgramme => {
                Text::new("il Comune non è tra quelli del programma", "the Comune is not in the programme")
            }
            Self::NotOfProgramme => Text::new(
                "né il CUP né alcuna riga dicono che l'ordine è del programma",
                "neither the CUP nor any line says that the order is of the programme",
            ),
            Self::CupAlone => Text::new(
                "solo il CUP indica il Comune: mancano codice fiscale e codice IPA dell'acquirente",
                "the CUP alone points at the Comune: tax code and IPA code of the buyer are missing",
            ),
            Self::LikeAnOrder => Text::new(
                "somiglia a un ordine già registrato, ma non in tutto",
                "it looks like an order that is stored, but not in everything",
            ),
            Self::SecondOda => Text::new(
                "per lo stesso ordine esiste già un altro ODA: annullare sul portale quello di troppo",
                "another ODA stands for the same order: cancel the one too many on the portal",
            ),
            Self::UnderWay => Text::new(
                "l'ordine corrispondente è in corso di consegna alla piattaforma: si riprova da soli",
                "the order it equals is being handed over: this is tried again by itself",
            ),
            Self::OddStory => Text::new(
                "la storia dell'ODA sul portale non è quella di un ordine",
                "the story of the ODA on the portal is not that of an order",
            ),
            Self::TakenBack => {
                Text::new("una persona ha sciolto il collegamento", "a person took the link back")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_read_back() {
        for reason in [Waiting::Unreadable, Waiting::SecondOda, Waiting::TakenBack] {
            assert_eq!(Waiting::from_name(reason.as_str()), Some(reason));
        }
    }
}
