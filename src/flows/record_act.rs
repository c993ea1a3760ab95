// SPDX-License-Identifier: EUPL-1.2
//! Recording what the Comune's own accounts say of the grant: an entry established, an instalment asked for or received, spending
//! reported. A wrong record is cancelled, never changed.

use std::sync::Arc;

use chrono::{DateTime, Datelike, NaiveDate, Utc};

use crate::answer;
use crate::app::App;
use crate::domain::grant_act::{GrantAct, GrantActKind, standing};
use crate::domain::istat::IstatCode;
use crate::domain::money::Money;
use crate::domain::reason::Reason;
use crate::domain::role::Act;
use crate::domain::rome::rome_date;
use crate::domain::text::Text;
use crate::error::Error;
use crate::flows::{Change, Principal, once};
use crate::programme::Programme;
use crate::store::Tx;
use crate::store::audit::{Actor, Record, chain_of};
use crate::store::idempotency::Reply;

/// An act to be recorded.
#[derive(Debug, Clone)]
pub struct NewAct {
    /// What was done.
    pub kind: GrantActKind,
    /// The instalment it is about.
    pub tranche: Option<String>,
    /// How much, gross.
    pub amount: Money,
    /// The day of the act.
    pub acted_on: NaiveDate,
    /// The act's own name.
    pub reference: Reason,
}

/// What to write down.
#[derive(Debug, Clone)]
pub enum ActChange {
    /// A new act.
    Record(NewAct),
    /// That an act was recorded wrongly: its id, and why.
    Cancel(String, Reason),
}

const POSITIVE: Text = Text::new("l'importo deve essere maggiore di zero", "the amount must be above zero");
const ABOVE: Text =
    Text::new("l'importo supera il contributo assegnato", "the amount is above what was assigned");
/// The year in which the plan began: no act on a grant of it is older.
const FIRST_YEAR: i32 = 2021;
const DAY: Text = Text::new(
    "la data è nel futuro, o prima dell'inizio del PNRR (2021)",
    "the day is in the future, or before the plan began (2021)",
);
const TWICE: Text = Text::new("è già registrato", "it is recorded already");
const NO_TRANCHE: Text = Text::new(
    "richieste e incassi sono di una quota, le altre registrazioni di nessuna; la quota deve essere una del programma",
    "requests and receipts are of an instalment, other records of none; it must be one of the programme's",
);
const CANCELLED: Text = Text::new(
    "la registrazione è già annullata, o è essa stessa un annullamento",
    "the record is cancelled already, or is itself a cancellation",
);

/// Writes an act down; answers it.
///
/// # Errors
/// [`Error::NotFound`] when the Comune is not in the programme or has no such act; [`Error::Invalid`] when it cannot be so;
/// [`Error::Conflict`] when what is to be cancelled does not stand; the store's.
pub async fn record(
    app: &Arc<App>,
    comune: &IstatCode,
    change: ActChange,
    actor: Actor,
) -> Result<GrantAct, Error> {
    let (shared, comune, at) = (Arc::clone(app), *comune, app.clock.now());
    let written = app.store.write(move |tx| {
        Box::pin(async move {
            match write(&shared, tx, &comune, &change, &actor, at).await {
                Err(Error::Store(error)) => Err(error),
                done => Ok(done),
            }
        })
    });
    written.await?
}

/// The same, asked for by a client under a key.
///
/// # Errors
/// As [`record`], and when the caller may not or the key belongs to another request.
pub async fn post_act(
    app: &Arc<App>,
    principal: &Principal,
    comune: IstatCode,
    act: ActChange,
    change: Change,
) -> Result<Reply, Error> {
    principal.must(Act::RecordAct)?;
    let (actor, at, shared) = (principal.actor(), change.at, Arc::clone(app));
    once(app, &change, move |tx| {
        Box::pin(async move {
            let kept = write(&shared, tx, &comune, &act, &actor, at).await?;
            Ok(Reply { status: 201, location: None, body: answer::json(&answer::grant_act(&kept)) })
        })
    })
    .await
}

async fn write(
    app: &App,
    tx: &mut Tx,
    comune: &IstatCode,
    change: &ActChange,
    actor: &Actor,
    at: DateTime<Utc>,
) -> Result<GrantAct, Error> {
    let programme = &app.programme.id;
    let row = tx.participation(programme, comune).await?.ok_or(Error::NotFound)?;
    let acts = tx.grant_acts(programme, comune).await?;
    let mut act = match change {
        ActChange::Record(new) => new_act(&app.programme, new, row.balances.assigned, &acts, at)?,
        ActChange::Cancel(id, reason) => cancelling(&acts, id, reason)?,
    };
    act.id = app.clock.new_id().to_string();
    act.recorded_by = actor.id.clone();
    act.recorded_at = at;
    tx.record_act(programme, comune, &act).await?;
    let record = Record {
        chain: chain_of(Some(comune)),
        at,
        actor: actor.clone(),
        action: "grant_act.recorded",
        subject: act.id.clone(),
        detail: format!("programme={programme} {}", act.seal()),
    };
    tx.audit(&[record]).await?;
    Ok(act)
}

fn new_act(
    programme: &Programme,
    new: &NewAct,
    assigned: Money,
    acts: &[GrantAct],
    at: DateTime<Utc>,
) -> Result<GrantAct, Error> {
    let invalid = |pointer: &str, reason: Text| Error::Invalid { pointer: pointer.into(), reason };
    if new.amount <= Money::ZERO {
        return Err(invalid("/amount", POSITIVE));
    }
    if new.amount > assigned {
        return Err(invalid("/amount", ABOVE));
    }
    if new.acted_on > rome_date(at) || new.acted_on.year() < FIRST_YEAR {
        return Err(invalid("/acted_on", DAY));
    }
    let is_known = |code: &String| programme.funding.tranches.iter().any(|tranche| tranche.code == *code);
    if new.tranche.is_some() != new.kind.is_of_a_tranche() || !new.tranche.iter().all(is_known) {
        return Err(invalid("/tranche", NO_TRANCHE));
    }
    let is_same = |act: &&GrantAct| {
        (act.kind, &act.tranche, act.amount, act.acted_on)
            == (new.kind, &new.tranche, new.amount, new.acted_on)
            && act.reference == new.reference.as_str()
    };
    if standing(acts).any(|act| is_same(&act)) {
        return Err(Error::Conflict(TWICE));
    }
    Ok(GrantAct {
        id: String::new(),
        kind: new.kind,
        tranche: new.tranche.clone(),
        amount: new.amount,
        acted_on: new.acted_on,
        reference: new.reference.to_string(),
        cancels: None,
        recorded_by: String::new(),
        recorded_at: at,
    })
}

fn cancelling(acts: &[GrantAct], id: &str, reason: &Reason) -> Result<GrantAct, Error> {
    let act = acts.iter().find(|act| act.id == id).ok_or(Error::NotFound)?;
    if !standing(acts).any(|stands| stands.id == id) {
        return Err(Error::Conflict(CANCELLED));
    }
    Ok(GrantAct { cancels: Some(id.to_owned()), reference: reason.to_string(), ..act.clone() })
}
