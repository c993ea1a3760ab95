// SPDX-License-Identifier: EUPL-1.2
//! The programme's data: what it holds, how lines find their sheet, and that every fault names file, line and field.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use chrono::NaiveDate;
use mepa_gateway::domain::cig::CigKind;
use mepa_gateway::domain::declaration::{DeclarationKind, GreenRule};
use mepa_gateway::domain::money::Money;
use mepa_gateway::programme::{Programme, SheetKind, SheetMatch};
use mepa_gateway::reference::CpvTable;

static PROGRAMME: LazyLock<Programme> = LazyLock::new(|| Programme::embedded("risorse-in-comune").unwrap());
static CPV: LazyLock<CpvTable> = LazyLock::new(|| CpvTable::embedded().unwrap());

fn original_folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("config/programmes/risorse-in-comune")
}

fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, day).unwrap()
}

#[test]
fn the_programme_holds_what_the_call_says() {
    let programme = &*PROGRAMME;
    assert_eq!((programme.id.as_str(), programme.official), ("risorse-in-comune", false));
    assert_eq!((programme.cup_template.value.as_str(), programme.cup_template.official), ("2510006", true));
    assert_eq!(programme.grant_total.value, Money::from_cents(10_000_000_000));
    assert_eq!(programme.acceptance_deadline.value.local(), day(2026, 1, 23).and_hms_opt(23, 59, 0).unwrap());
    assert_eq!(programme.thresholds.direct_award.value, Money::from_cents(14_000_000));
    assert_eq!(programme.tolerance.value, Money::from_cents(1));
    assert_eq!(programme.cig_kinds.value, [CigKind::Pcp]);
    assert_eq!(programme.instruments.value, ["ODA"]);
    assert_eq!(programme.funding.tranches.len(), 3);
    let kinds: std::collections::BTreeSet<_> = programme.declarations.iter().map(|row| row.kind).collect();
    assert!(kinds.iter().eq(DeclarationKind::ALL));
    assert!(programme.declarations.iter().all(|row| !row.official && !row.source.is_empty()));
}

#[test]
fn the_window_is_the_one_decided_last_and_the_earlier_ones_are_kept() {
    let windows = &PROGRAMME.windows;
    let decided: Vec<_> = windows.history().map(|window| (window.decided_on, window.last)).collect();
    assert_eq!(decided.last(), Some(&(day(2026, 2, 5), day(2026, 3, 31))));
    assert_eq!((decided.len(), decided[0].1), (2, day(2026, 2, 20)));
    assert_eq!(windows.current().last, day(2026, 3, 31));
    let (start, end) = windows.current().bounds();
    assert_eq!(start.to_rfc3339(), "2026-02-04T23:00:00+00:00");
    assert_eq!(end.to_rfc3339(), "2026-03-31T22:00:00+00:00", "summer time has begun by then");
    assert!(!windows.current().contains(end) && windows.current().contains(start));
}

#[test]
fn the_catalogue_has_the_declared_numbers_and_is_not_official() {
    let catalogue = &PROGRAMME.catalogue;
    assert!(!catalogue.official);
    assert_eq!((catalogue.direttrici.len(), catalogue.categories.len(), catalogue.sheets.len()), (3, 9, 31));
    assert_eq!(catalogue.sheets.iter().filter(|sheet| sheet.kind == SheetKind::Good).count(), 26);
    assert!(catalogue.sheets.iter().all(|sheet| sheet.name.it.ends_with(" - Risorse in Comune")));
    for sheet in &catalogue.sheets {
        let category = catalogue.category(&sheet.category).unwrap();
        assert!(catalogue.direttrici.iter().any(|direttrice| direttrice.code == category.direttrice));
        let found = catalogue.sheet_for_line(&sheet.name.it.to_uppercase(), sheet.cpv.first());
        assert_eq!(found.sheet().map(|found| found.sheet), Some(sheet));
        for root in &sheet.cpv {
            let found = catalogue.sheet_for_line("Altro nome - Risorse in Comune", Some(root));
            assert_eq!(found.sheet().map(|found| &found.sheet.code), Some(&sheet.code), "{root}");
        }
    }
}

/// What a look-up says, in short.
fn told(found: SheetMatch<'_>) -> String {
    match found {
        SheetMatch::NoSuffix => "no suffix".to_owned(),
        SheetMatch::NoSheet => "no sheet".to_owned(),
        SheetMatch::Found(found) => format!("{} {}", found.sheet.code, found.category.code),
        SheetMatch::CpvDisagrees { named, by_cpv } => {
            format!("{} but {}", named.sheet.code, by_cpv.map_or("none", |other| &other.sheet.code))
        }
    }
}

