// SPDX-License-Identifier: EUPL-1.2
//! The CIG the platform knows, one procurement of one lot each.

use std::collections::BTreeMap;

use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::form;
use super::wire::{coded, error, found};
use crate::clock::rfc3339;
use crate::reply::Reply;
use crate::schema::Schema;

/// Name of the only lot.
pub(super) const LOT: &str = "LOT-0001";

/// The form a CIG was taken with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Scheda {
    /// Direct award from 5,000 euro.
    #[default]
    Ad3,
    /// Direct award below 5,000 euro: no PNRR section.
    Ad5,
}

/// How the confirmation of a procurement ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum EsitoConferma {
    /// Confirmed.
    #[default]
    Ok,
    /// Not confirmed: `errori` says why.
    Ko,
}

/// A CIG as ANAC knows it. The default is an AD3 without CUP, not PNRR, confirmed; `cig` and `codice_fiscale` must be given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RegisteredCig {
    /// The CIG.
    pub cig: String,
    /// Codice fiscale of the buyer.
    pub codice_fiscale: String,
    /// CUP of the lot.
    #[serde(default)]
    pub cup: Vec<String>,
    /// Whether the form says that PNRR money is in it; AD5 cannot say so.
    #[serde(default)]
    pub pnrr: bool,
    /// Which form.
    #[serde(default)]
    pub scheda: Scheda,
    /// Net amount in EUR, at most two decimals.
    #[serde(default = "importo")]
    pub importo: String,
    /// Quota of young people and women in per cent: from 30 `SI`, below `SI_QUOTA_INFERIORE`, `None` `NO`.
    #[serde(default)]
    pub quota: Option<String>,
    /// Code of the reason of derogation.
    #[serde(default)]
    pub motivo_deroga: Option<String>,
    /// Code of accessibility, `inc` for PNRR.
    #[serde(default)]
    pub accessibilita: Option<String>,
    /// Codes of rewards; `13` is none.
    #[serde(default = "nessuna_misura")]
    pub misure_premiali: Vec<String>,
    /// How the confirmation ended.
    #[serde(default)]
    pub esito: EsitoConferma,
    /// Codes of errors of a `KO`.
    #[serde(default)]
    pub errori: Vec<String>,
    /// How often the outcome is asked for in vain first.
    #[serde(default)]
    pub esito_dopo: u32,
}

impl Default for RegisteredCig {
    fn default() -> Self {
        Self {
            cig: String::new(),
            codice_fiscale: String::new(),
            cup: Vec::new(),
            pnrr: false,
            scheda: Scheda::Ad3,
            importo: importo(),
            quota: None,
            motivo_deroga: None,
            accessibilita: None,
            misure_premiali: nessuna_misura(),
            esito: EsitoConferma::Ok,
            errori: Vec::new(),
            esito_dopo: 0,
        }
    }
}

fn importo() -> String {
    "9975.20".to_owned()
}

fn nessuna_misura() -> Vec<String> {
    vec!["13".to_owned()]
}

/// A procurement.
pub(super) struct Appalto {
    pub(super) cig: RegisteredCig,
    pub(super) id: String,
    pub(super) at: DateTime<Utc>,
    asked: u32,
}

impl Appalto {
    /// The procurement of a CIG; refused when an answer about it would break its schema.
    pub(super) fn new(cig: RegisteredCig, at: DateTime<Utc>) -> Result<Self, String> {
        let id = id_of("appalto", &cig.cig);
        let appalto = Self { cig, id, at, asked: 0 };
        let name = &appalto.cig.cig;
        if matches!(appalto.cig.esito, EsitoConferma::Ok) && !appalto.cig.errori.is_empty() {
            return Err(format!("{name}: errors on an OK"));
        }
        if appalto.cig.quota.as_ref().is_some_and(|quota| quota.parse::<f64>().is_err()) {
            return Err(format!("{name}: the quota is no number"));
        }
        let answers = [page(&[&appalto], 1, 1), appalto.form(), outcomes(&[appalto.outcome()])];
        match answers.iter().find_map(Reply::breaches) {
            Some(why) => Err(format!("{name}: {why}")),
            None => Ok(appalto),
        }
    }

    /// Whether the outcome is there.
    fn settled(&self) -> bool {
        self.asked >= self.cig.esito_dopo
    }

