// SPDX-License-Identifier: EUPL-1.2
//! Codes against the published vectors: thousands of real codes and altered ones, each with its verdict.

use std::fs;

use mepa_gateway::domain::cig::{Cig, CigKind};
use mepa_gateway::domain::codice_fiscale::CodiceFiscale;
use mepa_gateway::domain::codice_ipa::CodiceIpa;
use mepa_gateway::domain::codice_ufficio::CodiceUfficio;
use mepa_gateway::domain::cpv::Cpv;
use mepa_gateway::domain::cup::Cup;
use mepa_gateway::domain::iban::Iban;
use mepa_gateway::domain::istat::IstatCode;
use mepa_gateway::domain::partita_iva::PartitaIva;
use mepa_gateway::domain::rome::rome_string;

use crate::shared::shared;

fn rows(relative: &str) -> Option<Vec<csv::StringRecord>> {
    let mut reader = csv::Reader::from_path(shared(relative)?).unwrap();
    Some(reader.records().map(Result::unwrap).collect())
}

#[test]
fn cig_vectors() {
    let Some(rows) = rows("data/identifiers/cig-vectors.csv") else { return };
    assert!(rows.len() >= 307);
    for row in rows {
        let (code, valid) = (&row[0], &row[1] == "valido");
        let cig = code.parse::<Cig>();
        assert_eq!(cig.is_ok(), valid, "{code} {row:?}: {cig:?}");
        if let Ok(cig) = cig {
            let kind = match &row[2] {
                "simog" => CigKind::Simog,
                "pcp" => CigKind::Pcp,
                _ => CigKind::Smart,
            };
            assert_eq!(cig.kind(), kind, "{code}");
        }
    }
}

#[test]
fn cup_vectors() {
    let Some(rows) = rows("data/identifiers/cup-vectors.csv") else { return };
    assert!(rows.len() >= 165);
    for row in rows {
        let (strict, lenient) = (row[0].parse::<Cup>().is_ok(), Cup::parse_lenient(&row[0]).is_ok());
        let expected = match &row[1] {
            "forma valida" => (true, true),
            "forma da normalizzare" => (false, true),
            _ => (false, false),
        };
        assert_eq!((strict, lenient), expected, "{row:?}");
    }
}

#[test]
fn tax_codes_of_bodies() {
    let Some(rows) = rows("data/identifiers/cf-ente-vectors.csv") else { return };
    assert!(rows.len() >= 109);
    for row in rows {
        assert_eq!(row[0].parse::<CodiceFiscale>().is_ok(), &row[1] == "valido", "{row:?}");
        assert_eq!(row[0].parse::<PartitaIva>().is_ok(), &row[1] == "valido", "{row:?}");
    }
}

#[test]
fn the_codes_of_all_comuni() {
    let Some(rows) = rows("data/comuni/comuni.csv") else { return };
    assert_eq!(rows.len(), 7896);
    for row in rows {
        row[0].parse::<IstatCode>().unwrap();
        assert_eq!(IstatCode::parse_lenient(row[0].trim_start_matches('0')), row[0].parse());
        row[10].parse::<mepa_gateway::domain::belfiore::BelfioreCode>().unwrap();
        assert!(!row[14].parse::<CodiceFiscale>().unwrap().is_person());
        assert_eq!(row[15].to_uppercase().parse::<CodiceIpa>().unwrap().as_str(), &row[15]);
    }
}

/// The values under a path of the mixed vectors, as plain text or as the member `v`.
fn values(document: &serde_json::Value, path: &str) -> Vec<String> {
    let list = document.pointer(path).unwrap_or_else(|| panic!("{path}")).as_array().unwrap();
    assert!(!list.is_empty(), "{path}");
    list.iter().map(|item| item.as_str().or(item["v"].as_str()).unwrap().to_owned()).collect()
}

#[test]
fn mixed_vectors() {
    let Some(path) = shared("data/samples/codes/test_vectors.json") else { return };
    let document: serde_json::Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    type Reads = fn(&str) -> bool;
    let table: [(&str, &str, Reads); 6] = [
        ("/cig/valid", "/cig/invalid", |raw| raw.parse::<Cig>().is_ok()),
        ("/cup/valid", "/cup/invalid", |raw| raw.parse::<Cup>().is_ok()),
        ("/partita_iva/valid", "/partita_iva/invalid", |raw| raw.parse::<PartitaIva>().is_ok()),
        ("/codice_fiscale_16/valid_fictitious", "/codice_fiscale_16/invalid", |raw| {
            raw.parse::<CodiceFiscale>().is_ok()
        }),
        ("/iban_it/valid", "/iban_it/invalid", |raw| raw.parse::<Iban>().is_ok()),
        ("/codice_univoco_ufficio/valid", "/codice_univoco_ufficio/invalid", |raw| {
            raw.parse::<CodiceUfficio>().is_ok()
        }),
    ];
    for (valid, invalid, reads) in table {
        for raw in values(&document, valid) {
            assert!(reads(&raw), "{valid}: {raw}");
        }
        for raw in values(&document, invalid) {
            assert!(!reads(&raw), "{invalid}: {raw}");
        }
    }
    for raw in values(&document, "/cpv/valid") {
        assert_eq!(raw.parse::<Cpv>().unwrap().as_str(), raw);
    }
}

#[test]
fn the_whole_cpv_list() {
    let Some(rows) = rows("data/cpv/cpv-2008.csv") else { return };
    assert!(rows.len() > 9000);
    for row in rows {
        assert!(Cpv::parse_lenient(&row[0]).is_ok(), "{row:?}");
    }
}

#[test]
fn changes_of_clock() {
    let Some(rows) = rows("data/calendar/europe-rome-dst-2025-2030.csv") else { return };
    assert_eq!(rows.len(), 12);
    for row in rows {
        let instant: chrono::DateTime<chrono::Utc> = row[0].parse().unwrap();
        let local = |raw: &str| format!("{}/{}/{} {}", &raw[8..10], &raw[5..7], &raw[..4], &raw[11..16]);
        assert_eq!(rome_string(instant), local(&row[2]));
        assert_eq!(rome_string(instant - chrono::TimeDelta::seconds(1)), local(&row[1]));
    }
}
