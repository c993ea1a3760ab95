// SPDX-License-Identifier: EUPL-1.2
//! The CUP of a Comune: generated once, read back, communicated once, all before the deadline.

use std::sync::Arc;

use chrono::{Datelike, TimeDelta};

use crate::app::App;
use crate::domain::cup::Cup;
use crate::domain::rome::rome_date;
use crate::flows::accept_grant::{exclude, is_past_deadline, record, too_late};
use crate::platforms::error::{PlatformError, Repeat};
use crate::platforms::lavoro_pubblico::{CupCommunication, Receipt};
use crate::platforms::sistema_cup::{CupRecord, CupRequest};
use crate::reference::comuni::Comune;
use crate::store::StoreError;
use crate::store::audit::Actor;
use crate::store::outbox::{COMMUNICATE_CUP, Claimed, Delivery};
use crate::store::participation::{ParticipationRow, ParticipationStep};

use super::{dangling, failed, write_back};

/// What both steps work on.
struct Subject<'a> {
    row: ParticipationRow,
    comune: &'a Comune,
}

async fn subject<'a>(app: &'a Arc<App>, call: &Claimed) -> Result<Option<Subject<'a>>, StoreError> {
    let row = app.store.participation(&call.programme, &call.comune).await?;
    let comune = app.reference.comuni.by_istat(&call.comune);
    Ok(row.zip(comune).map(|(row, comune)| Subject { row, comune }))
}

pub(super) async fn generate(app: &Arc<App>, call: Claimed) -> Result<(), StoreError> {
    let Some(subject) = subject(app, &call).await? else {
        let delivery = dangling(&call);
        return write_back(app, call, delivery).await;
    };
    if is_past_deadline(app, app.clock.now()) && !call.uncertain {
        return give_up(app, call, subject.row).await;
    }
    match generated(app, &call, &subject).await {
        Ok(record) => settle(app, call, subject, record).await,
        Err(error) => failed(app, call, &error).await,
    }
}

/// The CUP as Sistema CUP has it: found by our key when an earlier attempt may have made it, else generated and read back.
async fn generated(app: &App, call: &Claimed, subject: &Subject<'_>) -> Result<CupRecord, PlatformError> {
    let client = &app.platforms.sistema_cup;
    let event_key = event_key(call);
    if call.uncertain
        && let Some(record) = client.find_by_event_key(&event_key).await?
    {
        return Ok(record);
    }
    let (comune, programme) = (subject.comune, &app.programme);
    let cup = client
        .generate(&CupRequest {
            event_key: event_key.clone(),
            holder_tax_code: comune.tax_code,
            comune: comune.istat,
            comune_name: comune.name.to_string(),
            decision_year: decision_year(app),
            title: programme.name.it.to_string(),
            template: programme.cup_template.value.clone(),
            codes: programme.cup_codes.value.clone(),
            cost: subject.row.balances.assigned,
        })
        .await?;
    // From here on the CUP exists: whatever goes wrong must lead to asking, never to generating another.
    client.read(&cup).await.map_err(|error| PlatformError { repeat: Repeat::AskFirst, ..error })
}

/// The year in which acceptance closes is the year of the decision.
fn decision_year(app: &App) -> u16 {
    let closes = rome_date(app.programme.acceptance_deadline.value.end_exclusive() - TimeDelta::minutes(1));
    u16::try_from(closes.year()).unwrap_or_default()
}

/// Our key for this event at Sistema CUP (`codifica_locale`, at most 60 characters).
fn event_key(call: &Claimed) -> String {
    format!("{}-{}", call.programme, call.comune)
}