    fn summary(&self) -> Value {
        let confirmed = self.settled() && self.cig.esito == EsitoConferma::Ok;
        let stato = if confirmed { "CONF" } else { "IN_LAV" };
        json!({
            "idAppalto": self.id,
            "codiceAppalto": self.code(),
            "oggetto": form::SUBJECT,
            "dataCreazione": rfc3339(self.at),
            "stato": coded("statoAppalto", stato),
            "lotti": [{
                "cig": self.cig.cig,
                "lotIdentifier": LOT,
                "oggetto": form::SUBJECT,
                "importo": self.cig.importo,
                "stato": coded("statoLotto", stato),
                "oggettoContratto": coded("oggettoContratto", "supplies"),
            }],
        })
    }

    /// What the buyer calls it.
    pub(super) fn code(&self) -> String {
        format!("APP-{}", self.cig.cig)
    }

    /// The answer with its form.
    pub(super) fn form(&self) -> Reply {
        let appalto = json!({"idAppalto": self.id, "scheda": form::scheda(self)});
        found(Schema::AnacAppalto, json!({"appalto": appalto}), json!({}))
    }

    fn outcome(&self) -> Value {
        let (esito, dettaglio) = match self.cig.esito {
            EsitoConferma::Ok => ("OK", "AP_CONF"),
            EsitoConferma::Ko => ("KO", "AP_N_CONF"),
        };
        json!({
            "idAppalto": self.id,
            "tipoOperazione": coded("tipoOperazione", "AP_CONF"),
            "esito": coded("esito", esito),
            "dettaglio": coded("esitoOperazione", dettaglio),
            "dataControllo": rfc3339(self.at),
            "errori": self.cig.errori.iter().map(|code| error(code)).collect::<Vec<_>>(),
        })
    }

    /// The outcome of an operation; one that was never done has none, and the first askers get none.
    pub(super) fn ask(&mut self, operation: &str) -> Reply {
        if operation != "AP_CONF" {
            return outcomes(&[]);
        }
        if !self.settled() {
            self.asked += 1;
            return outcomes(&[]);
        }
        outcomes(&[self.outcome()])
    }
}

fn outcomes(list: &[Value]) -> Reply {
    found(Schema::AnacEsiti, json!({"listaEsiti": list}), json!({"listaEsiti": []}))
}

/// A page of a search that found `all`.
pub(super) fn page(all: &[&Appalto], page: usize, per_page: usize) -> Reply {
    let from = page.saturating_sub(1).saturating_mul(per_page);
    let shown: Vec<_> = all.iter().skip(from).take(per_page).map(|appalto| appalto.summary()).collect();
    let members = |shown: Vec<Value>, rows: usize| {
        json!({
            "totRows": rows,
            "totPages": rows.div_ceil(per_page.max(1)),
            "currentPage": page,
            "elementPage": per_page,
            "result": shown,
        })
    };
    found(Schema::AnacAppalti, members(shown, all.len()), members(Vec::new(), 0))
}

/// A UUID that is always the same for the same thing.
pub(super) fn id_of(kind: &str, name: &str) -> String {
    let mut half = [0; 16];
    let digest = Sha256::new().chain_update(kind).chain_update([0]).chain_update(name).finalize();
    half.copy_from_slice(&digest[..16]);
    uuid::Builder::from_custom_bytes(half).into_uuid().to_string()
}

/// All procurements, by `idAppalto`.
#[derive(Default)]
pub(super) struct Register(BTreeMap<String, Appalto>);

impl Register {
    /// Adds procurements, each in place of the one with the same CIG.
    pub(super) fn add(&mut self, appalti: Vec<Appalto>) {
        self.0.extend(appalti.into_iter().map(|appalto| (appalto.id.clone(), appalto)));
    }

    /// The procurement of that `idAppalto`.
    pub(super) fn get(&mut self, id: &str) -> Option<&mut Appalto> {
        self.0.get_mut(&id.to_lowercase())
    }

    /// Those a search finds: both criteria must be met, where given.
    pub(super) fn find(&self, cig: Option<&str>, code: Option<&str>) -> Vec<&Appalto> {
        let fits = |appalto: &&Appalto| {
            cig.is_none_or(|cig| appalto.cig.cig == cig) && code.is_none_or(|code| appalto.code() == code)
        };
        self.0.values().filter(fits).collect()
    }
}
