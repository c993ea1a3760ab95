// SPDX-License-Identifier: EUPL-1.2
//! Shapes on the wire, with the names of `schemas/anac/`. ANAC adds members as its forms grow, so those not named here are
//! let be; those named are held to their kind.

use serde::Deserialize;
use uuid::Uuid;

use crate::platforms::answer::{Answer, Failure};
use crate::platforms::error::said;

use super::{CigRecord, Confirmation};

#[derive(Deserialize)]
pub(super) struct Voucher {
    pub(super) access_token: String,
    pub(super) token_type: String,
    pub(super) expires_in: u32,
}

#[derive(Deserialize)]
struct Code {
    codice: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Appalti {
    result: Vec<Appalto>,
    tot_rows: u64,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Appalto {
    id_appalto: Uuid,
    lotti: Vec<Lotto>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Lotto {
    cig: Option<String>,
    lot_identifier: String,
    importo: Option<String>,
    stato: Code,
}

/// The lot of a CIG.
pub(super) struct FoundLot {
    pub(super) procurement: Uuid,
    identifier: String,
    amount: Option<String>,
    state: String,
}

/// The one lot that carries the CIG; nothing when the list is empty.
pub(super) fn lot_of(found: Appalti, cig: &str) -> Result<Option<FoundLot>, Failure> {
    if found.result.is_empty() && found.tot_rows == 0 {
        return Ok(None);
    }
    let lots = found.result.into_iter().flat_map(|appalto| {
        let procurement = appalto.id_appalto;
        appalto.lotti.into_iter().map(move |lotto| (procurement, lotto))
    });
    let mut own = lots.filter(|(_, lotto)| lotto.cig.as_deref() == Some(cig));
    match (own.next(), own.next()) {
        (Some((procurement, lotto)), None) => Ok(Some(FoundLot {
            procurement,
            identifier: lotto.lot_identifier,
            amount: lotto.importo,
            state: lotto.stato.codice,
        })),
        (None, _) => Err(Failure::garbled("procurements of another CIG")),
        (Some(_), Some(_)) => Err(Failure::garbled("the same CIG on two lots")),
    }
}

#[derive(Deserialize)]
pub(super) struct Consulta {
    appalto: ConsultaAppalto,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ConsultaAppalto {
    id_appalto: Uuid,
    scheda: Scheda,
}

#[derive(Deserialize)]
struct Scheda {
    codice: Code,
    body: Body,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Body {
    anac_form: AnacForm,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct AnacForm {
    stazioni_appaltanti: Vec<Stazione>,
    #[serde(default)]
    aggiudicazioni: Vec<Aggiudicazione>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Stazione {
    codice_fiscale: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Aggiudicazione {
    lot_identifier: String,
    #[serde(default)]
    cup_lotto: Vec<String>,
    #[serde(default)]
    cup: Vec<String>,
    #[serde(rename = "afferenteInvestimentiPNRR")]
    pnrr: Option<bool>,
    parita_di_genere_generazionale: Option<Parita>,
    dati_base_accessibilita: Option<Accessibilita>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Parita {
    #[serde(rename = "quota30PerCento")]
    quota: Option<String>,
    #[serde(default)]
    motivo_deroga: Vec<Code>,
}

#[derive(Deserialize)]
struct Accessibilita {
    accessibilita: Option<Code>,
}

/// What the form says of the lot.
pub(super) fn record(answer: Consulta, lot: &FoundLot) -> Result<CigRecord, Failure> {
    let ConsultaAppalto { id_appalto, scheda } = answer.appalto;
    if id_appalto != lot.procurement {
        return Err(Failure::garbled("the form of another procurement"));
    }
    let AnacForm { stazioni_appaltanti, aggiudicazioni } = scheda.body.anac_form;
    let own = aggiudicazioni.into_iter().find(|award| award.lot_identifier == lot.identifier);
    let buyers = stazioni_appaltanti.into_iter().map(|buyer| buyer.codice_fiscale).collect();
    let mut record = CigRecord {
        procurement: lot.procurement,
        lot_state: lot.state.clone(),
        form: scheda.codice.codice,
        buyers,
        cups: Vec::new(),
        pnrr: None,
        amount: lot.amount.clone(),
        quota: None,
        derogations: Vec::new(),
        accessibility: None,
    };
    if let Some(award) = own {
        record.cups = award.cup_lotto.into_iter().chain(award.cup).collect();
        record.pnrr = award.pnrr;
        record.accessibility =
            award.dati_base_accessibilita.and_then(|found| found.accessibilita).map(|c| c.codice);
        if let Some(section) = award.parita_di_genere_generazionale {
            record.quota = section.quota;
            record.derogations = section.motivo_deroga.into_iter().map(|reason| reason.codice).collect();
        }
    }
    Ok(record)
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Esiti {
    lista_esiti: Vec<Esito>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Esito {
    id_appalto: Option<Uuid>,
    esito: Code,
    #[serde(default)]
    errori: Vec<Errore>,
}

#[derive(Deserialize)]
struct Errore {
    codice: String,
    #[serde(default)]
    dettaglio: String,
}

/// The latest outcome: the list is asked for one.
pub(super) fn confirmation(answer: Esiti, procurement: Uuid) -> Result<Confirmation, Failure> {
    let Some(last) = answer.lista_esiti.into_iter().next() else { return Ok(Confirmation::Overdue) };
    if last.id_appalto.is_some_and(|id| id != procurement) {
        return Err(Failure::garbled("the outcome of another procurement"));
    }
    match &*last.esito.codice {
        "OK" => Ok(Confirmation::Confirmed),
        "WT" => Ok(Confirmation::Overdue),
        "KO" => {
            let errors = last.errori.into_iter().map(|error| (said(&error.codice), said(&error.dettaglio)));
            Ok(Confirmation::NotConfirmed(errors.collect()))
        }
        other => Err(Failure::garbled(format!("an outcome {}", said(other)))),
    }
}

#[derive(Deserialize)]
struct Problem {
    #[serde(default)]
    detail: String,
    #[serde(default)]
    errori: Vec<Errore>,
}

/// Text and codes of a problem document; nothing when the answer is none.
pub(super) fn problem(answer: &Answer) -> Option<(String, String)> {
    let problem: Problem = answer.json().ok().filter(|_| answer.media_type == "application/problem+json")?;
    let codes: Vec<String> = problem.errori.iter().map(|error| error.codice.clone()).collect();
    Some((said(&problem.detail), said(&codes.join(" "))))
}

#[derive(Deserialize)]
struct OauthError {
    error: String,
    #[serde(default)]
    error_description: String,
}

/// What the authorization server says against us.
pub(super) fn oauth_error(body: &[u8]) -> String {
    match serde_json::from_slice::<OauthError>(body) {
        Ok(told) => said(&format!("{} {}", told.error, told.error_description)),
        Err(_) => "no reason given".into(),
    }
}
