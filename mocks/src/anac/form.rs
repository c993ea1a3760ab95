// SPDX-License-Identifier: EUPL-1.2
//! The forms AD3 and AD5 as they are read back, with what a CIG was registered with in its official place.
//! What nobody asked for is the same for every CIG.

use serde_json::{Map, Number, Value, json};

use super::register::{Appalto, EsitoConferma, LOT, Scheda, id_of};
use super::wire::coded;
use crate::clock::rfc3339;

/// Subject of every procurement.
pub(super) const SUBJECT: &str = "Fornitura di prova";
const SUPPLIER: &str = "Forniture di Prova S.r.l.";
const SUPPLIER_CODE: &str = "76543211007";

/// The form of a procurement.
pub(super) fn scheda(appalto: &Appalto) -> Value {
    let (code, version, procedure, award) = match appalto.cig.scheda {
        Scheda::Ad3 => ("AD3", "1.0", procedure_ad3(appalto), award_ad3(appalto)),
        Scheda::Ad5 => ("AD5", "1.0", procedure_ad5(appalto), award_ad5(appalto)),
    };
    let stato = match appalto.cig.esito {
        EsitoConferma::Ok => "CONF",
        EsitoConferma::Ko => "IN_LAV",
    };
    json!({
        "_idScheda": id_of("scheda", &appalto.cig.cig),
        "codice": coded("codiceScheda", code),
        "versione": version,
        "_stato": coded("statoScheda", stato),
        "_dataCreazione": rfc3339(appalto.at),
        "body": {"anacForm": {
            "stazioniAppaltanti": [{
                "codiceFiscale": appalto.cig.codice_fiscale,
                "codiceAusa": ausa(&appalto.cig.codice_fiscale),
                "codiceCentroCosto": "CDC-0001",
                "saTitolare": true,
            }],
            "appalto": procedure,
            "aggiudicazioni": [award],
        }},
    })
}

/// A code of the buyer that follows from its codice fiscale.
fn ausa(codice_fiscale: &str) -> String {
    let digits: String = codice_fiscale.chars().filter(char::is_ascii_digit).collect();
    let last = digits.len().saturating_sub(6);
    format!("0000{:0>6}", &digits[last..])
}

fn procedure_ad3(appalto: &Appalto) -> Value {
    json!({
        "codiceAppalto": appalto.code(),
        "contrattoDifesa": false,
        "settore": coded("settore", "1"),
        "accordoQuadro": false,
        "motivoUrgenza": coded("motivoUrgenza", "1"),
        "datiBase": {"oggetto": SUBJECT},
    })
}

fn procedure_ad5(appalto: &Appalto) -> Value {
    json!({
        "codiceAppalto": appalto.code(),
        "settore": coded("settore", "1"),
        "datiBase": {"oggetto": SUBJECT},
    })
}

/// What the two awards have in common.
fn award(appalto: &Appalto, supplier: Value) -> Map<String, Value> {
    let award = json!({
        "lotIdentifier": LOT,
        "codIstat": coded("codIstat", "058091"),
        "datiBase": {"oggetto": SUBJECT, "oggettoContratto": coded("oggettoContratto", "supplies")},
        "datiBaseCPV": {
            "tipoClassificazione": coded("tipoClassificazione", "cpv"),
            "cpvPrevalente": coded("CPV", "39112000-0"),
        },
    });
    let mut supplier = supplier;
    supplier["codiceFiscale"] = json!(SUPPLIER_CODE);
    supplier["denominazione"] = json!(SUPPLIER);
    supplier["idPartecipante"] = json!(id_of("partecipante", &appalto.cig.cig));
    supplier["importo"] = amount(&appalto.cig.importo);
    let mut award = if let Value::Object(award) = award { award } else { Map::new() };
    award.insert("partecipanti".to_owned(), json!([supplier]));
    award
}

fn award_ad3(appalto: &Appalto) -> Value {
    let cig = &appalto.cig;
    let mut award = award(
        appalto,
        json!({
            "ruoloOE": coded("ruoloOE", "3"),
            "tipoOE": coded("tipoOE", "1"),
            "paeseOperatoreEconomico": "IT",
            "avvalimento": false,
        }),
    );
    let mut put = |name: &str, value: Value| award.insert(name.to_owned(), value);
    put("ccnl", coded("ccnl", "H011"));
    put("categoria", coded("categoria", "FB"));
    put("afferenteInvestimentiPNRR", json!(cig.pnrr));
    put("acquisizioneCup", json!(!cig.cup.is_empty()));
    if !cig.cup.is_empty() {
        put("cupLotto", json!(cig.cup));
    }
    if cig.pnrr || cig.quota.is_some() || cig.motivo_deroga.is_some() {
        put("paritaDiGenereGenerazionale", equality(appalto));
    }
    if let Some(code) = &cig.accessibilita {
        put("datiBaseAccessibilita", json!({"accessibilita": coded("accessibilita", code)}));
    }
    put("datiBaseContratto", json!({"codNUTS": coded("codNUTS", "ITI43")}));
    put("datiBaseAggiudicazioneAppalto", json!({"dataAggiudicazione": rfc3339(appalto.at)}));
    put("datiBaseDocumenti", json!({"url": "https://example.org/atti"}));
    Value::Object(award)
}

fn award_ad5(appalto: &Appalto) -> Value {
    let mut award = award(appalto, json!({}));
    if !appalto.cig.cup.is_empty() {
        award.insert("cup".to_owned(), json!(appalto.cig.cup));
    }
    Value::Object(award)
}

/// The section on equal opportunities.
fn equality(appalto: &Appalto) -> Value {
    let cig = &appalto.cig;
    let rewards: Vec<_> = cig.misure_premiali.iter().map(|code| coded("misurePremiali", code)).collect();
    let mut section = json!({
        "derogaAQ": false,
        "ulterioriMisurePremiali": cig.misure_premiali.iter().any(|code| code != "13"),
        "misurePremiali": rewards,
    });
    let quota = cig.quota.as_deref();
    let share = quota.and_then(|quota| quota.parse::<f64>().ok());
    section["quota30PerCento"] = json!(match share {
        Some(share) if share >= 30.0 => "SI",
        Some(_) => "SI_QUOTA_INFERIORE",
        None => "NO",
    });
    if let Some(lower) = quota.filter(|_| share.is_some_and(|share| share < 30.0)) {
        section["quotaInferioreOccupFemminile"] = amount(lower);
        section["quotaInferioreOccupGiovanile"] = amount(lower);
    }
    if let Some(code) = &cig.motivo_deroga {
        section["motivoDeroga"] = json!([coded("motivoDeroga", code)]);
    }
    section
}

/// A decimal as a JSON number; what is none stays text, and the schema finds it.
fn amount(decimal: &str) -> Value {
    serde_json::from_str::<Number>(decimal).map_or_else(|_| json!(decimal), Value::Number)
}
