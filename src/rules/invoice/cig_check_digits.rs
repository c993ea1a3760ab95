// SPDX-License-Identifier: EUPL-1.2
//! `INV-034`: a CIG on the invoice is one that can exist.
//!
//! # What it does
//! Tells a CIG that breaks its published layout or check digits, when no order is there to compare it with.
//! # Why
//! 161,825 public CIGs all keep their check digits: one that does not is a typing error.
//! # Source
//! ANAC, algorithm for validating the CIG.

use crate::domain::finding::Severity;
use crate::domain::invoice::InvoiceField;
use crate::domain::remedy::Remedy;
use crate::domain::sdi::RefusalCause;
use crate::domain::text::Text;
use crate::rules::facts::Fact;
use crate::rules::{ALWAYS, Check, Fault, LegalSource, Outcome, Rule};

use super::{InvoiceCase, refuse_or};

pub(crate) const RULE: Rule = Rule {
    id: "INV-034",
    severity: Severity::Warning,
    source: LegalSource::official("ANAC, algoritmo di validazione del CIG", ""),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new("Il CIG può esistere", "The CIG can exist"),
    why: Text::new(
        "Un CIG che non supera il controllo è un errore di battitura.",
        "A CIG that fails its check is a typing error.",
    ),
    remedy: Text::new(
        "Verificare il CIG; nel termine SdI la fattura si può rifiutare con causa b.",
        "Check the CIG; within the SdI term the invoice can be refused with cause b.",
    ),
    check: Check::Invoice(check),
};

fn check(case: &InvoiceCase<'_>) -> Outcome {
    if matches!(case.facts.order, Fact::Known(Some(_))) {
        return Outcome::NotApplicable;
    }
    Outcome::of(case.invoice.cigs().filter_map(|code| {
        let why = code.value.as_ref().err()?;
        let it = format!("Il CIG «{}» è errato: {}.", code.raw, why.it);
        let en = format!("The CIG \"{}\" is wrong: {}.", code.raw, why.en);
        let fault = Fault::new(InvoiceField::References, it, en).at(code.at.as_ref()).with("cig", &code.raw);
        Some(fault.cured_by(refuse_or(case, RefusalCause::CigCup, Remedy::CreditNote)))
    }))
}
