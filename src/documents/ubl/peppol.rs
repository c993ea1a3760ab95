// SPDX-License-Identifier: EUPL-1.2
//! The rules of Peppol BIS Order 3 (transaction T01 and the common ones), judged on the wire layer: a broken or partial
//! document gets its verdict too. The public Schematron is the source; what is here is written anew, with exact sums.

use std::borrow::Cow;

use super::kind;
use super::wire::{Leaf, WireOrder};
use super::{VOCABULARY, nso};
use crate::documents::Profile;
use crate::documents::guard::Limits;
use crate::documents::guard::place::paths;
use crate::domain::decimal::Price;
use crate::domain::finding::{Compared, Finding, Severity};
use crate::domain::order::OrderKind;
use crate::domain::text::Text;

mod allowances;
mod document;
mod identifiers;
mod lines;
mod reason_codes;
mod sums;

/// How every `CustomizationID` of a Peppol order begins.
pub const CUSTOMIZATION: &str = "urn:fdc:peppol.eu:poacc:trns:order:3";

/// One document can break a rule in thousands of lines: so many places are told.
const PLACES_PER_RULE: usize = 20;

/// A rule about the form of a document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormatRule {
    /// Public id, e.g. `PEPPOL-T01-R008`.
    pub id: &'static str,
    /// Weight: what the network calls fatal blocks.
    pub severity: Severity,
    /// What it demands.
    pub title: Text,
    /// What to do when it fails.
    pub remedy: Text,
    /// Where it comes from.
    pub source: &'static str,
}

impl FormatRule {
    pub(super) const fn new(
        id: &'static str,
        severity: Severity,
        it: &'static str,
        en: &'static str,
    ) -> Self {
        Self {
            id,
            severity,
            title: Text::new(it, en),
            remedy: Text::new(
                "Correggere l'ordine nel sistema che lo ha prodotto e inviarlo di nuovo.",
                "Correct the order in the system that made it and send it again.",
            ),
            source: "Peppol BIS Ordering 3",
        }
    }

    pub(super) const fn fatal(id: &'static str, it: &'static str, en: &'static str) -> Self {
        Self::new(id, Severity::Blocks, it, en)
    }

    pub(super) const fn warning(id: &'static str, it: &'static str, en: &'static str) -> Self {
        Self::new(id, Severity::Warning, it, en)
    }
}

/// Name of a compared value, in both languages.
pub(super) struct Named(pub(super) &'static str, pub(super) &'static str);

/// What the document says.
pub(super) const STATED: Named = Named("indicato", "stated");
/// What it should say.
pub(super) const COMPUTED: Named = Named("calcolato", "computed");
/// A value that is not allowed.
pub(super) const FOUND: Named = Named("trovato", "found");

struct Note {
    rule: &'static FormatRule,
    offset: usize,
    values: Vec<(Named, String)>,
}

/// What the rules noted about one document.
pub(super) struct Notes<'w, 'a> {
    pub(super) wire: &'w WireOrder<'a>,
    found: Vec<Note>,
}

impl<'w, 'a> Notes<'w, 'a> {
    pub(super) const fn new(wire: &'w WireOrder<'a>) -> Self {
        Self { wire, found: Vec::new() }
    }

    #[cold]
    pub(super) fn add(&mut self, rule: &'static FormatRule, offset: usize, values: Vec<(Named, String)>) {
        if self.found.iter().filter(|note| note.rule.id == rule.id).count() < PLACES_PER_RULE {
            self.found.push(Note { rule, offset, values });
        }
    }

    /// Notes a text that is not allowed, where it stands.
    #[cold]
    pub(super) fn add_text(&mut self, rule: &'static FormatRule, leaf: &Leaf<'a>) {
        let shown = crate::documents::fault::shown(&leaf.text());
        self.add(rule, self.wire.offset(leaf), vec![(FOUND, shown)]);
    }

    /// Notes two amounts that should be the same, at the stated one.
    #[cold]
    pub(super) fn add_sum(&mut self, rule: &'static FormatRule, offset: usize, stated: i128, computed: i128) {
        self.add(rule, offset, vec![(STATED, plain_number(stated)), (COMPUTED, plain_number(computed))]);
    }