#[test]
fn a_line_finds_its_sheet_by_name_then_by_the_most_specific_cpv() {
    for (name, cpv, wanted) in [
        ("Seduta ergonomica da ufficio - Risorse in Comune", "39112000-0", "B01 C1"),
        ("Seduta ergonomica da ufficio", "39112000-0", "no suffix"),
        ("Seduta ergonomica - Risorse in Comune", "", "no sheet"),
        ("Banane - Risorse in Comune", "03222111-4", "no sheet"),
        ("Risorse in Comune", "39112000-0", "B01 C1"),
        ("SEDUTE  ergonomiche per ufficio (risorse in comune)", "", "B01 C1"),
        ("Sedute ergonomiche per ufficio - Risorse in Comune", "39113100-8", "B01 C1"),
        ("Sedute ergonomiche per ufficio - Risorse in Comune", "39100000-3", "B01 C1"),
        ("Sedute ergonomiche per ufficio - Risorse in Comune", "30213100-6", "B01 but B22"),
        ("Sedute ergonomiche per ufficio - Risorse in Comune", "03222111-4", "B01 but none"),
        ("Server rack 2U - Risorse in Comune", "48823000-3", "B16 C5"),
        ("Gestionale protocollo - Risorse in Comune", "48311100-2", "B20 C6"),
        ("Gestionale tributi - Risorse in Comune", "48450000-7", "B19 C6"),
        ("Software gestionale per la PA locale - Risorse in Comune", "48820000-2", "B19 but B16"),
        ("Notebook 14 pollici - Risorse in Comune", "30213100", "B22 C8"),
        ("Workstation - Risorse in Comune", "30213000-5", "B24 C8"),
        ("Corso di cybersecurity - Risorse in Comune", "80533100-0", "S04 C9"),
    ] {
        let cpv = (!cpv.is_empty()).then(|| cpv.parse().unwrap());
        assert_eq!(told(PROGRAMME.catalogue.sheet_for_line(name, cpv.as_ref())), wanted, "{name} {cpv:?}");
    }
}

#[test]
fn declarations_are_asked_by_green_rule_and_amount() {
    let asked = |green: bool, cents: i64| {
        let rows = PROGRAMME.declarations.iter();
        rows.filter(|row| row.applies_to(green, Money::from_cents(cents)))
            .map(|row| row.id.as_str())
            .collect::<Vec<_>>()
    };
    assert!(
        asked(true, 1).contains(&"dnsh_cam_fornitore") && !asked(false, 1).contains(&"dnsh_cam_fornitore")
    );
    assert!(asked(false, 3_999_999).contains(&"conflitto_interesse_fornitore"));
    assert!(!asked(false, 4_000_000).contains(&"conflitto_interesse_fornitore"));
    assert!(asked(false, 0).contains(&"principi_pnrr_fornitore"));
    let green = PROGRAMME.catalogue.sheet("B01").unwrap().green;
    assert_eq!(
        (green, green.asks_evidence(), GreenRule::None.asks_evidence()),
        (GreenRule::CamArredi, true, false)
    );
}

/// Faults of the programme after one change to one of its files, as `file:line: field: reason`.
fn faults_after(file: &str, good: &str, broken: &str) -> Vec<String> {
    let root = tempfile::tempdir().unwrap();
    let folder = root.path().join("risorse-in-comune");
    std::fs::create_dir(&folder).unwrap();
    for name in ["programme.toml", "catalogue.toml", "declarations.toml"] {
        let mut text = std::fs::read_to_string(original_folder().join(name)).unwrap();
        if name == file {
            assert!(text.contains(good), "{good:?} is not in {file}");
            text = text.replacen(good, broken, 1);
        }
        std::fs::write(folder.join(name), text).unwrap();
    }
    let prefix = format!("{}/", folder.display());
    match Programme::load(&folder, &CPV) {
        Ok(_) => Vec::new(),
        Err(faults) => faults.list().iter().map(|fault| fault.to_string().replacen(&prefix, "", 1)).collect(),
    }
}

/// Line of the first occurrence of a text in a file of the programme.
fn line_of(file: &str, text: &str) -> usize {
    let all = std::fs::read_to_string(original_folder().join(file)).unwrap();
    all.split(text).next().unwrap().lines().count().max(1)
        + usize::from(all.split(text).next().unwrap().ends_with('\n'))
}

#[test]
fn an_unchanged_copy_is_read_and_equals_the_embedded_one() {
    assert_eq!(
        faults_after("programme.toml", "risorse-in-comune", "risorse-in-comune"),
        Vec::<String>::new()
    );
    assert_eq!(Programme::load(&original_folder(), &CPV).unwrap(), *PROGRAMME);
}

/// One change to a file and the fault that must be told: text, its replacement, field, start of the reason.
type Change<'a> = (&'a str, &'a str, &'a str, &'a str);

