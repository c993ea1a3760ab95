// SPDX-License-Identifier: EUPL-1.2
//! Delivering one owed call: ask first when an earlier attempt may have had its effect, call, and write the outcome back
//! together with everything that follows from it.

use std::sync::Arc;

use chrono::{DateTime, TimeDelta, Utc};

use crate::app::App;
use crate::config::WorkerSettings;
use crate::platforms::error::{Platform, PlatformError, Repeat};
use crate::platforms::sending::BeforeSending;
use crate::platforms::sistema_cup::CupEnding;
use crate::store::StoreError;
use crate::store::audit::{Actor, Record};
use crate::store::outbox::people::LastAnswer;
use crate::store::outbox::{
    CANCEL, CLOSE_CUP, COMMUNICATE_CUP, Claimed, Delivery, FOLLOW, GENERATE_CUP, HAND_OVER, REVOKE_CUP,
    SDI_OUTCOME, VERIFY_CIG,
};

mod cig;
mod cup;
mod oda;
mod sdi;

/// Delivers a claimed call.
///
/// # Errors
/// When the outcome cannot be written back. The lease then ends by itself and the platform is asked.
pub async fn deliver(app: &Arc<App>, call: Claimed) -> Result<(), StoreError> {
    match &*call.kind {
        GENERATE_CUP => cup::generate(app, call).await,
        COMMUNICATE_CUP => cup::communicate(app, call).await,
        CLOSE_CUP => cup::end(app, call, CupEnding::Close).await,
        REVOKE_CUP => cup::end(app, call, CupEnding::Revoke).await,
        HAND_OVER => oda::hand_over(app, call).await,
        FOLLOW => oda::follow(app, call).await,
        CANCEL => oda::cancel(app, call).await,
        VERIFY_CIG => cig::verify(app, call).await,
        SDI_OUTCOME => sdi::notify_outcome(app, call).await,
        _ => write_back(app, call, Delivery::ToVerify { why: "unknown kind of call".into() }).await,
    }
}

async fn write_back(app: &Arc<App>, call: Claimed, delivery: Delivery) -> Result<(), StoreError> {
    write_back_with(app, call, delivery, None).await
}

async fn write_back_with(
    app: &Arc<App>,
    call: Claimed,
    delivery: Delivery,
    answer: Option<LastAnswer>,
) -> Result<(), StoreError> {
    let now = app.clock.now();
    let written = app.store.write(move |tx| {
        Box::pin(async move {
            tx.deliver(&call, &delivery, now).await?;
            if let Some(answer) = &answer {
                tx.keep_answer(&call.event_key, answer, now).await?;
            }
            match ended(&call, &delivery, now) {
                Some(record) => tx.audit(&[record]).await,
                None => Ok(()),
            }
        })
    });
    written.await
}

/// A call that ended without its effect is an event of its Comune: somebody has to see it.
fn ended(call: &Claimed, delivery: &Delivery, at: DateTime<Utc>) -> Option<Record> {
    let action = match delivery {
        Delivery::Refused { .. } => "call.refused",
        Delivery::ToVerify { .. } => "call.to_verify",
        _ => return None,
    };
    Some(Record {
        chain: call.comune.to_string(),
        at,
        actor: Actor::worker(),
        action,
        subject: call.order_id.clone().unwrap_or_else(|| call.comune.to_string()),
        detail: format!("call={}", call.kind),
    })
}

/// Writes back that the call itself failed. No earlier attempt was in doubt when it was made.
async fn failed(app: &Arc<App>, call: Claimed, error: &PlatformError) -> Result<(), StoreError> {
    let delivery = after_failure(error, &call, &app.settings.worker, app.clock.now());
    write_back_failure(app, call, error, delivery).await
}

/// Writes back that the platform did not tell what became of an earlier attempt.
async fn not_told(app: &Arc<App>, call: Claimed, error: &PlatformError) -> Result<(), StoreError> {
    let delivery = after_silence(error, &call, &app.settings.worker, app.clock.now());
    write_back_failure(app, call, error, delivery).await
}

