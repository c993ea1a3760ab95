// SPDX-License-Identifier: EUPL-1.2
//! Taking in a decree's list of Comuni and amounts: all of it in one transaction, or nothing. The same list again changes
//! nothing.

use std::collections::HashSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::app::App;
use crate::domain::cup::Cup;
use crate::domain::istat::IstatCode;
use crate::domain::money::Money;
use crate::domain::participation::ParticipationState;
use crate::flows::accept_grant::{exclude, record};
use crate::store::audit::{Actor, Record};
use crate::store::participation::{ParticipationRow, ParticipationStep};
use crate::store::{StoreError, Tx};

/// Which of the two lists a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListKind {
    /// Decree of admission: who may accept.
    Admission,
    /// Decree of definitive admission: who may purchase. Comuni that are not in it are out.
    Definitive,
}

/// A Comune of a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// The Comune.
    pub comune: IstatCode,
    /// Assigned amount, gross.
    pub amount: Money,
    /// CUP, where the list gives it.
    pub cup: Option<Cup>,
}

/// A list that was read and resolved.
#[derive(Debug, Clone)]
pub struct GrantList {
    /// Which list.
    pub kind: ListKind,
    /// SHA-256 of the file.
    pub digest: String,
    /// True when the list says of itself that its amounts are invented.
    pub synthetic: bool,
    /// Its Comuni, each once.
    pub grants: Vec<Grant>,
}

/// What taking a list in has changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Changes {
    /// Comuni that were new.
    pub admitted: u32,
    /// Comuni whose amount changed, new ones included.
    pub assigned: u32,
    /// Comuni confirmed.
    pub confirmed: u32,
    /// Comuni put out.
    pub excluded: u32,
    /// Comuni of the definitive list that cannot be confirmed yet: their CUP is not known here.
    pub without_cup: u32,
}

/// Why a Comune that is not in the definitive list is out.
const NOT_IN_LIST: &str = "non compreso nell'elenco definitivo";

/// Takes a list in.
///
/// # Errors
/// When the store cannot be written, or a Comune would get less than it already holds for orders; then nothing changes.
pub async fn take_in(app: &Arc<App>, list: GrantList, at: DateTime<Utc>) -> Result<Changes, StoreError> {
    let programme = app.programme.id.clone();
    let template = app.programme.cup_template.value.clone();
    app.store
        .write(move |tx| {
            Box::pin(async move {
                let mut intake = Intake { programme, template, list: &list, at, changes: Changes::default() };
                intake.run(tx).await?;
                Ok(intake.changes)
            })
        })
        .await
}

struct Intake<'l> {
    programme: String,
    template: String,
    list: &'l GrantList,
    at: DateTime<Utc>,
    changes: Changes,
}

impl Intake<'_> {
    async fn run(&mut self, tx: &mut Tx) -> Result<(), StoreError> {
        let mut records = Vec::new();
        for grant in &self.list.grants {
            self.take(tx, grant, &mut records).await?;
        }
        if self.list.kind == ListKind::Definitive {
            self.put_the_others_out(tx).await?;
        }
        for chunk in records.chunks(500) {
            tx.audit(chunk).await?;
        }
        Ok(())
    }

    async fn take(
        &mut self,
        tx: &mut Tx,
        grant: &Grant,
        records: &mut Vec<Record>,
    ) -> Result<(), StoreError> {
        let mut row = self.admitted(tx, grant).await?;
        let mut done = Vec::new();
        if row.balances.assigned != grant.amount {
            let event = format!("{}:{}", self.list.digest, self.at.timestamp_micros());
            tx.assign(&self.programme, &row, grant.amount, &event, self.at).await?;
            self.changes.assigned += 1;
            done.push(format!("assigned={}", grant.amount));
        }
        if let Some(cup) = grant.cup.filter(|_| row.state == ParticipationState::Admitted) {
            done.push(format!("cup={cup}"));
            let template = self.template.clone();
            let step = ParticipationStep::CupGenerated { cup, template, generated_on: None };
            tx.step_participation(&self.programme, &row, &step, self.at).await?;
            row.state = ParticipationState::CupGenerated;
        }
        if self.list.kind == ListKind::Definitive {
            self.confirm(tx, grant, &row, &mut done).await?;
        }
        if !done.is_empty() {
            let detail = format!("list={} {}", self.list.digest, done.join(" "));
            records.push(record(&grant.comune, "grant.listed", detail, &Actor::operator(), self.at));
        }
        Ok(())
    }

    async fn admitted(&mut self, tx: &mut Tx, grant: &Grant) -> Result<ParticipationRow, StoreError> {
        if let Some(row) = tx.participation(&self.programme, &grant.comune).await? {
            return Ok(row);
        }
        tx.admit(&self.programme, &grant.comune, self.list.synthetic, self.at).await?;
        self.changes.admitted += 1;
        tx.participation(&self.programme, &grant.comune).await?.ok_or(StoreError::Changed)
    }

    async fn confirm(
        &mut self,
        tx: &mut Tx,
        grant: &Grant,
        row: &ParticipationRow,
        done: &mut Vec<String>,
    ) -> Result<(), StoreError> {
        let ready = match row.state {
            ParticipationState::Accepted => true,
            // The decree lists the Comune: it was accepted, through whatever way, if its CUP is the list's own.
            ParticipationState::CupGenerated => grant.cup.is_some(),
            ParticipationState::Admitted => false,
            ParticipationState::Confirmed | ParticipationState::Excluded | ParticipationState::Revoked => {
                return Ok(());
            }
        };
        if !ready {
            self.changes.without_cup += 1;
            return Ok(());
        }
        tx.step_participation(&self.programme, row, &ParticipationStep::Confirmed, self.at).await?;
        self.changes.confirmed += 1;
        done.push("confirmed".into());
        Ok(())
    }

    async fn put_the_others_out(&mut self, tx: &mut Tx) -> Result<(), StoreError> {
        let listed: HashSet<&IstatCode> = self.list.grants.iter().map(|grant| &grant.comune).collect();
        for row in tx.participations(&self.programme).await? {
            let waiting = matches!(
                row.state,
                ParticipationState::Admitted
                    | ParticipationState::CupGenerated
                    | ParticipationState::Accepted
            );
            if waiting && !listed.contains(&row.comune) {
                exclude(tx, &self.programme, &row, NOT_IN_LIST, &Actor::operator(), self.at).await?;
                self.changes.excluded += 1;
            }
        }
        Ok(())
    }
}
