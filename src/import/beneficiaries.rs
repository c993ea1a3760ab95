// SPDX-License-Identifier: EUPL-1.2
//! From rows to beneficiaries: one Comune and one amount each, and a report that leaves no row out.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::amounts;
use super::columns::Field;
use super::error::{ImportError, both, short};
use super::layout::{self, Kind, Layout, Level, NoHeader};
use super::places::{Found, Places, Written, shown};
use super::sheet::SheetRow;
use super::totals::Sums;
use crate::domain::cup::Cup;
use crate::domain::istat::IstatCode;
use crate::domain::money::Money;
use crate::domain::text::Text;
use crate::reference::{Comune, Comuni};

/// A Comune that was granted money.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Beneficiary {
    /// ISTAT code of the Comune as the reference table keeps it.
    pub istat: IstatCode,
    /// What it was granted.
    pub amount: Money,
    /// The CUP, when the list has one.
    pub cup: Option<Cup>,
    /// Sheet of the row.
    pub sheet: String,
    /// Number of the row, from 1.
    pub row: u32,
}

/// What became of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It is a beneficiary.
    Taken,
    /// It is not, for the reason told.
    Rejected,
}

/// One row of data and what became of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RowReport {
    /// Name of the sheet; of a CSV file its name without extension.
    pub sheet: String,
    /// Number of the row as the spreadsheet shows it, from 1.
    pub row: u32,
    /// The Comune as written; when only codes are given, the first of them.
    pub comune: String,
    /// The Comune found, if one was.
    pub istat: Option<IstatCode>,
    /// The amount, if it could be read.
    pub amount: Option<Money>,
    /// Whether the row was taken.
    pub status: Status,
    /// Why it was not.
    pub reason: Option<Text>,
}

/// Something to look at that rejects no row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Warning {
    /// Name of the sheet.
    pub sheet: String,
    /// Number of the row; `None` when the whole sheet is meant.
    pub row: Option<u32>,
    /// What it is.
    pub text: Text,
}

/// A list of beneficiaries as it was read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BeneficiaryList {
    /// The beneficiaries, in the order of the file.
    pub taken: Vec<Beneficiary>,
    /// Every row of data.
    pub rows: Vec<RowReport>,
    /// Totals that do not add up, names read loosely, Comuni that have ceased, sheets and notes left out.
    pub warnings: Vec<Warning>,
}

impl BeneficiaryList {
    /// How many rows were rejected.
    #[must_use]
    pub fn rejected(&self) -> usize {
        self.rows.iter().filter(|row| row.status == Status::Rejected).count()
    }

    /// The sum of what was taken, unless it does not fit.
    #[must_use]
    pub fn total(&self) -> Option<Money> {
        Money::checked_sum(self.taken.iter().map(|beneficiary| beneficiary.amount))
    }
}

/// Finds the Comune and the amount of every row of data. `bounds` are the least and the largest amount that a Comune can
/// have: a larger one is refused, since it is another column or a total; a smaller one is only pointed out.
///
/// # Errors
/// When no sheet has columns for the Comune and for the amount, two columns could be the amount, or no row has data.
pub fn resolve(
    rows: &[SheetRow],
    comuni: &Comuni,
    bounds: [Money; 2],
    progress: &mut dyn FnMut(u64, u64),
) -> Result<BeneficiaryList, ImportError> {
    let mut reading = Reading {
        places: Places::new(comuni),
        comuni,
        bounds,
        seen: HashMap::new(),
        sums: Sums::new(),
        list: BeneficiaryList::default(),
        done: 0,
        all: rows.len() as u64,
        progress,
    };
    reading.read(rows)?;
    if reading.list.rows.is_empty() { Err(ImportError::NoRows) } else { Ok(reading.list) }
}

/// How often progress is told, in rows.
const STEP: u64 = 64;

struct Reading<'a, 'p> {
    places: Places<'a>,
    comuni: &'a Comuni,
    bounds: [Money; 2],
    /// Where each Comune first stood.
    seen: HashMap<IstatCode, String>,
    sums: Sums,
    list: BeneficiaryList,
    done: u64,
    all: u64,
    progress: &'p mut dyn FnMut(u64, u64),
}