async fn write_back_failure(
    app: &Arc<App>,
    call: Claimed,
    error: &PlatformError,
    delivery: Delivery,
) -> Result<(), StoreError> {
    tracing::warn!(platform.name = %error.platform, outbox.event = %call.event_key, error = %error, "a call to a platform failed");
    write_back_with(app, call, delivery, Some(last_answer(error))).await
}

/// Writes down that a message of this call is about to go out; fails when another process has taken the call over.
fn before_sending(app: &Arc<App>, call: &Claimed) -> BeforeSending {
    let (store, event_key, fence) = (app.store.clone(), call.event_key.clone(), call.fence);
    BeforeSending::new(move |sending| {
        let (store, event_key) = (store.clone(), event_key.clone());
        async move {
            let marked = store.write(move |tx| {
                Box::pin(async move {
                    tx.mark_sending(&event_key, fence, sending.at).await?;
                    tx.keep_message(&event_key, sending.operation, &sending.sha256, sending.at).await
                })
            });
            marked.await.map_err(|error| error.to_string())
        }
    })
}

/// What is kept of a call that failed.
fn last_answer(error: &PlatformError) -> LastAnswer {
    let exchange = error.exchange.as_deref();
    LastAnswer {
        operation: error.operation.into(),
        status: exchange.and_then(|exchange| exchange.status),
        media_type: exchange.and_then(|exchange| exchange.media_type.clone()),
        answer: exchange.and_then(|exchange| exchange.answer.clone()),
    }
}

/// The platform that a kind of call goes to.
#[must_use]
pub fn platform_of(kind: &str) -> Option<Platform> {
    match kind {
        GENERATE_CUP | CLOSE_CUP | REVOKE_CUP => Some(Platform::SistemaCup),
        COMMUNICATE_CUP => Some(Platform::LavoroPubblico),
        HAND_OVER | FOLLOW | CANCEL => Some(Platform::Acquistinretepa),
        VERIFY_CIG => Some(Platform::Anac),
        SDI_OUTCOME => Some(Platform::Sdi),
        _ => None,
    }
}

/// What a failure means for the owed call. What certainly had no effect is tried again for ever: sooner or later the
/// platform is back, or a person has mended the credentials. Only what stays in doubt ends with a person.
fn after_failure(
    error: &PlatformError,
    call: &Claimed,
    worker: &WorkerSettings,
    now: DateTime<Utc>,
) -> Delivery {
    let (at, why) = (next_at(error, call, worker, now), error.to_string());
    match error.repeat {
        Repeat::Never => Delivery::Refused { why },
        Repeat::Safe { .. } => Delivery::Again { at, why },
        Repeat::AskFirst if call.counted >= worker.attempts_max.into() => Delivery::ToVerify { why },
        Repeat::AskFirst => Delivery::Ask { at, why },
    }
}

/// What it means that a question got no answer: the earlier attempt stays in doubt, whatever the question met.
fn after_silence(
    error: &PlatformError,
    call: &Claimed,
    worker: &WorkerSettings,
    now: DateTime<Utc>,
) -> Delivery {
    let (at, why) = (next_at(error, call, worker, now), error.to_string());
    match error.repeat {
        Repeat::Safe { .. } if error.will_pass() => Delivery::AskLater { at, why },
        Repeat::Safe { .. } | Repeat::AskFirst if call.counted < worker.attempts_max.into() => {
            Delivery::Ask { at, why }
        }
        Repeat::Never | Repeat::Safe { .. } | Repeat::AskFirst => Delivery::ToVerify { why },
    }
}

/// When a failed call is tried again: after the pause that its attempts make, or the longer one that the platform wants.
fn next_at(
    error: &PlatformError,
    call: &Claimed,
    worker: &WorkerSettings,
    now: DateTime<Utc>,
) -> DateTime<Utc> {
    let wanted = match error.repeat {
        Repeat::Safe { after } => after.and_then(|after| TimeDelta::from_std(after).ok()),
        Repeat::Never | Repeat::AskFirst => None,
    };
    now + worker.pause(call.attempt).max(wanted.unwrap_or_default())
}

