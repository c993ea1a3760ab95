// SPDX-License-Identifier: EUPL-1.2
//! What may be bought: direttrici, categories, sheets; and how an order line finds its sheet.

use chrono::NaiveDate;

use crate::domain::cpv::Cpv;
use crate::domain::declaration::GreenRule;
use crate::domain::text::Text;

mod lookup;
mod reading;
mod suffix;

pub(super) use reading::{Counts, read};

use lookup::Lookup;

/// The catalogue of a programme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Catalogue {
    /// Whether it was read in an act or on an official page.
    pub official: bool,
    /// Where it was read, or whose reading it is.
    pub source: String,
    /// First day on which it holds, when that matters.
    pub valid_from: Option<NaiveDate>,
    /// Lines of intervention.
    pub direttrici: Vec<Direttrice>,
    /// Categories, each in one direttrice.
    pub categories: Vec<Category>,
    /// Sheets, each in one category.
    pub sheets: Vec<Sheet>,
    lookup: Lookup,
}

/// A line of intervention of the programme.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Direttrice {
    /// Code.
    pub code: String,
    /// Name.
    pub name: Text,
}

/// A category of goods and services.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Category {
    /// Code.
    pub code: String,
    /// Code of its direttrice.
    pub direttrice: String,
    /// Name.
    pub name: Text,
}

/// A catalogue sheet (scheda): one kind of product that may be bought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sheet {
    /// Code.
    pub code: String,
    /// Good or service.
    pub kind: SheetKind,
    /// Code of its category.
    pub category: String,
    /// Name; the Italian one is that of MePA, with the suffix.
    pub name: Text,
    /// CPV codes under which its lines lie.
    pub cpv: Vec<Cpv>,
    /// Environmental rule of its goods.
    pub green: GreenRule,
}

/// Good or service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SheetKind {
    /// A good.
    Good,
    /// A service.
    Service,
}

impl SheetKind {
    /// The word used in `config/` and in answers.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Good => "good",
            Self::Service => "service",
        }
    }
}

/// A sheet with its category.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FoundSheet<'c> {
    /// The sheet.
    pub sheet: &'c Sheet,
    /// Its category.
    pub category: &'c Category,
}

/// What the catalogue says about an order line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SheetMatch<'c> {
    /// The name does not end with the suffix: the line is not of this programme.
    NoSuffix,
    /// The suffix is there, but no sheet has that name and none covers that CPV.
    NoSheet,
    /// The sheet of the line.
    Found(FoundSheet<'c>),
    /// The name is that of a sheet, but the CPV belongs to another one or to none.
    CpvDisagrees {
        /// The sheet of that name.
        named: FoundSheet<'c>,
        /// The sheet of that CPV.
        by_cpv: Option<FoundSheet<'c>>,
    },
}

impl<'c> SheetMatch<'c> {
    /// The sheet of the line; when name and CPV disagree, that of the name.
    #[must_use]
    pub fn sheet(self) -> Option<FoundSheet<'c>> {
        match self {
            Self::Found(found) | Self::CpvDisagrees { named: found, .. } => Some(found),
            Self::NoSuffix | Self::NoSheet => None,
        }
    }
}

impl Catalogue {
    /// The category of a code.
    #[must_use]
    pub fn category(&self, code: &str) -> Option<&Category> {
        self.categories.iter().find(|category| category.code == code)
    }

    /// The sheet of a code.
    #[must_use]
    pub fn sheet(&self, code: &str) -> Option<&Sheet> {
        self.sheets.iter().find(|sheet| sheet.code == code)
    }

    /// The sheet of an order line, without allocating.
    ///
    /// 1. The name must end with the suffix: case and blanks do not count, a dash, bracket or blank stands before it, a
    ///    bracket may close it.
    /// 2. When what stands before the suffix equals a sheet's name (again without case and blanks), that is the sheet.
    ///    Its CPV agrees when it leads to the same sheet by step 3, or is broader than one of the sheet's own codes.
    /// 3. Else the sheet with the most specific CPV code under which the line's CPV lies.
    #[must_use]
    pub fn sheet_for_line(&self, name: &str, cpv: Option<&Cpv>) -> SheetMatch<'_> {
        let Some(stem) = self.lookup.stem(name) else { return SheetMatch::NoSuffix };
        let by_cpv = cpv.and_then(|cpv| self.found(self.lookup.by_cpv(cpv)));
        let Some(named) = self.found(self.lookup.by_stem(stem)) else {
            return by_cpv.map_or(SheetMatch::NoSheet, SheetMatch::Found);
        };
        let broader = |cpv: &Cpv| named.sheet.cpv.iter().any(|own| own.starts_with_significant(cpv));
        let agrees = |cpv: &Cpv| by_cpv == Some(named) || broader(cpv);
        if cpv.is_none_or(agrees) {
            SheetMatch::Found(named)
        } else {
            SheetMatch::CpvDisagrees { named, by_cpv }
        }
    }

    fn found(&self, position: Option<usize>) -> Option<FoundSheet<'_>> {
        let sheet = self.sheets.get(position?)?;
        Some(FoundSheet { sheet, category: self.category(&sheet.category)? })
    }
}
