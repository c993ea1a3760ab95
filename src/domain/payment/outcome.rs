// SPDX-License-Identifier: EUPL-1.2
//! What became of orders: at the door of SIOPE+ (ack) and at the bank (outcome). Only an outcome says that money went out.

use chrono::{DateTime, Utc};

use super::OpiHead;
use crate::domain::money::Money;

/// What the bank did with some orders (`messaggi_esito_applicativo`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutcomeMessage {
    /// For whom and when.
    pub head: OpiHead,
    /// The bank's own name of the message (`identificativo_flusso_BT`): the same again is the same message.
    pub bank_flow_id: String,
    /// Outcomes of mandati, in document order.
    pub outcomes: Vec<PaymentOutcome>,
    /// How many outcomes of orders of collection stand beside them.
    pub reversali: u32,
    /// How many outcomes of mandati could not be read whole and are not in `outcomes`.
    pub left_out: u32,
}

/// What became of a mandato, or of one payee of it (`esito_mandati`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PaymentOutcome {
    /// The flow in which the order was given (`identificativo_flusso`).
    pub flow_id: String,
    /// Budget year of the order (`esercizio`).
    pub exercise: u16,
    /// Number of the mandato (`numero_mandato`).
    pub number: u64,
    /// Progressive of the payee (`progressivo_beneficiario`); none: the whole mandato.
    pub progressive: Option<u64>,
    /// How much it is about (`importo`); none: all of it.
    pub amount: Option<Money>,
    /// What happened (`esito_operazione`).
    pub kind: OutcomeKind,
    /// When (`data_ora_esito_operazione`); a time without a zone is one in Italy.
    pub at: DateTime<Utc>,
    /// Why it was not done (`lista_errori`).
    pub errors: Vec<OutcomeError>,
}

/// Why the bank did not do something (`lista_errori`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutcomeError {
    /// The payee it is about; none: the whole mandato.
    pub progressive: Option<u64>,
    /// Code of the bank (`codice_errore`), as written.
    pub code: Option<String>,
    /// What is wrong (`descrizione`).
    pub text: String,
    /// The element that is wrong (`elemento`).
    pub element: Option<String>,
}

/// `esito_operazione` of a mandato.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OutcomeKind {
    /// `ACQUISITO`.
    Acquired,
    /// `NON ACQUISITO`.
    NotAcquired,
    /// `VARIATO`.
    Changed,
    /// `NON VARIATO`.
    NotChanged,
    /// `ANNULLATO`.
    Cancelled,
    /// `NON ANNULLATO`.
    NotCancelled,
    /// `SOSTITUITO`.
    Replaced,
    /// `NON SOSTITUITO`.
    NotReplaced,
    /// `PAGATO`.
    Paid,
    /// `STORNATO`.
    Reversed,
    /// `REGOLARIZZATO`.
    Settled,
    /// `NON REGOLARIZZATO`.
    NotSettled,
    /// `NON ESEGUIBILE`.
    NotExecutable,
}

/// What an outcome does to money and to the order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// The money went out.
    MoneyOut,
    /// Money that had gone out came back.
    TakenBack,
    /// The bank holds the order, or holds it as changed; no money moved.
    Accepted,
    /// The order is void; no money will move.
    Voided,
    /// A replacement was made; no money moved. Which of the two orders the outcome names the documents do not say: the order
    /// that was replaced is known from [`Position::replaces`](super::Position::replaces).
    Replaced,
    /// The bank did not do what it was asked; nothing changed.
    Refused,
}

impl OutcomeKind {
    /// Every outcome.
    pub const ALL: [Self; 13] = [
        Self::Acquired,
        Self::NotAcquired,
        Self::Changed,
        Self::NotChanged,
        Self::Cancelled,
        Self::NotCancelled,
        Self::Replaced,
        Self::NotReplaced,
        Self::Paid,
        Self::Reversed,
        Self::Settled,
        Self::NotSettled,
        Self::NotExecutable,
    ];