/// A broken promise between rows: the call names something that is not there.
fn dangling(call: &Claimed) -> Delivery {
    Delivery::ToVerify { why: format!("{} names something that is not stored", call.event_key) }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::config::Settings;
    use crate::platforms::error::Kind;

    fn worker() -> WorkerSettings {
        Settings::defaults().unwrap().worker
    }

    fn error(kind: Kind, repeat: Repeat) -> PlatformError {
        PlatformError { platform: Platform::SistemaCup, operation: "generate", kind, repeat, exchange: None }
    }

    fn safe(kind: Kind) -> PlatformError {
        error(kind, Repeat::Safe { after: None })
    }

    fn garbled() -> Kind {
        Kind::Garbled { why: "x".into() }
    }

    fn denied() -> Kind {
        Kind::Denied { text: "HTTP 401".into() }
    }

    fn call(attempt: i64, counted: i64) -> Claimed {
        Claimed {
            event_key: "e".into(),
            kind: GENERATE_CUP.into(),
            programme: "p".into(),
            comune: "001006".parse().unwrap(),
            order_id: None,
            attempt,
            counted,
            fence: attempt,
            uncertain: counted > 1,
        }
    }

    fn now() -> DateTime<Utc> {
        "2026-03-12T15:00:00Z".parse().unwrap()
    }

    #[test]
    fn what_had_no_effect_is_tried_again_for_ever() {
        for kind in [Kind::Queue, denied(), Kind::Unreachable { why: "refused".into() }] {
            let delivery = after_failure(&safe(kind.clone()), &call(5_000, 1), &worker(), now());
            let at = now() + TimeDelta::hours(1);
            assert_eq!(delivery, Delivery::Again { at, why: safe(kind).to_string() });
        }
    }

    #[test]
    fn the_longer_of_our_pause_and_the_platforms_is_kept() {
        let minute = error(Kind::Queue, Repeat::Safe { after: Some(Duration::from_secs(60)) });
        assert_eq!(next_at(&minute, &call(1, 1), &worker(), now()), now() + TimeDelta::seconds(60));
        assert_eq!(next_at(&minute, &call(6, 1), &worker(), now()), now() + TimeDelta::seconds(160));
    }

    #[test]
    fn only_what_stays_in_doubt_ends_with_a_person() {
        let cut = error(Kind::Cut { why: "x".into() }, Repeat::AskFirst);
        assert!(matches!(after_failure(&cut, &call(90, 6), &worker(), now()), Delivery::Ask { .. }));
        assert!(matches!(after_failure(&cut, &call(90, 7), &worker(), now()), Delivery::ToVerify { .. }));
        let no = error(Kind::Refused { code: "KO".into(), text: "no".into() }, Repeat::Never);
        assert!(matches!(after_failure(&no, &call(1, 1), &worker(), now()), Delivery::Refused { .. }));
    }

    #[test]
    fn a_question_without_answer_never_makes_an_attempt_certain() {
        for kind in [denied(), Kind::TimedOut { waited: Duration::from_secs(1) }] {
            let delivery = after_silence(&safe(kind), &call(5_000, 7), &worker(), now());
            assert!(matches!(delivery, Delivery::AskLater { .. }), "{delivery:?}");
        }
        let delivery = after_silence(&safe(garbled()), &call(90, 6), &worker(), now());
        assert!(matches!(delivery, Delivery::Ask { .. }), "{delivery:?}");
        let delivery = after_silence(&safe(garbled()), &call(90, 7), &worker(), now());
        assert!(matches!(delivery, Delivery::ToVerify { .. }), "{delivery:?}");
        let several = error(Kind::Several { count: 2, text: "x".into() }, Repeat::Never);
        let delivery = after_silence(&several, &call(2, 2), &worker(), now());
        assert!(matches!(delivery, Delivery::ToVerify { .. }), "not refused: one of them is ours");
    }
}