async fn settle(
    app: &Arc<App>,
    call: Claimed,
    subject: Subject<'_>,
    found: CupRecord,
) -> Result<(), StoreError> {
    let expected = &app.programme.cup_template.value;
    if found.template.as_ref() != Some(expected)
        || found.holder_tax_code != subject.comune.tax_code.to_string()
    {
        let why = format!(
            "CUP {}: template {:?} and holder {} are not those of the request",
            found.cup, found.template, found.holder_tax_code
        );
        return write_back(app, call, Delivery::ToVerify { why }).await;
    }
    let (row, now, template) = (subject.row, app.clock.now(), expected.clone());
    let cup: Cup = found.cup;
    let written = app.store.write(move |tx| {
        Box::pin(async move {
            tx.deliver(&call, &Delivery::Done, now).await?;
            let detail = format!("cup={cup} template={template}");
            let step = ParticipationStep::CupGenerated { cup, template: Some(template) };
            tx.step_participation(&call.programme, &row, &step, now).await?;
            tx.audit(&[record(&row.comune, "grant.cup_generated", detail, &Actor::worker(), now)]).await?;
            tx.enqueue(COMMUNICATE_CUP, &call.programme, &row.comune, now).await
        })
    });
    written.await
}

pub(super) async fn communicate(app: &Arc<App>, call: Claimed) -> Result<(), StoreError> {
    let found = subject(app, &call).await?;
    let Some((subject, cup)) = found.and_then(|subject| subject.row.cup.map(|cup| (subject, cup))) else {
        let delivery = dangling(&call);
        return write_back(app, call, delivery).await;
    };
    if is_past_deadline(app, app.clock.now()) && !call.uncertain {
        return give_up(app, call, subject.row).await;
    }
    match receipt(app, &call, &subject, &cup).await {
        Ok(None) => give_up(app, call, subject.row).await,
        Ok(Some(receipt)) if receipt.cup != cup => {
            let why = format!("the receipt {} is for another CUP, {}", receipt.protocol, receipt.cup);
            write_back(app, call, Delivery::ToVerify { why }).await
        }
        Ok(Some(receipt)) => accepted(app, call, subject.row, receipt).await,
        Err(error) => failed(app, call, &error).await,
    }
}

/// The receipt: found when an earlier attempt may have got it, else asked for; `None` when it is too late to ask.
async fn receipt(
    app: &App,
    call: &Claimed,
    subject: &Subject<'_>,
    cup: &Cup,
) -> Result<Option<Receipt>, PlatformError> {
    let client = &app.platforms.lavoro_pubblico;
    if call.uncertain
        && let Some(receipt) = client.find_receipt(&subject.comune.tax_code).await?
    {
        return Ok(Some(receipt));
    }
    let now = app.clock.now();
    if is_past_deadline(app, now) {
        return Ok(None);
    }
    let communication = CupCommunication {
        tax_code: subject.comune.tax_code,
        comune: subject.comune.istat,
        cup: *cup,
        template: app.programme.cup_template.value.clone(),
        generated_on: rome_date(now),
    };
    client.communicate_cup(&communication).await.map(Some)
}

async fn accepted(
    app: &Arc<App>,
    call: Claimed,
    row: ParticipationRow,
    receipt: Receipt,
) -> Result<(), StoreError> {
    let now = app.clock.now();
    let written = app.store.write(move |tx| {
        Box::pin(async move {
            tx.deliver(&call, &Delivery::Done, now).await?;
            let detail = format!("receipt={} digest={}", receipt.protocol, receipt.digest);
            let step = ParticipationStep::Accepted { receipt: receipt.protocol, receipt_at: receipt.at };
            tx.step_participation(&call.programme, &row, &step, now).await?;
            tx.audit(&[record(&row.comune, "grant.accepted", detail, &Actor::worker(), now)]).await
        })
    });
    written.await
}

/// The deadline passed before the call was made: nothing is sent any more and the Comune is out.
async fn give_up(app: &Arc<App>, call: Claimed, row: ParticipationRow) -> Result<(), StoreError> {
    let (now, reason) = (app.clock.now(), too_late(app).it.to_string());
    let written = app.store.write(move |tx| {
        Box::pin(async move {
            tx.deliver(&call, &Delivery::Refused { why: reason.clone() }, now).await?;
            exclude(tx, &call.programme, &row, &reason, &Actor::worker(), now).await
        })
    });
    written.await
}
