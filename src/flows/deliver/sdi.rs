// SPDX-License-Identifier: EUPL-1.2
//! The outcome of an invoice, told to SdI once. SdI cannot be asked what became of a message, so a doubtful one is for a
//! person to clear up.

use std::sync::Arc;

use crate::app::App;
use crate::platforms::error::Repeat;
use crate::platforms::sdi::OutcomeNotice;
use crate::store::StoreError;
use crate::store::outbox::{Claimed, Delivery};

use super::{before_sending, dangling, failed, write_back, write_back_failure};

pub(super) async fn notify_outcome(app: &Arc<App>, call: Claimed) -> Result<(), StoreError> {
    if call.uncertain {
        let why = "the outcome may have reached SdI, which cannot be asked".to_owned();
        return write_back(app, call, Delivery::ToVerify { why }).await;
    }
    let given = app.store.sdi_outcome(&call.event_key).await?;
    let file = match &given {
        Some(given) => app.store.sdi_file(given.sdi_id).await?,
        None => None,
    };
    let (Some(given), Some(file)) = (given, file) else {
        let delivery = dangling(&call);
        return write_back(app, call, delivery).await;
    };
    let Some(client) = &app.platforms.sdi else {
        // Perhaps another process that shares the store is connected.
        let why = "SdI is not connected: see [platforms.sdi] in the settings".to_owned();
        let at = app.clock.now() + app.settings.worker.pause(call.attempt);
        return write_back(app, call, Delivery::Again { at, why }).await;
    };
    let notice = OutcomeNotice {
        sdi_id: given.sdi_id,
        file_name: file.file_name,
        progressive: given.progressive,
        invoice: given.invoice,
        outcome: given.outcome,
    };
    match client.notify_outcome(&notice, &before_sending(app, &call)).await {
        Ok(()) => write_back(app, call, Delivery::Done).await,
        Err(error) if error.repeat == Repeat::AskFirst => {
            let why = error.to_string();
            write_back_failure(app, call, &error, Delivery::ToVerify { why }).await
        }
        Err(error) => failed(app, call, &error).await,
    }
}
