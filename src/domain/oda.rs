// SPDX-License-Identifier: EUPL-1.2
//! Where an ODA stands on the portal of the MePA. People make the steps there; the gateway follows. The names are those
//! of the portal, since translating them would lose which step of the contract is meant.

use std::fmt;

use serde::{Deserialize, Serialize};

/// State of an ODA on the portal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum OdaState {
    /// Prepared, not yet signed.
    Bozza,
    /// Signed and sent by the Punto Ordinante: the contract is perfected.
    Inviato,
    /// Accepted by the supplier.
    Accettato,
    /// Refused by the supplier. A dead end.
    Rifiutato,
    /// One side proposed the revocation.
    PropostaRevoca,
    /// Revoked by agreement. A dead end.
    Revocato,
    /// The draft was withdrawn. A dead end.
    Annullato,
}

impl OdaState {
    /// Every state, in the order of life.
    pub const ALL: [Self; 7] = [
        Self::Bozza,
        Self::Inviato,
        Self::Accettato,
        Self::Rifiutato,
        Self::PropostaRevoca,
        Self::Revocato,
        Self::Annullato,
    ];

    /// The portal's name for it.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Bozza => "BOZZA",
            Self::Inviato => "INVIATO",
            Self::Accettato => "ACCETTATO",
            Self::Rifiutato => "RIFIUTATO",
            Self::PropostaRevoca => "PROPOSTA_REVOCA",
            Self::Revocato => "REVOCATO",
            Self::Annullato => "ANNULLATO",
        }
    }

    /// The state of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }
}

impl fmt::Display for OdaState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_to_states_and_are_those_of_serde() {
        for state in OdaState::ALL {
            assert_eq!(OdaState::from_name(state.as_str()), Some(state));
            assert_eq!(serde_json::to_value(state).unwrap(), state.as_str());
        }
        assert_eq!(OdaState::from_name("bozza"), None);
    }
}
