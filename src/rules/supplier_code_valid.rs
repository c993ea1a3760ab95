// SPDX-License-Identifier: EUPL-1.2
//! `ORD-090`: the supplier is identified by a valid code.
//!
//! # What it does
//! Demands a VAT number or a tax code, and reports each one that is not well formed or has wrong check
//! digits.
//! # Why
//! Invoice and payment are matched to the order by the supplier's code; purchases are added up by it.
//! # Source
//! NSO technical rules (NSO_020, NSO_030); DPR 633/1972 art. 35 (VAT number); DPR 605/1973 (tax code).

use super::{ALWAYS, Case, Check, Fault, LegalSource, Outcome, Rule};
use crate::domain::finding::Severity;
use crate::domain::found::Found;
use crate::domain::order::Field;
use crate::domain::text::Text;

pub(crate) const RULE: Rule = Rule {
    id: "ORD-090",
    severity: Severity::Blocks,
    source: LegalSource::official("Regole tecniche NSO", "NSO_020, NSO_030"),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new("Il fornitore ha un codice valido", "The supplier has a valid code"),
    why: Text::new(
        "Fatture e pagamenti si abbinano all'ordine con il codice del fornitore.",
        "Invoices and payments are matched to the order by the supplier's code.",
    ),
    remedy: Text::new(
        "Riportare partita IVA o codice fiscale del fornitore come da MePA.",
        "Put in the supplier's VAT number or tax code as shown on MePA.",
    ),
    check: Check::Order(check),
};

fn check(case: &Case<'_>) -> Outcome {
    let supplier = &case.order.supplier;
    if supplier.vat_number.is_none() && supplier.tax_code.is_none() {
        return Fault::new(
            Field::Supplier,
            "Manca il codice del fornitore: né partita IVA né codice fiscale.",
            "The supplier's code is missing: neither VAT number nor tax code.",
        )
        .into();
    }
    let vat_number = supplier.vat_number.as_ref().and_then(|code| broken(code, Field::SupplierVatNumber));
    let tax_code = supplier.tax_code.as_ref().and_then(|code| broken(code, Field::SupplierTaxCode));
    Outcome::of(vat_number.into_iter().chain(tax_code))
}

fn broken<T>(code: &Found<T>, field: Field) -> Option<Fault> {
    let reason = code.value.as_ref().err()?;
    let it = format!("Il codice del fornitore «{}» {}.", code.raw, reason.it);
    let en = format!("The supplier's code \"{}\": {}.", code.raw, reason.en);
    Some(Fault::new(field, it, en).at(code.at.as_ref()).with("code", &code.raw))
}
