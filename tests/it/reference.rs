// SPDX-License-Identifier: EUPL-1.2
//! The reference tables: what they hold, that they equal the published originals, that they are read fast.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::LazyLock;

use chrono::NaiveDate;
use mepa_gateway::reference::{Comune, Reference};

use crate::shared::shared;

static REFERENCE: LazyLock<Reference> = LazyLock::new(|| Reference::embedded().unwrap());

/// Rows of an original as maps from column to field.
fn original(path: &str) -> Option<Vec<BTreeMap<String, String>>> {
    let mut reader = csv::Reader::from_path(shared(path)?).unwrap();
    Some(reader.deserialize().map(Result::unwrap).collect())
}

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

#[test]
fn the_tables_hold_what_is_told() {
    let reference = &*REFERENCE;
    assert_eq!(reference.comuni.len(), 7_897);
    assert_eq!(reference.comuni.iter().filter(|comune| comune.created_on.is_none()).count(), 7_896);
    assert_eq!(reference.comuni.iter().filter(|comune| comune.ceased.is_some()).count(), 3);
    let in_band =
        |comune: &&Comune| comune.created_on.is_none() && (5_000..=25_000).contains(&comune.population);
    assert_eq!(reference.comuni.iter().filter(in_band).count(), 1_987);
    assert_eq!(reference.comuni.iter().filter(in_band).filter(|comune| comune.mezzogiorno).count(), 610);
    assert_eq!(reference.cpv.len(), 9_454);
    assert_eq!(reference.units.len(), 2_162);
    assert_eq!(reference.holidays.len(), 82);
    for code in ["C62", "H87", "EA", "XPP", "HUR", "MON", "LS"] {
        assert!(reference.units.get(code).is_some_and(|unit| unit.common), "{code}");
    }
    assert!(!reference.units.contains("c62") && !reference.units.contains(""));
    assert!(
        reference.holidays.is_holiday(day(2026, 4, 6)) && !reference.holidays.is_holiday(day(2026, 4, 7))
    );
    assert!(
        reference.holidays.is_holiday(day(2026, 10, 4)) && !reference.holidays.is_holiday(day(2025, 10, 4))
    );
}

#[test]
fn a_comune_is_found_by_each_of_its_codes() {
    let comuni = &REFERENCE.comuni;
    for comune in comuni.iter() {
        assert_eq!(comuni.by_istat(&comune.istat), Some(comune));
        assert_eq!(comuni.by_tax_code(comune.tax_code.as_str()), Some(comune));
        assert_eq!(comuni.by_ipa(&comune.ipa), Some(comune));
        assert_eq!(comuni.by_belfiore(&comune.belfiore), Some(comune));
        for code in [comune.istat.as_str(), comune.tax_code.as_str(), comune.ipa.as_str()] {
            assert_eq!(comuni.by_code(code), Some(comune), "{code}");
        }
        if let Some(istat) = comune.istat_2026 {
            assert_eq!(comuni.by_istat(&istat), Some(comune));
        }
        for name in comune.names() {
            assert!(comuni.by_name(name).any(|found| found == comune), "{name}");
        }
    }
}

#[test]
fn codes_are_forgiven_what_people_do_to_them() {
    let comuni = &REFERENCE.comuni;
    for code in ["c_a218", " C_A218 ", "001006", "1006", "001001006", "01817670019", "A218", "a218"] {
        assert_eq!(comuni.by_code(code).map(|comune| &*comune.name), Some("Almese"), "{code:?}");
    }
    for code in ["", "c_zzzz", "999999", "01817670018", "Z999", "Almese", "'; --", "\u{0}"] {
        assert_eq!(comuni.by_code(code), None, "{code:?}");
    }
}

#[test]
fn an_ipa_code_wins_over_the_belfiore_code_it_looks_like() {
    let comuni = &REFERENCE.comuni;
    for comune in comuni.iter() {
        assert_eq!(comuni.by_code(comune.ipa.as_str()), Some(comune));
    }
    let reino = comuni.by_name("Reino").next().unwrap();
    let santa_croce = comuni.by_name("Santa Croce del Sannio").next().unwrap();
    assert_eq!(comuni.by_code("H227"), Some(reino));
    assert_eq!(comuni.by_code("c_h227"), Some(santa_croce));
}

