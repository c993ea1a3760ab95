// SPDX-License-Identifier: EUPL-1.2
//! The contracts of `schemas/`, carried inside the library: requests and answers are both held to them.
//! Tests of the clients may use them too.

use std::path::PathBuf;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};

use serde::Serialize;
use serde_json::Value;
use uppsala::XsdValidator;
use uppsala::parser::Parser;

/// A schema of `schemas/`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Schema {
    /// `sistema_cup/soap-envelope.xsd`: envelope of a request or of an answer.
    CupEnvelope,
    /// `sistema_cup/payload.xsd`: payload, decoded.
    CupPayload,
    /// `lavoro_pubblico/elenco.schema.json`.
    Elenco,
    /// `lavoro_pubblico/comunicazione-cup.schema.json`.
    ComunicazioneCup,
    /// `lavoro_pubblico/ricevuta.schema.json`.
    Ricevuta,
    /// `lavoro_pubblico/problem.schema.json`.
    LavoroProblem,
    /// `lavoro_pubblico/conflitto.schema.json`.
    LavoroConflitto,
    /// `acquistinretepa/order.xsd`: the order handed over.
    Order,
    /// `acquistinretepa/bozza-creata.schema.json`.
    BozzaCreata,
    /// `acquistinretepa/ordini.schema.json`.
    Ordini,
    /// `acquistinretepa/ordine.schema.json`.
    Ordine,
    /// `acquistinretepa/annullamento.schema.json`.
    Annullamento,
    /// `acquistinretepa/problem.schema.json`.
    AcquistiProblem,
    /// `acquistinretepa/conflitto.schema.json`.
    AcquistiConflitto,
    /// `anac/client-assertion.schema.json`: payload.
    AnacClientAssertion,
    /// `anac/tracking-evidence.schema.json`: payload.
    AnacTrackingEvidence,
    /// `anac/voucher.schema.json`.
    AnacVoucher,
    /// `anac/token-error.schema.json`.
    AnacTokenError,
    /// `anac/ricerca-appalto.schema.json`.
    AnacAppalti,
    /// `anac/consulta-appalto.schema.json`.
    AnacAppalto,
    /// `anac/esito-operazione.schema.json`.
    AnacEsiti,
    /// `anac/problem.schema.json`.
    AnacProblem,
    /// `sdi/soap-envelope.xsd`: envelope of a request or of an answer, either way.
    SdiEnvelope,
    /// `sdi/messaggi.xsd`: a message, decoded.
    SdiMessage,
    /// `siope/flusso-ordinativi.xsd`.
    SiopeFlusso,
    /// `siope/messaggio-ack.xsd`.
    SiopeAck,
    /// `siope/esito-applicativo.xsd`.
    SiopeEsito,
    /// `siope/giornale-di-cassa.xsd`: one page.
    SiopeGiornale,
    /// `siope/lista.schema.json`.
    SiopeLista,
    /// `siope/problem.schema.json`.
    SiopeProblem,
}

/// A place where a document breaks its schema.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Breach {
    /// JSON pointer, or line and column.
    #[serde(rename = "campo")]
    pub at: String,
    /// What is wrong.
    #[serde(rename = "motivo")]
    pub why: String,
}

impl Breach {
    pub(crate) fn new(at: impl Into<String>, why: impl Into<String>) -> Self {
        let mut why: String = why.into();
        if why.chars().count() > MAX_WHY {
            why = why.chars().take(MAX_WHY).collect();
        }
        Self { at: at.into().chars().take(MAX_AT).collect(), why }
    }
}

const MAX_BREACHES: usize = 50;
const MAX_WHY: usize = 500;
const MAX_AT: usize = 400;

macro_rules! embedded {
    ($folder:literal: $($file:literal),+) => {
        &[$(($file, include_str!(concat!("../../schemas/", $folder, "/", $file)))),+]
    };
}

type Files = &'static [(&'static str, &'static str)];

const CUP: Files = embedded!("sistema_cup": "soap-envelope.xsd", "servizi-cup.xsd", "payload.xsd");
const LAVORO: Files = embedded!("lavoro_pubblico": "elenco.schema.json", "comunicazione-cup.schema.json",
    "ricevuta.schema.json", "problem.schema.json", "conflitto.schema.json");
const ACQUISTI: Files = embedded!("acquistinretepa": "order.xsd", "order-aggregates.xsd", "order-basics.xsd",
    "bozza-creata.schema.json", "ordini.schema.json", "ordine.schema.json", "annullamento.schema.json",
    "problem.schema.json", "conflitto.schema.json");
