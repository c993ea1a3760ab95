// SPDX-License-Identifier: EUPL-1.2
//! The bank's journal of a day (*giornale di cassa*). It knows neither CIG nor CUP nor invoices: it is joined to orders by
//! their key.

use chrono::{NaiveDate, TimeDelta};

use super::story::{BankSaid, Teller};
use super::{OpiHead, OutcomeKind, PositionId};
use crate::domain::money::Money;
use crate::domain::rome::day_bounds;

/// One page of the journal of a day (`flusso_giornale_di_cassa`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JournalPage {
    /// For whom and when.
    pub head: OpiHead,
    /// The bank's own name of the page (`identificativo_flusso_BT`): the same again is the same page.
    pub bank_flow_id: String,
    /// Number of the page, from 1 (`pagina`).
    pub page: u32,
    /// How many pages the day has (`pagine_totali`).
    pub pages: u32,
    /// Budget year (`esercizio`).
    pub exercise: u16,
    /// The day (`data_riferimento_GdC`).
    pub date: NaiveDate,
    /// What moved, of all accounts, in document order.
    pub movements: Vec<Movement>,
    /// How many movements could not be read whole and are not in `movements`.
    pub left_out: u32,
}

/// One movement (`movimento_conto_evidenza`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Movement {
    /// The flow in which the order was given (`identificativo_flusso`).
    pub flow_id: String,
    /// In or out (`tipo_movimento`).
    pub direction: JournalDirection,
    /// What it settles (`tipo_documento`).
    pub document: JournalDocument,
    /// What the bank did (`tipo_operazione`).
    pub operation: JournalOperation,
    /// Number of the document (`numero_documento`).
    pub number: u64,
    /// Progressive in it (`progressivo_documento`): of a mandato, the payee.
    pub progressive: u64,
    /// How much (`importo`); may be below zero.
    pub amount: Money,
    /// What was withheld of it (`importo_ritenute`).
    pub withheld: Money,
    /// The transfer's own reference (`end_to_end_id`).
    pub end_to_end: Option<String>,
    /// When (`data_movimento`).
    pub date: NaiveDate,
}

impl JournalPage {
    /// The position of a mandato that a movement of this page is about.
    #[must_use]
    pub fn position(&self, movement: &Movement) -> Option<PositionId> {
        (movement.document == JournalDocument::Mandato).then_some(PositionId {
            exercise: self.exercise,
            number: movement.number,
            progressive: movement.progressive,
        })
    }

    /// What the movements of mandati say of their payments. The journal knows days, not hours: what it tells is dated to the
    /// beginning of its day in Italy, in the order of the page, so that an outcome message of the same day, which knows the
    /// minute, holds over it. `document` is the SHA-256 of the page.
    pub fn said<'p>(&'p self, document: &'p str) -> impl Iterator<Item = BankSaid> + 'p {
        let movements = (0i64..).zip(&self.movements);
        movements.filter_map(|(place, movement)| {
            let position = self.position(movement)?;
            let at = day_bounds(movement.date, movement.date).0 + TimeDelta::microseconds(place);
            Some(BankSaid {
                exercise: position.exercise,
                number: position.number,
                progressive: Some(position.progressive),
                kind: movement.operation.outcome(),
                amount: Some(movement.amount),
                at,
                teller: Teller::Journal,
                document: document.to_owned(),
            })
        })
    }
}

/// `tipo_movimento`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum JournalDirection {
    /// `ENTRATA`.
    In,
    /// `USCITA`.
    Out,
}

impl JournalDirection {
    /// Both directions.
    pub const ALL: [Self; 2] = [Self::In, Self::Out];

    /// The word of the document.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::In => "ENTRATA",
            Self::Out => "USCITA",
        }
    }

    /// The direction of that word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|direction| direction.as_str() == word)
    }
}

/// `tipo_documento`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum JournalDocument {
    /// `MANDATO`: an order of payment.
    Mandato,
    /// `REVERSALE`: an order of collection.
    Reversale,
    /// `SOSPESO ENTRATA`: money that came in without an order.
    ProvisionalIn,
    /// `SOSPESO USCITA`: money that went out without an order.
    ProvisionalOut,
    /// `ANTICIPAZIONE`: an advance of the bank.
    Advance,
    /// `GIROCONTO`: from one account to another.
    Transfer,
    /// `FONDO DI CASSA`: what was there at the beginning of the exercise.
    OpeningBalance,
    /// `DEFICIT DI CASSA`: what was missing at the beginning of the exercise.
    OpeningDeficit,
}

impl JournalDocument {
    /// Every document.
    pub const ALL: [Self; 8] = [
        Self::Mandato,
        Self::Reversale,
        Self::ProvisionalIn,
        Self::ProvisionalOut,
        Self::Advance,
        Self::Transfer,
        Self::OpeningBalance,
        Self::OpeningDeficit,
    ];

    /// The words of the document.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Mandato => "MANDATO",
            Self::Reversale => "REVERSALE",
            Self::ProvisionalIn => "SOSPESO ENTRATA",
            Self::ProvisionalOut => "SOSPESO USCITA",
            Self::Advance => "ANTICIPAZIONE",
            Self::Transfer => "GIROCONTO",
            Self::OpeningBalance => "FONDO DI CASSA",
            Self::OpeningDeficit => "DEFICIT DI CASSA",
        }
    }

    /// The document of these words.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|document| document.as_str() == word)
    }
}

/// `tipo_operazione` of a movement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum JournalOperation {
    /// `ESEGUITO`: carried out.
    Executed,
    /// `STORNATO`: taken back.
    Reversed,
    /// `REGOLARIZZATO`: an order covers what had moved without one.
    Settled,
    /// `RIPRISTINATO`: what was covered is uncovered again.
    Restored,
}

impl JournalOperation {
    /// Every operation.
    pub const ALL: [Self; 4] = [Self::Executed, Self::Reversed, Self::Settled, Self::Restored];

    /// The word of the document.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Executed => "ESEGUITO",
            Self::Reversed => "STORNATO",
            Self::Settled => "REGOLARIZZATO",
            Self::Restored => "RIPRISTINATO",
        }
    }

    /// The operation of that word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|operation| operation.as_str() == word)
    }

    /// What an outcome message would say of it.
    #[must_use]
    pub const fn outcome(self) -> OutcomeKind {
        match self {
            Self::Executed => OutcomeKind::Paid,
            Self::Settled => OutcomeKind::Settled,
            Self::Reversed | Self::Restored => OutcomeKind::Reversed,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_read_back() {
        for direction in JournalDirection::ALL {
            assert_eq!(JournalDirection::from_word(direction.as_str()), Some(direction));
        }
        for document in JournalDocument::ALL {
            assert_eq!(JournalDocument::from_word(document.as_str()), Some(document));
        }
        for operation in JournalOperation::ALL {
            assert_eq!(JournalOperation::from_word(operation.as_str()), Some(operation));
        }
    }
}
