// SPDX-License-Identifier: EUPL-1.2
//! Comuni in a programme: state, CUP, receipt and the balances of their grant.

use chrono::{DateTime, NaiveDate, Utc};
use sqlx::sqlite::SqliteRow;
use sqlx::{FromRow, Row, SqliteExecutor};

use crate::domain::budget::{Balances, EntryKind};
use crate::domain::cup::Cup;
use crate::domain::istat::IstatCode;
use crate::domain::money::Money;
use crate::domain::participation::ParticipationState;

use super::audit::{Actor, Record};
use super::journal::NewEntry;
use super::{Store, StoreError, Tx};

/// A Comune's row in a programme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ParticipationRow {
    /// The programme.
    pub programme: String,
    /// The Comune.
    pub comune: IstatCode,
    /// Where it stands.
    pub state: ParticipationState,
    /// Why it stands there, when that needs a reason.
    pub reason: Option<String>,
    /// Its CUP.
    pub cup: Option<Cup>,
    /// Template read back from Sistema CUP; `None` when only a list told the CUP.
    pub cup_template: Option<String>,
    /// Day on which Sistema CUP generated it; none for a CUP that a list brought.
    pub cup_generated_on: Option<NaiveDate>,
    /// Protocol of the receipt for the communicated CUP.
    pub receipt: Option<String>,
    /// When the receipt was given.
    pub receipt_at: Option<DateTime<Utc>>,
    /// Balances, gross.
    pub balances: Balances,
    /// True when the amount comes from a list marked synthetic.
    pub synthetic: bool,
}

impl<'r> FromRow<'r, SqliteRow> for ParticipationRow {
    fn from_row(row: &'r SqliteRow) -> Result<Self, sqlx::Error> {
        let comune: String = row.try_get("comune")?;
        let bad = |column: &'static str, value: &str| {
            sqlx::Error::Decode(
                StoreError::Inconsistent {
                    table: "participation",
                    column,
                    row: comune.clone(),
                    value: value.into(),
                }
                .into(),
            )
        };
        let state: String = row.try_get("state")?;
        let cup: Option<String> = row.try_get("cup")?;
        let money = |column: &str| row.try_get::<i64, _>(column).map(Money::from_cents);
        Ok(Self {
            state: ParticipationState::from_name(&state).ok_or_else(|| bad("state", &state))?,
            programme: row.try_get("programme")?,
            reason: row.try_get("reason")?,
            cup: cup.map(|cup| cup.parse().map_err(|_| bad("cup", &cup))).transpose()?,
            cup_template: row.try_get("cup_template")?,
            cup_generated_on: row.try_get("cup_generated_on")?,
            receipt: row.try_get("receipt")?,
            receipt_at: instant(row.try_get("receipt_at")?),
            balances: Balances {
                assigned: money("assigned")?,
                reserved: money("reserved")?,
                committed: money("committed")?,
                invoiced: money("invoiced")?,
                paid: money("paid")?,
            },
            synthetic: row.try_get::<i64, _>("synthetic")? != 0,
            comune: comune.parse().map_err(|_| bad("comune", &comune))?,
        })
    }
}

/// A stored instant.
pub(super) fn instant(micros: Option<i64>) -> Option<DateTime<Utc>> {
    micros.and_then(DateTime::from_timestamp_micros)
}

async fn find(
    executor: impl SqliteExecutor<'_>,
    programme: &str,
    comune: &IstatCode,
) -> Result<Option<ParticipationRow>, StoreError> {
    let query = sqlx::query_as("SELECT * FROM participation WHERE programme = $1 AND comune = $2");
    Ok(query.bind(programme).bind(comune.as_str()).fetch_optional(executor).await?)
}

/// How many Comuni stand in each state, and the sum of their balances.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ProgrammeTotals {
    /// (state name, Comuni).
    pub states: Vec<(String, i64)>,
    /// Sums, gross.
    pub balances: Balances,
    /// True when any amount comes from a list marked synthetic.
    pub synthetic: bool,
}

