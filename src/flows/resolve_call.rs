// SPDX-License-Identifier: EUPL-1.2
//! A person decides what became of an owed call that the gateway could not clear up by itself. The decision has the
//! consequences that the platform's own answer would have had, and is kept with its reason.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::app::App;
use crate::domain::order_state::OrderState;
use crate::domain::participation::ParticipationState;
use crate::domain::reason::Reason;
use crate::domain::text::Text;
use crate::error::Error;
use crate::flows::oda_story::look_after;
use crate::store::audit::{Actor, Record};
use crate::store::orders::OrderRow;
use crate::store::outbox::people::{CallState, OwedCall};
use crate::store::outbox::{
    CANCEL, CLOSE_CUP, COMMUNICATE_CUP, GENERATE_CUP, HAND_OVER, REVOKE_CUP, SDI_OUTCOME, only_reads,
};
use crate::store::participation::{ParticipationRow, ParticipationStep};
use crate::store::{StoreError, Tx};

/// What a person knows of the call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolution {
    /// Nothing new: ask the platform again.
    Ask,
    /// It certainly had no effect: make it again without asking.
    NotDone,
    /// It had its effect; what came of it is the number of the ODA, the CUP, or the protocol of the receipt.
    Done(Option<String>),
    /// It certainly had no effect and is not to be made any more: an order that waits for its hand-over is withdrawn.
    GiveUp,
}

impl Resolution {
    const fn name(&self) -> &'static str {
        match self {
            Self::Ask => "ask",
            Self::NotDone => "not_done",
            Self::Done(_) => "done",
            Self::GiveUp => "give_up",
        }
    }
}

const OVER: Text = Text::new("la chiamata è già conclusa", "the call is over already");
const UNDER_WAY: Text =
    Text::new("la chiamata è in corso: riprovare tra poco", "the call is just being made: try again shortly");
const ONLY_ASKED: Text = Text::new(
    "questa chiamata legge soltanto: si può solo chiedere di nuovo",
    "this call only reads: it can only be made again",
);
const MOVED_ON: Text = Text::new(
    "l'ordine o il Comune è andato avanti per altra via: non c'è più nulla da risolvere",
    "the order or the Comune went on by another way: there is nothing left to resolve",
);

/// Carries out a decision of whoever runs the machine.
///
/// # Errors
/// [`Error::NotFound`] when no event of that name owes a call; [`Error::Conflict`] and [`Error::NotYet`] when it cannot be
/// resolved so, with why.
pub async fn resolve(
    app: &Arc<App>,
    event_key: &str,
    resolution: Resolution,
    reason: Reason,
) -> Result<OwedCall, Error> {
    let (gateway, event_key, at) = (Arc::clone(app), event_key.to_owned(), app.clock.now());
    let resolved = app.store.write(move |tx| {
        Box::pin(async move {
            let call = match tx.owed_call(&event_key).await? {
                Some(call) => call,
                None => return Ok(Err(Error::NotFound)),
            };
            let resolving = Resolving { app: &gateway, call, actor: Actor::operator(), at };
            match resolving.carry_out(tx, &resolution, &reason).await {
                Err(Error::Store(error)) => Err(error),
                Err(refusal) => Ok(Err(refusal)),
                Ok(()) => Ok(Ok(tx.owed_call(&event_key).await?.ok_or(StoreError::Changed)?)),
            }
        })
    });
    let resolved = resolved.await??;
    app.call_queued.notify_one();
    Ok(resolved)
}

/// A resolution under way.
struct Resolving<'a> {
    app: &'a App,
    call: OwedCall,
    actor: Actor,
    at: DateTime<Utc>,
}

