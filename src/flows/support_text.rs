// SPDX-License-Identifier: EUPL-1.2
//! What to write to the help desk of a platform about a call that is stuck: who asked for what, when, under which
//! identifiers, what came back, and what to ask. Ready to be pasted; in Italian, as the help desks are.

use chrono::{DateTime, Utc};

use crate::app::App;
use crate::domain::rome::rome_string;
use crate::flows::deliver::platform_of;
use crate::platforms::Platform;
use crate::store::StoreError;
use crate::store::outbox::people::{Evidence, OwedCall};
use crate::store::outbox::{
    CANCEL, CLOSE_CUP, COMMUNICATE_CUP, FOLLOW, GENERATE_CUP, HAND_OVER, REVOKE_CUP, SDI_OUTCOME, VERIFY_CIG,
};

/// What a kind of call does, and what to ask when it is stuck.
fn words(kind: &str) -> (&'static str, &'static str) {
    match kind {
        GENERATE_CUP => (
            "generazione del CUP",
            "se la richiesta di generazione risulta eseguita e, in caso affermativo, quale CUP è stato generato",
        ),
        CLOSE_CUP => ("chiusura del CUP", "se il CUP risulta chiuso"),
        REVOKE_CUP => ("revoca del CUP", "se il CUP risulta revocato"),
        COMMUNICATE_CUP => (
            "comunicazione del CUP",
            "se la comunicazione risulta acquisita e, in caso affermativo, con quale protocollo",
        ),
        HAND_OVER => (
            "consegna della bozza di ODA",
            "se la bozza risulta acquisita e, in caso affermativo, con quale numero di ODA",
        ),
        CANCEL => ("annullamento della bozza di ODA", "se la bozza risulta annullata"),
        FOLLOW => ("lettura dello stato dell'ODA", "quale sia lo stato dell'ODA"),
        VERIFY_CIG => ("verifica del CIG", "che cosa risulti del CIG"),
        SDI_OUTCOME => ("notifica di esito committente", "se la notifica di esito risulta acquisita"),
        _ => ("richiesta", "l'esito della richiesta"),
    }
}

/// The text for one call.
///
/// # Errors
/// When the store cannot be read.
pub async fn support_text(app: &App, call: &OwedCall) -> Result<String, StoreError> {
    let (what, question) = words(&call.kind);
    let title = platform_of(&call.kind).map_or("Piattaforma", Platform::title);
    let mut lines = vec![format!("Oggetto: {title}: {what}, esito da verificare"), String::new()];
    let mut say = |name: &str, value: String| lines.push(format!("{name}: {value}"));
    if let Some(comune) = app.reference.comuni.by_istat(&call.comune) {
        say(
            "Ente",
            format!("Comune di {}, codice fiscale {}, IPA {}", comune.name, comune.tax_code, comune.ipa),
        );
    }
    let participation = app.store.participation(&call.programme, &call.comune).await?;
    if let Some(cup) = participation.and_then(|row| row.cup) {
        say("CUP", cup.to_string());
    }
    if let Some(id) = &call.order_id {
        say("Nostro riferimento (X-Riferimento-Esterno)", id.clone());
        if let Some(order) = app.store.order(id).await? {
            say("Ordine", format!("numero {} del {}", order.number, order.order_date));
            if let Some(cig) = &order.cig {
                say("CIG", cig.clone());
            }
            if let Some(number) = &order.oda_number {
                say("ODA", number.clone());
            }
        }
    } else if let Some(given) = app.store.sdi_outcome(&call.event_key).await? {
        say("IdentificativoSdI", given.sdi_id.to_string());
        say("Esito", given.outcome.code().to_owned());
        if let Some(invoice) = &given.invoice {
            say("Fattura", format!("numero {} del {}", invoice.number(), invoice.year()));
        }
    } else {
        say("Nostro riferimento", format!("{}-{}", call.programme, call.comune));
    }
    say("Evento", call.event_key.clone());
    say("Richiesta dal", instant(call.created_at));
    if let Some(at) = call.first_sent_at {
        say("Primo invio", instant(at));
    }
    if let Some(evidence) = &call.evidence {
        exchange(evidence, &mut say);
        say("Ultimo tentativo", instant(call.updated_at));
    }
    if let Some(error) = &call.last_error {
        say("Ultimo esito", error.clone());
    }
    lines.extend([String::new(), format!("Si chiede di sapere {question}.")]);
    Ok(lines.join("\n"))
}

fn exchange(evidence: &Evidence, say: &mut impl FnMut(&str, String)) {
    if let Some(operation) = &evidence.sent_operation {
        say("Operazione inviata", operation.clone());
    }
    if let Some(at) = evidence.sent_at {
        say("Ultimo invio", instant(at));
    }
    if let Some(digest) = &evidence.request_sha256 {
        say("Impronta SHA-256 del messaggio inviato", digest.clone());
    }
    say("Ultima operazione", evidence.operation.clone());
    match evidence.status {
        Some(status) => {
            say("Risposta", format!("HTTP {status} {}", evidence.media_type.as_deref().unwrap_or_default()))
        }
        None => say("Risposta", "nessuna".into()),
    }
}

/// Rome time, and UTC for those who read logs.
fn instant(at: DateTime<Utc>) -> String {
    format!("{} ({})", rome_string(at), at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true))
}
