// SPDX-License-Identifier: EUPL-1.2
//! Which declarations an order needs: kind, capacity of the signer, scope, moment, and how heavy their absence is.

use std::str::FromStr;

use crate::domain::declaration::{Declaration, DeclarationKind, DeclarationScope, SignerCapacity};
use crate::domain::finding::Severity;
use crate::domain::money::Money;
use crate::fault::FaultLog;

use super::document::{Section, boolean, check_unique, list, parsed, read_document};

/// One row of the matrix.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeclarationRequirement {
    /// Identifier inside the programme.
    pub id: String,
    /// Which of the four declarations.
    pub kind: DeclarationKind,
    /// Who may sign it: any one of these.
    pub signers: Vec<SignerCapacity>,
    /// What it may cover: any one of these.
    pub scopes: Vec<DeclarationScope>,
    /// Until when it must be there.
    pub moment: Moment,
    /// For which orders it is asked.
    pub required_when: RequiredWhen,
    /// How heavy its absence is.
    pub severity: Severity,
    /// Where the row comes from.
    pub source: String,
    /// Whether it was read in an act or on an official page.
    pub official: bool,
}

/// Until when a declaration must be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Moment {
    /// Before the order is sent.
    BeforeOrder,
    /// Before the invoice is paid.
    BeforePayment,
    /// Before the expense is reported (rendicontazione).
    BeforeReporting,
}

/// For which orders a declaration is asked; all that is said must hold.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RequiredWhen {
    /// Whether a line of the order must have a green rule (or none may).
    pub green: Option<bool>,
    /// Least net amount of the order, included.
    pub net_from: Option<Money>,
    /// Net amount from which it is no more asked.
    pub net_below: Option<Money>,
}

impl DeclarationRequirement {
    /// Whether an order needs it. `green`: a line has a green rule that asks evidence; `net`: net amount of the order.
    #[must_use]
    pub fn applies_to(&self, green: bool, net: Money) -> bool {
        let RequiredWhen { green: wanted, net_from, net_below } = self.required_when;
        wanted.is_none_or(|wanted| wanted == green)
            && net_from.is_none_or(|from| from <= net)
            && net_below.is_none_or(|below| net < below)
    }

    /// Whether a declaration is of the kind, signer and scope asked for. Dates are the caller's to judge.
    #[must_use]
    pub fn is_met_by(&self, declaration: &Declaration) -> bool {
        self.kind == declaration.kind
            && self.signers.contains(&declaration.signer_capacity)
            && self.scopes.contains(&declaration.scope)
    }
}

impl FromStr for Moment {
    type Err = String;

    fn from_str(raw: &str) -> Result<Self, String> {
        match raw {
            "before_order" => Ok(Self::BeforeOrder),
            "before_payment" => Ok(Self::BeforePayment),
            "before_reporting" => Ok(Self::BeforeReporting),
            _ => {
                Err(format!("one of before_order, before_payment, before_reporting expected, {raw:?} found"))
            }
        }
    }
}

/// Reads and checks `declarations.toml`.
pub(super) fn read(text: &str, log: &mut FaultLog) -> Option<Vec<DeclarationRequirement>> {
    read_document(text, log, |document| {
        let rows = document.sections("declaration", read_row)?;
        check_unique(&rows, "id", |row| &row.id);
        Some(rows.into_iter().map(|row| row.value).collect())
    })
}

fn read_row(section: &Section<'_, '_>) -> Option<DeclarationRequirement> {
    let (id, kind) = (section.text("id"), section.required("kind", parsed));
    let (signers, scopes) = (section.required("signers", list), section.required("scopes", list));
    let (moment, severity) = (section.required("moment", parsed), section.required("severity", severity));
    let required_when = section.optional_section("required_when", read_condition).unwrap_or_default();
    let (source, official) = (section.text("source"), section.required("official", boolean));
    Some(DeclarationRequirement {
        id: id?,
        kind: kind?,
        signers: signers?,
        scopes: scopes?,
        moment: moment?,
        required_when,
        severity: severity?,
        source: source?,
        official: official?,
    })
}

fn read_condition(section: &Section<'_, '_>) -> Option<RequiredWhen> {
    let green = section.optional("green", boolean);
    let (net_from, net_below): (Option<Money>, Option<Money>) =
        (section.optional("net_from", parsed), section.optional("net_below", parsed));
    if net_from.zip(net_below).is_some_and(|(from, below)| below <= from) {
        section.fault("net_below", "must be above net_from, or the row is never asked for");
    }
    Some(RequiredWhen { green, net_from, net_below })
}

fn severity(value: &toml::de::DeValue<'_>) -> Result<Severity, String> {
    let word = super::document::text(value)?;
    let all = [Severity::Blocks, Severity::Curable, Severity::Warning, Severity::Info];
    let found = all.into_iter().find(|severity| severity.as_str() == word);
    found.ok_or_else(|| format!("one of blocks, curable, warning, info expected, {word:?} found"))
}