const ANAC: Files = embedded!("anac": "client-assertion.schema.json", "tracking-evidence.schema.json",
    "voucher.schema.json", "token-error.schema.json", "ricerca-appalto.schema.json", "consulta-appalto.schema.json",
    "esito-operazione.schema.json", "problem.schema.json");
const SDI: Files = embedded!("sdi": "soap-envelope.xsd", "ricezione.xsd", "messaggi.xsd");
const SIOPE: Files = embedded!("siope": "flusso-ordinativi.xsd", "messaggio-ack.xsd", "esito-applicativo.xsd",
    "giornale-di-cassa.xsd", "opi-comune.xsd", "firma.xsd", "lista.schema.json", "problem.schema.json");

/// A schema ready for use, or why it is not.
type Compiled<T> = Result<T, String>;

impl Schema {
    /// Every schema.
    pub const ALL: [Self; 30] = [
        Self::CupEnvelope,
        Self::CupPayload,
        Self::Elenco,
        Self::ComunicazioneCup,
        Self::Ricevuta,
        Self::LavoroProblem,
        Self::LavoroConflitto,
        Self::Order,
        Self::BozzaCreata,
        Self::Ordini,
        Self::Ordine,
        Self::Annullamento,
        Self::AcquistiProblem,
        Self::AcquistiConflitto,
        Self::AnacClientAssertion,
        Self::AnacTrackingEvidence,
        Self::AnacVoucher,
        Self::AnacTokenError,
        Self::AnacAppalti,
        Self::AnacAppalto,
        Self::AnacEsiti,
        Self::AnacProblem,
        Self::SdiEnvelope,
        Self::SdiMessage,
        Self::SiopeFlusso,
        Self::SiopeAck,
        Self::SiopeEsito,
        Self::SiopeGiornale,
        Self::SiopeLista,
        Self::SiopeProblem,
    ];

    /// Where the document breaks this schema; empty when it is valid. At most fifty places.
    #[must_use]
    pub fn breaches(self, document: &str) -> Vec<Breach> {
        let (files, file) = self.source();
        if file.ends_with(".xsd") {
            self.xml_breaches(files, file, document)
        } else {
            self.json_breaches(files, file, document)
        }
    }

    fn source(self) -> (Files, &'static str) {
        match self {
            Self::CupEnvelope => (CUP, "soap-envelope.xsd"),
            Self::CupPayload => (CUP, "payload.xsd"),
            Self::Elenco => (LAVORO, "elenco.schema.json"),
            Self::ComunicazioneCup => (LAVORO, "comunicazione-cup.schema.json"),
            Self::Ricevuta => (LAVORO, "ricevuta.schema.json"),
            Self::LavoroProblem => (LAVORO, "problem.schema.json"),
            Self::LavoroConflitto => (LAVORO, "conflitto.schema.json"),
            Self::Order => (ACQUISTI, "order.xsd"),
            Self::BozzaCreata => (ACQUISTI, "bozza-creata.schema.json"),
            Self::Ordini => (ACQUISTI, "ordini.schema.json"),
            Self::Ordine => (ACQUISTI, "ordine.schema.json"),
            Self::Annullamento => (ACQUISTI, "annullamento.schema.json"),
            Self::AcquistiProblem => (ACQUISTI, "problem.schema.json"),
            Self::AcquistiConflitto => (ACQUISTI, "conflitto.schema.json"),
            Self::AnacClientAssertion => (ANAC, "client-assertion.schema.json"),
            Self::AnacTrackingEvidence => (ANAC, "tracking-evidence.schema.json"),
            Self::AnacVoucher => (ANAC, "voucher.schema.json"),
            Self::AnacTokenError => (ANAC, "token-error.schema.json"),
            Self::AnacAppalti => (ANAC, "ricerca-appalto.schema.json"),
            Self::AnacAppalto => (ANAC, "consulta-appalto.schema.json"),
            Self::AnacEsiti => (ANAC, "esito-operazione.schema.json"),
            Self::AnacProblem => (ANAC, "problem.schema.json"),
            Self::SdiEnvelope => (SDI, "soap-envelope.xsd"),
            Self::SdiMessage => (SDI, "messaggi.xsd"),
            Self::SiopeFlusso => (SIOPE, "flusso-ordinativi.xsd"),
            Self::SiopeAck => (SIOPE, "messaggio-ack.xsd"),
            Self::SiopeEsito => (SIOPE, "esito-applicativo.xsd"),
            Self::SiopeGiornale => (SIOPE, "giornale-di-cassa.xsd"),
            Self::SiopeLista => (SIOPE, "lista.schema.json"),
            Self::SiopeProblem => (SIOPE, "problem.schema.json"),
        }
    }

