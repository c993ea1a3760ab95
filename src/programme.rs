// SPDX-License-Identifier: EUPL-1.2
//! A programme as data: everything its call (avviso) decides, each datum with its source and whether it is official.
//! Read once at the start from a folder of `config/programmes`; a second programme is a second folder, not other code.

use std::path::Path;

use chrono::NaiveDate;

use crate::domain::cig::CigKind;
use crate::domain::cup_codes::CupCodes;
use crate::domain::decimal::Percent;
use crate::domain::money::Money;
use crate::domain::rome::RomeDeadline;
use crate::domain::sha256::sha256;
use crate::domain::text::Text;
use crate::fault::{ConfigFaults, FaultLog, read_file, settle};
use crate::reference::CpvTable;

pub mod catalogue;
pub mod declarations;
mod document;
mod funding;
mod puc;
mod reading;
pub mod window;

pub use catalogue::{Catalogue, Category, Direttrice, FoundSheet, Sheet, SheetKind, SheetMatch};
pub use declarations::{DeclarationRequirement, Moment};
pub use funding::{Funding, SpendingTitle, Tranche, TrancheBasis};
pub use puc::{PucCode, PucContent, PucField, PucMap, PucStructure};
pub use window::{Window, WindowEvent, Windows};

use document::{owned_text, read_document};
use reading::Parts;

/// One datum of the call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Datum<T> {
    /// The datum itself.
    pub value: T,
    /// Where it was read, or whose reading it is.
    pub source: String,
    /// Whether it was read in an act or on an official page.
    pub official: bool,
    /// First day on which it holds, when that matters.
    pub valid_from: Option<NaiveDate>,
}

/// Amounts net of VAT from which more is asked; an amount equal to a threshold is over it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Thresholds {
    /// Below it rotation may be departed from.
    pub rotation: Datum<Money>,
    /// Below it requirements are shown by a declaration.
    pub requirements: Datum<Money>,
    /// Below it goods and services may be awarded directly.
    pub direct_award: Datum<Money>,
}

/// A programme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Programme {
    /// Identifier: name of the folder, path segment of the API.
    pub id: String,
    /// Name.
    pub name: Text,
    /// Measure of the plan, such as `PNRR M1C1 - 2.3.2`.
    pub measure: String,
    /// Whether everything of the programme is official; pages say so when it is not.
    pub official: bool,
    /// Sum of all grants.
    pub grant_total: Datum<Money>,
    /// Least grant of a Comune.
    pub min_grant: Datum<Money>,
    /// Largest grant of a Comune.
    pub max_grant: Datum<Money>,
    /// Least residents of a Comune that could apply.
    pub min_population: Datum<u32>,
    /// Most residents of a Comune that could apply.
    pub max_population: Datum<u32>,
    /// Last minute to communicate the CUP.
    pub acceptance_deadline: Datum<RomeDeadline>,
    /// Template on which the CUP is generated.
    pub cup_template: Datum<String>,
    /// Codes of Sistema CUP that the template fixes.
    pub cup_codes: Datum<CupCodes>,
    /// When purchases may be made.
    pub windows: Windows,
    /// Which event of an order must fall inside the window.
    pub window_event: Datum<WindowEvent>,
    /// What names of catalogue lines end with.
    pub suffix: Datum<String>,
    /// MePA instruments that may be used, such as `ODA`.
    pub instruments: Datum<Vec<String>>,
    /// Layouts of the CIG that fit an order of the programme.
    pub cig_kinds: Datum<Vec<CigKind>>,
    /// By how much a stated amount may differ from the recomputed one.
    pub tolerance: Datum<Money>,
    /// VAT rate where nothing else is said.
    pub default_vat_rate: Datum<Percent>,
    /// VAT rates that exist.
    pub vat_rates: Datum<Vec<Percent>>,
    /// Thresholds of the code of contracts.
    pub thresholds: Thresholds,
    /// How the money flows.
    pub funding: Funding,
    /// What may be bought.
    pub catalogue: Catalogue,
    /// Which declarations an order needs.
    pub declarations: Vec<DeclarationRequirement>,
    /// How figures are laid out for the Protocollo Unico, if the programme says.
    pub puc: Option<PucMap>,
    /// Names and SHA-256 of the files it was read from.
    pub files: Vec<(&'static str, String)>,
}

