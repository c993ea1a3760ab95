// SPDX-License-Identifier: EUPL-1.2
//! The catalogue of rules, for orders (`ORD-nnn`) and invoices (`INV-nnn`). One rule is one file: what it checks, why, its legal source, since when,
//! what to do.
//!
//! Rules are pure. Everything a rule may look at is gathered before ([`Case`]); a fact that could not be had
//! is [`facts::Fact::Unavailable`] and makes the rule say [`Outcome::NotVerifiable`], which is neither pass
//! nor fail.
//!
//! A check allocates nothing while the document keeps the rule; messages are made only for what is wrong.
#![deny(clippy::wildcard_enum_match_arm)]

use std::borrow::Cow;

use chrono::NaiveDate;

use crate::domain::finding::{Finding, Severity, Verdict};
use crate::domain::remedy::Remedy;
use crate::domain::sha256::sha256;
use crate::domain::text::Text;

mod amounts_positive;
mod budget_available;
mod buyer_codes_agree;
mod buyer_is_tenant;
mod case;
mod cig_check_digits;
mod cig_kind;
mod cig_present;
mod cig_unused;
mod comune_confirmed;
mod comune_known;
mod comune_not_revoked;
mod cup_of_comune;
mod cup_on_template;
mod cup_well_formed;
mod cup_year;
mod currency_eur;
mod declaration_autodichiarazione;
mod declaration_conflitto_interesse;
mod declaration_dates;
mod declaration_dnsh_cam;
mod declaration_document;
mod declaration_principi_pnrr;
mod declarations;
mod direct_award_threshold;
mod direttrici_covered;
mod dnsh_cam_evidence;
mod duplicate_order;
pub mod facts;
mod fits_platform;
mod instrument_oda;
pub mod invoice;
mod line_arithmetic;
mod line_cpv;
mod line_on_sheet;
mod line_unit;
mod order_date_in_window;
mod order_kind;
mod order_not_in_future;
mod outcome;
mod own_funds;
mod purchases;
mod requirements_threshold;
mod rotation;
mod sent_in_window;
mod sent_not_before_order_date;
mod splitting;
mod supplier_code_valid;
mod supplier_not_buyer;
mod titolare_effettivo;
mod totals_arithmetic;
mod vat_arithmetic;
mod vat_rate_known;

pub use case::Case;
pub use declarations::{Requirement, requirements};
pub use invoice::{InvoiceCase, judge_invoice};
pub use outcome::{Fault, Outcome, Place};

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

impl LegalSource {
    /// A rule that stands in the text of an act or in an official document.
    pub(crate) const fn official(act: &'static str, place: &'static str) -> Self {
        Self { act, place, official: true }
    }

    /// A rule that is our reading of an act, or good practice.
    pub(crate) const fn inferred(act: &'static str, place: &'static str) -> Self {
        Self { act, place, official: false }
    }
}

/// One rule of the catalogue.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Stable id, `ORD-nnn` or `INV-nnn`; never reused.
    pub id: &'static str,
    /// Weight of what it finds.
    pub severity: Severity,
    /// Where it comes from.
    pub source: LegalSource,
    /// First date of a document to which it applies.
    pub in_force_from: NaiveDate,
    /// Last date of a document to which it applies, if it has ended.
    pub in_force_to: Option<NaiveDate>,
    /// What it demands, in one line.
    pub title: Text,
    /// Why it exists.
    pub why: Text,
    /// What to do when it fails.
    pub remedy: Text,
    /// The check.
    pub check: Check,
}

