// SPDX-License-Identifier: EUPL-1.2
//! The catalogue of order rules. One rule is one file: what it checks, why, its legal source, since when, what to do.
//!
//! Rules are pure. Everything a rule may look at is gathered before ([`Case`]); a fact that could not be had is
//! [`Fact::Unavailable`] and makes the rule say [`Outcome::NotVerifiable`], which is neither pass nor fail.

use std::borrow::Cow;

use chrono::NaiveDate;

use crate::domain::finding::{Compared, Finding, Severity, Verdict};
use crate::domain::order::{Field, Order};
use crate::domain::text::Text;
use crate::programme::Programme;
use crate::reference::Reference;

pub mod facts;

use facts::Facts;

/// Where a rule comes from.
#[derive(Debug, Clone, Copy)]
pub struct LegalSource {
    /// Act, circular or technical document, e.g. `L. 136/2010`.
    pub act: &'static str,
    /// Place in it, e.g. `art. 3 c. 5`.
    pub place: &'static str,
    /// False when the rule is our reading and not the text of an act.
    pub official: bool,
}

/// One rule of the catalogue.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Stable id, `ORD-nnn`; never reused.
    pub id: &'static str,
    /// Weight of what it finds.
    pub severity: Severity,
    /// Where it comes from.
    pub source: LegalSource,
    /// First order date to which it applies.
    pub in_force_from: NaiveDate,
    /// Last order date to which it applies, if it has ended.
    pub in_force_to: Option<NaiveDate>,
    /// What it demands, in one line.
    pub title: Text,
    /// Why it exists.
    pub why: Text,
    /// What to do when it fails.
    pub remedy: Text,
    /// The check.
    pub check: fn(&Case<'_>) -> Outcome,
}

/// Everything a rule may look at.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    /// The order as read.
    pub order: &'a Order,
    /// What the gateway knows beside the document.
    pub facts: &'a Facts,
    /// The programme's data.
    pub programme: &'a Programme,
    /// Comuni, CPV, units.
    pub reference: &'a Reference,
}

/// What a check found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// The order keeps the rule.
    Pass,
    /// The rule has nothing to say about this order.
    NotApplicable,
    /// The order breaks the rule in these places.
    Faults(Vec<Fault>),
    /// The facts needed could not be had; the text says which.
    NotVerifiable(Text),
}

/// One place where an order breaks a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// The field.
    pub field: Field,
    /// The place as written in the document when it is not simply the field's own.
    pub at: Option<String>,
    /// What is wrong there.
    pub message: Text,
    /// The values compared.
    pub values: Vec<Compared>,
}

impl Fault {
    /// A fault at a field, said in Italian and English.
    pub fn new(field: Field, it: impl Into<Cow<'static, str>>, en: impl Into<Cow<'static, str>>) -> Self {
        Self { field, at: None, message: Text { it: it.into(), en: en.into() }, values: Vec::new() }
    }

    /// The same fault at the very place where the value stands.
    #[must_use]
    pub fn at(mut self, place: impl Into<String>) -> Self {
        self.at = Some(place.into());
        self
    }

    /// The same fault with a compared value.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.values.push(Compared { name: Cow::Borrowed(name), value: value.to_string() });
        self
    }
}

impl From<Fault> for Outcome {
    fn from(fault: Fault) -> Self {
        Self::Faults(vec![fault])
    }
}

impl From<Vec<Fault>> for Outcome {
    fn from(faults: Vec<Fault>) -> Self {
        if faults.is_empty() { Self::Pass } else { Self::Faults(faults) }
    }
}

/// The judgement of one order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// What follows from the findings.
    pub verdict: Verdict,
    /// Blocking ones first, in catalogue order inside a severity.
    pub findings: Vec<Finding>,
}

/// Judges an order by every rule in force on its date. `format_findings` are what the reader noticed about the document.
pub fn judge(case: &Case<'_>, format_findings: Vec<Finding>) -> Judgement {
    let mut findings = format_findings;
    for rule in RULES.iter().filter(|rule| rule.applies_on(case.order.order_date)) {
        match (rule.check)(case) {
            Outcome::Pass | Outcome::NotApplicable => {}
            Outcome::Faults(faults) => findings.extend(faults.into_iter().map(|fault| rule.finding(case.order, fault))),
            Outcome::NotVerifiable(why) => findings.push(rule.not_verifiable(why)),
        }
    }
    findings.sort_by_key(|finding| finding.severity);
    Judgement { verdict: Verdict::of(findings.iter().map(|finding| finding.severity)), findings }
}

/// The rule of that id.
pub fn rule(id: &str) -> Option<&'static Rule> {
    RULES.iter().find(|rule| rule.id == id)
}

impl Rule {
    /// True when the rule is in force on that order date.
    pub fn applies_on(&self, date: NaiveDate) -> bool {
        date >= self.in_force_from && self.in_force_to.is_none_or(|last| date <= last)
    }

    /// The source as shown in a finding.
    pub fn source_line(&self) -> Cow<'static, str> {
        match (self.source.place, self.source.official) {
            ("", true) => Cow::Borrowed(self.source.act),
            (place, true) => Cow::Owned(format!("{}, {place}", self.source.act)),
            ("", false) => Cow::Owned(format!("{} (non ufficiale)", self.source.act)),
            (place, false) => Cow::Owned(format!("{}, {place} (non ufficiale)", self.source.act)),
        }
    }

    fn finding(&self, order: &Order, fault: Fault) -> Finding {
        Finding {
            rule: Cow::Borrowed(self.id),
            severity: self.severity,
            field: fault.at.unwrap_or_else(|| order.locate(fault.field)),
            message: fault.message,
            remedy: self.remedy.clone(),
            source: self.source_line(),
            values: fault.values,
        }
    }

    fn not_verifiable(&self, why: Text) -> Finding {
        Finding {
            rule: Cow::Borrowed(self.id),
            severity: Severity::Info,
            field: String::new(),
            message: Text {
                it: format!("Non verificabile ({}): {}", self.title.it, why.it).into(),
                en: format!("Not verifiable ({}): {}", self.title.en, why.en).into(),
            },
            remedy: self.remedy.clone(),
            source: self.source_line(),
            values: Vec::new(),
        }
    }
}

/// Every rule, in the order of the catalogue.
pub const RULES: &[Rule] = &[];
