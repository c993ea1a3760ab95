// SPDX-License-Identifier: EUPL-1.2
//! A person says what the Comune thinks of an invoice: accepted, or refused for one of the five lawful causes. SdI is told
//! once; the decision is kept with who took it.

use crate::app::App;
use crate::domain::sdi::{BuyerOutcome, InvoiceReference, SdiId};
use crate::domain::sha256::sha256;
use crate::domain::text::Text;
use crate::error::Error;
use crate::store::StoreError;
use crate::store::audit::{Actor, Record};
use crate::store::outbox::SDI_OUTCOME;
use crate::store::outbox::people::CallState;
use crate::store::sdi::SdiOutcome;

use super::receive_invoices::comune_of;

const NOT_CONNECTED: Text = Text::new(
    "SdI non è collegato: compilare [platforms.sdi] nella configurazione",
    "SdI is not connected: fill in [platforms.sdi] in the settings",
);
const NO_COMUNE: Text = Text::new(
    "non si sa di quale Comune sia il file: aggiungere l'ufficio destinatario a [offices] nella configurazione",
    "it is not known whose file this is: add the office it is addressed to under [offices] in the settings",
);
const TERM_OVER: Text = Text::new(
    "SdI ha notificato la decorrenza dei termini: un esito non è più ammesso. La fattura si intende ricevuta; per \
     contestarla chiedere al fornitore una nota di credito",
    "SdI told that the term is over: it takes no outcome any more. The invoice counts as received; to contest it, ask the \
     supplier for a credit note",
);
const ANSWERED: Text = Text::new(
    "l'esito è già stato dato: SdI ne accetta uno solo per fattura",
    "the outcome was given already: SdI takes one per invoice",
);

/// Gives an outcome, of one invoice or of all of a file, on behalf of whoever runs the machine.
///
/// # Errors
/// [`Error::NotFound`] when there is no such file; [`Error::Conflict`] when no outcome can be given of it, with why.
pub async fn answer(
    app: &App,
    sdi_id: SdiId,
    invoice: Option<InvoiceReference>,
    outcome: BuyerOutcome,
) -> Result<SdiOutcome, Error> {
    if app.platforms.sdi.is_none() {
        return Err(Error::Conflict(NOT_CONNECTED));
    }
    let file = app.store.sdi_file(sdi_id).await?.ok_or(Error::NotFound)?;
    let comune = comune_of(app, &file).ok_or(Error::Conflict(NO_COMUNE))?;
    let (programme, at) = (app.programme.id.clone(), app.clock.now());
    let answered = app.store.write(move |tx| {
        Box::pin(async move {
            if tx.sdi_lapsed(sdi_id, invoice.as_ref()).await? {
                return Ok(Err(Error::Conflict(TERM_OVER)));
            }
            let before = tx.sdi_outcomes(sdi_id).await?;
            if before.iter().any(|given| given.state.binds() && overlap(&given.invoice, &invoice)) {
                return Ok(Err(Error::Conflict(ANSWERED)));
            }
            let about = invoice.as_ref().map_or_else(String::new, |invoice| format!(":{invoice}"));
            let progressive = before.iter().map(|given| given.progressive).max().unwrap_or_default();
            let actor = Actor::operator();
            let given = SdiOutcome {
                event_key: format!("{SDI_OUTCOME}:{sdi_id}{about}"),
                sdi_id,
                invoice,
                outcome,
                progressive: progressive.saturating_add(1),
                decided_by: actor.id.clone(),
                decided_at: at,
                state: CallState::Pending,
            };
            tx.enqueue_event(&given.event_key, SDI_OUTCOME, &programme, &comune, at).await?;
            tx.put_sdi_outcome(&given).await?;
            let record = Record {
                chain: comune.to_string(),
                at,
                actor,
                action: "sdi.outcome_given",
                subject: sdi_id.to_string(),
                detail: given_detail(&given.event_key, &given.outcome),
            };
            tx.audit(&[record]).await?;
            Ok::<_, StoreError>(Ok(given))
        })
    });
    let given = answered.await??;
    app.call_queued.notify_one();
    Ok(given)
}

/// As recorded: the cause by its letter, the text by its digest, since a person's name may stand in it.
fn given_detail(event_key: &str, outcome: &BuyerOutcome) -> String {
    let why = match outcome {
        BuyerOutcome::Accepted => String::new(),
        BuyerOutcome::Refused { cause, description } => {
            format!(" cause={} text_sha256={}", cause.letter(), sha256(description.as_bytes()))
        }
    };
    format!("event={event_key} outcome={}{why}", outcome.code())
}

/// An outcome of the whole file covers each of its invoices.
fn overlap(one: &Option<InvoiceReference>, other: &Option<InvoiceReference>) -> bool {
    one.is_none() || other.is_none() || one == other
}