impl Store {
    /// The Comune's row, if it is in the programme.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn participation(
        &self,
        programme: &str,
        comune: &IstatCode,
    ) -> Result<Option<ParticipationRow>, StoreError> {
        find(self.reads(), programme, comune).await
    }

    /// Up to `limit` rows after a Comune, in the order of codes.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn participations(
        &self,
        programme: &str,
        after: &str,
        limit: u32,
    ) -> Result<Vec<ParticipationRow>, StoreError> {
        let query = sqlx::query_as(
            "SELECT * FROM participation WHERE programme = $1 AND comune > $2 ORDER BY comune LIMIT $3",
        );
        Ok(query.bind(programme).bind(after).bind(i64::from(limit)).fetch_all(self.reads()).await?)
    }

    /// Totals over a programme.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn programme_totals(&self, programme: &str) -> Result<ProgrammeTotals, StoreError> {
        type StateSums = (String, i64, i64, i64, i64, i64, i64, i64);
        let rows: Vec<StateSums> = sqlx::query_as(
            "SELECT state, COUNT(*), CAST(SUM(assigned) AS BIGINT), CAST(SUM(reserved) AS BIGINT),
             CAST(SUM(committed) AS BIGINT), CAST(SUM(invoiced) AS BIGINT), CAST(SUM(paid) AS BIGINT), MAX(synthetic)
             FROM participation WHERE programme = $1 GROUP BY state ORDER BY state",
        )
        .bind(programme)
        .fetch_all(self.reads())
        .await?;
        let mut totals = ProgrammeTotals::default();
        for (state, comuni, assigned, reserved, committed, invoiced, paid, synthetic) in rows {
            totals.synthetic |= synthetic != 0;
            totals.states.push((state, comuni));
            let sums = &mut totals.balances;
            for (sum, more) in [
                (&mut sums.assigned, assigned),
                (&mut sums.reserved, reserved),
                (&mut sums.committed, committed),
                (&mut sums.invoiced, invoiced),
                (&mut sums.paid, paid),
            ] {
                *sum = Money::from_cents(sum.cents().saturating_add(more));
            }
        }
        Ok(totals)
    }
}

/// A step in a Comune's participation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ParticipationStep {
    /// The Comune has its CUP.
    CupGenerated {
        /// The CUP.
        cup: Cup,
        /// The template read back from Sistema CUP; `None` when only a list told the CUP.
        template: Option<String>,
        /// Day of generation, as read back.
        generated_on: Option<NaiveDate>,
    },
    /// The CUP was communicated in time.
    Accepted {
        /// Protocol of the receipt.
        receipt: String,
        /// When it was given.
        receipt_at: DateTime<Utc>,
    },
    /// In the definitive list.
    Confirmed,
    /// Out.
    Excluded {
        /// Why.
        reason: String,
    },
}

