// SPDX-License-Identifier: EUPL-1.2
//! A CUP is closed when its project is over, or revoked when the project is not carried out: on a person's word, with a
//! reason. Sistema CUP is told through the queue of owed calls.

use std::sync::Arc;

use crate::app::App;
use crate::domain::cup::Cup;
use crate::domain::istat::IstatCode;
use crate::domain::reason::Reason;
use crate::domain::text::Text;
use crate::error::Error;
use crate::platforms::sistema_cup::CupEnding;
use crate::store::StoreError;
use crate::store::audit::{Actor, Record};
use crate::store::outbox::{CLOSE_CUP, REVOKE_CUP};

const NO_CUP: Text = Text::new("il Comune non ha un CUP", "the Comune has no CUP");
const ASKED: Text = Text::new(
    "è già stato chiesto: `outbox show` dice a che punto è",
    "that was asked already: `outbox show` tells how it goes",
);
const OTHER_WAY: Text = Text::new(
    "per questo CUP è già stata chiesta l'altra operazione",
    "the other way of ending was asked for this CUP already",
);

/// The kind of call that ends a CUP so.
#[must_use]
pub const fn kind_of(ending: CupEnding) -> &'static str {
    match ending {
        CupEnding::Close => CLOSE_CUP,
        CupEnding::Revoke => REVOKE_CUP,
    }
}

/// Owes the call that ends the CUP of a Comune, on behalf of whoever runs the machine. Gives the CUP.
///
/// # Errors
/// [`Error::NotFound`] when the Comune has no grant; [`Error::Conflict`] when it has no CUP, or that is to end otherwise.
pub async fn end_cup(
    app: &Arc<App>,
    comune: IstatCode,
    ending: CupEnding,
    reason: Reason,
) -> Result<Cup, Error> {
    let (programme, at) = (app.programme.id.clone(), app.clock.now());
    let asked = app.store.write(move |tx| {
        Box::pin(async move {
            let Some(row) = tx.participation(&programme, &comune).await? else {
                return Ok(Err(Error::NotFound));
            };
            let Some(cup) = row.cup else { return Ok(Err(Error::Conflict(NO_CUP))) };
            let other = match ending {
                CupEnding::Close => REVOKE_CUP,
                CupEnding::Revoke => CLOSE_CUP,
            };
            let event = |kind: &str| format!("{kind}:{programme}:{comune}");
            if tx.owed_call(&event(other)).await?.is_some_and(|call| call.state.binds()) {
                return Ok(Err(Error::Conflict(OTHER_WAY)));
            }
            if tx.owed_call(&event(kind_of(ending))).await?.is_some_and(|call| call.state.binds()) {
                return Ok(Err(Error::Conflict(ASKED)));
            }
            tx.enqueue(kind_of(ending), &programme, &comune, at).await?;
            let record = Record {
                chain: comune.to_string(),
                at,
                actor: Actor::operator(),
                action: "cup.ending_asked",
                subject: comune.to_string(),
                detail: format!("cup={cup} call={} reason={reason}", kind_of(ending)),
            };
            tx.audit(&[record]).await?;
            Ok::<_, StoreError>(Ok(cup))
        })
    });
    let cup = asked.await??;
    app.call_queued.notify_one();
    Ok(cup)
}