#[test]
fn both_codes_of_sardinia_lead_to_one_comune() {
    let moved: Vec<_> = REFERENCE
        .comuni
        .iter()
        .filter(|comune| comune.istat_2026.is_some_and(|code| code != comune.istat))
        .collect();
    assert_eq!(moved.len(), 377);
    assert!(moved.iter().all(|comune| comune.region == "Sardegna"));
}

#[test]
fn homonyms_are_all_given() {
    let comuni = &REFERENCE.comuni;
    for (name, provinces) in [
        ("CASTRO", ["BG", "LE"]),
        ("livo", ["CO", "TN"]),
        ("San Teodoro", ["ME", "SS"]),
        ("Samone", ["TO", "TN"]),
    ] {
        let mut found: Vec<_> = comuni.by_name(name).map(|comune| &*comune.province).collect();
        found.sort_unstable();
        let mut provinces = provinces.to_vec();
        provinces.sort_unstable();
        assert_eq!(found, provinces, "{name}");
    }
    assert_eq!(comuni.by_name("Atlantide").count(), 0);
}

/// The Italian name on a day.
fn name_on(comune: &Comune, day: NaiveDate) -> &str {
    let former = comune.former_names.iter().find(|former| day < former.until);
    former.map_or(&comune.name, |former| &former.name)
}

#[test]
fn names_change_and_comuni_merge() {
    let comuni = &REFERENCE.comuni;
    let vallecrosia = comuni.by_code("008063").unwrap();
    assert_eq!(name_on(vallecrosia, day(2026, 3, 31)), "Vallecrosia");
    assert_eq!(name_on(vallecrosia, day(2026, 5, 14)), "Vallecrosia al Mare");
    assert!(comuni.by_name("Vallecrosia").eq([vallecrosia]));
    let nanto = comuni.by_code("c_f838").unwrap();
    let ceased = nanto.ceased.unwrap();
    let successor = comuni.by_istat(&ceased.into).unwrap();
    assert_eq!(
        (ceased.on, &*successor.name, successor.population),
        (day(2026, 2, 20), "Castegnero Nanto", 5_842)
    );
    assert_eq!(successor.created_on, Some(day(2026, 2, 21)));
}

#[test]
fn comuni_equal_the_originals() {
    let Some(rows) = original("data/comuni/comuni.csv") else { return };
    assert_eq!(rows.len(), 7_896);
    for row in &rows {
        let comune = REFERENCE.comuni.by_istat(&row["istat"].parse().unwrap()).unwrap();
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        let ours = [
            ("nome", comune.former_names.first().map_or(&comune.name, |former| &former.name).to_string()),
            ("nome_altra_lingua", text(comune.other_name.as_deref())),
            ("sigla_provincia", comune.province.to_string()),
            ("regione", comune.region.to_string()),
            ("mezzogiorno", u8::from(comune.mezzogiorno).to_string()),
            ("codice_catastale", comune.belfiore.to_string()),
            ("popolazione_2024_12_31", comune.population.to_string()),
            ("codice_fiscale", comune.tax_code.to_string()),
            ("codice_ipa", comune.ipa.to_string()),
            ("pec", comune.pec.to_string()),
            ("istat_2026", comune.istat_2026.map(|code| code.to_string()).unwrap_or_default()),
            ("sigla_provincia_2026", text(comune.province_2026.as_deref())),
            ("data_cessazione", comune.ceased.map(|end| end.on.to_string()).unwrap_or_default()),
            ("confluito_in", comune.ceased.map(|end| end.into.to_string()).unwrap_or_default()),
        ];
        for (column, ours) in ours {
            assert_eq!(ours, row[column], "{column} of {}", row["istat"]);
        }
    }
}

