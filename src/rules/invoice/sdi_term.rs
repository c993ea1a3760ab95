// SPDX-License-Identifier: EUPL-1.2
//! `INV-080`: the term for an outcome to SdI is known.
//!
//! # What it does
//! Tells until when the invoice can be refused, and that it can no longer be.
//! # Why
//! After fifteen days the invoice counts as received, whatever is wrong with it.
//! # Source
//! D.M. 55/2013, annex B; D.M. MEF 132/2020.

use chrono::TimeDelta;

use crate::domain::finding::Severity;
use crate::domain::invoice::InvoiceField;
use crate::domain::rome::rome_string;
use crate::domain::text::Text;
use crate::rules::{ALWAYS, Check, Fault, LegalSource, Outcome, Rule};

use super::InvoiceCase;

pub(crate) const RULE: Rule = Rule {
    id: "INV-080",
    severity: Severity::Info,
    source: LegalSource::official("D.M. 55/2013; D.M. MEF 132/2020", "all. B"),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new("Il termine di SdI", "The term of SdI"),
    why: Text::new(
        "Dopo quindici giorni la fattura si ha per ricevuta.",
        "After fifteen days the invoice counts as received.",
    ),
    remedy: Text::new(
        "Entro il termine accettare (EC01) o rifiutare (EC02); dopo restano nota di credito e attestazione.",
        "Within the term accept (EC01) or refuse (EC02); afterwards credit note and attestation are left.",
    ),
    check: Check::Invoice(check),
};

/// Days before the end of the term from which it is pressing.
const PRESSING: TimeDelta = TimeDelta::days(3);

fn check(case: &InvoiceCase<'_>) -> Outcome {
    let Some(sdi) = case.facts.sdi.filter(|sdi| !sdi.is_answered) else { return Outcome::NotApplicable };
    let end = rome_string(sdi.term_end);
    if sdi.has_lapsed || case.facts.now >= sdi.term_end {
        let it = format!("Il termine per rifiutare è scaduto il {end}: la fattura si ha per ricevuta.");
        let en = format!("The term for refusing ended on {end}: the invoice counts as received.");
        return Fault::new(InvoiceField::Document, it, en).with("term_end", sdi.term_end.to_rfc3339()).into();
    }
    let it = format!("Si può accettare o rifiutare fino al {end}.");
    let en = format!("It can be accepted or refused until {end}.");
    let fault = Fault::new(InvoiceField::Document, it, en).with("term_end", sdi.term_end.to_rfc3339());
    let is_pressing = sdi.term_end - case.facts.now <= PRESSING;
    fault.weighing(if is_pressing { Severity::Warning } else { Severity::Info }).into()
}
