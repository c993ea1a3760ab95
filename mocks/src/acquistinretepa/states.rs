// SPDX-License-Identifier: EUPL-1.2
//! The life of an ODA on the platform: which step leads where, and who may not take it.

use serde::{Deserialize, Serialize};

/// State of an ODA.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Stato {
    /// Draft.
    Bozza,
    /// Signed and sent by the Punto Ordinante.
    Inviato,
    /// Accepted by the supplier.
    Accettato,
    /// Refused by the supplier.
    Rifiutato,
    /// One side proposed to revoke.
    PropostaRevoca,
    /// Revoked by both.
    Revocato,
    /// Cancelled while a draft.
    Annullato,
}

/// What somebody does on the portal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Azione {
    /// The Punto Ordinante signs and sends the draft.
    FirmaEInvia,
    /// The supplier accepts.
    Accetta,
    /// The supplier refuses.
    Rifiuta,
    /// One side proposes to revoke an accepted order.
    ProponiRevoca,
    /// The other side agrees.
    AccettaRevoca,
    /// The other side does not.
    RespingiRevoca,
    /// The Comune cancels the draft.
    Annulla,
}

impl Stato {
    /// Where the step leads; `None` if it cannot be taken here.
    #[must_use]
    pub fn after(self, azione: Azione) -> Option<Self> {
        match (self, azione) {
            (Self::Bozza, Azione::FirmaEInvia) => Some(Self::Inviato),
            (Self::Bozza, Azione::Annulla) => Some(Self::Annullato),
            (Self::Inviato, Azione::Accetta) | (Self::PropostaRevoca, Azione::RespingiRevoca) => {
                Some(Self::Accettato)
            }
            (Self::Inviato, Azione::Rifiuta) => Some(Self::Rifiutato),
            (Self::Accettato, Azione::ProponiRevoca) => Some(Self::PropostaRevoca),
            (Self::PropostaRevoca, Azione::AccettaRevoca) => Some(Self::Revocato),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const STATES: [Stato; 7] = [
        Stato::Bozza,
        Stato::Inviato,
        Stato::Accettato,
        Stato::Rifiutato,
        Stato::PropostaRevoca,
        Stato::Revocato,
        Stato::Annullato,
    ];
    const STEPS: [Azione; 7] = [
        Azione::FirmaEInvia,
        Azione::Accetta,
        Azione::Rifiuta,
        Azione::ProponiRevoca,
        Azione::AccettaRevoca,
        Azione::RespingiRevoca,
        Azione::Annulla,
    ];

    #[test]
    fn seven_steps_and_three_dead_ends() {
        let steps = STATES.iter().flat_map(|s| STEPS.iter().filter_map(|a| s.after(*a))).count();
        assert_eq!(steps, 7);
        for end in [Stato::Rifiutato, Stato::Revocato, Stato::Annullato] {
            assert!(STEPS.iter().all(|step| end.after(*step).is_none()), "{end:?}");
        }
    }

    #[test]
    fn a_sent_order_cannot_be_cancelled() {
        assert_eq!(Stato::Inviato.after(Azione::Annulla), None);
        assert_eq!(serde_json::to_string(&Stato::PropostaRevoca).unwrap(), "\"PROPOSTA_REVOCA\"");
    }
}