impl Reading<'_, '_> {
    fn read(&mut self, rows: &[SheetRow]) -> Result<(), ImportError> {
        let mut nearest: Option<NoHeader> = None;
        let mut read = false;
        for sheet in rows.chunk_by(|one, other| one.sheet == other.sheet) {
            match layout::find(sheet) {
                Ok(mut layout) => {
                    read = true;
                    self.sheet(&mut layout, sheet);
                }
                // An amount in doubt is never a reason to go on with the other sheets.
                Err(none @ NoHeader { error: ImportError::Ambiguous { .. }, .. }) => return Err(none.error),
                Err(none) => {
                    self.skipped(sheet);
                    if nearest.as_ref().is_none_or(|nearest| nearest.recognised < none.recognised) {
                        nearest = Some(none);
                    }
                }
            }
        }
        match nearest {
            Some(none) if !read => Err(none.error),
            _ => Ok(()),
        }
    }

    fn skipped(&mut self, sheet: &[SheetRow]) {
        self.tell(sheet.len() as u64);
        if let Some(row) = sheet.first() {
            let text = Text::new(
                "foglio non letto: nessuna intestazione con Comune e importo",
                "sheet not read: no header with Comune and amount",
            );
            self.list.warnings.push(Warning { sheet: row.sheet.to_string(), row: None, text });
        }
    }

    fn sheet(&mut self, layout: &mut Layout, rows: &[SheetRow]) {
        self.sums.begin_sheet();
        self.tell(layout.body as u64);
        let mut region: Option<String> = None;
        for row in rows.iter().skip(layout.body) {
            match layout.kind(row) {
                Kind::Header | Kind::Carried => {}
                Kind::Total(level) => self.total(layout, row, level),
                Kind::Lone => self.lone(layout, row, &mut region),
                Kind::Data => self.data(layout, row, &mut region),
            }
            self.tell(1);
        }
    }

    fn tell(&mut self, rows: u64) {
        let before = self.done / STEP;
        self.done += rows;
        if self.done / STEP > before || self.done == self.all {
            (self.progress)(self.done, self.all);
        }
    }

    fn warn(&mut self, row: &SheetRow, text: Text) {
        self.list.warnings.push(Warning { sheet: row.sheet.to_string(), row: Some(row.row), text });
    }

    fn total(&mut self, layout: &Layout, row: &SheetRow, level: Level) {
        let amount = layout.columns.of(Field::Amount).and_then(|column| row.cell(column));
        let label = row.own_cells().map(|(_, text)| text).next().unwrap_or_default();
        if let Some(text) = self.sums.compare(level, label, amounts::read_total(amount)) {
            self.warn(row, text);
        }
    }

    /// A text alone in its row: a Comune without amount, the region of the rows below, or a note.
    fn lone(&mut self, layout: &Layout, row: &SheetRow, region: &mut Option<String>) {
        let Some((_, text)) = row.own_cells().next() else { return };
        if let Some(found) = self.places.region(text) {
            *region = Some(found.to_owned());
        } else if layout.own(row, Field::Name).is_some_and(|name| self.places.knows(name)) {
            self.data(layout, row, region);
        } else {
            let text = short(text);
            let text =
                both(format!("non è una riga di dati: \"{text}\""), format!("not a row of data: \"{text}\""));
            self.warn(row, text);
        }
    }

    fn data(&mut self, layout: &Layout, row: &SheetRow, region: &mut Option<String>) {
        let own_region = layout.shown(row, Field::Region);
        if let Some(own) = own_region {
            *region = Some(own.to_owned());
        }
        let written = Written {
            istat: layout.own(row, Field::Istat),
            tax_code: layout.own(row, Field::TaxCode),
            ipa: layout.own(row, Field::Ipa),
            belfiore: layout.own(row, Field::Belfiore),
            name: layout.own(row, Field::Name),
            province: layout.shown(row, Field::Province),
            region: own_region,
            region_above: region.as_deref(),
        };
        let amount = amounts::read(layout.columns.of(Field::Amount).and_then(|column| row.cell(column)));
        let codes = [written.name, written.istat, written.tax_code, written.ipa, written.belfiore];
        let comune = codes.into_iter().flatten().next();
        if let (None, Ok(amount)) = (comune, &amount)
            && self.sums.is_total(*amount)
        {
            return;
        }
        if let Ok(amount) = amount {
            self.sums.add(amount);
        }
        let found = self.places.find(&written);
        let mut report = RowReport {
            sheet: row.sheet.to_string(),
            row: row.row,
            comune: comune.unwrap_or_default().to_owned(),
            istat: found.as_ref().ok().map(|found| found.comune.istat),
            amount: amount.as_ref().ok().copied(),
            status: Status::Taken,
            reason: None,
        };
        if let Err(reason) = self.take(row, found, amount, layout.own(row, Field::Cup)) {
            report.status = Status::Rejected;
            report.reason = Some(reason);
        }
        self.list.rows.push(report);
    }

