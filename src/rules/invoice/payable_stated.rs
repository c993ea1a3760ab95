// SPDX-License-Identifier: EUPL-1.2
//! `INV-050`: what the invoice asks to be paid is what is owed.
//!
//! # What it does
//! Compares the sum of the payments asked for with the total less split VAT and withheld taxes.
//! # Why
//! Under split payment the supplier is owed the net only.
//! # Source
//! Specifiche tecniche FatturaPA 1.2.3, field 2.4.2.6; D.P.R. 633/1972, art. 17-ter.

use crate::domain::finding::Severity;
use crate::domain::invoice::InvoiceField;
use crate::domain::money::Money;
use crate::domain::text::Text;
use crate::rules::{ALWAYS, Check, Fault, LegalSource, Outcome, Rule};

use super::InvoiceCase;

pub(crate) const RULE: Rule = Rule {
    id: "INV-050",
    severity: Severity::Warning,
    source: LegalSource::inferred("Specifiche tecniche FatturaPA 1.2.3", "2.4.2.6"),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new("L'importo da pagare torna", "The amount to pay adds up"),
    why: Text::new(
        "Con la scissione dei pagamenti al fornitore spetta il solo netto.",
        "Under split payment the supplier is owed the net only.",
    ),
    remedy: Text::new(
        "Pagare quanto dovuto: il netto al fornitore, l'IVA allo Stato.",
        "Pay what is owed: the net to the supplier, the VAT to the State.",
    ),
    check: Check::Invoice(check),
};

fn check(case: &InvoiceCase<'_>) -> Outcome {
    let asked = &case.invoice.payments;
    let (false, Some(owed)) = (asked.is_empty(), case.invoice.payable()) else {
        return Outcome::NotApplicable;
    };
    let Some(asked) = Money::checked_sum(asked.iter().map(|payment| payment.amount)) else {
        return Outcome::NotApplicable;
    };
    let stamp = case.invoice.stamp.unwrap_or_default();
    let with_stamp = owed.checked_add(stamp).unwrap_or(owed);
    let is_it = |amount: Money| amount.abs_diff(asked) <= case.slack();
    Outcome::demand(is_it(owed) || is_it(with_stamp), || {
        let it = format!("La fattura chiede {}, al fornitore spetta {}.", asked.italian(), owed.italian());
        let en = format!("The invoice asks for {asked}, the supplier is owed {owed}.");
        Fault::new(InvoiceField::Payment, it, en).with("asked", asked).with("owed", owed)
    })
}
