// SPDX-License-Identifier: EUPL-1.2
//! SdI brings a file of invoices, or says that the term of one is over. A file is taken in charge only once it is stored,
//! whatever it is and whosoever: what comes in is never lost.

use chrono::{DateTime, Utc};

use crate::app::App;
use crate::domain::istat::IstatCode;
use crate::domain::sha256::sha256;
use crate::platforms::sdi::inbound::{Delivery, Inbound, Lapse};
use crate::store::audit::{Actor, Record};
use crate::store::sdi::{NewSdiFile, SdiFile};
use crate::store::{StoreError, Tx};

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Received {
    /// It is stored, now or since an earlier time.
    Taken,
    /// Another file is stored under its identifier.
    OtherFile,
}

/// The Comune a file is addressed to, by its office and the settings; none when they do not tell.
#[must_use]
pub fn comune_of(app: &App, file: &SdiFile) -> Option<IstatCode> {
    app.settings.offices.get(file.office.as_ref().ok()?).copied()
}

/// Stores what SdI sent.
///
/// # Errors
/// When the store cannot be written; SdI then sends it again.
pub async fn receive(app: &App, message: Inbound) -> Result<Received, StoreError> {
    match message {
        Inbound::Delivery(delivery) => take_in(app, delivery).await,
        Inbound::Lapse(lapse) => note_lapse(app, lapse).await.map(|()| Received::Taken),
    }
}

async fn take_in(app: &App, delivery: Delivery) -> Result<Received, StoreError> {
    let at = app.clock.now();
    let new = NewSdiFile {
        sdi_id: delivery.sdi_id,
        sha256: sha256(&delivery.file),
        file_name: delivery.file_name,
        file: delivery.file,
        metadata_name: delivery.metadata_name,
        metadata: delivery.metadata,
        about: delivery.about.map(|about| (about.office, about.format)),
    };
    let office = new.about.as_ref().ok().map(|(office, _)| *office);
    let comune = office.and_then(|office| app.settings.offices.get(&office).copied());
    if comune.is_none() {
        tracing::warn!(sdi.id = %new.sdi_id, sdi.office = ?office, "a file of invoices for an office that [offices] does not name");
    }
    let written = app.store.write(move |tx| {
        Box::pin(async move {
            if let Some(there) = tx.sdi_file(new.sdi_id).await? {
                let same = there.sha256 == new.sha256;
                return Ok(if same { Received::Taken } else { Received::OtherFile });
            }
            tx.insert_sdi_file(&new, at).await?;
            let office = office.map_or_else(|| "-".to_owned(), |office| office.to_string());
            let detail = format!("office={office} name={} sha256={}", new.file_name, new.sha256);
            tx.audit(&[record(comune, "sdi.received", new.sdi_id.to_string(), detail, at)]).await?;
            Ok(Received::Taken)
        })
    });
    written.await
}

async fn note_lapse(app: &App, lapse: Lapse) -> Result<(), StoreError> {
    let (at, offices) = (app.clock.now(), app.settings.offices.clone());
    let written = app.store.write(move |tx| {
        Box::pin(async move {
            let Some(file) = tx.sdi_file(lapse.sdi_id).await? else {
                return unknown(tx, &lapse, at).await;
            };
            if file.lapsed_at.is_some() {
                return Ok(());
            }
            tx.lapse_sdi_file(lapse.sdi_id, &lapse.message, at).await?;
            let comune = file.office.as_ref().ok().and_then(|office| offices.get(office).copied());
            let detail = format!("sha256={}", sha256(&lapse.message));
            tx.audit(&[record(comune, "sdi.lapsed", lapse.sdi_id.to_string(), detail, at)]).await
        })
    });
    written.await
}

/// The term of a file is over that never came here: nothing to do, but to be seen.
async fn unknown(tx: &mut Tx, lapse: &Lapse, at: DateTime<Utc>) -> Result<(), StoreError> {
    let detail = format!("sha256={}", sha256(&lapse.message));
    tx.audit(&[record(None, "sdi.lapsed_unknown", lapse.sdi_id.to_string(), detail, at)]).await
}

fn record(
    comune: Option<IstatCode>,
    action: &'static str,
    subject: String,
    detail: String,
    at: DateTime<Utc>,
) -> Record {
    let chain = comune.map_or_else(|| "-".to_owned(), |comune| comune.to_string());
    Record { chain, at, actor: Actor::worker(), action, subject, detail }
}
