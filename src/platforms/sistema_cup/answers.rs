// SPDX-License-Identifier: EUPL-1.2
//! What the payloads of Sistema CUP say. An answer counts only when it shows our own request id, event key or CUP.

use chrono::NaiveDate;

use super::{Cup, CupEnding, CupRecord, CupRequest, CupState, Element, Failure, Kind, said};

/// The platform's list has room for so many; a full one may not be whole.
const LIST_MAX: usize = 1000;

/// The CUP that was generated, when it is ours in every respect.
pub(super) fn generated(payload: &Element, id: &str, wanted: &CupRequest) -> Result<Cup, Failure> {
    if payload.only("ID_RICHIESTA")?.text() != id {
        return Err(Failure::garbled("the answer to another request"));
    }
    let detail = payload.optional("DETTAGLIO_CUP")?;
    let verdict = verdict(payload)?;
    match (verdict, detail) {
        (Verdict::Ok, Some(detail)) => {
            let record = record(detail)?;
            if record.event_key.as_deref() != Some(wanted.event_key.as_str()) {
                return Err(Failure::garbled("the CUP of another event"));
            }
            if record.holder_tax_code != wanted.holder_tax_code.as_str()
                || record.template.as_ref() != Some(&wanted.template)
            {
                return Err(Failure::garbled("a CUP with another holder or template"));
            }
            if record.provisional || record.state != CupState::Active {
                return Err(Failure::garbled(format!("CUP {} is not active", record.cup)));
            }
            Ok(record.cup)
        }
        (Verdict::Ok, None) => Err(Failure::garbled("OK without a CUP")),
        (Verdict::Ko(_), Some(_)) => Err(Failure::garbled("KO with a CUP")),
        (Verdict::Ko(why), None) => Err(refused(why)),
    }
}

/// The one CUP of an event. The list is asked for by that key alone, so any other key in it makes it somebody else's.
pub(super) fn found(payload: &Element, key: &str) -> Result<Option<CupRecord>, Failure> {
    if let Verdict::Ko(why) = verdict(payload)? {
        return Err(refused(why));
    }
    let records = payload.named("DETTAGLIO_CUP").map(record).collect::<Result<Vec<_>, _>>()?;
    if records.iter().any(|record| record.event_key.as_deref() != Some(key)) {
        return Err(Failure::garbled("the list shows CUP of other events"));
    }
    if records.len() >= LIST_MAX {
        return Err(Failure::garbled("the list is full and may not be whole"));
    }
    match <[CupRecord; 1]>::try_from(records) {
        Ok([record]) => Ok(Some(record)),
        Err(none) if none.is_empty() => Ok(None),
        Err(more) => {
            let cups: Vec<&str> = more.iter().map(|record| record.cup.as_str()).collect();
            Err(Failure::last_word(Kind::Several { count: more.len(), text: said(&cups.join(", ")) }))
        }
    }
}

/// The CUP that was asked for.
pub(super) fn detail(payload: &Element, cup: &Cup) -> Result<CupRecord, Failure> {
    let record = record(payload)?;
    if record.cup == *cup { Ok(record) } else { Err(Failure::garbled("another CUP")) }
}

/// That a CUP ended as it was to end.
pub(super) fn ended(payload: &Element, id: &str, cup: &Cup, ending: CupEnding) -> Result<(), Failure> {
    if payload.only("ID_RICHIESTA")?.text() != id {
        return Err(Failure::garbled("the answer to another request"));
    }
    let detail = payload.only("DETTAGLIO_CUP_CHIUSURA_REVOCA")?;
    if detail.only("CODICE_CUP")?.text() != cup.as_str() {
        return Err(Failure::garbled("another CUP"));
    }
    match (detail.optional("STATO_DEL_PROGETTO")?, detail.optional("MESSAGGI_DI_SCARTO")?) {
        (Some(told), None) if state(told.text())? == ending.state() => Ok(()),
        (Some(told), None) => Err(Failure::garbled(format!("stato {}", said(told.text())))),
        (None, Some(why)) => Err(refused(said(why.text()))),
        _ => Err(Failure::garbled("neither a state nor a refusal")),
    }
}

enum Verdict {
    Ok,
    Ko(String),
}

fn verdict(payload: &Element) -> Result<Verdict, Failure> {
    let detail = payload.only("DETTAGLIO_ELABORAZIONE")?;
    match detail.only("ESITO_ELABORAZIONE")?.text() {
        "OK" => Ok(Verdict::Ok),
        "KO" => Ok(Verdict::Ko(said(detail.only("DESCRIZIONE_ESITO_ELABORAZIONE")?.text()))),
        other => Err(Failure::garbled(format!("ESITO_ELABORAZIONE {other}"))),
    }
}

fn refused(text: String) -> Failure {
    Failure::last_word(Kind::Refused { code: "KO".into(), text })
}

fn record(detail: &Element) -> Result<CupRecord, Failure> {
    let cup = detail.only("CODICE_CUP")?.text();
    let cup = cup.parse().map_err(|error| Failure::garbled(format!("CODICE_CUP {cup}: {error}")))?;
    let general = detail.only("DATI_GENERALI_PROGETTO")?;
    let holder = detail.only("DATI_TITOLARE_RICHIEDENTE")?.required("soggetto_titolare")?;
    let day = general.required("data_generazione")?;
    Ok(CupRecord {
        cup,
        state: state(general.required("stato")?)?,
        provisional: yes_or_no("provvisorio", general.required("provvisorio")?)?,
        template: general.attribute("template").map(template).transpose()?,
        holder_tax_code: said(holder),
        generated_on: italian_day(day)?,
        event_key: general.attribute("codifica_locale").filter(|key| !key.is_empty()).map(said),
    })
}

fn state(text: &str) -> Result<CupState, Failure> {
    match text {
        "Attivo" => Ok(CupState::Active),
        "Chiuso" => Ok(CupState::Closed),
        "Revocato" => Ok(CupState::Revoked),
        "Cancellato" => Ok(CupState::Deleted),
        other => Err(Failure::garbled(format!("stato {other}"))),
    }
}

fn yes_or_no(name: &str, text: &str) -> Result<bool, Failure> {
    match text {
        "Si" => Ok(true),
        "No" => Ok(false),
        other => Err(Failure::garbled(format!("{name} {other}"))),
    }
}

fn template(text: &str) -> Result<String, Failure> {
    if text.len() == 7 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        Ok(text.to_owned())
    } else {
        Err(Failure::garbled(format!("template {text}")))
    }
}

/// `dd/mm/yyyy`, with all its zeros.
fn italian_day(text: &str) -> Result<NaiveDate, Failure> {
    let day = NaiveDate::parse_from_str(text, "%d/%m/%Y").ok().filter(|_| text.len() == 10);
    day.ok_or_else(|| Failure::garbled(format!("data_generazione {text}")))
}
