// SPDX-License-Identifier: EUPL-1.2
//! Taking in a decree's list of Comuni and amounts: all of it in one transaction, or nothing. The same list again changes
//! nothing. A Comune that the list contradicts is left as it stands, whole, and told ([`Changes::left`]).

use std::collections::HashSet;
use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::app::App;
use crate::domain::cup::Cup;
use crate::domain::istat::IstatCode;
use crate::domain::money::Money;
use crate::domain::participation::ParticipationState;
use crate::domain::text::Text;
use crate::flows::accept_grant::exclude;
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
#[derive(Debug, Clone, Default, PartialEq, Eq)]
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
    /// Comuni of the list of which nothing was taken, neither amount nor CUP nor confirmation.
    pub left: Vec<Left>,
}

/// A Comune of the list that was left as it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Left {
    /// The Comune.
    pub comune: IstatCode,
    /// What keeps the list's row out.
    pub why: WhyLeft,
}

/// What a row of a list contradicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WhyLeft {
    /// The Comune is out of the programme: a grant booked for it would count in totals and never be spent.
    Out(ParticipationState),
    /// The Comune has another CUP here. Either may be the wrong one, and orders carry only one of them.
    OtherCup {
        /// The one in the list.
        listed: Cup,
        /// The one stored.
        stored: Cup,
    },
    /// The CUP is already another Comune's.
    CupOfAnother {
        /// The one in the list.
        listed: Cup,
        /// Whose it is here.
        holder: IstatCode,
    },
}

impl WhyLeft {
    /// Said to people, with what to do.
    pub fn text(&self) -> Text {
        let (it, en) = match self {
            Self::Out(state) => (
                format!(
                    "fuori dal programma (stato {}) benché in elenco: verificare con il decreto",
                    state.as_str()
                ),
                format!("out of the programme ({}) although listed: check with the decree", state.as_str()),
            ),
            Self::OtherCup { listed, stored } => (
                format!(
                    "l'elenco ha il CUP {listed}, qui è registrato {stored}: verificare su Sistema CUP quale vale"
                ),
                format!(
                    "the list has CUP {listed}, {stored} is stored here: check on Sistema CUP which one counts"
                ),
            ),
            Self::CupOfAnother { listed, holder } => (
                format!("il CUP {listed} è già del Comune {holder}: verificare su Sistema CUP di chi è"),
                format!("CUP {listed} is already that of Comune {holder}: check on Sistema CUP whose it is"),
            ),
        };
        Text { it: it.into(), en: en.into() }
    }
}

/// Why a Comune that is not in the definitive list is out.
const NOT_IN_LIST: &str = "non compreso nell'elenco definitivo";

/// Takes a list in.
///
/// # Errors
/// When the store cannot be written, or a Comune would get less than it already holds for orders; then nothing changes.
pub async fn take_in(app: &Arc<App>, list: GrantList, at: DateTime<Utc>) -> Result<Changes, StoreError> {
    let programme = app.programme.id.clone();
    app.store
        .write(move |tx| {
            Box::pin(async move {
                let mut intake = Intake { programme, list: &list, at, changes: Changes::default() };
                intake.run(tx).await?;
                Ok(intake.changes)
            })
        })
        .await
}

