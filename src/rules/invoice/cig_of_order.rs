// SPDX-License-Identifier: EUPL-1.2
//! `INV-033`: every CIG on the invoice is that of the order.
//!
//! # What it does
//! Compares each CIG, wherever it stands, with that of the order.
//! # Why
//! The CIG ties invoice and payment to the contract; another one is another contract's.
//! # Source
//! L. 136/2010, art. 3 c. 5; D.L. 66/2014, art. 25 c. 2 letter a.

use crate::domain::cig::{Cig, CigOrExclusion};
use crate::domain::finding::Severity;
use crate::domain::found::Found;
use crate::domain::invoice::InvoiceField;
use crate::domain::remedy::Remedy;
use crate::domain::sdi::RefusalCause;
use crate::domain::text::Text;
use crate::rules::{ALWAYS, Check, Fault, LegalSource, Outcome, Rule};

use super::{InvoiceCase, by_order, refuse_or};

pub(crate) const RULE: Rule = Rule {
    id: "INV-033",
    severity: Severity::Blocks,
    source: LegalSource::official("L. 136/2010; D.L. 66/2014", "art. 3 c. 5; art. 25 c. 2 lett. a"),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new("Il CIG è quello dell'ordine", "The CIG is that of the order"),
    why: Text::new(
        "Il CIG lega fattura e pagamento al contratto.",
        "The CIG ties invoice and payment to the contract.",
    ),
    remedy: Text::new(
        "Nel termine SdI rifiutare con causa b; dopo, nota di credito e nuova fattura, o attestazione del dirigente.",
        "Within the SdI term refuse with cause b; afterwards a credit note and a new invoice, or the manager's attestation.",
    ),
    check: Check::Invoice(check),
};

fn check(case: &InvoiceCase<'_>) -> Outcome {
    by_order(case, |order| {
        let Some(own) = &order.cig else { return Outcome::NotApplicable };
        let differs = |code: &&Found<CigOrExclusion>| code.ok() != Some(&CigOrExclusion::Cig(*own));
        Outcome::of(case.invoice.cigs().filter(differs).map(|code| other(case, code, own)))
    })
}

fn other(case: &InvoiceCase<'_>, code: &Found<CigOrExclusion>, own: &Cig) -> Fault {
    let it = format!("Il CIG «{}» non è quello dell'ordine ({own}).", code.raw);
    let en = format!("The CIG \"{}\" is not that of the order ({own}).", code.raw);
    Fault::new(InvoiceField::References, it, en)
        .at(code.at.as_ref())
        .with("cig", &code.raw)
        .with("expected", own)
        .cured_by(refuse_or(case, RefusalCause::CigCup, Remedy::CreditNote))
}
