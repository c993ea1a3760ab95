// SPDX-License-Identifier: EUPL-1.2
//! Documents of the OPI standard as they pass through SIOPE+: orders of payment and collection, and what comes back.

/// What a document is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum OpiKind {
    /// Orders that the body gave to its bank (`flusso_ordinativi`).
    Flow,
    /// What SIOPE+ found of a flow (`messaggio_ack_siope`).
    Ack,
    /// What the bank did with orders (`messaggi_esito_applicativo`): only this says that money went out.
    Outcome,
    /// A page of the bank's journal (`flusso_giornale_di_cassa`).
    Journal,
}

impl OpiKind {
    /// Every kind.
    pub const ALL: [Self; 4] = [Self::Flow, Self::Ack, Self::Outcome, Self::Journal];

    /// The name stored and shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Flow => "flusso",
            Self::Ack => "ack",
            Self::Outcome => "esito",
            Self::Journal => "giornale",
        }
    }

    /// The kind of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// The root element of its documents.
    #[must_use]
    pub const fn root(self) -> &'static str {
        match self {
            Self::Flow => "flusso_ordinativi",
            Self::Ack => "messaggio_ack_siope",
            Self::Outcome => "messaggi_esito_applicativo",
            Self::Journal => "flusso_giornale_di_cassa",
        }
    }
}