    /// The words of the document.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Acquired => "ACQUISITO",
            Self::NotAcquired => "NON ACQUISITO",
            Self::Changed => "VARIATO",
            Self::NotChanged => "NON VARIATO",
            Self::Cancelled => "ANNULLATO",
            Self::NotCancelled => "NON ANNULLATO",
            Self::Replaced => "SOSTITUITO",
            Self::NotReplaced => "NON SOSTITUITO",
            Self::Paid => "PAGATO",
            Self::Reversed => "STORNATO",
            Self::Settled => "REGOLARIZZATO",
            Self::NotSettled => "NON REGOLARIZZATO",
            Self::NotExecutable => "NON ESEGUIBILE",
        }
    }

    /// The outcome of these words.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == word)
    }

    /// What it does.
    ///
    /// | `esito_operazione` | asked | effect |
    /// | --- | --- | --- |
    /// | ACQUISITO | a new order | `Accepted`: the bank has it, nothing is paid yet |
    /// | VARIATO | a change | `Accepted`: the order as changed holds |
    /// | ANNULLATO | taking it back | `Voided`: it will not be paid |
    /// | SOSTITUITO | another in its place | `Replaced` |
    /// | PAGATO | | `MoneyOut` |
    /// | REGOLARIZZATO | covering money that went out before the order | `MoneyOut` |
    /// | STORNATO | | `TakenBack`: of a payment made before |
    /// | NON ACQUISITO | a new order | `Refused`: there is no such order |
    /// | NON VARIATO, NON ANNULLATO, NON SOSTITUITO | a change of an order | `Refused`: the order stays as it was |
    /// | NON REGOLARIZZATO | covering money that went out before the order | `Refused`: it is still uncovered |
    /// | NON ESEGUIBILE | | `Refused`: the order cannot be paid as it is |
    #[must_use]
    pub const fn effect(self) -> Effect {
        match self {
            Self::Paid | Self::Settled => Effect::MoneyOut,
            Self::Reversed => Effect::TakenBack,
            Self::Acquired | Self::Changed => Effect::Accepted,
            Self::Cancelled => Effect::Voided,
            Self::Replaced => Effect::Replaced,
            Self::NotAcquired
            | Self::NotChanged
            | Self::NotCancelled
            | Self::NotReplaced
            | Self::NotSettled
            | Self::NotExecutable => Effect::Refused,
        }
    }
}

/// What SIOPE+ found of a flow at its door (`messaggio_ack_siope`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AckMessage {
    /// For whom and when.
    pub head: OpiHead,
    /// The flow (`identificativo_flusso`); none when it could not even be read.
    pub flow_id: Option<String>,
    /// Budget year (`esercizio`).
    pub exercise: Option<u16>,
    /// Whether it passed (`stato_flusso`).
    pub state: AckState,
    /// Why not (`errore`).
    pub errors: Vec<Remark>,
    /// What was found and let pass (`warning`).
    pub warnings: Vec<Remark>,
}

/// `stato_flusso`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum AckState {
    /// `OK`: it went on to the bank.
    Passed,
    /// `WARNING`: it went on to the bank, with remarks.
    PassedWithRemarks,
    /// `KO`: it did not go on to the bank.
    Stopped,
}

/// Something that SIOPE+ remarked.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Remark {
    /// Its code (`codice`), as written.
    pub code: String,
    /// What is wrong (`descrizione`).
    pub text: String,
    /// XPath of the element (`elemento`).
    pub element: Option<String>,
}

impl AckState {
    /// Every state.
    pub const ALL: [Self; 3] = [Self::Passed, Self::PassedWithRemarks, Self::Stopped];

    /// The word of the document.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Passed => "OK",
            Self::PassedWithRemarks => "WARNING",
            Self::Stopped => "KO",
        }
    }

    /// The state of that word.
    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == word)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn money_moves_by_three_outcomes_only() {
        let of = |effect: Effect| -> Vec<&str> {
            let kinds = OutcomeKind::ALL.into_iter().filter(|kind| kind.effect() == effect);
            kinds.map(OutcomeKind::as_str).collect()
        };
        assert_eq!(of(Effect::MoneyOut), ["PAGATO", "REGOLARIZZATO"]);
        assert_eq!(of(Effect::TakenBack), ["STORNATO"]);
        assert_eq!(of(Effect::Accepted), ["ACQUISITO", "VARIATO"]);
        assert_eq!(of(Effect::Voided), ["ANNULLATO"]);
        assert_eq!(of(Effect::Replaced), ["SOSTITUITO"]);
        assert!(of(Effect::Refused).iter().all(|word| word.starts_with("NON ")));
        assert_eq!(of(Effect::Refused).len(), 6);
    }

    #[test]
    fn words_read_back() {
        for kind in OutcomeKind::ALL {
            assert_eq!(OutcomeKind::from_word(kind.as_str()), Some(kind));
        }
        for state in AckState::ALL {
            assert_eq!(AckState::from_word(state.as_str()), Some(state));
        }
        assert_eq!(OutcomeKind::from_word("RISCOSSO"), None);
    }
}