struct Intake<'l> {
    programme: String,
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
        let known = tx.participation(&self.programme, &grant.comune).await?;
        if let Some(why) = self.why_left(tx, grant, known.as_ref()).await? {
            self.changes.left.push(Left { comune: grant.comune, why });
            return Ok(());
        }
        let mut changed = known.is_none();
        let mut row = match known {
            Some(row) => row,
            None => self.admit(tx, grant).await?,
        };
        changed |= self.assign(tx, grant, &row).await?;
        if let (Some(cup), None) = (grant.cup, row.cup) {
            // A list tells neither on which template a CUP was made nor when: that is read back from Sistema CUP or not known.
            let step = ParticipationStep::CupGenerated { cup, template: None, generated_on: None };
            tx.step_participation(&self.programme, &row, &step, self.at).await?;
            row = ParticipationRow { state: ParticipationState::CupGenerated, cup: Some(cup), ..row };
            changed = true;
        }
        if self.list.kind == ListKind::Definitive {
            changed |= self.confirm(tx, grant, &row).await?;
        }
        if changed {
            let (budget, told) = ((&*self.programme, &grant.comune), format!("list={}", self.list.digest));
            records.push(
                tx.participation_record(budget, "grant.listed", &told, &Actor::operator(), self.at).await?,
            );
        }
        Ok(())
    }

    /// Sets the amount, and whether it is an invented one. An official list that gives the very amount makes it
    /// official; a synthetic one takes nothing from an amount that an official list gave. True when either changed.
    async fn assign(
        &mut self,
        tx: &mut Tx,
        grant: &Grant,
        row: &ParticipationRow,
    ) -> Result<bool, StoreError> {
        let (other_amount, synthetic) = (row.balances.assigned != grant.amount, self.list.synthetic);
        if other_amount {
            let event = format!("{}:{}", self.list.digest, self.at.timestamp_micros());
            tx.assign(&self.programme, row, grant.amount, &event, self.at).await?;
            self.changes.assigned += 1;
        }
        let other_mark = row.synthetic != synthetic && (other_amount || !synthetic);
        if other_mark {
            tx.mark_synthetic(&self.programme, &grant.comune, synthetic, self.at).await?;
        }
        Ok(other_amount || other_mark)
    }

    /// Why nothing of a Comune's row may be taken, if anything speaks against it.
    async fn why_left(
        &self,
        tx: &mut Tx,
        grant: &Grant,
        known: Option<&ParticipationRow>,
    ) -> Result<Option<WhyLeft>, StoreError> {
        if let Some(row) = known
            && matches!(row.state, ParticipationState::Excluded | ParticipationState::Revoked)
            && !self.brings_back(grant, row)
        {
            return Ok(Some(WhyLeft::Out(row.state)));
        }
        let Some(listed) = grant.cup else { return Ok(None) };
        if let Some(stored) = known.and_then(|row| row.cup) {
            return Ok((stored != listed).then_some(WhyLeft::OtherCup { listed, stored }));
        }
        let holder = tx.holder_of_cup(&listed).await?;
        Ok(holder.map(|holder| WhyLeft::CupOfAnother { listed, holder }))
    }

    /// True for a Comune that only an earlier definitive list had put out, when this one names it: the decree was
    /// corrected, and what the gateway had concluded from its silence falls with it. Only when it can be confirmed at
    /// once, by its receipt or by the CUP in the list: the term to accept is over, so as a merely admitted Comune it
    /// would be put out again. Whom the deadline or a revocation put out, that act put out: no list undoes it.
    fn brings_back(&self, grant: &Grant, row: &ParticipationRow) -> bool {
        self.list.kind == ListKind::Definitive
            && row.state == ParticipationState::Excluded
            && row.reason.as_deref() == Some(NOT_IN_LIST)
            && (row.receipt.is_some() || grant.cup.is_some())
    }

    async fn admit(&mut self, tx: &mut Tx, grant: &Grant) -> Result<ParticipationRow, StoreError> {
        tx.admit(&self.programme, &grant.comune, self.list.synthetic, self.at).await?;
        self.changes.admitted += 1;
        tx.participation(&self.programme, &grant.comune).await?.ok_or(StoreError::Changed)
    }

    /// Confirms a Comune of the definitive list, if it can be; true when it was.
    async fn confirm(
        &mut self,
        tx: &mut Tx,
        grant: &Grant,
        row: &ParticipationRow,
    ) -> Result<bool, StoreError> {
        let ready = match row.state {
            // One that is out comes here only when this list brings it back.
            ParticipationState::Accepted | ParticipationState::Excluded => true,
            // The decree lists the Comune: it was accepted, through whatever way, if its CUP is the list's own.
            ParticipationState::CupGenerated => grant.cup.is_some() && grant.cup == row.cup,
            ParticipationState::Admitted => false,
            ParticipationState::Confirmed | ParticipationState::Revoked => return Ok(false),
        };
        if !ready {
            self.changes.without_cup += 1;
            return Ok(false);
        }
        tx.step_participation(&self.programme, row, &ParticipationStep::Confirmed, self.at).await?;
        self.changes.confirmed += 1;
        Ok(true)
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
