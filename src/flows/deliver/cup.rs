// SPDX-License-Identifier: EUPL-1.2
//! The CUP of a Comune: generated once, read back, communicated once, all before the deadline.

use std::sync::Arc;

use chrono::{Datelike, TimeDelta};

use crate::app::App;
use crate::domain::cup::Cup;
use crate::domain::participation::ParticipationState;
use crate::domain::rome::rome_date;
use crate::flows::accept_grant::{exclude, is_past_deadline, too_late};
use crate::platforms::error::PlatformError;
use crate::platforms::lavoro_pubblico::{CupCommunication, Receipt};
use crate::platforms::sistema_cup::{CupEnding, CupRecord, CupRequest, CupState};
use crate::reference::comuni::Comune;
use crate::store::StoreError;
use crate::store::audit::{Actor, Record};
use crate::store::outbox::{COMMUNICATE_CUP, Claimed, Delivery};
use crate::store::participation::{ParticipationRow, ParticipationStep};

use super::{before_sending, dangling, failed, not_told, write_back};

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
    if subject.row.state != ParticipationState::Admitted {
        return no_longer_owed(app, call, subject.row.state).await;
    }
    if call.uncertain {
        match app.platforms.sistema_cup.find_by_event_key(&event_key(&call)).await {
            Ok(Some(record)) => return settle(app, call, subject, record).await,
            Ok(None) => {}
            Err(error) => return not_told(app, call, &error).await,
        }
    }
    if is_past_deadline(app, app.clock.now()) {
        return give_up(app, call, subject.row).await;
    }
    match generated(app, &call, &subject).await {
        Ok(record) => settle(app, call, subject, record).await,
        Err(error) => failed(app, call, &error).await,
    }
}

/// Closes or revokes the CUP; when that is in doubt, its state tells.
pub(super) async fn end(app: &Arc<App>, call: Claimed, ending: CupEnding) -> Result<(), StoreError> {
    let cup = app.store.participation(&call.programme, &call.comune).await?.and_then(|row| row.cup);
    let Some(cup) = cup else {
        let delivery = dangling(&call);
        return write_back(app, call, delivery).await;
    };
    let client = &app.platforms.sistema_cup;
    if call.uncertain {
        match client.read(&cup).await {
            Ok(found) if found.state == ending.state() => return ended(app, call, &cup).await,
            Ok(_) => {}
            Err(error) => return not_told(app, call, &error).await,
        }
    }
    match client.end(&cup, ending, &event_key(&call), &before_sending(app, &call)).await {
        Ok(()) => ended(app, call, &cup).await,
        Err(error) => failed(app, call, &error).await,
    }
}

async fn ended(app: &Arc<App>, call: Claimed, cup: &Cup) -> Result<(), StoreError> {
    let now = app.clock.now();
    let record = Record {
        chain: call.comune.to_string(),
        at: now,
        actor: Actor::worker(),
        action: "cup.ended",
        subject: call.comune.to_string(),
        detail: format!("cup={cup} call={}", call.kind),
    };
    let written = app.store.write(move |tx| {
        Box::pin(async move {
            tx.deliver(&call, &Delivery::Done, now).await?;
            tx.audit(&[record]).await
        })
    });
    written.await
}

/// The Comune went on by another way, such as a list that brought its CUP, or is out: the call is done with.
async fn no_longer_owed(app: &Arc<App>, call: Claimed, state: ParticipationState) -> Result<(), StoreError> {
    tracing::info!(outbox.event = %call.event_key, state = state.as_str(), "not called: the Comune stands elsewhere by now");
    write_back(app, call, Delivery::Done).await
}

/// Generates the CUP and reads it back.
async fn generated(
    app: &Arc<App>,
    call: &Claimed,
    subject: &Subject<'_>,
) -> Result<CupRecord, PlatformError> {
    let client = &app.platforms.sistema_cup;
    let (comune, programme) = (subject.comune, &app.programme);
    let wanted = CupRequest {
        event_key: event_key(call),
        holder_tax_code: comune.tax_code,
        comune: comune.istat,
        comune_name: comune.name.to_string(),
        decision_year: decision_year(app),
        title: programme.name.it.to_string(),
        template: programme.cup_template.value.clone(),
        codes: programme.cup_codes.value.clone(),
        cost: subject.row.balances.assigned,
    };
    let cup = client.generate(&wanted, &before_sending(app, call)).await?;
    // From here on the CUP exists: whatever goes wrong must lead to asking, never to generating another.
    client.read(&cup).await.map_err(PlatformError::ask_first)
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
    if let Some(why) = unfit(&found, expected, subject.comune) {
        return write_back(app, call, Delivery::ToVerify { why }).await;
    }
    let (row, now, template) = (subject.row, app.clock.now(), expected.clone());
    let (cup, generated_on) = (found.cup, found.generated_on);
    let written = app.store.write(move |tx| {
        Box::pin(async move {
            tx.deliver(&call, &Delivery::Done, now).await?;
            let told = format!("template={template} generated_on={generated_on}");
            let (template, generated_on) = (Some(template), Some(generated_on));
            let step = ParticipationStep::CupGenerated { cup, template, generated_on };
            tx.step_participation(&call.programme, &row, &step, now).await?;
            let budget = (&*call.programme, &row.comune);
            let record =
                tx.participation_record(budget, "grant.cup_generated", &told, &Actor::worker(), now).await?;
            tx.audit(&[record]).await?;
            tx.enqueue(COMMUNICATE_CUP, &call.programme, &row.comune, now).await
        })
    });
    written.await
}

