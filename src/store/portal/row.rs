// SPDX-License-Identifier: EUPL-1.2
//! An ODA of the portal as it is stored.

use chrono::{DateTime, Utc};
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row};

use crate::domain::istat::IstatCode;
use crate::domain::linking::{Candidate, Waiting};
use crate::domain::oda::OdaState;
use crate::store::StoreError;
use crate::store::participation::instant;

/// Whether an ODA of the portal stands for an order here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LinkStatus {
    /// It does.
    Linked,
    /// Nobody knows yet.
    Unlinked,
    /// It does not belong to the programme, a person said.
    Dismissed,
}

impl LinkStatus {
    /// Every status.
    pub const ALL: [Self; 3] = [Self::Linked, Self::Unlinked, Self::Dismissed];

    /// The name stored and shown.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Linked => "linked",
            Self::Unlinked => "unlinked",
            Self::Dismissed => "dismissed",
        }
    }

    /// The status of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == name)
    }
}

/// States an ODA had and since when, oldest first.
pub type Story = Vec<(OdaState, DateTime<Utc>)>;

/// An ODA of the portal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PortalOda {
    /// Programme.
    pub programme: String,
    /// Number on the portal.
    pub number: String,
    /// Where it stood when it was last read; once it is linked the order says.
    pub state: OdaState,
    /// How it came there.
    pub story: Story,
    /// SHA-256 of its document.
    pub sha256: String,
    /// Whether it is linked.
    pub status: LinkStatus,
    /// The order it stands for.
    pub order_id: Option<String>,
    /// The Comune, once it is known.
    pub comune: Option<IstatCode>,
    /// Why it is not linked.
    pub waiting: Option<Waiting>,
    /// What it could belong to, best first.
    pub candidates: Vec<Candidate>,
    /// Who said last what becomes of it; none while only the gateway did.
    pub decided_by: Option<String>,
    /// Why they said so.
    pub reason: Option<String>,
    /// Grows by one at each change.
    pub version: i64,
    /// When it was first read.
    pub first_seen_at: DateTime<Utc>,
    /// When it last changed here.
    pub updated_at: DateTime<Utc>,
}

impl<'r> FromRow<'r, SqliteRow> for PortalOda {
    fn from_row(row: &'r SqliteRow) -> Result<Self, sqlx::Error> {
        let number: String = row.try_get("number")?;
        let bad = |column: &'static str, value: String| {
            let error = StoreError::Inconsistent { table: "portal_oda", column, row: number.clone(), value };
            sqlx::Error::Decode(error.into())
        };
        let text = |column: &str| row.try_get::<String, _>(column);
        let maybe_text = |column: &str| row.try_get::<Option<String>, _>(column);
        let at = |column: &'static str| {
            let micros: i64 = row.try_get(column)?;
            instant(Some(micros)).ok_or_else(|| bad(column, micros.to_string()))
        };
        let (state, story, status) = (text("portal_state")?, text("story")?, text("status")?);
        let (candidates, comune, waiting) =
            (text("candidates")?, maybe_text("comune")?, maybe_text("waiting")?);
        Ok(Self {
            programme: text("programme")?,
            state: OdaState::from_name(&state).ok_or_else(|| bad("portal_state", state))?,
            story: serde_json::from_str(&story).map_err(|_| bad("story", story.clone()))?,
            sha256: text("sha256")?,
            status: LinkStatus::from_name(&status).ok_or_else(|| bad("status", status))?,
            order_id: maybe_text("order_id")?,
            comune: comune.map(|code| code.parse().map_err(|_| bad("comune", code))).transpose()?,
            waiting: waiting
                .map(|name| Waiting::from_name(&name).ok_or_else(|| bad("waiting", name)))
                .transpose()?,
            candidates: serde_json::from_str(&candidates)
                .map_err(|_| bad("candidates", candidates.clone()))?,
            decided_by: maybe_text("decided_by")?,
            reason: maybe_text("reason")?,
            version: row.try_get("version")?,
            first_seen_at: at("first_seen_at")?,
            updated_at: at("updated_at")?,
            number,
        })
    }
}

impl PortalOda {
    /// True when it belongs, or could belong, to the Comune.
    #[must_use]
    pub fn concerns(&self, comune: &IstatCode) -> bool {
        self.comune.as_ref() == Some(comune)
            || self.candidates.iter().any(|candidate| candidate.comune == *comune)
    }
}