fn assert_told(file: &str, changes: &[Change<'_>]) {
    for (good, broken, field, reason) in changes {
        let told = faults_after(file, good, broken);
        let field = if field.is_empty() { String::new() } else { format!(" {field}:") };
        let place = told.iter().find(|fault| fault.contains(&format!(":{field} {reason}")));
        assert!(place.is_some(), "{good} -> {broken}:{field} {reason} not in {told:#?}");
        assert!(told.iter().all(|fault| fault.starts_with(&format!("{file}:"))), "{told:#?}");
    }
}

#[test]
fn each_fault_of_amounts_and_names_is_told_with_its_place() {
    assert_told(
        "programme.toml",
        &[
            ("id = \"risorse-in-comune\"", "id = \"altro\"", "id", "\"altro\" is not the name of the folder"),
            ("measure =", "mesure =", "mesure", "unknown key; known: "),
            (
                "value = \"100000000.00\"",
                "value = 100000000",
                "grant_total.value",
                "a text expected, integer found",
            ),
            ("value = \"30000.00\"", "value = \"30.000,00\"", "min_grant.value", ""),
            ("value = \"30000.00\"", "value = \"-1.00\"", "min_grant", "must not be negative"),
            ("value = \"512400.00\"", "value = \"1.00\"", "max_grant", "30000.00 must not be above 1.00"),
            (
                "value = 5000\n",
                "value = 5.5\n",
                "min_population.value",
                "a whole number expected, float found",
            ),
            ("value = 5000\n", "value = 50000\n", "max_population", "50000 must not be above 25000"),
            ("\"2026-01-23T23:59\"", "\"2026-01-23 24:59\"", "acceptance_deadline.value", ""),
            (
                "\"2026-01-23T23:59\"",
                "\"2026-04-23T23:59\"",
                "acceptance_deadline",
                "comes after the last day",
            ),
            (
                "official = true",
                "official = \"yes\"",
                "grant_total.official",
                "true or false expected, string found",
            ),
        ],
    );
}

#[test]
fn each_fault_of_the_windows_is_told_with_its_place() {
    assert_told(
        "programme.toml",
        &[
            (
                "first = 2026-02-05",
                "first = \"2026-02-05\"",
                "window[0].first",
                "a day without quotes expected",
            ),
            (
                "first = 2026-02-05",
                "first = 2026-02-21",
                "window[0].last",
                "the last day 2026-02-20 comes before",
            ),
            (
                "decided_on = 2026-02-05",
                "decided_on = 2025-12-30",
                "window[1].decided_on",
                "2025-12-30 is not after",
            ),
            (
                "decided_on = 2026-02-05",
                "decided_on = 2026-04-01",
                "window[1].decided_on",
                "decided on 2026-04-01, after",
            ),
            ("supersedes = \"2026-02-20\"", "", "window[1].supersedes", "must replace the window before it"),
            (
                "id = \"2026-03-31\"",
                "id = \"2026-02-20\"",
                "window[1].id",
                "\"2026-02-20\" stands already in line",
            ),
        ],
    );
}

#[test]
fn each_fault_of_lists_and_rates_is_told_with_its_place() {
    assert_told(
        "programme.toml",
        &[
            ("value = \"sent\"", "value = \"signed\"", "window_event.value", "one of sent, accepted"),
            ("value = [\"ODA\"]", "value = []", "instruments.value", "the list is empty"),
            ("value = [\"pcp\"]", "value = [\"pcp\", \"pcp\"]", "cig_kinds.value", "\"pcp\" stands twice"),
            (
                "value = [\"pcp\"]",
                "value = [\"nuovo\"]",
                "cig_kinds.value",
                "only pcp, simog, smart expected",
            ),
            ("value = \"22.00\"", "value = \"21.00\"", "default_vat_rate", "is not one of vat_rates"),
            (
                "value = \"140000.00\"",
                "value = \"30000.00\"",
                "thresholds",
                "40000.00 must not be above 30000.00",
            ),
            ("[thresholds.rotation]", "[thresholds.rotazione]", "thresholds.rotation", "is missing"),
            (
                "up_to_percent = \"90\"",
                "up_to_percent = \"30\"",
                "tranche[1].up_to_percent",
                "must be above that of",
            ),
            (
                "up_to_percent = \"100\"",
                "up_to_percent = \"99\"",
                "tranche[2].up_to_percent",
                "the last instalment must reach 100",
            ),
            ("name = { it = \"Saldo\"", "name = { it = \"\"", "tranche[2].name.it", "is empty"),
        ],
    );
}

#[test]
fn each_fault_of_the_catalogue_is_told_with_its_place() {
    assert_told(
        "catalogue.toml",
        &[
            ("code = \"D3\"", "code = \"D4\"", "category[7].direttrice", "there is no direttrice \"D3\""),
            ("code = \"D3\"", "code = \"D2\"", "direttrice[2].code", "\"D2\" stands already in line"),
            ("code = \"C9\"", "code = \"C8\"", "category[8].code", "\"C8\" stands already in line"),
            ("category = \"C3\"", "category = \"C33\"", "sheet[10].category", "there is no category \"C33\""),
            ("kind = \"service\"", "kind = \"good\"", "sheet", "27 goods found, programme.toml declares 26"),
            ("kind = \"service\"", "kind = \"good\"", "sheet", "4 services found, programme.toml declares 5"),
            ("kind = \"service\"", "kind = \"servizio\"", "sheet[21].kind", "good or service expected"),
            ("\"39110000-6\"", "\"39110000-5\"", "sheet[0].cpv", "39110000-5 must be written 39110000-6"),
            ("\"39110000-6\"", "\"39110000\"", "sheet[0].cpv", "39110000 must be written 39110000-6"),
            ("\"39110000-6\"", "\"39110001-6\"", "sheet[0].cpv", "39110001-6 is not in the CPV table"),
            ("\"39110000-6\"", "\"3911-6\"", "sheet[0].cpv", "not a CPV code"),
            (
                "\"39110000-6\"",
                "\"39121000-6\"",
                "sheet[1].cpv",
                "39121000-6 belongs already to sheet \"B01\"",
            ),
            (
                "green = \"cam_arredi\"",
                "green = \"verde\"",
                "sheet[0].green",
                "\"verde\" is not a green rule; known: cam_arredi",
            ),
            (" ufficio - Risorse in Comune", " ufficio", "sheet[0].name.it", "must be a name that ends with"),
            ("code = \"B02\"", "code = \"B01\"", "sheet[1].code", "\"B01\" stands already in line 35"),
            (
                "kind = \"good\"",
                "kind = \"good\"\ncolour = \"red\"",
                "sheet[0].colour",
                "unknown key; known: code, kind",
            ),
            ("valid_from = 2026-02-05", "valid_from = 2026-02-31", "", ""),
            ("[[sheet]]", "[sheet", "", ""),
        ],
    );
}

#[test]
fn each_fault_of_the_declarations_is_told_with_its_place() {
    assert_told(
        "declarations.toml",
        &[
            (
                "kind = \"principi_pnrr\"",
                "kind = \"principi\"",
                "declaration[0].kind",
                "\"principi\" is not a kind of declaration",
            ),
            (
                "signers = [\"rup\"]",
                "signers = \"rup\"",
                "declaration[2].signers",
                "a list expected, string found",
            ),
            (
                "scopes = [\"oda\", \"comune\"]",
                "scopes = [\"oda\", \"ente\"]",
                "declaration[2].scopes",
                "\"ente\" is not a scope",
            ),
            (
                "moment = \"before_order\"",
                "moment = \"prima\"",
                "declaration[0].moment",
                "one of before_order",
            ),
            (
                "severity = \"curable\"",
                "severity = \"grave\"",
                "declaration[0].severity",
                "one of blocks, curable",
            ),
            (
                "net_below = \"40000.00\"",
                "net_from = \"5\", net_below = \"5\"",
                "declaration[5].required_when.net_below",
                "must be",
            ),
            (
                "net_below = \"40000.00\"",
                "below = \"5\"",
                "declaration[5].required_when.below",
                "unknown key; known: green",
            ),
            (
                "id = \"dnsh_cam_rup\"",
                "id = \"dnsh_cam_fornitore\"",
                "declaration[7].id",
                "\"dnsh_cam_fornitore\" stands already in line 76",
            ),
            ("official = false", "", "declaration[0].official", "is missing"),
        ],
    );
}

#[test]
fn the_line_is_that_of_the_key() {
    for (file, good, broken) in [
        ("catalogue.toml", "green = \"cam_stampanti\"", "green = \"x\""),
        ("declarations.toml", "kind = \"dnsh_cam\"", "kind = \"x\""),
        ("programme.toml", "last = 2026-03-31", "last = 1"),
    ] {
        let told = faults_after(file, good, broken);
        let place = format!("{file}:{}: ", line_of(file, good));
        assert!(told.len() == 1 && told[0].starts_with(&place), "{place} in {told:#?}");
    }
}

#[test]
fn all_faults_of_all_files_are_told_at_once() {
    let root = tempfile::tempdir().unwrap();
    let missing = Programme::load(root.path(), &CPV).unwrap_err();
    assert_eq!(missing.list().len(), 3);
    let unknown = Programme::embedded("altro").unwrap_err();
    assert!(unknown.to_string().contains("no such programme is embedded"));
    let two = faults_after("declarations.toml", "official = false", "official = 0\ncolour = 1");
    assert_eq!(two.len(), 2, "{two:#?}");
}