/// Why a CUP found under our key, or read back, cannot be that of the grant.
fn unfit(found: &CupRecord, template: &str, comune: &Comune) -> Option<String> {
    let cup = &found.cup;
    if found.template.as_deref() != Some(template) || found.holder_tax_code != comune.tax_code.to_string() {
        return Some(format!(
            "CUP {cup}: template {:?} and holder {} are not those of the request",
            found.template, found.holder_tax_code
        ));
    }
    if found.provisional {
        return Some(format!("CUP {cup} is only provisional"));
    }
    (found.state != CupState::Active).then(|| format!("CUP {cup} is not active but {:?}", found.state))
}

pub(super) async fn communicate(app: &Arc<App>, call: Claimed) -> Result<(), StoreError> {
    let Some(subject) = subject(app, &call).await? else {
        let delivery = dangling(&call);
        return write_back(app, call, delivery).await;
    };
    if subject.row.state != ParticipationState::CupGenerated {
        return no_longer_owed(app, call, subject.row.state).await;
    }
    let Some(cup) = subject.row.cup else {
        let why = "the CUP is not stored".to_owned();
        return write_back(app, call, Delivery::ToVerify { why }).await;
    };
    if call.uncertain {
        match app.platforms.lavoro_pubblico.find_receipt(&subject.comune.tax_code).await {
            Ok(Some(receipt)) => return accepted(app, call, subject.row, &cup, receipt).await,
            Ok(None) => {}
            Err(error) => return not_told(app, call, &error).await,
        }
    }
    if is_past_deadline(app, app.clock.now()) {
        return give_up(app, call, subject.row).await;
    }
    let generated_on = match subject.row.cup_generated_on {
        Some(day) => day,
        // A list told the CUP alone.
        None => match app.platforms.sistema_cup.read(&cup).await {
            Ok(found) => match unfit(&found, &app.programme.cup_template.value, subject.comune) {
                None => found.generated_on,
                Some(why) => return write_back(app, call, Delivery::ToVerify { why }).await,
            },
            Err(error) => return failed(app, call, &error).await,
        },
    };
    let communication = CupCommunication {
        tax_code: subject.comune.tax_code,
        comune: subject.comune.istat,
        cup,
        template: app.programme.cup_template.value.clone(),
        generated_on,
    };
    match app.platforms.lavoro_pubblico.communicate_cup(&communication, &before_sending(app, &call)).await {
        Ok(receipt) => accepted(app, call, subject.row, &cup, receipt).await,
        Err(error) => failed(app, call, &error).await,
    }
}

async fn accepted(
    app: &Arc<App>,
    call: Claimed,
    row: ParticipationRow,
    cup: &Cup,
    receipt: Receipt,
) -> Result<(), StoreError> {
    if receipt.cup != *cup {
        let why = format!("the receipt {} is for another CUP, {}", receipt.protocol, receipt.cup);
        return write_back(app, call, Delivery::ToVerify { why }).await;
    }
    let now = app.clock.now();
    let written = app.store.write(move |tx| {
        Box::pin(async move {
            tx.deliver(&call, &Delivery::Done, now).await?;
            let told = format!("digest={}", receipt.digest);
            let step = ParticipationStep::Accepted { receipt: receipt.protocol, receipt_at: receipt.at };
            tx.step_participation(&call.programme, &row, &step, now).await?;
            let budget = (&*call.programme, &row.comune);
            let record =
                tx.participation_record(budget, "grant.accepted", &told, &Actor::worker(), now).await?;
            tx.audit(&[record]).await
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::reference::Reference;

    const TEMPLATE: &str = "2510006";

    #[test]
    fn only_an_active_cup_on_our_template_and_in_the_comunes_name_will_do() {
        let reference = Reference::embedded().unwrap();
        let comune = reference.comuni.by_istat(&"001006".parse().unwrap()).unwrap();
        let good = CupRecord {
            cup: "J51B26000010006".parse().unwrap(),
            state: CupState::Active,
            provisional: false,
            template: Some(TEMPLATE.into()),
            holder_tax_code: comune.tax_code.to_string(),
            generated_on: "2026-01-12".parse().unwrap(),
            event_key: None,
        };
        assert_eq!(unfit(&good, TEMPLATE, comune), None);
        for (bad, reason) in [
            (CupRecord { provisional: true, ..good.clone() }, "provisional"),
            (CupRecord { state: CupState::Closed, ..good.clone() }, "Closed"),
            (CupRecord { state: CupState::Revoked, ..good.clone() }, "Revoked"),
            (CupRecord { state: CupState::Deleted, ..good.clone() }, "Deleted"),
            (CupRecord { template: None, ..good.clone() }, "template"),
            (CupRecord { holder_tax_code: "00000000000".into(), ..good.clone() }, "holder"),
        ] {
            let why = unfit(&bad, TEMPLATE, comune).unwrap();
            assert!(why.contains(reason), "{why}");
        }
    }
}