#[test]
fn changes_equal_the_originals() {
    let Some(rows) = original("data/comuni/comuni-variazioni.csv") else { return };
    for row in &rows {
        let before = REFERENCE.comuni.by_istat(&row["istat"].parse().unwrap()).unwrap();
        let after = REFERENCE.comuni.by_istat(&row["istat_dopo"].parse().unwrap()).unwrap();
        let date: NaiveDate = row["data"].parse().unwrap();
        assert_eq!(name_on(before, date.pred_opt().unwrap()), row["nome_prima"]);
        assert_eq!(name_on(after, date), row["nome_dopo"]);
        assert_eq!(after.belfiore.as_str(), row["codice_catastale_dopo"]);
        assert_eq!(after.tax_code.as_str(), row["codice_fiscale_dopo"]);
        assert_eq!(after.ipa.as_str(), row["codice_ipa_dopo"]);
        assert_eq!(after.pec, row["pec_dopo"]);
        if row["tipo"] != "cambio denominazione" {
            let end = before.ceased.unwrap();
            assert_eq!((end.on.succ_opt().unwrap(), end.into), (date, after.istat));
        }
    }
}

#[test]
fn cpv_equals_the_original() {
    let Some(rows) = original("data/cpv/cpv-2008.csv") else { return };
    assert_eq!(rows.len(), REFERENCE.cpv.len());
    for row in &rows {
        let entry = REFERENCE.cpv.get(&row["codice"].parse().unwrap()).unwrap();
        assert_eq!(format!("{}-{}", entry.code, entry.check), row["codice_completo"]);
        assert_eq!(entry.label, row["etichetta_it"]);
    }
}

#[test]
fn units_and_holidays_equal_the_originals() {
    let Some(units) = original("data/codelists/unece-rec20-11e-peppol.csv") else { return };
    assert_eq!(units.len(), REFERENCE.units.len());
    for row in &units {
        assert_eq!(REFERENCE.units.get(&row["code"]).unwrap().name, row["name"]);
    }
    let holidays = original("data/calendar/italy-public-holidays-2025-2030.csv").unwrap();
    assert_eq!(holidays.len(), REFERENCE.holidays.len());
    for (row, holiday) in holidays.iter().zip(REFERENCE.holidays.iter()) {
        let ours = [holiday.date.to_string(), holiday.name.it.to_string(), holiday.name.en.to_string()];
        assert_eq!(ours, [&row["data"], &row["festivita_it"], &row["festivita_en"]].map(String::from));
    }
}

#[test]
fn a_folder_is_read_like_the_embedded_tables() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("config/reference");
    let loaded = Reference::load(&folder).unwrap();
    assert!(loaded.comuni.iter().eq(REFERENCE.comuni.iter()));
    assert!(loaded.cpv.iter().eq(REFERENCE.cpv.iter()));
    assert!(loaded.units.iter().eq(REFERENCE.units.iter()));
    assert!(loaded.holidays.iter().eq(REFERENCE.holidays.iter()));
}

#[test]
fn every_file_that_cannot_be_read_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let faults = Reference::load(folder.path()).unwrap_err();
    let files: Vec<_> = faults.list().iter().map(|fault| fault.file.rsplit('/').next().unwrap()).collect();
    assert_eq!(files, ["comuni.csv", "cpv.csv", "units.csv", "holidays.csv"]);
}

#[test]
fn faults_of_all_files_are_told_together() {
    let folder = tempfile::tempdir().unwrap();
    for (file, text) in [
        ("comuni.csv", "nonsense\n"),
        ("cpv.csv", "code;check;label\n39112000;0;Sedie\n39112000;0;Sedie\n"),
        ("units.csv", "# units\ncode;name;common\nC62;one\n"),
        ("holidays.csv", "date;name_it;name_en\n2026-13-01;a;b\n"),
    ] {
        std::fs::write(folder.path().join(file), text).unwrap();
    }
    let faults = Reference::load(folder.path()).unwrap_err();
    let told: Vec<_> = faults
        .list()
        .iter()
        .map(|fault| (fault.file.rsplit('/').next().unwrap(), fault.line, fault.field.as_str()))
        .collect();
    assert_eq!(
        told,
        [("comuni.csv", 1, ""), ("cpv.csv", 3, "code"), ("units.csv", 3, ""), ("holidays.csv", 2, "date"),]
    );
}