/// What a rule judges, and how.
#[derive(Debug, Clone, Copy)]
pub enum Check {
    /// An order.
    Order(fn(&Case<'_>) -> Outcome),
    /// An invoice.
    Invoice(fn(&InvoiceCase<'_>) -> Outcome),
}

/// The programme decides by its own dated data from when the rule bites; the rule itself never lapses. It
/// must not: an order dated before the programme has to be judged by it all the same.
const ALWAYS: NaiveDate = NaiveDate::MIN;

/// A calendar day known when the program is written; the build fails on one that does not exist.
const fn day(year: i32, month: u32, day: u32) -> NaiveDate {
    match NaiveDate::from_ymd_opt(year, month, day) {
        Some(date) => date,
        None => panic!("no such day"),
    }
}

/// The judgement of one document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Judgement {
    /// What follows from the findings.
    pub verdict: Verdict,
    /// Blocking ones first, in catalogue order inside a severity.
    pub findings: Vec<Finding>,
}

/// Judges an order by every rule in force on its date. `format_findings` are what the reader noticed about
/// the document.
pub fn judge(case: &Case<'_>, format_findings: Vec<Finding>) -> Judgement {
    let outcome = |check| match check {
        Check::Order(check) => Some(check(case)),
        Check::Invoice(_) => None,
    };
    let locate = |place| match place {
        Place::Order(field) => case.order.locate(field),
        Place::Invoice(_) => String::new(),
    };
    judged(case.order.order_date, format_findings, outcome, locate)
}

/// What the rules in force on a date say. `outcome` runs a check, unless it is one for documents of another kind; `locate`
/// says where a field stands.
fn judged(
    date: NaiveDate,
    mut findings: Vec<Finding>,
    outcome: impl Fn(Check) -> Option<Outcome>,
    locate: impl Fn(Place) -> String,
) -> Judgement {
    for rule in RULES.iter().filter(|rule| rule.applies_on(date)) {
        match outcome(rule.check) {
            Some(Outcome::Pass | Outcome::NotApplicable) | None => {}
            Some(Outcome::Faults(faults)) => {
                findings.extend(faults.into_iter().map(|fault| rule.finding(&locate, fault)));
            }
            Some(Outcome::NotVerifiable(why)) => findings.push(rule.not_verifiable(why)),
        }
    }
    findings.sort_by_key(|finding| finding.severity);
    Judgement { verdict: Verdict::of(findings.iter().map(|finding| finding.severity)), findings }
}

impl Rule {
    /// True when the rule is in force on that date of a document.
    pub fn applies_on(&self, date: NaiveDate) -> bool {
        date >= self.in_force_from && self.in_force_to.is_none_or(|last| date <= last)
    }

    /// First date of a document to which it applies; nothing when it has always applied.
    pub fn since(&self) -> Option<NaiveDate> {
        Some(self.in_force_from).filter(|date| *date != ALWAYS)
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

    fn finding(&self, locate: impl Fn(Place) -> String, fault: Fault) -> Finding {
        Finding {
            rule: Cow::Borrowed(self.id),
            severity: fault.severity.unwrap_or(self.severity),
            field: fault.at.unwrap_or_else(|| locate(fault.place)),
            message: fault.message,
            remedy: fault.remedy.map_or_else(|| self.remedy.clone(), Remedy::text),
            action: fault.remedy,
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
            // The rule's own remedy would read as if something were wrong.
            remedy: Text::new(
                "Nessun rilievo: la regola si verifica quando il gateway ha il dato che manca, di solito all'invio del documento.",
                "Nothing found: the rule is checked once the gateway has what is missing, usually when the document is submitted.",
            ),
            action: None,
            source: self.source_line(),
            values: Vec::new(),
        }
    }
}

/// SHA-256 over what is fixed of every rule: two programs of the same fingerprint judge by the same catalogue.
#[must_use]
pub fn fingerprint() -> String {
    let line = |rule: &Rule| {
        let (severity, source) = (rule.severity.as_str(), rule.source);
        let days = (rule.in_force_from, rule.in_force_to);
        format!("{} {severity} {} {} {days:?} {}\n", rule.id, source.act, source.place, rule.title.it)
    };
    sha256(RULES.iter().map(line).collect::<String>().as_bytes())
}

/// Every rule, in the order of the catalogue.
pub const RULES: &[Rule] = &[
    comune_known::RULE,
    comune_confirmed::RULE,
    comune_not_revoked::RULE,
    cup_well_formed::RULE,
    cup_of_comune::RULE,
    cup_on_template::RULE,
    cup_year::RULE,
    cig_present::RULE,
    cig_check_digits::RULE,
    cig_kind::RULE,
    cig_unused::RULE,
    order_kind::RULE,
    instrument_oda::RULE,
    line_on_sheet::RULE,
    line_cpv::RULE,
    line_unit::RULE,
    line_arithmetic::RULE,
    vat_arithmetic::RULE,
    totals_arithmetic::RULE,
    amounts_positive::RULE,
    currency_eur::RULE,
    vat_rate_known::RULE,
    fits_platform::RULE,
    order_date_in_window::RULE,
    sent_in_window::RULE,
    sent_not_before_order_date::RULE,
    order_not_in_future::RULE,
    buyer_codes_agree::RULE,
    buyer_is_tenant::RULE,
    direct_award_threshold::RULE,
    requirements_threshold::RULE,
    rotation::RULE,
    splitting::RULE,
    budget_available::RULE,
    own_funds::RULE,
    supplier_code_valid::RULE,
    supplier_not_buyer::RULE,
    declaration_principi_pnrr::RULE,
    declaration_autodichiarazione::RULE,
    declaration_conflitto_interesse::RULE,
    declaration_dnsh_cam::RULE,
    declaration_dates::RULE,
    declaration_document::RULE,
    dnsh_cam_evidence::RULE,
    titolare_effettivo::RULE,
    duplicate_order::RULE,
    direttrici_covered::RULE,
    invoice::for_public_body::RULE,
    invoice::signature_intact::RULE,
    invoice::buyer_is_comune::RULE,
    invoice::supplier_code_valid::RULE,
    invoice::order_known::RULE,
    invoice::supplier_of_order::RULE,
    invoice::order_alive::RULE,
    invoice::date_after_order::RULE,
    invoice::date_not_in_future::RULE,
    invoice::cup_present::RULE,
    invoice::cup_of_order::RULE,
    invoice::cig_present::RULE,
    invoice::cig_of_order::RULE,
    invoice::cig_check_digits::RULE,
    invoice::determina_named::RULE,
    invoice::line_arithmetic::RULE,
    invoice::summary_net::RULE,
    invoice::summary_vat::RULE,
    invoice::total_arithmetic::RULE,
    invoice::exemption_iff_zero::RULE,
    invoice::exemption_current::RULE,
    invoice::number_has_digit::RULE,
    invoice::currency_eur::RULE,
    invoice::split_payment::RULE,
    invoice::vat_rate_of_order::RULE,
    invoice::payable_stated::RULE,
    invoice::total_not_negative::RULE,
    invoice::invoice_unused::RULE,
    invoice::credit_note_linked::RULE,
    invoice::credit_within::RULE,
    invoice::order_amount::RULE,
    invoice::order_quantity::RULE,
    invoice::order_price::RULE,
    invoice::sdi_term::RULE,
];