impl Tx {
    /// The Comune's row, as of this transaction.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn participation(
        &mut self,
        programme: &str,
        comune: &IstatCode,
    ) -> Result<Option<ParticipationRow>, StoreError> {
        find(&mut self.connection, programme, comune).await
    }

    /// The Comune that has that CUP, in whatever programme: a CUP is one project of one Comune.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn holder_of_cup(&mut self, cup: &Cup) -> Result<Option<IstatCode>, StoreError> {
        let query = sqlx::query_as("SELECT * FROM participation WHERE cup = $1");
        let row: Option<ParticipationRow> =
            query.bind(cup.to_string()).fetch_optional(&mut self.connection).await?;
        Ok(row.map(|row| row.comune))
    }

    /// Every Comune of the programme, as of this transaction.
    ///
    /// # Errors
    /// When the store cannot be read.
    pub async fn participations(&mut self, programme: &str) -> Result<Vec<ParticipationRow>, StoreError> {
        let query = sqlx::query_as("SELECT * FROM participation WHERE programme = $1 ORDER BY comune");
        Ok(query.bind(programme).fetch_all(&mut self.connection).await?)
    }

    /// Adds a Comune to the programme with nothing assigned yet.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn admit(
        &mut self,
        programme: &str,
        comune: &IstatCode,
        synthetic: bool,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "INSERT INTO participation (programme, comune, state, assigned, reserved, committed, invoiced, paid,
             synthetic, updated_at) VALUES ($1, $2, $3, 0, 0, 0, 0, 0, $4, $5)",
        )
        .bind(programme)
        .bind(comune.as_str())
        .bind(ParticipationState::Admitted.as_str())
        .bind(i64::from(synthetic))
        .bind(at.timestamp_micros())
        .execute(&mut self.connection)
        .await?;
        Ok(())
    }

    /// Sets the amount a decree assigns, booking the difference. `event` names the decree's list.
    ///
    /// # Errors
    /// [`StoreError::Changed`] when the amount would be less than what is already held.
    pub async fn assign(
        &mut self,
        programme: &str,
        row: &ParticipationRow,
        amount: Money,
        event: &str,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let difference = amount.cents().saturating_sub(row.balances.assigned.cents());
        let kind = if difference < 0 { EntryKind::AllocationCut } else { EntryKind::Allocation };
        self.book(&NewEntry {
            programme: programme.into(),
            comune: row.comune,
            kind,
            amount: Money::from_cents(difference.saturating_abs()),
            order_id: None,
            event_key: format!("{}:{programme}:{}:{event}", kind.as_str(), row.comune),
            at,
        })
        .await
    }

    /// Says whether the amount assigned to a Comune is an invented one.
    ///
    /// # Errors
    /// When the store cannot be written.
    pub async fn mark_synthetic(
        &mut self,
        programme: &str,
        comune: &IstatCode,
        synthetic: bool,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        sqlx::query(
            "UPDATE participation SET synthetic = $1, updated_at = $2 WHERE programme = $3 AND comune = $4",
        )
        .bind(i64::from(synthetic))
        .bind(at.timestamp_micros())
        .bind(programme)
        .bind(comune.as_str())
        .execute(&mut self.connection)
        .await?;
        Ok(())
    }

    /// Moves a Comune from the state it was read in.
    ///
    /// # Errors
    /// [`StoreError::Changed`] when it stands elsewhere by now.
    pub async fn step_participation(
        &mut self,
        programme: &str,
        row: &ParticipationRow,
        step: &ParticipationStep,
        at: DateTime<Utc>,
    ) -> Result<(), StoreError> {
        let (state, reason) = match step {
            ParticipationStep::CupGenerated { .. } => (ParticipationState::CupGenerated, None),
            ParticipationStep::Accepted { .. } => (ParticipationState::Accepted, None),
            ParticipationStep::Confirmed => (ParticipationState::Confirmed, None),
            ParticipationStep::Excluded { reason } => (ParticipationState::Excluded, Some(reason)),
        };
        let (cup, template, generated_on) = match step {
            ParticipationStep::CupGenerated { cup, template, generated_on } => {
                (Some(cup.to_string()), template.as_ref(), *generated_on)
            }
            _ => (None, None, None),
        };
        let (receipt, receipt_at) = match step {
            ParticipationStep::Accepted { receipt, receipt_at } => {
                (Some(receipt), Some(receipt_at.timestamp_micros()))
            }
            _ => (None, None),
        };
        let updated = sqlx::query(
            "UPDATE participation SET state = $1, reason = $2, cup = COALESCE($3, cup),
             cup_template = COALESCE($4, cup_template), cup_generated_on = COALESCE($11, cup_generated_on),
             receipt = COALESCE($5, receipt), receipt_at = COALESCE($6, receipt_at), updated_at = $7
             WHERE programme = $8 AND comune = $9 AND state = $10",
        )
        .bind(state.as_str())
        .bind(reason)
        .bind(cup)
        .bind(template)
        .bind(receipt)
        .bind(receipt_at)
        .bind(at.timestamp_micros())
        .bind(programme)
        .bind(row.comune.as_str())
        .bind(row.state.as_str())
        .bind(generated_on)
        .execute(&mut self.connection)
        .await?;
        if updated.rows_affected() != 1 {
            return Err(StoreError::Changed);
        }
        Ok(())
    }

    /// The record of something done about a Comune's participation: how the participation stands now, then what is told
    /// of it. Words of `key=value`; those that others have given come last, a reason for people runs to the end.
    ///
    /// # Errors
    /// [`StoreError::Changed`] when the Comune is not in the programme.
    pub async fn participation_record(
        &mut self,
        (programme, comune): (&str, &IstatCode),
        action: &'static str,
        told: &str,
        actor: &Actor,
        at: DateTime<Utc>,
    ) -> Result<Record, StoreError> {
        let now = self.participation(programme, comune).await?.ok_or(StoreError::Changed)?;
        let row = self.participation_seal(programme, comune.as_str()).await?;
        let (state, assigned) = (now.state.as_str(), now.balances.assigned);
        let standing = format!(
            "programme={programme} state={state} assigned={assigned} synthetic={} row={row}",
            now.synthetic
        );
        let mut words = vec![standing];
        words.extend(Some(told.to_owned()).filter(|told| !told.is_empty()));
        words.extend(now.cup.map(|cup| format!("cup={cup}")));
        words.extend(now.receipt.map(|receipt| format!("receipt={receipt}")));
        words.extend(now.reason.map(|reason| format!("reason={reason}")));
        Ok(Record {
            chain: comune.to_string(),
            at,
            actor: actor.clone(),
            action,
            subject: comune.to_string(),
            detail: words.join(" "),
        })
    }
}
