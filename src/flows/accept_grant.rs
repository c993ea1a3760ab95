// SPDX-License-Identifier: EUPL-1.2
//! Accepting the grant: the CUP is generated and communicated before the deadline, or the Comune is out.

use std::sync::Arc;

use crate::answer;
use crate::app::App;
use crate::domain::istat::IstatCode;
use crate::domain::money::Money;
use crate::domain::participation::ParticipationState;
use crate::domain::role::Act;
use crate::domain::rome::rome_string;
use crate::domain::text::Text;
use crate::error::Error;
use crate::flows::{Change, Principal, once};
use crate::store::audit::Actor;
use crate::store::idempotency::Reply;
use crate::store::outbox::{COMMUNICATE_CUP, GENERATE_CUP};
use crate::store::participation::{ParticipationRow, ParticipationStep};
use crate::store::{StoreError, Tx};

/// Queues the generation of the Comune's CUP. Asking again while it is under way, or done, changes nothing.
///
/// # Errors
/// [`Error::Conflict`] after the deadline (the Comune is then excluded) or when the Comune is already out.
pub async fn accept_grant(
    app: &Arc<App>,
    principal: &Principal,
    comune: &IstatCode,
    change: Change,
) -> Result<Reply, Error> {
    principal.must(Act::AcceptGrant)?;
    if principal.own_comune()? != comune {
        return Err(Error::NotFound);
    }
    let (gateway, actor, comune, at) = (Arc::clone(app), principal.actor(), *comune, change.at);
    let accepting = once(app, &change, move |tx| {
        Box::pin(async move {
            let programme = &gateway.programme.id;
            let row = tx.participation(programme, &comune).await?.ok_or(Error::NotFound)?;
            match row.state {
                ParticipationState::Admitted if is_past_deadline(&gateway, at) => {
                    let late = too_late(&gateway);
                    exclude(tx, programme, &row, &late.it, &actor, at).await?;
                    return Err(Error::Conflict(late));
                }
                ParticipationState::Excluded | ParticipationState::Revoked => return Err(out(&row)),
                ParticipationState::Admitted => {
                    tx.enqueue(GENERATE_CUP, programme, &comune, at).await?;
                    let (budget, asked) = ((&**programme, &comune), "grant.acceptance_requested");
                    let record = tx.participation_record(budget, asked, "", &actor, at).await?;
                    tx.audit(&[record]).await?;
                }
                // Opens again a communication that was refused or left to a person; else it changes nothing.
                ParticipationState::CupGenerated if !is_past_deadline(&gateway, at) => {
                    tx.enqueue(COMMUNICATE_CUP, programme, &comune, at).await?;
                }
                ParticipationState::CupGenerated
                | ParticipationState::Accepted
                | ParticipationState::Confirmed => {}
            }
            Ok(Reply {
                status: 202,
                location: Some(answer::comune_url(&gateway, &comune)),
                body: serde_json::json!({ "comune": comune.as_str(), "state": row.state.as_str() })
                    .to_string(),
            })
        })
    });
    let reply = accepting.await?;
    app.call_queued.notify_one();
    Ok(reply)
}

/// True once the last moment to communicate the CUP is over.
pub fn is_past_deadline(app: &App, now: chrono::DateTime<chrono::Utc>) -> bool {
    app.programme.acceptance_deadline.value.is_past(now)
}

/// Puts a Comune out of the programme, with the reason, and takes its grant back: it never held any order.
///
/// # Errors
/// When the store cannot be written or the Comune stands elsewhere by now.
pub async fn exclude(
    tx: &mut Tx,
    programme: &str,
    row: &ParticipationRow,
    reason: &str,
    actor: &Actor,
    at: chrono::DateTime<chrono::Utc>,
) -> Result<(), StoreError> {
    let step = ParticipationStep::Excluded { reason: reason.into() };
    tx.step_participation(programme, row, &step, at).await?;
    tx.assign(programme, row, Money::ZERO, "excluded", at).await?;
    let record = tx.participation_record((programme, &row.comune), "grant.excluded", "", actor, at).await?;
    tx.audit(&[record]).await
}

/// Why it is too late to accept, with the deadline.
pub fn too_late(app: &App) -> Text {
    let deadline = &app.programme.acceptance_deadline;
    let until = rome_string(deadline.value.end_exclusive());
    Text {
        it: format!(
            "il termine per generare e comunicare il CUP è scaduto (prima delle {until}): Comune escluso"
        )
        .into(),
        en: format!(
            "the term to generate and communicate the CUP is over (before {until} Rome time): Comune excluded"
        )
        .into(),
    }
}

fn out(row: &ParticipationRow) -> Error {
    let reason = row.reason.as_deref().unwrap_or("-");
    Error::Conflict(Text {
        it: format!("il Comune è nello stato {}: {reason}", row.state.as_str()).into(),
        en: format!("the Comune is {}: {reason}", row.state.as_str()).into(),
    })
}
