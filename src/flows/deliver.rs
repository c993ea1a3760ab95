// SPDX-License-Identifier: EUPL-1.2
//! Delivering one owed call: ask first when an earlier attempt may have had its effect, call, and write the outcome back
//! together with everything that follows from it.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use crate::app::App;
use crate::platforms::error::{PlatformError, Repeat};
use crate::store::StoreError;
use crate::store::outbox::{CANCEL, COMMUNICATE_CUP, Claimed, Delivery, FOLLOW, GENERATE_CUP, HAND_OVER};

mod cup;
mod oda;

/// First pause between attempts, seconds; it doubles with each attempt up to the last.
const PAUSE_FIRST_S: i64 = 5;
const PAUSE_LAST_S: i64 = 3600;

/// Delivers a claimed call.
///
/// # Errors
/// When the outcome cannot be written back. The lease then ends by itself and the platform is asked.
pub async fn deliver(app: &Arc<App>, call: Claimed) -> Result<(), StoreError> {
    match &*call.kind {
        GENERATE_CUP => cup::generate(app, call).await,
        COMMUNICATE_CUP => cup::communicate(app, call).await,
        HAND_OVER => oda::hand_over(app, call).await,
        FOLLOW => oda::follow(app, call).await,
        CANCEL => oda::cancel(app, call).await,
        _ => write_back(app, call, Delivery::ToVerify { why: "unknown kind of call".into() }).await,
    }
}

async fn write_back(app: &Arc<App>, call: Claimed, delivery: Delivery) -> Result<(), StoreError> {
    let now = app.clock.now();
    app.store.write(move |tx| Box::pin(async move { tx.deliver(&call, &delivery, now).await })).await
}

/// Writes back that a call failed, with when to try or ask again.
async fn failed(app: &Arc<App>, call: Claimed, error: &PlatformError) -> Result<(), StoreError> {
    tracing::warn!(platform.name = %error.platform, outbox.event = %call.event_key, error = %error, "a call to a platform failed");
    let delivery =
        after_failure(error, call.attempt, i64::from(app.settings.worker.attempts_max), app.clock.now());
    write_back(app, call, delivery).await
}

/// What a failure means for the owed call.
fn after_failure(error: &PlatformError, attempt: i64, attempts_max: i64, now: DateTime<Utc>) -> Delivery {
    let why = error.to_string();
    let pause = TimeDelta::seconds(pause_s(attempt));
    match error.repeat {
        Repeat::Never => Delivery::Refused { why },
        Repeat::Safe { .. } | Repeat::AskFirst if attempt >= attempts_max => Delivery::ToVerify { why },
        Repeat::Safe { after } => {
            let asked = after.and_then(|after| TimeDelta::from_std(after).ok()).unwrap_or_default();
            Delivery::Again { at: now + pause.max(asked), why }
        }
        Repeat::AskFirst => Delivery::Ask { at: now + pause, why },
    }
}

fn pause_s(attempt: i64) -> i64 {
    let doublings = u32::try_from(attempt.saturating_sub(1).clamp(0, 20)).unwrap_or(0);
    PAUSE_FIRST_S.saturating_mul(2i64.saturating_pow(doublings)).min(PAUSE_LAST_S)
}

/// A broken promise between rows: the call names something that is not there.
fn dangling(call: &Claimed) -> Delivery {
    Delivery::ToVerify { why: format!("{} names something that is not stored", call.event_key) }
}
