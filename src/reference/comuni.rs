// SPDX-License-Identifier: EUPL-1.2
//! The Comuni of Italy and how to find one: by any of its codes, or by name.

use std::borrow::Cow;

use chrono::NaiveDate;

use crate::domain::belfiore::BelfioreCode;
use crate::domain::codice_fiscale::CodiceFiscale;
use crate::domain::codice_ipa::CodiceIpa;
use crate::domain::istat::IstatCode;

mod index;
mod name;
mod reading;
mod written;

pub use name::normalise_name;
pub use written::{Named, Names};

use index::Indexes;

/// Every Comune, sorted by the ISTAT code of 1 January 2025.
#[derive(Debug)]
pub struct Comuni {
    rows: Vec<Comune>,
    indexes: Indexes,
}

/// One Comune.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comune {
    /// ISTAT code on 1 January 2025; of a Comune born later, its first code. This is the code the gateway keeps.
    pub istat: IstatCode,
    /// ISTAT code since 2026; `None` when the Comune has ceased.
    pub istat_2026: Option<IstatCode>,
    /// Name in Italian.
    pub name: Cow<'static, str>,
    /// Name in the other official language.
    pub other_name: Option<Cow<'static, str>>,
    /// Names it had before, the latest last.
    pub former_names: Vec<FormerName>,
    /// Sigla of the province on 1 January 2025, two letters.
    pub province: Cow<'static, str>,
    /// Sigla of the province since 2026; `None` when the Comune has ceased.
    pub province_2026: Option<Cow<'static, str>>,
    /// Region.
    pub region: Cow<'static, str>,
    /// Whether the region is one of the eight of the Mezzogiorno.
    pub mezzogiorno: bool,
    /// Belfiore code.
    pub belfiore: BelfioreCode,
    /// Residents on 31 December 2024.
    pub population: u32,
    /// Tax code, 11 digits.
    pub tax_code: CodiceFiscale,
    /// IPA code. It cannot be derived from the Belfiore code.
    pub ipa: CodiceIpa,
    /// First certified mailbox in IPA.
    pub pec: Cow<'static, str>,
    /// Day of birth, of a Comune born after 1 January 2025.
    pub created_on: Option<NaiveDate>,
    /// When it ceased and where it went.
    pub ceased: Option<Ceased>,
}

/// A name a Comune had before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormerName {
    /// First day on which the name was no more in use.
    pub until: NaiveDate,
    /// The name.
    pub name: Cow<'static, str>,
}

/// The end of a Comune.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ceased {
    /// Last day of existence.
    pub on: NaiveDate,
    /// The Comune it went into.
    pub into: IstatCode,
}

impl Comune {
    /// Every name it has or had, in any language.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        let former = self.former_names.iter().map(|former| &*former.name);
        std::iter::once(&*self.name).chain(self.other_name.as_deref()).chain(former)
    }
}

impl Comuni {
    /// How many Comuni there are, ceased ones included.
    #[must_use]
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Every Comune, by ISTAT code.
    pub fn iter(&self) -> impl Iterator<Item = &Comune> {
        self.rows.iter()
    }

    /// By ISTAT code, that of 2025 or that of 2026. No code of one year is the code of another Comune in the other.
    #[must_use]
    pub fn by_istat(&self, code: &IstatCode) -> Option<&Comune> {
        match self.rows.binary_search_by_key(code, |comune| comune.istat) {
            Ok(position) => self.rows.get(position),
            Err(_) => {
                self.indexes.istat_2026.find(&self.rows, |comune| comune.istat_2026.as_ref().cmp(&Some(code)))
            }
        }
    }

    /// By tax code, exactly as written: 11 digits.
    #[must_use]
    pub fn by_tax_code(&self, code: &str) -> Option<&Comune> {
        self.indexes.tax_code.find(&self.rows, |comune| comune.tax_code.as_str().cmp(code))
    }

    /// By IPA code.
    #[must_use]
    pub fn by_ipa(&self, code: &CodiceIpa) -> Option<&Comune> {
        self.indexes.ipa.find(&self.rows, |comune| comune.ipa.cmp(code))
    }

    /// By Belfiore code.
    #[must_use]
    pub fn by_belfiore(&self, code: &BelfioreCode) -> Option<&Comune> {
        self.indexes.belfiore.find(&self.rows, |comune| comune.belfiore.cmp(code))
    }

    /// By any code as people write it: IPA, ISTAT (also without leading zeros), tax code, Belfiore, tried in this order.
    /// A few IPA codes look like the Belfiore code of another Comune; the IPA code wins.
    #[must_use]
    pub fn by_code(&self, code: &str) -> Option<&Comune> {
        let code = code.trim();
        let ipa = code.parse().ok().and_then(|ipa| self.by_ipa(&ipa));
        ipa.or_else(|| IstatCode::parse_lenient(code).ok().and_then(|istat| self.by_istat(&istat)))
            .or_else(|| self.by_tax_code(code))
            .or_else(|| {
                BelfioreCode::parse_lenient(code).ok().and_then(|belfiore| self.by_belfiore(&belfiore))
            })
    }

    /// Every Comune that has or had this name, compared as [`normalise_name`] writes it. Names are not unique.
    pub fn by_name<'c>(&'c self, name: &str) -> impl Iterator<Item = &'c Comune> + use<'c> {
        let wanted = normalise_name(name);
        self.indexes
            .named(&wanted)
            .filter_map(|position| self.rows.get(position))
            .filter(move |comune| comune.names().any(|name| normalise_name(name) == wanted))
    }
}
