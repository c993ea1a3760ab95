// SPDX-License-Identifier: EUPL-1.2
//! An ODA as it stands on the portal of the MePA: its number and its state.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use thiserror::Error;

/// Number of an ODA: up to twelve digits, never calculated with.
///
/// ```
/// use mepa_gateway::domain::oda::OdaNumber;
/// let number: OdaNumber = "8127453".parse()?;
/// assert_eq!(number.as_str(), "8127453");
/// assert!("8127453/1".parse::<OdaNumber>().is_err());
/// # Ok::<(), mepa_gateway::domain::oda::OdaNumberError>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OdaNumber(String);

/// Why a text is not the number of an ODA.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum OdaNumberError {
    /// Nothing, or too much.
    #[error("not the number of an ODA: 1 to 12 digits expected, {0} characters found")]
    Length(usize),
    /// Something that is not a digit.
    #[error("not the number of an ODA: character {position} is {found:?}, a digit expected")]
    Character {
        /// Position, counted from 1.
        position: usize,
        /// The character found there.
        found: char,
    },
}

impl OdaNumber {
    /// The digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for OdaNumber {
    type Err = OdaNumberError;

    fn from_str(raw: &str) -> Result<Self, Self::Err> {
        if let Some((at, found)) = raw.chars().enumerate().find(|(_, found)| !found.is_ascii_digit()) {
            return Err(OdaNumberError::Character { position: at.saturating_add(1), found });
        }
        if !(1..=12).contains(&raw.len()) {
            return Err(OdaNumberError::Length(raw.len()));
        }
        Ok(Self(raw.to_owned()))
    }
}

super::code::code_traits!(OdaNumber, OdaNumberError, "the number of an ODA, 1 to 12 digits");

/// Where an ODA stands on the portal. People make the steps there; the gateway follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OdaState {
    /// Prepared, not yet signed.
    Draft,
    /// Signed and sent by the Punto Ordinante: the contract is perfected.
    Sent,
    /// Accepted by the supplier.
    Accepted,
    /// Refused by the supplier. A dead end.
    Refused,
    /// One side proposed the revocation.
    RevocationProposed,
    /// Revoked by agreement. A dead end.
    Revoked,
    /// The draft was withdrawn. A dead end.
    Cancelled,
}

impl OdaState {
    /// Every state, in the order of life.
    pub const ALL: [Self; 7] = [
        Self::Draft,
        Self::Sent,
        Self::Accepted,
        Self::Refused,
        Self::RevocationProposed,
        Self::Revoked,
        Self::Cancelled,
    ];

    /// The name stored and shown.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Draft => "draft",
            Self::Sent => "sent",
            Self::Accepted => "accepted",
            Self::Refused => "refused",
            Self::RevocationProposed => "revocation_proposed",
            Self::Revoked => "revoked",
            Self::Cancelled => "cancelled",
        }
    }

    /// The state of that name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == name)
    }

    /// True when no step leads further.
    #[must_use]
    pub const fn is_final(self) -> bool {
        match self {
            Self::Refused | Self::Revoked | Self::Cancelled => true,
            Self::Draft | Self::Sent | Self::Accepted | Self::RevocationProposed => false,
        }
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
    fn numbers_are_digits_only() {
        assert_eq!("".parse::<OdaNumber>(), Err(OdaNumberError::Length(0)));
        assert_eq!("1234567890123".parse::<OdaNumber>(), Err(OdaNumberError::Length(13)));
        let error = OdaNumberError::Character { position: 3, found: 'è' };
        assert_eq!("12è".parse::<OdaNumber>(), Err(error));
    }

    #[test]
    fn names_lead_back_to_states() {
        for state in OdaState::ALL {
            assert_eq!(OdaState::from_name(state.as_str()), Some(state));
        }
        assert_eq!(OdaState::from_name("BOZZA"), None);
    }
}