/// The files of a programme, each with its text; the last one may be missing.
struct Files<'a> {
    programme: &'a str,
    catalogue: &'a str,
    declarations: &'a str,
    puc: Option<&'a str>,
}

const FILES: [&str; 4] = ["programme.toml", "catalogue.toml", "declarations.toml", "puc.toml"];

const RISORSE_IN_COMUNE: Files<'static> = Files {
    programme: include_str!("../config/programmes/risorse-in-comune/programme.toml"),
    catalogue: include_str!("../config/programmes/risorse-in-comune/catalogue.toml"),
    declarations: include_str!("../config/programmes/risorse-in-comune/declarations.toml"),
    puc: Some(include_str!("../config/programmes/risorse-in-comune/puc.toml")),
};

impl Programme {
    /// A programme the binary was built with: `risorse-in-comune`. Its CPV codes are checked against the embedded table.
    ///
    /// # Errors
    /// Every fault of its files, or that there is no programme of that name.
    pub fn embedded(id: &str) -> Result<Self, ConfigFaults> {
        let folder = format!("config/programmes/{id}");
        if id != "risorse-in-comune" {
            let mut log = FaultLog::new(folder);
            log.note(0, "", "no such programme is embedded; known: risorse-in-comune");
            return settle(None, [log]);
        }
        Self::read(Path::new(&folder), &RISORSE_IN_COMUNE, &CpvTable::embedded()?)
    }

    /// The programme of a folder, checked against the CPV table.
    ///
    /// # Errors
    /// Every fault of its files, also that one cannot be read.
    pub fn load(folder: &Path, cpv: &CpvTable) -> Result<Self, ConfigFaults> {
        let mut logs = FILES.map(|file| FaultLog::new(name_of(folder, file)));
        let [programme_log, catalogue_log, declarations_log, puc_log] = &mut logs;
        let programme = read_file(&folder.join(FILES[0]), programme_log);
        let catalogue = read_file(&folder.join(FILES[1]), catalogue_log);
        let declarations = read_file(&folder.join(FILES[2]), declarations_log);
        let path = folder.join(FILES[3]);
        let puc = if path.exists() { read_file(&path, puc_log) } else { None };
        let (programme, (catalogue, declarations)) =
            settle(programme.zip(catalogue.zip(declarations)), logs)?;
        let files = Files {
            programme: &programme,
            catalogue: &catalogue,
            declarations: &declarations,
            puc: puc.as_deref(),
        };
        Self::read(folder, &files, cpv)
    }

    fn read(folder: &Path, files: &Files<'_>, cpv: &CpvTable) -> Result<Self, ConfigFaults> {
        let mut logs = FILES.map(|file| FaultLog::new(name_of(folder, file)));
        let [programme_log, catalogue_log, declarations_log, puc_log] = &mut logs;
        let puc = files.puc.and_then(|text| puc::read(text, puc_log));
        let declarations = declarations::read(files.declarations, declarations_log);
        let programme = read_document(files.programme, programme_log, |document| {
            let (suffix, counts) = (document.datum("suffix", owned_text), reading::read_counts(document));
            let catalogue = suffix.as_ref().zip(counts).and_then(|(suffix, counts)| {
                catalogue::read(files.catalogue, &suffix.value, counts, cpv, catalogue_log)
            });
            let texts = [Some(files.programme), Some(files.catalogue), Some(files.declarations), files.puc];
            let prints = FILES.into_iter().zip(texts);
            let files = prints.filter_map(|(name, text)| Some((name, sha256(text?.as_bytes())))).collect();
            reading::read(document, folder, Parts { suffix, catalogue, declarations, puc, files })
        });
        settle(programme, logs)
    }
}

fn name_of(folder: &Path, file: &str) -> String {
    folder.join(file).display().to_string()
}