impl Resolving<'_> {
    async fn carry_out(&self, tx: &mut Tx, resolution: &Resolution, reason: &Reason) -> Result<(), Error> {
        let call = &self.call;
        match call.state {
            CallState::Confirmed | CallState::Withdrawn => return Err(Error::Conflict(OVER)),
            CallState::InFlight if call.lease_until > self.at => return Err(Error::NotYet(UNDER_WAY)),
            _ if only_reads(&call.kind) && *resolution != Resolution::Ask => {
                return Err(Error::Conflict(ONLY_ASKED));
            }
            _ => {}
        }
        match resolution {
            // What was refused, or waits for its turn, had no effect; all else may have had.
            Resolution::Ask if matches!(call.state, CallState::Refused | CallState::Pending) => {
                tx.settle_call(call, CallState::Pending, self.at).await?;
            }
            Resolution::Ask => tx.settle_call(call, CallState::Uncertain, self.at).await?,
            Resolution::NotDone => tx.settle_call(call, CallState::Pending, self.at).await?,
            Resolution::GiveUp => {
                self.give_up(tx).await?;
                tx.settle_call(call, CallState::Withdrawn, self.at).await?;
            }
            Resolution::Done(outcome) => {
                self.done(tx, outcome.as_deref()).await?;
                tx.settle_call(call, CallState::Confirmed, self.at).await?;
            }
        }
        let outcome = match resolution {
            Resolution::Done(Some(outcome)) => format!(" outcome={outcome}"),
            _ => String::new(),
        };
        let detail = format!("call={} resolution={}{outcome} reason={reason}", call.kind, resolution.name());
        tx.audit(&[self.record(detail)]).await?;
        Ok(())
    }

    fn record(&self, detail: String) -> Record {
        Record {
            chain: self.call.comune.to_string(),
            at: self.at,
            actor: self.actor.clone(),
            action: "call.resolved",
            subject: self.call.order_id.clone().unwrap_or_else(|| self.call.comune.to_string()),
            detail,
        }
    }

    async fn give_up(&self, tx: &mut Tx) -> Result<(), Error> {
        if self.call.kind == HAND_OVER {
            let order = self.order(tx, OrderState::Accepted).await?;
            tx.step_order(&order, OrderState::Cancelled, &self.actor, self.at).await?;
        }
        Ok(())
    }

    /// What follows from the effect, as if the platform had told it. A refusal is found before anything is written.
    async fn done(&self, tx: &mut Tx, outcome: Option<&str>) -> Result<(), Error> {
        match (&*self.call.kind, outcome) {
            (HAND_OVER, Some(number)) => self.handed_over(tx, number).await,
            (GENERATE_CUP, Some(cup)) => self.cup_generated(tx, cup).await,
            (COMMUNICATE_CUP, Some(receipt)) => self.cup_communicated(tx, receipt).await,
            // What SdI took, or how a CUP ended, has no further consequence here.
            (SDI_OUTCOME | CLOSE_CUP | REVOKE_CUP, None) => Ok(()),
            (CANCEL, None) => {
                let order = self.order(tx, OrderState::Submitted).await?;
                Ok(tx.step_order(&order, OrderState::Cancelled, &self.actor, self.at).await?)
            }
            (kind, _) => Err(unfit(kind)),
        }
    }

    async fn handed_over(&self, tx: &mut Tx, number: &str) -> Result<(), Error> {
        if !(1..=12).contains(&number.len()) || !number.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(unfit(HAND_OVER));
        }
        let order = self.order(tx, OrderState::Accepted).await?;
        tx.set_oda_number(&order.id, number).await?;
        tx.step_order(&order, OrderState::Submitted, &self.actor, self.at).await?;
        Ok(look_after(self.app, tx, &order, self.at).await?)
    }

    async fn cup_generated(&self, tx: &mut Tx, cup: &str) -> Result<(), Error> {
        let Ok(cup) = cup.parse() else { return Err(unfit(GENERATE_CUP)) };
        if tx.holder_of_cup(&cup).await?.is_some() {
            return Err(Error::Conflict(Text::new(
                "il CUP è già di un Comune del programma",
                "a Comune of the programme has that CUP already",
            )));
        }
        // Template and day of generation are read back before the CUP is communicated.
        let step = ParticipationStep::CupGenerated { cup, template: None, generated_on: None };
        self.step_grant(tx, ParticipationState::Admitted, &step, "grant.cup_generated").await?;
        Ok(tx.enqueue(COMMUNICATE_CUP, &self.call.programme, &self.call.comune, self.at).await?)
    }

    async fn cup_communicated(&self, tx: &mut Tx, receipt: &str) -> Result<(), Error> {
        let receipt = receipt.trim();
        if receipt.is_empty() || receipt.chars().count() > 100 || receipt.contains(char::is_control) {
            return Err(unfit(COMMUNICATE_CUP));
        }
        let step = ParticipationStep::Accepted { receipt: receipt.into(), receipt_at: self.at };
        self.step_grant(tx, ParticipationState::CupGenerated, &step, "grant.accepted").await
    }

    async fn step_grant(
        &self,
        tx: &mut Tx,
        from: ParticipationState,
        step: &ParticipationStep,
        action: &'static str,
    ) -> Result<(), Error> {
        let (programme, comune) = (&*self.call.programme, &self.call.comune);
        let row: Option<ParticipationRow> = tx.participation(programme, comune).await?;
        let row = row.filter(|row| row.state == from).ok_or(Error::Conflict(MOVED_ON))?;
        tx.step_participation(programme, &row, step, self.at).await?;
        let record = tx.participation_record((programme, comune), action, "", &self.actor, self.at).await?;
        Ok(tx.audit(&[record]).await?)
    }

    async fn order(&self, tx: &mut Tx, state: OrderState) -> Result<OrderRow, Error> {
        let id = self.call.order_id.as_deref().unwrap_or_default();
        let order = tx.order(id).await?;
        order.filter(|order| order.state == state).ok_or(Error::Conflict(MOVED_ON))
    }
}

/// What has to be said of a call that had its effect.
fn unfit(kind: &str) -> Error {
    Error::Conflict(match kind {
        HAND_OVER => Text::new(
            "indicare il numero dell'ODA dato dal portale: da 1 a 12 cifre",
            "give the number of the ODA on the portal: 1 to 12 digits",
        ),
        GENERATE_CUP => Text::new("indicare il CUP generato", "give the CUP that was generated"),
        COMMUNICATE_CUP => Text::new(
            "indicare il protocollo della ricevuta, al massimo 100 caratteri",
            "give the protocol of the receipt, 100 characters at most",
        ),
        _ => {
            Text::new("per questa chiamata non si indica alcun esito", "this call has no outcome to be given")
        }
    })
}
