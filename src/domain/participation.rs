// SPDX-License-Identifier: EUPL-1.2
//! A Comune in a programme: from the admission list to confirmation, exclusion or revocation.

use serde::{Deserialize, Serialize};

use super::cup::Cup;
use super::istat::IstatCode;
use super::money::Money;

/// Where a Comune stands in the programme. Only a confirmed one may have orders accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParticipationState {
    /// In the first decree's list.
    Admitted,
    /// Sistema CUP has given the CUP.
    CupGenerated,
    /// The CUP was communicated in time; the receipt is kept.
    Accepted,
    /// In the definitive list: purchases may begin.
    Confirmed,
    /// Deadline missed, or not in the definitive list.
    Excluded,
    /// Funding withdrawn.
    Revoked,
}

impl ParticipationState {
    /// The name stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Admitted => "admitted",
            Self::CupGenerated => "cup_generated",
            Self::Accepted => "accepted",
            Self::Confirmed => "confirmed",
            Self::Excluded => "excluded",
            Self::Revoked => "revoked",
        }
    }

    /// The state of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        let all = [
            Self::Admitted,
            Self::CupGenerated,
            Self::Accepted,
            Self::Confirmed,
            Self::Excluded,
            Self::Revoked,
        ];
        all.into_iter().find(|state| state.as_str() == name)
    }
}

/// What the gateway knows of a Comune in a programme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Participation {
    /// The Comune, by its ISTAT code of the reference table.
    pub comune: IstatCode,
    /// Where it stands.
    pub state: ParticipationState,
    /// The CUP generated for it.
    pub cup: Option<Cup>,
    /// The template the CUP was generated on, as read back from Sistema CUP.
    pub cup_template: Option<String>,
    /// Gross amount assigned by decree.
    pub assigned: Money,
    /// Gross amount not yet reserved, committed or spent.
    pub available: Money,
}
