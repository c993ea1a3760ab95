// SPDX-License-Identifier: EUPL-1.2
//! How the money of a programme flows: what a grant covers and in which instalments it may be asked for.

use std::str::FromStr;

use chrono::NaiveDate;

use crate::domain::decimal::Percent;
use crate::domain::text::Text;

use super::Datum;
use super::document::{Section, boolean, check_unique, date, parsed};

/// What a grant covers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Funding {
    /// Whether VAT that cannot be recovered is paid out of the grant.
    pub grant_includes_vat: Datum<bool>,
    /// Share of the total kept for the Mezzogiorno.
    pub mezzogiorno_share: Datum<Percent>,
    /// Whether a Comune may pay with its own money what passes the grant.
    pub own_funds_allowed: Datum<bool>,
    /// Title of spending under which goods stand.
    pub goods_title: Datum<SpendingTitle>,
    /// Title of spending under which services stand.
    pub services_title: Datum<SpendingTitle>,
    /// Instalments, the first one first.
    pub tranches: Vec<Tranche>,
}

/// Title of spending in the accounts of a Comune (D.lgs. 118/2011).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum SpendingTitle {
    /// Titolo I.
    Current,
    /// Titolo II.
    Capital,
}

impl SpendingTitle {
    /// The name that users read, in Italian.
    #[must_use]
    pub const fn label_it(self) -> &'static str {
        match self {
            Self::Current => "Titolo I - spese correnti",
            Self::Capital => "Titolo II - spese in conto capitale",
        }
    }
}

impl FromStr for SpendingTitle {
    type Err = String;

    fn from_str(raw: &str) -> Result<Self, String> {
        match raw {
            "current" => Ok(Self::Current),
            "capital" => Ok(Self::Capital),
            _ => Err(format!("one of current, capital expected, {raw:?} found")),
        }
    }
}

/// What an instalment may be asked on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TrancheBasis {
    /// A share of the grant, whatever is spent.
    Assigned,
    /// Spending of the grant that is paid, up to a share of it.
    Paid,
}

impl FromStr for TrancheBasis {
    type Err = String;

    fn from_str(raw: &str) -> Result<Self, String> {
        match raw {
            "assigned" => Ok(Self::Assigned),
            "paid" => Ok(Self::Paid),
            _ => Err(format!("one of assigned, paid expected, {raw:?} found")),
        }
    }
}

/// One instalment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tranche {
    /// Code, such as `advance`.
    pub code: String,
    /// Name.
    pub name: Text,
    /// Share of the grant that may have been asked for by its end, those before included.
    pub up_to: Percent,
    /// What it may be asked on.
    pub basis: TrancheBasis,
    /// Where the rule comes from.
    pub source: String,
    /// Whether it was read in an act of this programme.
    pub official: bool,
    /// First day on which the rule holds, when that matters.
    pub valid_from: Option<NaiveDate>,
}

/// Reads `[funding]` and all `[[tranche]]`.
pub(super) fn read(document: &Section<'_, '_>) -> Option<Funding> {
    let tranches = read_tranches(document);
    document.section("funding", |section| {
        let grant_includes_vat = section.datum("grant_includes_vat", boolean);
        let mezzogiorno_share = section.datum("mezzogiorno_share", parsed);
        let own_funds_allowed = section.datum("own_funds_allowed", boolean);
        let (goods_title, services_title) =
            (section.datum("goods_title", parsed), section.datum("services_title", parsed));
        Some(Funding {
            grant_includes_vat: grant_includes_vat?,
            mezzogiorno_share: mezzogiorno_share?,
            own_funds_allowed: own_funds_allowed?,
            goods_title: goods_title?,
            services_title: services_title?,
            tranches: tranches?,
        })
    })
}

/// A hundred percent, at the scale of [`Percent::scaled`].
const WHOLE: i128 = 100 * 100_000_000;

fn read_tranches(document: &Section<'_, '_>) -> Option<Vec<Tranche>> {
    let tranches = document.sections("tranche", read_tranche)?;
    check_unique(&tranches, "code", |tranche| &tranche.code);
    let mut before = 0;
    for tranche in &tranches {
        let up_to = tranche.value.up_to.scaled();
        if up_to <= before {
            tranche.fault("up_to_percent", "must be above that of the instalment before");
        }
        before = up_to;
    }
    if let Some(last) = tranches.last().filter(|last| last.value.up_to.scaled() != WHOLE) {
        last.fault("up_to_percent", "the last instalment must reach 100");
    }
    Some(tranches.into_iter().map(|tranche| tranche.value).collect())
}

fn read_tranche(section: &Section<'_, '_>) -> Option<Tranche> {
    let (code, name) = (section.text("code"), section.bilingual("name"));
    let up_to = section.required("up_to_percent", parsed);
    let basis = section.required("basis", parsed);
    let (source, official) = (section.text("source"), section.required("official", boolean));
    let valid_from = section.optional("valid_from", date);
    Some(Tranche {
        code: code?,
        name: name?,
        up_to: up_to?,
        basis: basis?,
        source: source?,
        official: official?,
        valid_from,
    })
}
