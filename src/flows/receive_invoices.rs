// SPDX-License-Identifier: EUPL-1.2
//! SdI brings a file of invoices, or says that the term of one is over. A file is taken in charge only once it is stored,
//! whatever it is and whosoever: what comes in is never lost.

use std::sync::Arc;

use chrono::{DateTime, Utc};

use crate::app::App;
use crate::domain::istat::IstatCode;
use crate::domain::sdi::SdiId;
use crate::domain::sha256::sha256;
use crate::error::Error;
use crate::flows::take_invoices::{self, Arrival};
use crate::platforms::sdi::inbound::{Delivery, Inbound, Lapse};
use crate::store::audit::{Actor, Record, chain_of};
use crate::store::invoices::Origin;
use crate::store::sdi::{NewSdiFile, NewSdiLapse, SdiFile};
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
pub async fn receive(app: &Arc<App>, message: Inbound) -> Result<Received, StoreError> {
    match message {
        Inbound::Delivery(delivery) => take_in(app, delivery).await,
        Inbound::Lapse(lapse) => note_lapse(app, lapse).await.map(|()| Received::Taken),
    }
}

/// Reads a file of SdI as invoices.
fn invoices_of(
    app: &App,
    bytes: &[u8],
    sha256: String,
    file_name: String,
    sdi_id: SdiId,
) -> Result<take_invoices::Delivery, Error> {
    let (file_name, sdi_id) = (Some(file_name), Some(sdi_id));
    take_invoices::Delivery::read(app, Arrival { bytes, sha256, file_name, origin: Origin::Sdi, sdi_id })
}

async fn take_in(app: &Arc<App>, delivery: Delivery) -> Result<Received, StoreError> {
    let at = app.clock.now();
    let sha256 = sha256(&delivery.file);
    let invoices =
        invoices_of(app, &delivery.file, sha256.clone(), delivery.file_name.clone(), delivery.sdi_id);
    let new = NewSdiFile {
        sdi_id: delivery.sdi_id,
        sha256,
        file_name: delivery.file_name,
        file: delivery.file,
        metadata_name: delivery.metadata_name,
        metadata: delivery.metadata,
        about: delivery.about.map(|about| (about.office, about.format)),
    };
    let office = new.about.as_ref().ok().map(|(office, _)| *office);
    let comune = office.and_then(|office| app.settings.offices.get(&office).copied());
    let addressee = comune.or_else(|| invoices.as_ref().ok()?.comune(app));
    if addressee.is_none() {
        tracing::warn!(sdi.id = %new.sdi_id, sdi.office = ?office, "a file of invoices for an office that [offices] does not name");
    }
    let shared = Arc::clone(app);
    let written = app.store.write(move |tx| {
        Box::pin(async move {
            let office = office.map_or_else(|| "-".to_owned(), |office| office.to_string());
            // The name may be made of a person's tax code: it stays out of the chain.
            let detail = format!("office={office} sha256={}", new.sha256);
            let action = match tx.sdi_file(new.sdi_id).await? {
                Some(there) if there.sha256 != new.sha256 => return Ok(Received::OtherFile),
                Some(_) if tx.fill_sdi_metadata(&new).await? => "sdi.metadata_received",
                Some(_) => return Ok(Received::Taken),
                None => {
                    tx.insert_sdi_file(&new, at).await?;
                    "sdi.received"
                }
            };
            tx.audit(&[record(comune, action, new.sdi_id.to_string(), detail, at)]).await?;
            match (invoices, addressee) {
                (Ok(delivery), Some(addressee)) => judge(&shared, tx, delivery, &addressee, at).await?,
                (Err(error), _) => {
                    tracing::warn!(sdi.id = %new.sdi_id, %error, "a file of SdI cannot be read as invoices")
                }
                (Ok(_), None) => {}
            }
            Ok(Received::Taken)
        })
    });
    written.await
}

/// Takes in the invoices of files that are kept and whose invoices are not: when they came, the settings did not tell whose they
/// were. Answers of how many files.
///
/// # Errors
/// When the store cannot be reached.
pub async fn take_in_left(app: &Arc<App>) -> Result<usize, StoreError> {
    let mut taken = 0usize;
    for sdi_id in app.store.sdi_files_without_invoices().await? {
        let (Some(file), Some(bytes)) =
            (app.store.sdi_file(sdi_id).await?, app.store.sdi_file_bytes(sdi_id).await?)
        else {
            continue;
        };
        let read = invoices_of(app, &bytes, file.sha256.clone(), file.file_name.clone(), sdi_id);
        let Ok(delivery) = read else { continue };
        let Some(comune) = comune_of(app, &file).or_else(|| delivery.comune(app)) else { continue };
        let (shared, at) = (Arc::clone(app), app.clock.now());
        let written = app
            .store
            .write(move |tx| Box::pin(async move { judge(&shared, tx, delivery, &comune, at).await }));
        written.await?;
        taken += 1;
    }
    Ok(taken)
}

/// Takes the invoices of a file in. The file is kept whatever becomes of them: only the store's own trouble undoes it.
async fn judge(
    app: &Arc<App>,
    tx: &mut Tx,
    delivery: take_invoices::Delivery,
    comune: &IstatCode,
    at: DateTime<Utc>,
) -> Result<(), StoreError> {
    let content = delivery.content_sha256().to_owned();
    match take_invoices::take_in(app, tx, delivery, comune, Actor::worker(), at).await {
        Ok(_) => Ok(()),
        Err(Error::Store(error)) => Err(error),
        Err(error) => {
            tracing::warn!(content.sha256 = %content, %error, "a file of SdI was kept, its invoices were not taken in");
            Ok(())
        }
    }
}

/// The notice is kept also when the file never came here: should it come later, its term is over.
async fn note_lapse(app: &App, lapse: Lapse) -> Result<(), StoreError> {
    let (at, offices) = (app.clock.now(), app.settings.offices.clone());
    let new = NewSdiLapse {
        sdi_id: lapse.sdi_id,
        invoice: lapse.invoice,
        sha256: sha256(&lapse.message),
        message: lapse.message,
    };
    let written = app.store.write(move |tx| {
        Box::pin(async move {
            if !tx.insert_sdi_lapse(&new, at).await? {
                return Ok(());
            }
            let file = tx.sdi_file(new.sdi_id).await?;
            let office = file.and_then(|file| file.office.ok());
            let comune = office.and_then(|office| offices.get(&office).copied());
            let detail = format!("sha256={}", new.sha256);
            tx.audit(&[record(comune, "sdi.lapsed", new.sdi_id.to_string(), detail, at)]).await
        })
    });
    written.await
}

fn record(
    comune: Option<IstatCode>,
    action: &'static str,
    subject: String,
    detail: String,
    at: DateTime<Utc>,
) -> Record {
    Record { chain: chain_of(comune.as_ref()), at, actor: Actor::worker(), action, subject, detail }
}
