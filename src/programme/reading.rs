// SPDX-License-Identifier: EUPL-1.2
//! Reads `programme.toml` and checks that its amounts, dates and names fit together.

use std::fmt::Display;
use std::path::Path;

use toml::de::DeValue;

use crate::domain::cig::CigKind;
use crate::domain::cup_codes::CupCodes;

use super::catalogue::{Catalogue, Counts};
use super::document::{Section, boolean, date, list, number, owned_text, parsed};
use super::{Datum, DeclarationRequirement, Programme, PucMap, Thresholds, funding, window};

/// What is read apart, because the catalogue is checked against it or because it stands in another file.
pub(super) struct Parts {
    pub(super) suffix: Option<Datum<String>>,
    pub(super) catalogue: Option<Catalogue>,
    pub(super) declarations: Option<Vec<DeclarationRequirement>>,
    pub(super) puc: Option<PucMap>,
    pub(super) files: Vec<(&'static str, String)>,
}

/// What the catalogue must hold.
pub(super) fn read_counts(document: &Section<'_, '_>) -> Option<Counts> {
    document.section("counts", |section| {
        let (direttrici, categories) =
            (section.required("direttrici", number), section.required("categories", number));
        let (goods, services) = (section.required("goods", number), section.required("services", number));
        let (source, official) = (section.text("source"), section.required("official", boolean));
        source.zip(official)?;
        Some(Counts { direttrici: direttrici?, categories: categories?, goods: goods?, services: services? })
    })
}

/// Reads the rest of the document and puts the programme together.
pub(super) fn read(document: &Section<'_, '_>, folder: &Path, parts: Parts) -> Option<Programme> {
    let (id, name, measure) = (document.text("id"), document.bilingual("name"), document.text("measure"));
    let official = document.required("official", boolean);
    let grant_total = document.datum("grant_total", parsed);
    let (min_grant, max_grant) = (document.datum("min_grant", parsed), document.datum("max_grant", parsed));
    let (min_population, max_population) =
        (document.datum("min_population", number), document.datum("max_population", number));
    let acceptance_deadline = document.datum("acceptance_deadline", parsed);
    let cup_template = document.datum("cup_template", owned_text);
    let cup_codes = document.section("cup_codes", read_cup_codes);
    let (windows, window_event) = (window::read(document), document.datum("window_event", parsed));
    let (instruments, cig_kinds) =
        (document.datum("instruments", list), document.datum("cig_kinds", cig_kinds));
    let tolerance = document.datum("tolerance", parsed);
    let (default_vat_rate, vat_rates) =
        (document.datum("default_vat_rate", parsed), document.datum("vat_rates", list));
    let (thresholds, funding) = (document.section("thresholds", read_thresholds), funding::read(document));
    let programme = Programme {
        id: id?,
        name: name?,
        measure: measure?,
        official: official?,
        grant_total: grant_total?,
        min_grant: min_grant?,
        max_grant: max_grant?,
        min_population: min_population?,
        max_population: max_population?,
        acceptance_deadline: acceptance_deadline?,
        cup_template: cup_template?,
        cup_codes: cup_codes?,
        windows: windows?,
        window_event: window_event?,
        suffix: parts.suffix?,
        instruments: instruments?,
        cig_kinds: cig_kinds?,
        tolerance: tolerance?,
        default_vat_rate: default_vat_rate?,
        vat_rates: vat_rates?,
        thresholds: thresholds?,
        funding: funding?,
        catalogue: parts.catalogue?,
        declarations: parts.declarations?,
        puc: parts.puc,
        files: parts.files,
    };
    check(document, folder, &programme);
    Some(programme)
}

fn read_cup_codes(section: &Section<'_, '_>) -> Option<Datum<CupCodes>> {
    let (purchase, coverage) = (section.required("purchase", parsed), section.required("coverage", list));
    let (object, typology) = (section.text("object"), section.text("typology"));
    let (sector, subsector) = (section.text("sector"), section.text("subsector"));
    let (category, place_kind) = (section.text("category"), section.text("place_kind"));
    let planning_tool = section.text("planning_tool");
    let (source, official) = (section.text("source"), section.required("official", boolean));
    let valid_from = section.optional("valid_from", date);
    let value = CupCodes {
        purchase: purchase?,
        object: object?,
        typology: typology?,
        sector: sector?,
        subsector: subsector?,
        category: category?,
        place_kind: place_kind?,
        planning_tool: planning_tool?,
        coverage: coverage?,
    };
    Some(Datum { value, source: source?, official: official?, valid_from })
}

fn read_thresholds(section: &Section<'_, '_>) -> Option<Thresholds> {
    let (rotation, requirements) = (section.datum("rotation", parsed), section.datum("requirements", parsed));
    let direct_award = section.datum("direct_award", parsed);
    Some(Thresholds { rotation: rotation?, requirements: requirements?, direct_award: direct_award? })
}

fn check(document: &Section<'_, '_>, folder: &Path, programme: &Programme) {
    if folder.file_name().is_some_and(|name| *name != *programme.id) {
        document.fault("id", format!("{:?} is not the name of the folder", programme.id));
    }
    check_rising(document, "max_grant", [&programme.min_grant, &programme.max_grant]);
    check_rising(document, "grant_total", [&programme.max_grant, &programme.grant_total]);
    check_rising(document, "max_population", [&programme.min_population, &programme.max_population]);
    let Thresholds { rotation, requirements, direct_award } = &programme.thresholds;
    check_rising(document, "thresholds", [rotation, requirements]);
    check_rising(document, "thresholds", [requirements, direct_award]);
    for (key, amount) in [("min_grant", &programme.min_grant), ("tolerance", &programme.tolerance)] {
        if amount.value.is_negative() {
            document.fault(key, "must not be negative");
        }
    }
    if !programme.vat_rates.value.contains(&programme.default_vat_rate.value) {
        document.fault("default_vat_rate", "is not one of vat_rates");
    }
    if programme.windows.current().last < programme.acceptance_deadline.value.local().date() {
        document.fault("acceptance_deadline", "comes after the last day of the current window");
    }
}

fn check_rising<T: Ord + Display>(document: &Section<'_, '_>, key: &str, [small, large]: [&Datum<T>; 2]) {
    if large.value < small.value {
        document.fault(key, format!("{} must not be above {}", small.value, large.value));
    }
}

fn cig_kinds(value: &DeValue<'_>) -> Result<Vec<CigKind>, String> {
    let words: Vec<String> = list(value)?;
    words.iter().map(|word| cig_kind(word)).collect()
}

fn cig_kind(word: &str) -> Result<CigKind, String> {
    match word {
        "pcp" => Ok(CigKind::Pcp),
        "simog" => Ok(CigKind::Simog),
        "smart" => Ok(CigKind::Smart),
        _ => Err(format!("only pcp, simog, smart expected, {word:?} found")),
    }
}