    fn xml_breaches(self, files: Files, file: &str, document: &str) -> Vec<Breach> {
        static COMPILED: [OnceLock<Compiled<XsdValidator>>; Schema::ALL.len()] =
            [const { OnceLock::new() }; Schema::ALL.len()];
        let validator = match COMPILED[self as usize].get_or_init(|| compile_xsd(files, file)) {
            Ok(validator) => validator,
            Err(why) => return vec![Breach::new(file, why.clone())],
        };
        let parsed = match Parser::new().with_forbid_dtd(true).parse(document) {
            Ok(parsed) => parsed,
            Err(error) => return vec![Breach::new("", error.to_string())],
        };
        let place = |line: Option<usize>, column: Option<usize>| match (line, column) {
            (Some(line), Some(column)) => format!("{line}:{column}"),
            (Some(line), None) => line.to_string(),
            (None, _) => String::new(),
        };
        let errors = validator.validate(&parsed);
        errors
            .into_iter()
            .take(MAX_BREACHES)
            .map(|e| Breach::new(place(e.line, e.column), e.message))
            .collect()
    }

    fn json_breaches(self, files: Files, file: &str, document: &str) -> Vec<Breach> {
        static COMPILED: [OnceLock<Compiled<jsonschema::Validator>>; Schema::ALL.len()] =
            [const { OnceLock::new() }; Schema::ALL.len()];
        let validator = match COMPILED[self as usize].get_or_init(|| compile_json(files, file)) {
            Ok(validator) => validator,
            Err(why) => return vec![Breach::new(file, why.clone())],
        };
        let value: Value = match serde_json::from_str(document) {
            Ok(value) => value,
            Err(error) => return vec![Breach::new("", error.to_string())],
        };
        let errors = validator.iter_errors(&value);
        errors.take(MAX_BREACHES).map(|e| Breach::new(e.instance_path.to_string(), e.to_string())).collect()
    }
}

fn text_of(files: Files, file: &str) -> &'static str {
    files.iter().find(|(name, _)| *name == file).map_or("", |(_, text)| text)
}

fn compile_json(files: Files, file: &str) -> Compiled<jsonschema::Validator> {
    let schema = serde_json::from_str(text_of(files, file)).map_err(|e| e.to_string())?;
    jsonschema::validator_for(&schema).map_err(|e| e.to_string())
}

/// Imports are looked for beside the schema, on disk: the folder is unpacked for as long as this takes.
fn compile_xsd(files: Files, file: &str) -> Compiled<XsdValidator> {
    static TURN: AtomicU32 = AtomicU32::new(0);
    let turn = TURN.fetch_add(1, Ordering::Relaxed);
    let folder = std::env::temp_dir().join(format!("mepa-gateway-schemas-{}-{turn}", std::process::id()));
    let compiled = unpack(files, &folder).and_then(|()| {
        let schema = uppsala::parse(text_of(files, file)).map_err(|e| e.to_string())?;
        XsdValidator::from_schema_with_base_path(&schema, Some(&folder.join(file))).map_err(|e| e.to_string())
    });
    if let Err(error) = std::fs::remove_dir_all(&folder) {
        tracing::debug!(%error, "the unpacked schemas could not be removed");
    }
    compiled
}

fn unpack(files: Files, folder: &PathBuf) -> Compiled<()> {
    std::fs::create_dir_all(folder).map_err(|e| e.to_string())?;
    for (name, text) in files.iter().filter(|(name, _)| name.ends_with(".xsd")) {
        std::fs::write(folder.join(name), text).map_err(|e| e.to_string())?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_schema_compiles_and_refuses_rubbish() {
        for (position, schema) in Schema::ALL.into_iter().enumerate() {
            assert_eq!(schema as usize, position);
            let (files, file) = schema.source();
            let compiled = if file.ends_with(".xsd") {
                compile_xsd(files, file).map(drop)
            } else {
                compile_json(files, file).map(drop)
            };
            assert_eq!(compiled, Ok(()), "{file}");
            for rubbish in ["", "<a/>", "{}", "[]", "<!DOCTYPE a><a/>"] {
                assert!(!schema.breaches(rubbish).is_empty(), "{file} lets {rubbish:?} pass");
            }
        }
    }
}