    /// The findings, each with the path of its place.
    pub(super) fn findings(self) -> Vec<Finding> {
        if self.found.is_empty() {
            return Vec::new();
        }
        let offsets: Vec<usize> = self.found.iter().map(|note| note.offset).collect();
        // What is said about the whole document needs no second look at it.
        let places = if offsets.iter().all(|offset| *offset == self.wire.at) {
            vec!["/Order".to_owned(); offsets.len()]
        } else {
            paths(self.wire.source, &VOCABULARY, &Limits::default(), &offsets)
        };
        self.found.into_iter().zip(places).map(|(note, field)| note.finding(field)).collect()
    }
}

impl Note {
    fn finding(self, field: String) -> Finding {
        let listed = |pick: fn(&Named) -> &'static str| {
            let values: Vec<String> =
                self.values.iter().map(|(name, value)| format!("{} {value}", pick(name))).collect();
            if values.is_empty() { String::new() } else { format!(" ({})", values.join(", ")) }
        };
        let message = Text {
            it: format!("{}{}.", self.rule.title.it, listed(|name| name.0)).into(),
            en: format!("{}{}.", self.rule.title.en, listed(|name| name.1)).into(),
        };
        let compared = |(name, value): (Named, String)| Compared { name: Cow::Borrowed(name.1), value };
        Finding {
            rule: Cow::Borrowed(self.rule.id),
            severity: self.rule.severity,
            field,
            message,
            remedy: self.rule.remedy.clone(),
            action: None,
            source: Cow::Borrowed(self.rule.source),
            values: self.values.into_iter().map(compared).collect(),
        }
    }
}

/// Every Peppol rule, whatever the document says it is.
pub fn peppol_findings(wire: &WireOrder<'_>) -> Vec<Finding> {
    let mut notes = Notes::new(wire);
    sums::check(&mut notes);
    document::currencies(&mut notes);
    everything_else(&mut notes);
    notes.findings()
}

/// The rules that bind a document of this profile: all of Peppol's and NSO's for those networks, only sums and currency
/// for a MePA download. Sums are not asked of documents without content.
pub(super) fn document_findings(wire: &WireOrder<'_>, profile: Profile, kind: &OrderKind) -> Vec<Finding> {
    let mut notes = Notes::new(wire);
    if *kind == OrderKind::Purchase || !kind::is_without_content(wire) {
        sums::check(&mut notes);
    }
    document::currencies(&mut notes);
    match profile {
        Profile::Json | Profile::MepaDownload => {}
        Profile::Peppol => everything_else(&mut notes),
        Profile::Nso => {
            everything_else(&mut notes);
            nso::check(&mut notes);
        }
    }
    notes.findings()
}

fn everything_else(notes: &mut Notes<'_, '_>) {
    document::check(notes);
    identifiers::check(notes);
    allowances::check(notes);
    lines::check(notes);
}

/// The rules that this module knows, in the order of their ids.
pub fn rules() -> Vec<&'static FormatRule> {
    let mut rules: Vec<&FormatRule> =
        [sums::RULES, document::RULES, identifiers::RULES, allowances::RULES, lines::RULES].concat();
    rules.sort_by_key(|rule| rule.id);
    rules
}

/// A number of the document in units of 10^-8; nothing when it is missing or not a number (the reader tells that).
pub(super) fn scaled(leaf: Option<&Leaf<'_>>) -> Option<i128> {
    Price::from_bytes(leaf?.text().as_bytes()).ok().map(Price::scaled)
}

/// A number in units of 10^-8 as people write it, with two decimals at least.
pub(super) fn plain_number(scaled: i128) -> String {
    let digits = format!("{:09}", scaled.unsigned_abs());
    let (whole, decimals) = digits.split_at(digits.len().saturating_sub(8));
    let decimals = decimals.trim_end_matches('0');
    let sign = if scaled < 0 { "-" } else { "" };
    format!("{sign}{whole}.{decimals:0<2}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_shown_as_people_write_them() {
        assert_eq!(plain_number(122_500_000_000), "1225.00");
        assert_eq!(plain_number(-12_500_000), "-0.125");
        assert_eq!(plain_number(0), "0.00");
    }

    #[test]
    fn ids_are_unique() {
        let rules = rules();
        assert!(rules.windows(2).all(|pair| pair[0].id < pair[1].id));
    }
}
