// SPDX-License-Identifier: EUPL-1.2
//! The tables that depend on no programme: Comuni, CPV, units of measure, holidays. Embedded in the program, or read from
//! a folder with the same files. Read once at the start; every fault stops the start and is told with file, line, column.

use std::path::Path;

use crate::domain::sha256::sha256;
use crate::fault::{ConfigFaults, FaultLog, read_file, settle};

pub mod comuni;
pub mod cpv;
pub mod holidays;
mod table;
pub mod units;

pub use comuni::{Comune, Comuni, Named, Names, normalise_name};
pub use cpv::{CpvEntry, CpvTable};
pub use holidays::Holidays;
pub use units::Units;

use table::Source;

/// All reference tables.
#[derive(Debug)]
pub struct Reference {
    /// The Comuni of Italy.
    pub comuni: Comuni,
    /// The common procurement vocabulary.
    pub cpv: CpvTable,
    /// Units of measure.
    pub units: Units,
    /// National holidays.
    pub holidays: Holidays,
    /// SHA-256 of tables that were read from a folder; those of the program are worked out when they are asked for.
    loaded: Vec<(&'static str, String)>,
}

const COMUNI: &str = include_str!("../config/reference/comuni.csv");
const CPV: &str = include_str!("../config/reference/cpv.csv");
const UNITS: &str = include_str!("../config/reference/units.csv");
const HOLIDAYS: &str = include_str!("../config/reference/holidays.csv");

impl Reference {
    /// The tables the program was built with; their text is borrowed, not copied.
    ///
    /// # Errors
    /// Every fault of the tables.
    pub fn embedded() -> Result<Self, ConfigFaults> {
        let sources = [COMUNI, CPV, UNITS, HOLIDAYS].map(|text| Some(Source::embedded(text)));
        Self::read(Path::new("config/reference"), sources)
    }

    /// The tables of a folder: `comuni.csv`, `cpv.csv`, `units.csv`, `holidays.csv`.
    ///
    /// # Errors
    /// Every fault of every file, also that one cannot be read.
    pub fn load(folder: &Path) -> Result<Self, ConfigFaults> {
        let mut logs = FILES.map(|file| FaultLog::new(name_of(folder, file)));
        let texts: Vec<Option<String>> =
            FILES.iter().zip(&mut logs).map(|(file, log)| read_file(&folder.join(file), log)).collect();
        let texts: [Option<String>; 4] = texts.try_into().unwrap_or_default();
        settle(Some(()), logs)?;
        let print = |(name, text): (&'static str, &Option<String>)| {
            (name, sha256(text.as_deref().unwrap_or_default().as_bytes()))
        };
        let loaded = FILES.into_iter().zip(&texts).map(print).collect();
        let read = Self::read(folder, texts.each_ref().map(|text| text.as_deref().map(Source::loaded)))?;
        Ok(Self { loaded, ..read })
    }

    /// Names and SHA-256 of the tables.
    #[must_use]
    pub fn fingerprints(&self) -> Vec<(&'static str, String)> {
        if !self.loaded.is_empty() {
            return self.loaded.clone();
        }
        let texts = [COMUNI, CPV, UNITS, HOLIDAYS];
        FILES.into_iter().zip(texts).map(|(name, text)| (name, sha256(text.as_bytes()))).collect()
    }

    fn read(folder: &Path, sources: [Option<Source<'_>>; 4]) -> Result<Self, ConfigFaults> {
        let mut logs = FILES.map(|file| FaultLog::new(name_of(folder, file)));
        let [comuni_log, cpv_log, units_log, holidays_log] = &mut logs;
        let [comuni, cpv, units, holidays] = sources;
        let comuni = comuni.map(|source| Comuni::read(&source, comuni_log));
        let cpv = cpv.map(|source| CpvTable::read(&source, cpv_log));
        let units = units.map(|source| Units::read(&source, units_log));
        let holidays = holidays.map(|source| Holidays::read(&source, holidays_log));
        let all = comuni.zip(cpv).zip(units.zip(holidays));
        settle(
            all.map(|((comuni, cpv), (units, holidays))| Self {
                comuni,
                cpv,
                units,
                holidays,
                loaded: Vec::new(),
            }),
            logs,
        )
    }
}

const FILES: [&str; 4] = ["comuni.csv", "cpv.csv", "units.csv", "holidays.csv"];

fn name_of(folder: &Path, file: &str) -> String {
    folder.join(file).display().to_string()
}