    /// Takes a row, or says why not.
    fn take(
        &mut self,
        row: &SheetRow,
        found: Result<Found<'_>, Text>,
        amount: Result<Money, Text>,
        cup: Option<&str>,
    ) -> Result<(), Text> {
        let (found, amount) = match (found, amount) {
            (Ok(found), Ok(amount)) => (found, amount),
            (Err(one), Err(other)) => {
                return Err(both(format!("{}; {}", one.it, other.it), format!("{}; {}", one.en, other.en)));
            }
            (Err(reason), _) | (_, Err(reason)) => return Err(reason),
        };
        let [least, largest] = self.bounds;
        if let Some(reason) = amounts::refuse(amount, largest) {
            return Err(reason);
        }
        let cup = cup
            .map(|raw| Cup::parse_lenient(raw).map_err(|error| bad_cup(raw, &error.to_string())))
            .transpose()?;
        let place = layout::place(row);
        if let Some(first) = self.seen.get(&found.comune.istat) {
            let reason = twice(found.comune, first, &place);
            self.contradict(&found.comune.istat, amount, &reason);
            return Err(reason);
        }
        if amount < least {
            self.warn(row, small(amount, least));
        }
        self.seen.insert(found.comune.istat, place);
        if let Some(note) = found.note {
            self.warn(row, note);
        }
        if let Some(text) = self.ceased(found.comune) {
            self.warn(row, text);
        }
        let (istat, sheet) = (found.comune.istat, row.sheet.to_string());
        self.list.taken.push(Beneficiary { istat, amount, cup, sheet, row: row.row });
        Ok(())
    }

    /// When a Comune stands twice with two amounts neither row can be taken: which one is right is not for us to say.
    fn contradict(&mut self, istat: &IstatCode, amount: Money, reason: &Text) {
        let other = self.list.taken.iter().position(|taken| taken.istat == *istat && taken.amount != amount);
        let Some(first) = other.map(|position| self.list.taken.remove(position)) else { return };
        let report = self.list.rows.iter_mut().find(|row| row.sheet == first.sheet && row.row == first.row);
        if let Some(report) = report {
            report.status = Status::Rejected;
            report.reason = Some(reason.clone());
        }
    }

    /// What to tell of a Comune that has ceased: lists of 2025 name it rightly.
    fn ceased(&self, comune: &Comune) -> Option<Text> {
        let ceased = comune.ceased?;
        let into = self.comuni.by_istat(&ceased.into).map_or_else(|| ceased.into.to_string(), shown);
        let (name, on) = (shown(comune), ceased.on);
        Some(both(
            format!("{name} ha cessato di esistere il {}: ora è {into}", on.format("%d/%m/%Y")),
            format!("{name} ceased to exist on {on}: it is now {into}"),
        ))
    }
}

fn bad_cup(raw: &str, error: &str) -> Text {
    let raw = short(raw);
    both(
        format!("il CUP {raw} non è valido: una lettera, 2 cifre, una lettera, 11 cifre"),
        format!("the CUP {raw} is not valid: {error}"),
    )
}

fn small(amount: Money, least: Money) -> Text {
    both(
        format!("importo {} inferiore al minimo di {}: verificare", amount.italian(), least.italian()),
        format!("amount {amount} EUR below the least of {least} EUR: to be checked"),
    )
}

fn twice(comune: &Comune, first: &str, second: &str) -> Text {
    let name = shown(comune);
    both(
        format!("{name} compare due volte: righe {first} e {second}"),
        format!("{name} stands twice: rows {first} and {second}"),
    )
}
