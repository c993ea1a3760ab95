// SPDX-License-Identifier: EUPL-1.2
//! The lawful ways out when an invoice or a payment is not as it should be. Which one is open depends on the term of SdI: a
//! public body may refuse for five causes only (D.M. MEF 132/2020), and for fifteen days only.

use serde::{Deserialize, Serialize};

use super::sdi::RefusalCause;
use super::text::Text;

/// A way out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "&'static str", try_from = "String")]
pub enum Remedy {
    /// Refuse through SdI (EC02) with the text of this cause, as long as the term runs.
    Refuse(RefusalCause),
    /// Ask the supplier for a credit note (TD04), and for a new invoice where something is owed.
    CreditNote,
    /// The manager attests in writing to which project the expense belongs (RGS, FAQ on PNRR documents).
    Attestation,
    /// Link, complete or correct what the gateway holds.
    Correct,
    /// Nothing to do yet: another document is still to come.
    Wait,
}

impl Remedy {
    /// Every way out.
    pub const ALL: [Self; 9] = [
        Self::Refuse(RefusalCause::NotOurs),
        Self::Refuse(RefusalCause::CigCup),
        Self::Refuse(RefusalCause::MedicalDevice),
        Self::Refuse(RefusalCause::Drug),
        Self::Refuse(RefusalCause::Determina),
        Self::CreditNote,
        Self::Attestation,
        Self::Correct,
        Self::Wait,
    ];

    /// The name stored and shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Refuse(RefusalCause::NotOurs) => "ec02_a",
            Self::Refuse(RefusalCause::CigCup) => "ec02_b",
            Self::Refuse(RefusalCause::MedicalDevice) => "ec02_c",
            Self::Refuse(RefusalCause::Drug) => "ec02_d",
            Self::Refuse(RefusalCause::Determina) => "ec02_e",
            Self::CreditNote => "credit_note",
            Self::Attestation => "attestation",
            Self::Correct => "correct",
            Self::Wait => "wait",
        }
    }

    /// What to do, in words.
    #[must_use]
    pub fn text(self) -> Text {
        match self {
            Self::Refuse(cause) => {
                let (letter, text) = (cause.letter(), cause.text());
                Text {
                    it: format!(
                        "Rifiutare tramite SdI (EC02) entro il termine, con la causale: «D.M. 132/2020, art. 2, lett. {letter}): {}».",
                        text.it
                    )
                    .into(),
                    en: format!(
                        "Refuse through SdI (EC02) within the term, with the cause: \"D.M. 132/2020, art. 2, letter {letter}: {}\".",
                        text.en
                    )
                    .into(),
                }
            }
            Self::CreditNote => Text::new(
                "Chiedere al fornitore una nota di credito (TD04) e, se qualcosa è dovuto, una nuova fattura.",
                "Ask the supplier for a credit note (TD04) and, where something is owed, for a new invoice.",
            ),
            Self::Attestation => Text::new(
                "Acquisire l'attestazione firmata del dirigente che lega la spesa al progetto (CUP e CIG), e conservarla nel fascicolo.",
                "Get the manager's signed attestation that ties the expense to the project (CUP and CIG), and keep it in the file.",
            ),
            Self::Correct => Text::new(
                "Correggere o completare i dati nel gateway, poi ricontrollare.",
                "Correct or complete the data in the gateway, then check again.",
            ),
            Self::Wait => Text::new(
                "Nulla da fare per ora: si attende un altro documento.",
                "Nothing to do for now: another document is still to come.",
            ),
        }
    }
}

impl From<Remedy> for &'static str {
    fn from(remedy: Remedy) -> Self {
        remedy.as_str()
    }
}

/// Not the name of a way out.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not the name of a remedy: {0}")]
pub struct UnknownRemedy(String);

impl TryFrom<String> for Remedy {
    type Error = UnknownRemedy;

    fn try_from(name: String) -> Result<Self, UnknownRemedy> {
        Self::ALL.into_iter().find(|remedy| remedy.as_str() == name).ok_or(UnknownRemedy(name))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back() {
        for remedy in Remedy::ALL {
            assert_eq!(Remedy::try_from(remedy.as_str().to_owned()), Ok(remedy));
        }
        assert!(Remedy::try_from("ec02".to_owned()).is_err());
    }
}
