// SPDX-License-Identifier: EUPL-1.2
//! `INV-010`: the buyer is a Comune of the programme.
//!
//! # What it does
//! Looks the buyer's tax code up among the Comuni, and the Comune in the list of the programme.
//! # Why
//! An invoice to another body is not this grant's, and may be refused as such.
//! # Source
//! D.M. MEF 132/2020, art. 2 c. 1 letter a.

use crate::domain::finding::Severity;
use crate::domain::invoice::InvoiceField;
use crate::domain::remedy::Remedy;
use crate::domain::sdi::RefusalCause;
use crate::domain::text::Text;
use crate::rules::{ALWAYS, Check, Fault, LegalSource, Outcome, Rule};

use super::{InvoiceCase, refuse_or};

pub(crate) const RULE: Rule = Rule {
    id: "INV-010",
    severity: Severity::Blocks,
    source: LegalSource::official("D.M. MEF 132/2020", "art. 2 c. 1 lett. a"),
    in_force_from: ALWAYS,
    in_force_to: None,
    title: Text::new("Il committente è un Comune del programma", "The buyer is a Comune of the programme"),
    why: Text::new(
        "Una fattura intestata a un altro ente non è spesa di questo finanziamento.",
        "An invoice to another body is not an expense of this grant.",
    ),
    remedy: Text::new(
        "Verificare il codice fiscale del committente; se la fornitura non è per questo ente, rifiutare (causa a).",
        "Check the tax code of the buyer; if the supply is not for this body, refuse (cause a).",
    ),
    check: Check::Invoice(check),
};

fn check(case: &InvoiceCase<'_>) -> Outcome {
    let code = case.invoice.header.buyer.body_code().unwrap_or("-");
    let Some(comune) = case.buyer else {
        let it = format!("Il codice del committente ({code}) non è quello di un Comune.");
        let en = format!("The code of the buyer ({code}) is not that of a Comune.");
        let remedy = refuse_or(case, RefusalCause::NotOurs, Remedy::CreditNote);
        return Fault::new(InvoiceField::BuyerTaxCode, it, en).with("tax_code", code).cured_by(remedy).into();
    };
    if case.facts.tenant.is_some_and(|tenant| tenant != comune.istat) {
        let it = format!("Il committente è {}, non il Comune che ha ricevuto la fattura.", comune.name);
        let en = format!("The buyer is {}, not the Comune that received the invoice.", comune.name);
        let remedy = refuse_or(case, RefusalCause::NotOurs, Remedy::CreditNote);
        return Fault::new(InvoiceField::BuyerTaxCode, it, en)
            .with("comune", &comune.name)
            .cured_by(remedy)
            .into();
    }
    case.facts.participation.judged(|participation| {
        Outcome::demand(participation.is_some(), || {
            let it = format!("{} non è nell'elenco del programma.", comune.name);
            let en = format!("{} is not in the list of the programme.", comune.name);
            Fault::new(InvoiceField::BuyerTaxCode, it, en).with("comune", &comune.name)
        })
    })
}
